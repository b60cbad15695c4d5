"""What the variants of the network do to the protein: truncating, at a hotspot, or another missense."""

from __future__ import annotations

from functools import cache

import pandas as pd

from features.builders.base import Block, Builder, Inputs, Note
from features.builders.network import altered_by, marked, network_genes, three_valued
from features.builders.variant_classes import classified, hotspots, profiled_genes

#: A variant of such a class could as well be of the class asked for.
_COULD_BE = {
    "truncating": ("unspecified",),
    "hotspot": ("unspecified", "unread"),
    "missense": ("unspecified", "unread"),
}


@cache
def classes_of(gene: str) -> tuple[str, ...]:
    """The classes that mean something in a gene.

    ``truncating`` where loss alters it or we do not know what does, ``hotspot`` where residues are listed,
    and ``missense`` (what is left) everywhere.
    """
    some = ["missense"]
    if gene in hotspots():
        some.insert(0, "hotspot")
    if gene not in altered_by("gain"):
        some.insert(0, "truncating")
    return tuple(some)


@cache
def columns() -> tuple[str, ...]:
    """``mut.{GENE}.{class}``."""
    return tuple(f"mut.{gene}.{name}" for gene in network_genes() for name in classes_of(gene))


def build(inputs: Inputs) -> Block:
    """Whether a sample carries a variant of each class: 1, 0 or NaN.

    Classes are those of :func:`features.builders.variant_classes.classified`; silent variants do not count.
    0 is known only where every variant of the gene was reported and none could be of the class: a driver of
    unpublished consequence, or a protein change that we cannot read, leaves NaN.
    """
    genes = network_genes()
    rows = classified(inputs.cohort, genes)
    known = profiled_genes(inputs.cohort, genes, every_variant=True)
    tables = {}
    for name, others in _COULD_BE.items():
        mine = [gene for gene in genes if name in classes_of(gene)]
        yes = marked(rows[rows["variant_class"] == name], inputs.sample_ids, mine)
        unsure = marked(rows[rows["variant_class"].isin(others)], inputs.sample_ids, mine)
        tables[name] = three_valued(yes, unsure, known[mine]).rename(columns=_named(name))
    values = pd.concat(tables.values(), axis=1)[list(columns())]
    return Block(values, unread_notes(rows))


def _named(name: str) -> dict[str, str]:
    return {gene: f"mut.{gene}.{name}" for gene in network_genes()}


def unread_notes(rows: pd.DataFrame) -> tuple[Note, ...]:
    """A note for each sample with variants in genes with hotspots whose protein change cannot be read."""
    unread = rows[rows["variant_class"] == "unread"]
    said = unread["gene"] + " " + unread["protein_change"].fillna("(none)").astype(str)
    problem = "no readable protein change: hotspot or not is unknown"
    return tuple(
        Note(str(sample), problem, tuple(dict.fromkeys(names)))
        for sample, names in said.groupby(unread["sample_id"], sort=False)
    )


BUILDER = Builder("consequences", columns, build)
