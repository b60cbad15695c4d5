"""Mutation status of the mTORC1 network and of the pathways that bypass it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.builders.variant_classes import profiled_genes, protein_altering
from features.knowledge import knowledge_table

PREFIX = "mut."
#: Groups of ``knowledge/network_genes.csv`` that are features of their own: 1 if any member is mutated.
GROUPS = ("tsc_complex", "pi3k", "gator1", "mtorc1_network", "ras_raf")


@cache
def network_genes() -> tuple[str, ...]:
    """Approved symbols of the genes with a column of their own."""
    return tuple(knowledge_table("network_genes")["gene"])


@cache
def group_members(group: str) -> tuple[str, ...]:
    """Genes of one group of ``knowledge/network_genes.csv``."""
    table = knowledge_table("network_genes")
    return tuple(table.loc[[group in groups.split(";") for groups in table["groups"]], "gene"])


def columns() -> tuple[str, ...]:
    """``mut.{GENE}``, the groups, and what is derived from them."""
    names = (*network_genes(), *GROUPS, "pik3ca_without_ras", "n_network_genes")
    return tuple(PREFIX + name for name in names)


def build(inputs: Inputs) -> Block:
    """Status of each gene: 1 carries a protein-altering variant, 0 was profiled and carries none, else NaN.

    Silent variants do not count.  A group is 1 if any member is 1, 0 only if every member is known to be 0,
    else NaN.  ``pik3ca_without_ras`` is PIK3CA mutant with RAS and RAF known wild type (Di Nicolantonio 2010,
    PMID 20664172).  ``n_network_genes`` counts the mutated genes of the group ``counted``, known only where
    all of them were profiled.

    A mutation burden is left out: driver-filtered panels, targeted panels and exomes count different things,
    and no ratio between them is known from the data at hand.
    """
    genes = list(network_genes())
    status = gene_status(inputs, genes)
    parts = {PREFIX + gene: status[gene] for gene in genes}
    groups = {group: any_of(status[list(group_members(group))]) for group in GROUPS}
    parts.update({PREFIX + group: values for group, values in groups.items()})
    parts[PREFIX + "pik3ca_without_ras"] = both(status["PIK3CA"], 1 - groups["ras_raf"])
    parts[PREFIX + "n_network_genes"] = status[list(group_members("counted"))].sum(axis=1, skipna=False)
    return Block(pd.DataFrame(parts, index=inputs.sample_ids)[list(columns())].astype(float))


def gene_status(inputs: Inputs, genes: list[str]) -> pd.DataFrame:
    """Samples x genes: 1, 0 or NaN, as in :func:`build`."""
    status = profiled_genes(inputs.cohort, genes).astype(float).where(lambda known: known == 1) * 0.0
    carried = protein_altering(inputs.cohort)
    carried = carried[carried["gene"].isin(genes)]
    rows = status.index.get_indexer(pd.Index(carried["sample_id"]))
    values = status.to_numpy(copy=True)
    values[rows, status.columns.get_indexer(pd.Index(carried["gene"]))] = 1.0
    return pd.DataFrame(values, index=inputs.sample_ids, columns=genes)


def any_of(status: pd.DataFrame) -> pd.Series:
    """Three-valued "or" over the columns: 1 if any is 1, 0 if all are 0, else NaN."""
    highest = status.max(axis=1)
    return highest.where((highest == 1) | status.notna().all(axis=1))


def both(first: pd.Series, second: pd.Series) -> pd.Series:
    """Three-valued "and": 0 if either is 0, 1 if both are 1, else NaN."""
    return pd.Series(np.where((first == 0) | (second == 0), 0.0, first * second), index=first.index)


BUILDER = Builder("mutations", columns, build)
