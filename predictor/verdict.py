"""The prediction in words, careful ones: how much likelier than usual, never "will respond"."""

from __future__ import annotations

from collections.abc import Sequence

from predictor.intervals import TOP_SHARE

OUT_OF_DOMAIN = "no verdict: out of domain"
NOTHING_KNOWN = "no verdict: nothing is known of this sample"
LINEAGE_UNKNOWN = "no verdict: DNA alone says little without the lineage"
WITHIN_COHORT = "no verdict: harmonised without lines of its lineage, to be compared within the cohort only"
OVERRIDDEN = "overridden by evidence"

#: Least chance of being in the most sensitive fifth, as a multiple of the base rate, and what it is called.
_WORDS: tuple[tuple[float, str], ...] = (
    (2.0, "much more likely sensitive than average"),
    (1.5, "more likely sensitive than average"),
    (1 / 1.5, "about average"),
    (0.5, "less likely sensitive than average"),
    (0.0, "much less likely sensitive than average"),
)


def words_for(probability: float) -> str:
    """The chance of being among the most sensitive fifth, in words against the base rate of 0.2.

    Parameters
    ----------
    probability
        0 to 1.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> words_for(0.45), words_for(0.2)
    ('much more likely sensitive than average', 'about average')
    """
    for least, words in _WORDS:
        if probability >= least * TOP_SHARE:
            return words
    raise ValueError(f"{probability} is not a probability")


def verdict(
    probability: float,
    *,
    in_domain: bool,
    known: bool,
    lineage: bool,
    against: Sequence[str],
    by_class: str | None,
    comparable: bool = True,
) -> str:
    """One sample's verdict for one inhibitor.

    Parameters
    ----------
    probability
        Of being among the most sensitive fifth.
    in_domain
        Whether the sample is like those that the model was trained on.
    known
        Whether anything that the model reads is known of the sample.
    lineage
        Whether the lineage is known, or not needed.
    against
        Curated resistance variants of the sample for this class.  They stand on their own, whatever the model
        says, and even where it may not be asked.
    by_class
        The class whose model answered for an inhibitor that has none of its own.
    comparable
        Whether the prediction can be compared with the training lines': not where the expression was
        harmonised without lines of the lineage.
    """
    if against:
        return f"{OVERRIDDEN}: resistance expected ({'; '.join(against)})"
    if not known:
        return NOTHING_KNOWN
    if not comparable:
        return WITHIN_COHORT
    if not in_domain:
        return OUT_OF_DOMAIN
    if not lineage:
        return LINEAGE_UNKNOWN
    return words_for(probability) + (f" (by the {by_class} class, no model of its own)" if by_class else "")
