"""Several regions of one tumour: wide tables of allele fractions, a file a tumour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.failures import failure, raise_failures
from features.identity import gene_aliases
from features.schemas import CONSEQUENCES
from features.sources.maf import read_panel
from features.sources.table_files import check_header, read_delimited, read_header
from features.storage import sha256_file

_PLACE = ("chrom", "pos")
_DESCRIBED = ("gene", "consequence", "protein_change", "ref", "alt")
#: Columns that hold no region.  ``Normal`` is the patient's normal tissue.
_NO_REGION = (*_PLACE, "desc", "normal", *_DESCRIBED)
_VARIANT_COLUMNS = (
    "sample_id", "gene", "consequence", "protein_change", "vaf", "variant_id", "region",
)  # fmt: skip
#: Panel of tables that name no genes: it holds the places, so that every gene stays unknown.
PLACES = "multiregion_places"

_Losses = list[tuple[str, str, list[str]]]


def import_multiregion(
    paths: str | Path | Sequence[str | Path],
    *,
    panel: str | Path | None = None,
    consequence: str = "other",
    name: str = "multiregion",
) -> Cohort:
    """Make a Cohort of tumours that were sequenced in several regions.

    Each table has the columns ``chrom``, ``pos`` (a leading ``#`` and the case of letters do not matter) and
    one column of VAF (0 to 1) a region; ``desc`` and ``Normal`` are known and left out; ``gene``,
    ``consequence`` (our words), ``protein_change``, ``ref`` and ``alt`` are used where they are there.  A
    variant counts as looked for in every region of its tumour: a VAF of 0 says that it is absent there.

    Where the table names no genes, a variant's gene is its place (``chr2:183960200``), and the samples were
    profiled for these places alone: no gene of the network is taken for wild type.

    Parameters
    ----------
    paths
        One table, or several; the name of a file without its ending is the sample.
    panel
        What was sequenced: "exome" (every gene) or a file with one gene a line.  Needs a column ``gene`` in
        every table; with that column and without a panel, the genes that the tables name are the panel.
    consequence
        Of the variants where the table has no such column; by default ``other`` (not known to alter the
        protein).
    name
        Of the cohort.

    Raises
    ------
    InputError
        If a file is missing or holds no region, a region carries no variant, a place occurs twice, a panel is
        given without genes, or the consequence is unknown.
    features.failures.TableError
        If a VAF is no number from 0 to 1, or a place, gene or consequence is missing or unknown; all such
        cells are listed.
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not files:
        raise InputError("nothing to import", todo="give one table a tumour")
    if consequence not in CONSEQUENCES:
        raise InputError(f"unknown consequence {consequence!r}", todo=f"use one of {', '.join(CONSEQUENCES)}")
    samples = [path.name.split(".")[0] for path in files]
    twice = next((sample for sample in samples if samples.count(sample) > 1), None)
    if twice is not None:
        raise InputError(
            f"two tables are of sample {twice}", where=files[samples.index(twice)], todo="rename one of them"
        )
    losses: _Losses = []
    records, variants, regions, named = [], [], [], []
    for sample, path in zip(samples, files, strict=True):
        long, listed, has_genes, rows_in = _tumour(sample, path, consequence, losses)
        if panel is not None and not has_genes:
            raise InputError("has no column gene, but a panel is given", where=path, todo="add the column")
        records.append(
            SourceRecord(
                "multiregion", "as given", path.name, sha256_file(path), rows_in, long["variant_id"].nunique()
            )
        )
        variants.append(long)
        regions.append(pd.DataFrame({"sample_id": sample, "region": listed}))
        named.append(has_genes)
    if len(set(named)) > 1:
        lacking = files[named.index(False)]
        raise InputError(
            "has no column gene, but other tables have", where=lacking, todo="add it, or import it apart"
        )
    panel_name, genes = (PLACES, None) if panel is None else read_panel(panel)
    together = pd.concat(variants, ignore_index=True)
    if panel is None:
        genes = sorted(set(together["gene"]))
    elif genes is not None:
        outside = ~together["gene"].isin(genes)
        if outside.all():
            raise InputError(
                "none of its genes carries a variant", where=panel, todo="give the sequenced panel"
            )
        losses.append(
            ("multiregion", "variant in a gene outside the panel", [*together.loc[outside, "gene"].unique()])
        )
        together = together[~outside]
        held = pd.MultiIndex.from_frame(together[["sample_id", "region"]])
        regions = [t[pd.MultiIndex.from_frame(t[["sample_id", "region"]]).isin(held)] for t in regions]
    cohort = Cohort.empty(
        name,
        sources=tuple(records),
        samples=pd.DataFrame({"sample_id": samples}),
        profiled=pd.DataFrame({"sample_id": samples, "modality": "variants", "panel": panel_name}),
        panels=pd.DataFrame({"panel": panel_name, "gene": genes or []}),
        variants=together.reset_index(drop=True),
        regions=pd.concat(regions, ignore_index=True),
    )
    return cohort.with_losses(losses)


def _tumour(
    sample: str, path: Path, consequence: str, losses: _Losses
) -> tuple[pd.DataFrame, list[str], bool, int]:
    """Variants of one tumour (one row a variant and region), its regions, whether genes are named, rows."""
    table = _read(path)
    regions = [column for column in table.columns if column not in _NO_REGION]
    if not regions:
        raise InputError(
            "has no region", where=path, todo="give one column of VAF a region, beside chrom and pos"
        )
    failures = [_absent(table, column, path) for column in _PLACE]
    failures += [
        _absent(table, column, path) for column in ("gene", "consequence") if column in table.columns
    ]
    position = pd.to_numeric(table["pos"], errors="coerce")
    wrong = table["pos"].notna() & ~(position >= 1)
    failures.append(failure(path.name, "pos", table.index[wrong], table.loc[wrong, "pos"], "is a position"))
    if "consequence" in table.columns:
        words = table["consequence"].dropna()
        odd = words[~words.isin(CONSEQUENCES)]
        check = f"is one of {', '.join(CONSEQUENCES)}"
        failures.append(failure(path.name, "consequence", odd.index, odd, check))
    vaf = table[regions].apply(pd.to_numeric, errors="coerce").astype(float)
    for region in regions:
        given = table[region]
        bad = (vaf[region].isna() & given.notna()) | ((vaf[region] < 0) | (vaf[region] > 1))
        failures.append(
            failure(path.name, region, table.index[bad], given[bad], "is a VAF, a number from 0 to 1")
        )
    raise_failures(failures, where=path)
    place = _chromosome(table["chrom"]) + ":" + position.astype("int64").astype(str)
    named = place
    if {"ref", "alt"} <= set(table.columns):
        named = place + ":" + table["ref"].fillna("?") + ">" + table["alt"].fillna("?")
    double = named[named.duplicated()]
    if len(double):
        first = table.index[named == double.iloc[0]][0]
        raise InputError(
            f"{double.iloc[0]} of row {first} occurs again",
            where=f"{path}, row {double.index[0]}",
            todo="keep one row a variant, or tell them apart by columns ref and alt",
        )
    unmeasured = vaf.isna().any(axis=1)
    losses.append(("multiregion", f"no VAF in every region of {sample}", named[unmeasured].to_list()))
    nowhere = ~unmeasured & (vaf <= 0).all(axis=1)
    losses.append(("multiregion", f"VAF 0 in every region of {sample}", named[nowhere].to_list()))
    hollow = [region for region in regions if not (vaf.loc[~unmeasured, region] > 0).any()]
    if hollow:
        raise InputError(
            f"region {hollow[0]} has no variant",
            where=f"{path}, column {hollow[0]}",
            todo="leave the column out if the region was not sequenced",
        )
    genes = "gene" in table.columns
    fixed = pd.DataFrame(
        {
            "sample_id": sample,
            "gene": table["gene"].map(lambda g: gene_aliases().get(g, g)) if genes else place,
            "consequence": table["consequence"] if "consequence" in table.columns else consequence,
            "protein_change": table["protein_change"] if "protein_change" in table.columns else None,
            "variant_id": named,
        }
    )
    rows, columns = np.nonzero((vaf[~unmeasured] > 0).to_numpy())
    kept = fixed[~unmeasured].iloc[rows].reset_index(drop=True)
    kept["vaf"] = vaf[~unmeasured].to_numpy()[rows, columns]
    kept["region"] = np.array(regions, dtype=object)[columns]
    return kept[list(_VARIANT_COLUMNS)], regions, genes, len(table)


def _read(path: Path) -> pd.DataFrame:
    """The table as text, indexed by line; known columns in small letters and without ``#``."""
    # Its header begins with "#", which other tables' readers take for a comment.
    given, _ = read_header(path)
    header = [_known(column) for column in given]
    check_header(header, path)
    table = read_delimited(path, header, dtype=dict.fromkeys(header, "str"))
    table.index = table.index + 2
    table = table.apply(lambda column: column.str.strip().replace("", None))
    for column in _PLACE:
        if column not in table.columns:
            raise InputError(
                f"has no column {column} (columns: {', '.join(given[:8])}, ...)",
                where=path,
                todo="rename or add it",
            )
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one row")
    return table


def _known(column: str) -> str:
    word = column.removeprefix("#").strip().lower()
    return word if word in _NO_REGION else column


def _absent(table: pd.DataFrame, column: str, path: Path) -> pd.DataFrame:
    missing = table.index[table[column].isna()]
    return failure(path.name, column, missing, [None] * len(missing), "is given")


def _chromosome(given: pd.Series) -> pd.Series:
    """``chr7`` for 7, Chr7 and chr7."""
    return "chr" + given.str.replace(r"^chr", "", case=False, regex=True).str.upper()
