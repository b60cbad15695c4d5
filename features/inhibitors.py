"""The mTORC1 inhibitors: names, synonyms, class, binding site, targets and each screen's own spelling.

The facts live in ``knowledge/inhibitors.csv`` and ``knowledge/inhibitor_synonyms.csv``, a source in each row.
Two kinds of name are kept apart, because they serve different ends:

* a *synonym* is what a person may type; it is compared without case and punctuation (:func:`find_inhibitor`);
* a *screen spelling* is what a screen's file says, to the letter; responses are joined on it and on nothing
  looser (:func:`screen_inhibitors`).  GDSC1 holds both "Torin 2" and "torin2", two measurements that agree at
  r 0.22: a person who types either means Torin 2, but only "Torin 2" is joined, and the other is a *refused*
  spelling whose rows are counted as a loss (:func:`refused_spellings`).
"""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from features.errors import InputError

#: The classes, from the narrowest mechanism to the widest; each expected direction of a feature is per class.
CLASSES = ("rapalog", "atp_competitive", "bivalent", "dual_pi3k_mtor")

_KINDS = ("synonym", "screen", "screen_refused")
_INHIBITOR_COLUMNS = ("name", "inhibitor_class", "site", "targets", "source")
_SYNONYM_COLUMNS = ("inhibitor", "synonym", "kind", "screen", "source")


@dataclass(frozen=True)
class Inhibitor:
    """One drug.

    Attributes
    ----------
    name
        The field's name (INN where there is one, else the code in common use); unique.
    inhibitor_class
        One of :data:`CLASSES`.
    site
        Where on mTOR it binds, in words.
    targets
        HGNC symbols of the proteins inhibited at the doses used in cells, MTOR first.
    synonyms
        Other names, codes and brands that mean this drug and no other.
    screen_spellings
        Screen -> the spelling in that screen's file, to the letter (at most one a screen).
    source
        PMID, DOI or sheet from which class, site and targets come.
    """

    name: str
    inhibitor_class: str
    site: str
    targets: tuple[str, ...]
    synonyms: tuple[str, ...]
    screen_spellings: Mapping[str, str] = field(hash=False)
    source: str


def inhibitors() -> tuple[Inhibitor, ...]:
    """Every inhibitor of the curated table, in its order (by class, then by name in the table)."""
    return _tables()[0]


def find_inhibitor(text: str) -> Inhibitor:
    """The inhibitor that a person means.

    Case, blanks and punctuation do not matter; names, synonyms and screen spellings are all understood.

    Raises
    ------
    InputError
        If no inhibitor has that name; the nearest known names are listed.

    Examples
    --------
    >>> find_inhibitor("Rapamycin").name, find_inhibitor("azd 2014").name
    ('sirolimus', 'vistusertib')
    """
    by_key, shown = _index()
    found = by_key.get(name_key(text))
    if found is not None:
        return found
    near = difflib.get_close_matches(name_key(text), shown, n=4, cutoff=0.5)
    names: dict[str, str] = {}
    for key in near:
        names.setdefault(by_key[key].name, _with_alias(shown[key], by_key[key]))
    todo = (
        f"did you mean {', '.join(names.values())}?"
        if names
        else "see the table of inhibitors for the known names"
    )
    raise InputError(f"unknown inhibitor {text!r}", todo=todo)


def spelling(inhibitor: str, screen: str) -> str | None:
    """The screen's own spelling of an inhibitor, or ``None`` where that screen did not test it.

    Raises
    ------
    InputError
        If the inhibitor or the screen is unknown.
    """
    found = find_inhibitor(inhibitor)
    _check_screen(screen)
    return found.screen_spellings.get(screen)


def screens() -> tuple[str, ...]:
    """The screens whose spellings are known."""
    return tuple(sorted({screen for drug in inhibitors() for screen in drug.screen_spellings}))


def screen_inhibitors(screen: str) -> Mapping[str, Inhibitor]:
    """The screen's exact spelling -> inhibitor, for joining its responses.

    Raises
    ------
    InputError
        If the screen is unknown.
    """
    _check_screen(screen)
    return {d.screen_spellings[screen]: d for d in inhibitors() if screen in d.screen_spellings}


def refused_spellings(screen: str) -> Mapping[str, str]:
    """The screen's spellings that look like one of ours and are not joined -> why.

    Raises
    ------
    InputError
        If the screen is unknown.
    """
    _check_screen(screen)
    return _tables()[1].get(screen, {})


def classes() -> tuple[str, ...]:
    """The inhibitor classes that occur in the table, in the order of :data:`CLASSES`."""
    present = {drug.inhibitor_class for drug in inhibitors()}
    return tuple(name for name in CLASSES if name in present)


