"""From responses of training lines to a model that predicts a target in its own unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.modalities import ColumnRoles
from predictor.model import ResponseRegressor
from predictor.response import ResponseScale, Target, calibration_line
from predictor.trees import TreeSettings


@dataclass(frozen=True)
class FitSettings:
    """How a target's model is fitted.

    Attributes
    ----------
    pooling
        Share of the consensus in the pooled response, 0 to 1.
    trees, patterns, inner_folds, least_carriers, least_known, seed
        As in :class:`~predictor.model.ResponseRegressor`.
    """

    pooling: float
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

    Returns
    -------
    ResponseRegressor
        Predicts in the target's unit.

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
    pooled = scale.pooled(responses, target, settings.pooling)
    known = np.isfinite(pooled)
    model = ResponseRegressor(
        roles,
        trees=settings.trees,
        patterns=settings.patterns,
        inner_folds=settings.inner_folds,
        least_carriers=settings.least_carriers,
        least_known=settings.least_known,
        random_state=settings.seed,
    ).fit(features.loc[order][known], pooled[known])
    measured = scale.measured(responses, target)[known]
    model.submodels_ = {
        pattern: sub.rescaled(*calibration_line(model.left_out_[pattern], measured))
        for pattern, sub in model.submodels_.items()
    }
    return model
