"""Growth: a proliferation signature by default, a measured rate only where an experiment asks for it."""

from __future__ import annotations

import numpy as np

from features.builders.base import Block, Builder, Inputs, Note
from features.builders.signature_scores import score_block, score_columns

RATE = "growth.measured_rate"
#: A doubling in 10 hours; published tables hold impossible times, which end at the bounds.
MAX_RATE = 2.4


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
    """Doublings per day, ``24 / doubling time in hours``, clipped to 0-2.4.

    As a rate a very long doubling time is a rate near 0 instead of an outlier.  It may come from the screen's
    own assay and no patient has one, so this family is built only when asked for by name.
    """
    samples = inputs.cohort.samples
    hours = samples["doubling_time_hours"].to_numpy(dtype=float)
    rate = 24 / np.where(hours == 0, np.nan, hours)
    clipped = np.clip(rate, 0, MAX_RATE)
    outside = np.isfinite(rate) & (rate != clipped)
    notes = tuple(
        Note(str(sample), f"doubling time of {time:g} h is outside what cells do, rate clipped")
        for sample, time in zip(inputs.sample_ids[outside], hours[outside], strict=True)
    )
    return Block(inputs.frame(measured_columns(), clipped[:, None]), notes)


BUILDER = Builder("growth", columns, build)
MEASURED_BUILDER = Builder("measured_growth", measured_columns, build_measured, default=False)
