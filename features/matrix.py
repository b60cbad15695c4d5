"""FeatureMatrix: samples x features of one cohort, the same for a sample alone as for a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from features import matrix_files
from features.builders import BUILDERS, DEFAULT_FAMILIES
from features.builders.base import Inputs, Note, notes_frame
from features.catalogue import require_rows
from features.cohort import Cohort
from features.errors import InputError
from features.harmonisation import labels
from features.progress import Progress, silent
from features.settings import DEFAULT, Settings

#: The "family" of the notes that name the reference of harmonised expression.
HARMONISATION = "harmonisation"


@dataclass(frozen=True, eq=False)
class FeatureMatrix:
    """The features of some samples.

    Attributes
    ----------
    values
        float64; index ``sample_id`` (str), columns as in the feature catalogue, ``expr.*`` last; NaN is
        unknown.
    notes
        sample_id ("*" for all), family, problem, n, names (";"-joined): what could not be computed, and why.
    """

    values: pd.DataFrame
    notes: pd.DataFrame = field(default_factory=lambda: notes_frame([]))

    @property
    def harmonisation(self) -> dict[str, str]:
        """Sample to the reference that its expression was harmonised with, from the notes."""
        mine = self.notes[self.notes.family == HARMONISATION]
        return dict(zip(mine.sample_id.astype(str), mine.problem.astype(str), strict=True))

    def write(self, path: str | Path) -> Path:
        """Write as CSV, TSV (``.gz`` too) or Parquet by the name's ending, whole or not at all.

        The first column is ``sample_id``; numbers survive to the last bit.  Notes, if any, go beside it as
        ``{name}.notes.csv``.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If the ending is unknown or the file system refuses.
        """
        return matrix_files.write(Path(path), self.values, self.notes)

    @classmethod
    def read(cls, path: str | Path) -> FeatureMatrix:
        """Read what :meth:`write` wrote, or a matrix made elsewhere in that form.

        A family that is absent altogether is missing: its columns are NaN.  Of a family that is there every
        column is needed, but for up to 25 % of the genes of ``expr.*``.

        Returns
        -------
        FeatureMatrix
            With every default column, in catalogue order.

        Raises
        ------
        InputError
            If the file is missing, empty, not separated as its ending says, or holds duplicate samples or
            columns, unknown or absent columns, or values that are no finite numbers or out of their range.
        """
        values, notes = matrix_files.read(Path(path))
        return cls(values, notes)


def build_matrix(
    cohort: Cohort,
    families: Sequence[str] | None = None,
    *,
    settings: Settings = DEFAULT,
    progress: Progress = silent,
) -> FeatureMatrix:
    """The features of a cohort.

    Parameters
    ----------
    cohort
        The samples.
    families
        Which families of the catalogue to build; by default all but measured growth.  Every column of a
        family is there, NaN where its input is missing.
    settings
        Cut-offs and gene sets.
    progress
        Told of each family.

    Returns
    -------
    FeatureMatrix
        One row per sample of the cohort, in its order.

    Raises
    ------
    InputError
        If a family is unknown, the cohort has no samples, or a builder refuses its input (it says what and
        why).
    """
    wanted = DEFAULT_FAMILIES if families is None else tuple(families)
    unknown = [family for family in wanted if family not in BUILDERS]
    if unknown or not wanted:
        raise InputError(
            f"unknown feature family {', '.join(unknown)}" if unknown else "no feature family",
            todo=f"use some of {', '.join(BUILDERS)}",
        )
    if cohort.samples.empty:
        raise InputError("no samples", where=f"cohort {cohort.name}")
    inputs = Inputs(cohort, settings)
    blocks: list[pd.DataFrame] = []
    notes: list[tuple[str, Note]] = []
    chosen = [builder for family, builder in BUILDERS.items() if family in wanted]
    for done, builder in enumerate(chosen):
        progress(f"features: {builder.family}", done, len(chosen))
        block = builder.build(inputs)
        blocks.append(block.values)
        notes += [(builder.family, note) for note in block.notes]
    progress("features", len(chosen), len(chosen))
    # What carried the expression to another scale goes with the features made of it.
    notes += [(HARMONISATION, Note(sample, label, ())) for sample, label in labels(cohort).items()]
    values = pd.concat(blocks, axis=1)
    require_rows(values.columns)
    return FeatureMatrix(values, notes_frame(notes))
