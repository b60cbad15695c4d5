"""Curated evidence: changes matched to the letter, classes by what was called, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from features.cohort import Cohort
from features.evidence import (
    COLUMNS,
    MATCHED_CLASSES,
    TARGETS,
    UNMATCHED_CLASSES,
    check_table,
    curated_evidence,
    evidence_for,
    looked_for,
)
from features.knowledge import knowledge_records

SHARED = Path(__file__).parents[3] / "shared/data/patient/variant_evidence/rapalog_mtor_variant_evidence.csv"
CLASS_WORDS = (*MATCHED_CLASSES, *UNMATCHED_CLASSES)


def cohort_with(*changes: tuple[str, str, str | None], consequence: str = "missense") -> Cohort:
    ids = list(dict.fromkeys(sample for sample, _, _ in changes)) or ["S1"]
    return Cohort.empty(
        "carriers",
        samples=pd.DataFrame({"sample_id": ids}),
        profiled=pd.DataFrame({"sample_id": ids, "modality": "variants", "panel": "exome"}),
        variants=pd.DataFrame(
            [(sample, gene, consequence, change) for sample, gene, change in changes],
            columns=["sample_id", "gene", "consequence", "protein_change"],
        ),
    )


def with_calls(*calls: tuple[str, str]) -> Cohort:
    return Cohort.empty(
        "copies",
        samples=pd.DataFrame({"sample_id": ["S1"]}),
        profiled=pd.DataFrame({"sample_id": ["S1"], "modality": "copy_number", "panel": "exome"}),
        copy_number=pd.DataFrame([("S1", *call) for call in calls], columns=["sample_id", "gene", "call"]),
    )


def exact(found: pd.DataFrame) -> pd.DataFrame:
    return found[~found["variant"].isin(CLASS_WORDS)]


def said(found: pd.DataFrame) -> set[tuple[str, str, str]]:
    return set(found[["variant", "inhibitor_class", "direction"]].itertuples(index=False, name=None))


@pytest.mark.parametrize(
    ("change", "expected", "decisive"),
    [
        (
            "p.Ala2034Val",
            {"rapalog": "resistant", "atp_competitive": "none", "bivalent": "none"},
            {"rapalog"},
        ),
        ("F2108L", {"rapalog": "resistant", "atp_competitive": "none"}, {"rapalog"}),
        ("S2035F", {"rapalog": "resistant", "atp_competitive": "none"}, {"rapalog"}),
        (
            "p.Met2327Ile",
            {"rapalog": "none", "atp_competitive": "resistant", "bivalent": "none"},
            {"atp_competitive"},
        ),
        ("S2215Y", {"rapalog": "sensitive"}, set()),
        ("E2419K", {"rapalog": "sensitive"}, set()),
    ],
)
def test_a_curated_variant_speaks_per_class(
    change: str, expected: dict[str, str], decisive: set[str]
) -> None:
    """A2034V blocks rapalogs, M2327I ATP-competitive inhibitors; the other class keeps its effect."""
    found = evidence_for(cohort_with(("S1", "MTOR", change)))
    assert list(found.columns) == list(COLUMNS)
    own = exact(found)
    assert dict(zip(own["inhibitor_class"], own["direction"], strict=True)) == expected
    assert set(found.loc[found["decisive"] == "yes", "inhibitor_class"]) == decisive


def test_what_two_variants_of_one_patient_did_together_is_told_of_both() -> None:
    """Prevents: E2014K or E2419K alone credited with the complete response."""
    table = curated_evidence()
    for variant, other in (("E2014K", "E2419K"), ("E2419K", "E2014K")):
        own = table[(table["gene"] == "MTOR") & (table["variant"] == variant)].iloc[0]
        assert f"together with {other}" in own.note
        # The setting is what a prediction shows.
        assert f"beside {other}" in own.setting
        assert "with pazopanib" in own.setting


def test_only_the_very_change_matches() -> None:
    """Another change of the same residue, another gene, or no change at all is no exact match."""
    cohort = cohort_with(
        ("S1", "MTOR", "A2034T"), ("S2", "RPTOR", "A2034V"), ("S3", "MTOR", None), ("S4", "MTOR", "what?")
    )
    found = evidence_for(cohort)
    assert exact(found).empty
    assert said(found) == {("any_mutation", "rapalog", "none")}
    assert set(found["sample_id"]) == {"S1", "S3", "S4"}


@pytest.mark.parametrize("consequence", ["nonsense", "frameshift", "splice", "start_lost"])
def test_truncating_consequences_match_their_classes(consequence: str) -> None:
    """A MAF may name no protein change of a splice variant; its consequence says enough."""
    found = evidence_for(cohort_with(("S1", "TSC1", None), consequence=consequence))
    assert set(found["variant"]) == {"any_mutation", "truncating", "loss_of_function"}
    assert {"sensitive", "none"} == set(found["direction"])
    assert set(found["decisive"]) == {"no"}


def test_a_missense_variant_is_no_loss_of_function() -> None:
    found = evidence_for(cohort_with(("S1", "TSC1", "p.R692Q")))
    assert set(found["variant"]) == {"any_mutation"}


@pytest.mark.parametrize("consequence", ["silent", "other"])
def test_what_does_not_alter_the_protein_is_no_evidence(consequence: str) -> None:
    assert evidence_for(cohort_with(("S1", "KRAS", "p.G12G"), consequence=consequence)).empty


def test_copy_number_calls_match_and_others_do_not() -> None:
    """A gain is no amplification, a loss of one copy no deletion."""
    found = evidence_for(with_calls(("RICTOR", "amplification"), ("PTEN", "deletion"), ("TSC2", "deletion")))
    assert ("amplification", "atp_competitive", "none") in said(found)
    assert ("amplification", "atp_competitive", "sensitive") in said(found)
    assert {"deletion", "loss_of_function"} == set(found.loc[found["gene"] == "PTEN", "variant"])
    assert {"loss_of_function"} == set(found.loc[found["gene"] == "TSC2", "variant"])
    assert evidence_for(with_calls(("RICTOR", "gain"), ("PTEN", "loss"), ("TSC1", "neutral"))).empty


def test_what_a_region_does_not_carry_is_no_evidence() -> None:
    """Multi-region tables list a variant with VAF 0 where another region has it."""
    cohort = cohort_with(("S1", "KRAS", "p.G12D"), ("S2", "KRAS", "p.G12D"), ("S3", "KRAS", "p.G12D"))
    variants = cohort.variants.assign(vaf=[0.0, 0.2, None], alt_count=[None, 7, 0], ref_count=[None, 9, 9])
    found = evidence_for(
        Cohort.empty("c", samples=cohort.samples, profiled=cohort.profiled, variants=variants)
    )
    assert set(found["sample_id"]) == {"S2"}


def test_unmatched_classes_match_nothing() -> None:
    """Protein loss, fusions and expression are kept for the record; no table of a Cohort calls them."""
    table = curated_evidence()
    assert set(table["variant"]) >= {"protein_loss", "fusion", "expression", "phosphorylation"}
    genes = table.loc[table["variant"].isin(UNMATCHED_CLASSES), "gene"].unique()
    found = evidence_for(cohort_with(*((f"S{i}", gene, "p.A1C") for i, gene in enumerate(genes))))
    assert not set(found["variant"]) & set(UNMATCHED_CLASSES)


def test_evidence_keeps_the_order_of_the_cohort_and_counts_a_variant_once() -> None:
    """A MAF that lists a variant once per transcript must not double its evidence."""
    cohort = cohort_with(
        ("S9", "MTOR", "p.S2215Y"),
        ("S1", "MTOR", "p.A2034V"),
        ("S1", "MTOR", "p.Ala2034Val"),
        ("S9", "MTOR", "E2419K"),
    )
    found = evidence_for(cohort).query("inhibitor_class == 'rapalog'")
    assert list(zip(found["sample_id"], found["variant"], strict=True)) == [
        ("S9", "S2215Y"),
        ("S9", "E2419K"),
        ("S9", "any_mutation"),
        ("S1", "A2034V"),
        ("S1", "any_mutation"),
    ]


def test_a_change_named_in_several_transcripts_is_found() -> None:
    found = evidence_for(cohort_with(("S1", "MTOR", "p.Phe2108Leu;p.Phe33Leu")))
    assert set(exact(found)["variant"]) == {"F2108L"}


def test_a_cohort_without_variants_has_no_evidence(small_cohort: Cohort) -> None:
    """GDSC publishes no protein change: no exact match may be made up for it."""
    assert exact(evidence_for(small_cohort)).empty
    none = evidence_for(Cohort.empty("none", samples=pd.DataFrame({"sample_id": ["a"]})))
    assert none.empty
    assert list(none.columns) == list(COLUMNS)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: t.assign(direction="worse"), "direction"),
        (lambda t: t.assign(inhibitor_class="rapalogue"), "inhibitor_class"),
        (lambda t: t.assign(level="F"), "level"),
        (lambda t: t.assign(source=""), "lacks a source"),
        (lambda t: t.assign(source="PMID 1; a paper"), "lacks a source"),
        (lambda t: t.assign(variant="p.Ala2034Val"), "one-letter"),
        (lambda t: t.assign(variant="mutated somehow"), "one-letter"),
        (lambda t: pd.concat([t, t]), "twice"),
    ],
)
def test_a_curated_table_that_contradicts_itself_does_not_load(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    """A slip in the table would turn into a verdict."""
    with pytest.raises(ValueError, match=words):
        check_table(spoil(curated_evidence().head(1)))


def test_only_changes_of_the_target_decide() -> None:
    """Prevents: class-level or bypass evidence that overrides a model."""
    table = curated_evidence()
    ids = [f"S{i}" for i in range(len(table))]
    cohort = cohort_with(
        *(
            (i, row.gene, None if row.variant in CLASS_WORDS else row.variant)
            for i, row in zip(ids, table.itertuples(), strict=True)
        )
    )
    decisive = evidence_for(cohort).query("decisive == 'yes'")
    assert set(decisive["gene"]) <= set(TARGETS)
    assert set(decisive["direction"]) == {"resistant"}
    assert set(decisive["variant"]) == {"A2034V", "F2108L", "S2035F", "M2327I"}


def test_residue_classes_and_evidence_agree() -> None:
    """The builder's table and this one are two views of the same papers; they may not drift apart."""
    table = curated_evidence()
    own = table[(table["gene"] == "MTOR") & ~table["variant"].isin(CLASS_WORDS)]
    said_here = {(r.variant, r.inhibitor_class): r.direction for r in own.itertuples()}
    by_variant = {row["variant"]: row for row in knowledge_records("mtor_variants")}
    assert len(said_here) == len(own)
    for (variant, inhibitor_class), direction in said_here.items():
        assert by_variant[variant][inhibitor_class] == direction
    graded = {variant for variant, row in by_variant.items() if row["grade"] == "3"}
    assert {v for (v, c), d in said_here.items() if d == "sensitive"} == graded


