"""From an experiment's section ``evaluation`` to the questions that are asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.errors import InputError
from features.identity import strip_name
from predictor.evaluation import Study
from predictor.experiment import Experiment
from predictor.questions import Plan, each_for_itself, of_withheld_inhibitors, of_withheld_screens
from predictor.splits import (
    Fold,
    assign_folds,
    deal_groups,
    folds_of,
    named_groups,
    one_group_a_fold,
    read_assignment,
    repeat_seed,
)

#: A fold of fewer held-out lines says nothing of a correlation.
LEAST_HELD_OUT = 10


def plan_of(experiment: Experiment, study: Study, names: pd.Series, folds_file: str | None = None) -> Plan:
    """The questions that an experiment's evaluation asks.

    Parameters
    ----------
    experiment
        Its section ``evaluation`` says how.
    study
        Data and targets.
    names
        Index sample_id, in the order of the study: the samples' names.
    folds_file
        A frozen fold assignment of lines; None for the experiment's own folds.

    Raises
    ------
    InputError
        If the data or the file cannot be split so.
    """
    asked, response = experiment.evaluation, experiment.response
    where = f"experiment {experiment.name}, evaluation"
    folds = _folds(experiment, study, names, folds_file)
    if asked.split == "screen":
        known = sorted({str(c).rpartition("@")[2] for c in study.responses.columns})
        unknown = [screen for screen in asked.held_out_screens if screen not in known]
        if unknown:
            raise InputError(
                f"no response was measured in {', '.join(unknown)}",
                where=f"{where}.held_out_screens",
                todo=f"choose among {', '.join(known)}",
            )
        plan = of_withheld_screens(
            folds,
            study.responses,
            held_out=asked.held_out_screens,
            screens=response.screens,
            consensus=study.consensus,
            metric=response.metric,
            least_lines=response.least_lines,
        )
    elif asked.split == "inhibitor":
        plan = of_withheld_inhibitors(folds, study.responses, study.targets, study.consensus)
    else:
        plan = each_for_itself(folds, study.targets, study.consensus)
    if not plan.questions:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in plan.unanswered.items())
        raise InputError(
            f"no target can be judged with split = {asked.split!r} ({reasons or 'none was measured'})",
            where=where,
        )
    return plan


def _folds(experiment: Experiment, study: Study, names: pd.Series, folds_file: str | None) -> list[Fold]:
    asked = experiment.evaluation
    where = f"experiment {experiment.name}, evaluation"
    if folds_file is not None:
        if asked.split == "tissue" or asked.repeats > 1:
            raise InputError(
                "frozen folds are of lines, and drawn once",
                where=folds_file,
                todo="use them without split = 'tissue' and with repeats = 1",
            )
        assignment = read_assignment(folds_file, names.map(strip_name))
        _check_sizes(assignment, folds_file)
        return list(folds_of(assignment))
    ids = [str(i) for i in study.features.index]
    tissue = named_groups(study.ladder.tissue) if asked.split == "tissue" else None
    groups, of_what = (ids, "samples") if tissue is None else (sorted(set(tissue)), "tissues")
    if not asked.one_tissue_a_fold and asked.folds > len(groups):
        raise InputError(
            f"{asked.folds} folds cannot be made of {len(groups)} {of_what}",
            where=f"{where}.folds",
        )
    folds: list[Fold] = []
    for repeat in range(asked.repeats):
        seed = repeat_seed(asked.seed, repeat)
        if tissue is None:
            assignment = assign_folds(ids, asked.folds, seed)
            folds += folds_of(assignment, repeat=repeat)
        else:
            if asked.one_tissue_a_fold:
                assignment = one_group_a_fold(tissue, LEAST_HELD_OUT)
            else:
                assignment = deal_groups(tissue, asked.folds, seed)
            _check_sizes(assignment, where)
            folds += folds_of(assignment, groups=tissue, repeat=repeat)
    return folds


def _check_sizes(assignment: np.ndarray, where: str) -> None:
    held = np.bincount(assignment[assignment >= 0])
    held = held[held > 0]
    if len(held) < 2 or held.min() < LEAST_HELD_OUT:
        raise InputError(
            f"each of at least 2 folds must hold out {LEAST_HELD_OUT} lines or more; "
            f"it has {', '.join(map(str, held)) or 'none'}",
            where=where,
        )
