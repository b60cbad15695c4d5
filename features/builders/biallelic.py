"""Loss of both alleles of the network's suppressors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.drivers import driver_status, driver_variants
from features.builders.gene_copies import gene_copies
from features.builders.network import both, marked

PREFIX = "biallelic."
GENES = (
    "TSC1", "TSC2", "PTEN", "STK11", "NF1", "NF2", "FLCN", "DEPDC5", "NPRL2", "NPRL3", "FBXW7", "VHL", "BAP1",
    "SETD2", "RB1", "CDKN2A", "TP53", "PBRM1", "KDM5C",
)  # fmt: skip
#: Of these a man has one allele, which one variant takes; the sex is not known.
X_LINKED = ("KDM5C",)
#: A VAF is too high for one of several alleles if the binomial test rejects, at this level, the highest VAF
#: that leaves one of them whole, raised by a margin for the error of purity and copy number.  Both are ours.
LEVEL, MARGIN = 0.01, 0.05
_NAN = float("nan")


def columns() -> tuple[str, ...]:
    """``biallelic.{GENE}``."""
    return tuple(PREFIX + gene for gene in GENES)


def expected_vaf(purity: float, total: float, mutated: float) -> float:
    """VAF of a variant that every cancer cell carries: ``p*m / (p*CN + 2*(1 - p))``.

    Parameters
    ----------
    purity
        p, share of cancer cells, 0 to 1.
    total
        CN, total copies of the gene in a cancer cell; normal cells have 2.
    mutated
        m, how many of them carry the variant.

    Returns
    -------
    float
        NaN where there is no copy at all.
    """
    copies = purity * total + 2 * (1 - purity)
    return purity * mutated / copies if copies > 0 else _NAN


def no_whole_allele(alt: float, ref: float, purity: float, total: float) -> float:
    """Whether the reads of a variant leave no room for a whole copy of the gene in the cancer cells.

    The most that a variant can show while one of the ``CN`` copies is whole is :func:`expected_vaf` with
    m = CN - 1 (for two copies, p / 2).  1 if a one-sided binomial test of the counts against that, plus 0.05,
    rejects it at 0.01; 0 if not; NaN where counts, purity or copies are not known.
    """
    from scipy.stats import binom

    if np.isnan([alt, ref, purity, total]).any() or alt + ref == 0:
        return _NAN
    highest = expected_vaf(purity, total, max(round(total) - 1, 0))
    if np.isnan(highest) or highest + MARGIN >= 1:
        return _NAN
    return float(binom.sf(alt - 1, alt + ref, highest + MARGIN) < LEVEL)


def build(inputs: Inputs) -> Block:
    """Whether both alleles of each gene are lost: 1, 0 or NaN.

    1 if every copy is deleted; or the gene carries a variant that takes its function (a driver as in
    :func:`features.builders.drivers.build`) and the other allele is gone (minor copy number 0, one copy left,
    or a call of ``loss``), or the VAF leaves no room for a whole allele (:func:`no_whole_allele`); or it
    carries two different truncating variants, of which we cannot see whether they lie on two alleles.
    0 where both variants and copy number of the gene were profiled and it is not so.  NaN otherwise, and
    where there is one hit and nothing says whether the other allele is there: neither the minor copy number
    nor the reads; and for a single hit of an X-linked gene (KDM5C), of which a man has one allele.
    """
    copies = gene_copies(inputs, GENES)
    hit = driver_status(inputs)[list(GENES)]
    rows = driver_variants(inputs)
    rows = rows[rows["driver"] & rows["gene"].isin(GENES)]
    twice = _twice_truncated(rows)
    two = marked(twice, inputs.sample_ids, GENES)
    by_reads = _by_reads(inputs, rows, copies.total)
    parts = {}
    for gene in GENES:
        other_gone = _first_known(copies.one_allele[gene], by_reads[gene])
        if gene in X_LINKED:
            other_gone = other_gone.where(other_gone == 1)
        lost = _any(both(hit[gene], other_gone), copies.deleted[gene])
        # Both alleles may be there and each be cut: without the variants, "not lost" is not known.
        lost = lost.mask(hit[gene].isna() & (lost == 0))
        parts[PREFIX + gene] = lost.mask(two[gene], 1.0)
    values = pd.DataFrame(parts, index=inputs.sample_ids)[list(columns())].astype(float)
    return Block(values, tuple(_notes(twice, values, (hit == 1) & copies.deleted.notna())))


def _any(first: pd.Series, second: pd.Series) -> pd.Series:
    """Three-valued "or"."""
    return 1 - both(1 - first, 1 - second)


def _first_known(other_gone: pd.Series, by_reads: pd.Series) -> pd.Series:
    """1 if either says so; else what the copy numbers say, else the reads."""
    return other_gone.fillna(by_reads).mask(by_reads == 1, 1.0)


def _twice_truncated(rows: pd.DataFrame) -> pd.DataFrame:
    """Pairs of sample and gene with two truncating variants that are known to differ."""
    cut = rows[rows["variant_class"] == "truncating"]
    # Without a name or a place two rows may be the same variant, seen in two regions.
    cut = cut.assign(name=cut["variant_id"].fillna(cut["protein_change"])).dropna(subset=["name"])
    counts = cut.groupby(["sample_id", "gene"], sort=False)["name"].nunique()
    return counts[counts > 1].reset_index()[["sample_id", "gene"]]


def _by_reads(inputs: Inputs, rows: pd.DataFrame, total: pd.DataFrame) -> pd.DataFrame:
    """Of each sample and gene with hits: 1 if the reads of any leave no whole allele, else 0; else NaN."""
    purity: Mapping[str, float] = dict(
        zip(inputs.sample_ids, inputs.cohort.samples["purity"].astype(float), strict=True)
    )
    found = pd.DataFrame(np.nan, index=inputs.sample_ids, columns=list(GENES))
    listed = zip(rows["sample_id"], rows["gene"], rows["alt_count"], rows["ref_count"], strict=True)
    for sample, gene, alt, ref in listed:
        own = no_whole_allele(alt, ref, purity[sample], float(total.loc[sample, gene]))
        found.loc[sample, gene] = np.fmax(found.loc[sample, gene], own)
    return found


def _notes(twice: pd.DataFrame, values: pd.DataFrame, hit: pd.DataFrame) -> list[Note]:
    """``hit``: where a gene with known copy number is hit."""
    notes = [
        Note(str(sample), "two truncating variants are taken to lie on two alleles", tuple(own["gene"]))
        for sample, own in twice.groupby("sample_id", sort=False)
    ]
    open_ = [gene for gene in GENES if (hit[gene] & values[PREFIX + gene].isna()).any()]
    if open_:
        problem = "one hit, and the other allele is not known in some samples"
        notes.append(Note(EVERY_SAMPLE, problem, tuple(open_)))
    return notes


BUILDER = Builder("biallelic", columns, build)