def test_a_variant_that_could_not_be_read_was_not_looked_for() -> None:
    """Prevents: "no resistance variant" said of a sample whose MTOR change the MAF does not name."""
    cohort = cohort_with(
        ("S1", "MTOR", "p.A2034V"), ("S2", "MTOR", None), ("S3", "TP53", None), ("S4", "MTOR", "p.?")
    )
    assert looked_for(cohort) == {"S1", "S3"}
    assert looked_for(cohort_with(("S1", "MTOR", None), consequence="splice")) == {"S1"}
    assert looked_for(cohort_with(("S1", "MTOR", None), consequence="silent")) == {"S1"}


def test_outside_a_panel_with_mtor_or_among_drivers_nothing_was_looked_for() -> None:
    """A list of drivers is silent on what it does not hold to be one."""
    cohort = cohort_with(("S1", "TP53", "p.R175H"))
    for genes, reported, expected in (
        (["TP53"], None, set()),
        (["TP53", "MTOR"], None, {"S1"}),
        (["TP53", "MTOR"], "drivers", set()),
    ):
        profiled = pd.DataFrame(
            {"sample_id": ["S1"], "modality": "variants", "panel": "small", "reported": [reported]}
        )
        panelled = Cohort.empty(
            "panelled",
            samples=cohort.samples,
            profiled=profiled,
            panels=pd.DataFrame({"panel": "small", "gene": genes}),
            variants=cohort.variants,
        )
        assert looked_for(panelled) == expected
    assert looked_for(Cohort.empty("none", samples=cohort.samples)) == frozenset()


