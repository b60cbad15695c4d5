"""Gradient-boosted trees on the readable features, and what they say of rows that they never saw."""

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
    learning_rate, max_depth, min_child_weight, reg_lambda, subsample, colsample_bytree, colsample_bynode
        As in XGBoost.
    max_bin
        As in XGBoost.
    """

    max_rounds: int = 120
    learning_rate: float = 0.08
    max_depth: int = 4
    min_child_weight: float = 5.0
    reg_lambda: float = 5.0
    subsample: float = 0.6
    colsample_bytree: float = 1.0
    colsample_bynode: float = 0.15
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
            "colsample_bynode": self.colsample_bynode,
            "max_bin": self.max_bin,
        }


def cross_fit(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, inner: np.ndarray, settings: TreeSettings, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """What trees say of each row that never saw the row's inner fold, after each number of rounds tried.

    Parameters
    ----------
    X
        Shape (n, p), finite.
    y, weight
        Shape (n,); y is centred.
    inner
        Shape (n,): inner fold of each row.
    settings, seed
        How trees are grown.

    Returns
    -------
    rounds
        Shape (k,): the numbers of rounds.
    left_out
        Shape (k, n).
    """
    rounds = np.unique(np.append(np.arange(STEP, settings.max_rounds, STEP), settings.max_rounds))
    left_out = np.empty((len(rounds), len(y)))
    for fold in np.unique(inner):
        held = inner == fold
        booster = grow(X[~held], y[~held], weight[~held], int(rounds[-1]), settings, seed)
        rows = xgb.DMatrix(X[held], nthread=1)
        value, start = np.zeros(int(held.sum())), 0
        for i, stop in enumerate(rounds):
            value = value + booster.predict(rows, iteration_range=(start, int(stop)), output_margin=True)
            left_out[i, held] = value
            start = int(stop)
    return rounds, left_out


def grow(
    X: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    rounds: int,
    settings: TreeSettings,
    seed: int,
    names: Sequence[str] | None = None,
) -> xgb.Booster:
    """Boost trees on all rows given.

    Parameters
    ----------
    X, y, weight, settings, seed
        As in :func:`cross_fit`.
    rounds
        Boosting rounds.
    names
        Column names to keep in the booster.
    """
    # Column names come last, and the callbacks of xgb.train not at all: both cost as much as the trees here.
    rows = xgb.DMatrix(X, y, weight=weight, nthread=1)
    booster = xgb.Booster(settings.parameters(seed), [rows])
    for i in range(rounds):
        booster.update(rows, i)
    if names is not None:
        booster.feature_names = list(names)
    return booster
