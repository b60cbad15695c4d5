"""Survival by tertile of a marker: Kaplan and Meier's curves, medians, numbers at risk, log-rank test.

Kaplan and Meier 1958, doi 10.1080/01621459.1958.10501452; intervals of the median after Brookmeyer and
Crowley 1982, doi 10.2307/2530286 (log-log); log-rank after Mantel 1966, PMID 5910392.  By lifelines.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from predictor.outcomes.cox import EVENT, MONTHS
from predictor.outcomes.per_patient import is_binary

#: What the groups are called, from low to high values; of a marker that is 0 or 1, and of two groups.
TERTILES, CARRIERS, HALVES = ("low", "middle", "high"), ("without", "with"), ("low", "high")
#: About how many times numbers at risk are given at.
_TICKS = 6


@dataclass(frozen=True)
class Curve:
    """The survival of one group.

    Attributes
    ----------
    group
        Its name.
    n, events
        Patients and events.
    median, median_low, median_high
        Months, with the 95 % interval; infinite where it is not reached.
    months, survival
        The steps of the curve: times, and the share (0 to 1) that is without the event from then on.
    censored
        Months at which patients were censored.
    """

    group: str
    n: int
    events: int
    median: float
    median_low: float
    median_high: float
    months: np.ndarray = field(repr=False)
    survival: np.ndarray = field(repr=False)
    censored: np.ndarray = field(repr=False)

    @property
    def median_words(self) -> str:
        """The median with its interval, in months."""
        low, high = (_months(one) for one in (self.median_low, self.median_high))
        return f"{_months(self.median)} [{low}, {high}]"


@dataclass(frozen=True, eq=False)
class Survival:
    """The curves of the groups of a marker, in one arm.

    Attributes
    ----------
    curves
        From low to high values.
    at
        Months at which numbers at risk are given.
    at_risk
        Group -> patients that are still at risk at these times.
    p
        Of the log-rank test of no difference; NaN with fewer than two groups.
    """

    curves: tuple[Curve, ...]
    at: tuple[float, ...]
    at_risk: Mapping[str, tuple[int, ...]]
    p: float


def groups_of(values: pd.Series) -> pd.Series:
    """Tertiles of a marker; two groups where it is 0 or 1, or ties leave one tertile empty.

    The cuts are values of patients (the first and second third of them in order), so a rising change of the
    marker gives the same groups; patients who tie with a cut are below it.

    Parameters
    ----------
    values
        Known values of all patients that are compared, both arms together.

    Returns
    -------
    pandas.Series
        Ordered categories: :data:`TERTILES`, :data:`CARRIERS` or :data:`HALVES`.
    """
    labels: tuple[str, ...] = CARRIERS
    if is_binary(values):
        codes = values.to_numpy(int)
    else:
        first, second = np.quantile(values, (1 / 3, 2 / 3), method="inverted_cdf")
        codes = (values > first).to_numpy(int) + (values > second).to_numpy(int)
        found = np.unique(codes)
        codes = np.searchsorted(found, codes)
        labels = TERTILES if len(found) == len(TERTILES) else HALVES[: len(found)]
    names = np.array(labels, dtype=object)[codes]
    return pd.Series(pd.Categorical(names, categories=list(labels), ordered=True), index=values.index)


def curve_of(data: pd.DataFrame, group: str) -> Curve:
    """The curve of some patients (months, event)."""
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    fitted = KaplanMeierFitter().fit(data[MONTHS], data[EVENT])
    low, high = median_survival_times(fitted.confidence_interval_).to_numpy(float)[0]
    steps = fitted.survival_function_
    return Curve(
        group,
        len(data),
        int(data[EVENT].sum()),
        float(fitted.median_survival_time_),
        float(low),
        float(high),
        steps.index.to_numpy(float),
        steps.to_numpy(float)[:, 0],
        np.sort(data.loc[data[EVENT] == 0, MONTHS].to_numpy(float)),
    )


def survival_by(data: pd.DataFrame, groups: pd.Series, at: Sequence[float] | None = None) -> Survival:
    """Survival of the groups of :func:`groups_of`, of the patients in ``data``.

    Parameters
    ----------
    data
        Months and event, index patient.
    groups
        Of these patients, and maybe of more.
    at
        Months at which to count those at risk; by default round numbers up to the last time.
    """
    from lifelines.statistics import multivariate_logrank_test

    mine = groups.loc[data.index]
    present = [name for name in groups.cat.categories if (mine == name).any()]
    times = tuple(round_times(float(data[MONTHS].max())) if at is None else at)
    parts = {str(name): data[mine == name] for name in present}
    p = math.nan
    if len(present) > 1:
        p = float(multivariate_logrank_test(data[MONTHS], mine.astype(str), data[EVENT]).p_value)
    return Survival(
        tuple(curve_of(part, name) for name, part in parts.items()),
        times,
        {name: tuple(int((part[MONTHS] >= time).sum()) for time in times) for name, part in parts.items()},
        p,
    )


def round_times(last: float) -> list[float]:
    """Times from 0 in steps that are round in months, about :data:`_TICKS` of them up to the last."""
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60) if last / s <= _TICKS), 120)
    return [float(time) for time in np.arange(0, max(last, step) + 1e-9, step)]


def _months(value: float) -> str:
    return "not reached" if math.isinf(value) else f"{value:.1f}"