@pytest.mark.shared
def test_no_row_of_the_public_databases_is_forgotten() -> None:
    """Every gene and paper of the merged CIViC, MOAlmanac and GDKD rows is here, negative ones too."""
    if not SHARED.is_file():
        pytest.skip("the shared reference data are not beside the repository")
    ours: dict[str, set[str]] = {}
    for row in curated_evidence().itertuples():
        ours.setdefault(row.gene, set()).update(row.source.split("; "))
    # CIViC's numbers of meeting abstracts are no PMIDs.
    abstracts = {"174406": "CIViC EID7446", "173496": "CIViC EID7449"}
    public = pd.read_csv(SHARED, dtype=str)
    assert len(public) == 139
    for row in public.itertuples():
        if not isinstance(row.pmid_or_doi, str):
            assert "FDA label of everolimus" in ours[row.gene]
            continue
        for given in re.split(", ", row.pmid_or_doi):
            meeting = re.fullmatch(r"ASCO (\d{4}) \(abstr (\d+)\)", given)
            source = f"ASCO {meeting[1]} abstract {meeting[2]}" if meeting else abstracts.get(given)
            assert (source or f"PMID {given}") in ours[row.gene], (row.record, row.gene, given)


@pytest.mark.shared
def test_resistance_variants_of_the_public_databases_are_all_curated() -> None:
    """CIViC names three MTOR changes that resist; none may be forgotten or filed under another class."""
    if not SHARED.is_file():
        pytest.skip("the shared reference data are not beside the repository")
    public = pd.read_csv(SHARED, dtype=str)
    resistant = public[
        (public.source == "CIViC")
        & (public.gene == "MTOR")
        & (public.significance == "Resistance")
        & (public.direction == "Supports")
    ]
    ours = curated_evidence().query("gene == 'MTOR' and direction == 'resistant'").set_index("variant")
    for row in resistant.itertuples():
        expected = "atp_competitive" if "AZD8055" in row.drugs else "rapalog"
        assert ours.loc[row.variant, "inhibitor_class"] == expected
        assert f"PMID {row.pmid_or_doi}" in ours.loc[row.variant, "source"].split("; ")
