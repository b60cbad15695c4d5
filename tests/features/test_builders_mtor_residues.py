"""MTOR by residue: the exact change decides, the unknown stays unknown."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builders import mtor_residues as m
from features.builders.base import Inputs
from features.cohort import Cohort
from features.knowledge import knowledge_table
from features.protein_change import parse_protein_change

FRAME = ["sample_id", "gene", "consequence", "protein_change"]
DOMAIN_COLUMNS = [f"mtor.domain_{name}" for name in m.DOMAINS]
BY_RESIDUE = [c for c in m.columns() if c != "mtor.truncating"]


def cohort(
    *rows: tuple[str, str, str | None],
    samples: tuple[str, ...] = (),
    panel: str = "exome",
    reported: str | None = None,
    **columns: list[object],
) -> Cohort:
    """Samples with MTOR variants (sample, consequence, protein change); ``columns`` are more of variants'."""
    ids = list(dict.fromkeys([sample for sample, _, _ in rows] + list(samples)))
    variants = pd.DataFrame([(s, "MTOR", c, p) for s, c, p in rows], columns=FRAME).assign(**columns)
    return Cohort.empty(
        "c",
        samples=pd.DataFrame({"sample_id": ids}),
        profiled=pd.DataFrame(
            {"sample_id": ids, "modality": "variants", "panel": panel, "reported": reported}
        ),
        panels=pd.DataFrame({"panel": ["with", "without"], "gene": ["MTOR", "TP53"]}),
        variants=variants,
    )


def built(of: Cohort) -> pd.DataFrame:
    return m.build(Inputs(of)).values


def carried(change: str, consequence: str = "missense") -> dict[str, float]:
    """Columns that are not 0 for a sample with this one variant."""
    row = built(cohort(("S", consequence, change))).loc["S"]
    return {name.removeprefix("mtor."): value for name, value in row.items() if value != 0}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("p.Ala2034Val", {"frb_resistance": 1, "domain_frb": 1}),
        ("F2108L", {"frb_resistance": 1, "domain_frb": 1}),
        ("S2035F", {"frb_resistance": 1, "domain_frb": 1}),
        ("A2034T", {"other_frb_missense": 1, "domain_frb": 1}),
        ("p.M2327I", {"kinase_resistance": 1, "domain_kinase": 1}),
        ("L2334V", {"domain_kinase": 1}),
        ("M2327V", {"domain_kinase": 1}),
        ("R1818C", {"domain_fat": 1}),
        ("L100P", {"domain_heat": 1}),
        ("E2536A", {"domain_fatc": 1}),
        ("C1999F", {"domain_linker": 1}),
        ("K2150E", {"domain_linker": 1}),
        ("p.2010_2013del", {"other_frb_missense": 1, "domain_linker": 1, "domain_frb": 1}),
        ("p.1440_1441insA", {"domain_fat": 1}),
        ("p.R2505*", {"truncating": 1}),
        ("p.V330=", {}),
    ],
)
def test_a_change_is_classed_by_the_very_change_and_by_its_residue(
    change: str, expected: dict[str, float]
) -> None:
    """A2034T is not A2034V; what lies in the FRB domain does not for that block rapalogs."""
    assert carried(change) == expected


@pytest.mark.parametrize(
    ("change", "grade"),
    [
        ("S2215Y", 3), ("C1483Y", 3), ("E1799K", 3), ("L1460P", 3), ("R2505P", 3), ("E2014K", 3),
        ("E2419K", 3), ("I1973F", 3), ("Q2223K", 3), ("K1771R", 3), ("N1421D", 3),
        ("S2215F", 2), ("C1483F", 2), ("T1977K", 2), ("T1977R", 2), ("V2006F", 2), ("V2006L", 2),
        ("P2273S", 2), ("E2288K", 2), ("M938T", 2), ("W1456R", 2), ("G1479N", 2), ("V2284M", 2),
        ("V2291I", 2), ("T2294I", 2),
        ("E2419D", 1), ("S2215A", 1), ("T1977I", 1),
    ],
)  # fmt: skip
def test_activating_changes_are_graded_by_evidence(change: str, grade: int) -> None:
    """The names of the inventory, each with its grade; none may be lost from the table."""
    row = built(cohort(("S", "missense", change), vaf=[0.4])).loc["S"]
    assert row["mtor.activating"] == grade
    assert row["mtor.activating_vaf"] == pytest.approx(0.4)
    assert np.isnan(row["mtor.activating_ccf"])
    assert row[["mtor.frb_resistance", "mtor.kinase_resistance", "mtor.other_frb_missense"]].eq(0).all()


