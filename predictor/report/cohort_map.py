"""Where a cohort lies among the training lines, before and after harmonisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from predictor.report.style import BLUE, GREY, VERMILION, describe_figure, house_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOK = {"before": (BLUE, "^"), "after": (VERMILION, "o")}


def cohort_map(points: pd.DataFrame, cohort: str) -> Figure:
    """Two principal components of the training lines, the cohort on them: a panel before, one after.

    Parameters
    ----------
    points
        ``map`` of :class:`features.harmonisation_check.Distance`.
    cohort
        Its name.

    Raises
    ------
    ValueError
        If there is nothing to draw.
    """
    if points.empty:
        raise ValueError("there is nothing to draw")
    lines = points[points.group == "lines"]
    with house_style():
        figure = new_figure(8.4, 4.2)
        for axes, (group, (colour, marker)) in zip(
            figure.subplots(1, 2, sharex=True, sharey=True), _LOOK.items(), strict=True
        ):
            mine = points[points.group == group]
            axes.scatter(lines.x, lines.y, s=9, color=GREY, alpha=0.5, label="training lines", linewidths=0)
            axes.scatter(mine.x, mine.y, s=14, color=colour, marker=marker, alpha=0.8, label=cohort)
            axes.set_title(f"{group} harmonisation", loc="left")
            axes.set_xlabel("first component of the lines")
            axes.legend(loc="best", frameon=False)
        figure.axes[0].set_ylabel("second component")
    middle = points.groupby("group")[["x", "y"]].median()
    describe_figure(
        figure,
        f"Scatter of {len(lines)} training lines and the samples of {cohort} on two principal components. "
        + " ".join(
            f"The median {group} lies at ({middle.x[group]:.0f}, {middle.y[group]:.0f})."
            for group in ("lines", "before", "after")
        ),
    )
    return figure
