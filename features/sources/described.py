"""What is known of the samples beside their measurements: the tables of samples and of responses."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features import schemas
from features.errors import InputError
from features.failures import failure, raise_failures
from features.inhibitors import find_inhibitor
from features.sources.table_files import decimal_character, read_table

#: Columns whose values above 1 are most likely percent.
_FRACTIONS = ("purity",)


def checked(
    name: str,
    table: pd.DataFrame,
    path: Path,
    *,
    decimal: str = "point",
    todo: str | None = None,
    repeats: bool = False,
) -> pd.DataFrame:
    """A table that keeps the rules of one of a Cohort's; otherwise an error that names the file and its row.

    Parameters
    ----------
    name
        A key of :data:`features.schemas.TABLES`.
    table
        Indexed by the file's lines.
    path
        Named in errors.
    decimal
        How decimals are written: "point" or "comma".
    todo
        What to do if a rule is broken.
    repeats
        Whether a row may have the key of another: the caller makes one of them.

    Returns
    -------
    pandas.DataFrame
        With all columns of the schema, in order, of the right types.

    Raises
    ------
    features.failures.TableError
        With every failure.
    """
    numeric = [rule.name for rule in schemas.TABLES[name] if rule.kind != "text" and rule.name in table]
    if decimal_character(decimal) != ".":
        commas = {c: table[c].astype(object).map(_with_point) for c in numeric}
        table = table.assign(**commas)
    conformed, failures = schemas.conform(name, table)
    failures = [*failures, *schemas.check_table(name, conformed)]
    if repeats:
        failures = [part[part["check"] != "is unique"] for part in failures]
    raise_failures([part.assign(table=path.name) for part in failures], where=path, todo=todo)
    return conformed


def _with_point(cell: object) -> object:
    return cell.replace(",", ".") if isinstance(cell, str) else cell


def read_samples(path: Path, *, decimal: str = "point") -> pd.DataFrame:
    """The table of samples: sample_id and any columns of ``Cohort.samples``; others are kept as they are.

    Raises
    ------
    InputError
        If the file or sample_id is missing.
    features.failures.TableError
        If a sample is repeated or has no id, or a value is out of its range or vocabulary.
    """
    table = read_table(path, required=["sample_id"])
    table["sample_id"] = table["sample_id"].str.strip()
    percent = None
    for column in _FRACTIONS:
        if column in table and pd.to_numeric(table[column], errors="coerce").max() > 1:
            percent = f"write {column} as a fraction from 0 to 1 (0.7, not 70)"
    known = [rule.name for rule in schemas.TABLES["samples"] if rule.name in table]
    conformed = checked("samples", table, path, decimal=decimal, todo=percent)
    return conformed[[*known, *(column for column in table.columns if column not in known)]]


def read_responses(path: Path, known: set[str], *, decimal: str = "point") -> pd.DataFrame:
    """The table of responses: sample_id, inhibitor (any of its names), screen, metric, value.

    Raises
    ------
    InputError
        If the file or a column is missing, or an inhibitor is unknown (named with its row).
    features.failures.TableError
        If a sample is not among ``known``, or a value is no number or out of its metric's range.
    """
    table = read_table(path, required=["sample_id", "inhibitor", "screen", "metric", "value"])
    table["sample_id"] = table["sample_id"].str.strip()
    names: dict[str, str] = {}
    for text in table["inhibitor"].dropna().unique():
        row = table.index[table["inhibitor"] == text][0]
        try:
            names[text] = find_inhibitor(text).name
        except InputError as error:
            raise InputError(
                error.problem, where=f"{path}, column inhibitor, row {row}", todo=error.todo
            ) from error
    stray = table["sample_id"][table["sample_id"].notna() & ~table["sample_id"].isin(known)]
    raise_failures(
        [failure(path.name, "sample_id", stray.index, stray, "is a sample of the other tables")], where=path
    )
    spelling = table["screen_spelling"] if "screen_spelling" in table.columns else table["inhibitor"]
    table = table.assign(inhibitor=table["inhibitor"].map(names), screen_spelling=spelling)
    return checked("responses", table, path, decimal=decimal)
