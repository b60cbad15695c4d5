"""The alias table: an old name leads to one gene, and never away from a gene that bears it today."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from features.identity import approved_symbols, gene_aliases
from features.knowledge import knowledge_table

GENE_IDENTIFIERS = Path(__file__).parents[3] / "shared/data/cellline/annotation/gene_identifiers_20191101.csv"
# Names that the field gave to two genes: whichever was meant, a table of names cannot tell.
AMBIGUOUS = {
    "MLL2": "KMT2D and KMT2B",
    "MLL4": "KMT2B and KMT2D",
    "SIP1": "ZEB2 and GEMIN2",
}


def test_an_alias_leads_to_one_symbol() -> None:
    table = knowledge_table("gene_aliases")
    assert table["alias"].is_unique
    assert (table != "").all(axis=None)


def test_an_alias_is_never_followed_twice() -> None:
    aliases = gene_aliases()
    assert not set(aliases) & set(aliases.values())


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_a_name_of_two_genes_is_no_alias(name: str) -> None:
    assert name not in gene_aliases()


def test_a_current_symbol_of_the_genes_we_use_is_no_alias() -> None:
    used = set(knowledge_table("gene_universe")["approved_symbol"])
    used |= set(knowledge_table("signatures")["gene"]) | set(knowledge_table("network_genes")["gene"])
    assert not used & set(gene_aliases())


def test_the_universe_and_the_alias_table_agree_on_what_was_renamed() -> None:
    universe = knowledge_table("gene_universe")
    renamed = universe[universe["symbol"] != universe["approved_symbol"]]
    aliases = gene_aliases()
    assert {
        old: aliases.get(old) for old in renamed["symbol"]
    } == dict(renamed[["symbol", "approved_symbol"]].itertuples(index=False, name=None))  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [("FRAP1", "MTOR"), ("LKB1", "STK11"), ("IL8", "CXCL8"), ("HLA.A", "HLA-A"), ("CDC2", "CDK1")],
)
def test_the_names_that_old_tables_use_are_known(old: str, new: str) -> None:
    assert approved_symbols([old]) == ([new], {old: new})


@pytest.mark.shared
def test_an_alias_is_a_current_symbol_only_where_the_gene_itself_was_renamed_later() -> None:
    if not GENE_IDENTIFIERS.exists():
        pytest.skip("the shared reference data are not beside the repository")
    with GENE_IDENTIFIERS.open(encoding="utf-8", newline="") as file:
        approved = {row["hgnc_symbol"] for row in csv.DictReader(file)} - {""}
    table = knowledge_table("gene_aliases")
    later = table["source"].str.contains("renamed after 2019-11")
    assert set(table.loc[~later, "alias"]) & approved == set()
    assert set(table.loc[~later, "symbol"]) <= approved
    assert set(table.loc[later, "alias"]) <= approved
    assert set(table.loc[later, "symbol"]) & approved == set()
