"""Feature matrices as files: exact numbers, whole files, and one clear line for whatever cannot be read."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.builders import BUILDERS, DEFAULT_FAMILIES
from features.builders.base import EVERY_SAMPLE, NOTE_COLUMNS, Note, notes_frame
from features.builders.rank_normal import MAX_ABSENT_SHARE
from features.catalogue import catalogue_rows, without_row
from features.errors import InputError
from features.storage import storage_errors

ID = "sample_id"
SEPARATORS = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
#: Columns that look like ours but that we do not know; beyond this share the file is not what it seems.
MAX_UNKNOWN_SHARE = 0.05


def write(path: Path, values: pd.DataFrame, notes: pd.DataFrame) -> Path:
    """Write values and, beside them, notes; see :meth:`features.matrix.FeatureMatrix.write`."""
    suffix = _suffix(path)
    table = values.rename_axis(index=ID)

    def put(target: Path) -> None:
        if suffix == ".parquet":
            table.reset_index().to_parquet(target, index=False)
        else:
            text = table.to_csv(sep=SEPARATORS[suffix], lineterminator="\n").encode()
            # Without a time stamp the same matrix is the same file.
            target.write_bytes(gzip.compress(text, mtime=0) if suffix.endswith(".gz") else text)

    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _whole(path, put)
        beside = notes_path(path)
        # Notes of an older matrix of that name would tell of other samples.
        beside.unlink(missing_ok=True)
        if len(notes):
            _whole(beside, lambda target: notes.to_csv(target, index=False, lineterminator="\n"))
    return path


def notes_path(path: Path) -> Path:
    """Where the notes of a matrix lie."""
    return path.with_name(path.name + ".notes.csv")


def read(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Values and notes; see :meth:`features.matrix.FeatureMatrix.read`."""
    table = _parse(path)
    table.columns = table.columns.map(str)
    _check_shape(path, table)
    values = _numbers(path, table)
    unknown = _unknown_columns(path, values)
    values = values.drop(columns=unknown)
    _check_blocks(path, values)
    _check_ranges(path, values)
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


def _whole(path: Path, put: Callable[[Path], None]) -> None:
    """Fill a temporary sibling, then give it the name in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    scratch = Path(name)
    try:
        put(scratch)
        # mkstemp makes files that only their owner reads; a result has the rights of any new file.
        mask = os.umask(0)
        os.umask(mask)
        scratch.chmod(0o666 & ~mask)
        os.replace(scratch, path)
    finally:
        scratch.unlink(missing_ok=True)


def _parse(path: Path) -> pd.DataFrame:
    suffix = _suffix(path)
    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    try:
        if suffix == ".parquet":
            return pd.read_parquet(path)
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


def _check_shape(path: Path, table: pd.DataFrame) -> None:
    if table.shape[1] == 1:
        raise InputError(
            f"only one column, {table.columns[0][:60]!r}",
            where=path,
            todo="check the separator against the file's ending",
        )
    if table.columns[0] != ID:
        raise InputError(f"first column is {table.columns[0]!r}", where=path, todo=f"name it {ID}")
    if table.empty:
        raise InputError("empty table", where=path)
    if table[ID].isna().any():
        row = int(np.flatnonzero(table[ID].isna())[0])
        raise InputError("sample_id is missing", where=f"{path}, row {row + 1}")
    for what, names in (("column", table.columns), ("sample", pd.Index(table[ID].astype(str)))):
        if not names.is_unique:
            twice = names[names.duplicated()].unique()
            raise InputError(
                f"duplicate {what}: {', '.join(twice[:5])}",
                where=path,
                todo=f"keep one row a {what}" if what == "sample" else f"keep one {what} a feature",
            )


def _numbers(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """All but the sample ids as float64."""
    body = table.drop(columns=ID).set_axis(pd.Index(table[ID].astype(str), name=ID, dtype=object))
    for column in body.columns[[not pd.api.types.is_numeric_dtype(dtype) for dtype in body.dtypes]]:
        numbers = pd.to_numeric(body[column], errors="coerce")
        bad = numbers.isna() & body[column].notna()
        if bad.any():
            sample = body.index[bad][0]
            raise InputError(
                f"value {str(body[column][bad].iloc[0])[:40]!r} is not a number",
                where=f"{path}, column {column}, sample {sample}",
            )
        body[column] = numbers
    values = body.astype(float)
    infinite = np.argwhere(np.isinf(values.to_numpy()))
    if len(infinite):
        row, position = infinite[0]
        raise InputError(
            "value is infinite",
            where=f"{path}, column {values.columns[position]}, sample {values.index[row]}",
            todo="leave it empty where it is unknown",
        )
    return values


def _unknown_columns(path: Path, values: pd.DataFrame) -> list[str]:
    """Columns to leave out; refused if they are many or not named as features are."""
    unknown = without_row(values.columns)
    prefixes = {row.name.split(".")[0] for row in catalogue_rows()}
    foreign = [column for column in unknown if "." not in column or column.split(".")[0] not in prefixes]
    if foreign:
        raise InputError(
            f"{len(foreign)} columns are no features: {', '.join(foreign[:5])}",
            where=path,
            todo="leave them out; `mtorc1 features describe` lists the features",
        )
    if len(unknown) > MAX_UNKNOWN_SHARE * values.shape[1]:
        raise InputError(
            f"{len(unknown)} of {values.shape[1]} columns are unknown (at most {MAX_UNKNOWN_SHARE:.0%}): "
            f"{', '.join(unknown[:5])}",
            where=path,
            todo="was the matrix built by another version?",
        )
    return unknown


def _check_blocks(path: Path, values: pd.DataFrame) -> None:
    have = set(values.columns)
    for family, builder in BUILDERS.items():
        columns = builder.columns()
        lacking = [column for column in columns if column not in have]
        if len(lacking) == len(columns):
            continue
        if family == "expression":
            _check_genes(path, values, columns)
        elif lacking:
            raise InputError(
                f"family {family} lacks {len(lacking)} of {len(columns)} columns: {', '.join(lacking[:5])}",
                where=path,
                todo="give every column (empty where unknown), or none of the family",
            )


def _check_genes(path: Path, values: pd.DataFrame, columns: Sequence[str]) -> None:
    share = values.reindex(columns=list(columns)).isna().mean(axis=1)
    # A sample without any value was not profiled; one with half of them has ranks that mean something else.
    bad = share.index[(share > MAX_ABSENT_SHARE) & (share < 1)]
    if len(bad):
        raise InputError(
            f"sample {bad[0]} lacks {share[bad[0]]:.1%} of the {len(columns):,} expr columns "
            f"(at most {MAX_ABSENT_SHARE:.0%})",
            where=path,
        )


def _check_ranges(path: Path, values: pd.DataFrame) -> None:
    for row in catalogue_rows():
        if row.name not in values.columns:
            continue
        column = values[row.name].to_numpy()
        low = -np.inf if row.low is None else row.low
        high = np.inf if row.high is None else row.high
        for position in np.flatnonzero((column < low - 1e-9) | (column > high + 1e-9))[:1]:
            raise InputError(
                f"value {column[position]:g} is outside {low:g} to {high:g}",
                where=f"{path}, column {row.name}, sample {values.index[position]}",
            )


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
    columns = [
        column
        for family, builder in BUILDERS.items()
        for column in builder.columns()
        if family in DEFAULT_FAMILIES or column in have
    ]
    return values.reindex(columns=columns)
