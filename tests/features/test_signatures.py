"""The curated signatures: every gene has a source, and on real lines each set means what its name says."""

from __future__ import annotations

import re
from importlib.resources import files
from io import StringIO
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

MECHANISMS = {
    "mtor_itself",
    "upstream_genotype",
    "mtorc1_activity",
    "bypass_pathways",
    "microenvironment",
    "heterogeneity",
    "lineage",
    "growth",
    "other_genes",
}
DIRECTIONS = {"sensitive", "resistant", "none", "unknown"}
CLASS_COLUMNS = [
    "expected_rapalog",
    "expected_atp_competitive",
    "expected_bivalent",
    "expected_dual_pi3k_mtor",
]
ASKED_FOR = {
    "mtorc1",
    "pi3k_akt",
    "mapk",
    "proliferation",
    "myc",
    "translation",
    "glycolysis",
    "cholesterol",
    "lysosome",
    "emt",
    "rtk_feedback",
    "pim",
    "p53",
    "nutrient_stress",
    "amino_acid_transport",
    "nrf2",
    "hypoxia",
    "acidity",
    "angiogenesis",
    "stroma",
    "t_cells",
}
# A paper by PMID, DOI, or journal with year and place; an entry of CIViC by its number.
CITATION = re.compile(r"PMID \d{7,8}|CIViC EID\d+|doi:10\.\d{4,}/\S+|\w+ \d{4}, .+")


def knowledge(name: str) -> pd.DataFrame:
    text = files("features").joinpath("knowledge", name).read_text(encoding="utf-8")
    return pd.read_csv(StringIO(text), keep_default_na=False)


@pytest.fixture(scope="module")
def signatures() -> pd.DataFrame:
    return knowledge("signatures.csv")


@pytest.fixture(scope="module")
def catalogue() -> pd.DataFrame:
    return knowledge("signature_catalogue.csv").set_index("signature")


@pytest.fixture(scope="module")
def universe() -> set[str]:
    return set(knowledge("gene_universe.csv")["approved_symbol"])


@pytest.fixture(scope="module")
def scored(signatures: pd.DataFrame, universe: set[str]) -> pd.DataFrame:
    return signatures[signatures["gene"].isin(universe)]


def test_the_table_and_its_catalogue_name_the_same_signatures(
    signatures: pd.DataFrame, catalogue: pd.DataFrame
) -> None:
    assert set(signatures["signature"]) == set(catalogue.index) == ASKED_FOR
    assert catalogue.index.is_unique


def test_a_gene_stands_once_in_a_signature(signatures: pd.DataFrame) -> None:
    assert not signatures.duplicated(["signature", "gene"]).any()


def test_a_weight_is_a_sign(signatures: pd.DataFrame) -> None:
    assert set(signatures["weight"]) == {-1, 1}


def test_every_gene_has_a_source_or_is_called_unverified(signatures: pd.DataFrame) -> None:
    for source in signatures["source"].unique():
        assert source == "unverified" or CITATION.fullmatch(source) is not None, source


def test_the_note_tells_which_genes_cannot_be_scored(signatures: pd.DataFrame, universe: set[str]) -> None:
    outside = ~signatures["gene"].isin(universe)
    assert (signatures["note"].str.contains("not in universe") == outside).all()


def test_enough_genes_of_each_signature_can_be_scored(scored: pd.DataFrame) -> None:
    assert scored.groupby("signature")["gene"].size().min() >= 8


def test_the_catalogue_uses_its_vocabularies(catalogue: pd.DataFrame) -> None:
    assert set(catalogue["family"]) == {"path", "env", "growth"}
    assert catalogue.index[catalogue["family"] == "growth"].tolist() == ["proliferation"]
    assert set(catalogue["mechanism"]) <= MECHANISMS
    assert set(catalogue[CLASS_COLUMNS].to_numpy().ravel()) <= DIRECTIONS
    assert set(catalogue["provenance"]) <= set("SPKDB")


def test_every_description_says_that_mrna_is_not_kinase_activity(catalogue: pd.DataFrame) -> None:
    assert catalogue["description"].str.endswith("a score of mRNA, not of kinase activity").all()


def test_every_piece_of_evidence_is_a_citation_or_called_unverified(catalogue: pd.DataFrame) -> None:
    for cell in catalogue["evidence"]:
        parts = cell.split("; ")
        assert parts == ["unverified"] or all(CITATION.fullmatch(part) for part in parts), cell


def test_two_signatures_are_not_the_same_set_under_two_names(scored: pd.DataFrame) -> None:
    sets = {name: set(rows["gene"]) for name, rows in scored.groupby("signature")}
    for one, genes in sets.items():
        for two, others in sets.items():
            if one < two:
                assert len(genes & others) / min(len(genes), len(others)) < 0.75, (one, two)


# ---------------------------------------------------------------- on the lines of GDSC


