"""Cells x features matrices on disk, read in pieces: rows of CSR and dense ones, columns of CSC ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from features.cells import LINEAR_SCALES
from features.errors import InputError

Vector = npt.NDArray[np.float64]

#: Above this no value is a natural logarithm of a depth-normalised count: e^15 is 3 million.
MAX_LOG = 15.0
#: Cells by which a scale is recognised; the whole is checked as it is read.
_ROWS_SEEN = 1_000
#: Rows (or columns, of CSC) of a sparse matrix, and values of a dense one, that are read at once.
_SPARSE_LINES, _DENSE_VALUES = 2_048, 8_000_000


def recognised_scale(matrix: Any) -> str | None:
    """Whether the first cells hold "counts" or "log" values; None for neither.

    Counts are whole and never negative; logarithms are never negative, not whole, and at most
    :data:`MAX_LOG`.
    """
    stored = _stored(matrix[:_ROWS_SEEN])
    if not np.all(stored >= 0):
        return None
    if not np.any(stored % 1):
        return "counts"
    return "log" if stored.max() <= MAX_LOG else None


def read_columns(
    matrix: Any, kept: npt.NDArray[np.intp], scale: str, *, keep_dense: bool, where: str
) -> tuple[Any, Vector]:
    """Some columns of a matrix, and the sum of each row over all of them.

    Parameters
    ----------
    matrix
        With ``shape`` and slices; ``format`` is "csr" or "csc" if it is sparse.
    kept
        Columns to keep, in increasing order.
    scale
        A key of :data:`features.cells.CELL_SCALES`, which every value is checked against.
    keep_dense
        Leave a dense matrix an array of float64.
    where
        For the message.

    Returns
    -------
    values : scipy.sparse.csr_matrix of float32, or numpy.ndarray
        Rows x kept columns.
    sums : numpy.ndarray
        (rows,).

    Raises
    ------
    InputError
        If a value is not finite, negative on a scale that has no negative ones, or no whole count.
    """
    form = getattr(matrix, "format", "dense")
    sums = np.zeros(matrix.shape[0])
    parts: list[Any] = []
    for start, stop in _pieces(matrix, form):
        block = matrix[:, start:stop] if form == "csc" else matrix[start:stop]
        _check(_stored(block), scale, where)
        if form == "csc":
            sums += _row_sums(block)
            part = block[:, kept[(kept >= start) & (kept < stop)] - start]
        else:
            sums[start:stop] = _row_sums(block)
            part = block[:, kept]
        stays = keep_dense and form == "dense"
        # Single precision holds every count below 16.8 million.
        parts.append(np.asarray(part, dtype=float) if stays else sparse.csr_matrix(part, dtype=np.float32))
    if keep_dense and form == "dense":
        return np.concatenate(parts), sums
    joined = sparse.hstack(parts) if form == "csc" else sparse.vstack(parts)
    return sparse.csr_matrix(joined), sums


def _pieces(matrix: Any, form: str) -> Iterator[tuple[int, int]]:
    rows, columns = matrix.shape
    length = columns if form == "csc" else rows
    step = max(1, _DENSE_VALUES // max(columns, 1)) if form == "dense" else _SPARSE_LINES
    for start in range(0, length, step):
        yield start, min(start + step, length)


def _check(stored: npt.NDArray[Any], scale: str, where: str) -> None:
    if not np.all(np.isfinite(stored)):
        raise InputError("a value is missing or infinite", where=where)
    if scale in (*LINEAR_SCALES, "log") and np.any(stored < 0):
        raise InputError(
            f"a value is negative ({stored.min():g}) but the scale is {scale}",
            where=where,
            todo="give a layer that is not centred or scaled",
        )
    if scale == "counts" and np.any(stored % 1):
        raise InputError(
            f"a value is no whole number ({stored[stored % 1 != 0][0]:g}) among counts",
            where=where,
            todo="name the layer of raw counts",
        )


def _row_sums(block: Any) -> Vector:
    return np.asarray(block.sum(axis=1, dtype=float)).ravel()


def _stored(block: Any) -> npt.NDArray[Any]:
    return np.asarray(block.data if sparse.issparse(block) else block)
