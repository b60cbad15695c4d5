"""Whether every row of a delimited file has as many cells as its header.

A row that lacks a cell is read by pandas as if the last cells were blank: everything behind the gap would be
another column's.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path

from features.errors import InputError
from features.sources.table_files import is_parquet, separator_of


def refuse_ragged(path: Path) -> None:
    """Refuse a table with a row that is longer or shorter than the header.

    Lines before the header that begin with ``#``, blank lines, and lines with quotes (whose cells may hold
    separators) are not judged.

    Raises
    ------
    InputError
        Naming the first such row, how many cells it has, and how many the header.
    """
    if is_parquet(path) or not path.is_file():
        return
    separator = separator_of(path).encode()
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as handle:
            row, cells, header = _first_odd(handle, separator)
    except (OSError, EOFError) as error:
        raise InputError(f"cannot be read ({error})", where=path) from error
    if row:
        raise InputError(
            f"has {cells:,} cells, and the header {header:,}",
            where=f"{path}, row {row}",
            todo="give each row a cell of each column, blank where nothing is known",
        )


def _first_odd(lines: Iterable[bytes], separator: bytes) -> tuple[int, int, int]:
    """Row, its cells and the header's; row 0 if there is none."""
    expected = -1
    for row, line in enumerate(lines, start=1):
        if (
            not line.strip()
            or b'"' in line
            or (expected < 0 and line.lstrip(b"\xef\xbb\xbf").startswith(b"#"))
        ):
            continue
        found = line.count(separator)
        if expected < 0:
            expected = found
        elif found != expected:
            return row, found + 1, expected + 1
    return 0, 0, 0
