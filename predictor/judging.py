"""From predictions of held-out lines to scores: per target, with intervals, paired, and their means.

One bootstrap draw of lines serves all targets and predictors, so that a mean over targets and a difference
between predictors have intervals of their own (:mod:`predictor.estimates`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from predictor.estimates import Drawn, Estimate, draw_weights, mean_of
from predictor.metrics import HeldOut, figures

#: The model as it is used: each line answered by the pattern of what was measured on it.
MODEL = "model"


@dataclass(frozen=True)
class Score:
    """How one predictor does on one target's held-out lines.

    Attributes
    ----------
    target, predictor
        What was predicted, and by what.
    n
        Lines judged: those that were measured and for which this predictor has a prediction.
    metrics
        See :func:`predictor.metrics.figures`.
    gain_of_model
        Pearson's r of the model minus that of this predictor, paired; None for the model itself.
    gains
        The same for every metric.
    drawn
        The metrics under each bootstrap draw.
    drawn_gains
        The gains under each bootstrap draw.
    """

    target: str
    predictor: str
    n: int
    metrics: dict[str, Estimate]
    gain_of_model: Estimate | None
    gains: Mapping[str, Estimate] = field(default_factory=dict)
    drawn: Mapping[str, Drawn] = field(default_factory=dict, repr=False, compare=False)
    drawn_gains: Mapping[str, Drawn] = field(default_factory=dict, repr=False, compare=False)


def judge(
    out_of_fold: pd.DataFrame,
    *,
    draws: int,
    seed: int,
    tissue: pd.Series | None = None,
    growth: pd.Series | None = None,
) -> list[Score]:
    """Score every predictor on every target, with paired differences from the model.

    Parameters
    ----------
    out_of_fold
        From :func:`~predictor.evaluation.cross_validate`.  Of several repeats each figure is the mean.  A
        predictor without a row (or with NaN) for some lines is judged on the others, and compared with the
        model on those.
    draws
        Bootstrap samples.
    seed
        Of the bootstrap.
    tissue
        Index sample_id: lineage, "" where unknown; None for no within-tissue figures.
    growth
        Index sample_id: measured growth rate, NaN where unknown.

    Returns
    -------
    list of Score
        Targets in the order of the table; the model first, then patterns and rungs.
    """
    # One thread: a sum over two is not the same sum.
    with threadpool_limits(limits=1):
        return _judge(out_of_fold, draws, seed, tissue, growth)


def _judge(
    out_of_fold: pd.DataFrame, draws: int, seed: int, tissue: pd.Series | None, growth: pd.Series | None
) -> list[Score]:
    known = out_of_fold[out_of_fold.measured.notna() & out_of_fold.prediction.notna()]
    lines = pd.Index(sorted(known.sample_id.unique()))
    weights = draw_weights(max(len(lines), 1), draws, seed).astype(float)
    scores: list[Score] = []
    for target, rows in known.groupby("target", sort=False):
        repeats = [
            _Lines.of(mine, lines, weights, tissue, growth)
            for _, mine in (rows.groupby("repeat") if "repeat" in rows else [(0, rows)])
        ]
        scores += [_score(str(target), str(name), repeats) for name in rows.predictor.unique()]
    return scores


@dataclass(frozen=True)
class _Lines:
    """One target's predictions in one repeat, aligned by line."""

    held: HeldOut
    predictions: Mapping[str, np.ndarray]
    _kept: dict[tuple[str, bytes], dict[str, Drawn]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        rows: pd.DataFrame,
        lines: pd.Index,
        weights: np.ndarray,
        tissue: pd.Series | None,
        growth: pd.Series | None,
    ) -> _Lines:
        wide = rows.pivot(index="sample_id", columns="predictor", values="prediction")
        first = rows.drop_duplicates("sample_id").set_index("sample_id").loc[wide.index]
        held = HeldOut.of(
            first.measured.to_numpy(float),
            first.fold.to_numpy(int),
            weights[:, lines.get_indexer(wide.index)],
            tissue=None if tissue is None else tissue.loc[wide.index].to_numpy(str),
            growth=None if growth is None else growth.loc[wide.index].to_numpy(float),
            in_unit=bool(first.in_unit.all()) if "in_unit" in first else True,
        )
        return cls(held, {str(name): wide[name].to_numpy(float) for name in wide.columns})

    def figures(self, name: str) -> tuple[int, dict[str, Drawn], dict[str, Drawn]]:
        """Number of lines, the predictor's figures, and the model's on the same lines (none for itself)."""
        known = np.isfinite(self.predictions[name])
        model = self.predictions.get(MODEL)
        compared = name != MODEL and model is not None and bool(np.isfinite(model[known]).all())
        return int(known.sum()), self._on(name, known), self._on(MODEL, known) if compared else {}

    def _on(self, name: str, chosen: np.ndarray) -> dict[str, Drawn]:
        key = (name, chosen.tobytes())
        if key not in self._kept:
            held = self.held if chosen.all() else self.held.only(chosen)
            self._kept[key] = figures(self.predictions[name][chosen], held)
        return self._kept[key]


