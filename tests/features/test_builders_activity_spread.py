"""Spread across cells: each sample from its own cells, each cell from itself, and a reason for every NaN."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from features.builders import activity_spread, cell_scores
from features.builders import spread_statistics as stats
from features.builders.base import Block, Inputs
from features.catalogue import catalogue
from features.cells import Cells
from features.cohort import Cohort
from features.errors import InputError

MTORC1 = cell_scores.positive_genes("mtorc1")
CYCLE = cell_scores.positive_genes("proliferation")
SETS = (*cell_scores.RNA_SCORES, "proliferation")
GENES = tuple(dict.fromkeys(gene for name in SETS for gene in cell_scores.positive_genes(name)))


def rna_cells(n: dict[str, int] | None = None, seed: int = 0, *, dense: bool = False) -> Cells:
    """Counts of made-up cells: the gene sets' genes, and a total of 4,000 to 16,000."""
    rng = np.random.default_rng(seed)
    samples = np.repeat(list(n or {"A": 80, "B": 60}), list((n or {"A": 80, "B": 60}).values()))
    total = rng.integers(4_000, 16_000, len(samples))
    rate = rng.gamma(4, 1 / 4, (len(samples), 1)) * rng.uniform(0.2, 2, len(GENES)) * total[:, None] / 1e4
    counts = rng.poisson(rate).astype(np.float32)
    obs = pd.DataFrame(
        {"cell_id": [f"c{i}" for i in range(len(samples))], "sample_id": samples, "total": total + 500.0}
    )
    values = counts if dense else sparse.csr_matrix(counts)
    return Cells(obs, GENES, values, "counts", "rna")


def protein_cells(features: tuple[str, ...], values: np.ndarray, scale: str = "linear") -> Cells:
    obs = pd.DataFrame({"cell_id": [f"c{i}" for i in range(values.shape[0])], "sample_id": "A"})
    return Cells(obs, features, values, scale, "protein")


def built(cells: Cells | None, samples: tuple[str, ...] = ("A", "B", "C")) -> Block:
    table = pd.DataFrame({"sample_id": list(samples)})
    return activity_spread.build(Inputs(Cohort.empty("spread", samples=table, cells=cells)))


def problems(block: Block) -> dict[str, tuple[str, ...]]:
    return {note.problem: note.names for note in block.notes}


def test_the_statistics_are_those_of_molecules_per_ten_thousand() -> None:
    cells = rna_cells()
    row = built(cells).values.loc["A"]
    own = cells.of("A")
    total = own.obs["total"].to_numpy()
    members = [j for j, gene in enumerate(GENES) if gene in MTORC1]
    molecules = own.values.toarray()[:, members].sum(axis=1).astype(float)
    linear = molecules / total * 10_000
    assert row["spread.n_cells"] == 80
    assert row["spread.mtorc1.mean"] == pytest.approx(np.log1p(linear).mean())
    assert row["spread.mtorc1.sd"] == pytest.approx(np.log1p(linear).std(ddof=1))
    assert row["spread.mtorc1.entropy"] == pytest.approx(stats.entropy(np.log1p(linear)))
    assert row["spread.mtorc1.cv"] == pytest.approx(linear.std(ddof=1) / linear.mean())
    assert row["spread.mtorc1.gini"] == pytest.approx(stats.gini(linear))
    assert row["spread.mtorc1.share_inactive"] == pytest.approx(np.mean(linear < np.median(linear) / 2))
    assert row["spread.mtorc1.cv_depth_controlled"] == stats.depth_controlled_cv(molecules, total)
    assert row["spread.mtorc1.cv_depth_controlled"] < row["spread.mtorc1.cv"]
    others = [j for j, gene in enumerate(GENES) if gene in CYCLE and gene not in MTORC1]
    cycle = np.log1p(own.values.toarray()[:, others].sum(axis=1).astype(float) / total * 10_000)
    left = stats.residuals(np.log1p(linear), cycle[:, None])
    assert row["spread.mtorc1.cycle_adjusted_sd"] == pytest.approx(stats.sd(left))
    # These cells share one size of everything, so the cycle's genes tell most of the score.
    assert row["spread.mtorc1.cycle_adjusted_sd"] < 0.6 * row["spread.mtorc1.sd"]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1_000))
def test_a_sample_is_the_same_alone_with_others_and_in_any_order_of_cells(seed: int) -> None:
    cells = rna_cells(seed=seed)
    whole = built(cells).values
    alone = built(cells.of("A"), ("A",)).values
    np.testing.assert_allclose(alone.loc["A"], whole.loc["A"], rtol=1e-9, atol=1e-9)
    order = np.random.default_rng(seed).permutation(len(cells))
    shuffled = replace(cells, obs=cells.obs.iloc[order].reset_index(drop=True), values=cells.values[order])
    np.testing.assert_allclose(built(shuffled).values, whole, rtol=1e-9, atol=1e-9)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1_000), st.sampled_from(["linear", "arcsinh"]))
