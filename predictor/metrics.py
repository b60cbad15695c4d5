"""How well predictions agree with measurements: per target, never pooled, with intervals over cell lines.

Pearson's r is the mean over folds (each fold's model has an offset of its own), and the within-tissue and the
partial correlation are taken within folds; all else is taken over all held-out lines.  Every figure comes
with its values under the same bootstrap draws of lines (:mod:`predictor.estimates`).

What is taken over all lines keeps the folds' offsets: a fold whose lines are resistant is predicted from the
others, which are less so.  The drug mean therefore has a rho a little below 0, and, with whole tissues held
out, far below (GDSC2: -0.24).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.stats import rankdata

from predictor.correlations import Cells, pearson_over_folds, weighted_correlation
from predictor.estimates import Drawn, Estimate, draw_weights
from predictor.ranking import (
    average_precision,
    by_line,
    comparable_pairs,
    concordance,
    most_sensitive,
    roc_auc,
)

__all__ = [
    "Estimate",
    "HeldOut",
    "agreement",
    "draw_weights",
    "figures",
    "paired_difference",
    "pearson_over_folds",
    "weighted_correlation",
]

#: With fewer lines no figure is worth printing.
LEAST_LINES = 10
#: A tissue with fewer lines has no correlation of its own.
LEAST_OF_TISSUE = 10

#: Metrics that need prediction and measurement in one unit.
IN_UNIT = ("r2", "rmse")


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The lines on which predictions of one target are judged.

    Attributes
    ----------
    measured
        Shape (n,), finite, higher = more resistant.
    fold
        Shape (n,).
    weights
        Shape (1 + draws, n): the lines as they are (ones), then how often each draw has them.
    tissue
        Shape (n,): lineage, "" where unknown; None where no within-tissue figure is wanted.
    growth
        Shape (n,): measured growth rate, NaN where unknown; None where there is none.
    in_unit
        Whether the predictions are in the unit and on the scale of ``measured``.
    """

    measured: np.ndarray
    fold: np.ndarray
    weights: np.ndarray
    tissue: np.ndarray | None = None
    growth: np.ndarray | None = None
    in_unit: bool = True

    @classmethod
    def of(cls, measured: np.ndarray, fold: np.ndarray, drawn: np.ndarray, **more: object) -> HeldOut:
        """With the draws alone, shape (draws, n), from :func:`draw_weights`."""
        whole = np.ones((1, len(measured)), dtype=drawn.dtype)
        return cls(measured, fold, np.concatenate([whole, drawn]).astype(float), **more)  # type: ignore[arg-type]

    @property
    def draws(self) -> int:
        """Number of bootstrap draws."""
        return len(self.weights) - 1

    def only(self, chosen: np.ndarray) -> HeldOut:
        """Some of the lines, by a bool array of shape (n,), under the same draws."""
        return replace(
            self,
            measured=self.measured[chosen],
            fold=self.fold[chosen],
            weights=self.weights[:, chosen],
            tissue=None if self.tissue is None else self.tissue[chosen],
            growth=None if self.growth is None else self.growth[chosen],
        )

    @cached_property
    def ranks(self) -> np.ndarray:
        """Ranks of what was measured, shape (n,)."""
        return np.asarray(rankdata(self.measured))

    @cached_property
    def sensitive(self) -> np.ndarray:
        """The most sensitive fifth of all the lines, shape (n,), bool; the same in every draw."""
        return most_sensitive(self.measured)

    @cached_property
    def pairs(self) -> np.ndarray:
        """Pairs that differ in what was measured, shape (1 + draws,)."""
        return comparable_pairs(self.measured, self.by_line)

    @cached_property
    def by_line(self) -> np.ndarray:
        """The weights as the ranking metrics want them, shape (n, 1 + draws)."""
        return by_line(self.weights)

    @cached_property
    def in_tissues(self) -> np.ndarray:
        """Lines of a known tissue that has :data:`LEAST_OF_TISSUE` lines here, shape (n,), bool."""
        tissue = np.asarray(self.tissue)
        _, code, count = np.unique(tissue, return_inverse=True, return_counts=True)
        return np.asarray((count[code] >= LEAST_OF_TISSUE) & (tissue != ""))

    @cached_property
    def known_growth(self) -> np.ndarray:
        """Lines of such tissues whose growth rate is known too, shape (n,), bool."""
        if self.growth is None:
            return self.in_tissues
        return np.asarray(self.in_tissues & np.isfinite(self.growth))

    @cached_property
    def _cells(self) -> dict[str, Cells]:
        return {
            name: Cells(np.asarray(self.tissue)[chosen], self.fold[chosen], self.weights[:, chosen])
            for name, chosen in (("within_tissue", self.in_tissues), ("partial", self.known_growth))
            if chosen.sum() >= LEAST_LINES
        }

    def within(self, name: str, prediction: np.ndarray) -> np.ndarray | None:
        """The ``within_tissue`` or ``partial`` correlation, shape (1 + draws,); None for too few lines."""
        if name not in self._cells:
            return None
        chosen = self.known_growth if name == "partial" else self.in_tissues
        given = self.growth[chosen] if name == "partial" and self.growth is not None else None
        return self._cells[name].correlation(prediction[chosen], self.measured[chosen], given)


