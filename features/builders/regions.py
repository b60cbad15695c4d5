"""Several regions of one tumour: what all of them share, and how far one of them misleads."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.clonality import math_score
from features.builders.lesions import network_members
from features.builders.tumour_variants import (
    PRESENT_ABOVE,
    altering,
    observed,
    passing,
    regional,
    tumour_variants,
)
from features.builders.variant_classes import profiled_genes
from features.settings import Settings

PREFIX = "region."
_NAMES = (
    "n_regions", "n_variants", "ubiquitous_fraction", "shared_fraction", "private_fraction", "mean_jaccard",
    "vaf_variance", "math_variance", "math_error", "mean_share_seen", "network_lesion_in_some",
    "presence_vaf",
)  # fmt: skip

Presence = npt.NDArray[np.bool_]
Vector = npt.NDArray[np.float64]


def columns() -> tuple[str, ...]:
    """``region.{index}``."""
    return tuple(PREFIX + name for name in _NAMES)


def mean_jaccard(present: Presence) -> float:
    """Mean over pairs of regions of ``|both| / |either|`` (Jaccard); pairs without any variant are left out.

    Parameters
    ----------
    present
        Variants x regions.

    Returns
    -------
    float
        0 to 1; NaN if no pair has a variant.
    """
    pairs = combinations(range(present.shape[1]), 2)
    both_either = [
        ((present[:, a] & present[:, b]).sum(), (present[:, a] | present[:, b]).sum()) for a, b in pairs
    ]
    indices = [both / either for both, either in both_either if either]
    return float(np.mean(indices)) if indices else float("nan")


def spread_of_presence(present: Presence) -> Mapping[str, float]:
    """Shares of the tumour's variants that all regions, several or one of them carry; mean share in one.

    Parameters
    ----------
    present
        Variants x regions (two or more); variants that no region carries count for nothing.
    """
    carried = present[present.any(axis=1)]
    n, k = len(carried), carried.sum(axis=1)
    if not n:
        return {"n_variants": 0.0}
    ubiquitous, private = float(np.mean(k == present.shape[1])), float(np.mean(k == 1))
    return {
        "n_variants": float(n),
        "ubiquitous_fraction": ubiquitous,
        "shared_fraction": float(np.mean((k > 1) & (k < present.shape[1]))),
        "private_fraction": private,
        "mean_jaccard": mean_jaccard(carried),
        "mean_share_seen": float(carried.mean()),
    }


def build(inputs: Inputs) -> Block:
    """Indices of tumours with two or more regions; the number of regions wherever regions are listed.

    A variant is present in a region above VAF 0.01, which is written beside (``presence_vaf``).

    * Fractions ``ubiquitous`` (in every region), ``shared`` (in several, not all) and ``private`` (in one)
      of all variants of the tumour, silent ones too, as of Gerlinger's tumours (doi:10.1038/ng.2891).
    * ``vaf_variance``: variance of the VAF between regions (n - 1 below the line; 0 where the variant is not
      listed), mean over variants.
    * ``math_variance``: the same of MATH of each region, and ``math_error``: mean distance of a region's
      MATH from the tumour's (of mean VAFs); both of protein-altering variants at the cut-offs of MATH.
    * ``mean_share_seen``: mean share of the tumour's variants that one region carries; what a single biopsy
      is expected to show (Gerlinger 2012, PMID 22397650).
    * ``network_lesion_in_some``: 1 if a lesion of the mTORC1 network is in some regions only; 0 if none is
      and all its genes were profiled.
    """
    cohort = inputs.cohort
    values = inputs.frame(columns())
    n_regions = cohort.regions["sample_id"].value_counts()
    values.loc[n_regions.index, PREFIX + "n_regions"] = n_regions.to_numpy(dtype=float)
    notes = [
        Note(str(sample), "one region tells nothing of the others: region.* need two")
        for sample in n_regions.index[n_regions == 1]
    ]
    several = n_regions.index[n_regions > 1]
    if not len(several):
        return Block(values, tuple(notes))
    rows = regional(observed(cohort))
    tumours = altering(tumour_variants(cohort))
    pooled = tumours[passing(tumours, inputs.settings)].groupby("sample_id")["vaf"]
    pooled_vaf = {sample: vaf.to_numpy(dtype=float) for sample, vaf in pooled}
    whole = profiled_genes(cohort, list(network_members()), every_variant=True).all(axis=1)
    for sample, own in rows[rows["sample_id"].isin(several)].groupby("sample_id", sort=False):
        listed = cohort.regions.loc[cohort.regions["sample_id"] == sample, "region"].to_list()
        present = _wide(own.assign(present=own["present"].astype(float)), "present", listed) > 0
        found = {
            **spread_of_presence(present),
            "vaf_variance": _variance(_wide(own, "vaf", listed)[present.any(axis=1)]),
            **_spread_of_math(own, listed, pooled_vaf.get(str(sample)), inputs.settings),
            "network_lesion_in_some": _network_lesion_in_some(own, len(listed), bool(whole[sample])),
            "presence_vaf": PRESENT_ABOVE,
        }
        for name, value in found.items():
            values.loc[sample, PREFIX + name] = value
    notes.append(Note(EVERY_SAMPLE, "a variant is present in a region above", (f"VAF>{PRESENT_ABOVE}",)))
    return Block(values, tuple(notes))


def _wide(own: pd.DataFrame, value: str, listed: list[str]) -> Vector:
    """Variants x regions; 0 where a variant is not listed, NaN where it is without value."""
    wide = own.set_index(["key", "region"])[value].unstack("region", fill_value=0)
    return wide.reindex(columns=listed).to_numpy(dtype=float)


def _variance(vaf: Vector) -> float:
    return float(np.mean(np.var(vaf, axis=1, ddof=1))) if len(vaf) else float("nan")


def _spread_of_math(
    own: pd.DataFrame, listed: list[str], pooled: Vector | None, settings: Settings
) -> Mapping[str, float]:
    used = altering(own)
    used = used[passing(used, settings) & used["present"]]
    scores = np.array(
        [math_score(used.loc[used["region"] == r, "vaf"].to_numpy(dtype=float)) for r in listed]
    )
    if np.isnan(scores).any() or pooled is None:
        return {}
    error = float(np.mean(np.abs(scores - math_score(pooled))))
    return {"math_variance": float(np.var(scores, ddof=1)), "math_error": error}


def _network_lesion_in_some(own: pd.DataFrame, n_regions: int, whole: bool) -> float:
    lesions = altering(own)
    lesions = lesions[lesions["gene"].isin(network_members()) & lesions["present"]]
    held = lesions.groupby("key")["region"].nunique()
    if (held < n_regions).any():
        return 1.0
    return 0.0 if whole else float("nan")


BUILDER = Builder("regions", columns, build)
