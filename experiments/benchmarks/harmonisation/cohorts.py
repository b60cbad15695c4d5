"""The cohorts of the plan: lines on another platform, and TCGA's kidney tumours."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmarks.validation.facts import r_file
from features.cohort import Cohort

SEED, OFFSET, GAIN, NOISE = 11, 0.5, 0.2, 0.1
BLOOD = ("leukemia", "lymphoma")


def halves(lines: Cohort) -> tuple[Cohort, Cohort]:
    """Two halves of the lines with expression, drawn by the seed."""
    ids = sorted(map(str, lines.expression.index))
    drawn = np.random.default_rng(SEED).permutation(ids)
    first, second = drawn[: len(ids) // 2], drawn[len(ids) // 2 :]
    return lines.select(sorted(first)), lines.select(sorted(second))


def distorted(lines: Cohort) -> Cohort:
    """The lines as another platform would have measured them."""
    rng = np.random.default_rng(SEED + 1)
    genes = lines.expression.shape[1]
    offset, gain = rng.normal(0, OFFSET, genes), np.exp(rng.normal(0, GAIN, genes))
    noise = rng.normal(0, NOISE, lines.expression.shape)
    return replace(lines, name="distorted", expression=lines.expression * gain + offset + noise)


def of_lineages(cohort: Cohort, wanted: pd.Series) -> Cohort:
    """The samples of a mask over ``cohort.samples``."""
    return cohort.select(cohort.samples.sample_id[wanted.to_numpy()])


def mostly_blood(cohort: Cohort) -> Cohort:
    """All blood, and every tenth of the others."""
    blood = cohort.samples.lineage.isin(BLOOD)
    others = pd.Series(np.arange(len(blood)) % 10 == 0, index=blood.index)
    return of_lineages(cohort, blood | others)


def kirc(data: Path) -> Cohort | None:
    """TCGA's KIRC tumours (one a patient) on Agilent's arrays; None where the file is not at hand."""
    path = data / "patient" / "tcga" / "KIRC.mRNA.rda"
    if not path.is_file():
        return None
    table = r_file(path)["KIRC.mRNA"].copy()
    barcode = table.pop("bcr_patient_barcode").astype(str)
    table = table.set_axis(barcode).sort_index()
    table = table[table.index.str[13:15] == "01"]
    table = table.set_axis(table.index.str[:12])[lambda rows: ~rows.index.duplicated()].astype(float)
    table = table.loc[:, ~table.columns.duplicated() & table.notna().any().to_numpy()]
    # R's NA is a number of its own among the not-a-numbers; arithmetic on it warns.
    table = table.where(table.notna())
    samples = pd.DataFrame({"sample_id": table.index, "lineage": "kidney"})
    return Cohort.empty("kirc", samples=samples, expression=table, expression_scale="log_ratio")
