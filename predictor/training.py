"""Experiment to judged model: build the study, evaluate it, fit on everything, learn how sure it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from features.catalogue import describe
from features.cohort import Cohort
from features.errors import InputError
from features.identity import strip_name
from features.progress import Progress, silent
from predictor.bundle import Bundle, TargetModel, content_version
from predictor.ceilings import judge_ceilings
from predictor.difficulty import lineages_of
from predictor.domain import learn_domain
from predictor.evaluation import MODEL, Score, Study, answer, judge
from predictor.experiment import Experiment
from predictor.intervals import Certainty, learn_certainty
from predictor.modalities import knows_more
from predictor.model import ResponseRegressor
from predictor.parallel import default_jobs, run_all
from predictor.plans import plan_of
from predictor.provenance import git_revision, library_versions, now
from predictor.response import (
    ResponseScale,
    Target,
)
from predictor.study import build_study
from predictor.target_model import fit_target

#: Splits in which each target answers for itself, so that its certainty can be learned.
CERTAINTY_SPLITS = ("cell_line", "tissue")


@dataclass(frozen=True)
class Judgement:
    """A study and how it was judged.

    Attributes
    ----------
    study
        Data and settings.
    cohort
        Where the data came from.
    out_of_fold
        The table of :func:`~predictor.evaluation.cross_validate`, of the first repeat.
    scores
        Of every predictor on every target, over all repeats.
    ceilings
        Of what other screens measured on the held-out lines, each with its own number of lines.
    unanswered
        Target to the reason why no model could answer for it.
    repeats
        The table of all repeats; None where there is one.
    """

    study: Study
    cohort: Cohort
    out_of_fold: pd.DataFrame
    scores: list[Score]
    ceilings: list[Score] = field(default_factory=list)
    unanswered: dict[str, str] = field(default_factory=dict)
    repeats: pd.DataFrame | None = None


@dataclass(frozen=True)
class TrainingResult:
    """What training gives.

    Attributes
    ----------
    experiment, bundle, study
        What was asked, what came out, on what.
    out_of_fold, scores
        How it was judged.
    cohort
        Where the data came from, and what was lost on the way.
    seconds
        Stage to wall-clock time.
    ceilings
        As in :class:`Judgement`.
    """

    experiment: Experiment
    bundle: Bundle
    study: Study
    out_of_fold: pd.DataFrame
    scores: list[Score]
    cohort: Cohort
    seconds: dict[str, float]
    ceilings: list[Score] = field(default_factory=list)


def evaluate(
    experiment: Experiment,
    *,
    folds_file: str | None = None,
    jobs: int | None = None,
    progress: Progress = silent,
) -> Judgement:
    """Judge an experiment on held-out lines, as its section ``evaluation`` says.

    Parameters
    ----------
    experiment
        What to judge.
    folds_file
        A frozen fold assignment of lines (columns cell_line_name, fold); None for the experiment's own.
    jobs
        Fits at a time; None for all cores.
    progress
        Told how far it is.
    """
    study, cohort = build_study(experiment, progress=progress)
    names = cohort.samples.set_index("sample_id").loc[study.features.index, "sample_name"]
    plan = plan_of(experiment, study, names, folds_file)
    table = answer(
        study,
        plan.questions,
        # The fullest pattern is the model as used; the others are judged by withholding.
        patterns=study.settings.patterns[1:],
        booster=experiment.evaluation.baselines == "all",
        jobs=jobs or default_jobs(),
        progress=progress,
    )
    asked = experiment.evaluation
    tissue, growth = study.ladder.tissue, study.ladder.growth
    first = table[table["repeat"] == 0].reset_index(drop=True)
    return Judgement(
        study=study,
        cohort=cohort,
        out_of_fold=first,
        scores=judge(table, draws=asked.draws, seed=asked.seed, tissue=tissue, growth=growth),
        ceilings=judge_ceilings(
            first,
            study.responses,
            study.consensus,
            draws=asked.draws,
            seed=asked.seed,
            tissue=tissue,
            growth=growth,
        ),
        unanswered=plan.unanswered,
        repeats=table if asked.repeats > 1 else None,
    )


def train(experiment: Experiment, *, jobs: int | None = None, progress: Progress = silent) -> TrainingResult:
    """Judge an experiment, then fit every target on all lines.

    Parameters
    ----------
    experiment
        What to train.
    jobs
        Fits at a time; None for all cores.  The result does not depend on it.
    progress
        Told how far it is.

    Returns
    -------
    TrainingResult
    """
    if experiment.evaluation.split not in CERTAINTY_SPLITS:
        raise InputError(
            "a model learns how sure it is from predictions of its own targets; "
            f"split = {experiment.evaluation.split!r} gives none",
            where=f"experiment {experiment.name}, evaluation.split",
            todo=f"use {' or '.join(CERTAINTY_SPLITS)}, or mtorc1 evaluate",
        )
    seconds: dict[str, float] = {}
    with _timed(seconds, "evaluate"):
        judged = evaluate(experiment, jobs=jobs, progress=progress)
    study = judged.study
    with _timed(seconds, "fit"):
        scale = ResponseScale.fit(study.responses, study.consensus)
        fitted = run_all(
            lambda target: fit_target(
                study.features, study.responses, target, scale, study.roles, study.settings, study.errors
            ),
            study.targets,
            jobs=jobs or default_jobs(),
            label="fit on all lines (targets)",
            progress=progress,
        )
        models = {
            target.name: with_certainty(target, model, study.features, judged.out_of_fold)
            for target, model in zip(study.targets, fitted, strict=True)
        }
    bundle = Bundle(
        name=experiment.name,
        version="",
        columns=tuple(str(c) for c in study.features.columns),
        roles=study.roles,
        families=tuple(dict.fromkeys(describe(str(c)).family for c in study.features.columns)),
        settings=study.feature_settings,
        least_known=study.settings.least_known,
        models=models,
        facts=_facts(experiment, judged)
        | {
            "pooling": {t.name: m.pooling_ for t, m in zip(study.targets, fitted, strict=True)},
        },
    )
    return TrainingResult(
        experiment,
        content_version(bundle),
        study,
        judged.out_of_fold,
        judged.scores,
        judged.cohort,
        seconds,
        judged.ceilings,
    )


def with_certainty(
    target: Target, model: ResponseRegressor, features: pd.DataFrame, out_of_fold: pd.DataFrame
) -> TargetModel:
    """How sure each pattern is, by out-of-fold predictions, and its domain, by the training lines.

    Parameters
    ----------
    target, model
        The target and its model, fitted on all lines.
    features
        Shape (n, p): those lines.
    out_of_fold
        The table of :func:`~predictor.evaluation.cross_validate`.
    """
    mine = out_of_fold[(out_of_fold.target == target.name) & out_of_fold.measured.notna()]
    certainty: dict[str, Certainty] = {}
    domain = {}
    for pattern, sub in model.submodels_.items():
        # The fullest pattern is judged as used; the others with the rest withheld.
        predictor = pattern if (mine.predictor == pattern).any() else MODEL
        rows = mine[(mine.predictor == predictor) & (mine.pattern == pattern)]
        own = features[list(sub.readable)]
        fuller = [known.half_width for other, known in certainty.items() if knows_more(other, pattern)]
        certainty[pattern] = learn_certainty(
            rows.prediction.to_numpy(float),
            rows.measured.to_numpy(float),
            rows.fold.to_numpy(int),
            lineages_of(sub.readable, own.loc[rows.sample_id].to_numpy(float)),
            least=max(fuller, default=0.0),
        )
        domain[pattern] = learn_domain(sub, own.to_numpy(float), features[list(sub.wide)].to_numpy(float))
    return TargetModel(target, dict(model.submodels_), certainty, domain)


def _facts(experiment: Experiment, judged: Judgement) -> dict[str, object]:
    samples = len(judged.study.features)
    return {
        "experiment": experiment.facts(),
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "cohort": judged.cohort.name,
        "samples": samples,
        "sources": [asdict(source) for source in judged.cohort.sources],
        "losses": judged.cohort.losses[["stage", "reason", "n"]].to_dict("records"),
        "uses_measured_growth": experiment.uses_measured_growth,
        "scores": [
            {
                "target": score.target,
                "predictor": score.predictor,
                "n": score.n,
                "metrics": {name: estimate.as_dict() for name, estimate in score.metrics.items()},
                "gain_of_model": score.gain_of_model.as_dict() if score.gain_of_model else None,
            }
            for score in judged.scores
        ],
    }


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 1)


def benchmark_predictions(judged: Judgement, screen: str) -> pd.DataFrame:
    """Out-of-fold predictions under a screen's own names, as the benchmark's scorer reads them.

    Parameters
    ----------
    judged
        From :func:`evaluate`.
    screen
        The screen whose targets and drug spellings are wanted.

    Returns
    -------
    pandas.DataFrame
        Columns cell_line_name (upper case, no punctuation), drug, prediction: one row per held-out line
        and target of the screen.
    """
    from features.inhibitors import find_inhibitor

    names = judged.cohort.samples.set_index("sample_id").sample_name.map(strip_name)
    spelled = {
        target: find_inhibitor(target.rpartition("@")[0]).screen_spellings[screen]
        for target in map(str, judged.out_of_fold.target.unique())
        if target.endswith(f"@{screen}")
    }
    rows = judged.out_of_fold
    rows = rows[(rows.predictor == MODEL) & rows.target.isin(spelled)]
    return pd.DataFrame(
        {
            "cell_line_name": rows.sample_id.map(names).to_numpy(),
            "drug": rows.target.map(spelled).to_numpy(),
            "prediction": rows.prediction.to_numpy(np.float64),
        }
    )
