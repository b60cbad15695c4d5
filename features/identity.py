"""Who is who: cell-line names and gene symbols.  A collision is an error, never a merge."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_NOT_ALPHANUMERIC = re.compile(r"[^A-Z0-9]")


def strip_name(name: str) -> str:
    """A cell-line name in upper case without punctuation or spaces.

    Examples
    --------
    >>> strip_name("NCI-H460 ")
    'NCIH460'
    """
    return _NOT_ALPHANUMERIC.sub("", str(name).upper())


@dataclass(frozen=True)
class Resolution:
    """What became of a list of names.

    Attributes
    ----------
    joined
        Name as given -> identifier, in the order given.
    unmatched
        Names that nothing in the reference answers to.
    ambiguous
        Names whose stripped form stands for two different things; refused, since guessing would merge them.
    """

    joined: dict[str, str]
    unmatched: tuple[str, ...]
    ambiguous: tuple[str, ...]


def resolve_names(names: Iterable[str], reference: Mapping[str, str]) -> Resolution:
    """Join cell-line names to identifiers by their stripped form, refusing every collision.

    A name is ambiguous if its stripped form is in ``knowledge/cell_line_collisions.csv`` (T-T / TT is a
    tongue and a thyroid line, KM-H2 / KMH-2 a lymphoma and a thyroid line), if two differently spelled names
    given here share it, or if it fits more than one identifier of the reference.

    Parameters
    ----------
    names
        Published spellings; repeats of the very same spelling count once.
    reference
        Published spelling -> identifier (say, COSMIC id).

    Returns
    -------
    Resolution
    """
    given = list(dict.fromkeys(names))
    spellings: dict[str, set[str]] = defaultdict(set)
    for name in given:
        spellings[strip_name(name)].add(name)
    identifiers: dict[str, set[str]] = defaultdict(set)
    for name, identifier in reference.items():
        identifiers[strip_name(name)].add(identifier)

    joined: dict[str, str] = {}
    unmatched: list[str] = []
    ambiguous: list[str] = []
    for name in given:
        key = strip_name(name)
        found = identifiers.get(key, set())
        if key in known_collisions() or len(spellings[key]) > 1 or len(found) > 1:
            ambiguous.append(name)
        elif found:
            joined[name] = next(iter(found))
        else:
            unmatched.append(name)
    return Resolution(joined, tuple(unmatched), tuple(ambiguous))


@cache
def known_collisions() -> Mapping[str, tuple[str, ...]]:
    """Stripped cell-line names that stand for more than one line, with the lines' published names."""
    rows = _knowledge("cell_line_collisions.csv")
    return {row["stripped"]: tuple(row["names"].split(";")) for row in rows}


def approved_symbols(symbols: Iterable[str]) -> tuple[list[str], dict[str, str]]:
    """Gene symbols as approved by HGNC, by the alias table for the genes that this package uses.

    An alias gives way to a symbol that is already there: where both "RAPTOR" and "RPTOR" are given, "RAPTOR"
    keeps its own name, for two columns of one name could no longer be told apart.  So do two aliases of one
    symbol, but for the first.

    Parameters
    ----------
    symbols
        Symbols of one table, each once.

    Returns
    -------
    mapped : list of str
        In the order given, of the same length, without new duplicates.
    changed : dict
        Alias -> approved symbol, for those that were changed.
    """
    given = [str(symbol).strip() for symbol in symbols]
    aliases = gene_aliases()
    taken = set(given)
    changed: dict[str, str] = {}
    for symbol in given:
        approved = aliases.get(symbol)
        if approved is not None and approved not in taken:
            changed[symbol] = approved
            taken.add(approved)
    return [changed.get(symbol, symbol) for symbol in given], changed


@cache
def gene_aliases() -> Mapping[str, str]:
    """Alias -> approved HGNC symbol, from ``knowledge/gene_aliases.csv`` (columns alias, symbol, source)."""
    return {row["alias"]: row["symbol"] for row in _knowledge("gene_aliases.csv")}


def _knowledge(name: str) -> list[dict[str, str]]:
    text = files("features.knowledge").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
