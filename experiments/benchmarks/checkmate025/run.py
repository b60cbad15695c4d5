"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to forest.png."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.checkmate025.examples import mtor_mutants  # noqa: E402
from experiments.benchmarks.checkmate025.page import NAMES, page, picture  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.cohort import Cohort  # noqa: E402
from features.evidence import evidence_for, looked_for  # noqa: E402
from features.matrix import build_matrix  # noqa: E402
from features.sources import import_cohort  # noqa: E402
from predictor.bundle import load_bundle, released_bundle_path  # noqa: E402
from predictor.cli.console import plain, progress  # noqa: E402
from predictor.outcomes.analysis import analyse  # noqa: E402
from predictor.outcomes.question import Question  # noqa: E402
from predictor.outcomes.tables import tables_of  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.report.plots import save  # noqa: E402
from predictor.scoring import score  # noqa: E402

DATA = Path(os.environ.get("MTORC1_PATIENTS", ROOT.parent / "shared" / "data" / "patient")) / "checkmate025"
INHIBITOR = "everolimus"
MODELS = ("default", "mechanistic")
#: What is asked, by the name that the tables give it: markers and their scale.
SCORES, RANKED, OTHERS = "scores", "ranked", "others"
MARKERS = {
    SCORES: tuple(f"score_{name}" for name in MODELS),
    RANKED: ("ith",),
    OTHERS: ("clonality.math", "mut.MTOR", "mut.MTOR|mut.TSC1|mut.TSC2"),
}
TABLES = ("effects", "concordance", "verdicts", "response", "hazards", "arms")


def main() -> None:
    """Score, hold against outcomes, write."""
    start = time.perf_counter()
    if not DATA.is_dir():
        print(f"the trial's files are not at {DATA} (MTORC1_PATIENTS): the result is left as it is")
        return
    with progress() as tell:
        cohort = import_cohort("checkmate025", path=DATA)
        predictions = {name: predicted(cohort, name, tell) for name in MODELS}
        cohort = with_scores(cohort, predictions)
        found = {
            part: analyse(cohort, question(markers, part), progress=tell) for part, markers in MARKERS.items()
        }
    tables = {
        table: pd.concat(
            [tables_of(one)[table] for one in found.values()], ignore_index=True
        ).drop_duplicates()
        for table in TABLES
    }
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "models": {name: load_bundle(released_bundle_path(name)).version for name in MODELS},
        "names": NAMES,
        "headlines": {one.marker.name: one.headline for part in found.values() for one in part.markers},
        **{name: plain(table.to_dict("records")) for name, table in tables.items()},
        "mtor_mutants": plain(mtor_mutants(cohort, predictions["default"]).to_dict("records")),
        "seconds": round(time.perf_counter() - start),
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    save(picture(result), HERE / "forest.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def question(markers: tuple[str, ...], part: str) -> Question:
    """The plan's question for some markers."""
    return Question(
        markers=markers,
        endpoints=("PFS", "OS"),
        covariates=("mskcc",),
        arm=INHIBITOR,
        control="nivolumab",
        only=(("trial", "CM-025"),),
        scale="rank" if part == RANKED else "sd",
    )


def predicted(cohort: Cohort, name: str, tell: Any) -> pd.DataFrame:
    """A released bundle's Prediction table for the inhibitor of the arm."""
    bundle = load_bundle(released_bundle_path(name))
    matrix = build_matrix(cohort, bundle.families, settings=bundle.settings, progress=tell)
    return score(
        bundle,
        matrix.values,
        inhibitors=[INHIBITOR],
        evidence=evidence_for(cohort),
        looked_for=looked_for(cohort),
    )


def with_scores(cohort: Cohort, predictions: dict[str, pd.DataFrame]) -> Cohort:
    """The cohort with each model's prediction as a column of its samples."""
    from dataclasses import replace

    samples = cohort.samples
    for name, table in predictions.items():
        samples = samples.assign(
            **{f"score_{name}": samples.sample_id.map(table.set_index("sample_id").prediction)}
        )
    return replace(cohort, samples=samples)


if __name__ == "__main__":
    main()
