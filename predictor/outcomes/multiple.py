"""Holm's correction: a p-value that allows for how many questions were asked (Holm 1979, JSTOR 4615733)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p-values in the order given; NaN, a question that got no answer, stays so and counts for none.

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.03])
    [0.03, 0.06, nan, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p, dtype=float)
    known = ~np.isnan(values)
    adjusted = np.full(len(values), math.nan)
    if known.any():
        adjusted[known] = multipletests(values[known], method="holm")[1]
    return [float(one) for one in adjusted]
