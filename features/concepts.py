"""The inventory of what can make a tumour resist an mTORC1 inhibitor, and the features that stand for each.

After Faes, Demartines and Dormond 2017 (doi 10.1155/2017/1726078) and the papers in the catalogue's rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from features.catalogue import catalogue_rows
from features.knowledge import knowledge_records


@dataclass(frozen=True)
class Concept:
    """One mechanism of resistance or notion of heterogeneity.

    Attributes
    ----------
    id
        Its place in the inventory: K drug-binding and kinase mutations, U upstream genotype, A adaptive and
        bypass signalling, M microenvironment, H heterogeneity.
    concept
        In words.
    patterns
        Names of the features that stand for it; ``*`` stands for anything.
    limits
        What of it cannot be computed, and why; "" where all can.
    """

    id: str
    concept: str
    patterns: tuple[str, ...]
    limits: str

    def features(self) -> tuple[str, ...]:
        """The catalogue's features among :attr:`patterns`, in its order."""
        names = [row.name for row in catalogue_rows()]
        return tuple(name for name in names if _any_fits(name, self.patterns))


def concepts() -> tuple[Concept, ...]:
    """The inventory, in its order."""
    return tuple(
        Concept(row["id"], row["concept"], tuple(filter(None, row["features"].split(";"))), row["limits"])
        for row in knowledge_records("concepts")
    )


def _any_fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
