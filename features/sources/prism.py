"""PRISM Repurposing, secondary screen: dose-response parameters of pooled cell lines.

Corsello 2020, doi 10.1038/s43018-019-0018-6.  Its AUC is the mean viability over the log of the tested doses,
each cut to 0..1 (1 = no effect): ``auc_fraction``.  An IC50 is given only inside the tested doses, and these
are not in the table; where it is missing nothing is made up, and the AUC speaks for the line.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.progress import Progress, silent
from features.sources.measurements import averaged, capped_auc, numbers, on_cohort, our_inhibitors
from features.sources.table_files import Losses, read_table
from features.sources.web import Digest, file_of, stated_digest
from features.storage import sha256_file

SCREEN = "PRISM"
OFFICIAL_URL = "https://ndownloader.figshare.com/files/20237739"
#: Figshare's address ends in a number, and so does the name of what it gives.
PINNED = {"20237739": Digest("md5", "e629b9d505ad3d6bf65fde96f1c54bee")}
#: A line and compound may have been screened again; the best screen first (DepMap's order).
SCREENS = ("MTS010", "MTS006", "MTS005", "HTS002")
_PASSED = "passed_str_profiling"
_NEEDED = ("broad_id", "depmap_id", "ccle_name", "screen_id", "auc", "ic50", "name")


def import_prism(
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "prism",
    cohort: Cohort | str | Path | None = None,
    replace_screens: bool = False,
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """The lines of PRISM's secondary screen with their responses to mTOR inhibitors, or these on a cohort.

    Lines that failed STR profiling are left out.  Of several screens of a line and compound the first of
    :data:`SCREENS` counts; of several samples of a compound (broad_id) the mean.

    Parameters
    ----------
    path
        ``secondary-screen-dose-response-curve-parameters.csv``, or its URL (:data:`OFFICIAL_URL`).
    sha256, md5
        Of the file; the official URL has its own.
    name
        Of the cohort.
    cohort, replace_screens
        As for :func:`features.response_join.join_responses`.
    home
        As for :func:`features.sources.load`; downloads are kept there too.
    progress
        Told of the download.

    Returns
    -------
    features.cohort.Cohort
        sample_id is the DepMap id, sample_name and lineage the two parts of the CCLE name; metrics
        ``auc_fraction`` and, where the source has an IC50, ``ln_ic50_um``; drug_id the broad_id.

    Raises
    ------
    InputError
        If the file or a column is missing, or holds text where a number belongs.
    """
    digest = stated_digest(sha256, md5)
    source = file_of(path, digest=digest, pinned=PINNED, suffix=".csv", home=home, progress=progress)
    table = read_table(source, required=_NEEDED, names=(*_NEEDED, _PASSED))
    n_rows = len(table)
    losses: Losses = []
    table["inhibitor"] = table["name"].map(our_inhibitors(table["name"]))
    table = table[table["inhibitor"].notna()].copy()
    if table.empty:
        raise InputError("holds no response to an mTOR inhibitor", where=path)
    for column in ("auc", "ic50"):
        table[column] = numbers(table, column, path)
    table = _counted_out(table, losses)
    table["auc"] = capped_auc(
        table["auc"], table["depmap_id"] + " " + table["inhibitor"], losses, f"responses {SCREEN}"
    )
    if table.empty:
        raise InputError("holds no usable response to an mTOR inhibitor", where=path)
    ccle = table["ccle_name"].str.split("_", n=1).str
    table["line"], table["site"] = ccle[0], ccle[1].str.lower()
    common = pd.DataFrame(
        {
            "sample_id": table["depmap_id"],
            "inhibitor": table["inhibitor"],
            "screen": SCREEN,
            "screen_spelling": table["name"],
            "drug_id": table["broad_id"],
        }
    )
    inside = np.isfinite(table["ic50"]) & (table["ic50"] > 0)
    losses.append(
        (
            f"responses {SCREEN}",
            "no IC50 inside the tested doses (the AUC is kept)",
            (table.loc[~inside, "depmap_id"] + " " + table.loc[~inside, "inhibitor"]).to_list(),
        )
    )
    responses = pd.concat(
        [
            common.assign(metric="auc_fraction", value=table["auc"]),
            common[inside].assign(metric="ln_ic50_um", value=np.log(table.loc[inside, "ic50"])),
        ],
        ignore_index=True,
    )
    lines = table.drop_duplicates("depmap_id")
    samples = pd.DataFrame(
        {
            "sample_id": lines["depmap_id"],
            "sample_name": lines["line"],
            "lineage": lines["site"],
            "depmap_id": lines["depmap_id"],
        }
    )
    said = "secondary dose-response parameters: AUC 0 to 1 (1 = no effect), IC50 in uM taken as ln uM"
    found = Cohort.empty(
        name,
        samples=samples.reset_index(drop=True),
        responses=averaged(responses, losses, f"responses {SCREEN}"),
        sources=(
            SourceRecord("PRISM secondary", said, source.name, sha256_file(source), n_rows, len(table)),
        ),
    ).with_losses(losses)
    return on_cohort(found, cohort, replace_screens=replace_screens, home=home)


def _counted_out(table: pd.DataFrame, losses: Losses) -> pd.DataFrame:
    """The rows that count: a known line of the right identity, with an AUC, from its best screen."""
    stage = f"responses {SCREEN}"
    if _PASSED in table:
        failed = table[_PASSED].str.upper().eq("FALSE")
        losses.append((stage, "line failed STR profiling", _shown(table[failed]).drop_duplicates().to_list()))
        table = table[~failed]
    unknown = table["depmap_id"].isna()
    losses.append((stage, "row without a DepMap id", _shown(table[unknown]).to_list()))
    table = table[~unknown]
    blank = table["auc"].isna()
    losses.append((stage, "no AUC", (_shown(table[blank]) + " " + table.loc[blank, "inhibitor"]).to_list()))
    table = table[~blank]
    rank = table["screen_id"].map({screen: place for place, screen in enumerate(SCREENS)})
    # A screen that is not known yet comes after those that are.
    ordered = table.assign(rank=rank.fillna(len(SCREENS))).sort_values("rank", kind="stable")
    first = ordered.groupby(["depmap_id", "inhibitor"])["screen_id"].transform("first")
    again = ordered["screen_id"] != first
    losses.append(
        (
            stage,
            f"screened again: the first of {', '.join(SCREENS)} is taken",
            (ordered.loc[again, "depmap_id"] + " " + ordered.loc[again, "inhibitor"]).to_list(),
        )
    )
    return ordered[~again].sort_index()


def _shown(table: pd.DataFrame) -> pd.Series:
    return table["ccle_name"].fillna(table["depmap_id"]).fillna("unnamed")
