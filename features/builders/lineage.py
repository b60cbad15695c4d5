"""Lineage: one-hot over a fixed vocabulary, GDSC's tissue descriptors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.lineages import find_lineage, lineages, resolve_synonyms, synonyms

__all__ = [
    "BUILDER",
    "PREFIX",
    "build",
    "columns",
    "find_lineage",
    "lineages",
    "resolve_synonyms",
    "synonyms",
]

PREFIX = "lineage."


def columns() -> tuple[str, ...]:
    """``lineage.{value}``."""
    return tuple(PREFIX + name for name in lineages())


def build(inputs: Inputs) -> Block:
    """One column a lineage: 1 for the sample's own, 0 for the others, all NaN where it is not given.

    Raises
    ------
    InputError
        If a lineage is unknown.
    """
    given = inputs.cohort.samples["lineage"]
    position = {name: i for i, name in enumerate(lineages())}
    values = np.full((len(given), len(position)), np.nan)
    resolved = {text: position[find_lineage(str(text))] for text in given.dropna().unique()}
    for row, text in enumerate(given):
        if pd.notna(text):
            values[row] = 0.0
            values[row, resolved[text]] = 1.0
    return Block(inputs.frame(columns(), values))


BUILDER = Builder("lineage", columns, build)
