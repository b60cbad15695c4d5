"""Copy-number state of single genes: amplified, deleted, one allele lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.builders.base import Inputs
from features.builders.copy_segments import mean_ploidy
from features.builders.network import three_valued
from features.builders.variant_classes import profiled_genes

#: COSMIC's rule for an amplification (its help page on copy-number variants): total copy number at least 5 at
#: a ploidy up to 2.7, at least 9 above, where the genome is taken as doubled.
DOUBLED_ABOVE, AMPLIFIED, AMPLIFIED_DOUBLED = 2.7, 5.0, 9.0
#: Copy numbers may be fractions of a copy: below a half there is none.
NO_COPY_BELOW, ONE_COPY_BELOW = 0.5, 1.5
#: log2 ratios, where nothing better is given: 5 of 2 copies, and CNVkit's default cut-off of no copy
#: (Talevich 2016, PMID 27100738).  They hold for a pure diploid sample and miss events of an impure one.
LOG2_AMPLIFIED, LOG2_DELETED = float(np.log2(AMPLIFIED / 2)), -1.1
_FIELDS = ("call", "total_copy_number", "minor_copy_number", "log2_ratio")


@dataclass(frozen=True)
class GeneCopies:
    """Samples x genes, each a frame.

    Attributes
    ----------
    amplified, deleted
        1, 0 or NaN; deleted is the loss of every copy.
    one_allele
        1 where one parental allele is gone (LOH), 0 where both are there, NaN where it is not known; of a
        gene without any copy 1.
    total
        Total copy number in the cancer cells, NaN where it is not given.
    """

    amplified: pd.DataFrame
    deleted: pd.DataFrame
    one_allele: pd.DataFrame
    total: pd.DataFrame


def gene_copies(inputs: Inputs, genes: Sequence[str]) -> GeneCopies:
    """State of each gene, from its call, else its total copy number, else its log2 ratio.

    A call is taken as it is given: ``amplification`` and ``deletion`` (of every copy).  A total is
    amplified by COSMIC's rule, which needs the ploidy (the sample's, else that of its segments); without it
    what both branches of the rule agree on is known.  Where copy number was profiled and the gene has no row,
    it is neither: such tables name events only.

    One allele is gone where the minor copy number or the total says so, or the call is ``loss`` or
    ``deletion``; both are there only where the minor copy number says so, for copies can be lost and doubled
    (copy-neutral LOH).
    """
    table = inputs.cohort.copy_number
    table = table[table["gene"].isin(list(genes))]
    known = profiled_genes(inputs.cohort, genes, modality="copy_number")
    call, total, minor, ratio = (
        table.pivot(index="sample_id", columns="gene", values=name).reindex(known.index, columns=list(genes))
        for name in _FIELDS
    )
    total, minor, ratio = (frame.astype(float) for frame in (total, minor, ratio))
    given = call.notna() | total.notna() | ratio.notna()
    listed = _listed(table, known)
    # A row that says nothing at all is no statement of two copies.
    unsure = listed & ~given
    by_total, by_ratio = call.isna() & total.notna(), call.isna() & total.isna() & ratio.notna()
    ploidy = mean_ploidy(inputs)
    amplified = _amplified(total, ploidy)
    yes = (call == "amplification") | (by_total & (amplified == 1)) | (by_ratio & (ratio >= LOG2_AMPLIFIED))
    undecided = unsure | (by_total & amplified.isna())
    gone = (call == "deletion") | (by_total & (total < NO_COPY_BELOW)) | (by_ratio & (ratio <= LOG2_DELETED))
    single = (minor < NO_COPY_BELOW) | (total < ONE_COPY_BELOW) | call.isin(["loss", "deletion"]) | gone
    return GeneCopies(
        three_valued(yes, undecided, known),
        three_valued(gone, unsure, known),
        three_valued(single, minor.isna(), known),
        total,
    )


def _amplified(total: pd.DataFrame, ploidy: pd.Series) -> pd.DataFrame:
    """COSMIC's rule; NaN where it hangs on a ploidy that is not known, or without a total."""
    doubled = pd.Series(np.where(ploidy > DOUBLED_ABOVE, AMPLIFIED_DOUBLED, AMPLIFIED), index=ploidy.index)
    high = total.ge(doubled.where(ploidy.notna(), AMPLIFIED_DOUBLED), axis=0)
    open_ = total.ge(AMPLIFIED) & ~high & np.asarray(ploidy.isna())[:, None]
    return three_valued(high, open_, total.notna())


def _listed(table: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    present = table.assign(present=True).pivot(index="sample_id", columns="gene", values="present")
    return present.reindex(like.index, columns=like.columns).notna()
