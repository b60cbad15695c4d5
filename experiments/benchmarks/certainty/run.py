"""Run the plan beside this file: figures to result.json, tables to README.md, pictures beside it."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.certainty import figures as fg  # noqa: E402
from experiments.benchmarks.certainty.fits import WHOLE, Job, look  # noqa: E402
from experiments.benchmarks.certainty.page import page  # noqa: E402
from experiments.benchmarks.certainty.pictures import draw  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.progress import Progress  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.difficulty import LINEAGE_PREFIX, lineages_of  # noqa: E402
from predictor.evaluation import MODEL, Study, cross_validate  # noqa: E402
from predictor.experiment import read_experiment  # noqa: E402
from predictor.parallel import default_jobs  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.splits import assign_folds  # noqa: E402
from predictor.study import build_study  # noqa: E402
from predictor.submodel import is_learnable  # noqa: E402

#: Judged strictly nested; they and the classes where tissues are left out.
SIX = ("sirolimus", "temsirolimus", "AZD8055", "vistusertib", "OSI-027", "dactolisib")


def main() -> None:
    """Fit, judge and write."""
    start = time.perf_counter()
    experiment = read_experiment(ROOT / "experiments" / "default.toml")
    with progress() as tell:
        study, _ = build_study(experiment, progress=tell)
        tables = out_of_fold(study, experiment.evaluation.folds, experiment.evaluation.seed, tell)
        nested = strictly_nested(study, tables[WHOLE], experiment.evaluation.seed, tell)
        tissues, blood = left_out(study, experiment.evaluation.folds, experiment.evaluation.seed, tell)
    judged = fg.crosswise(tables)
    whole = judged[WHOLE]
    result: dict[str, Any] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "coverage": [fg.coverage(whole, level, "width") for level in fg.LEVELS],
        "coverage_one_width": [fg.coverage(whole, level, "one_width") for level in fg.LEVELS],
        "coverage_nested": [fg.coverage(nested, level, "width") for level in fg.LEVELS],
        "chances": fg.chances(whole),
        "reliability": fg.reliability(whole),
        "domain": fg.error_rises(tissues),
        "rho_of_width": fg.learned_difficulty(whole),
        "blood": fg.out_of_domain(blood),
        "far_coverage": {
            "tissue": fg.far_coverage(tissues, whole),
            "blood": fg.far_coverage(
                blood[blood.tissue.isin(fg.BLOOD)].reset_index(drop=True), whole, fg.BLOOD
            ),
        },
        "modalities": fg.modalities(judged),
        "rank": fg.rank_calibration(whole),
        "risk": {
            "kept": fg.KEPT,
            "interval": fg.risk(whole.assign(width=whole["width0.90"]), "width"),
            "domain": fg.risk(tissues, "score"),
        },
    }
    result["seconds"] = round(time.perf_counter() - start)
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    draw(result, HERE)
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)


def out_of_fold(study: Study, folds: int, seed: int, tell: Progress) -> dict[str, pd.DataFrame]:
    """Pattern to the out-of-fold predictions of measured lines, with their tissues."""
    table = cross_validate(
        study,
        assign_folds(list(study.features.index), folds, seed),
        patterns=study.settings.patterns[1:],
        rungs=False,
        jobs=default_jobs(),
        progress=tell,
    )
    table = with_tissue(study, table[table.measured.notna()])
    # The model as used is that of the fullest pattern: no training line lacks anything.
    names = {WHOLE: MODEL} | {pattern: pattern for pattern in study.settings.patterns[1:]}
    return {
        pattern: table[(table.predictor == name) & (table.pattern == pattern)].reset_index(drop=True)
        for pattern, name in names.items()
    }


def with_tissue(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """The table with each line's tissue, and with its lineage column where a model may learn it."""
    names = [
        c
        for c in study.features.columns
        if c.startswith(LINEAGE_PREFIX)
        and is_learnable(study.features[c].to_numpy(float), study.settings.least_carriers)
    ]
    lineage = pd.Series(lineages_of(names, study.features[names].to_numpy(float)), index=study.features.index)
    return table.assign(
        tissue=table.sample_id.map(study.ladder.tissue), lineage=table.sample_id.map(lineage)
    ).reset_index(drop=True)


def strictly_nested(study: Study, outer: pd.DataFrame, seed: int, tell: Progress) -> pd.DataFrame:
    """Six inhibitors judged by certainties whose calibration errors saw no response of the judged fold."""
    six = [t for t in study.targets if t.inhibitor in SIX]
    ids = np.array([str(i) for i in study.features.index])
    fold_of = outer.drop_duplicates("sample_id").set_index("sample_id").fold.reindex(ids).to_numpy()
    jobs = []
    for fold in sorted(outer.fold.unique()):
        rest = np.flatnonzero(fold_of != fold)
        inner = assign_folds(list(ids[rest]), 5, seed + 1)
        jobs += [
            Job(f"{fold}/{k}", target, rest[inner != k], rest[inner == k])
            for target in six
            for k in np.unique(inner)
        ]
    table = look(study, jobs, "nested (folds x folds x inhibitors)", tell)
    table = with_tissue(study, table[table.measured.notna()])
    table["fold"] = table.left_out.str.split("/").str[1].astype(int)
    table["around"] = table.left_out.str.split("/").str[0].astype(int)
    return pd.concat(
        [
            fg.told(own, outer[(outer.target == target) & (outer.fold == fold)])
            for (target, fold), own in table.groupby(["target", "around"])
        ],
        ignore_index=True,
    )


def left_out(study: Study, folds: int, seed: int, tell: Progress) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each tissue left out in turn; and models of solid lines asked about other solid lines and blood."""
    asked = [t for t in study.targets if t.inhibitor is None or t.inhibitor in SIX]
    tissue = study.ladder.tissue.to_numpy(str)
    by_tissue = [
        Job(name, target, np.flatnonzero(tissue != name), np.flatnonzero(tissue == name))
        for name in sorted(set(tissue) - {""})
        for target in asked
    ]
    is_blood = np.isin(tissue, fg.BLOOD)
    solid = np.flatnonzero(~is_blood)
    held = assign_folds([str(i) for i in study.features.index[solid]], folds, seed)
    without_blood = [
        Job(str(k), target, solid[held != k], np.r_[solid[held == k], np.flatnonzero(is_blood)])
        for k in np.unique(held)
        for target in study.targets
        if target.inhibitor is None
    ]
    tables = []
    for jobs, label in (
        (by_tissue, "leave a tissue out (tissues x targets)"),
        (without_blood, "solid lines only (folds x targets)"),
    ):
        table = look(study, jobs, label, tell)
        table = with_tissue(study, table[table.measured.notna()])
        tables.append(table.assign(error=(table.measured - table.prediction).abs()))
    return tables[0], tables[1]


if __name__ == "__main__":
    main()
