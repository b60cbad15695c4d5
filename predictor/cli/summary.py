"""What training and evaluation found, as rows to print and as plain values; MLflow gets the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from predictor.cli import console
from predictor.judging import MODEL, Score, by_answering_screen, mean_gain, mean_over_targets, mean_score
from predictor.modalities import PATTERNS

if TYPE_CHECKING:
    from predictor.external import ExternalTest

#: How the rungs are called above a column.
_WORDS = {
    "drug_mean": "drug mean",
    "tissue": "tissue",
    "growth": "growth",
    "growth_tissue": "growth+tissue",
    "ridge_genes": "ridge genes",
    "ridge_consensus": "ridge consensus",
    "booster": "other booster",
}
_METRIC_WORDS = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rho",
    "r2": "R2",
    "rmse": "RMSE",
    "concordance": "concordance",
    "auc_top_fifth": "ROC-AUC, most sensitive fifth",
    "precision_top_fifth": "average precision, same",
    "within_tissue": "r within tissues",
    "partial": "r given tissue and, where measured, growth",
}
_SHORT = {"pearson": "r", "spearman": "rho"}
_SPLITS = {
    "cell_line": "Held-out cell lines",
    "tissue": "Held-out tissues",
    "screen": "Held-out cell lines of held-out screens",
    "inhibitor": "Held-out cell lines and inhibitors, answered by the class",
}


def as_document(
    scores: Sequence[Score],
    ceilings: Sequence[Score] = (),
    unanswered: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The figures as plain values.

    Returns
    -------
    dict
        ``targets``: one entry a target with n, each metric of the model with its interval, Pearson's r of the
        ladder and of each pattern, and under ``ceiling`` what other screens measured of its lines; ``means``:
        group -> predictor -> mean of Pearson's r over its targets; ``summary``: group -> metric -> the
        model's mean with its interval; ``unanswered``: target -> why nothing answers for it.
    """
    by_target, above = _by_target(scores), _by_target(ceilings)
    return {
        "targets": [
            {
                "target": target,
                "n": mine[MODEL].n,
                **{name: estimate.as_dict() for name, estimate in mine[MODEL].metrics.items()},
                "ladder": {
                    name: mine[name].metrics["pearson"].value for name in _rungs(scores) if name in mine
                },
                "patterns": {name: mine[name].metrics["pearson"].value for name in PATTERNS if name in mine},
                "ceiling": {name: _ceiling(score) for name, score in above.get(target, {}).items()},
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
        "summary": {
            group: {name: mean_score(scores, MODEL, targets, name).as_dict() for name in _metrics(scores)}
            for group, targets in _groups(by_target).items()
        },
        "unanswered": dict(unanswered or {}),
    }


def _ceiling(score: Score) -> dict[str, Any]:
    """Its own number of lines, and the model on those lines."""
    return {
        "n": score.n,
        **{name: score.metrics[name].as_dict() for name in ("pearson", "spearman")},
        **{f"model_minus_it_{name}": score.gains[name].as_dict() for name in ("pearson", "spearman")},
    }


def show(
    scores: Sequence[Score],
    ceilings: Sequence[Score] = (),
    unanswered: Mapping[str, str] | None = None,
    *,
    split: str = "cell_line",
) -> None:
    """Print the figures: targets beside the ladder, means, what fewer modalities cost, and the ceiling."""
    found = as_document(scores)
    rungs = _rungs(scores)
    console.say(
        f"{_SPLITS[split]} (Pearson's r: mean over folds, 95 % interval; beside it the naive ladder's r):"
    )
    header = ["target", "n", "r", "95 %", "rho", "R2", *(_WORDS.get(name, name) for name in rungs)]
    rows: list[list[object]] = []
    for entry in found["targets"]:
        figures = [
            entry["spearman"]["value"],
            entry["r2"]["value"],
            *(entry["ladder"].get(name) for name in rungs),
        ]
        rows.append([entry["target"], entry["n"], entry["pearson"]["value"], _interval(entry["pearson"])])
        rows[-1] += figures
    for group, means in found["means"].items():
        rows.append(
            [f"mean {group}", None, means[MODEL], "", None, None, *(means.get(name) for name in rungs)]
        )
    console.table(header, rows)
    for group, means in found["means"].items():
        fewer = [f"{name} {means[name]:.3f}" for name in PATTERNS if name in means]
        if fewer:
            console.say(f"With fewer modalities, mean r of {group}: {', '.join(fewer)}")
    _show_summary(found["summary"])
    show_ceilings(ceilings)
    show_unanswered(unanswered or {})


def _show_summary(summary: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    console.say("The model, mean over targets [95 % interval by the same draws of lines for all]:")
    groups = list(summary)
    names = list(dict.fromkeys(name for metrics in summary.values() for name in metrics))
    console.table(
        ["metric", *groups],
        [
            [
                _METRIC_WORDS.get(name, name),
                *(_with_interval(summary[group].get(name, {})) for group in groups),
            ]
            for name in names
        ],
    )


def show_ceilings(ceilings: Sequence[Score], metric: str = "pearson") -> None:
    """Print what other screens measured of the same lines, on lines of its own, beside the model on these."""
    if not ceilings:
        return
    console.say(
        f"The ceiling: the same lines as other screens measured them ({_METRIC_WORDS[metric]}; "
        "lines that both measured):"
    )
    rows: list[list[object]] = [
        [
            score.target,
            score.predictor,
            score.n,
            score.metrics[metric].value,
            _interval(score.metrics[metric].as_dict()),
            _with_interval(score.gains[metric].as_dict()),
        ]
        for score in ceilings
    ]
    for group, targets in _groups(_by_target(ceilings)).items():
        for name in dict.fromkeys(score.predictor for score in ceilings if score.target in targets):
            mean = mean_score(ceilings, name, targets, metric)
            gain = mean_gain(ceilings, name, targets, metric)
            of = {score.target for score in ceilings if score.predictor == name} & set(targets)
            rows.append(
                [
                    f"mean {group} ({len(of)})",
                    name,
                    None,
                    mean.value,
                    _interval(mean.as_dict()),
                    _with_interval(gain.as_dict()),
                ]
            )
    console.table(["target", "measured in", "n", _SHORT[metric], "95 %", "model minus it"], rows)


def show_external(found: ExternalTest, name: str) -> None:
    """Print how predictions of unseen lines agree with another screen, beside the ladder and the ceiling."""
    targets = list(dict.fromkeys(score.target for score in found.scores))
    by_target = _by_target(found.scores)
    answered = found.table.drop_duplicates("target").set_index("target").answered_by
    console.say(
        f"Against {name}, lines held out of training (Spearman's rho, higher = predicted as measured; 95 %):"
    )
    rows: list[list[object]] = []
    for target in targets:
        mine = by_target[target][MODEL]
        rho = mine.metrics["spearman"]
        rows.append([target, answered[target], mine.n, rho.value, _interval(rho.as_dict())])
    console.table(["target", "answered by", "n", "rho", "95 %"], rows)
    groups = by_answering_screen(found.table)
    console.say("Mean rho, by the screen whose targets answer (number of inhibitors):")
    console.table(
        ["predictor", *(f"{group} ({len(mine)})" for group, mine in groups.items()), "model minus it, all"],
        [
            [
                _WORDS.get(predictor, predictor),
                *(
                    _with_interval(mean_score(found.scores, predictor, mine, "spearman").as_dict())
                    for mine in groups.values()
                ),
                ""
                if predictor == MODEL
                else _with_interval(mean_gain(found.scores, predictor, targets, "spearman").as_dict()),
            ]
            for predictor in dict.fromkeys(score.predictor for score in found.scores)
        ],
    )
    show_ceilings(found.ceilings, "spearman")
    console.losses(found.losses[["stage", "reason", "n"]].to_dict("records"))
    show_unanswered(found.unanswered)


def external_document(found: ExternalTest) -> dict[str, Any]:
    """The external test as plain values: as :func:`as_document`, and mean rho with intervals."""
    return {
        **as_document(found.scores, found.ceilings, found.unanswered),
        "spearman_means": {
            group: {
                predictor: mean_score(scores, predictor, targets, "spearman").as_dict()
                for scores in (found.scores, found.ceilings)
                for predictor in dict.fromkeys(score.predictor for score in scores)
            }
            for group, targets in by_answering_screen(found.table).items()
        },
        "losses": found.losses[["stage", "reason", "n"]].to_dict("records"),
    }


def show_unanswered(unanswered: Mapping[str, str]) -> None:
    """Print what was not judged, and why."""
    for target, reason in unanswered.items():
        console.say(f"Not judged: {target} ({reason})")


def _interval(estimate: Mapping[str, Any]) -> str:
    low, high = estimate["low"], estimate["high"]
    return "" if low is None or high is None else f"[{low:.3f}, {high:.3f}]"


def _with_interval(estimate: Mapping[str, Any]) -> str:
    value = estimate.get("value")
    return "-" if value is None else f"{value:.3f} {_interval(estimate)}".rstrip()


def _metrics(scores: Sequence[Score]) -> list[str]:
    return list(dict.fromkeys(name for score in scores if score.predictor == MODEL for name in score.metrics))


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
