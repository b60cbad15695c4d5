"""Predictions of held-out lines: each comes from a model that saw no response of its line, to any inhibitor.

Scales, consensus, calibration, feature choice, number of rounds and penalty are all fitted inside the
training part of a fold.  Where a screen or an inhibitor is withheld, its responses are not there at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from features.settings import DEFAULT, Settings
from predictor.baselines import Ladder
from predictor.booster_baseline import boosted_trees
from predictor.judging import MODEL, Score, judge, mean_over_targets
from predictor.margin import fit_margin
from predictor.modalities import ColumnRoles
from predictor.parallel import run_all
from predictor.questions import Question, each_for_itself
from predictor.response import ResponseScale, Target, calibration_line
from predictor.splits import folds_of
from predictor.target_model import FitSettings, fit_target

__all__ = [
    "BOOSTER",
    "MODEL",
    "RIDGE_CONSENSUS",
    "Score",
    "Study",
    "answer",
    "cross_validate",
    "judge",
    "mean_over_targets",
    "withhold",
]

#: The rung that a linear model on the consensus of all named inhibitor-screens reaches.
RIDGE_CONSENSUS = "ridge_consensus"
#: The rung of another boosting library on the readable features.
BOOSTER = "booster"


@dataclass(frozen=True)
class Study:
    """All that an evaluation needs, aligned by sample id.

    Attributes
    ----------
    features
        Shape (n, p), index sample_id.
    responses
        Shape (n, inhibitor-screens), the same index.
    targets
        What is predicted.
    consensus
        The inhibitor-screens of the consensus.
    roles
        What the columns are.
    ladder
        Inputs of the naive rungs.
    settings
        How a target is fitted.
    feature_settings
        How the features were computed.
    errors
        Shape as ``responses``: standard errors where the source states them; None where it states none.
    """

    features: pd.DataFrame
    responses: pd.DataFrame
    targets: tuple[Target, ...]
    consensus: tuple[str, ...]
    roles: ColumnRoles
    ladder: Ladder
    settings: FitSettings
    feature_settings: Settings = DEFAULT
    errors: pd.DataFrame | None = None


def withhold(features: pd.DataFrame, roles: ColumnRoles, pattern: str) -> pd.DataFrame:
    """The features as if only a pattern's modalities had been measured; all else is NaN."""
    allowed = {
        *roles.columns_of(pattern, list(features.columns), wide=False),
        *roles.columns_of(pattern, list(features.columns), wide=True),
    }
    values = features.to_numpy(float, copy=True)
    values[:, [c not in allowed for c in features.columns]] = np.nan
    return pd.DataFrame(values, index=features.index, columns=features.columns)


