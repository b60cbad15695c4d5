r"""One pattern's fitted model: boosted trees on readable features, then a linear margin on the wide block.

.. math:: \hat y = a + b \, [\, s \, T(x_{readable}) + \beta^\top (x_{wide} - \bar x_{wide}) \,]

The trees :math:`T` are fitted first; a share *s* of what they say is kept, and the margin is fitted on what
their cross-fitted predictions, so shrunk, leave over.  What a readable mechanism can say is credited to it
and not to some gene that goes along with it.  Whole trees (s = 1) would crowd out the margin, which says in
many small voices what a mechanism says in one; so a part of them is kept (docs/evaluation.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xgboost as xgb

from predictor.margin import StrongLine, fit_margin, left_out_errors, linear_terms
from predictor.trees import TreeSettings, cross_fit, grow

#: Shares of the trees that are tried beside a margin.
SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class SubModel:
    """A fitted pattern.

    Attributes
    ----------
    pattern
        Its name.
    readable
        Columns of the trees, p of them; ``booster`` is None where there is none.
    fill
        Shape (p,): what stands for a missing readable value (the training mean).
    location, spread
        Shape (p,): training mean and standard deviation of the readable columns, for the applicability
        domain.
    booster
        The trees.
    wide
        Columns of the margin, q of them.
    coef, center
        Shape (q,), float64.
    intercept, slope
        The a and b above.
    rounds, penalty
        What inner cross-fitting chose.  The share s is part of ``slope`` and ``coef``.
    """

    pattern: str
    readable: tuple[str, ...]
    fill: np.ndarray
    location: np.ndarray
    spread: np.ndarray
    booster: xgb.Booster | None
    wide: tuple[str, ...]
    coef: np.ndarray
    center: np.ndarray
    intercept: float
    slope: float
    rounds: int
    penalty: float

    def filled(self, readable: np.ndarray) -> np.ndarray:
        """Readable values with training means where they are missing, shape (n, p)."""
        return np.where(np.isfinite(readable), readable, self.fill)

    def predict(self, readable: np.ndarray, wide: np.ndarray) -> np.ndarray:
        """Predict rows.

        Parameters
        ----------
        readable
            Shape (n, p), NaN where missing.
        wide
            Shape (n, q), NaN where missing.

        Returns
        -------
        numpy.ndarray
            Shape (n,), float64; a row's value does not depend on the other rows, to the last bit.
        """
        total = np.zeros(len(readable))
        if self.booster is not None:
            trees = self.booster.inplace_predict(
                np.ascontiguousarray(self.filled(readable), dtype=np.float32)
            )
            total += trees.astype(np.float64)
        if self.wide:
            total += linear_terms(wide, self.coef, self.center).sum(axis=1)
        return self.intercept + self.slope * total

    def contributions(
        self, readable: np.ndarray, wide: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Exact SHAP values.

        TreeSHAP (Lundberg 2020, doi 10.1038/s42256-019-0138-9) for the trees; for the linear margin the SHAP
        value of a column is ``coef * (value - mean)``.

        Returns
        -------
        base
            Shape (n,): the value that the contributions start from.
        of_readable
            Shape (n, p).
        of_wide
            Shape (n, q); ``base + of_readable.sum(1) + of_wide.sum(1)`` is the prediction.
        """
        n = len(readable)
        base = np.full(n, self.intercept)
        of_readable = np.zeros((n, len(self.readable)))
        if self.booster is not None:
            rows = xgb.DMatrix(
                np.asarray(self.filled(readable), dtype=np.float32),
                feature_names=list(self.readable),
                nthread=1,
            )
            values = self.booster.predict(rows, pred_contribs=True).astype(np.float64)
            of_readable = self.slope * values[:, :-1]
            base = base + self.slope * values[:, -1]
        of_wide = np.zeros((n, len(self.wide)))
        if self.wide:
            of_wide = self.slope * linear_terms(wide, self.coef, self.center)
        return base, of_readable, of_wide

    def rescaled(self, intercept: float, slope: float) -> SubModel:
        """The same model followed by ``intercept + slope * prediction``."""
        return replace(self, intercept=intercept + slope * self.intercept, slope=slope * self.slope)

    def beside(self, line: StrongLine) -> SubModel:
        """The same model plus a line on strong columns; its terms stand before those of the wide block."""
        if self.slope == 0:
            # Nothing was learned: only what comes beside remains.
            none = np.zeros(0)
            nothing = replace(self, booster=None, readable=(), fill=none, location=none, spread=none)
            return replace(nothing, wide=(), coef=none, center=none, slope=1.0).beside(line)
        return replace(
            self,
            wide=(*line.names, *self.wide),
            coef=np.concatenate([line.coef / self.slope, self.coef]),
            center=np.concatenate([line.center, self.center]),
        )


