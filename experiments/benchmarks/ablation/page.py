"""The README and the picture of this folder, from its result alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.frozen import signed, value
from predictor.report.forest import ForestRow, forest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINEAGE = "lineage"
#: Family of the catalogue to what a reader calls it.
FAMILIES = {
    "expression": "wide expression",
    "gene_levels": "levels of single genes",
    "pathways": "pathway scores",
    "progeny": "PROGENy",
    "microenvironment": "microenvironment",
    "growth": "proliferation score",
    "drivers": "drivers",
    "msi": "MSI",
    "lineage": "lineage",
}


def in_order(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Family to its figures, that which costs most to leave out first."""
    families = result["families"]
    return dict(sorted(families.items(), key=lambda one: one[1]["without"]["less_full"]["value"]))


def beside_lineage(result: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every family but lineage to its figures, that which comes farthest beside lineage first."""
    families = {name: one for name, one in result["families"].items() if name != LINEAGE}
    return dict(sorted(families.items(), key=lambda one: -one[1]["alone"]["value"]))


def words(family: str) -> str:
    """What a reader calls a family."""
    return FAMILIES.get(family, family.replace("_", " "))


def picture(result: Mapping[str, Any]) -> Figure:
    """What is lost without each family, beside how far each comes with lineage."""
    families = in_order(result)
    lost = [
        _row(f"without {words(name)}", "model", one["without"]["less_full"]) for name, one in families.items()
    ]
    lost += [
        _row(f"control: full, another seed ({i})", "naive", one)
        for i, one in enumerate(result["control"], start=1)
    ]
    reached = [
        _row("full model", "reference", result["full"]),
        *(
            _row(f"{words(name)} + lineage", "model", one["alone"])
            for name, one in beside_lineage(result).items()
        ),
        _row("lineage alone", "naive", result["lineage"]),
    ]
    titles = ("One family less", "One family beside lineage")
    return forest(
        dict(zip(titles, (lost, reached), strict=True)),
        xlabels={
            titles[0]: "mean r less that of the full model, paired",
            titles[1]: "Pearson's r, mean of 6 inhibitors",
        },
    )


def _row(label: str, kind: str, one: Mapping[str, Any]) -> ForestRow:
    return ForestRow(label, kind, one["value"], one["low"], one["high"])


def page(result: Mapping[str, Any]) -> str:
    """The README of this folder."""
    families = in_order(result)
    first = next(iter(beside_lineage(result)))
    nearest = result["families"][first]["alone"]
    lines = [
        "# What the families of features contribute",
        "",
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s). The plan is in [plan.md](plan.md), "
        "all figures in [result.json](result.json).",
        "",
        "![What is lost without each family of features, and how far each comes beside lineage](forest.png)",
        "",
        "GDSC2, Pearson's r on the held-out lines of the frozen folds, mean over folds and six inhibitors, "
        f"with 95 % intervals over lines. The full model reaches {value(result['full'])}.",
        "",
        "## One family less",
        "",
        in_words(result),
        "",
        "| without | columns learned | mean r | less the full model, paired |",
        "|---|---|---|---|",
        *(
            f"| {words(name)} | {one['columns']:,} | {value(one['without'])} | "
            f"{signed(one['without']['less_full'])} |"
            for name, one in families.items()
        ),
        *(
            f"| nothing: another seed of inner folds and trees | | | {signed(one)} |"
            for one in result["control"]
        ),
        "",
        "## One family beside lineage",
        "",
        f"Beside lineage, {words(first)} comes farthest: {value(nearest)}, which is "
        f"{signed(nearest['less_full'])} from the full model, which has all the other families too.",
        "",
        "| features | mean r | less the full model, paired | less lineage alone, paired |",
        "|---|---|---|---|",
        *(
            f"| {words(name)} + lineage | {value(one['alone'])} | {signed(one['alone']['less_full'])} | "
            f"{signed(one['alone']['less_lineage'])} |"
            for name, one in beside_lineage(result).items()
        ),
        f"| lineage alone | {value(result['lineage'])} | {signed(result['lineage']['less_full'])} | |",
        "",
        "Most families are scores of the same RNA. What is lost without one is what the others cannot "
        "stand in for; how far it comes alone is what it says, much of which others say too. This is a "
        "description: no feature was kept, dropped or tuned for it.",
    ]
    return "\n".join(lines) + "\n"


def in_words(result: Mapping[str, Any]) -> str:
    """Which families cost accuracy to leave out beyond their interval, and how far the others could."""
    lost = {name: one["without"]["less_full"] for name, one in in_order(result).items()}
    costly = [name for name, one in lost.items() if one["high"] < 0]
    better = [name for name, one in lost.items() if one["low"] > 0]
    rest = [name for name in lost if name not in costly and name not in better]
    reach = [limit for name in rest for limit in (lost[name]["low"], lost[name]["high"])]
    said = [
        f"Beyond its interval accuracy falls without {_listed(costly)}." if costly else "",
        f"It rises without {_listed(better)}." if better else "",
        f"Without {_listed(rest)} no difference is shown; the intervals reach from {min(reach):+.3f} to "
        f"{max(reach):+.3f}."
        if rest
        else "",
        f"Another seed alone changes it by up to {max(abs(one['value']) for one in result['control']):.3f}.",
    ]
    return " ".join(one for one in said if one)


def _listed(names: list[str]) -> str:
    told = [words(name) for name in names]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}"
