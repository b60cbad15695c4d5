"""Odds ratios, information and permutations of 2x2 tables against independent references."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import contingency, fisher_exact, hypergeom
from sklearn.metrics import mutual_info_score

from features.builders import exclusivity as ex

TABLES = st.lists(st.integers(1, 400), min_size=4, max_size=4).map(lambda c: np.array(c, dtype=float))
STRATA = st.lists(st.lists(st.integers(0, 8), min_size=4, max_size=4), min_size=1, max_size=12).map(
    lambda c: np.array(c, dtype=float)
)


def cells_of(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    counts = table.astype(int)
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def swapped(tables: np.ndarray) -> np.ndarray:
    """The same cells with the two marks exchanged."""
    return tables[..., [0, 2, 1, 3]]


def varies(tables: np.ndarray) -> bool:
    both, first, second, neither = tables.sum(axis=0)
    return min(both + first, second + neither, both + second, first + neither) > 0


@given(TABLES)
def test_the_odds_ratio_and_its_interval_are_those_of_scipy_on_corrected_counts(table) -> None:
    found = ex.log_odds_ratio(table)
    corrected = (table + 0.5).reshape(2, 2)
    reference = np.log(corrected[0, 0] * corrected[1, 1] / (corrected[0, 1] * corrected[1, 0]))
    assert found.estimate == pytest.approx(reference, abs=1e-9)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * np.sqrt((1 / corrected).sum()), rel=1e-6)
    sample = contingency.odds_ratio(table.astype(int).reshape(2, 2), kind="sample")
    if table.min() >= 50:
        bounds = sample.confidence_interval(0.95)
        np.testing.assert_allclose([found.low, found.high], np.log([bounds.low, bounds.high]), atol=0.02)


@given(TABLES)
def test_information_of_one_table_is_the_mutual_information_of_its_cells(table) -> None:
    assert ex.information(table[None]) == pytest.approx(mutual_info_score(*cells_of(table)), abs=1e-9)
    assert 0 <= ex.information(table[None]) <= np.log(2) + 1e-12


@given(STRATA)
@settings(max_examples=60, deadline=None)
def test_nothing_depends_on_which_mark_is_called_the_first(tables) -> None:
    other = swapped(tables)
    for measure in (ex.stratified_log_odds_ratio, lambda t: ex.log_odds_ratio(t.sum(axis=0))):
        one, two = measure(tables), measure(other)
        np.testing.assert_allclose(
            [one.estimate, one.low, one.high], [two.estimate, two.low, two.high], atol=1e-9
        )
    np.testing.assert_allclose(ex.information(tables), ex.information(other), atol=1e-9)
    np.testing.assert_equal(ex.permutation_p(tables, ex.seeded("a")), ex.permutation_p(other, ex.seeded("a")))


@given(STRATA.filter(varies))
@settings(deadline=None)  # statsmodels is imported where it is first used.
def test_the_stratified_odds_ratio_is_that_of_mantel_and_haenszel(tables) -> None:
    """Against the formulas written out, with the added half cells."""
    filled = np.vstack([tables, np.full(4, 0.5)])
    a, b, c, d = filled[filled.sum(axis=1) > 0].T
    n = a + b + c + d
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    found = ex.stratified_log_odds_ratio(tables)
    assert found.estimate == pytest.approx(np.log(r.sum() / s.sum()), abs=1e-9)
    assert found.high - found.estimate == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-6)


def test_marks_that_never_meet_have_a_finite_odds_ratio_below_one() -> None:
    apart = np.array([[0.0, 5, 5, 1]] * 20)
    for found in (ex.stratified_log_odds_ratio(apart), ex.log_odds_ratio(apart.sum(axis=0))):
        assert -np.inf < found.low < found.high < 0


def test_a_mark_that_does_not_vary_says_nothing() -> None:
    for table in ([0, 0, 30, 20], [30, 0, 20, 0], [0, 50, 0, 0]):
        tables = np.array([table], dtype=float)
        assert np.isnan(ex.log_odds_ratio(tables[0]).estimate)
        assert np.isnan(ex.stratified_log_odds_ratio(tables).estimate)
        assert np.isnan(ex.information(tables))
        assert np.isnan(ex.permutation_p(tables, ex.seeded("x")))


@given(STRATA.filter(varies))
def test_information_beyond_strata_is_nothing_where_strata_explain_the_table(tables) -> None:
    both = (tables[:, 0] + tables[:, 1]) * (tables[:, 0] + tables[:, 2]) / np.maximum(tables.sum(axis=1), 1)
    explained = np.stack(
        [
            both,
            tables[:, 0] + tables[:, 1] - both,
            tables[:, 0] + tables[:, 2] - both,
            tables.sum(axis=1) - tables[:, 0] * 2 - tables[:, 1] - tables[:, 2] + both,
        ],
        axis=1,
    )
    assert ex.information(explained) == pytest.approx(0, abs=1e-12)
    assert ex.information(tables) >= 0


def test_the_permutation_p_is_that_of_the_hypergeometric_distribution() -> None:
    table = np.array([[20.0, 50, 60, 70]])
    x = np.arange(71)
    tables = np.stack([x, 70 - x, 80 - x, 50 + x], axis=1).astype(float)
    weight = hypergeom.pmf(x, 200, 70, 80)
    at_least = np.array([ex.information(t[None]) >= ex.information(table) - 1e-12 for t in tables])
    exact = weight[at_least].sum()
    assert exact == pytest.approx(fisher_exact(table.reshape(2, 2)).pvalue, abs=0.02)
    drawn = [ex.permutation_p(table, ex.seeded(str(i))) for i in range(40)]
    assert np.mean(drawn) == pytest.approx(exact, abs=0.003)
    assert min(drawn) >= 1 / (1 + ex.PERMUTATIONS)


def test_permutations_stay_within_their_strata() -> None:
    """Two strata, one all positive and one all negative: size explains everything and nothing can move."""
    tables = np.array([[50.0, 0, 0, 0], [0, 0, 0, 50.0]])
    assert ex.permutation_p(tables, ex.seeded("x")) == 1
    assert ex.permutation_p(tables.sum(axis=0)[None], ex.seeded("x")) == 1 / (1 + ex.PERMUTATIONS)
    assert ex.information(tables) == pytest.approx(0, abs=1e-12)
    assert ex.information(tables.sum(axis=0)[None]) == pytest.approx(np.log(2))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=300), st.randoms(use_true_random=False))
def test_strata_follow_size_alone_and_ties_are_not_parted(sizes, random) -> None:
    size = np.array(sizes, dtype=float)
    strata = ex.size_strata(size)
    assert strata.min() >= 0
    assert strata.max() < max(1, len(size) // ex.CELLS_PER_STRATUM)
    order = list(range(len(size)))
    random.shuffle(order)
    np.testing.assert_array_equal(ex.size_strata(size[order]), strata[order])
    for value in set(sizes):
        assert len(set(strata[size == value])) == 1


def test_strata_hold_ten_cells_and_are_bounded_in_number() -> None:
    rng = np.random.default_rng(0)
    assert set(np.bincount(ex.size_strata(rng.normal(size=500)))) == {10}
    assert ex.size_strata(rng.normal(size=50_000)).max() == ex.MAX_STRATA - 1


def test_tables_count_every_cell_once() -> None:
    first, second = cells_of(np.array([3, 2, 1, 4]))
    np.testing.assert_array_equal(ex.tables_of(first, second), [[3, 2, 1, 4]])
    strata = np.array([0, 1, 1, 0, 0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(ex.tables_of(first, second, strata), [[1, 2, 0, 0], [2, 0, 1, 4]])


def test_a_seed_is_that_of_its_names() -> None:
    assert ex.seeded("A", "x").random() == ex.seeded("A", "x").random()
    assert len({ex.seeded(*names).random() for names in (("A", "x"), ("Ax",), ("x", "A"), ("A",))}) == 4


@pytest.mark.parametrize(("odds_ratio", "size_slope"), [(0.3, 0.0), (0.3, 1.5), (1.0, 1.5), (3.0, 1.5)])
def test_a_shared_size_does_not_bias_the_stratified_odds_ratio(odds_ratio, size_slope) -> None:
    """The bug: few wide strata leave size in the estimate, and marks that avoid each other seem to meet."""
    rng = np.random.default_rng(3)
    n, estimates, plain = 2_000, [], []
    for _ in range(40):
        size = rng.normal(size=n)
        p = 1 / (1 + np.exp(0.5 - size_slope * size))
        s = 1 + 2 * p * (odds_ratio - 1)
        root = np.sqrt(s**2 - 4 * odds_ratio * (odds_ratio - 1) * p * p)
        both = p * p if odds_ratio == 1 else (s - root) / (2 * (odds_ratio - 1))
        u = rng.random(n)
        first, second = u < p, (u < both) | ((u >= p) & (u < 2 * p - both))
        tables = ex.tables_of(first, second, ex.size_strata(size))
        estimates.append(ex.stratified_log_odds_ratio(tables).estimate)
        plain.append(ex.log_odds_ratio(tables.sum(axis=0)).estimate)
    assert np.mean(estimates) == pytest.approx(np.log(odds_ratio), abs=0.07)
    if size_slope:
        assert np.mean(plain) > np.log(odds_ratio) + 0.5


def test_a_hundred_thousand_cells_take_no_longer_than_ten_thousand() -> None:
    rng = np.random.default_rng(0)
    tables = ex.tables_of(
        rng.random(100_000) < 0.4, rng.random(100_000) < 0.4, ex.size_strata(rng.normal(size=100_000))
    )
    start = time.perf_counter()
    ex.permutation_p(tables, ex.seeded("x"))
    assert time.perf_counter() - start < 5
