"""Reading a user's table, with errors that name file, column and row."""

from __future__ import annotations

import csv
import gzip
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TypeVar

import pandas as pd

from features.errors import InputError

_T = TypeVar("_T")
_UNREADABLE = (
    pd.errors.ParserError,
    pd.errors.ParserWarning,
    pd.errors.EmptyDataError,
    UnicodeDecodeError,
    EOFError,
    zlib.error,
    csv.Error,
)


def separator_of(path: Path) -> str:
    """The separator that a file's name promises: comma for .csv and .csv.gz, tab for anything else."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return "," if suffixes[-1:] == [".csv"] else "\t"


def is_parquet(path: Path) -> bool:
    """Whether the file's name ends in .parquet."""
    return path.suffix.lower() == ".parquet"


def read_table(path: str | Path, *, required: Iterable[str] = ()) -> pd.DataFrame:
    """A delimited (or Parquet) table as text, indexed by the line of the file that each row stands on.

    Lines before the header that begin with ``#`` are skipped.

    Parameters
    ----------
    path
        .csv is separated by commas, anything else by tabs; .gz is decompressed; .parquet is read as Parquet.
    required
        Columns that must be there.

    Returns
    -------
    pandas.DataFrame
        All columns ``object``: str, or missing where the cell is empty.

    Raises
    ------
    InputError
        If the file is missing or unreadable, has one column only (a wrong separator), a repeated or missing
        column, or no rows.
    """
    path = Path(path)
    if is_parquet(path):
        table = read_parquet(path)
        text = table.astype(object).where(table.notna(), None)
        table = text.map(lambda value: None if value is None else str(value)).reset_index(drop=True)
        skipped = -1
        check_header([str(column) for column in table.columns], path)
    else:
        header, skipped = read_header(path, comments=True)
        check_header(header, path)
        table = read_delimited(path, skiprows=skipped, dtype=str)
    missing = [column for column in required if column not in table.columns]
    if missing:
        found = ", ".join(str(column) for column in table.columns[:8])
        raise InputError(
            f"has no column {missing[0]} (columns: {found}, ...)", where=path, todo="rename or add it"
        )
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one row")
    # The header stands on line skipped + 1, so the first row on the line after it.
    table.index = table.index + skipped + 2
    return table


def read_header(path: Path, *, skip: int = 0, comments: bool = False) -> tuple[list[str], int]:
    """The cells of a file's header line, and the number of lines before it."""

    def take(handle: IO[str]) -> tuple[list[str], int]:
        for _ in range(skip):
            handle.readline()
        skipped = skip
        line = handle.readline()
        while comments and line.startswith("#"):
            line = handle.readline()
            skipped += 1
        if not line.strip():
            raise InputError("is an empty table", where=path, todo="give at least one row")
        cells = next(csv.reader([line.rstrip("\r\n")], delimiter=separator_of(path)))
        return [cell.strip().removeprefix("\ufeff") for cell in cells], skipped

    return _guarded(path, lambda: _with_text(path, take))


def check_header(header: list[str], path: Path) -> None:
    """Refuse a header of one column (a wrong separator) and repeated columns.

    Raises
    ------
    InputError
        Naming the file and the first repeated column.
    """
    if len(header) < 2:
        word = {",": "commas", "\t": "tabs"}[separator_of(path)]
        raise InputError(
            f"has one column only where {word} should separate several",
            where=path,
            todo="save it separated by tabs as .tsv, or by commas as .csv",
        )
    repeated = [name for name, count in Counter(header).items() if count > 1]
    if repeated:
        raise InputError(
            f"{len(repeated)} columns occur more than once: {', '.join(repeated[:5])}",
            where=path,
            todo="keep one of each",
        )


def read_delimited(
    path: Path, *, skiprows: int = 0, dtype: type | dict[str, type] | None = None
) -> pd.DataFrame:
    """A delimited file as pandas reads it; blank lines are left out, the index counts lines after the header.

    Raises
    ------
    InputError
        If the file cannot be read, or a row is longer or shorter than the header.
    """

    def read() -> pd.DataFrame:
        with warnings.catch_warnings():
            # pandas only warns when rows are longer than the header, and cuts them off.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return pd.read_csv(
                path, sep=separator_of(path), skiprows=skiprows, dtype=dtype, low_memory=False,
                encoding="utf-8-sig", index_col=False, skip_blank_lines=False,
            )  # fmt: skip

    table = _guarded(path, read)
    table.columns = [str(column).strip() for column in table.columns]
    return table.dropna(how="all")


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file, every unreadable one an ``InputError``."""
    import pyarrow

    try:
        return _guarded(path, lambda: pd.read_parquet(path))
    except pyarrow.ArrowException as error:
        raise InputError("cannot be read as Parquet", where=path) from error


def _with_text(path: Path, take: Callable[[IO[str]], _T]) -> _T:
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as handle:
            return take(handle)
    with path.open("r", encoding="utf-8", newline="") as handle:
        return take(handle)


def _guarded(path: Path, read: Callable[[], _T]) -> _T:
    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    try:
        return read()
    except _UNREADABLE as error:
        raise InputError(f"cannot be read as a table ({error})", where=path) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", where=path) from error
