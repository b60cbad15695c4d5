"""The branches of mTORC1 in MTOR-mutant kidney cancer: TCGA's protein arrays and exomes through our features.

``python -m experiments.benchmarks.validation.rppa`` computes the shipped ``antibody_reference.csv`` anew.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu, spearmanr

from experiments.benchmarks.validation.facts import DATA, Fact, r_file
from features.builders.base import Inputs
from features.builders.branches import build as build_branches
from features.builders.mutations import gene_status
from features.builders.proteins import antibody_reference
from features.builders.proteins import build as build_proteins
from features.cohort import Cohort
from features.markers import marker_of, markers
from features.sources import import_tables

PLATFORM = "tcga_rppa"
PROJECTS = ("KIRC", "KIRP", "GBM")
#: Differences whose reference is shipped beside each phosphorylated form over its total.
OTHER_DIFFERENCES = (("eIF4E", "4EBP1"),)
_MAF = ("Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification", "HGVSp_Short")
_HEADER = """\
# Location (median) and scale (1.4826 x MAD) of each marker, and of its difference from another.
# Platform tcga_rppa: reverse-phase protein arrays of TCGA (MD Anderson), level 3: log2, normalised.
# Over the primary tumours of three projects: `python -m experiments.benchmarks.validation.rppa`.
"""


def rppa(data: Path, project: str) -> pd.DataFrame:
    """Primary tumours (one a patient, by patient barcode) x antibodies of one TCGA project."""
    table = r_file(data / "patient" / "tcga" / f"{project}.RPPA.rda")[f"{project}.RPPA"].copy()
    table.columns = [str(column) for column in table.columns]
    barcode = table.pop("bcr_patient_barcode").astype(str)
    table = table.set_axis(barcode).sort_index()
    table = table[table.index.str[13:15] == "01"]
    return table.set_axis(table.index.str[:12])[lambda rows: ~rows.index.duplicated()]


def computed_reference(data: Path) -> pd.DataFrame:
    """The shipped reference, computed anew (columns as in the file)."""
    tables = []
    for project in PROJECTS:
        table = rppa(data, project)
        names = {name: found.name for name in table.columns if (found := marker_of(name))}
        tables.append(table[list(names)].rename(columns=names))
    values = pd.concat(tables)
    projects = {name: [p for p, t in zip(PROJECTS, tables, strict=True) if name in t] for name in values}
    own = [name for name in markers() if name in values]
    pairs = [(name, name.partition("_p")[0]) for name in own if markers()[name].phosphorylated]
    pairs = [pair for pair in (*pairs, *OTHER_DIFFERENCES) if pair[1] in values]
    rows = []
    for name, over in [*((name, "") for name in own), *pairs]:
        given = (values[name] - (values[over] if over else 0.0)).dropna()
        location = float(given.median())
        scale = 1.4826 * float((given - location).abs().median())
        of = "/".join(p for p in projects[name] if not over or p in projects[over])
        source = f"computed from TCGA RPPA {of}"
        rows.append((PLATFORM, name, over, f"{location:.5f}", f"{scale:.5f}", str(len(given)), source))
    return pd.DataFrame(rows, columns=["platform", "marker", "over", "location", "scale", "n", "source"])


def kirc_cohort(data: Path) -> Cohort:
    """KIRC's primary tumours that have an array; those with an exome (MC3) too are profiled for variants."""
    table = rppa(data, "KIRC")
    exomes = r_file(data / "patient" / "tcga" / "MC3_KIRC.RDs")
    sequenced = exomes["variants.per.sample"]["Tumor_Sample_Barcode"].astype(str).str[:12]
    maf = pd.concat([exomes["data"], exomes["maf.silent"]]).astype(str)[list(_MAF)]
    maf["Tumor_Sample_Barcode"] = maf["Tumor_Sample_Barcode"].str[:12]
    profiled = sorted(set(sequenced) & set(table.index))
    with TemporaryDirectory() as folder:
        variants, proteins = Path(folder) / "mc3.maf", Path(folder) / "rppa.tsv"
        maf[maf["Tumor_Sample_Barcode"].isin(profiled)].to_csv(variants, sep="\t", index=False)
        table.rename_axis("sample_id").to_csv(proteins, sep="\t")
        return import_tables(
            maf=variants,
            proteins=proteins,
            profiled_samples=profiled,
            protein_platform=PLATFORM,
            name="TCGA KIRC",
        )


