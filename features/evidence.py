"""Curated variants that speak for or against a class of mTORC1 inhibitors in the sample that carries them.

These are single cases and cell experiments, too few to be learned: no training line carries A2034V, F2108L or
M2327I.  Only the very change of the table is matched; another change of the same residue is another matter.
"""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

from features.cohort import Cohort
from features.inhibitors import CLASSES
from features.knowledge import knowledge_table

#: Of :func:`evidence_for`'s table.
COLUMNS = ("sample_id", "inhibitor_class", "gene", "variant", "direction", "level", "pmid")
DIRECTIONS = ("resistant", "sensitive")
#: CIViC's levels: B clinical study, C case, D before the clinic.
LEVELS = ("A", "B", "C", "D", "E")

_ONE_LETTER = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G",
    "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S",
    "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V", "Sec": "U", "Ter": "*",
}  # fmt: skip
_THREE_LETTERS = re.compile("|".join(_ONE_LETTER))


def protein_change(text: object) -> str:
    """A protein change in one-letter form, without prefix.

    Parameters
    ----------
    text
        HGVS, long or short (``p.Ala2034Val``, ``NP_004949.1:p.(Ala2034Val)``, ``p.A2034V``, ``A2034V``), or
        missing.

    Returns
    -------
    str
        Such as ``A2034V``, ``Q1178*`` or ``K159fs*16``; "" where it is missing.

    Examples
    --------
    >>> protein_change("p.Ala2034Val"), protein_change("p.Gln1178Ter")
    ('A2034V', 'Q1178*')
    """
    if not isinstance(text, str):
        return ""
    change = text.strip().rsplit(":", 1)[-1].strip()
    change = change.removeprefix("p.").strip("()")
    return _THREE_LETTERS.sub(lambda found: _ONE_LETTER[found.group()], change)


@cache
def _curated() -> pd.DataFrame:
    return check_table(knowledge_table("variant_evidence"))


def curated_variants() -> pd.DataFrame:
    """The table: gene, variant, inhibitor_class, direction, level, pmid (";"-joined), note; all text."""
    return _curated().copy()


def check_table(table: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table that contradicts itself or does not say where it comes from.

    Raises
    ------
    ValueError
        If a word is outside its vocabulary, a source is missing, a variant is not in the normal form, or a
        variant occurs twice for a class.
    """
    for column, words in (("inhibitor_class", CLASSES), ("direction", DIRECTIONS), ("level", LEVELS)):
        odd = sorted(set(table[column]) - set(words))
        if odd:
            raise ValueError(f"table of variant evidence: {column} {odd[0]!r} is unknown")
    for gene, variant, pmid in table[["gene", "variant", "pmid"]].to_numpy().tolist():
        if not re.fullmatch(r"\d+(;\d+)*", pmid):
            raise ValueError(f"table of variant evidence: {gene} {variant} has no PMID")
        if protein_change(variant) != variant:
            raise ValueError(f"table of variant evidence: {gene} {variant} is not in one-letter form")
    twice = table.duplicated(["gene", "variant", "inhibitor_class"])
    if twice.any():
        raise ValueError(
            f"table of variant evidence: {table[twice].iloc[0].variant} occurs twice for a class"
        )
    return table


def looked_for(cohort: Cohort) -> frozenset[str]:
    """The samples in which a curated variant would have been seen.

    Every gene of the table was sequenced, and each of their variants that alters the protein says how;
    otherwise that none was found says nothing.
    """
    genes = set(_curated()["gene"])
    listed = cohort.panels.groupby("panel")["gene"].agg(set).to_dict()
    profiled = cohort.profiled[cohort.profiled["modality"] == "variants"]
    whole = [
        panel for panel in profiled["panel"].unique() if panel == "exome" or genes <= listed.get(panel, set())
    ]
    seen = set(profiled.loc[profiled["panel"].isin(whole), "sample_id"])
    mine = cohort.variants[cohort.variants["gene"].isin(genes) & (cohort.variants["consequence"] != "silent")]
    unread = mine.loc[mine["protein_change"].map(protein_change) == "", "sample_id"]
    return frozenset(seen - set(unread))


def evidence_for(cohort: Cohort) -> pd.DataFrame:
    """The curated variants that samples of a cohort carry.

    Parameters
    ----------
    cohort
        Its ``variants`` must name protein changes; those without (GDSC publishes none) match nothing.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, all text; samples in the order of the cohort, then in the order of the curated table.
        A sample without a row carries none of them if it is among :func:`looked_for`.
    """
    carried = cohort.variants[["sample_id", "gene"]].assign(
        # Some annotators name the change in several transcripts.
        variant=cohort.variants["protein_change"].fillna("").astype(str).str.split("[;,]", regex=True)
    )
    carried = carried.explode("variant")
    carried["variant"] = carried["variant"].map(protein_change)
    ranked = curated_variants().rename_axis("rank").reset_index()
    found = carried.drop_duplicates().merge(ranked, on=["gene", "variant"])
    place = pd.Series(range(len(cohort.samples)), index=cohort.samples["sample_id"].to_numpy(), dtype=int)
    found = found.assign(place=found["sample_id"].map(place)).sort_values(["place", "rank"], kind="stable")
    return found[list(COLUMNS)].astype(object).reset_index(drop=True)
