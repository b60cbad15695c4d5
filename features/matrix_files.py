"""Feature matrices as files: exact numbers, whole files, and one clear line for whatever cannot be read."""

from __future__ import annotations

import csv
import gzip
import zlib
from pathlib import Path

import pandas as pd

from features.builders import BUILDERS, DEFAULT_FAMILIES
from features.builders.base import EVERY_SAMPLE, NOTE_COLUMNS, Note, notes_frame
from features.catalogue import SET_PREFIX
from features.errors import InputError
from features.matrix_checks import (
    ID,
    check_blocks,
    check_ranges,
    check_shape,
    check_unique,
    numbers,
    unknown_columns,
)
from features.storage import storage_errors, whole_files

SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}


def write(path: Path, values: pd.DataFrame, notes: pd.DataFrame) -> Path:
    """Write values and, beside them, notes; see :meth:`features.matrix.FeatureMatrix.write`."""
    suffix = _suffix(path)
    table = values.rename_axis(index=ID)

    beside = notes_path(path)
    with whole_files(path, beside) as (fresh, fresh_notes):
        if suffix == ".parquet":
            table.reset_index().to_parquet(fresh, index=False)
        else:
            text = table.to_csv(sep=SEPARATORS[suffix], lineterminator="\n").encode()
            # Without a time stamp the same matrix is the same file.
            fresh.write_bytes(gzip.compress(text, mtime=0) if suffix.endswith(".gz") else text)
        if len(notes):
            notes.to_csv(fresh_notes, index=False, lineterminator="\n")
    if not len(notes):
        # Notes of an older matrix of that name would tell of other samples.
        with storage_errors(beside):
            beside.unlink(missing_ok=True)
    return path


def notes_path(path: Path) -> Path:
    """Where the notes of a matrix lie."""
    return path.with_name(path.name + ".notes.csv")


def read(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and notes; see :meth:`features.matrix.FeatureMatrix.read`."""
    table = _parse(path)
    table.columns = table.columns.map(str)
    check_shape(path, table)
    values = numbers(path, table)
    unknown = unknown_columns(path, values)
    values = values.drop(columns=unknown)
    check_blocks(path, values)
    check_ranges(path, values)
    notes = _read_notes(path)
    if unknown:
        note = Note(EVERY_SAMPLE, "unknown columns left out", tuple(unknown))
        notes = pd.concat([notes, notes_frame([("", note)])], ignore_index=True)
    return _all_columns(values), notes


def _suffix(path: Path) -> str:
    name = path.name.lower()
    for suffix in (*SEPARATORS, ".parquet"):
        if name.endswith(suffix):
            return suffix
    raise InputError(
        "unknown kind of file", where=path, todo=f"end its name in {', '.join(SEPARATORS)} or .parquet"
    )


def _parse(path: Path) -> pd.DataFrame:
    suffix = _suffix(path)
    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    try:
        if suffix == ".parquet":
            return pd.read_parquet(path)
        # pandas would give the second of two columns of one name another one.
        header = _header(path, suffix)
        check_unique(path, "column", pd.Index(header))
        _refuse_short_rows(path, suffix, len(header))
        return pd.read_csv(
            path, sep=SEPARATORS[suffix], dtype={ID: str}, float_precision="round_trip", low_memory=False
        )
    except pd.errors.EmptyDataError as error:
        raise InputError("empty table", where=path) from error
    except (ValueError, EOFError, zlib.error) as error:
        # pandas' parser, decoding and Arrow errors are all ValueErrors.
        raise InputError(f"cannot be read as {suffix[1:]} ({error})", where=path) from error
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", where=path) from error


def _refuse_short_rows(path: Path, suffix: str, cells: int) -> None:
    """A row that was cut off; pandas would fill it up with "unknown"."""
    opened = gzip.open if suffix.endswith(".gz") else open
    with opened(path, "rb") as handle:
        for number, line in enumerate(handle, start=1):
            found = line.count(SEPARATORS[suffix].encode()) + 1
            # A quoted cell may hold separators and line ends: pandas has to judge those.
            if b'"' not in line and line.strip() and found < cells:
                raise InputError(
                    f"line {number} has {found:,} cells of {cells:,}", where=path, todo="is the file whole?"
                )


def _header(path: Path, suffix: str) -> list[str]:
    """The first row; read without pandas, which takes half a second to make 5,900 columns of it."""
    opened = gzip.open if suffix.endswith(".gz") else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as handle:
        for row in csv.reader(handle, delimiter=SEPARATORS[suffix]):
            if row:
                return row
    raise pd.errors.EmptyDataError


def _read_notes(path: Path) -> pd.DataFrame:
    beside = notes_path(path)
    if not beside.is_file():
        return notes_frame([])
    try:
        notes = pd.read_csv(beside, dtype=str, keep_default_na=False).astype({"n": int})
    except (ValueError, KeyError, OSError) as error:
        raise InputError(f"cannot be read as notes ({error})", where=beside, todo="remove it") from error
    return notes[list(NOTE_COLUMNS)]


def _all_columns(values: pd.DataFrame) -> pd.DataFrame:
    have = set(values.columns)
    columns: list[str] = []
    for family, builder in BUILDERS.items():
        default = family in DEFAULT_FAMILIES
        columns += [column for column in builder.columns() if default or column in have]
        if family == "gene_sets":
            # A user's sets are known by their columns alone.
            columns += [column for column in values.columns if column.startswith(SET_PREFIX)]
    return values.reindex(columns=columns)