@pytest.fixture(scope="module")
def gdsc(request: pytest.FixtureRequest) -> Any:
    try:
        return request.getfixturevalue("gdsc_cohort")
    except pytest.FixtureLookupError:
        pytest.skip("no gdsc_cohort fixture")


@pytest.fixture(scope="module")
def ranked(gdsc: Any) -> pd.DataFrame:
    """Within-sample rank-normal expression, lines x genes."""
    ranks = gdsc.expression.rank(axis=1)
    size = ranks.shape[1]
    # Ties get half ranks, hence two entries a rank.
    table = np.array(
        [NormalDist().inv_cdf(min(max(i / 2 - 0.5, 0.25) / size, 1 - 1e-9)) for i in range(2 * size + 1)]
    )
    return pd.DataFrame(
        table[(2 * ranks.to_numpy()).round().astype(int)], index=ranks.index, columns=ranks.columns
    )


def score(ranked: pd.DataFrame, scored: pd.DataFrame, signature: str) -> pd.Series:
    rows = scored[scored["signature"] == signature].set_index("gene")["weight"]
    rows = rows[rows.index.isin(ranked.columns)]
    return (ranked[rows.index] * rows).mean(axis=1)


def effect(values: pd.Series, mutated: set[str], lineage: pd.Series) -> tuple[float, float]:
    """The difference in standard deviations, over all lines and within lineages."""
    inside = values - values.groupby(lineage).transform("mean")
    group = values.index.isin(mutated)
    overall, within = ((x[group].mean() - x[~group].mean()) / x.std() for x in (values, inside))
    return float(overall), float(within)


@pytest.mark.gdsc
@pytest.mark.parametrize(
    ("signature", "genes", "least"),
    [
        ("mapk", ["KRAS", "NRAS", "HRAS", "BRAF", "RAF1"], 0.4),
        ("nrf2", ["KEAP1", "NFE2L2"], 1.0),
        ("hypoxia", ["VHL"], 0.5),
        ("mtorc1", ["PTEN", "PIK3CA", "TSC1", "TSC2", "MTOR"], 0.1),
        ("proliferation", ["RB1"], 0.1),
    ],
)
def test_a_pathway_score_is_higher_where_the_pathway_is_mutated(
    ranked: pd.DataFrame, scored: pd.DataFrame, gdsc: Any, signature: str, genes: list[str], least: float
) -> None:
    mutated = set(gdsc.variants.loc[gdsc.variants["gene"].isin(genes), "sample_id"])
    lineage = gdsc.samples.set_index("sample_id")["lineage"].reindex(ranked.index)
    overall, within = effect(score(ranked, scored, signature), mutated, lineage)
    assert overall > 0.1
    assert within > least


@pytest.mark.gdsc
def test_the_p53_score_is_lower_where_tp53_is_mutated(
    ranked: pd.DataFrame, scored: pd.DataFrame, gdsc: Any
) -> None:
    mutated = set(gdsc.variants.loc[gdsc.variants["gene"] == "TP53", "sample_id"])
    lineage = gdsc.samples.set_index("sample_id")["lineage"].reindex(ranked.index)
    overall, within = effect(score(ranked, scored, "p53"), mutated, lineage)
    assert overall < -0.6
    assert within < -0.6


@pytest.mark.gdsc
def test_the_emt_score_is_higher_where_the_cadherin_is_lost(
    ranked: pd.DataFrame, scored: pd.DataFrame, gdsc: Any
) -> None:
    values = score(ranked, scored, "emt")
    lineage = gdsc.samples.set_index("sample_id")["lineage"].reindex(ranked.index)
    assert values.corr(ranked["CDH1"]) < -0.5
    assert values.groupby(lineage).mean()["large_intestine"] < values.groupby(lineage).mean()["soft_tissue"]


@pytest.mark.gdsc
@pytest.mark.parametrize("signature", sorted(ASKED_FOR))
def test_the_genes_of_a_signature_go_together_more_than_random_genes(
    ranked: pd.DataFrame, scored: pd.DataFrame, signature: str
) -> None:
    weights = scored[scored["signature"] == signature].set_index("gene")["weight"]
    weights = weights[weights.index.isin(ranked.columns)]
    random = np.random.default_rng(0)

    standard = (ranked - ranked.mean()) / ranked.std(ddof=0)
    values, size = standard.to_numpy(), len(weights)

    def coherence(columns: np.ndarray[Any, Any]) -> float:
        """The mean pairwise correlation, signed: the variance of a sum of scores holds every pair."""
        return float(((values[:, columns] @ weights.to_numpy()).var() - size) / (size * (size - 1)))

    drawn = [coherence(random.choice(values.shape[1], size, replace=False)) for _ in range(200)]
    assert coherence(ranked.columns.get_indexer(weights.index)) > np.quantile(drawn, 0.95)
