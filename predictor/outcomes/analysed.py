"""The patients of one analysis: of whom marker, covariates and outcome are known, and who is missing."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from features.errors import InputError
from predictor.outcomes.arms import Arms
from predictor.outcomes.covariates import Design, design_of
from predictor.outcomes.cox import EVENT, MONTHS
from predictor.outcomes.markers import Marker
from predictor.outcomes.patients import Losses, Patients, column_of
from predictor.outcomes.question import Question
from predictor.outcomes.scale import scaled

#: Columns of the data: the marker in the model's unit, and 1 = arm, 0 = control.
MARKER, ARM = "marker", "arm"
#: Before the name of a covariate in words, for strata.
LEVEL = "level of "


@dataclass(frozen=True, eq=False)
class Analysed:
    """One marker and endpoint, ready for a model.

    Attributes
    ----------
    marker, endpoint
        Of what.
    arms
        The groups.
    data
        Index patient, sorted; months, event, arm, marker (in ``unit``), the columns of ``design``, and the
        levels of its covariates in words.
    raw
        The marker as it came.
    unit
        A key of :data:`predictor.outcomes.scale.UNIT_WORDS`.
    design
        The covariates.
    losses
        Who is missing, and why.
    """

    marker: Marker
    endpoint: str
    arms: Arms
    data: pd.DataFrame
    raw: pd.Series
    unit: str
    design: Design
    losses: Losses

    def of(self, group: str) -> pd.DataFrame:
        """The data of one arm."""
        return self.data[self.data[ARM] == float(1 - self.arms.names.index(group))]


@dataclass(frozen=True, eq=False)
class Complete:
    """Those patients of the arms of whom everything is known.

    Attributes
    ----------
    endpoint
        As the cohort calls it.
    known
        The patients, sorted.
    covariates
        The columns of the patients to adjust for.
    losses
        Who is missing, and why.
    """

    endpoint: str
    known: pd.Index
    covariates: list[str]
    losses: Losses


def complete_of(
    marker: Marker, endpoint: str, patients: Patients, arms: Arms, question: Question
) -> Complete:
    """Leave out whoever lacks the marker, then the outcome, then each covariate.

    Raises
    ------
    InputError
        If there is no such endpoint or covariate, more is missing than the question allows, or nobody is
        left.
    """
    members = arms.members
    losses: Losses = []
    name = column_of(list(patients.endpoints), endpoint, where="--endpoint")
    stage = f"{marker.name}, {name}"

    def leave_out(known: pd.Index, missing: pd.Index, reason: str, limit: float, option: str) -> pd.Index:
        gone = known[known.isin(missing)]
        losses.append((stage, reason, [str(one) for one in gone]))
        if len(known) and len(gone) / len(known) > limit:
            raise InputError(
                f"{len(gone)} of {len(known)} patients: {reason}, more than the limit of {limit:.0%}",
                where=stage,
                todo=f"ask for another one, or raise {option}",
            )
        return known[~known.isin(missing)]

    everybody = members.index
    known = leave_out(
        everybody,
        everybody[~everybody.isin(marker.values.index)],
        f"{marker.name} is not known",
        question.max_missing_marker,
        "--max-missing-marker",
    )
    outcome = patients.endpoints[name]
    known = leave_out(
        known,
        known[~known.isin(outcome.index)],
        f"{name} is not known",
        question.max_missing,
        "--max-missing",
    )
    columns = covariate_columns(patients, question)
    for column in columns:
        absent = patients.table.index[patients.table[column].isna()]
        known = leave_out(known, absent, f"{column} is not known", question.max_missing, "--max-missing")
    if known.empty:
        raise InputError("nobody is left", where=stage, todo="ask for fewer covariates, or another marker")
    return Complete(name, known, columns, [row for row in losses if row[2]])


def analysed_of(
    complete: Complete, marker: Marker, patients: Patients, arms: Arms, question: Question
) -> Analysed:
    """The data of a model of these patients.

    Raises
    ------
    NotEstimable
        If the marker does not vary among them.
    """
    known = complete.known
    outcome = patients.endpoints[complete.endpoint]
    raw = marker.values.loc[known]
    in_unit = scaled(raw, question.scale)
    design = design_of(patients.table.loc[known, complete.covariates])
    data = pd.DataFrame(
        {
            MONTHS: outcome.loc[known, MONTHS],
            EVENT: outcome.loc[known, EVENT],
            ARM: arms.members.loc[known],
            MARKER: in_unit.values,
            **{name: design.columns[name] for name in design.names},
            **{f"{LEVEL}{covariate}": text for covariate, text in design.levels.items()},
        }
    )
    return Analysed(marker, complete.endpoint, arms, data, raw, in_unit.unit, design, complete.losses)


def covariate_columns(patients: Patients, question: Question) -> list[str]:
    """The columns of the patients that the question calls covariates.

    Raises
    ------
    InputError
        If there is no such column.
    """
    known = [str(c) for c in patients.table.columns if c not in {"treatment", "best_response"}]
    return [column_of(known, name, where="--covariate") for name in question.covariates]
