"""AnnData files (.h5ad) as a Cohort: read in pieces, so that a file may be larger than memory.

The only module that knows anndata and h5py.  What the matrix of a layer holds is read by
:mod:`features.sources.matrix_pieces`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.cells import CELL_SCALES, KINDS, Cells, genes_of_features
from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.identity import approved_symbols
from features.sources.cell_cohort import cohort_of_cells
from features.sources.matrix_pieces import Vector, read_columns, recognised_scale
from features.storage import sha256_file

#: Columns of ``var`` that hold symbols, as tools name them, where the index holds Ensembl ids.
SYMBOL_COLUMNS = (
    "gene_symbols", "gene_symbol", "feature_name", "gene_name", "gene_names", "hgnc_symbol", "symbol",
    "gene_short_name", "Symbol", "SYMBOL",
)  # fmt: skip
_ENSEMBL = re.compile(r"^ENS[A-Z]*G\d{6,}")
_LOOKED_FOR = 'layers["counts"], raw.X, X of whole numbers (counts), X of log1p values'


@dataclass(frozen=True)
class _Layer:
    label: str
    matrix: Any
    var: pd.DataFrame


def import_anndata(
    path: str | Path,
    *,
    sample_column: str = "sample_id",
    layer: str | None = None,
    kind: Literal["rna", "protein"] = "rna",
    scale: str | None = None,
    symbol_column: str | None = None,
    total_column: str | None = None,
    genes: Literal["features", "all"] = "features",
    name: str = "anndata",
    cohort: Cohort | str | Path | None = None,
    home: str | Path | None = None,
) -> Cohort:
    """Make a Cohort of the cells of an AnnData file, or add them to one.

    The file is read in pieces; sparse counts stay sparse.  A cell's ``total`` is the sum over all genes of
    the layer, also of those that are left out.

    Parameters
    ----------
    path
        An .h5ad file.
    sample_column
        Column of ``obs`` that names each cell's sample (patient, line, biopsy).
    layer
        "X", "raw" or a name in ``layers``.  By default the first of ``layers["counts"]``, raw.X and X that
        holds counts, else the first that holds log1p values.
    kind
        "rna", or "protein": then ``scale`` is needed, and the features are antibodies.
    scale
        A key of :data:`features.cells.CELL_SCALES`; by default recognised as counts or log.
    symbol_column
        Column of ``var`` with gene symbols; by default the index, or where that holds Ensembl ids the first
        of :data:`SYMBOL_COLUMNS` that is there.
    total_column
        Column of ``obs`` with all counts of each cell, for a file that holds some of the genes alone.
    genes
        "features": keep the genes that features use; "all": keep every gene.  Of protein all are kept.
    name
        Of the cohort.
    cohort
        A cohort of the same samples (or its name or folder) that gets the cells too.
    home
        As for :func:`features.sources.load`.

    Raises
    ------
    InputError
        One line, if the file is none or lacks what is needed: samples, a layer of counts or log values, gene
        symbols; if a gene occurs twice, or a value contradicts the scale.
    """
    import h5py

    path = Path(path)
    _check_choices(kind, scale, genes)
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        problem = "no such file" if not path.exists() else "is not an .h5ad file (HDF5)"
        raise InputError(problem, where=path, todo="give the path of an AnnData file") from error
    with file:
        obs = _frame(file, "obs", path)
        chosen, found_scale = _choose_layer(file, layer, kind, scale, path)
        features = _feature_names(chosen.var, kind, symbol_column, path)
        kept = _kept(features, genes_of_features() if kind == "rna" and genes == "features" else None, path)
        values, sums = read_columns(
            chosen.matrix, kept, found_scale, keep_dense=kind == "protein", where=f"{path}, {chosen.label}"
        )
    cells = Cells(
        pd.DataFrame(
            {
                "cell_id": obs.index.astype(str),
                "sample_id": _samples(obs, sample_column, path),
                "total": _totals(obs, total_column, sums if found_scale == "counts" else None, path),
            }
        ),
        tuple(features[j] for j in kept),
        values,
        found_scale,
        kind,
    )
    record = SourceRecord(
        f"AnnData {chosen.label}", "as given", path.name, sha256_file(path), len(obs), len(obs)
    )
    return cohort_of_cells(cells, [record], where=path, name=name, cohort=cohort, home=home)


def _check_choices(kind: str, scale: str | None, genes: str) -> None:
    for what, given, known in (
        ("kind of cells", kind, KINDS),
        ("scale of cells", scale, (None, *CELL_SCALES)),
        ("choice of genes", genes, ("features", "all")),
    ):
        if given not in known:
            raise InputError(
                f"unknown {what} {given!r}", todo=f"use one of {', '.join(k for k in known if k)}"
            )
    if kind == "protein" and scale is None:
        raise InputError(
            "the scale of protein intensities cannot be recognised",
            todo="state linear (as measured), arcsinh or counts",
        )


def _frame(file: Any, name: str, path: Path) -> pd.DataFrame:
    from anndata.io import read_elem

    if name not in file:
        raise InputError(f"holds no {name}: not an AnnData file", where=path)
    found = read_elem(file[name])
    if not isinstance(found, pd.DataFrame):
        raise InputError(
            f"{name} is in the form of an old anndata", where=path, todo="write it anew with anndata >= 0.8"
        )
    return found


def _choose_layer(
    file: Any, layer: str | None, kind: str, scale: str | None, path: Path
) -> tuple[_Layer, str]:
    """The layer to read, and its scale."""
    there = _layers(file, path)
    if layer is not None:
        if layer not in there:
            raise InputError(f"no layer {layer!r}", where=path, todo=f"there are: {', '.join(there)}")
        candidates = [there[layer]]
    else:
        candidates = [there[key] for key in ("counts", "raw", "X") if key in there]
    if kind == "protein" or (layer is not None and scale is not None):
        if not candidates:
            raise InputError("holds no values", where=path, todo=f"looked for {_LOOKED_FOR}")
        stated = scale or "linear"
        # Intensities are in X unless told otherwise; counts wherever they are.
        return (candidates[0] if stated == "counts" else candidates[-1]), stated
    base = _log_base(file)
    scales = [recognised_scale(candidate.matrix) for candidate in candidates]
    for wanted in ("counts", "log") if scale is None else (scale,):
        if wanted in scales:
            found = candidates[scales.index(wanted)]
            if wanted == "log" and base not in (None, np.e):
                raise InputError(
                    f"{found.label} holds logarithms to base {base:g}",
                    where=path,
                    todo="give the layer of counts, or natural logarithms (log1p)",
                )
            return found, wanted
    looked = "; ".join(
        f"{c.label} is {s or 'neither counts nor log1p'}" for c, s in zip(candidates, scales, strict=True)
    )
    raise InputError(
        f"no layer of raw counts or log values ({looked or 'no values at all'})",
        where=path,
        todo=f"looked for {_LOOKED_FOR}; name one with `layer` and `scale`",
    )


def _layers(file: Any, path: Path) -> dict[str, _Layer]:
    """What holds values: X, raw and each of layers, by the name that ``layer`` takes."""
    found: dict[str, _Layer] = {}
    var = _frame(file, "var", path)
    for key in file.get("layers", {}):
        found[key] = _Layer(f'layers["{key}"]', _matrix(file["layers"][key]), var)
    if "raw" in file and "X" in file["raw"]:
        found["raw"] = _Layer("raw.X", _matrix(file["raw"]["X"]), _frame(file["raw"], "var", path))
    if "X" in file:
        found["X"] = _Layer("X", _matrix(file["X"]), var)
    return {key: one for key, one in found.items() if one.matrix is not None}


def _matrix(element: Any) -> Any:
    """A matrix on disk that gives slices: h5py's if dense, anndata's if sparse; None for nothing (no X)."""
    import h5py
    from anndata.io import sparse_dataset

    if isinstance(element, h5py.Dataset):
        return element if len(element.shape or ()) == 2 else None
    return sparse_dataset(element)


def _log_base(file: Any) -> float | None:
    """Base of the logarithm that scanpy noted, e where it noted none; None if it noted no logarithm."""
    from anndata.io import read_elem

    uns = file.get("uns", {})
    if "log1p" not in uns:
        return None
    told = read_elem(uns["log1p"])
    base = told.get("base") if isinstance(told, dict) else None
    return float(np.e) if base is None else float(base)


def _feature_names(var: pd.DataFrame, kind: str, column: str | None, path: Path) -> list[str]:
    """Names of the columns: antibodies as given, genes by approved symbol."""
    if column is not None and column not in var.columns:
        raise InputError(
            f"var has no column {column!r}", where=path, todo=f"it has: {', '.join(map(str, var.columns))}"
        )
    names = [str(n).strip() for n in (var.index if column is None else var[column])]
    if kind == "protein":
        return names
    if column is None and sum(bool(_ENSEMBL.match(n)) for n in names) > len(names) / 2:
        found = next((c for c in SYMBOL_COLUMNS if c in var.columns), None)
        if found is None:
            raise InputError(
                f"genes are named by Ensembl ids ({names[0]}) and var has no column of symbols",
                where=path,
                todo="add HGNC symbols to var and name the column with `symbol_column`",
            )
        names = [str(n).strip() for n in var[found]]
    changed = approved_symbols(dict.fromkeys(names))[1]
    return [changed.get(n, n) for n in names]


def _kept(features: Sequence[str], wanted: Collection[str] | None, path: Path) -> npt.NDArray[np.intp]:
    """Positions of the features to keep."""
    kept = [j for j, feature in enumerate(features) if wanted is None or feature in wanted]
    if not kept:
        raise InputError(
            f"none of the genes that features use is among its {len(features)} ({', '.join(features[:3])})",
            where=path,
            todo="give human genes by HGNC symbol, or name their column with `symbol_column`",
        )
    names = pd.Index([features[j] for j in kept])
    if not names.is_unique:
        raise InputError(
            f"gene {names[names.duplicated()][0]} occurs twice", where=path, todo="keep one column each"
        )
    return np.array(kept, dtype=np.intp)


def _samples(obs: pd.DataFrame, column: str, path: Path) -> list[str]:
    if column not in obs.columns:
        raise InputError(
            f"obs has no column {column!r}",
            where=path,
            todo=f"name the column of samples; it has: {', '.join(map(str, obs.columns))}",
        )
    lacking = obs[column].isna().to_numpy()
    if lacking.any():
        raise InputError(f"cell {obs.index[lacking][0]} has no sample", where=f"{path}, obs column {column}")
    return [str(sample).strip() for sample in obs[column]]


def _totals(obs: pd.DataFrame, column: str | None, sums: Vector | None, path: Path) -> Vector:
    """All counts of each cell; NaN where the values are no counts."""
    if column is None:
        return np.full(len(obs), np.nan) if sums is None else sums
    if column not in obs.columns:
        raise InputError(f"obs has no column {column!r}", where=path)
    numbers = pd.to_numeric(obs[column].astype(object), errors="coerce").to_numpy(dtype=float)
    if np.isnan(numbers).any():
        cell = obs.index[np.isnan(numbers)][0]
        raise InputError(f"the total of cell {cell} is no number", where=f"{path}, obs column {column}")
    return numbers
