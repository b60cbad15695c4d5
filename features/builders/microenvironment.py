"""The microenvironment as the tumour's transcripts show it: hypoxia, acidity, supply, vessels, stroma."""

from __future__ import annotations

from features.builders.base import Block, Builder, Inputs
from features.builders.signature_scores import score_block, score_columns


def columns() -> tuple[str, ...]:
    """``env.{signature}``."""
    return score_columns("env")


def build(inputs: Inputs) -> Block:
    """Signature scores, as for pathways (:func:`features.builders.signature_scores.score`).

    Hypoxia and acidity lower mTORC1 activity and its inhibitors' effect (Faes 2017, doi 10.1155/2017/1726078;
    Faes 2016, doi 10.1186/s12943-016-0562-y).  In a cell line they tell the programme, not the surroundings.
    """
    return score_block(inputs, "env")


BUILDER = Builder("microenvironment", columns, build)
