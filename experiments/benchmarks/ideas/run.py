"""Judge the ideas of the plan beside this file: figures to result.json, the tables to README.md."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.ideas import laboratories  # noqa: E402
from experiments.benchmarks.ideas.all_drugs import (  # noqa: E402
    Drugs,
    all_responses,
    completed,
    mean_response,
)
from experiments.benchmarks.ideas.fits import (  # noqa: E402
    TREES,
    Data,
    Fit,
    SignedTrees,
    gather,
    gaussian_kernel,
    kernel_ridge,
    linear_kernel,
    top_genes,
    without,
)
from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.progress import Progress  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.evaluation import Study  # noqa: E402
from predictor.experiment import read_experiment  # noqa: E402
from predictor.metrics import draw_weights, weighted_correlation  # noqa: E402
from predictor.parallel import run_all  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.response import ResponseScale  # noqa: E402
from predictor.splits import assign_folds  # noqa: E402
from predictor.study import build_study  # noqa: E402

#: Folds are drawn anew for each seed: what one draw finds, the next may not.
FOLDS, SEEDS, DRAWS, MANY_SEEDS = 5, (77, 78), 1000, 6
REFERENCE = "ridge"
SCREENS = ("GDSC1", "GDSC2")


def ideas(d: Data) -> Mapping[str, Callable[[Fit], np.ndarray]]:
    """Name to what it says of all lines."""
    readable = np.hstack([d.scores, d.levels])
    control = np.hstack([d.scores, d.random_genes])
    sets = np.hstack([readable, d.set_genes])
    signed = SignedTrees(signs=d.signs)
    small = replace(TREES, max_depth=2, max_rounds=240)

    def beside(block: np.ndarray, weight: float) -> Callable[[Fit], np.ndarray]:
        return lambda f: kernel_ridge(f.genes + weight * linear_kernel(block, f.train), f.train, f.y)

    return {
        REFERENCE: lambda f: f.by_ridge,
        "ridge, Gaussian kernel": lambda f: kernel_ridge(gaussian_kernel(f.genes, f.train), f.train, f.y),
        "ridge, drivers beside the genes": beside(d.drivers, 0.2),
        "ridge, pathway scores beside the genes": beside(d.pathways, 0.3),
        "ridge, lineage beside the genes": beside(d.lineage, 0.2),
        "trees, no levels": lambda f: f.by_trees(d.scores),
        "trees, levels": lambda f: f.by_trees(readable),
        "trees, random genes": lambda f: f.by_trees(control),
        "trees, genes of all sets": lambda f: f.by_trees(sets),
        "trees, top genes": lambda f: f.by_trees(np.hstack([d.scores, top_genes(f)])),
        "half ridge, half trees, no levels": lambda f: f.half_and_half(d.scores),
        "half ridge, half trees, levels": lambda f: f.half_and_half(readable),
        "half ridge, half trees, random genes": lambda f: f.half_and_half(control),
        "half ridge, half trees, genes of all sets": lambda f: f.half_and_half(sets),
        "half ridge, half trees, levels, signs of the catalogue": lambda f: f.half_and_half(readable, signed),
        "half ridge, half trees, levels, six seeds": lambda f: f.half_and_half(readable, seeds=MANY_SEEDS),
        "half ridge, half trees of depth 2, levels": lambda f: f.half_and_half(readable, small),
        "ridge, all PI3K/AKT/mTOR drugs": lambda f: f.ridge_on(
            mean_response(f.drugs.z[:, f.drugs.related | f.drugs.members])
        ),
        "ridge, general sensitivity taken out": lambda f: f.ridge_on(without(f.y, mean_response(f.drugs.z))),
        "ridge, general sensitivity added": lambda f: f.ridge_on(f.y + mean_response(f.drugs.z)),
        "ridge, consensus completed from all drugs": lambda f: f.ridge_on(
            completed(f.drugs.z)[:, f.drugs.members].mean(axis=1)
        ),
        "margin on what 0.5 of the trees leave, levels": lambda f: f.margin_on_rest(readable, 0.5),
        "margin on what all of the trees leave, levels": lambda f: f.margin_on_rest(readable, 1.0),
    }


def jobs(study: Study) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """What is learned from, and the fold that is held out."""
    for fold in range(FOLDS):
        for screen in SCREENS:
            yield screen, tuple(c for c in study.consensus if c.endswith(screen)), fold
        yield "both", study.consensus, fold


def predict(d: Data, assignment: np.ndarray, job: tuple[str, tuple[str, ...], int]) -> dict[str, np.ndarray]:
    """Held-out predictions of one fold by every idea, NaN elsewhere."""
    _, consensus, fold = job
    train = np.flatnonzero(assignment != fold)
    scale = ResponseScale.fit(d.study.responses.iloc[train], consensus)
    y = scale.consensus_of(d.study.responses)[train]
    known = train[np.isfinite(y)]
    fit = Fit(d, known, y[np.isfinite(y)], Drugs.of(d.all_responses.iloc[known], consensus))
    out = {}
    for name, idea in ideas(d).items():
        out[name] = np.where(assignment == fold, idea(fit), np.nan)
    return out


def unseen(said: Mapping[str, np.ndarray], study: Study, weights: np.ndarray) -> np.ndarray:
    """Mean rho over six inhibitors and both directions, shape (draws,)."""
    six = [c.split("@")[0] for c in study.consensus if c.endswith("GDSC2")]
    found = []
    for learned, asked in (SCREENS, SCREENS[::-1]):
        for inhibitor in six:
            measured = study.responses[f"{inhibitor}@{asked}"].to_numpy(float)
            ok = np.isfinite(measured)
            found.append(
                weighted_correlation(rankdata(said[learned][ok]), rankdata(measured[ok]), weights[:, ok])
            )
    return np.asarray(np.mean(found, axis=0))


def with_consensus(said: np.ndarray, study: Study, fold: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over folds of r with the measured consensus, shape (draws,)."""
    truth = ResponseScale.fit(study.responses, study.consensus).consensus_of(study.responses)
    parts = []
    for number in range(FOLDS):
        rows = np.isfinite(truth) & (fold == number)
        parts.append(weighted_correlation(said[rows], truth[rows], weights[:, rows]))
    return np.asarray(np.mean(parts, axis=0))


