"""From responses of training lines to a model that predicts a target in its own unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from predictor.margin import StrongLine, fit_margin
from predictor.measurement_error import weights_of
from predictor.modalities import ColumnRoles
from predictor.model import ResponseRegressor
from predictor.response import ResponseScale, Target, calibration_line, share_across_screens
from predictor.submodel import is_learnable, last_as_good
from predictor.trees import TreeSettings


@dataclass(frozen=True)
class FitSettings:
    """How a target's model is fitted.

    Attributes
    ----------
    pooling
        Shares of the consensus in the pooled response that are tried, 0 to 1.
    across_screens
        Whether a target whose inhibitor was measured in two screens takes the share that tells another screen
        best instead.
    trees, patterns, inner_folds, least_carriers, least_known, seed
        As in :class:`~predictor.model.ResponseRegressor`.
    """

    pooling: tuple[float, ...]
    across_screens: bool
    trees: TreeSettings
    patterns: tuple[str, ...]
    inner_folds: int
    least_carriers: int
    least_known: float
    seed: int


def fit_target(
    features: pd.DataFrame,
    responses: pd.DataFrame,
    target: Target,
    scale: ResponseScale,
    roles: ColumnRoles,
    settings: FitSettings,
    errors: pd.DataFrame | None = None,
) -> ResponseRegressor:
    """Fit one target on training lines.

    Parameters
    ----------
    features
        Shape (n, p), training lines only; rows are put in the order of their ids first, so that the order
        given does not matter.
    responses
        Shape (n, inhibitor-screens), the same lines.
    target, scale
        What is predicted; the scale was fitted to the same lines.
    roles
        What the columns are.
    settings
        How.
    errors
        Shape as ``responses``: their standard errors, NaN where unknown.  A line weighs by them
        (:mod:`predictor.measurement_error`); None weighs all lines alike.

    Returns
    -------
    ResponseRegressor
        Predicts in the target's unit; ``pooling_`` is the share of the consensus that was chosen.

    Raises
    ------
    ValueError
        If the two tables are not of the same lines.
    """
    if set(features.index) != set(responses.index):
        raise ValueError("features and responses are not of the same lines")
    order = sorted(features.index)
    # A copy in one memory layout: sums of the same numbers laid out otherwise differ in the last bit.
    responses = pd.DataFrame(
        np.ascontiguousarray(responses.loc[order].to_numpy(float)), index=order, columns=responses.columns
    )
    table = features.loc[order]
    strong = _strong_columns(table, roles, settings)
    block = table[list(strong)].to_numpy(float)
    line = StrongLine.fit(strong, block, scale.measured(responses, target))
    if strong:
        # What the strong columns say differs by screen (growth: r 0.36 in GDSC2, 0.15 in GDSC1): each
        # inhibitor-screen is freed of its own share before anything is pooled.
        responses = responses.apply(lambda y: y - StrongLine.fit(strong, block, y.to_numpy())(block))
        roles = replace(roles, computed_only=roles.computed_only | roles.strong)
    measured = scale.measured(responses, target)
    shares = _shares(responses, target, scale, settings)
    candidates = [scale.pooled(responses, target, share) for share in shares]
    chosen = _best_pooling(table, roles, candidates, measured) if len(candidates) > 1 else 0
    pooled = candidates[chosen]
    known = np.isfinite(pooled)
    weight = None
    if errors is not None:
        variance = scale.pooled_variance(errors.loc[order], target, shares[chosen])
        weight = weights_of(pooled[known], variance[known])
    model = ResponseRegressor(
        roles,
        trees=settings.trees,
        patterns=settings.patterns,
        inner_folds=settings.inner_folds,
        least_carriers=settings.least_carriers,
        least_known=settings.least_known,
        random_state=settings.seed,
    ).fit(table[known], pooled[known], weight)
    model.submodels_ = {
        pattern: sub.rescaled(*calibration_line(model.left_out_[pattern], measured[known]))
        for pattern, sub in model.submodels_.items()
    }
    if strong:
        model.submodels_ = {pattern: sub.beside(line) for pattern, sub in model.submodels_.items()}
    model.pooling_ = shares[chosen]
    return model


def _strong_columns(features: pd.DataFrame, roles: ColumnRoles, settings: FitSettings) -> tuple[str, ...]:
    """Those that these training lines can teach."""
    return tuple(
        str(c)
        for c in features.columns
        if c in roles.strong and is_learnable(features[c].to_numpy(float), settings.least_carriers)
    )


def _shares(
    responses: pd.DataFrame, target: Target, scale: ResponseScale, settings: FitSettings
) -> tuple[float, ...]:
    """The shares of the consensus to choose among; one where another screen tells it."""
    if not settings.across_screens or not _measured_twice(target, scale.consensus):
        return settings.pooling
    share = share_across_screens(scale.standardise(responses), scale.consensus)
    return settings.pooling if share is None else (share,)


def _measured_twice(target: Target, consensus: Sequence[str]) -> bool:
    """Whether an inhibitor of the target is in the consensus from two screens or more."""
    inhibitors = {member.rsplit("@", 1)[0] for member in target.members}
    counts = Counter(name.rsplit("@", 1)[0] for name in consensus)
    return any(counts[inhibitor] > 1 for inhibitor in inhibitors)


def _best_pooling(
    features: pd.DataFrame, roles: ColumnRoles, candidates: list[np.ndarray], measured: np.ndarray
) -> int:
    """The largest share of the consensus that teaches as much about the target's own measurements.

    Judged by leave-one-out predictions on the training lines, brought to the target's unit.  The consensus
    helps a target that agrees with it and misleads one that does not (GSK1059615: r 0.22 by the consensus
    alone).
    """
    wide = [c for c in features.columns if c in roles.wide]
    block = features[wide or list(features.columns)].to_numpy(float)
    own = np.isfinite(measured)
    errors = []
    for pooled in candidates:
        known = np.isfinite(pooled)
        left_out = np.full(len(pooled), np.nan)
        left_out[known] = fit_margin(block[known], pooled[known], np.ones(int(known.sum()))).left_out
        intercept, slope = calibration_line(left_out, measured)
        errors.append(np.square(measured[own] - intercept - slope * left_out[own]))
    return last_as_good(np.array(errors))
