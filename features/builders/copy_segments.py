"""Chromosomal instability from the segments of a copy-number profile."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.builders.base import Inputs

#: Sex chromosomes are left out: their number of copies depends on the patient's sex.
AUTOSOMES = tuple(str(number) for number in range(1, 23))
_NO_COPY_BELOW = 0.5


@dataclass(frozen=True)
class Instability:
    """Indices of one sample; NaN where they cannot be known.

    Attributes
    ----------
    wgii
        Weighted genome instability index, 0 to 1.
    fraction_altered, loh_fraction
        Shares of the covered autosomes, 0 to 1.
    missing
        Autosomes without a segment, for want of which ``wgii`` is NaN.
    """

    wgii: float
    fraction_altered: float
    loh_fraction: float
    missing: tuple[str, ...] = ()


def autosomal(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments of the autosomes with ``length`` (bases); names may begin with ``chr``."""
    names = segments["chromosome"].str.replace("^chr", "", regex=True, case=False)
    kept = segments.assign(chromosome=names)[names.isin(AUTOSOMES)]
    return kept.assign(length=kept["end"] - kept["start"] + 1)


def weighted_mean(values: pd.Series, lengths: pd.Series) -> float:
    """Mean of what is known, by length; NaN where nothing is."""
    known = values.notna()
    return float(np.average(values[known], weights=lengths[known])) if known.any() else float("nan")


def mean_ploidy(inputs: Inputs) -> pd.Series:
    """The ploidy that is given for each sample, else the length-weighted mean of its autosomes."""
    given = pd.Series(inputs.cohort.samples["ploidy"].to_numpy(dtype=float), index=inputs.sample_ids)
    segments = autosomal(inputs.cohort.segments)
    groups = segments.groupby("sample_id", sort=False)
    means = {str(sample): weighted_mean(own["total_copy_number"], own["length"]) for sample, own in groups}
    return given.fillna(pd.Series(means, index=list(means), dtype=float).reindex(inputs.sample_ids))


def instability(segments: pd.DataFrame, ploidy: float) -> Instability:
    """Indices of one sample's autosomal segments.

    ``wgii``: of each autosome the share of its covered length whose copy number differs from the ploidy, both
    rounded to whole copies; then the mean over the 22, so that large chromosomes do not dominate (Burrell
    2013, PMID 23446422).  Each of the 22 must have a segment.  ``fraction_altered``: the same share over all
    autosomes at once.  ``loh_fraction``: the share, of what has a minor copy number, where it is 0.

    Parameters
    ----------
    segments
        Of one sample, from :func:`autosomal`.
    ploidy
        Mean number of copies, or NaN.
    """
    known = segments[segments["total_copy_number"].notna()]
    minor = segments["minor_copy_number"]
    loh = weighted_mean((minor < _NO_COPY_BELOW).astype(float).where(minor.notna()), segments["length"])
    missing = tuple(name for name in AUTOSOMES if name not in set(known["chromosome"]))
    if known.empty or np.isnan(ploidy):
        return Instability(float("nan"), float("nan"), loh, missing)
    altered = (_whole(known["total_copy_number"]) != np.floor(ploidy + 0.5)).astype(float)
    shares = [
        weighted_mean(altered[own.index], own["length"]) for _, own in known.groupby("chromosome", sort=False)
    ]
    wgii = float("nan") if missing else float(np.mean(shares))
    return Instability(wgii, weighted_mean(altered, known["length"]), loh, missing)


def _whole(copies: pd.Series) -> pd.Series:
    """Rounded, halves up: the even-number rule of IEEE would put 2.5 and 3.5 on different sides."""
    return np.floor(copies + 0.5)
