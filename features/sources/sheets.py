"""One sheet of a workbook (.xlsx) as a table of text, indexed by the sheet's rows."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import InputError
from features.storage import storage_errors

#: What a cell may hold where nothing is known.
BLANKS = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "."})
#: A journal writes a title, and perhaps notes, above the header.
_HEADER_ROWS = 20


def read_sheet(path: Path, sheet: str, *, required: Sequence[str]) -> pd.DataFrame:
    """A sheet as text.

    The header is the first of the uppermost rows that has all required columns, whatever stands above it and
    in whatever order they come.

    Parameters
    ----------
    path
        Of the workbook.
    sheet
        Its name, or how its name begins ("S1" finds "S1_Clinical_and_Immune_Data").
    required
        Columns that must be there.

    Returns
    -------
    pandas.DataFrame
        All columns ``object``: str, or missing where the cell is blank.  The index is the row of the sheet,
        from 1; rows without any value are left out.

    Raises
    ------
    InputError
        If there is no such file, sheet or header, a column stands twice, or the workbook cannot be read.
    """
    import python_calamine

    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    with storage_errors(path):
        try:
            workbook = python_calamine.CalamineWorkbook.from_path(path)
            named = [name for name in workbook.sheet_names if _is_called(name, sheet)]
            if not named:
                found = ", ".join(workbook.sheet_names[:8])
                raise InputError(f"has no sheet {sheet} (sheets: {found})", where=path, todo="check the file")
            rows = list(workbook.get_sheet_by_name(named[0]).iter_rows())
        except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
            raise InputError(f"is not a readable .xlsx workbook ({error})", where=path) from error
    return _table(rows, required, f"{path}, sheet {named[0]}")


def _is_called(name: str, sheet: str) -> bool:
    rest = name.strip().lower().removeprefix(sheet.lower())
    # S1 begins S1_Clinical, but not S10.
    return rest != name.strip().lower() and not rest[:1].isalnum()


def _table(rows: Sequence[Sequence[Any]], required: Sequence[str], where: str) -> pd.DataFrame:
    texts = ([_text(cell) or "" for cell in row] for row in islice(rows, _HEADER_ROWS))
    header, place = next(
        ((row, number) for number, row in enumerate(texts) if set(required) <= set(row)), (None, 0)
    )
    if header is None:
        raise InputError(
            f"no row among the first {_HEADER_ROWS} has the columns {', '.join(required)}",
            where=where,
            todo="keep the names of the columns as they were published",
        )
    named = [number for number, column in enumerate(header) if column]
    repeated = sorted({header[n] for n in named if header.count(header[n]) > 1})
    if repeated:
        raise InputError(f"column {repeated[0]} stands twice", where=where, todo="keep one of them")
    body = [[_text(row[n]) if n < len(row) else None for n in named] for row in rows[place + 1 :]]
    index = pd.RangeIndex(place + 2, place + 2 + len(body))
    table = pd.DataFrame(body, columns=[header[n] for n in named], index=index, dtype=object)
    table = table.dropna(how="all")
    if table.empty:
        raise InputError("is an empty table", where=where, todo="give at least one row")
    return table


def _text(cell: object) -> str | None:
    # A workbook holds whole numbers as 64.0.
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str(cell).strip()
    return None if text in BLANKS else text
