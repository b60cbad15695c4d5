"""What was found: of the arms, of each marker and endpoint, of the responses, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from predictor.estimates import Estimate
from predictor.outcomes.analysed import Analysed
from predictor.outcomes.arms import Arms
from predictor.outcomes.calibration import Calibration
from predictor.outcomes.concordance import Concordance
from predictor.outcomes.effects import Effect
from predictor.outcomes.hazards import Proportionality
from predictor.outcomes.kaplan_meier import Curve, Survival
from predictor.outcomes.markers import Marker
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.patients import Losses
from predictor.outcomes.question import Question
from predictor.outcomes.responders import Discrimination
from predictor.outcomes.verdict import Verdict


@dataclass(frozen=True, eq=False)
class ArmFacts:
    """One arm, whatever the markers.

    Attributes
    ----------
    name, n
        The arm and its patients.
    curves
        Endpoint -> its survival.
    covariates
        Endpoint -> C-index of the covariates alone, and of how many patients; empty without covariates.
    responses
        Kind of response -> (patients of whom it is known, how many of them had it).
    """

    name: str
    n: int
    curves: Mapping[str, Curve]
    covariates: Mapping[str, tuple[int, Estimate]]
    responses: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class InArm:
    """A marker in one arm, for one endpoint.

    Attributes
    ----------
    survival
        By tertile.
    effect
        Adjusted hazard ratio, or why there is none.
    concordance
        What the marker adds to the covariates; None without an effect.
    """

    survival: Survival
    effect: Effect | NotEstimable
    concordance: Concordance | None


@dataclass(frozen=True, eq=False)
class OfEndpoint:
    """A marker and one endpoint.

    Attributes
    ----------
    analysed
        Of whom; what it cannot be asked of where the marker does not vary.
    arms
        Arm -> what was found in it.
    shared, interaction
        Effects of both arms together; None without a control.
    one_baseline
        The test of proportional hazards if both arms had one baseline hazard; None without a control.
    """

    analysed: Analysed
    arms: Mapping[str, InArm]
    shared: Effect | NotEstimable | None
    interaction: Effect | NotEstimable | None
    one_baseline: Proportionality | NotEstimable | None = None

    @property
    def prognostic(self) -> Effect | NotEstimable:
        """The effect that the prognostic verdict is about: the shared one; without a control the arm's."""
        return self.shared if self.shared is not None else next(iter(self.arms.values())).effect


@dataclass(frozen=True, eq=False)
class OfResponse:
    """A marker and one kind of response, in one arm.

    Attributes
    ----------
    arm
        The arm.
    discrimination
        ROC-AUC.
    calibration
        Where the marker is a probability; None where it is not, or there is too little.
    """

    arm: str
    discrimination: Discrimination
    calibration: Calibration | None


@dataclass(frozen=True, eq=False)
class OfMarker:
    """All that was found of one marker.

    Attributes
    ----------
    marker
        The marker.
    endpoints
        Endpoint -> findings, or why there are none.
    responses
        Kinds of response, by arm.
    verdicts
        In the order of the endpoints, prognostic before predictive.
    headline
        The verdicts in one line.
    """

    marker: Marker
    endpoints: Mapping[str, OfEndpoint | NotEstimable]
    responses: tuple[OfResponse, ...]
    verdicts: tuple[Verdict, ...]
    headline: str


@dataclass(frozen=True, eq=False)
class Findings:
    """The answer to a question.

    Attributes
    ----------
    question
        What was asked.
    arms
        Who was compared.
    facts
        Of each arm.
    markers
        In the order asked.
    losses
        stage, reason, identifiers: whoever is missing, and why.
    """

    question: Question
    arms: Arms
    facts: tuple[ArmFacts, ...]
    markers: tuple[OfMarker, ...]
    losses: Losses

    @property
    def counted_losses(self) -> pd.DataFrame:
        """The losses by number alone: no identifier is in it."""
        rows = [(stage, reason, len(ids)) for stage, reason, ids in self.losses]
        return pd.DataFrame(rows, columns=["stage", "reason", "n"])
