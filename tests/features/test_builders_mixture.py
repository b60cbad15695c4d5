"""Mixtures of one sample's values: known states and clusters are found, the same way every time."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from features.builders import mixture
from features.builders.mixture import n_clusters, two_state_mixture

VALUES = arrays(float, st.integers(50, 120), elements=st.floats(-5, 5).map(lambda x: round(x, 3)))


def two_states(share: float, n: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    active = rng.random(n) < share
    return np.where(active, rng.normal(3, 0.5, n), rng.normal(0, 0.6, n))


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5, 0.95])
def test_the_weight_of_a_rare_or_common_state_is_recovered(share: float) -> None:
    found = two_state_mixture(two_states(share, 4000))
    assert found.weight_active == pytest.approx(share, abs=0.02)
    assert found.mean_inactive == pytest.approx(0, abs=0.1)
    assert found.mean_active == pytest.approx(3, abs=0.15)
    assert found.sd_inactive == pytest.approx(0.6, abs=0.1)
    assert found.sd_active == pytest.approx(0.5, abs=0.1)
    assert found.bic_gain > 0


def test_quantiles_stand_for_many_cells() -> None:
    """A hundred thousand cells must cost no more than two thousand, and say the same."""
    found = two_state_mixture(two_states(0.1, 100_000))
    assert found.weight_active == pytest.approx(0.1, abs=0.004)
    # The gain counts cells, not quantiles.
    assert found.bic_gain > 10 * two_state_mixture(two_states(0.1, 2_000)).bic_gain


def test_one_population_is_not_called_two() -> None:
    gains = [two_state_mixture(np.random.default_rng(seed).normal(size=500)).bic_gain for seed in range(20)]
    assert sum(gain > 0 for gain in gains) <= 2


def test_identical_zeros_beside_a_state_do_not_break_the_fit() -> None:
    values = np.concatenate([np.zeros(300), np.random.default_rng(0).normal(4, 0.5, 100)])
    assert two_state_mixture(values).weight_active == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("values", [[], [1.0] * 200, [*np.arange(49)], [np.nan] * 200, [1e12] * 60])
def test_too_few_values_or_none_that_differ_give_no_states(values: list[float]) -> None:
    assert all(np.isnan(value) for value in vars(two_state_mixture(values)).values())


@settings(max_examples=25, deadline=None)
@given(VALUES, st.floats(0.1, 10), st.floats(-10, 10), st.randoms(use_true_random=False))
def test_states_ignore_order_and_follow_shift_and_scale(values, scale, shift, random) -> None:
    first = two_state_mixture(values)
    shuffled = list(values)
    random.shuffle(shuffled)
    assert two_state_mixture(shuffled) == first or np.isnan(first.weight_active)
    if values.std() > 1e-3:
        assert 0 <= first.weight_active <= 1
        assert first.mean_inactive <= first.mean_active
        moved = two_state_mixture(values * scale + shift)
        # Two starts may tie in likelihood up to rounding; then either answer is as good.
        assert moved.bic_gain == pytest.approx(first.bic_gain, abs=0.1)


@pytest.mark.parametrize("n", [60, 500, 2_000])
@pytest.mark.parametrize("shares", [(0.5,), (0.2, 0.6)])
def test_a_fit_is_that_of_scikit_learn(n: int, shares: tuple[float, ...]) -> None:
    """The steps are written out for their speed alone."""
    points = np.sort(two_states(0.3, n))
    labels = mixture._labels(n, shares)
    found = mixture._fit(points, labels, 1e-3)
    groups = [points[labels == label] for label in range(len(shares) + 1)]
    model = GaussianMixture(
        len(groups),
        covariance_type="spherical",
        reg_covar=1e-3,
        tol=mixture._TOLERANCE,
        max_iter=mixture._MOST_STEPS,
        weights_init=[len(group) / n for group in groups],
        means_init=[[group.mean()] for group in groups],
        precisions_init=[1 / (group.var() + 1e-3) for group in groups],
    ).fit(points[:, None])
    np.testing.assert_allclose(found.weights, model.weights_, rtol=1e-9)
    np.testing.assert_allclose(found.means, model.means_[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.variances, model.covariances_, rtol=1e-9)
    assert found.mean_log_likelihood == pytest.approx(model.lower_bound_, rel=1e-9)
    assert found.bic(n) == pytest.approx(model.bic(points[:, None]), rel=1e-3)


@pytest.mark.parametrize("means", [(0.5,), (0.25, 0.7), (0.15, 0.5, 0.9)])
def test_clusters_far_apart_are_counted(means: tuple[float, ...]) -> None:
    counts = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        counts.append(n_clusters(np.concatenate([rng.normal(m, 0.05, 35) for m in means]), noise_sd=0.05))
    assert counts.count(float(len(means))) >= 9


def test_a_tight_small_cluster_is_not_lost_to_equal_groups() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0.3, 0.04, 95), rng.normal(0.9, 0.01, 6)])
    assert n_clusters(values, noise_sd=0.04) == 2


def test_spread_within_the_noise_is_one_cluster() -> None:
    values = np.repeat([0.40, 0.41, 0.42, 0.43], 20)
    assert n_clusters(values, noise_sd=0.001) > 1
    assert n_clusters(values, noise_sd=0.05) == 1


def test_the_number_of_clusters_has_its_range() -> None:
    assert np.isnan(n_clusters(np.linspace(0, 1, 9), noise_sd=0.05))
    assert np.isnan(n_clusters([*np.linspace(0, 1, 9), np.nan], noise_sd=0.05))
    assert n_clusters([0.5] * 10, noise_sd=0.05) == 1
    many = np.repeat(np.arange(12.0), 40)
    assert n_clusters(many, noise_sd=0.01) == mixture.MAX_CLUSTERS
    with pytest.raises(ValueError, match="above 0"):
        n_clusters(many, noise_sd=0)


def test_threads_do_not_change_a_sample() -> None:
    values = two_states(0.2, 50_000, seed=3)
    results = []
    for threads in (1, 2, 2):
        with threadpool_limits(limits=threads):
            results.append((two_state_mixture(values), n_clusters(values, noise_sd=0.1)))
    assert results[0] == results[1] == results[2]


def test_scikit_learn_is_met_only_when_a_mixture_is_fitted() -> None:
    """It takes a second to import: ``mtorc1 --help`` must not pay for it."""
    top = ast.parse(Path(mixture.__file__).read_text(encoding="utf-8")).body
    imports = [node for node in top if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not any("sklearn" in ast.unparse(node) for node in imports)
