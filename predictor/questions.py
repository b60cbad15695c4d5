"""What an evaluation asks: on which lines, of which target, by which answered, with what kept from training.

Under leave-cell-line-out and leave-tissue-out each target answers for itself.  Where a screen is withheld,
the same inhibitor's target in a training screen answers, else its class; where an inhibitor is withheld, its
class does, without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from predictor.response import Target, class_targets, inhibitor_targets
from predictor.splits import Fold


@dataclass(frozen=True)
class Question:
    """One fit and what it is judged on.

    Attributes
    ----------
    fold
        The lines, and the inhibitor-screens that are kept from training.
    asked
        Whose measurements judge the answer.
    answering
        What is fitted.
    consensus
        The inhibitor-screens of the consensus in training.
    """

    fold: Fold
    asked: Target
    answering: Target
    consensus: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a fit that would be taught by what is withheld, or that has no consensus."""
        seen = self.fold.withheld & {*self.answering.members, *self.consensus}
        if seen:
            raise ValueError(f"{', '.join(sorted(seen))} is withheld and would be trained on")
        if self.fold.withheld and not self.fold.withheld >= set(self.asked.members):
            raise ValueError(f"{self.asked.name} is asked for and not withheld")
        if not self.consensus:
            raise ValueError("no inhibitor-screen is left for the consensus")

    @property
    def in_unit(self) -> bool:
        """Whether answer and measurement are the same inhibitor in the same screen, or the same class."""
        return self.asked == self.answering


@dataclass(frozen=True)
class Plan:
    """All questions of an evaluation.

    Attributes
    ----------
    questions
        In order.
    unanswered
        Target to the reason why nothing can answer for it.
    """

    questions: tuple[Question, ...]
    unanswered: dict[str, str] = field(default_factory=dict)


def each_for_itself(folds: Iterable[Fold], targets: Sequence[Target], consensus: Sequence[str]) -> Plan:
    """Every target in every fold; no response of a held-out line is seen."""
    return Plan(tuple(Question(fold, one, one, tuple(consensus)) for fold in folds for one in targets))


def of_withheld_screens(
    folds: Sequence[Fold],
    responses: pd.DataFrame,
    *,
    held_out: Sequence[str],
    screens: Sequence[str],
    consensus: Sequence[str],
    metric: str,
    least_lines: int,
) -> Plan:
    """Every inhibitor of the held-out screens, on lines not trained on, by models that saw no such screen.

    Parameters
    ----------
    folds
        Of lines.
    responses
        Shape (n, inhibitor-screens).
    held_out
        The screens to withhold.
    screens
        Screens in order of preference, as in the experiment.
    consensus, metric, least_lines
        As in the experiment.
    """
    withheld = frozenset(c for c in map(str, responses.columns) if _screen(c) in held_out)
    asked = [
        one for screen in held_out for one in inhibitor_targets(responses, metric, [screen], least_lines)
    ]
    others = [screen for screen in screens if screen not in held_out]
    return _withheld(
        folds, responses, [(one, withheld) for one in asked], others, consensus, metric, least_lines
    )


def of_withheld_inhibitors(
    folds: Sequence[Fold],
    responses: pd.DataFrame,
    targets: Sequence[Target],
    consensus: Sequence[str],
) -> Plan:
    """Every inhibitor, on lines not trained on, by its class without it.

    Parameters
    ----------
    folds
        Of lines.
    responses
        Shape (n, inhibitor-screens).
    targets
        The experiment's; classes are not asked for.
    consensus
        As in the experiment.
    """
    asked = [
        (one, frozenset(c for c in map(str, responses.columns) if _inhibitor(c) == one.inhibitor))
        for one in targets
        if one.inhibitor is not None
    ]
    return _withheld(folds, responses, asked, (), consensus, "", 0)


def _withheld(
    folds: Sequence[Fold],
    responses: pd.DataFrame,
    asked: Sequence[tuple[Target, frozenset[str]]],
    screens: Sequence[str],
    consensus: Sequence[str],
    metric: str,
    least_lines: int,
) -> Plan:
    questions: list[Question] = []
    unanswered: dict[str, str] = {}
    for one, withheld in asked:
        left = tuple(c for c in consensus if c not in withheld)
        table = responses[[c for c in responses.columns if c not in withheld]]
        own = inhibitor_targets(table, metric, screens, least_lines) if screens else []
        answering = _answering(one, own, class_targets(table, left))
        if answering is None or not left:
            unanswered[one.name] = _why_not(one, left)
            continue
        questions += [Question(replace(fold, withheld=withheld), one, answering, left) for fold in folds]
    return Plan(tuple(questions), unanswered)


def _why_not(asked: Target, consensus: Sequence[str]) -> str:
    if not consensus:
        return "no inhibitor-screen is left for the consensus"
    return (
        f"no other screen measured {asked.inhibitor} on lines enough, and of its class "
        f"{asked.inhibitor_class} the consensus keeps fewer than two inhibitor-screens"
    )


def _answering(asked: Target, own: Sequence[Target], classes: Sequence[Target]) -> Target | None:
    """The same inhibitor elsewhere, else its class."""
    for target in (*own, *classes):
        if asked.inhibitor == target.inhibitor or asked.inhibitor_class == target.name:
            return target
    return None


def _screen(column: str) -> str:
    return column.rpartition("@")[2]


def _inhibitor(column: str) -> str:
    return column.rpartition("@")[0]
