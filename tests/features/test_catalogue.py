"""The catalogue: a row for every column, a source for every row."""

from __future__ import annotations

import re

import pytest

from features import catalogue as c
from features.builders import BUILDERS
from features.builders.network import group_members, network_genes
from features.errors import InputError
from features.knowledge import knowledge_table

COLUMNS = [column for builder in BUILDERS.values() for column in builder.columns()]
SCALARS = [column for column in COLUMNS if not column.startswith(c.EXPRESSION_PREFIX)]


def test_every_column_has_its_row_and_every_row_its_column_in_one_order() -> None:
    c.require_rows(COLUMNS)
    named = [row.name for row in c.catalogue_rows() if row.name != c.SET_PATTERN]
    assert named == [*SCALARS, c.PATTERN]


def test_any_set_of_a_user_has_the_row_of_their_pattern() -> None:
    row = c.describe("set.HALLMARK HYPOXIA")
    assert (row.name, row.family, row.mechanism) == ("set.HALLMARK HYPOXIA", "gene_sets", "other_genes")
    assert c.describe(c.SET_PATTERN).name == c.SET_PATTERN
    assert c.without_row(["set.X", "set.", "set. ", "sets.X"]) == ["set.", "set. ", "sets.X"]


def test_a_column_without_a_row_fails() -> None:
    with pytest.raises(LookupError, match=r"1 columns lack a row.*path\.made_up"):
        c.require_rows(["mut.MTOR", "path.made_up"])
    assert c.without_row(["expr.NO_SUCH_GENE", "expr.TP53BP1", "mut.MTOR"])[:1] == ["expr.NO_SUCH_GENE"]


@pytest.mark.parametrize("row", c.catalogue_rows(), ids=lambda row: row.name)
def test_each_row_is_within_its_vocabularies(row: c.FeatureRow) -> None:
    assert row.mechanism in c.MECHANISMS
    assert row.provenance in c.PROVENANCES
    assert row.default_use in c.USES
    assert row.modality in {"rna", "dna", "lineage", "protein", "cells", "growth"}
    for direction in (
        row.expected_rapalog, row.expected_atp_competitive, row.expected_bivalent, row.expected_dual_pi3k_mtor
    ):  # fmt: skip
        assert direction in c.DIRECTIONS
    assert row.unit
    assert row.requires
    assert row.description
    assert row.low is None or row.high is None or row.low < row.high
    # A source, a computation on named data, or the admission that there is none; B is what nobody checked.
    assert re.search(r"^(PMID \d+|doi:10\.\d{4,}/|CIViC EID\d+|computed from|unverified$)", row.evidence)
    expects = {
        row.expected_rapalog, row.expected_atp_competitive, row.expected_bivalent,
        row.expected_dual_pi3k_mtor,
    } & {"sensitive", "resistant"}  # fmt: skip
    if row.evidence == "unverified":
        # Prevents: "unverified" said of a row that claims no effect, so that the word says nothing.
        assert expects
        assert row.provenance in {"B", "K"}
    if row.evidence.startswith("computed from") and row.provenance == "D":
        # Prevents: an expectation whose only source is that the value can be computed.
        assert not expects


def test_families_and_mechanisms_agree_with_the_tables_they_come_from() -> None:
    table = c.catalogue().set_index("name")
    for family, builder in BUILDERS.items():
        own = [column for column in builder.columns() if not column.startswith(c.EXPRESSION_PREFIX)]
        assert (table.loc[own, "family"] == family).all()
    network = knowledge_table("network_genes").set_index("gene")
    for gene in network_genes():
        assert c.mechanism_of(f"mut.{gene}") == network.at[gene, "mechanism"]
        assert c.describe(f"mut.{gene}").evidence == network.at[gene, "source"]
    assert table.at["mut.n_network_genes", "high"] == len(group_members("counted"))


def test_the_catalogue_cannot_be_changed_by_a_reader() -> None:
    table = c.catalogue()
    table["mechanism"] = "other_genes"
    assert c.catalogue().iloc[0]["mechanism"] == "mtor_itself"


def test_a_gene_carries_its_curated_sets_mechanism() -> None:
    assert c.describe("expr.DUSP6").mechanism == "bypass_pathways"
    assert c.mechanism_of("expr.PTEN") == "upstream_genotype"
    assert c.mechanism_of("expr.RNF11") == "other_genes"
    assert c.describe("expr.RNF11").name == "expr.RNF11"


def test_a_gene_of_several_signatures_takes_the_first_mechanism() -> None:
    table = knowledge_table("signatures").merge(knowledge_table("signature_catalogue"), on="signature")
    several = table.groupby("gene")["mechanism"].agg(set)
    several = several[several.map(len) > 1].drop(network_genes(), errors="ignore")
    assert len(several)
    for gene, mechanisms in several.items():
        assert c.mechanism_of_gene(gene) == min(mechanisms, key=c.MECHANISMS.index)


def test_an_unknown_feature_gets_the_nearest_names() -> None:
    with pytest.raises(InputError, match=r"path\.mapk"):
        c.describe("path.mapkk")
    with pytest.raises(InputError, match="features describe"):
        c.describe("zzzzzzzz")


def test_two_rows_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    row = c.catalogue_rows()[0]
    monkeypatch.setattr(c, "_own_rows", lambda: [row, row])
    with pytest.raises(ValueError, match="two rows"):
        c._rows.__wrapped__()


def test_measured_growth_and_clonality_are_never_learned_by_default() -> None:
    assert c.describe("growth.measured_rate").default_use == "computed"
    assert c.describe("clonality.math").default_use == "computed"
