"""GDSC's official workbooks of fitted dose responses, with what the tables by pip leave out.

One row a cell line and DRUG_ID: ln IC50 (ln uM), AUC (0 to 1, 1 = no effect), the tested doses (uM) and the
error of the fit.  One drug may have several DRUG_IDs, with other doses.  Genomics of Drug Sensitivity in
Cancer: Yang 2013, PMID 23180760; Iorio 2016, PMID 27397505.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.progress import Progress, silent
from features.sources.measurements import averaged, on_cohort, our_inhibitors, refused_losses
from features.sources.table_files import Losses
from features.sources.web import Digest, file_of, stated_digest
from features.storage import sha256_file, storage_errors

#: Releases whose md5 is known (www.cancerrxgene.org, bulk download).
PINNED = {
    "GDSC1_fitted_dose_response_25Feb20.xlsx": Digest("md5", "98eb4145f63eb959f24d23a052ad2bd7"),
    "GDSC2_fitted_dose_response_25Feb20.xlsx": Digest("md5", "51f56f360ee9a6b6d34893af0896c86a"),
}
_TEXT = ("DATASET", "COSMIC_ID", "CELL_LINE_NAME", "DRUG_ID", "DRUG_NAME")
_NUMBERS = ("MIN_CONC", "MAX_CONC", "LN_IC50", "AUC", "RMSE")
_OPTIONAL = ("SANGER_MODEL_ID", "TCGA_DESC")
_METRICS = {"ln_ic50_um": "LN_IC50", "auc_fraction": "AUC"}


def import_gdsc_workbook(
    paths: Sequence[str | Path],
    *,
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "gdsc_workbook",
    cohort: Cohort | str | Path | None = None,
    replace_screens: bool = False,
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """The lines of GDSC's workbooks with their responses to mTOR inhibitors, or these on another cohort.

    An ln IC50 beyond the tested doses is the extrapolation of GDSC's fit.  It is kept as published and marked
    in ``censored``: "right" above MAX_CONC, "left" below MIN_CONC.  A line measured under several DRUG_IDs of
    one inhibitor gets the mean (see :func:`features.sources.measurements.averaged`); each is named in the
    losses.

    Parameters
    ----------
    paths
        Workbooks (.xlsx), by path or URL; each row's screen is its DATASET (GDSC1, GDSC2).
    sha256, md5
        Of the workbook, where there is one only; files named as in :data:`PINNED` have theirs.
    name
        Of the cohort.
    cohort, replace_screens
        As for :func:`features.response_join.join_responses`; the default data hold the same screens.
    home
        As for :func:`features.sources.load`; downloads are kept there too.
    progress
        Told of the download and of each workbook.

    Returns
    -------
    features.cohort.Cohort
        sample_id is the COSMIC id; metrics ``ln_ic50_um`` and ``auc_fraction``; drug_id, min_dose_um,
        max_dose_um and fit_rmse (GDSC's RMSE) are kept.

    Raises
    ------
    InputError
        If a file is none or not the pinned one, lacks a column, or holds text where a number belongs.
    """
    stated = stated_digest(sha256, md5)
    if stated is not None and len(paths) != 1:
        raise InputError("one digest is stated for several files", todo="import one file at a time")
    losses: Losses = []
    records: list[SourceRecord] = []
    parts: list[pd.DataFrame] = []
    for path in paths:
        source = file_of(path, digest=stated, pinned=PINNED, home=home, progress=progress)
        progress(f"reading {source.name}", 0, 0)
        table, rows = _workbook(source, path, losses)
        parts.append(table)
        screens = ", ".join(sorted(table["DATASET"].unique())) or "nothing of ours"
        said = f"fitted dose responses of {screens}; ln IC50 in ln uM, AUC 0 to 1 (1 = no effect)"
        records.append(
            SourceRecord("GDSC workbook", said, source.name, sha256_file(source), rows, len(table))
        )
    table = pd.concat(parts, ignore_index=True)
    if table.empty:
        raise InputError("holds no response to an mTOR inhibitor", where=", ".join(map(str, paths)))
    ln_low, ln_high = np.log(table["MIN_CONC"]), np.log(table["MAX_CONC"])
    side = np.select([table["LN_IC50"] > ln_high, table["LN_IC50"] < ln_low], ["right", "left"], default="")
    responses = [
        pd.DataFrame(
            {
                "sample_id": table["COSMIC_ID"],
                "inhibitor": table["inhibitor"],
                "screen": table["DATASET"],
                "metric": metric,
                "value": table[column],
                "screen_spelling": table["DRUG_NAME"],
                "min_dose_um": table["MIN_CONC"],
                "max_dose_um": table["MAX_CONC"],
                # An AUC is of the tested doses and nothing beyond them.
                "censored": side if metric == "ln_ic50_um" else None,
                "drug_id": table["DRUG_ID"],
                "fit_rmse": table["RMSE"],
            }
        )
        for metric, column in _METRICS.items()
    ]
    lines = table.drop_duplicates("COSMIC_ID")
    samples = pd.DataFrame(
        {
            "sample_id": lines["COSMIC_ID"],
            "sample_name": lines["CELL_LINE_NAME"],
            "lineage": lines["TCGA_DESC"],
            "cosmic_id": lines["COSMIC_ID"],
            "sidm": lines["SANGER_MODEL_ID"],
        }
    )
    found = Cohort.empty(
        name,
        samples=samples.reset_index(drop=True),
        responses=averaged(pd.concat(responses, ignore_index=True), losses, "responses of the workbooks"),
        sources=tuple(records),
    ).with_losses(losses)
    return on_cohort(found, cohort, replace_screens=replace_screens, home=home)


def _workbook(source: Path, where: str | Path, losses: Losses) -> tuple[pd.DataFrame, int]:
    """The rows of our inhibitors, with the column ``inhibitor``, and the number of all rows."""
    rows = _rows(source, where)
    header = [str(cell).strip() for cell in next(rows, [])]
    missing = [column for column in (*_TEXT, *_NUMBERS) if column not in header]
    if missing:
        raise InputError(
            f"has no column {missing[0]} (columns: {', '.join(header[:6])}, ...)",
            where=where,
            todo="give a workbook of fitted dose responses",
        )
    wanted = [column for column in (*_TEXT, *_NUMBERS, *_OPTIONAL) if column in header]
    places = [header.index(column) for column in wanted]
    table = pd.DataFrame([[row[place] for place in places] for row in rows], columns=wanted, dtype=object)
    # The header is row 1 of the sheet.
    table.index = table.index + 2
    table = table[table["DRUG_NAME"] != ""]
    n_rows = len(table)
    for column in (*_TEXT, *_OPTIONAL):
        table[column] = table[column].map(_text) if column in table else None
    for screen in sorted(table["DATASET"].dropna().unique()):
        group = table[table["DATASET"] == screen]
        ours = our_inhibitors(group["DRUG_NAME"], screen)
        table.loc[group.index, "inhibitor"] = group["DRUG_NAME"].map(ours)
        losses += refused_losses(group, "DRUG_NAME", "CELL_LINE_NAME", screen)
    if "inhibitor" not in table:
        return table.assign(inhibitor=None).iloc[:0], n_rows
    table = table[table["inhibitor"].notna()].copy()
    for column in _NUMBERS:
        numbers = pd.to_numeric(table[column], errors="coerce")
        bad = table.index[numbers.isna() | ~np.isfinite(numbers)]
        if len(bad):
            raise InputError(
                f"{table.at[bad[0], column]!r} is not a number",
                where=f"{where}, column {column}, row {bad[0]}",
            )
        table[column] = numbers.astype(float)
    bad = table.index[(table["MIN_CONC"] <= 0) | (table["MAX_CONC"] < table["MIN_CONC"])]
    if len(bad):
        raise InputError("MIN_CONC is not above 0 or not below MAX_CONC", where=f"{where}, row {bad[0]}")
    return table, n_rows


def _rows(source: Path, where: str | Path) -> Iterator[list[Any]]:
    """The rows of the first sheet: numbers as float, text as str, empty cells as ""."""
    import python_calamine

    if not source.is_file():
        raise InputError("no such file", where=where, todo="check the path")
    with storage_errors(source):
        try:
            sheet = python_calamine.CalamineWorkbook.from_path(source).get_sheet_by_index(0)
        except (python_calamine.CalamineError, zipfile.BadZipFile, IndexError) as error:
            raise InputError(f"is not a readable .xlsx workbook ({error})", where=where) from error
    yield from sheet.iter_rows()


def _text(cell: object) -> str | None:
    # A workbook holds ids as numbers: 683665.0 is 683665.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() or None
