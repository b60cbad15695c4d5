"""``mtorc1 train``, ``evaluate``, ``promote``: the library's figures, and all where it is said to be."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in
from tracked import make_result, other_screen

import predictor.registry
import predictor.tracking
import predictor.tracking_evaluation
import predictor.tracking_store
import predictor.training
from features.errors import InputError
from predictor.bundle import load_bundle
from predictor.cli import summary
from predictor.judging import MODEL, judge
from predictor.metrics import Estimate
from predictor.registry import Promotion
from predictor.tracking import RunInfo
from predictor.tracking_runs import LoggedRun
from predictor.training import Judgement, TrainingResult

LOGGED = LoggedRun("run-1", "7", "https://me:secret@mlflow.example.org")
TOML = """
name = "tiny"
[data]
cohort = "made"
[response]
screens = ["GDSC2"]
consensus = ["sirolimus@GDSC2", "temsirolimus@GDSC2"]
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def trained(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> TrainingResult:
    """Training takes no time, and MLflow notes what it is given in ``logged``."""
    result = make_result(tiny)

    def train(asked: Any, *, jobs: int | None, progress: Any) -> TrainingResult:
        progress("evaluate", 1, 1)
        return dataclasses.replace(result, experiment=asked)

    def log_training(given: TrainingResult, *, progress: Any) -> RunInfo:
        return RunInfo("run-1", "7", "3", "sqlite:///runs/mlflow.db")

    @contextlib.contextmanager
    def connected() -> Iterator[None]:
        yield

    monkeypatch.setattr(predictor.training, "train", train)
    monkeypatch.setattr(predictor.tracking, "log_training", log_training)
    monkeypatch.setattr(predictor.tracking_store, "connected", connected)
    return result


@pytest.fixture
def judged(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> Judgement:
    """Evaluation takes no time, and no store is there."""
    result = make_result(tiny)
    found = Judgement(result.study, result.cohort, result.out_of_fold, result.scores)

    @contextlib.contextmanager
    def connected() -> Iterator[None]:
        yield

    monkeypatch.setattr(predictor.training, "evaluate", lambda *_, **__: found)
    monkeypatch.setattr(predictor.tracking_store, "connected", connected)
    monkeypatch.setattr(predictor.tracking_evaluation, "log_evaluation", lambda *_, **__: LOGGED)
    return found


def test_train_writes_the_bundle_and_says_where_to_look(
    run: Runner, trained: TrainingResult, experiment: Path, tmp_path: Path
) -> None:
    result = run("train", experiment, "--output-dir", tmp_path / "out")
    assert (result.exit_code, result.stderr) == (0, "")
    assert load_bundle(tmp_path / "out" / "tiny").version == trained.bundle.version
    for words in (
        "60 samples of made", "no such line", f"{tmp_path}/out/tiny (version {trained.bundle.version})",
        "mlflow ui --backend-store-uri sqlite:///runs/mlflow.db", "mtorc1 promote --version 3",
        f"--model {tmp_path}/out/tiny",
    ):  # fmt: skip
        assert words in result.stdout
    weights = pd.read_csv(tmp_path / "out" / "tiny-explanation.csv")
    assert set(weights.target) == {target.name for target in trained.study.targets}
    assert left_in(tmp_path / "out") == ["tiny", "tiny-explanation.csv"]


def test_the_json_of_train_holds_the_figures_of_the_scores(
    run: Runner, trained: TrainingResult, experiment: Path, tmp_path: Path
) -> None:
    result = run("train", experiment, "--output-dir", tmp_path / "out", "--json", "--jobs", 1)
    found = json.loads(result.stdout)
    entry = next(target for target in found["targets"] if target["target"] == "sirolimus@GDSC2")
    by_predictor = {s.predictor: s for s in trained.scores if s.target == "sirolimus@GDSC2"}
    assert entry["pearson"] == by_predictor["model"].metrics["pearson"].as_dict()
    assert entry["ladder"]["tissue"] == by_predictor["tissue"].metrics["pearson"].value
    assert set(entry["ladder"]) >= {"drug_mean", "tissue", "ridge_genes", "ridge_consensus"}
    assert set(entry["patterns"]) == {"rna", "dna", "lineage"}
    both = [s.metrics["pearson"].value for s in trained.scores if s.predictor == "model" and "@" in s.target]
    assert found["means"]["GDSC2"]["model"] == pytest.approx(np.mean(both))
    assert found["mlflow"]["run_id"] == "run-1"
    assert found["losses"] == [{"stage": "join", "reason": "no such line", "n": 2}]


def test_the_table_of_figures_has_a_line_a_target_beside_the_ladder(
    trained: TrainingResult, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show(trained.scores)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:6] == ["target", "n", "r", "95", "%", "rho"]
    assert "ridge consensus" in lines[1]
    assert [line.split()[0] for line in lines[2:5]] == ["sirolimus@GDSC2", "AZD8055@GDSC2", "rapalog"]
    assert lines[5].split()[:2] == ["mean", "GDSC2"]
    assert lines[6].split()[:2] == ["mean", "classes"]
    assert lines[7].startswith("With fewer modalities, mean r of GDSC2: rna ")


def test_without_patterns_nothing_is_said_of_fewer_modalities(
    trained: TrainingResult, capsys: pytest.CaptureFixture[str]
) -> None:
    summary.show([score for score in trained.scores if score.predictor in {"model", "tissue"}])
    assert "With fewer" not in capsys.readouterr().out


def test_train_without_mlflow_logs_nothing(
    run: Runner, trained: TrainingResult, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor.tracking, "log_training", lambda *_, **__: pytest.fail("it was logged"))
    monkeypatch.setattr(predictor.tracking_store, "connected", lambda: pytest.fail("the store was opened"))
    result = run("train", experiment, "--output-dir", tmp_path / "out", "--no-mlflow")
    assert result.exit_code == 0
    assert "MLflow" not in result.stdout


def test_a_tracking_server_is_its_own_ui(
    run: Runner, trained: TrainingResult, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = RunInfo("run-1", "7", "3", "https://me:secret@mlflow.example.org")
    monkeypatch.setattr(predictor.tracking, "log_training", lambda *_, **__: info)
    text = run("train", experiment, "--output-dir", tmp_path / "out").stdout
    assert "MLflow       https://mlflow.example.org  (experiment tiny)" in text
    assert "secret" not in text


def test_a_store_out_of_reach_is_told_before_minutes_of_training(
    run: Runner, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        raise InputError("the MLflow store cannot be used", where="http://nowhere")

    monkeypatch.setattr(predictor.tracking_store, "connected", unreachable)
    monkeypatch.setattr(predictor.training, "train", lambda *_, **__: pytest.fail("training was begun"))
    assert_bad_input(run("train", experiment, "--output-dir", tmp_path / "out"), "http://nowhere")


def test_the_default_experiment_is_trained_when_none_is_named(
    run: Runner, trained: TrainingResult, tmp_path: Path
) -> None:
    result = run("train", "--output-dir", tmp_path / "out", "--json")
    assert json.loads(result.stdout)["experiment"] == "default"
    assert (tmp_path / "out" / "default" / "manifest.json").is_file()


@pytest.mark.parametrize("command", ["train", "evaluate"])
@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "no such file"), ("[data", "is no TOML file"), (TOML + "x = 1", "response.x")],
)
def test_a_bad_experiment_is_one_line(
    run: Runner, tmp_path: Path, command: str, content: str | None, said: str
) -> None:
    path = tmp_path / "e.toml"
    if content is not None:
        path.write_text(content)
    before = left_in(tmp_path)
    assert_bad_input(run(command, path), str(path), said)
    assert left_in(tmp_path) == before


def test_an_output_folder_that_is_a_file_is_refused_before_the_training(
    run: Runner, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predictor.training, "train", lambda *_, **__: pytest.fail("training was begun"))
    assert_bad_input(run("train", experiment, "--output-dir", experiment), "is no folder")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tiny").write_text("")
    assert_bad_input(run("train", experiment, "--output-dir", tmp_path / "out"), "is a file")


def test_evaluate_writes_the_screens_own_names(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path
) -> None:
    out = tmp_path / "oof.csv"
    result = run("evaluate", experiment, "--predictions", out)
    assert (result.exit_code, result.stderr) == (0, "")
    table = pd.read_csv(out)
    assert list(table.columns) == ["cell_line_name", "drug", "prediction"]
    assert set(table.drug) == {"Rapamycin", "AZD8055"}
    assert not table.duplicated(["cell_line_name", "drug"]).any()
    assert table.prediction.notna().all()
    assert f"{len(table):,} out-of-fold predictions of GDSC2 are in {out}" in result.stdout


def test_evaluate_uses_the_folds_that_are_given(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def evaluate(_: Any, **arguments: Any) -> Judgement:
        asked.update(arguments)
        return judged

    monkeypatch.setattr(predictor.training, "evaluate", evaluate)
    result = run("evaluate", experiment, "--folds", tmp_path / "folds.csv", "--jobs", 2, "--json")
    assert json.loads(result.stdout)["predictions"] is None
    assert asked["folds_file"] == str(tmp_path / "folds.csv")
    assert asked["jobs"] == 2


def test_evaluate_judges_as_the_options_say(
    run: Runner, judged: Judgement, experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents: an option that is taken and changes nothing."""
    asked: list[Any] = []
    monkeypatch.setattr(predictor.training, "evaluate", lambda e, **_: asked.append(e) or judged)
    found = run(
        "evaluate", experiment, "--split", "screen", "--held-out-screen", "GDSC1", "--repeats", 2,
        "--baselines", "all", "--json",
    )  # fmt: skip
    assert json.loads(found.stdout)["split"] == "screen"
    evaluation = asked[0].evaluation
    assert (evaluation.split, evaluation.held_out_screens) == ("screen", ("GDSC1",))
    assert (evaluation.repeats, evaluation.baselines) == (2, "all")
    assert run("evaluate", experiment, "--split", "tissue").stdout.startswith("Held-out tissues")
    assert run("evaluate", experiment).stdout.startswith("Held-out cell lines")
    assert asked[2].evaluation.split == "cell_line"


def test_evaluate_logs_what_it_judged_and_says_where(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents: a figure that somebody quotes and nobody finds again."""
    given: list[tuple[Any, Any, dict[str, Any]]] = []

    def log_evaluation(asked: Any, found: Any, **more: Any) -> LoggedRun:
        given.append((asked, found, more))
        return LOGGED

    monkeypatch.setattr(predictor.tracking_evaluation, "log_evaluation", log_evaluation)
    folds = tmp_path / "folds.csv"
    text = run(
        "evaluate", experiment, "--split", "tissue", "--external", other_folder(judged, tmp_path)
    ).stdout
    line = "MLflow: https://mlflow.example.org  (experiment tiny, run run-1)"
    assert text.splitlines()[-1] == line
    assert "secret" not in text
    document = json.loads(run("evaluate", experiment, "--folds", folds, "--json").stdout)
    assert document["mlflow"]["run_id"] == "run-1"
    assert "secret" not in json.dumps(document)
    (asked, found, more), (_, _, again) = given
    assert (asked.evaluation.split, found) == ("tissue", judged)
    assert more["compared"].cohort.name == "other"
    assert {s.target for s in more["compared"].test.scores} == {"sirolimus@CTRPv2"}
    assert (again["folds_file"], again["compared"]) == (str(folds), None)
    assert set(again["seconds"]) == {"evaluate"}


def test_evaluate_without_mlflow_logs_nothing(
    run: Runner, judged: Judgement, experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging = predictor.tracking_evaluation
    monkeypatch.setattr(logging, "log_evaluation", lambda *_, **__: pytest.fail("it was logged"))
    monkeypatch.setattr(predictor.tracking_store, "connected", lambda: pytest.fail("the store was opened"))
    result = run("evaluate", experiment, "--no-mlflow")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "MLflow" not in result.stdout
    assert json.loads(run("evaluate", experiment, "--no-mlflow", "--json").stdout)["mlflow"] is None


def test_evaluate_tells_a_store_out_of_reach_before_minutes_of_fits(
    run: Runner, experiment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable() -> None:
        raise InputError("the MLflow store cannot be used", where="http://nowhere")

    monkeypatch.setattr(predictor.tracking_store, "connected", unreachable)
    monkeypatch.setattr(predictor.training, "evaluate", lambda *_, **__: pytest.fail("it was begun"))
    assert_bad_input(run("evaluate", experiment), "http://nowhere")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InputError("the MLflow store cannot be used"), 2, "cannot be used"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_a_store_that_fails_at_the_end_costs_no_figure(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    error: BaseException, code: int, said: str,
) -> None:  # fmt: skip
    """Prevents: minutes of fits, and then one line of an error instead of what they found."""

    def log_evaluation(*_: Any, **__: Any) -> LoggedRun:
        raise error

    monkeypatch.setattr(predictor.tracking_evaluation, "log_evaluation", log_evaluation)
    result = run("evaluate", experiment, "--predictions", tmp_path / "oof.csv")
    assert result.exit_code == code
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout.startswith("Held-out cell lines")
    assert (tmp_path / "oof.csv").is_file()


@pytest.mark.parametrize("as_json", [False, True])
def test_evaluate_shows_the_ceiling_and_what_was_not_judged(
    run: Runner, judged: Judgement, experiment: Path, monkeypatch: pytest.MonkeyPatch, as_json: bool
) -> None:
    """Prevents: what another screen measured printed as if it were of the model's lines."""
    rows = judged.out_of_fold[judged.out_of_fold.predictor == MODEL]
    some = rows[(rows.target == "AZD8055@GDSC2") & (rows.sample_id < "L040")]
    measured = some.assign(predictor="measured:GDSC1", prediction=some.measured)
    ceilings = [s for s in judge(pd.concat([rows, measured]), draws=100, seed=1) if s.predictor != MODEL]
    found = dataclasses.replace(judged, ceilings=ceilings, unanswered={"RapaLink-1@GDSC1": "nothing is left"})
    monkeypatch.setattr(predictor.training, "evaluate", lambda *_, **__: found)
    text = run("evaluate", experiment, *(["--json"] if as_json else [])).stdout
    if as_json:
        document = json.loads(text)
        entry = next(t for t in document["targets"] if t["target"] == "AZD8055@GDSC2")
        assert entry["ceiling"]["measured:GDSC1"]["n"] == 40
        assert entry["n"] == 60
        assert "measured:GDSC1" not in entry["ladder"]
        assert document["summary"]["GDSC2"]["concordance"]["value"] > 0.5
        assert document["unanswered"] == {"RapaLink-1@GDSC1": "nothing is left"}
    else:
        assert ["AZD8055@GDSC2", "measured:GDSC1", "40", "1.000"] in [
            x.split()[:4] for x in text.splitlines()
        ]
        assert "Not judged: RapaLink-1@GDSC1 (nothing is left)" in text


def other_folder(judged: Judgement, tmp_path: Path) -> Path:
    """A cohort folder: the screen CTRPv2, which measured sirolimus."""
    return other_screen(judged).write(tmp_path / "other")


def test_evaluate_against_an_external_screen(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path
) -> None:
    other = other_folder(judged, tmp_path)
    result = run("evaluate", experiment, "--external", other)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Against other, lines held out of training" in result.stdout
    assert "sirolimus@CTRPv2" in result.stdout
    found = json.loads(run("evaluate", experiment, "--external", other, "--json").stdout)
    means = found["external"]["spearman_means"]["GDSC2"]
    assert found["external"]["spearman_means"]["all"] == means
    assert means["measured:GDSC2"]["value"] == pytest.approx(1)
    assert means["model"]["low"] < means["model"]["value"] < 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--split", "screen"), "held_out_screens"),
        (("--held-out-screen", "GDSC1"), "held_out_screens"),
        (("--external", "nowhere"), "no such source and no such folder"),
        (("--split", "inhibitor", "--external", "gdsc"), "--external compares targets"),
        (("--screen", "GDSC2"), "--screen says what --predictions holds"),
        (
            ("--predictions", "oof.csv", "--screen", "GDSC9"),
            "no target of this experiment belongs to the screen 'GDSC9'",
        ),
        (("--predictions", "oof.doc"), "unknown kind of output"),
    ],
)
def test_an_evaluation_that_cannot_be_written_is_one_line(
    run: Runner, judged: Judgement, experiment: Path, tmp_path: Path, arguments: tuple[str, ...], said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert_bad_input(run("evaluate", experiment, *arguments), said)
    assert left_in(tmp_path) == ["tiny.toml"]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            Promotion(True, "first: there was no champion", None, "1", None),
            "Version 1 is the champion now: first",
        ),
        (
            Promotion(True, "better", Estimate(0.1, 0.05, 0.15), "2", "1"),
            "Version 2 is the champion now (before: version 1): better",
        ),
        (Promotion(False, "not better", Estimate(0.0, -0.1, 0.1), "2", "1"), "Version 2 was not promoted"),
    ],
)
def test_promote_says_what_became_of_the_challenger(
    run: Runner, monkeypatch: pytest.MonkeyPatch, found: Promotion, said: str
) -> None:
    asked: dict[str, Any] = {}

    def promote(**arguments: Any) -> Promotion:
        asked.update(arguments)
        return found

    monkeypatch.setattr(predictor.registry, "promote", promote)
    result = run("promote", "--version", found.challenger, "--force")
    assert result.exit_code == 0
    assert result.stdout.startswith(said)
    assert asked == {"version": int(found.challenger), "force": True}
    assert json.loads(run("promote", "--json").stdout)["promoted"] is found.promoted


def test_a_place_that_is_taken_is_refused_before_the_training(
    run: Runner, experiment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents: minutes of training, and then no place to put the model."""
    monkeypatch.setattr(predictor.training, "train", lambda *_, **__: pytest.fail("it was trained"))
    (tmp_path / "out" / "tiny").mkdir(parents=True)
    (tmp_path / "out" / "tiny" / "thesis.txt").write_text("all of it")
    result = run("train", experiment, "--output-dir", tmp_path / "out", "--no-mlflow")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "not a bundle" in result.stderr