def figures(prediction: np.ndarray, held: HeldOut) -> dict[str, Drawn]:
    """Every metric of one prediction.

    Parameters
    ----------
    prediction
        Shape (n,), finite, higher = more resistant.
    held
        What it is judged on.

    Returns
    -------
    dict of str to Drawn
        ``pearson`` (mean over folds), ``spearman``, ``r2`` (against the mean of the held-out lines; can be
        negative), ``rmse`` (unit of the response), ``concordance``, ``auc_top_fifth`` and
        ``precision_top_fifth`` (ROC-AUC and average precision for the most sensitive fifth of the lines) and,
        where tissues are known, ``within_tissue`` and ``partial`` (given growth and tissue, or tissue alone
        where no growth was measured).  Undefined ones are NaN with a reason.  The bootstrap of rho redraws
        lines among fixed ranks.
    """
    n = len(held.measured)
    undefined = ""
    if n < LEAST_LINES:
        undefined = f"{n} line(s) were measured, {LEAST_LINES} are needed"
    elif np.ptp(held.measured) == 0:
        undefined = "all lines were measured alike"
    other_unit = "" if held.in_unit else "the prediction is in another unit or of another screen"
    found: dict[str, Drawn] = {}
    for name, metric in _METRICS.items():
        why = undefined or (other_unit if name in IN_UNIT else "")
        if name in _WITHIN and held.tissue is None:
            continue
        values = None if why else metric(prediction, held)
        if values is None or np.isnan(values[0]):
            why = why or _WITHIN.get(name, "no fold has enough lines")
            found[name] = Drawn.undefined(held.draws, why)
        else:
            found[name] = Drawn.of(values)
    return found


def _pearson(prediction: np.ndarray, held: HeldOut) -> np.ndarray:
    return pearson_over_folds(prediction, held.measured, held.fold, held.weights)


def _spearman(prediction: np.ndarray, held: HeldOut) -> np.ndarray:
    return np.nan_to_num(weighted_correlation(rankdata(prediction), held.ranks, held.weights))


def _mean_square(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights.astype(float) @ np.square(values) / weights.sum(axis=1))


def _r2(prediction: np.ndarray, held: HeldOut) -> np.ndarray:
    centred = held.measured - held.measured.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = held.weights @ centred / held.weights.sum(axis=1)
        variance = _mean_square(centred, held.weights) - np.square(mean)
        found = 1 - _mean_square(held.measured - prediction, held.weights) / variance
    return np.where(variance > 1e-12 * np.mean(np.square(centred)), found, np.nan)


def _rmse(prediction: np.ndarray, held: HeldOut) -> np.ndarray:
    return np.asarray(np.sqrt(_mean_square(held.measured - prediction, held.weights)))


_METRICS: Mapping[str, Callable[[np.ndarray, HeldOut], np.ndarray | None]] = {
    "pearson": _pearson,
    "spearman": _spearman,
    "r2": _r2,
    "rmse": _rmse,
    "concordance": lambda p, held: concordance(p, held.measured, held.by_line, held.pairs),
    "auc_top_fifth": lambda p, held: roc_auc(p, held.sensitive, held.by_line),
    "precision_top_fifth": lambda p, held: average_precision(p, held.sensitive, held.by_line),
    "within_tissue": lambda p, held: held.within("within_tissue", p),
    "partial": lambda p, held: held.within("partial", p),
}
#: Metrics that need tissues, and why they may be undefined.
_WITHIN = {
    "within_tissue": f"no tissue with {LEAST_OF_TISSUE} lines",
    "partial": f"fewer than {LEAST_LINES} lines of known growth in tissues with {LEAST_OF_TISSUE} lines",
}


def agreement(
    prediction: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> Mapping[str, Estimate]:
    """The metrics that need no tissue, with 95 % intervals.

    Parameters
    ----------
    prediction, measured, fold
        Shape (n,), finite.
    weights
        Shape (draws, n), from :func:`draw_weights`.

    Returns
    -------
    mapping of str to Estimate
        As in :func:`figures`.
    """
    return {
        name: drawn.estimate()
        for name, drawn in figures(prediction, HeldOut.of(measured, fold, weights)).items()
    }


def paired_difference(
    a: np.ndarray, b: np.ndarray, measured: np.ndarray, fold: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Difference in Pearson's r (mean over folds) between predictions a and b of the same lines.

    Returns
    -------
    value
        The difference, a minus b.
    draws
        Shape (draws,): the difference under each bootstrap sample, for an interval or for averaging over
        targets.
    """
    held = HeldOut.of(measured, fold, weights)
    difference = Drawn.of(_pearson(a, held)) - Drawn.of(_pearson(b, held))
    return difference.value, difference.draws
