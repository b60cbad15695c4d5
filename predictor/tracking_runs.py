"""Runs of MLflow: one that ends as what became of it, and what is put into it in requests that it takes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from features.cohort import SourceRecord
from predictor.tracking_store import TrackingStore

#: MLflow takes at most 1,000 of them in one request, of which 100 are parameters.
_BATCH = {"metrics": 900, "params": 100}
#: The longest digest and name of a data set that MLflow keeps; an importer's version may be a sentence.
_DIGEST, _NAME = 36, 500


@dataclass(frozen=True)
class LoggedRun:
    """Where something was logged.

    Attributes
    ----------
    run_id
        The parent run.
    experiment_id
        Its experiment.
    tracking_uri
        The store, as asked for.
    """

    run_id: str
    experiment_id: str
    tracking_uri: str


@contextmanager
def running(
    store: TrackingStore, experiment_id: str, name: str, tags: Mapping[str, str], parent: str | None = None
) -> Iterator[str]:
    """A run that ends as FINISHED, or as what stopped it: KILLED by the user, else FAILED.

    Parameters
    ----------
    store, experiment_id
        Where.
    name, tags
        Of the run.
    parent
        The run that it belongs to.

    Yields
    ------
    str
        Its id.
    """
    from mlflow.exceptions import MlflowException

    nested = {"mlflow.parentRunId": parent} if parent else {}
    run_id = str(store.client.create_run(experiment_id, run_name=name, tags={**tags, **nested}).info.run_id)
    try:
        yield run_id
    except BaseException as error:
        # A store that is out of reach cannot be told; the error that says so must not be hidden by a second
        # one.
        with suppress(MlflowException):
            store.client.set_terminated(
                run_id, status="KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
            )
        raise
    store.client.set_terminated(run_id)


def log_values(
    store: TrackingStore,
    run_id: str,
    *,
    params: Mapping[str, str] | None = None,
    metrics: Mapping[str, float | Sequence[float]] | None = None,
    model_id: str | None = None,
) -> None:
    """Log parameters and metrics, in as many requests as it takes.

    Parameters
    ----------
    store, run_id
        Where.
    params, metrics
        Key to value; the keys as :func:`predictor.tracking_facts.key_of` gives them.  Several values of a
        metric are a curve, one a step.
    model_id
        The logged model that the metrics are of.
    """
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    several = [
        Metric(key, one, now, step, model_id=model_id)
        for key, value in (metrics or {}).items()
        for step, one in enumerate(value if isinstance(value, Sequence) else (value,))
    ]
    words = [Param(key, value) for key, value in (params or {}).items()]
    for some, few in zip_longest(
        _chunks(several, _BATCH["metrics"]), _chunks(words, _BATCH["params"]), fillvalue=()
    ):
        store.client.log_batch(run_id, metrics=some, params=few)


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def log_sources(
    store: TrackingStore, run_id: str, sources: Sequence[SourceRecord], context: str | None = None
) -> None:
    """Each source file as an input of the run, so that MLflow lists it under "datasets used".

    Parameters
    ----------
    store, run_id
        Where.
    sources
        Of a cohort.
    context
        What they were used for, as MLflow shows it beside them.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    if not sources:
        return
    tags = [] if context is None else [InputTag("mlflow.data.context", context)]
    store.client.log_inputs(
        run_id,
        datasets=[
            DatasetInput(
                Dataset(
                    name=f"{source.name} {source.version} {source.file}"[:_NAME],
                    digest=source.sha256[:_DIGEST],
                    source_type="mtorc1",
                    source=json.dumps({"file": source.file, "sha256": source.sha256}),
                    profile=json.dumps({"rows_in": source.rows_in, "rows_out": source.rows_out}),
                ),
                tags,
            )
            for source in sources
        ],
    )
