"""Protein changes: every spelling that files hold, one form, and nothing guessed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.protein_change import ProteinChange, parse_protein_change, protein_changes

SHARED = Path(__file__).parents[3] / "shared" / "data"
RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
THREE = {
    "A": "Ala", "C": "Cys", "D": "Asp", "E": "Glu", "F": "Phe", "G": "Gly", "H": "His", "I": "Ile",
    "K": "Lys", "L": "Leu", "M": "Met", "N": "Asn", "P": "Pro", "Q": "Gln", "R": "Arg", "S": "Ser",
    "T": "Thr", "V": "Val", "W": "Trp", "Y": "Tyr", "*": "Ter",
}  # fmt: skip


@pytest.mark.parametrize(
    ("written", "text", "kind"),
    [
        ("p.Ala2034Val", "A2034V", "missense"),
        ("p.A2034V", "A2034V", "missense"),
        ("A2034V", "A2034V", "missense"),
        ("  NP_004949.1:p.(Ala2034Val) ", "A2034V", "missense"),
        ("ENSP00000354558.3:p.Val330%3D", "V330=", "silent"),
        ("p.V330V", "V330=", "silent"),
        ("p.*389*", "*389=", "silent"),
        ("p.=", "=", "silent"),
        ("p.(=)", "=", "silent"),
        ("K42_A43=", "K42_A43=", "silent"),
        ("p.Gln1178Ter", "Q1178*", "nonsense"),
        ("p.Q1178*", "Q1178*", "nonsense"),
        ("p.R213X", "R213*", "nonsense"),
        ("p.Lys159fs*16", "K159fs*16", "frameshift"),
        ("p.Lys159GlyfsTer16", "K159Gfs*16", "frameshift"),
        ("p.T790fsX5", "T790fs*5", "frameshift"),
        ("p.Arg97Profs*?", "R97Pfs", "frameshift"),
        ("p.E5_K6fs", "E5fs", "frameshift"),
        ("p.FCP155fs", "F155fs", "frameshift"),
        ("p.-138fs", "138fs", "frameshift"),
        ("p.*968fs", "*968fs", "stop_lost"),
        ("p.Tyr100Terfs*1", "Y100*fs*1", "nonsense"),
        ("p.E746_A750del", "E746_A750del", "inframe_deletion"),
        ("p.E746_A750delELREA", "E746_A750del", "inframe_deletion"),
        ("p.L401del", "L401del", "inframe_deletion"),
        ("p.R5_R5del", "R5del", "inframe_deletion"),
        ("p.DS593del", "D593_S594del", "inframe_deletion"),
        ("p.VL*95del", "V95_*97del", "stop_lost"),
        ("p.Met1del", "M1del", "start_lost"),
        ("p.Ala3_Ser5dup", "A3_S5dup", "duplication"),
        ("p.E5dup", "E5dup", "duplication"),
        ("p.Y772_A775dupYVMA", "Y772_A775dup", "duplication"),
        ("p.M774_A775insAYVM", "M774_A775insAYVM", "inframe_insertion"),
        ("p.745_746insE", "745_746insE", "inframe_insertion"),
        ("p.310_311ins*", "310_311ins*", "nonsense"),
        ("p.601_602insQRI*I*F", "601_602insQRI*", "nonsense"),
        ("p.Arg78_Gly79insXaa[3]", "R78_G79insXXX", "inframe_insertion"),
        ("p.R78_G79ins3", "R78_G79insXXX", "inframe_insertion"),
        ("p.A388_*389insG", "A388_*389insG", "inframe_insertion"),
        ("p.L747_P753delinsS", "L747_P753delinsS", "delins"),
        ("p.L747_P753>S", "L747_P753delinsS", "delins"),
        ("p.L747_E749delLREinsP", "L747_E749delinsP", "delins"),
        ("p.V600delinsEK", "V600delinsEK", "delins"),
        ("p.V600delinsE", "V600E", "missense"),
        ("p.V600_V600delinsE", "V600E", "missense"),
        ("p.D770>GY", "D770delinsGY", "delins"),
        ("p.G5_L7delinsX", "G5*", "nonsense"),
        ("p.QL61HL", "Q61H", "missense"),
        ("p.KA42NS", "K42_A43delinsNS", "delins"),
        ("p.228_229NL>K", "N228_L229delinsK", "delins"),
        ("p.476_478AQA>A", "Q477_A478del", "inframe_deletion"),
        ("p.536_536Q>QQ", "Q536_537insQ", "inframe_insertion"),
        ("p.68_69SR>STER", "S68_R69insTE", "inframe_insertion"),
        ("p.10_10S>GS", "9_S10insG", "inframe_insertion"),
        ("p.1_1M>VM", "M1delinsVM", "delins"),
        ("p.578_579ME>I*", "M578_E579delinsI*", "nonsense"),
        ("p.75_76YD>*N", "Y75*", "nonsense"),
        ("p.354_357SLGG>*", "S354*", "nonsense"),
        ("p.378_379D*>E", "D378_*379delinsE", "stop_lost"),
        ("p.895_896*>WN", "*895delinsWN", "stop_lost"),
        ("p.1440_1441*>*M", "*1440=", "silent"),
        ("p.33_34KA>KA", "K33_A34=", "silent"),
        ("p.*1089R", "*1089R", "stop_lost"),
        ("p.Ter110GlnextTer17", "*110Qext*17", "stop_lost"),
        ("p.*110Qext*?", "*110Q", "stop_lost"),
        ("p.*110ext", "*110ext", "stop_lost"),
        ("p.M1?", "M1?", "start_lost"),
        ("p.Met1Val", "M1V", "start_lost"),
        ("p.Met1ext-5", "M1ext-5", "start_lost"),
        ("p.M1Vext-12", "M1Vext-12", "start_lost"),
        ("p.X125_splice", "X125_splice", "splice"),
        ("X1010_X1028splice", "X1010_splice", "splice"),
        ("p.E125_splice", "E125_splice", "splice"),
        ("p.?", "?", "unknown"),
        ("p.0?", "?", "unknown"),
        ("p.0", "?", "unknown"),
        ("p.Gly12Xaa", "G12?", "unknown"),
        ("p.E1_L2delinsXaa", "E1_L2delins?", "unknown"),
    ],
)
def test_every_spelling_reads_into_one_form(written: str, text: str, kind: str) -> None:
    """A MAF in another notation must not lose its variants, nor have them twice."""
    change = parse_protein_change(written)
    assert change is not None
    assert (change.text, change.kind) == (text, kind)
    assert parse_protein_change(text) == change


@pytest.mark.parametrize("missing", ["", ".", " - ", "p.", "NP_004949.1:", None, float("nan"), 12])
def test_what_says_nothing_is_missing_and_no_error(missing: object) -> None:
    assert parse_protein_change(missing) is None
    assert protein_changes(missing) == ()


@pytest.mark.parametrize(
    "unknown",
    [
        "foo", "BRAFV600E", "p.v600e", "V600E/K", "p.A5_A3del", "p.A0V", "p.R5_G9insA", "p.5_5del",
        "p.5_5delinsE", "p.10_12AB>C", "MUTATED", "EML4-ALK fusion", "p.A2034", "p.R5_G6ins0",
    ],
)  # fmt: skip
def test_an_unknown_notation_is_named_and_refused(unknown: str) -> None:
    """Prevents: a gene with a letter behind it, or a range back to front, read as some change."""
    with pytest.raises(ValueError, match="is no protein change that we can read") as caught:
        parse_protein_change(unknown)
    assert unknown in str(caught.value)


def test_a_change_of_dna_is_told_from_one_of_protein() -> None:
    with pytest.raises(ValueError, match="but one of DNA or RNA"):
        parse_protein_change("NM_004958.3:c.6644C>A")


def test_the_parts_of_a_change_can_be_read_off() -> None:
    change = parse_protein_change("p.Glu746_Ala750delinsValPro")
    assert change == ProteinChange("delins", 746, 750, "E", "A", "VP")
    assert parse_protein_change("p.K159Gfs*16") == ProteinChange("frameshift", 159, 159, "K", "K", "G", 16)


def test_several_transcripts_give_several_changes_once_each() -> None:
    found = protein_changes("p.Phe2108Leu;p.F33L, p.F2108L|")
    assert [change.text for change in found] == ["F2108L", "F33L"]
    with pytest.raises(ValueError, match="foo"):
        protein_changes("p.F33L;foo")


residue, stop = st.sampled_from(RESIDUES), st.sampled_from(RESIDUES + "*")
position = st.integers(2, 35_991)
run = st.text(RESIDUES, min_size=1, max_size=6)


@st.composite
def changes(draw: st.DrawFn) -> ProteinChange:
    """Changes of every event, in the form that the parser gives."""
    at, ref, last_ref = draw(position), draw(residue), draw(residue)
    last = at + draw(st.integers(1, 30))
    event = draw(st.sampled_from(["substitution", "deletion", "duplication", "insertion", "delins"]))
    if event == "substitution":
        return ProteinChange(event, at, at, ref, ref, draw(stop.filter(lambda new: new != ref)))
    if event == "insertion":
        return ProteinChange(event, at, at + 1, ref, last_ref, draw(run))
    if event == "delins":
        return ProteinChange(event, at, last, ref, last_ref, draw(run))
    return ProteinChange(event, at, last, ref, last_ref)


@given(changes())
def test_text_and_change_go_both_ways(change: ProteinChange) -> None:
    """The normal form is a fixed point, or a curated table would not match itself."""
    assert parse_protein_change(change.text) == change


@given(changes(), st.sampled_from(["", "p.", "NP_1.1:p."]), st.booleans())
def test_three_letters_prefix_and_parentheses_change_nothing(
    change: ProteinChange, prefix: str, bracketed: bool
) -> None:
    long = "".join(THREE.get(letter, letter) for letter in change.text)
    written = prefix + (f"({long})" if bracketed else long)
    assert parse_protein_change(written) == change


@given(position, run, run)
def test_what_stayed_the_same_is_left_out(at: int, before: str, after: str) -> None:
    """``228_229NL>NK`` is L229K: an exact match must not hang on how much of the protein is written."""
    change = parse_protein_change(f"{at}_{at + len(before) - 1}{before}>{after}")
    assert change is not None
    assert change.first is not None
    assert change.last is not None
    if before == after:
        assert change.kind == "silent"
        return
    # Put the change back into the sequence.
    low, high = change.first - at, change.last - at
    if change.event == "insertion":
        low, high = low + 1, high - 1
    assert before[:low] + change.alternative + before[high + 1 :] == after
    padded = parse_protein_change(f"{at}_{at + len(before)}{before}W>{after}W")
    assert padded is not None
    assert change.alternative.startswith("W") or padded.kind == change.kind


@given(st.text(alphabet="ACX*?=_>0123456789delinsdupfx()[].p-", max_size=14))
def test_any_text_is_read_into_a_fixed_point_or_refused(text: str) -> None:
    """No text may end in another error, or in a form that reads differently."""
    try:
        change = parse_protein_change(text)
    except ValueError:
        return
    if change is not None:
        assert parse_protein_change(change.text) == change


@pytest.mark.shared
@pytest.mark.parametrize(
    ("file", "column", "separator", "n"),
    [
        ("patient/checkmate025/SNV.txt.gz", "Protein_Change", "\t", 44_014),
        ("cellline/variants_ccle/cell-lines.somatic-variants.annotated.txt", "alteration", "\t", 57_289),
        ("patient/tcga/tcga_laml.maf.gz", "Protein_Change", "\t", 2_131),
        ("cellline/nci60_variants/derived_CCLE_mutations_nci60_lines.csv.gz", "Protein_Change", ",", 70_993),
    ],
)
def test_every_change_of_real_files_is_read(file: str, column: str, separator: str, n: int) -> None:
    """Four annotators' habits: none of 174,427 changes may be refused."""
    path = SHARED / file
    if not path.is_file():
        pytest.skip("the shared reference data are not beside the repository")
    given_texts = pd.read_csv(path, sep=separator, dtype=str, usecols=[column])[column].dropna()
    assert len(given_texts) == n
    for text in given_texts.unique():
        change = parse_protein_change(text)
        assert change is not None
        assert parse_protein_change(change.text) == change
