"""Transcriptional scores against the genotype that drives them: GDSC's lines, CCLE's PROGENy scores, NCI-60.

A score is no better than its permutations: each test is repeated with the score's weights permuted over the
genes of the universe, which keeps their number and size and loses their meaning.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from experiments.benchmarks.validation.facts import Fact
from experiments.examples import nci60
from features.builders.base import Inputs
from features.builders.progeny import progeny_weights
from features.builders.signature_scores import score, signature_weights
from features.cohort import Cohort
from features.identity import resolve_names
from features.matrix import build_matrix
from features.sources import load

LINE = 8
FAMILIES = ("drivers", "pathways", "progeny", "microenvironment", "growth")
PERMUTATIONS, SEED = 500, 8
RAS_RAF = ("KRAS", "NRAS", "HRAS", "BRAF", "RAF1")
#: Column, its weights, the genotype, the sign of the effect, and whether lineages are compared within
#: themselves: all VHL mutants are kidney lines, and RB1 is lost in small-cell lung cancer above all.
TESTS = (
    ("path.mapk", "mapk", "drv.ras_raf", 1, False),
    ("path.p53", "p53", "drv.TP53", -1, False),
    ("env.hypoxia", "hypoxia", "drv.VHL", 1, True),
    ("growth.proliferation", "proliferation", "drv.RB1", 1, True),
)
#: What the test asks for; elsewhere the list gives no figure, and no more than 5 % of permuted scores may do
#: as well as the true one.
AT_LEAST = {"path.mapk": 0.5, "path.p53": 0.6}


def measure(data: Path) -> list[Fact]:
    """The facts of line 8, and what goes beside them."""
    cohort = load("gdsc")
    values = build_matrix(cohort, FAMILIES).values
    lineage = cohort.samples.set_index("sample_id")["lineage"].reindex(values.index)
    z = Inputs(cohort).expression.z
    facts = [fact for test in TESTS for fact in _genotype_facts(values, z, lineage, *test)]
    facts += _progeny_facts(values)
    if (data / "cellline").is_dir():
        facts += (
            _growth_facts(values, z, data)
            + _ccle_facts(values, data)
            + _nci60_facts(data, z, cohort.samples.set_index("sample_id")["sample_name"])
        )
    return facts


def cohens_d(scores: pd.DataFrame, mutated: pd.Series) -> pd.Series:
    """Cohen's d with pooled SD, mutant minus wild type, of each column; unknown genotypes are left out."""
    genotype = mutated.reindex(scores.index)
    high, low = scores[genotype == 1], scores[genotype == 0]
    pooled = (len(high) - 1) * high.var() + (len(low) - 1) * low.var()
    return (high.mean() - low.mean()) / np.sqrt(pooled / (len(high) + len(low) - 2))


def _genotype_facts(
    values: pd.DataFrame,
    z: pd.DataFrame,
    lineage: pd.Series,
    column: str,
    name: str,
    genotype: str,
    sign: int,
    within: bool,
) -> list[Fact]:
    mutated = values[genotype]
    weights = signature_weights()[name].to_numpy()
    rng = np.random.default_rng(SEED)
    permuted = pd.DataFrame({k: rng.permutation(weights) for k in range(PERMUTATIONS)}, index=z.columns)
    scores = pd.concat([values[[column]].loc[z.index], score(z, permuted)], axis=1)
    overall, inside = (
        sign * cohens_d(table, mutated)
        for table in (scores, scores - scores.groupby(lineage.reindex(z.index)).transform("mean"))
    )
    tested = inside if within else overall
    wanted = AT_LEAST.get(column, max(tested[column], 0.0))
    null = tested.drop(column)
    n = f"{int((mutated == 1).sum())} mutant, {int((mutated == 0).sum())} other GDSC lines"
    where = " within lineages" if within else ""
    bound = sign * AT_LEAST.get(column, 0.0)
    low, high = (bound, math.inf) if sign > 0 else (-math.inf, bound)
    other = overall if within else inside
    apart = "over all lines" if within else "within lineages"
    return [
        Fact(LINE, f"{column}, {genotype}: Cohen's d{where}", sign * tested[column], low, high, n),
        Fact(
            LINE,
            f"{column}, {genotype}: share of {PERMUTATIONS} permuted scores with d{where} "
            f"{'>=' if sign > 0 else '<='} {sign * wanted:.2f}",
            float((null >= wanted).mean()),
            high=0.05,
            note=f"95th percentile {sign * null.quantile(0.95):.2f}, the furthest {sign * null.max():.2f}",
        ),
        Fact(LINE, f"{column}, {genotype}: Cohen's d {apart}", sign * other[column], note=n),
    ]


