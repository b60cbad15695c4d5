"""What an effect shows, in words that follow its interval and its power; a large p never means "no effect".

========================  ===========================================================================
standing                  when
========================  ===========================================================================
shown                     p after Holm's correction is below 0.05
suggested                 the interval excludes 1, but p after the correction is not below 0.05
excluded                  the interval includes 1, and excludes every effect one would care about
open                      the interval includes 1, and effects one would care about
unknown                   there is no estimate, and the reason
========================  ===========================================================================

*Prognostic* and *predictive* are two questions, and each endpoint has its own answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from predictor.outcomes.cox import HazardRatio
from predictor.outcomes.effects import Effect
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.question import ALPHA
from predictor.outcomes.scale import UNIT_WORDS
from predictor.outcomes.words import p_words


class Standing(StrEnum):
    """Where a question stands; see the module."""

    SHOWN = "shown"
    SUGGESTED = "suggested"
    EXCLUDED = "excluded"
    OPEN = "neither shown nor excluded"
    UNKNOWN = "not estimable"


PROGNOSTIC, PREDICTIVE = "prognostic", "predictive"


@dataclass(frozen=True)
class Verdict:
    """The answer to one question.

    Attributes
    ----------
    question
        :data:`PROGNOSTIC` or :data:`PREDICTIVE`.
    marker, endpoint
        Of what.
    standing
        See the module.
    ratio
        The hazard ratio or the ratio of two; None where there is none.
    p_holm
        After Holm's correction over the markers and endpoints asked, for this kind of question; NaN without.
    relevant
        The smallest hazard ratio one would care about.
    words
        The answer in one sentence.
    """

    question: str
    marker: str
    endpoint: str
    standing: Standing
    ratio: HazardRatio | None
    p_holm: float
    relevant: float
    words: str

    @property
    def bound(self) -> float:
        """The hazard ratio above 1 beyond which the interval excludes any, in either direction."""
        return beyond(self.ratio) if self.ratio is not None else float("inf")


def standing_of(ratio: HazardRatio, p_holm: float, relevant: float) -> Standing:
    """Where a question stands.

    Parameters
    ----------
    ratio
        With its interval.
    p_holm
        Corrected p, 0 to 1.
    relevant
        Above 1; its inverse counts too.

    Examples
    --------
    >>> standing_of(HazardRatio(0.0, 0.5), 1.0, 1.5)
    <Standing.OPEN: 'neither shown nor excluded'>
    >>> standing_of(HazardRatio(0.0, 0.1), 1.0, 1.5)
    <Standing.EXCLUDED: 'excluded'>
    """
    if p_holm < ALPHA:
        return Standing.SHOWN
    if not ratio.low <= 1 <= ratio.high:
        return Standing.SUGGESTED
    return Standing.EXCLUDED if beyond(ratio) < relevant else Standing.OPEN


def beyond(ratio: HazardRatio) -> float:
    """The larger end of the interval, as a hazard ratio above 1."""
    return max(ratio.high, 1 / ratio.low)


def judge(
    question: str,
    effect: Effect | NotEstimable,
    *,
    marker: str,
    endpoint: str,
    unit: str,
    p_holm: float,
    relevant: float,
    arms: Sequence[str],
) -> Verdict:
    """The answer to one question, in words.

    Parameters
    ----------
    question
        :data:`PROGNOSTIC` or :data:`PREDICTIVE`.
    effect
        The shared effect or the interaction.
    marker, endpoint, unit
        Of what, in which unit.
    p_holm
        Corrected p; NaN without an effect.
    relevant
        The smallest hazard ratio one would care about.
    arms
        Names of arm and control.
    """
    head = f"{question} for {endpoint}"
    if isinstance(effect, NotEstimable):
        words = f"{head}: not estimable: {effect.reason}"
        return Verdict(question, marker, endpoint, Standing.UNKNOWN, None, p_holm, relevant, words)
    ratio, standing = effect.ratio, standing_of(effect.ratio, p_holm, relevant)
    measure = "interaction hazard ratio" if question == PREDICTIVE else "hazard ratio"
    figure = (
        f"{measure} {ratio} {UNIT_WORDS[unit]}, p {p_words(ratio.p)}, "
        f"after Holm's correction {p_words(p_holm)}"
    )
    if standing is Standing.SHOWN:
        small = f"; an effect as large as {relevant:g} is excluded" if beyond(ratio) < relevant else ""
        words = f"{head}: {_direction(question, ratio, marker, endpoint, arms)} ({figure}){small}"
    elif standing is Standing.SUGGESTED:
        words = (
            f"{head}: suggested, not shown: the interval excludes 1, but not when the number of questions "
            f"asked is allowed for ({figure})"
        )
    elif standing is Standing.EXCLUDED:
        words = (
            f"{head}: an effect beyond a {measure} of {beyond(ratio):.2f} in either direction is excluded; "
            f"a smaller one is not ({figure})"
        )
    else:
        words = (
            f"{head}: neither shown nor excluded ({figure}): the interval includes 1, and effects that one "
            f"would care about, from {1 / relevant:.2f} down or {relevant:.2f} up; there was 80 % power for "
            f"{effect.detectable:.2f} or more, and {effect.power_for(relevant):.0%} for {relevant:.2f}"
        )
    return Verdict(question, marker, endpoint, standing, ratio, p_holm, relevant, words + _shaky(effect))


def _shaky(effect: Effect) -> str:
    """What to hold against the figure: hazards that are not proportional."""
    told = ""
    if effect.over_time is not None:
        told += f"; its hazards are not proportional: {effect.over_time}"
    if effect.stratified is not None:
        excludes = [not one.low <= 1 <= one.high for one in (effect.ratio, effect.stratified)]
        if excludes[0] != excludes[1]:
            told += (
                f"; it depends on the model: {effect.stratified} with {' and '.join(effect.strata)} as strata"
            )
    return told


def _direction(question: str, ratio: HazardRatio, marker: str, endpoint: str, arms: Sequence[str]) -> str:
    higher = ratio.value > 1
    if question == PROGNOSTIC:
        return f"a higher {marker} goes with a {'shorter' if higher else 'longer'} {endpoint}"
    return (
        f"the higher {marker}, the {'less' if higher else 'more'} {arms[0]} does for {endpoint} "
        f"in comparison with {arms[1]}"
    )


def headline(verdicts: Sequence[Verdict]) -> str:
    """The answers about one marker in one line: prognostic, then predictive.

    Parameters
    ----------
    verdicts
        Of one marker, all questions and endpoints.
    """
    parts = []
    prognostic = [one for one in verdicts if one.question == PROGNOSTIC]
    predictive = [one for one in verdicts if one.question == PREDICTIVE]
    if prognostic:
        parts.append(_prognostic_words(prognostic))
    if predictive:
        parts.append(_predictive_words(predictive))
    else:
        parts.append("a predictive effect cannot be asked about without a control")
    return "; ".join(parts)


def _prognostic_words(verdicts: Sequence[Verdict]) -> str:
    by = {standing: _endpoints(verdicts, standing) for standing in Standing}
    shown = f"prognostic for {by[Standing.SHOWN]}" if by[Standing.SHOWN] else ""
    told = [shown] if shown else []
    if by[Standing.EXCLUDED]:
        bound = max(one.bound for one in verdicts if one.standing is Standing.EXCLUDED)
        head = "not for" if shown else "not prognostic for"
        told.append(f"{head} {by[Standing.EXCLUDED]} (beyond a hazard ratio of {bound:.2f}: excluded)")
    lead = "for" if told else "a prognostic effect for"
    for standing, words in (
        (Standing.SUGGESTED, "suggested, not shown"),
        (Standing.OPEN, "neither shown nor excluded"),
        (Standing.UNKNOWN, "not estimable"),
    ):
        if by[standing]:
            told.append(f"{lead} {by[standing]} {words}")
            lead = "for"
    return ", ".join(told)


def _predictive_words(verdicts: Sequence[Verdict]) -> str:
    by = {standing: _endpoints(verdicts, standing) for standing in Standing}
    told = [f"predictive for {by[Standing.SHOWN]}"] if by[Standing.SHOWN] else []
    lead = "a predictive effect"
    for standing, words in (
        (Standing.SUGGESTED, "suggested, not shown"),
        (Standing.OPEN, "neither shown nor excluded"),
        (Standing.EXCLUDED, "excluded"),
        (Standing.UNKNOWN, "not estimable"),
    ):
        if by[standing]:
            bound = ""
            if standing is Standing.EXCLUDED:
                least = max(one.bound for one in verdicts if one.standing is standing)
                bound = f" beyond an interaction hazard ratio of {least:.2f}"
            alone = len({one.standing for one in verdicts}) == 1
            told.append(f"{lead}{bound} {words}" + ("" if alone else f" for {by[standing]}"))
            lead = "one"
    return ", ".join(told)


def _endpoints(verdicts: Sequence[Verdict], standing: Standing) -> str:
    return " and ".join(one.endpoint for one in verdicts if one.standing is standing)
