r"""The linear margin: ridge regression on a wide block, solved in the dual and tuned by exact leave-one-out.

With :math:`B` the standardised block (:math:`n \times p`, :math:`p \gg n`) and :math:`K = BB^\top / p`,

.. math:: \alpha = (K + \lambda I)^{-1} (y - \bar y), \qquad \beta = B^\top \alpha / p,

and the leave-one-out residual of sample *i* is :math:`\alpha_i / [(K + \lambda I)^{-1}]_{ii}`
(Allen's PRESS, doi 10.1080/00401706.1974.10489157), so choosing :math:`\lambda` costs one eigendecomposition.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LinearRegression

#: Penalties tried, relative to a kernel whose diagonal averages 1.
PENALTIES: tuple[float, ...] = tuple(float(x) for x in np.geomspace(0.02, 60.0, 9))


@dataclass(frozen=True)
class Margin:
    """A fitted linear margin; its value for a row is ``sum(coef * (x - center))``.

    Attributes
    ----------
    coef, center
        Shape (p,), float64.
    penalty
        The chosen penalty.
    left_out
        Shape (n,): what the margin says of each training row when fitted without it.
    """

    coef: np.ndarray
    center: np.ndarray
    penalty: float
    left_out: np.ndarray

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Evaluate rows in float64 by a reduction in fixed order.

        BLAS sums in an order that depends on the number of rows; numpy's pairwise sum along a contiguous row
        does not, so a sample gets the same bits alone and in a batch.  A missing value counts as the training
        mean.
        """
        return linear_terms(X, self.coef, self.center).sum(axis=1)


