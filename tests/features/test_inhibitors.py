"""The table of inhibitors: a name means one drug, a screen's spelling is kept to the letter."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.inhibitors import (
    CLASSES,
    classes,
    find_inhibitor,
    inhibitors,
    inhibitors_of,
    name_key,
    parse_tables,
    refused_spellings,
    screen_inhibitors,
    screens,
    spelling,
)

SHARED = Path(__file__).parents[3] / "shared"
DRUG = {"name": "sirolimus", "inhibitor_class": "rapalog", "site": "FRB", "targets": "MTOR", "source": "x"}
OTHER = {**DRUG, "name": "temsirolimus"}


def synonym(
    drug: str, word: str, kind: str = "synonym", screen: str = "", source: str = "x"
) -> dict[str, str]:
    return {"inhibitor": drug, "synonym": word, "kind": kind, "screen": screen, "source": source}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rapamycin", "sirolimus"),
        ("Rapamycin", "sirolimus"),
        ("RAD001", "everolimus"),
        ("deforolimus", "ridaforolimus"),
        ("AZD2014", "vistusertib"),
        ("azd 2014", "vistusertib"),
        ("INK128", "sapanisertib"),
        ("MLN0128", "sapanisertib"),
        ("TAK-228", "sapanisertib"),
        ("CC-223", "onatasertib"),
        ("NVP-BEZ235", "dactolisib"),
        ("GSK2126458", "omipalisib"),
        ("XL765", "voxtalisib"),
        ("GDC 0980", "apitolisib"),
        ("rapalink 1", "RapaLink-1"),
        ("osi027", "OSI-027"),
        ("Torin-2", "Torin 2"),
        ("torin2", "Torin 2"),
        ("jw-7-52-1", "JW-7-52-1"),
        ("QL-VIII-58", "QL-VIII-58"),
        ("PP-242", "PP242"),
        ("WYE354", "WYE-354"),
    ],
)
def test_a_drug_is_found_by_any_of_its_names(text: str, name: str) -> None:
    assert find_inhibitor(text).name == name


def test_torisel_is_temsirolimus_only_although_a_public_sheet_also_gives_it_to_rapamycin() -> None:
    assert find_inhibitor("Torisel").name == "temsirolimus"
    assert "Torisel" not in find_inhibitor("rapamycin").synonyms


def test_a_synonym_that_names_two_drugs_is_an_error_at_load() -> None:
    words = [synonym("sirolimus", "Torisel"), synonym("temsirolimus", "torisel ")]
    with pytest.raises(ValueError, match="names two inhibitors, sirolimus and temsirolimus"):
        parse_tables([DRUG, OTHER], words)


def test_a_synonym_that_is_another_drugs_name_is_an_error_at_load() -> None:
    with pytest.raises(ValueError, match="names two inhibitors"):
        parse_tables([DRUG, OTHER], [synonym("sirolimus", "Temsirolimus")])


@pytest.mark.parametrize(
    ("drug", "words", "message"),
    [
        ({**DRUG, "inhibitor_class": "torkinib"}, [], "unknown class"),
        ({**DRUG, "source": " "}, [], "empty cell"),
        (DRUG, [synonym("everolimus", "RAD001")], "not in the table"),
        (DRUG, [synonym("sirolimus", "rapamycin", kind="brand")], "unknown kind"),
        (DRUG, [synonym("sirolimus", "rapamycin", source="")], "no source"),
        (DRUG, [synonym("sirolimus", "rapamycin", kind="screen")], "names its screen"),
        (DRUG, [synonym("sirolimus", "rapamycin", screen="GDSC1")], "names its screen"),
        (
            DRUG,
            [
                synonym("sirolimus", word, kind="screen", screen="GDSC1")
                for word in ("Rapamycin", "rapamycin")
            ],
            "in two ways",
        ),
    ],
)
def test_a_bad_row_is_refused_when_the_tables_are_read(
    drug: dict[str, str], words: list[dict[str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        parse_tables([drug], words)


def test_an_unknown_name_is_answered_with_the_nearest_known_ones_in_one_line() -> None:
    with pytest.raises(InputError) as caught:
        find_inhibitor("everolimis")
    assert "everolimus" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_misspelt_synonym_leads_to_the_drug_that_it_means() -> None:
    with pytest.raises(InputError, match=r"sirolimus \(rapamycin\)"):
        find_inhibitor("rapamicin")


@pytest.mark.parametrize("text", ["", "  ", "zzzzzzzz", "-"])
def test_a_name_like_nothing_known_is_still_an_input_error(text: str) -> None:
    with pytest.raises(InputError, match="unknown inhibitor"):
        find_inhibitor(text)


@given(
    st.sampled_from(inhibitors()),
    st.sampled_from([str.upper, str.lower, str.title]),
    st.sampled_from(" -_./"),
)
def test_case_and_punctuation_never_change_which_drug_is_meant(drug, case, mark) -> None:
    for word in (drug.name, *drug.synonyms, *drug.screen_spellings.values()):
        assert find_inhibitor(mark + case(word).replace("-", mark)).name == drug.name


@given(st.text())
def test_the_key_of_a_name_is_its_own_key(text: str) -> None:
    assert name_key(name_key(text)) == name_key(text)


def test_the_second_torin_2_of_gdsc1_is_refused_rather_than_merged() -> None:
    assert spelling("torin2", "GDSC1") == "Torin 2"
    assert set(screen_inhibitors("GDSC1")) & {"Torin 2", "torin2"} == {"Torin 2"}
    assert "0.22" in refused_spellings("GDSC1")["torin2"]
    assert refused_spellings("GDSC2") == {}


def test_a_screen_that_did_not_test_a_drug_has_no_spelling_for_it() -> None:
    assert spelling("everolimus", "GDSC2") is None
    assert spelling("dactolisib", "CTRPv2") == "NVP-BEZ235"


def test_an_unknown_screen_is_an_input_error() -> None:
    for ask in (screen_inhibitors, refused_spellings, lambda screen: spelling("sirolimus", screen)):
        with pytest.raises(InputError, match="unknown screen 'GDSC3'; use one of CTRPv2, GDSC1, GDSC2"):
            ask("GDSC3")


def test_every_drug_of_the_issue_is_there_in_its_class() -> None:
    expected = {
        "rapalog": {"sirolimus", "everolimus", "temsirolimus", "ridaforolimus", "nab-sirolimus"},
        "atp_competitive": {
            "AZD8055", "vistusertib", "sapanisertib", "OSI-027", "Torin 1", "Torin 2",
            "WYE-125132", "WYE-354", "KU-0063794", "onatasertib", "PP242", "JW-7-52-1", "QL-VIII-58",
        },
        "bivalent": {"RapaLink-1"},
        "dual_pi3k_mtor": {
            "dactolisib", "omipalisib", "PI-103", "voxtalisib", "apitolisib", "GSK1059615", "GNE-317",
        },
    }  # fmt: skip
    assert classes() == CLASSES == tuple(expected)
    assert {name: {drug.name for drug in inhibitors_of(name)} for name in CLASSES} == expected


def test_an_unknown_class_is_an_input_error() -> None:
    with pytest.raises(InputError, match="unknown inhibitor class 'torkinib'; use one of rapalog"):
        inhibitors_of("torkinib")


def test_every_drug_hits_mtor_and_only_the_dual_class_hits_pi3k() -> None:
    for drug in inhibitors():
        assert drug.targets[0] == "MTOR"
        assert any(target.startswith("PIK3") for target in drug.targets) == (
            drug.inhibitor_class == "dual_pi3k_mtor"
        )


def test_a_drug_can_be_a_key_and_its_spellings_cannot_be_altered() -> None:
    drug = find_inhibitor("sirolimus")
    assert {drug: 1}[find_inhibitor("rapamycin")] == 1
    with pytest.raises(TypeError):
        drug.screen_spellings["GDSC1"] = "Sirolimus"  # type: ignore[index]


@pytest.mark.shared
def test_the_spellings_join_the_published_files_to_the_letter() -> None:
    compounds = SHARED / "data/cellline/ctrpv2/compound_info.csv"
    benchmark = SHARED / "benchmark/responses.csv"
    if not (compounds.exists() and benchmark.exists()):
        pytest.skip("the shared reference data are not beside the repository")
    with compounds.open(encoding="utf-8", newline="") as file:
        published = {row["cpd_name"] for row in csv.DictReader(file)}
    assert set(screen_inhibitors("CTRPv2")) <= published
    with benchmark.open(encoding="utf-8", newline="") as file:
        tested = {(row["screen"], row["drug"]) for row in csv.DictReader(file)}
    # The benchmark writes GDSC2's names for every screen.
    for screen, name in tested:
        drug = screen_inhibitors("GDSC2")[name]
        assert screen in screens()
        assert spelling(drug.name, screen) is not None