def _progeny_facts(values: pd.DataFrame) -> list[Fact]:
    pi3k = values[["drv.PTEN", "drv.PIK3CA"]].max(axis=1, skipna=False)
    kept = {name: int((progeny_weights()[name] != 0).sum()) for name in ("MAPK", "p53", "Hypoxia", "PI3K")}
    found = {
        name: float(cohens_d(values[[f"progeny.{name}"]], genotype).iloc[0])
        for name, genotype in (
            ("MAPK", values["drv.ras_raf"]),
            ("p53", values["drv.TP53"]),
            ("Hypoxia", values["drv.VHL"]),
            ("PI3K", pi3k),
        )
    }
    beside = "500 most significant genes, {} of them in the universe"
    return [
        Fact(
            LINE, "progeny.MAPK, RAS or RAF: Cohen's d", found["MAPK"], 0.5, note=beside.format(kept["MAPK"])
        ),
        Fact(
            LINE,
            "progeny.p53, TP53: Cohen's d",
            found["p53"],
            high=0,
            note=beside.format(kept["p53"]) + ", not CDKN1A: above -0.6 here",
        ),
        Fact(LINE, "progeny.Hypoxia, VHL: Cohen's d", found["Hypoxia"], note=beside.format(kept["Hypoxia"])),
        Fact(LINE, "progeny.PI3K, PTEN or PIK3CA: Cohen's d", found["PI3K"], note="does not follow them"),
    ]


def _growth_facts(values: pd.DataFrame, z: pd.DataFrame, data: Path) -> list[Fact]:
    table = pd.read_csv(
        data / "cellline" / "growth" / "GrowthRates_v1.3.0_20190222.csv", dtype={"COSMIC_ID": str}
    )
    rate = (
        (table.groupby("COSMIC_ID")["GROWTH_RATE"].median() / (3 * np.log(2))).reindex(values.index).dropna()
    )
    rho = spearmanr(values.loc[rate.index, "growth.proliferation"], rate).statistic
    alone = spearmanr(z.loc[rate.index, "MKI67"], rate).statistic
    note = f"{len(rate)} GDSC lines: unlike in NCI-60 it does not follow growth, nor does MKI67 ({alone:.2f})"
    return [Fact(LINE, "growth.proliferation, measured doublings per day: Spearman's rho", rho, note=note)]


def _ccle_facts(values: pd.DataFrame, data: Path) -> list[Fact]:
    """Our PROGENy scores beside published ones of the same lines, from another transcriptome and model."""
    folder = data / "cellline"
    models = pd.read_csv(folder / "annotation" / "DepMap_24Q2_Model.csv", dtype=str)
    models = models[["ModelID", "COSMICID"]].dropna()
    models["COSMICID"] = models["COSMICID"].str.removesuffix(".0")
    theirs = pd.read_csv(folder / "transcriptome" / "CCLE_progeny_activities.csv", index_col=0).T
    both = models[models["ModelID"].isin(theirs.index) & models["COSMICID"].isin(values.index)]
    both = both[~both["COSMICID"].duplicated(keep=False)]
    facts = []
    for name in progeny_weights():
        ours = values.loc[both["COSMICID"], f"progeny.{name}"].to_numpy()
        r = float(np.corrcoef(ours, theirs.loc[both["ModelID"], name])[0, 1])
        least = 0.5 if name in ("MAPK", "p53", "Hypoxia") else -math.inf
        claim = f"progeny.{name}, CCLE's PROGENy score: Pearson's r"
        facts.append(Fact(LINE, claim, r, least, note=f"{len(both)} lines"))
    return facts


