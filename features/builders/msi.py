"""Microsatellite instability."""

from __future__ import annotations

import numpy as np

from features.builders.base import Block, Builder, Inputs

_VALUES = {"MSI-H": 1.0, "MSI-L": 0.0, "MSS": 0.0}


def columns() -> tuple[str, ...]:
    """``msi.high``."""
    return ("msi.high",)


def build(inputs: Inputs) -> Block:
    """MSI-H is 1, MSI-L and MSS are 0, unknown is NaN (classes of Boland 1998, PMID 9823339)."""
    state = inputs.cohort.samples["msi"].map(_VALUES).to_numpy(dtype=float, na_value=np.nan)
    return Block(inputs.frame(columns(), state[:, None]))


BUILDER = Builder("msi", columns, build)
