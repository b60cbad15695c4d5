"""Curated variants: matched to the letter, per class, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cohort import Cohort
from features.evidence import COLUMNS, check_table, curated_variants, evidence_for, looked_for, protein_change

SHARED = Path(__file__).parents[3] / "shared/data/patient/variant_evidence/rapalog_mtor_variant_evidence.csv"


def cohort_with(*changes: tuple[str, str, str | None]) -> Cohort:
    ids = list(dict.fromkeys(sample for sample, _, _ in changes)) or ["S1"]
    return Cohort.empty(
        "carriers",
        samples=pd.DataFrame({"sample_id": ids}),
        profiled=pd.DataFrame({"sample_id": ids, "modality": "variants", "panel": "exome"}),
        variants=pd.DataFrame(
            [(sample, gene, "missense", change) for sample, gene, change in changes],
            columns=["sample_id", "gene", "consequence", "protein_change"],
        ),
    )


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("p.Ala2034Val", "A2034V"),
        ("p.A2034V", "A2034V"),
        ("A2034V", "A2034V"),
        ("  NP_004949.1:p.(Ala2034Val) ", "A2034V"),
        ("p.Gln1178Ter", "Q1178*"),
        ("p.Gln1178*", "Q1178*"),
        ("p.Lys159fs*16", "K159fs*16"),
        ("p.Lys159GlyfsTer16", "K159Gfs*16"),
        ("p.=", "="),
        ("", ""),
        (None, ""),
        (float("nan"), ""),
    ],
)
def test_protein_changes_are_read_in_every_common_spelling(written: object, short: str) -> None:
    """A MAF in three-letter HGVS must not lose its evidence."""
    assert protein_change(written) == short


@given(
    st.sampled_from("ARNDCQEGHILKMFPSTWYV"), st.integers(1, 2549), st.sampled_from("ARNDCQEGHILKMFPSTWYV*")
)
def test_the_one_letter_form_is_left_as_it_is(old: str, position: int, new: str) -> None:
    """The normal form must be a fixed point, or the curated table would not match itself."""
    assert protein_change(f"{old}{position}{new}") == f"{old}{position}{new}"


@pytest.mark.parametrize(
    ("change", "inhibitor_class", "direction"),
    [
        ("p.Ala2034Val", "rapalog", "resistant"),
        ("F2108L", "rapalog", "resistant"),
        ("S2035F", "rapalog", "resistant"),
        ("p.Met2327Ile", "atp_competitive", "resistant"),
        ("S2215Y", "rapalog", "sensitive"),
        ("E2419K", "rapalog", "sensitive"),
    ],
)
def test_a_curated_variant_speaks_for_its_class_alone(
    change: str, inhibitor_class: str, direction: str
) -> None:
    """A2034V blocks rapalogs, M2327I ATP-competitive inhibitors; the other class keeps its effect."""
    found = evidence_for(cohort_with(("S1", "MTOR", change)))
    assert list(found.columns) == list(COLUMNS)
    assert found[["inhibitor_class", "direction"]].to_numpy().tolist() == [[inhibitor_class, direction]]
    assert found.pmid.str.fullmatch(r"\d+(;\d+)*").all()


def test_only_the_very_change_matches() -> None:
    """Another change of the same residue, another gene, or no change at all is no evidence."""
    cohort = cohort_with(("S1", "MTOR", "A2034T"), ("S2", "TSC2", "A2034V"), ("S3", "MTOR", None))
    assert evidence_for(cohort).empty


def test_evidence_keeps_the_order_of_the_cohort_and_counts_a_variant_once() -> None:
    """A MAF that lists a variant once per transcript must not double its evidence."""
    cohort = cohort_with(
        ("S9", "MTOR", "p.S2215Y"),
        ("S1", "MTOR", "p.A2034V"),
        ("S1", "MTOR", "p.Ala2034Val"),
        ("S9", "MTOR", "E2419K"),
    )
    found = evidence_for(cohort)
    assert list(zip(found.sample_id, found.variant, strict=True)) == [
        ("S9", "S2215Y"),
        ("S9", "E2419K"),
        ("S1", "A2034V"),
    ]


def test_a_cohort_without_variants_has_no_evidence(small_cohort: Cohort) -> None:
    """GDSC publishes no protein change: nothing may be made up for it."""
    assert evidence_for(small_cohort).empty
    assert list(
        evidence_for(Cohort.empty("none", samples=pd.DataFrame({"sample_id": ["a"]}))).columns
    ) == list(COLUMNS)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda t: t.assign(direction="worse"), "direction"),
        (lambda t: t.assign(inhibitor_class="rapalogue"), "inhibitor_class"),
        (lambda t: t.assign(level="F"), "level"),
        (lambda t: t.assign(pmid=""), "no PMID"),
        (lambda t: t.assign(variant="p.Ala2034Val"), "one-letter"),
        (lambda t: pd.concat([t, t.assign(direction="sensitive")]), "twice"),
    ],
)
def test_a_curated_table_that_contradicts_itself_does_not_load(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], words: str
) -> None:
    """A slip in the table would turn into a verdict."""
    with pytest.raises(ValueError, match=words):
        check_table(spoil(curated_variants().head(1)))


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
    ours = curated_variants().query("direction == 'resistant'").set_index("variant")
    for row in resistant.itertuples():
        expected = "atp_competitive" if "AZD8055" in row.drugs else "rapalog"
        assert ours.loc[row.variant, "inhibitor_class"] == expected
        assert row.pmid_or_doi in ours.loc[row.variant, "pmid"].split(";")


def test_a_change_named_in_several_transcripts_is_found() -> None:
    found = evidence_for(cohort_with(("S1", "MTOR", "p.Phe2108Leu;p.Phe33Leu")))
    assert set(found.variant) == {"F2108L"}


def test_a_variant_that_could_not_be_read_was_not_looked_for() -> None:
    """Prevents: "no resistance variant" said of a sample whose MTOR change the MAF does not name."""
    cohort = cohort_with(("S1", "MTOR", "p.A2034V"), ("S2", "MTOR", None), ("S3", "TP53", None))
    assert looked_for(cohort) == {"S1", "S3"}


def test_outside_a_panel_with_mtor_nothing_was_looked_for() -> None:
    cohort = cohort_with(("S1", "TP53", "p.R175H"))
    for genes, expected in ((["TP53"], set()), (["TP53", *curated_variants().gene.unique()], {"S1"})):
        panelled = Cohort.empty(
            "panelled",
            samples=cohort.samples,
            profiled=pd.DataFrame({"sample_id": ["S1"], "modality": "variants", "panel": "small"}),
            panels=pd.DataFrame({"panel": "small", "gene": genes}),
            variants=cohort.variants,
        )
        assert looked_for(panelled) == expected
    assert looked_for(Cohort.empty("none", samples=cohort.samples)) == frozenset()
