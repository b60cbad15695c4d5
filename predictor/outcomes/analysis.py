"""From a cohort and a question to the findings: who, which markers, which endpoints, and the verdicts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec, TypeVar

import pandas as pd

from features.cohort import Cohort
from features.matrix import build_matrix
from features.progress import Progress, silent
from predictor.outcomes.analysed import MARKER, Complete, analysed_of, complete_of, covariate_columns
from predictor.outcomes.arms import Arms, arms_of
from predictor.outcomes.calibration import calibration
from predictor.outcomes.concordance import concordance, of_covariates
from predictor.outcomes.covariates import design_of
from predictor.outcomes.cox import EVENT, MONTHS
from predictor.outcomes.effects import Effect, effect_in, interaction, one_baseline, shared_effect
from predictor.outcomes.findings import ArmFacts, Findings, InArm, OfEndpoint, OfMarker, OfResponse
from predictor.outcomes.kaplan_meier import curve_of, groups_of, round_times, survival_by
from predictor.outcomes.markers import Marker, MarkerTables
from predictor.outcomes.multiple import holm
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.patients import Patients, column_of, patients_of
from predictor.outcomes.question import Question
from predictor.outcomes.responders import discrimination, responses_of
from predictor.outcomes.scale import RELEVANT
from predictor.outcomes.verdict import PREDICTIVE, PROGNOSTIC, Verdict, headline, judge

P = ParamSpec("P")
T = TypeVar("T")
Answers = Mapping[str, OfEndpoint | NotEstimable]


def analyse(
    cohort: Cohort,
    question: Question,
    *,
    matrix: pd.DataFrame | None = None,
    predictions: pd.DataFrame | None = None,
    progress: Progress = silent,
) -> Findings:
    """Answer a question.

    Parameters
    ----------
    cohort
        With outcomes.
    question
        What is asked.
    matrix
        Features, index sample (:class:`features.matrix.FeatureMatrix`); what is not in it is computed.
    predictions
        Of :func:`predictor.outcomes.predictions_file.read_predictions`.
    progress
        Told of each marker and endpoint.

    Raises
    ------
    InputError
        If something that is asked for is not there, or too much is missing.
    """
    patients = patients_of(cohort)
    arms = arms_of(patients, question)
    tables = MarkerTables(
        cohort,
        patients,
        matrix,
        predictions,
        _inhibitor_of(arms, predictions),
        lambda family: _features(cohort, patients, arms, family),
    )
    # All names are looked at before the first model: a mistake in the last should not cost the others.
    markers = [tables.marker(name, question.several) for name in question.markers]
    endpoints = [column_of(list(patients.endpoints), name, where="--endpoint") for name in question.endpoints]
    facts = tuple(_facts(patients, arms, name, endpoints, question) for name in arms.names)
    losses = [*patients.losses, *arms.losses]
    steps, done = len(markers) * len(endpoints), 0
    answers: list[dict[str, OfEndpoint | NotEstimable]] = []
    for marker in markers:
        found: dict[str, OfEndpoint | NotEstimable] = {}
        for endpoint in endpoints:
            progress(f"{marker.name}, {endpoint}", done, steps)
            complete = complete_of(marker, endpoint, patients, arms, question)
            losses += complete.losses
            found[endpoint] = _of_endpoint(complete, marker, patients, arms, question)
            done += 1
        answers.append(found)
    progress("response", steps, steps)
    verdicts = _verdicts(markers, answers, arms, question)
    of_markers = tuple(
        OfMarker(marker, found, _responses(marker, patients, arms, question), mine, headline(mine))
        for marker, found, mine in zip(markers, answers, verdicts, strict=True)
    )
    return Findings(question, arms, facts, of_markers, losses)


def _inhibitor_of(arms: Arms, predictions: pd.DataFrame | None) -> str | None:
    """The arm's own predictions are meant, where there are any."""
    if predictions is None or arms.names[0] not in set(predictions["inhibitor"]):
        return None
    return arms.names[0]


def _features(cohort: Cohort, patients: Patients, arms: Arms, family: str) -> pd.DataFrame:
    """A family of features, of the samples of the arms alone."""
    mine = patients.of_sample[patients.of_sample.isin(arms.members.index)].index
    if mine.empty:
        return pd.DataFrame()
    return build_matrix(cohort.select(mine), (family,)).values


