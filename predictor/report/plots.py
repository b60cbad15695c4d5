"""The figures: measured against predicted, the naive ladder, SHAP values, and shares of mechanisms.

Each function takes data and gives a :class:`matplotlib.figure.Figure` with a description in words
(:func:`~predictor.report.style.alt_text`); nothing is shown, and pyplot is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from predictor.evaluation import MODEL, Score
from predictor.metrics import Estimate
from predictor.modalities import PATTERNS
from predictor.report.shap_plots import ShapValues, beeswarm, mechanism_bar
from predictor.report.style import (
    BLUE,
    GREY,
    INK,
    VERMILION,
    alt_text,
    describe_figure,
    house_style,
    new_figure,
    save,
)
from predictor.report.words import METRIC_WORDS, PREDICTOR_WORDS, UNIT_WORDS, target_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ShapValues",
    "alt_text",
    "beeswarm",
    "ladder",
    "measured_against_predicted",
    "mechanism_bar",
    "save",
]


def measured_against_predicted(
    out_of_fold: pd.DataFrame,
    scores: Sequence[Score],
    units: Mapping[str, str],
    targets: Sequence[str] | None = None,
) -> Figure:
    """Held-out lines: measured response against the prediction, a panel for each target.

    Parameters
    ----------
    out_of_fold
        Of :func:`predictor.evaluation.cross_validate`.
    scores
        Of :func:`predictor.evaluation.judge` on the same table.
    units
        Target to its unit.
    targets
        Which, in this order; None for all.

    Raises
    ------
    ValueError
        If there is no target to draw.
    """
    rows = out_of_fold[(out_of_fold.predictor == MODEL) & out_of_fold.measured.notna()]
    wanted = list(targets) if targets is not None else [str(t) for t in rows.target.unique()]
    judged = {s.target: s for s in scores if s.predictor == MODEL}
    if not wanted:
        raise ValueError("there is no target to draw")
    columns = min(4, len(wanted))
    lines = -(-len(wanted) // columns)
    side = 4.4 if len(wanted) == 1 else 2.7
    with house_style():
        figure = new_figure(side * columns + 0.4, side * lines + 0.4)
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes in panels[len(wanted) :]:
            axes.set_visible(False)
        for axes, name in zip(panels, wanted, strict=False):
            mine = rows[rows.target == name]
            _cloud(axes, mine.prediction.to_numpy(float), mine.measured.to_numpy(float))
            axes.set_title(target_words(name), loc="left")
            score = judged[name]
            axes.text(
                0.03,
                0.97,
                f"r = {_with_interval(score.metrics['pearson'])}\nn = {score.n:,}",
                transform=axes.transAxes,
                va="top",
                fontsize=8.5,
                bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1.5},
            )
        named = {UNIT_WORDS.get(units[t], units[t]) for t in wanted}
        unit = named.pop() if len(named) == 1 else "unit of the target"
        figure.supxlabel(f"predicted for held-out cell lines, {unit} (dashed: as measured)", fontsize=10)
        figure.supylabel(f"measured, {unit}", fontsize=10)
    told = "; ".join(f"{target_words(t)} r {_with_interval(judged[t].metrics['pearson'])}" for t in wanted)
    return describe_figure(
        figure,
        f"Scatter plots of measured against predicted response ({unit}) of held-out cell lines, one panel "
        f"for each of {len(wanted)} target(s), with the line of equality. "
        f"Pearson's r with 95 % interval: {told}.",
    )


def _cloud(axes: Axes, predicted: np.ndarray, measured: np.ndarray) -> None:
    axes.scatter(predicted, measured, s=9, color=BLUE, alpha=0.45, linewidths=0, rasterized=True)
    low, high = float(predicted.min()), float(predicted.max())
    # A constant prediction still gets an axis of some width.
    pad = 0.06 * (high - low) or 0.5
    axes.set_xlim(low - pad, high + pad)
    bottom, top = float(measured.min()), float(measured.max())
    room = (top - bottom) or 1.0
    # Head-room for the figures in the corner.
    axes.set_ylim(bottom - 0.05 * room, top + 0.28 * room)
    axes.axline((0, 0), slope=1, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    axes.locator_params(nbins=5)


def ladder(
    scores: Sequence[Score], *, metric: str = "pearson", targets: Sequence[str] | None = None
) -> Figure:
    """The model beside the naive predictors.

    Left: every predictor's mean over the targets, and each target as a dot.  Right: each target's model with
    its 95 % interval, and its best naive rung.

    Parameters
    ----------
    scores
        Of :func:`predictor.evaluation.judge`.
    metric
        ``pearson``, ``spearman`` or ``r2``.
    targets
        Which targets; None for the inhibitors (``inhibitor@screen``), or for all where there is no inhibitor.

    Raises
    ------
    ValueError
        If there is no target to draw.
    """
    wanted = _default_targets(scores) if targets is None else list(targets)
    if not wanted:
        raise ValueError("there is no target to draw")
    table = pd.DataFrame(
        [(s.target, s.predictor, s.metrics[metric].value) for s in scores if s.target in set(wanted)],
        columns=["target", "predictor", "value"],
    ).pivot(index="target", columns="predictor", values="value")
    model = {s.target: s.metrics[metric] for s in scores if s.predictor == MODEL}
    naive = [p for p in table.columns if p != MODEL and p not in PATTERNS]
    means = table.mean().sort_values()
    order = sorted(wanted, key=lambda t: model[t].value)
    words = METRIC_WORDS.get(metric, metric)
    with house_style():
        height = 1.7 + 0.27 * max(len(order), len(means))
        figure = new_figure(10.5, height)
        left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
        _rungs(left, table, means)
        left.set_title(f"Each predictor: mean over {len(order)} target(s)", loc="left")
        left.set_xlabel(f"{words}, held-out cell lines")
        _forest(right, order, model, table[naive].max(axis=1) if naive else None)
        right.set_title("Each target: model and best naive predictor", loc="left")
        right.set_xlabel(f"{words}, 95 % interval over cell lines")
        figure.legend(
            *right.get_legend_handles_labels(), loc="outside lower right", ncols=2, handletextpad=0.4
        )
    told = "; ".join(f"{PREDICTOR_WORDS.get(str(p), str(p))} {v:.3f}" for p, v in means.iloc[::-1].items())
    each = "; ".join(f"{target_words(t)} {_with_interval(model[t])}" for t in reversed(order))
    return describe_figure(
        figure,
        f"Two panels. Left: mean {words} over {len(order)} target(s) of each predictor, highest first: "
        f"{told}. Right: the model's {words} with 95 % interval for each target: {each}.",
    )


def _rungs(axes: Axes, table: pd.DataFrame, means: pd.Series) -> None:
    for row, (predictor, mean) in enumerate(means.items()):
        colour = VERMILION if predictor == MODEL else BLUE if predictor in PATTERNS else GREY
        values = table[predictor].to_numpy(float)
        axes.scatter(values, np.full(len(values), row), s=16, color=colour, alpha=0.4, linewidths=0)
        axes.scatter([mean], [row], s=60, marker="D", color=colour, edgecolors=INK, linewidths=0.8, zorder=3)
        axes.annotate(
            f"{mean:.3f}",
            (1.01, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=9,
            annotation_clip=False,
        )
    axes.set_yticks(range(len(means)), [PREDICTOR_WORDS.get(str(p), str(p)) for p in means.index])
    axes.set_ylim(-0.6, len(means) - 0.4)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="x", color="#E4E4E4", linewidth=0.7)


def _forest(axes: Axes, order: Sequence[str], model: Mapping[str, Estimate], naive: pd.Series | None) -> None:
    places = np.arange(len(order))
    values = np.array([[model[t].low, model[t].value, model[t].high] for t in order])
    axes.hlines(places, values[:, 0], values[:, 2], color=VERMILION, linewidth=2)
    axes.scatter(
        values[:, 1], places, s=36, color=VERMILION, edgecolors=INK, linewidths=0.6, zorder=3, label="model"
    )
    if naive is not None:
        best = naive.loc[list(order)].to_numpy(float)
        axes.scatter(
            best, places, s=40, marker="|", color=INK, linewidths=2, zorder=2, label="best naive predictor"
        )
    axes.set_yticks(places, [target_words(t) for t in order])
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.grid(axis="x", color="#E4E4E4", linewidth=0.7)


def _default_targets(scores: Sequence[Score]) -> list[str]:
    every = list(dict.fromkeys(s.target for s in scores))
    return [t for t in every if "@" in t] or every


def _with_interval(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"
