"""Mutation status of the mTORC1 network and of the pathways that bypass it, whatever the variant does."""

from __future__ import annotations

import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.builders.network import marked, network_genes, summarise, summary_columns, three_valued
from features.builders.variant_classes import profiled_genes, protein_altering

PREFIX = "mut."
_COUNT = "n_network_genes"


def columns() -> tuple[str, ...]:
    """``mut.{GENE}``, the groups, and what is derived from them."""
    return summary_columns(PREFIX, _COUNT)


def build(inputs: Inputs) -> Block:
    """Status of each gene: 1 carries a protein-altering variant, 0 is known to carry none, else NaN.

    Silent variants do not count.  Wild type is known where every variant of the gene would have been
    reported: a profile that names drivers only gives 1 where it names one and NaN elsewhere, for a variant
    that is no driver would alter the protein too.  Groups, ``pik3ca_without_ras`` and the count:
    :func:`features.builders.network.summarise`.

    A mutation burden is left out: driver-filtered panels, targeted panels and exomes count different things,
    and no ratio between them is known from the data at hand.
    """
    return Block(summarise(gene_status(inputs, list(network_genes())), PREFIX, _COUNT))


def gene_status(inputs: Inputs, genes: list[str]) -> pd.DataFrame:
    """Samples x genes: 1, 0 or NaN, as in :func:`build`."""
    known = profiled_genes(inputs.cohort, genes, every_variant=True)
    carried = marked(protein_altering(inputs.cohort), inputs.sample_ids, genes)
    return three_valued(carried, carried & False, known)


BUILDER = Builder("mutations", columns, build)
