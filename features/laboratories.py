"""Which laboratory measured an inhibitor of a screen, where a screen joins the work of several."""

from __future__ import annotations

from functools import cache

from features.knowledge import knowledge_records


def laboratory_of(inhibitor: str, screen: str) -> str:
    """The laboratory of an inhibitor's measurements in a screen.

    Parameters
    ----------
    inhibitor
        Our name.
    screen
        As in a Cohort's responses.

    Returns
    -------
    str
        ``"GDSC1 (MGH)"`` or ``"GDSC1 (Sanger)"``: the two laboratories of that screen plated and read the
        lines apart (SCREENING_SITE of the GDSC compound sheet 8.2).  A screen of one laboratory, and one of
        which nothing is known, is its own name.
    """
    known = _laboratories().get((screen, inhibitor))
    return screen if known is None else f"{screen} ({known})"


@cache
def _laboratories() -> dict[tuple[str, str], str]:
    return {(row["screen"], row["inhibitor"]): row["laboratory"] for row in knowledge_records("laboratories")}