def test_every_value_lies_in_the_range_that_the_catalogue_states(seed: int, scale: str) -> None:
    marks = protein_cells(("pS6", "p4EBP1"), two_states(seed), "linear")
    if scale == "arcsinh":
        marks = replace(marks, values=np.arcsinh(marks.values / 5) - 0.3, scale="arcsinh")
    rows = catalogue().set_index("name").loc[list(activity_spread.columns())]
    for cells in (rna_cells(seed=seed), marks):
        values = built(cells, ("A", "B")).values
        assert values.notna().any(axis=None)
        assert not (values < rows["low"]).any(axis=None)
        assert not (values > rows["high"]).any(axis=None)


def test_dense_and_sparse_cells_are_the_same() -> None:
    pd.testing.assert_frame_equal(built(rna_cells(dense=True)).values, built(rna_cells()).values)


def test_log_cells_give_what_their_counts_give_but_no_cv_nor_depth_control() -> None:
    cells = rna_cells()
    per = sparse.diags_array(1e4 / cells.obs["total"].to_numpy()) @ cells.values
    block = built(replace(cells, values=sparse.csr_matrix(per).log1p(), scale="log"))
    counted = built(cells).values
    lost = [f"spread.{s}.{k}" for s in cell_scores.RNA_SCORES for k in ("cv", "gini", "cv_depth_controlled")]
    assert block.values[lost].isna().all(axis=None)
    pd.testing.assert_frame_equal(block.values.drop(columns=lost), counted.drop(columns=lost), rtol=1e-6)
    told = problems(block)
    assert set(told[activity_spread._RATIO]) | set(told[activity_spread._COUNTS]) == set(lost)
    assert "log values of cells are taken to be log1p of counts per 10,000" in told


def test_a_sample_without_cells_is_unknown_not_zero() -> None:
    assert built(rna_cells()).values.loc["C"].isna().all()
    assert built(None).values.isna().all(axis=None)
    assert built(None).notes == ()


def test_too_few_cells_have_a_number_but_no_spread() -> None:
    block = built(rna_cells({"A": 40, "B": 19}))
    assert block.values.loc["B", "spread.n_cells"] == 19
    assert block.values.loc["B"].drop("spread.n_cells").isna().all()
    assert block.values.loc["A", "spread.mtorc1.sd"] > 0
    assert "mtorc1: 19 cells" in problems(block)["fewer than 20 cells: no spread"]


def test_cells_without_a_total_are_left_out_and_told() -> None:
    cells = rna_cells({"A": 50})
    total = cells.obs["total"].where(np.arange(50) >= 10)
    block = built(replace(cells, obs=cells.obs.assign(total=total)))
    kept = built(cells.where(np.arange(50) >= 10))
    assert block.values.loc["A", "spread.n_cells"] == 50
    np.testing.assert_array_equal(block.values.iloc[0, 1:], kept.values.iloc[0, 1:])
    told = problems(block)["cells left out: no total, or fewer than 2 molecules"]
    assert told[0] == "mtorc1: 10 cells"


def test_a_set_that_is_hardly_measured_has_no_score() -> None:
    cells = rna_cells()
    # The two sets share genes.
    kept = cells.columns({*MTORC1[:10], *cell_scores.positive_genes("hypoxia")} - {*MTORC1[10:]})
    block = built(kept)
    assert block.values.filter(like="spread.mtorc1").isna().all(axis=None)
    assert block.values.loc["A", "spread.hypoxia.sd"] > 0
    told = problems(block)
    lacking = told["no spread.mtorc1: fewer than half of its genes are measured, lacking"]
    assert set(MTORC1[10:]) <= set(lacking)
    # The cycle's genes went too.
    assert "spread.hypoxia.cycle_adjusted_sd" in told[activity_spread._CYCLE]
    assert np.isnan(block.values.loc["A", "spread.hypoxia.cycle_adjusted_sd"])


def test_cells_without_a_molecule_of_the_set_have_no_spread_of_it() -> None:
    cells = rna_cells({"A": 60})
    silent = cells.values.toarray()
    silent[:, [j for j, gene in enumerate(GENES) if gene in MTORC1]] = 0
    block = built(replace(cells, values=silent))
    row = block.values.loc["A"]
    for statistic in ("cv", "gini", "cv_depth_controlled", "bimodality", "share_inactive", "weight_active"):
        assert np.isnan(row[f"spread.mtorc1.{statistic}"])
    assert row["spread.mtorc1.mean"] == 0
    assert "spread.mtorc1.cv" in problems(block)[activity_spread._FLAT]


