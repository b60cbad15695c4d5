"""Heterogeneity of one tumour from the allele fractions of its variants."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.variant_classes import protein_altering

#: Cut-offs of the variants used; MATH depends on them, so they are pinned and written into the matrix's
#: notes.
MIN_DEPTH = 20
MIN_VAF = 0.05
#: A CCF below this is called subclonal.  Ours: point estimates have no published cut-off that we could check.
SUBCLONAL_BELOW = 0.85
BINS = 10
#: One value has no spread.
MIN_VARIANTS = 2

Vector = npt.NDArray[np.float64]


def columns() -> tuple[str, ...]:
    """``clonality.{index}``."""
    names = ("math", "shannon_vaf", "n_variants_used", "shannon_ccf", "subclonal_fraction")
    return tuple("clonality." + name for name in names)


def math_score(vaf: Vector) -> float:
    """Mutant-allele tumour heterogeneity, in percent: ``MATH = 100 x 1.4826 x MAD(VAF) / median(VAF)``.

    MAD is the median absolute deviation from the median (Mroz and Rocco 2013, PMID 23079694).  Between 0 and
    148.26, and the same for ``c x VAF``.

    Parameters
    ----------
    vaf
        Variant allele fractions, all above 0; no cut-off is applied here.

    Returns
    -------
    float
        NaN for fewer than two variants.
    """
    if len(vaf) < MIN_VARIANTS:
        return float("nan")
    middle = np.median(vaf)
    return float(100 * 1.4826 * np.median(np.abs(vaf - middle)) / middle)


def shannon(fractions: Vector) -> float:
    """Shannon entropy in nats of fractions (0..1) over ten equal bins: 0 to ln 10, NaN for fewer than two."""
    if len(fractions) < MIN_VARIANTS:
        return float("nan")
    counts, _ = np.histogram(fractions, bins=BINS, range=(0.0, 1.0))
    share = counts[counts > 0] / counts.sum()
    # Against -0.0 where all lie in one bin.
    return float(abs(np.sum(share * np.log(share))))


def subclonal_fraction(ccf: Vector) -> float:
    """Share of variants with a cancer cell fraction below 0.85; NaN without variants."""
    return float(np.mean(ccf < SUBCLONAL_BELOW)) if len(ccf) else float("nan")


def build(inputs: Inputs) -> Block:
    """Indices of the protein-altering variants of each sample.

    MATH, Shannon of VAF and their number of variants use those with read counts at depth >= 20 and VAF = alt
    / (ref + alt) >= 0.05; without read counts they are NaN, for the cut-offs cannot be applied.  Shannon of
    CCF and the subclonal fraction use those with a CCF.  The number of variants is 0 where none passes the
    cut-offs, NaN where none has read counts (or the sample was not profiled).
    """
    variants = protein_altering(inputs.cohort)
    variants = variants[["sample_id", "ref_count", "alt_count", "ccf"]]
    values = inputs.frame(columns())
    notes: list[Note] = []
    for sample, own in variants.groupby("sample_id", sort=False):
        ccf = own["ccf"].dropna().to_numpy(dtype=float)
        values.loc[sample, ["clonality.shannon_ccf", "clonality.subclonal_fraction"]] = (
            shannon(ccf),
            subclonal_fraction(ccf),
        )
        vaf = usable_vaf(own)
        if vaf is None:
            continue
        values.loc[sample, ["clonality.math", "clonality.shannon_vaf", "clonality.n_variants_used"]] = (
            math_score(vaf),
            shannon(vaf),
            float(len(vaf)),
        )
    if values["clonality.n_variants_used"].notna().any():
        cut_offs = (f"depth>={MIN_DEPTH}", f"VAF>={MIN_VAF}")
        notes.append(
            Note(EVERY_SAMPLE, "cut-offs of the variants that clonality.math and shannon_vaf use", cut_offs)
        )
    if values["clonality.subclonal_fraction"].notna().any():
        notes.append(
            Note(EVERY_SAMPLE, "cut-off of clonality.subclonal_fraction", (f"CCF<{SUBCLONAL_BELOW}",))
        )
    return Block(values, tuple(notes))


def usable_vaf(variants: pd.DataFrame) -> Vector | None:
    """VAF of the variants of one sample that pass the cut-offs; None if none of them has read counts."""
    counted = variants.dropna(subset=["ref_count", "alt_count"])
    if counted.empty:
        return None
    depth = (counted["ref_count"] + counted["alt_count"]).to_numpy(dtype=float)
    alt = counted["alt_count"].to_numpy(dtype=float)
    vaf = alt / np.maximum(depth, 1)
    return np.asarray(vaf[(depth >= MIN_DEPTH) & (vaf >= MIN_VAF)])


BUILDER = Builder("clonality", columns, build)
