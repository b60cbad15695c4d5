"""Pathway activity as the cell's transcripts show it, and the eIF4E : 4E-BP ratio."""

from __future__ import annotations

import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.builders.signature_scores import score_block, score_columns

RATIO = "path.eif4e_4ebp_ratio"


def columns() -> tuple[str, ...]:
    """``path.{signature}`` and the ratio."""
    return (*score_columns("path"), RATIO)


def build(inputs: Inputs) -> Block:
    """Signature scores (see :func:`features.builders.signature_scores.score`) and the ratio.

    ``ratio = z(EIF4E) - (z(EIF4EBP1) + z(EIF4EBP2)) / 2`` on the rank-normal scale: 4E-BP loss or eIF4E gain
    makes cells refractory to inhibition of mTOR's site, and the ratio tells it, not either level (Alain 2012,
    PMID 23100465).  Two of the genes lie outside the universe, so it is NaN for the default training data.
    """
    block = score_block(inputs, "path")
    values = block.values.assign(**{RATIO: eif4e_ratio(inputs).reindex(inputs.sample_ids)})
    return Block(values, block.notes)


def eif4e_ratio(inputs: Inputs) -> pd.Series:
    """The ratio per profiled sample; NaN where one of its three genes was not measured."""
    ranked = inputs.expression
    cap, first, second = (ranked.placed(gene) for gene in ("EIF4E", "EIF4EBP1", "EIF4EBP2"))
    if cap is None or first is None or second is None:
        return pd.Series(index=ranked.z.index, dtype=float)
    return cap - (first + second) / 2


BUILDER = Builder("pathways", columns, build)
