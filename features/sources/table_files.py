"""Reading a user's table, with errors that name file, column and row."""

from __future__ import annotations

import csv
import gzip
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar

import pandas as pd

from features.errors import InputError

_T = TypeVar("_T")
#: How a file writes decimals -> the character.
DECIMALS: Mapping[str, str] = {"point": ".", "comma": ","}
#: Blank besides the empty cell and pandas' own (NA, NaN, null, ...): many variant callers write a dot.
BLANKS = (".",)
_PIECE = 1 << 24
Losses = list[tuple[str, str, list[str]]]
_UNREADABLE = (
    pd.errors.ParserError,
    pd.errors.ParserWarning,
    pd.errors.EmptyDataError,
    UnicodeDecodeError,
    EOFError,
    zlib.error,
    csv.Error,
)


@dataclass(frozen=True, eq=False)
class Reading:
    """What was made of one file.

    Attributes
    ----------
    table
        Of the form that each reader says.
    read_as
        What was recognised, in words that a user can check: kind, scale, which way round, which columns.
    losses
        (stage, reason, names) of whatever was left out, changed or not understood.
    rows_in
        Rows of the file (samples, of a matrix).
    """

    table: pd.DataFrame
    read_as: str
    losses: Losses
    rows_in: int


def decimal_character(decimal: str) -> str:
    """The character of a key of :data:`DECIMALS`.

    Raises
    ------
    InputError
        If there is no such key.
    """
    if decimal not in DECIMALS:
        raise InputError(f"unknown decimal {decimal!r}", todo=f"use one of {', '.join(DECIMALS)}")
    return DECIMALS[decimal]


def numbers_of(text: pd.Series, decimal: str) -> pd.Series:
    """Numbers as float64, NaN where the text is missing or none."""
    text = text.str.strip()
    if decimal_character(decimal) != ".":
        text = text.str.replace(decimal_character(decimal), ".", regex=False)
    return pd.to_numeric(text, errors="coerce").astype(float)


def column_names(path: Path) -> list[str]:
    """The columns of a delimited (or Parquet) table, after the lines that begin with ``#``.

    Raises
    ------
    InputError
        If the file is missing or unreadable.
    """
    if is_parquet(path):
        return [str(column) for column in read_parquet(path).columns]
    return read_header(path, comments=True)[0]


def separator_of(path: Path) -> str:
    """The separator that a file's name promises: comma for .csv and .csv.gz, tab for anything else."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    return "," if suffixes[-1:] == [".csv"] else "\t"


def is_parquet(path: Path) -> bool:
    """Whether the file's name ends in .parquet."""
    return path.suffix.lower() == ".parquet"


def read_table(
    path: str | Path, *, required: Iterable[str] = (), names: Collection[str] | None = None
) -> pd.DataFrame:
    """A delimited (or Parquet) table as text, indexed by the line of the file that each row stands on.

    Lines before the header that begin with ``#`` are skipped.

    Parameters
    ----------
    path
        .csv is separated by commas, anything else by tabs; .gz is decompressed; .parquet is read as Parquet.
    required
        Columns that must be there.
    names
        Columns to read, however their letters' case is; they get these very names.  By default all are read,
        as they are named.

    Returns
    -------
    pandas.DataFrame
        All columns ``object``: str, or missing where the cell is blank (empty, ``.``, ``NA`` and the like).

    Raises
    ------
    InputError
        If the file is missing or unreadable, has one column only (a wrong separator), a repeated or missing
        column, or no rows.
    """
    path = Path(path)
    if is_parquet(path):
        table = read_parquet(path)
        table.columns = pd.Index(_renamed([str(column) for column in table.columns], names))
        header = list(table.columns)
        check_header(header, path)
        table = table[[name for name in header if names is None or name in names]]
        text = table.astype(object).where(table.notna(), None)
        table = text.map(lambda value: None if value is None else str(value)).reset_index(drop=True)
        table = table.mask(table.isin(BLANKS), None)
        skipped = -1
    else:
        header, skipped = read_header(path, comments=True)
        check_header(header, path)
        header = _renamed(header, names)
        kept = [name for name in header if names is None or name in names]
        # A MAF has a hundred columns more than it takes.  To leave them out is quick, but then pandas does
        # not find rows that are too long; where there may be some all columns are read.
        some = len(kept) < len(header) and _is_regular(path, len(header), skipped)
        dtypes = dict.fromkeys(header, "category") | dict.fromkeys(kept, "str")
        columns = kept if some else None
        table = read_delimited(path, header, skiprows=skipped, dtype=dtypes, columns=columns)[kept]
    missing = [column for column in required if column not in header]
    if missing:
        found = ", ".join(header[:8])
        raise InputError(
            f"has no column {missing[0]} (columns: {found}, ...)", where=path, todo="rename or add it"
        )
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one row")
    # The header stands on line skipped + 1, so the first row on the line after it.
    table.index = table.index + skipped + 2
    return table


def _is_regular(path: Path, n_columns: int, skipped: int) -> bool:
    """Whether all lines together have as many separators as rows of the header's length do, and no quotes."""
    separator = separator_of(path).encode()

    def count() -> bool:
        separators = lines = 0
        last = b"\n"
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as handle:
            for _ in range(skipped):
                handle.readline()
            while piece := handle.read(_PIECE):
                if b'"' in piece:
                    return False
                separators += piece.count(separator)
                lines += piece.count(b"\n")
                last = piece
        return separators == (n_columns - 1) * (lines + (not last.endswith(b"\n")))

    return _guarded(path, count)


def _renamed(header: list[str], names: Collection[str] | None) -> list[str]:
    """The header with the columns of ``names`` named so, unless one is named so already."""
    known = {name.lower(): name for name in names or ()}
    renamed: list[str] = []
    for column in header:
        name = known.get(column.lower(), column)
        renamed.append(column if name in header or name in renamed else name)
    return renamed


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
        return [cell.strip() for cell in cells], skipped

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
    path: Path,
    header: list[str],
    *,
    skiprows: int = 0,
    dtype: dict[str, str] | None = None,
    columns: list[str] | None = None,
    decimal: str = "point",
) -> pd.DataFrame:
    """A delimited file as pandas reads it; blank lines are left out, the index counts lines after the header.

    Parameters
    ----------
    path
        Of a file that :func:`separator_of` knows how to cut.
    header
        Names of its columns, as :func:`read_header` gives them.
    skiprows
        Lines before the header.
    dtype
        Of the columns; the others are guessed.
    columns
        To read; by default all.  Rows that are too long are found only among all.
    decimal
        A key of :data:`DECIMALS`.

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
                path, sep=separator_of(path), header=0, names=header, skiprows=skiprows, dtype=dtype,
                low_memory=False, encoding="utf-8-sig", index_col=False, skip_blank_lines=False,
                na_values=list(BLANKS), decimal=decimal_character(decimal), usecols=columns,
            )  # fmt: skip

    return _guarded(path, read).dropna(how="all")


def read_parquet(path: Path) -> pd.DataFrame:
    """A Parquet file, every unreadable one an ``InputError``."""
    import pyarrow

    try:
        return _guarded(path, lambda: pd.read_parquet(path))
    except pyarrow.ArrowException as error:
        raise InputError("cannot be read as Parquet", where=path) from error


def _with_text(path: Path, take: Callable[[IO[str]], _T]) -> _T:
    if path.suffix.lower() == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as handle:
            return take(handle)
    with path.open("r", encoding="utf-8-sig", newline="") as handle:
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
