"""The user's own gene sets, scored like the curated ones."""

from __future__ import annotations

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.signature_scores import score_weights, universe_weights
from features.errors import InputError
from features.settings import MIN_SET_GENES

PREFIX = "set"


def columns() -> tuple[str, ...]:
    """None: which columns ``set.{name}`` there are is up to the settings."""
    return ()


def build(inputs: Inputs) -> Block:
    """Univariate linear model scores (:func:`features.builders.signature_scores.score`) of the user's sets.

    Genes outside the universe are not scored, since the training data do not measure them; a note tells of
    which sets, and how many.

    Raises
    ------
    InputError
        If a set has fewer than five genes in the universe, decoupler's own floor.
    """
    sets = inputs.settings.gene_sets
    weights = universe_weights(sets)
    used = (weights != 0).sum()
    few = [f"{name} ({used[name]})" for name in sets if used[name] < MIN_SET_GENES]
    if few:
        raise InputError(
            f"{len(few)} gene sets have fewer than {MIN_SET_GENES} genes in the universe of "
            f"{len(weights):,}: {', '.join(few[:5])}",
            where="gene sets",
            todo="leave them out, or check that genes are HGNC symbols",
        )
    partly = tuple(
        f"{name}: {used[name]} of {len(sets[name])}" for name in sets if used[name] < len(sets[name])
    )
    problem = "gene sets of which only some genes are in the universe and scored"
    return score_weights(inputs, weights, PREFIX, [Note(EVERY_SAMPLE, problem, partly)] if partly else [])


BUILDER = Builder("gene_sets", columns, build)
