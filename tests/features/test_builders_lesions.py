"""Lesions of the network: in which cells, how many, and whether regions hold them apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.builders import lesions
from features.builders.base import Inputs
from features.builders.lesions import Lesion, distinct, summary
from features.catalogue import describe
from features.cohort import Cohort
from features.knowledge import knowledge_table

N = np.nan
COLUMNS = ["sample_id", "gene", "consequence", "ccf", "vaf", "variant_id", "region"]


def cohort_of(
    rows: list[tuple], panel: list[str] | None = None, regions: tuple[str, ...] = (), samples: str = "A"
) -> Cohort:
    name = "exome" if panel is None else "panel"
    return Cohort.empty(
        "lesions",
        samples=pd.DataFrame({"sample_id": list(samples)}),
        profiled=pd.DataFrame({"sample_id": list(samples), "modality": "variants", "panel": name}),
        panels=pd.DataFrame({"panel": name, "gene": panel or []}),
        variants=pd.DataFrame([(*row, *[None] * 4)[:7] for row in rows], columns=COLUMNS),
        regions=pd.DataFrame({"sample_id": "A", "region": list(regions)}),
    )


def built(rows: list[tuple], **given_) -> pd.Series:
    values = lesions.build(Inputs(cohort_of(rows, **given_))).values
    return values.loc["A"].rename(lambda name: name.removeprefix("lesion."))


def test_the_genes_are_those_of_the_network_table() -> None:
    assert set(lesions.GENES) <= set(knowledge_table("network_genes")["gene"])
    assert set(lesions.network_members()) <= set(lesions.GENES)
    assert "MTOR" in lesions.network_members()


def test_a_row_rests_on_the_evidence_of_its_genes_status() -> None:
    """Two tables that name sources of one gene drift apart unless they are compared."""
    for gene in lesions.GENES:
        own, status = describe(f"lesion.ccf.{gene}"), describe(f"mut.{gene}")
        assert own.mechanism == status.mechanism
        if status.evidence == "unverified":  # of its sign, which the row of the CCF does not claim
            assert own.evidence.startswith("computed from")
        else:
            assert (own.evidence, own.provenance) == (status.evidence, status.provenance)


def test_a_profile_of_drivers_alone_knows_no_wild_type() -> None:
    """GDSC names drivers only: a variant of unknown weight is not listed, so its CCF is not 0."""
    cohort = cohort_of([("A", "TSC1", "nonsense", 0.9)])
    drivers = replace(cohort, profiled=cohort.profiled.assign(reported="drivers"))
    row = lesions.build(Inputs(drivers)).values.loc["A"]
    assert row["lesion.ccf.TSC1"] == 0.9
    assert row[["lesion.ccf.MTOR", "lesion.n_distinct", "lesion.max_ccf"]].isna().all()
    assert row["lesion.any_clonal"] == 1


def test_wild_type_is_zero_only_where_it_was_looked_for() -> None:
    row = built([("A", "TSC1", "nonsense", 0.4)], panel=["TSC1", "MTOR"])
    assert (row["ccf.TSC1"], row["ccf.MTOR"]) == (0.4, 0)
    assert row[["ccf.PTEN", "ccf.TP53", "n_distinct", "convergent", "max_ccf", "any_clonal"]].isna().all()
    assert row[["share_without_nested", "share_without_disjoint"]].isna().all()


def test_a_lesion_of_unknown_ccf_is_not_wild_type() -> None:
    cohort = cohort_of([("A", "TSC1", "nonsense"), ("A", "TSC1", "missense", 0.3)], samples="AB")
    block = lesions.build(Inputs(cohort))
    row = block.values.loc["A"]
    assert np.isnan(row["lesion.ccf.TSC1"])
    assert row["lesion.n_distinct"] == 1
    assert row[["lesion.max_ccf", "lesion.any_clonal", "lesion.share_without_nested"]].isna().all()
    assert [note.names for note in block.notes] == [("CCF>=0.85",), ("TSC1",)]
    wild = block.values.loc["B"]
    assert wild["lesion.share_without_nested"] == wild["lesion.share_without_disjoint"] == 1
    assert wild[["lesion.max_ccf", "lesion.any_clonal", "lesion.n_distinct", "lesion.convergent"]].eq(0).all()
    assert np.isnan(wild["lesion.convergent_regions"])


def test_silent_variants_are_no_lesions() -> None:
    row = built([("A", "MTOR", "silent", 0.9), ("A", "PTEN", "other", 0.9)])
    assert (row["n_distinct"], row["ccf.MTOR"], row["max_ccf"]) == (0, 0, 0)


def test_two_genes_are_convergent_and_bound_the_cells_without_either() -> None:
    row = built(
        [("A", "MTOR", "missense", 0.9), ("A", "TSC1", "frameshift", 0.3), ("A", "TP53", "splice", 1)]
    )
    assert (row["n_distinct"], row["convergent"], row["same_gene_hits"]) == (2, 1, 0)
    assert (row["max_ccf"], row["any_clonal"]) == (0.9, 1)
    assert row["share_without_nested"] == pytest.approx(0.1)
    assert row["share_without_disjoint"] == 0
    apart = built([("A", "MTOR", "missense", 0.2), ("A", "TSC1", "frameshift", 0.3)])
    assert apart["share_without_nested"] == pytest.approx(0.7)
    assert apart["share_without_disjoint"] == pytest.approx(0.5)
    assert apart["any_clonal"] == 0


def test_two_hits_of_one_gene_are_one_lesion() -> None:
    """Both alleles of TSC1 lost in every cell is biallelic loss, not convergent evolution."""
    row = built([("A", "TSC1", "frameshift", 0.9), ("A", "TSC1", "nonsense", 0.7)])
    assert (row["n_distinct"], row["convergent"], row["same_gene_hits"]) == (1, 0, 1)
    assert row["ccf.TSC1"] == 0.9
    assert row["share_without_disjoint"] == pytest.approx(0.1)


REGIONS = ("R1", "R2", "R3")


def placed(gene: str, place: str, *regions: str) -> list[tuple]:
    return [("A", gene, "nonsense", 0.9, 0.3, place, region) for region in regions]


def test_one_gene_hit_twice_in_different_regions_is_convergent() -> None:
    """As in Voss 2014: distinct alterations of one pathway at spatially separate sites."""
    other = placed("TTN", "2:9", *REGIONS)
    row = built(other + placed("TSC1", "9:1", "R1") + placed("TSC1", "9:2", "R2", "R3"), regions=REGIONS)
    assert (row["n_distinct"], row["convergent"], row["convergent_regions"]) == (2, 1, 1)
    assert row["same_gene_hits"] == 0
    nested = built(other + placed("TSC1", "9:1", "R1") + placed("TSC1", "9:2", "R1", "R2"), regions=REGIONS)
    assert (nested["n_distinct"], nested["convergent"], nested["convergent_regions"]) == (1, 0, 0)
    # Listed in R1 as well, but below the VAF of presence.
    faint = [("A", "TSC1", "nonsense", 0.01, 0.005, "9:2", "R1")]
    row = built(
        other + placed("TSC1", "9:1", "R1") + faint + placed("TSC1", "9:2", "R2", "R3"), regions=REGIONS
    )
    assert row["convergent_regions"] == 1


def test_different_genes_in_the_same_regions_are_convergent_but_not_apart() -> None:
    row = built(
        placed("TTN", "2:9", *REGIONS) + placed("TSC1", "9:1", *REGIONS) + placed("MTOR", "1:1", "R1"),
        regions=REGIONS,
    )
    assert (row["convergent"], row["convergent_regions"]) == (1, 0)
    assert row["ccf.MTOR"] == pytest.approx(0.3)  # 0.9 in one region of three


def test_what_was_seen_decides_even_where_a_panel_is_partial() -> None:
    row = built(
        [("A", "MTOR", "missense", 0.9), ("A", "TSC1", "frameshift", N)], panel=["MTOR", "TSC1", "TSC2"]
    )
    assert (row["convergent"], row["any_clonal"]) == (1, 1)
    assert np.isnan(row["n_distinct"])


def test_a_hit_that_overlaps_two_ties_them_together() -> None:
    hits = [
        Lesion("TSC1", 0.2, frozenset({"R1"})),
        Lesion("TSC1", 0.3, frozenset({"R2"})),
        Lesion("TSC1", 0.9, frozenset({"R1", "R2", "R3"})),
    ]
    assert len(distinct(hits[:2])) == 2
    joined = distinct(hits)
    assert [(lesion.n_hits, lesion.ccf) for lesion in joined] == [(3, 0.9)]
    assert joined[0].regions == {"R1", "R2", "R3"}


@given(st.lists(st.floats(0, 1), max_size=5), st.integers(0, 2**32 - 1))
def test_the_share_without_a_lesion_lies_between_its_bounds_whatever_the_clones(ccf, seed) -> None:
    """Cells that carry each lesion drawn at random are one of the trees that the bounds must hold for."""
    cells = 400
    rng = np.random.default_rng(seed)
    counts = [round(c * cells) for c in ccf]
    carried = np.zeros((len(ccf), cells), dtype=bool)
    for row, count in enumerate(counts):
        carried[row, rng.permutation(cells)[:count]] = True
    without = 1 - carried.any(axis=0).mean()
    found = summary([Lesion(f"G{i}", n / cells, None) for i, n in enumerate(counts)], True, False)
    assert found["share_without_disjoint"] - 1e-9 <= without <= found["share_without_nested"] + 1e-9
    assert 0 <= found["share_without_disjoint"] <= found["share_without_nested"] <= 1
