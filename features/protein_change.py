"""Protein changes as annotators write them, read into one form.

After the recommendations of the Human Genome Variation Society (den Dunnen 2016, PMID 26931183), and the
older spellings that variant files still hold: ``p.QL61HL``, ``p.745_746insE``, ``p.228_229NL>K``,
``p.FCP155fs``, ``p.X125_splice``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

#: What is written.
Event = Literal[
    "substitution", "deletion", "insertion", "delins", "duplication", "frameshift", "extension", "equal",
    "splice", "unknown",
]  # fmt: skip
#: What it does to the protein.
Kind = Literal[
    "missense", "nonsense", "frameshift", "inframe_deletion", "inframe_insertion", "delins", "duplication",
    "silent", "start_lost", "stop_lost", "splice", "unknown",
]  # fmt: skip

_KIND_OF_EVENT: Mapping[Event, Kind] = {
    "substitution": "missense", "deletion": "inframe_deletion", "insertion": "inframe_insertion",
    "delins": "delins", "duplication": "duplication", "frameshift": "frameshift", "extension": "stop_lost",
    "equal": "silent", "splice": "splice", "unknown": "unknown",
}  # fmt: skip
_ONE_LETTER: Mapping[str, str] = {
    "Ala": "A", "Arg": "R", "Asn": "N", "Asp": "D", "Cys": "C", "Gln": "Q", "Glu": "E", "Gly": "G",
    "His": "H", "Ile": "I", "Leu": "L", "Lys": "K", "Met": "M", "Phe": "F", "Pro": "P", "Ser": "S",
    "Thr": "T", "Trp": "W", "Tyr": "Y", "Val": "V", "Sec": "U", "Pyl": "O", "Asx": "B", "Glx": "Z",
    "Xle": "J", "Ter": "*", "Xaa": "?",
}  # fmt: skip
_THREE_LETTERS = re.compile("|".join(_ONE_LETTER))
_MISSING = frozenset({"", ".", "-"})
_SEPARATORS = re.compile("[;,|]")


@dataclass(frozen=True)
class ProteinChange:
    """One change of a protein.

    Attributes
    ----------
    event
        What is written.
    first, last
        First and last residue, counted from 1: those replaced or lost, or the two beside an insertion.  None
        where no residue is named (``p.?``, ``p.0``, ``p.=``).
    reference, last_reference
        The amino acids at ``first`` and ``last``, "*" a stop, "" where they are not named.
    alternative
        What takes their place or is put between: "X" is any amino acid, "?" unknown, "" none or not named.
    length
        Residues up to the new stop of a frameshift or an extension, negative where the protein begins
        earlier; None where it is not named.
    """

    event: Event
    first: int | None = None
    last: int | None = None
    reference: str = ""
    last_reference: str = ""
    alternative: str = ""
    length: int | None = None

    @property
    def kind(self) -> Kind:
        """What it does: a stop put in makes it ``nonsense``, whatever is written around it."""
        if self.event in ("equal", "splice", "unknown"):
            return _KIND_OF_EVENT[self.event]
        if self.first == 1 and self.event in ("substitution", "extension", "deletion"):
            return "start_lost"
        stops = "*" in self.reference + self.last_reference and self.event != "insertion"
        if stops != ("*" in self.alternative):
            return "stop_lost" if stops else "nonsense"
        return "unknown" if self.alternative == "?" else _KIND_OF_EVENT[self.event]

    @property
    def text(self) -> str:
        """The normal one-letter form: ``A2034V``, ``K159Gfs*16``, ``E746_A750del``, ``V330=``."""
        if self.first is None:
            return "=" if self.event == "equal" else "?"
        place = f"{self.reference}{self.first}"
        if self.last != self.first:
            place += f"_{self.last_reference}{self.last}"
        return place + self._event_text()

    def _event_text(self) -> str:
        new, length = self.alternative, self.length
        stop = "" if length is None else f"*{length}" if length > 0 else f"{length}"
        written: Mapping[Event, str] = {
            "substitution": new, "deletion": "del", "insertion": f"ins{new}", "delins": f"delins{new}",
            "duplication": "dup", "frameshift": f"{new}fs{stop}", "extension": f"{new}ext{stop}",
            "equal": "=", "splice": "_splice", "unknown": "?",
        }  # fmt: skip
        return written[self.event]


def parse_protein_change(text: object) -> ProteinChange | None:
    """Read one protein change.

    Parameters
    ----------
    text
        HGVS, short or in three letters, with or without transcript, ``p.`` and parentheses, or one of the
        older spellings.  ``X`` alone is a stop, as it was before 2013.

    Returns
    -------
    ProteinChange or None
        None where nothing is given: no text, "", "." or a bare prefix.

    Raises
    ------
    ValueError
        If the notation is unknown; the message is a sentence that names it.

    Examples
    --------
    >>> parse_protein_change("NP_004949.1:p.(Ala2034Val)").text
    'A2034V'
    >>> parse_protein_change("p.FCP155fs").kind
    'frameshift'
    """
    if not isinstance(text, str):
        return None
    body = _body(text)
    if body in _MISSING:
        return None
    for form, read in _FORMS:
        found = form.fullmatch(body)
        change = read(**found.groupdict()) if found else None
        if change is not None and _in_order(change):
            return change
    raise ValueError(
        f"{text.strip()!r} is no protein change that we can read"
        + (" but one of DNA or RNA" if re.match("[cgnmr]\\.", text.strip().rsplit(":", 1)[-1]) else "")
    )


def protein_changes(text: object) -> tuple[ProteinChange, ...]:
    """The changes of a cell that names one in each of several transcripts, without repetition.

    Raises
    ------
    ValueError
        If one of them is in an unknown notation.
    """
    parts = _SEPARATORS.split(text) if isinstance(text, str) else []
    read = (parse_protein_change(part) for part in parts)
    return tuple(dict.fromkeys(change for change in read if change is not None))


def _body(text: str) -> str:
    body = text.strip().rsplit(":", 1)[-1].strip().replace("%3D", "=")
    body = body.removeprefix("p.")
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    return _THREE_LETTERS.sub(lambda found: _ONE_LETTER[found.group()], body)


def _in_order(change: ProteinChange) -> bool:
    if change.first is None or change.last is None:
        return True
    return 1 <= change.first <= change.last


def _nowhere(equal: str | None) -> ProteinChange:
    """``?``, ``0``, ``=``."""
    return ProteinChange("equal" if equal else "unknown")


def _splice(ref: str, at: str) -> ProteinChange:
    """``X125_splice``."""
    return _at("splice", int(at), ref or "X")


def _substitution(ref: str, at: str, alt: str) -> ProteinChange | None:
    """``A2034V``, ``V330=``, ``M1?``, ``R213X``, or as many residues after as before: ``QL61HL``."""
    if alt == "=":
        return _at("equal", int(at), ref)
    return _replaced(int(at), _stop(ref), alt) if len(ref) == len(alt) else None


def _equal_range(ref: str, at: str, last_ref: str, last: str) -> ProteinChange | None:
    """``K42_A43=``."""
    return _range("equal", at, last, ref, last_ref)


def _frameshift(ref: str | None, at: str, alt: str | None, length: str | None) -> ProteinChange:
    """``R97fs``, ``R97Pfs*23``, ``FCP155fs``, ``-138fs``."""
    return _at("frameshift", int(at), (ref or "").lstrip("-")[:1], alt or "", _length(length))


def _extension(at: str, alt: str | None, length: str | None) -> ProteinChange:
    """``*110Qext*17``; without its length the same as ``*110Q``."""
    stop = _length(length)
    if stop is None and alt:
        return _at("substitution", int(at), "*", alt)
    return _at("extension", int(at), "*", alt or "", stop)


def _early_start(alt: str | None, length: str) -> ProteinChange:
    """``M1ext-5``, ``M1Vext-12``."""
    return _at("extension", 1, "M", alt or "", -int(length))


def _run_event(ref: str, at: str, event: str) -> ProteinChange:
    """``L401del``, ``E5dup``, and of a run of residues ``DS593del``."""
    return ProteinChange(_EVENT_OF[event], int(at), int(at) + len(ref) - 1, ref[0], ref[-1])


def _range_event(ref: str, at: str, last_ref: str, last: str, event: str) -> ProteinChange | None:
    """``E746_A750del``, ``A775_M776dup``."""
    return _range(_EVENT_OF[event], at, last, ref, last_ref)


def _insertion(ref: str, at: str, last_ref: str, last: str, alt: str) -> ProteinChange | None:
    """``M774_A775insAYVM``, ``745_746insE``; ``R78_G79ins23``, ``R78_G79insX[23]`` are of any residues."""
    if int(last) != int(at) + 1:
        return None
    number = re.search(_N, alt)
    new = "X" * int(number.group()) if number else _until_stop(alt.replace("?", "X"))
    return _range("insertion", at, last, ref, last_ref, new) if new else None


def _single_delins(ref: str, at: str, alt: str) -> ProteinChange:
    """``V600delinsEK``, ``D770>GY``."""
    return _replaced(int(at), _stop(ref), alt)


def _range_delins(ref: str, at: str, last_ref: str, last: str, alt: str) -> ProteinChange | None:
    """``L747_P753delinsS``, ``L747_P753>S``."""
    if at == last:
        return _replaced(int(at), _stop(ref), alt) if ref else None
    new = _stop(_until_stop(alt))
    if new == "*" and ref:
        return _at("substitution", int(at), ref, "*")
    return _range("delins", at, last, ref, last_ref, new)


def _run_delins(at: str, last: str, ref: str, alt: str) -> ProteinChange | None:
    """``228_229NL>K``; a lost stop's range may reach beyond the protein."""
    if len(ref) != int(last) - int(at) + 1 and not ref.endswith("*"):
        return None
    return _replaced(int(at), ref, alt)


