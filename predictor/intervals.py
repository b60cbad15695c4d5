r"""How sure a prediction is, learned from out-of-fold errors.

*Interval.* Conformal prediction, normalised by difficulty (Papadopoulos 2011, doi 10.1613/jair.3198; by the
library crepes). With :math:`R_i = |y_i - \hat y_{-i}|` the errors of lines predicted by models that never
saw them and :math:`s_i` their difficulty (:mod:`predictor.difficulty`), learned without the fold of line
*i*, the half-width of a sample of difficulty *s* is *s* times the :math:`\lceil (n+1)(1-\alpha) \rceil`-th
smallest :math:`R_i / s_i`. The errors are those of the folds' models and the interval goes around the model
of all lines, so there is no finite-sample guarantee; how often it covers is measured in
``experiments/benchmarks/certainty``.

*Chance of the most sensitive fifth.*  Logistic regression of "measured among the most sensitive fifth" on the
out-of-fold prediction (Platt scaling); two parameters, so that few lines suffice.  On held-out folds it beats
isotonic regression and Venn-Abers (the same benchmark).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from predictor.difficulty import learn_scales, scales_of

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
        Of the 90 % interval of a sample of ordinary difficulty, unit of the target.
    logit_intercept, logit_slope
        Of the chance of being in the most sensitive fifth.
    quantiles
        Shape (201,), ascending: quantiles of the out-of-fold predictions.
    n
        Lines behind it.
    lineages
        Columns of the lineages that have a difficulty of their own.
    scales
        Shape (lineages,): it, as a multiple of the ordinary.
    """

    half_width: float
    logit_intercept: float
    logit_slope: float
    quantiles: np.ndarray
    n: int
    lineages: tuple[str, ...]
    scales: np.ndarray

    def half_widths(self, lineage: np.ndarray) -> np.ndarray:
        """Half-widths of the 90 % intervals of samples in domain, by their lineage columns; shape (n,)."""
        return self.half_width * scales_of(lineage, self.lineages, self.scales)

    def probability_top_fifth(self, prediction: np.ndarray) -> np.ndarray:
        """Calibrated chance of being among the most sensitive fifth, shape (n,); base rate 0.2."""
        return np.asarray(expit(self.logit_intercept + self.logit_slope * prediction))

    def sensitivity_percentile(self, prediction: np.ndarray) -> np.ndarray:
        """Percent of out-of-fold predictions that are more resistant: 100 = most sensitive."""
        below = np.searchsorted(self.quantiles, prediction, side="left") + np.searchsorted(
            self.quantiles, prediction, side="right"
        )
        return 100.0 * (1.0 - below / (2.0 * len(self.quantiles)))


def conformal_half_width(
    errors: np.ndarray, difficulty: np.ndarray | None = None, coverage: float = COVERAGE
) -> float:
    """The conformal quantile of absolute errors, each divided by its difficulty.

    Parameters
    ----------
    errors
        Shape (n,), at least 0.
    difficulty
        Shape (n,), positive; 1 for all by default.
    coverage
        0 to 1.

    Returns
    -------
    float
        Half-width at a difficulty of 1; infinite where n is too small for the coverage asked.
    """
    # Slow to import, and scoring does without it.
    from crepes import ConformalRegressor

    regressor = ConformalRegressor()
    regressor.fit(residuals=errors, sigmas=np.ones(len(errors)) if difficulty is None else difficulty)
    with warnings.catch_warnings():
        # Too few errors: the answer is infinite, which says it.
        warnings.simplefilter("ignore", UserWarning)
        ends = regressor.predict_int(y_hat=np.zeros(1), sigmas=np.ones(1), confidence=coverage)
    return float(ends[0, 1])


def learn_certainty(
    prediction: np.ndarray,
    measured: np.ndarray,
    fold: np.ndarray,
    lineage: np.ndarray,
    coverage: float = COVERAGE,
    least: float = 0.0,
) -> Certainty:
    """Learn from out-of-fold predictions.

    Parameters
    ----------
    prediction, measured
        Shape (n,), finite, higher = more resistant.
    fold
        Shape (n,): the fold that each line was held out in.
    lineage
        Shape (n,): its lineage column, "" for none.
    coverage
        Of the interval, 0 to 1.
    least
        The half-width of a pattern that knows more, 0 for none.  By chance fewer inputs can err a little
        less; nobody should be told that knowing less is surer.

    Raises
    ------
    ValueError
        If there are fewer than 20 lines: no 90 % interval can be had from so few.
    """
    if len(prediction) < 20:
        raise ValueError(f"{len(prediction)} out-of-fold predictions are too few to calibrate")
    errors = np.abs(measured - prediction)
    difficulty = np.ones(len(errors))
    for held in np.unique(fold):
        inside = fold == held
        if not inside.all():
            found = learn_scales(errors[~inside], lineage[~inside])
            difficulty[inside] = scales_of(lineage[inside], list(found), list(found.values()))
    scales = learn_scales(errors, lineage)
    intercept, slope = _platt(prediction, measured <= np.quantile(measured, TOP_SHARE))
    return Certainty(
        half_width=max(conformal_half_width(errors, difficulty, coverage), least),
        logit_intercept=intercept,
        logit_slope=slope,
        quantiles=np.quantile(prediction, np.linspace(0, 1, N_QUANTILES)),
        n=len(prediction),
        lineages=tuple(scales),
        scales=np.array(list(scales.values()), dtype=np.float64),
    )


def _platt(prediction: np.ndarray, top: np.ndarray) -> tuple[float, float]:
    """Intercept and slope of the log odds of ``top``; the slope at or below 0."""
    from sklearn.linear_model import LogisticRegression

    spread = float(prediction.std())
    if spread > 0 and 0 < top.sum() < len(top):
        unit = (prediction - prediction.mean()) / spread
        fitted = LogisticRegression(C=1e6).fit(unit[:, None], top)
        slope = float(fitted.coef_[0, 0]) / spread
        # A prediction that points the wrong way is no evidence of sensitivity.
        if slope < 0:
            return float(fitted.intercept_[0]) - slope * float(prediction.mean()), slope
    share = float(top.mean())
    return float(np.log(share / (1 - share))), 0.0
