"""An experiment that learns from patients' outcomes: one TOML file with a table ``[outcome]``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
from pydantic import Field, ValidationError

from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix
from features.progress import Progress, silent
from predictor.experiment import Count, DataSection, FeatureSection, Section
from predictor.outcomes.arms import arms_of
from predictor.outcomes.covariates import design_of
from predictor.outcomes.cox import EVENT, MONTHS
from predictor.outcomes.learning import Learned, LearningSettings, learn
from predictor.outcomes.patients import column_of, patients_of
from predictor.outcomes.question import Question
from predictor.study import feature_settings


class OutcomeSection(Section):
    """What is learned.

    Attributes
    ----------
    endpoint
        Such as PFS.
    arm
        The treatment whose patients teach.
    covariates
        Columns of the patients that stand beside the features.
    only
        Column of the patients to the value that they must have.
    """

    endpoint: str
    arm: str
    covariates: tuple[str, ...] = ()
    only: dict[str, str] = Field(default_factory=dict)


class BoosterSection(Section):
    """How trees are boosted; see :class:`~predictor.outcomes.learning.LearningSettings`."""

    rounds: tuple[Annotated[int, Field(ge=0)], ...] = Field(LearningSettings.rounds, min_length=1)
    learning_rate: Annotated[float, Field(gt=0, le=1)] = LearningSettings.learning_rate
    max_depth: Annotated[int, Field(ge=1, le=12)] = LearningSettings.max_depth
    reg_lambda: Annotated[float, Field(ge=0)] = LearningSettings.reg_lambda
    subsample: Annotated[float, Field(gt=0, le=1)] = LearningSettings.subsample
    colsample_bynode: Annotated[float, Field(gt=0, le=1)] = LearningSettings.colsample_bynode
    least_carriers: Count = LearningSettings.least_carriers


class JudgementSection(Section):
    """How it is judged; see :class:`~predictor.outcomes.learning.LearningSettings`."""

    folds: Annotated[int, Field(ge=2)] = LearningSettings.folds
    inner_folds: Annotated[int, Field(ge=2)] = LearningSettings.inner_folds
    repeats: Count = LearningSettings.repeats
    seed: Annotated[int, Field(ge=0, lt=2**31)] = LearningSettings.seed
    draws: Annotated[int, Field(ge=100)] = LearningSettings.draws


class OutcomeExperiment(Section):
    """One experiment on patients.

    Attributes
    ----------
    name, description
        As of :class:`~predictor.experiment.Experiment`.
    data, features, outcome, model, evaluation
        The tables of the file.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    description: str = ""
    data: DataSection
    features: FeatureSection = FeatureSection()
    outcome: OutcomeSection
    model: BoosterSection = BoosterSection()
    evaluation: JudgementSection = JudgementSection()

    def settings(self) -> LearningSettings:
        """The settings of the fits."""
        return LearningSettings(**self.model.model_dump(), **self.evaluation.model_dump())

    def facts(self) -> dict[str, Any]:
        """The whole experiment as plain values."""
        return self.model_dump(mode="json")


def read_outcome_experiment(path: str | Path) -> OutcomeExperiment:
    """Read and validate an experiment on patients.

    Raises
    ------
    InputError
        If it does not validate; every fault is named with its key.
    """
    content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    try:
        return OutcomeExperiment.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the experiment'}: {fault['msg']}"
            for fault in error.errors()
        )
        raise InputError(faults, where=path, todo="see experiments/checkmate025.toml for the keys") from error


def judge_outcomes(
    experiment: OutcomeExperiment, cohort: Cohort, *, progress: Progress = silent
) -> tuple[Learned, dict[str, int]]:
    """Judge an experiment on patients.

    Returns
    -------
    learned
        How well.
    left_out
        Reason to the number of patients of the arm that could not take part.

    Raises
    ------
    InputError
        If the cohort has no such arm, endpoint or covariate, or nobody of whom all is known.
    """
    asked = experiment.outcome
    patients = patients_of(cohort)
    arms = arms_of(
        patients, Question(markers=("none",), arm=asked.arm, only=tuple(sorted(asked.only.items())))
    )
    members = arms.members.index
    outcome = patients.endpoints[
        column_of(list(patients.endpoints), asked.endpoint, where="outcome.endpoint")
    ]
    columns = [
        column_of(list(map(str, patients.table.columns)), c, where="outcome.covariates")
        for c in asked.covariates
    ]
    samples = patients.of_sample[patients.of_sample.isin(members)]
    # Several samples of one patient: the first by id, so that the order of a table decides nothing.
    samples = samples.sort_index()[lambda found: ~found.duplicated()]
    left_out = {"no sample": int((~members.isin(samples)).sum())}
    known = members[members.isin(samples)]
    for reason, have in (
        (f"{asked.endpoint} is not known", known.isin(outcome.index)),
        *((f"{c} is not known", patients.table[c].reindex(known).notna().to_numpy()) for c in columns),
    ):
        left_out[reason] = left_out.get(reason, 0) + int((~have & known.isin(known)).sum())
    complete = known[
        known.isin(outcome.index) & patients.table.loc[known, columns].notna().all(axis=1).to_numpy()
    ]
    if complete.empty:
        raise InputError("nobody is left", where=f"cohort {cohort.name}", todo="ask for fewer covariates")
    complete = complete.sort_values()
    design = design_of(patients.table.loc[complete, columns])
    data = outcome.loc[complete, [MONTHS, EVENT]].join(design.columns)
    by_patient = _sample_of(samples)
    matrix = build_matrix(
        cohort.select([by_patient[one] for one in complete]),
        experiment.features.families,
        settings=feature_settings(experiment.features),
        progress=progress,
    ).values.set_axis(complete)
    learned = learn(data, design.names, matrix, experiment.settings(), progress=progress)
    return learned, {reason: n for reason, n in left_out.items() if n}


def _sample_of(samples: pd.Series) -> dict[str, str]:
    """Patient to sample, from sample to patient."""
    return {str(patient): str(sample) for sample, patient in samples.items()}
