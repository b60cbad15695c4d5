"""The codes of cBioPortal's clinical tables: what is blank, and whether an event happened."""

from __future__ import annotations

import re

import pandas as pd

#: Blank besides what every table of ours knows as blank; in small letters.
BLANKS = frozenset(
    {
        *("[not available]", "[not applicable]", "[not evaluated]", "[unknown]", "[discrepancy]"),
        *("[pending]", "[completed]", "[not reported]", "not available", "not applicable", "not reported"),
        *("na", "n/a", "nan", "none", "null", "unknown", "-", "--", "."),
    }
)
_PREFIX = re.compile(r"([01])\s*:\s*(.*)", re.DOTALL)
#: Words of a status without the prefix "0:" or "1:", without blanks and case -> whether the event happened.
_EVENTS = {
    **dict.fromkeys(("deceased", "dead", "died", "death", "deadwithtumor"), 1),
    **dict.fromkeys(("recurred/progressed", "recurred", "recurrence", "relapsed", "relapse"), 1),
    **dict.fromkeys(("progressed", "progression", "progressivedisease", "event", "1"), 1),
    **dict.fromkeys(("living", "alive", "aliveordeadtumorfree", "diseasefree", "progressionfree"), 0),
    **dict.fromkeys(("censored", "noevent", "notprogressed", "norecurrence", "0"), 0),
}


def blanked(table: pd.DataFrame) -> pd.DataFrame:
    """The same table of text without cells that say that nothing is known."""
    return table.apply(lambda column: column.mask(column.str.strip().str.lower().isin(list(BLANKS)), None))


def event_of(status: str) -> int | None:
    """Whether the event happened: 1, 0, or None for a status that says neither, or both.

    cBioPortal asks for "1:DECEASED" and "0:LIVING"; older studies write the word alone.

    Examples
    --------
    >>> event_of("1:DECEASED"), event_of("living"), event_of("0:DiseaseFree"), event_of("0:DECEASED")
    (1, 0, 0, None)
    >>> event_of("2:DECEASED"), event_of("lost to follow-up")
    (None, None)
    """
    prefixed = _PREFIX.fullmatch(status.strip())
    word = re.sub(r"\s+", "", (prefixed.group(2) if prefixed else status).casefold())
    by_word = _EVENTS.get(word)
    if prefixed is None:
        return by_word
    event = int(prefixed.group(1))
    # The prefix rules, but not against its own word.
    return event if by_word in (None, event) else None
