"""``mtorc1 evaluate`` of an experiment on patients (a file with a table ``[outcome]``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from predictor.cli import console
from predictor.cli.options import RESEARCH_USE
from predictor.cli.tracked import check_store, where_logged

if TYPE_CHECKING:
    from features.cohort import Cohort
    from features.progress import Progress
    from predictor.estimates import Estimate
    from predictor.outcomes.experiment import OutcomeExperiment
    from predictor.outcomes.learning import Learned


def evaluate_patients(path: Path, *, as_json: bool, no_mlflow: bool) -> None:
    """Judge, tell, log.

    Raises
    ------
    InputError
        If the experiment, its cohort or the store cannot be used.
    """
    from features.errors import InputError
    from features.sources import load
    from predictor.outcomes.experiment import judge_outcomes, read_outcome_experiment
    from predictor.outcomes.not_estimable import NotEstimable

    asked = read_outcome_experiment(path)
    with console.progress() as progress:
        cohort = load(asked.data.cohort, progress=progress)
        if not no_mlflow:
            check_store()
        try:
            learned, left_out = judge_outcomes(asked, cohort, progress=progress)
        except NotEstimable as why:
            raise InputError(
                f"the covariates cannot be fitted ({why.reason})",
                where=f"experiment {asked.name}",
                todo="name fewer covariates, or another endpoint",
            ) from why
        logged = None if no_mlflow else _log(asked, cohort, learned, progress)
    document = {
        "experiment": asked.name,
        "endpoint": asked.outcome.endpoint,
        "arm": asked.outcome.arm,
        "patients": learned.n,
        "events": learned.events,
        "features_learned": learned.n_features,
        "left_out": left_out,
        "c_index": {name: estimate.as_dict() for name, estimate in learned.c_index.items()},
        "gain": learned.gain.as_dict(),
        "rounds": list(learned.rounds),
        "mlflow": logged,
    }
    if as_json:
        return console.document(document)
    _show(asked, learned, left_out, logged)
    return None


def _show(
    asked: OutcomeExperiment, learned: Learned, left_out: dict[str, int], logged: dict[str, Any] | None
) -> None:
    console.say(
        f"{asked.outcome.endpoint} under {asked.outcome.arm}: {learned.n} patients, {learned.events} events, "
        f"{learned.n_features} features that may be learned"
    )
    for reason, n in left_out.items():
        console.say(f"  left out: {reason} ({n})")
    console.say("Held-out patients (C-index over pairs within a fold, 95 % interval over patients):")
    console.table(
        ["learned from", "C-index", "95 %"],
        [[name, estimate.value, _interval(estimate)] for name, estimate in learned.c_index.items()],
    )
    gain = learned.gain
    console.say(f"What the features add to the covariates: {gain.value:+.3f} {_interval(gain)}")
    none = sum(rounds == 0 for rounds in learned.rounds)
    console.say(f"In {none} of {len(learned.rounds)} fits the inner folds chose no tree at all.")
    if logged is not None:
        console.say(f"MLflow: {logged['ui']}  (experiment {logged['experiment']}, run {logged['run_id']})")
    console.say(RESEARCH_USE)


def _interval(estimate: Estimate) -> str:
    return f"[{estimate.low:.3f}, {estimate.high:.3f}]"


def _log(asked: OutcomeExperiment, cohort: Cohort, learned: Learned, progress: Progress) -> dict[str, Any]:
    """Figures, settings and the fingerprints of the files; nothing that names a patient."""
    from predictor.tracking_outcomes import log_learned

    run = log_learned(asked, cohort.sources, learned, progress=progress)
    return where_logged(run.tracking_uri, asked.name, run.run_id)
