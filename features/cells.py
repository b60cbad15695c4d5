"""Cells: what was measured in single cells of the samples of one study; sparse stays sparse."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from features.errors import InputError
from features.identity import approved_symbols
from features.knowledge import knowledge_table

#: Scale -> what a value is.  Linear scales (never negative) carry CV and Gini, the others do not.
CELL_SCALES = {
    "counts": "molecules or reads of a gene in a cell",
    "log": "logarithm of a depth-normalised count (such as scanpy's log1p)",
    "linear": "intensity of a marker, not transformed",
    "arcsinh": "arcsinh of an intensity over a cofactor (5 for mass cytometry)",
}
LINEAR_SCALES = ("counts", "linear")
KINDS = ("rna", "protein")
_ID_COLUMNS = ("cell_id", "sample_id")


@dataclass(frozen=True, eq=False)
class Cells:
    """Single cells x features, on one scale.

    Attributes
    ----------
    obs
        One row a cell: cell_id (unique within its sample), sample_id, ``total`` (all counts of the cell, of
        genes that were left out here too; NaN where that means nothing) and any further columns.
    features
        HGNC symbols (``rna``) or names of antibodies (``protein``), unique.
    values
        Cells x features: CSR of float32, or an array.
    scale
        A key of :data:`CELL_SCALES`.
    kind
        One of :data:`KINDS`.
    """

    obs: pd.DataFrame
    features: tuple[str, ...]
    values: sparse.csr_matrix | np.ndarray
    scale: str
    kind: str

    def __len__(self) -> int:
        return len(self.obs)

    def of(self, sample_id: str) -> Cells:
        """The cells of one sample, in their order."""
        return self.where((self.obs["sample_id"] == sample_id).to_numpy())

    def where(self, chosen: np.ndarray) -> Cells:
        """The cells of a mask of shape (n_cells,)."""
        kept = self.obs[chosen].reset_index(drop=True)
        return Cells(kept, self.features, self.values[np.flatnonzero(chosen)], self.scale, self.kind)

    def columns(self, names: Collection[str]) -> Cells:
        """The features that are among ``names``, in our order; ``total`` stays that of the whole cell."""
        at = [j for j, feature in enumerate(self.features) if feature in names]
        kept = tuple(self.features[j] for j in at)
        return Cells(self.obs, kept, self.values[:, at], self.scale, self.kind)


@cache
def genes_of_features() -> frozenset[str]:
    """Approved symbols of the genes that features of cells may use: curated signatures and the network."""
    listed = [*knowledge_table("signatures")["gene"], *knowledge_table("network_genes")["gene"]]
    return frozenset(approved_symbols(dict.fromkeys(listed))[0])


def checked(cells: Cells, samples: Collection[str]) -> Cells:
    """The same cells, with their columns in order and of the right type.

    Raises
    ------
    InputError
        If ids are missing, repeated or of no sample, shapes disagree, scale or kind is unknown, a value is
        negative on a linear scale, no whole number among counts, or not finite, or a cell's total is less
        than the counts listed.
    """
    where = "cells"
    if cells.kind not in KINDS or cells.scale not in CELL_SCALES:
        raise InputError(
            f"unknown kind or scale of cells: {cells.kind!r}, {cells.scale!r}",
            where=where,
            todo=f"kinds: {', '.join(KINDS)}; scales: {', '.join(CELL_SCALES)}",
        )
    lacking = [column for column in _ID_COLUMNS if column not in cells.obs.columns]
    if lacking:
        raise InputError(f"lack the column {lacking[0]}", where=where)
    obs = cells.obs.reset_index(drop=True)
    for column in _ID_COLUMNS:
        if obs[column].isna().any():
            raise InputError(
                f"{column} is missing", where=f"{where}, row {int(obs[column].isna().to_numpy().argmax())}"
            )
        obs[column] = obs[column].astype(str)
    twice = obs.duplicated(list(_ID_COLUMNS)).to_numpy()
    if twice.any():
        cell = obs[twice].iloc[0]
        raise InputError(f"cell {cell.cell_id} of sample {cell.sample_id} occurs twice", where=where)
    stray = sorted(set(obs["sample_id"]) - set(samples))
    if stray:
        raise InputError(f"sample {stray[0]} is not in samples", where=where)
    if cells.values.shape != (len(obs), len(cells.features)):
        raise InputError(
            f"{cells.values.shape[0]} x {cells.values.shape[1]} values for {len(obs)} cells and "
            f"{len(cells.features)} features",
            where=where,
        )
    names = pd.Index(cells.features)
    if not names.is_unique:
        raise InputError(
            f"feature {names[names.duplicated()][0]} occurs twice", where=where, todo="keep one column each"
        )
    _check_values(cells)
    total = obs["total"] if "total" in obs.columns else pd.Series(np.nan, index=obs.index)
    obs["total"] = pd.to_numeric(total, errors="coerce").astype(float)
    if cells.scale == "counts":
        _check_totals(cells, obs)
    first = [*_ID_COLUMNS, "total"]
    return Cells(
        obs[[*first, *(c for c in obs.columns if c not in first)]],
        tuple(str(name) for name in cells.features),
        sparse.csr_matrix(cells.values) if sparse.issparse(cells.values) else np.asarray(cells.values),
        cells.scale,
        cells.kind,
    )


def write_values(cells: Cells, path: Path) -> None:
    """Write features, values, scale and kind as an NPZ of plain arrays."""
    parts: dict[str, Any] = {
        "features": np.array(cells.features, dtype=np.str_),
        "scale": np.array(cells.scale),
        "kind": np.array(cells.kind),
    }
    if sparse.issparse(cells.values):
        csr = sparse.csr_matrix(cells.values)
        parts |= {"data": csr.data, "indices": csr.indices, "indptr": csr.indptr}
    else:
        parts["dense"] = cells.values
    with path.open("wb") as handle:
        np.savez(handle, **parts)


def read_values(path: Path, obs: pd.DataFrame) -> Cells:
    """Read what :func:`write_values` wrote; nothing in it is executed.

    Raises
    ------
    ValueError, KeyError
        If the file is not such an NPZ.
    """
    with np.load(path, allow_pickle=False) as parts:
        features = tuple(str(name) for name in parts["features"])
        if "dense" in parts:
            values: Any = parts["dense"]
        else:
            shape = (len(obs), len(features))
            values = sparse.csr_matrix((parts["data"], parts["indices"], parts["indptr"]), shape=shape)
        return Cells(obs, features, values, str(parts["scale"]), str(parts["kind"]))


def _check_totals(cells: Cells, obs: pd.DataFrame) -> None:
    listed = np.asarray(cells.values.sum(axis=1, dtype=float)).ravel()
    low = obs["total"].to_numpy() < listed
    if low.any():
        cell = obs[low].iloc[0]
        raise InputError(
            f"cell {cell.cell_id} of sample {cell.sample_id} has a total of {cell.total:g} but "
            f"{listed[low][0]:g} counts",
            where="cells, column total",
            todo="give the total over all genes of the cell",
        )


def _check_values(cells: Cells) -> None:
    stored = cells.values.data if sparse.issparse(cells.values) else cells.values
    stored = np.asarray(stored)
    if not np.isfinite(stored).all():
        raise InputError("a value is missing or infinite", where="cells", todo="leave such cells out")
    if cells.scale in LINEAR_SCALES and stored.size and stored.min() < 0:
        raise InputError(
            f"the scale is {cells.scale} but a value is negative ({stored.min():g})",
            where="cells",
            todo="state the scale that the values are on",
        )
    if cells.scale == "counts" and np.any(stored % 1):
        raise InputError(
            "the scale is counts but a value is no whole number",
            where="cells",
            todo="give the layer of raw counts, or state another scale",
        )
