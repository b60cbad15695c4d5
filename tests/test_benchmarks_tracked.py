"""What a benchmark measured goes into MLflow: the committed results, into a real store."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pytest

from experiments.benchmarks.tracked import EXPERIMENT, figures, log_benchmark, log_result
from predictor.tracking_store import connected
from tests.predictor.tracked import empty_store

BENCHMARKS = Path(__file__).parents[1] / "experiments" / "benchmarks"
NAMES = sorted(run.parent.name for run in BENCHMARKS.glob("*/run.py"))
#: Those whose result is committed.
MEASURED = [name for name in NAMES if (BENCHMARKS / name / "result.json").is_file()]


def result(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((BENCHMARKS / name / "result.json").read_text(encoding="utf-8"))
    return read


@pytest.mark.parametrize("name", NAMES)
def test_every_benchmark_logs_what_it_wrote(name: str) -> None:
    """Prevents: a benchmark whose figures are in a file only, or logged before they are written."""
    lines = [line.strip() for line in (BENCHMARKS / name / "run.py").read_text(encoding="utf-8").splitlines()]
    assert lines.index("log_result(HERE)") > max(n for n, line in enumerate(lines) if ".write_text(" in line)


@pytest.mark.parametrize("name", MEASURED)
def test_a_run_of_a_benchmark_holds_its_figures_and_its_files(name: str, tmp_path: Path) -> None:
    logged = log_benchmark(BENCHMARKS / name, tracking_uri=empty_store(tmp_path))
    found = result(name)
    with connected(logged.tracking_uri) as store:
        run = store.client.get_run(logged.run_id)
        assert store.client.get_experiment(logged.experiment_id).name == EXPERIMENT
    assert run.info.status == "FINISHED"
    assert run.data.tags["kind"] == "benchmark"
    assert run.data.tags["benchmark"] == name
    # Of the run that measured, not of the tree that logs.
    assert run.data.tags["git_revision"] == found["git_revision"]
    assert run.data.tags["library.numpy"] == found["libraries"]["numpy"]
    assert run.data.metrics["seconds"] == found["seconds"]
    metrics, _ = figures(found)
    last = {key: value[-1] if isinstance(value, list) else value for key, value in metrics.items()}
    assert run.data.metrics == last
    there = Path(unquote(urlparse(run.info.artifact_uri).path))
    mine = {path for path in (BENCHMARKS / name).iterdir() if path.suffix in {".png", ".md", ".json"}}
    assert {path.name for path in there.iterdir()} == {path.name for path in mine}
    assert (there / "result.json").read_bytes() == (BENCHMARKS / name / "result.json").read_bytes()


def test_the_figures_that_are_quoted_are_found_by_their_names() -> None:
    """Prevents: an interval whose limits are swapped, or a row under another row's name."""
    found = result("leave_cell_line_out")
    metrics, _ = figures(found)
    assert metrics["means.model"] == found["means"]["model"]
    assert [metrics["benchmark.CTRPv2.mean_low"], metrics["benchmark.CTRPv2.mean_high"]] == (
        found["benchmark"]["CTRPv2"]["mean_interval"]
    )
    (row,) = [r for r in found["gdsc2"] if (r["target"], r["predictor"]) == ("sirolimus@GDSC2", "model")]
    assert metrics["gdsc2.sirolimus-GDSC2.model.value"] == row["value"]
    ceilings = {one["what"]: one for one in result("unseen_screen")["ceilings"]}
    metrics, _ = figures(result("unseen_screen"))
    assert metrics["ceilings.measured-GDSC2.low"] == ceilings["measured:GDSC2"]["interval"][0]


def test_words_rows_and_curves() -> None:
    metrics, params = figures(
        {
            "created": "today",
            "libraries": {"numpy": "2"},
            "machine": {"system": "Linux", "cpus": 2},
            "left_out": ["a", "b"],
            "unknown": None,
            "empty": [],
            "facts": [
                {"claim": "1/2, at most", "line": 7, "value": 3, "low": None, "holds": True, "note": "x"}
            ],
            "levels": [{"level": 0.8, "covered": 0.79, "cells": [{"target": "t", "lines": 9}]}],
            "curve": [{"chance": 0.1, "measured": 0.2}, {"chance": 0.3, "measured": 0.4}],
            "kept": [1.0, 0.5, 0.25],
            "reason": "not a figure",
        }
    )
    assert params == {"machine.system": "Linux", "left_out": "a,b"}
    assert metrics == {
        "machine.cpus": 2,
        "facts.1-2- at most.value": 3,
        "facts.1-2- at most.holds": 1,
        "levels.0.8.covered": 0.79,
        "curve.chance": [0.1, 0.3],
        "curve.measured": [0.2, 0.4],
        "kept": [1.0, 0.5, 0.25],
    }


def test_a_curve_has_a_value_a_step(tmp_path: Path) -> None:
    """Prevents: a curve of which only the last point is kept."""
    logged = log_benchmark(BENCHMARKS / "certainty", tracking_uri=empty_store(tmp_path))
    with connected(logged.tracking_uri) as store:
        history = store.client.get_metric_history(logged.run_id, "risk.interval")
    assert [(m.step, m.value) for m in history] == list(enumerate(result("certainty")["risk"]["interval"]))


def test_a_store_out_of_reach_is_one_line_and_the_result_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prevents: a traceback at the end of twelve minutes, as if they had been for nothing."""
    (tmp_path / "mlflow.db").write_text("this is no database, whatever its name")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    with pytest.raises(SystemExit) as ended:
        log_result(BENCHMARKS / "ideas")
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.err.startswith("ideas: error: the result is written and not logged: ")
    assert (said.err.count("\n"), said.out) == (1, "")


def test_the_store_is_that_of_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = empty_store(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    log_result(BENCHMARKS / "ideas")
    said = capsys.readouterr()
    assert said.out.startswith(f"MLflow: mlflow ui --backend-store-uri {uri}  (experiment benchmarks, run ")
    assert said.err == ""
