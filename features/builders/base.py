"""What a builder is: a family of features, its columns, and a pure function of one Cohort."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.rank_normal import RankedExpression, rank_expression
from features.cohort import Cohort
from features.settings import DEFAULT, Settings

#: Stands in ``notes.sample_id`` for every sample of the matrix.
EVERY_SAMPLE = "*"
NOTE_COLUMNS = ("sample_id", "family", "problem", "n", "names")


@dataclass(frozen=True)
class Note:
    """Something that a user should know about a feature of a sample, for the matrix's ``notes``.

    Attributes
    ----------
    sample_id
        The sample, or :data:`EVERY_SAMPLE`.
    problem
        What happened, in words.
    names
        What it concerns (genes, columns, values), if anything.
    """

    sample_id: str
    problem: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """The features of one family.

    Attributes
    ----------
    values
        Samples x columns, float64, NaN where a sample was not profiled.
    notes
        What could not be computed, and why.
    """

    values: pd.DataFrame
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """One Cohort, the user's settings, and what several builders need of both, computed once."""

    cohort: Cohort
    settings: Settings = DEFAULT
    sample_ids: pd.Index = field(init=False)

    def __post_init__(self) -> None:
        ids = pd.Index(self.cohort.samples["sample_id"], name="sample_id", dtype=object)
        object.__setattr__(self, "sample_ids", ids)

    @cached_property
    def expression(self) -> RankedExpression:
        """Within-sample rank-normal expression over the gene universe."""
        return rank_expression(self.cohort.expression, self.cohort.expression_scale)

    def frame(self, columns: Iterable[str], values: npt.NDArray[Any] | float = np.nan) -> pd.DataFrame:
        """A float64 frame over all samples of the cohort."""
        return pd.DataFrame(values, index=self.sample_ids, columns=list(columns), dtype=float)


@dataclass(frozen=True)
class Builder:
    """One family of features.

    Attributes
    ----------
    family
        Its name in the feature catalogue.
    columns
        Gives the columns that ``build`` returns, whatever the cohort holds.
    build
        Inputs -> Block; each sample from that sample and the knowledge tables alone.
    default
        Whether ``build_matrix`` builds it without being asked.
    """

    family: str
    columns: Callable[[], tuple[str, ...]]
    build: Callable[[Inputs], Block]
    default: bool = True


def notes_frame(notes: Iterable[tuple[str, Note]]) -> pd.DataFrame:
    """Pairs of family and note as the table that a FeatureMatrix carries."""
    rows = [(n.sample_id, family, n.problem, len(n.names), ";".join(n.names)) for family, n in notes]
    return pd.DataFrame(rows, columns=list(NOTE_COLUMNS))
