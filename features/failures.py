"""Every failure of a table in one table, and one line to read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from features.errors import InputError

FAILURE_COLUMNS = ("table", "column", "row", "value", "check")
_NO_FAILURE = pd.DataFrame(columns=list(FAILURE_COLUMNS), dtype=object)
_SHOWN = 3
#: Checks whose value is nothing to show.
_ABSENT = {
    "is given": "is missing",
    "column is present": "there is no such column",
    "has any value": "has no value",
}
#: How a check begins -> how its failure does; the first that fits.
_OPPOSITES = {
    "is unique": "occurs more than once",
    "is at least ": "is below ",
    "is at most ": "is above ",
    "is not ": "is ",
    "is ": "is not ",
    "comes with ": "comes without ",
    "has a ": "has no ",
}


class TableError(InputError):
    """Tables that break their schemas: one line to read, and every failure in a table.

    Attributes
    ----------
    failures : pandas.DataFrame
        One row per failure: table (or file), column, row (its label in the table), value, check.
    """

    def __init__(
        self, failures: pd.DataFrame, *, where: object | None = None, todo: str | None = None
    ) -> None:
        self.failures = failures.reset_index(drop=True)
        shown = "; ".join(
            f"{f.table}, column {f.column}, row {f.row}: {in_words(f.value, str(f.check))}"
            for f in self.failures.head(_SHOWN).itertuples()
        )
        more = len(self.failures) - _SHOWN
        tail = f"; and {more} more" if more > 0 else ""
        count = f"{len(self.failures)} value{'s' if len(self.failures) != 1 else ''} not as expected"
        super().__init__(f"{count}: {shown}{tail}", where=where, todo=todo)


def in_words(value: object, check: str) -> str:
    """What is wrong with a value that fails a check.

    Examples
    --------
    >>> in_words(None, "is given"), in_words(1.4, "is at most 1"), in_words("x", "is a number")
    ('is missing', '1.4 is above 1', "'x' is not a number")
    >>> in_words(3.0, "comes with a ref_count"), in_words("R2", "has a variant")
    ('3 comes without a ref_count', "'R2' has no variant")
    """
    if check in _ABSENT:
        return _ABSENT[check]
    shown = f"{value:g}" if isinstance(value, float) else repr(value)
    for good, bad in _OPPOSITES.items():
        if check.startswith(good):
            return f"{shown} {bad}{check.removeprefix(good)}"
    return f"{shown}: {check}"


def failure(
    table: str, column: str, rows: Iterable[object], values: Iterable[object], check: str
) -> pd.DataFrame:
    """Rows of a failure table (see :class:`TableError`)."""
    rows, values = list(rows), list(values)
    if not rows:
        return _NO_FAILURE.copy()
    return pd.DataFrame(
        {"table": table, "column": column, "row": rows, "value": values, "check": check},
        columns=list(FAILURE_COLUMNS),
        dtype=object,
    )


def raise_failures(
    parts: Iterable[pd.DataFrame], *, where: object | None = None, todo: str | None = None
) -> None:
    """Raise one :class:`TableError` over all parts, unless all are empty."""
    filled = [part for part in parts if len(part)]
    if filled:
        raise TableError(pd.concat(filled, ignore_index=True), where=where, todo=todo)
