r"""A marker's effect in one arm, the one that both arms share, and the difference between the arms.

With arms *a* (1 the arm, 0 the control), marker *m* and covariates *z*, each arm having a baseline hazard and
coefficients of the covariates of its own,

.. math:: \text{shared: } h_a = h_{0a}(t) \exp(\beta m + \gamma_a^\top z), \qquad
    \text{interaction: } h_a = h_{0a}(t) \exp(\beta m + \delta\, a m + \gamma_a^\top z).

:math:`e^\beta` of the first is what is prognostic; :math:`e^\delta`, the ratio of the marker's hazard ratios
in the two arms, is what is predictive.  It is what the treatment's own hazard ratio is multiplied with for
each unit of the marker (Ballman 2015, doi 10.1200/JCO.2015.63.3651).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from predictor.outcomes.analysed import ARM, LEVEL, MARKER, Analysed
from predictor.outcomes.cox import EVENT, CoxFit, HazardRatio, fit_cox
from predictor.outcomes.hazards import BeforeAndAfter, Proportionality, before_and_after, proportionality
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.power import Information, detectable, error_of_effect, error_of_interaction, power_for

#: The term of the interaction.
INTERACTION = "marker x arm"
#: What the two effects of both arms are called in tables.
SHARED, BETWEEN = "both arms", "interaction"
#: A marker that is 0 or 1 needs so many patients of either kind in an arm.
LEAST_CARRIERS = 5


@dataclass(frozen=True, eq=False)
class Effect:
    """An effect of a marker, and how far it can be trusted.

    Attributes
    ----------
    group
        The arm, :data:`SHARED` or :data:`BETWEEN`.
    ratio
        The hazard ratio in the marker's unit; of an interaction the ratio of two of them.
    fit
        The model.
    proportional
        The test of proportional hazards of all its terms.
    expected_error
        Of the logarithm, by Schoenfeld's formula.
    strata
        Covariates with rejected hazards, for which the model was fitted anew with strata in their place.
    stratified
        The hazard ratio of that model; None where there was no reason for it, or it has none.
    over_time
        The hazard ratio early and late, where the marker's own hazards are not proportional.
    """

    group: str
    ratio: HazardRatio
    fit: CoxFit = field(repr=False)
    proportional: Proportionality
    expected_error: float
    strata: tuple[str, ...] = ()
    stratified: HazardRatio | None = None
    over_time: BeforeAndAfter | None = None

    @property
    def detectable(self) -> float:
        """The hazard ratio above 1 that 80 % power could have found; infinite where there is no power."""
        return detectable(self.expected_error) if math.isfinite(self.expected_error) else math.inf

    def power_for(self, hazard_ratio: float) -> float:
        """The chance (0 to 1) that a true effect of that size would have been found."""
        return power_for(hazard_ratio, self.expected_error)

    @property
    def hazards_words(self) -> str:
        """What the test of proportional hazards says, and what was done about it."""
        told = [self.proportional.words]
        if self.stratified is not None:
            strata = " and ".join(self.strata)
            told.append(f"with {strata} as strata in place of terms the hazard ratio is {self.stratified}")
        if self.over_time is not None:
            name = self.proportional.called[self._own]
            told.append(f"{name} is {self.over_time}: its one hazard ratio is an average over follow-up")
        return "; ".join(told)

    @property
    def _own(self) -> str:
        return INTERACTION if self.group == BETWEEN else MARKER


def effect_in(analysed: Analysed, group: str) -> Effect:
    """The adjusted effect in one arm.

    Raises
    ------
    NotEstimable
        If there is too little to tell.
    """
    data = analysed.of(group)
    covariates = _varying(data, analysed.design.names)
    called = {MARKER: analysed.marker.name, **analysed.design.words}
    return _effect(analysed, group, data, [MARKER], covariates, (), called)


def shared_effect(analysed: Analysed) -> Effect:
    """The effect that both arms share, stratified by arm, with coefficients of covariates by arm.

    Raises
    ------
    NotEstimable
        If there is too little to tell.
    """
    data, covariates, called = _by_arm(analysed)
    return _effect(analysed, SHARED, data, [MARKER], covariates, (ARM,), called)


def interaction(analysed: Analysed) -> Effect:
    """The ratio of the marker's hazard ratios, arm over control.

    Raises
    ------
    NotEstimable
        If there is too little to tell.
    """
    data, covariates, called = _by_arm(analysed)
    data = data.assign(**{INTERACTION: data[MARKER] * data[ARM]})
    return _effect(analysed, BETWEEN, data, [MARKER, INTERACTION], covariates, (ARM,), called)


def one_baseline(analysed: Analysed) -> Proportionality:
    """The test of proportional hazards where both arms would share one baseline hazard: why they do not.

    Returns
    -------
    Proportionality
        Of marker, arm, marker x arm and covariates.

    Raises
    ------
    NotEstimable
        If that model cannot be fitted.
    """
    data = analysed.data.assign(**{INTERACTION: analysed.data[MARKER] * analysed.data[ARM]})
    terms = [MARKER, ARM, INTERACTION, *_varying(data, analysed.design.names)]
    called = {**_called(analysed), **analysed.design.words, ARM: "the arm"}
    return proportionality(fit_cox(data, terms), called)


def _called(analysed: Analysed) -> dict[str, str]:
    marker = analysed.marker.name
    return {MARKER: marker, INTERACTION: f"{marker} x {analysed.arms.names[0]}"}


def _by_arm(analysed: Analysed) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """Each covariate's columns once an arm: 0 in the other one, left out where it does not vary."""
    data, called = analysed.data, _called(analysed)
    fresh: dict[str, pd.Series] = {}
    for place, arm in enumerate(analysed.arms.names):
        mine = data[ARM] == float(1 - place)
        for column in _varying(data[mine], analysed.design.names):
            fresh[f"{column} in {arm}"] = data[column].where(mine, 0.0)
            called[f"{column} in {arm}"] = f"{analysed.design.words[column]}, under {arm}"
    return data.assign(**fresh), list(fresh), called


