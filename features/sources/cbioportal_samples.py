"""Which samples of a patient are taken where there are several: a stated rule, and what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.sources.cbioportal_sample_table import is_normal
from features.sources.table_files import Losses

#: Rule -> what it takes.
RULES: Mapping[str, str] = {
    "primary": "a patient's first sample of a primary tumour, else the first sample",
    "latest": "the sample that was taken last",
    "all": "all samples",
}
_PRIMARY = re.compile(r"^\s*primary|^\s*untreated primary|^\s*initial", re.IGNORECASE)


def chosen_samples(
    samples: pd.DataFrame, rule: str, days: Mapping[str, float], losses: Losses, path: Path
) -> pd.DataFrame:
    """The samples that a rule takes, in the order of the table.

    Samples of normal tissue are never taken.  "First" is by the order of the clinical table.

    Parameters
    ----------
    samples
        With sample_id, patient_id, sample_type.
    rule
        A key of :data:`RULES`.
    days
        Sample -> day on which it was taken; used by "latest" alone.
    losses
        Gets the samples that are left out, and why.
    path
        Named in errors.

    Raises
    ------
    InputError
        If the rule is unknown, nothing is left, or "latest" is asked for and a patient of several samples has
        one without a day.
    """
    if rule not in RULES:
        raise InputError(
            f"unknown rule for several samples of a patient: {rule!r}",
            todo=f"use --samples {'|'.join(RULES)}",
        )
    normal = is_normal(samples["sample_type"])
    losses.append(("samples", "of normal tissue: left out", samples.loc[normal, "sample_id"].to_list()))
    tumours = samples[~normal]
    if tumours.empty:
        raise InputError("no sample of a tumour", where=path, todo="check the column SAMPLE_TYPE")
    several = tumours["patient_id"].duplicated(keep=False)
    if rule == "all" or not several.any():
        return tumours
    ordered = tumours
    if rule == "latest":
        day = tumours["sample_id"].map(dict(days)).astype(float)
        undated = tumours.index[several & day.isna()]
        if len(undated):
            raise InputError(
                f"{len(undated)} samples of patients with several have no day in the timeline",
                where=path,
                todo="use --samples primary or all, or add a timeline with SAMPLE_ID and START_DATE",
            )
        # Without a day are only patients of one sample.
        ordered = tumours.iloc[(-day.fillna(0.0)).argsort(kind="stable")]
    else:
        primary = tumours["sample_type"].fillna("").astype(str).str.contains(_PRIMARY)
        ordered = pd.concat([tumours[primary], tumours[~primary]])
        without = tumours[several & ~tumours["patient_id"].isin(tumours.loc[primary, "patient_id"])]
        reason = "no primary tumour among several samples of a patient: the first is taken (kept)"
        taken = without.drop_duplicates("patient_id")["sample_id"]
        losses.append(("samples", reason, taken.to_list()))
    kept = ordered.drop_duplicates("patient_id").index
    left = tumours.loc[~tumours.index.isin(kept), "sample_id"]
    reason = f"another sample of the patient is taken (--samples {rule}): left out"
    losses.append(("samples", reason, left.to_list()))
    return tumours[tumours.index.isin(kept)]
