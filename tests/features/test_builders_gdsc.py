"""What the features say about the default data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.builders.signature_scores import score, signature_weights
from features.catalogue import catalogue
from features.matrix import FeatureMatrix, build_matrix

pytestmark = pytest.mark.gdsc


@pytest.fixture(scope="module")
def matrix(gdsc_cohort) -> FeatureMatrix:
    return build_matrix(gdsc_cohort)


def effect(scores: pd.Series, mutated: pd.Series) -> float:
    """Cohen's d of mutated against known wild type."""
    high, low = scores[mutated == 1].dropna(), scores[mutated == 0].dropna()
    return float((high.mean() - low.mean()) / np.sqrt((high.var() + low.var()) / 2))


def test_mapk_scores_are_higher_in_ras_raf_mutants_and_permuted_ones_are_not(matrix, gdsc_cohort) -> None:
    mutated = matrix.values["mut.ras_raf"]
    assert effect(matrix.values["path.mapk"], mutated) > 0.5
    weights = signature_weights()
    shuffled = pd.DataFrame(
        {seed: np.random.default_rng(seed).permutation(weights["mapk"].to_numpy()) for seed in range(20)},
        index=weights.index,
    )
    z = matrix.values.filter(regex=r"^expr\.").rename(columns=lambda name: name.removeprefix("expr."))
    null = [abs(effect(column, mutated)) for _, column in score(z, shuffled).items()]
    assert np.mean(np.array(null) > 0.5) <= 0.05


def test_what_is_learned_is_carried_by_twenty_lines(matrix, gdsc_cohort) -> None:
    # A feature that too few lines carry is not given to a model, and none that could be learned is withheld.
    with_rna = matrix.values.loc[gdsc_cohort.expression.index]
    # The count of altered genes is known of all and withheld all the same: it grows with the panel.
    # So are levels of genes, whose expr columns are learned, and T cells, of which no line has any about it.
    apart = ["expr.{symbol}", "set.{name}", "growth.measured_rate", "mut.n_network_genes", "env.t_cells"]
    assert catalogue().set_index("name").default_use["mut.n_network_genes"] == "computed"
    table = catalogue().set_index("name").drop(apart)
    table = table[table["family"] != "gene_levels"]
    for name, row in table.iterrows():
        values = with_rna[name]
        carried = int((values == 1).sum() if row["unit"] == "binary" else values.notna().sum())
        assert row["default_use"] == ("learned" if carried >= 20 else "computed"), (name, carried)


def test_known_counts_of_the_drivers(matrix) -> None:
    counts = matrix.values.filter(regex=r"^mut\.").eq(1).sum()
    assert counts["mut.MTOR"] == pytest.approx(10, abs=1)
    assert counts["mut.TSC1"] == pytest.approx(12, abs=1)
    assert counts["mut.PTEN"] == pytest.approx(96, abs=4)
    # No row of these genes in the event list: unknown, not wild type.
    assert matrix.values[["mut.FKBP1A", "mut.NPRL2", "mut.EIF4E"]].isna().all(axis=None)


def test_clonality_cannot_be_learned_from_it(matrix) -> None:
    assert matrix.values.filter(regex=r"^clonality\.").isna().all(axis=None)


def test_rna_is_there_for_every_line_and_no_gene_is_absent(matrix, gdsc_cohort) -> None:
    assert matrix.values.loc[gdsc_cohort.expression.index].filter(regex=r"^expr\.").notna().all(axis=None)
    assert set(matrix.notes["family"]) == {"gene_levels"}


def test_a_level_is_the_value_that_the_wide_block_holds_and_unknown_outside_it(matrix) -> None:
    # A level by another route would be a second, different feature of the same gene.
    levels = matrix.values.filter(regex=r"^level\.")
    inside = [name for name in levels if name.replace("level.", "expr.") in matrix.values]
    assert len(inside) == 32
    for name in inside:
        pd.testing.assert_series_equal(
            levels[name], matrix.values[name.replace("level.", "expr.")], check_names=False
        )
    assert levels.drop(columns=inside).isna().all(axis=None)
