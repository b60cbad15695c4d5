"""What training and evaluation found, as rows to print and as plain values; MLflow gets the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from predictor.cli import console
from predictor.evaluation import MODEL, Score, mean_over_targets
from predictor.modalities import PATTERNS

#: How the rungs are called above a column.
_WORDS = {
    "drug_mean": "drug mean",
    "tissue": "tissue",
    "growth": "growth",
    "growth_tissue": "growth+tissue",
    "ridge_genes": "ridge genes",
    "ridge_consensus": "ridge consensus",
}
_METRICS = ("pearson", "spearman", "r2")


def as_document(scores: Sequence[Score]) -> dict[str, Any]:
    """The figures as plain values.

    Returns
    -------
    dict
        ``targets``: one entry a target with n, each metric of the model with its interval, and Pearson's r of
        the ladder and of each pattern; ``means``: group -> predictor -> mean of Pearson's r over its targets.
    """
    by_target = _by_target(scores)
    return {
        "targets": [
            {
                "target": target,
                "n": mine[MODEL].n,
                **{name: mine[MODEL].metrics[name].as_dict() for name in _METRICS},
                "ladder": {
                    name: mine[name].metrics["pearson"].value for name in _rungs(scores) if name in mine
                },
                "patterns": {name: mine[name].metrics["pearson"].value for name in PATTERNS if name in mine},
            }
            for target, mine in by_target.items()
        ],
        "means": {
            group: {
                name: mean_over_targets(scores, name, targets, "pearson")
                for name in dict.fromkeys(score.predictor for score in scores)
            }
            for group, targets in _groups(by_target).items()
        },
    }


def show(scores: Sequence[Score]) -> None:
    """Print the figures: a table of targets beside the ladder, the means, and what fewer modalities cost."""
    found = as_document(scores)
    rungs = _rungs(scores)
    console.say(
        "Held-out cell lines (Pearson's r: mean over folds, 95 % interval; beside it the naive ladder's r):"
    )
    header = ["target", "n", "r", "95 %", "rho", "R2", *(_WORDS.get(name, name) for name in rungs)]
    rows: list[list[object]] = []
    for entry in found["targets"]:
        r = entry["pearson"]
        interval = f"[{r['low']:.3f}, {r['high']:.3f}]"
        figures = [
            entry["spearman"]["value"],
            entry["r2"]["value"],
            *(entry["ladder"].get(name) for name in rungs),
        ]
        rows.append([entry["target"], entry["n"], r["value"], interval, *figures])
    for group, means in found["means"].items():
        rows.append(
            [f"mean {group}", None, means[MODEL], "", None, None, *(means.get(name) for name in rungs)]
        )
    console.table(header, rows)
    for group, means in found["means"].items():
        fewer = [f"{name} {means[name]:.3f}" for name in PATTERNS if name in means]
        if fewer:
            console.say(f"With fewer modalities, mean r of {group}: {', '.join(fewer)}")


def _by_target(scores: Sequence[Score]) -> dict[str, dict[str, Score]]:
    found: dict[str, dict[str, Score]] = {}
    for score in scores:
        found.setdefault(score.target, {})[score.predictor] = score
    return found


def _rungs(scores: Sequence[Score]) -> list[str]:
    return [n for n in dict.fromkeys(score.predictor for score in scores) if n != MODEL and n not in PATTERNS]


def _groups(targets: Sequence[str] | dict[str, Any]) -> dict[str, list[str]]:
    """Screen -> its targets; the classes, whose unit is another, are a group of their own."""
    groups: dict[str, list[str]] = {}
    for target in targets:
        groups.setdefault(target.partition("@")[2] or "classes", []).append(target)
    return groups
