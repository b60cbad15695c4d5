"""The clinical tables of a cBioPortal study: patients, samples and outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from features import schemas
from features.errors import InputError
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.cbioportal_outcomes import outcomes_of
from features.sources.cbioportal_patients import patients_of
from features.sources.cbioportal_sample_table import samples_of
from features.sources.cbioportal_table import PATIENT, SAMPLE, check_ids, clinical_table
from features.sources.table_files import Losses


@dataclass(frozen=True, eq=False)
class Clinical:
    """What the clinical tables say.

    Attributes
    ----------
    patients, samples, outcomes
        As in :class:`features.cohort.Cohort`; samples carry sample_type as the study words it.
    read_as
        For each of the files: what its columns were read as.
    rows_in
        For each of the files: its rows.
    losses
        What was left out, changed or not known.
    """

    patients: pd.DataFrame
    samples: pd.DataFrame
    outcomes: pd.DataFrame
    read_as: Mapping[str, str]
    rows_in: Mapping[str, int]
    losses: Losses = field(default_factory=list)


def clinical_files(study: Study) -> tuple[StudyFile, StudyFile | None]:
    """The meta files of the samples, and of the patients if there is one.

    Raises
    ------
    InputError
        If there is none of samples, or more than one of a kind.
    """
    found: dict[str, StudyFile | None] = {}
    for datatype in ("SAMPLE_ATTRIBUTES", "PATIENT_ATTRIBUTES"):
        files = study.of("CLINICAL", datatype)
        if len(files) > 1:
            raise InputError(
                f"{files[0].meta.name} and {files[1].meta.name} both describe {datatype}",
                where=study.folder,
                todo="keep one of them",
            )
        found[datatype] = files[0] if files else None
    samples = found["SAMPLE_ATTRIBUTES"]
    if samples is None:
        raise InputError(
            "no meta file describes the clinical table of samples, which says whose each sample is",
            where=study.folder,
            todo="add meta_clinical_sample.txt with genetic_alteration_type: CLINICAL, datatype: "
            "SAMPLE_ATTRIBUTES and data_filename",
        )
    return samples, found["PATIENT_ATTRIBUTES"]


def read_clinical(
    study: Study, *, treatment_column: str | None = None, response_column: str | None = None
) -> Clinical:
    """Patients, samples and outcomes of a study.

    Parameters
    ----------
    study
        The study.
    treatment_column, response_column
        Columns (of either table) with what was given and with the best response; by default the first that is
        there of :data:`features.sources.cbioportal_patients.TREATMENT` and ``RESPONSE``.

    Raises
    ------
    InputError
        If a table or a column is missing, a patient or sample stands in two rows or is not named, or a stated
        column is not there.  Messages name rows, and no patient.
    features.failures.TableError
        If a status says neither that the event happened nor that it did not, or months are no number.
    """
    sample_file, patient_file = clinical_files(study)
    by_sample = clinical_table(sample_file.data, (PATIENT, SAMPLE))
    check_ids(by_sample[SAMPLE], sample_file.data, unique=True)
    check_ids(by_sample[PATIENT], sample_file.data, unique=False)
    losses: Losses = []
    said: dict[str, list[str]] = {sample_file.data.name: []}
    rows = {sample_file.data.name: len(by_sample)}
    by_patient = None
    outcomes = schemas.no_rows("outcomes")
    if patient_file is not None:
        by_patient = clinical_table(patient_file.data, (PATIENT,))
        check_ids(by_patient[PATIENT], patient_file.data, unique=True)
        outcomes, endpoints = outcomes_of(by_patient, patient_file.data, losses)
        words = f"{', '.join(endpoints)} in months (1 = event)" if endpoints else "no outcome"
        said[patient_file.data.name] = [words]
        rows[patient_file.data.name] = len(by_patient)
    patients = patients_of(
        study,
        by_patient,
        by_sample,
        {"treatment": treatment_column, "best_response": response_column},
        losses,
        said[(patient_file or sample_file).data.name],
    )
    samples = samples_of(study, by_sample, sample_file.data, losses, said[sample_file.data.name])
    read_as = {name: ", ".join(words) for name, words in said.items()}
    return Clinical(patients, samples, outcomes, read_as, rows, losses)
