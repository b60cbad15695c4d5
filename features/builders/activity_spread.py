"""How far mTORC1 activity, hypoxia, acidity and EMT state differ between the cells of one sample.

That activity differs within a tumour and so lowers the effect of mTORC1 inhibitors is the review's claim
(Faes 2017, doi 10.1155/2017/1726078).  An RNA score is a transcriptional score, not kinase activity;
phospho-markers are scores of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from features.builders import cell_scores
from features.builders import spread_statistics as stats
from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.cell_scores import Absent, CellScore
from features.builders.mixture import MIN_TWO_STATE, two_state_mixture
from features.cells import Cells

PREFIX = "spread."
N_CELLS = PREFIX + "n_cells"
#: A spread of fewer cells than this tells the cells drawn, not the sample.  Ours.
MIN_CELLS = 20
#: Of ``CellScore.values``.
_OF_VALUES = {
    "mean": stats.mean,
    "sd": stats.sd,
    "mad": stats.mad,
    "entropy": stats.entropy,
    "bimodality": stats.bimodality_coefficient,
}
_MIXTURE = "weight_active"
_INACTIVE = "share_inactive"
#: Of ``CellScore.linear``, where it is a ratio scale.
_OF_LINEAR = {"cv": stats.cv, "gini": stats.gini}
_CONTROLLED = "cv_depth_controlled"
#: Of what the cell cycle leaves of ``CellScore.values``; around 0, so neither mean nor histogram.
_ADJUSTED = {
    "cycle_adjusted_sd": stats.sd,
    "cycle_adjusted_mad": stats.mad,
    "cycle_adjusted_bimodality": stats.bimodality_coefficient,
}

_RATIO = "CV and Gini need counts or linear intensities, not a transformed scale"
_COUNTS = "controlling for depth needs counts"
_CYCLE = "nothing measured tells the cell cycle"
_ONE_STATE = f"fewer than {MIN_TWO_STATE} cells, or one state describes them as well as two"
_FLAT = "the cells show no signal or do not differ"


def statistics(score: str) -> tuple[str, ...]:
    """Names of the statistics of a score; only RNA scores have a depth to control for."""
    controlled = (_CONTROLLED,) if score in cell_scores.RNA_SCORES else ()
    return (*_OF_VALUES, _MIXTURE, _INACTIVE, *_OF_LINEAR, *controlled, *_ADJUSTED)


def columns() -> tuple[str, ...]:
    """``spread.n_cells`` and ``spread.{score}.{statistic}``."""
    return (N_CELLS, *(_column(s, name) for s in cell_scores.score_names() for name in statistics(s)))


def build(inputs: Inputs) -> Block:
    """Statistics of each score over the cells of each sample; see :mod:`features.builders.spread_statistics`.

    Mean, SD, MAD, entropy, bimodality and the mixture weight of the active state are those of
    ``log1p(molecules per 10,000)`` or ``arcsinh(intensity / 5)``, CV and Gini of the same before it is
    transformed.  Inactive is an intensity below 5, or an RNA score below half of the sample's median.  The
    weight is NaN unless two states describe the cells better than one (BIC).
    """
    values = inputs.frame(columns())
    cells = inputs.cohort.cells
    if cells is None or not len(cells):
        return Block(values)
    scores = cell_scores.score_cells(cells)
    told = _Told()
    _tell_of_every_sample(told, cells, scores)
    for sample, rows in cells.obs.groupby("sample_id", sort=False).indices.items():
        values.loc[sample, N_CELLS] = float(len(rows))
        for name, score in scores.items():
            if isinstance(score, CellScore):
                found = _of_sample(told, score, np.asarray(rows), str(sample), name)
                values.loc[sample, list(found)] = list(found.values())
    return Block(values, told.notes())


def sample_statistics(score: CellScore, rows: npt.NDArray[np.intp]) -> dict[str, float]:
    """Every statistic of one score over the cells at ``rows``; NaN where it cannot be computed."""
    value, linear = score.values[rows], score.linear[rows]
    found = {name: function(value) for name, function in _OF_VALUES.items()}
    two = two_state_mixture(value)
    found[_MIXTURE] = two.weight_active if two.bic_gain > 0 else float("nan")
    found[_INACTIVE] = stats.share_below(linear, _inactive_below(score, linear))
    for name, function in _OF_LINEAR.items():
        found[name] = function(linear) if score.is_ratio_scale else float("nan")
    if score.molecules is not None and score.totals is not None:
        found[_CONTROLLED] = stats.depth_controlled_cv(score.molecules[rows], score.totals[rows])
    left = stats.residuals(value, score.cycle[rows]) if score.cycle.shape[1] else np.empty(0)
    for name, function in _ADJUSTED.items():
        found[name] = function(left)
    return found


class _Told:
    """Notes in the making: one for each sample and problem, with everything that it concerns."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], list[str]] = {}

    def tell(self, sample: str, problem: str, *names: str) -> None:
        self._names.setdefault((sample, problem), []).extend(names)

    def notes(self) -> tuple[Note, ...]:
        return tuple(Note(sample, problem, tuple(n)) for (sample, problem), n in self._names.items())


