"""The external test: out-of-fold predictions against a screen that no training saw, and what measuring gives.

A line of the external screen is a training line where an identifier or, failing that, the stripped name
agrees (:func:`features.response_join.matched_samples`).  Its prediction comes from the fold in which it was
held out.  Beside the model's agreement stands that of the training screens' own measurements of the same
lines: to pass it would mean to know a line better unseen than by measuring it in another laboratory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from features.cohort import Cohort, losses
from features.errors import InputError
from features.inhibitors import find_inhibitor
from features.response_join import matched_samples
from features.schemas import METRICS
from predictor.ceilings import judge_ceilings
from predictor.evaluation import Study
from predictor.judging import Score, judge
from predictor.measurement_error import at_tested_doses
from predictor.metrics import LEAST_LINES
from predictor.response import Target


@dataclass(frozen=True)
class ExternalTest:
    """How predictions of unseen lines agree with another screen.

    Attributes
    ----------
    table
        As of :func:`~predictor.evaluation.cross_validate`; ``target`` is ``inhibitor@external screen`` and
        ``answered_by`` the target of the experiment that answered.
    scores
        Of the model, its patterns and the ladder; Spearman's rho is the figure to read, since unit and spread
        differ between screens.
    ceilings
        Of the training screens' own measurements of these lines, and their consensus.
    unanswered
        Inhibitor-screen to the reason why it was not judged.
    losses
        stage, reason, n, names: external lines that were not matched.
    """

    table: pd.DataFrame
    scores: list[Score]
    ceilings: list[Score]
    unanswered: dict[str, str] = field(default_factory=dict)
    losses: pd.DataFrame = field(default_factory=lambda: losses([]))


def external_responses(responses: pd.DataFrame, metric: str | None = None) -> pd.DataFrame:
    """Orient and spread a table of responses.

    Parameters
    ----------
    responses
        Columns sample_id, inhibitor, screen, metric, value, as in a Cohort.
    metric
        The metric to take; None for the only one of each inhibitor-screen.

    Returns
    -------
    pandas.DataFrame
        Index sample_id, columns ``inhibitor@screen``, higher = more resistant; an IC50 beyond the tested
        doses is the nearest of them.

    Raises
    ------
    InputError
        If there is nothing, the orientation is unknown, or an inhibitor-screen has two metrics or a
        sample two values of it.
    """
    chosen = responses if metric is None else responses[responses.metric == metric]
    if chosen.empty:
        raise InputError("no response to compare with" + ("" if metric is None else f" in {metric}"))
    unknown = sorted(set(chosen.metric) - set(METRICS))
    if unknown:
        raise InputError(f"it is not known whether high {', '.join(unknown)} means resistant")
    sign = {name: one.resistance_sign for name, one in METRICS.items()}
    chosen = at_tested_doses(chosen)
    named = chosen.assign(
        column=chosen.inhibitor + "@" + chosen.screen,
        value=chosen.value.astype(float) * chosen.metric.map(sign).astype(float),
    )
    several = named.groupby("column").metric.nunique()
    if (several > 1).any():
        raise InputError(
            f"{several.index[several > 1][0]} was measured in several metrics",
            todo=f"choose one with --external-metric: {', '.join(sorted(set(chosen.metric)))}",
        )
    doubled = named[named.duplicated(["sample_id", "column"])]
    if len(doubled):
        first = doubled.iloc[0]
        raise InputError(f"{first.sample_id} has two responses to {first.column}")
    table = named.pivot(index="sample_id", columns="column", values="value")
    table.columns.name = None
    return table


def external_test(
    study: Study,
    cohort: Cohort,
    out_of_fold: pd.DataFrame,
    external: Cohort,
    *,
    draws: int,
    seed: int,
    metric: str | None = None,
) -> ExternalTest:
    """Compare out-of-fold predictions with an external screen.

    Parameters
    ----------
    study
        What was evaluated.
    cohort
        Where the study's samples came from, with their names and identifiers.
    out_of_fold
        From :func:`~predictor.evaluation.cross_validate`.
    external
        Its samples (sample_id, sample_name) and responses are used.
    draws, seed
        Of the bootstrap.
    metric
        See :func:`external_responses`.

    Raises
    ------
    InputError
        If no line or no inhibitor of another screen is shared, or as :func:`external_responses`.
    """
    responses = external_responses(external.responses, metric)
    found, missing, ambiguous = matched_samples(cohort, external)
    taught = set(study.features.index)
    matched = pd.Series(
        {line: found[line] for line in responses.index if found.get(line) in taught}, dtype=object
    )
    if matched.empty:
        raise InputError("no line of it is a training line", where=external.name)
    names = external.samples.set_index("sample_id").sample_name
    names = names.fillna(pd.Series(names.index, names.index))
    untaught = [line for line in responses.index if line in found and found[line] not in taught]
    lost = losses(
        [
            ("external test", "the name is of two lines", list(names[ambiguous])),
            ("external test", "no training line has its identifier or name", list(names[missing + untaught])),
        ]
    )
    theirs = responses.loc[matched.index].set_axis(pd.Index(matched, name="sample_id"))
    trained_on = {str(c).rpartition("@")[2] for c in study.responses.columns}
    pieces: list[pd.DataFrame] = []
    unanswered: dict[str, str] = {}
    for column in map(str, theirs.columns):
        inhibitor, _, screen = column.rpartition("@")
        known = theirs[column].dropna()
        answering = _answering(study.targets, inhibitor)
        rows = out_of_fold[
            (out_of_fold.target == (answering.name if answering else ""))
            & out_of_fold.sample_id.isin(known.index)
        ]
        judged = rows.sample_id.nunique()
        if screen in trained_on:
            unanswered[column] = "this screen is among the responses of the experiment"
        elif answering is None:
            unanswered[column] = "neither the inhibitor nor its class has a target"
        elif judged < LEAST_LINES:
            unanswered[column] = f"{judged} of its lines were matched and held out, {LEAST_LINES} are needed"
        else:
            measured = rows.sample_id.map(known).to_numpy(float)
            pieces.append(
                rows.assign(target=column, measured=measured, answered_by=answering.name, in_unit=False)
            )
    if not pieces:
        raise InputError(
            "nothing can be compared with it: "
            + "; ".join(f"{name}: {reason}" for name, reason in unanswered.items()),
            where=external.name,
        )
    table = pd.concat(pieces, ignore_index=True)
    tissue, growth = study.ladder.tissue, study.ladder.growth
    return ExternalTest(
        table=table,
        scores=judge(table, draws=draws, seed=seed, tissue=tissue, growth=growth),
        ceilings=judge_ceilings(
            table, study.responses, study.consensus, draws=draws, seed=seed, tissue=tissue, growth=growth
        ),
        unanswered=unanswered,
        losses=lost,
    )


def _answering(targets: Sequence[Target], inhibitor: str) -> Target | None:
    """The target of the inhibitor, else of its class."""
    found = find_inhibitor(inhibitor)
    own = [one for one in targets if one.inhibitor == found.name]
    shared = [one for one in targets if one.inhibitor is None and one.name == found.inhibitor_class]
    return next(iter((*own, *shared)), None)
