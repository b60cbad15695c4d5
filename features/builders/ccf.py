"""Cancer cell fraction (CCF): the share of a sample's cancer cells that carry a variant.

The caller's own CCF is taken where it is given.  Else it is computed from the VAF, the sample's purity and
the copies at the place, where all three are known; nothing is assumed in their stead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.cohort import Cohort

#: Copies of an autosome in the normal cells of the sample.
NORMAL_COPIES = 2
#: Place of a variant inside its ``variant_id``.
_PLACE = r"^(?:chr)?(?P<chromosome>[0-9]{1,2}|X|Y|M|MT)[:_-](?P<position>\d+)"
#: Normal cells may carry one copy or many of these, and the patient's sex is not known.
_NOT_TWO_COPIES = ("X", "Y", "M", "MT")

Vector = npt.NDArray[np.float64]


def mutated_copies(vaf: npt.ArrayLike, purity: npt.ArrayLike, copies: npt.ArrayLike) -> Vector:
    """Mean number of mutated copies in a cancer cell: ``u = VAF x (p CN + 2 (1 - p)) / p``.

    Every cancer cell brings CN copies of the place to the reads, every normal cell 2 (McGranahan 2015,
    PMID 25877892).

    Parameters
    ----------
    vaf
        Variant allele fraction, 0 to 1.
    purity
        Share of cancer cells in the sample, above 0 to 1.
    copies
        Total copy number of the place in the cancer cells, above 0.
    """
    vaf, purity, copies = (np.asarray(given, dtype=float) for given in (vaf, purity, copies))
    return np.asarray(vaf * (purity * copies + NORMAL_COPIES * (1 - purity)) / purity)


def multiplicity(mutated: npt.ArrayLike, most: npt.ArrayLike) -> Vector:
    """Copies that carry the variant in each cell that has it: ``m = max(1, round(u))``, at most ``most``.

    The usual choice (PMID 25877892): a variant on less than one copy a cell is subclonal on one copy, on
    more it is held to be clonal.

    Parameters
    ----------
    mutated
        As :func:`mutated_copies` gives.
    most
        Copies of the major allele, or all copies where the alleles are not told apart.
    """
    rounded = np.round(np.asarray(mutated, dtype=float))
    return np.asarray(np.maximum(1.0, np.minimum(rounded, np.asarray(most, dtype=float))))


def cancer_cell_fraction(
    vaf: npt.ArrayLike, purity: npt.ArrayLike, copies: npt.ArrayLike, most: npt.ArrayLike | None = None
) -> Vector:
    """``CCF = VAF x (p CN + 2 (1 - p)) / (p m)``, not clipped: by chance of the reads it passes 1.

    The formula of McGranahan 2015 (PMID 25877892); parameters as in :func:`mutated_copies` and
    :func:`multiplicity` (by default ``most`` is ``copies``).
    """
    mutated = mutated_copies(vaf, purity, copies)
    return np.asarray(mutated / multiplicity(mutated, copies if most is None else most))


def expected_vaf(
    ccf: npt.ArrayLike, purity: npt.ArrayLike, copies: npt.ArrayLike, copies_mutated: npt.ArrayLike = 1
) -> Vector:
    """VAF that a variant of this CCF, on this many copies, is expected to have: the formula turned round."""
    ccf, purity, copies, mutated = (
        np.asarray(given, dtype=float) for given in (ccf, purity, copies, copies_mutated)
    )
    return np.asarray(ccf * purity * mutated / (purity * copies + NORMAL_COPIES * (1 - purity)))


def add_ccf(rows: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Add what is known of the CCF of variants, one row a variant of a sample.

    Copies come from ``copy_number`` by gene, else from ``segments`` by the place in the ``variant_id``.
    Without purity (or with 0), VAF or copies it stays unknown, and so it does on the sex chromosomes as far
    as the ``variant_id`` tells the place: normal cells may carry one copy of them.

    Parameters
    ----------
    rows
        Columns sample_id, gene, variant_id, vaf, ccf (the caller's own, NaN where there is none).
    cohort
        Holds purity and copy numbers of the samples.

    Returns
    -------
    pandas.DataFrame
        ``rows`` with ``ccf`` filled and clipped to 0..1, ``ccf_unclipped``, and ``ccf_source`` ("own",
        "computed" or None).
    """
    purity = rows["sample_id"].map(cohort.samples.set_index("sample_id")["purity"]).astype(float)
    copies = _copies(rows, cohort)
    total = copies["total_copy_number"].where(copies["total_copy_number"] > 0)
    minor = copies["minor_copy_number"]
    # The larger allele, also where a provider's "minor" is the larger one.
    major = (total - minor).clip(lower=minor).fillna(total)
    computed = cancer_cell_fraction(rows["vaf"], purity.where(purity > 0), total, major)
    own = rows["ccf"].to_numpy(dtype=float)
    unclipped = np.where(np.isnan(own), computed, own)
    source = pd.Series(None, index=rows.index, dtype=object)
    source[~np.isnan(computed)] = "computed"
    source[~np.isnan(own)] = "own"
    return rows.assign(ccf=np.clip(unclipped, 0, 1), ccf_unclipped=unclipped, ccf_source=source)


def _copies(rows: pd.DataFrame, cohort: Cohort) -> pd.DataFrame:
    """Total and minor copy number of each row's place, NaN where unknown."""
    wanted = ["total_copy_number", "minor_copy_number"]
    key = ["sample_id", "gene"]
    known = cohort.copy_number[[*key, *wanted]].dropna(subset=wanted, how="all")
    by_gene = rows[key].merge(known, on=key, how="left")
    found = by_gene[wanted].set_axis(rows.index)
    place = rows["variant_id"].astype("string").str.extract(_PLACE, flags=2)
    chromosome = place["chromosome"].str.upper()
    open_rows = found["total_copy_number"].isna() & chromosome.notna()
    if len(cohort.segments) and open_rows.any():
        found.loc[open_rows] = _from_segments(
            rows.loc[open_rows, "sample_id"],
            chromosome[open_rows],
            place.loc[open_rows, "position"].astype(float),
            cohort.segments,
        )
    found.loc[chromosome.isin(_NOT_TWO_COPIES)] = np.nan
    return found


def _from_segments(
    sample_ids: pd.Series, chromosome: pd.Series, position: pd.Series, segments: pd.DataFrame
) -> npt.NDArray[Any]:
    """Copies of the segment that covers each place, of shape (n_places, 2)."""
    places = pd.DataFrame(
        {
            "sample_id": sample_ids.astype(object),
            "chromosome": chromosome.astype(object),
            "position": position,
            "row": np.arange(len(position)),
        }
    )
    name = segments["chromosome"].str.upper().str.removeprefix("CHR").astype(object)
    near = pd.merge_asof(
        places.sort_values("position"),
        segments.assign(chromosome=name).sort_values("start"),
        left_on="position",
        right_on="start",
        by=["sample_id", "chromosome"],
    ).sort_values("row")
    covered = near["position"] <= near["end"]
    return near[["total_copy_number", "minor_copy_number"]].where(covered).to_numpy()
