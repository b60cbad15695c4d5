"""The benchmark's six inhibitors on the frozen folds, and their mean Pearson's r under each draw of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from experiments.benchmarks.scorer import FOLDS
from features.progress import Progress, silent
from predictor.estimates import Drawn, Estimate, mean_of
from predictor.evaluation import Study
from predictor.experiment import Experiment
from predictor.judging import Score
from predictor.plans import plan_of
from predictor.questions import Question
from predictor.study import build_study

#: The inhibitors that the benchmark counts, as GDSC2 measured them.
SIX = ("sirolimus", "temsirolimus", "AZD8055", "vistusertib", "OSI-027", "dactolisib")
SCREEN = "GDSC2"
#: No line of the default data lacks RNA or DNA: this pattern alone answers for all of them.
FULLEST = "rna+dna"


def frozen_questions(
    experiment: Experiment, progress: Progress = silent
) -> tuple[Study, tuple[Question, ...]]:
    """The study with the six as its targets and one pattern, and a question for each of them in each fold.

    Parameters
    ----------
    experiment
        Whose data and settings.
    progress
        Told how far it is.
    """
    study, cohort = build_study(experiment, progress=progress)
    whole = replace(
        study,
        targets=tuple(t for t in study.targets if t.inhibitor in SIX and t.name.endswith(f"@{SCREEN}")),
        settings=replace(study.settings, patterns=(FULLEST,)),
    )
    names = cohort.samples.set_index("sample_id").loc[study.features.index, "sample_name"]
    return whole, plan_of(experiment, whole, names, str(FOLDS)).questions


def mean_r(scores: Sequence[Score], predictor: str) -> Drawn:
    """Pearson's r of a predictor, mean over its targets, under each draw of held-out lines.

    Means of the same held-out lines and seed are of the same draws, so that their difference is a paired one.
    """
    return mean_of([s.drawn["pearson"] for s in scores if s.predictor == predictor])


def plain(drawn: Drawn) -> dict[str, Any]:
    """Value and 95 % interval, for JSON."""
    return dict(drawn.estimate().as_dict())


def value(one: Mapping[str, Any]) -> str:
    """An estimate of JSON as ``0.455 [0.409, 0.497]``."""
    return str(Estimate(one["value"], one["low"], one["high"]))


def signed(one: Mapping[str, Any]) -> str:
    """A difference of JSON as ``+0.047 [+0.030, +0.060]``."""
    return f"{one['value']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"
