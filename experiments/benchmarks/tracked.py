"""A benchmark's result to MLflow: its figures as metrics; result, page and pictures as files.

One run of a benchmark is one MLflow run in the experiment ``benchmarks``, in the store of ``mtorc1 train``.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from features.errors import InputError
from predictor.cli.tracked import where_logged
from predictor.tracking_facts import key_of, origin_tags
from predictor.tracking_runs import LoggedRun, log_values, running
from predictor.tracking_store import connected

#: The MLflow experiment.
EXPERIMENT = "benchmarks"
RESULT = "result.json"
#: Where a result came from; these become tags.
_ORIGIN = {"created", "git_revision", "libraries"}
#: What is said beside figures.
_NOTES = {"note", "reason", "line"}
#: Numbers that name a row.
_NAMES = {"level"}
#: A pair of limits: ``mean_interval`` becomes ``mean_low`` and ``mean_high``.
_INTERVAL = "interval"
#: MLflow takes no longer keys.
_LONGEST_KEY = 250


def log_result(folder: Path) -> None:
    """Log a result that was just written, and say where; the end of every ``run.py``.

    Parameters
    ----------
    folder
        Of the benchmark.

    Raises
    ------
    SystemExit
        With 2 and one line on stderr, if the store cannot be used.
    """
    try:
        logged = log_benchmark(folder)
    except InputError as error:
        print(f"{folder.name}: error: the result is written and not logged: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    where = where_logged(logged.tracking_uri, EXPERIMENT, logged.run_id)
    print(f"MLflow: {where['ui']}  (experiment {EXPERIMENT}, run {logged.run_id})")


def log_benchmark(folder: Path, *, tracking_uri: str | None = None) -> LoggedRun:
    """Log what a benchmark wrote.

    Parameters
    ----------
    folder
        With result.json, and if there are README.md, plan.md and pictures.
    tracking_uri
        As in :func:`predictor.tracking.log_training`.

    Raises
    ------
    InputError
        If the store cannot be used.
    """
    result: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    metrics, params = figures(result)
    tags = {
        **origin_tags("benchmark", f"experiments/benchmarks/{folder.name}/run.py", result),
        "benchmark": folder.name,
        "created": str(result.get("created", "unknown")),
    }
    with connected(tracking_uri) as store, tempfile.TemporaryDirectory(prefix="mtorc1-") as scratch:
        experiment_id = store.experiment(EXPERIMENT)
        with running(store, experiment_id, f"{folder.name} {tags['created']}", tags) as run_id:
            log_values(store, run_id, params=params, metrics=metrics)
            for path in (folder / RESULT, folder / "README.md", folder / "plan.md", *folder.glob("*.png")):
                if path.is_file():
                    shutil.copy(path, scratch)
            store.client.log_artifacts(run_id, scratch)
    return LoggedRun(run_id, experiment_id, store.uri)


def figures(result: Mapping[str, Any]) -> tuple[dict[str, float | list[float]], dict[str, str]]:
    """What of a result are figures, and what are words.

    Parameters
    ----------
    result
        The content of a result.json.

    Returns
    -------
    tuple
        Metrics and parameters, by the path to them: ``means.model``, ``benchmark.CTRPv2.mean_low``.  A row of
        a table goes by its words (``gdsc2.AZD8055-GDSC2.model.value``).  Rows without any, or with the same
        ones, and lists of numbers are curves: one metric with a value a step.  A table within a table stays
        in the file.
    """
    found: dict[str, list[float]] = {}
    params: dict[str, str] = {}
    for path, value in _leaves({k: v for k, v in result.items() if k not in _ORIGIN}, (), rows=True):
        key = key_of(".".join(part.replace("/", "-") for part in path))[:_LONGEST_KEY]
        if isinstance(value, str):
            params[key] = value
        else:
            found.setdefault(key, []).append(float(value))
    return {key: values if len(values) > 1 else values[0] for key, values in found.items()}, params


def _leaves(
    value: Any, path: tuple[str, ...], *, rows: bool
) -> Iterator[tuple[tuple[str, ...], float | bool | str]]:
    """Numbers and words of a result with their paths; ``rows`` says whether a table may follow."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _NOTES:
                yield from _leaves(inner, (*path, str(name)), rows=rows)
    elif isinstance(value, list):
        yield from _of_list(value, path, rows=rows)
    elif value is not None:
        yield path, value


def _of_list(
    values: Sequence[Any], path: tuple[str, ...], *, rows: bool
) -> Iterator[tuple[tuple[str, ...], float | bool | str]]:
    if values and all(isinstance(one, str) for one in values):
        yield path, ",".join(values)
    elif values and isinstance(values[0], Mapping):
        for row in values if rows else ():
            label = [
                str(one)
                for name, one in row.items()
                if name not in _NOTES and (isinstance(one, str) or name in _NAMES)
            ]
            inner = {
                name: one for name, one in row.items() if name not in _NAMES and not isinstance(one, str)
            }
            yield from _leaves(inner, (*path, *label), rows=False)
    elif len(values) == 2 and path[-1].endswith(_INTERVAL):
        stem = path[-1].removesuffix(_INTERVAL)
        for name, limit in zip(("low", "high"), values, strict=True):
            yield from _leaves(limit, (*path[:-1], f"{stem}{name}"), rows=False)
    else:
        for one in values:
            yield from _leaves(one, path, rows=False)
