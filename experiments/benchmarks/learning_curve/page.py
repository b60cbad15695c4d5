"""The README and the picture of this folder, from its result alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.frozen import signed, value
from predictor.evaluation import MODEL, RIDGE_CONSENSUS
from predictor.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILION,
    describe_figure,
    house_style,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Predictor to its words.
PREDICTORS = {
    MODEL: "model",
    RIDGE_CONSENSUS: "ridge on the consensus",
    "ridge_genes": "ridge on genes",
    "tissue": "tissue mean",
}
#: Colour and marker, so that neither alone tells them apart.
LOOK = {
    MODEL: (VERMILION, "o"),
    RIDGE_CONSENSUS: (GREEN, "^"),
    "ridge_genes": (BLUE, "D"),
    "tissue": (GREY, "s"),
}
#: Points of one size stand beside each other by this many doublings.
BESIDE = 0.07


def picture(result: Mapping[str, Any]) -> Figure:
    """Mean r with its interval against the number of training lines, which doubles from mark to mark."""
    sizes = result["sizes"]
    lines = [size["lines"] for size in sizes]
    with house_style():
        figure = new_figure(7.4, 4.6)
        axes = figure.subplots()
        for place, (name, words) in enumerate(PREDICTORS.items()):
            colour, marker = LOOK[name]
            found = [size["predictors"][name] for size in sizes]
            across = [n * 2 ** (BESIDE * (place - (len(PREDICTORS) - 1) / 2)) for n in lines]
            axes.vlines(
                across,
                [one["low"] for one in found],
                [one["high"] for one in found],
                color=colour,
                linewidth=2,
            )
            axes.plot(
                across,
                [one["value"] for one in found],
                color=colour,
                marker=marker,
                markeredgecolor=INK,
                markeredgewidth=0.6,
                linewidth=1,
                label=words,
            )
        axes.set_xscale("log", base=2)
        axes.set_xticks(lines, [str(n) for n in lines])
        axes.minorticks_off()
        axes.set_ylim(bottom=0)
        axes.grid(axis="y", color="#E4E4E4", linewidth=0.7)
        axes.set_xlabel("training lines (each mark is the double of the one before)")
        axes.set_ylabel("Pearson's r, mean of 6 inhibitors, 95 % interval")
        axes.set_title("GDSC2, held-out lines", loc="left")
        axes.legend(loc="lower right")
    told = "; ".join(
        f"{words}: "
        + ", ".join(f"{value(size['predictors'][name])} at {size['lines']} lines" for size in sizes)
        for name, words in PREDICTORS.items()
    )
    return describe_figure(
        figure, f"Pearson's r of held-out lines against training lines, 95 % intervals. {told}."
    )


def page(result: Mapping[str, Any]) -> str:
    """The README of this folder."""
    last = result["sizes"][-1]["lines"]
    lines = [
        "# How accuracy grows with the number of training lines",
        "",
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s). The plan is in [plan.md](plan.md), "
        "all figures in [result.json](result.json).",
        "",
        "![Pearson's r of the model and of naive predictors against the number of training lines](curve.png)",
        "",
        "GDSC2, Pearson's r on the held-out lines of the frozen folds, mean over folds and six inhibitors; "
        f"95 % intervals over held-out lines. Below {last} lines every figure is the mean of "
        f"{result['orders']} random orders in which lines come to be taught.",
        "",
        *_table(
            ("training lines", *PREDICTORS.values()),
            [
                (str(size["lines"]), *(value(size["predictors"][name]) for name in PREDICTORS))
                for size in result["sizes"]
            ],
        ),
        "",
        "## What doubling brought",
        "",
        last_doubling(result),
        "",
        *_table(
            ("training lines", *PREDICTORS.values()),
            [
                (f"{one['from']} to {one['to']}", *(signed(one["predictors"][name]) for name in PREDICTORS))
                for one in result["doublings"]
            ],
        ),
        "",
        "## The model beside the others",
        "",
        "The model's mean r less that of another predictor taught the same lines, paired.",
        "",
        *_table(
            ("training lines", *(words for name, words in PREDICTORS.items() if name != MODEL)),
            [
                (
                    str(size["lines"]),
                    *(signed(size["model_less"][name]) for name in PREDICTORS if name != MODEL),
                )
                for size in result["sizes"]
            ],
        ),
        "",
        "## How much it matters which lines are taught",
        "",
        f"The model's mean r for each of the {result['orders']} orders:",
        "",
        *_table(
            ("training lines", "r for each order"),
            [
                (str(size["lines"]), ", ".join(f"{r:.3f}" for r in size["predictors"][MODEL]["orders"]))
                for size in result["sizes"]
            ],
        ),
    ]
    return "\n".join(lines) + "\n"


def last_doubling(result: Mapping[str, Any]) -> str:
    """In words: what teaching all lines instead of half of them brought, beside the doubling before."""
    before, last = result["doublings"][-2:]
    gained, earlier, ridge = (
        last["predictors"][MODEL],
        before["predictors"][MODEL],
        last["predictors"]["ridge_genes"],
    )
    half = result["sizes"][-2]["predictors"][MODEL]["orders"]
    whole = result["sizes"][-1]["predictors"][MODEL]["value"]
    return (
        f"From half of the training lines to all of them ({last['from']} to {last['to']}) the model's mean r "
        f"changed by {signed(gained)}, {_verdict(gained)}; depending on which half was taught, by "
        f"{whole - max(half):+.3f} to {whole - min(half):+.3f}. The doubling before "
        f"({before['from']} to {before['to']}) brought {signed(earlier)}. "
        f"Ridge on genes gained {signed(ridge)} by the last doubling."
    )


def _verdict(one: Mapping[str, Any]) -> str:
    if one["low"] > 0:
        return "an interval above 0"
    return "an interval below 0" if one["high"] < 0 else "an interval that holds 0"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]
