"""The README and the picture of this folder, from its result alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from predictor.report.forest import ForestRow, forest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORDS = {
    "default": "model (default)",
    "mechanistic": "readable features only",
    "leave_gdsc1_out": "without GDSC1",
    "with_growth": "with measured growth",
    "tissue": "tissue",
    "growth_tissue": "growth + tissue",
    "growth_then_ridge_genes": "growth, then ridge on genes",
    "ridge_genes": "ridge on genes",
    "ridge_class_consensus": "ridge on the class consensus",
    "measured:GDSC1": "measured in GDSC1",
    "measured:GDSC2": "measured in GDSC2",
    "measured:consensus": "measured consensus of sixteen",
}
#: Of the benchmark, by their files.
NAIVE = ("tissue", "growth_tissue", "growth_then_ridge_genes", "ridge_genes", "ridge_class_consensus")
UNITS = {"CTRPv2": "Spearman's rho, mean of 5 inhibitors", "GDSC2": "Pearson's r, mean of 6 inhibitors"}


def bars(result: Mapping[str, Any]) -> list[tuple[str, float, float, bool]]:
    """What the plan asked: what, the figure, the bar, whether it is met."""
    of = {name: found["by_consensus"] for name, found in result["experiments"].items()}
    low = of["default"]["CTRPv2"]["difference_interval"][0]
    asked = [
        ("default, CTRPv2: lower limit of the difference from ridge on the consensus", low, -0.02),
        ("default, GDSC2: mean r", of["default"]["GDSC2"]["mean"], 0.44),
        ("mechanistic, CTRPv2: mean rho", of["mechanistic"]["CTRPv2"]["mean"], 0.33),
        ("mechanistic, GDSC2: mean r", of["mechanistic"]["GDSC2"]["mean"], 0.37),
        ("leave_gdsc1_out, GDSC1: mean rho", of["leave_gdsc1_out"]["GDSC1"]["mean"], 0.345),
    ]
    if "with_growth" in of:
        asked.append(("with_growth, GDSC2: mean r", of["with_growth"]["GDSC2"]["mean"], 0.545))
    return [(what, value, bar, value >= bar) for what, value, bar in asked]


def picture(result: Mapping[str, Any]) -> Figure:
    """CTRPv2 with what measurement reaches, beside GDSC2."""
    rows = {screen: _rows(result, screen) for screen in ("CTRPv2", "GDSC2")}
    titles = {"CTRPv2": "CTRPv2, which no training saw", "GDSC2": "GDSC2, held-out lines"}
    return forest(
        {titles[screen]: found for screen, found in rows.items()},
        xlabels={titles[screen]: words for screen, words in UNITS.items()},
    )


def _rows(result: Mapping[str, Any], screen: str) -> list[ForestRow]:
    rows = []
    for kind, part in (("model", "experiments"), ("naive", "naive")):
        for name, found in result[part].items():
            one = found["by_consensus"][screen]
            look = "reference" if name == "ridge_class_consensus" else kind
            rows.append(ForestRow(WORDS[name], look, one["mean"], *one["mean_interval"]))
    if screen == "CTRPv2":
        rows += [
            ForestRow(WORDS[one["what"]], "measured", one["value"], *one["interval"])
            for one in result["ceilings"]
        ]
    return rows


def page(result: Mapping[str, Any]) -> str:
    """The README of this folder."""
    lines = [
        "# A screen that no training saw, and what measurement reaches there",
        "",
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s). The plan is in [plan.md](plan.md), "
        "all figures in [result.json](result.json).",
        "",
        "![Models, naive predictors and measurement in CTRPv2 and GDSC2](forest.png)",
        "",
        "CTRPv2: Spearman's rho, mean of five inhibitors; GDSC2: Pearson's r, mean over folds and six "
        "inhibitors; 95 % intervals over lines. The dashed line is the best that measuring in GDSC reaches.",
        "",
        "| prediction | CTRPv2 | difference from ridge on the consensus | GDSC2 | difference |",
        "|---|---|---|---|---|",
    ]
    for part in ("experiments", "naive"):
        for name, found in result[part].items():
            cells = [_cells(found["by_consensus"][screen]) for screen in ("CTRPv2", "GDSC2")]
            if name == "ridge_class_consensus":
                cells = [(value, "0") for value, _ in cells]
            lines.append(f"| {WORDS[name]} | " + " | ".join(c for pair in cells for c in pair) + " |")
    lines += ["", "## Against the default", "", "| experiment | CTRPv2 | GDSC2 |", "|---|---|---|"]
    lines += [
        f"| {WORDS[name]} | "
        + " | ".join(_cells(found["by_default"][screen])[1] for screen in ("CTRPv2", "GDSC2"))
        + " |"
        for name, found in result["experiments"].items()
        if "by_default" in found
    ]
    unseen = _cells(result["experiments"]["leave_gdsc1_out"]["by_consensus"]["GDSC1"])[0]
    lines += [
        "",
        f"GDSC1 as an unseen screen, by the model that learned nothing of it: mean rho {unseen}.",
        "",
    ]
    lines += [
        "## What measuring the same lines says of CTRPv2",
        "",
        "| measured | inhibitors | lines each | that, rho | model on the same lines | model minus that |",
        "|---|---|---|---|---|---|",
    ]
    for one in result["ceilings"]:
        lines.append(
            f"| {WORDS[one['what']]} | {len(one['n'])} | {min(one['n'])} to {max(one['n'])} | "
            f"{_with(one['value'], one['interval'])} | {one['model']:.3f} | "
            f"{_signed(one['difference'], one['difference_interval'])} |"
        )
    lines += ["", "## Bars", "", "| bar | figure | asked | met |", "|---|---|---|---|"]
    lines += [f"| {what} | {value:.3f} | {bar:.3f} | {_yes(met)} |" for what, value, bar, met in bars(result)]
    if result.get("left_out"):
        lines += ["", f"Left out, for want of its data: {', '.join(result['left_out'])}."]
    return "\n".join(lines) + "\n"


def _cells(one: Mapping[str, Any]) -> tuple[str, str]:
    return _with(one["mean"], one["mean_interval"]), _signed(one["difference"], one["difference_interval"])


def _with(value: float, interval: list[float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}, {interval[1]:.3f}]"


def _signed(value: float, interval: list[float]) -> str:
    return f"{value:+.3f} [{interval[0]:+.3f}, {interval[1]:+.3f}]"


def _yes(met: bool) -> str:
    return "yes" if met else "**no**"
