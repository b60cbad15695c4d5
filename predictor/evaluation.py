"""Leave-cell-line-out: each prediction comes from a model that saw no response of its line, to any inhibitor.

Scales, consensus, calibration, feature choice, number of rounds and penalty are all fitted inside the
training part of a fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from features.settings import DEFAULT, Settings
from predictor.baselines import Ladder
from predictor.margin import fit_margin
from predictor.metrics import Estimate, agreement, draw_weights, paired_difference
from predictor.modalities import ColumnRoles
from predictor.parallel import run_all
from predictor.response import ResponseScale, Target, calibration_line
from predictor.splits import Fold, folds_of
from predictor.target_model import FitSettings, fit_target

#: The model as it is used: each line answered by the pattern of what was measured on it.
MODEL = "model"
#: The rung that a linear model on the consensus of all named inhibitor-screens reaches.
RIDGE_CONSENSUS = "ridge_consensus"


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
    """

    features: pd.DataFrame
    responses: pd.DataFrame
    targets: tuple[Target, ...]
    consensus: tuple[str, ...]
    roles: ColumnRoles
    ladder: Ladder
    settings: FitSettings
    feature_settings: Settings = DEFAULT


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
    jobs: int = 1,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Predict every held-out line.

    Parameters
    ----------
    study
        Data and settings.
    assignment
        Shape (n,): the fold in which each line is held out, negative for never.
    patterns
        Patterns to evaluate beside the model as used, by withholding the other modalities from the
        held-out lines.
    rungs
        Whether to fit the naive ladder too.
    jobs
        Fits at a time.
    progress
        Told of finished fits.

    Returns
    -------
    pandas.DataFrame
        One row per line, target and predictor: ``sample_id, target, fold, predictor, pattern, prediction,
        measured`` (NaN where the line was not measured).
    """
    folds = list(folds_of(assignment))
    pieces = run_all(
        lambda job: _one_fit(study, *job, patterns=patterns, rungs=rungs),
        [(fold, target) for fold in folds for target in study.targets],
        jobs=jobs,
        label="evaluate (folds x targets)",
        progress=progress,
    )
    return pd.concat(pieces, ignore_index=True)


def _one_fit(
    study: Study, fold: Fold, target: Target, *, patterns: Sequence[str], rungs: bool
) -> pd.DataFrame:
    train = study.features.iloc[fold.train]
    test = study.features.iloc[fold.test]
    responses = study.responses.iloc[fold.train]
    scale = ResponseScale.fit(responses, study.consensus)
    model = fit_target(train, responses, target, scale, study.roles, study.settings)
    predictions, answered = {}, {}
    predictions[MODEL], answered[MODEL] = model.answer(test)
    for pattern in patterns:
        predictions[pattern], answered[pattern] = model.answer(withhold(test, study.roles, pattern))
    if rungs:
        predictions |= _climb(study, train.index, test.index, responses, target, scale)
    measured = scale.measured(study.responses.iloc[fold.test], target)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "sample_id": test.index,
                    "target": target.name,
                    "fold": fold.number,
                    "predictor": name,
                    "pattern": answered.get(name, ""),
                    "prediction": values,
                    "measured": measured,
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


@dataclass(frozen=True)
class Score:
    """How one predictor does on one target's held-out lines."""

    target: str
    predictor: str
    n: int
    metrics: dict[str, Estimate]
    #: Draws of Pearson's r minus that of the model, for averaging over targets; None for the model itself.
    gain_of_model: Estimate | None


def judge(out_of_fold: pd.DataFrame, *, draws: int, seed: int) -> list[Score]:
    """Score every predictor on every target, with paired differences from the model.

    Parameters
    ----------
    out_of_fold
        From :func:`cross_validate`.
    draws
        Bootstrap samples.
    seed
        Of the bootstrap.

    Returns
    -------
    list of Score
        Targets in the order of the table; the model first, then patterns and rungs.
    """
    scores = []
    for target, rows in out_of_fold[out_of_fold.measured.notna()].groupby("target", sort=False):
        wide = rows.pivot(index="sample_id", columns="predictor", values="prediction")
        first = rows.drop_duplicates("sample_id").set_index("sample_id").loc[wide.index]
        measured, fold = first.measured.to_numpy(float), first.fold.to_numpy(int)
        weights = draw_weights(len(wide), draws, seed)
        for name in rows.predictor.unique():
            values = wide[name].to_numpy(float)
            gain = None
            if name != MODEL:
                value, several = paired_difference(
                    wide[MODEL].to_numpy(float), values, measured, fold, weights
                )
                low, high = np.quantile(several, [0.025, 0.975])
                gain = Estimate(value, float(low), float(high))
            scores.append(
                Score(
                    str(target), str(name), len(wide), dict(agreement(values, measured, fold, weights)), gain
                )
            )
    return scores


def mean_over_targets(scores: Sequence[Score], predictor: str, targets: Sequence[str], metric: str) -> float:
    """The mean of the per-target values: a summary that the targets' different means cannot flatter."""
    values = [
        s.metrics[metric].value for s in scores if s.predictor == predictor and s.target in set(targets)
    ]
    return float(np.mean(values)) if values else float("nan")
