r"""Cox's model (Cox 1972, doi 10.1111/j.2517-6161.1972.tb00899.x), ties by Efron's method.

.. math:: h_s(t \mid x) = h_{0s}(t) \exp(\beta^\top x)

with a baseline hazard of its own for each stratum *s*.  Fitted by lifelines; intervals are Wald's, 95 %.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.question import ALPHA

#: Columns of the data of every model: months (0 or more), and 1 = event, 0 = censored.
MONTHS, EVENT = "months", "event"
#: With fewer events a model of survival says nothing.
LEAST_EVENTS = 10
#: A logarithm of a hazard ratio beyond this is a sign that nothing holds it back (separation).
_RUNAWAY = 12.0


@dataclass(frozen=True)
class HazardRatio:
    """A hazard ratio by its logarithm.

    Attributes
    ----------
    coefficient, standard_error
        Of the logarithm.
    """

    coefficient: float
    standard_error: float

    @property
    def value(self) -> float:
        """The hazard ratio."""
        return math.exp(self.coefficient)

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return math.exp(self.coefficient - _Z * self.standard_error)

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return math.exp(self.coefficient + _Z * self.standard_error)

    @property
    def p(self) -> float:
        """Two-sided, of no effect (Wald)."""
        return float(2 * norm.sf(abs(self.coefficient) / self.standard_error))

    def __str__(self) -> str:
        return f"{self.value:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def as_dict(self) -> dict[str, float]:
        """``hazard_ratio``, ``low``, ``high``, ``p``."""
        return {"hazard_ratio": self.value, "low": self.low, "high": self.high, "p": self.p}


_Z = float(norm.ppf(1 - ALPHA / 2))


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted model.

    Attributes
    ----------
    terms
        Column -> its hazard ratio.
    n, events
        Patients and events.
    strata
        Columns with a baseline hazard for each of their values.
    data
        What it was fitted to: months, event, terms and strata.
    fitter
        lifelines' own.
    """

    terms: Mapping[str, HazardRatio]
    n: int
    events: int
    strata: tuple[str, ...]
    data: pd.DataFrame = field(repr=False)
    fitter: Any = field(repr=False)

    def risk(self, data: pd.DataFrame) -> np.ndarray:
        """The logarithm of the relative hazard of these patients, shape (n,)."""
        names = list(self.terms)
        beta = np.array([term.coefficient for term in self.terms.values()])
        return np.asarray(data[names].to_numpy(float) @ beta)


def fit_cox(data: pd.DataFrame, terms: Sequence[str], strata: Sequence[str] = ()) -> CoxFit:
    """Fit the model.

    Parameters
    ----------
    data
        One row a patient, with :data:`MONTHS`, :data:`EVENT`, the terms (float) and the strata.
    terms
        Columns with a coefficient.
    strata
        Columns that give each of their values (together) a baseline hazard.

    Raises
    ------
    NotEstimable
        If there are fewer than :data:`LEAST_EVENTS` events, a term does not vary or is a combination of
        others, or the likelihood has no maximum.
    """
    used = data[[MONTHS, EVENT, *terms, *strata]]
    events = int(used[EVENT].sum())
    if events < LEAST_EVENTS:
        raise NotEstimable(f"{events} events are fewer than {LEAST_EVENTS}")
    _check_rank(used, terms, strata)
    fitter = _fitted(used, list(strata))
    found = {
        name: HazardRatio(float(fitter.params_[name]), float(fitter.standard_errors_[name])) for name in terms
    }
    if any(not _sound(ratio) for ratio in found.values()):
        raise NotEstimable("the likelihood has no maximum (all or none of a group had the event)")
    return CoxFit(found, len(used), events, tuple(strata), used, fitter)


def _sound(ratio: HazardRatio) -> bool:
    error = ratio.standard_error
    return abs(ratio.coefficient) < _RUNAWAY and math.isfinite(error) and 0 < error < _RUNAWAY


def _check_rank(data: pd.DataFrame, terms: Sequence[str], strata: Sequence[str]) -> None:
    """Refuse terms that the strata and each other already tell: lifelines would invert a singular matrix."""
    values = data[list(terms)].astype(float)
    within = values - (
        values.groupby([data[name] for name in strata]).transform("mean") if strata else values.mean()
    )
    matrix = within.to_numpy()
    if np.linalg.matrix_rank(matrix) < len(terms):
        flat = [
            name for name, column in zip(terms, matrix.T, strict=True) if not np.abs(column).max() > 1e-12
        ]
        raise NotEstimable(
            f"{', '.join(flat)} does not vary" if flat else "its terms are combinations of each other"
        )


def _fitted(data: pd.DataFrame, strata: list[str]) -> Any:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    fitter = CoxPHFitter(strata=strata or None)
    with warnings.catch_warnings():
        # What lifelines suspects (rare carriers) is checked by the result; what it gives up on is told.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message=".*failed to converge.*", category=ConvergenceWarning)
        try:
            return fitter.fit(data, MONTHS, EVENT)
        except (ConvergenceError, ConvergenceWarning) as error:
            raise NotEstimable(
                "the likelihood has no maximum (all or none of a group had the event)"
            ) from error
