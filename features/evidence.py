"""Curated evidence for or against a class of mTORC1 inhibitors in the sample that carries a variant.

Most of it are single cases and cell experiments, too few to be learned; negative results are kept.  An exact
change is matched to the letter (another change of its residue is another matter), a class of changes by
consequences and copy-number calls.  Only what is in the cohort's tables is matched: nothing follows from the
absence of a call.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

from features.cohort import Cohort
from features.inhibitors import CLASSES
from features.knowledge import knowledge_table
from features.protein_change import ProteinChange, protein_changes
from features.schemas import CONSEQUENCES

#: Of :func:`evidence_for`'s table.
COLUMNS = (
    "sample_id", "inhibitor_class", "gene", "variant", "direction", "level", "setting", "source", "decisive",
)  # fmt: skip
#: ``none``: it was looked at, and made no difference.
DIRECTIONS = ("resistant", "sensitive", "none")
#: CIViC's levels: A approved, B clinical study, C case, D before the clinic, E inferred.
LEVELS = ("A", "B", "C", "D", "E")
#: Classes of changes that a Cohort's tables can show.
MATCHED_CLASSES = ("any_mutation", "truncating", "loss_of_function", "amplification", "deletion")
#: Classes that they cannot (there are no calls of them); kept for the record, and never matched.
UNMATCHED_CLASSES = ("protein_loss", "expression", "phosphorylation", "fusion", "region")
#: The drugs' target, and the partner with which rapalogs bind it.
TARGETS = ("MTOR", "FKBP1A")

_KEY = ["gene", "variant", "inhibitor_class", "direction", "level", "setting"]
_ALTERING = frozenset(CONSEQUENCES) - {"silent", "other"}
_TRUNCATING = frozenset({"nonsense", "frameshift", "splice", "start_lost"})
_SOURCE = re.compile(
    r"PMID \d+|doi:10\.\d{4,}/\S+|CIViC EID\d+|ASCO \d{4} abstract \d+|Clin Cancer Res \d{4};\d+:\d+"
    r"|FDA label of \w+"
)


@cache
def _curated() -> pd.DataFrame:
    return check_table(knowledge_table("variant_evidence"))


def curated_evidence() -> pd.DataFrame:
    """The table, all text.

    Returns
    -------
    pandas.DataFrame
        gene; variant (an exact change in normal form, or one of :data:`MATCHED_CLASSES` and
        :data:`UNMATCHED_CLASSES`); inhibitor_class; direction; level; setting (disease or cells, and what was
        given with it); source ("; "-joined); note.
    """
    return _curated().copy()


def check_table(table: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table that contradicts itself or does not say where it comes from.

    Raises
    ------
    ValueError
        If a word is outside its vocabulary, a source is missing, a variant is neither a class nor in the
        normal form, or a row occurs twice.
    """
    for column, words in (("inhibitor_class", CLASSES), ("direction", DIRECTIONS), ("level", LEVELS)):
        odd = sorted(set(table[column]) - set(words))
        if odd:
            raise ValueError(f"table of variant evidence: {column} {odd[0]!r} is unknown")
    for gene, variant, source in table[["gene", "variant", "source"]].to_numpy().tolist():
        if not all(_SOURCE.fullmatch(part) for part in source.split("; ")):
            raise ValueError(f"table of variant evidence: {gene} {variant} lacks a source in a known form")
        if variant not in (*MATCHED_CLASSES, *UNMATCHED_CLASSES) and _changes(variant) != (variant,):
            raise ValueError(
                f"table of variant evidence: {gene} {variant} is no class and not in one-letter form"
            )
    twice = table.duplicated(_KEY)
    if twice.any():
        raise ValueError(f"table of variant evidence: {table[twice].iloc[0].variant} occurs twice")
    return table