def cross_validate(
    study: Study,
    assignment: np.ndarray,
    *,
    patterns: Sequence[str] = (),
    rungs: bool = True,
    booster: bool = False,
    groups: pd.Series | None = None,
    jobs: int = 1,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Predict every held-out line, each target for itself.

    Parameters
    ----------
    study
        Data and settings.
    assignment
        Shape (n,): the fold in which each line is held out, negative for never.
    groups
        Shape (n,): what may not be on both sides of a fold, beside the lines themselves.
    patterns, rungs, booster, jobs, progress
        As for :func:`answer`.

    Returns
    -------
    pandas.DataFrame
        As of :func:`answer`.
    """
    plan = each_for_itself(list(folds_of(assignment, groups=groups)), study.targets, study.consensus)
    return answer(
        study,
        plan.questions,
        patterns=patterns,
        rungs=rungs,
        booster=booster,
        jobs=jobs,
        progress=progress,
    )


def answer(
    study: Study,
    questions: Sequence[Question],
    *,
    patterns: Sequence[str] = (),
    rungs: bool = True,
    booster: bool = False,
    jobs: int = 1,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Predict the held-out lines of every question.

    Parameters
    ----------
    study
        Data and settings.
    questions
        What is asked (:mod:`predictor.questions`); one fit each.
    patterns
        Patterns to evaluate beside the model as used, by withholding the other modalities from the
        held-out lines.
    rungs
        Whether to fit the naive ladder too.
    booster
        Whether to fit the alternative booster too (:mod:`predictor.booster_baseline`).
    jobs
        Fits at a time.
    progress
        Told of finished fits.

    Returns
    -------
    pandas.DataFrame
        One row per line, target and predictor: ``sample_id, target, fold, predictor, pattern, prediction,
        measured`` (NaN where the line was not measured), ``repeat``, ``answered_by`` (the target that was
        fitted) and ``in_unit`` (whether prediction and measurement share unit and screen).
    """
    pieces = run_all(
        lambda question: _one_fit(study, question, patterns=patterns, rungs=rungs, booster=booster),
        questions,
        jobs=jobs,
        label="evaluate (folds x targets)",
        progress=progress,
    )
    return pd.concat(pieces, ignore_index=True)


def _one_fit(
    study: Study, question: Question, *, patterns: Sequence[str], rungs: bool, booster: bool
) -> pd.DataFrame:
    fold, target = question.fold, question.answering
    train = study.features.iloc[fold.train]
    test = study.features.iloc[fold.test]
    # What is withheld is gone, of all lines: a step that asked for it would fail.
    seen = study.responses[[c for c in study.responses.columns if c not in fold.withheld]]
    responses = seen.iloc[fold.train]
    scale = ResponseScale.fit(responses, question.consensus)
    errors = None if study.errors is None else study.errors[list(seen.columns)].iloc[fold.train]
    model = fit_target(train, responses, target, scale, study.roles, study.settings, errors)
    predictions, answered = {}, {}
    predictions[MODEL], answered[MODEL] = model.answer(test)
    for pattern in patterns:
        predictions[pattern], answered[pattern] = model.answer(withhold(test, study.roles, pattern))
    if rungs:
        predictions |= _climb(study, train.index, test.index, responses, target, scale)
    if booster:
        own = scale.measured(responses, target)
        known = np.isfinite(own)
        readable = [
            c for c in study.features.columns if c not in study.roles.wide | study.roles.computed_only
        ]
        predictions[BOOSTER] = boosted_trees(train.loc[known, readable], own[known], test[readable])
    held_out = study.responses.iloc[fold.test]
    measured = (
        scale.measured(held_out, question.asked)
        if question.in_unit
        else held_out[question.asked.members[0]].to_numpy(float)
    )
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "sample_id": test.index,
                    "target": question.asked.name,
                    "fold": fold.number,
                    "predictor": name,
                    "pattern": answered.get(name, ""),
                    "prediction": values,
                    "measured": measured,
                    "repeat": fold.repeat,
                    "answered_by": target.name,
                    "in_unit": question.in_unit,
                }
            )
            for name, values in predictions.items()
        ]
    )


def _climb(
    study: Study,
    train: pd.Index,
    test: pd.Index,
    responses: pd.DataFrame,
    target: Target,
    scale: ResponseScale,
) -> dict[str, np.ndarray]:
    """The naive ladder, and the linear model on the consensus."""
    y = scale.measured(responses, target)
    known = np.isfinite(y)
    ids = [str(i) for i in train[known]]
    asked = [str(i) for i in test]
    out = {name: rung(ids, y[known], asked) for name, rung in study.ladder.rungs().items()}
    if study.ladder.genes is not None:
        shared = scale.consensus_of(responses)
        both = np.isfinite(shared)
        rows = [str(i) for i in train[both]]
        margin = fit_margin(study.ladder.genes.loc[rows].to_numpy(), shared[both], np.ones(len(rows)))
        intercept, slope = calibration_line(margin.left_out, y[both])
        out[RIDGE_CONSENSUS] = intercept + slope * margin(study.ladder.genes.loc[asked].to_numpy())
    return out
