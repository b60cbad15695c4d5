"""Rank-normal expression: what must not change it, and what it refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm, rankdata

from features.builders.rank_normal import gene_universe, rank_expression, rank_normal, universe_symbols
from features.errors import InputError

ROWS = arrays(float, (3, 17), elements=st.integers(-40, 40).map(float))


def frame(n: int = 2, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    symbols = list(universe_symbols())
    return pd.DataFrame(
        rng.normal(size=(n, len(symbols))), index=[f"S{i}" for i in range(n)], columns=symbols
    )


@given(ROWS)
def test_it_follows_its_formula(values: np.ndarray) -> None:
    expected = norm.ppf((rankdata(values, axis=1) - 0.5) / values.shape[1])
    np.testing.assert_allclose(rank_normal(values), expected, atol=1e-12)


@given(ROWS, st.floats(0.1, 9), st.floats(-5, 5))
def test_any_monotone_scale_gives_the_same_values(values: np.ndarray, slope: float, shift: float) -> None:
    z = rank_normal(values)
    np.testing.assert_array_equal(rank_normal(slope * values + shift), z)
    np.testing.assert_array_equal(rank_normal(np.log2(values + 41)), z)


@given(ROWS, st.sets(st.integers(0, 16), max_size=9))
def test_absent_genes_stay_absent_and_leave_the_ranks_of_the_others(
    values: np.ndarray, gone: set[int]
) -> None:
    holed = values.copy()
    holed[:, list(gone)] = np.nan
    z = rank_normal(holed)
    kept = [i for i in range(values.shape[1]) if i not in gone]
    assert np.isnan(z[:, list(gone)]).all()
    np.testing.assert_array_equal(z[:, kept], rank_normal(values[:, kept]))


def test_the_universe_is_the_real_genes_once_each() -> None:
    table = gene_universe()
    assert len(table) == 5778
    assert table["symbol"].is_unique
    assert table["approved_symbol"].is_unique
    assert (table["source"] != "").all()


def test_published_and_approved_spellings_of_a_gene_are_one_column() -> None:
    renamed = gene_universe().query("symbol != approved_symbol").iloc[0]
    given_new = frame()
    given_old = given_new.rename(columns={renamed["approved_symbol"]: renamed["symbol"]})
    pd.testing.assert_frame_equal(rank_expression(given_old, "rma").z, rank_expression(given_new, "rma").z)


def test_genes_outside_the_universe_move_no_gene_of_it() -> None:
    plain = frame()
    wider = plain.assign(NOT_IN_THE_PANEL=99.0)
    pd.testing.assert_frame_equal(rank_expression(wider, "rma").z, rank_expression(plain, "rma").z)


@settings(max_examples=25)
@given(st.floats(-6, 6))
def test_a_gene_outside_is_placed_among_the_ranks_in_order(value: float) -> None:
    table = frame(1).assign(OUTSIDE=value)
    ranked = rank_expression(table, "rma")
    z = ranked.placed("OUTSIDE")
    assert z is not None
    universe = table[list(universe_symbols())].iloc[0]
    below = ranked.z.iloc[0][universe < value]
    above = ranked.z.iloc[0][universe > value]
    assert below.empty or below.max() < z.iloc[0] + 1e-3
    assert above.empty or above.min() > z.iloc[0] - 1e-3
    assert ranked.placed("NOWHERE") is None


def test_up_to_a_quarter_may_be_absent_and_is_named_beyond() -> None:
    table = frame()
    n = table.shape[1]
    assert len(rank_expression(table.iloc[:, : n - n // 4], "rma").absent_genes) == n // 4
    holed = table.copy()
    holed.iloc[1, : n // 4 + 20] = np.nan
    with pytest.raises(InputError, match=r"sample S1 lacks 2[56]\.\d% of the 5,778 genes"):
        rank_expression(holed, "rma")


@pytest.mark.parametrize(
    ("change", "scale", "says"),
    [
        (lambda t: t, "log_ratio", "harmonise"),
        (lambda t: t, None, "unknown expression scale None"),
        (lambda t: t, "log10ish", "unknown expression scale 'log10ish'"),
        (lambda t: t.assign(STK11=np.inf).rename(columns={"STK11": t.columns[7]}), "rma", "more than once"),
        (lambda t: t.mask(t == t.iloc[1, 5], np.inf), "rma", "infinite value"),
        (lambda t: t * 0, "counts", "same value for every gene"),
    ],
)
def test_what_cannot_be_ranked_is_refused(change, scale, says) -> None:
    with pytest.raises(InputError, match=says):
        rank_expression(change(frame()), scale)


def test_no_expression_at_all_is_no_error() -> None:
    ranked = rank_expression(pd.DataFrame(), None)
    assert ranked.z.shape == (0, 5778)
    assert ranked.absent_genes == ()
