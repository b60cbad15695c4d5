r"""What a source knows of its own errors: bounds where no tested dose reached, weights from standard errors.

An IC50 beyond the tested doses is an extrapolation of the fitted curve.  The measurement says on which side
of the tested doses it lies, no more, so what is learned and judged is the nearest tested dose.

A standard error :math:`s_i` makes a line's response a worse witness.  With :math:`v` the variance of the
learned response that is not measurement error, a line weighs

.. math:: w_i \propto \frac{v}{v + s_i^2}.

The weight that is best for a fit has in place of :math:`v` only what the fit leaves unexplained, which nobody
knows before; the whole variance gives weights that are nearer to each other, never further apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Least share of the variance that is taken not to be measurement error, whatever the standard errors say.
LEAST_TRUE_SHARE = 0.1


def beyond_tested_doses(responses: pd.DataFrame) -> pd.Series:
    """Which rows of a Cohort's responses are extrapolated, bool; none where the source does not say."""
    if "censored" not in responses:
        return pd.Series(False, index=responses.index)
    sides = responses["censored"].fillna("")
    return sides.isin(["left", "right"])


def at_tested_doses(responses: pd.DataFrame) -> pd.DataFrame:
    """The responses with every extrapolated ln IC50 moved to the nearest tested dose.

    Parameters
    ----------
    responses
        A Cohort's responses.

    Returns
    -------
    pandas.DataFrame
        The same rows; ``value`` differs where ``censored`` names a side and the dose on it is known.
    """
    extrapolated = beyond_tested_doses(responses)
    if not extrapolated.any():
        return responses
    value = responses["value"].astype(float).copy()
    for side, column, bound in (("right", "max_dose_um", np.minimum), ("left", "min_dose_um", np.maximum)):
        if column not in responses:
            continue
        rows = extrapolated & (responses["censored"] == side) & responses[column].notna()
        rows &= responses["metric"] == "ln_ic50_um"
        value[rows] = bound(value[rows], np.log(responses.loc[rows, column].astype(float)))
    return responses.assign(value=value)


def error_table(responses: pd.DataFrame, metric: str, like: pd.DataFrame) -> pd.DataFrame | None:
    """Spread the standard errors to samples x inhibitor-screens.

    Parameters
    ----------
    responses
        A Cohort's responses.
    metric
        Whose.
    like
        The table of :func:`~predictor.response.response_table`; rows and columns are its.

    Returns
    -------
    pandas.DataFrame or None
        In the metric's unit, NaN where unknown; None where the source states no standard error at all.
    """
    if "standard_error" not in responses:
        return None
    known = responses[
        (responses.metric == metric)
        & responses.sample_id.isin(like.index)
        & responses["standard_error"].notna()
        # A bound has no error of its own: the curve never got there.
        & ~beyond_tested_doses(responses)
    ]
    if known.empty:
        return None
    named = known.assign(column=known.inhibitor + "@" + known.screen)
    table = named.pivot(index="sample_id", columns="column", values="standard_error").astype(float)
    return table.reindex(index=like.index, columns=like.columns)


def mean_variance(errors: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Error variance of the mean over the columns measured, shape (n,), NaN where no error is known.

    An unknown error beside known ones counts as their mean square: what it is not known to be it is not taken
    to lack.
    """
    squares = np.square(errors[list(columns)].to_numpy(float))
    known = np.isfinite(squares)
    count = known.sum(axis=1)
    total = np.where(known, squares, 0.0).sum(axis=1)
    return np.divide(total, np.square(count), out=np.full(len(errors), np.nan), where=count > 0)


def weights_of(learned: np.ndarray, variance: np.ndarray) -> np.ndarray | None:
    """The weights of the module's formula.

    Parameters
    ----------
    learned
        Shape (n,), finite: the response that is learned.
    variance
        Shape (n,): squared standard error, NaN where unknown (the median of the known stands in).

    Returns
    -------
    numpy.ndarray or None
        Shape (n,), mean 1; None where no error is known.
    """
    known = np.isfinite(variance)
    if not known.any():
        return None
    filled = np.where(known, variance, np.median(variance[known]))
    spread = float(np.var(learned))
    true = max(spread - float(filled.mean()), LEAST_TRUE_SHARE * spread)
    if true == 0:
        return None
    weight = true / (true + filled)
    return np.asarray(weight / weight.mean())
