r"""What effect the data could have shown: Schoenfeld's formula.

The logarithm of a hazard ratio per unit of a marker with standard deviation :math:`\sigma` is estimated from
*d* events with variance about :math:`1 / (d \sigma^2)` (Schoenfeld 1983, doi 10.2307/2531021, for two groups;
Hsieh and Lavori 2000, doi 10.1016/S0197-2456(00)00104-5, for any marker, :math:`\sigma` being what covariates
leave of it).  So with power :math:`1 - \beta`

.. math:: |\ln HR| = (z_{1-\alpha/2} + z_{1-\beta}) \, s, \qquad
    s = \frac{1}{\sigma \sqrt{d}} \quad\text{and, for an interaction,}\quad
    s = \sqrt{\frac{1}{d_1 \sigma_1^2} + \frac{1}{d_0 \sigma_0^2}}

since an interaction is the difference of two arms' estimates.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import norm

from predictor.outcomes.question import ALPHA

#: The power that is asked for.
POWER = 0.8


@dataclass(frozen=True)
class Information:
    """What one group of patients knows of a marker.

    Attributes
    ----------
    events
        Number of events, above 0.
    sd
        Standard deviation of the marker that covariates leave, in the model's unit, above 0.
    """

    events: float
    sd: float

    @property
    def amount(self) -> float:
        """Expected information, the inverse of the variance of the logarithm of a hazard ratio."""
        return self.events * self.sd**2


def error_of_effect(groups: Sequence[Information]) -> float:
    """Expected standard error of a hazard ratio's logarithm that all groups share; infinite without any."""
    total = sum(group.amount for group in groups)
    return 1 / math.sqrt(total) if total > 0 else math.inf


def error_of_interaction(arm: Information, control: Information) -> float:
    """Expected standard error of the logarithm of the ratio of two arms' hazard ratios."""
    if min(arm.amount, control.amount) <= 0:
        return math.inf
    return math.sqrt(1 / arm.amount + 1 / control.amount)


def detectable(error: float, power: float = POWER) -> float:
    """The hazard ratio above 1 that would be found (p below 0.05, two-sided) with that power.

    Examples
    --------
    >>> round(detectable(error_of_effect([Information(88, 0.5)])), 2)  # Schoenfeld: about 88 events for 1.82
    1.82
    """
    return math.exp((norm.ppf(1 - ALPHA / 2) + norm.ppf(power)) * error)


def power_for(hazard_ratio: float, error: float) -> float:
    """The chance (0 to 1) of finding a true hazard ratio, given the expected standard error."""
    if not math.isfinite(error):
        return 0.0
    return float(norm.cdf(abs(math.log(hazard_ratio)) / error - norm.ppf(1 - ALPHA / 2)))
