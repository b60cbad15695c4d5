"""The applicability domain: what is far is found, and what is unknown or rare is not called far."""

from __future__ import annotations

import numpy as np
import pytest

from predictor.domain import distance, learn_domain, wide_distance
from predictor.submodel import SubModel


def _sub(readable: np.ndarray, wide: np.ndarray, coef: np.ndarray) -> SubModel:
    location, spread = readable.mean(0), readable.std(0)
    return SubModel(
        pattern="rna+dna",
        readable=tuple(f"x{j}" for j in range(readable.shape[1])),
        fill=location,
        location=location,
        spread=spread,
        booster=None,
        wide=tuple(f"g{j}" for j in range(wide.shape[1])),
        coef=coef,
        center=wide.mean(0) if len(coef) else np.zeros(0),
        intercept=0.0,
        slope=1.0,
        rounds=0,
        penalty=1.0,
    )


@pytest.fixture
def lines() -> tuple[np.ndarray, np.ndarray, SubModel]:
    """1,000 lines of six continuous inputs, a mutation and 40 genes, of which the margin uses 20."""
    rng = np.random.default_rng(0)
    readable = np.hstack([rng.normal(5, 2, (1000, 6)), rng.integers(0, 2, (1000, 1))])
    wide = rng.normal(size=(1000, 40))
    coef = np.r_[rng.normal(size=20), np.zeros(20)]
    return readable, wide, _sub(readable, wide, coef)


def test_one_in_a_hundred_training_lines_is_out_of_domain(lines) -> None:
    readable, wide, sub = lines
    domain = learn_domain(sub, readable, wide)
    assert domain.continuous.tolist() == [True] * 6 + [False]
    score = domain.score(sub, readable, wide)
    assert np.median(score) == pytest.approx(1, abs=0.05)
    assert np.mean(score > domain.limit) == pytest.approx(0.01, abs=0.002)


def test_a_sample_that_is_far_in_either_block_is_out_of_domain(lines) -> None:
    """Prevents: a leukaemia whose pathway scores look usual called in domain by a solid-tumour model."""
    readable, wide, sub = lines
    domain = learn_domain(sub, readable, wide)
    usual = readable.mean(0)[None], wide.mean(0)[None]
    assert domain.score(sub, *usual)[0] < domain.limit
    assert domain.score(sub, usual[0] + 12, usual[1])[0] > domain.limit
    assert domain.score(sub, usual[0], usual[1] + 5)[0] > domain.limit


def test_a_gene_that_the_margin_does_not_use_does_not_count(lines) -> None:
    _, wide, sub = lines
    moved = wide + np.where(sub.coef == 0, 100.0, 0.0)
    np.testing.assert_array_equal(
        wide_distance(moved, sub.coef, sub.center), wide_distance(wide, sub.coef, sub.center)
    )


def test_missing_genes_neither_hide_nor_make_a_distance(lines) -> None:
    """Prevents: a sample with a fifth of its genes missing that looks the more usual for it."""
    _, wide, sub = lines
    rng = np.random.default_rng(1)
    some = np.where(rng.uniform(size=wide.shape) < 0.2, np.nan, wide)
    ratio = wide_distance(some, sub.coef, sub.center) / wide_distance(wide, sub.coef, sub.center)
    assert np.median(ratio) == pytest.approx(1, abs=0.05)
    assert wide_distance(np.full((1, 40), np.nan), sub.coef, sub.center)[0] == 0


def test_a_rare_mutation_is_no_odd_sample_and_the_unknown_is_not_far() -> None:
    X, none = np.array([[0.0], [1.0]] * 30), np.zeros((60, 0))
    sub = _sub(X, none, np.zeros(0))
    domain = learn_domain(sub, X, none)
    assert domain.limit == float("inf")
    assert domain.score(sub, X, none).tolist() == [0.0] * 60
    unknown = distance(np.full((1, 2), np.nan), np.zeros(2), np.ones(2), np.array([True, True]))
    assert unknown[0] == 0


def test_a_row_has_the_same_bits_alone_and_in_a_batch(lines) -> None:
    """Prevents: a sample at the limit that is in domain alone and out of it in a cohort."""
    readable, wide, sub = lines
    domain = learn_domain(sub, readable, wide)
    whole = domain.score(sub, readable, wide)
    for i in (0, 17, 999):
        assert domain.score(sub, readable[i : i + 1], wide[i : i + 1])[0] == whole[i]
