"""The wide block: within-sample rank-normal expression, one column a gene of the universe."""

from __future__ import annotations

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.rank_normal import universe_symbols

PREFIX = "expr."


def columns() -> tuple[str, ...]:
    """``expr.{approved symbol}`` for each gene of the universe."""
    return tuple(PREFIX + symbol for symbol in universe_symbols())


def build(inputs: Inputs) -> Block:
    """Rank-normal expression (see :mod:`features.builders.rank_normal`).

    ``z = Phi^-1((rank - 1/2) / n_present)`` within the sample, ties averaged; an absent gene is NaN.

    Raises
    ------
    InputError
        See :func:`features.builders.rank_normal.rank_expression`.
    """
    ranked = inputs.expression
    values = ranked.z.reindex(inputs.sample_ids)
    values.columns = list(columns())
    notes = []
    if ranked.absent_genes:
        notes.append(
            Note(EVERY_SAMPLE, "genes of the universe absent from the expression table", ranked.absent_genes)
        )
    present = ranked.z.drop(columns=list(ranked.absent_genes))
    missing = present.isna()
    for sample in present.index[missing.any(axis=1)]:
        genes = tuple(present.columns[missing.loc[sample]])
        notes.append(Note(str(sample), "genes of the universe without a value", genes))
    return Block(values, tuple(notes))


BUILDER = Builder("expression", columns, build)
