"""Lesions of the mTORC1 network in one tumour: in which share of its cells, and whether several arose."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.clonality import SUBCLONAL_BELOW
from features.builders.tumour_variants import altering, tumour_variants
from features.builders.variant_classes import profiled_genes
from features.knowledge import knowledge_table

PREFIX = "lesion."
#: Genes whose lesions have a CCF of their own: the network, what bypasses it, and the drivers of renal
#: carcinoma, whose regions are known to differ in them (doi:10.1038/ng.2891).
GENES = (
    "MTOR", "TSC1", "TSC2", "PTEN", "PIK3CA", "PIK3R1", "AKT1", "RHEB", "STK11", "NF1", "NF2", "FLCN",
    "DEPDC5", "NPRL2", "NPRL3", "FBXW7", "KRAS", "NRAS", "BRAF", "VHL", "BAP1", "PBRM1", "SETD2", "KDM5C",
    "TP53",
)  # fmt: skip
NETWORK = "mtorc1_network"
_SUMMARIES = (
    "n_distinct", "same_gene_hits", "convergent", "convergent_regions", "max_ccf", "any_clonal",
    "share_without_nested", "share_without_disjoint",
)  # fmt: skip
_UNKNOWN = float("nan")


@dataclass(frozen=True)
class Lesion:
    """One lesion of one gene in one tumour.

    Attributes
    ----------
    gene
        Its symbol.
    ccf
        Highest CCF of its hits, NaN where that of any is unknown.
    regions
        Where it is present; None for a single biopsy.
    n_hits
        Variants that it is made of.
    """

    gene: str
    ccf: float
    regions: frozenset[str] | None
    n_hits: int = 1


@cache
def network_members() -> tuple[str, ...]:
    """Genes of the mTORC1 network in ``knowledge/network_genes.csv``."""
    table = knowledge_table("network_genes")
    return tuple(table.loc[[NETWORK in groups.split(";") for groups in table["groups"]], "gene"])


def columns() -> tuple[str, ...]:
    """``lesion.{summary}`` and ``lesion.ccf.{GENE}``."""
    return (*(PREFIX + name for name in _SUMMARIES), *(f"{PREFIX}ccf.{gene}" for gene in GENES))


def apart(first: Lesion, second: Lesion) -> bool:
    """Whether each is present in a region where the other is absent: neither arose within the other."""
    if first.regions is None or second.regions is None:
        return False
    return bool(first.regions - second.regions) and bool(second.regions - first.regions)


def distinct(hits: Iterable[Lesion]) -> list[Lesion]:
    """Lesions made of the hits of one tumour.

    Hits of different genes are different lesions.  Hits of ONE gene are one lesion (both alleles lost, or a
    second hit in the same cells) unless the regions hold them apart: fractions of a single biopsy that add
    up to less than 1 do not show different cells, for a second hit may be nested in the first.
    """
    merged: list[list[Lesion]] = []
    for hit in hits:
        mine = [group for group in merged if any(hit.gene == h.gene and not apart(hit, h) for h in group)]
        merged = [group for group in merged if group not in mine]
        merged.append([hit, *(h for group in mine for h in group)])
    return [_joined(group) for group in merged]


def build(inputs: Inputs) -> Block:
    """CCF of lesions and what they say together.

    A lesion is a protein-altering variant, whatever its consequence; deletions have no CCF and are not
    counted here.  ``ccf.{GENE}`` is the highest CCF of the gene's variants, 0 where it was profiled and none
    was found, NaN where the gene was not profiled or a CCF is not known.

    Of the network (:func:`network_members`), each NaN unless all its genes were profiled or what was seen
    decides:

    * ``n_distinct``: number of lesions (see :func:`distinct`); ``same_gene_hits``: how many of them are made
      of several hits of one gene.
    * ``convergent``: 1 if there are two or more different lesions (Voss 2014, PMID 24622468);
      ``convergent_regions``: 1 if two of them are held apart by regions, as in two of those patients.
    * ``max_ccf``, and ``any_clonal``: 1 if a lesion has CCF >= 0.85.
    * Share of the cancer cells without any lesion: ``1 - max(CCF)`` if clones are nested, ``max(0, 1 -
      sum(CCF))`` if they share as few cells as they can.  Whatever the tree, the share lies between the two
      (the Frechet bounds of a union).
    """
    cohort = inputs.cohort
    genes = list(dict.fromkeys((*GENES, *network_members())))
    # A lesion is any protein-altering variant: a list of drivers does not say that there is none.
    profiled = profiled_genes(cohort, genes, every_variant=True)
    values = inputs.frame(columns())
    for gene in GENES:
        values.loc[profiled[gene].to_numpy(), f"{PREFIX}ccf.{gene}"] = 0.0
    several = cohort.regions["sample_id"].value_counts() > 1
    whole = profiled[list(network_members())].all(axis=1)
    hits: dict[str, list[Lesion]] = {}
    for sample, hit in _hits(tumour_variants(cohort), genes):
        hits.setdefault(sample, []).append(hit)
    ids = [sample for sample in inputs.sample_ids if whole[sample] or sample in hits]
    summaries = {}
    for sample in ids:
        own = hits.get(sample, [])
        for gene in {hit.gene for hit in own} & set(GENES):
            values.loc[sample, f"{PREFIX}ccf.{gene}"] = _joined([h for h in own if h.gene == gene]).ccf
        network = distinct(hit for hit in own if hit.gene in network_members())
        summaries[sample] = summary(network, bool(whole[sample]), bool(several.get(sample, False)))
    if summaries:
        table = pd.DataFrame.from_dict(summaries, orient="index").add_prefix(PREFIX)
        values.loc[table.index, table.columns] = table
    notes: list[Note] = []
    if values[PREFIX + "any_clonal"].notna().any():
        notes.append(Note(EVERY_SAMPLE, "cut-off of lesion.any_clonal", (f"CCF>={SUBCLONAL_BELOW}",)))
    unknown = sorted({hit.gene for own in hits.values() for hit in own if np.isnan(hit.ccf)})
    if unknown:
        notes.append(Note(EVERY_SAMPLE, "a lesion of these genes has no CCF in some samples", tuple(unknown)))
    return Block(values, tuple(notes))


def summary(lesions: list[Lesion], whole: bool, several_regions: bool) -> Mapping[str, float]:
    """What the lesions of one tumour's network say.

    Parameters
    ----------
    lesions
        As :func:`distinct` gives them.
    whole
        Whether every gene of the network was profiled: only then is none more to be expected.
    several_regions
        Whether more than one region was sequenced.
    """
    ccf = np.array([lesion.ccf for lesion in lesions])
    complete = whole and not np.isnan(ccf).any()
    separate = any(apart(a, b) for a, b in combinations(lesions, 2))
    return {
        "n_distinct": float(len(lesions)) if whole else _UNKNOWN,
        "same_gene_hits": float(sum(lesion.n_hits > 1 for lesion in lesions)) if whole else _UNKNOWN,
        "convergent": _three_valued(len(lesions) > 1, whole),
        "convergent_regions": _three_valued(separate, whole) if several_regions else _UNKNOWN,
        "max_ccf": float(ccf.max(initial=0.0)) if complete else _UNKNOWN,
        "any_clonal": _three_valued(bool((ccf >= SUBCLONAL_BELOW).any()), complete),
        "share_without_nested": float(1 - ccf.max(initial=0.0)) if complete else _UNKNOWN,
        "share_without_disjoint": float(max(0.0, 1 - ccf.sum())) if complete else _UNKNOWN,
    }


def _three_valued(seen: bool, all_known: bool) -> float:
    return 1.0 if seen else 0.0 if all_known else _UNKNOWN


def _joined(hits: list[Lesion]) -> Lesion:
    places = [hit.regions for hit in hits if hit.regions is not None]
    regions = frozenset().union(*places) if places else None
    highest = float(np.max([hit.ccf for hit in hits]))  # NaN if any is
    return Lesion(hits[0].gene, highest, regions, sum(hit.n_hits for hit in hits))


def _hits(rows: pd.DataFrame, genes: list[str]) -> Iterator[tuple[str, Lesion]]:
    """Sample and hit of every protein-altering variant of these genes."""
    carried = altering(rows)
    carried = carried[carried["gene"].isin(genes)]
    for row in carried.itertuples(index=False):
        regions = row.regions if isinstance(row.regions, frozenset) else None
        yield str(row.sample_id), Lesion(str(row.gene), float(str(row.ccf)), regions)


BUILDER = Builder("lesions", columns, build)
