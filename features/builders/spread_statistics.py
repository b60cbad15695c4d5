"""Statistics of how far the cells of one sample differ: pure functions of one vector."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

#: Edges of the histogram behind :func:`entropy`: 40 bins of 0.25 on a logarithm or arcsinh scale.  Fixed, so
#: that two samples are binned alike; 10 is log1p of 22,000 or arcsinh(x / 5) of 55,000.
ENTROPY_EDGES: Vector = np.linspace(0.0, 10.0, 41)
_NAN = float("nan")


def mean(values: Vector) -> float:
    """Arithmetic mean; NaN for no values."""
    return float(np.mean(values)) if len(values) else _NAN


def sd(values: Vector) -> float:
    """Standard deviation with n - 1 below; >= 0, NaN for fewer than two values."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else _NAN


def mad(values: Vector) -> float:
    """``1.4826 x median(|x - median(x)|)``, the standard deviation of a normal sample; >= 0, NaN for none."""
    if not len(values):
        return _NAN
    return float(1.4826 * np.median(np.abs(values - np.median(values))))


def entropy(values: Vector) -> float:
    """Shannon entropy in nats of the histogram over :data:`ENTROPY_EDGES`; 0 to ln 40, NaN for no values.

    What lies outside the edges counts in the first or last bin.
    """
    if not len(values):
        return _NAN
    counts, _ = np.histogram(np.clip(values, ENTROPY_EDGES[0], ENTROPY_EDGES[-1]), bins=ENTROPY_EDGES)
    share = counts[counts > 0] / len(values)
    # Against -0.0 where all lie in one bin.
    return float(abs(np.sum(share * np.log(share))))


def bimodality_coefficient(values: Vector) -> float:
    """Sarle's bimodality coefficient, corrected for the sample size.

    ``BC = (G1^2 + 1) / (G2 + 3 (n - 1)^2 / ((n - 2)(n - 3)))`` with ``G1`` and ``G2`` the bias-corrected
    skewness and excess kurtosis (SAS; Pfister 2013, PMID 24109465, doi 10.3389/fpsyg.2013.00700).  A uniform
    distribution has 5/9, a normal one 1/3; above 5/9 may mean two modes, or one and a heavy skew.

    Returns
    -------
    float
        Above 0, below 1; NaN for fewer than four values or values that are all the same.
    """
    n = len(values)
    if n < 4:
        return _NAN
    centred = values - float(np.mean(values))
    reach = np.max(np.abs(centred))
    # Rounding leaves the mean of equal values a last bit off.
    if reach <= 1e-12 * max(1.0, float(np.max(np.abs(values)))):
        return _NAN
    # Unchanged by scale, and so neither under- nor overflows.
    centred = centred / reach
    second = np.mean(centred**2)
    g1 = np.mean(centred**3) / second**1.5
    g2 = np.mean(centred**4) / second**2 - 3
    skewness = g1 * np.sqrt(n * (n - 1)) / (n - 2)
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6)
    return float((skewness**2 + 1) / (kurtosis + 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))))


def cv(values: Vector) -> float:
    """Coefficient of variation, ``sd / mean``, of values on a linear scale that are never negative.

    Returns
    -------
    float
        0 to sqrt(n); NaN for fewer than two values or a mean of 0.

    Raises
    ------
    ValueError
        If a value is negative: around a zero that means nothing the ratio means nothing.
    """
    _require_not_negative(values)
    middle = mean(values)
    return sd(values) / middle if middle > 0 else _NAN


def gini(values: Vector) -> float:
    """Gini index, ``sum_ij |x_i - x_j| / (2 n^2 mean)``, of values on a linear scale that are never negative.

    Computed from the ordered values: ``sum_i (2 i - n - 1) x_(i) / (n sum_i x_i)``.

    Returns
    -------
    float
        0 (all the same) to 1 - 1/n (one has all); NaN for no values or a mean of 0.

    Raises
    ------
    ValueError
        If a value is negative.
    """
    _require_not_negative(values)
    n, total = len(values), float(np.sum(values))
    if not n or total <= 0:
        return _NAN
    weights = 2 * np.arange(1, n + 1) - n - 1
    # Against a last bit below 0 where all are the same.
    return max(0.0, float(weights @ (np.sort(values) / total)) / n)


def share_below(values: Vector, threshold: float) -> float:
    """Share of the values below a threshold; 0 to 1, NaN for no values or no threshold."""
    return float(np.mean(values < threshold)) if len(values) and not np.isnan(threshold) else _NAN


def depth_controlled_cv(molecules: Vector, totals: Vector) -> float:
    """Coefficient of variation of a share of molecules, without the variance that counting adds.

    A cell that gives a share ``p`` of its molecules to a gene set shows ``k ~ Binomial(n, p)`` of ``n``
    molecules.  Across cells ``Var(k / n) = Var(p) + E[p (1 - p) / n]``, and ``(k/n)(1 - k/n) / (n - 1)`` is
    an unbiased estimate of the last term of each cell.  So ``sqrt(Var(k/n) - mean((k/n)(1 - k/n)/(n - 1))) /
    mean(k/n)`` estimates ``sd(p) / mean(p)`` at any depth.  The law of total variance; that molecules of
    single cells are counted with binomial (at low shares Poisson) noise: Grun 2014, PMID 24747814.

    Parameters
    ----------
    molecules
        Molecules of the set in each cell, k.
    totals
        All molecules of each cell, n; each at least 2 and not below k.

    Returns
    -------
    float
        >= 0; 0 where the cells differ no more than counting explains; NaN for fewer than two cells, or where
        none has a molecule of the set.
    """
    if len(molecules) < 2 or not np.any(molecules):
        return _NAN
    share = molecules / totals
    counting = np.mean(share * (1 - share) / (totals - 1))
    between = max(0.0, float(np.var(share, ddof=1) - counting))
    return float(np.sqrt(between) / np.mean(share))


def residuals(values: Vector, covariates: npt.NDArray[np.float64]) -> Vector:
    """What a least-squares fit on covariates (n x k, an intercept is added) leaves of the values; mean 0."""
    design = np.column_stack([np.ones(len(values)), covariates - covariates.mean(axis=0)])
    fitted = design @ np.linalg.lstsq(design, values, rcond=None)[0]
    return np.asarray(values - fitted)


def _require_not_negative(values: Vector) -> None:
    if len(values) and np.min(values) < 0:
        raise ValueError("CV and Gini need values that are never negative")
