"""A user's gene sets: scored like the curated ones, told apart by their columns, and kept by a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_cohorts import made_cohort

from features.builders import gene_sets
from features.builders.base import EVERY_SAMPLE, Inputs
from features.builders.rank_normal import universe_symbols
from features.builders.signature_scores import signature_weights
from features.catalogue import describe
from features.errors import InputError
from features.matrix import FeatureMatrix, build_matrix
from features.settings import Settings

COHORT = made_cohort()
OWN = {
    "MINE": dict.fromkeys(universe_symbols()[:30], 1.0),
    "also mine": dict.fromkeys(universe_symbols()[40:60], 1.0),
}
SETTINGS = Settings(gene_sets=OWN)


def test_a_curated_signature_given_as_a_users_set_has_the_same_score() -> None:
    weights = signature_weights()["mapk"]
    settings = Settings(gene_sets={"copy": weights[weights != 0].to_dict()})
    matrix = build_matrix(COHORT, ["pathways", "gene_sets"], settings=settings).values
    pd.testing.assert_series_equal(matrix["set.copy"], matrix["path.mapk"], check_names=False)


def test_a_shifted_set_scores_higher_than_it_did() -> None:
    before = gene_sets.build(Inputs(COHORT, SETTINGS)).values["set.MINE"]
    raised = made_cohort()
    raised.expression[list(OWN["MINE"])] *= 50
    after = gene_sets.build(Inputs(raised, SETTINGS)).values["set.MINE"]
    assert (after > before + 5).drop("S5").all()
    assert np.isnan(after["S5"])


def test_without_sets_there_is_no_column() -> None:
    block = gene_sets.build(Inputs(COHORT))
    assert block.values.shape == (6, 0)
    assert block.notes == ()
    assert gene_sets.columns() == ()


def test_genes_that_are_not_scored_are_told() -> None:
    settings = Settings(gene_sets={**OWN, "WIDER": {**OWN["MINE"], "MTOR": 1.0, "RHEB": 1.0}})
    notes = gene_sets.build(Inputs(COHORT, settings)).notes
    assert [(note.sample_id, note.names) for note in notes] == [(EVERY_SAMPLE, ("WIDER: 30 of 32",))]


def test_sets_of_too_few_genes_are_refused() -> None:
    # A t value of two genes looks like any other in a table.
    few = {"FEW": dict.fromkeys(universe_symbols()[:4], 1.0), "NONE": {"MTOR": 1.0}}
    with pytest.raises(InputError, match=r"2 gene sets have fewer than 5 genes.*FEW \(4\), NONE \(0\)"):
        gene_sets.build(Inputs(COHORT, Settings(gene_sets={**OWN, **few})))


@pytest.mark.parametrize("name", ["matrix.csv", "matrix.tsv.gz", "matrix.parquet"])
def test_a_file_keeps_the_sets(tmp_path: Path, name: str) -> None:
    # The sets of a user are in no table of ours: a reader that knows only ours would drop them.
    matrix = build_matrix(COHORT, ["pathways", "gene_sets", "growth"], settings=SETTINGS)
    again = FeatureMatrix.read(matrix.write(tmp_path / name)).values
    pd.testing.assert_frame_equal(again[list(matrix.values)], matrix.values, rtol=0, atol=0)
    kept = again.columns.get_indexer(matrix.values.columns)
    assert (np.diff(kept) > 0).all()
    assert {"set.MINE", "set.also mine"} <= set(again)
    assert describe("set.also mine").mechanism == "other_genes"


def test_settings_carry_the_sets_through_json() -> None:
    assert Settings.from_json(SETTINGS.to_json()) == SETTINGS
