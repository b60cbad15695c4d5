"""The page and the picture of the result."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from predictor.report.forest import ForestRow, forest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAMES = {
    "score_default": "model `default`, prediction for everolimus",
    "score_mechanistic": "model `mechanistic`, the same",
    "ith": "ITH, by rank",
    "clonality.math": "MATH",
    "mut.MTOR": "MTOR mutated",
    "mut.MTOR|mut.TSC1|mut.TSC2": "MTOR, TSC1 or TSC2 mutated",
}
_GROUPS = {"everolimus": "everolimus", "nivolumab": "nivolumab", "interaction": "interaction"}


def page(result: Mapping[str, Any]) -> str:
    """The README of this folder."""
    effects = _table(
        (
            "marker",
            "endpoint",
            "everolimus, hazard ratio",
            "nivolumab",
            "interaction",
            "p of it",
            "gain in C-index",
        ),
        [_effect_row(result, marker, endpoint) for marker in NAMES for endpoint in ("PFS", "OS")],
    )
    verdicts = [f"- **{NAMES[name]}**: {words}" for name, words in result["headlines"].items()]
    examples = _table(
        (
            "",
            "MTOR",
            "CCF",
            "prediction [90 %]",
            "verdict",
            "curated evidence",
            "best response",
            "PFS, months",
        ),
        [_example(k, row) for k, row in enumerate(result["mtor_mutants"], start=1)],
    )
    versions = ", ".join(f"{name} {version}" for name, version in result["models"].items())
    return "\n".join(
        [
            "# The released models on patients: CheckMate 025",
            "",
            f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
            f"{result['seconds']} s) with the bundles {versions}. The plan is in [plan.md](plan.md), all "
            "figures in "
            "[result.json](result.json). For research use only.",
            "",
            "Adjusted for MSKCC risk group; hazard ratios per standard deviation of the marker (ITH: from "
            "the lowest to "
            "the highest rank; genes: carriers against the others), 95 % intervals; the interaction is the "
            "ratio of "
            "everolimus' to nivolumab's hazard ratio, stratified by arm; p uncorrected.",
            "",
            *effects,
            "",
            "From DNA and lineage the two bundles hold the same model, so their figures are the same.",
            "",
            "![Hazard ratios in the everolimus arm](forest.png)",
            "",
            "## Verdicts",
            "",
            *verdicts,
            "",
            "## The MTOR-mutant patients of the everolimus arm",
            "",
            "Examples, not a test; predictions are of the rapalog class, higher = more resistant, and "
            "differ by a tenth of "
            "their interval: the genotype alone hardly tells one kidney tumour from another. PFS with + "
            "was censored.",
            "",
            *examples,
            "",
        ]
    )


def _effect_row(result: Mapping[str, Any], marker: str, endpoint: str) -> Sequence[str]:
    mine = {
        row["group"]: row
        for row in result["effects"]
        if row["marker"] == marker and row["endpoint"] == endpoint
    }
    interaction = mine.get("interaction", {})
    gain = [
        row for row in result["concordance"]
        if row["marker"] == marker and row["endpoint"] == endpoint and row["arm"] == "everolimus"
    ]  # fmt: skip
    p = interaction.get("p")
    return (
        NAMES[marker], endpoint, *(_ratio(mine.get(group)) for group in _GROUPS),
        "" if p is None else f"{p:.2f}", _gain(gain[0]) if gain else "",
    )  # fmt: skip


def _ratio(row: Mapping[str, Any] | None) -> str:
    if row is None or row.get("hazard_ratio") is None:
        return str((row or {}).get("reason") or "")
    return f"{row['hazard_ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"


def _gain(row: Mapping[str, Any]) -> str:
    return f"{row['gain']:+.3f} [{row['gain_low']:+.3f}, {row['gain_high']:+.3f}]"


def _example(number: int, row: Mapping[str, Any]) -> Sequence[str]:
    ccf = "" if row["ccf"] is None else f"{row['ccf']:.2f}"
    months = "" if row["pfs_months"] is None else f"{row['pfs_months']:.1f}{'' if row['progressed'] else '+'}"
    return (
        str(number), row["variants"], ccf,
        f"{row['prediction']:.2f} [{row['interval_low']:.2f}, {row['interval_high']:.2f}]",
        row["verdict"].partition(" (by")[0], row["evidence"], row["best_response"] or "", months,
    )  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines]


def picture(result: Mapping[str, Any]) -> Figure:
    """Hazard ratios in the everolimus arm, a panel an endpoint."""
    panels = {
        endpoint: [
            ForestRow(
                NAMES[row["marker"]].replace("`", ""),
                "model" if row["marker"].startswith("score_") else "naive",
                *(math.log(row[key]) for key in ("hazard_ratio", "low", "high")),
            )
            for row in result["effects"]
            if (row["endpoint"], row["group"]) == (endpoint, "everolimus") and row.get("hazard_ratio")
        ]
        for endpoint in ("PFS", "OS")
    }  # fmt: skip
    return forest(
        panels, xlabels=dict.fromkeys(panels, "ln hazard ratio, everolimus arm (0 = no difference)")
    )
