"""The files of a run: figures, tables, and what the predictions rest on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from features.catalogue import mechanism_of as look_up_mechanism
from features.cohort import Cohort
from predictor.experiment import Experiment
from predictor.explanation import explain
from predictor.judging import Score
from predictor.report import plots
from predictor.report.words import target_words
from predictor.response import Target
from predictor.splits import hash_rank
from predictor.tracking_facts import data_record, holds_patients, scores_table

if TYPE_CHECKING:
    from predictor.external import ExternalTest
    from predictor.training import Judgement, TrainingResult

#: Out-of-fold predictions of the lines, by which versions are compared.
OUT_OF_FOLD = "out_of_fold.parquet"
#: What the predictions of a target rest on, feature by feature.
EXPLANATION = "explanation.parquet"
#: So many lines are explained for the figures, always the same ones: more would only darken the cloud.
EXPLAINED_LINES = 400

#: Thousands of genes are asked for again with every target.
mechanism_of = cache(look_up_mechanism)


def write_target_files(result: TrainingResult, target: Target, folder: Path) -> pd.DataFrame:
    """One target's files: measured against predicted, SHAP beeswarm, mean absolute SHAP values.

    Parameters
    ----------
    result
        What was trained.
    target
        Which target.
    folder
        Is made; gets measured_against_predicted.png, shap_beeswarm.png and explanation.parquet.

    Returns
    -------
    pandas.DataFrame
        Of :func:`mechanism_weights`, for :func:`write_study_files`.
    """
    folder.mkdir(parents=True)
    figure = plots.measured_against_predicted(
        result.out_of_fold, result.scores, _units(result), [target.name]
    )
    plots.save(figure, folder / "measured_against_predicted.png")
    found = explain(result.bundle, _explained_lines(result), target.inhibitor or target.name)
    shap_values = plots.ShapValues(found.shap_values, found.values, found.features)
    plots.save(
        plots.beeswarm(shap_values, title=target_words(target.name), unit=target.unit),
        folder / "shap_beeswarm.png",
    )
    weights = feature_weights(target.name, found.features, found.shap_values, found.values)
    weights.to_parquet(folder / EXPLANATION, index=False)
    return mechanism_weights(target.name, found.features, found.shap_values)


def feature_weights(target: str, names: Sequence[str], values: np.ndarray, data: np.ndarray) -> pd.DataFrame:
    """What each feature weighs in the predictions of one target, the weightiest first.

    Parameters
    ----------
    target
        Its name.
    names
        The p features.
    values, data
        SHAP values and feature values, shape (n, p); data may be NaN.

    Returns
    -------
    pandas.DataFrame
        target, feature, mechanism, mean_abs_shap (unit of the target) and direction: "resistant" where high
        values of the feature go with resistance (SHAP value and feature value correlate), "sensitive" where
        they go with sensitivity, "none" where neither can be said.
    """
    known = np.isfinite(data)
    count = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, data - np.where(known, data, 0).sum(axis=0) / count, 0.0)
    together = (centred * values).sum(axis=0)
    table = pd.DataFrame(
        {
            "target": target,
            "feature": list(names),
            "mechanism": [mechanism_of(name) for name in names],
            "mean_abs_shap": np.abs(values).mean(axis=0),
            "direction": np.select([together > 0, together < 0], ["resistant", "sensitive"], "none"),
        }
    )
    return table.sort_values("mean_abs_shap", ascending=False, kind="stable", ignore_index=True)


def mechanism_weights(target: str, names: Sequence[str], values: np.ndarray) -> pd.DataFrame:
    """What each mechanism weighs: the mean over lines of the absolute sum of its features' SHAP values.

    The sum comes first, as genes of one mechanism may cancel within a line.

    Returns
    -------
    pandas.DataFrame
        target, mechanism, mean_abs_shap (unit of the target).
    """
    by_line = pd.DataFrame(values.T).groupby([mechanism_of(name) for name in names], sort=False).sum()
    weights = by_line.abs().mean(axis=1)
    return pd.DataFrame({"target": target, "mechanism": weights.index, "mean_abs_shap": weights.to_numpy()})


def write_study_files(result: TrainingResult, mechanisms: pd.DataFrame, folder: Path) -> None:
    """The files of the whole study.

    Parameters
    ----------
    result
        What was trained.
    mechanisms
        What :func:`write_target_files` gave, of all targets.
    folder
        Is made; gets experiment.json, data.json, scores.csv, mechanisms.csv, the figures over all targets,
        and (unless the cohort holds patients) out_of_fold.parquet.
    """
    _write_judged(
        result.experiment, result.cohort, result.scores, result.ceilings, result.out_of_fold, folder
    )
    figure = plots.measured_against_predicted(result.out_of_fold, result.scores, _units(result))
    plots.save(figure, folder / "measured_against_predicted.png")
    mechanisms.to_csv(folder / "mechanisms.csv", index=False)
    weights = mechanisms.pivot(index="target", columns="mechanism", values="mean_abs_shap")
    plots.save(plots.mechanism_bar(weights.loc[list(_units(result))]), folder / "mechanisms.png")


def write_evaluation_files(experiment: Experiment, judged: Judgement, folder: Path) -> None:
    """The files of an evaluation.

    Parameters
    ----------
    experiment, judged
        What was asked, and what came of it.
    folder
        Is made; gets experiment.json, data.json, scores.csv, the ladders, unanswered.json where something
        was not judged, and (unless the cohort holds patients) out_of_fold.parquet with all repeats.
    """
    every = judged.out_of_fold if judged.repeats is None else judged.repeats
    _write_judged(experiment, judged.cohort, judged.scores, judged.ceilings, every, folder)
    if judged.unanswered:
        _write_json(folder / "unanswered.json", judged.unanswered)


def write_external_files(found: ExternalTest, external: Cohort, *, names: bool, folder: Path) -> None:
    """The files of an external test.

    Parameters
    ----------
    found, external
        What came of it, and what it was compared with.
    names
        Whether samples may be named: neither cohort holds patients.
    folder
        Is made; gets scores.csv, data.json, losses.csv, unanswered.json where something was not judged, and
        with ``names`` out_of_fold.parquet.
    """
    folder.mkdir(parents=True)
    scores_table((*found.scores, *found.ceilings)).to_csv(folder / "scores.csv", index=False)
    _write_json(folder / "data.json", data_record(external))
    lost = found.losses if names else found.losses.drop(columns="names")
    lost.to_csv(folder / "losses.csv", index=False)
    if found.unanswered:
        _write_json(folder / "unanswered.json", found.unanswered)
    if names:
        found.table.to_parquet(folder / OUT_OF_FOLD, index=False)


def _write_judged(
    experiment: Experiment,
    cohort: Cohort,
    scores: Sequence[Score],
    ceilings: Sequence[Score],
    out_of_fold: pd.DataFrame,
    folder: Path,
) -> None:
    """What a training and an evaluation have in common."""
    folder.mkdir(parents=True)
    _write_json(folder / "experiment.json", experiment.facts())
    _write_json(folder / "data.json", data_record(cohort))
    scores_table((*scores, *ceilings)).to_csv(folder / "scores.csv", index=False)
    if not holds_patients(cohort):
        out_of_fold.to_parquet(folder / OUT_OF_FOLD, index=False)
    for metric in ("pearson", "spearman"):
        plots.save(plots.ladder(scores, metric=metric), folder / f"ladder_{metric}.png")


def _units(result: TrainingResult) -> dict[str, str]:
    return {target.name: target.unit for target in result.study.targets}


def _explained_lines(result: TrainingResult) -> pd.DataFrame:
    features = result.study.features
    first = hash_rank([str(i) for i in features.index], 0) < EXPLAINED_LINES
    return features[first]


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
