"""Abstention: what not answering is worth, without a dropped row."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.risk_coverage import risk_coverage

errors = st.lists(st.floats(0, 10), min_size=1, max_size=30)


@given(errors, st.integers(0, 1000))
def test_any_uncertainty_lies_between_the_oracle_and_its_reverse(listed, seed) -> None:
    error = np.array(listed)
    found = risk_coverage(error, np.random.default_rng(seed).integers(0, 5, len(error)).astype(float))
    worst = risk_coverage(error, -error)
    assert found.area_oracle - 1e-9 <= found.area <= worst.area + 1e-9
    assert found.risk[-1] == pytest.approx(error.mean())
    assert found.coverage[-1] == 1


def test_the_curve_by_hand() -> None:
    found = risk_coverage(np.array([3.0, 1.0, 2.0]), np.array([0.1, 0.2, 0.3]))
    assert found.risk == pytest.approx([3, 2, 2])
    assert found.area == pytest.approx(7 / 3)
    assert found.area_oracle == pytest.approx((1 + 1.5 + 2) / 3)
    assert found.gain < 0
    assert found.risk_at(0.5) == pytest.approx(2)


def test_an_uncertainty_that_says_nothing_gains_nothing_in_any_order_of_rows() -> None:
    """Prevents: a constant uncertainty that looks good since the easy lines come first in the file."""
    found = risk_coverage(np.array([0.0, 0.0, 9.0]), np.zeros(3))
    assert found.risk == pytest.approx([3, 3, 3])
    assert found.gain == 0


@pytest.mark.parametrize(
    ("error", "uncertainty"), [([1.0, np.nan], [1, 2]), ([1, 2], [np.nan, 1]), ([], []), ([1, 2], [1])]
)
def test_a_line_cannot_be_dropped(error, uncertainty) -> None:
    with pytest.raises(ValueError, match=r"dropped|same lines"):
        risk_coverage(np.array(error, float), np.array(uncertainty, float))
