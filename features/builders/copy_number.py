"""Copy number: amplified and deleted genes of the network, and how unstable the chromosomes are."""

from __future__ import annotations

import numpy as np

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.copy_segments import autosomal, instability, mean_ploidy
from features.builders.gene_copies import gene_copies

PREFIX = "cn."
#: What more copies of a gene do to the network.
AMPLIFIED = (
    "RICTOR", "EIF4E", "MYC", "CCND1", "PIK3CA", "AKT1", "AKT2", "AKT3", "MTOR", "RHEB", "EGFR", "FGFR1",
    "MET", "ERBB2",
)  # fmt: skip
#: What the loss of every copy does.
DELETED = ("PTEN", "TSC1", "TSC2", "STK11", "CDKN2A", "EIF4EBP1", "RB1", "NF1", "FLCN")
_GENOME = ("wgii", "fraction_altered", "loh_fraction", "ploidy")


def columns() -> tuple[str, ...]:
    """``cn.{GENE}.amplified``, ``cn.{GENE}.deleted``, and the genome-wide indices."""
    amplified = (f"{PREFIX}{gene}.amplified" for gene in AMPLIFIED)
    deleted = (f"{PREFIX}{gene}.deleted" for gene in DELETED)
    return (*amplified, *deleted, *(PREFIX + name for name in _GENOME))


def build(inputs: Inputs) -> Block:
    """States of genes (:func:`features.builders.gene_copies.gene_copies`) and indices of the genome.

    Genes come from the gene-level table, indices from the segments
    (:func:`features.builders.copy_segments.instability`).  ``ploidy`` is the one given for the sample, else
    the length-weighted mean copy number of its autosomes.
    """
    values = inputs.frame(columns())
    amplified = gene_copies(inputs, AMPLIFIED).amplified
    values[[f"{PREFIX}{gene}.amplified" for gene in AMPLIFIED]] = amplified.to_numpy()
    values[[f"{PREFIX}{gene}.deleted" for gene in DELETED]] = gene_copies(inputs, DELETED).deleted.to_numpy()
    ploidy = mean_ploidy(inputs)
    values[PREFIX + "ploidy"] = ploidy
    notes: list[Note] = []
    for sample, own in autosomal(inputs.cohort.segments).groupby("sample_id", sort=False):
        found = instability(own, float(ploidy[sample]))
        values.loc[sample, [PREFIX + name for name in _GENOME[:3]]] = (
            found.wgii, found.fraction_altered, found.loh_fraction
        )  # fmt: skip
        if found.missing and not np.isnan(found.fraction_altered):
            problem = "autosomes without a segment: cn.wgii is not known"
            notes.append(Note(str(sample), problem, found.missing))
    if values.filter(regex=r"\.amplified$").isin([1.0]).any(axis=None):
        rule = ("call, else total >= 5 (9 if ploidy > 2.7), else log2 ratio >= 1.32",)
        notes.append(Note(EVERY_SAMPLE, "what counts as amplified", rule))
    return Block(values, tuple(notes))


BUILDER = Builder("copy_number", columns, build)
