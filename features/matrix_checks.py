"""What a table must hold to be a feature matrix, and the one clear line for what it does not."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.builders import BUILDERS
from features.builders.rank_normal import MAX_ABSENT_SHARE
from features.catalogue import EXPRESSION_PREFIX, PATTERN, catalogue_rows, describe, without_row
from features.errors import InputError

ID = "sample_id"
#: Columns that look like ours but that we do not know; beyond this share the file is not what it seems.
MAX_UNKNOWN_SHARE = 0.05


def check_shape(path: Path, table: pd.DataFrame) -> None:
    """Refuse a table without several columns, rows, or a unique ``sample_id`` first."""
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
    check_unique(path, "column", table.columns)
    check_unique(path, "sample", pd.Index(table[ID].astype(str)))


def check_unique(path: Path, what: str, names: pd.Index) -> None:
    """Refuse names that occur twice."""
    if not names.is_unique:
        twice = ", ".join(str(name) for name in names[names.duplicated()].unique()[:5])
        raise InputError(f"duplicate {what}: {twice}", where=path, todo="keep one of each")


def numbers(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """All but the sample ids as float64."""
    body = table.drop(columns=ID).set_axis(pd.Index(table[ID].astype(str), name=ID, dtype=object))
    for column in body.columns[[not pd.api.types.is_numeric_dtype(dtype) for dtype in body.dtypes]]:
        as_numbers = pd.to_numeric(body[column], errors="coerce")
        bad = as_numbers.isna() & body[column].notna()
        if bad.any():
            sample = body.index[bad][0]
            raise InputError(
                f"value {str(body[column][bad].iloc[0])[:40]!r} is not a number",
                where=f"{path}, column {column}, sample {sample}",
            )
        body[column] = as_numbers
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


def unknown_columns(path: Path, values: pd.DataFrame) -> list[str]:
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


def check_blocks(path: Path, values: pd.DataFrame) -> None:
    """Refuse a family of which only some columns are there; of ``expr.*`` a fifth may be absent."""
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


def check_ranks(values: pd.DataFrame, where: object) -> None:
    """Refuse expression that is not on the scale of the wide block, within-sample normal ranks.

    Raises
    ------
    InputError
        Naming the first such gene and sample: log2 values under these names would be scored, confidently and
        wrongly.
    """
    genes = [column for column in values.columns if str(column).startswith(EXPRESSION_PREFIX)]
    low, high = describe(PATTERN).low, describe(PATTERN).high
    if not genes or low is None or high is None:
        return
    block = values[genes].to_numpy(float)
    for row, column in np.argwhere((block < low) | (block > high))[:1]:
        raise InputError(
            f"value {block[row, column]:g} is no within-sample normal rank ({low:g} to {high:g})",
            where=f"{where}, column {genes[column]}, sample {values.index[row]}",
            todo="build the matrix with `mtorc1 features build`, or score the MAF and the expression table",
        )


def check_ranges(path: Path, values: pd.DataFrame) -> None:
    """Refuse values outside the range that the catalogue gives."""
    check_ranks(values, path)
    for row in catalogue_rows():
        if row.name not in values.columns:
            continue
        column = values[row.name].to_numpy()
        if row.unit == "binary":
            for position in np.flatnonzero(np.isfinite(column) & (column != 0) & (column != 1))[:1]:
                raise InputError(
                    f"value {column[position]:g} is neither 0 nor 1",
                    where=f"{path}, column {row.name}, sample {values.index[position]}",
                    todo="leave it empty where it is unknown",
                )
        low = -np.inf if row.low is None else row.low
        high = np.inf if row.high is None else row.high
        for position in np.flatnonzero((column < low - 1e-9) | (column > high + 1e-9))[:1]:
            raise InputError(
                f"value {column[position]:g} is outside {low:g} to {high:g}",
                where=f"{path}, column {row.name}, sample {values.index[position]}",
            )
