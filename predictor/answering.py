"""Which model answers for an inhibitor: its own, else that of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from features.errors import InputError
from features.inhibitors import classes, find_inhibitor, inhibitors, name_key
from predictor.response import Target

if TYPE_CHECKING:
    from predictor.bundle import Bundle


@dataclass(frozen=True)
class Answer:
    """An inhibitor and the target whose model speaks for it.

    Attributes
    ----------
    inhibitor
        Our name of it; the class itself where a class was asked for.
    inhibitor_class
        Its class.
    target
        Name of the target: ``inhibitor@screen``, or the class.
    by_class
        Whether an inhibitor without a model of its own is answered by that of its class.
    """

    inhibitor: str
    inhibitor_class: str
    target: str
    by_class: bool


def answers(bundle: Bundle, asked: Sequence[str] | None = None) -> tuple[Answer, ...]:
    """Resolve what is asked for.

    Parameters
    ----------
    bundle
        The model.
    asked
        Inhibitors by any name that they go by, or classes; by default every inhibitor that the bundle can
        answer for.

    Returns
    -------
    tuple of Answer
        In the order asked, each once; by default in the order of the table of inhibitors.

    Raises
    ------
    InputError
        If a name is unknown (the nearest are given), or neither the inhibitor nor its class has a model.
    """
    own, shared = _models(bundle)
    if asked is None:
        found = [_answer(each.name, each.inhibitor_class, own, shared) for each in inhibitors()]
        return tuple(answer for answer in found if answer is not None)
    if isinstance(asked, str):
        raise TypeError("give a sequence of names, not one string")
    if not asked:
        raise InputError("no inhibitor was asked for", where="inhibitors")
    return tuple(dict.fromkeys(_resolve(text, own, shared) for text in asked))


def unanswered(bundle: Bundle) -> tuple[str, ...]:
    """The inhibitors of the table that neither a model of their own nor one of their class can answer for."""
    answered = {answer.inhibitor for answer in answers(bundle)}
    return tuple(each.name for each in inhibitors() if each.name not in answered)


def _models(bundle: Bundle) -> tuple[Mapping[str, Target], Mapping[str, Target]]:
    """Targets by inhibitor, and by class; of two screens of one inhibitor the bundle's first answers."""
    own: dict[str, Target] = {}
    shared: dict[str, Target] = {}
    for model in bundle.models.values():
        if model.target.inhibitor is None:
            shared.setdefault(model.target.inhibitor_class, model.target)
        else:
            own.setdefault(model.target.inhibitor, model.target)
    return own, shared


def _answer(
    name: str, inhibitor_class: str, own: Mapping[str, Target], shared: Mapping[str, Target]
) -> Answer | None:
    if name in own:
        return Answer(name, inhibitor_class, own[name].name, by_class=False)
    if inhibitor_class in shared:
        return Answer(name, inhibitor_class, shared[inhibitor_class].name, by_class=True)
    return None


def _resolve(text: str, own: Mapping[str, Target], shared: Mapping[str, Target]) -> Answer:
    as_class = {name_key(name): name for name in classes()}.get(name_key(text))
    if as_class is not None:
        if as_class not in shared:
            raise InputError(
                f"the class {as_class} has no model",
                where="inhibitors",
                todo=f"classes with one: {', '.join(shared) or 'none'}",
            )
        return Answer(as_class, as_class, shared[as_class].name, by_class=False)
    try:
        found = find_inhibitor(text)
    except InputError as error:
        raise InputError(
            error.problem,
            where="inhibitors",
            todo=f"{error.todo}" + (f" (or ask for a class: {', '.join(shared)})" if shared else ""),
        ) from error
    answer = _answer(found.name, found.inhibitor_class, own, shared)
    if answer is None:
        raise InputError(
            f"neither {found.name} nor its class {found.inhibitor_class} has a model",
            where="inhibitors",
            todo=f"models: {', '.join((*own, *shared))}",
        )
    return answer
