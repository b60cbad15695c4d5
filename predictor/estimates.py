"""A figure, what a bootstrap over cell lines makes of it, and the interval or the reason why there is none.

Lines are drawn with replacement (Efron 1979, doi 10.1214/aos/1176344552), as weights: how often each was
drawn.  One draw serves all predictors and all targets, so that a line's rows stay together, and a difference
or a mean over targets is the difference or the mean under each draw.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

#: Of a percentile interval of 95 %.
LIMITS = (0.025, 0.975)


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; NaN where it is undefined, with the reason."""

    value: float
    low: float
    high: float
    reason: str = ""

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"undefined ({self.reason})" if self.reason else "undefined"
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def as_dict(self) -> dict[str, float | str | None]:
        """Plain values for JSON, which has no NaN: ``value``, ``low``, ``high``, and ``reason`` if any."""
        plain: dict[str, float | str | None] = {
            name: None if math.isnan(number) else number
            for name, number in (("value", self.value), ("low", self.low), ("high", self.high))
        }
        return plain | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure and its values under the bootstrap's draws.

    Attributes
    ----------
    value
        Of the lines as they are; NaN where it is undefined.
    draws
        Shape (draws,).
    reason
        Why it is undefined, or what it leaves out.
    """

    value: float
    draws: np.ndarray = field(repr=False)
    reason: str = ""

    @classmethod
    def of(cls, values: np.ndarray) -> Drawn:
        """Of a figure under the lines as they are (first) and under each draw, shape (1 + draws,)."""
        return cls(float(values[0]), values[1:])

    @classmethod
    def undefined(cls, draws: int, reason: str) -> Drawn:
        """No figure, and why."""
        return cls(math.nan, np.full(draws, math.nan), reason)

    def __sub__(self, other: Drawn) -> Drawn:
        """The paired difference; both must be of the same draws."""
        return Drawn(self.value - other.value, self.draws - other.draws, self.reason or other.reason)

    def estimate(self) -> Estimate:
        """With the 95 % interval over the draws in which the figure is defined."""
        known = self.draws[~np.isnan(self.draws)]
        if math.isnan(self.value) or not len(known):
            return Estimate(self.value, math.nan, math.nan, self.reason)
        low, high = np.quantile(known, LIMITS)
        return Estimate(self.value, float(low), float(high), self.reason)


def mean_of(several: Sequence[Drawn], names: Sequence[str] = ()) -> Drawn:
    """The mean figure, under each draw of lines.

    Parameters
    ----------
    several
        Figures under the same draws.
    names
        What they are of, if that is to be told: those that are undefined are left out and named in the
        reason.

    Returns
    -------
    Drawn
        Undefined where all are.
    """
    known = [one for one in several if not math.isnan(one.value)]
    if not known:
        return Drawn.undefined(
            len(several[0].draws) if several else 0, several[0].reason if several else "nothing to average"
        )
    left_out = [name for name, one in zip(names, several, strict=False) if math.isnan(one.value)]
    reason = f"undefined and left out: {', '.join(left_out)}" if left_out else ""
    return Drawn(
        float(np.mean([one.value for one in known])), np.mean([one.draws for one in known], axis=0), reason
    )


def draw_weights(n: int, draws: int, seed: int) -> np.ndarray:
    """How often each line is drawn, shape (draws, n), int.

    Parameters
    ----------
    n
        Number of lines.
    draws
        Number of bootstrap samples.
    seed
        Of the generator.
    """
    rng = np.random.default_rng(seed)
    return np.stack([np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(draws)]).astype(np.int64)
