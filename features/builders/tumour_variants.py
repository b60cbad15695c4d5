"""The variants of each tumour, one row each, whether one place of it was sequenced or several regions."""

from __future__ import annotations

import pandas as pd

from features.builders.ccf import add_ccf
from features.builders.variant_classes import PROTEIN_ALTERING
from features.cohort import Cohort
from features.settings import Settings

#: A variant is present in a region above this VAF (the rule under which the shared fractions of Gerlinger's
#: tumours, doi:10.1038/ng.2891, are stated); one that is listed without VAF is present.
PRESENT_ABOVE = 0.01
_KEPT = ["sample_id", "gene", "consequence", "variant_id"]


def observed(cohort: Cohort) -> pd.DataFrame:
    """The rows of ``cohort.variants`` with ``vaf`` (alt / depth where counted) and ``depth`` (ref + alt).

    ``key`` names the same variant in several regions: its ``variant_id``, else gene, consequence and protein
    change.
    """
    rows = cohort.variants
    depth = rows["ref_count"] + rows["alt_count"]
    counted = rows["alt_count"] / depth.where(depth > 0)
    named = rows["gene"] + "|" + rows["consequence"] + "|" + rows["protein_change"].fillna("")
    return rows.assign(
        vaf=counted.where(counted.notna(), rows["vaf"]),
        depth=depth,
        key=rows["variant_id"].where(rows["variant_id"].notna(), named),
    )


def regional(rows: pd.DataFrame) -> pd.DataFrame:
    """Of :func:`observed` the rows of regions, one a variant and region, and whether it is ``present``."""
    placed = rows[rows["region"].notna()].sort_values("vaf", ascending=False, kind="stable")
    placed = placed.drop_duplicates(["sample_id", "key", "region"]).sort_index()
    return placed.assign(present=placed["vaf"].isna() | (placed["vaf"] > PRESENT_ABOVE))


def tumour_variants(cohort: Cohort) -> pd.DataFrame:
    """One row per variant and tumour, silent ones too.

    In a tumour of several regions VAF and CCF are the means over all its regions (0 where it is not listed),
    the depth is the sum, and a variant that is present in no region is left out.

    Returns
    -------
    pandas.DataFrame
        sample_id, gene, consequence, variant_id, vaf, depth, ccf, ccf_unclipped, ccf_source (see
        :func:`features.builders.ccf.add_ccf`), regions (frozenset of those it is present in; None for a
        single biopsy).
    """
    rows = observed(cohort)
    single = rows[rows["region"].isna()][[*_KEPT, "vaf", "depth", "ccf"]].assign(regions=None)
    pooled = _pooled(regional(rows), cohort.regions)
    both = single if pooled.empty else pd.concat([single, pooled], ignore_index=True)
    return add_ccf(both, cohort)


def altering(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that alter the protein."""
    return rows[rows["consequence"].isin(PROTEIN_ALTERING)]


def judged(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    """Whether the cut-offs can be applied: a VAF is known, and a depth unless none is asked for."""
    return rows["vaf"].notna() & (rows["depth"].notna() | (settings.min_depth == 0))


def passing(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    """Whether depth and VAF reach the cut-offs of the settings.  A VAF of 0 is no variant."""
    deep = (rows["depth"] >= settings.min_depth) | (settings.min_depth == 0)
    return judged(rows, settings) & deep & (rows["vaf"] >= settings.min_vaf) & (rows["vaf"] > 0)


def _pooled(placed: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    if placed.empty:
        return pd.DataFrame()
    groups = placed.groupby(["sample_id", "key"], sort=False)
    first = groups[["gene", "consequence", "variant_id"]].first()
    whole = groups[["vaf", "depth", "ccf"]].count().eq(groups.size(), axis=0)
    sums = groups[["vaf", "depth", "ccf"]].sum().where(whole)
    sizes = regions["sample_id"].value_counts()
    n = sizes.reindex(first.index.get_level_values("sample_id")).to_numpy(dtype=float)
    sums[["vaf", "ccf"]] = sums[["vaf", "ccf"]].div(n, axis=0)
    present = placed[placed["present"]].groupby(["sample_id", "key"], sort=False)["region"].agg(frozenset)
    pooled = first.join(sums).join(present.rename("regions"), how="inner").reset_index()
    return pooled[[*_KEPT, "vaf", "depth", "ccf", "regions"]]
