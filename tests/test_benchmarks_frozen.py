"""Learning curve and ablation: what is taught, what is left out, and pages that are of their results."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.benchmarks.ablation import page as ablation_page
from experiments.benchmarks.ablation.run import OTHER_SEEDS, answers, learned_families, settings
from experiments.benchmarks.frozen import mean_r, plain, signed, value
from experiments.benchmarks.learning_curve import page as curve_page
from experiments.benchmarks.learning_curve.run import ORDERS, SHARES, part_of
from features.catalogue import describe
from features.progress import silent
from predictor.evaluation import MODEL, Study, judge
from predictor.questions import Question, each_for_itself
from predictor.report.style import alt_text
from predictor.splits import assign_folds, folds_of, hash_rank
from tests.predictor.conftest import tiny_study

BENCHMARKS = Path(__file__).parents[1] / "experiments" / "benchmarks"
PAGES = {"learning_curve": curve_page, "ablation": ablation_page}


def result(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((BENCHMARKS / name / "result.json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def study() -> Study:
    return tiny_study()


def questions(study: Study) -> tuple[Question, ...]:
    folds = folds_of(assign_folds(list(study.features.index), 3, 1))
    return each_for_itself(folds, study.targets[:1], study.consensus).questions


def taught(study: Study, share: float, order: int = 0) -> list[set[str]]:
    """The ids that each question's model is taught."""
    ids = [str(i) for i in study.features.index]
    ranks = hash_rank(ids, order)
    return [{ids[i] for i in part_of(one, ranks, share).fold.train} for one in questions(study)]


def test_a_smaller_part_is_within_a_larger_one_and_no_held_out_line_is_taught(study: Study) -> None:
    """Prevents: sizes that differ by which lines, not only by how many; a line on both sides."""
    parts = [taught(study, share) for share in SHARES]
    for smaller, larger in pairwise(parts):
        assert all(few < many for few, many in zip(smaller, larger, strict=True))
    for one, whole in zip(questions(study), parts[-1], strict=True):
        assert whole == set(study.features.index[one.fold.train])
        assert not whole & set(study.features.index[one.fold.test])
    assert [len(part[0]) for part in parts] == [round(share * len(parts[-1][0])) for share in SHARES]
    assert taught(study, 0.5, order=1) != taught(study, 0.5)


def test_which_lines_are_taught_does_not_hang_on_the_order_of_rows(study: Study) -> None:
    """Prevents: a table sorted otherwise that draws other lines."""
    turned = study.features.index[::-1]
    ids = [str(i) for i in turned]
    ranks = hash_rank(ids, 0)
    folds = folds_of(assign_folds(ids, 3, 1))
    again = each_for_itself(folds, study.targets[:1], study.consensus).questions
    assert [{ids[i] for i in part_of(one, ranks, 0.25).fold.train} for one in again] == taught(study, 0.25)


def test_a_setting_lacks_its_family_or_has_it_and_lineage_alone(study: Study) -> None:
    """Prevents: a family left out that is still learned, or one alone that has company."""
    families = learned_families(study)
    assert families["expression"] == sum(c.startswith("expr.") for c in study.features.columns)
    assert "lineage" in families
    found = {
        name: {describe(str(c)).family for c in one.features.columns}
        for name, one in settings(study, list(families)).items()
    }
    for family in families:
        assert found[f"without {family}"] == found[MODEL] - {family}
        assert found[f"{family} alone"] == {family, "lineage"}
    for seed in OTHER_SEEDS:
        assert found[f"seed {seed}"] == found[MODEL]
    assert settings(study, [])["seed 1"].settings.seed == 1


def test_every_setting_answers_for_the_same_lines_and_differences_are_paired(study: Study) -> None:
    """Prevents: two settings compared on other lines or other draws of them."""
    asked = settings(study, ["msi"])
    table = answers({name: asked[name] for name in (MODEL, "msi alone")}, questions(study), silent)
    assert table.groupby("predictor").sample_id.agg(set).map(len).to_list() == [len(study.features)] * 2
    scores = judge(table, draws=100, seed=1)
    model, alone = (mean_r(scores, name) for name in (MODEL, "msi alone"))
    (gain,) = [score.gain_of_model for score in scores if score.predictor == "msi alone"]
    assert gain is not None
    assert plain(model - alone) == gain.as_dict()
    assert np.isclose((model - alone).value, model.value - alone.value)


def test_estimates_are_written_as_everywhere() -> None:
    one = {"value": 0.0469, "low": -0.0341, "high": 0.0611}
    assert value(one) == "0.047 [-0.034, 0.061]"
    assert signed(one) == "+0.047 [-0.034, +0.061]"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_that_of_the_result_that_is_committed(name: str) -> None:
    """Prevents: a page written by hand."""
    page = (BENCHMARKS / name / "README.md").read_text(encoding="utf-8")
    assert page == PAGES[name].page(result(name))


def test_all_lines_and_all_families_are_the_model_of_the_frozen_folds() -> None:
    """Prevents: a curve or an ablation of another model than the one that is reported, or of other lines."""
    known = result("leave_cell_line_out")["means"]
    last = result("learning_curve")["sizes"][-1]["predictors"]
    for name in curve_page.PREDICTORS:
        assert last[name]["value"] == pytest.approx(known[name], abs=0.001)
    assert result("ablation")["full"]["value"] == pytest.approx(known[MODEL], abs=0.001)
    assert result("ablation")["lineage"]["value"] == pytest.approx(known["lineage"], abs=0.001)


def test_the_curve_has_every_size_and_tells_the_doublings_between_them() -> None:
    found = result("learning_curve")
    assert len(found["sizes"]) == len(SHARES)
    for size in found["sizes"][:-1]:
        assert all(len(one["orders"]) == ORDERS for one in size["predictors"].values())
    for step, (before, after) in zip(found["doublings"], pairwise(found["sizes"]), strict=True):
        assert (step["from"], step["to"]) == (before["lines"], after["lines"])
        for name, gained in step["predictors"].items():
            brought = after["predictors"][name]["value"] - before["predictors"][name]["value"]
            assert gained["value"] == pytest.approx(brought)


def test_the_pictures_tell_their_figures_in_words() -> None:
    curve, forest = (PAGES[name].picture(result(name)) for name in PAGES)
    for size in result("learning_curve")["sizes"]:
        assert f"{value(size['predictors'][MODEL])} at {size['lines']} lines" in alt_text(curve)
    for name, one in result("ablation")["families"].items():
        assert f"without {ablation_page.words(name)} {one['without']['less_full']['value']:.3f}" in alt_text(
            forest
        )


def test_what_is_said_in_words_follows_from_the_intervals() -> None:
    """Prevents: a loss told as shown although its interval holds 0."""

    def family(low: float, high: float) -> dict[str, Any]:
        return {"without": {"less_full": {"value": (low + high) / 2, "low": low, "high": high}}}

    families = {
        "drivers": family(-0.02, 0.01),
        "expression": family(-0.08, -0.03),
        "msi": family(0.001, 0.003),
        "growth": family(-0.01, 0.01),
    }
    said = ablation_page.in_words({"families": families, "control": [{"value": -0.002}]})
    assert said == (
        "Beyond its interval accuracy falls without wide expression. It rises without MSI. "
        "Without drivers or proliferation score no difference is shown; the intervals reach from -0.020 to "
        "+0.010. Another seed alone changes it by up to 0.002."
    )
