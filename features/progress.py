"""How long work tells that it goes on, without knowing who listens."""

from __future__ import annotations

from collections.abc import Callable

#: Called as ``progress(label, done, total)``; ``total`` is 0 where it is not known.
Progress = Callable[[str, int, int], None]


def silent(label: str, done: int, total: int) -> None:
    """Listen to nothing (the default of every library function)."""