def test_an_insertion_at_a_hotspot_residue_is_no_other_change_of_it() -> None:
    assert "activating" not in carried("p.S2215del", "inframe_indel")


@pytest.mark.parametrize("consequence", ["nonsense", "frameshift", "splice", "start_lost"])
def test_a_truncating_variant_needs_no_protein_change(consequence: str) -> None:
    """MAFs name no change of a splice variant; nor can it be a missense one."""
    row = built(cohort(("S", consequence, None))).loc["S"]
    assert row["mtor.truncating"] == 1
    assert row[BY_RESIDUE].eq(0).all()


@pytest.mark.parametrize(
    ("consequence", "change"), [("silent", "p.A2034A"), ("other", None), ("stop_lost", "p.*2550R")]
)
def test_what_leaves_the_residues_alone_changes_nothing(consequence: str, change: str | None) -> None:
    assert built(cohort(("S", consequence, change))).loc["S"].eq(0).all()


@pytest.mark.parametrize("change", [None, "p.?", "what?", "p.Q3000L", "p.A2215Y", "p.A10V;p.A20V"])
def test_an_unnamed_change_leaves_residue_classes_unknown(change: str | None) -> None:
    """Prevents: "no resistance variant" said of one that was not named, or numbered by another transcript."""
    block = m.build(Inputs(cohort(("S", "missense", change), samples=("W",))))
    assert block.values.loc["S", BY_RESIDUE].isna().all()
    assert block.values.at["S", "mtor.truncating"] == 0
    assert block.values.loc["W"].eq(0).all()
    (note,) = block.notes
    assert note.sample_id == "S"
    assert note.names == (change or "missense",)


def test_a_named_variant_beside_an_unnamed_one_is_kept() -> None:
    """What is known stays known, what could be hidden is not 0."""
    row = built(cohort(("S", "missense", "A2034V"), ("S", "missense", None), vaf=[0.3, 0.4])).loc["S"]
    assert row["mtor.frb_resistance"] == 1
    assert np.isnan(row["mtor.kinase_resistance"])
    assert np.isnan(row["mtor.activating"])
    # A hidden change could have a higher grade than 2, but none has one above 3.
    for change, expected in (("V2006L", np.nan), ("S2215Y", 3.0)):
        row = built(cohort(("S", "missense", change), ("S", "missense", None), vaf=[0.3, 0.4])).loc["S"]
        np.testing.assert_equal(row["mtor.activating"], expected)
        assert np.isnan(row["mtor.activating_vaf"])


def test_of_several_transcripts_the_curated_change_is_meant() -> None:
    assert carried("p.Phe2108Leu;p.Phe33Leu") == {"frb_resistance": 1, "domain_frb": 1}
    assert carried("p.R1818C;p.Arg1818Cys") == {"domain_fat": 1}


def test_gene_names_alone_say_nothing_of_residues() -> None:
    """GDSC lists driver genes: neither its carriers nor its other lines are known to lack a residue class."""
    gdsc = cohort(("S", "driver_unspecified", None), samples=("W",), panel="with", reported="drivers")
    assert built(gdsc).isna().all(axis=None)
    named = cohort(("S", "missense", "A2034V"), panel="with", reported="drivers")
    row = built(named).loc["S"]
    assert row["mtor.frb_resistance"] == 1
    assert np.isnan(row["mtor.kinase_resistance"])


def test_a_driver_of_unknown_kind_could_be_truncating() -> None:
    row = built(cohort(("S", "driver_unspecified", None))).loc["S"]
    assert row.isna().all()


def test_wild_type_exists_only_inside_what_was_profiled() -> None:
    assert built(cohort(samples=("S",), panel="with")).eq(0).all(axis=None)
    assert built(cohort(samples=("S",), panel="without")).isna().all(axis=None)
    assert built(Cohort.empty("c", samples=pd.DataFrame({"sample_id": ["S"]}))).isna().all(axis=None)


