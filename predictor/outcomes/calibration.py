r"""Whether a probability says how often it happens.

With predicted probabilities :math:`q` and outcomes *y*, the intercept *a* and the slope *b* of

.. math:: \operatorname{logit} P(y = 1) = a + \operatorname{logit} q, \qquad
    \operatorname{logit} P(y = 1) = a' + b \operatorname{logit} q

are 0 and 1 where it does (Van Calster 2019, doi 10.1186/s12916-019-1466-7); Brier's score is the mean of
:math:`(q - y)^2`.  The probability that ``mtorc1 score`` gives is one of being among the most sensitive
fifth of *cell lines*: as a probability of a patient's response it need not be calibrated, and this says by
how much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.responders import LEAST_OF_A_KIND

_EDGE = 1e-6


@dataclass(frozen=True)
class Calibration:
    """How a probability agrees with what happened, in one group of patients.

    Attributes
    ----------
    kind
        What was predicted.
    n, positive
        Patients, and of how many it is true.
    predicted, observed
        Mean probability, share observed, 0 to 1.
    observed_low, observed_high
        95 % interval of the share (Wilson).
    intercept, intercept_error, slope, slope_error
        See the module, with standard errors; NaN where the slope cannot be estimated.
    brier, brier_of_base_rate
        Brier's score, and that of the observed share for everybody: a useful probability is below it.
    """

    kind: str
    n: int
    positive: int
    predicted: float
    observed: float
    observed_low: float
    observed_high: float
    intercept: float
    intercept_error: float
    slope: float
    slope_error: float
    brier: float
    brier_of_base_rate: float


def calibration(probability: pd.Series, responded: pd.Series, kind: str) -> Calibration:
    """Hold a probability against what happened.

    Parameters
    ----------
    probability
        0 to 1, index patient.
    responded
        1 or 0, index patient.
    kind
        What a 1 is.

    Raises
    ------
    NotEstimable
        If there are fewer than :data:`~predictor.outcomes.responders.LEAST_OF_A_KIND` of a kind.
    """
    from statsmodels.stats.proportion import proportion_confint

    both = responded.index.intersection(probability.index).sort_values()
    q, y = probability.loc[both].to_numpy(float), responded.loc[both].to_numpy(float)
    n, positive = len(both), int(y.sum())
    if min(positive, n - positive) < LEAST_OF_A_KIND:
        raise NotEstimable(f"{positive} of {n} patients had it: fewer than {LEAST_OF_A_KIND} of a kind")
    low, high = proportion_confint(positive, n, method="wilson")
    q_inside = np.clip(q, _EDGE, 1 - _EDGE)
    logit = np.log(q_inside / (1 - q_inside))
    intercept, intercept_error = _logistic(np.ones((n, 1)), y, logit)[0]
    slope, slope_error = math.nan, math.nan
    if np.ptp(logit) > 0:
        slope, slope_error = _logistic(np.column_stack([np.ones(n), logit]), y, None)[1]
    share = positive / n
    return Calibration(
        kind, n, positive, float(q.mean()), share, float(low), float(high),
        intercept, intercept_error, slope, slope_error,
        float(np.mean(np.square(q - y))), share * (1 - share),
    )  # fmt: skip


def _logistic(x: np.ndarray, y: np.ndarray, offset: np.ndarray | None) -> list[tuple[float, float]]:
    import statsmodels.api as sm

    fitted = sm.GLM(y, x, family=sm.families.Binomial(), offset=offset).fit()
    return [(float(b), float(s)) for b, s in zip(fitted.params, fitted.bse, strict=True)]
