"""Patients of TCGA: curated outcomes, covariates, and whether one of our inhibitors was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features import schemas
from features.errors import InputError
from features.failures import failure, raise_failures
from features.inhibitors import find_inhibitor
from features.sources.cbioportal_codes import blanked
from features.sources.r_files import texts
from features.sources.table_files import Losses, numbers_of
from features.sources.tcga_barcodes import parts_of

#: A month of the Gregorian calendar, in days.
DAYS_A_MONTH = 30.4375
#: Endpoints of the TCGA clinical data resource (Liu 2018, PMID 29625055): days, 1 = event.
ENDPOINTS = ("OS", "DSS", "DFI", "PFI")
_PREFIX = "CDR_"
_CURATED: Mapping[str, str] = {
    "age_years": "CDR_age_at_initial_pathologic_diagnosis", "sex": "CDR_gender",
    "stage": "CDR_ajcc_pathologic_tumor_stage", "grade": "CDR_histological_grade",
    "histology": "CDR_histological_type",
}  # fmt: skip
_SUBMITTED: Mapping[str, str] = {
    "age_years": "patient.age_at_initial_pathologic_diagnosis", "sex": "patient.gender",
    "stage": "patient.stage_event.pathologic_stage", "grade": "patient.neoplasm_histologic_grade",
    "histology": "patient.histological_type",
}  # fmt: skip
_DRUG = re.compile(r"^(patient\.drugs\.drug(?:-\d+)?)\.drug_name$")
_RESPONSES: Mapping[str, str] = {
    "complete response": "CR", "partial response": "PR", "stable disease": "SD",
    "clinical progressive disease": "PD", "radiographic progressive disease": "PD",
}  # fmt: skip


def curated(table: pd.DataFrame, path: Path, losses: Losses) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Covariates and outcomes of the curated clinical data that come with MC3.

    Parameters
    ----------
    table
        With Tumor_Sample_Barcode and the columns of the resource, ``CDR_...``.
    path
        Named in errors.
    losses
        Gets the patients with an event and no time, or a time and no event.

    Returns
    -------
    covariates : pandas.DataFrame
        patient_id (unique) and the covariates.
    outcomes : pandas.DataFrame
        patient_id, endpoint, time_months, event.

    Raises
    ------
    features.failures.TableError
        If an event is neither 1 nor 0, or a time is no number.
    """
    given = blanked(texts(table[[c for c in table.columns if c.startswith(_PREFIX)]]))
    patients = parts_of(table["Tumor_Sample_Barcode"])["patient_id"]
    given = given[patients.notna() & ~patients.duplicated()]
    patients = patients[given.index]
    parts, failures = [], []
    for endpoint in ENDPOINTS:
        event, time = f"{_PREFIX}{endpoint}", f"{_PREFIX}{endpoint}.time"
        if event not in given or time not in given:
            continue
        odd = given.index[given[event].notna() & ~given[event].isin(["0", "1"])]
        failures.append(failure(path.name, event, odd, given.loc[odd, event], "is 0 or 1"))
        days = numbers_of(given[time], "point")
        bad = given.index[given[time].notna() & ~days.ge(0)]
        failures.append(failure(path.name, time, bad, given.loc[bad, time], "is a number of days >= 0"))
        events = numbers_of(given[event], "point")
        rows = pd.DataFrame(
            {
                "patient_id": patients,
                "endpoint": endpoint,
                "time_months": days / DAYS_A_MONTH,
                "event": events,
            }
        )
        half = rows["time_months"].notna() ^ rows["event"].notna()
        reason = f"{endpoint}: time without event, or event without time: left out"
        losses.append(("outcomes", reason, rows.loc[half, "patient_id"].to_list()))
        parts.append(rows.dropna())
    raise_failures(failures, where=path)
    outcomes = pd.concat(parts, ignore_index=True) if parts else schemas.no_rows("outcomes")
    return _covariates(patients, given, _CURATED), outcomes


def submitted(table: pd.DataFrame, path: Path, losses: Losses) -> pd.DataFrame:
    """Covariates of the clinical data as they were submitted, and the treatment with one of our inhibitors.

    A patient who was given two of them has no treatment here; the best response is that to the inhibitor,
    where it was recorded.

    Raises
    ------
    InputError
        If there is no column of patients.
    """
    column = "patient.bcr_patient_barcode"
    if column not in table:
        raise InputError(f"has no column {column}", where=path, todo="check the file")
    patients = parts_of(table[column])["patient_id"]
    drugs = {match.group(1): name for name in table.columns if (match := _DRUG.match(name))}
    wanted = [*_SUBMITTED.values(), *drugs.values(), *(f"{drug}.measure_of_response" for drug in drugs)]
    given = blanked(texts(table[[name for name in wanted if name in table]]))
    found = _covariates(patients, given, _SUBMITTED)
    rows = []
    for drug, name in drugs.items():
        response = given.get(f"{drug}.measure_of_response", pd.Series(None, index=given.index, dtype=object))
        known = {word: _ours(word) for word in given[name].dropna().unique()}
        rows.append(
            pd.DataFrame({"patient_id": patients, "treatment": given[name].map(known), "said": response})
        )
    records = (
        pd.concat(rows, ignore_index=True)
        if rows
        else pd.DataFrame(columns=["patient_id", "treatment", "said"])
    )
    records = records[records["treatment"].notna()]
    pairs = records.drop_duplicates(["patient_id", "treatment"])
    several = pairs["patient_id"][pairs["patient_id"].duplicated(keep=False)]
    reason = "given several of our inhibitors: treatment not known (kept)"
    losses.append(("patients", reason, sorted(set(several))))
    one = pairs[~pairs["patient_id"].isin(several)].set_index("patient_id")["treatment"]
    said = records[~records["patient_id"].isin(several)].dropna(subset=["said"])
    best = (
        said.drop_duplicates("patient_id").set_index("patient_id")["said"].str.lower().map(dict(_RESPONSES))
    )
    return found.assign(
        treatment=found["patient_id"].map(one).astype(object),
        best_response=found["patient_id"].map(best).astype(object),
    )


def _ours(word: str) -> str | None:
    """Our inhibitor of a drug as it was written: "afinitor", "rad001", "torisel (temsirolimus)"."""
    for part in [word, *re.split(r"[()/,;+]| - ", word)]:
        try:
            return find_inhibitor(part.strip()).name
        except InputError:
            continue
    return None


def _covariates(patients: pd.Series, given: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    table = pd.DataFrame({"patient_id": patients})
    for name, column in columns.items():
        cells = given.get(column, pd.Series(None, index=given.index, dtype=object)).astype(object)
        table[name] = numbers_of(cells, "point") if name == "age_years" else cells.str.lower()
    return table[table["patient_id"].notna()].drop_duplicates("patient_id").reset_index(drop=True)
