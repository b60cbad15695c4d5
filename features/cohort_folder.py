"""The form of a Cohort on disk: one Parquet file per table, an NPZ of cells, and the sha256 of each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.cells import Cells, read_values, write_values
from features.errors import InputError
from features.schemas import TABLES
from features.storage import sha256_file, storage_errors, whole_folder

FORMAT = "mtorc1-response cohort"
FORMAT_VERSION = 4
HEAD = "cohort.json"
_NAMES = (*TABLES, "expression", "losses")
#: The two files that a cohort with single cells has beside those of its tables.
_CELLS, _CELL_VALUES = "cells.parquet", "cells.npz"
_MENDING = "import the cohort again"


def write(
    folder: Path, head: Mapping[str, Any], tables: Mapping[str, pd.DataFrame], cells: Cells | None
) -> Path:
    """Write tables, cells and description; see :meth:`features.cohort.Cohort.write`."""
    with storage_errors(folder):
        if folder.exists() and not _may_replace(folder):
            raise InputError(
                "already holds something that is not a cohort",
                where=folder,
                todo="choose another folder, or an empty one",
            )
    with whole_folder(folder) as fresh:
        files: dict[str, dict[str, Any]] = {}
        for name in _NAMES:
            path = fresh / f"{name}.parquet"
            # Measured values hardly repeat: a dictionary of them is three times the work for a larger file.
            _stored(name, tables[name]).to_parquet(path, index=False, use_dictionary=name != "expression")
            files[path.name] = {"sha256": sha256_file(path), "rows": len(tables[name])}
        if cells is not None:
            cells.obs.to_parquet(fresh / _CELLS, index=False)
            write_values(cells, fresh / _CELL_VALUES)
            for name in (_CELLS, _CELL_VALUES):
                files[name] = {"sha256": sha256_file(fresh / name), "rows": len(cells)}
        described = {"format": FORMAT, "format_version": FORMAT_VERSION, **head, "files": files}
        (fresh / HEAD).write_text(
            json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    return folder


def read(folder: Path) -> tuple[dict[str, Any], dict[str, pd.DataFrame], Cells | None]:
    """Description, tables and cells, every file verified; see :meth:`features.cohort.Cohort.read`."""
    head = _head(folder)
    files = head.get("files")
    if not isinstance(files, dict):
        raise InputError("lists no files", where=folder / HEAD, todo=_MENDING)
    expected = {f"{name}.parquet" for name in _NAMES}
    with_cells = not {_CELLS, _CELL_VALUES}.isdisjoint(files)
    expected |= {_CELLS, _CELL_VALUES} if with_cells else set()
    with storage_errors(folder):
        present = {path.name for path in folder.iterdir() if not path.name.startswith(".")} - {HEAD}
    for names, problem in (
        (expected - set(files), "is not listed in cohort.json"),
        (set(files) - present, "is missing"),
        (present - set(files), "does not belong to the cohort"),
        (set(files) - expected, "is not a table of this format"),
    ):
        if names:
            raise InputError(problem, where=folder / min(names), todo=_MENDING)
    for name in sorted(expected):
        path = folder / name
        with storage_errors(path):
            found = sha256_file(path)
        if not isinstance(files[name], dict) or found != files[name].get("sha256"):
            raise InputError("was altered: its sha256 is not the recorded one", where=path, todo=_MENDING)
    tables = {name: _loaded(name, folder / f"{name}.parquet") for name in _NAMES}
    return head, tables, _loaded_cells(folder) if with_cells else None


def is_cohort(folder: Path) -> bool:
    """Whether the folder says that it is a cohort (of any version)."""
    try:
        _head(folder, any_version=True)
    except InputError:
        return False
    return True


def _head(folder: Path, *, any_version: bool = False) -> dict[str, Any]:
    path = folder / HEAD
    if not folder.is_dir():
        raise InputError("no such folder", where=folder, todo="give the path of a cohort folder")
    if not path.is_file():
        raise InputError("is not a cohort: it has no cohort.json", where=folder)
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read as JSON ({error})", where=path, todo=_MENDING) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError("does not describe a cohort", where=path)
    version = head.get("format_version")
    if not any_version and version != FORMAT_VERSION:
        raise InputError(
            f"is of format version {version}, this package reads version {FORMAT_VERSION}",
            where=path,
            todo="update mtorc1-response"
            if isinstance(version, int) and version > FORMAT_VERSION
            else _MENDING,
        )
    return head


def _may_replace(folder: Path) -> bool:
    return folder.is_dir() and (is_cohort(folder) or not any(folder.iterdir()))


def _stored(name: str, table: pd.DataFrame) -> pd.DataFrame:
    if name != "expression":
        return table.reset_index(drop=True)
    # Genes as rows: Parquet reads a few hundred long columns much faster than thousands of short ones.
    turned = pd.DataFrame(table.to_numpy().T, columns=[f"s:{sample}" for sample in table.index])
    turned.insert(0, "gene", table.columns.astype(object))
    return turned


def _loaded_cells(folder: Path) -> Cells:
    obs = _parquet(folder / _CELLS)
    try:
        return read_values(folder / _CELL_VALUES, obs)
    except (OSError, ValueError, KeyError) as error:
        raise InputError("cannot be read as cells", where=folder / _CELL_VALUES, todo=_MENDING) from error


def _parquet(path: Path) -> pd.DataFrame:
    import pyarrow

    try:
        return pd.read_parquet(path)
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise InputError("cannot be read as Parquet", where=path, todo=_MENDING) from error


def _loaded(name: str, path: Path) -> pd.DataFrame:
    table = _parquet(path)
    if name == "expression":
        samples = pd.Index(
            [column.removeprefix("s:") for column in table.columns[1:]], name="sample_id", dtype=object
        )
        values = np.ascontiguousarray(table.iloc[:, 1:].to_numpy().T)
        return pd.DataFrame(values, index=samples, columns=pd.Index(table["gene"].to_list(), dtype=object))
    return table
