"""What abstaining is worth: the error of the answers given, as more and more of them are given.

Lines are answered from the surest on.  No line is dropped: the curve runs to the last one, and its area
compares ways of being unsure of the same predictions (Geifman and El-Yaniv 2017, arXiv 1705.08500).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class RiskCoverage:
    """A risk-coverage curve.

    Attributes
    ----------
    coverage
        Shape (n,): share of lines answered, 1/n to 1.
    risk
        Shape (n,): mean error of the lines answered, in the unit of the error.
    area
        Mean risk over the coverages; less is better.
    area_random, area_oracle
        The same if the uncertainty told nothing, and if it were the error itself.
    """

    coverage: np.ndarray
    risk: np.ndarray
    area: float
    area_random: float
    area_oracle: float

    @property
    def gain(self) -> float:
        """Share of what can be gained by abstaining: 1 for an oracle, 0 for chance, below 0 for worse."""
        possible = self.area_random - self.area_oracle
        return (self.area_random - self.area) / possible if possible > 0 else 0.0

    def risk_at(self, coverage: float) -> float:
        """Mean error when the surest ``coverage`` (above 0, up to 1) of the lines are answered."""
        return float(self.risk[np.searchsorted(self.coverage, coverage - 1e-12)])


def risk_coverage(error: np.ndarray, uncertainty: np.ndarray) -> RiskCoverage:
    """The curve of errors against the share answered.

    Parameters
    ----------
    error
        Shape (n,), 0 or more, such as the absolute error.
    uncertainty
        Shape (n,), higher = less sure, any unit.  Lines that are equally sure are answered in no order: each
        counts with their mean error.

    Raises
    ------
    ValueError
        If there is no line, or a value is missing: abstaining is what is judged, so no row may be absent.
    """
    error, uncertainty = np.asarray(error, dtype=float), np.asarray(uncertainty, dtype=float)
    if error.shape != uncertainty.shape or error.ndim != 1 or not len(error):
        raise ValueError("error and uncertainty must be of the same lines, one or more")
    if np.isnan(error).any() or np.isnan(uncertainty).any():
        raise ValueError("an error or an uncertainty is missing: a line may not be dropped")
    count = np.arange(1, len(error) + 1)
    expected = pd.Series(error).groupby(uncertainty).transform("mean").to_numpy(float)
    risk = np.cumsum(expected[np.argsort(uncertainty, kind="stable")]) / count
    oracle = np.cumsum(np.sort(error)) / count
    return RiskCoverage(
        coverage=count / len(error),
        risk=risk,
        area=float(risk.mean()),
        area_random=float(error.mean()),
        area_oracle=float(oracle.mean()),
    )