def _nci60_facts(data: Path, gdsc: pd.DataFrame, names: pd.Series) -> list[Fact]:
    """The same on another array, which lacks a fifth of the universe."""
    folder = data / "cellline"
    array = folder / "transcriptome" / "nci60_robustHD.RData"
    variants = nci60.maf(folder / "nci60_variants" / "derived_CCLE_mutations_nci60_lines.csv.gz")
    lines = list(dict.fromkeys(variants["Tumor_Sample_Barcode"]))
    identifiers = folder / "annotation" / "gene_identifiers_20191101.csv"
    expression, _ = nci60.transcriptome(array, identifiers, lines)
    cohort = Cohort.empty(
        "nci60",
        samples=pd.DataFrame({"sample_id": expression.columns}),
        expression=expression.T.rename_axis(index=None, columns=None),
        expression_scale="log2",
    )
    z = Inputs(cohort).expression.z
    scores = score(z, signature_weights())
    note = f"{len(z)} lines, {z.notna().all().mean():.0%} of the universe; Affymetrix HG-U133A"
    altering = variants[variants["Variant_Classification"] != "Silent"]
    found = {}
    for name, genes in (("mapk", RAS_RAF), ("p53", ("TP53",))):
        carriers = set(altering.loc[altering["Hugo_Symbol"].isin(genes), "Tumor_Sample_Barcode"])
        mutated = pd.Series(z.index.isin(carriers).astype(float), index=z.index)
        found[name] = float(cohens_d(scores[[name]], mutated).iloc[0])
    return [
        Fact(LINE, "path.p53, TP53, NCI-60: Cohen's d", found["p53"], high=-0.6, note=note),
        Fact(LINE, "path.mapk, RAS or RAF, NCI-60: Cohen's d", found["mapk"], note=note),
        *_doubling_facts(z, scores["proliferation"], array, lines),
        *(
            _between_arrays(what, weights, z, gdsc, names)
            for what, weights in (("signatures", signature_weights()), ("progeny", progeny_weights()))
        ),
    ]


def _doubling_facts(z: pd.DataFrame, proliferation: pd.Series, array: Path, lines: list[str]) -> list[Fact]:
    """The proliferation score against the doubling times that the NCI gives for its lines."""
    info = nci60.read(array)["cellLineInfo"]
    rate = 24 / pd.Series(
        pd.to_numeric(info["DoublingTime"], errors="coerce").to_numpy(),
        index=[str(name).split(":", 1)[1] for name in info["Name"]],
    )
    rate = rate.rename(index=resolve_names(list(rate.index), {line: line for line in lines}).joined)
    rate = rate[rate.index.isin(z.index)].dropna()
    weights = signature_weights()["proliferation"].to_numpy()
    rng = np.random.default_rng(SEED)
    permuted = pd.DataFrame({k: rng.permutation(weights) for k in range(PERMUTATIONS)}, index=z.columns)
    rho = spearmanr(proliferation[rate.index], rate).statistic
    null = score(z.loc[rate.index], permuted).corrwith(rate, method="spearman")
    claim = "growth.proliferation, doublings per day, NCI-60"
    return [
        Fact(LINE, f"{claim}: Spearman's rho", rho, 0.3, note=f"{len(rate)} lines, the NCI's doubling times"),
        Fact(
            LINE,
            f"{claim}: share of {PERMUTATIONS} permuted scores with rho >= {rho:.2f}",
            float((null >= rho).mean()),
            high=0.05,
            note=f"95th percentile {null.quantile(0.95):.2f}, the furthest {null.max():.2f}",
        ),
    ]


def _between_arrays(
    what: str, weights: pd.DataFrame, z: pd.DataFrame, gdsc: pd.DataFrame, names: pd.Series
) -> Fact:
    """How well the scores of one line agree between two laboratories' arrays."""
    joined = resolve_names(list(z.index), {name: sample for sample, name in names.items()}).joined
    pairs = {line: sample for line, sample in joined.items() if sample in gdsc.index}
    theirs = score(gdsc.loc[list(pairs.values())], weights).set_axis(list(pairs))
    r = score(z.loc[list(pairs)], weights).corrwith(theirs)
    note = f"{len(pairs)} lines; highest {r.idxmax()} {r.max():.2f}, lowest {r.idxmin()} {r.min():.2f}"
    return Fact(LINE, f"{what}, GDSC's array and NCI-60's: median Pearson's r", r.median(), 0.5, note=note)
