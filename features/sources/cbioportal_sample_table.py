"""Samples of a cBioPortal study: lineage, MSI, purity and ploidy, and the other columns as they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.failures import failure, raise_failures
from features.lineages import find_lineage
from features.sources.cbioportal_meta import Study
from features.sources.cbioportal_table import PATIENT, SAMPLE, SAMPLE_TYPE, covariates, worded
from features.sources.table_files import Losses, numbers_of

_LINEAGES = ("ONCOTREE_CODE", "CANCER_TYPE_DETAILED", "CANCER_TYPE")
_PURITY = ("PURITY", "TUMOR_PURITY", "ABSOLUTE_PURITY")
_PLOIDY = ("PLOIDY", "ABSOLUTE_PLOIDY")
_MSI = ("MSI_STATUS", "MSI_TYPE")
_MSI_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("msih", "msihigh", "instable", "unstable", "msi"), "MSI-H"),
    **dict.fromkeys(("msil", "msilow"), "MSI-L"),
    **dict.fromkeys(("mss", "stable", "microsatellitestable"), "MSS"),
}
_NORMAL = re.compile(r"\bnormals?\b", re.IGNORECASE)


def samples_of(
    study: Study, table: pd.DataFrame, path: Path, losses: Losses, said: list[str]
) -> pd.DataFrame:
    """The table of samples.

    Parameters
    ----------
    study
        Its type of cancer is the lineage of samples without one of their own.
    table
        The study's table of samples.
    path
        Named in errors.
    losses, said
        Get what was lost, and what was read as what.

    Returns
    -------
    pandas.DataFrame
        sample_id, sample_name, lineage, patient_id, sample_type; msi, purity (0 to 1) and ploidy where there
        is such a column; the other columns.

    Raises
    ------
    features.failures.TableError
        If a purity or ploidy is no number.
    """
    found = pd.DataFrame(
        {
            "sample_id": table[SAMPLE],
            "sample_name": table[SAMPLE],
            "lineage": _lineages(study, table, losses, said),
            "patient_id": table[PATIENT],
            "sample_type": table.get(SAMPLE_TYPE, pd.Series(None, index=table.index, dtype=object)),
        }
    )
    taken = {PATIENT, SAMPLE, SAMPLE_TYPE}
    msi = next((name for name in _MSI if name in table), None)
    if msi is not None:
        found["msi"] = worded(table[msi], _MSI_WORDS)
        said.append(f"msi of {msi}")
        unread = table[msi].notna() & found["msi"].isna()
        losses.append(
            ("samples", f"{msi} says no class: MSI not known (kept)", sorted(set(table[msi][unread])))
        )
        taken.add(msi)
    for name, candidates, high in (("purity", _PURITY, 1.0), ("ploidy", _PLOIDY, 20.0)):
        column = next((c for c in candidates if c in table), None)
        if column is None:
            continue
        values, note = _share(table[column], path, percent=name == "purity")
        low = 0.0 if name == "purity" else 0.5
        odd = values.notna() & ~values.between(low, high)
        reason = f"{column} is not from {low:g} to {high:g}: not known (kept)"
        losses.append(("samples", reason, [f"line {line}: {values[line]:g}" for line in table.index[odd]]))
        found[name] = values.mask(odd)
        said.append(f"{name} of {column}{note}")
        taken.add(column)
    others = covariates(table.drop(columns=list(taken & set(table.columns))), "samples", losses)
    return found.join(others).reset_index(drop=True)


def is_normal(sample_types: pd.Series) -> pd.Series:
    """Which samples are of normal tissue or blood, by their SAMPLE_TYPE."""
    return sample_types.fillna("").astype(str).str.contains(_NORMAL)


def _lineages(study: Study, table: pd.DataFrame, losses: Losses, said: list[str]) -> pd.Series:
    """The first of the sample's cancer types, else the study's, that is a lineage of ours."""
    lineage = pd.Series(None, index=table.index, dtype=object)
    used: list[str] = []
    for column in _LINEAGES:
        if column in table:
            known = {word: _lineage(word) for word in table[column].dropna().unique()}
            fresh = lineage.isna() & table[column].map(known).notna()
            lineage = lineage.where(~fresh, table[column].map(known))
            used += [column] if fresh.any() else []
    of_study = _lineage(study.fields.get("type_of_cancer", ""))
    if of_study is not None and lineage.isna().any():
        lineage = lineage.fillna(of_study)
        used.append("type_of_cancer")
    types = [c for c in _LINEAGES if c in table]
    missing = lineage.isna()
    words: list[str] = []
    if types:
        words = sorted(table.loc[missing, types].bfill(axis=1).iloc[:, 0].dropna().unique())
    losses.append(("samples", "cancer type that is no lineage of ours: not known (kept)", words))
    said.append(f"lineage of {', '.join(used)}" if used else "no lineage")
    return lineage


def _lineage(word: str) -> str | None:
    try:
        return find_lineage(word) if word else None
    except InputError:
        return None


def _share(cells: pd.Series, path: Path, *, percent: bool) -> tuple[pd.Series, str]:
    """Numbers; of a column in percent its hundredths, and a word about that."""
    values = numbers_of(cells, "point")
    text = cells.index[cells.notna() & values.isna()]
    raise_failures(
        [failure(path.name, str(cells.name), text, cells[text], "is a number")],
        where=path,
    )
    # No fraction is above 1, and few tumours have all of their purities below 1 %.
    if percent and values.max() > 1:
        return values / 100, " (in percent)"
    return values, ""
