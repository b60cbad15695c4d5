"""Which samples are held out together: folds of lines, or of tissues, that depend on identifiers alone.

A fold is drawn by ranking a cryptographic hash of ``seed`` and identifier, so that it does not change with
the order of rows, the version of a random generator or Python's own ``hash`` (which is salted per process).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError

#: The group of the samples whose tissue is unknown.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fold:
    """Positions of the training and the test samples of one fold; they never meet, nor do their groups.

    Attributes
    ----------
    number
        The fold's label.
    train, test
        Sorted positions, shape (n_train,) and (n_test,).
    groups
        Shape (n,): the group of every sample, such as its tissue; None where each is a group of its own.
    repeat
        The assignment that the fold is of.
    withheld
        Inhibitor-screens (``inhibitor@screen``) whose responses no fit of this fold may see, of any line.
    """

    number: int
    train: np.ndarray
    test: np.ndarray
    groups: np.ndarray | None = None
    repeat: int = 0
    withheld: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a fold in which a sample or a group is on both sides."""
        if np.intersect1d(self.train, self.test).size:
            raise ValueError(f"fold {self.number}: a sample is in the training and in the test part")
        if self.groups is not None:
            both = np.intersect1d(self.groups[self.train], self.groups[self.test])
            if both.size:
                raise ValueError(f"fold {self.number}: {both[0]} is in the training and in the test part")


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


def repeat_seed(seed: int, repeat: int) -> int:
    """The seed of a repeat: ``seed`` itself for the first (0), then hashed."""
    if repeat == 0:
        return seed
    return int.from_bytes(hashlib.sha256(f"{seed}:repeat:{repeat}".encode()).digest()[:4], "big") >> 1


def named_groups(groups: pd.Series) -> pd.Series:
    """Groups with a name for the unknown one (:data:`UNKNOWN`), which is held out as a whole too."""
    return groups.fillna("").astype(str).replace("", UNKNOWN)


def deal_groups(groups: pd.Series, n_splits: int, seed: int) -> np.ndarray:
    """Deal whole groups to folds, each to the fold that has the fewest samples so far.

    Parameters
    ----------
    groups
        Shape (n,): the group of each sample.
    n_splits
        Number of folds, at least 2.
    seed
        Draws the order in which the groups are dealt.

    Returns
    -------
    numpy.ndarray
        Shape (n,), fold numbers 0 .. n_splits-1.  Depends on the groups' names and sizes, not on row order.
    """
    sizes = groups.value_counts()
    names = sorted(map(str, sizes.index))
    if not 2 <= n_splits <= len(names):
        raise ValueError(f"{n_splits} folds cannot be made of {len(names)} groups")
    held: dict[str, int] = {}
    filled = [0] * n_splits
    for place in np.argsort(hash_rank(names, seed)):
        fold = filled.index(min(filled))
        held[names[place]] = fold
        filled[fold] += int(sizes[names[place]])
    return groups.map(held).to_numpy(int)


def one_group_a_fold(groups: pd.Series, least: int) -> np.ndarray:
    """One fold for each group; the groups with fewer than ``least`` samples share the last one.

    Returns
    -------
    numpy.ndarray
        Shape (n,), fold numbers in alphabetical order of the groups; -1 (always in training) for small groups
        that have fewer than ``least`` samples even together.
    """
    sizes = groups.value_counts()
    large = sorted(str(name) for name, size in sizes.items() if size >= least)
    together = len(large) if sizes[sizes < least].sum() >= least else -1
    return groups.map({name: fold for fold, name in enumerate(large)}).fillna(together).to_numpy(int)


def folds_of(
    assignment: np.ndarray,
    *,
    groups: pd.Series | None = None,
    repeat: int = 0,
    withheld: frozenset[str] = frozenset(),
) -> Iterator[Fold]:
    """Turn an assignment into folds.

    Parameters
    ----------
    assignment
        Shape (n,): the fold in which each sample is held out; a negative number means "always in training".
    groups, repeat, withheld
        See :class:`Fold`; groups on both sides of a fold are refused.
    """
    of_all = None if groups is None else groups.to_numpy(str)
    for number in np.unique(assignment[assignment >= 0]):
        train, test = np.flatnonzero(assignment != number), np.flatnonzero(assignment == number)
        yield Fold(int(number), train, test, of_all, repeat, withheld)


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