def _at(
    event: Event, at: int, reference: str, alternative: str = "", length: int | None = None
) -> ProteinChange:
    return ProteinChange(event, at, at, reference, reference, alternative, length)


def _range(
    event: Event, at: str, last: str, ref: str, last_ref: str, alternative: str = ""
) -> ProteinChange | None:
    if at == last:
        return _at(event, int(at), ref, alternative) if ref else None
    return ProteinChange(event, int(at), int(last), ref, last_ref, alternative)


def _replaced(first: int, ref: str, alt: str) -> ProteinChange:
    """Residues ``ref`` from ``first`` on become ``alt``; what both begin or end with is left out."""
    ref, alt = _until_stop(ref), _until_stop(alt)
    if ref == alt:
        return ProteinChange("equal", first, first + len(ref) - 1, ref[0], ref[-1])
    least = min(len(ref), len(alt))
    before = next((i for i in range(least) if ref[i] != alt[i]), least)
    rest = least - before
    after = next((i for i in range(rest) if ref[-1 - i] != alt[-1 - i]), rest)
    lost, new = ref[before : len(ref) - after], alt[before : len(alt) - after]
    start = first + before
    if not lost and start == 1:
        # Put before the first residue: there is none to name on its other side.
        return ProteinChange("delins", first, first + len(ref) - 1, ref[0], ref[-1], alt)
    if not lost:
        left, right = ref[before - 1 : before], ref[before : before + 1]
        return ProteinChange("insertion", start - 1, start, left, right, new)
    new = _stop(new)
    if len(lost) == 1 and len(new) == 1:
        return _at("unknown" if new == "?" and start > 1 else "substitution", start, lost, new)
    if new == "*":
        return _at("substitution", start, lost[0], "*")
    return ProteinChange(
        "delins" if new else "deletion", start, start + len(lost) - 1, lost[0], lost[-1], new
    )


