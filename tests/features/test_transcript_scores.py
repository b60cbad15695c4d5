"""Scores and levels of one sample: of that sample alone, whatever its scale, and without compiling."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_cohorts import made_cohort

from experiments.benchmarks.validation.facts import DATA
from features.builders import gene_levels, progeny
from features.builders.base import EVERY_SAMPLE, Inputs
from features.builders.progeny import progeny_weights
from features.builders.rank_normal import gene_universe, universe_symbols
from features.builders.signature_scores import score, universe_weights
from features.cohort import Cohort
from features.matrix import build_matrix
from features.settings import Settings

FAMILIES = ["pathways", "progeny", "gene_levels", "gene_sets", "microenvironment", "growth"]
OWN = Settings(gene_sets={"MINE": dict.fromkeys(universe_symbols()[:30], 1.0)})
MODEL = DATA / "cellline" / "gene_sets" / "progeny_model_human_full.csv.gz"


def cohort_of(expression: pd.DataFrame) -> Cohort:
    samples = pd.DataFrame({"sample_id": expression.index})
    return Cohort.empty("c", samples=samples, expression=expression, expression_scale="tpm")


def features_of(expression: pd.DataFrame) -> pd.DataFrame:
    return build_matrix(cohort_of(expression), FAMILIES, settings=OWN).values


EXPRESSION = made_cohort(8, seed=3).expression.assign(MTOR=1.5, RHEB=0.2)
WHOLE = features_of(EXPRESSION)


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(7)), st.integers(1, 7))
def test_a_sample_has_its_values_whichever_others_are_there(order: list[int], n: int) -> None:
    chosen = [EXPRESSION.index[i] for i in order[:n]]
    # A mean over the batch would show here at once.
    pd.testing.assert_frame_equal(features_of(EXPRESSION.loc[chosen]), WHOLE.loc[chosen], rtol=0, atol=1e-9)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 5), st.floats(0.2, 3), st.booleans())
def test_a_monotone_change_of_scale_changes_nothing(factor: float, power: float, log: bool) -> None:
    changed = factor * EXPRESSION**power
    changed = np.log2(changed + 1) if log else changed
    pd.testing.assert_frame_equal(features_of(changed), WHOLE, rtol=0, atol=1e-9)


def test_one_sample_is_scored_without_compiling_anything() -> None:
    # decoupler's front end compiles for 5 to 35 seconds at its first call; a served prediction cannot wait.
    program = (
        "import sys; sys.path.insert(0, 'tests/features')\n"
        "import numba.core.dispatcher as d\n"
        "def refuse(*_, **__): raise AssertionError('numba compiles')\n"
        "d.Dispatcher.compile = refuse\n"
        "from made_cohorts import made_cohort\n"
        "from features.matrix import build_matrix\n"
        f"print(build_matrix(made_cohort(2), {FAMILIES!r}).values.iloc[0].notna().sum())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-400:]
    assert int(done.stdout) > 40


def test_progeny_scores_are_the_t_values_of_its_weights() -> None:
    from scipy.stats import linregress

    inputs = Inputs(cohort_of(EXPRESSION))
    values = progeny.build(inputs).values
    fit = linregress(progeny_weights()["Hypoxia"], inputs.expression.z.iloc[2].fillna(0))
    assert values.iloc[2]["progeny.Hypoxia"] == pytest.approx(fit.slope / fit.stderr, rel=1e-9)
    assert list(values) == list(progeny.columns())
    assert len(values.columns) == 14


def test_a_pathway_that_is_mostly_absent_is_unknown() -> None:
    genes = progeny_weights().index[progeny_weights()["Trail"] != 0]
    block = progeny.build(Inputs(cohort_of(EXPRESSION.drop(columns=genes, errors="ignore"))))
    assert block.values["progeny.Trail"].isna().all()
    assert block.values["progeny.MAPK"].notna().all()
    assert block.notes[0].names == ("Trail",)


@pytest.mark.shared
def test_the_frozen_table_is_the_models_most_significant_genes() -> None:
    if not MODEL.is_file():
        pytest.skip(f"the model of PROGENy is not at {MODEL}")
    full = pd.read_csv(MODEL)
    top = full.sort_values("p.value", kind="stable").groupby("pathway").head(500)
    sets = {
        name: dict(zip(rows["gene"], rows["weight"], strict=True)) for name, rows in top.groupby("pathway")
    }
    frozen = progeny_weights()
    pd.testing.assert_frame_equal(frozen, universe_weights(sets)[list(frozen)], rtol=1e-5, atol=0)


def test_levels_are_placed_among_the_universe_and_what_is_absent_is_told() -> None:
    block = gene_levels.build(Inputs(cohort_of(EXPRESSION)))
    assert block.values["level.MTOR"].notna().all()
    assert (block.values["level.MTOR"] > block.values["level.RHEB"]).all()
    assert block.values["level.RPTOR"].isna().all()
    (note,) = block.notes
    assert note.sample_id == EVERY_SAMPLE
    assert "RPTOR" in note.names
    assert "MTOR" not in note.names
    assert set(note.names) == {gene for gene in gene_levels.level_genes() if f"level.{gene}" in block.values
                               and block.values[f"level.{gene}"].isna().all()}  # fmt: skip


def test_a_sample_without_a_gene_has_no_level_and_the_others_keep_theirs() -> None:
    holed = EXPRESSION.copy()
    holed.loc[holed.index[0], ["MTOR", "PIM1"]] = np.nan
    values = gene_levels.build(Inputs(cohort_of(holed))).values
    assert values.loc[holed.index[0], ["level.MTOR", "level.PIM1"]].isna().all()
    pd.testing.assert_series_equal(values["level.MTOR"].iloc[1:], WHOLE["level.MTOR"].iloc[1:])


def test_without_expression_levels_are_unknown_and_silent() -> None:
    block = gene_levels.build(Inputs(Cohort.empty("c", samples=pd.DataFrame({"sample_id": ["A"]}))))
    assert block.values.isna().all(axis=None)
    assert block.values.shape == (1, len(gene_levels.level_genes()))
    assert block.notes == ()


def test_no_weight_is_lost_between_the_spellings_of_a_gene() -> None:
    # RPTOR is outside; a panel's old spelling and the approved symbol both are inside.
    renamed = gene_universe().query("symbol != approved_symbol").iloc[0]
    weights = universe_weights(
        {"old": {renamed["symbol"]: 2.0, "RPTOR": 1.0}, "new": {renamed["approved_symbol"]: 2.0}}
    )
    assert (weights.sum() == 2.0).all()
    assert (weights["old"] == weights["new"]).all()


def test_nothing_to_score_is_an_empty_frame() -> None:
    z = pd.DataFrame(
        np.zeros((2, len(universe_symbols()))), index=["A", "B"], columns=list(universe_symbols())
    )
    assert score(z, universe_weights({})).shape == (2, 0)
    assert score(z.iloc[:0], progeny_weights()).shape == (0, 14)
