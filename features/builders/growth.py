"""Growth: a proliferation signature by default, a measured rate only where an experiment asks for it."""

from __future__ import annotations

from features.builders.base import Block, Builder, Inputs
from features.builders.signature_scores import score_block, score_columns

RATE = "growth.measured_rate"


def columns() -> tuple[str, ...]:
    """``growth.proliferation``."""
    return score_columns("growth")


def build(inputs: Inputs) -> Block:
    """Score of the proliferation signature (:func:`features.builders.signature_scores.score`)."""
    return score_block(inputs, "growth")


def measured_columns() -> tuple[str, ...]:
    """``growth.measured_rate``."""
    return (RATE,)


def build_measured(inputs: Inputs) -> Block:
    """Doublings per day as they were measured; negative where cells were lost.

    It may come from the screen's own assay and no patient has one, so this family is built only when asked
    for by name.
    """
    rate = inputs.cohort.samples["doublings_per_day"].to_numpy(dtype=float)
    return Block(inputs.frame(measured_columns(), rate[:, None]))


BUILDER = Builder("growth", columns, build)
MEASURED_BUILDER = Builder("measured_growth", measured_columns, build_measured, default=False)
