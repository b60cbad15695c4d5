r"""How sure a prediction is, learned from out-of-fold errors.

*Interval.*  With :math:`R_i = |y_i - \hat y_{-i}|` the errors of lines predicted by models that never saw
them, the half-width is the :math:`\lceil (n+1)(1-\alpha) \rceil`-th smallest :math:`R_i`: a quantile of
cross-validation residuals around the prediction of the model of all lines.  Unlike CV+ (Barber 2021, doi
10.1214/20-AOS1965) it has no finite-sample guarantee; it covers 90 % of the lines as a whole, not of each
tissue.

*Chance of the most sensitive fifth.*  Logistic regression of "measured among the most sensitive fifth" on the
out-of-fold prediction (Platt scaling); two parameters, so that few lines suffice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

#: Coverage of the reported interval.
COVERAGE = 0.90
#: The share that "most sensitive" means, and so the base rate of the probability.
TOP_SHARE = 0.20
#: Quantiles of the out-of-fold predictions that a bundle carries, for percentiles.
N_QUANTILES = 201


@dataclass(frozen=True)
class Certainty:
    """What out-of-fold predictions of one target and pattern say about new ones.

    Attributes
    ----------
    half_width
        Of the 90 % interval, unit of the target.
    logit_intercept, logit_slope
        Of the chance of being in the most sensitive fifth.
    quantiles
        Shape (201,), ascending: quantiles of the out-of-fold predictions.
    n
        Lines behind it.
    """

    half_width: float
    logit_intercept: float
    logit_slope: float
    quantiles: np.ndarray
    n: int

    def probability_top_fifth(self, prediction: np.ndarray) -> np.ndarray:
        """Calibrated chance of being among the most sensitive fifth, shape (n,); base rate 0.2."""
        return np.asarray(expit(self.logit_intercept + self.logit_slope * prediction))

    def sensitivity_percentile(self, prediction: np.ndarray) -> np.ndarray:
        """Percent of out-of-fold predictions that are more resistant: 100 = most sensitive."""
        below = np.searchsorted(self.quantiles, prediction, side="left") + np.searchsorted(
            self.quantiles, prediction, side="right"
        )
        return 100.0 * (1.0 - below / (2.0 * len(self.quantiles)))


def conformal_half_width(errors: np.ndarray, coverage: float = COVERAGE) -> float:
    """The conformal quantile of absolute errors.

    Parameters
    ----------
    errors
        Shape (n,), at least 0.
    coverage
        0 to 1.

    Returns
    -------
    float
        Infinite where n is too small for the coverage asked.
    """
    rank = int(np.ceil((len(errors) + 1) * coverage))
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else float("inf")


def learn_certainty(prediction: np.ndarray, measured: np.ndarray) -> Certainty:
    """Learn from out-of-fold predictions.

    Parameters
    ----------
    prediction, measured
        Shape (n,), finite, higher = more resistant.

    Raises
    ------
    ValueError
        If there are fewer than 20 lines: no 90 % interval can be had from so few.
    """
    from sklearn.linear_model import LogisticRegression

    if len(prediction) < 20:
        raise ValueError(f"{len(prediction)} out-of-fold predictions are too few to calibrate")
    top = measured <= np.quantile(measured, TOP_SHARE)
    spread = float(prediction.std())
    if spread > 0 and 0 < top.sum() < len(top):
        unit = (prediction - prediction.mean()) / spread
        fitted = LogisticRegression(C=1e6).fit(unit[:, None], top)
        # A prediction that points the wrong way is no evidence of sensitivity: the slope is held at or
        # below 0.
        slope = min(float(fitted.coef_[0, 0]), 0.0) / spread
    else:
        slope = 0.0
    if slope < 0:
        intercept = float(fitted.intercept_[0]) - slope * float(prediction.mean())
    else:
        share = float(top.mean())
        intercept = float(np.log(share / (1 - share)))
    return Certainty(
        half_width=conformal_half_width(np.abs(measured - prediction)),
        logit_intercept=intercept,
        logit_slope=slope,
        quantiles=np.quantile(prediction, np.linspace(0, 1, N_QUANTILES)),
        n=len(prediction),
    )
