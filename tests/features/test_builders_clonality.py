"""MATH and its neighbours, and the cancer cell fractions behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import entropy, median_abs_deviation

from features.builders import clonality, lesions, regions
from features.builders.base import Inputs
from features.builders.ccf import cancer_cell_fraction, expected_vaf
from features.builders.tumour_variants import tumour_variants
from features.catalogue import describe
from features.cohort import Cohort
from features.errors import InputError
from features.settings import Settings

VAFS = arrays(float, st.integers(2, 30), elements=st.floats(0.05, 1))
N = np.nan


@given(VAFS, st.floats(0.01, 10), st.randoms(use_true_random=False))
def test_math_ignores_scale_and_order_and_keeps_its_range(vaf, factor, random) -> None:
    score = clonality.math_score(vaf)
    assert 0 <= score <= 148.26 + 1e-9
    np.testing.assert_allclose(clonality.math_score(vaf * factor), score, rtol=1e-9, atol=1e-9)
    shuffled = list(vaf)
    random.shuffle(shuffled)
    assert clonality.math_score(np.array(shuffled)) == score
    np.testing.assert_allclose(score, 100 * 1.4826 * median_abs_deviation(vaf) / np.median(vaf), atol=1e-9)


@given(arrays(int, st.integers(2, 40), elements=st.integers(0, 9)))
def test_shannon_and_simpson_are_those_of_ten_bins(bins) -> None:
    counts = np.bincount(bins, minlength=10)
    shares = counts / counts.sum()
    # In the middle of the bins, where no way of rounding moves a value.
    assert clonality.shannon((bins + 0.5) / 10) == pytest.approx(entropy(counts), abs=1e-9)
    assert clonality.simpson((bins + 0.5) / 10) == pytest.approx(1 - shares @ shares, abs=1e-9)
    assert 0 <= clonality.shannon((bins + 0.5) / 10) <= np.log(10) + 1e-9
    assert 0 <= clonality.simpson((bins + 0.5) / 10) <= 0.9 + 1e-9


def test_the_edges_belong_to_bins() -> None:
    assert clonality.shannon(np.array([0.0, 1.0])) == pytest.approx(np.log(2))
    # Edges by linspace put 0.3 beside 0.2: callers round their CCFs to such values.
    assert clonality.simpson(np.arange(10) / 10) == pytest.approx(0.9)
    assert np.isnan(clonality.shannon(np.array([0.5])))
    assert np.isnan(clonality.simpson(np.array([0.5])))


@given(st.floats(0.05, 1), st.floats(0.05, 1), st.integers(1, 8), st.integers(1, 8))
def test_the_ccf_turns_the_expected_vaf_round(ccf, purity, copies, mutated) -> None:
    """On one copy any CCF comes back; on several, where clones carry the variant on all those copies."""
    assert cancer_cell_fraction(expected_vaf(ccf, purity, copies), purity, copies) == pytest.approx(ccf)
    mutated = min(mutated, copies)
    assert cancer_cell_fraction(expected_vaf(1, purity, copies, mutated), purity, copies) == pytest.approx(1)


def test_the_ccf_agrees_with_published_examples() -> None:
    # Landau 2014, figure 1 (PMC3934006): VAF 0.125 on three copies at purity 0.67 is a CCF of 0.5.
    assert cancer_cell_fraction(0.125, 0.67, 3) == pytest.approx(0.5, abs=0.003)
    # Pure and diploid: heterozygous, and lost to one copy.
    assert cancer_cell_fraction(0.5, 1, 2) == 1
    assert cancer_cell_fraction(1, 1, 1) == 1
    # Two of three copies carry it: not in 1.33 of the cells.
    assert cancer_cell_fraction(2 / 3, 1, 3) == pytest.approx(1)
    # Both copies would have to carry it, but the alleles are one each.
    assert cancer_cell_fraction(0.9, 1, 2, 1) == pytest.approx(1.8)


def cohort_of(rows: list[tuple], **tables) -> Cohort:
    columns = ["sample_id", "gene", "consequence", "ref_count", "alt_count", "vaf", "ccf", "variant_id"]
    modalities = ["variants", "copy_number"]
    return Cohort.empty(
        "vaf",
        **{
            "samples": pd.DataFrame({"sample_id": ["A", "B"]}),
            "profiled": pd.DataFrame(
                [(s, m, "exome") for s in "AB" for m in modalities],
                columns=["sample_id", "modality", "panel"],
            ),
            "variants": pd.DataFrame([(*row, None)[:8] for row in rows], columns=columns),
            **tables,
        },
    )


def built(rows: list[tuple], settings: Settings | None = None, **tables):
    return clonality.build(Inputs(cohort_of(rows, **tables), settings or Settings()))


COUNTED = [
    ("A", "G1", "missense", 50, 50, N, N),
    ("A", "G2", "missense", 80, 20, N, N),
    ("A", "G3", "missense", 9, 10, N, N),  # depth 19
    ("A", "G4", "missense", 97, 4, N, N),  # VAF 0.04
    ("A", "G5", "silent", 10, 90, N, N),
]


def test_the_cut_offs_are_those_of_the_settings_and_written_out() -> None:
    block = built(COUNTED)
    row = block.values.loc["A"]
    assert row["clonality.n_variants_used"] == 2
    assert row["clonality.math"] == pytest.approx(100 * 1.4826 * 0.15 / 0.35)
    assert (row["clonality.min_depth"], row["clonality.min_vaf"]) == (20, 0.05)
    assert block.notes[0].names == ("depth>=20", "VAF>=0.05")
    assert block.values.loc["B"].isna().all()


def test_another_cut_off_is_another_score_and_is_told() -> None:
    """A model trained at one cut-off and served at another would read other numbers in silence."""
    block = built(COUNTED, Settings(min_depth=19, min_vaf=0.01))
    row = block.values.loc["A"]
    assert row["clonality.n_variants_used"] == 4
    assert row["clonality.math"] != built(COUNTED).values.loc["A", "clonality.math"]
    assert (row["clonality.min_depth"], row["clonality.min_vaf"]) == (19, 0.01)
    assert block.notes[0].names == ("depth>=19", "VAF>=0.01")


def test_vaf_without_counts_cannot_pass_a_depth_cut_off() -> None:
    rows = [("A", f"G{i}", "missense", N, N, 0.1 * i, N) for i in range(1, 6)]
    strict = built(rows).values.loc["A"]
    assert strict[["clonality.math", "clonality.n_variants_used", "clonality.min_depth"]].isna().all()
    assert strict["clonality.n_variants_ccf"] == 0
    open_ = built(rows, Settings(min_depth=0, min_vaf=0)).values.loc["A"]
    assert open_["clonality.n_variants_used"] == 5
    assert open_["clonality.math"] == pytest.approx(100 * 1.4826 * 0.1 / 0.3)
    assert np.isnan(open_["clonality.n_clusters_vaf"])


def test_a_vaf_of_zero_is_no_variant_whatever_the_cut_off() -> None:
    """Forced calls carry zeros: a median of 0 would make MATH infinite."""
    rows = [("A", f"G{i}", "missense", 100, 0, N, N) for i in range(9)] + COUNTED
    assert built(rows, Settings(min_depth=0, min_vaf=0)).values.loc["A", "clonality.n_variants_used"] == 4


def test_no_variant_left_is_zero_used_and_no_index() -> None:
    row = built([("A", "G", "missense", 99, 1, N, N)]).values.loc["A"]
    assert row["clonality.n_variants_used"] == 0
    assert np.isnan(row["clonality.math"])
    assert np.isnan(row["clonality.shannon_vaf"])
    assert row["clonality.min_depth"] == 20


def test_own_ccf_gives_the_subclonal_share() -> None:
    block = built([("A", f"G{i}", "missense", N, N, N, c) for i, c in enumerate([1, 0.85, 0.3, 0.2])])
    row = block.values.loc["A"]
    assert row["clonality.subclonal_fraction"] == 0.5
    assert row["clonality.shannon_ccf"] > 0
    assert row["clonality.simpson_ccf"] == pytest.approx(0.75)
    assert (row["clonality.n_variants_ccf"], row["clonality.share_own_ccf"]) == (4, 1)
    assert [note.names for note in block.notes] == [("CCF<0.85",)]


def samples(purity: float | None) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": ["A", "B"], "purity": purity})


def copies(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["sample_id", "gene", "total_copy_number", "minor_copy_number"])


def test_ccf_is_computed_only_where_purity_and_copies_are_known() -> None:
    """Two copies assumed where none were measured would call lost alleles subclonal."""
    rows = [
        ("A", "OWN", "missense", 50, 50, N, 0.4),
        ("A", "KNOWN", "missense", 80, 20, N, N),
        ("A", "SHALLOW", "missense", 8, 2, N, N),
        ("A", "UNKNOWN", "missense", 80, 20, N, N),
        ("A", "GONE", "missense", 80, 20, N, N),
    ]
    table = copies(("A", "KNOWN", 2, 1), ("A", "SHALLOW", 2, 1), ("A", "GONE", 0, 0))
    cohort = cohort_of(rows, samples=samples(0.5), copy_number=table)
    found = tumour_variants(cohort)
    assert found["ccf_source"].to_list()[:3] == ["own", "computed", "computed"]
    assert found["ccf_source"].isna().sum() == 2
    assert found["ccf"].to_list()[:2] == [0.4, pytest.approx(0.8)]
    row = built(rows, samples=samples(0.5), copy_number=table).values.loc["A"]
    # A computed CCF is as shaky as its reads: those below the cut-offs are left out.
    assert row["clonality.n_variants_ccf"] == 2
    assert (row["clonality.share_own_ccf"], row["clonality.share_computed_ccf"]) == (0.2, 0.2)
    for purity in (None, 0.0):
        without = built(rows, samples=samples(purity), copy_number=table)
        assert without.values.loc["A", "clonality.share_computed_ccf"] == 0
        assert any(note.problem.startswith("4 of 5 protein-altering variants have no CCF")
                   for note in without.notes)  # fmt: skip


def test_copies_come_from_the_segment_that_covers_the_place() -> None:
    rows = [
        ("A", "IN", "missense", 75, 25, N, N, "chr3:150:A>T"),
        ("A", "BETWEEN", "missense", 75, 25, N, N, "3:250:A>T"),
        ("A", "NEXT", "missense", 75, 25, N, N, "3-300-A-T"),
        ("A", "OTHER_CHROMOSOME", "missense", 75, 25, N, N, "chr4:150:A>T"),
        ("A", "X", "missense", 75, 25, N, N, "chrX:150:A>T"),
        ("A", "NO_PLACE", "missense", 75, 25, N, N, None),
        ("B", "OTHER_SAMPLE", "missense", 75, 25, N, N, "chr3:150:A>T"),
        ("A", "TABLED", "missense", 75, 25, N, N, "chr3:150:A>T"),
    ]
    segments = pd.DataFrame(
        [("A", "3", 300, 400, 2, 1), ("A", "chr3", 100, 200, 1, 0), ("A", "X", 100, 200, 1, 0)],
        columns=["sample_id", "chromosome", "start", "end", "total_copy_number", "minor_copy_number"],
    )
    cohort = cohort_of(
        rows, samples=samples(0.8), segments=segments, copy_number=copies(("A", "TABLED", 3, N))
    )
    found = tumour_variants(cohort).set_index("gene")["ccf_unclipped"]
    assert found["IN"] == pytest.approx(0.25 * (0.8 * 1 + 0.4) / 0.8)
    assert found["NEXT"] == pytest.approx(0.25 * 2 / 0.8)
    assert found["TABLED"] == pytest.approx(0.25 * (0.8 * 3 + 0.4) / 0.8)
    assert found[["BETWEEN", "OTHER_CHROMOSOME", "X", "NO_PLACE", "OTHER_SAMPLE"]].isna().all()


def test_clones_are_counted_at_their_read_depth() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for sample, fractions in (("A", [0.4]), ("B", [0.45, 0.12])):
        for i in range(80):
            alt = rng.binomial(200, fractions[i % len(fractions)])
            rows.append((sample, f"G{i}", "missense", 200 - alt, alt, N, N))
    values = built(rows).values["clonality.n_clusters_vaf"]
    assert values.to_list() == [1, 2]
    ccf = [("A", f"G{i}", "missense", N, N, N, (0.95, 0.3)[i % 2] + 0.002 * i) for i in range(20)]
    assert built(ccf).values.loc["A", "clonality.n_clusters_ccf"] == 2
    assert np.isnan(built(ccf[:9]).values.loc["A", "clonality.n_clusters_ccf"])


def test_regions_of_one_tumour_are_pooled_not_counted_as_variants() -> None:
    """Three regions would treble every shared variant."""
    columns = ["sample_id", "gene", "consequence", "vaf", "variant_id", "region"]
    rows = [("A", "G1", "missense", v, "1:1", r) for v, r in ((0.4, "R1"), (0.2, "R2"), (0.3, "R3"))]
    rows += [("A", "G2", "missense", 0.3, "1:2", "R1"), ("A", "G3", "missense", 0.004, "1:3", "R1")]
    cohort = cohort_of(
        [],
        variants=pd.DataFrame(rows, columns=columns),
        regions=pd.DataFrame({"sample_id": "A", "region": ["R1", "R2", "R3"]}),
    )
    found = tumour_variants(cohort).set_index("gene")
    assert found["vaf"].to_dict() == {"G1": pytest.approx(0.3), "G2": pytest.approx(0.1)}
    assert found.at["G2", "regions"] == {"R1"}
    values = clonality.build(Inputs(cohort, Settings(min_depth=0, min_vaf=0))).values
    assert values.loc["A", "clonality.n_variants_used"] == 2


def test_every_value_lies_in_the_range_of_its_row() -> None:
    rng = np.random.default_rng(1)
    rows = [
        ("A", f"G{i}", "missense", float(r), float(a), N, c)
        for i, (r, a, c) in enumerate(
            zip(rng.integers(0, 90, 60), rng.integers(0, 90, 60), rng.random(60), strict=True)
        )
    ]
    row = built(rows, Settings(min_depth=1, min_vaf=0)).values.loc["A"]
    assert row.notna().all()
    for name, value in row.items():
        meta = describe(str(name))
        assert (meta.low or 0) <= value <= (np.inf if meta.high is None else meta.high), name


def test_cut_offs_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="least VAF"):
        Settings(min_vaf=1.2)


def rich_cohort() -> Cohort:
    """Five samples: single biopsies with own and computed CCF, and tumours of two and three regions."""
    rng = np.random.default_rng(7)
    genes = ["MTOR", "TSC1", "PTEN", "TP53", *[f"G{i}" for i in range(20)]]
    rows, regions_, copy_rows, segment_rows = [], [], [], []
    for k, sample in enumerate("ABCDE"):
        own = [f"R{i}" for i in range(max(0, k - 1))] if k > 1 else [None]
        regions_ += [(sample, region) for region in own if region]
        copy_rows += [(sample, gene, rng.integers(1, 5), N) for gene in genes[:10]]
        segment_rows += [(sample, "1", 1, 500, 2, 1), (sample, "1", 501, 999, 3, 1)]
        for i, gene in enumerate(genes):
            for region in own:
                if rng.random() < 0.8 or i == 0:
                    alt = float(rng.integers(1, 80))
                    place = f"1:{37 * i + 1}:A>T"
                    ccf = rng.random() if k == 1 else N
                    rows.append((sample, gene, "missense", 60.0, alt, N, ccf, place, region))
    columns = [
        "sample_id", "gene", "consequence", "ref_count", "alt_count", "vaf", "ccf", "variant_id", "region",
    ]  # fmt: skip
    copy_columns = ["sample_id", "gene", "total_copy_number", "minor_copy_number"]
    segment_columns = ["sample_id", "chromosome", "start", "end", *copy_columns[2:]]
    return Cohort.empty(
        "rich",
        samples=pd.DataFrame({"sample_id": list("ABCDE"), "purity": [0.7, 0.8, 0.9, 0.6, 1.0]}),
        profiled=pd.DataFrame(
            [(s, m, "exome") for s in "ABCDE" for m in ("variants", "copy_number")],
            columns=["sample_id", "modality", "panel"],
        ),
        variants=pd.DataFrame(rows, columns=columns),
        regions=pd.DataFrame(regions_, columns=["sample_id", "region"]),
        copy_number=pd.DataFrame(copy_rows, columns=copy_columns),
        segments=pd.DataFrame(segment_rows, columns=segment_columns),
    )


RICH = rich_cohort()
FAMILIES = (clonality, lesions, regions)
WHOLE = [family.build(Inputs(RICH)).values for family in FAMILIES]


def test_the_rich_cohort_carries_every_index() -> None:
    """Else the property below would compare unknown with unknown."""
    for whole in WHOLE:
        assert [name for name in whole if whole[name].isna().all()] == []


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("ABCDE"), min_size=1, unique=True))
def test_no_other_sample_changes_a_sample(chosen: list[str]) -> None:
    part = RICH.select(chosen)
    for family, whole in zip(FAMILIES, WHOLE, strict=True):
        pd.testing.assert_frame_equal(family.build(Inputs(part)).values, whole.loc[chosen], rtol=0, atol=1e-9)


def test_a_cohort_without_variants_knows_nothing_of_them() -> None:
    bare = Inputs(Cohort.empty("bare", samples=pd.DataFrame({"sample_id": ["A"]})))
    for family in FAMILIES:
        block = family.build(bare)
        assert block.values.isna().all(axis=None)
        assert block.notes == ()
