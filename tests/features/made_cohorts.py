"""Small cohorts with every kind of input, made from a seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.builders.rank_normal import universe_symbols
from features.cohort import Cohort

LINEAGES = ("kidney", "BRCA", "melanoma", None, "lung_NSCLC", "ovary", "CCRCC", "AML")
MSI = ("MSI-H", "MSS", None, "MSI-L")
GENES = ("MTOR", "TSC1", "PTEN", "PIK3CA", "KRAS", "TP53", "TITIN_LIKE")


def made_cohort(n: int = 6, seed: int = 0) -> Cohort:
    """``n`` samples: the last has no expression, every third no variant profile, panels differ."""
    rng = np.random.default_rng(seed)
    ids = [f"S{i}" for i in range(n)]
    genes = list(universe_symbols())
    expression = pd.DataFrame(rng.gamma(2.0, size=(n - 1, len(genes))), index=ids[: n - 1], columns=genes)
    extra = rng.gamma(2.0, size=(n - 1, 2))
    expression[["EIF4E", "EIF4EBP2"]] = extra
    expression = expression.drop(columns=genes[100:160])
    profiled = [(s, "variants", "exome" if i % 3 == 0 else "small") for i, s in enumerate(ids) if i % 3 != 2]
    variants = [
        (s, gene, consequence, float(ref), float(alt), ccf)
        for s, _, panel in profiled
        for gene in (GENES if panel == "exome" else GENES[:4])
        for consequence, ref, alt, ccf in [
            (
                rng.choice(["missense", "silent", "frameshift", "other"]),
                rng.integers(10, 90),
                rng.integers(1, 60),
                rng.random(),
            )
        ]
        if rng.random() < 0.7
    ]
    return Cohort.empty(
        "made",
        samples=pd.DataFrame(
            {
                "sample_id": ids,
                "lineage": [LINEAGES[i % len(LINEAGES)] for i in range(n)],
                "msi": [MSI[i % len(MSI)] for i in range(n)],
                "doublings_per_day": [2.4, 1.0, 0.5, np.nan, -0.1, 0.8, 2.0, 1.2][:n],
            }
        ),
        profiled=pd.DataFrame(profiled, columns=["sample_id", "modality", "panel"]),
        panels=pd.DataFrame({"panel": "small", "gene": GENES[:4]}),
        variants=pd.DataFrame(
            variants, columns=["sample_id", "gene", "consequence", "ref_count", "alt_count", "ccf"]
        ),
        expression=expression,
        expression_scale="tpm",
    )


def variants_cohort(
    rows: list[tuple[str, str, str]], panel: list[str] | None = None, samples: tuple[str, ...] = ("A", "B")
) -> Cohort:
    """Samples profiled by an exome (or a panel of genes), with variants (sample_id, gene, consequence)."""
    name = "exome" if panel is None else "panel"
    return Cohort.empty(
        "variants",
        samples=pd.DataFrame({"sample_id": [*samples, "unprofiled"]}),
        profiled=pd.DataFrame({"sample_id": samples, "modality": "variants", "panel": name}),
        panels=pd.DataFrame({"panel": name, "gene": panel or []}),
        variants=pd.DataFrame(rows, columns=["sample_id", "gene", "consequence"]),
    )
