"""What commands write: checked before the work begins, written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import InputError
from features.storage import whole_files
from predictor.cli.console import plain

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {".csv": ",", ".tsv": "\t"}
TABLES = (*_SEPARATORS, ".parquet", ".jsonl")
PLOTS = (".png", ".svg", ".pdf")


def check_file(path: Path, endings: Sequence[str]) -> None:
    """Refuse an output file that could not be written, before minutes are spent on what goes into it.

    Raises
    ------
    InputError
        If its ending is unknown, it is a folder, or its folder cannot be written to.
    """
    if not path.name.lower().endswith(tuple(endings)) or path.name.lower() in endings:
        raise InputError("unknown kind of output", where=path, todo=f"end its name in {', '.join(endings)}")
    if path.is_dir():
        raise InputError("is a folder", where=path, todo="give the name of a file")
    _check_parent(path)


def check_apart(path: Path, *inputs: object) -> None:
    """Refuse an output that is also an input: it would be gone.

    Raises
    ------
    InputError
        If it is.
    """
    for given in inputs:
        if isinstance(given, str | Path) and path.exists() and Path(given).exists() and path.samefile(given):
            raise InputError("is also an input", where=path, todo="give the output another name")


def check_folder(path: Path) -> None:
    """Refuse an output folder that could not be made or written to.

    Raises
    ------
    InputError
        If something else has its name, or its place cannot be written to.
    """
    if path.exists() and not path.is_dir():
        raise InputError("is a file, and a folder is to be written", where=path, todo="choose another name")
    _check_parent(path)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write one table; see :func:`write_together`."""
    write_together({path: table_writer(table, path)})


def write_together(writers: dict[Path, Callable[[Path], None]]) -> None:
    """Write several files, none of them before all are complete.

    Parameters
    ----------
    writers
        Target -> a function that fills the file it is given.

    Raises
    ------
    InputError
        If the file system refuses; nothing is left then.
    """
    with whole_files(*writers) as scratch:
        for write, target in zip(writers.values(), scratch, strict=True):
            write(target)


def table_writer(table: pd.DataFrame, path: Path) -> Callable[[Path], None]:
    """A function that writes the table in the form of the path's ending, numbers to the last bit."""
    ending = path.suffix.lower()

    def write(target: Path) -> None:
        if ending == ".parquet":
            table.to_parquet(target, index=False)
        elif ending == ".jsonl":
            lines = (json.dumps(plain(row), ensure_ascii=False) for row in table.to_dict("records"))
            target.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        else:
            table.to_csv(target, sep=_SEPARATORS[ending], index=False, lineterminator="\n")

    return write


def _check_parent(path: Path) -> None:
    parent = Path(os.path.abspath(path)).parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise InputError("is no folder", where=parent, todo="choose another place for the output")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError("cannot be written to", where=parent, todo="choose another place for the output")
