"""MATH of TCGA KIRC and of the NCI-60 lines, and that its cut-offs are told."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from experiments.benchmarks.validation.facts import Fact, r_file
from features.builders import clonality
from features.builders.base import Inputs
from features.cohort import Cohort
from features.settings import Settings
from features.sources import import_cohort

WITHOUT_CUT_OFF = Settings(min_depth=0, min_vaf=0)
OTHER_CUT_OFF = Settings(min_depth=50, min_vaf=0.1)


def measure(data: Path) -> list[Fact]:
    """Facts of line 3."""
    return [*_kirc(data / "patient" / "tcga" / "MC3_KIRC.RDs"), *_nci60(data / "cellline" / "nci60_variants")]


def _values(cohort: Cohort, settings: Settings) -> pd.DataFrame:
    values = clonality.build(Inputs(cohort, settings)).values
    return values.rename(columns=lambda name: name.removeprefix("clonality."))


def _kirc(path: Path) -> list[Fact]:
    variants = r_file(path)["data"]
    with tempfile.TemporaryDirectory() as folder:
        maf = Path(folder) / "kirc.maf"
        variants.to_csv(maf, sep="\t", index=False)
        cohort = import_cohort("tables", maf=maf)
    without, default, other = (_values(cohort, s) for s in (WITHOUT_CUT_OFF, Settings(), OTHER_CUT_OFF))
    source = "data.md; MC3 variants with read counts, through the importer of MAFs"
    told = (other["min_depth"] == OTHER_CUT_OFF.min_depth) & (other["min_vaf"] == OTHER_CUT_OFF.min_vaf)
    return [
        Fact(3, "TCGA KIRC: tumours with MATH", float(without["math"].notna().sum()), 370, 370, source),
        Fact(
            3,
            "TCGA KIRC: median MATH, non-silent, no cut-off",
            float(without["math"].median()),
            31.6,
            31.8,
            source,
        ),
        Fact(
            3,
            "TCGA KIRC: median MATH, non-silent, depth >= 20 and VAF >= 0.05",
            float(default["math"].median()),
            28.9,
            29.1,
            source,
        ),
        Fact(
            3,
            "TCGA KIRC: share of tumours that carry another cut-off (depth 50, VAF 0.1) in their own columns",
            float(told.mean()),
            1,
            1,
            f"their median MATH is {other['math'].median():.1f}",
        ),
        Fact(
            3,
            "TCGA KIRC: median number of clusters of VAF",
            float(default["n_clusters_vaf"].median()),
            note=f"1 to {default['n_clusters_vaf'].max():.0f}; at exome depths few clones can be told apart",
        ),
    ]


def _nci60(folder: Path) -> list[Fact]:
    check = pd.read_csv(folder / "derived_MATH_check.csv").set_index("line")
    check = check.dropna(subset=["SangerRecalibWES_AC_MATH"])
    table = pd.read_csv(
        folder / "derived_CCLE_mutations_nci60_lines.csv.gz",
        usecols=["Tumor_Sample_Barcode", "Hugo_Symbol", "SangerRecalibWES_AC"],
    ).dropna()
    counts = table["SangerRecalibWES_AC"].str.split(":", expand=True).astype(float)
    samples = sorted(table["Tumor_Sample_Barcode"].unique())
    cohort = Cohort.empty(
        "nci60",
        samples=pd.DataFrame({"sample_id": samples}),
        profiled=pd.DataFrame({"sample_id": samples, "modality": "variants", "panel": "exome"}),
        variants=pd.DataFrame(
            {
                "sample_id": table["Tumor_Sample_Barcode"],
                "gene": table["Hugo_Symbol"],
                # The check keeps silent variants, so all are taken for the same.
                "consequence": "missense",
                "alt_count": counts[0],
                "ref_count": counts[1],
            }
        ).reset_index(drop=True),
    )
    values = _values(cohort, Settings()).loc[check.index]
    off = (values["math"] - check["SangerRecalibWES_AC_MATH"]).abs().max()
    n_off = (values["n_variants_used"] - check["SangerRecalibWES_AC_n"]).abs().max()
    source = "derived_MATH_check.csv (three decimals); silent variants are kept, as there"
    return [
        Fact(3, "NCI-60: lines compared", float(len(check)), 55, 55, source),
        Fact(3, "NCI-60: largest difference of MATH from the check", float(off), 0, 6e-4, source),
        Fact(3, "NCI-60: largest difference in the number of variants used", float(n_off), 0, 0, source),
    ]
