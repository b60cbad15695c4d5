"""Who is compared with whom: the patients of the arm and of the control, and those of neither, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from features.errors import InputError
from features.inhibitors import find_inhibitor
from predictor.outcomes.patients import Losses, Patients, column_of
from predictor.outcomes.question import Question

#: What the group is called where no treatment is asked about.
EVERYBODY = "all patients"


@dataclass(frozen=True, eq=False)
class Arms:
    """The groups of an analysis.

    Attributes
    ----------
    names
        The arm, then the control if there is one.
    members
        Patient -> 1.0 (arm) or 0.0 (control), in the order of their identifiers.
    losses
        Who is in neither, and why.
    warnings
        What makes the comparison less than a randomised one.
    """

    names: tuple[str, ...]
    members: pd.Series
    losses: Losses
    warnings: tuple[str, ...] = ()

    @property
    def control(self) -> str | None:
        """The control's name, if there is one."""
        return self.names[1] if len(self.names) > 1 else None

    def of(self, name: str) -> pd.Index:
        """The patients of one group."""
        return self.members.index[self.members == float(1 - self.names.index(name))]


def arms_of(patients: Patients, question: Question) -> Arms:
    """The arms that are asked about.

    Raises
    ------
    InputError
        If a treatment or a column of ``only`` is unknown, patients of several treatments would be pooled
        without being asked to, or nobody is left.
    """
    table = patients.table
    losses: Losses = []
    for column, value in question.only:
        name = column_of(list(table.columns), column, where="--only")
        said = table[name].map(_text)
        kept = said.str.casefold() == value.casefold()
        if not kept.any():
            some = ", ".join(sorted(said.dropna().unique())[:10])
            raise InputError(f"nobody has {name} {value!r}", where="--only", todo=f"there is: {some}")
        losses.append(("patients", f"{name} is not {value}", table.index[~kept].tolist()))
        table = table[kept]
    treatments = table["treatment"]
    given = sorted(treatments.dropna().unique())
    if question.arm is None:
        if len(given) > 1:
            raise InputError(
                f"its patients had {len(given)} treatments",
                where="cohort",
                todo=f"name --arm, and --control to compare with: {', '.join(given)}",
            )
        name = given[0] if given else EVERYBODY
        return Arms((name,), pd.Series(1.0, index=table.index), _told(losses))
    names = [_treatment(question.arm, given, "--arm")]
    if question.control is not None:
        names.append(_treatment(question.control, given, "--control"))
    if len(set(names)) < len(names):
        raise InputError("is the arm itself", where="--control", todo="name another treatment")
    members = treatments.map({name: 1.0 - place for place, name in enumerate(names)}).dropna().astype(float)
    losses.append(("patients", "treatment is not known", table.index[treatments.isna()].tolist()))
    others = treatments.notna() & ~treatments.isin(names)
    losses.append(("patients", "treated with neither", table.index[others].tolist()))
    return Arms(tuple(names), members, _told(losses), _unrandomised(table.loc[members.index], members))


def _told(losses: Losses) -> Losses:
    return [row for row in losses if row[2]]


def _treatment(asked: str, given: Sequence[str], option: str) -> str:
    near = [name for name in given if name.casefold() == asked.casefold()]
    if not near:
        try:
            near = [name for name in given if name == find_inhibitor(asked).name]
        except InputError:
            near = []
    if not near:
        raise InputError(
            f"nobody was treated with {asked!r}",
            where=option,
            todo=f"use one of: {', '.join(given) or 'no treatment is known'}",
        )
    return near[0]


def _unrandomised(table: pd.DataFrame, members: pd.Series) -> tuple[str, ...]:
    """A word of warning where a trial lends patients to one arm only: no randomisation stands behind them."""
    if "trial" not in table.columns or members.nunique() < 2:
        return ()
    arms = members.groupby(table["trial"]).nunique()
    alone = [str(trial) for trial in arms.index[arms < 2]]
    if not alone:
        return ()
    n = int(table["trial"].isin(alone).sum())
    both = [str(trial) for trial in arms.index[arms == 2]]
    todo = f"use --only trial={both[0]}" if both else "nothing here is randomised"
    return (f"{n} patients are of trials without the other arm ({', '.join(alone)}); {todo}",)


def _text(value: str | float | None) -> str | None:
    if value is None or pd.isna(value):
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
