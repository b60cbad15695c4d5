"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to forest.png."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.ablation.page import LINEAGE, page, picture  # noqa: E402
from experiments.benchmarks.frozen import frozen_questions, mean_r, plain  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.catalogue import describe  # noqa: E402
from features.progress import Progress  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.estimates import Drawn  # noqa: E402
from predictor.evaluation import MODEL, Study, answer, judge  # noqa: E402
from predictor.experiment import read_experiment  # noqa: E402
from predictor.parallel import default_jobs  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.questions import Question  # noqa: E402
from predictor.report.plots import save  # noqa: E402
from predictor.submodel import is_learnable  # noqa: E402

#: Seeds of the control: the full model but for its random draws.
OTHER_SEEDS = (1, 2)


def main() -> None:
    """Fit every setting, judge them on the same lines and write."""
    start = time.perf_counter()
    experiment = read_experiment(ROOT / "experiments" / "default.toml")
    with progress() as tell:
        study, questions = frozen_questions(experiment, tell)
        families = learned_families(study)
        table = answers(settings(study, list(families)), questions, tell)
    asked = experiment.evaluation
    scores = judge(table, draws=asked.draws, seed=asked.seed)
    found = {name: mean_r(scores, name) for name in dict.fromkeys(score.predictor for score in scores)}
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "full": plain(found[MODEL]),
        "lineage": plain(found[_alone(LINEAGE)]) | _less("full", found[_alone(LINEAGE)], found[MODEL]),
        "families": {name: of_family(name, columns, found) for name, columns in families.items()},
        "control": [plain(found[_seed(seed)] - found[MODEL]) for seed in OTHER_SEEDS],
    }
    result["seconds"] = round(time.perf_counter() - start)
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    save(picture(result), HERE / "forest.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def answers(studies: Mapping[str, Study], questions: Sequence[Question], tell: Progress) -> pd.DataFrame:
    """What each study says of the held-out lines, as one table with its name as the predictor."""
    # Fold by fold, since all settings with the wide block share the decomposition of its training lines.
    folds = [list(of_fold) for _, of_fold in groupby(questions, key=lambda one: one.fold.number)]
    todo = list(product(folds, studies.items()))
    pieces = []
    for done, (of_fold, (name, study)) in enumerate(todo):
        tell("evaluate (folds x settings)", done, len(todo))
        found = answer(study, of_fold, rungs=False, jobs=default_jobs())
        pieces.append(found.assign(predictor=name))
    tell("evaluate (folds x settings)", len(todo), len(todo))
    return pd.concat(pieces, ignore_index=True)


def learned_families(study: Study) -> dict[str, int]:
    """Family to the number of its columns that the lines can teach; families without any are left out."""
    counts: dict[str, int] = {}
    for column in map(str, study.features.columns):
        known = study.features[column].to_numpy(float)
        # The wide block takes any column, the trees those that enough lines tell apart.
        taught = column in study.roles.wide or is_learnable(known, study.settings.least_carriers)
        if taught and column not in study.roles.computed_only:
            family = describe(column).family
            counts[family] = counts.get(family, 0) + 1
    return counts


def settings(study: Study, families: Sequence[str]) -> dict[str, Study]:
    """The name of every setting to its study: the full one, one less, one alone, and the control."""
    every = {describe(str(column)).family for column in study.features.columns}
    return {
        MODEL: study,
        **{_without(family): only(study, every - {family}) for family in families},
        **{_alone(family): only(study, {family, LINEAGE}) for family in families},
        **{_seed(seed): replace(study, settings=replace(study.settings, seed=seed)) for seed in OTHER_SEEDS},
    }


def only(study: Study, families: set[str]) -> Study:
    """The study with the columns of some families alone."""
    kept = [column for column in study.features.columns if describe(str(column)).family in families]
    return replace(study, features=study.features[kept])


def of_family(name: str, columns: int, found: Mapping[str, Drawn]) -> dict[str, Any]:
    """What is lost without a family, and how far it comes beside lineage (lineage itself: alone)."""
    without, alone = found[_without(name)], found[_alone(name)]
    beside = {} if name == LINEAGE else _less("lineage", alone, found[_alone(LINEAGE)])
    return {
        "columns": columns,
        "without": plain(without) | _less("full", without, found[MODEL]),
        "alone": plain(alone) | _less("full", alone, found[MODEL]) | beside,
    }


def _less(name: str, one: Drawn, reference: Drawn) -> dict[str, Any]:
    return {f"less_{name}": plain(one - reference)}


def _without(family: str) -> str:
    return f"without {family}"


def _alone(family: str) -> str:
    return f"{family} alone"


def _seed(seed: int) -> str:
    return f"seed {seed}"


if __name__ == "__main__":
    main()
