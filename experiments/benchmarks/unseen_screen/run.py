"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to forest.png."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.scorer import BENCHMARK, FOLDS, at_hand, reference, scored, truth  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from experiments.benchmarks.unseen_screen.ceiling import ceilings  # noqa: E402
from experiments.benchmarks.unseen_screen.page import NAIVE, page, picture  # noqa: E402
from features.sources import import_cohort  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.experiment import Experiment, read_experiment  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.report.plots import save  # noqa: E402
from predictor.training import benchmark_predictions, evaluate  # noqa: E402

GROWTH = Path(os.environ.get("MTORC1_CELLLINE", ROOT.parent / "shared" / "data" / "cellline")) / "growth"
MODELS, RATES = GROWTH / "ModelList_20191106.csv", GROWTH / "GrowthRates_v1.3.0_20190222.csv"
EXPERIMENTS = ("default", "mechanistic", "leave_gdsc1_out", "with_growth")


def main() -> None:
    """Evaluate, score and write."""
    start = time.perf_counter()
    if not at_hand():
        print(f"the benchmark's scorer is not at {BENCHMARK} (MTORC1_BENCHMARK): the result is left as it is")
        return
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
    }
    found: dict[str, Any] = {}
    default = None
    for name in EXPERIMENTS:
        with tempfile.TemporaryDirectory() as scratch, progress() as tell:
            experiment = asked(name, Path(scratch))
            if experiment is None:
                result.setdefault("left_out", []).append(name)
                continue
            judged = evaluate(experiment, folds_file=str(FOLDS), progress=tell)
        predictions = benchmark_predictions(judged, "GDSC2")
        unseen = ["GDSC1"] if name == "leave_gdsc1_out" else []
        found[name] = {"by_consensus": scored(predictions, against=["GDSC2", "CTRPv2", *unseen])}
        if default is None:
            default = predictions
            result["ceilings"] = ceilings(judged, truth(), "CTRPv2")
        else:
            found[name]["by_default"] = scored(predictions, beside=default)
    result["experiments"] = found
    result["naive"] = {name: {"by_consensus": scored(reference(name))} for name in NAIVE}
    result["seconds"] = round(time.perf_counter() - start)
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    save(picture(result), HERE / "forest.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def asked(name: str, scratch: Path) -> Experiment | None:
    """The experiment, with its cohort made; None where the growth table is not at hand."""
    experiment = read_experiment(ROOT / "experiments" / f"{name}.toml")
    if not experiment.uses_measured_growth:
        return experiment
    if not (MODELS.is_file() and RATES.is_file()):
        return None
    cohort = import_cohort("sanger", cohort="gdsc", model_list=MODELS, growth_rates=RATES)
    folder = str(cohort.write(scratch / "gdsc-grown"))
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"cohort": folder})})


if __name__ == "__main__":
    main()
