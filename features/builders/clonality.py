"""Heterogeneity of one tumour from the allele and cancer cell fractions of its variants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.mixture import n_clusters
from features.builders.tumour_variants import altering, judged, passing, tumour_variants
from features.settings import Settings

#: A CCF below this is called subclonal.  Ours: point estimates have no published cut-off that we could check.
SUBCLONAL_BELOW = 0.85
BINS = 10
#: One value has no spread.
MIN_VARIANTS = 2
#: No cluster of CCFs is taken to be narrower than this standard deviation.  Ours.
CCF_NOISE = 0.05

_OF_VAF = ("math", "shannon_vaf", "n_clusters_vaf", "n_variants_used", "min_depth", "min_vaf")
_OF_CCF = (
    "shannon_ccf", "simpson_ccf", "n_clusters_ccf", "subclonal_fraction", "n_variants_ccf", "share_own_ccf",
    "share_computed_ccf",
)  # fmt: skip

Vector = npt.NDArray[np.float64]


def columns() -> tuple[str, ...]:
    """``clonality.{index}``."""
    return tuple("clonality." + name for name in (*_OF_VAF, *_OF_CCF))


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
    share = _bin_shares(fractions)
    # Against -0.0 where all lie in one bin.
    return float(abs(np.sum(share * np.log(share)))) if len(share) else float("nan")


def simpson(fractions: Vector) -> float:
    """Gini-Simpson index ``1 - sum(share^2)`` over the same bins: 0 to 0.9, NaN for fewer than two.

    The chance that two variants, drawn with replacement, lie in different bins.
    """
    share = _bin_shares(fractions)
    return float(1 - np.sum(share**2)) if len(share) else float("nan")


def subclonal_fraction(ccf: Vector) -> float:
    """Share of variants with a cancer cell fraction below 0.85; NaN without variants."""
    return float(np.mean(ccf < SUBCLONAL_BELOW)) if len(ccf) else float("nan")


def vaf_clusters(vaf: Vector, depth: Vector) -> float:
    """Number of clusters of VAF, on the scale ``arcsin(sqrt(VAF))``.

    There the standard deviation of a fraction of n reads is about ``1 / (2 sqrt(n))`` whatever the fraction
    (Anscombe 1948, doi:10.1093/biomet/35.3-4.246), so the median depth says how narrow a cluster can be.  It
    counts states of copy number and purity together with clones.  NaN for fewer than 10 variants or where
    depths are not known.
    """
    known = depth[np.isfinite(depth)]
    if len(known) < len(depth) or not len(known):
        return float("nan")
    return n_clusters(np.arcsin(np.sqrt(vaf)), noise_sd=1 / (2 * np.sqrt(max(float(np.median(known)), 1.0))))


def build(inputs: Inputs) -> Block:
    """Indices of the protein-altering variants of each sample.

    MATH, Shannon and clusters of VAF use those whose depth and VAF reach the cut-offs of the settings, which
    are written beside them (``min_depth``, ``min_vaf``).  Without read counts a depth cut-off cannot be
    applied, so they are NaN unless it is 0.  ``n_variants_used`` is 0 where none passes, NaN where none could
    be judged (or the sample was not profiled).

    Indices of CCF use the caller's own CCF of any variant and computed ones (see
    :mod:`features.builders.ccf`) of those that pass; the shares of both are written beside them.
    """
    values = inputs.frame(columns())
    rows = altering(tumour_variants(inputs.cohort))
    rows = rows.assign(judged=judged(rows, inputs.settings), passing=passing(rows, inputs.settings))
    found = {
        sample: {**of_vaf(own, inputs.settings), **of_ccf(own)}
        for sample, own in rows.groupby("sample_id", sort=False)
    }
    if found:
        table = pd.DataFrame.from_dict(found, orient="index").add_prefix("clonality.")
        values.loc[table.index, table.columns] = table
    return Block(values, _notes(values, rows, inputs.settings))


def of_vaf(own: pd.DataFrame, settings: Settings) -> Mapping[str, float]:
    """Indices of VAF of one sample; nothing where no variant could be judged."""
    if not own["judged"].any():
        return {}
    used = own[own["passing"]]
    vaf = used["vaf"].to_numpy(dtype=float)
    return {
        "math": math_score(vaf),
        "shannon_vaf": shannon(vaf),
        "n_clusters_vaf": vaf_clusters(vaf, used["depth"].to_numpy(dtype=float)),
        "n_variants_used": float(len(vaf)),
        "min_depth": float(settings.min_depth),
        "min_vaf": settings.min_vaf,
    }


def of_ccf(own: pd.DataFrame) -> Mapping[str, float]:
    """Indices of CCF of one sample, and how many of its variants have one."""
    given = own["ccf_source"] == "own"
    computed = (own["ccf_source"] == "computed") & own["passing"]
    used = own[given | computed]
    ccf = used["ccf"].to_numpy(dtype=float)
    return {
        "shannon_ccf": shannon(ccf),
        "simpson_ccf": simpson(ccf),
        "n_clusters_ccf": n_clusters(used["ccf_unclipped"].to_numpy(dtype=float), noise_sd=CCF_NOISE),
        "subclonal_fraction": subclonal_fraction(ccf),
        "n_variants_ccf": float(len(ccf)),
        "share_own_ccf": float(given.mean()),
        "share_computed_ccf": float(computed.mean()),
    }


def _bin_shares(fractions: Vector) -> Vector:
    """Shares of the filled bins; empty for fewer than two fractions."""
    if len(fractions) < MIN_VARIANTS:
        return np.empty(0)
    # 0.3 lies a rounding error below the third edge: a fraction on an edge belongs to the bin above it.
    bins = np.minimum((fractions * BINS + 1e-9).astype(int), BINS - 1)
    counts = np.bincount(bins)
    return np.asarray(counts[counts > 0] / len(fractions))


def _notes(values: pd.DataFrame, rows: pd.DataFrame, settings: Settings) -> tuple[Note, ...]:
    notes: list[Note] = []
    if values["clonality.n_variants_used"].notna().any():
        cut_offs = (f"depth>={settings.min_depth}", f"VAF>={settings.min_vaf:g}")
        problem = "cut-offs of the variants that clonality.math, shannon_vaf and n_clusters_vaf use"
        notes.append(Note(EVERY_SAMPLE, problem, cut_offs))
    if values["clonality.subclonal_fraction"].notna().any():
        cut_off = (f"CCF<{SUBCLONAL_BELOW}",)
        notes.append(Note(EVERY_SAMPLE, "cut-off of clonality.subclonal_fraction", cut_off))
    without = int(rows["ccf_source"].isna().sum())
    if without:
        problem = "variants have no CCF: none is given, and VAF, purity or copy number is not known"
        notes.append(Note(EVERY_SAMPLE, f"{without} of {len(rows)} protein-altering {problem}"))
    return tuple(notes)


BUILDER = Builder("clonality", columns, build)