def _score(target: str, name: str, repeats: Iterable[_Lines]) -> Score:
    several = [one.figures(name) for one in repeats if name in one.predictions]
    drawn = {metric: mean_of([mine[metric] for _, mine, _ in several]) for metric in several[0][1]}
    gains = {
        metric: mean_of([model[metric] - mine[metric] for _, mine, model in several])
        for metric in several[0][2]
    }
    estimates = {metric: gain.estimate() for metric, gain in gains.items()}
    return Score(
        target,
        name,
        round(np.mean([n for n, _, _ in several])),
        {metric: one.estimate() for metric, one in drawn.items()},
        estimates.get("pearson"),
        estimates,
        drawn,
        gains,
    )


def mean_over_targets(scores: Sequence[Score], predictor: str, targets: Sequence[str], metric: str) -> float:
    """The mean of the per-target values: a summary that the targets' different means cannot flatter.

    Targets for which the metric is undefined are left out; NaN where it is undefined for all.
    """
    values = [
        s.metrics[metric].value for s in scores if s.predictor == predictor and s.target in set(targets)
    ]
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def mean_score(scores: Sequence[Score], predictor: str, targets: Sequence[str], metric: str) -> Estimate:
    """The mean over targets with its 95 % interval, by the same draws of lines for all targets.

    Parameters
    ----------
    scores
        From :func:`judge`, with their draws.
    predictor, targets, metric
        Of what.

    Returns
    -------
    Estimate
        Targets for which it is undefined are left out and named in the reason.
    """
    mine = [s for s in scores if s.predictor == predictor and s.target in set(targets) and metric in s.drawn]
    return mean_of([s.drawn[metric] for s in mine], [s.target for s in mine]).estimate()


def mean_gain(scores: Sequence[Score], predictor: str, targets: Sequence[str], metric: str) -> Estimate:
    """The mean over targets of what the model has over a predictor, paired, with its 95 % interval."""
    mine = [
        s for s in scores if s.predictor == predictor and s.target in set(targets) and metric in s.drawn_gains
    ]
    return mean_of([s.drawn_gains[metric] for s in mine], [s.target for s in mine]).estimate()


def by_answering_screen(out_of_fold: pd.DataFrame) -> dict[str, list[str]]:
    """Targets by the screen of the targets that answered for them: what may be averaged.

    Parameters
    ----------
    out_of_fold
        With the columns ``target`` and ``answered_by``.

    Returns
    -------
    dict of str to list of str
        ``all``, then each answering screen, or ``classes``.
    """
    pairs = out_of_fold.drop_duplicates("target")[["target", "answered_by"]].to_numpy(str)
    groups: dict[str, list[str]] = {"all": [str(target) for target, _ in pairs]}
    for target, answering in pairs:
        groups.setdefault(str(answering).partition("@")[2] or "classes", []).append(str(target))
    return groups
