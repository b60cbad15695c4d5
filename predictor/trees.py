"""Gradient-boosted trees on the readable features, with the number of rounds chosen by inner cross-fitting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xgboost as xgb


#: Numbers of boosting rounds are tried in steps of this many.
STEP = 10


@dataclass(frozen=True)
class TreeSettings:
    """How the trees are grown; the defaults suit some hundred samples and some hundred noisy features.

    Attributes
    ----------
    max_rounds
        Upper limit of boosting rounds; the number used is chosen by the cross-fitted error.
    learning_rate, max_depth, min_child_weight, reg_lambda, subsample, colsample_bytree, max_bin
        As in XGBoost.
    """

    max_rounds: int = 200
    learning_rate: float = 0.04
    max_depth: int = 3
    min_child_weight: float = 5.0
    reg_lambda: float = 5.0
    subsample: float = 0.7
    colsample_bytree: float = 0.3
    max_bin: int = 64

    def parameters(self, seed: int) -> dict[str, object]:
        """XGBoost's parameters; one thread a fit, so that the number of cores cannot change a result."""
        return {
            "objective": "reg:squarederror",
            "tree_method": "hist",
            "base_score": 0.0,
            "nthread": 1,
            "verbosity": 0,
            "seed": seed,
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "reg_lambda": self.reg_lambda,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "max_bin": self.max_bin,
        }


@dataclass(frozen=True)
class Trees:
    """Fitted trees.

    Attributes
    ----------
    booster
        The booster, fitted on all training rows for ``rounds`` rounds.
    rounds
        Boosting rounds, at least 1.
    left_out
        Shape (n,): cross-fitted values of the training rows.
    """

    booster: xgb.Booster
    rounds: int
    left_out: np.ndarray


def _grow(parameters: dict[str, object], rows: xgb.DMatrix, rounds: int) -> xgb.Booster:
    """Boost without the callbacks of ``xgb.train``, which here cost as much as the trees."""
    booster = xgb.Booster(parameters, [rows])
    for i in range(rounds):
        booster.update(rows, i)
    return booster


def fit_trees(
    X: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    inner: np.ndarray,
    settings: TreeSettings,
    seed: int,
    names: Sequence[str],
) -> Trees:
    """Boost trees on a centred response.

    Parameters
    ----------
    X
        Shape (n, p), finite.
    y, weight
        Shape (n,).
    inner
        Shape (n,): inner fold of each row; its value comes from trees that never saw its fold.
    settings, seed
        How trees are grown.
    names
        Column names, kept in the booster.

    Returns
    -------
    Trees
        The number of rounds has the least cross-fitted squared error.
    """
    parameters = settings.parameters(seed)
    steps = np.unique(np.append(np.arange(STEP, settings.max_rounds, STEP), settings.max_rounds))
    staged = np.empty((len(steps), len(y)))
    for fold in np.unique(inner):
        held = inner == fold
        # Column names are left out of the fits: XGBoost compares them anew in each round, at several times a round's own cost.
        booster = _grow(parameters, xgb.DMatrix(X[~held], y[~held], weight=weight[~held], nthread=1), int(steps[-1]))
        check = xgb.DMatrix(X[held], nthread=1)
        value, start = np.zeros(int(held.sum())), 0
        for i, stop in enumerate(steps):
            value = value + booster.predict(check, iteration_range=(start, int(stop)), output_margin=True)
            staged[i, held] = value
            start = int(stop)
    errors = np.square(staged - y) @ weight
    best = int(np.argmin(errors))
    booster = _grow(parameters, xgb.DMatrix(X, y, weight=weight, nthread=1), int(steps[best]))
    booster.feature_names = list(names)
    return Trees(booster, int(steps[best]), staged[best])
