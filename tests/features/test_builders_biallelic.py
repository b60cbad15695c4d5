"""Loss of both alleles, from variants, copy number and reads."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from features.builders import biallelic
from features.builders.base import Block, Inputs
from features.builders.biallelic import expected_vaf, no_whole_allele
from features.cohort import Cohort

NAN = float("nan")
STOP = {"consequence": "nonsense", "protein_change": "p.Q10*"}


def built(
    variants: list[dict], copies: dict | None = None, *, gene: str = "TSC1", purity: float = NAN,
    profiled: tuple[str, ...] = ("variants", "copy_number"),
) -> Block:  # fmt: skip
    """One sample with variants of a gene and one gene-level row of copy number."""
    rows = [{"sample_id": "A", "gene": gene, **variant} for variant in variants]
    names = ["sample_id", "gene", "consequence", "protein_change", "ref_count", "alt_count", "variant_id"]
    levels = [{"sample_id": "A", "gene": gene, **copies}] if copies else []
    fields = ["sample_id", "gene", "call", "total_copy_number", "minor_copy_number", "log2_ratio"]
    cohort = Cohort.empty(
        "alleles",
        samples=pd.DataFrame({"sample_id": ["A"], "purity": [purity]}),
        profiled=pd.DataFrame(
            [("A", modality, "exome") for modality in profiled], columns=["sample_id", "modality", "panel"]
        ),
        variants=pd.DataFrame(rows, columns=names),
        copy_number=pd.DataFrame(levels, columns=fields),
    )
    return biallelic.build(Inputs(cohort))


def status(*given: object, gene: str = "TSC1", **more: object) -> float:
    return float(built(*given, gene=gene, **more).values.loc["A", f"biallelic.{gene}"])  # type: ignore[arg-type]


def same(found: float, expected: float) -> bool:
    return found == expected or (math.isnan(found) and math.isnan(expected))


LOH = {"total_copy_number": 2.0, "minor_copy_number": 0.0}
BOTH = {"total_copy_number": 2.0, "minor_copy_number": 1.0}
TWO = {"total_copy_number": 2.0}


@pytest.mark.parametrize(
    ("variants", "copies", "expected"),
    [
        ([], {"call": "deletion"}, 1),
        ([], {"total_copy_number": 0.0}, 1),
        ([], LOH, 0),
        ([], None, 0),
        ([STOP], LOH, 1),
        ([STOP], BOTH, 0),
        ([STOP], {"call": "loss"}, 1),
        ([STOP], {"total_copy_number": 1.0}, 1),
        # One hit, and copy-neutral loss of the other allele cannot be seen.
        ([STOP], {"call": "neutral"}, NAN),
        ([STOP], TWO, NAN),
        ([STOP], None, NAN),
        # A missense variant of unknown effect is no hit.
        ([{"consequence": "missense", "protein_change": "p.H732Y"}], LOH, 0),
        ([STOP, {"consequence": "frameshift", "protein_change": "p.L20fs"}], BOTH, 1),
        # The same variant twice (two regions, two callers) is one hit.
        ([STOP, STOP], BOTH, 0),
        # Two rows without name or place may be one variant.
        ([{"consequence": "nonsense"}, {"consequence": "nonsense"}], BOTH, 0),
        ([{"consequence": "splice", "variant_id": place} for place in ("9:1:A:G", "9:9:A:G")], BOTH, 1),
        ([STOP, {"consequence": "driver_unspecified"}], BOTH, 0),
        ([{"consequence": "driver_unspecified"}], LOH, 1),
        ([{"consequence": "silent"}], LOH, 0),
    ],
)  # fmt: skip
def test_two_hits_make_a_loss(variants: list[dict], copies: dict | None, expected: float) -> None:
    assert same(status(variants, copies), expected)


def test_what_was_not_profiled_leaves_it_unknown() -> None:
    assert math.isnan(status([], profiled=("variants",)))
    assert math.isnan(status([], BOTH, profiled=("copy_number",)))
    assert math.isnan(status([], profiled=()))
    # ... but what is seen decides.
    assert status([], {"call": "deletion"}, profiled=("copy_number",)) == 1
    two = [STOP, {"consequence": "frameshift", "protein_change": "p.L20fs"}]
    assert status(two, profiled=("variants",)) == 1


def test_a_hotspot_of_a_suppressor_is_a_hit_and_an_unread_change_leaves_it_open() -> None:
    hot = {"consequence": "missense", "protein_change": "p.R175H"}
    assert status([hot], LOH, gene="TP53") == 1
    assert math.isnan(status([{"consequence": "missense", "protein_change": None}], LOH, gene="TP53"))


def test_an_x_linked_gene_with_one_hit_is_unknown_for_the_sex_is() -> None:
    assert math.isnan(status([STOP], BOTH, gene="KDM5C"))
    assert status([STOP], LOH, gene="KDM5C") == 1
    assert status([], BOTH, gene="KDM5C") == 0


def test_reads_show_the_loss_where_copy_number_does_not() -> None:
    # Purity 0.8, two copies: heterozygous at VAF 0.4, with the other allele gone at 0.8.
    high = {**STOP, "alt_count": 80.0, "ref_count": 20.0}
    low = {**STOP, "alt_count": 40.0, "ref_count": 60.0}
    assert status([high], TWO, purity=0.8) == 1
    assert status([low], TWO, purity=0.8) == 0
    assert math.isnan(status([high], TWO))
    # Both parental alleles are held to be there, but every copy is hit.
    assert status([high], BOTH, purity=0.8) == 1
    # Any of several variants is enough.
    assert status([low, high], TWO, purity=0.8) == 1


def test_expected_vaf_is_the_share_of_mutated_among_all_copies() -> None:
    assert expected_vaf(1, 2, 1) == 0.5
    assert expected_vaf(0.6, 2, 1) == pytest.approx(0.3)
    assert expected_vaf(0.5, 4, 3) == pytest.approx(1.5 / 3)
    assert expected_vaf(0.7, 1, 1) == pytest.approx(0.7 / 1.3)
    assert math.isnan(expected_vaf(1, 0, 0))


def test_a_gained_copy_explains_a_high_vaf() -> None:
    # Two of three copies mutated: 0.67 in a pure sample, which two copies would not allow.
    assert no_whole_allele(67, 33, 1, 2) == 1
    assert no_whole_allele(67, 33, 1, 3) == 0


@pytest.mark.parametrize(
    ("alt", "ref", "purity", "total"), [(0, 0, 1, 2), (9, 1, NAN, 2), (9, 1, 1, NAN), (9, 1, 1, 40)]
)
def test_without_reads_purity_copies_or_room_the_reads_tell_nothing(alt, ref, purity, total) -> None:
    assert math.isnan(no_whole_allele(alt, ref, purity, total))


@given(st.floats(0.2, 1), st.integers(2, 6), st.integers(20, 500))
def test_a_heterozygous_variant_is_called_lost_in_at_most_one_of_a_hundred(
    purity: float, total: int, depth: int
) -> None:
    # Exact, over all counts, even if purity or copies shift the VAF by the margin.
    true = expected_vaf(purity, total, total - 1)
    if true + biallelic.MARGIN >= 1:
        return
    counts = np.arange(depth + 1)
    called = np.array([no_whole_allele(float(k), float(depth - k), purity, total) for k in counts]) == 1
    for shift in (0, biallelic.MARGIN):
        assert binom.pmf(counts[called], depth, true + shift).sum() <= biallelic.LEVEL + 1e-9


def test_power_a_loss_at_usual_depth_and_purity_is_found() -> None:
    # Purity 0.7, the other allele lost and this one doubled: both copies carry the variant.
    vaf = expected_vaf(0.7, 2, 2)
    counts = np.arange(101)
    called = np.array([no_whole_allele(float(k), float(100 - k), 0.7, 2) for k in counts]) == 1
    assert binom.pmf(counts[called], 100, vaf).sum() > 0.99


def test_what_is_assumed_or_open_is_told() -> None:
    two = [STOP, {"consequence": "frameshift", "protein_change": "p.L20fs"}]
    assert [n.names for n in built(two, BOTH).notes] == [("TSC1",)]
    (note,) = built([STOP], TWO).notes
    assert (note.sample_id, note.names) == ("*", ("TSC1",))
    assert not built([STOP], profiled=("variants",)).notes
