"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to ladder.png."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.scorer import FOLDS, at_hand, scored  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.evaluation import MODEL, mean_over_targets  # noqa: E402
from predictor.experiment import read_experiment  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.report.plots import ladder, save  # noqa: E402
from predictor.training import Judgement, benchmark_predictions, evaluate  # noqa: E402

DNA_FAMILIES = ("mutations", "msi", "lineage")


def main() -> None:
    """Evaluate, score and write."""
    start = time.perf_counter()
    experiment = read_experiment(ROOT / "experiments" / "default.toml")
    dna_alone = experiment.model_copy(
        update={
            "name": "dna_alone",
            "features": experiment.features.model_copy(update={"families": DNA_FAMILIES}),
            "model": experiment.model.model_copy(update={"patterns": ("dna", "lineage")}),
        }
    )
    with progress() as tell:
        judged = evaluate(experiment, folds_file=str(FOLDS), progress=tell)
        dna = evaluate(dna_alone, folds_file=str(FOLDS), progress=tell)
    result = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "seconds": round(time.perf_counter() - start),
        "gdsc2": per_target(judged),
        "means": means(judged),
        "dna_withheld": means(judged)["dna"],
        "dna_alone": means(dna)[MODEL],
        "benchmark": scored(benchmark_predictions(judged, "GDSC2")) if at_hand() else None,
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    targets = gdsc2_targets(judged)
    save(ladder(judged.scores, targets=targets), HERE / "ladder.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def gdsc2_targets(judged: Judgement) -> list[str]:
    """The inhibitors that the benchmark counts."""
    names = {"sirolimus", "temsirolimus", "AZD8055", "vistusertib", "OSI-027", "dactolisib"}
    return [t.name for t in judged.study.targets if t.inhibitor in names and t.name.endswith("@GDSC2")]


def per_target(judged: Judgement) -> list[dict[str, object]]:
    """Pearson's r of every predictor on each of the six."""
    return [
        {"target": s.target, "predictor": s.predictor, "n": s.n, **s.metrics["pearson"].as_dict()}
        for s in judged.scores
        if s.target in gdsc2_targets(judged)
    ]


def means(judged: Judgement) -> dict[str, float]:
    """Predictor to the mean of its six values of r."""
    targets = gdsc2_targets(judged)
    return {
        name: mean_over_targets(judged.scores, name, targets, "pearson")
        for name in dict.fromkeys(s.predictor for s in judged.scores)
    }


def page(result: dict[str, object]) -> str:
    """The README of this folder."""
    table = pd.DataFrame(result["gdsc2"])
    wide = table.pivot(index="target", columns="predictor", values="value")
    order = [c for c in result["means"] if c in wide]
    rows = [
        f"| {name} | " + " | ".join(f"{wide.loc[name, c]:.3f}" for c in order) + " |" for name in wide.index
    ]
    mean_row = "| **mean** | " + " | ".join(f"{result['means'][c]:.3f}" for c in order) + " |"
    lines = [
        "# Leave-cell-line-out on the frozen folds",
        "",
        f"Written by `make bench` ({result['created']}, revision "
        f"{str(result['git_revision'])[:12]}, {result['seconds']} s). The plan is in [plan.md](plan.md), "
        "all figures in [result.json](result.json).",
        "",
        "Pearson's r on held-out lines of GDSC2, mean over folds. `model` is the model as "
        "used; `rna`, `dna` and `lineage` are the same model with everything else withheld; the rest is the "
        "naive ladder.",
        "",
        "| target | " + " | ".join(order) + " |",
        "|---" * (len(order) + 1) + "|",
        *rows,
        mean_row,
        "",
        f"DNA only: {result['dna_withheld']:.3f} with RNA withheld, {result['dna_alone']:.3f} by a model "
        "trained on DNA and lineage alone.",
        "",
        "![Pearson's r of the model and the ladder, per inhibitor](ladder.png)",
        "",
    ]
    if result["benchmark"]:
        lines += ["## By the benchmark's own scorer", ""]
        lines += ["| screen | inhibitor | n | value | reference |", "|---|---|---|---|---|"]
        for screen, found in result["benchmark"].items():
            lines += [
                f"| {screen} | {drug} | {r['n']} | {r['value']:.3f} | {r['reference']:.3f} |"
                for drug, r in found["drugs"].items()
            ]
            low, high = found["mean_interval"]
            d_low, d_high = found["difference_interval"]
            lines.append(
                f"| {screen} | **mean** | | **{found['mean']:.3f}** [{low:.3f}, {high:.3f}] | "
                f"{found['reference']:.3f}; difference {found['difference']:+.3f} "
                f"[{d_low:+.3f}, {d_high:+.3f}] |"
            )
        lines += [
            "",
            "GDSC2: Pearson's r; CTRPv2: Spearman's rho. Reference: ridge on the class consensus.",
            "",
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
