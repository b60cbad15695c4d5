"""Which variants alter the protein and how, and over which genes a sample was looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import pandas as pd

from features.cohort import Cohort
from features.knowledge import knowledge_records
from features.protein_change import ProteinChange, protein_changes

#: Consequences that alter the protein; ``silent`` and ``other`` (UTR, intron) do not.  ``driver_unspecified``
#: is GDSC's "point mutation, filtered to drivers", whose consequence is not published.
PROTEIN_ALTERING = (
    "missense", "nonsense", "frameshift", "inframe_indel", "splice", "start_lost", "stop_lost",
    "driver_unspecified",
)  # fmt: skip
#: Consequences after which no whole protein is made.
TRUNCATING = ("nonsense", "frameshift", "splice", "start_lost")
#: Classes of :func:`classified`: ``unread`` is a missense or in-frame variant of a gene with hotspots whose
#: place is not known; ``unspecified`` a driver whose consequence is not published.
CLASSES = ("truncating", "hotspot", "missense", "unread", "unspecified")
#: The panel that stands for every gene.
EXOME = "exome"


def protein_altering(cohort: Cohort) -> pd.DataFrame:
    """The rows of ``cohort.variants`` that alter the protein."""
    return cohort.variants[cohort.variants["consequence"].isin(PROTEIN_ALTERING)]


def profiled_genes(
    cohort: Cohort, genes: Sequence[str], *, modality: str = "variants", every_variant: bool = False
) -> pd.DataFrame:
    """Whether each sample was looked at in each gene.

    Parameters
    ----------
    cohort
        Its ``profiled`` and ``panels``.
    genes
        Approved symbols.
    modality
        "variants" or "copy_number".
    every_variant
        Only by profiles that name every variant, not drivers alone.

    Returns
    -------
    pandas.DataFrame
        All samples of the cohort x ``genes``, bool.
    """
    rows = cohort.profiled[cohort.profiled["modality"] == modality]
    if every_variant:
        rows = rows[rows["reported"] != "drivers"]
    covers = cohort.panels.groupby("panel")["gene"].agg(set).to_dict()
    samples = pd.Index(cohort.samples["sample_id"])
    known = np.zeros((len(samples), len(genes)), dtype=bool)
    for panel, members in rows.groupby("panel")["sample_id"]:
        seen = np.array([panel == EXOME or gene in covers.get(panel, ()) for gene in genes], dtype=bool)
        known |= np.outer(samples.isin(set(members)), seen)
    return pd.DataFrame(known, index=samples, columns=list(genes))


def classified(cohort: Cohort, genes: Sequence[str]) -> pd.DataFrame:
    """The protein-altering variants of some genes, each with its class.

    ``truncating``: nonsense, frameshift, splice site or lost start.  ``hotspot``: missense at a residue of
    ``knowledge/hotspots.csv``, or an in-frame change that touches one or lies in one of its stretches.
    ``missense``: any other missense or in-frame variant.  The reference residue must be the one of the
    table: numbers of another transcript match by chance.  A lost stop belongs to none of them ("").

    Returns
    -------
    pandas.DataFrame
        Rows of ``cohort.variants`` (index kept), with ``variant_class``, one of :data:`CLASSES` or "".
    """
    rows = protein_altering(cohort)
    rows = rows[rows["gene"].isin(list(genes))]
    listed = zip(rows["gene"], rows["consequence"], rows["protein_change"], strict=True)
    return rows.assign(variant_class=np.array([_class_of(*row) for row in listed], dtype=object))


@cache
def _class_of(gene: str, consequence: str, text: str | None) -> str:
    if consequence in TRUNCATING:
        return "truncating"
    if consequence == "driver_unspecified":
        return "unspecified"
    if consequence == "stop_lost":
        return ""
    if gene not in hotspots():
        return "missense"
    changes = _read(text)
    if not changes:
        return "unread"
    return "hotspot" if any(at_hotspot(gene, change) for change in changes) else "missense"


def _read(text: str | None) -> tuple[ProteinChange, ...]:
    """Changes whose place is known."""
    try:
        return tuple(change for change in protein_changes(text) if change.first is not None)
    except ValueError:
        return ()


@cache
def hotspots() -> Mapping[str, tuple[tuple[str, int, int], ...]]:
    """Gene -> (reference residue, first, last); the reference is "" for a stretch of in-frame changes."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for row in knowledge_records("hotspots"):
        residue = row["residue"]
        if "-" in residue:
            first, last = residue.split("-")
            place = ("", int(first), int(last))
        else:
            place = (residue[0], int(residue[1:]), int(residue[1:]))
        found.setdefault(row["gene"], []).append(place)
    return {gene: tuple(places) for gene, places in found.items()}


def at_hotspot(gene: str, change: ProteinChange) -> bool:
    """Whether a missense or in-frame change lies at a hotspot of the gene."""
    if change.first is None or change.last is None:
        return False
    single = change.event == "substitution"
    for reference, first, last in hotspots().get(gene, ()):
        if single and (reference != change.reference or first != change.first):
            continue
        if change.first <= last and first <= change.last:
            return True
    return False
