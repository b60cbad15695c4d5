r"""Correlations under weights: Pearson's r, its mean over folds, and what is left of it within tissues.

With weights :math:`w_i` (how often line *i* was drawn), cells *c* that partition the lines, and
:math:`S_{ab} = \sum_i w_i (a_i - \bar a_{c(i)})(b_i - \bar b_{c(i)})`, the within-cell correlation is

.. math:: r_{ab} = S_{ab} / \sqrt{S_{aa} S_{bb}}

and, given a covariate *g* whose slope is the same in all cells, the partial one

.. math:: r_{ab \cdot g} = \frac{r_{ab} - r_{ag} r_{bg}}{\sqrt{(1 - r_{ag}^2)(1 - r_{bg}^2)}}

A cell is a tissue within a fold.  The folds matter: a tissue's mean over the other folds is low where the
mean of the lines held out is high, so that without them a predictor which knows the tissue alone would seem
to run against the response.
"""

from __future__ import annotations

import numpy as np

#: A fold with fewer lines has no correlation: of two lines it is always -1 or 1.
LEAST_IN_FOLD = 3
#: Below this share of the variance, what is left is rounding.
_NOTHING = 1e-12


def weighted_correlation(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson's r under each row of weights.

    Parameters
    ----------
    a, b
        Shape (n,).
    weights
        Shape (draws, n).

    Returns
    -------
    numpy.ndarray
        Shape (draws,); NaN where a or b has no variance (a constant prediction ranks nothing).
    """
    # Centred first: the moments below would lose digits to a large mean.
    a, b = a - a.mean(), b - b.mean()
    moments = np.column_stack([np.ones(len(a)), a, b, np.square(a), np.square(b), a * b])
    total, sum_a, sum_b, sum_aa, sum_bb, sum_ab = (weights.astype(float) @ moments).T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_a, mean_b = sum_a / total, sum_b / total
        var_a, var_b = sum_aa / total - np.square(mean_a), sum_bb / total - np.square(mean_b)
        floor_a, floor_b = (_NOTHING * max(float(np.mean(np.square(one))), 1e-300) for one in (a, b))
        defined = (var_a > floor_a) & (var_b > floor_b) & (total > 1)
        return np.where(defined, (sum_ab / total - mean_a * mean_b) / np.sqrt(var_a * var_b), np.nan)


def pearson_over_folds(
    prediction: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Mean over folds of Pearson's r, under each row of weights.

    A fold in which the prediction is constant counts as 0: it ranks nothing.  A fold with fewer than
    :data:`LEAST_IN_FOLD` lines does not count.

    Parameters
    ----------
    prediction, measured, fold
        Shape (n,).
    weights
        Shape (draws, n).

    Returns
    -------
    numpy.ndarray
        Shape (draws,); NaN where no fold counts.
    """
    parts = []
    for one in np.unique(fold):
        mine = fold == one
        if mine.sum() >= LEAST_IN_FOLD:
            r = weighted_correlation(prediction[mine], measured[mine], weights[:, mine])
            parts.append(np.nan_to_num(r, nan=0.0))
    return np.mean(parts, axis=0) if parts else np.full(len(weights), np.nan)


class Cells:
    """Sums of products within cells, under each row of weights.

    Parameters
    ----------
    cell
        Shape (n,): the cell of each line.
    weights
        Shape (draws, n).
    """

    def __init__(self, cell: np.ndarray, weights: np.ndarray) -> None:
        _, self._code = np.unique(cell, return_inverse=True)
        # Lines of a cell side by side, so that a sum over a cell is a sum over a slice.
        self._order = np.argsort(self._code, kind="stable")
        self._starts = np.searchsorted(self._code[self._order], np.arange(self._code.max() + 1))
        self._weights = weights[:, self._order].astype(float)
        self._total = np.maximum(self._by_cell(np.ones(len(cell))), 1e-300)

    def centred(self, values: np.ndarray) -> np.ndarray:
        """Values minus the mean of their cell, all lines weighing the same: keeps digits."""
        means = np.bincount(self._code, values) / np.bincount(self._code)
        return values - means[self._code]

    def _by_cell(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(self._weights * values[self._order], self._starts, axis=1)

    def correlation(self, a: np.ndarray, b: np.ndarray, given: np.ndarray | None = None) -> np.ndarray:
        """The module's r, shape (draws,); 0 where a or b does not vary within cells (it ranks nothing there).

        Parameters
        ----------
        a, b
            Shape (n,).
        given
            Shape (n,): the covariate g; None for the within-cell correlation.
        """
        columns = [self.centred(one) for one in ((a, b) if given is None else (a, b, given))]
        sums = [self._by_cell(one) for one in columns]
        k = len(columns)
        # The first axis last: S[draw, i, j].
        products = np.empty((len(self._weights), k, k))
        for i in range(k):
            for j in range(i, k):
                whole = self._weights @ (columns[i] * columns[j])[self._order]
                products[:, i, j] = products[:, j, i] = whole - (sums[i] * sums[j] / self._total).sum(axis=1)
        floors = np.array([_NOTHING * max(float(np.sum(np.square(one))), 1e-300) for one in columns])

        def r(i: int, j: int) -> np.ndarray:
            defined = (products[:, i, i] > floors[i]) & (products[:, j, j] > floors[j])
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.where(
                    defined, products[:, i, j] / np.sqrt(products[:, i, i] * products[:, j, j]), 0.0
                )

        if given is None:
            return r(0, 1)
        with_a, with_b = r(0, 2), r(1, 2)
        left = (1 - np.square(with_a)) * (1 - np.square(with_b))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(left > 1e-9, (r(0, 1) - with_a * with_b) / np.sqrt(left), 0.0)