def looked_for(cohort: Cohort) -> frozenset[str]:
    """The samples in which a decisive variant would have been seen: one of the target that resists.

    Its gene was sequenced, all of its variants were reported, and each of them that could be one names its
    change; otherwise that none was found says nothing.
    """
    genes = set(_decisive(_curated())["gene"])
    profiled = cohort.profiled[
        (cohort.profiled["modality"] == "variants") & (cohort.profiled["reported"] != "drivers")
    ]
    listed = cohort.panels.groupby("panel")["gene"].agg(set).to_dict()
    whole = [
        panel for panel in profiled["panel"].unique() if panel == "exome" or genes <= listed.get(panel, set())
    ]
    seen = set(profiled.loc[profiled["panel"].isin(whole), "sample_id"])
    mine = cohort.variants[
        cohort.variants["gene"].isin(genes) & cohort.variants["consequence"].isin(_ALTERING - _TRUNCATING)
    ]
    unread = mine.loc[[not _is_named(text) for text in mine["protein_change"]], "sample_id"]
    return frozenset(seen - set(unread))


def evidence_for(cohort: Cohort) -> pd.DataFrame:
    """The curated evidence that samples of a cohort carry.

    Parameters
    ----------
    cohort
        Its ``variants`` and the calls of its ``copy_number``.  A variant without protein change (GDSC
        publishes none) matches classes only.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, all text; samples in the order of the cohort, then in the order of the curated table.
        ``decisive`` is "yes" for an exact change of the target or its partner that resists the class, else
        "no".
    """
    ranked = _curated().rename_axis("rank").reset_index()
    found = _carried(cohort).merge(ranked, on=["gene", "variant"])
    place = pd.Series(range(len(cohort.samples)), index=cohort.samples["sample_id"].to_numpy(), dtype=int)
    found = found.assign(
        place=found["sample_id"].map(place),
        decisive=np.where(found["rank"].isin(_decisive(_curated()).index), "yes", "no"),
    ).sort_values(["place", "rank"], kind="stable")
    return found[list(COLUMNS)].astype(object).reset_index(drop=True)


def _decisive(table: pd.DataFrame) -> pd.DataFrame:
    exact = ~table["variant"].isin([*MATCHED_CLASSES, *UNMATCHED_CLASSES])
    return table[exact & table["gene"].isin(TARGETS) & (table["direction"] == "resistant")]


def _carried(cohort: Cohort) -> pd.DataFrame:
    """sample_id, gene, variant: exact changes and classes of the curated genes, each once a sample."""
    rows, calls = (
        table[table["gene"].isin(set(_curated()["gene"]))] for table in (cohort.variants, cohort.copy_number)
    )
    # A region's table lists with 0 what other regions carry.
    rows = rows[~(rows["vaf"] <= 0) & ~(rows["alt_count"] <= 0) & rows["consequence"].isin(_ALTERING)]
    key = ["sample_id", "gene"]
    calls = calls.set_index("call")[key]
    truncating = rows.loc[rows["consequence"].isin(_TRUNCATING), key]
    deleted = calls[calls.index == "deletion"]
    exact = pd.Series([_changes(text) for text in rows["protein_change"]], index=rows.index, dtype=object)
    parts = [
        rows[key].assign(variant=exact).explode("variant"),
        rows[key].assign(variant="any_mutation"),
        truncating.assign(variant="truncating"),
        truncating.assign(variant="loss_of_function"),
        deleted.assign(variant="loss_of_function"),
        deleted.assign(variant="deletion"),
        calls[calls.index == "amplification"].assign(variant="amplification"),
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset=["variant"]).drop_duplicates()


def _changes(text: object) -> tuple[str, ...]:
    """The changes that a cell names, in normal form."""
    return tuple(change.text for change in _read(text))


def _is_named(text: object) -> bool:
    changes = _read(text)
    return bool(changes) and all(change.kind != "unknown" for change in changes)


def _read(text: object) -> tuple[ProteinChange, ...]:
    """None where nothing is said, or in a notation that we cannot read."""
    try:
        return protein_changes(text)
    except ValueError:
        return ()
