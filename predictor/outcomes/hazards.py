"""Whether hazards are proportional: the test of scaled Schoenfeld residuals, told in words.

For each term the scaled residuals (Grambsch and Therneau 1994, doi 10.1093/biomet/81.3.515) are correlated
with the rank of the event times: a trend is a hazard ratio that changes with time.

lifelines' own rank of time is the running number of events in the order of the data.  Under strata that is
stratum after stratum: a late event of the first counts as earlier than an early one of the second, and a
trend of one stratum is lost (CheckMate 025, heterogeneity under nivolumab: p 0.19 in place of 0.01).  The
rank here is that of the time itself, ties sharing theirs.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from predictor.outcomes.cox import EVENT, MONTHS, CoxFit, HazardRatio, fit_cox
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.question import ALPHA
from predictor.outcomes.words import p_words


@dataclass(frozen=True)
class Proportionality:
    """The test of one model.

    Attributes
    ----------
    p
        Term -> p of a hazard ratio that does not change with time.
    called
        Term -> its name for readers.
    """

    p: Mapping[str, float]
    called: Mapping[str, str]

    @property
    def rejected(self) -> tuple[str, ...]:
        """Terms whose hazard ratio changes with time (p below 0.05, each by itself)."""
        return tuple(term for term, p in self.p.items() if p < ALPHA)

    @property
    def words(self) -> str:
        """What was found, in words."""
        if not self.rejected:
            least = min(self.p.values(), default=1.0)
            return f"proportional hazards are not rejected for any term (least p {p_words(least)})"
        told = ", ".join(
            f"{self.called.get(term, term)} (p {p_words(self.p[term])})" for term in self.rejected
        )
        return f"proportional hazards are rejected for {told}"


def proportionality(fit: CoxFit, called: Mapping[str, str]) -> Proportionality:
    """Test every term of a fitted model.

    Parameters
    ----------
    fit
        The model.
    called
        Term -> its name for readers.
    """
    from lifelines.statistics import proportional_hazard_test

    def rank_of_time(durations: pd.Series, events: pd.Series, _weights: pd.Series) -> pd.Series:
        return durations.where(events.astype(bool).to_numpy()).rank()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = proportional_hazard_test(fit.fitter, fit.data, time_transform=rank_of_time)
    p = {str(term): float(one) for term, one in zip(found.name, found.p_value, strict=True)}
    return Proportionality(p, called)


@dataclass(frozen=True)
class BeforeAndAfter:
    """A term's hazard ratio in early and in late follow-up.

    Attributes
    ----------
    months
        Where follow-up is cut: the median time of the events.
    before, after
        The hazard ratio until then, and of the patients still at risk from then on; None where one cannot be
        estimated.
    """

    months: float
    before: HazardRatio | None
    after: HazardRatio | None

    def __str__(self) -> str:
        early, late = (str(one) if one else "not estimable" for one in (self.before, self.after))
        return f"{early} in the first {self.months:.1f} months, {late} after"


def before_and_after(fit: CoxFit, term: str) -> BeforeAndAfter:
    """Cut follow-up at the median event time and fit both parts."""
    data = fit.data
    cut = float(data.loc[data[EVENT] == 1, MONTHS].median())
    early = data.assign(
        **{MONTHS: data[MONTHS].clip(upper=cut), EVENT: data[EVENT].where(data[MONTHS] <= cut, 0.0)}
    )
    late = data[data[MONTHS] > cut]

    def ratio(part: pd.DataFrame) -> HazardRatio | None:
        try:
            return fit_cox(part, list(fit.terms), fit.strata).terms[term]
        except NotEstimable:
            return None

    return BeforeAndAfter(cut, ratio(early), ratio(late))
