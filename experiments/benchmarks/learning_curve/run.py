"""Run the plan beside this file: figures to result.json, tables to README.md, a picture to curve.png."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.frozen import frozen_questions, mean_r, plain  # noqa: E402
from experiments.benchmarks.learning_curve.page import PREDICTORS, page, picture  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.progress import Progress  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.estimates import Drawn, mean_of  # noqa: E402
from predictor.evaluation import MODEL, Study, answer, judge  # noqa: E402
from predictor.experiment import Experiment, read_experiment  # noqa: E402
from predictor.parallel import default_jobs  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.questions import Question  # noqa: E402
from predictor.report.plots import save  # noqa: E402
from predictor.splits import hash_rank, repeat_seed  # noqa: E402

#: Shares of a fold's training lines, each the double of the one before.
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
#: Orders in which lines come to be taught.
ORDERS = 3


def main() -> None:
    """Fit at every size, judge and write."""
    start = time.perf_counter()
    experiment = read_experiment(ROOT / "experiments" / "default.toml")
    with progress() as tell:
        study, questions = frozen_questions(experiment, tell)
        sizes = list(measured(experiment, study, questions, tell))
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "orders": ORDERS,
        "sizes": [
            {
                "lines": lines,
                "predictors": {
                    name: plain(mean_of(own)) | {"orders": [one.value for one in own]}
                    for name, own in found.items()
                },
                "model_less": {
                    name: plain(mean_of(found[MODEL]) - mean_of(own))
                    for name, own in found.items()
                    if name != MODEL
                },
            }
            for lines, found in sizes
        ],
        "doublings": [
            {
                "from": few,
                "to": many,
                "predictors": {
                    name: plain(mean_of(after[name]) - mean_of(before[name])) for name in PREDICTORS
                },
            }
            for (few, before), (many, after) in pairwise(sizes)
        ],
    }
    result["seconds"] = round(time.perf_counter() - start)
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    save(picture(result), HERE / "curve.png")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def measured(
    experiment: Experiment, study: Study, questions: Sequence[Question], tell: Progress
) -> Iterator[tuple[int, dict[str, list[Drawn]]]]:
    """Size by size: training lines (mean over folds), and each predictor's mean r for each order of lines."""
    asked = experiment.evaluation
    ids = [str(i) for i in study.features.index]
    for share in SHARES:
        found: dict[str, list[Drawn]] = {name: [] for name in PREDICTORS}
        for order in range(ORDERS if share < 1 else 1):
            ranks = hash_rank(ids, repeat_seed(asked.seed, order))
            taught = [part_of(question, ranks, share) for question in questions]
            table = answer(study, taught, jobs=default_jobs(), progress=tell)
            scores = judge(table[table.predictor.isin(PREDICTORS)], draws=asked.draws, seed=asked.seed)
            for name in PREDICTORS:
                found[name].append(mean_r(scores, name))
        yield round(float(np.mean([len(question.fold.train) for question in taught]))), found


def part_of(question: Question, ranks: np.ndarray, share: float) -> Question:
    """The same question of a model that is taught a part of the training lines.

    Parameters
    ----------
    question
        On all training lines of its fold.
    ranks
        Shape (n,): the order in which the lines come to be taught.  Parts in one order are nested.
    share
        Of the training lines, above 0 to 1.
    """
    train = question.fold.train
    first = train[np.argsort(ranks[train])][: round(share * len(train))]
    return replace(question, fold=replace(question.fold, train=np.sort(first)))


if __name__ == "__main__":
    main()
