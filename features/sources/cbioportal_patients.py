"""Patients of a cBioPortal study: what was given, how the tumour answered, and the covariates."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from features.errors import InputError
from features.inhibitors import find_inhibitor
from features.sources.cbioportal_meta import Study
from features.sources.cbioportal_table import PATIENT, covariates, worded
from features.sources.table_files import Losses

#: Columns in which studies state what was given and how the tumour answered; the first that is there.
TREATMENT = ("TREATMENT", "ARM", "TREATMENT_ARM", "STUDY_ARM", "DRUG", "REGIMEN")
RESPONSE = ("BEST_RESPONSE", "BEST_OVERALL_RESPONSE", "RECIST", "RECIST_RESPONSE", "BOR", "RESPONSE")
_RESPONSE_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("cr", "completeresponse", "completeremission"), "CR"),
    **dict.fromkeys(("pr", "partialresponse", "partialremission"), "PR"),
    **dict.fromkeys(("crpr", "cr/pr", "completeresponse/partialresponse"), "CRPR"),
    **dict.fromkeys(("sd", "stabledisease"), "SD"),
    **dict.fromkeys(("pd", "progressivedisease", "progression"), "PD"),
    **dict.fromkeys(("ne", "notevaluable", "notevaluated", "inevaluable", "unevaluable"), "NE"),
}


def patients_of(
    study: Study,
    by_patient: pd.DataFrame | None,
    by_sample: pd.DataFrame,
    stated: Mapping[str, str | None],
    losses: Losses,
    said: list[str],
) -> pd.DataFrame:
    """The table of patients.

    Parameters
    ----------
    study
        Named in errors.
    by_patient
        The study's table of patients; None if it has none.
    by_sample
        Its table of samples.  A patient who is named there alone is kept, without covariates.
    stated
        "treatment" and "best_response" -> the column that the user states for it, or None.
    losses, said
        Get what was lost, and what was read as what.

    Returns
    -------
    pandas.DataFrame
        patient_id, treatment (our name of an inhibitor, or the source's word), best_response, covariates.

    Raises
    ------
    InputError
        If a stated column is in neither table.
    """
    known = by_sample[PATIENT].drop_duplicates()
    base = by_patient if by_patient is not None else pd.DataFrame({PATIENT: known})
    added = known[~known.isin(base[PATIENT])]
    losses.append(("patients", "has samples but no row in the table of patients (kept)", added.to_list()))
    whole = pd.concat([base, pd.DataFrame({PATIENT: added})], ignore_index=True)
    table = pd.DataFrame({"patient_id": whole[PATIENT]})
    taken = {PATIENT}
    for name, candidates in (("treatment", TREATMENT), ("best_response", RESPONSE)):
        column, of_patients = _stated_column(study, whole, by_sample, stated[name], candidates)
        if column is None:
            table[name] = None
            continue
        cells = of_patients[column] if of_patients is whole else _one_each(by_sample, whole, column, losses)
        known_words = _treatments(cells) if name == "treatment" else worded(cells, _RESPONSE_WORDS)
        odd = cells.notna() & known_words.isna()
        reason = f"{column} is no word of RECIST: best response not known (kept)"
        losses.append(("patients", reason, sorted(set(cells[odd]))))
        table[name] = known_words.to_numpy()
        said.append(f"{name} of {column}")
        taken.add(column)
    endpoints = [c.removesuffix("_STATUS") for c in whole.columns if c.endswith("_STATUS")]
    paired = {e for e in endpoints if f"{e}_MONTHS" in whole.columns}
    taken |= {f"{endpoint}_{part}" for endpoint in paired for part in ("STATUS", "MONTHS")}
    others = covariates(whole.drop(columns=[c for c in taken if c in whole]), "patients", losses)
    return table.join(others)


def _stated_column(
    study: Study,
    patients: pd.DataFrame,
    samples: pd.DataFrame,
    stated: str | None,
    candidates: tuple[str, ...],
) -> tuple[str | None, pd.DataFrame]:
    """The column, and the table that has it; patients go before samples."""
    names = (stated.strip().upper(),) if stated is not None else candidates
    for name in names:
        for table in (patients, samples):
            if name in table.columns:
                return name, table
    if stated is not None:
        raise InputError(
            f"no clinical table has a column {stated}",
            where=study.folder,
            todo=f"name one of them, such as {', '.join(map(str, patients.columns[1:5]))}",
        )
    return None, patients


def _one_each(samples: pd.DataFrame, patients: pd.DataFrame, column: str, losses: Losses) -> pd.Series:
    """A column of the samples by patient, where all samples of a patient agree."""
    given = samples[[PATIENT, column]].dropna().drop_duplicates()
    several = given[PATIENT][given[PATIENT].duplicated(keep=False)]
    reason = f"samples of a patient differ in {column}: not known (kept)"
    losses.append(("patients", reason, sorted(set(several))))
    one = given[~given[PATIENT].isin(several)].set_index(PATIENT)[column]
    return patients[PATIENT].map(one)


def _treatments(cells: pd.Series) -> pd.Series:
    """Our name of an inhibitor, or the source's word."""
    names: dict[str, str] = {}
    for word in cells.dropna().unique():
        try:
            names[word] = find_inhibitor(word).name
        except InputError:
            names[word] = word
    return cells.map(names)
