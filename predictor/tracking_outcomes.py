"""An evaluation on patients in MLflow: its figures and settings, and nothing that names anybody."""

from __future__ import annotations

from collections.abc import Sequence

from features.cohort import SourceRecord
from features.progress import Progress, silent
from predictor.outcomes.experiment import OutcomeExperiment
from predictor.outcomes.learning import Learned
from predictor.provenance import git_revision, library_versions
from predictor.tracking_facts import key_of, origin_tags
from predictor.tracking_runs import LoggedRun, log_sources, log_values, running
from predictor.tracking_store import connected


def log_learned(
    experiment: OutcomeExperiment,
    sources: Sequence[SourceRecord],
    learned: Learned,
    *,
    tracking_uri: str | None = None,
    progress: Progress = silent,
) -> LoggedRun:
    """Log one evaluation.

    Parameters
    ----------
    experiment, learned
        What was asked and found.
    sources
        Of the cohort.
    tracking_uri
        As in :func:`predictor.tracking.log_training`.
    progress
        Told when it begins.

    Raises
    ------
    InputError
        If the store cannot be used.
    """
    progress("log to MLflow", 0, 1)
    facts = {"git_revision": git_revision(), "libraries": library_versions()}
    tags = {
        **origin_tags("evaluation", "mtorc1 evaluate", facts, experiment.description),
        "endpoint": experiment.outcome.endpoint,
        "arm": experiment.outcome.arm,
    }
    metrics: dict[str, float | Sequence[float]] = {
        "patients": float(learned.n),
        "events": float(learned.events),
        "features_learned": float(learned.n_features),
        "rounds": [float(k) for k in learned.rounds],
    }
    for name, estimate in (*learned.c_index.items(), ("gain", learned.gain)):
        key = key_of("gain" if name == "gain" else f"c_index.{name}").replace(" ", "_")
        metrics |= {key: estimate.value, f"{key}_low": estimate.low, f"{key}_high": estimate.high}
    params = {
        key_of(f"{section}.{key}"): str(value)
        for section in ("outcome", "model", "evaluation", "features")
        for key, value in experiment.facts()[section].items()
    }
    with connected(tracking_uri) as store:
        experiment_id = store.experiment(experiment.name)
        with running(
            store, experiment_id, f"{experiment.name} {experiment.outcome.endpoint}", tags
        ) as run_id:
            log_values(store, run_id, params=params, metrics=metrics)
            log_sources(store, run_id, sources)
    progress("log to MLflow", 1, 1)
    return LoggedRun(run_id, experiment_id, store.uri)
