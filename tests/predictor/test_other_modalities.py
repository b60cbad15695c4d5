"""Phospho-proteins and single cells are trained on like RNA and DNA, by a user who has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.cells import Cells
from features.cohort import Cohort
from features.matrix import build_matrix
from predictor import training
from predictor.evaluation import MODEL
from predictor.experiment import Experiment
from predictor.explanation import explain
from predictor.modalities import MODALITIES, PATTERNS
from predictor.scoring import score

N, CELLS = 90, 60
DRUGS = ("sirolimus", "temsirolimus")


def measured_cohort() -> Cohort:
    """Divergent branches (bulk) and the share of S6-positive cells (single cells) each move the response."""
    rng = np.random.default_rng(4)
    ids = [f"T{i:03d}" for i in range(N)]
    divergence, active = rng.normal(size=N), rng.uniform(0.1, 0.9, N)
    proteins = [
        (sample, antibody, value, "tcga_rppa")
        for sample, d in zip(ids, divergence, strict=True)
        for antibody, value in (("4E-BP1_pT37_T46", d / 2), ("S6_pS240_S244", -d / 2), ("PTEN", rng.normal()))
    ]
    positive = rng.random((N, CELLS)) < active[:, None]
    intensity = np.where(positive, rng.lognormal(5.0, 0.3, (N, CELLS)), rng.lognormal(0.0, 0.5, (N, CELLS)))
    other = rng.lognormal(3.0, 0.6, (N, CELLS))
    cells = Cells(
        pd.DataFrame(
            {"cell_id": [f"c{j}" for _ in ids for j in range(CELLS)], "sample_id": np.repeat(ids, CELLS)}
        ),
        ("pS6", "p4E-BP1"),
        np.column_stack([intensity.ravel(), other.ravel()]),
        "linear",
        "protein",
    )
    latent = 1.5 * divergence - 4.0 * (active - 0.5)
    responses = [
        (sample, drug, "MINE", "ln_ic50_um", y + rng.normal(0, 0.4))
        for sample, y in zip(ids, latent, strict=True)
        for drug in DRUGS
    ]
    return Cohort.empty(
        "measured",
        samples=pd.DataFrame({"sample_id": ids, "lineage": ["kidney", "breast", "skin"] * (N // 3)}),
        profiled=pd.DataFrame([(s, m, m) for s in ids for m in ("proteins", "cells")],
                              columns=["sample_id", "modality", "panel"]),
        proteins=pd.DataFrame(proteins, columns=["sample_id", "antibody", "value", "platform"]),
        cells=cells,
        responses=pd.DataFrame(responses, columns=["sample_id", "inhibitor", "screen", "metric", "value"]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return measured_cohort()


@pytest.fixture(scope="module")
def result(cohort: Cohort, tmp_path_factory: pytest.TempPathFactory) -> training.TrainingResult:
    folder: Path = tmp_path_factory.mktemp("measured") / "cohort"
    cohort.write(folder)
    experiment = Experiment.model_validate(
        {
            "name": "measured",
            "data": {"cohort": str(folder)},
            "features": {"families": ["proteins", "activity_spread", "branches", "lineage"]},
            "response": {
                "screens": ["MINE"],
                "consensus": [f"{drug}@MINE" for drug in DRUGS],
                "least_lines": 30,
            },
            "model": {
                "least_carriers": 20,
                "inner_folds": 3,
                "trees": {"max_rounds": 60, "colsample_bytree": 1.0},
            },
            "evaluation": {"folds": 3, "draws": 100},
        }
    )
    return training.train(experiment, jobs=2)


def test_the_patterns_are_every_combination_from_the_fullest_to_the_lineage() -> None:
    assert len(PATTERNS) == 2 ** len(MODALITIES)
    assert next(iter(PATTERNS)) == "rna+dna+protein+cells"
    old = [name for name in PATTERNS if PATTERNS[name] <= {"rna", "dna"}]
    assert old == ["rna+dna", "rna", "dna", "lineage"]


def test_proteins_and_cells_are_learned_and_predict_held_out_samples(
    result: training.TrainingResult,
) -> None:
    """Prevents: a modality that is computed and shown but that no model can be trained on."""
    assert result.study.settings.patterns == ("protein+cells", "protein", "cells", "lineage")
    r = {s.predictor: s.metrics["pearson"].value for s in result.scores if s.target == "sirolimus@MINE"}
    assert r[MODEL] > 0.7
    assert r[MODEL] > max(r["protein"], r["cells"]) > 0.2
    assert abs(r["lineage"]) < 0.3


def test_the_explanation_names_what_was_planted(result: training.TrainingResult, cohort: Cohort) -> None:
    matrix = build_matrix(cohort, result.bundle.families, settings=result.bundle.settings)
    why = explain(result.bundle, matrix.values, "sirolimus")
    weight = np.abs(why.shap_values).mean(axis=0)
    ranked = [why.features[j] for j in np.argsort(-weight)]
    assert any(name.startswith(("branch.divergence", "prot.")) for name in ranked[:4])
    assert any(name.startswith("spread.p_s6") for name in ranked[:6])


def test_a_sample_without_cells_is_answered_by_the_pattern_that_it_has(
    result: training.TrainingResult, cohort: Cohort
) -> None:
    """Prevents: missing cells that are taken for average ones."""
    values = build_matrix(cohort, result.bundle.families, settings=result.bundle.settings).values.iloc[:3]
    cells = [c for c in values if result.bundle.roles.modality[c] == "cells"]
    table = score(result.bundle, values.assign(**dict.fromkeys(cells, np.nan)), inhibitors=["sirolimus"])
    assert set(table.modality_pattern) == {"protein"}
    assert set(score(result.bundle, values, inhibitors=["sirolimus"]).modality_pattern) == {"protein+cells"}
