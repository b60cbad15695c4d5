"""An external screen: which lines are matched, by which target answered, and which way is up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from features.cohort import Cohort
from features.errors import InputError
from predictor.external import external_responses, external_test
from predictor.judging import MODEL, mean_score


@pytest.fixture
def trained(tiny) -> Cohort:
    """Samples L000, L001, ... are called LN-0, LN-1, ..."""
    return cohort([], {sample: f"LN-{i}" for i, sample in enumerate(tiny.study.features.index)})


def cohort(rows: list[tuple[str, str, str, str, float]], samples: dict[str, str]) -> Cohort:
    columns = ["sample_id", "inhibitor", "screen", "metric", "value"]
    return Cohort.empty(
        "other",
        samples=pd.DataFrame({"sample_id": list(samples), "sample_name": list(samples.values())}),
        responses=pd.DataFrame(rows, columns=columns),
    )


@pytest.fixture
def other(tiny) -> Cohort:
    """Forty lines in another spelling: an inhibitor with a target, one of the class, one of neither."""
    truth = tiny.study.responses["sirolimus@GDSC2"]
    rng = np.random.default_rng(5)
    samples = {f"X{i}": f"ln{i}" for i in range(40)} | {"X99": "stranger"}
    rows = []
    for i in range(40):
        auc = 12 + truth.iloc[i] + rng.normal(0, 0.3)
        rows.append((f"X{i}", "sirolimus", "CTRPv2", "auc_ctrp_0_30", auc))
        rows.append((f"X{i}", "everolimus", "CTRPv2", "auc_ctrp_0_30", auc))
        rows.append((f"X{i}", "dactolisib", "CTRPv2", "auc_ctrp_0_30", auc))
    rows += [(f"X{i}", "AZD8055", "CTRPv2", "auc_ctrp_0_30", 12.0 + i) for i in range(5)]
    rows.append(("X99", "sirolimus", "CTRPv2", "auc_ctrp_0_30", 3.0))
    return cohort(rows, samples)


def test_the_out_of_fold_prediction_of_the_same_line_is_compared(tiny, trained, other) -> None:
    """Prevents: predictions of a model that was trained on the line, or of another line of like name."""
    found = external_test(tiny.study, trained, tiny.out_of_fold, other, draws=100, seed=1)
    table = tiny.out_of_fold
    mine = table[(table.target == "sirolimus@GDSC2") & (table.predictor == MODEL)].set_index("sample_id")
    theirs = other.responses[other.responses.inhibitor == "sirolimus"].set_index("sample_id").value
    by_line = {f"L{i:03d}": theirs[f"X{i}"] for i in range(40)}
    rho = spearmanr(mine.prediction.loc[list(by_line)], list(by_line.values()))[0]
    score = next(s for s in found.scores if s.target == "sirolimus@CTRPv2" and s.predictor == MODEL)
    assert score.n == 40
    assert score.metrics["spearman"].value == pytest.approx(rho)
    assert np.isnan(score.metrics["r2"].value)
    assert found.losses.n.tolist() == [1]
    answered = found.table.drop_duplicates("target").set_index("target").answered_by
    assert answered.to_dict() == {"everolimus@CTRPv2": "rapalog", "sirolimus@CTRPv2": "sirolimus@GDSC2"}
    assert "5 of its lines" in found.unanswered["AZD8055@CTRPv2"]
    assert "neither" in found.unanswered["dactolisib@CTRPv2"]


def test_beside_it_stands_what_the_training_screen_measured(tiny, trained, other) -> None:
    found = external_test(tiny.study, trained, tiny.out_of_fold, other, draws=100, seed=1)
    by = {(s.target, s.predictor): s for s in found.ceilings}
    assert by["sirolimus@CTRPv2", "measured:GDSC2"].n == 40
    assert by["sirolimus@CTRPv2", "measured:GDSC2"].metrics["spearman"].value > 0.8
    assert ("everolimus@CTRPv2", "measured:GDSC2") not in by
    assert ("everolimus@CTRPv2", "measured:consensus") in by
    targets = ["everolimus@CTRPv2", "sirolimus@CTRPv2"]
    assert mean_score(found.scores, MODEL, targets, "spearman").low > 0


def test_higher_means_resistant_whatever_the_metric_says() -> None:
    """Prevents: a screen that counts sensitivity upwards, and a model praised for being wrong."""
    rows = [
        ("a", "sirolimus", "X", "auc_ctrp_0_30", 14.0),
        ("b", "sirolimus", "X", "auc_ctrp_0_30", 9.0),
        ("a", "AZD8055", "Y", "gi50_neg_log10", 7.0),
        ("b", "AZD8055", "Y", "gi50_neg_log10", 6.0),
    ]
    found = external_responses(cohort(rows, {"a": "a", "b": "b"}).responses)
    assert found.loc["a", "sirolimus@X"] > found.loc["b", "sirolimus@X"]
    assert found.loc["a", "AZD8055@Y"] < found.loc["b", "AZD8055@Y"]


@pytest.mark.parametrize(
    ("rows", "metric", "says"),
    [
        ([], None, "no response"),
        (
            [("a", "sirolimus", "X", "auc_fraction", 0.5)],
            "ln_ic50_um",
            "no response to compare with in ln_ic50",
        ),
        ([("a", "sirolimus", "X", "made_up", 1.0)], None, "made_up"),
        (
            [("a", "sirolimus", "X", "auc_fraction", 0.5), ("b", "sirolimus", "X", "ln_ic50_um", 0.5)],
            None,
            "several metrics",
        ),
        ([("a", "sirolimus", "X", "auc_fraction", v) for v in (0.1, 0.2)], None, "two responses"),
    ],
)
def test_a_table_that_cannot_be_read_one_way_is_refused(rows, metric, says) -> None:
    table = pd.DataFrame(rows, columns=["sample_id", "inhibitor", "screen", "metric", "value"])
    with pytest.raises(InputError, match=says):
        external_responses(table, metric)


def test_a_screen_that_was_trained_on_is_no_external_test(tiny, trained, other) -> None:
    same = replace(other, responses=other.responses.assign(screen="GDSC2"))
    with pytest.raises(InputError, match="among the responses of the experiment"):
        external_test(tiny.study, trained, tiny.out_of_fold, same, draws=100, seed=1)


def test_strangers_alone_are_refused(tiny, trained, other) -> None:
    renamed = trained.samples.assign(sample_name="other " + trained.samples.sample_name)
    others = replace(trained, samples=renamed)
    with pytest.raises(InputError, match="no line of it"):
        external_test(tiny.study, others, tiny.out_of_fold, other, draws=100, seed=1)


def test_a_name_of_two_lines_is_not_guessed_and_told(tiny, trained, other) -> None:
    """Prevents: T-T compared with TT."""
    doubled = trained.samples.assign(
        sample_name=trained.samples.sample_name.replace({"LN-1": "LN-2", "LN-2": "L.N 2"})
    )
    found = external_test(
        tiny.study, replace(trained, samples=doubled), tiny.out_of_fold, other, draws=50, seed=1
    )
    told = found.losses.set_index("reason").names.to_dict()
    assert told["the name is of two lines"] == "ln2"
    assert set(told["no training line has its identifier or name"].split(";")) == {"ln1", "stranger"}


def test_a_screen_of_two_metrics_is_compared_by_the_one_asked_for(tiny, trained, other) -> None:
    """Prevents: PRISM, which states AUC and IC50, refused as an external test."""
    both = replace(other, responses=pd.concat([other.responses, other.responses.assign(metric="ln_ic50_um")]))
    with pytest.raises(InputError, match="--external-metric"):
        external_test(tiny.study, trained, tiny.out_of_fold, both, draws=50, seed=1)
    one = external_test(tiny.study, trained, tiny.out_of_fold, both, draws=50, seed=1, metric="auc_ctrp_0_30")
    assert one.scores
