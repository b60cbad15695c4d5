"""Gene symbols that a spreadsheet turned into dates: SEPT9 into 9-Sep, MARCH1 into 1-Mar (PMID 27552985)."""

from __future__ import annotations

import re

import pandas as pd

# Months of genes that were called SEPT, MARCH, MARC and DEC, as a spreadsheet writes them in English, French,
# German and Spanish, or as a date.
_MONTH = r"(?:sept?|mars?|mär|mrz|march|d[eé]c|dez|dic|oct|okt)\.?"
_DATED = re.compile(
    rf"(?:\d{{1,2}}-{_MONTH}|{_MONTH}-\d{{1,2}}|\d{{4}}-\d\d-\d\d(?: 00:00:00)?)", re.IGNORECASE
)


def dated(symbols: pd.Series) -> pd.Series:
    """Which symbols are dates.

    What gene a date was cannot be told (1-Mar was MARC1 or MARCH1), so none is put in its place.

    Parameters
    ----------
    symbols
        Text; missing values are no dates.

    Returns
    -------
    pandas.Series of bool

    Examples
    --------
    >>> dated(pd.Series(["09-sept", "1-Mar", "SEPTIN9", "MARCHF1", None])).tolist()
    [True, True, False, False, False]
    """
    dates = {text for text in symbols.dropna().unique() if _DATED.fullmatch(text)}
    return symbols.isin(dates)