def judged(
    data: Data, assignment: np.ndarray, weights: np.ndarray, seed: int, tell: Progress
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """One draw of folds: agreement of ideas with an unseen screen, with the consensus; of ways to learn."""
    study = data.study
    asked = list(jobs(study))
    parts = run_all(
        lambda job: predict(data, assignment, job),
        asked,
        jobs=2,
        label=f"ideas, folds {seed} (folds x screens)",
        progress=tell,
    )
    by_laboratory = run_all(
        lambda fold: laboratories.predict(study, data.genes, assignment, fold),
        range(FOLDS),
        jobs=2,
        label=f"what to learn from, folds {seed}",
        progress=tell,
    )
    said: dict[str, dict[str, np.ndarray]] = {}
    for (learned, _, fold), part in zip(asked, parts, strict=True):
        for name, values in part.items():
            mine = said.setdefault(name, {}).setdefault(learned, np.full(len(assignment), np.nan))
            mine[assignment == fold] = values[assignment == fold]
    return (
        {name: unseen(one, study, weights) for name, one in said.items()},
        {name: with_consensus(one["both"], study, assignment, weights) for name, one in said.items()},
        laboratories.agreement(combined(by_laboratory), study, weights),
    )


def main() -> int:
    """Fit, judge and write."""
    start = time.perf_counter()
    study, cohort = build_study(read_experiment(ROOT / "experiments" / "default.toml"))
    ids = [str(i) for i in study.features.index]
    data = gather(study, all_responses(cohort, ids))
    weights = np.vstack([np.ones((1, len(ids)), dtype=np.int64), draw_weights(len(ids), DRAWS, SEEDS[0])])
    with progress() as tell:
        repeats = [judged(data, assign_folds(ids, FOLDS, seed), weights, seed, tell) for seed in SEEDS]
    rho, r, from_two = (
        {name: np.mean([one[k][name] for one in repeats], axis=0) for name in repeats[0][k]} for k in range(3)
    )
    rows = [
        {
            "idea": name,
            "unseen": figure(rho[name], rho[REFERENCE]),
            "unseen_by_draw_of_folds": [float(one[0][name][0] - one[0][REFERENCE][0]) for one in repeats],
            "consensus": figure(r[name], r[REFERENCE]),
        }
        for name in rho
    ]
    as_measured = laboratories.measured(study, weights)
    ways = [
        {
            "way": name,
            "predicted": figure(from_two[name], from_two[laboratories.PLAIN]),
            "measured": figure(as_measured[name], as_measured[laboratories.PLAIN]),
        }
        for name in from_two
    ]
    result = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "seconds": round(time.perf_counter() - start),
        "lines": len(ids),
        "seeds": list(SEEDS),
        "ideas": rows,
        "learned_from": ways,
        "measurement": laboratories.measurement(study),
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)
    return 0


