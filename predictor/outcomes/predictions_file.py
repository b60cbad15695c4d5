"""A table of predictions as ``mtorc1 score`` writes it: one row a sample and inhibitor."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features.errors import InputError

KEY = ("sample_id", "inhibitor")
_SEPARATORS = {".csv": ",", ".tsv": "\t"}
_FORMS = (*_SEPARATORS, ".parquet", ".jsonl")


def read_predictions(path: str | Path) -> pd.DataFrame:
    """Predictions from CSV, TSV, Parquet or JSON lines, by the file's ending.

    Returns
    -------
    pandas.DataFrame
        With sample_id and inhibitor (str) and the other columns as they are.

    Raises
    ------
    InputError
        If the file is missing, unreadable or empty, lacks a key column, or holds a pair twice.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending not in _FORMS:
        raise InputError("unknown kind of file", where=path, todo=f"end its name in {', '.join(_FORMS)}")
    if not path.is_file():
        raise InputError("no such file", where=path, todo="write one with `mtorc1 score COHORT -o FILE`")
    try:
        if ending == ".parquet":
            table = pd.read_parquet(path)
        elif ending == ".jsonl":
            table = pd.read_json(path, lines=True, dtype={"sample_id": str})
        else:
            table = pd.read_csv(
                path, sep=_SEPARATORS[ending], dtype={"sample_id": str}, float_precision="round_trip"
            )
    except (ValueError, OSError) as error:
        raise InputError(f"cannot be read as {ending[1:]} ({error})", where=path) from error
    absent = [column for column in KEY if column not in table.columns]
    if absent or table.empty:
        problem = f"has no column {absent[0]}" if absent else "holds no predictions"
        raise InputError(problem, where=path, todo="give what `mtorc1 score` wrote")
    table = table.astype(dict.fromkeys(KEY, str))
    if (twice := int(table.duplicated(list(KEY)).sum())) > 0:
        raise InputError(
            f"has {twice} pairs of sample and inhibitor twice", where=path, todo="keep one of each"
        )
    return table
