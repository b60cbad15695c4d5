"""Intervals, difficulty and chances: calibrated where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.difficulty import beyond, learn_scales, lineages_of, scales_of
from predictor.intervals import Certainty, conformal_half_width, learn_certainty

HARD, EASY = "lineage.skin", "lineage.bone"


def _truth(n: int, r: float = 0.6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prediction = r * rng.normal(size=n) - 2
    return prediction, prediction + np.sqrt(1 - r**2) * rng.normal(size=n)


def _learn(prediction: np.ndarray, measured: np.ndarray, lineage: np.ndarray | None = None) -> Certainty:
    n = len(prediction)
    return learn_certainty(
        prediction, measured, np.arange(n) % 5, np.full(n, "", object) if lineage is None else lineage
    )


def _two_lineages(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A fifth of the lines err three times as much."""
    rng = np.random.default_rng(seed)
    lineage = np.where(rng.uniform(size=n) < 0.2, HARD, EASY).astype(object)
    prediction = rng.normal(size=n)
    return prediction, prediction + rng.normal(size=n) * np.where(lineage == HARD, 3.0, 1.0), lineage


def test_interval_covers_new_lines_as_often_as_it_says() -> None:
    certainty = _learn(*_truth(1000))
    prediction, measured = _truth(20000, seed=1)
    assert np.mean(np.abs(measured - prediction) <= certainty.half_width) == pytest.approx(0.90, abs=0.02)


def test_each_lineage_is_covered_and_not_only_their_mean() -> None:
    """Prevents: 72 % of the head-and-neck lines inside an interval that promises 90 %."""
    certainty = _learn(*_two_lineages(2000, seed=0))
    prediction, measured, lineage = _two_lineages(20000, seed=1)
    inside = np.abs(measured - prediction) <= certainty.half_widths(lineage)
    for name in (HARD, EASY):
        assert inside[lineage == name].mean() == pytest.approx(0.90, abs=0.05)
    one_width = _learn(*_two_lineages(2000, seed=0)[:2])
    assert np.mean(np.abs(measured - prediction)[lineage == HARD] <= one_width.half_width) < 0.75


def test_the_difficulty_of_a_line_is_learned_without_its_fold() -> None:
    """Prevents: a line that made its own interval wide enough for itself."""
    rng = np.random.default_rng(0)
    prediction, error = np.zeros(100), rng.normal(size=100)
    lineage = np.full(100, EASY, object)
    lineage[:10] = HARD
    error[:10] = 50.0
    fold = np.r_[np.zeros(10), 1 + np.arange(90) % 4].astype(int)
    certainty = learn_certainty(prediction, error, fold, lineage)
    # The hard lineage is in one fold: its lines were judged at the ordinary difficulty, and are the largest.
    assert certainty.half_width == pytest.approx(50.0)


def test_a_lineage_of_few_lines_stays_near_the_ordinary() -> None:
    errors, lineage = np.ones(1000), np.full(1000, EASY, object)
    errors[:3], lineage[:3] = 10.0, HARD
    few = learn_scales(errors, lineage)[HARD]
    errors[:300], lineage[:300] = 10.0, HARD
    many = learn_scales(errors, lineage)[HARD]
    assert 1 < few < 2
    assert many == pytest.approx(10 / errors.mean(), rel=0.2)


def test_an_unknown_lineage_is_of_ordinary_difficulty() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 0.0], [np.nan, np.nan], [0.0, 1.0]])
    found = lineages_of((HARD, "mut.TP53"), rows)
    assert found.tolist() == [HARD, "", "", ""]
    assert scales_of(found, (HARD,), [1.5]).tolist() == [1.5, 1.0, 1.0, 1.0]


def test_a_model_without_error_has_no_difficulty() -> None:
    """Prevents: 0 / 0 in every interval of a toy model."""
    assert learn_scales(np.zeros(5), np.full(5, HARD, object)) == {}


def test_the_interval_widens_beyond_the_limit_alone() -> None:
    assert beyond(np.array([0.0, 1.0, 2.0, 3.0]), 2.0).tolist() == [1.0, 1.0, 1.0, 1.5]
    assert beyond(np.array([7.0]), float("inf")).tolist() == [1.0]


def test_chance_of_the_top_fifth_is_calibrated() -> None:
    certainty = _learn(*_truth(2000))
    prediction, measured = _truth(40000, seed=1)
    chance = certainty.probability_top_fifth(prediction)
    top = measured <= np.quantile(measured, 0.2)
    assert chance.mean() == pytest.approx(0.2, abs=0.02)
    for low, high in ((0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1)):
        inside = (chance >= low) & (chance < high)
        assert top[inside].mean() == pytest.approx(chance[inside].mean(), abs=0.05)


def test_the_most_sensitive_has_percentile_100() -> None:
    """Prevents: a percentile that points the wrong way."""
    certainty = _learn(*_truth(500))
    assert certainty.sensitivity_percentile(np.array([-99.0, 99.0])).tolist() == [100.0, 0.0]
    middle = certainty.sensitivity_percentile(np.array([certainty.quantiles[100]]))
    assert middle[0] == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize("prediction", [np.zeros(100), -_truth(100)[1]])
def test_a_prediction_that_is_worth_nothing_gives_the_base_rate(prediction: np.ndarray) -> None:
    certainty = _learn(prediction, _truth(100)[1])
    np.testing.assert_allclose(certainty.probability_top_fifth(np.array([-3.0, 0.0, 3.0])), 0.2)


def test_too_few_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        _learn(np.zeros(19), np.zeros(19))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_half_width_is_the_conformal_quantile_or_infinite(errors: list[float]) -> None:
    """By hand beside the library: the rank is ceil((n + 1) 0.9); a whole number may round up to the next."""
    width, n = conformal_half_width(np.array(errors)), len(errors)
    rank = -(-(n + 1) * 9 // 10)
    ranks = {rank, rank + 1} if (n + 1) % 10 == 0 else {rank}
    assert width in {[*sorted(errors), float("inf")][min(r, n + 1) - 1] for r in ranks}
    assert np.mean(np.array(errors) <= width) >= 0.9


def test_half_width_is_that_of_a_difficulty_of_one() -> None:
    errors = np.linspace(0, 1, 99)
    assert conformal_half_width(errors, np.full(99, 2.0)) == pytest.approx(conformal_half_width(errors) / 2)
