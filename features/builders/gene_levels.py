"""Levels of single genes that a mechanism of resistance names: of the target, its partners, its bypasses."""

from __future__ import annotations

from functools import cache

import numpy as np

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.knowledge import knowledge_table

PREFIX = "level."


@cache
def level_genes() -> tuple[str, ...]:
    """Approved symbols of the genes, in the catalogue's order."""
    names = knowledge_table("catalogue/gene_levels")["name"]
    return tuple(str(name).removeprefix(PREFIX) for name in names)


def columns() -> tuple[str, ...]:
    """``level.{approved symbol}``."""
    return tuple(PREFIX + gene for gene in level_genes())


def build(inputs: Inputs) -> Block:
    """Rank-normal level of each gene within its sample.

    A gene of the universe has the value of its ``expr.*`` column, one outside it is placed among the
    universe's ranks (:meth:`features.builders.rank_normal.RankedExpression.placed`).  A level of mRNA, not of
    protein.  NaN where the sample does not measure the gene.
    """
    ranked = inputs.expression
    values = np.full((len(inputs.sample_ids), len(level_genes())), np.nan)
    absent = []
    for column, gene in enumerate(level_genes()):
        level = ranked.placed(gene)
        if level is None or level.isna().all():
            absent.append(gene)
        else:
            values[:, column] = level.reindex(inputs.sample_ids).to_numpy()
    # Without any expression there is nothing to tell of single genes.
    note = Note(EVERY_SAMPLE, "genes absent from the expression table", tuple(absent))
    told = (note,) if absent and len(ranked.z) else ()
    return Block(inputs.frame(columns(), values), told)


BUILDER = Builder("gene_levels", columns, build)
