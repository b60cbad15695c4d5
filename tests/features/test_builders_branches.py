"""Divergence of the branches in tumours, and their exclusivity in cells, end to end."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from features.builders import branches
from features.builders.base import EVERY_SAMPLE, Inputs
from features.builders.proteins import antibody_reference
from features.catalogue import describe
from features.cells import Cells
from features.cohort import Cohort
from features.errors import InputError

NAMES = ("172Yb_pS6", "149Sm_p4EBP1_T37_46", "CD3", "CD45", "pErk")


def measured(n: int, seed: int, apart: bool, size_slope: float = 0.0) -> np.ndarray:
    """Arcsinh intensities of n cells: where ``apart``, no cell carries both marks unless size lifts both."""
    rng = np.random.default_rng(seed)
    size = rng.normal(size=n)
    p = 0.4 / (1 + np.exp(-size_slope * size)) * 2 if size_slope else np.full(n, 0.4)
    u = rng.random(n)
    first = u < p
    second = ((u >= p) & (u < 2 * p)) if apart else rng.random(n) < p
    lit = [np.where(mark, rng.normal(4, 0.4, n), rng.normal(0.3, 0.2, n)) for mark in (first, second)]
    others = [2 + size + rng.normal(0, 0.1, n) for _ in range(3)]
    return np.column_stack([*lit, *others])


def cells_cohort(
    parts: dict[str, np.ndarray], names: tuple[str, ...] = NAMES, kind: str = "protein"
) -> Cohort:
    ids = np.repeat(list(parts), [len(part) for part in parts.values()])
    obs = pd.DataFrame({"cell_id": np.arange(len(ids)).astype(str), "sample_id": ids})
    cells = Cells(obs, names, np.concatenate(list(parts.values())), "arcsinh", kind)
    samples = pd.DataFrame({"sample_id": [*parts, "no cells"]})
    return Cohort.empty("cells", samples=samples, cells=cells)


def built(cohort: Cohort):
    return branches.build(Inputs(cohort))


def test_divergence_is_the_difference_of_two_shipped_z_values() -> None:
    values = {"S6_pS240_S244": 0.2, "S6": 0.1, "4E-BP1_pT37_T46": 1.1, "4E-BP1_pS65": 0.4, "4E-BP1": 0.3}
    rows = [("A", name, value, "tcga_rppa") for name, value in values.items()]
    table = pd.DataFrame(
        [*rows, ("B", "S6", 1.0, "tcga_rppa")], columns=["sample_id", "antibody", "value", "platform"]
    )
    samples = pd.DataFrame({"sample_id": ["A", "B"]})
    block = built(Cohort.empty("p", samples=samples, proteins=table))
    ref = antibody_reference().set_index("column")

    def z(column: str, value: float) -> float:
        return (value - ref.at[column, "location"]) / ref.at[column, "scale"]

    row = block.values.loc["A"]
    s6 = z("prot.s6_ps240_s244", 0.2)
    assert row["branch.divergence"] == pytest.approx(z("prot.4ebp1_pt37_t46", 1.1) - s6)
    assert row["branch.divergence_ps65"] == pytest.approx(z("prot.4ebp1_ps65", 0.4) - s6)
    over = z("prot.4ebp1_pt37_t46_over_4ebp1", 0.8) - z("prot.s6_ps240_s244_over_s6", 0.1)
    assert row["branch.divergence_over_total"] == pytest.approx(over)
    assert block.values.loc["B"].isna().all()
    assert [(note.problem.split()[0], note.names) for note in block.notes] == [
        (f"branch.{name}", ("B",)) for name in branches.DIVERGENCES
    ]


def test_branches_that_avoid_each_other_are_called_exclusive_and_independent_ones_not() -> None:
    block = built(cells_cohort({"apart": measured(600, 0, True), "free": measured(600, 1, False)}))
    values = block.values
    assert values.at["apart", "branch.exclusive"] == 1
    assert values.at["free", "branch.exclusive"] == 0
    assert values.loc["no cells"].isna().all()
    row = values.loc["apart"]
    assert row["branch.exclusive_share"] == pytest.approx(0.8, abs=0.05)
    shares = row[["branch.exclusive_share", "branch.double_positive_share", "branch.double_negative_share"]]
    assert shares.sum() == pytest.approx(1)
    assert row["branch.n_cells"] == 600
    assert row["branch.mutual_information_p"] == 0.001
    assert row["branch.mutual_information_stratified_p"] == 0.001
    assert values.at["free", "branch.mutual_information_p"] > 0.02
    assert [note.names for note in block.notes] == [("172Yb_pS6", "149Sm_p4EBP1_T37_46")]


def test_a_shared_size_masks_what_its_strata_show() -> None:
    masked = measured(2_000, 2, False, size_slope=3.0)
    row = built(cells_cohort({"A": masked})).values.loc["A"]
    assert row["branch.log_odds_ratio_low"] > 0
    assert row["branch.log_odds_ratio_stratified_low"] < 0.3
    assert row["branch.log_odds_ratio_stratified"] < row["branch.log_odds_ratio"] - 0.5


def test_every_value_lies_in_the_range_that_the_catalogue_states() -> None:
    parts = {f"S{i}": measured(300, i, apart=i % 2 == 0) for i in range(6)}
    values = built(cells_cohort(parts)).values
    for column in branches.columns():
        row, seen = describe(column), values[column].dropna()
        assert row.low is None or (seen >= row.low - 1e-12).all()
        assert row.high is None or (seen <= row.high + 1e-12).all()


def test_order_of_cells_and_company_of_samples_change_nothing() -> None:
    parts = {"A": measured(400, 3, True), "B": measured(300, 4, False)}
    both = built(cells_cohort(parts)).values
    shuffled = np.random.default_rng(0).permutation(parts["A"])
    alone = built(cells_cohort({"A": shuffled})).values
    pd.testing.assert_frame_equal(both.loc[["A"]], alone.loc[["A"]], atol=1e-12, rtol=0)
    assert both.loc["A"].notna().sum() == len(branches.columns()) - len(branches.DIVERGENCES)


def test_without_size_the_claim_is_unknown_and_told() -> None:
    block = built(cells_cohort({"A": measured(400, 5, True)[:, :2]}, NAMES[:2]))
    row = block.values.loc["A"]
    assert row["branch.log_odds_ratio_high"] < 0
    for name in ("exclusive", "log_odds_ratio_stratified", "mutual_information_stratified_p"):
        assert np.isnan(row[f"branch.{name}"])
    assert [(n.sample_id, n.problem) for n in block.notes[1:]] == [
        ("A", "no size factor: neither totals nor 3 channels of other proteins")
    ]


def test_cells_of_one_state_are_unknown_and_told() -> None:
    values = measured(400, 6, True)
    values[:, 0] = np.random.default_rng(0).normal(2, 0.3, 400)
    block = built(cells_cohort({"A": values}))
    assert block.values.loc["A"].isna().all()
    assert block.notes[-1].problem == "no two states of 172Yb_pS6 among these cells"


def test_a_panel_without_both_branches_says_which_it_lacks() -> None:
    names = ("pAkt", *NAMES[1:])
    block = built(cells_cohort({"A": measured(100, 7, True)}, names))
    assert block.values.isna().all(axis=None)
    (note,) = block.notes
    assert (note.sample_id, note.names) == (EVERY_SAMPLE, ("S6",))


def test_cells_of_rna_have_no_branches_and_are_told_so() -> None:
    block = built(cells_cohort({"A": measured(100, 8, True)}, ("A1", "B1", "C1", "D1", "E1"), "rna"))
    assert block.values.isna().all(axis=None)
    assert [note.problem for note in block.notes] == ["branches in cells need cells of the kind protein"]


def test_two_channels_of_one_mark_are_refused() -> None:
    with pytest.raises(InputError, match="are both S6_phospho"):
        built(
            cells_cohort({"A": measured(100, 9, True)}, ("pS6", "149Sm_p4EBP1_T37_46", "172Yb_pS6", "x", "y"))
        )


def test_positivity_that_never_varies_leaves_the_odds_unknown_but_not_the_shares() -> None:
    values = np.column_stack([np.ones(80), np.arange(80) % 2, *np.random.default_rng(0).random((3, 80))])
    row = built(cells_cohort({"A": values})).values.loc["A"]
    assert row["branch.double_positive_share"] == 0.5
    assert np.isnan(row["branch.log_odds_ratio"])
    assert np.isnan(row["branch.exclusive"])


def test_a_hundred_thousand_cells_take_seconds() -> None:
    cohort = cells_cohort({"A": measured(100_000, 10, True)})
    start = time.perf_counter()
    built(cohort)
    assert time.perf_counter() - start < 10