def inhibitors_of(inhibitor_class: str) -> tuple[Inhibitor, ...]:
    """The inhibitors of one class.

    Raises
    ------
    InputError
        If there is no such class.
    """
    if inhibitor_class not in CLASSES:
        raise InputError(
            f"unknown inhibitor class {inhibitor_class!r}", todo=f"use one of {', '.join(CLASSES)}"
        )
    return tuple(drug for drug in inhibitors() if drug.inhibitor_class == inhibitor_class)


def name_key(text: str) -> str:
    """The form in which names are compared: lower-case letters and digits only."""
    return "".join(character for character in text.casefold() if character.isalnum())


def parse_tables(
    drugs: Iterable[Mapping[str, str]], names: Iterable[Mapping[str, str]]
) -> tuple[tuple[Inhibitor, ...], Mapping[str, Mapping[str, str]]]:
    """Turn the rows of the two tables into inhibitors and refused spellings, checking every rule.

    Parameters
    ----------
    drugs
        Rows with the keys name, inhibitor_class, site, targets (";"-joined), source.
    names
        Rows with the keys inhibitor, synonym, kind (synonym, screen, screen_refused), screen, source.
        In a ``screen_refused`` row the source says why.

    Raises
    ------
    ValueError
        If a name means two inhibitors (public sheets give "Torisel" to rapamycin and temsirolimus alike), a
        screen spells one inhibitor in two ways, a row has no source, or a word is outside its vocabulary.
    """
    rows = {row["name"]: row for row in drugs}
    owner: dict[str, str] = {}
    synonyms: dict[str, list[str]] = {name: [] for name in rows}
    spellings: dict[str, dict[str, str]] = {name: {} for name in rows}
    refused: dict[str, dict[str, str]] = {}
    for name, row in rows.items():
        _require(row["inhibitor_class"] in CLASSES, f"{name}: unknown class {row['inhibitor_class']!r}")
        _require(all(row[column].strip() for column in _INHIBITOR_COLUMNS), f"{name}: an empty cell")
        _claim(owner, name, name)
    for row in names:
        drug, word, kind, screen = row["inhibitor"], row["synonym"], row["kind"], row["screen"]
        _require(drug in rows, f"synonym {word!r} names {drug!r}, which is not in the table")
        _require(kind in _KINDS, f"synonym {word!r}: unknown kind {kind!r}")
        _require(bool(row["source"].strip()), f"synonym {word!r} has no source")
        _require(
            bool(screen) == (kind != "synonym"), f"synonym {word!r}: a screen's spelling names its screen"
        )
        _claim(owner, word, drug)
        if kind == "synonym":
            synonyms[drug].append(word)
        elif kind == "screen":
            _require(screen not in spellings[drug], f"{screen} spells {drug} in two ways")
            spellings[drug][screen] = word
        else:
            refused.setdefault(screen, {})[word] = row["source"]
    parsed = tuple(
        Inhibitor(
            name=name,
            inhibitor_class=row["inhibitor_class"],
            site=row["site"],
            targets=tuple(row["targets"].split(";")),
            synonyms=tuple(synonyms[name]),
            screen_spellings=MappingProxyType(spellings[name]),
            source=row["source"],
        )
        for name, row in rows.items()
    )
    return parsed, refused


def _claim(owner: dict[str, str], word: str, drug: str) -> None:
    first = owner.setdefault(name_key(word), drug)
    _require(first == drug, f"{word!r} names two inhibitors, {first} and {drug}")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(f"table of inhibitors: {problem}")


def _check_screen(screen: str) -> None:
    if screen not in screens():
        raise InputError(f"unknown screen {screen!r}", todo=f"use one of {', '.join(screens())}")


def _with_alias(word: str, drug: Inhibitor) -> str:
    return drug.name if name_key(word) == name_key(drug.name) else f"{drug.name} ({word})"


@cache
def _tables() -> tuple[tuple[Inhibitor, ...], Mapping[str, Mapping[str, str]]]:
    return parse_tables(
        _rows("inhibitors.csv", _INHIBITOR_COLUMNS), _rows("inhibitor_synonyms.csv", _SYNONYM_COLUMNS)
    )


@cache
def _index() -> tuple[dict[str, Inhibitor], dict[str, str]]:
    """Key -> inhibitor, and key -> the word as it is written, over every name that a person may type."""
    by_key: dict[str, Inhibitor] = {}
    shown: dict[str, str] = {}
    for drug in inhibitors():
        for word in (drug.name, *drug.synonyms, *drug.screen_spellings.values()):
            by_key[name_key(word)] = drug
            shown.setdefault(name_key(word), word)
    return by_key, shown


def _rows(name: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    text = files("features").joinpath("knowledge", name).read_text(encoding="utf-8")
    reader = csv.DictReader(text.splitlines())
    _require(tuple(reader.fieldnames or ()) == columns, f"{name} has the columns {reader.fieldnames}")
    return list(reader)
