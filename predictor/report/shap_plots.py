"""Figures of SHAP values: a beeswarm of features, and shares of mechanisms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from predictor.report.style import (
    BLUE,
    GREY,
    INK,
    MECHANISM_LOOK,
    VALUE_COLOURS,
    VERMILION,
    describe_figure,
    house_style,
    new_figure,
)
from predictor.report.words import UNIT_WORDS, mechanism_words, target_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class ShapLike(Protocol):
    """What is read of a ``shap.Explanation``."""

    @property
    def values(self) -> np.ndarray:
        """SHAP values, shape (n, p)."""
        ...

    @property
    def data(self) -> np.ndarray:
        """Feature values, shape (n, p), NaN where unknown."""
        ...

    @property
    def feature_names(self) -> Sequence[str]:
        """The p names."""
        ...


class ShapValues(NamedTuple):
    """The same without importing ``shap``, which takes seconds.

    Attributes
    ----------
    values, data
        SHAP values and feature values, shape (n, p).
    feature_names
        The p names.
    """

    values: np.ndarray
    data: np.ndarray
    feature_names: Sequence[str]


def beeswarm(explanation: ShapLike, *, title: str = "", unit: str = "", max_display: int = 14) -> Figure:
    """SHAP values of the features that matter most: a dot for each sample, or bars where there is one sample.

    Drawn here rather than by ``shap.plots.beeswarm``, which works on pyplot's current figure and has a
    palette that red-green blind readers cannot order.

    Parameters
    ----------
    explanation
        A :class:`shap.Explanation` or :class:`ShapValues`.
    title
        Above the figure, such as the target.
    unit
        Of the prediction.
    max_display
        How many features, those with the greatest mean absolute SHAP value; the last row tells the sum of the
        others.

    Raises
    ------
    ValueError
        If there are no samples or no features.
    """
    values, data = np.asarray(explanation.values, float), np.asarray(explanation.data, float)
    names = [str(name) for name in explanation.feature_names]
    if values.ndim != 2 or not values.size:
        raise ValueError("there is nothing to draw: no samples or no features")
    weight = np.abs(values).mean(axis=0)
    ranked = np.argsort(-weight, kind="stable")
    shown, rest = ranked[:max_display], ranked[max_display:]
    rows = [(names[j], values[:, j], data[:, j]) for j in shown]
    if len(rest):
        rows.append(
            (
                f"{len(rest):,} other features, summed",
                values[:, rest].sum(axis=1),
                np.full(len(values), np.nan),
            )
        )
    words = UNIT_WORDS.get(unit, unit)
    with house_style():
        figure = new_figure(8.2, 1.3 + 0.36 * len(rows))
        axes = figure.subplots()
        for row, (_, shap_values, feature) in enumerate(reversed(rows)):
            if len(values) == 1:
                _bar(axes, row, float(shap_values[0]))
            elif len(rest) and row == 0:
                _told(axes, row, shap_values)
            else:
                _swarm(axes, row, shap_values, feature)
        axes.axvline(0, color=INK, linewidth=0.8, zorder=0)
        axes.set_yticks(range(len(rows)), [_row_label(*row) for row in reversed(rows)])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.grid(axis="y", color="#E4E4E4", linewidth=0.7)
        axes.set_xlabel(
            f"SHAP value{f', {words}' if words else ''}  (left: more sensitive, right: more resistant)"
        )
        axes.set_title(title, loc="left")
        if len(values) > 1:
            _value_bar(figure, axes)
    if len(values) == 1:
        told = "; ".join(f"{names[j]} {values[0, j]:+.3f}" for j in shown[:5])
    else:
        told = "; ".join(
            f"{names[j]} {weight[j]:.3f}, {_direction(values[:, j], data[:, j])}" for j in shown[:5]
        )
    return describe_figure(
        figure,
        f"SHAP values of {len(values)} sample(s){f' for {title}' if title else ''}. Features of the "
        f"greatest mean absolute SHAP value: {told}.",
    )


def _row_label(name: str, shap_values: np.ndarray, feature: np.ndarray) -> str:
    """The feature; of a single sample also its value."""
    known = len(shap_values) == 1 and np.isfinite(feature[0])
    return f"{name} = {feature[0]:.3g}" if known else name


def _told(axes: Axes, row: int, shap_values: np.ndarray) -> None:
    """The sum of all other features in words: its dots would stretch the axis until no feature showed."""
    low, high = shap_values.min(), shap_values.max()
    axes.text(
        0.5,
        row,
        f"mean absolute {np.abs(shap_values).mean():.3f}, from {low:+.2f} to {high:+.2f}",
        transform=axes.get_yaxis_transform(),
        ha="center",
        va="center",
        color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
    )


def _bar(axes: Axes, row: int, shap_value: float) -> None:
    """One sample's SHAP value with its figure: blue towards sensitive, vermilion towards resistant."""
    right = shap_value > 0
    axes.barh(row, shap_value, height=0.7, color=VERMILION if right else BLUE)
    axes.annotate(
        f"{shap_value:+.3f}", (shap_value, row), xytext=(4 if right else -4, 0), textcoords="offset points",
        va="center", ha="left" if right else "right", fontsize=9,
    )  # fmt: skip
    # Room for the figures.
    axes.margins(x=0.14)