def combined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Held-out predictions of all folds in one table; each line is known to one fold only."""
    return parts[0].combine_first(pd.concat(parts[1:]).groupby(level=0).first()).loc[parts[0].index]


def figure(draws: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """The value, and its difference from the reference with a 95 % interval; the first draw is the data."""
    gain = draws - reference
    low, high = np.quantile(gain[1:], [0.025, 0.975])
    return {"value": float(draws[0]), "gain": float(gain[0]), "low": float(low), "high": float(high)}


def page(result: Mapping[str, Any]) -> str:
    """The page in Markdown."""

    def gain(one: Mapping[str, float]) -> str:
        return f"{one['gain']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"

    table = [
        f"| {one['idea']} | {one['unseen']['value']:.3f} | {gain(one['unseen'])} "
        f"| {', '.join(f'{value:+.3f}' for value in one['unseen_by_draw_of_folds'])} "
        f"| {one['consensus']['value']:.3f} | {gain(one['consensus'])} |"
        for one in result["ideas"]
    ]
    ways = [
        f"| {one['way']} | {one['predicted']['value']:.3f} | {gain(one['predicted'])} "
        f"| {one['measured']['value']:.3f} | {gain(one['measured'])} |"
        for one in result["learned_from"]
    ]
    shares = [
        f"| {group} | {one['lines']} | {one['line']:.2f} | {one['laboratory']:.2f} | {one['inhibitor']:.2f} "
        f"| {one['noise']:.2f} | {one['median_reliability']:.2f} |"
        for group, one in result["measurement"].items()
    ]
    return "\n".join(
        [
            "# Ideas, judged inside GDSC",
            "",
            f"Written by `make bench` ({result['created']}, revision "
            f"{str(result['git_revision'])[:12]}, {result['seconds']} s). The plan is in [plan.md](plan.md), "
            "all figures in [result.json](result.json).",
            "",
            f"Mean over {len(result['seeds'])} draws of the folds; beside it the difference in each.",
            "",
            "| idea | unseen screen, rho | less ridge, paired | each draw | consensus, r | less ridge |",
            "|---|---|---|---|---|---|",
            *table,
            "",
            "## What to learn from",
            "",
            "Two laboratories' consensus, made in several ways, asked of the third: predicted by ridge on "
            "genes for lines never seen, and as measured, the same lines and no model between.",
            "",
            "| consensus | predicted, rho | less the mean, paired | measured, rho | less the mean, paired |",
            "|---|---|---|---|---|",
            *ways,
            "",
            "## What a measurement is made of",
            "",
            "Shares of the variance of one inhibitor-screen by the measurement model, their mean, "
            "and the reliability of the consensus (`mtorc1 consensus`):",
            "",
            "| of | lines | the line's sensitivity | laboratory | inhibitor | noise | reliability, median |",
            "|---|---|---|---|---|---|---|",
            *shares,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
