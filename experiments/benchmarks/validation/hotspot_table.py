"""How ``features/knowledge/hotspots.csv`` came about, so that it can be made again from its sources."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from experiments.benchmarks.validation.facts import DATA, r_file
from features.knowledge import knowledge_table
from features.protein_change import ProteinChange, protein_changes

COLUMNS = ["gene", "residue", "source"]
#: Chang 2018, the second release of Cancer Hotspots, as MOAlmanac marks CCLE's variants with it.
CANCER_HOTSPOTS = "PMID 29247016"
#: A residue that so many tumours with a normal to compare with share is recurrent.
LEAST_TUMOURS = 3
#: Beyond so many protein-altering variants of an exome a tumour shares residues by chance.
HYPERMUTATED = 500
#: Stretches (exons 19 and 20 of EGFR, 20 of ERBB2, 9 and 11 of KIT, the alphaC loop of BRAF) whose in-frame
#: changes activate: a variant of CIViC that stands for the stretch -> residues (inclusive).
STRETCHES = {
    ("EGFR", "EXON 19 DELETION"): "729-761",
    ("EGFR", "V769_770insASV"): "762-823",
    ("ERBB2", "Y772_A775DUP"): "770-831",
    ("KIT", "EXON 9 MUTATION"): "449-514",
    ("KIT", "EXON 11 MUTATION"): "550-592",
    ("BRAF", "N486_P490del"): "486-490",
}
#: What CIViC has for another reason: a common germline variant, residues that antibodies bind, the numbering
#: of other transcripts.
NO_HOTSPOT = {
    "KIT": {"M541"}, "EGFR": {"R451", "G465", "K467", "S492"}, "FGFR2": {"N550"}, "FGFR3": {"Y375"},
}  # fmt: skip
#: Rare residues that a paper shows to activate: the same place of the pleckstrin domain as AKT1's E17.
LITERATURE = (("AKT3", "E17", "doi:10.1038/sj.bjc.6604637"),)
_MC3 = ("KIRC", "KIRP", "KICH", "GBM")


def hotspot_table(data: Path) -> pd.DataFrame:
    """The table: residues of network genes that cancers hit again and again, each with its sources.

    A residue of any network gene that Cancer Hotspots marks in CCLE's lines; one that at least three tumours
    of TCGA (MC3, renal and glioblastoma, tumours with more than 500 variants left out) share; and of genes
    that act by gain one that CIViC names in patients (levels A to C), with response or as a gain of function.

    Parameters
    ----------
    data
        The folder of the reference data.

    Returns
    -------
    pandas.DataFrame
        gene, residue (``E545``, or ``729-761`` for in-frame changes), source (";"-joined); sorted.
    """
    genes = knowledge_table("network_genes")
    known = set(genes["gene"])
    gain = set(genes.loc[genes["altered_by"] == "gain", "gene"])
    papers = pd.DataFrame(LITERATURE, columns=COLUMNS)
    parts = [papers, _cancer_hotspots(data, known), _civic(data, gain), _recurrent(data, known)]
    rows = pd.concat(parts, ignore_index=True).drop_duplicates()
    table = rows.groupby(["gene", "residue"], sort=False)["source"].agg("; ".join).reset_index()
    place = table["residue"].str.extract(r"(\d+)", expand=False).astype(int)
    order = table.assign(place=place).sort_values(["gene", "place", "residue"]).index
    return table.loc[order, COLUMNS].reset_index(drop=True)


def _residue(text: object) -> str:
    """``E545`` of a missense change in any notation, "" of anything else."""
    try:
        changes = protein_changes(text)
    except ValueError:
        return ""
    single = [change for change in changes if _is_missense(change)]
    return f"{single[0].reference}{single[0].first}" if single else ""


def _is_missense(change: ProteinChange) -> bool:
    return change.kind == "missense" and change.first == change.last


def _frame(genes: pd.Series, residues: pd.Series, source: str | pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"gene": genes, "residue": residues, "source": source})[COLUMNS]


def _cancer_hotspots(data: Path, genes: set[str]) -> pd.DataFrame:
    path = data / "cellline" / "variants_ccle" / "cell-lines.somatic-variants.annotated.txt"
    table = pd.read_csv(path, sep="\t", low_memory=False)
    # Of the annotation's marks, 1 is the gene and 2 the residue.
    marked = table[table["feature"].isin(genes) & (table["cancerhotspots_bin"] == 2)]
    residues = marked["alteration"].map(_residue)
    return _frame(marked["feature"], residues, CANCER_HOTSPOTS)[residues != ""].drop_duplicates()


def _civic(data: Path, genes: set[str]) -> pd.DataFrame:
    path = data / "patient" / "variant_evidence" / "civic_nightly-ClinicalEvidenceSummaries_2021-02.tsv"
    table = pd.read_csv(path, sep="\t", quoting=csv.QUOTE_NONE, low_memory=False)
    table = table[table["gene"].isin(genes) & (table["evidence_direction"] == "Supports")]
    said = table["clinical_significance"].isin(["Sensitivity/Response", "Gain of Function", "Positive"])
    table = table[said & table["variant_origin"].str.contains("Somatic", na=False)]
    table = table[table["evidence_level"].isin(["A", "B", "C"])]
    stretch = [STRETCHES.get(pair, "") for pair in zip(table["gene"], table["variant"], strict=True)]
    whole = table["variant"].where(table["variant"].str.fullmatch(r"[A-Z]\d+"), "")
    named = table["variant"].map(_residue).where(whole == "", whole)
    residues = named.where(named != "", pd.Series(stretch, index=table.index))
    listed = zip(table["gene"], residues, strict=True)
    residues = residues.where([residue not in NO_HOTSPOT.get(gene, ()) for gene, residue in listed], "")
    # One item of evidence is enough to look the residue up.
    rows = _frame(table["gene"], residues, "CIViC EID" + table["evidence_id"].astype(str))[residues != ""]
    return rows.drop_duplicates(["gene", "residue"])


def _recurrent(data: Path, genes: set[str]) -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for study in _MC3:
        maf = r_file(data / "patient" / "tcga" / f"MC3_{study}.RDs")
        parts.append(maf["data"].astype({"Tumor_Sample_Barcode": str, "Hugo_Symbol": str}))
    table = pd.concat(parts, ignore_index=True)
    burden = table.groupby("Tumor_Sample_Barcode")["Hugo_Symbol"].transform("size")
    table = table[(burden <= HYPERMUTATED) & (table["Variant_Classification"] == "Missense_Mutation")]
    table = table[table["Hugo_Symbol"].isin(genes)]
    table = table.assign(residue=table["HGVSp_Short"].map(_residue))
    shared = (
        table[table["residue"] != ""].groupby(["Hugo_Symbol", "residue"])["Tumor_Sample_Barcode"].nunique()
    )
    shared = shared[shared >= LEAST_TUMOURS].reset_index()
    return _frame(shared["Hugo_Symbol"], shared["residue"], "computed from TCGA MC3")


def main() -> None:
    """Write the table where the package reads it."""
    target = Path(__file__).resolve().parents[3] / "features" / "knowledge" / "hotspots.csv"
    hotspot_table(DATA).to_csv(target, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
