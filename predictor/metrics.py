"""How well predictions agree with measurements: per target, never pooled, with intervals over cell lines.

Pearson's r is the mean over folds (each fold's model has an offset of its own); Spearman's rho, R2 and RMSE
are taken over all held-out lines.  Intervals are percentile bootstraps (Efron 1979, doi
10.1214/aos/1176344552) that draw cell lines, so that a line's rows stay together in every target and a paired
difference can use the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import rankdata


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def as_dict(self) -> dict[str, float]:
        """Plain numbers."""
        return asdict(self)


def draw_weights(n: int, draws: int, seed: int) -> np.ndarray:
    """How often each line is drawn, shape (draws, n), int.

    Parameters
    ----------
    n
        Number of lines.
    draws
        Number of bootstrap samples.
    seed
        Of the generator.
    """
    rng = np.random.default_rng(seed)
    weights = np.zeros((draws, n), dtype=np.int64)
    for row in weights:
        np.add.at(row, rng.integers(0, n, n), 1)
    return weights


def weighted_correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson's r under each row of weights.

    Parameters
    ----------
    a, b
        Shape (n,).
    weights
        Shape (draws, n).

    Returns
    -------
    numpy.ndarray
        Shape (draws,); NaN where a or b has no variance (a constant prediction ranks nothing).
    """
    # Centred first: the moments below would lose digits to a large mean.
    a, b = a - a.mean(), b - b.mean()
    total = weights.sum(axis=1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = weights @ a / total, weights @ b / total
        var_a = weights @ np.square(a) / total - np.square(mean_a)
        var_b = weights @ np.square(b) / total - np.square(mean_b)
        covariance = weights @ (a * b) / total - mean_a * mean_b
        floor = (
            1e-12 * max(float(np.mean(np.square(a))), 1e-300),
            1e-12 * max(float(np.mean(np.square(b))), 1e-300),
        )
        defined = (var_a > floor[0]) & (var_b > floor[1]) & (total > 1)
        return np.where(defined, covariance / np.sqrt(var_a * var_b), np.nan)


def pearson_over_folds(
    prediction: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Mean over folds of Pearson's r, under each row of weights.

    A fold in which the prediction is constant counts as 0: it ranks nothing.

    Parameters
    ----------
    prediction, measured, fold
        Shape (n,).
    weights
        Shape (draws, n).

    Returns
    -------
    numpy.ndarray
        Shape (draws,).
    """
    parts = [
        np.nan_to_num(
            weighted_correlation(prediction[fold == f], measured[fold == f], weights[:, fold == f]), nan=0.0
        )
        for f in np.unique(fold)
    ]
    return np.mean(parts, axis=0)


def agreement(
    prediction: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> Mapping[str, Estimate]:
    """Pearson's r, Spearman's rho, R2 and RMSE with 95 % intervals.

    Parameters
    ----------
    prediction, measured, fold
        Shape (n,), finite.
    weights
        Shape (draws, n), from :func:`draw_weights`.

    Returns
    -------
    mapping of str to Estimate
        ``pearson``, ``spearman``, ``r2`` (against the mean of the held-out lines; can be negative) and
        ``rmse`` (unit of the response). The bootstrap of rho redraws lines among fixed ranks.
    """
    once = np.ones((1, len(measured)), dtype=np.int64)
    ranks = rankdata(prediction), rankdata(measured)

    def estimate(values: np.ndarray, draws: np.ndarray) -> Estimate:
        low, high = np.nanquantile(draws, [0.025, 0.975])
        return Estimate(float(values[0]), float(low), float(high))

    def errors(w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = w.sum(axis=1).astype(float)
        mse = w @ np.square(measured - prediction) / total
        variance = w @ np.square(measured - measured.mean()) / total - np.square(
            w @ (measured - measured.mean()) / total
        )
        return 1 - mse / variance, np.sqrt(mse)

    r2, rmse = errors(once)
    r2_draws, rmse_draws = errors(weights)
    return {
        "pearson": estimate(
            pearson_over_folds(prediction, measured, fold, once),
            pearson_over_folds(prediction, measured, fold, weights),
        ),
        "spearman": estimate(
            np.nan_to_num(weighted_correlation(*ranks, once)),
            np.nan_to_num(weighted_correlation(*ranks, weights)),
        ),
        "r2": estimate(r2, r2_draws),
        "rmse": estimate(rmse, rmse_draws),
    }


def paired_difference(
    a: np.ndarray, b: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Difference in Pearson's r (mean over folds) between predictions a and b of the same lines.

    Returns
    -------
    value
        The difference, a minus b.
    draws
        Shape (draws,): the difference under each bootstrap sample, for an interval or for averaging over
        targets.
    """
    once = np.ones((1, len(measured)), dtype=np.int64)

    def difference(w: np.ndarray) -> np.ndarray:
        return pearson_over_folds(a, measured, fold, w) - pearson_over_folds(b, measured, fold, w)

    return float(difference(once)[0]), difference(weights)
