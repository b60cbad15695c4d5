"""Ranking figures against scikit-learn and brute force, with lines drawn several times and ties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from predictor.ranking import (
    average_precision,
    by_line,
    comparable_pairs,
    concordance,
    most_sensitive,
    roc_auc,
)

#: Few distinct values, so that ties are common.
values = st.integers(-3, 3).map(float)
lines = st.integers(4, 25).flatmap(
    lambda n: st.tuples(
        st.lists(values, min_size=n, max_size=n),
        st.lists(values, min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
    )
)


def brute_concordance(prediction: np.ndarray, measured: np.ndarray) -> float:
    agree, pairs = 0.0, 0
    for i in range(len(measured)):
        for j in range(len(measured)):
            if measured[i] > measured[j]:
                pairs += 1
                agree += (prediction[i] > prediction[j]) + 0.5 * (prediction[i] == prediction[j])
    return agree / pairs if pairs else float("nan")


@settings(deadline=None)
@given(lines)
def test_concordance_of_a_draw_is_that_of_the_lines_written_out(drawn) -> None:
    """Prevents: a line drawn twice that is compared with itself, or ties that count as agreement."""
    p, y, w = (np.array(x) for x in drawn)
    weights = by_line(np.stack([np.ones_like(w), w]))
    found = concordance(p, y, weights, comparable_pairs(y, weights))
    assert found[0] == pytest.approx(brute_concordance(p, y), nan_ok=True)
    assert found[1] == pytest.approx(brute_concordance(np.repeat(p, w), np.repeat(y, w)), nan_ok=True)


@settings(deadline=None)
@given(lines)
def test_auc_and_average_precision_equal_scikit_learn(drawn) -> None:
    """Prevents: the resistant lines taken for the ones to be found (scores point the other way there)."""
    p, y, w = (np.array(x) for x in drawn)
    positive = most_sensitive(y)
    weights = by_line(w[None, :])
    auc, precision = roc_auc(p, positive, weights)[0], average_precision(p, positive, weights)[0]
    label, score = np.repeat(positive, w), np.repeat(-p, w)
    if label.any() and not label.all():
        assert auc == pytest.approx(roc_auc_score(label, score))
    else:
        assert np.isnan(auc)
    if label.any():
        assert precision == pytest.approx(average_precision_score(label, score))
    else:
        assert np.isnan(precision)


def test_a_perfect_order_finds_all_and_the_reverse_none() -> None:
    y = np.arange(50.0)
    weights = by_line(np.ones((1, 50)))
    pairs = comparable_pairs(y, weights)
    assert concordance(y, y, weights, pairs) == 1
    assert concordance(-y, y, weights, pairs) == 0
    assert roc_auc(y, most_sensitive(y), weights) == 1
    assert average_precision(y, most_sensitive(y), weights) == 1


def test_the_most_sensitive_fifth_has_the_lowest_response() -> None:
    assert most_sensitive(np.arange(10.0)).tolist() == [True] * 2 + [False] * 8
    assert most_sensitive(np.array([1.0, 1.0, 1.0, 2.0, 3.0])).sum() == 3
