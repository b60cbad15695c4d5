"""One row a patient: treatment, best response, covariates and endpoints, whichever table holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.cohort import Cohort
from features.errors import InputError

#: Rows of a loss table: stage, reason, identifiers.
Losses = list[tuple[str, str, list[str]]]


@dataclass(frozen=True, eq=False)
class Patients:
    """The patients of a cohort, in the order of their identifiers.

    Attributes
    ----------
    table
        Index patient (str); columns treatment, best_response, and the covariates (numbers or text).
    endpoints
        Endpoint -> table of ``months`` (0 or more) and ``event`` (1 = event, 0 = censored), index patient;
        only patients of which both are known.
    of_sample
        Sample -> patient, for the samples that are some patient's.
    losses
        What belongs to no patient.
    """

    table: pd.DataFrame
    endpoints: Mapping[str, pd.DataFrame]
    of_sample: pd.Series
    losses: Losses


def patients_of(cohort: Cohort) -> Patients:
    """The patients of a cohort; without a table of patients, those that its samples or outcomes name.

    Where no sample names a patient, each sample is taken for a patient of its own.

    Parameters
    ----------
    cohort
        Validated.

    Raises
    ------
    InputError
        If it holds no patients or no outcomes, or two outcomes of one patient and endpoint contradict each
        other.
    """
    if cohort.outcomes.empty:
        raise InputError(
            "holds no outcomes",
            where=f"cohort {cohort.name}",
            todo="import one with PFS or OS, such as `mtorc1 data import --kind checkmate025`",
        )
    of_sample = _of_sample(cohort)
    losses: Losses = []
    stray = [str(one) for one in cohort.samples["sample_id"] if one not in of_sample.index]
    losses.append(("samples", "sample of no known patient", stray))
    outcomes = cohort.outcomes.assign(
        patient=cohort.outcomes["patient_id"].fillna(cohort.outcomes["sample_id"].map(of_sample))
    )
    unknown = outcomes["patient"].isna()
    losses.append(("outcomes", "outcome of no known patient", outcomes.loc[unknown, "sample_id"].tolist()))
    outcomes = outcomes[~unknown]
    if len(cohort.patients):
        table = cohort.patients.set_index("patient_id")
    else:
        known = sorted({*of_sample, *outcomes["patient"]})
        table = pd.DataFrame({"treatment": None, "best_response": None}, index=known, dtype=object)
    table = table.sort_index().rename_axis("patient")
    endpoints = {
        str(name): _endpoint(str(name), rows, cohort.name) for name, rows in outcomes.groupby("endpoint")
    }
    return Patients(table, endpoints, of_sample, [row for row in losses if row[2]])


def column_of(columns: Sequence[str], name: str, *, where: str) -> str:
    """The column of that name; if there is none, the one that differs from it in case only.

    Raises
    ------
    InputError
        If there is none, or several differ in case only.
    """
    if name in columns:
        return name
    near = [column for column in columns if column.casefold() == name.casefold()]
    if len(near) == 1:
        return near[0]
    shown = ", ".join(sorted(columns)[:25]) or "none"
    raise InputError(
        f"no {name!r}" if not near else f"{name!r} could be {' or '.join(near)}",
        where=where,
        todo=f"use one of: {shown}",
    )


def _of_sample(cohort: Cohort) -> pd.Series:
    ids = cohort.samples.set_index("sample_id")["patient_id"]
    if ids.isna().all() and cohort.patients.empty:
        return pd.Series(ids.index, index=ids.index, dtype=object)
    return ids.dropna().astype(object)


def _endpoint(name: str, rows: pd.DataFrame, cohort: str) -> pd.DataFrame:
    known = rows.dropna(subset=["time_months", "event"])[["patient", "time_months", "event"]]
    known = known.drop_duplicates()
    twice = int(known["patient"].duplicated().sum())
    if twice:
        raise InputError(
            f"{twice} patients have two different outcomes for {name}",
            where=f"cohort {cohort}, outcomes",
            todo="keep one row a patient and endpoint",
        )
    table = known.set_index("patient").rename(columns={"time_months": "months"}).sort_index()
    return table.astype({"months": float, "event": float})
