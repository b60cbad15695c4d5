"""Gene symbols of Entrez ids, from tables that have both columns.

No table of all genes is shipped: what a study writes beside its own symbols, or the user's table, says which
gene an id is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.sources.table_files import read_table

SYMBOL, ENTREZ = "Hugo_Symbol", "Entrez_Gene_Id"
_ID = re.compile(r"[1-9]\d*")


def symbols_of(pairs: pd.DataFrame) -> dict[str, str]:
    """Entrez id -> symbol.

    An id that stands beside two symbols is left out: one of the two would be another gene.

    Parameters
    ----------
    pairs
        Text, with the columns :data:`ENTREZ` and :data:`SYMBOL`.
    """
    given = pairs[[ENTREZ, SYMBOL]].dropna().apply(lambda column: column.astype(str).str.strip())
    given[ENTREZ] = given[ENTREZ].str.removesuffix(".0")
    given = given[given[ENTREZ].str.fullmatch(_ID) & ~given[SYMBOL].str.fullmatch(r"\d*|\?|-+|Unknown|NA")]
    given = given.drop_duplicates()
    clear = given[~given[ENTREZ].duplicated(keep=False)]
    return dict(zip(clear[ENTREZ], clear[SYMBOL], strict=True))


def read_gene_ids(path: Path) -> dict[str, str]:
    """:func:`symbols_of` a table of the user's.

    Raises
    ------
    InputError
        If the table lacks a column, or holds no pair.
    """
    found = symbols_of(read_table(path, required=(ENTREZ, SYMBOL), names=(ENTREZ, SYMBOL)))
    if not found:
        raise InputError("has no Entrez id with a symbol", where=path, todo=f"fill {ENTREZ} and {SYMBOL}")
    return found


def named(symbols: pd.Series, ids: pd.Series | None, known: dict[str, str]) -> pd.Series:
    """The symbols, and where one is missing that of its Entrez id; missing where neither is known."""
    given = symbols.astype(object).str.strip()
    given = given.mask(given.isin(["", "?", "-", "---"]))
    if ids is None:
        return given
    by_id = ids.astype(object).str.strip().str.removesuffix(".0").map(known)
    return given.where(given.notna(), by_id)


def merged(tables: Iterable[dict[str, str]]) -> dict[str, str]:
    """Several maps as one; of a disagreement the first is taken."""
    found: dict[str, str] = {}
    for table in tables:
        found = {**table, **found}
    return found