def _facts(
    patients: Patients, arms: Arms, name: str, endpoints: Sequence[str], question: Question
) -> ArmFacts:
    members = arms.of(name)
    columns = covariate_columns(patients, question)
    covariates = patients.table.loc[members, columns].dropna()
    curves, indices = {}, {}
    for endpoint in endpoints:
        outcome = patients.endpoints[endpoint]
        mine = outcome.loc[outcome.index.isin(members)]
        if mine.empty:
            continue
        curves[endpoint] = curve_of(mine, name)
        whole = mine.index.intersection(covariates.index).sort_values()
        design = design_of(covariates.loc[whole])
        if design.names:
            data = mine.loc[whole].join(design.columns)
            found = of_covariates(data, design.names, question.draws, question.seed)
            indices[endpoint] = (len(data), found)
    responses = {
        kind: (len(values), int(values.sum())) for kind, values in _known_responses(patients, members).items()
    }
    return ArmFacts(name, len(members), curves, indices, responses)


def _known_responses(patients: Patients, members: pd.Index) -> dict[str, pd.Series]:
    pfs = next((table for name, table in patients.endpoints.items() if name.casefold() == "pfs"), None)
    best = patients.table.loc[members, "best_response"]
    return responses_of(best, None if pfs is None else pfs[[MONTHS, EVENT]])


def _of_endpoint(
    complete: Complete, marker: Marker, patients: Patients, arms: Arms, question: Question
) -> OfEndpoint | NotEstimable:
    try:
        analysed = analysed_of(complete, marker, patients, arms, question)
    except NotEstimable as why:
        return why
    groups = groups_of(analysed.raw)
    at = round_times(float(analysed.data[MONTHS].max()))
    in_arms = {}
    for name in arms.names:
        data = analysed.of(name)
        if data.empty:
            return NotEstimable(f"no patient under {name} has the marker, the covariates and the outcome")
        effect = _try(effect_in, analysed, name)
        index = (
            concordance(effect.fit, MARKER, question.draws, question.seed)
            if isinstance(effect, Effect)
            else None
        )
        in_arms[name] = InArm(survival_by(data, groups, at), effect, index)
    if arms.control is None:
        return OfEndpoint(analysed, in_arms, None, None)
    return OfEndpoint(
        analysed,
        in_arms,
        _try(shared_effect, analysed),
        _try(interaction, analysed),
        _try(one_baseline, analysed),
    )


def _try(estimate: Callable[P, T], *given: P.args, **named: P.kwargs) -> T | NotEstimable:
    try:
        return estimate(*given, **named)
    except NotEstimable as why:
        return why


def _verdicts(
    markers: Sequence[Marker], answers: Sequence[Answers], arms: Arms, question: Question
) -> list[tuple[Verdict, ...]]:
    """The verdicts of each marker; each kind of question is corrected for over all markers and endpoints."""
    asked: dict[str, list[tuple[int, str, Effect | NotEstimable, str]]] = {PROGNOSTIC: [], PREDICTIVE: []}
    for place, found in enumerate(answers):
        for endpoint, answer in found.items():
            if isinstance(answer, NotEstimable):
                asked[PROGNOSTIC].append((place, endpoint, answer, "sd"))
                if arms.control is not None:
                    asked[PREDICTIVE].append((place, endpoint, answer, "sd"))
                continue
            unit = answer.analysed.unit
            asked[PROGNOSTIC].append((place, endpoint, answer.prognostic, unit))
            if answer.interaction is not None:
                asked[PREDICTIVE].append((place, endpoint, answer.interaction, unit))
    verdicts: list[list[Verdict]] = [[] for _ in markers]
    for kind, rows in asked.items():
        raw = [effect.ratio.p if isinstance(effect, Effect) else math.nan for _, _, effect, _ in rows]
        for (place, endpoint, effect, unit), corrected in zip(rows, holm(raw), strict=True):
            verdict = judge(
                kind,
                effect,
                marker=markers[place].name,
                endpoint=endpoint,
                unit=unit,
                p_holm=corrected,
                relevant=question.relevant or RELEVANT[unit],
                arms=arms.names,
            )
            verdicts[place].append(verdict)
    return [tuple(mine) for mine in verdicts]


def _responses(marker: Marker, patients: Patients, arms: Arms, question: Question) -> tuple[OfResponse, ...]:
    found = []
    for name in arms.names:
        for kind, responded in _known_responses(patients, arms.of(name)).items():
            told = discrimination(marker.values, responded, kind, draws=question.draws, seed=question.seed)
            held = _try(calibration, marker.values, responded, kind) if marker.is_probability else None
            found.append(OfResponse(name, told, None if isinstance(held, NotEstimable) else held))
    return tuple(found)
