"""The NCI-60 lines as files that people have: a MAF with read counts, expression, copy number, samples.

Run as ``python experiments/examples/nci60.py REFERENCE_DATA OUT``; ``docs/example.md`` goes on from there.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.identity import resolve_names

#: NCI's tissue codes as words of our lineage vocabulary; one panel's lung lines are all non-small-cell.
TISSUES = {
    "BR": "breast", "CNS": "nervous_system", "CO": "large_intestine", "LC": "lung_NSCLC", "LE": "leukemia",
    "ME": "skin", "OV": "urogenital_system", "PR": "urogenital_system", "RE": "kidney",
}  # fmt: skip
#: CellMiner's order of the 60 lines, to which the row labels of the expression array refer (from 1; one line
#: was not measured). ``cellLineInfo`` has another order: by it 36 of the 59 rows would carry the name of
#: another line, as the correlation with the same lines of GDSC shows.
CELLMINER = (
    "BR:MCF7", "BR:MDA_MB_231", "BR:HS578T", "BR:BT_549", "BR:T47D", "CNS:SF_268", "CNS:SF_295", "CNS:SF_539",
    "CNS:SNB_19", "CNS:SNB_75", "CNS:U251", "CO:COLO205", "CO:HCC_2998", "CO:HCT_116", "CO:HCT_15", "CO:HT29",
    "CO:KM12", "CO:SW_620", "LE:CCRF_CEM", "LE:HL_60", "LE:K_562", "LE:MOLT_4", "LE:RPMI_8226", "LE:SR",
    "ME:LOXIMVI", "ME:MALME_3M", "ME:M14", "ME:SK_MEL_2", "ME:SK_MEL_28", "ME:SK_MEL_5", "ME:UACC_257",
    "ME:UACC_62", "ME:MDA_MB_435", "ME:MDA_N", "LC:A549", "LC:EKVX", "LC:HOP_62", "LC:HOP_92", "LC:NCI_H226",
    "LC:NCI_H23", "LC:NCI_H322M", "LC:NCI_H460", "LC:NCI_H522", "OV:IGROV1", "OV:OVCAR_3", "OV:OVCAR_4",
    "OV:OVCAR_5", "OV:OVCAR_8", "OV:SK_OV_3", "OV:NCI_ADR_RES", "PR:PC_3", "PR:DU_145", "RE:786_0", "RE:A498",
    "RE:ACHN", "RE:CAKI_1", "RE:RXF_393", "RE:SN12C", "RE:TK_10", "RE:UO_31",
)  # fmt: skip
#: Counts "alt:ref" of the whole-exome reads that the Sanger Institute called again: 55 lines.
COUNTS = "SangerRecalibWES_AC"


def main(data: Path, out: Path) -> None:
    """Write ``nci60.maf``, ``expression.tsv``, ``copy_number.tsv`` and ``samples.tsv``."""
    out.mkdir(parents=True, exist_ok=True)
    variants = maf(data / "nci60_variants" / "derived_CCLE_mutations_nci60_lines.csv.gz")
    lines = list(dict.fromkeys(variants["Tumor_Sample_Barcode"]))
    expression, tissue = transcriptome(
        data / "transcriptome" / "nci60_robustHD.RData",
        data / "annotation" / "gene_identifiers_20191101.csv",
        lines,
    )
    copies = copy_number(data / "nci60_variants" / "CCLE_copynumber_nci60_lines.rds", lines)
    samples = pd.DataFrame({"sample_id": lines, "lineage": [tissue.get(line) for line in lines]})
    # Pure cultures: no stroma dilutes a line's variants.
    samples["purity"] = 1.0
    for name, table, index in (
        ("nci60.maf", variants, False),
        ("expression.tsv", expression, True),
        ("copy_number.tsv", copies, True),
        ("samples.tsv", samples, False),
    ):
        table.to_csv(out / name, sep="\t", index=index)
        print(f"{out / name}: {len(table):,} rows")
    print(f"lines with variants {len(lines)}, with expression {expression.shape[1]}, with copy number "
          f"{copies.shape[1]}")  # fmt: skip


def maf(path: Path) -> pd.DataFrame:
    """The variants with their counts in the columns of a MAF; rows without counts keep empty cells."""
    given = pd.read_csv(path, low_memory=False)
    counts = given[COUNTS].str.split(":", expand=True)
    return pd.DataFrame(
        {
            "Hugo_Symbol": given["Hugo_Symbol"],
            "Chromosome": given["Chromosome"],
            "Start_Position": given["Start_position"],
            "Reference_Allele": given["Reference_Allele"],
            "Tumor_Seq_Allele2": given["Tumor_Seq_Allele1"],
            "Variant_Classification": given["Variant_Classification"],
            "Tumor_Sample_Barcode": given["Tumor_Sample_Barcode"],
            "HGVSp_Short": given["Protein_Change"],
            "t_alt_count": counts[0],
            "t_ref_count": counts[1],
        }
    )


def transcriptome(path: Path, identifiers: Path, lines: list[str]) -> tuple[pd.DataFrame, dict[str, str]]:
    """Genes x lines, log2 (GCRMA), the median of a gene's probes; and the lineage of each line.

    The array's symbols are old: genes are named by their Entrez number.
    """
    held = read(path)
    names = [CELLMINER[int(label) - 1] for label in held["gene"].coords["dim_0"].values]
    by_name = {name.split(":", 1)[1]: name for name in names}
    joined = resolve_names(by_name, {line: line for line in lines}).joined
    values = pd.DataFrame(np.asarray(held["gene"]), index=list(by_name))
    known = pd.read_csv(identifiers, usecols=["entrez_id", "hgnc_symbol"]).dropna()
    symbol_of = dict(zip(known["entrez_id"].astype(int), known["hgnc_symbol"], strict=True))
    symbols = held["geneInfo"]["ID"].map(symbol_of).to_numpy()
    genes = values.T.groupby(symbols).median()
    tissue = {line: TISSUES[by_name[name].split(":", 1)[0]] for name, line in joined.items()}
    return genes[list(joined)].rename(columns=joined).rename_axis("gene"), tissue


def copy_number(path: Path, lines: list[str]) -> pd.DataFrame:
    """Genes x lines, log2 ratio to two copies."""
    given: pd.DataFrame = read(path)
    joined = resolve_names([str(c) for c in given.columns], {line: line for line in lines}).joined
    return given[list(joined)].rename(columns=joined).rename_axis("gene")


def read(path: Path) -> Any:
    """An R data file (.RData or .rds) without its warnings."""
    import rdata  # in the extra `dev`

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # R's classes that Python has no constructor for
        return rdata.read_rds(path) if path.suffix == ".rds" else rdata.read_rda(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "cellline", Path(sys.argv[2]))
