"""Withheld screens and inhibitors: what is kept from training must not be there in any form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from conftest import tiny_study

from predictor.evaluation import BOOSTER, MODEL, Study, answer, judge
from predictor.questions import Plan, Question, each_for_itself, of_withheld_inhibitors, of_withheld_screens
from predictor.response import CLASS_UNIT, Target
from predictor.splits import Fold, assign_folds, folds_of

CONSENSUS = ("sirolimus@S1", "temsirolimus@S1", "sirolimus@S2", "temsirolimus@S2", "AZD8055@S1")


@pytest.fixture(scope="module")
def study() -> Study:
    """Two screens: rapalogs in both, AZD8055 in S1 and in S2, OSI-027 in S2 alone."""
    base = tiny_study()
    rng = np.random.default_rng(3)
    latent = base.responses.iloc[:, 0]
    names = (*CONSENSUS, "AZD8055@S2", "OSI-027@S2")
    responses = pd.DataFrame(
        {name: latent + rng.normal(size=len(latent)) for name in names}, index=latent.index
    )
    return replace(
        base,
        responses=responses,
        consensus=CONSENSUS,
        targets=(
            _own("sirolimus", "S2", "rapalog"),
            _own("AZD8055", "S2", "atp_competitive"),
            Target("rapalog", None, "rapalog", CLASS_UNIT, CONSENSUS[:4]),
        ),
        settings=replace(base.settings, patterns=("rna+dna",)),
    )


def _own(inhibitor: str, screen: str, inhibitor_class: str) -> Target:
    name = f"{inhibitor}@{screen}"
    return Target(name, inhibitor, inhibitor_class, "ln_ic50_um", (name,))


@pytest.fixture(scope="module")
def folds(study: Study) -> list[Fold]:
    return list(folds_of(assign_folds(list(study.features.index), 3, 1)))


def by_screen(study: Study, folds: list[Fold]) -> Plan:
    return of_withheld_screens(
        folds,
        study.responses,
        held_out=("S2",),
        screens=("S2", "S1"),
        consensus=study.consensus,
        metric="ln_ic50_um",
        least_lines=20,
    )


def by_inhibitor(study: Study, folds: list[Fold]) -> Plan:
    return of_withheld_inhibitors(folds, study.responses, study.targets, study.consensus)


def test_a_withheld_screen_is_answered_by_the_other_screen_or_not_at_all(study, folds) -> None:
    plan = by_screen(study, folds)
    assert {q.asked.name: q.answering.name for q in plan.questions} == {
        "sirolimus@S2": "sirolimus@S1",
        "temsirolimus@S2": "temsirolimus@S1",
        "AZD8055@S2": "AZD8055@S1",
    }
    assert len(plan.questions) == 9
    # One inhibitor-screen of its class is left, which is no consensus.
    assert list(plan.unanswered) == ["OSI-027@S2"]
    assert "atp_competitive" in plan.unanswered["OSI-027@S2"]


def test_a_withheld_inhibitor_is_answered_by_its_class_without_it(study, folds) -> None:
    plan = by_inhibitor(study, folds)
    assert {q.asked.name: q.answering.members for q in plan.questions} == {
        "sirolimus@S2": ("temsirolimus@S1", "temsirolimus@S2")
    }
    assert {c for q in plan.questions for c in q.fold.withheld} == {"sirolimus@S1", "sirolimus@S2"}
    assert all("sirolimus@S1" not in q.consensus for q in plan.questions)
    assert list(plan.unanswered) == ["AZD8055@S2"]


@pytest.mark.parametrize("plan_by", [by_screen, by_inhibitor])
def test_nothing_that_is_withheld_reaches_a_fit(study, folds, plan_by) -> None:
    """Prevents: a screen or inhibitor 'never seen' that taught the scale, the consensus or the calibration.

    Nonsense in its place, for all lines, and in all responses of the lines held out, changes no bit of any
    prediction; what is left in training does change them, or this test could not fail.
    """
    asked = plan_by(study, folds[:1]).questions
    assert asked

    def predicted(responses: pd.DataFrame) -> pd.Series:
        table = answer(replace(study, responses=responses), asked)
        return table.set_index(["target", "predictor", "sample_id"]).prediction

    before = predicted(study.responses)
    rng = np.random.default_rng(0)
    nonsense = study.responses.copy()
    gone = sorted(asked[0].fold.withheld)
    nonsense[gone] = rng.normal(90, 30, (len(nonsense), len(gone)))
    nonsense.iloc[asked[0].fold.test] = rng.normal(50, 20, (len(asked[0].fold.test), nonsense.shape[1]))
    assert len({q.fold.withheld for q in asked}) == 1
    pd.testing.assert_series_equal(before, predicted(nonsense), check_exact=True)
    taught = study.responses + rng.normal(size=study.responses.shape)
    assert not np.allclose(
        before.xs(MODEL, level="predictor"), predicted(taught).xs(MODEL, level="predictor")
    )


def test_the_withheld_measurements_judge_and_units_do_not_mix(study, folds) -> None:
    """Prevents: a class consensus judged on itself instead of on the inhibitor that was withheld."""
    table = answer(study, by_inhibitor(study, folds).questions)
    mine = table[table.predictor == MODEL].set_index("sample_id")
    assert (mine.measured == study.responses["sirolimus@S2"].loc[mine.index]).all()
    assert set(table.answered_by) == {"rapalog"}
    (score,) = [s for s in judge(table, draws=100, seed=1) if s.predictor == MODEL]
    assert score.metrics["pearson"].value > 0.3
    assert "another unit" in score.metrics["rmse"].reason


def test_a_question_that_trains_on_what_it_asks_is_refused(study, folds) -> None:
    one, other = study.targets[:2]
    fold = replace(folds[0], withheld=frozenset({one.name}))
    with pytest.raises(ValueError, match="would be trained on"):
        Question(fold, one, one, ("AZD8055@S1",))
    with pytest.raises(ValueError, match="would be trained on"):
        Question(fold, one, other, (one.name,))
    with pytest.raises(ValueError, match="not withheld"):
        Question(fold, other, other, ("AZD8055@S1",))
    with pytest.raises(ValueError, match="consensus"):
        Question(fold, one, other, ())


def test_a_consensus_of_the_withheld_screen_alone_leaves_nothing_to_ask(study, folds) -> None:
    plan = by_screen(replace(study, consensus=("sirolimus@S2", "temsirolimus@S2")), folds)
    assert not plan.questions
    assert "no inhibitor-screen is left" in plan.unanswered["sirolimus@S2"]


def test_the_other_booster_learns_on_the_same_folds_whatever_the_order_of_rows(study, folds) -> None:
    # A feature that no line has, as half a catalogue is in the default data, stops scikit-learn's binning.
    study = replace(study, features=study.features.assign(**{"mut.n_network_genes": np.nan, "msi.high": 0.0}))
    asked = each_for_itself(folds[:1], study.targets[:1], study.consensus).questions
    table = answer(study, asked, rungs=False, booster=True)
    booster = table[table.predictor == BOOSTER].set_index("sample_id")
    assert np.corrcoef(booster.prediction, booster.measured)[0, 1] > 0.3
    assert set(booster.index) == set(table[table.predictor == MODEL].sample_id)
    order = np.random.default_rng(1).permutation(len(study.features))
    shuffled = replace(
        study,
        features=study.features.iloc[order],
        responses=study.responses.iloc[order],
    )
    place = np.argsort(order)
    moved = [
        replace(q, fold=Fold(0, np.sort(place[q.fold.train]), np.sort(place[q.fold.test]))) for q in asked
    ]
    again = answer(shuffled, moved, rungs=False, booster=True)
    again = again[again.predictor == BOOSTER].set_index("sample_id").loc[booster.index]
    assert (again.prediction == booster.prediction).all()
