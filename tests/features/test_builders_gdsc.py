"""What the features say about the default data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.builders.network import network_genes
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
    mutated = matrix.values["drv.ras_raf"]
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
    # Levels of genes are apart, whose expr columns are learned, and T cells, of which no line has any; counts
    # of altered genes are never given to a model, since they grow with what a source reports.
    # Of the 22 lines of lineage.lung only 7 have a response.
    table = catalogue().set_index("name")
    assert {"mut.n_network_genes", "drv.n_drivers"} <= set(table.index[table["default_use"] == "never"])
    table = table.drop(["expr.{symbol}", "set.{name}", "growth.measured_rate", "env.t_cells", "lineage.lung"])
    table = table[(table["family"] != "gene_levels") & (table["default_use"] != "never")]
    for name, row in table.iterrows():
        known = with_rna[name].dropna()
        # Of a 0/1 column as many must be without: a list of drivers says 1 or nothing of mut.GENE.
        if row["unit"] == "binary":
            carried = int(min((known == 1).sum(), (known == 0).sum()))
        else:
            carried = len(known) if known.nunique() > 1 else 0
        assert row["default_use"] == ("learned" if carried >= 20 else "computed"), (name, carried)


def test_known_counts_of_the_drivers(matrix) -> None:
    counts = matrix.values.filter(regex=r"^drv\.").eq(1).sum()
    assert counts["drv.MTOR"] == pytest.approx(10, abs=1)
    assert counts["drv.TSC1"] == pytest.approx(12, abs=1)
    assert counts["drv.PTEN"] == pytest.approx(96, abs=4)
    # No row of these genes in the event list: unknown, not wild type.
    assert matrix.values[["drv.FKBP1A", "drv.NPRL2", "drv.EIF4E"]].isna().all(axis=None)


def test_drivers_of_gdsc_are_its_own_events_and_nothing_else(matrix, gdsc_cohort) -> None:
    # The default model was trained on these values under the name mut.GENE: they must not change with it.
    events = pd.crosstab(gdsc_cohort.variants["sample_id"], gdsc_cohort.variants["gene"]).clip(upper=1)
    listed = set(gdsc_cohort.panels["gene"])
    own = matrix.values.filter(regex=r"^drv\.[A-Z0-9]+$")
    assert len(own.columns) == len(network_genes())
    for name, values in own.items():
        gene = name.removeprefix("drv.")
        if gene not in listed:
            assert values.isna().all()
            continue
        expected = events[gene].reindex(values.index).fillna(0).astype(float)
        pd.testing.assert_series_equal(values, expected, check_names=False)
    share = matrix.values["drv.mtorc1_network"].mean()
    assert share == pytest.approx(0.24, abs=0.01)
    assert matrix.values["drv.n_drivers"].notna().all()


def test_of_unfiltered_status_and_classes_gdsc_tells_no_wild_type(matrix) -> None:
    # A model that learned these would learn what GDSC reports, not what a genome has.
    status = matrix.values.filter(regex=r"^mut\.")
    # "PIK3CA without RAS" is known not to be so where a driver of RAS is named.
    assert not (status.drop(columns="mut.pik3ca_without_ras") == 0).any(axis=None)
    assert status["mut.KRAS"].sum() == matrix.values["drv.KRAS"].sum()
    assert matrix.values.filter(regex=r"^(mut\.[A-Z0-9]+\.|biallelic\.|cn\.)").isna().all(axis=None)


def test_clonality_cannot_be_learned_from_it(matrix) -> None:
    # No line has an allele fraction: what is known is that there are none.
    known = matrix.values.filter(regex=r"^(clonality|lesion|region)\.").nunique(dropna=True)
    assert (known <= 1).all()


def test_rna_is_there_for_every_line_and_no_gene_is_absent(matrix, gdsc_cohort) -> None:
    assert matrix.values.loc[gdsc_cohort.expression.index].filter(regex=r"^expr\.").notna().all(axis=None)
    assert not set(matrix.notes["family"]) & {"expression", "pathways", "microenvironment", "growth"}


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
