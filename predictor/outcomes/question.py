"""What is asked of a cohort: which markers, endpoints and arms, adjusted for what, and what would count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.errors import InputError

#: How a marker enters a model; see :mod:`predictor.outcomes.scale`.
SCALES = ("auto", "sd", "rank")
#: What several samples of one patient come to; see :mod:`predictor.outcomes.per_patient`.
SEVERAL = ("auto", "mean", "max", "min")
#: Two-sided, for intervals, tests and power.
ALPHA = 0.05


@dataclass(frozen=True)
class Question:
    """One question to a cohort.

    Attributes
    ----------
    markers
        Names, see :mod:`predictor.outcomes.marker_names`.
    endpoints
        As the cohort's outcomes call them; the case does not matter.
    covariates
        Columns of the cohort's patients.
    arm, control
        The treatment asked about and the one to compare with; without a control nothing predictive can be
        asked.
    only
        Pairs of column and value: patients that have another value are left out.
    scale, several
        One of :data:`SCALES`, of :data:`SEVERAL`.
    relevant
        The smallest hazard ratio (or its inverse) that one would care about, above 1, in the marker's unit;
        None for the unit's default.
    max_missing_marker
        Largest share (0 to 1) of an analysis's patients that may lack a marker.
    max_missing
        Largest share (0 to 1) of the patients with a marker that may lack a covariate or the outcome.
    draws, seed
        Of the bootstrap over patients.

    Raises
    ------
    InputError
        If a part is empty, repeated, or out of its range.
    """

    markers: tuple[str, ...]
    endpoints: tuple[str, ...] = ("PFS", "OS")
    covariates: tuple[str, ...] = ()
    arm: str | None = None
    control: str | None = None
    only: tuple[tuple[str, str], ...] = ()
    scale: str = "auto"
    several: str = "auto"
    relevant: float | None = None
    max_missing_marker: float = 0.75
    max_missing: float = 0.2
    draws: int = 1000
    seed: int = 20261123

    def __post_init__(self) -> None:
        for names, option, least in (
            (self.markers, "--marker", 1),
            (self.endpoints, "--endpoint", 1),
            (self.covariates, "--covariate", 0),
        ):
            _check_names(names, option, least)
        if self.control is not None and self.arm is None:
            raise InputError(
                "is given without an arm to compare with it", where="--control", todo="name --arm too"
            )
        if self.arm is not None and self.control is not None and self.arm.lower() == self.control.lower():
            raise InputError("is the arm itself", where="--control", todo="name another treatment")
        for value, choices, option in (
            (self.scale, SCALES, "--scale"),
            (self.several, SEVERAL, "--several"),
        ):
            if value not in choices:
                raise InputError(f"unknown {value!r}", where=option, todo=f"use one of {', '.join(choices)}")
        if self.relevant is not None and not 1 < self.relevant < 100:
            raise InputError(
                f"{self.relevant:g} is not above 1 (and below 100)",
                where="--relevant",
                todo="give the smallest hazard ratio worth knowing of, such as 1.5; its inverse counts too",
            )
        for share, option in (
            (self.max_missing_marker, "--max-missing-marker"),
            (self.max_missing, "--max-missing"),
        ):
            if not 0 <= share <= 1:
                raise InputError(f"{share:g} is no share", where=option, todo="give a number from 0 to 1")
        if self.draws < 100:
            raise InputError(f"{self.draws} are too few for an interval", where="--draws", todo="100 or more")


def _check_names(names: Sequence[str], option: str, least: int) -> None:
    if len(names) < least:
        raise InputError("nothing is asked about", where=option, todo="name at least one")
    folded = [name.casefold() for name in names]
    if len(set(folded)) < len(folded):
        twice = next(name for name in names if folded.count(name.casefold()) > 1)
        raise InputError(f"{twice!r} is named twice", where=option, todo="name it once")
