"""Consequence classes and drivers: what a variant does, and what is not known of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builders import consequences, drivers, mutations
from features.builders.base import Block, Inputs
from features.builders.network import GROUPS, altered_by, network_genes, three_valued
from features.builders.variant_classes import at_hotspot, classified, hotspots
from features.cohort import Cohort
from features.knowledge import knowledge_table
from features.protein_change import parse_protein_change

Variant = tuple[str, str, str, str | None]


def cohort_of(rows: list[Variant], reported: str | None = None) -> Cohort:
    """Samples A and B with an exome, and one that was not profiled; variants with their protein change."""
    return Cohort.empty(
        "classes",
        samples=pd.DataFrame({"sample_id": ["A", "B", "unprofiled"]}),
        profiled=pd.DataFrame(
            {"sample_id": ["A", "B"], "modality": "variants", "panel": "exome", "reported": reported}
        ),
        variants=pd.DataFrame(rows, columns=["sample_id", "gene", "consequence", "protein_change"]),
    )


def classes(rows: list[Variant], reported: str | None = None) -> Block:
    return consequences.build(Inputs(cohort_of(rows, reported)))


def called(rows: list[Variant], reported: str | None = None) -> pd.DataFrame:
    return drivers.build(Inputs(cohort_of(rows, reported))).values


def same(found: float, expected: float) -> bool:
    return found == expected or (np.isnan(found) and np.isnan(expected))


NAN = float("nan")


@pytest.mark.parametrize(
    ("gene", "consequence", "change", "expected"),
    [
        ("TSC2", "nonsense", "p.Q1178*", "truncating"),
        ("TSC2", "frameshift", None, "truncating"),
        ("TSC2", "splice", "nonsense text", "truncating"),
        ("TSC2", "start_lost", "p.M1?", "truncating"),
        # No hotspot is listed in TSC2, so the place of a missense variant makes no difference.
        ("TSC2", "missense", None, "missense"),
        ("TSC2", "stop_lost", "p.*1808Q", ""),
        ("PIK3CA", "missense", "p.Glu545Lys", "hotspot"),
        ("PIK3CA", "missense", "NP_006209.2:p.(H1047R)", "hotspot"),
        ("PIK3CA", "missense", "p.A1035V", "missense"),
        # Numbered along another transcript: the residue is none of ours.
        ("PIK3CA", "missense", "p.A545K", "missense"),
        ("PIK3CA", "missense", None, "unread"),
        ("PIK3CA", "missense", "c.1633G>A", "unread"),
        ("PIK3CA", "missense", "p.?", "unread"),
        ("PIK3CA", "driver_unspecified", None, "unspecified"),
        ("EGFR", "inframe_indel", "p.E746_A750del", "hotspot"),
        ("EGFR", "inframe_indel", "p.D770_N771insSVD", "hotspot"),
        ("EGFR", "inframe_indel", "p.A1100_A1101del", "missense"),
        # Exon 19 is a stretch of deletions, not of substitutions.
        ("EGFR", "missense", "p.I740V", "missense"),
        ("PTEN", "inframe_indel", "p.KGR128del", "hotspot"),
        ("AKT3", "missense", "p.E17K", "hotspot"),
    ],
)
def test_each_variant_has_the_class_of_what_it_does(
    gene: str, consequence: str, change: str | None, expected: str
) -> None:
    rows = classified(cohort_of([("A", gene, consequence, change)]), network_genes())
    assert rows["variant_class"].tolist() == [expected]


def test_one_of_several_transcripts_is_enough() -> None:
    rows = classified(cohort_of([("A", "KRAS", "missense", "p.A1V;p.G12D")]), network_genes())
    assert rows["variant_class"].tolist() == ["hotspot"]


def test_a_class_is_0_only_where_its_absence_is_known() -> None:
    found = classes(
        [
            ("A", "PIK3CA", "missense", "p.E545K"),
            ("A", "TSC1", "missense", "p.H732Y"),
            ("B", "TSC1", "nonsense", "p.R692*"),
            ("B", "PIK3CA", "missense", "garbled"),
        ]
    )
    values = found.values
    assert values.loc["A", "mut.PIK3CA.hotspot"] == 1
    assert values.loc["A", "mut.PIK3CA.missense"] == 0
    assert values.loc["A", "mut.TSC1.missense"] == 1
    assert values.loc["A", "mut.TSC1.truncating"] == 0
    assert values.loc["B", "mut.TSC1.truncating"] == 1
    assert values.loc["B", ["mut.PIK3CA.hotspot", "mut.PIK3CA.missense"]].isna().all()
    assert values.loc["unprofiled"].isna().all()
    assert [(note.sample_id, note.names) for note in found.notes] == [("B", ("PIK3CA garbled",))]


def test_a_driver_of_unpublished_consequence_has_no_class() -> None:
    # GDSC: "a driver of PTEN" may be a frameshift or R130Q; a 0 in either class would be made up.
    values = classes([("A", "PTEN", "driver_unspecified", None)], "drivers").values
    assert values.loc["A"].isna().all()
    everything = classes([("A", "PTEN", "driver_unspecified", None)]).values
    assert everything.loc["A", ["mut.PTEN.truncating", "mut.PTEN.hotspot", "mut.PTEN.missense"]].isna().all()
    assert everything.loc["A", "mut.TSC1.truncating"] == 0


def test_columns_are_the_classes_that_mean_something() -> None:
    names = consequences.columns()
    assert {"mut.FKBP1A.truncating", "mut.TSC1.missense", "mut.TSC2.missense", "mut.KRAS.hotspot"} <= set(
        names
    )
    # A truncated oncogene is no activated one.
    assert "mut.KRAS.truncating" not in names
    assert "mut.RPTOR.truncating" in names
    assert set(altered_by("loss")) == {n.split(".")[1] for n in names if n.endswith(".truncating")} - {
        "RPTOR"
    }


@pytest.mark.parametrize(
    ("gene", "consequence", "change", "expected"),
    [
        ("TSC1", "nonsense", "p.R692*", 1),
        ("TSC1", "missense", "p.H732Y", 0),
        ("TSC1", "silent", "p.L10=", 0),
        ("FKBP1A", "frameshift", "p.K36fs", 1),
        ("KRAS", "missense", "p.G12D", 1),
        ("KRAS", "nonsense", "p.Q22*", 0),
        ("KRAS", "missense", "p.R161Q", 0),
        ("KRAS", "missense", None, NAN),
        ("TP53", "missense", "p.R175H", 1),
        ("MTOR", "missense", "p.Q2223K", 1),
        ("MTOR", "missense", "p.A2034V", 0),
        ("MTOR", "missense", "not a change", NAN),
        ("NPRL2", "driver_unspecified", None, 1),
        ("RPTOR", "nonsense", "p.Q10*", 0),
    ],
)
def test_a_driver_is_what_a_filter_would_pass(
    gene: str, consequence: str, change: str | None, expected: float
) -> None:
    values = called([("A", gene, consequence, change)])
    assert same(values.loc["A", f"drv.{gene}"], expected)
    assert values.loc["B", f"drv.{gene}"] == 0
    assert np.isnan(values.loc["unprofiled", f"drv.{gene}"])


def test_a_list_of_drivers_tells_that_there_is_none() -> None:
    # Unlike of mut.GENE: here a drivers-only profile and an exome mean the same.
    values = called([("A", "TSC1", "driver_unspecified", None)], "drivers")
    assert values["drv.TSC1"].tolist()[:2] == [1, 0]
    assert values["drv.mtorc1_network"].tolist()[:2] == [1, 0]
    assert values["drv.n_drivers"].tolist()[:2] == [1, 0]


def test_pik3ca_without_ras_takes_drivers_of_both() -> None:
    rows: list[Variant] = [
        ("A", "PIK3CA", "missense", "p.H1047R"),
        ("A", "KRAS", "missense", "p.R161Q"),
        ("B", "PIK3CA", "missense", "p.H1047R"),
        ("B", "KRAS", "missense", "p.G12D"),
    ]
    values = called(rows)
    assert values["drv.pik3ca_without_ras"].tolist()[:2] == [1, 0]
    assert values.loc["B", "drv.n_drivers"] == 2


def test_hotspots_are_residues_of_network_genes_with_a_source() -> None:
    table = knowledge_table("hotspots")
    assert set(table["gene"]) <= set(network_genes())
    assert not table.duplicated(["gene", "residue"]).any()
    assert table["residue"].str.fullmatch(r"[ACDEFGHIKLMNPQRSTVWY]\d+|\d+-\d+").all()
    source = r"(PMID \d+|CIViC EID\d+|doi:\S+|computed from TCGA MC3)"
    assert table["source"].str.fullmatch(rf"{source}(; {source})*").all()
    known = {("KRAS", "G12"), ("PIK3CA", "E545"), ("BRAF", "V600"), ("TP53", "R248"), ("IDH1", "R132")}
    assert known <= set(table[["gene", "residue"]].itertuples(index=False, name=None))
    # Common germline variants that a panel of lines without normals would call recurrent.
    assert not {("KIT", "M541"), ("MYC", "P57"), ("TP53", "P72")} & {
        (row.gene, row.residue) for row in table.itertuples()
    }
    assert "TSC1" not in hotspots()


def test_a_change_without_place_is_at_no_hotspot() -> None:
    change = parse_protein_change("p.?")
    assert change is not None
    assert not at_hotspot("KRAS", change)


def test_every_gene_acts_by_a_known_word() -> None:
    words = [set(altered_by(effect)) for effect in ("loss", "gain", "unknown")]
    assert set.union(*words) == set(network_genes())
    assert sum(len(w) for w in words) == len(network_genes())


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from(["MTOR", "TSC1", "PTEN", "KRAS", "PIK3CA", "FKBP1A"]),
        st.sampled_from(["missense", "nonsense", "inframe_indel", "silent", "driver_unspecified", "other"]),
        st.sampled_from([None, "p.G12D", "p.E545K", "p.R130Q", "p.S2215Y", "??", "p.L10="]),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(ROWS, st.sampled_from([None, "drivers", "every_variant"]), st.randoms())
def test_order_silent_variants_and_other_samples_change_nothing(rows, reported, random) -> None:
    shuffled = [*rows, ("A", "KRAS", "silent", "p.G12="), ("B", "TSC1", "other", None)]
    random.shuffle(shuffled)
    cohort, noisy = cohort_of(rows, reported), cohort_of(shuffled, reported)
    for builder in (drivers, consequences):
        old, new, own = (
            builder.build(Inputs(given)).values for given in (cohort, noisy, noisy.select(["B"]))
        )
        pd.testing.assert_frame_equal(old, new)
        pd.testing.assert_frame_equal(new.loc[["B"]], own)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_a_gene_with_a_class_is_mutated_and_a_driver_belongs_to_its_group(rows) -> None:
    inputs = Inputs(cohort_of(rows))
    values, status, any_variant = (
        builder.build(inputs).values for builder in (consequences, drivers, mutations)
    )
    for name in values:
        gene = name.split(".")[1]
        assert not ((values[name] == 1) & (any_variant[f"mut.{gene}"] != 1)).any()
        assert not ((status[f"drv.{gene}"] == 1) & (any_variant[f"mut.{gene}"] != 1)).any()
    for group in GROUPS:
        assert not ((status[f"drv.{group}"] == 1) & (any_variant[f"mut.{group}"] != 1)).any()


def test_what_is_seen_outweighs_what_is_not_sure() -> None:
    table = pd.DataFrame({"g": [True, False, False, False]})
    unsure, known = (
        pd.DataFrame({"g": [True, True, False, False]}),
        pd.DataFrame({"g": [False, True, True, False]}),
    )
    found = three_valued(table, unsure, known)["g"].tolist()
    assert all(same(x, y) for x, y in zip(found, [1, NAN, 0, NAN], strict=True))


def test_two_profiles_of_one_sample_know_what_either_knows() -> None:
    cohort = cohort_of([], "drivers")
    more = pd.DataFrame([["A", "variants", "small", None]], columns=list(cohort.profiled.columns))
    wide = replace(
        cohort,
        profiled=pd.concat([cohort.profiled, more], ignore_index=True),
        panels=pd.DataFrame({"panel": ["small"], "gene": ["TSC1"]}),
    ).validate()
    values = consequences.build(Inputs(wide)).values
    assert values.loc["A", "mut.TSC1.truncating"] == 0
    assert np.isnan(values.loc["B", "mut.TSC1.truncating"])
    assert np.isnan(values.loc["A", "mut.TSC2.truncating"])
