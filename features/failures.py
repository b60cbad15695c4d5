"""Every failure of a table in one table, and one line to read."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from features.errors import InputError

FAILURE_COLUMNS = ("table", "column", "row", "value", "check")
_SHOWN = 3


class TableError(InputError):
    """Tables that break their schemas: one line to read, and every failure in a table.

    Attributes
    ----------
    failures : pandas.DataFrame
        One row per failure: table (or file), column, row (its label in the table), value, check.
    """

    def __init__(self, failures: pd.DataFrame, *, where: object | None = None) -> None:
        self.failures = failures.reset_index(drop=True)
        shown = "; ".join(
            f"{f.table}, column {f.column}, row {f.row}: {f.value!r} fails {f.check}"
            for f in self.failures.head(_SHOWN).itertuples()
        )
        more = len(self.failures) - _SHOWN
        tail = f"; and {more} more" if more > 0 else ""
        count = f"{len(self.failures)} value{'s' if len(self.failures) != 1 else ''} not as expected"
        super().__init__(f"{count}: {shown}{tail}", where=where)


def failure(
    table: str, column: str, rows: Iterable[object], values: Iterable[object], check: str
) -> pd.DataFrame:
    """Rows of a failure table (see :class:`TableError`)."""
    rows, values = list(rows), list(values)
    return pd.DataFrame(
        {"table": table, "column": column, "row": rows, "value": values, "check": check},
        columns=list(FAILURE_COLUMNS),
        dtype=object,
    )


def raise_failures(parts: Iterable[pd.DataFrame], *, where: object | None = None) -> None:
    """Raise one :class:`TableError` over all parts, unless all are empty."""
    filled = [part for part in parts if len(part)]
    if filled:
        raise TableError(pd.concat(filled, ignore_index=True), where=where)
