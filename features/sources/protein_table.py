"""Protein levels by antibody (reverse-phase arrays): a matrix, either way round, or a long table."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.markers import marker_of
from features.sources.described import checked
from features.sources.labelled_matrix import first_axis_is, read_labelled, refuse_repeats, turned
from features.sources.table_files import Losses, Reading, column_names, read_table

#: Columns beside a matrix of TCPA or cBioPortal that are no antibodies.
_BESIDE = frozenset(
    {
        *("sample_type", "sample_name", "cancer_type", "tumor_type", "tumortype", "setid", "set_id", "order"),
        *("gene", "hugo_symbol", "entrez_gene_id", "patient_id", "disease", "category", "ccle_code"),
    }
)
_LONG = ("sample_id", "antibody", "value")
#: cBioPortal's first column of antibodies ("GENE|ANTIBODY").
_ELEMENT = "composite.element.ref"
_STAGE = "proteins"


def read_proteins(
    path: str | Path,
    *,
    platform: str | None = None,
    sample_ids: Collection[str] = (),
    decimal: str = "point",
) -> Reading:
    """Protein levels.

    Parameters
    ----------
    path
        Samples x antibodies (TCPA) or antibodies x samples (cBioPortal), or a long table with the columns
        sample_id, antibody, value and perhaps platform.
    platform
        Whose location and scale the values go with, such as "tcga_rppa"; it is never guessed.
    sample_ids
        Samples known from other tables; they tell which way round a matrix is.  So does the name of its
        first column, or how many labels name one of our markers.
    decimal
        How decimals are written: "point" or "comma".

    Returns
    -------
    Reading
        Its table: the columns of ``Cohort.proteins``, antibodies spelled as given, blank values left out.

    Raises
    ------
    InputError
        If the file is missing or empty, a value is no number (named with column and row), samples or
        antibodies are repeated, or the orientation cannot be told.
    features.failures.TableError
        If a value of a long table is no number, or an antibody stands twice in a sample.
    """
    path = Path(path)
    header = column_names(path)
    losses: Losses = []
    if set(_LONG) <= set(header):
        listed, said = _long(path, platform), "long table"
    else:
        listed, said, losses = _matrix(path, header[0], sample_ids, decimal)
    listed = listed.assign(platform=listed.get("platform", platform))
    table = checked("proteins", listed, path, decimal=decimal)
    if platform is None and table["platform"].isna().any():
        reason = "no platform stated (--protein-platform): no reference to score the values with (kept)"
        losses.append((_STAGE, reason, [path.name]))
    antibodies = table["antibody"].unique()
    markers = sum(marker_of(antibody) is not None for antibody in antibodies)
    said += f", {len(antibodies)} antibodies, {markers} of them ours, platform {platform or 'not stated'}"
    return Reading(table.reset_index(drop=True), said, losses, len(table))


def _long(path: Path, platform: str | None) -> pd.DataFrame:
    table = read_table(path)
    if platform is not None and "platform" in table and (table["platform"].dropna() != platform).any():
        row = table.index[table["platform"].notna() & (table["platform"] != platform)][0]
        raise InputError(
            f"is {table['platform'][row]!r} but {platform!r} is stated",
            where=f"{path}, column platform, row {row}",
            todo="leave out --protein-platform",
        )
    table = table[[*_LONG, *(["platform"] if "platform" in table else [])]]
    return table[table["value"].notna()].assign(
        sample_id=table["sample_id"].str.strip(), antibody=table["antibody"].str.strip()
    )


def _matrix(
    path: Path, first: str, sample_ids: Collection[str], decimal: str
) -> tuple[pd.DataFrame, str, Losses]:
    table, dropped = read_labelled(path, beside=_BESIDE, drop=True, decimal=decimal)
    rows, columns = ([str(label).strip() for label in labels] for labels in (table.index, table.columns))
    antibodies_first: bool | None = first.strip().lower() == _ELEMENT
    if not antibodies_first:
        antibodies_first = first_axis_is(
            rows, columns, sample_ids, lambda label: "|" in label or marker_of(label) is not None
        )
    if antibodies_first is None:
        raise InputError(
            "neither rows nor columns are known antibodies or samples",
            where=path,
            todo="name the samples in a table (--samples), or give sample_id, antibody, value",
        )
    matrix = turned(table, samples_are_columns=antibodies_first, name=str)
    refuse_repeats(matrix, "antibodies", path)
    values = matrix.rename_axis(columns="antibody").stack()
    listed = values.index.to_frame(index=False).assign(value=values.to_numpy())
    losses: Losses = [
        (_STAGE, "no value of any antibody", list(matrix.index[matrix.isna().all(axis=1)])),
        (_STAGE, "column that is no antibody", dropped),
    ]
    way = "antibodies_x_samples" if antibodies_first else "samples_x_antibodies"
    return listed, f"{way} (recognised)", losses
