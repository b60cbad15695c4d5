"""Spellings of antibodies and channels: each means one epitope, and no two epitopes are confused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features import markers as m
from features.errors import InputError
from features.knowledge import knowledge_table


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("S6_pS240_S244", "S6_pS240_S244"),
        ("S6_pS240_S244-R-V_GBL9017309", "S6_pS240_S244"),
        ("RPS6_PS240_S244", "S6_pS240_S244"),
        ("RPS6|S6_pS240_S244", "S6_pS240_S244"),
        ("p-S6 (Ser240/244)", "S6_pS240_S244"),
        ("pS6 [S235/S236]", "S6_pS235_S236"),
        ("pS6", "S6_phospho"),
        ("pS6(Yb172)Dd", "S6_phospho"),
        ("S6-R-NA", "S6"),
        ("4E-BP1_pT37_T46", "4EBP1_pT37_T46"),
        ("X4EBP1_pT37T46", "4EBP1_pT37_T46"),
        ("EIF4EBP1_pT37_pT46", "4EBP1_pT37_T46"),
        ("EIF4EBP1_PT37", "4EBP1_pT37_T46"),
        ("149Sm_p4EBP1_T37_46", "4EBP1_pT37_T46"),
        ("p-4E-BP1 T37/T46", "4EBP1_pT37_T46"),
        ("X4EBP1_pS65", "4EBP1_pS65"),
        ("150Nd_pRB_S807_S811_v2", "RB_pS807_S811"),
        ("89Y_pHH3_S28", "HH3_pS28"),
        ("127I_IdU", "IdU"),
        ("AKT1 AKT2 AKT3|Akt_pS473-R-V", "AKT_pS473"),
        ("pErk(Er168)Dd", "ERK_phospho"),
        ("MAPK_pT202_Y204", "ERK_pT202_Y204"),
        ("mTOR_pS2448_Caution", "mTOR_pS2448"),
    ],
)
def test_the_spellings_of_the_platforms_are_understood(spelling: str, name: str) -> None:
    found = m.marker_of(spelling)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("spelling", ["", "75As", "53BP1", "89Y", "140Ce_EQ_Beads", "S6K2", "4E-BP1_pS101"])
def test_what_is_no_marker_of_ours_is_not_guessed(spelling: str) -> None:
    assert m.marker_of(spelling) is None


@given(st.sampled_from(list(m.markers())), st.sampled_from([str.upper, str.lower, str.title]))
def test_a_marker_means_itself_in_any_case(name: str, case) -> None:
    found = m.marker_of(case(name))
    assert found is not None
    assert found.name == name


def test_no_spelling_means_two_markers_and_a_table_that_says_so_is_refused(monkeypatch) -> None:
    assert m._by_key()  # raises if two markers share a key
    rows = [row for row in m.knowledge_records("markers") if row["marker"] == "PTEN"] * 2
    monkeypatch.setattr(m, "knowledge_records", lambda _: rows)
    with pytest.raises(ValueError, match="means both PTEN and PTEN"):
        m._by_key.__wrapped__()


def test_the_table_names_concepts_and_sources_and_only_known_residues() -> None:
    table = knowledge_table("markers")
    assert table["marker"].is_unique
    assert (table[["names", "concepts", "source"]] != "").all(axis=None)
    sites = table.loc[~table["site"].isin(["", "any"]), "site"].str.split("/").explode()
    assert sites.str.fullmatch(r"[STY]\d+").all()
    assert m.markers()["S6_phospho"].phosphorylated
    assert not m.markers()["PTEN"].phosphorylated


def test_a_channel_is_found_in_the_order_of_preference() -> None:
    channels = ["Time", "172Yb_pS6", "150Nd_pS6_S240_S244", "149Sm_p4EBP1_T37_46"]
    assert m.channel_of(channels, "S6_pS240_S244", "S6_phospho") == "150Nd_pS6_S240_S244"
    assert m.channel_of(channels, "S6_pS235_S236", "S6_phospho") == "172Yb_pS6"
    assert m.channel_of(channels, "RB_pS807_S811") is None
    with pytest.raises(KeyError):
        m.channel_of(channels, "no marker")


def test_two_channels_of_one_marker_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=r"'pS6' and '172Yb_pS6' are both S6_phospho"):
        m.channel_of(["pS6", "172Yb_pS6"], "S6_phospho")