def linear_terms(X: np.ndarray, coef: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Each column's share in the margin, ``coef * (x - center)``; 0 where the value is missing.

    Parameters
    ----------
    X
        Shape (n, p).
    coef, center
        Shape (p,).

    Returns
    -------
    numpy.ndarray
        Shape (n, p), float64, C order.
    """
    terms = np.ascontiguousarray(X, dtype=np.float64) - center
    terms *= coef
    np.nan_to_num(terms, copy=False, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return terms


@dataclass(frozen=True)
class _Basis:
    """What of a fit does not depend on the response: the standardised block and its kernel's eigenvectors."""

    block: np.ndarray
    center: np.ndarray
    scale: np.ndarray
    root: np.ndarray
    values: np.ndarray
    vectors: np.ndarray


def _decompose(X: np.ndarray, weight: np.ndarray) -> _Basis:
    share = weight / weight.sum()
    known = np.isfinite(X)
    filled = np.where(known, X, 0.0)
    center = np.divide(share @ filled, share @ known, out=np.zeros(X.shape[1]), where=known.any(axis=0))
    block = np.where(known, filled - center, 0.0)
    spread = np.sqrt(share @ np.square(block))
    usable = spread > 1e-12
    scale = np.divide(1.0, spread, out=np.zeros_like(spread), where=usable) / np.sqrt(
        max(int(usable.sum()), 1)
    )
    root = np.sqrt(share * len(X))
    block *= scale
    block *= root[:, None]
    values, vectors = np.linalg.eigh(block @ block.T)
    return _Basis(block, center, scale, root, np.maximum(values, 0.0), vectors)


class _RecentBases:
    """Remembers the last few decompositions: the targets of a fold share their rows and their wide block."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._size = size
        self._kept: OrderedDict[bytes, _Basis] = OrderedDict()

    def __call__(self, X: np.ndarray, weight: np.ndarray) -> _Basis:
        # One memory layout, since sums of the same numbers laid out otherwise differ in the last bit.
        X, weight = np.ascontiguousarray(X, dtype=np.float64), np.ascontiguousarray(weight, dtype=np.float64)
        digest = hashlib.sha256(repr(X.shape).encode())
        digest.update(X.data)
        digest.update(weight.data)
        key = digest.digest()
        with self._lock:
            basis = self._kept.get(key)
            if basis is not None:
                self._kept.move_to_end(key)
                return basis
        basis = _decompose(X, weight)
        with self._lock:
            self._kept[key] = basis
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return basis


#: About 50 MB each at 900 lines and 5,800 genes.
_basis_of = _RecentBases(size=4)


def fit_margin(
    X: np.ndarray, y: np.ndarray, weight: np.ndarray, penalties: tuple[float, ...] = PENALTIES
) -> Margin:
    """Fit the ridge margin to a response.

    Parameters
    ----------
    X
        Shape (n, p); NaN counts as the column's mean.
    y
        Shape (n,); its weighted mean is removed (the intercept is the caller's).
    weight
        Shape (n,), positive.
    penalties
        Candidates; the one with the least weighted leave-one-out error is taken.

    Returns
    -------
    Margin
        Columns without variation get a coefficient of 0.

    Raises
    ------
    ValueError
        If there is no penalty to choose from.
    """
    if not penalties:
        raise ValueError("no penalty to choose from")
    basis = _basis_of(X, weight)
    target = (y - np.average(y, weights=weight)) * basis.root
    errors, duals, residuals = zip(
        *(_left_out(basis, target[:, None], penalty) for penalty in penalties), strict=True
    )
    best = int(np.argmin([error[0] for error in errors]))
    dual, residual = duals[best][:, 0], residuals[best][:, 0]
    return Margin(
        coef=(basis.block.T @ dual) * basis.scale,
        center=basis.center,
        penalty=penalties[best],
        left_out=(target - residual) / basis.root,
    )


@dataclass(frozen=True)
class StrongLine:
    """Least squares on a few columns; its value for a row is ``sum(coef * (x - center))``.

    Attributes
    ----------
    names
        The columns, k of them.
    coef, center
        Shape (k,), float64.
    """

    names: tuple[str, ...]
    coef: np.ndarray
    center: np.ndarray

    @classmethod
    def fit(cls, names: tuple[str, ...], X: np.ndarray, y: np.ndarray) -> StrongLine:
        """Fit without a penalty.

        Parameters
        ----------
        names
            Of the columns.
        X
            Shape (n, k), k much smaller than n; NaN counts as the column's mean.
        y
            Shape (n,); rows in which it is NaN are left out.  Without rows or columns the line says 0.
        """
        known = np.isfinite(y)
        values = X[known]
        found = np.isfinite(values)
        count = np.maximum(found.sum(axis=0), 1)
        center = np.where(found, values, 0.0).sum(axis=0) / count
        if not names or not known.any():
            return cls(names, np.zeros(len(names)), center)
        line = LinearRegression().fit(np.where(found, values, center), y[known])
        return cls(names, np.asarray(line.coef_, dtype=np.float64), center)

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """Evaluate rows, shape (n,)."""
        return np.asarray(linear_terms(X, self.coef, self.center).sum(axis=1))


def left_out_errors(
    X: np.ndarray, candidates: np.ndarray, weight: np.ndarray, penalties: tuple[float, ...] = PENALTIES
) -> np.ndarray:
    """Squared leave-one-out errors that the margin leaves of several responses, each at its best penalty.

    Parameters
    ----------
    X
        Shape (n, p), as in :func:`fit_margin`.
    candidates
        Shape (k, n): the responses.
    weight
        Shape (n,).
    penalties
        Candidates.

    Returns
    -------
    numpy.ndarray
        Shape (k, n), each times its row's weight.
    """
    basis = _basis_of(X, weight)
    targets = (candidates - (candidates @ weight / weight.sum())[:, None]).T * basis.root[:, None]
    best, least = np.empty_like(targets), np.full(targets.shape[1], np.inf)
    for penalty in penalties:
        errors, _, residual = _left_out(basis, targets, penalty)
        better = errors < least
        best[:, better], least[better] = residual[:, better], errors[better]
    return np.square(best).T


def _left_out(
    basis: _Basis, targets: np.ndarray, penalty: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean squared left-out error, dual and left-out residuals of each column of ``targets`` (n, k)."""
    inverse = 1.0 / (basis.values + penalty)
    dual = basis.vectors @ (inverse[:, None] * (basis.vectors.T @ targets))
    residual = dual / (np.square(basis.vectors) @ inverse)[:, None]
    return np.mean(np.square(residual), axis=0), dual, residual