def measure(data: Path) -> list[Fact]:
    """Line 1: branch divergence of MTOR-mutant against other KIRC, and what stands beside it."""
    inputs = Inputs(kirc_cohort(data))
    status = gene_status(inputs, ["MTOR"])["MTOR"]
    arrays = build_proteins(inputs).values.join(build_branches(inputs).values)
    found, mutant = arrays[status.notna()], status.dropna() == 1
    test = partial(_p_value, mutant=mutant, values=found)
    shift = found["branch.divergence"].groupby(mutant).median()
    rho = partial(_rho, arrays, "prot.s6_ps240_s244")
    fact, n = partial(Fact, 1), f"Mann-Whitney, {int(mutant.sum())} MTOR-mutant v {int((~mutant).sum())}"
    return [
        fact("MTOR-mutant KIRC tumours with array and exome", int(mutant.sum()), 26, 26, "data.md: 26"),
        fact("other KIRC tumours with array and exome", int((~mutant).sum()), 303, 303, "data.md: 303"),
        fact(
            "branch.divergence, mutant v other: p", test("branch.divergence"), 0, 1e-4, f"{n}; known 6.5e-6"
        ),
        fact(
            "branch.divergence, median of mutant less other", float(shift[True] - shift[False]), 0.3, 3, "up"
        ),
        fact(
            "4E-BP1 pT37/T46 over total: p",
            test("prot.4ebp1_pt37_t46_over_4ebp1"),
            0.0105,
            0.0115,
            "known 0.011",
        ),
        fact("4E-BP1 pT37/T46: p", test("prot.4ebp1_pt37_t46"), 1.6e-6, 1.8e-6, "known 1.7e-6"),
        fact("4E-BP1 pS65: p", test("prot.4ebp1_ps65"), 1.3e-4, 1.5e-4, "known 1.4e-4"),
        fact("4E-BP1 pT70: p", test("prot.4ebp1_pt70")),
        fact("S6 pS240/S244: p", test("prot.s6_ps240_s244"), 0.39, 0.41, "known 0.40: no change"),
        fact("S6 pS235/S236: p", test("prot.s6_ps235_s236")),
        fact("p70S6K pT389: p", test("prot.p70s6k_pt389"), 0.48, 0.50, "known 0.49: no change"),
        fact("total 4E-BP1: p", test("prot.4ebp1"), 0.0035, 0.0045, "known 0.004: total is up as well"),
        fact("total S6: p", test("prot.s6"), 0.0185, 0.0195, "known 0.019: total is up as well"),
        fact("branch.divergence_ps65: p", test("branch.divergence_ps65"), note="beside the first"),
        fact(
            "branch.divergence_over_total: p", test("branch.divergence_over_total"), note="beside the first"
        ),
        fact(
            "rho of S6 pS240/S244 with 4E-BP1 pS65", rho("prot.4ebp1_ps65"), 0.02, 0.04, "known 0.03; all 478"
        ),
        fact(
            "rho of S6 pS240/S244 with 4E-BP1 pT37/T46", rho("prot.4ebp1_pt37_t46"), 0.54, 0.58, "known 0.56"
        ),
        fact(
            "shipped antibody reference against the same computed anew: largest difference",
            _difference(computed_reference(data)),
            0,
            1e-4,
            "median and 1.4826 MAD of KIRC, KIRP and GBM primary tumours",
        ),
    ]


def _p_value(column: str, *, mutant: pd.Series, values: pd.DataFrame) -> float:
    return float(mannwhitneyu(values.loc[mutant, column], values.loc[~mutant, column]).pvalue)


def _rho(values: pd.DataFrame, first: str, second: str) -> float:
    return float(spearmanr(values[first], values[second]).statistic)


def _difference(anew: pd.DataFrame) -> float:
    keys = ["platform", "marker", "over", "n"]
    both = antibody_reference().merge(anew.astype({"n": int}), on=keys, how="outer", suffixes=("", "_anew"))
    pairs = both[["location", "scale", "location_anew", "scale_anew"]].astype(float).to_numpy()
    return float(np.abs(pairs[:, :2] - pairs[:, 2:]).max())


if __name__ == "__main__":
    sys.stdout.write(_HEADER + computed_reference(DATA).to_csv(index=False))
