r"""Correlations under weights: Pearson's r, its mean over folds, and what is left of it within tissues.

With weights :math:`w_i` (how often line *i* was drawn), cells *c* that are a tissue within a fold *f*, and

.. math:: S^f_{ab} = \sum_{i \in f} w_i (a_i - \bar a_{c(i)})(b_i - \bar b_{c(i)}), \qquad
    S^f_{ab \cdot g} = S^f_{ab} - S^f_{ag} S^f_{bg} / S^f_{gg},

the within-tissue correlation of *a* and *b*, and the partial one given tissue and a covariate *g*, are

.. math:: r = \frac{\sum_f S^f_{ab}}{\sqrt{\sum_f S^f_{aa} \sum_f S^f_{bb}}}, \qquad
    r_{\cdot g} = \frac{\sum_f S^f_{ab \cdot g}}{\sqrt{\sum_f S^f_{aa \cdot g} \sum_f S^f_{bb \cdot g}}}

The folds matter: a tissue's mean over the other folds is low where that of the lines held out is high, and
so is the slope on *g*.  Taken over all lines, a predictor that knows nothing but tissue and *g* would seem to
run against the response.
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
    """Sums of products within the cells of each fold, under each row of weights.

    Parameters
    ----------
    tissue, fold
        Shape (n,): a cell is a tissue within a fold.
    weights
        Shape (draws, n).
    """

    def __init__(self, tissue: np.ndarray, fold: np.ndarray, weights: np.ndarray) -> None:
        _, tissues = np.unique(tissue, return_inverse=True)
        _, folds = np.unique(fold, return_inverse=True)
        cells, self._code = np.unique(folds * (tissues.max() + 1) + tissues, return_inverse=True)
        # Lines of a cell side by side, and cells of a fold: a sum over either is a sum over a slice.
        self._order = np.argsort(self._code, kind="stable")
        self._cells = np.searchsorted(self._code[self._order], np.arange(len(cells)))
        self._folds = np.searchsorted(cells // (tissues.max() + 1), np.arange(folds.max() + 1))
        self._weights = weights[:, self._order].astype(float)
        self._total = np.maximum(self._by_cell(np.ones(len(fold))), 1e-300)

    def _by_cell(self, values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(self._weights * values[self._order], self._cells, axis=1)

    def _centred(self, values: np.ndarray) -> np.ndarray:
        """Values minus the plain mean of their cell: keeps digits."""
        means = np.bincount(self._code, values) / np.bincount(self._code)
        return np.asarray(values - means[self._code])

    def correlation(self, a: np.ndarray, b: np.ndarray, given: np.ndarray | None = None) -> np.ndarray:
        """The module's r, shape (draws,); 0 where a or b does not vary (it ranks nothing there).

        Parameters
        ----------
        a, b
            Shape (n,).
        given
            Shape (n,): the covariate g; None for the within-tissue correlation.
        """
        columns = [self._centred(one) for one in ((a, b) if given is None else (a, b, given))]
        sums = [self._by_cell(one) for one in columns]

        def product(i: int, j: int) -> np.ndarray:
            by_cell = self._by_cell(columns[i] * columns[j]) - sums[i] * sums[j] / self._total
            return np.asarray(np.add.reduceat(by_cell, self._folds, axis=1))

        s_aa, s_ab, s_bb = product(0, 0), product(0, 1), product(1, 1)
        floor_a, floor_b = (_NOTHING * max(float(np.sum(np.square(one))), 1e-300) for one in columns[:2])
        if given is not None:
            s_ag, s_bg, s_gg = product(0, 2), product(1, 2), product(2, 2)
            varies = s_gg > _NOTHING * max(float(np.sum(np.square(columns[2]))), 1e-300)
            inverse = np.divide(1.0, s_gg, out=np.zeros_like(s_gg), where=varies)
            s_aa, s_ab, s_bb = (
                s_aa - np.square(s_ag) * inverse,
                s_ab - s_ag * s_bg * inverse,
                s_bb - np.square(s_bg) * inverse,
            )
            # What a covariate leaves of a multiple of itself is rounding of a larger kind.
            floor_a, floor_b = 1e3 * floor_a, 1e3 * floor_b
        aa, ab, bb = s_aa.sum(axis=1), s_ab.sum(axis=1), s_bb.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where((aa > floor_a) & (bb > floor_b), ab / np.sqrt(aa * bb), 0.0)
