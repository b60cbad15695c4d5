r"""The consensus of a class with its uncertainty: a model of line, inhibitor, laboratory and noise.

What an inhibitor-screen *j* says of line *i*, in standard deviations, is taken as

.. math:: z_{ij} = \lambda_j \theta_i + a_{i,\ell(j)} + b_{i,d(j)} + e_{ij},

the line's sensitivity to the class :math:`\theta_i` (variance 1), what the laboratory :math:`\ell(j)` adds to
every inhibitor it tests on this line (medium, density, assay), what the inhibitor :math:`d(j)` adds wherever
it is tested, and noise that differs by inhibitor-screen.  Inhibitors of one laboratory agree with each other
far better than with another laboratory's (r 0.8 against 0.3): a factor model that does not know the
laboratories takes the largest laboratory's own part for the class.  So the loadings :math:`\lambda_j` come
from the correlations *between* laboratories only, by least squares over those pairs (minres, Harman and Jones
1966, doi 10.1007/BF02289468), and are shrunk half way to their common value; the variances of *a* and *b* are
the mean of what correlations within a laboratory, and of one inhibitor, exceed them by; the noise is what is
left of 1.

The consensus is the best linear prediction of :math:`\theta_i` from whatever was measured of the line
(Henderson 1975, doi 10.2307/2529430),

.. math:: \hat\theta_i = \lambda_o^\top \Sigma_{oo}^{-1} z_{io}, \qquad
          \rho_i = \lambda_o^\top \Sigma_{oo}^{-1} \lambda_o, \qquad
          SE_i = \sqrt{1 - \rho_i},

with *o* the inhibitor-screens that measured it and :math:`\rho_i` the reliability, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError

#: Least share of a measurement that is noise, so that no screen is believed to the letter.
LEAST_NOISE = 0.05
#: How far loadings are shrunk to their common value: sixteen loadings from three laboratories are noisy.
SHRINKAGE = 0.5
#: Fewest lines that two inhibitor-screens must share for their correlation to count.
LEAST_SHARED = 30
_LEAST_LOADING = 0.05


@dataclass(frozen=True)
class MeasurementModel:
    """Fitted variances.

    Attributes
    ----------
    columns
        Inhibitor-screens, k of them.
    mean, sd
        Shape (k,): of the lines it was fitted to.
    loading
        Shape (k,): correlation of each inhibitor-screen with the line's sensitivity, 0 to 1.
    covariance
        Shape (k, k): of the standardised measurements, as the model has it.
    laboratory, inhibitor
        Variance of what a laboratory, and an inhibitor, adds.
    noise
        Shape (k,): variance of the noise.
    """

    columns: tuple[str, ...]
    mean: np.ndarray
    sd: np.ndarray
    loading: np.ndarray
    covariance: np.ndarray
    laboratory: float
    inhibitor: float
    noise: np.ndarray

    @classmethod
    def fit(cls, responses: pd.DataFrame, laboratories: Sequence[str]) -> MeasurementModel:
        """Fit to lines.

        Parameters
        ----------
        responses
            Shape (n, k), columns ``inhibitor@screen``, higher = more resistant, NaN where not measured.
        laboratories
            Shape (k,): who measured each column.

        Raises
        ------
        InputError
            If there is one laboratory only (what is its own cannot be told from what is the line's), or two
            columns of different laboratories share too few lines everywhere.
        """
        columns = tuple(str(c) for c in responses.columns)
        if len(set(laboratories)) < 2:
            raise InputError(
                f"all responses are of one laboratory ({', '.join(sorted(set(laboratories)))}): "
                "what is its own cannot be told from what is the line's",
                todo="add responses of another screen (mtorc1 data import)",
            )
        values = responses.to_numpy(float)
        mean, sd = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
        flat = [c for c, s in zip(columns, sd, strict=True) if not s > 0]
        if flat:
            raise InputError(f"the same value for every line: {', '.join(flat)}", where="responses")
        correlation = pairwise_correlation(values)
        place = np.asarray(laboratories)
        drug = np.asarray([c.rpartition("@")[0] for c in columns])
        same_place, same_drug = place[:, None] == place[None], drug[:, None] == drug[None]
        known = np.isfinite(correlation)
        free = known & ~same_place & ~same_drug
        free = free if free.any() else known & ~same_place
        if not free.any():
            raise InputError(
                f"no two laboratories measured {LEAST_SHARED} lines in common", where="responses"
            )
        loading = between_loadings(correlation, free)
        common = float(np.sqrt(np.mean(np.square(loading))))
        loading = (1 - SHRINKAGE) * loading + SHRINKAGE * common
        covariance = np.outer(loading, loading)
        other = known & ~np.eye(len(columns), dtype=bool)
        # The laboratory's part first: within one, every pair shares it; what one inhibitor's pairs exceed
        # the rest by comes after.
        laboratory = _excess(correlation - covariance, other & same_place & ~same_drug)
        covariance = covariance + laboratory * same_place
        inhibitor = _excess(correlation - covariance, other & same_drug)
        covariance = covariance + inhibitor * same_drug
        explained = np.diag(covariance).copy()
        scale = np.sqrt(np.minimum(1.0, (1 - LEAST_NOISE) / explained))
        loading, covariance = loading * scale, covariance * np.outer(scale, scale)
        noise = 1 - np.diag(covariance)
        np.fill_diagonal(covariance, 1.0)
        return cls(columns, mean, sd, loading, covariance, laboratory, inhibitor, noise)

    def consensus(self, responses: pd.DataFrame) -> pd.DataFrame:
        """The consensus of each line.

        Parameters
        ----------
        responses
            Shape (n, k), the columns that it was fitted to.

        Returns
        -------
        pandas.DataFrame
            Index as given: ``consensus`` (SD of the class's sensitivity, shrunk to 0 by its reliability;
            higher = more resistant), ``standard_error``, ``reliability`` (0 to 1), ``n_measurements``.  A
            line without any measurement: NaN, 1, 0, 0.
        """
        z = (responses[list(self.columns)].to_numpy(float) - self.mean) / self.sd
        known = np.isfinite(z)
        value, reliability = np.full(len(z), np.nan), np.zeros(len(z))
        for pattern in np.unique(known, axis=0):
            if not pattern.any():
                continue
            rows = (known == pattern).all(axis=1)
            weight = np.linalg.solve(self.covariance[np.ix_(pattern, pattern)], self.loading[pattern])
            value[rows] = z[np.ix_(rows, pattern)] @ weight
            reliability[rows] = float(weight @ self.loading[pattern])
        reliability = np.clip(reliability, 0.0, 1.0)
        return pd.DataFrame(
            {
                "consensus": value,
                "standard_error": np.sqrt(1 - reliability),
                "reliability": reliability,
                "n_measurements": known.sum(axis=1),
            },
            index=responses.index,
        )


def pairwise_correlation(values: np.ndarray) -> np.ndarray:
    """Pearson's r of each pair of columns over the lines that both measured, shape (k, k).

    NaN where fewer than :data:`LEAST_SHARED` lines are shared.
    """
    table = pd.DataFrame(values)
    return table.corr(min_periods=LEAST_SHARED).to_numpy(float)


def between_loadings(correlation: np.ndarray, pairs: np.ndarray, rounds: int = 500) -> np.ndarray:
    """Loadings of one factor that fit the chosen pairs of a correlation matrix best, shape (k,).

    Parameters
    ----------
    correlation
        Shape (k, k).
    pairs
        Shape (k, k), bool, symmetric: the pairs that count.
    rounds
        Of coordinate descent; each step is the least-squares loading given the others, none below 0.05.
    """
    target = np.where(pairs, correlation, 0.0)
    loading = np.full(len(target), 0.5)
    for _ in range(rounds):
        before = loading.copy()
        for j, mine in enumerate(pairs):
            size = float(loading[mine] @ loading[mine])
            if size > 0:
                loading[j] = np.clip(target[j] @ loading / size, _LEAST_LOADING, 1.0)
        if np.max(np.abs(loading - before)) < 1e-9:
            break
    return loading


def _excess(residual: np.ndarray, pairs: np.ndarray) -> float:
    """Mean residual over pairs, not below 0; 0 where there is none."""
    return max(float(residual[pairs].mean()), 0.0) if pairs.any() else 0.0
