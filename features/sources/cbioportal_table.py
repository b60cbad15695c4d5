"""Clinical tables of cBioPortal: their ids, their words, and the columns that we have no name for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from features import schemas
from features.errors import InputError
from features.failures import failure, raise_failures
from features.sources.cbioportal_codes import blanked
from features.sources.table_files import Losses, numbers_of, read_table
from features.sources.table_shape import refuse_ragged

PATIENT, SAMPLE, SAMPLE_TYPE = "PATIENT_ID", "SAMPLE_ID", "SAMPLE_TYPE"


def clinical_table(path: Path, required: tuple[str, ...]) -> pd.DataFrame:
    """A clinical table as text, indexed by the lines of its file.

    The lines before the header begin with ``#``; columns are named in capitals and may come in any order.

    Parameters
    ----------
    path
        Of the table.
    required
        Columns that must be there.

    Raises
    ------
    InputError
        If the file cannot be read, a row is longer or shorter than the header, a column is missing, or two
        differ in capitals alone.
    """
    refuse_ragged(path)
    table = read_table(path)
    table.columns = pd.Index([str(column).strip().upper() for column in table.columns], dtype=object)
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise InputError(
            f"columns {repeated[0]} differ in capitals alone", where=path, todo="keep one of them"
        )
    for column in required:
        if column not in table.columns:
            shown = ", ".join(map(str, table.columns[:6]))
            raise InputError(f"has no column {column} (columns: {shown}, ...)", where=path, todo="add it")
    stripped = table.apply(lambda column: column.str.strip())
    # An id may be called NA-12 but not NA.
    return blanked(stripped)


def check_ids(ids: pd.Series, path: Path, *, unique: bool) -> None:
    """Refuse an id that is missing and, where ``unique``, one that stands in two rows.

    Raises
    ------
    InputError
        Naming the rows and no id: a message may end in a log.
    """
    blank = ids.index[ids.isna()]
    raise_failures([failure(path.name, str(ids.name), blank, [None] * len(blank), "is given")], where=path)
    twins = ids[ids.duplicated(keep=False)]
    if unique and len(twins):
        first, second = twins.index[twins == twins.iloc[0]][:2]
        raise InputError(
            f"rows {first} and {second} have the same {ids.name}",
            where=f"{path}, column {ids.name}",
            todo="keep one of them",
        )


def worded(cells: pd.Series, words: Mapping[str, str]) -> pd.Series:
    """Our word for each cell; missing where there is none.

    Parameters
    ----------
    cells
        Text.
    words
        The source's word in small letters, without blanks, hyphens and brackets -> ours.
    """
    keys = cells.str.casefold().str.replace(r"[\s\-_()]+", "", regex=True)
    return keys.map(dict(words)).astype(object)


def covariates(table: pd.DataFrame, name: str, losses: Losses) -> pd.DataFrame:
    """The other columns, in small letters: numbers where every cell is one, text otherwise."""
    reserved = {rule.name for rule in schemas.TABLES[name]}
    columns: dict[str, pd.Series] = {}
    for column in table.columns:
        clean = re.sub(r"\W+", "_", str(column).strip().lower()).strip("_")
        clean = f"{clean}_as_given" if clean in reserved or clean in columns else clean
        cells = table[column]
        if cells.isna().all():
            continue
        values = numbers_of(cells.astype(object), "point")
        columns[clean] = values if values.notna().equals(cells.notna()) else cells
    empty = [str(column) for column in table.columns if table[column].isna().all()]
    losses.append((f"{name} columns", "no value in any row", empty))
    return pd.DataFrame(columns, index=table.index)
