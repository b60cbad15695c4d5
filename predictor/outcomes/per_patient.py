"""One value a patient, whatever the number of samples: the rule is chosen, stated and counted."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

_WORDS = {
    "mean": "the mean of a patient's samples",
    "max": "the highest of a patient's samples",
    "min": "the lowest of a patient's samples",
}


@dataclass(frozen=True, eq=False)
class PerPatient:
    """Values by patient.

    Attributes
    ----------
    values
        Index patient, float, known values only, in the order of the identifiers.
    rule
        In words; "" where no patient had several samples.
    several
        Number of patients to whom the rule was applied.
    """

    values: pd.Series
    rule: str
    several: int


def is_binary(values: pd.Series) -> bool:
    """Whether all known values are 0 or 1."""
    return bool(values.dropna().isin([0.0, 1.0]).all())


def per_patient(by_sample: pd.Series, of_sample: pd.Series, several: str = "auto") -> PerPatient:
    """Join a value by sample to patients.

    Parameters
    ----------
    by_sample
        Index sample, float; NaN is unknown and left out.
    of_sample
        Sample -> patient.
    several
        ``mean``, ``max`` or ``min`` of a patient's known samples; ``auto``: max of what is 0 or 1 (a patient
        carries what any sample carries), mean of all else.
    """
    known = by_sample.dropna()
    known = known[known.index.isin(of_sample.index)]
    chosen = ("max" if is_binary(known) else "mean") if several == "auto" else several
    groups = known.groupby(of_sample.loc[known.index].to_numpy())
    twice = int((groups.size() > 1).sum())
    values = groups.agg(chosen).astype(float).sort_index().rename_axis("patient")
    words = "1 where any of a patient's samples has it" if chosen == "max" and is_binary(known) else ""
    return PerPatient(values, (words or _WORDS[chosen]) if twice else "", twice)
