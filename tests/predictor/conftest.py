"""A small fitted bundle, made in seconds, for every test that needs a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from features.catalogue import catalogue_rows, describe
from features.knowledge import knowledge_table
from predictor.baselines import Ladder
from predictor.bundle import Bundle, content_version
from predictor.evaluation import Study, cross_validate, judge
from predictor.modalities import ColumnRoles
from predictor.model import ResponseRegressor
from predictor.response import CLASS_UNIT, ResponseScale, Target
from predictor.splits import assign_folds
from predictor.target_model import FitSettings, fit_target
from predictor.training import with_certainty
from predictor.trees import TreeSettings

N_SAMPLES, N_GENES = 60, 80
#: The first genes rise and fall together, and the response with them.
PROGRAMME = 30
RESPONSES = ("sirolimus@GDSC2", "temsirolimus@GDSC2", "AZD8055@GDSC2")
TARGETS = (
    Target("sirolimus@GDSC2", "sirolimus", "rapalog", "ln_ic50_um", ("sirolimus@GDSC2",)),
    Target("AZD8055@GDSC2", "AZD8055", "atp_competitive", "ln_ic50_um", ("AZD8055@GDSC2",)),
    Target("rapalog", None, "rapalog", CLASS_UNIT, ("sirolimus@GDSC2", "temsirolimus@GDSC2")),
)
LINEAGES = ("lineage.breast", "lineage.kidney", "lineage.skin")


@dataclass(frozen=True)
class Tiny:
    """A bundle and what it was fitted on."""

    bundle: Bundle
    study: Study
    fitted: dict[str, ResponseRegressor]
    out_of_fold: pd.DataFrame


def tiny_features(n: int = N_SAMPLES, seed: int = 7) -> pd.DataFrame:
    """Features of catalogue names: ten mutations, MSI, every signature, three lineages, 80 genes."""
    rng = np.random.default_rng(seed)
    mutations = [f"mut.{gene}" for gene in ("TP53", "KRAS", "PIK3CA", "PTEN", "BRAF", "NF1", "STK11", "EGFR")]
    dna = [*mutations, "mut.n_network_genes", "msi.high"]
    rna = [row.name for row in catalogue_rows() if row.family in {"pathways", "microenvironment", "growth"}]
    rna = [name for name in rna if describe(name).default_use == "learned"]
    genes = [f"expr.{gene}" for gene in knowledge_table("gene_universe")["approved_symbol"][:N_GENES]]
    columns: dict[str, np.ndarray] = {}
    for name in dna:
        columns[name] = (rng.uniform(size=n) < 0.4).astype(float)
    columns["mut.n_network_genes"] = rng.integers(0, 6, n).astype(float)
    for name in rna:
        columns[name] = rng.normal(size=n)
    lineage = rng.integers(0, len(LINEAGES), n)
    for k, name in enumerate(LINEAGES):
        columns[name] = (lineage == k).astype(float)
    programme = rng.normal(size=n)
    for k, name in enumerate(genes):
        columns[name] = np.clip(rng.normal(size=n) + (programme if k < PROGRAMME else 0), -3.9, 3.9)
    return pd.DataFrame(columns, index=pd.Index([f"L{i:03d}" for i in range(n)], name="sample_id"))


def tiny_study() -> Study:
    """60 lines whose response hangs on a mutation, a signature, a lineage and a programme of genes."""
    features = tiny_features()
    rng = np.random.default_rng(11)
    genes = [c for c in features.columns if c.startswith("expr.")]
    latent = 2.0 * features["mut.KRAS"] + features["path.mtorc1"] + 1.5 * features["lineage.skin"]
    latent = latent + 1.5 * features[genes[:PROGRAMME]].mean(axis=1)
    responses = pd.DataFrame(
        {name: latent + rng.normal(scale=0.3, size=len(latent)) for name in RESPONSES}, index=features.index
    )
    modality = {c: describe(c).modality for c in features.columns}
    settings = FitSettings(
        pooling=(0.5,),
        across_screens=False,
        trees=TreeSettings(max_rounds=20, learning_rate=0.3, min_child_weight=3.0, colsample_bytree=1.0),
        patterns=("rna+dna", "rna", "dna", "lineage"),
        inner_folds=3,
        least_carriers=5,
        least_known=0.5,
        seed=3,
    )
    tissue = pd.Series([str(c) for c in features[list(LINEAGES)].idxmax(axis=1)], index=features.index)
    return Study(
        features=features,
        responses=responses,
        targets=TARGETS,
        consensus=RESPONSES[:2],
        roles=ColumnRoles(modality, frozenset(genes)),
        ladder=Ladder(tissue, None, features[genes]),
        settings=settings,
    )


def make_tiny() -> Tiny:
    """Fit, judge and wrap."""
    study = tiny_study()
    table = cross_validate(
        study, assign_folds(list(study.features.index), 3, 1), patterns=study.settings.patterns[1:]
    )
    scale = ResponseScale.fit(study.responses, study.consensus)
    fitted, models = {}, {}
    for target in TARGETS:
        model = fit_target(study.features, study.responses, target, scale, study.roles, study.settings)
        fitted[target.name] = model
        models[target.name] = with_certainty(target, model, study.features, table)
    scores = [
        {
            "target": s.target,
            "predictor": s.predictor,
            "n": s.n,
            "metrics": {name: estimate.as_dict() for name, estimate in s.metrics.items()},
            "gain_of_model": None if s.gain_of_model is None else s.gain_of_model.as_dict(),
        }
        for s in judge(table, draws=100, seed=1)
    ]
    bundle = Bundle(
        name="tiny",
        version="",
        columns=tuple(study.features.columns),
        roles=study.roles,
        families=tuple(dict.fromkeys(describe(c).family for c in study.features.columns)),
        settings=study.feature_settings,
        least_known=study.settings.least_known,
        models=models,
        facts={
            "experiment": {"name": "tiny", "description": "Made by a test."},
            "cohort": "made by a test",
            "samples": N_SAMPLES,
            "created": "2026-11-23T00:00:00+00:00",
            "git_revision": "0" * 40,
            "libraries": {"numpy": np.__version__},
            "sources": [
                {
                    "name": "none",
                    "version": "1",
                    "file": "x|y.csv",
                    "sha256": "ab" * 32,
                    "rows_in": 9,
                    "rows_out": 8,
                }
            ],
            "losses": [{"stage": "join", "reason": "no such line", "n": 1}],
            "scores": scores,
        },
    )
    return Tiny(content_version(bundle), study, fitted, table)


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """:attr:`tiny_bundle` with the study it was fitted on."""
    return make_tiny()


@pytest.fixture(scope="session")
def tiny_bundle(tiny: Tiny) -> Bundle:
    """Two inhibitors and one class, all four modality patterns."""
    return tiny.bundle


@pytest.fixture
def tiny_samples() -> pd.DataFrame:
    """23 new samples: complete ones, then without RNA, without DNA, and with lineage alone."""
    features = tiny_features(23, seed=99)
    features.index = pd.Index([f"N{i:02d}" for i in range(len(features))], name="sample_id")
    rna = [c for c in features.columns if describe(c).modality == "rna"]
    dna = [c for c in features.columns if describe(c).modality == "dna"]
    features.loc[features.index[8:12], rna] = np.nan
    features.loc[features.index[12:16], dna] = np.nan
    features.loc[features.index[16:19], rna + dna] = np.nan
    return features
