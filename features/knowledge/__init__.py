"""Curated tables and frozen references, a source in each row, read from inside the package."""

from __future__ import annotations

import io
from functools import cache
from importlib.resources import files

import pandas as pd


def knowledge_table(name: str) -> pd.DataFrame:
    """One table of ``features/knowledge``, every cell as text and an empty cell as "".

    Parameters
    ----------
    name
        File name without ``.csv``, for example ``"inhibitors"`` or ``"catalogue/mutations"``.

    Returns
    -------
    pandas.DataFrame
        A copy, so that no caller changes what the next one reads.

    Raises
    ------
    FileNotFoundError
        If the package holds no such table.
    """
    return _read(name).copy()


def knowledge_records(name: str) -> list[dict[str, str]]:
    """The rows of :func:`knowledge_table` as dictionaries."""
    table = _read(name)
    return [dict(zip(table.columns, row, strict=True)) for row in table.itertuples(index=False, name=None)]


@cache
def _read(name: str) -> pd.DataFrame:
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    return pd.read_csv(io.StringIO(rows), dtype=str, keep_default_na=False)