def _effect(
    analysed: Analysed,
    group: str,
    data: pd.DataFrame,
    marker: Sequence[str],
    covariates: Sequence[str],
    strata: tuple[str, ...],
    called: Mapping[str, str],
) -> Effect:
    own = marker[-1]
    _check_carriers(analysed, data)
    fit = fit_cox(data, [*marker, *covariates], strata)
    proportional = proportionality(fit, called)
    fit_anew, covariates_in_strata = None, _covariates_of(analysed, proportional.rejected)
    if covariates_in_strata:
        others = [term for term in covariates if not _covariates_of(analysed, [term]) & covariates_in_strata]
        levels = [f"{LEVEL}{name}" for name in sorted(covariates_in_strata)]
        try:
            fit_anew = fit_cox(data, [*marker, *others], (*strata, *levels)).terms[own]
        except NotEstimable:
            fit_anew = None
    over_time = before_and_after(fit, own) if own in proportional.rejected else None
    return Effect(
        group,
        fit.terms[own],
        fit,
        proportional,
        _expected_error(analysed, group, data),
        tuple(sorted(covariates_in_strata)) if fit_anew is not None else (),
        fit_anew,
        over_time,
    )


def _covariates_of(analysed: Analysed, terms: Sequence[str]) -> set[str]:
    """The covariates in words to which terms belong."""
    found = set()
    for covariate, columns in analysed.design.of.items():
        mine = {*columns, *(f"{column} in {arm}" for column in columns for arm in analysed.arms.names)}
        if covariate in analysed.design.levels and mine & set(terms):
            found.add(covariate)
    return found


def _varying(data: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [column for column in columns if data[column].nunique() > 1]


def _check_carriers(analysed: Analysed, data: pd.DataFrame) -> None:
    if analysed.unit != "carrier":
        return
    for place, arm in enumerate(analysed.arms.names):
        mine = data.loc[data[ARM] == float(1 - place), MARKER]
        least = int(min((mine == 1).sum(), (mine == 0).sum())) if len(mine) else LEAST_CARRIERS
        if least < LEAST_CARRIERS:
            raise NotEstimable(f"{least} patients of a kind under {arm} are fewer than {LEAST_CARRIERS}")


def _expected_error(analysed: Analysed, group: str, data: pd.DataFrame) -> float:
    """By Schoenfeld's formula, from each arm's events and what covariates leave of the marker."""
    known = []
    for place in range(len(analysed.arms.names)):
        mine = data[data[ARM] == float(1 - place)]
        if len(mine):
            known.append(Information(float(mine[EVENT].sum()), _residual_sd(mine, analysed.design.names)))
    if group == BETWEEN:
        return error_of_interaction(known[0], known[1])
    return error_of_effect(known)


def _residual_sd(data: pd.DataFrame, covariates: Sequence[str]) -> float:
    design = np.column_stack([np.ones(len(data)), data[list(covariates)].to_numpy(float)])
    marker = data[MARKER].to_numpy(float)
    left = marker - design @ np.linalg.lstsq(design, marker, rcond=None)[0]
    return float(left.std())