def _until_stop(residues: str) -> str:
    """What follows a stop is not translated; one unknown residue among others is any."""
    if residues == "?":
        return residues
    head, stop, _ = residues.replace("?", "X").partition("*")
    return head + stop


def _stop(residue: str) -> str:
    return "*" if residue == "X" else residue


def _length(text: str | None) -> int | None:
    return None if text is None or text == "?" else int(text)


_EVENT_OF: Mapping[str, Event] = {"del": "deletion", "dup": "duplication"}
_A, _N = "[A-Z*]", "[0-9]{1,6}"
_RANGE = f"(?P<ref>{_A}?)(?P<at>{_N})_(?P<last_ref>{_A}?)(?P<last>{_N})"
_STOP = f"(?:[*X](?P<length>{_N}|[?])?)?"
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., ProteinChange | None]], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        ("[?]|0[?]?|(?P<equal>=)", _nowhere),
        (f"(?P<ref>{_A}+)(?P<at>{_N})(?P<alt>{_A}+|[?=])", _substitution),
        (f"{_RANGE}=", _equal_range),
        (f"(?P<ref>-|{_A}+)?(?P<at>{_N})(?:_{_A}{_N})?(?P<alt>{_A})?fs{_STOP}", _frameshift),
        (f"(?P<ref>{_A}?)(?P<at>{_N})(?:_{_A}?{_N})?_?splice", _splice),
        (f"[*X](?P<at>{_N})(?P<alt>{_A})?ext{_STOP}", _extension),
        (f"M1(?P<alt>{_A})?extM?-(?P<length>{_N})", _early_start),
        (f"(?P<ref>{_A}+)(?P<at>{_N})(?P<event>del|dup)(?:{_A}+|{_N})?", _run_event),
        (f"{_RANGE}(?P<event>del|dup)(?:{_A}+|{_N})?", _range_event),
        (f"{_RANGE}ins(?P<alt>[A-Z*?]+|[X?]?\\[?{_N}\\]?)", _insertion),
        (f"(?P<ref>{_A})(?P<at>{_N})(?:del{_A}*ins|>)(?P<alt>[A-Z*?]+)", _single_delins),
        (f"{_RANGE}(?:del{_A}*ins|>)(?P<alt>[A-Z*?]+)", _range_delins),
        (f"(?P<at>{_N})_(?P<last>{_N})(?P<ref>{_A}+)>(?P<alt>{_A}+)", _run_delins),
    )
)
