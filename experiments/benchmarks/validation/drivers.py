"""Our driver call on unfiltered variants against GDSC's own list of drivers, on the same cell lines.

GDSC (the default training data) publishes drivers only; a user's file holds every variant.  CCLE 2019 has
every protein-altering variant of 779 genes of the same lines, from a sequencing and a calling of its own, so
that the two agree at best as well as two laboratories do: KRAS, whose filter is simple, shows how well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmarks.validation.facts import DATA, Fact
from features.builders.base import Inputs
from features.builders.copy_number import build as build_copy_number
from features.builders.drivers import build as build_drivers
from features.builders.drivers import driver_variants
from features.builders.mutations import build as build_mutations
from features.cohort import Cohort
from features.sources import load

CONSEQUENCES = {
    "Missense": "missense", "Frameshift": "frameshift", "Nonsense": "nonsense", "Splice Site": "splice",
    "Deletion": "inframe_indel", "Insertion": "inframe_indel", "Nonstop": "stop_lost",
}  # fmt: skip
#: Genes that are altered often enough for a share of agreement, and the least Jaccard index of the two lists.
GENES = {
    "KRAS": 0.8, "BRAF": 0.8, "NRAS": 0.75, "PIK3CA": 0.7, "TP53": 0.7, "PTEN": 0.6, "RB1": 0.5, "STK11": 0.5,
    "NF1": 0.4, "CDKN2A": 0.3,
}  # fmt: skip


def ccle(data: Path, samples: pd.DataFrame) -> Cohort:
    """CCLE's variants of the lines of GDSC that both have, under GDSC's sample ids (COSMIC ids).

    Parameters
    ----------
    data
        The folder of the reference data.
    samples
        Of the ``gdsc`` cohort.
    """
    folder = data / "cellline"
    models = pd.read_csv(folder / "annotation" / "model_list_20240110.csv", low_memory=False)
    models = models.dropna(subset=["COSMIC_ID", "CCLE_ID"]).drop_duplicates("CCLE_ID")
    # Some lines have two ids.
    known = models.assign(id=models["COSMIC_ID"].astype(str).str.split(";")).explode("id")
    known["id"] = known["id"].str.removesuffix(".0")
    known = known[known["id"].isin(set(samples["sample_id"]))]
    identifier = dict(zip(known["CCLE_ID"], known["id"], strict=True))
    table = pd.read_csv(
        folder / "variants_ccle" / "cell-lines.somatic-variants.annotated.txt", sep="\t", low_memory=False
    )
    table = table.assign(sample_id=table["model_id"].map(identifier))
    table = table[table["sample_id"].isin(set(samples["sample_id"]))]
    # Lines of which nothing at all is listed are not known to have been sequenced.
    ids = sorted(table["sample_id"].unique())
    variants = pd.DataFrame(
        {
            "sample_id": table["sample_id"],
            "gene": table["feature"],
            "consequence": table["alteration_type"].map(CONSEQUENCES),
            "protein_change": table["alteration"],
        }
    )
    genes = sorted(set(table["feature"]))
    return Cohort.empty(
        "ccle",
        samples=pd.DataFrame({"sample_id": ids}),
        profiled=pd.DataFrame({"sample_id": ids, "modality": "variants", "panel": "ccle_779"}),
        panels=pd.DataFrame({"panel": "ccle_779", "gene": genes}),
        variants=variants.reset_index(drop=True),
    )


def measure(data: Path = DATA) -> list[Fact]:
    """Shares altered, agreement by gene, and copy number against the published ploidy."""
    gdsc = load("gdsc")
    other = ccle(data, gdsc.samples)
    same = gdsc.select(other.samples["sample_id"])
    theirs = build_drivers(Inputs(same)).values
    ours = build_drivers(Inputs(other)).values
    any_variant = build_mutations(Inputs(other)).values
    return [
        *_shares(theirs, ours, any_variant),
        *(_agreement(theirs, ours, gene, least) for gene, least in GENES.items()),
        _coverage(other),
        *_copy_number(data),
    ]


def _shares(theirs: pd.DataFrame, ours: pd.DataFrame, any_variant: pd.DataFrame) -> list[Fact]:
    n = f"{len(theirs)} lines of GDSC with variants in CCLE 2019"
    network = "drv.mtorc1_network"
    known = theirs[network].notna() & ours[network].notna()
    published = float(theirs.loc[known, network].mean())
    called = float(ours.loc[known, network].mean())
    unfiltered = float(any_variant.loc[known, "mut.mtorc1_network"].mean())
    both = (theirs[network] == 1) & (ours[network] == 1)
    either = (theirs[network] == 1) | (ours[network] == 1)
    own = _counts(theirs), _counts(ours), _counts(any_variant.rename(columns=lambda c: "drv." + c[4:]))
    return [
        Fact(2, "share of lines with the mTORC1 network altered, GDSC's drivers", published, 0.2, 0.3, n),
        Fact(
            2, "the same, our driver call on CCLE's variants", called, published - 0.03, published + 0.03, n
        ),
        Fact(2, "the same, any protein-altering variant of CCLE", unfiltered, note=n),
        Fact(
            2,
            "lines altered by both over those altered by either",
            float(both.sum() / either.sum()),
            0.6,
            1,
            n,
        ),
        Fact(2, "drivers a line over the genes of both lists, GDSC", own[0], note=n),
        Fact(2, "the same, our driver call", own[1], own[0] * 0.8, own[0] * 1.2, n),
        Fact(2, "the same, any protein-altering variant", own[2], note=n),
    ]


def _counts(status: pd.DataFrame) -> float:
    return float(status[[f"drv.{gene}" for gene in GENES]].sum(axis=1).mean())


def _agreement(theirs: pd.DataFrame, ours: pd.DataFrame, gene: str, least: float) -> Fact:
    a, b = theirs[f"drv.{gene}"], ours[f"drv.{gene}"]
    known = a.notna() & b.notna()
    a, b = a[known] == 1, b[known] == 1
    jaccard = float((a & b).sum() / (a | b).sum())
    note = f"both {(a & b).sum()}, GDSC alone {(a & ~b).sum()}, ours alone {(~a & b).sum()}, of {known.sum()}"
    return Fact(2, f"{gene}: lines called by both over those called by either", jaccard, least, 1, note)


def _coverage(cohort: Cohort) -> Fact:
    """How much of what cancers hit a list of residues seen in half of the lines covers in the other half.

    Most residues of ``hotspots.csv`` are known to us as marked in these very lines, so its coverage of other
    samples is lower than of these: this is about how much lower.
    """
    rows = driver_variants(Inputs(cohort))
    hot = rows[(rows["variant_class"] == "hotspot") & (rows["consequence"] == "missense")]
    place = hot["gene"] + " " + hot["protein_change"].str.extract(r"([A-Z]\d+)", expand=False)
    half = hot["sample_id"].isin(cohort.samples["sample_id"].iloc[::2])
    covered = float(place[~half].isin(set(place[half])).mean())
    claim = "hotspot variants of half the lines at residues that the other half shows"
    return Fact(2, claim, covered, 0.8, 1, f"{int((~half).sum())} variants")


def _copy_number(data: Path) -> list[Fact]:
    """Gene-level totals of 484 lines through our builder, and their mean against the published ploidy."""
    folder = data / "cellline"
    totals = pd.read_csv(folder / "growth" / "copynumber_total_new_map.csv.gz", index_col=0)
    models = pd.read_csv(folder / "annotation" / "model_list_20240110.csv", low_memory=False)
    ploidy = models.drop_duplicates("model_id").set_index("model_id")["ploidy_snp6"].reindex(totals.columns)
    known = ploidy[ploidy.notna()].index
    rho = float(totals[known].mean().corr(ploidy[known], method="spearman"))
    genes = ["CDKN2A", "PTEN", "RB1", "MYC", "ERBB2", "CCND1", "EGFR"]
    long = (
        totals.loc[genes].stack().rename_axis(["gene", "sample_id"]).rename("total_copy_number").reset_index()
    )
    cohort = Cohort.empty(
        "copies",
        samples=pd.DataFrame({"sample_id": totals.columns, "ploidy": ploidy.to_numpy()}),
        profiled=pd.DataFrame({"sample_id": totals.columns, "modality": "copy_number", "panel": "genes"}),
        panels=pd.DataFrame({"panel": "genes", "gene": genes}),
        copy_number=long,
    )
    values = build_copy_number(Inputs(cohort)).values
    share = {name: float(np.nanmean(values[f"cn.{name}"])) for name in ("CDKN2A.deleted", "MYC.amplified")}
    return [
        Fact(
            2,
            "rank correlation of mean gene copy number with the published ploidy",
            rho,
            0.8,
            1,
            f"{len(known)} lines",
        ),
        Fact(
            2,
            "share of lines with CDKN2A deleted",
            share["CDKN2A.deleted"],
            0.15,
            0.45,
            f"{len(values)} lines",
        ),
        Fact(2, "share of lines with MYC amplified", share["MYC.amplified"], note=f"{len(values)} lines"),
    ]