def rows_of(
    values: np.ndarray, names: Sequence[str], submodels: Mapping[str, SubModel], chosen: np.ndarray
) -> Iterator[tuple[SubModel, np.ndarray, np.ndarray, np.ndarray]]:
    """Hand each sub-model the rows that it answers for.

    Parameters
    ----------
    values
        Shape (n, p).
    names
        Names of its columns.
    submodels
        By pattern.
    chosen
        Shape (n,): each row's pattern.

    Yields
    ------
    model, rows, readable, wide
        Only for sub-models that have rows; ``rows`` is a bool array of shape (n,).
    """
    position = {name: j for j, name in enumerate(names)}
    for pattern, model in submodels.items():
        rows = chosen == pattern
        if rows.any():
            yield (
                model,
                rows,
                values[np.ix_(rows, [position[c] for c in model.readable])],
                values[np.ix_(rows, [position[c] for c in model.wide])],
            )


def predict_rows(
    values: np.ndarray, names: Sequence[str], submodels: Mapping[str, SubModel], chosen: np.ndarray
) -> np.ndarray:
    """Predict each row with the sub-model of its pattern, shape (n,); parameters as for :func:`rows_of`."""
    prediction = np.empty(len(values))
    for model, rows, readable, wide in rows_of(values, names, submodels, chosen):
        prediction[rows] = model.predict(readable, wide)
    return prediction


def is_learnable(column: np.ndarray, least_carriers: int) -> bool:
    """Whether a readable column may be learned.

    A 0/1 column needs ``least_carriers`` samples on either side (what fewer show is an anecdote); any other
    needs to vary, and to be known of as many samples.

    Parameters
    ----------
    column
        Shape (n,), NaN where unknown.
    least_carriers
        The least number of samples with, and without.
    """
    known = column[np.isfinite(column)]
    if known.size == 0 or known.min() == known.max():
        return False
    if np.isin(known, (0.0, 1.0)).all():
        carriers = int(known.sum())
        return min(carriers, known.size - carriers) >= least_carriers
    return known.size >= min(least_carriers, column.size)


def last_as_good(errors: np.ndarray) -> int:
    """The last candidate that is not worse than the best by more than one paired standard error.

    Of the shares of the trees it takes the largest, so that mechanisms are credited as far as the whole
    model's error allows; of the shares of the consensus it takes the largest too.

    Parameters
    ----------
    errors
        Shape (k, n): squared left-out errors, the preferred candidates last.

    Returns
    -------
    int
        0 .. k-1.
    """
    excess = errors - errors[np.argmin(errors.mean(axis=1))]
    standard_error = excess.std(axis=1) / np.sqrt(errors.shape[1])
    return int(np.flatnonzero(excess.mean(axis=1) <= standard_error)[-1])


def fit_submodel(
    pattern: str,
    readable: np.ndarray,
    readable_names: Sequence[str],
    wide: np.ndarray,
    wide_names: Sequence[str],
    y: np.ndarray,
    weight: np.ndarray,
    inner: np.ndarray,
    *,
    trees: TreeSettings,
    least_carriers: int,
    seed: int,
) -> tuple[SubModel, np.ndarray]:
    """Fit one pattern.

    Parameters
    ----------
    pattern
        Its name.
    readable, wide
        Shape (n, p) and (n, q), NaN where missing.
    readable_names, wide_names
        Column names.
    y, weight
        Shape (n,).
    inner
        Shape (n,): inner fold of each row.
    trees, least_carriers, seed
        Settings.

    Returns
    -------
    model
        The fitted sub-model.
    left_out
        Shape (n,): cross-fitted predictions of the training rows.
    """
    learned = [j for j in range(readable.shape[1]) if is_learnable(readable[:, j], least_carriers)]
    names = tuple(readable_names[j] for j in learned)
    X = readable[:, learned]
    location = np.nanmean(X, axis=0) if learned else np.zeros(0)
    spread = np.nanstd(X, axis=0) if learned else np.zeros(0)
    X = np.where(np.isfinite(X), X, location)
    intercept = float(np.average(y, weights=weight))
    booster, rounds, share = None, 0, 1.0
    residual = y - intercept
    if learned and len(np.unique(inner)) > 1:
        tried, left_out = cross_fit(X, residual, weight, inner, trees, seed)
        best = int(np.argmin((np.square(residual - left_out) * weight).mean(axis=1)))
        rounds, said = int(tried[best]), left_out[best]
        if wide.shape[1]:
            remaining = residual - np.outer(SHARES, said)
            share = SHARES[last_as_good(left_out_errors(wide, remaining, weight))]
        residual = residual - share * said
        booster = grow(X, y - intercept, weight, rounds, trees, seed, names)
    coef, center, penalty = np.zeros(0), np.zeros(0), float("nan")
    if wide.shape[1]:
        margin = fit_margin(wide, residual, weight)
        # What multiplies the trees multiplies the whole: s T + m = s (T + m / s).
        coef, center, penalty = margin.coef / share, margin.center, margin.penalty
        # The residual's mean, which the margin leaves to the caller.
        intercept += float(np.average(residual, weights=weight))
        residual = residual - float(np.average(residual, weights=weight)) - margin.left_out
    model = SubModel(
        pattern=pattern,
        readable=names,
        fill=location,
        location=location,
        spread=spread,
        booster=booster,
        wide=tuple(wide_names) if wide.shape[1] else (),
        coef=coef,
        center=center,
        intercept=intercept,
        slope=share,
        rounds=rounds,
        penalty=penalty,
    )
    return model, y - residual
