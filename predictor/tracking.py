"""A training result to MLflow: a parent run, a child for each target, figures, bundle, registered model."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from features.progress import Progress, silent
from predictor.bundle import save_bundle
from predictor.response import Target
from predictor.tracking_artifacts import EXPLANATION, OUT_OF_FOLD, write_study_files, write_target_files
from predictor.tracking_facts import key_of, parameters, run_tags, screen_means, target_metrics
from predictor.tracking_runs import log_sources, log_values, running
from predictor.tracking_store import BUNDLE, MODEL_NAME, TrackingStore, connected

if TYPE_CHECKING:
    from predictor.training import TrainingResult

__all__ = ["EXPLANATION", "OUT_OF_FOLD", "RunInfo", "log_training"]

_LABEL = "log to MLflow (targets)"


@dataclass(frozen=True)
class RunInfo:
    """Where a result was logged.

    Attributes
    ----------
    run_id
        The parent run.
    experiment_id
        Its experiment.
    model_version
        Of the registered model.
    tracking_uri
        The store, as asked for.
    """

    run_id: str
    experiment_id: str
    model_version: str
    tracking_uri: str


def log_training(
    result: TrainingResult, *, tracking_uri: str | None = None, progress: Progress = silent
) -> RunInfo:
    """Log a training result and register its model as a new version.

    Parameters
    ----------
    result
        From :func:`predictor.training.train`.
    tracking_uri
        The store; None for the one that MLflow is set to (``MLFLOW_TRACKING_URI``), else
        ``sqlite:///runs/mlflow.db``.
    progress
        Told of logged targets.

    Returns
    -------
    RunInfo

    Raises
    ------
    InputError
        If the store cannot be used.

    Notes
    -----
    Nothing is pickled.  Where a cohort holds patients no sample's identifier is logged, and so no out-of-fold
    predictions either (:func:`predictor.registry.promote` then has nothing to compare).  Whatever stops the
    logging, the runs end as FAILED, or KILLED where it was the user.
    """
    with connected(tracking_uri) as store, tempfile.TemporaryDirectory(prefix="mtorc1-") as scratch:
        experiment_id = store.experiment(result.experiment.name)
        tags = run_tags(result.experiment, result.cohort, result.bundle.facts, result.bundle.version)
        name = f"{result.experiment.name} {result.bundle.version}"
        with running(store, experiment_id, name, tags) as run_id:
            log_values(store, run_id, params=parameters(result.experiment))
            log_sources(store, run_id, result.cohort.sources)
            mechanisms = []
            todo = result.study.targets
            progress(_LABEL, 0, len(todo))
            for done, target in enumerate(todo, start=1):
                mechanisms.append(
                    _log_target(store, experiment_id, run_id, result, target, Path(scratch) / str(done))
                )
                progress(_LABEL, done, len(todo))
            whole = Path(scratch) / "study"
            write_study_files(result, pd.concat(mechanisms, ignore_index=True), whole)
            bundle = save_bundle(result.bundle, whole / "bundle")
            store.client.log_artifacts(run_id, str(whole))
            model_id = _log_model(store, experiment_id, run_id, result, bundle)
            means = screen_means((*result.scores, *result.ceilings), result.study.targets)
            seconds = {f"seconds.{stage}": float(value) for stage, value in result.seconds.items()}
            log_values(store, run_id, metrics={**means, **seconds}, model_id=model_id)
            version = _register(store, run_id, model_id, result)
    return RunInfo(run_id, experiment_id, version, store.uri)


def _log_target(
    store: TrackingStore,
    experiment_id: str,
    parent: str,
    result: TrainingResult,
    target: Target,
    folder: Path,
) -> pd.DataFrame:
    """One child run: the target's settings, metrics and figures; gives what each mechanism weighs."""
    about = {
        "target": target.name,
        "inhibitor_class": target.inhibitor_class,
        "bundle_version": result.bundle.version,
    }
    with running(store, experiment_id, target.name, about, parent) as run_id:
        fitted = result.bundle.models[target.name].submodels
        chosen = {key_of(f"{pattern}.rounds"): str(sub.rounds) for pattern, sub in fitted.items()}
        chosen |= {key_of(f"{pattern}.penalty"): repr(float(sub.penalty)) for pattern, sub in fitted.items()}
        settings = {"unit": target.unit, "members": ",".join(target.members), **chosen}
        log_values(
            store,
            run_id,
            params=settings,
            metrics=target_metrics(
                [s for s in (*result.scores, *result.ceilings) if s.target == target.name]
            ),
        )
        mechanisms = write_target_files(result, target, folder)
        store.client.log_artifacts(run_id, str(folder))
    return mechanisms


def _log_model(
    store: TrackingStore, experiment_id: str, run_id: str, result: TrainingResult, bundle: Path
) -> str:
    """The pyfunc, made from code; gives its id."""
    import mlflow

    from predictor.serving import MODEL_CODE, input_example, requirements, signature

    # Made first, since Model.log would put it into the experiment that happens to be active in this process,
    # with its files there.
    logged = store.client.create_logged_model(experiment_id, name="model", source_run_id=run_id)
    # Model.log rather than mlflow.pyfunc.log_model: it takes the run, and so no run has to be active.
    mlflow.models.Model.log(
        artifact_path=None,
        flavor=mlflow.pyfunc,
        name="model",
        run_id=run_id,
        python_model=str(MODEL_CODE),
        artifacts={BUNDLE: str(bundle)},
        signature=signature(result.bundle),
        input_example=input_example(result.bundle),
        pip_requirements=requirements(),
        metadata={"bundle_version": result.bundle.version},
        model_id=logged.model_id,
    )
    return str(logged.model_id)


def _register(store: TrackingStore, run_id: str, model_id: str, result: TrainingResult) -> str:
    """A new version of the registered model; gives its number."""
    from mlflow.exceptions import MlflowException

    try:
        store.client.create_registered_model(
            MODEL_NAME, description="Response to mTORC1 inhibitors; see the model card in the bundle."
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    version = store.client.create_model_version(
        MODEL_NAME,
        f"models:/{model_id}",
        run_id,
        tags={"bundle_version": result.bundle.version, "experiment": result.experiment.name},
        model_id=model_id,
    )
    linked = json.dumps([{"name": version.name, "version": version.version}])
    store.client.set_logged_model_tags(model_id, {"mlflow.modelVersions": linked})
    return str(version.version)
