"""Lineages: a fixed vocabulary of tissues, and what TCGA, OncoTree and people call them."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache

import pandas as pd

from features.errors import InputError
from features.knowledge import knowledge_table


@cache
def lineages() -> tuple[str, ...]:
    """The vocabulary, sorted: the 19 tissues of ``GDSC1`` in gdsctools (Iorio 2016, PMID 27397505)."""
    return tuple(sorted(set(knowledge_table("lineages")["lineage"]), key=str.casefold))


@cache
def synonyms() -> Mapping[str, str]:
    """Stripped synonym -> lineage, from ``knowledge/lineages.csv``.

    "lung" itself is spelled exactly or not at all: GDSC means by it lung other than NSCLC and SCLC, nobody
    else does.
    """
    return resolve_synonyms(knowledge_table("lineages"))


def resolve_synonyms(table: pd.DataFrame) -> Mapping[str, str]:
    """Stripped synonym -> lineage.

    Parameters
    ----------
    table
        Columns lineage, synonym.

    Raises
    ------
    ValueError
        If a synonym names two lineages.
    """
    found: dict[str, str] = {}
    for lineage, synonym in table[["lineage", "synonym"]].itertuples(index=False, name=None):
        key = _strip(synonym)
        if found.setdefault(key, lineage) != lineage:
            raise ValueError(f"synonym {synonym!r} names two lineages: {found[key]} and {lineage}")
    return found


def find_lineage(text: str) -> str:
    """The lineage that a name, TCGA study or OncoTree code stands for.

    Raises
    ------
    InputError
        If nothing is known by that name; the nearest known names are given.
    """
    if text in lineages():
        return text
    found = synonyms().get(_strip(text))
    if found is None:
        names = [*lineages(), *knowledge_table("lineages")["synonym"]]
        by_fold = {name.casefold(): name for name in names}
        near = [by_fold[name] for name in difflib.get_close_matches(text.casefold(), list(by_fold), 4, 0.5)]
        raise InputError(
            f"unknown lineage {text!r}",
            where="samples, lineage",
            todo=f"nearest known: {', '.join(near)}" if near else f"use one of {', '.join(lineages())}",
        )
    return found


def _strip(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
