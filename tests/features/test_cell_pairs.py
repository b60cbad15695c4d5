"""Which cells carry a mark, and how large they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import norm

from features.builders import cell_pairs as cp
from features.builders.mixture import TwoStates
from features.cells import Cells, checked

PAIR = ("pS6", "p4EBP1_T37_46")


def two_states(rng: np.random.Generator, n: int = 400, share: float = 0.4) -> np.ndarray:
    return np.abs(np.where(rng.random(n) < share, rng.normal(4, 0.5, n), rng.normal(0.5, 0.2, n)))


def cells_of(values: np.ndarray, names: tuple[str, ...], scale: str, total: object = np.nan) -> Cells:
    n = values.shape[0]
    obs = pd.DataFrame({"cell_id": np.arange(n).astype(str), "sample_id": "A", "total": total})
    return checked(Cells(obs, names, values, scale, "protein"), {"A"})


@given(st.floats(0.05, 0.95), st.floats(-2, 2), st.floats(0.5, 6), st.floats(0.05, 2), st.floats(0.05, 2))
def test_both_states_are_equally_likely_at_the_threshold(weight, low, apart, sd_low, sd_high) -> None:
    states = TwoStates(weight, low, low + apart, sd_low, sd_high, 1.0)
    cut = cp.threshold(states)
    assert low <= cut <= low + apart + 1e-9

    def log_ratio(x: float) -> float:
        return float(
            np.log(weight) + norm.logpdf(x, low + apart, sd_high)
            - np.log(1 - weight) - norm.logpdf(x, low, sd_low)
        )  # fmt: skip

    if low < cut < low + apart - 1e-9:
        assert log_ratio(cut) == pytest.approx(0, abs=1e-5)
    elif cut == low:
        assert log_ratio(low) >= -1e-9


def test_well_separated_states_are_called_right_on_every_scale() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.3
    states = np.where(truth, rng.normal(4, 0.4, 400), rng.normal(1, 0.3, 400))
    for scale, values in (
        ("arcsinh", states),
        ("log", states),
        ("linear", 5 * np.sinh(states)),
        ("counts", np.round(np.expm1(states))),
    ):
        called = cp.positive_cells(values, scale)
        assert called is not None
        assert (called == truth).mean() > 0.995


def test_a_single_ion_is_no_active_pathway() -> None:
    """The bug: the zeros of mass cytometry are a state of their own, and every other cell is 'active'."""
    rng = np.random.default_rng(1)
    values = np.where(rng.random(1000) < 0.4, 0.0, np.abs(rng.normal(0.9, 0.6, 1000)))
    called = cp.positive_cells(values, "arcsinh")
    assert called is not None
    assert called.any()
    assert values[called].min() > np.arcsinh(1)


def test_positivity_that_the_user_gives_is_taken_as_it_is() -> None:
    given_ = np.array([0.0, 1, 1, 0])
    np.testing.assert_array_equal(cp.positive_cells(given_, "linear"), [False, True, True, False])


def test_one_state_and_few_cells_call_nothing() -> None:
    rng = np.random.default_rng(2)
    assert cp.positive_cells(rng.normal(3, 0.5, 500), "arcsinh") is None
    assert cp.positive_cells(two_states(rng, 40), "arcsinh") is None
    assert cp.positive_cells(np.array([]), "arcsinh") is None


@pytest.mark.parametrize("scale", ["linear", "arcsinh"])
def test_the_total_tells_size_less_both_marks(scale) -> None:
    """The bug: among cells of one total that counts both marks, more of one is less of the other."""
    rng = np.random.default_rng(3)
    intensity = 5 * np.sinh(np.column_stack([two_states(rng), two_states(rng)]))
    rest = rng.gamma(5, 100, 400)
    values = np.arcsinh(intensity / 5) if scale == "arcsinh" else intensity
    cells = cells_of(values, PAIR, scale, rest + intensity.sum(axis=1))
    size = cp.size_factor(cells, PAIR)
    np.testing.assert_allclose(size, rest, rtol=1e-9)


def test_other_proteins_tell_size_where_there_is_no_total() -> None:
    rng = np.random.default_rng(4)
    values = np.abs(rng.normal(2, 1, (100, 7)))
    names = (*PAIR, "pS6 [S235/S236]", "CD3", "CD45", "pAkt", "149Sm_p4EBP1_S65")
    cells = cells_of(values, names, "arcsinh")
    np.testing.assert_allclose(cp.size_factor(cells, PAIR), values[:, 3:6].mean(axis=1))
    linear = cells_of(5 * np.sinh(values), names, "linear")
    np.testing.assert_allclose(cp.size_factor(linear, PAIR), values[:, 3:6].mean(axis=1))
    # A total of log values has no marks that could be taken off; nor is half a column of totals one.
    log = cells_of(values, names, "log", 1000.0)
    np.testing.assert_allclose(cp.size_factor(log, PAIR), values[:, 3:6].mean(axis=1))
    half = cells_of(values, names, "arcsinh", np.where(np.arange(100) < 50, 1e4, np.nan))
    np.testing.assert_allclose(cp.size_factor(half, PAIR), values[:, 3:6].mean(axis=1))
    assert cp.size_factor(cells.columns([*PAIR, "CD3", "CD45"]), PAIR) is None


def test_a_pair_tells_what_it_lacks() -> None:
    rng = np.random.default_rng(5)
    marks = np.column_stack([two_states(rng), two_states(rng)])
    pair, problems = cp.pair_of(cells_of(marks, PAIR, "arcsinh"), *PAIR)
    assert pair is not None
    assert np.isnan(pair.within_size().estimate)
    assert np.isfinite(pair.plain().estimate)
    assert problems == ["no size factor: neither totals nor 3 channels of other proteins"]
    marks[:, 1] = rng.normal(3, 0.5, 400)
    assert cp.pair_of(cells_of(marks, PAIR, "arcsinh"), *PAIR) == (
        None, ["no two states of p4EBP1_T37_46 among these cells"]
    )  # fmt: skip


def test_sparse_and_dense_values_give_the_same_tables() -> None:
    rng = np.random.default_rng(6)
    values = np.round(np.expm1(np.column_stack([np.maximum(two_states(rng), 0) for _ in range(6)])))
    names = (*PAIR, "CD3", "CD4", "CD8", "CD45")
    dense, _ = cp.pair_of(cells_of(values, names, "counts"), *PAIR)
    thin, _ = cp.pair_of(cells_of(sparse.csr_matrix(values.astype(np.float32)), names, "counts"), *PAIR)
    assert dense is not None
    assert thin is not None
    np.testing.assert_array_equal(dense.sized_tables, thin.sized_tables)
    assert dense.sized_tables.sum() == 400
