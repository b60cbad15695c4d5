"""MATH and its neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy, median_abs_deviation

from features.builders import clonality
from features.builders.base import Inputs
from features.cohort import Cohort

NCI60 = Path(__file__).parents[3] / "shared" / "data" / "cellline" / "nci60_variants"
VAFS = arrays(float, st.integers(2, 30), elements=st.floats(0.05, 1))


@given(VAFS, st.floats(0.01, 10), st.randoms(use_true_random=False))
def test_math_ignores_scale_and_order_and_keeps_its_range(vaf, factor, random) -> None:
    score = clonality.math_score(vaf)
    assert 0 <= score <= 148.26 + 1e-9
    np.testing.assert_allclose(clonality.math_score(vaf * factor), score, rtol=1e-9, atol=1e-9)
    shuffled = list(vaf)
    random.shuffle(shuffled)
    assert clonality.math_score(np.array(shuffled)) == score
    np.testing.assert_allclose(score, 100 * 1.4826 * median_abs_deviation(vaf) / np.median(vaf), atol=1e-9)


@given(VAFS)
def test_shannon_is_the_entropy_of_ten_bins(vaf) -> None:
    counts = np.bincount(np.minimum((vaf * 10).astype(int), 9), minlength=10)
    # Where a value sits on an edge two ways of binning may differ by rounding.
    if np.allclose(vaf * 10, np.round(vaf * 10), atol=1e-6) or np.any(
        np.abs(vaf * 10 - np.round(vaf * 10)) < 1e-9
    ):
        return
    assert clonality.shannon(vaf) == pytest.approx(entropy(counts), abs=1e-9)
    assert 0 <= clonality.shannon(vaf) <= np.log(10) + 1e-9


def cohort_of(rows: list[tuple]) -> Cohort:
    columns = ["sample_id", "gene", "consequence", "ref_count", "alt_count", "vaf", "ccf"]
    return Cohort.empty(
        "vaf",
        samples=pd.DataFrame({"sample_id": ["A", "B"]}),
        profiled=pd.DataFrame({"sample_id": ["A", "B"], "modality": "variants", "panel": "exome"}),
        variants=pd.DataFrame(rows, columns=columns),
    )


def built(rows: list[tuple]):
    return clonality.build(Inputs(cohort_of(rows)))


def test_the_cut_offs_are_pinned_and_written_out() -> None:
    n = np.nan
    block = built(
        [
            ("A", "G1", "missense", 50, 50, n, n),
            ("A", "G2", "missense", 80, 20, n, n),
            ("A", "G3", "missense", 9, 10, n, n),  # depth 19
            ("A", "G4", "missense", 97, 4, n, n),  # VAF 0.04
            ("A", "G5", "silent", 10, 90, n, n),
        ]
    )
    row = block.values.loc["A"]
    assert row["clonality.n_variants_used"] == 2
    assert row["clonality.math"] == pytest.approx(100 * 1.4826 * 0.15 / 0.35)
    assert [note.names for note in block.notes] == [("depth>=20", "VAF>=0.05")]
    assert block.values.loc["B"].isna().all()


def test_vaf_without_counts_cannot_pass_a_depth_cut_off() -> None:
    block = built([("A", f"G{i}", "missense", np.nan, np.nan, 0.4, np.nan) for i in range(5)])
    assert block.values.isna().all(axis=None)
    assert block.notes == ()


def test_no_variant_left_is_zero_used_and_no_index() -> None:
    row = built([("A", "G", "missense", 99, 1, np.nan, np.nan)]).values.loc["A"]
    assert row["clonality.n_variants_used"] == 0
    assert np.isnan(row["clonality.math"])
    assert np.isnan(row["clonality.shannon_vaf"])


def test_ccf_gives_the_subclonal_share() -> None:
    block = built(
        [("A", f"G{i}", "missense", np.nan, np.nan, np.nan, c) for i, c in enumerate([1, 0.85, 0.3, 0.2])]
    )
    assert block.values.loc["A", "clonality.subclonal_fraction"] == 0.5
    assert block.values.loc["A", "clonality.shannon_ccf"] > 0
    assert [note.names for note in block.notes] == [("CCF<0.85",)]


@pytest.mark.shared
def test_nci60_values_are_found_again() -> None:
    table, check = NCI60 / "derived_CCLE_mutations_nci60_lines.csv.gz", NCI60 / "derived_MATH_check.csv"
    if not table.exists():
        pytest.skip("shared NCI-60 variants are not beside the repository")
    variants = pd.read_csv(table, usecols=["Tumor_Sample_Barcode", "SangerRecalibWES_AC"]).dropna()
    variants[["alt_count", "ref_count"]] = (
        variants["SangerRecalibWES_AC"].str.split(":", expand=True).astype(float)
    )
    expected = pd.read_csv(check).dropna(subset=["SangerRecalibWES_AC_MATH"]).set_index("line")
    assert len(expected) == 55
    groups = dict(iter(variants.groupby("Tumor_Sample_Barcode")))
    for line, row in expected.iterrows():
        # That table keeps silent variants, so it checks cut-offs and formula.
        vaf = clonality.usable_vaf(groups[line])
        assert vaf is not None
        assert len(vaf) == row["SangerRecalibWES_AC_n"]
        assert clonality.math_score(vaf) == pytest.approx(row["SangerRecalibWES_AC_MATH"], abs=6e-4)
