"""Gaussian mixtures over the values of ONE sample: its clusters of variants, its two states of cells.

What is fitted here are the values of one sample, so its features still depend on that sample only.  Whatever
is fitted across samples lives in the predictor, inside the fold.

Every start is fixed by order statistics (no random start, no k-means), and the values are few, so that one
sample has one result whatever the number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

#: More values than this are represented by that many evenly spaced quantiles of theirs: bounded time.
MAX_POINTS = 2_000
#: Fewer values than this do not tell clusters from chance.  Ours.
MIN_CLUSTERED = 10
#: Most clusters looked for.
MAX_CLUSTERS = 6
#: Fewer cells than this do not tell two states.  Ours.
MIN_TWO_STATE = 50
#: Shares of the values below the first split, one start each: a rare state of either kind is found too.
_TWO_STATE_STARTS = (0.1, 0.3, 0.5, 0.7, 0.9)
#: Expectation-maximisation ends when the mean log-likelihood of a value grows by less than this.
_TOLERANCE = 1e-4
#: Least variance of a state, as a share of that of all values (many identical zeros would have none).
_LEAST_SHARE = 1e-3
_MOST_STEPS = 300

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TwoStates:
    """Two normal components of the values of one sample; the active state has the higher mean.

    Attributes
    ----------
    weight_active
        Mixing weight of the active state, 0 to 1.
    mean_inactive, mean_active
        Of the states, in the values' unit.
    sd_inactive, sd_active
        Standard deviations, in the values' unit.
    bic_gain
        BIC of one component minus that of two: above 0 where two states describe the values better than one.
        Below 0 the weight splits what is one population, and says little.
    """

    weight_active: float
    mean_inactive: float
    mean_active: float
    sd_inactive: float
    sd_active: float
    bic_gain: float


_UNKNOWN = TwoStates(*[float("nan")] * 6)


def two_state_mixture(values: npt.ArrayLike) -> TwoStates:
    """Fit two normal components by expectation-maximisation.

    Parameters
    ----------
    values
        Of shape (n_cells,), on a scale on which a state is about normal (log, arcsinh); missing ones are left
        out.  Above :data:`MAX_POINTS` their evenly spaced quantiles are fitted, and the BIC is scaled back.

    Returns
    -------
    TwoStates
        All NaN for fewer than :data:`MIN_TWO_STATE` values or values without spread.  Of several starts the
        likeliest.  Shifting or (positively) scaling the values changes means and SDs alone.
    """
    points, n = _points(values)
    centre, spread = (float(points.mean()), float(points.std())) if len(points) else (0.0, 0.0)
    if n < MIN_TWO_STATE or spread <= 1e-9 * max(1.0, abs(centre)):
        return _UNKNOWN
    z = (points - centre) / spread
    cuts = [_labels(len(z), (share,)) for share in _TWO_STATE_STARTS]
    two = max((_fit(z, labels, _LEAST_SHARE) for labels in cuts), key=lambda fit: fit.mean_log_likelihood)
    low, high = np.argsort(two.means, kind="stable")
    means, sds = centre + spread * two.means, spread * np.sqrt(two.variances)
    one = _single(z, _LEAST_SHARE)
    return TwoStates(
        float(two.weights[high]),
        float(means[low]),
        float(means[high]),
        float(sds[low]),
        float(sds[high]),
        one.bic(n) - two.bic(n),
    )


def n_clusters(values: npt.ArrayLike, *, noise_sd: float) -> float:
    """Number of normal components that the values are best described by, by BIC.

    The number grows from one as long as the Bayesian information criterion (Schwarz 1978,
    doi:10.1214/aos/1176344136) falls, up to :data:`MAX_CLUSTERS`.

    Parameters
    ----------
    values
        Of shape (n_variants,); missing ones are left out.
    noise_sd
        Standard deviation of measurement, above 0: no cluster is taken to be narrower.

    Returns
    -------
    float
        A whole number from 1 to :data:`MAX_CLUSTERS`; NaN for fewer than :data:`MIN_CLUSTERED` values.

    Raises
    ------
    ValueError
        If ``noise_sd`` is not above 0.
    """
    if not noise_sd > 0:
        raise ValueError("noise_sd must be above 0")
    points, n = _points(values)
    if n < MIN_CLUSTERED:
        return float("nan")
    # Values that spread no wider than the noise are one cluster: nothing to look for.
    if points.std() <= noise_sd:
        return 1.0
    best, best_bic = 1, _single(points, noise_sd**2).bic(n)
    for k in range(2, MAX_CLUSTERS + 1):
        bic = min(_fit(points, labels, noise_sd**2).bic(n) for labels in _cluster_starts(points, k))
        if bic >= best_bic:
            break
        best, best_bic = k, bic
    return float(best)


@dataclass(frozen=True)
class _Fit:
    weights: Vector
    means: Vector
    variances: Vector
    mean_log_likelihood: float

    def bic(self, n: int) -> float:
        free = 3 * len(self.weights) - 1
        return float(-2 * n * self.mean_log_likelihood + free * np.log(n))


def _points(values: npt.ArrayLike) -> tuple[Vector, int]:
    """The finite values in order (at most ``MAX_POINTS`` of them) and how many there are."""
    given = np.asarray(values, dtype=float).ravel()
    ordered = np.sort(given[np.isfinite(given)])
    n = len(ordered)
    if n > MAX_POINTS:
        ordered = ordered[((np.arange(MAX_POINTS) + 0.5) * n / MAX_POINTS).astype(int)]
    return ordered, n


def _labels(n: int, shares: tuple[float, ...]) -> npt.NDArray[np.intp]:
    """Groups 0, 1, ... of n ordered values, cut at these shares; no group is empty for n >= 10."""
    return np.searchsorted(np.asarray(shares) * n, np.arange(n) + 0.5).astype(np.intp)


def _cluster_starts(points: Vector, k: int) -> list[npt.NDArray[np.intp]]:
    """Cut the ordered values into k groups of equal number, and at the k - 1 widest gaps."""
    by_number = _labels(len(points), tuple(np.arange(1, k) / k))
    widest = np.sort(np.argsort(-np.diff(points), kind="stable")[: k - 1])
    return [by_number, np.searchsorted(widest + 0.5, np.arange(len(points))).astype(np.intp)]


def _single(points: Vector, least_variance: float) -> _Fit:
    """One component: its likeliest mean and variance (raised as in a mixture) need no search."""
    variance = float(points.var()) + least_variance
    mean_log_likelihood = -0.5 * (np.log(2 * np.pi * variance) + points.var() / variance)
    return _Fit(np.ones(1), np.array([points.mean()]), np.array([variance]), float(mean_log_likelihood))


def _fit(points: Vector, labels: npt.NDArray[np.intp], least_variance: float) -> _Fit:
    """Expectation-maximisation from the groups that the labels name.

    The steps, their order and the end are those of scikit-learn's ``GaussianMixture`` with spherical
    covariances, to rounding; its checks and its choice of array library cost twenty times what a step does on
    a few hundred values.
    """
    groups = [points[labels == label] for label in np.unique(labels)]
    weights = np.array([len(group) for group in groups]) / len(points)
    means = np.array([group.mean() for group in groups])
    variances = np.array([group.var() for group in groups]) + least_variance
    reached = -np.inf
    for _ in range(_MOST_STEPS):
        before = reached
        densities = np.log(weights / np.sqrt(2 * np.pi * variances))[:, None]
        densities = densities - 0.5 * (points - means[:, None]) ** 2 / variances[:, None]
        highest = densities.max(axis=0)
        shares = np.exp(densities - highest)
        total = shares.sum(axis=0)
        reached = float(np.mean(highest + np.log(total)))
        shares /= total
        sizes = shares.sum(axis=1) + 10 * np.finfo(float).eps
        weights = sizes / sizes.sum()
        means = shares @ points / sizes
        variances = np.sum(shares * (points - means[:, None]) ** 2, axis=1) / sizes + least_variance
        if abs(reached - before) < _TOLERANCE:
            break
    return _Fit(weights, means, variances, reached)
