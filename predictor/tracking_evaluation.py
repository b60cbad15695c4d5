"""An evaluation to MLflow: a parent run, a child for each target, tables, ladders; nothing is registered."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.cohort import Cohort
from features.inhibitors import find_inhibitor
from features.progress import Progress, silent
from predictor.experiment import Experiment
from predictor.external import ExternalTest
from predictor.judging import Score
from predictor.provenance import git_revision, library_versions
from predictor.tracking_artifacts import write_evaluation_files, write_external_files
from predictor.tracking_facts import (
    by_screen,
    evaluation_tags,
    external_means,
    external_tags,
    group_means,
    holds_patients,
    parameters,
    target_metrics,
)
from predictor.tracking_runs import LoggedRun, log_sources, log_values, running
from predictor.tracking_store import TrackingStore, connected

if TYPE_CHECKING:
    from predictor.training import Judgement

_LABEL = "log to MLflow (targets)"


@dataclass(frozen=True)
class Compared:
    """An external screen and what came of the comparison.

    Attributes
    ----------
    test
        From :func:`predictor.external.external_test`.
    cohort
        The external screen.
    metric
        As asked for; None for the only one of each inhibitor-screen.
    """

    test: ExternalTest
    cohort: Cohort
    metric: str | None = None


def log_evaluation(
    experiment: Experiment,
    judged: Judgement,
    *,
    compared: Compared | None = None,
    folds_file: str | None = None,
    seconds: Mapping[str, float] | None = None,
    tracking_uri: str | None = None,
    progress: Progress = silent,
) -> LoggedRun:
    """Log how an experiment was judged.

    Parameters
    ----------
    experiment
        As it was judged, with the options of the command line in it.
    judged
        From :func:`predictor.training.evaluate`.
    compared
        The external screen, if there was one: a child run for each of its inhibitors too.
    folds_file
        The file of frozen folds, if there was one.
    seconds
        Stage to wall-clock time.
    tracking_uri
        As in :func:`predictor.tracking.log_training`.
    progress
        Told of logged targets.

    Returns
    -------
    LoggedRun

    Raises
    ------
    InputError
        If the store cannot be used.

    Notes
    -----
    It goes into the MLflow experiment that a training of the same experiment goes into; the tag ``kind``
    tells them apart.  Where either cohort holds patients no sample's identifier is logged.  Whatever stops
    the logging, the runs end as FAILED, or KILLED where it was the user.
    """
    facts = {"git_revision": git_revision(), "libraries": library_versions()}
    every = judged.out_of_fold if judged.repeats is None else judged.repeats
    tags = evaluation_tags(experiment, judged.cohort, facts, every, folds_file)
    name = f"{experiment.name} evaluate {experiment.evaluation.split}"
    if compared is not None:
        tags |= external_tags(compared.cohort, compared.metric)
        name = f"{name} against {compared.cohort.name}"
    asked = _children(judged, compared)
    with connected(tracking_uri) as store, tempfile.TemporaryDirectory(prefix="mtorc1-") as scratch:
        experiment_id = store.experiment(experiment.name)
        with running(store, experiment_id, name, tags) as run_id:
            log_values(store, run_id, params=parameters(experiment))
            log_sources(store, run_id, judged.cohort.sources)
            if compared is not None:
                log_sources(store, run_id, compared.cohort.sources, context="external")
            progress(_LABEL, 0, len(asked))
            for done, child in enumerate(asked, start=1):
                _log_child(store, experiment_id, run_id, child)
                progress(_LABEL, done, len(asked))
            folder = Path(scratch) / "evaluation"
            write_evaluation_files(experiment, judged, folder)
            if compared is not None:
                names = not (holds_patients(judged.cohort) or holds_patients(compared.cohort))
                write_external_files(compared.test, compared.cohort, names=names, folder=folder / "external")
            store.client.log_artifacts(run_id, str(folder))
            log_values(store, run_id, metrics={**_means(judged, compared), **_timings(seconds or {})})
    return LoggedRun(run_id, experiment_id, store.uri)


@dataclass(frozen=True)
class _Child:
    """What is logged of one target."""

    target: str
    tags: Mapping[str, str]
    params: Mapping[str, str]
    metrics: Mapping[str, float]


def _children(judged: Judgement, compared: Compared | None) -> list[_Child]:
    """The targets, then the inhibitors of the external screen."""
    units = {target.name: target.unit for target in judged.study.targets}
    found = _of_table(judged.out_of_fold, (*judged.scores, *judged.ceilings), units, external=False)
    if compared is not None:
        test = compared.test
        found += _of_table(test.table, (*test.scores, *test.ceilings), units, external=True)
    return found


def _of_table(
    out_of_fold: pd.DataFrame, scores: Sequence[Score], units: Mapping[str, str], *, external: bool
) -> list[_Child]:
    """Every target that was judged; one of a withheld or an external screen is no target of the study."""
    first = out_of_fold.drop_duplicates("target").set_index("target")
    found = []
    for target in dict.fromkeys(score.target for score in scores):
        answering, in_unit = str(first.answered_by[target]), bool(first.in_unit[target])
        tags = {
            "kind": "evaluation",
            "target": target,
            "inhibitor_class": _class_of(target),
            "external": str(external).lower(),
        }
        params = {"answered_by": answering, "in_unit": str(in_unit).lower(), "unit": units.get(answering, "")}
        mine = [score for score in scores if score.target == target]
        found.append(_Child(target, tags, params, target_metrics(mine)))
    return found


def _class_of(target: str) -> str:
    inhibitor, at, _ = target.rpartition("@")
    return find_inhibitor(inhibitor).inhibitor_class if at else target


def _log_child(store: TrackingStore, experiment_id: str, parent: str, child: _Child) -> None:
    with running(store, experiment_id, child.target, child.tags, parent) as run_id:
        log_values(store, run_id, params=child.params, metrics=child.metrics)


def _means(judged: Judgement, compared: Compared | None) -> dict[str, float]:
    scores = (*judged.scores, *judged.ceilings)
    means = group_means(scores, by_screen(dict.fromkeys(score.target for score in scores)))
    return means if compared is None else {**means, **external_means(compared.test)}


def _timings(seconds: Mapping[str, float]) -> dict[str, float]:
    return {f"seconds.{stage}": float(value) for stage, value in seconds.items()}
