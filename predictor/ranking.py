r"""How well predictions order lines: concordance, and finding the most sensitive fifth.

All are exact under bootstrap weights, a line drawn twice counting as two lines, and are matrix products,
since a thousand draws of some hundred lines and predictors have to be cheap.
"""

from __future__ import annotations

import numpy as np

#: Who is to be found: the most sensitive fifth, which has the lowest response.
SENSITIVE_SHARE = 0.2


def most_sensitive(measured: np.ndarray, share: float = SENSITIVE_SHARE) -> np.ndarray:
    """Whether a line is among the most sensitive ones, shape (n,), bool.

    Parameters
    ----------
    measured
        Shape (n,), higher = more resistant.
    share
        Of the lines, 0 to 1; lines that tie with the last one are in.
    """
    last = np.sort(measured)[max(round(share * len(measured)), 1) - 1]
    return np.asarray(measured <= last)


def by_line(weights: np.ndarray) -> np.ndarray:
    """Bootstrap weights of shape (draws, n) as the functions below want them: shape (n, draws).

    In single precision, in which whole numbers and halves up to eight million are exact.
    """
    return np.ascontiguousarray(weights.T, dtype=np.float32)


def comparable_pairs(measured: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted number of pairs of lines that differ in what was measured, shape (draws,).

    All pairs less those that tie; the pairs of a line with its own copy tie.

    Parameters
    ----------
    measured
        Shape (n,).
    weights
        Shape (n, draws), of :func:`by_line`.
    """
    order, starts = _steps(measured)
    tied = np.add.reduceat(weights[order].astype(float), starts, axis=0)
    return np.asarray((np.square(tied.sum(axis=0)) - np.square(tied).sum(axis=0)) / 2)


def concordance(
    prediction: np.ndarray, measured: np.ndarray, weights: np.ndarray, pairs: np.ndarray
) -> np.ndarray:
    """Harrell's concordance index without censoring (Harrell 1982, doi 10.1001/jama.1982.03320430047030).

    The share of pairs of lines that differ in what was measured whose predictions are in the same order;
    equal predictions count one half.

    Parameters
    ----------
    prediction, measured
        Shape (n,).
    weights
        Shape (n, draws), of :func:`by_line`.
    pairs
        Shape (draws,), of :func:`comparable_pairs`.

    Returns
    -------
    numpy.ndarray
        Shape (draws,), 0 to 1; 0.5 ranks nothing; NaN where no two lines differ.
    """
    higher = measured[:, None] > measured[None, :]
    agree = np.where(higher, _order(prediction, prediction), np.float32(0))
    found = np.einsum("ij,ij->j", agree @ weights, weights, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, found / pairs, np.nan)


def roc_auc(prediction: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Chance that a sensitive line is predicted below another one; ties count one half.

    Parameters
    ----------
    prediction
        Shape (n,), higher = more resistant.
    positive
        Shape (n,), bool: the sensitive lines.
    weights
        Shape (n, draws), of :func:`by_line`.

    Returns
    -------
    numpy.ndarray
        Shape (draws,); NaN where a draw lacks either kind.
    """
    hits, others = weights[positive], weights[~positive]
    agree = _order(prediction[~positive], prediction[positive])
    found = np.einsum("ij,ij->j", agree @ hits, others, dtype=np.float64)
    pairs = hits.sum(axis=0, dtype=np.float64) * others.sum(axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, found / pairs, np.nan)


def average_precision(prediction: np.ndarray, positive: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean precision over the sensitive lines as the call is widened from the lowest prediction upwards.

    The sum over distinct predictions of (gain in recall) x (precision there), not interpolated.

    Parameters
    ----------
    prediction, positive, weights
        As for :func:`roc_auc`.

    Returns
    -------
    numpy.ndarray
        Shape (draws,); ranks nothing at the share of sensitive lines; NaN where a draw has none.
    """
    order, starts = _steps(prediction)
    # Precision counts where recall rises only: at the last line of each step that holds a sensitive one.
    ends = np.append(starts[1:], len(order)) - 1
    found = np.cumsum(positive[order])[ends]
    rises = np.diff(found, prepend=0) > 0
    called = np.cumsum(weights[order], axis=0)[ends[rises]]
    hits = np.cumsum(weights[order[positive[order]]], axis=0)[found[rises] - 1]
    gained = np.diff(hits, axis=0, prepend=np.float32(0))
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(called > 0, hits.astype(float) / called, 0.0)
        return (gained * precision).sum(axis=0) / np.where(hits[-1] > 0, hits[-1], np.nan)


def _order(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """1 where a is above b, one half where they are equal, else 0; shape (len(a), len(b))."""
    return (np.sign(a[:, None] - b[None, :]).astype(np.float32) + np.float32(1)) / np.float32(2)


def _steps(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rising order of the values, and where each distinct one begins in it."""
    order = np.argsort(values, kind="stable")
    rising = values[order]
    return order, np.flatnonzero(np.append(True, rising[1:] != rising[:-1]))