def test_weights_are_those_of_the_activating_variants() -> None:
    """The CCF of a passenger beside it is not that of the activating change."""
    of = cohort(
        ("S", "missense", "S2215Y"), ("S", "missense", "R1818C"), ("S", "missense", "E1799K"),
        ("T", "missense", "R1818C"), ("U", "missense", "S2215Y"), ("U", "missense", "E1799K"),
        ccf=[0.3, 0.9, 0.6, 1.0, None, 0.2], ref_count=[30, 1, 20, 9, None, 10],
        alt_count=[10, 9, 20, 9, None, 10],
    )  # fmt: skip
    values = built(of)
    assert values.loc["S", ["mtor.activating_ccf", "mtor.activating_vaf"]].to_list() == [0.6, 0.5]
    assert values.loc["T", ["mtor.activating_ccf", "mtor.activating_vaf"]].to_list() == [0, 0]
    assert values.loc["U", ["mtor.activating_ccf", "mtor.activating_vaf"]].isna().all()


def test_a_region_without_the_variant_does_not_carry_it() -> None:
    """Tables of several regions list with 0 what another region has."""
    of = cohort(("S", "missense", "A2034V"), vaf=[0.0])
    whole = Cohort.empty(
        "c",
        samples=of.samples,
        profiled=of.profiled,
        variants=of.variants.assign(region="R1"),
        regions=pd.DataFrame({"sample_id": ["S"], "region": ["R1"]}),
    )
    assert built(whole).at["S", "mtor.frb_resistance"] == 0


def test_domains_cover_the_protein_without_overlap() -> None:
    """A gap would class a residue as outside mTOR."""
    table = knowledge_table("mtor_domains")
    edges = [(int(first), int(last)) for first, last in zip(table["first"], table["last"], strict=True)]
    assert edges[0][0] == 1
    assert edges[-1][1] == 2549
    assert all(low == high + 1 for (_, high), (low, _) in itertools.pairwise(edges))
    assert set(table["domain"]) == set(m.DOMAINS)


def test_every_curated_variant_is_in_normal_form_with_a_source_and_a_sign() -> None:
    table = knowledge_table("mtor_variants")
    assert table["variant"].is_unique
    assert set(table["class"]) == {"frb_resistance", "kinase_resistance", "activating"}
    for row in table.itertuples():
        change = parse_protein_change(row.variant)
        assert change is not None
        assert (change.text, change.kind) == (row.variant, "missense")
        assert re.fullmatch(r"PMID \d+(; PMID \d+)*", row.source)
        for sign in (row.rapalog, row.atp_competitive, row.bivalent, row.dual_pi3k_mtor):
            assert sign in {"sensitive", "resistant", "none", "unknown"}


@settings(max_examples=60)
@given(st.integers(1, 2549), st.sampled_from("ACDEFGHIKLMNPQRSTVWY"))
def test_every_residue_lies_in_one_domain(position: int, new: str) -> None:
    change = parse_protein_change(f"{position}_{position + 1}delins{new}{new}")
    assert change is not None
    found = m.classify(change)
    if position < 2549:
        assert found is not None
        assert 1 <= sum(found.get(f"domain_{name}", 0) for name in m.DOMAINS) <= 2


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(["A2034V", "S2215Y", "E2419D", "R1818C", "M2327I", "p.?"]), min_size=1, max_size=5
    ),
    st.randoms(use_true_random=False),
)
def test_a_sample_depends_on_itself_alone(changes: list[str], random: object) -> None:
    """A feature must be the same in a cohort of one, and in any order of variants and samples."""
    rows = [(f"S{i}", "missense", change) for i, change in enumerate(changes)]
    rows += [("S0", "missense", "L100P")]
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    whole = built(cohort(*rows))
    pd.testing.assert_frame_equal(built(cohort(*shuffled)).loc[whole.index], whole)
    for sample in whole.index:
        alone = built(cohort(*[row for row in rows if row[0] == sample]))
        pd.testing.assert_frame_equal(alone, whole.loc[[sample]])
    low_high = {"mtor.activating": 3.0}
    for column in whole:
        assert whole[column].dropna().between(0, low_high.get(column, 1.0)).all()
