"""What was measured on a sample, and so which of the sub-models answers for it.

No training line lacks RNA, so a model that is merely fed missing values has learned nothing about their
absence (measured: GDSC2 r 0.085 instead of 0.350).  Each pattern of modalities therefore has a sub-model of
its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

import numpy as np

#: The name of the pattern where columns carry no modality (a plain array).
WHOLE = "all"

#: What a sub-model can be made of, in order of preference.
MODALITIES = ("rna", "dna", "protein", "cells")
#: From most to least complete, ``rna+dna+protein+cells`` to ``lineage``: the first pattern whose modalities
#: a row has answers for it.
PATTERNS: Mapping[str, frozenset[str]] = {
    "+".join(chosen) or "lineage": frozenset(chosen)
    for size in range(len(MODALITIES), -1, -1)
    for chosen in combinations(MODALITIES, size)
}

#: Columns of these modalities belong to every pattern: they are known of nearly every sample.
EVERYWHERE = frozenset({"lineage", "growth"})


@dataclass(frozen=True)
class ColumnRoles:
    """What the model needs to know of its columns.

    Attributes
    ----------
    modality
        Column to modality: one of :data:`MODALITIES` or :data:`EVERYWHERE`.
    wide
        The columns of the wide block, which the linear margin takes; all others are readable and go to the
        trees.
    computed_only
        Columns that are computed and shown, never learned.
    strong
        Readable columns that are fitted first and without a penalty: one that says much would be shrunk
        like the many that say little.
    """

    modality: Mapping[str, str]
    wide: frozenset[str]
    computed_only: frozenset[str] = frozenset()
    strong: frozenset[str] = frozenset()

    def columns_of(self, pattern: str, columns: Sequence[str], *, wide: bool) -> list[str]:
        """The columns that a pattern's sub-model may use, in the order given."""
        allowed = set(self.modality.values()) if pattern == WHOLE else PATTERNS[pattern] | EVERYWHERE
        return [
            c
            for c in columns
            if (c in self.wide) == wide and c not in self.computed_only and self.modality[c] in allowed
        ]


def knows_more(one: str, other: str) -> bool:
    """Whether a pattern has every modality of another and more."""
    return PATTERNS.get(one, frozenset()) > PATTERNS.get(other, frozenset())


def possible(patterns: Sequence[str], learnable: Iterable[str], roles: ColumnRoles) -> tuple[str, ...]:
    """The patterns whose modalities can all be learned.

    A sub-model of a modality that no training line has would be a second copy of a lesser one.

    Parameters
    ----------
    patterns
        Patterns asked for, in order of preference.
    learnable
        The columns that the training lines can teach.
    roles
        What the columns are.
    """
    taught = {roles.modality[column] for column in learnable}
    return tuple(p for p in patterns if taught >= PATTERNS[p] and (PATTERNS[p] or taught & EVERYWHERE))


def present(values: np.ndarray, least: float) -> np.ndarray:
    """Whether enough of a modality's inputs are known, per row.

    Parameters
    ----------
    values
        Shape (n, p), NaN where unknown.
    least
        Least share of known values, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Shape (n,), bool; all False where p is 0.
    """
    if values.shape[1] == 0:
        return np.zeros(len(values), dtype=bool)
    return np.isfinite(values).mean(axis=1) >= max(least, 1e-12)


def choose(available: Mapping[str, np.ndarray], fitted: Sequence[str], n: int) -> np.ndarray:
    """Pick the pattern for each row.

    Parameters
    ----------
    available
        Modality to a bool array, shape (n,).
    fitted
        The patterns that have a sub-model.
    n
        Number of rows.

    Returns
    -------
    numpy.ndarray
        Shape (n,), names of patterns; the last fitted pattern where no other fits.
    """
    chosen = np.full(n, fitted[-1], dtype=object)
    for pattern in reversed(fitted):
        needed = PATTERNS.get(pattern, frozenset())
        fits = np.ones(n, dtype=bool)
        for modality in needed:
            fits &= available.get(modality, np.zeros(n, dtype=bool))
        chosen[fits] = pattern
    return chosen


class UsesColumns(Protocol):
    """Anything that reads columns: a fitted sub-model."""

    @property
    def readable(self) -> tuple[str, ...]:
        """Columns of the trees."""
        ...

    @property
    def wide(self) -> tuple[str, ...]:
        """Columns of the margin."""
        ...


def availability(
    values: np.ndarray,
    names: Sequence[str],
    submodels: Mapping[str, UsesColumns],
    roles: ColumnRoles,
    least_known: float,
) -> dict[str, np.ndarray]:
    """Which modalities each row has, judged by the inputs that the sub-models use.

    Parameters
    ----------
    values
        Shape (n, p), NaN where unknown.
    names
        Column names.
    submodels
        The fitted sub-models.
    roles
        What the columns are.
    least_known
        Least share of a modality's inputs.

    Returns
    -------
    dict of str to numpy.ndarray
        Those of :data:`MODALITIES` that a sub-model uses, to a bool array of shape (n,).
    """
    used: dict[str, set[str]] = {}
    for model in submodels.values():
        for column in (*model.readable, *model.wide):
            used.setdefault(roles.modality[column], set()).add(column)
    return {
        modality: present(values[:, [j for j, name in enumerate(names) if name in columns]], least_known)
        for modality, columns in used.items()
        if modality in MODALITIES
    }


def choose_patterns(
    values: np.ndarray,
    names: Sequence[str],
    submodels: Mapping[str, UsesColumns],
    roles: ColumnRoles,
    least_known: float,
) -> np.ndarray:
    """The pattern that answers for each row, shape (n,); parameters as for :func:`availability`."""
    return choose(availability(values, names, submodels, roles, least_known), list(submodels), len(values))
