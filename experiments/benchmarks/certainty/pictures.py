"""The pictures of the page: reliability, coverage by tissue, risk and coverage, error by domain score."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binom

from predictor.report.style import BLUE, GREY, INK, VERMILION, describe_figure, house_style, new_figure, save


def draw(result: Mapping[str, Any], folder: Path) -> None:
    """Write every picture."""
    with house_style():
        save(_reliability(result), folder / "reliability.png")
        save(_coverage(result), folder / "coverage.png")
        save(_risk(result), folder / "risk.png")


def _reliability(result: Mapping[str, Any]) -> Any:
    figure = new_figure(4.6, 4.2)
    axes = figure.add_subplot()
    rows = result["reliability"]
    x, y = [r["chance"] for r in rows], [r["measured"] for r in rows]
    top = max(*x, *y) * 1.08
    axes.plot([0, top], [0, top], color=GREY, linewidth=1)
    axes.axhline(0.2, color=GREY, linewidth=0.8, linestyle=":")
    axes.plot(x, y, "o-", color=BLUE)
    axes.set_xlabel("chance told (mean of a tenth of the predictions)")
    axes.set_ylabel("share in the most sensitive fifth")
    return describe_figure(
        figure, "Share of held-out lines in the most sensitive fifth against the chance told"
    )


def _coverage(result: Mapping[str, Any]) -> Any:
    found = result["coverage"][-1]
    cells = [c for c in found["cells"] if c["tissue"] != "all"]
    tissues = sorted({c["tissue"] for c in cells})
    figure = new_figure(7.6, 0.34 * len(tissues) + 1.2)
    axes = figure.add_subplot()
    for row, tissue in enumerate(tissues):
        own = [c for c in cells if c["tissue"] == tissue]
        n = int(np.median([c["lines"] for c in own]))
        low, high = binom.ppf([0.005, 0.995], n, found["level"]) / n
        axes.barh(row, high - low, left=low, height=0.62, color="#DCE6EE")
        for cell in own:
            axes.plot(cell["covered"] / cell["lines"], row, "o", color=BLUE, markersize=4, alpha=0.6)
        before = [c for c in result["coverage_one_width"][-1]["cells"] if c["tissue"] == tissue]
        worst = min(c["covered"] / c["lines"] for c in before)
        axes.plot(worst, row, "x", color=VERMILION, markersize=6)
    axes.axvline(found["level"], color=INK, linewidth=1)
    axes.set_yticks(range(len(tissues)), tissues)
    axes.invert_yaxis()
    axes.set_xlabel("share of held-out lines inside the 90 % interval")
    return describe_figure(
        figure,
        "Coverage of the 90 % interval by tissue: a dot an inhibitor, exact binomial 99 % band at the median "
        "number of lines, and a cross for the worst inhibitor with one width for all lines",
    )


def _risk(result: Mapping[str, Any]) -> Any:
    figure = new_figure(8.6, 3.6)
    left, right = figure.subplots(1, 2)
    kept = result["risk"]["kept"]
    left.plot(kept, result["risk"]["interval"], color=BLUE, label="narrowest intervals kept")
    left.plot(
        kept,
        result["risk"]["domain"],
        color=VERMILION,
        linestyle="--",
        label="most usual kept (tissue left out)",
    )
    left.axhline(1, color=GREY, linewidth=0.8)
    left.invert_xaxis()
    left.set_xlabel("share of lines kept")
    left.set_ylabel("mean absolute error / that of all")
    left.legend()
    tenths = result["domain"]["by_tenth"]
    right.plot(range(1, 11), tenths, "o-", color=BLUE)
    right.axhline(1, color=GREY, linewidth=0.8)
    right.set_xlabel("tenth of the domain score (tissue left out)")
    right.set_ylabel("mean absolute error / mean of the inhibitor")
    return describe_figure(
        figure,
        "Left: error of the lines kept when the least certain are set aside. Right: error by tenth of the "
        "domain score where the tissue was left out",
    )
