"""From a table of features to what a bundle's models read, with what is missing named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.builders.rank_normal import MAX_ABSENT_SHARE
from features.catalogue import EXPRESSION_PREFIX, describe
from features.errors import InputError
from features.matrix_checks import check_ranks
from predictor.bundle import Bundle, TargetModel


def align(bundle: Bundle, values: pd.DataFrame) -> np.ndarray:
    """Put a table's columns in the order of the bundle's.

    Parameters
    ----------
    bundle
        The model.
    values
        Index sample_id, columns in any order; those that the bundle does not know are left aside.  A family
        of features that is absent altogether is missing (NaN); of a family that is there every column that a
        model uses is needed, but for up to 25 % of the genes.

    Returns
    -------
    numpy.ndarray
        Shape (n, len(bundle.columns)), float64, NaN where unknown.

    Raises
    ------
    InputError
        If there is no sample, a sample or column occurs twice, a column is missing, a value is no finite
        number, a sample has some of its genes but too few, clonality was computed with other cut-offs than
        at training, or there is nothing that the models know.
    """
    if values.empty:
        raise InputError("there is no sample to score", where="features")
    for what, names in (("sample", values.index), ("column", values.columns)):
        if not names.is_unique:
            raise InputError(f"the {what} {names[names.duplicated()][0]} occurs twice", where="features")
    _require_families(bundle, set(values.columns))
    taken = values.reindex(columns=list(bundle.columns))
    odd = [str(c) for c, kind in taken.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
    if odd:
        raise InputError("values are not numbers", where=f"column {odd[0]}")
    array = taken.to_numpy(np.float64)
    infinite = np.argwhere(np.isinf(array))
    if len(infinite):
        row, column = infinite[0]
        raise InputError(
            "value is infinite",
            where=f"column {bundle.columns[column]}, sample {values.index[row]}",
            todo="leave it empty where it is unknown",
        )
    check_ranks(taken, "features")
    _require_genes(bundle, values.index, array)
    _require_cut_offs(bundle, values)
    return array


#: The family whose features depend on the cut-offs of the variants used.
CLONALITY = "clonality"


@dataclass(frozen=True)
class _Family:
    name: str
    modality: str
    positions: tuple[int, ...]


class MissingInputs:
    """Names what a target's models would use and a sample lacks.

    Parameters
    ----------
    bundle
        The model.
    model
        The target's.
    """

    def __init__(self, bundle: Bundle, model: TargetModel) -> None:
        used = {c for sub in model.submodels.values() for c in (*sub.readable, *sub.wide)}
        self._columns = bundle.columns
        self._positions = np.array([j for j, c in enumerate(bundle.columns) if c in used], dtype=int)
        groups: dict[tuple[str, str], list[int]] = {}
        for k, j in enumerate(self._positions):
            column = bundle.columns[j]
            groups.setdefault((bundle.roles.modality[column], _family(column)), []).append(k)
        self._families = [_Family(family, modality, tuple(at)) for (modality, family), at in groups.items()]

    def __call__(self, values: np.ndarray, available: Mapping[str, np.ndarray]) -> list[str]:
        """Per row of ``values`` (n x the bundle's columns): names joined by ";", "" where nothing is missing.

        A modality of which too little is known to be used is named as a whole, so is a family without any
        value; of the genes the number is given; all else by column.

        Parameters
        ----------
        values
            Shape (n, len(bundle.columns)).
        available
            From :func:`predictor.modalities.availability`.
        """
        absent = ~np.isfinite(values[:, self._positions])
        told: dict[bytes, str] = {}
        names = []
        for i, row in enumerate(absent):
            out = frozenset(modality for modality, rows in available.items() if not rows[i])
            key = row.tobytes() + repr(sorted(out)).encode()
            if key not in told:
                told[key] = ";".join(self._names(row, out))
            names.append(told[key])
        return names

    def _names(self, absent: np.ndarray, without: frozenset[str]) -> list[str]:
        found: dict[str, None] = {}
        for family in self._families:
            at = np.array(family.positions)
            lacking = at[absent[at]]
            if family.modality in without:
                found[family.modality] = None
            elif len(lacking) == len(at) > 1:
                found[family.name] = None
            else:
                found.update(self._columns_named(lacking))
        return list(found)

    def _columns_named(self, lacking: np.ndarray) -> Mapping[str, None]:
        columns = [self._columns[self._positions[k]] for k in lacking]
        genes = sum(c.startswith(EXPRESSION_PREFIX) for c in columns)
        named = {c: None for c in columns if not c.startswith(EXPRESSION_PREFIX)}
        return named | ({f"expression of {genes} genes": None} if genes else {})


def _family(column: str) -> str:
    # The genes are thousands, and of one family: no row of the catalogue needs to be made for each.
    return "expression" if column.startswith(EXPRESSION_PREFIX) else describe(column).family


def _used(bundle: Bundle) -> dict[str, list[str]]:
    """Family to the columns that any model uses."""
    used = {
        c
        for model in bundle.models.values()
        for sub in model.submodels.values()
        for c in (*sub.readable, *sub.wide)
    }
    families: dict[str, list[str]] = {}
    for column in bundle.columns:
        if column in used:
            families.setdefault(_family(column), []).append(column)
    return families


def _require_families(bundle: Bundle, have: set[str]) -> None:
    families = _used(bundle)
    if not any(column in have for columns in families.values() for column in columns):
        raise InputError(
            "no column is a feature that this model knows",
            where="features",
            todo="build the matrix with `mtorc1 features build`",
        )
    for family, columns in families.items():
        lacking = [c for c in columns if c not in have]
        if not lacking or len(lacking) == len(columns):
            continue
        allowed = MAX_ABSENT_SHARE * len(columns) if columns[0].startswith(EXPRESSION_PREFIX) else 0
        if len(lacking) > allowed:
            raise InputError(
                f"{len(lacking)} of {len(columns)} columns are missing: {', '.join(lacking[:5])}",
                where=f"features, family {family}",
                todo="give every column (empty where unknown), or none of the family",
            )


def _require_genes(bundle: Bundle, samples: pd.Index, array: np.ndarray) -> None:
    wide = [j for j, c in enumerate(bundle.columns) if c.startswith(EXPRESSION_PREFIX)]
    if not wide:
        return
    absent = 1 - np.isfinite(array[:, wide]).mean(axis=1)
    # A sample without any gene was not profiled; one with half of them has ranks that mean something else.
    bad = np.flatnonzero((absent > MAX_ABSENT_SHARE) & (absent < 1))
    if len(bad):
        raise InputError(
            f"{absent[bad[0]]:.1%} of the {len(wide):,} genes are missing (at most {MAX_ABSENT_SHARE:.0%})",
            where=f"features, sample {samples[bad[0]]}",
            todo="leave all genes empty where expression was not measured",
        )


def _require_cut_offs(bundle: Bundle, values: pd.DataFrame) -> None:
    """MATH depends on its cut-offs: with others than the model's it is another feature of the same name."""
    if CLONALITY not in _used(bundle):
        return
    for column, asked in (
        ("clonality.min_depth", bundle.settings.min_depth),
        ("clonality.min_vaf", bundle.settings.min_vaf),
    ):
        given = values[column].to_numpy(np.float64) if column in values.columns else np.empty(0)
        other = np.flatnonzero(np.isfinite(given) & (given != asked))
        if len(other):
            raise InputError(
                f"was computed with the cut-off {given[other[0]]:g}, the model was trained with {asked:g}",
                where=f"column {column}, sample {values.index[other[0]]}",
                todo="build the matrix with the model's cut-offs (`mtorc1 features build --help`)",
            )
