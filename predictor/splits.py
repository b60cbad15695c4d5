"""Which samples are held out together: leave-cell-line-out folds that depend on identifiers alone.

A fold is drawn by ranking a cryptographic hash of ``seed`` and sample id, so that it does not change with the
order of rows, the version of a random generator or Python's own ``hash`` (which is salted per process).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError


@dataclass(frozen=True)
class Fold:
    """Positions of the training and the test samples of one fold; they never meet.

    Attributes
    ----------
    number
        The fold's label.
    train, test
        Sorted positions, shape (n_train,) and (n_test,).
    """

    number: int
    train: np.ndarray
    test: np.ndarray

    def __post_init__(self) -> None:
        """Refuse a fold in which a sample is on both sides."""
        if np.intersect1d(self.train, self.test).size:
            raise ValueError(f"fold {self.number}: a sample is in the training and in the test part")


def hash_rank(ids: Sequence[str], seed: int) -> np.ndarray:
    """Rank the ids by the SHA-256 of ``seed:id``.

    Parameters
    ----------
    ids
        Identifiers, all different.
    seed
        Draws another order.

    Returns
    -------
    numpy.ndarray
        Shape (n,), a permutation of 0 .. n-1.

    Raises
    ------
    ValueError
        If an id occurs twice: its copies could fall on both sides of a split.
    """
    if len(set(ids)) != len(ids):
        raise ValueError("sample ids are not unique: the copies of one could fall on both sides of a split")
    digests = [hashlib.sha256(f"{seed}:{one}".encode()).digest() for one in ids]
    ranks = np.empty(len(ids), dtype=int)
    ranks[sorted(range(len(ids)), key=digests.__getitem__)] = np.arange(len(ids))
    return ranks


def assign_folds(ids: Sequence[str], n_splits: int, seed: int) -> np.ndarray:
    """Deal the samples to folds of equal size (give or take one).

    Parameters
    ----------
    ids
        Sample ids, all different.
    n_splits
        Number of folds, at least 2.
    seed
        Draws another assignment.

    Returns
    -------
    numpy.ndarray
        Shape (n,), fold numbers 0 .. n_splits-1 in the order of ``ids``.
    """
    if not 2 <= n_splits <= len(ids):
        raise ValueError(f"{n_splits} folds cannot be made of {len(ids)} samples")
    return hash_rank(ids, seed) % n_splits


def folds_of(assignment: np.ndarray) -> Iterator[Fold]:
    """Turn an assignment into folds.

    Parameters
    ----------
    assignment
        Shape (n,): the fold in which each sample is held out; a negative number means "always in training".
    """
    for number in np.unique(assignment[assignment >= 0]):
        yield Fold(int(number), np.flatnonzero(assignment != number), np.flatnonzero(assignment == number))


def read_assignment(path: str, names: pd.Series) -> np.ndarray:
    """Read a frozen fold assignment and put it in the order of the samples.

    Parameters
    ----------
    path
        CSV with the columns ``cell_line_name`` (upper case, no punctuation) and ``fold`` (a whole number).
    names
        The samples' names in the same spelling.

    Returns
    -------
    numpy.ndarray
        Shape (n,); -1 for a sample that the file does not hold out.

    Raises
    ------
    InputError
        If the file cannot be used, or names a cell line that the samples lack (such a line would go
        untested).
    """
    try:
        table = pd.read_csv(path, dtype={"cell_line_name": str})
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as CSV ({error})", where=path) from error
    missing = {"cell_line_name", "fold"} - set(table.columns)
    if missing:
        raise InputError(f"lacks the column(s) {', '.join(sorted(missing))}", where=path)
    repeated = table.cell_line_name[table.cell_line_name.duplicated()]
    if len(repeated):
        raise InputError(f"the cell line {repeated.iloc[0]} occurs twice", where=path)
    fold = pd.to_numeric(table.fold, errors="coerce")
    if fold.isna().any() or (fold < 0).any() or (fold % 1 != 0).any():
        raise InputError("the column fold must hold whole numbers from 0", where=path)
    unknown = sorted(set(table.cell_line_name) - set(names))
    if unknown:
        raise InputError(
            f"{len(unknown)} cell line(s) are not among the samples: {', '.join(unknown[:5])}",
            where=path,
            todo="use the folds that belong to this cohort",
        )
    return names.map(dict(zip(table.cell_line_name, fold.astype(int), strict=True))).fillna(-1).to_numpy(int)
