from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.identity import approved_symbols, gene_aliases, known_collisions, resolve_names, strip_name


def test_strip_name() -> None:
    assert strip_name("NCI-H460 ") == strip_name("nci_h460") == "NCIH460"
    assert strip_name("PC-3_[JPC-3]") == "PC3JPC3"


@pytest.mark.parametrize("name", ["T-T", "TT", "KM-H2", "KMH-2", "kmh2"])
def test_known_collisions_are_refused_even_where_only_one_is_listed(name: str) -> None:
    found = resolve_names([name], {name: "1"})
    assert (found.joined, found.ambiguous) == ({}, (name,))


def test_known_collisions_name_both_lines() -> None:
    assert known_collisions()["TT"] == ("T-T", "TT")


def test_names_join_by_their_stripped_form() -> None:
    found = resolve_names(["A-549", "Hs 683", "unheard"], {"A549": "905949", "HS-683": "907171"})
    assert found.joined == {"A-549": "905949", "Hs 683": "907171"}
    assert (found.unmatched, found.ambiguous) == (("unheard",), ())


def test_a_new_collision_in_the_reference_or_among_the_names_is_refused() -> None:
    assert resolve_names(["AB1"], {"AB-1": "1", "A-B1": "2"}).ambiguous == ("AB1",)
    assert resolve_names(["A-B1", "AB-1"], {"AB1": "1"}).ambiguous == ("A-B1", "AB-1")
    assert resolve_names(["AB1", "AB1"], {"AB-1": "1", "A-B1": "1"}).joined == {"AB1": "1"}


@given(
    st.lists(st.text(alphabet="ab-1T ", max_size=5)),
    st.dictionaries(st.text(alphabet="ab-1T ", max_size=5), st.sampled_from("xyz")),
)
def test_every_name_ends_in_exactly_one_place(names: list[str], reference: dict[str, str]) -> None:
    found = resolve_names(names, reference)
    placed = [*found.joined, *found.unmatched, *found.ambiguous]
    assert sorted(placed) == sorted(set(names))
    stripped = [strip_name(name) for name in found.joined]
    assert len(stripped) == len(set(stripped))


def test_an_alias_becomes_the_approved_symbol() -> None:
    mapped, changed = approved_symbols(["FAM134B", " MTOR ", "NOTAGENE"])
    assert mapped == ["RETREG1", "MTOR", "NOTAGENE"]
    assert changed == {"FAM134B": "RETREG1"}


def test_an_alias_beside_its_approved_symbol_stays_itself() -> None:
    assert approved_symbols(["FAM134B", "RETREG1"]) == (["FAM134B", "RETREG1"], {})


@given(st.lists(st.sampled_from(sorted({*gene_aliases(), *gene_aliases().values()})), unique=True))
def test_no_two_genes_are_ever_merged(symbols: list[str]) -> None:
    mapped, _ = approved_symbols(symbols)
    assert len(set(mapped)) == len(symbols)
