"""Markers: proteins and phosphorylation sites, and the many ways in which antibodies and channels spell them.

One marker is one epitope: ``S6_pS240_S244`` and ``S6_pS235_S236`` are two, and ``S6_phospho`` is S6
phosphorylated where the panel does not say at which site (``pS6``).  A spelling is compared without case and
punctuation, and without what a platform adds to it: a metal tag, a validation suffix, a version.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from features.errors import InputError
from features.knowledge import knowledge_records

_RESIDUES = {"S": "ser", "T": "thr", "Y": "tyr"}
#: What platforms add to the name of an antibody.
_ADDED = (
    # The element of an array: "RPS6|S6_pS240_S244", "AKT1 AKT2 AKT3|Akt_pS473".
    re.compile(r"^.*\|"),
    # The metal of mass cytometry: "149Sm_p4EBP1_T37_46", "pS6(Yb172)Dd".
    re.compile(r"^\d{2,3}[A-Z][a-z]?_(?=\w)"),
    re.compile(r"\s*\([A-Za-z]{1,2}\d{2,3}\)D[di]$"),
    # Source and validation of an MDA antibody: "S6_pS240_S244-R-V_GBL9017309", "mTOR_pS2448_Caution".
    re.compile(r"-[RMGT]-(?:V|C|E|N|NA|QC)(?:_GBL\d+)?$"),
    re.compile(r"_Caution$"),
    re.compile(r"_v\d+$"),
)


@dataclass(frozen=True)
class Marker:
    """One epitope.

    Attributes
    ----------
    name
        As columns name it, such as ``4EBP1_pT37_T46``.
    gene
        Approved symbol; "" where it is no protein (IdU, DNA_1).
    site
        Residues, "/" between them; "any" where phosphorylated at a site that is not stated; "" for the total.
    concepts
        Rows of the concept table that it serves.
    """

    name: str
    gene: str
    site: str
    concepts: tuple[str, ...]

    @property
    def phosphorylated(self) -> bool:
        """Whether it is a phosphorylated form."""
        return bool(self.site)


@cache
def markers() -> Mapping[str, Marker]:
    """Every marker by its name, in the order of ``knowledge/markers.csv``."""
    return MappingProxyType(
        {
            row["marker"]: Marker(row["marker"], row["gene"], row["site"], tuple(row["concepts"].split(";")))
            for row in knowledge_records("markers")
        }
    )


def marker_of(spelling: str) -> Marker | None:
    """The marker that an antibody or channel means; None where it is none of ours.

    Examples
    --------
    >>> [marker_of(s).name for s in ("X4EBP1_pT37T46", "149Sm_p4EBP1_T37_46", "pS6(Yb172)Dd")]
    ['4EBP1_pT37_T46', '4EBP1_pT37_T46', 'S6_phospho']
    """
    return _by_key().get(spelling_key(spelling))


def channel_of(spellings: Iterable[str], *wanted: str) -> str | None:
    """The spelling that means the first of the wanted markers that is there; None where none is.

    Parameters
    ----------
    spellings
        Antibodies or channels at hand.
    *wanted
        Names of markers, in order of preference.

    Raises
    ------
    InputError
        If two spellings mean that same marker.
    KeyError
        If a wanted marker is not in the table.
    """
    found = spellings_by_marker(spellings)
    for name in wanted:
        own = found.get(markers()[name].name, ())
        if len(own) > 1:
            raise InputError(
                f"{own[0]!r} and {own[1]!r} are both {name}", where="proteins", todo="keep one of them"
            )
        if own:
            return own[0]
    return None


def spellings_by_marker(spellings: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Name of each marker that is there -> the spellings that mean it, in their order."""
    found: dict[str, tuple[str, ...]] = {}
    for spelling in spellings:
        marker = marker_of(spelling)
        if marker is not None:
            found[marker.name] = (*found.get(marker.name, ()), spelling)
    return found


def spelling_key(spelling: str) -> str:
    """What two spellings of one marker have in common: letters and digits, without what a platform adds."""
    text = spelling.strip()
    for added in _ADDED:
        text = added.sub("", text)
    return _plain(text)


@cache
def _by_key() -> Mapping[str, Marker]:
    found: dict[str, Marker] = {}
    for row in knowledge_records("markers"):
        marker = markers()[row["marker"]]
        for key in {key for name in row["names"].split(";") for key in _keys(_plain(name), row["site"])}:
            if key in found:
                raise ValueError(f"{key!r} means both {found[key].name} and {marker.name}")
            found[key] = marker
    return found


def _keys(name: str, site: str) -> Iterable[str]:
    if not site:
        return (name,)
    if site == "any":
        return ("p" + name, "phospho" + name, name + "p", name + "phospho")
    sites = _site_keys(site.split("/"))
    before = ("", "p", "phospho")
    return (f"{prefix}{name}{p}{key}" for prefix, p, key in itertools.product(before, ("", "p"), sites))


def _site_keys(residues: list[str]) -> set[str]:
    """Ways to write S240/S244: s240s244, s240ps244, s240244, ser240244 ... and s240 alone."""
    keys: set[str] = set()
    for spell in (str.lower, lambda residue: _RESIDUES[residue[0]] + residue[1:]):
        first, *rest = [spell(residue) for residue in residues]
        keys.add(first)
        if rest:
            bare = "".join(residue[1:] for residue in residues[1:])
            keys |= {first + "".join(rest), first + "".join("p" + r for r in rest), first + bare}
    return keys


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())
