"""What is known to be true of real data, measured with our own features: a module a topic, a Fact a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from features.sources.r_files import read_r

#: Where the reference data lie, beside the repository; they are not part of it.
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
#: One module each, in the order of the table.
MODULES: tuple[str, ...] = (
    "rppa",
    "pathways",
    "cytof",
    "lung_cells",
    "exclusivity",
    "checkmate025",
    "drivers",
    "lesions",
    "math_score",
    "multiregion",
)


@dataclass(frozen=True)
class Fact:
    """One measured value and the range in which it must lie.

    Attributes
    ----------
    line
        Of the list "What it must show" that it answers.
    claim
        In words, with the unit.
    value
        As measured by our features.
    low, high
        What is known to be true; infinite where only one side (or, beside a claim, nothing) is.
    note
        Source of the range, sample sizes, what goes beside it.
    """

    line: int
    claim: str
    value: float
    low: float = -math.inf
    high: float = math.inf
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the value lies in its range; NaN never does."""
        return self.low <= self.value <= self.high


def measure_of(module: str) -> Callable[[Path], list[Fact]]:
    """The ``measure`` function of one module of this folder."""
    found: Callable[[Path], list[Fact]] = import_module(f"experiments.benchmarks.validation.{module}").measure
    return found


@cache
def r_file(path: Path) -> Mapping[str, Any]:
    """What a file of R holds, by name; read once in a process (a study's exomes take half a minute).

    Shared between the modules: whoever changes it works on a copy.
    """
    return read_r(path)
