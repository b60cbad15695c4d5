"""Intervals, chances and domain: calibrated where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.domain import distance, learn_domain
from predictor.intervals import conformal_half_width, learn_certainty


def _truth(n: int, r: float = 0.6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    prediction = r * rng.normal(size=n) - 2
    return prediction, prediction + np.sqrt(1 - r**2) * rng.normal(size=n)


def test_interval_covers_new_lines_as_often_as_it_says() -> None:
    certainty = learn_certainty(*_truth(1000))
    prediction, measured = _truth(20000, seed=1)
    assert np.mean(np.abs(measured - prediction) <= certainty.half_width) == pytest.approx(0.90, abs=0.02)


def test_chance_of_the_top_fifth_is_calibrated() -> None:
    certainty = learn_certainty(*_truth(2000))
    prediction, measured = _truth(40000, seed=1)
    chance = certainty.probability_top_fifth(prediction)
    top = measured <= np.quantile(measured, 0.2)
    assert chance.mean() == pytest.approx(0.2, abs=0.02)
    for low, high in ((0, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 1)):
        inside = (chance >= low) & (chance < high)
        assert top[inside].mean() == pytest.approx(chance[inside].mean(), abs=0.05)


def test_the_most_sensitive_has_percentile_100() -> None:
    """Prevents: a percentile that points the wrong way."""
    certainty = learn_certainty(*_truth(500))
    assert certainty.sensitivity_percentile(np.array([-99.0, 99.0])).tolist() == [100.0, 0.0]
    middle = certainty.sensitivity_percentile(np.array([certainty.quantiles[100]]))
    assert middle[0] == pytest.approx(50, abs=0.5)


@pytest.mark.parametrize("prediction", [np.zeros(100), -_truth(100)[1]])
def test_a_prediction_that_is_worth_nothing_gives_the_base_rate(prediction: np.ndarray) -> None:
    certainty = learn_certainty(prediction, _truth(100)[1])
    np.testing.assert_allclose(certainty.probability_top_fifth(np.array([-3.0, 0.0, 3.0])), 0.2)


def test_too_few_lines_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        learn_certainty(np.zeros(19), np.zeros(19))


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_half_width_is_an_error_that_was_seen_or_infinite(errors: list[float]) -> None:
    width = conformal_half_width(np.array(errors))
    if len(errors) < 9:
        assert width == float("inf")
    else:
        assert width in errors
        assert np.mean(np.array(errors) <= width) >= 0.9


def test_one_in_a_hundred_training_lines_is_out_of_domain_and_a_far_sample_is() -> None:
    rng = np.random.default_rng(0)
    X = np.hstack([rng.normal(5, 2, (1000, 6)), rng.integers(0, 2, (1000, 1))])
    location, spread = X.mean(0), X.std(0)
    domain = learn_domain(X, location, spread)
    assert domain.continuous.tolist() == [True] * 6 + [False]
    own = distance(X, location, spread, domain.continuous)
    assert np.mean(own > domain.limit) == pytest.approx(0.01, abs=0.002)
    far = X[:1] + 12
    assert distance(far, location, spread, domain.continuous)[0] > domain.limit


def test_a_rare_mutation_is_no_odd_sample_and_the_unknown_is_not_far() -> None:
    X = np.array([[0.0], [1.0]] * 30)
    domain = learn_domain(X, X.mean(0), X.std(0))
    assert domain.limit == float("inf")
    unknown = distance(np.full((1, 2), np.nan), np.zeros(2), np.ones(2), np.array([True, True]))
    assert unknown[0] == 0
