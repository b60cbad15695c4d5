"""Regions of one tumour: what they share, and what one of them hides."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from features.builders import regions
from features.builders.base import Inputs
from features.catalogue import describe
from features.cohort import Cohort
from features.failures import TableError
from features.settings import Settings

N = np.nan
OPEN = Settings(min_depth=0, min_vaf=0)
PRESENT = st.integers(2, 6).flatmap(lambda k: arrays(bool, st.tuples(st.integers(1, 12), st.just(k))))


def cohort_of(rows: list[tuple], listed: dict[str, list[str]], panel: list[str] | None = None) -> Cohort:
    """Variants (sample_id, gene, consequence, vaf, variant_id, region[, ref_count, alt_count])."""
    columns = ["sample_id", "gene", "consequence", "vaf", "variant_id", "region", "ref_count", "alt_count"]
    name = "exome" if panel is None else "panel"
    return Cohort.empty(
        "regions",
        samples=pd.DataFrame({"sample_id": ["A", "B"]}),
        profiled=pd.DataFrame({"sample_id": ["A", "B"], "modality": "variants", "panel": name}),
        panels=pd.DataFrame({"panel": name, "gene": panel or []}),
        variants=pd.DataFrame([(*row, N, N)[:8] for row in rows], columns=columns),
        regions=pd.DataFrame(
            [(s, r) for s, names in listed.items() for r in names], columns=["sample_id", "region"]
        ),
    )


def built(cohort: Cohort, settings: Settings = OPEN) -> pd.Series:
    return regions.build(Inputs(cohort, settings)).values.loc["A"].rename(lambda n: n.removeprefix("region."))


# Present:   V1 everywhere, V2 in R1 and R2, V3 in R3 alone, V4 in no region (VAF 0.01 is not above 0.01).
ROWS = [
    *[("A", "G1", "missense", v, "1:1", r) for v, r in ((0.4, "R1"), (0.3, "R2"), (0.2, "R3"))],
    *[("A", "G2", "missense", v, "1:2", r) for v, r in ((0.2, "R1"), (0.1, "R2"))],
    ("A", "G3", "missense", 0.1, "1:3", "R3"),
    ("A", "G4", "missense", 0.01, "1:4", "R1"),
]
LISTED = {"A": ["R1", "R2", "R3"]}


def test_fractions_are_those_counted_by_hand() -> None:
    row = built(cohort_of(ROWS, LISTED))
    assert (row["n_regions"], row["n_variants"], row["presence_vaf"]) == (3, 3, 0.01)
    assert row["ubiquitous_fraction"] == row["shared_fraction"] == row["private_fraction"]
    assert row["private_fraction"] == pytest.approx(1 / 3)
    # R1 {1,2}, R2 {1,2}, R3 {1,3}
    assert row["mean_jaccard"] == pytest.approx((1 + 1 / 3 + 1 / 3) / 3)
    assert row["mean_share_seen"] == pytest.approx(2 / 3)
    variances = [np.var(v, ddof=1) for v in ([0.4, 0.3, 0.2], [0.2, 0.1, 0], [0, 0, 0.1])]
    assert row["vaf_variance"] == pytest.approx(np.mean(variances))
    scores = [100 * 1.4826 * d / m for d, m in ((0.1, 0.3), (0.1, 0.2), (0.05, 0.15))]
    assert row["math_variance"] == pytest.approx(np.var(scores, ddof=1))
    # The tumour's mean VAFs: 0.3, 0.1, 0.1 / 3.
    tumour = 100 * 1.4826 * (0.1 - 0.1 / 3) / 0.1
    assert row["math_error"] == pytest.approx(np.mean([abs(s - tumour) for s in scores]))


@given(PRESENT)
def test_fractions_add_up_and_agree_with_sets(present) -> None:
    found = regions.spread_of_presence(present)
    carried = present.any(axis=1).sum()
    assert found["n_variants"] == carried
    if not carried:
        assert len(found) == 1
        return
    names = ("ubiquitous_fraction", "shared_fraction", "private_fraction")
    assert sum(found[name] for name in names) == pytest.approx(1)
    sets = [set(np.flatnonzero(column)) for column in present.T]
    pairs = [(a, b) for a, b in combinations(sets, 2) if a | b]
    expected = np.mean([len(a & b) / len(a | b) for a, b in pairs])
    assert found["mean_jaccard"] == pytest.approx(expected)
    assert found["mean_share_seen"] == pytest.approx(np.mean([len(s) for s in sets]) / carried)
    for name, value in found.items():
        row = describe(f"region.{name}")
        assert row.low is not None
        assert row.low <= value <= (row.high or np.inf)


def test_regions_without_any_variant_have_no_jaccard() -> None:
    assert np.isnan(regions.mean_jaccard(np.zeros((3, 2), dtype=bool)))


def test_a_tumour_whose_variants_are_all_faint_has_none() -> None:
    rows = [("A", "G1", "missense", 0.004, "1:1", "R1"), ("A", "G1", "missense", 0.002, "1:1", "R2")]
    row = built(cohort_of(rows, {"A": ["R1", "R2"]}))
    assert (row["n_regions"], row["n_variants"]) == (2, 0)
    assert row[["ubiquitous_fraction", "mean_jaccard", "vaf_variance", "math_error"]].isna().all()
    assert row["network_lesion_in_some"] == 0


def test_one_region_is_told_and_single_biopsies_are_unknown() -> None:
    block = regions.build(Inputs(cohort_of(ROWS[:1], {"A": ["R1"]})))
    row = block.values.loc["A"]
    assert row["region.n_regions"] == 1
    assert row.drop("region.n_regions").isna().all()
    assert [(n.sample_id, n.problem) for n in block.notes] == [
        ("A", "one region tells nothing of the others: region.* need two")
    ]
    assert block.values.loc["B"].isna().all()


def test_a_variant_listed_without_vaf_is_present_but_gives_no_variance() -> None:
    rows = [*ROWS, ("A", "G5", "missense", N, "1:5", "R2")]
    row = built(cohort_of(rows, LISTED))
    assert row["n_variants"] == 4
    assert row["private_fraction"] == 0.5
    assert np.isnan(row["vaf_variance"])


def test_counts_and_cut_offs_rule_math_alone() -> None:
    rows = [
        (s, g, c, N, place, r, 60.0, alt)
        for s, g, c, place, r, alt in [
            ("A", "G1", "missense", "1:1", "R1", 40), ("A", "G1", "missense", "1:1", "R2", 30),
            ("A", "G2", "missense", "1:2", "R1", 20), ("A", "G2", "missense", "1:2", "R2", 5),
            ("A", "G3", "silent", "1:3", "R1", 20),
        ]
    ]  # fmt: skip
    cohort = cohort_of(rows, {"A": ["R1", "R2"]})
    loose, strict = built(cohort, Settings()), built(cohort, Settings(min_vaf=0.2))
    assert loose["n_variants"] == strict["n_variants"] == 3
    assert loose["math_variance"] > 0
    # At VAF 0.2 one variant of R2 is left, of which there is no MATH.
    assert np.isnan(strict["math_variance"])
    assert np.isnan(strict["math_error"])
    assert strict["ubiquitous_fraction"] == loose["ubiquitous_fraction"] == pytest.approx(2 / 3)


def test_a_network_lesion_in_some_regions_is_told_apart_from_one_in_all() -> None:
    everywhere = [("A", "TSC1", "nonsense", 0.3, "9:1", r) for r in LISTED["A"]]
    assert built(cohort_of(ROWS + everywhere, LISTED))["network_lesion_in_some"] == 0
    assert built(cohort_of(ROWS + everywhere[:2], LISTED))["network_lesion_in_some"] == 1
    silent = [("A", "TSC1", "silent", 0.3, "9:1", "R1")]
    assert built(cohort_of(ROWS + silent, LISTED))["network_lesion_in_some"] == 0
    panel = ["G1", "G2", "G3", "G4", "TSC1"]
    assert np.isnan(built(cohort_of(ROWS + everywhere, LISTED, panel))["network_lesion_in_some"])
    assert built(cohort_of(ROWS + everywhere[:1], LISTED, panel))["network_lesion_in_some"] == 1


def test_variants_without_an_id_are_known_by_gene_and_change() -> None:
    rows = [(*row[:4], None, row[5]) for row in ROWS]
    assert built(cohort_of(rows, LISTED)).equals(built(cohort_of(ROWS, LISTED)))


def test_a_tumour_is_the_same_in_company() -> None:
    company = cohort_of([*ROWS, *[("B", *row[1:]) for row in ROWS[:6]]], {**LISTED, "B": ["R1", "R2", "R3"]})
    alone = cohort_of(ROWS, LISTED)
    pd.testing.assert_series_equal(built(company), built(alone))


def test_a_region_with_no_variants_is_one_clear_line() -> None:
    with pytest.raises(TableError) as caught:
        cohort_of(ROWS, {"A": ["R1", "R2", "R3", "R4"]})
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith("cohort regions: 1 value not as expected: regions, column region, row 3: 'R4' ")
    assert text.endswith("variant")
