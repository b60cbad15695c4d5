"""From an experiment's section ``evaluation`` to figures: what is held out is in no training part."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import InputError
from predictor import target_model, training
from predictor.experiment import Experiment, with_evaluation


@pytest.fixture(scope="module")
def experiment(cohort_maker, tmp_path_factory) -> Experiment:
    """Ninety lines of five tissues in two screens; little to fit, since the splits are what is tried."""
    folder = tmp_path_factory.mktemp("cohorts") / "made"
    cohort_maker(90, name="made").write(folder)
    return Experiment.model_validate(
        {
            "name": "made",
            "data": {"cohort": str(folder)},
            "features": {"families": ["mutations", "lineage"]},
            "response": {
                "screens": ["GDSC2", "GDSC1"],
                "consensus": ["sirolimus@GDSC1", "sirolimus@GDSC2", "temsirolimus@GDSC2", "AZD8055@GDSC1"],
                "pooling": [0.0],
                "least_lines": 30,
            },
            "model": {
                "patterns": ["dna"],
                "least_carriers": 5,
                "inner_folds": 3,
                "trees": {"max_rounds": 10},
            },
            "evaluation": {"folds": 3, "draws": 100},
        }
    )


@pytest.mark.parametrize("changes", [{"folds": 2}, {"one_tissue_a_fold": True}])
def test_held_out_tissues_are_in_no_training_part(experiment: Experiment, monkeypatch, changes) -> None:
    """Prevents: leave-tissue-out figures of lines whose tissue was trained on."""
    seen = []
    original = target_model.fit_target

    def fit(features, *rest, **more):
        seen.append(set(features.index))
        return original(features, *rest, **more)

    monkeypatch.setattr("predictor.evaluation.fit_target", fit)
    judged = training.evaluate(with_evaluation(experiment, split="tissue", **changes), jobs=1)
    tissue = judged.study.ladder.tissue
    assert len(seen) == changes.get("folds", tissue.nunique()) * len(judged.study.targets)
    for lines in seen:
        held = set(tissue.index) - lines
        assert held
        assert not set(tissue.loc[list(held)]) & set(tissue.loc[list(lines)])
    tissue_rung = [s for s in judged.scores if s.predictor == "tissue" and "@" in s.target]
    assert tissue_rung
    assert all(s.metrics["pearson"].value == 0 for s in tissue_rung)


def test_a_withheld_screen_is_asked_and_the_other_one_answers(experiment: Experiment) -> None:
    asked = with_evaluation(experiment, split="screen", held_out_screens=("GDSC1",), repeats=2)
    judged = training.evaluate(asked, jobs=2)
    table = judged.out_of_fold
    assert set(table.target) == {"AZD8055@GDSC1", "sirolimus@GDSC1", "temsirolimus@GDSC1"}
    assert set(table.answered_by) == {"AZD8055@GDSC2", "sirolimus@GDSC2", "temsirolimus@GDSC2"}
    assert list(judged.unanswered) == ["dactolisib@GDSC1"]
    assert {s.predictor for s in judged.ceilings} == {"measured:GDSC2", "measured:consensus"}
    predictions = training.benchmark_predictions(judged, "GDSC1")
    assert set(predictions.drug) == {"AZD8055", "Rapamycin", "Temsirolimus"}


def test_repeats_deal_the_lines_anew_and_one_of_them_is_kept_as_the_table(experiment: Experiment) -> None:
    """Prevents: two predictions of a line where its certainty is learned, or a repeat that repeats itself."""
    judged = training.evaluate(with_evaluation(experiment, repeats=2), jobs=2)
    assert not judged.out_of_fold.duplicated(["sample_id", "target", "predictor"]).any()
    assert judged.repeats is not None
    first, second = (judged.repeats[judged.repeats["repeat"] == r] for r in (0, 1))
    assert len(first) == len(second) == len(judged.out_of_fold)
    dealt = [one.drop_duplicates("sample_id").set_index("sample_id").fold for one in (first, second)]
    assert (dealt[0] != dealt[1].loc[dealt[0].index]).any()


def test_withheld_inhibitors_are_answered_by_their_class(experiment: Experiment) -> None:
    judged = training.evaluate(with_evaluation(experiment, split="inhibitor"), jobs=2)
    # Of the rapalogs one inhibitor-screen is left without sirolimus, two without temsirolimus.
    assert set(judged.out_of_fold.target) == {"temsirolimus@GDSC2"}
    assert set(judged.out_of_fold.answered_by) == {"rapalog"}
    assert "sirolimus@GDSC2" in judged.unanswered


def test_a_model_is_not_trained_by_a_split_that_gives_it_no_certainty(experiment: Experiment) -> None:
    """Prevents: minutes of evaluation, and then no prediction of a target of the model to learn from."""
    for changes in ({"split": "inhibitor"}, {"split": "screen", "held_out_screens": ("GDSC1",)}):
        with pytest.raises(InputError, match=r"evaluation\.split"):
            training.train(with_evaluation(experiment, **changes))


def test_frozen_folds_are_of_lines_and_drawn_once(experiment: Experiment, tmp_path: Path) -> None:
    folds = tmp_path / "folds.csv"
    folds.write_text("cell_line_name,fold\n" + "".join(f"LINE{i},{i % 2}\n" for i in range(80)))
    for changes in ({"split": "tissue"}, {"repeats": 2}):
        with pytest.raises(InputError, match="frozen folds"):
            training.evaluate(with_evaluation(experiment, **changes), folds_file=str(folds))


def test_nothing_to_ask_is_refused_with_the_reasons(experiment: Experiment) -> None:
    response = experiment.response.model_copy(update={"consensus": ("sirolimus@GDSC1", "AZD8055@GDSC1")})
    lonely = experiment.model_copy(update={"response": response})
    with pytest.raises(
        InputError, match=r"no target can be judged with split = 'inhibitor' .*sirolimus@GDSC2"
    ):
        training.evaluate(with_evaluation(lonely, split="inhibitor"))
