"""A forest plot: figures with their intervals, one a row, against lines of reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from predictor.report.style import BLUE, GREEN, GREY, INK, VERMILION, describe_figure, house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: What a row is to what it looks like: colour and marker, so that neither alone tells them apart.
LOOK = {"model": (VERMILION, "o"), "naive": (GREY, "s"), "reference": (BLUE, "D"), "measured": (GREEN, "^")}


class ForestRow(NamedTuple):
    """One row: its label, what it is (a key of :data:`LOOK`), the figure and its 95 % interval."""

    label: str
    kind: str
    value: float
    low: float
    high: float


def forest(panels: Mapping[str, Sequence[ForestRow]], *, xlabels: Mapping[str, str]) -> Figure:
    """Rows with intervals, a panel for each test; the best that was measured is drawn through as the ceiling.

    Parameters
    ----------
    panels
        Title to its rows, from top to bottom.
    xlabels
        Title to the words below its axis.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if not panels or not all(panels.values()):
        raise ValueError("there is nothing to draw")
    most = max(len(rows) for rows in panels.values())
    with house_style():
        figure = new_figure(5.2 * len(panels), 1.3 + 0.3 * most)
        for axes, (title, rows) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
        ):
            places = np.arange(len(rows))[::-1]
            for place, row in zip(places, rows, strict=True):
                colour, marker = LOOK[row.kind]
                axes.hlines(place, row.low, row.high, color=colour, linewidth=2)
                axes.scatter(
                    row.value,
                    place,
                    s=36,
                    color=colour,
                    marker=marker,
                    edgecolors=INK,
                    linewidths=0.6,
                    zorder=3,
                )
                axes.annotate(
                    f"{row.value:.3f}",
                    (row.value, place),
                    (0, 5),
                    textcoords="offset points",
                    ha="center",
                    fontsize=8,
                )
            measured = [row.value for row in rows if row.kind == "measured"]
            if measured:
                axes.axvline(max(measured), color=GREEN, linewidth=1, linestyle=(0, (4, 3)))
            axes.axvline(0, color=INK, linewidth=0.8)
            axes.set_yticks(places, [row.label for row in rows])
            axes.set_ylim(-0.6, len(rows) - 0.2)
            axes.grid(axis="x", color="#E4E4E4", linewidth=0.7)
            axes.set_title(title, loc="left")
            axes.set_xlabel(xlabels[title])
    told = "; ".join(
        f"{title}: "
        + ", ".join(f"{row.label} {row.value:.3f} [{row.low:.3f}, {row.high:.3f}]" for row in rows)
        for title, rows in panels.items()
    )
    return describe_figure(figure, f"Forest plot with 95 % intervals. {told}.")
