"""Where a marker's values come from, and what they are by patient."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from predictor.outcomes.marker_names import Part, parts_of
from predictor.outcomes.patients import Patients
from predictor.outcomes.per_patient import is_binary, per_patient

#: Columns that stand in a table for something else than a marker.
_KEYS = {"sample_id", "patient_id", "treatment", "best_response"}


@dataclass(frozen=True, eq=False)
class Marker:
    """One marker.

    Attributes
    ----------
    name
        As it was asked for.
    values
        Index patient, float, known values only.
    source
        The tables that it is from, in words.
    rule
        What several samples of a patient came to; "" where none had several.
    several
        Number of patients with several samples.
    """

    name: str
    values: pd.Series
    source: str
    rule: str = ""
    several: int = 0

    @cached_property
    def is_probability(self) -> bool:
        """Whether it is meant as a probability: by its name, and by its values."""
        columns = [part.column for part in parts_of(self.name)]
        named = len(columns) == 1 and columns[0].startswith("probability")
        return named and bool(self.values.between(0, 1).all())


@dataclass(frozen=True, eq=False)
class MarkerTables:
    """The tables in which markers are looked for.

    Attributes
    ----------
    cohort, patients
        The cohort, and its patients.
    matrix
        Features, index sample; None without one.
    predictions
        Of :func:`predictor.outcomes.predictions_file.read_predictions`; None without any.
    inhibitor
        Whose predictions are meant where a name does not say so: the arm's.
    build
        Family of features -> its columns of the cohort, index sample; called once a family.
    """

    cohort: Cohort
    patients: Patients
    matrix: pd.DataFrame | None = None
    predictions: pd.DataFrame | None = None
    inhibitor: str | None = None
    build: Callable[[str], pd.DataFrame] | None = None
    _built: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def marker(self, name: str, several: str = "auto") -> Marker:
        """The marker of that name, see :mod:`predictor.outcomes.marker_names`.

        Raises
        ------
        InputError
            If there is no such column, several tables have it, it holds no numbers, parts of an "any of"
            are not 0 or 1, or nobody has a value.
        """
        found = [self._one(part, name, several) for part in parts_of(name)]
        values = found[0].values if len(found) == 1 else _any_of([one.values for one in found], name)
        if values.empty:
            raise InputError(
                "no patient has a value", where=f"--marker {name}", todo="ask for another marker"
            )
        sources = ", ".join(dict.fromkeys(one.source for one in found))
        rules = "; ".join(dict.fromkeys(one.rule for one in found if one.rule))
        return Marker(name, values, sources, rules, max(one.several for one in found))

    def _one(self, part: Part, name: str, several: str) -> Marker:
        where = f"--marker {name}"
        holders = {
            table: columns
            for table, columns in self._columns().items()
            if part.column in columns and part.table in (None, table)
        }
        if len(holders) > 1:
            raise InputError(
                f"{part.column!r} is a column of {' and of '.join(holders)}",
                where=where,
                todo=f"write {next(iter(holders))}:{part.column}",
            )
        if not holders:
            computed = self._computed(part)
            if computed is None:
                raise self._unknown(part, where)
            return self._of_samples(name, computed, "features of the cohort", several)
        table = next(iter(holders))
        if table == "patients":
            values = _numbers(self.patients.table[part.column], where).dropna()
            return Marker(name, values, "patients")
        if table == "samples":
            column = self.cohort.samples.set_index("sample_id")[part.column]
            return self._of_samples(name, _numbers(column, where), "samples", several)
        if table == "matrix" and self.matrix is not None:
            return self._of_samples(name, self.matrix[part.column], "feature matrix", several)
        predicted, inhibitor = self._predicted(part, where)
        return self._of_samples(name, predicted, f"predictions for {inhibitor}", several)

    def _of_samples(self, name: str, by_sample: pd.Series, source: str, several: str) -> Marker:
        joined = per_patient(by_sample, self.patients.of_sample, several)
        return Marker(name, joined.values, source, joined.rule, joined.several)

    def _columns(self) -> Mapping[str, Sequence[str]]:
        tables = {"patients": self.patients.table, "samples": self.cohort.samples}
        tables |= {} if self.matrix is None else {"matrix": self.matrix}
        tables |= {} if self.predictions is None else {"predictions": self.predictions}
        return {
            name: [str(column) for column in table.columns if column not in {*_KEYS, "inhibitor"}]
            for name, table in tables.items()
        }

    def _computed(self, part: Part) -> pd.Series | None:
        """A feature of the catalogue that no table holds, computed from the cohort."""
        family = _family_of(part.column) if part.table is None and self.build is not None else None
        if family is None or self.build is None or part.inhibitor is not None:
            return None
        if family not in self._built:
            self._built[family] = self.build(family)
        return self._built[family].get(part.column, pd.Series(dtype=float))

    def _predicted(self, part: Part, where: str) -> tuple[pd.Series, str]:
        if self.predictions is None:  # pragma: no cover - only a table that is there is looked up
            raise InputError("there are no predictions", where=where, todo="give --predictions")
        given = sorted(self.predictions["inhibitor"].unique())
        chosen = part.inhibitor or self.inhibitor or (given[0] if len(given) == 1 else None)
        if chosen is None or chosen not in given:
            raise InputError(
                "which inhibitor's predictions?" if chosen is None else f"no predictions for {chosen!r}",
                where=where,
                todo=f"write {part.column}@INHIBITOR, one of: {', '.join(given)}",
            )
        rows = self.predictions[self.predictions["inhibitor"] == chosen].set_index("sample_id")
        return _numbers(rows[part.column], where), chosen

    def _unknown(self, part: Part, where: str) -> InputError:
        if part.table == "matrix" and self.matrix is None:
            return InputError("there is no feature matrix", where=where, todo="give --matrix FILE")
        if self.predictions is None and (part.table == "predictions" or part.inhibitor):
            return InputError("there are no predictions", where=where, todo="give --predictions FILE")
        known = sorted({column for columns in self._columns().values() for column in columns})
        near = difflib.get_close_matches(part.column, known, 5, 0.4)
        return InputError(
            f"no table has a column {part.column!r}",
            where=where,
            todo=f"nearest: {', '.join(near)}" if near else "see `mtorc1 features describe`",
        )


def _family_of(column: str) -> str | None:
    from features.catalogue import describe

    try:
        return describe(column).family
    except InputError:
        return None


def _numbers(column: pd.Series, where: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    bad = numbers.isna() & column.notna()
    if bad.any() or np.isinf(numbers).any():
        raise InputError(
            "holds words, and a marker is a number" if bad.any() else "holds infinite values",
            where=where,
            todo="name it as a --covariate instead" if bad.any() else "mend them, or leave them empty",
        )
    return numbers


def _any_of(parts: Sequence[pd.Series], name: str) -> pd.Series:
    """1 where any is 1, 0 where all are known and 0, else unknown."""
    if not all(is_binary(one) for one in parts):
        raise InputError(
            "joins markers that are not 0 or 1", where=f"--marker {name}", todo="ask for each by itself"
        )
    table = pd.concat(list(parts), axis=1).sort_index()
    any_one = table.max(axis=1) == 1
    return pd.Series(np.where(any_one, 1.0, 0.0), index=table.index)[any_one | table.notna().all(axis=1)]
