"""Survival by tertile of a marker with numbers at risk, and hazard ratios with their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from predictor.report.style import (
    BLUE,
    GREY,
    INK,
    ORANGE,
    VERMILION,
    describe_figure,
    house_style,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from predictor.outcomes.kaplan_meier import Survival

#: From low to high values of a marker: colour and line, so that neither alone tells them apart.
_LOOK = ((BLUE, "-"), (GREY, (0, (5, 2))), (VERMILION, (0, (1, 1.2))))
#: What a row of hazard ratios is to its colour and marker.
EFFECT_LOOK = {"arm": (BLUE, "o"), "both": (INK, "D"), "interaction": (ORANGE, "s")}


class EffectRow(NamedTuple):
    """One hazard ratio: its label, a key of :data:`EFFECT_LOOK`, the figure and its 95 % interval."""

    label: str
    kind: str
    value: float
    low: float
    high: float


def survival_plot(arms: Mapping[str, Survival], *, marker: str, endpoint: str) -> Figure:
    """Kaplan-Meier curves of the groups of a marker, a panel an arm, with numbers at risk below.

    Parameters
    ----------
    arms
        Arm -> its curves, at the same times.
    marker, endpoint
        Of what.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not arms or not all(one.curves for one in arms.values()):
        raise ValueError("there is nothing to draw")
    most = max(len(one.curves) for one in arms.values())
    with house_style():
        figure = new_figure(4.7 * len(arms) + 0.6, 3.9 + 0.2 * most)
        panels = figure.subplots(
            2, len(arms), squeeze=False, sharex="col", height_ratios=(3.4, 0.25 + 0.24 * most)
        )
        for column, (arm, one) in enumerate(arms.items()):
            _curves(panels[0][column], one)
            p = "" if math.isnan(one.p) else f", log-rank p {one.p:.3f}"
            panels[0][column].set_title(f"{arm}{p}", loc="left")
            _at_risk(panels[1][column], one)
            panels[1][column].set_xlabel("months")
            panels[0][column].legend(title=marker, loc="upper right")
        panels[0][0].set_ylabel(f"{endpoint}: share without event")
    told = " ".join(
        f"{arm}: "
        + "; ".join(f"{c.group} (n {c.n}, {c.events} events) median {c.median_words}" for c in one.curves)
        + "."
        for arm, one in arms.items()
    )
    return describe_figure(
        figure, f"Kaplan-Meier curves of {endpoint} by {marker}, with numbers at risk. In months. {told}"
    )


def effects_plot(panels: Mapping[str, Sequence[EffectRow]]) -> Figure:
    """Hazard ratios with intervals on a logarithmic axis, a panel for each title.

    Parameters
    ----------
    panels
        Title -> rows, from top to bottom.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not panels or not all(panels.values()):
        raise ValueError("there is nothing to draw")
    most = max(len(rows) for rows in panels.values())
    with house_style():
        figure = new_figure(1.2 + 3.6 * len(panels), 1.3 + 0.34 * most)
        drawn = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (title, rows) in zip(drawn, panels.items(), strict=True):
            _effects(axes, rows)
            axes.set_title(title, loc="left")
            axes.set_xlabel("hazard ratio, 95 % interval")
    told = "; ".join(
        f"{title}: "
        + ", ".join(f"{row.label} {row.value:.2f} [{row.low:.2f}, {row.high:.2f}]" for row in rows)
        for title, rows in panels.items()
    )
    return describe_figure(figure, f"Hazard ratios with 95 % intervals. {told}.")


def _curves(axes: Axes, one: Survival) -> None:
    for place, curve in enumerate(one.curves):
        colour, line = _look(place, len(one.curves))
        axes.step(
            curve.months, curve.survival, where="post", color=colour, linestyle=line, linewidth=1.6,
            label=f"{curve.group} (n {curve.n})",
        )  # fmt: skip
        if len(curve.censored):
            heights = curve.survival[np.searchsorted(curve.months, curve.censored, side="right") - 1]
            axes.plot(curve.censored, heights, "|", color=colour, markersize=5, markeredgewidth=0.8)
    axes.set_ylim(0, 1.02)
    axes.set_xlim(-0.04 * one.at[-1], 1.04 * one.at[-1])
    axes.set_xticks(one.at)
    axes.grid(axis="y", color="#E4E4E4", linewidth=0.7)


def _at_risk(axes: Axes, one: Survival) -> None:
    names = list(one.at_risk)
    for place, name in enumerate(names):
        for time, n in zip(one.at, one.at_risk[name], strict=True):
            axes.text(
                time, len(names) - 1 - place, str(n), ha="center", va="center", fontsize=8.5,
                color=_look(place, len(names))[0],
            )  # fmt: skip
    axes.set_yticks(range(len(names)), names[::-1])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_title("at risk", loc="left", fontsize=9)
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _look(place: int, n: int) -> tuple[str, object]:
    return _LOOK[place if n == len(_LOOK) else place * 2 % len(_LOOK)]


def _effects(axes: Axes, rows: Sequence[EffectRow]) -> None:
    places = np.arange(len(rows))[::-1]
    for place, row in zip(places, rows, strict=True):
        colour, marker = EFFECT_LOOK[row.kind]
        axes.hlines(place, row.low, row.high, color=colour, linewidth=2)
        axes.scatter(
            row.value, place, s=36, color=colour, marker=marker, edgecolors=INK, linewidths=0.6, zorder=3
        )
        axes.annotate(
            f"{row.value:.2f}",
            (row.value, place),
            (0, 5),
            textcoords="offset points",
            ha="center",
            fontsize=8,
        )
    axes.set_xscale("log")
    low, high = min(row.low for row in rows), max(row.high for row in rows)
    ticks = [tick for tick in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if low / 1.2 <= tick <= high * 1.2]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.axvline(1, color=INK, linewidth=0.8)
    axes.set_yticks(places, [row.label for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.2)
    axes.grid(axis="x", color="#E4E4E4", linewidth=0.7)