def test_no_gene_of_a_score_is_in_its_own_covariate() -> None:
    """KIF20A is in hypoxia and in proliferation: hypoxia regressed on it would be regressed on itself."""
    assert "KIF20A" in set(cell_scores.positive_genes("hypoxia")) & set(CYCLE)
    cells = rna_cells({"A": 40})
    raised = cells.values.toarray()
    raised[:20, GENES.index("KIF20A")] += 30
    cycles = [
        cell_scores.score_cells(c)["hypoxia"].cycle  # type: ignore[union-attr]
        for c in (cells, replace(cells, values=raised))
    ]
    np.testing.assert_array_equal(*cycles)


def two_states(seed: int = 0) -> np.ndarray:
    """Intensities of 100 cells without and 200 with S6 phosphorylated, and of a mitosis marker."""
    rng = np.random.default_rng(seed)
    s6 = np.concatenate([rng.gamma(2, 1, 100), rng.lognormal(5, 0.3, 200)])
    return np.column_stack([s6, rng.lognormal(1, 1, 300)])


def test_a_phospho_marker_is_found_by_any_spelling_and_scored_on_arcsinh() -> None:
    values = two_states()
    block = built(protein_cells(("149Sm_pS6_S240_S244", "89Y_pHH3_S28"), values), ("A",))
    row = block.values.loc["A"]
    assert row["spread.p_s6.mean"] == pytest.approx(np.arcsinh(values[:, 0] / 5).mean())
    assert row["spread.p_s6.cv"] == pytest.approx(stats.cv(values[:, 0]))
    assert row["spread.p_s6.weight_active"] == pytest.approx(2 / 3, abs=0.03)
    assert row["spread.p_s6.share_inactive"] == np.mean(values[:, 0] < 5)
    assert row["spread.p_s6.bimodality"] > 5 / 9
    left = stats.residuals(np.arcsinh(values[:, 0] / 5), np.arcsinh(values[:, 1:] / 5))
    assert row["spread.p_s6.cycle_adjusted_mad"] == pytest.approx(stats.mad(left))
    assert row.filter(like="p_4ebp1").isna().all()
    told = problems(block)
    assert told["channel of spread.p_s6"] == ("149Sm_pS6_S240_S244",)
    assert told["no spread.mtorc1: needs cells of the kind rna"] == ()
    assert "4EBP1_pT37_T46" in told["no spread.p_4ebp1: none of its markers is measured"]


def test_arcsinh_intensities_give_the_same_but_no_cv() -> None:
    values = two_states()
    linear = built(protein_cells(("pS6", "pHH3"), values), ("A",))
    block = built(protein_cells(("pS6", "pHH3"), np.arcsinh(values / 5), "arcsinh"), ("A",))
    lost = ["spread.p_s6.cv", "spread.p_s6.gini"]
    assert block.values[lost].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        block.values.drop(columns=lost), linear.values.drop(columns=lost), rtol=1e-6
    )
    assert problems(block)[activity_spread._RATIO] == tuple(lost)


def test_sparse_intensities_and_one_state() -> None:
    rng = np.random.default_rng(5)
    values = 5 * np.sinh(rng.normal(4, 0.5, (400, 1)))
    dense = built(protein_cells(("p4EBP1_T37_46",), values), ("A",))
    thin = built(protein_cells(("p4EBP1_T37_46",), sparse.csr_matrix(values)), ("A",))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(thin.values, dense.values)
    assert np.isnan(dense.values.loc["A", "spread.p_4ebp1.weight_active"])
    assert problems(dense)[activity_spread._ONE_STATE] == ("spread.p_4ebp1.weight_active",)


@pytest.mark.parametrize(("kind", "scale"), [("protein", "log"), ("rna", "linear"), ("rna", "arcsinh")])
def test_cells_on_a_scale_that_carries_no_score_are_nan_with_the_scale_told(kind: str, scale: str) -> None:
    cells = replace(protein_cells(("pS6",), two_states()[:, :1], scale), kind=kind)
    block = built(cells, ("A",))
    assert block.values.drop(columns="spread.n_cells").isna().all(axis=None)
    assert (scale,) in problems(block).values()


def test_two_channels_of_one_marker_are_refused() -> None:
    with pytest.raises(InputError, match="are both S6_phospho"):
        built(protein_cells(("pS6", "p-S6"), two_states()), ("A",))


def test_only_rna_scores_have_a_depth_to_control_for() -> None:
    names = activity_spread.columns()
    assert len(set(names)) == len(names)
    assert "spread.p_s6.cv_depth_controlled" not in names
    assert list(built(None).values.columns) == list(names)