def _of_sample(
    told: _Told, score: CellScore, rows: npt.NDArray[np.intp], sample: str, name: str
) -> dict[str, float]:
    """Columns of one score and sample; cells left out and what is undefined are told."""
    usable = rows[score.usable[rows]]
    if len(usable) < len(rows):
        lost = f"{name}: {len(rows) - len(usable)} cells"
        told.tell(sample, "cells left out: no total, or fewer than 2 molecules", lost)
    if len(usable) < MIN_CELLS:
        told.tell(sample, f"fewer than {MIN_CELLS} cells: no spread", f"{name}: {len(usable)} cells")
        return {}
    found = {_column(name, key): value for key, value in sample_statistics(score, usable).items()}
    for column, value in found.items():
        reason = _reason(score, column.rpartition(".")[2])
        # What is so for every sample is told once.
        if np.isnan(value) and reason in (_FLAT, _ONE_STATE):
            told.tell(sample, reason, column)
    return found


def _reason(score: CellScore, statistic: str) -> str:
    """Why a statistic of a score is NaN."""
    if statistic in _OF_LINEAR and not score.is_ratio_scale:
        return _RATIO
    if statistic in _ADJUSTED and not score.cycle.shape[1]:
        return _CYCLE
    return _ONE_STATE if statistic == _MIXTURE else _FLAT


def _inactive_below(score: CellScore, linear: npt.NDArray[np.float64]) -> float:
    """The cut-off of an inactive cell; NaN where the median cell has no molecule of the set."""
    if score.source:
        return cell_scores.INACTIVE_INTENSITY
    return cell_scores.INACTIVE_SHARE_OF_MEDIAN * float(np.median(linear)) or float("nan")


def _tell_of_every_sample(told: _Told, cells: Cells, scores: Mapping[str, CellScore | Absent]) -> None:
    """Absent scores, the channels used, and what the scale or the panel precludes."""
    for name, score in scores.items():
        if isinstance(score, Absent):
            told.tell(EVERY_SAMPLE, f"no {PREFIX}{name}: {score.reason}", *score.names)
            continue
        if score.source:
            told.tell(EVERY_SAMPLE, f"channel of {PREFIX}{name}", score.source)
        for statistic in statistics(name):
            if statistic in _OF_LINEAR and not score.is_ratio_scale:
                told.tell(EVERY_SAMPLE, _RATIO, _column(name, statistic))
            if statistic == _CONTROLLED and score.molecules is None:
                told.tell(EVERY_SAMPLE, _COUNTS, _column(name, statistic))
            if statistic in _ADJUSTED and not score.cycle.shape[1]:
                told.tell(EVERY_SAMPLE, _CYCLE, _column(name, statistic))
    if cells.scale == "log":
        told.tell(EVERY_SAMPLE, "log values of cells are taken to be log1p of counts per 10,000")
    if cells.scale == "arcsinh":
        assumed = f"arcsinh values of cells are taken to have the cofactor {cell_scores.COFACTOR}"
        told.tell(EVERY_SAMPLE, assumed)


def _column(score: str, statistic: str) -> str:
    return f"{PREFIX}{score}.{statistic}"


BUILDER = Builder("activity_spread", columns, build)
