"""Copy number: amplified and deleted genes, and indices of the genome against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builders import copy_number
from features.builders.base import Block, Inputs
from features.builders.copy_segments import AUTOSOMES, autosomal, instability
from features.builders.gene_copies import gene_copies
from features.cohort import Cohort
from features.knowledge import knowledge_table

NAN = float("nan")
FIELDS = ["call", "total_copy_number", "minor_copy_number", "log2_ratio"]


def gene_cohort(gene: str, ploidy: float = NAN, profiled: bool = True, **given: object) -> Cohort:
    """One sample with one gene-level row (none without ``given``)."""
    rows = [{"sample_id": "A", "gene": gene, **given}] if given else []
    return Cohort.empty(
        "copies",
        samples=pd.DataFrame({"sample_id": ["A"], "ploidy": [ploidy]}),
        profiled=pd.DataFrame(
            [("A", "copy_number", "exome")] if profiled else [], columns=["sample_id", "modality", "panel"]
        ),
        copy_number=pd.DataFrame(rows, columns=["sample_id", "gene", *FIELDS]),
    )


def genome(copies: dict[str, float] | None = None, default: float = 2.0, prefix: str = "") -> pd.DataFrame:
    """A segment of 100 bases a chromosome, with the copies given or the default; minor 1 unless one copy."""
    given = copies or {}
    rows = []
    for name in AUTOSOMES:
        total = given.get(name, default)
        rows.append(("A", prefix + name, 1, 100, total, 0.0 if total <= 1 else 1.0))
    names = ["sample_id", "chromosome", "start", "end", "total_copy_number", "minor_copy_number"]
    return pd.DataFrame(rows, columns=names)


def built(segments: pd.DataFrame, ploidy: float = NAN) -> Block:
    cohort = Cohort.empty(
        "segments",
        samples=pd.DataFrame({"sample_id": ["A", "B"], "ploidy": [ploidy, NAN]}),
        segments=segments,
    )
    return copy_number.build(Inputs(cohort))


def same(found: float, expected: float) -> bool:
    return math.isclose(found, expected) or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize(
    ("given", "ploidy", "expected"),
    [
        ({"call": "amplification"}, NAN, 1),
        ({"call": "gain"}, NAN, 0),
        # A call stands above the numbers beside it.
        ({"call": "gain", "total_copy_number": 12.0}, 2.0, 0),
        ({"total_copy_number": 5.0}, 2.0, 1),
        ({"total_copy_number": 4.9}, 2.0, 0),
        ({"total_copy_number": 5.0}, 2.7, 1),
        ({"total_copy_number": 8.0}, 3.1, 0),
        ({"total_copy_number": 9.0}, 3.1, 1),
        # Between the two thresholds the ploidy decides.
        ({"total_copy_number": 6.0}, NAN, NAN),
        ({"total_copy_number": 9.0}, NAN, 1),
        ({"total_copy_number": 4.0}, NAN, 0),
        ({"log2_ratio": math.log2(5 / 2) + 1e-9}, NAN, 1),
        ({"log2_ratio": 1.0}, NAN, 0),
        # A row that says nothing is no statement of two copies.
        ({"call": None}, NAN, NAN),
    ],
)
def test_amplified_by_call_then_total_then_ratio(given: dict, ploidy: float, expected: float) -> None:
    values = copy_number.build(Inputs(gene_cohort("MYC", ploidy, **given))).values
    assert same(values.loc["A", "cn.MYC.amplified"], expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"call": "deletion"}, 1),
        ({"call": "loss"}, 0),
        ({"total_copy_number": 0.0}, 1),
        ({"total_copy_number": 0.4}, 1),
        ({"total_copy_number": 1.0}, 0),
        ({"log2_ratio": -1.1}, 1),
        ({"log2_ratio": -0.8}, 0),
        ({"call": None}, NAN),
    ],
)
def test_deleted_means_that_no_copy_is_left(given: dict, expected: float) -> None:
    values = copy_number.build(Inputs(gene_cohort("PTEN", **given))).values
    assert same(values.loc["A", "cn.PTEN.deleted"], expected)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"minor_copy_number": 0.0, "total_copy_number": 2.0}, 1),
        ({"minor_copy_number": 1.0, "total_copy_number": 2.0}, 0),
        ({"total_copy_number": 1.0}, 1),
        ({"call": "loss"}, 1),
        ({"call": "deletion"}, 1),
        # Two copies may be one allele doubled: only the minor copy number tells.
        ({"total_copy_number": 2.0}, NAN),
        ({"call": "neutral"}, NAN),
        ({"log2_ratio": -2.0}, 1),
    ],
)
def test_one_allele_is_gone(given: dict, expected: float) -> None:
    found = gene_copies(Inputs(gene_cohort("PTEN", **given)), ["PTEN"])
    assert same(found.one_allele.loc["A", "PTEN"], expected)


def test_a_gene_without_a_row_is_unaltered_only_inside_what_was_profiled() -> None:
    inside = copy_number.build(Inputs(gene_cohort("MYC"))).values
    assert inside.loc["A", ["cn.MYC.amplified", "cn.PTEN.deleted"]].tolist() == [0, 0]
    outside = copy_number.build(Inputs(gene_cohort("MYC", profiled=False))).values
    assert outside.loc["A"].isna().all()


def test_a_whole_genome_of_two_copies_is_stable() -> None:
    values = built(genome()).values
    assert values.loc["A", ["cn.wgii", "cn.fraction_altered", "cn.loh_fraction"]].tolist() == [0, 0, 0]
    assert values.loc["A", "cn.ploidy"] == 2
    assert values.loc["B"].isna().all()


def test_instability_is_measured_from_the_samples_own_ploidy() -> None:
    # A doubled genome without further change is stable; against two copies it would be altered all over.
    values = built(genome(default=4.0)).values
    assert values.loc["A", ["cn.wgii", "cn.fraction_altered"]].tolist() == [0, 0]
    assert built(genome(default=4.0), ploidy=2.0).values.loc["A", "cn.wgii"] == 1
    assert built(genome(default=4.0), ploidy=2.0).values.loc["A", "cn.ploidy"] == 2


def test_each_chromosome_counts_the_same_in_wgii_and_by_its_length_in_the_fraction() -> None:
    segments = genome({"1": 3.0})
    segments.loc[0, "end"] = 10_000
    values = built(segments, ploidy=2.0).values
    assert values.loc["A", "cn.wgii"] == pytest.approx(1 / 22)
    assert values.loc["A", "cn.fraction_altered"] == pytest.approx(10_000 / 12_100)


def test_part_of_a_chromosome_counts_by_its_share() -> None:
    segments = genome()
    more = segments.iloc[[0]].assign(start=101, end=400, total_copy_number=1.0, minor_copy_number=0.0)
    values = built(pd.concat([segments, more], ignore_index=True), ploidy=2.0).values
    assert values.loc["A", "cn.wgii"] == pytest.approx(0.75 / 22)
    assert values.loc["A", "cn.loh_fraction"] == pytest.approx(300 / 2500)


def test_a_half_copy_is_rounded_up_on_both_sides() -> None:
    # Python would round 2.5 to 2 and 3.5 to 4, so that the same distance differs by parity.
    assert built(genome(default=2.5), ploidy=2.5).values.loc["A", "cn.wgii"] == 0
    assert built(genome(default=3.5), ploidy=4.4).values.loc["A", "cn.wgii"] == 0


def test_a_missing_autosome_leaves_wgii_unknown_and_says_which() -> None:
    found = built(genome().iloc[:-1])
    assert np.isnan(found.values.loc["A", "cn.wgii"])
    assert found.values.loc["A", "cn.fraction_altered"] == 0
    assert [(note.sample_id, note.names) for note in found.notes] == [("A", ("22",))]


def test_ratios_alone_tell_no_instability() -> None:
    segments = genome().assign(total_copy_number=np.nan, minor_copy_number=np.nan, log2_ratio=0.3)
    found = built(segments)
    assert found.values.loc["A"].isna().all()
    assert not found.notes


def test_sex_chromosomes_are_left_out_and_prefixes_read() -> None:
    segments = genome({"7": 3.0})
    renamed = segments.assign(chromosome="chr" + segments["chromosome"])
    sexes = segments.iloc[[0, 1]].assign(chromosome=["chrX", "Y"], total_copy_number=1.0)
    pd.testing.assert_frame_equal(
        built(segments).values, built(pd.concat([renamed, sexes], ignore_index=True)).values
    )


def test_the_rule_of_an_amplification_is_told() -> None:
    notes = copy_number.build(Inputs(gene_cohort("MYC", call="amplification"))).notes
    assert any("2.7" in name for note in notes for name in note.names)


COPIES = st.dictionaries(st.sampled_from(AUTOSOMES), st.floats(0, 8), max_size=22)


@settings(max_examples=40, deadline=None)
@given(COPIES, st.integers(1, 1000), st.randoms())
def test_indices_are_shares_and_do_not_depend_on_order_or_unit_of_length(copies, scale, random) -> None:
    segments = autosomal(genome(copies))
    ploidy = float(segments["total_copy_number"].mean())
    first = instability(segments, ploidy)
    for value in (first.wgii, first.fraction_altered, first.loh_fraction):
        assert 0 <= value <= 1
    order = list(range(len(segments)))
    random.shuffle(order)
    other = instability(segments.iloc[order].assign(length=segments["length"] * scale), ploidy)
    for name in ("wgii", "fraction_altered", "loh_fraction"):
        assert getattr(other, name) == pytest.approx(getattr(first, name))
    # Chromosomes of one length: the mean of the chromosomes is the share of the genome.
    assert first.wgii == pytest.approx(first.fraction_altered)


def test_the_table_of_genes_holds_those_of_copy_number() -> None:
    assert {*copy_number.AMPLIFIED, *copy_number.DELETED} <= set(knowledge_table("network_genes")["gene"])
