"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to forest.png."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.unseen_screen.ceiling import ceilings  # noqa: E402
from experiments.benchmarks.unseen_screen.page import page, picture  # noqa: E402
from features.sources import import_cohort  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.experiment import Experiment, read_experiment  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.report.plots import save  # noqa: E402
from predictor.training import benchmark_predictions, evaluate  # noqa: E402

BENCHMARK = Path(os.environ.get("MTORC1_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
CELL_LINES = Path(os.environ.get("MTORC1_CELLLINE", ROOT.parent / "shared" / "data" / "cellline"))
FOLDS = HERE.parent / "leave_cell_line_out" / "folds.csv"
CONSENSUS = "ridge_class_consensus"
NAIVE = ("tissue", "growth_tissue", "growth_then_ridge_genes", "ridge_genes", CONSENSUS)


def main() -> None:
    """Evaluate, score and write."""
    start = time.perf_counter()
    if not (BENCHMARK / "score.py").is_file():
        sys.exit(f"the benchmark's scorer is not at {BENCHMARK}; name its folder in MTORC1_BENCHMARK")
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
    }
    with tempfile.TemporaryDirectory() as scratch:
        scorer = Path(scratch) / "benchmark"
        copied(BENCHMARK, scorer)
        found: dict[str, Any] = {}
        for name in ("default", "mechanistic", "leave_gdsc1_out", "with_growth"):
            experiment = asked(name, Path(scratch))
            if experiment is None:
                result.setdefault("left_out", []).append(name)
                continue
            with progress() as tell:
                judged = evaluate(experiment, folds_file=str(FOLDS), progress=tell)
            predictions = scorer / "reference" / f"{name}.csv"
            benchmark_predictions(judged, "GDSC2").to_csv(predictions, index=False)
            screens = ["GDSC2", "CTRPv2", *(["GDSC1"] if name == "leave_gdsc1_out" else [])]
            found[name] = {"by_consensus": scored(scorer, name, CONSENSUS, screens)}
            if name == "default":
                truth = pd.read_csv(BENCHMARK / "responses.csv", dtype={"cell_line_name": str})
                result["ceilings"] = ceilings(judged, truth, "CTRPv2")
            else:
                found[name]["by_default"] = scored(scorer, name, "default", ["GDSC2", "CTRPv2"])
        result["experiments"] = found
        result["naive"] = {
            name: {"by_consensus": scored(scorer, name, CONSENSUS, ["GDSC2", "CTRPv2"])} for name in NAIVE
        }
    result["seconds"] = round(time.perf_counter() - start)
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    save(picture(result), HERE / "forest.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))


def copied(folder: Path, to: Path) -> None:
    """Copy the scorer's folder: its references are read-only, and our own predictions go beside them."""
    for path in folder.rglob("*"):
        if path.is_file():
            place = to / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def asked(name: str, scratch: Path) -> Experiment | None:
    """The experiment, with its cohort made; None where the growth table is not at hand."""
    experiment = read_experiment(ROOT / "experiments" / f"{name}.toml")
    if not experiment.uses_measured_growth:
        return experiment
    models, rates = (
        CELL_LINES / "growth" / file for file in ("ModelList_20191106.csv", "GrowthRates_v1.3.0_20190222.csv")
    )
    if not (models.is_file() and rates.is_file()):
        return None
    cohort = import_cohort("sanger", cohort="gdsc", model_list=models, growth_rates=rates)
    folder = str(cohort.write(scratch / "gdsc-grown"))
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"cohort": folder})})


def scored(scorer: Path, name: str, reference: str, screens: list[str]) -> dict[str, Any]:
    """What the benchmark's own scorer says of a file in its folder of references."""
    out = scorer / "out.json"
    command = [sys.executable, str(scorer / "score.py"), str(scorer / "reference" / f"{name}.csv")]
    command += ["--reference", reference, "--json", str(out), "--against", *screens]
    subprocess.run(command, check=True, capture_output=True)
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    main()
