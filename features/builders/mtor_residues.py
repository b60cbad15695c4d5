"""MTOR by residue: the same gene blocks a drug, calls for it, or means nothing, by where it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pandas as pd

from features.builders.base import Block, Builder, Inputs, Note
from features.builders.ccf import add_ccf
from features.builders.tumour_variants import PRESENT_ABOVE, altering, observed
from features.builders.variant_classes import profiled_genes
from features.cohort import Cohort
from features.knowledge import knowledge_records
from features.protein_change import ProteinChange, protein_changes

PREFIX, GENE = "mtor.", "MTOR"
DOMAINS = ("heat", "fat", "frb", "kinase", "fatc", "linker")
#: Grade of another change of a residue with a curated activating change.
HOTSPOT_RESIDUE = 1.0
_RESISTANCE = ("frb_resistance", "kinase_resistance")
_OF_RESIDUE = (*_RESISTANCE, "other_frb_missense", "activating", *(f"domain_{name}" for name in DOMAINS))
_WEIGHTS = ("activating_ccf", "activating_vaf")
_TRUNCATING = frozenset({"nonsense", "frameshift", "splice", "start_lost"})
_IN_FRAME = frozenset({"missense", "inframe_deletion", "inframe_insertion", "delins", "duplication"})
_UNREAD = "an MTOR variant does not say its protein change: classes by residue are unknown"


@dataclass(frozen=True)
class CuratedVariant:
    """A row of ``knowledge/mtor_variants.csv``: class, and the grade of an activating variant (else 0)."""

    kind: str
    grade: float


@cache
def curated() -> Mapping[str, CuratedVariant]:
    """Protein change in normal form -> what is known of it."""
    return {
        row["variant"]: CuratedVariant(row["class"], float(row["grade"] or 0))
        for row in knowledge_records("mtor_variants")
    }


def columns() -> tuple[str, ...]:
    """``mtor.{class}``, ``mtor.domain_{domain}``, ``mtor.truncating`` and the weights."""
    names = (*_OF_RESIDUE[:4], *_WEIGHTS, *_OF_RESIDUE[4:], "truncating")
    return tuple(PREFIX + name for name in names)


def classify(change: ProteinChange) -> dict[str, float] | None:
    """What one protein change of mTOR is, by the residues of UniProt P42345 (2,549).

    Resistance is the very change of the curated table.  ``activating`` is graded by evidence: 3 found in a
    patient who responded or in a drug-sensitive cell line, 2 gain of function in transfected cells, 1 another
    change of such a residue, 0 else.  ``other_frb_missense`` is a change in the FRB domain that is in none of
    the curated classes.

    Parameters
    ----------
    change
        A substitution, or an insertion or deletion within the frame.

    Returns
    -------
    dict of str to float, or None
        Features (without prefix) that are not 0; None where the change is not known, or does not fit the
        sequence (it is numbered by another transcript).
    """
    if change.kind in _TRUNCATING:
        return {"truncating": 1.0}
    if change.kind in ("silent", "stop_lost"):
        return {}
    if change.kind not in _IN_FRAME or not _fits(change):
        return None
    domains = _domains_of(change)
    found = {f"domain_{name}": 1.0 for name in domains}
    known = curated().get(change.text)
    if known is None:
        if change.event == "substitution" and change.first in _hotspots():
            found["activating"] = HOTSPOT_RESIDUE
        if "frb" in domains:
            found["other_frb_missense"] = 1.0
    elif known.kind in _RESISTANCE:
        found[known.kind] = 1.0
    else:
        found["activating"] = known.grade
    return found


def build(inputs: Inputs) -> Block:
    """Classes of each sample's MTOR variants: the highest value over them, 0 where MTOR was profiled.

    A variant whose change is not named leaves unknown whatever it could be; GDSC names none, and only
    drivers, so nothing is known there.  ``activating_ccf`` and ``activating_vaf`` are the highest CCF and VAF
    of its activating variants (grade 1 or more), 0 without one, NaN where a carrier's is not known.
    """
    values = inputs.frame(columns())
    values.loc[_fully_profiled(inputs.cohort)] = 0.0
    notes: list[Note] = []
    for sample, own in _variants(inputs.cohort).groupby("sample_id", sort=False):
        found = [_of_variant(*row) for row in own[["consequence", "protein_change"]].itertuples(index=False)]
        for name, value in _of_sample(own, found).items():
            values.loc[sample, PREFIX + name] = value
        unread = [each is None for each in found]
        if any(unread):
            names = own.loc[unread, "protein_change"].fillna(own["consequence"]).astype(str)
            notes.append(Note(str(sample), _UNREAD, tuple(names)))
    return Block(values, tuple(notes))


def _of_sample(own: pd.DataFrame, found: list[dict[str, float] | None]) -> dict[str, float]:
    """What the variants of one sample say; what they leave as it was is left out."""
    read = [each or {} for each in found]
    hidden = any(each is None for each in found)
    values: dict[str, float] = {}
    for name in (*_OF_RESIDUE, "truncating"):
        highest = max(each.get(name, 0.0) for each in read)
        # A hidden change could be anything higher; only GDSC's could be a truncating one.
        open_end = hidden and (name != "truncating" or "driver_unspecified" in set(own["consequence"]))
        if open_end and highest < (_highest_grade() if name == "activating" else 1):
            values[name] = np.nan
        elif highest:
            values[name] = highest
    active = [each.get("activating", 0) > 0 for each in read]
    for name, measure in zip(_WEIGHTS, ("ccf", "vaf"), strict=True):
        if hidden or any(active):
            known = own.loc[active, measure]
            values[name] = np.nan if hidden or known.isna().any() else float(known.max())
    return values


def _of_variant(consequence: str, text: object) -> dict[str, float] | None:
    if consequence in _TRUNCATING:
        return {"truncating": 1.0}
    if consequence == "stop_lost":
        return {}
    try:
        changes = protein_changes(text)
    except ValueError:
        return None
    listed = [change for change in changes if change.text in curated()]
    # Of several transcripts the curated change says which is meant; else they disagree.
    if len(listed or changes) != 1:
        return None
    return classify((listed or changes)[0])


def _variants(cohort: Cohort) -> pd.DataFrame:
    rows = altering(observed(cohort))
    rows = rows[rows["gene"] == GENE]
    absent = rows["region"].notna() & (rows["vaf"] <= PRESENT_ABOVE)
    return add_ccf(rows[~absent], cohort)


def _fully_profiled(cohort: Cohort) -> pd.Series:
    """Whether every variant of MTOR would have been named."""
    every = cohort.profiled[cohort.profiled["reported"] != "drivers"]
    return profiled_genes(replace(cohort, profiled=every), [GENE])[GENE]


@cache
def _intervals() -> tuple[tuple[str, int, int], ...]:
    rows = knowledge_records("mtor_domains")
    return tuple((row["domain"], int(row["first"]), int(row["last"])) for row in rows)


def _domains_of(change: ProteinChange) -> tuple[str, ...]:
    first, last = change.first or 0, change.last or 0
    return tuple(dict.fromkeys(name for name, low, high in _intervals() if first <= high and last >= low))


@cache
def _highest_grade() -> float:
    return max(known.grade for known in curated().values())


@cache
def _residues() -> Mapping[int, str]:
    """Amino acids of mTOR at the curated residues."""
    return {int(variant[1:-1]): variant[0] for variant in curated()}


@cache
def _hotspots() -> frozenset[int]:
    return frozenset(int(variant[1:-1]) for variant, known in curated().items() if known.grade)


def _fits(change: ProteinChange) -> bool:
    if change.first is None or change.last is None or change.last > max(last for _, _, last in _intervals()):
        return False
    named = ((change.first, change.reference), (change.last, change.last_reference))
    return all(letter in ("", _residues().get(at, letter)) for at, letter in named)


BUILDER = Builder("mtor_residues", columns, build)