def _swarm(axes: Axes, row: int, shap_values: np.ndarray, feature: np.ndarray) -> None:
    """Dots of one feature, side by side where they would overlap, coloured by the rank of the's value."""
    offset = _spread(shap_values) * 0.38
    known = np.isfinite(feature)
    look: dict[str, Any] = {"s": 11, "linewidths": 0, "rasterized": True, "zorder": 2}
    axes.scatter(shap_values[~known], row + offset[~known], color=GREY, **look)
    if known.any():
        shade = _rank_share(feature[known])
        axes.scatter(
            shap_values[known], row + offset[known], c=shade, cmap=VALUE_COLOURS, vmin=0, vmax=1, **look
        )


def _spread(values: np.ndarray, bins: int = 60) -> np.ndarray:
    """Vertical offsets, -1 to 1.

    Values in one bin are dealt to both sides of the row in turn; the fullest bin uses all of it.
    """
    offset = np.zeros(len(values))
    span = np.ptp(values)
    if span == 0:
        return offset
    place = np.minimum((bins * (values - values.min()) / span).astype(int), bins - 1)
    most = np.bincount(place).max()
    for one in np.unique(place):
        inside = np.flatnonzero(place == one)
        steps = (np.arange(len(inside)) + 1) // 2 * np.where(np.arange(len(inside)) % 2, 1, -1)
        offset[inside] = 2 * steps / max(most, 2)
    return offset


def _rank_share(feature: np.ndarray) -> np.ndarray:
    """Ranks from 0 to 1 (ties share one), so that an outlier does not paint all others in one colour."""
    unique, inverse = np.unique(feature, return_inverse=True)
    return inverse / max(len(unique) - 1, 1)


def _direction(shap_values: np.ndarray, feature: np.ndarray) -> str:
    known = np.isfinite(feature)
    if known.sum() < 2 or np.ptp(feature[known]) == 0 or np.ptp(shap_values[known]) == 0:
        return "one value only"
    up = np.corrcoef(shap_values[known], feature[known])[0, 1] > 0
    return "high values go with resistance" if up else "high values go with sensitivity"


def _value_bar(figure: Figure, axes: Axes) -> None:
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(ScalarMappable(cmap=VALUE_COLOURS), ax=axes, aspect=40, fraction=0.03, pad=0.02)
    bar.set_ticks([0, 1], labels=["low", "high"])
    bar.set_label("rank of the feature's value (grey: unknown)", labelpad=-8)
    bar.outline.set_visible(False)


def mechanism_bar(contributions: pd.DataFrame, *, normalise: bool = True) -> Figure:
    """What the predictions rest on: mean absolute SHAP value of each mechanism, a bar for each target.

    Parameters
    ----------
    contributions
        Index: targets; columns: mechanisms of the catalogue; values at least 0 (mean absolute sum of SHAP
        values, unit of the target).
    normalise
        Draw shares of the total, since targets differ in unit.

    Raises
    ------
    ValueError
        If there is no target or no mechanism.
    """
    if contributions.empty:
        raise ValueError("there is nothing to draw: no target or no mechanism")
    order = [m for m in MECHANISM_LOOK if m in contributions.columns]
    order += [m for m in contributions.columns if m not in MECHANISM_LOOK]
    table = contributions[order].fillna(0.0)
    if normalise:
        table = 100 * table.div(table.sum(axis=1).where(lambda total: total > 0, 1.0), axis=0)
    with house_style():
        figure = new_figure(8.6, 1.6 + 0.32 * len(table))
        axes = figure.subplots()
        start = np.zeros(len(table))
        for mechanism in order:
            colour, hatch = MECHANISM_LOOK.get(mechanism, (GREY, "xx"))
            width = table[mechanism].to_numpy(float)
            axes.barh(
                range(len(table)),
                width,
                left=start,
                height=0.72,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.5,
                label=mechanism_words(str(mechanism)),
            )
            start += width
        axes.set_yticks(range(len(table)), [target_words(str(t)) for t in table.index])
        axes.set_ylim(len(table) - 0.4, -0.6)
        axes.set_xlim(0, float(start.max()) or 1.0)
        axes.set_xlabel(
            "share of the mean absolute SHAP value, %"
            if normalise
            else "mean absolute SHAP value, unit of the target"
        )
        figure.legend(loc="outside right upper", title="mechanism", alignment="left")
    mean = table.mean().sort_values(ascending=False)
    unit = " %" if normalise else ""
    told = "; ".join(f"{mechanism_words(str(m))} {v:.1f}{unit}" for m, v in mean.items())
    return describe_figure(
        figure,
        f"Stacked bars: what the predictions of {len(table)} target(s) rest on, by mechanism. Mean over "
        f"targets: {told}.",
    )
