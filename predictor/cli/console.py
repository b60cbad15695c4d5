"""The only place that prints: text, tables and JSON on stdout; progress, warnings and errors on stderr."""

from __future__ import annotations

import json
import logging
import math
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from features.progress import Progress

if TYPE_CHECKING:
    from tqdm import tqdm

#: From here on a total is a number of bytes, and shown as 1.2M rather than 1234567.
_MANY = 100_000
_OURS = ("features", "predictor")
#: Where stderr is no terminal, long work says how far it is about this often.
PLAIN_SECONDS = 20.0
#: The longest reason of a loss that a line of the table holds; JSON has all of it.
_REASON = 90


def say(text: str = "") -> None:
    """A line of the answer."""
    click.echo(text)


def complain(text: str) -> None:
    """A line about what went wrong."""
    click.echo(text, err=True)


def table(header: Sequence[str], rows: Sequence[Sequence[object]], *, indent: str = "  ") -> None:
    """An aligned table: columns of numbers to the right, all else to the left."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    right = [
        bool(rows) and all(isinstance(row[i], int | float) or row[i] is None for row in rows)
        for i in range(len(header))
    ]

    def line(values: Sequence[str]) -> str:
        padded = (
            value.rjust(width) if to_right else value.ljust(width)
            for value, width, to_right in zip(values, widths, right, strict=True)
        )
        return (indent + "  ".join(padded)).rstrip()

    for values in ([str(name) for name in header], *cells):
        say(line(values))


def losses(rows: Sequence[Mapping[Any, Any]]) -> None:
    """What did not make it from the files into the tables (stage, reason, n), if anything."""
    if rows:
        say("What did not join, or was changed:")
        table(
            ("stage", "reason", "n"),
            [
                (row["stage"], textwrap.shorten(row["reason"], _REASON, placeholder=" ..."), row["n"])
                for row in rows
            ],
        )


def document(content: Mapping[str, Any]) -> None:
    """One JSON document, numbers to the last digit, unknown as null."""
    say(json.dumps(plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """What JSON knows: NumPy's scalars as Python's, paths as text, NaN and infinite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(entry) for entry in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


@contextmanager
def progress() -> Iterator[Progress]:
    """A listener that draws bars on stderr; where that is no terminal, a plain line now and then."""
    bars = _Bars()
    try:
        yield bars
    finally:
        bars.close()


@contextmanager
def own_warnings() -> Iterator[None]:
    """Show what our own modules warn of, one line each on stderr."""
    handler = _Complaints()
    loggers = [logging.getLogger(name) for name in _OURS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        # Otherwise a library that configures the root logger (MLflow does) would say it twice.
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagated in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagated


class _Complaints(logging.Handler):
    def __init__(self) -> None:
        super().__init__(level=logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        complain(f"mtorc1: warning: {' '.join(record.getMessage().split())}")


class _Bars:
    """One bar for each label, the latest drawn."""

    def __init__(self) -> None:
        self._label: str | None = None
        self._bar: tqdm[Any] | None = None
        self._plain = not sys.stderr.isatty()
        self._told = time.monotonic()

    def __call__(self, label: str, done: int, total: int) -> None:
        if self._plain:
            # Short work stays silent; a log of long work shows that it goes on.
            if time.monotonic() - self._told >= PLAIN_SECONDS:
                self._told = time.monotonic()
                complain(f"{label}: {done:,} of {total:,}" if total else label)
            return
        if label != self._label or self._bar is None:
            self.close()
            self._label, self._bar = label, _bar(label, total)
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        self._label = self._bar = None


def _bar(label: str, total: int) -> tqdm[Any]:
    from tqdm import tqdm

    return tqdm(
        desc=label,
        total=total or None,
        leave=False,
        unit_scale=total > _MANY,
        dynamic_ncols=True,
    )


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
