"""What may be wrong with a cBioPortal study, and what the import must say of it."""

from __future__ import annotations

import random

import made_studies as made
import numpy as np
from made_studies import GENES, SAMPLES, files, maf, meta, mrna, named, variant

NO_MRNA: dict[str, str | None] = dict.fromkeys(
    ("meta_mrna_seq_v2_rsem_txt", "data_mrna_seq_v2_rsem_txt", "meta_mrna_seq_v2_rsem_zscores_txt",
     "data_mrna_seq_v2_rsem_zscores_txt")
)  # fmt: skip
PANEL = "stable_id: IMPACT3\ndescription: three genes\ngene_list: MTOR\tTSC1\tBHLHB2\n"


def changed(key: str, *pairs: tuple[str, str]) -> dict[str, str]:
    """A file of the study with some of its text replaced."""
    text = files()[named(key)]
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return {key: text}


#: What is wrong -> the files that are changed, options, and what the line must say.
FAULTS: dict[str, tuple[dict[str, str | None], dict[str, object], str]] = {
    "no study file": ({"meta_study_txt": None}, {}, "holds no meta_study.txt; add it"),
    "no meta file of the samples": (
        {"meta_clinical_sample_txt": None, "meta_clinical_patient_txt": None}, {},
        "no meta file describes data_clinical_patient.txt; add one with genetic_alteration_type: CLINICAL",
    ),
    "a meta file of patients alone": (
        {"meta_clinical_sample_txt": None}, {}, "no meta file describes the clinical table of samples",
    ),
    "no meta file of the variants": (
        {"meta_mutations_txt": None}, {}, "no meta file describes data_mutations.txt; add one with",
    ),
    "a meta file without its data": (
        {"data_cna_txt": None}, {}, "meta_cna.txt: names data_cna.txt, which is not in the folder; put",
    ),
    "a meta file of another study": (
        changed("meta_cna_txt", (made.STUDY, "brca")), {}, "meta_cna.txt: is of the study 'brca', and",
    ),
    "a meta file without a datum": (
        changed("meta_cna_txt", ("data_filename: ", "data_file: ")), {}, "has no field data_filename; add",
    ),
    "a meta file that is none": (
        {"meta_cna_txt": "nothing of it\n"}, {}, "meta_cna.txt, row 1: 'nothing of it' is no field",
    ),
    "a field twice": (
        changed("meta_cna_txt", ("datatype", "datatype: X\ndatatype")), {}, "row 4: has the field datatype",
    ),
    "a file that Git LFS left out": (
        {"data_cna_txt": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}, {},
        "data_cna.txt: was not fetched: it is a pointer of Git LFS; run git lfs pull",
    ),
    "two tables of samples": (
        {"meta_clinical2_txt": meta("CLINICAL", "SAMPLE_ATTRIBUTES", "data_clinical_sample.txt")}, {},
        "both describe SAMPLE_ATTRIBUTES; keep one",
    ),
    "a patient twice": (
        changed("data_clinical_patient_txt", ("P3\tMale", "P2\tMale")), {},
        "data_clinical_patient.txt, column PATIENT_ID: rows 7 and 8 have the same PATIENT_ID; keep one",
    ),
    "a sample twice": (
        changed("data_clinical_sample_txt", ("P3\tS3", "P3\tS2")), {},
        "column SAMPLE_ID: rows 8 and 9 have the same SAMPLE_ID",
    ),
    "a sample of nobody": (
        changed("data_clinical_sample_txt", ("P3\tS3", "NA\tS3")), {},
        "data_clinical_sample.txt, column PATIENT_ID, row 9: is missing",
    ),
    "no sample ids": (
        changed("data_clinical_sample_txt", ("PATIENT_ID\tSAMPLE_ID", "PATIENT_ID\tSAMPLE")), {},
        "data_clinical_sample.txt: has no column SAMPLE_ID",
    ),
    "columns that differ in capitals": (
        changed("data_clinical_sample_txt", ("ONCOTREE_CODE", "Sample_Id")), {}, "SAMPLE_ID differ in",
    ),
    "a status that is none": (
        changed("data_clinical_patient_txt", ("1:DECEASED\t10", "lost\t10")), {},
        "column OS_STATUS, row 6: 'lost' is not a status such as 1:DECEASED or 0:LIVING",
    ),
    "a status against its prefix": (
        changed("data_clinical_patient_txt", ("1:DECEASED\t10", "0:DECEASED\t10")), {},
        "row 6: '0:DECEASED' is not a status",
    ),
    "months in words": (
        changed("data_clinical_patient_txt", ("1:DECEASED\t10", "1:DECEASED\tten")), {},
        "column OS_MONTHS, row 6: 'ten' is not a number of months",
    ),
    "an unknown rule of samples": ({}, {"samples": "newest"}, "use --samples primary|latest|all"),
    "the latest sample without a timeline": (
        {}, {"samples": "latest"}, "2 samples of patients with several have no day in the timeline; use",
    ),
    "only normal samples": (
        changed("data_clinical_sample_txt", ("\tPrimary", "\tNormal"), ("\tMetastasis", "\tNormal")), {},
        "no sample of a tumour; check the column SAMPLE_TYPE",
    ),
    "two genome builds": (
        {"data_mutations_txt": maf(variant("S1"), variant("S2"), variant("S3", NCBI_Build="hg38"))}, {},
        "data_mutations.txt, column NCBI_Build: row 2 is on GRCh37 and row 4 on GRCh38: two genome builds",
    ),
    "variants of other samples": (
        {"data_mutations_txt": maf(variant("X1"), variant("X2"), variant("S2"))}, {},
        "2 of 3 variants are of samples that the clinical table lacks (limit 50%), such as that of row 2",
    ),
    "a variant of no sample": (
        {"data_mutations_txt": maf(variant("S1"), variant(""))}, {},
        "column Tumor_Sample_Barcode, row 3: names no sample",
    ),
    "no variants": (
        {"data_mutations_txt": maf(variant("S1", Mutation_Status="GERMLINE"))}, {},
        "has no somatic variant of the chosen samples",
    ),
    "variants without genes": (
        {"data_mutations_txt": maf(variant("S1")).replace("Hugo_Symbol", "X").replace("Entrez", "Y")}, {},
        "data_mutations.txt: has no column Hugo_Symbol; add it",
    ),
    "a count of text": (
        {"data_mutations_txt": maf(variant("S1", t_ref_count="many"))}, {},
        "column t_ref_count, row 2: 'many' is not a whole number >= 0",
    ),
    "an assay that is not stated": (
        changed("meta_mutations_txt", ("whole exome sequencing", "sequencing")), {},
        "meta_mutations.txt: does not say what was sequenced, and there is no gene panel: outside it no gene "
        "is wild type; state it: --panel exome, or --panel FILE",
    ),
    "a panel without its genes": (
        changed("meta_mutations_txt", ("whole exome sequencing", "targeted panel sequencing")), {},
        "speaks of a panel, and there is no gene panel",
    ),
    "a gene panel without a file": (
        changed("meta_mutations_txt", ("stable_id", "gene_panel: IMPACT3\nstable_id")), {},
        "the gene panel IMPACT3 has no list of genes; add a file gene_panel_IMPACT3.txt",
    ),
    "a gene panel of ids": (
        changed("meta_mutations_txt", ("stable_id", "gene_panel: IMPACT3\nstable_id"))
        | {"gene_panel_txt": PANEL.replace("BHLHB2", "8085")}, {},
        "gene_panel.txt: lists 1 genes by Entrez ids without a known symbol, such as 8085; write Hugo",
    ),
    "the wrong gene panel": (
        changed("meta_mutations_txt", ("stable_id", "gene_panel: IMPACT3\nstable_id"))
        | {"gene_panel_txt": PANEL.replace("MTOR\tTSC1", "ALK")}, {},
        "4 of 4 variants lie outside their samples' gene panels (limit 50%); give the panels",
    ),
    "a folder of panels that is not there": (
        changed("meta_mutations_txt", ("stable_id", "gene_panel: IMPACT3\nstable_id")),
        {"gene_panels": "/absent"}, "/absent: no such file or folder; check --gene-panels",
    ),
    "a panel without variants": (
        {"meta_mutations_txt": None, "data_mutations_txt": None}, {"panel": "exome"},
        "a panel is stated but the study has no variants",
    ),
    "calls that are none": (
        changed("data_cna_txt", ("MTOR\t1\t-2", "MTOR\t1\t7")), {},
        "data_cna.txt: 1 values are no call from -2 to 2, such as 7; mend the datatype in meta_cna.txt",
    ),
    "a call of text": (
        changed("data_cna_txt", ("MTOR\t1\t-2", "MTOR\t1\tdel")), {},
        "data_cna.txt, row 2, column 3: 'del' is not a number; leave the cell empty",
    ),
    "a patient's row that lacks a cell": (
        changed("data_clinical_patient_txt", ("P3\tMale\t", "P3\t")), {},
        "data_clinical_patient.txt, row 8: has 8 cells, and the header 9; give each row a cell",
    ),
    "a variant's row that is long": (
        {"data_mutations_txt": maf(variant("S1"), variant("S2")) + "x\t" * 14 + "x\n"}, {},
        "data_mutations.txt, row 4: has 15 cells, and the header 14",
    ),
    "a row that is short": (
        changed("data_cna_txt", ("MTOR\t1\t-2", "MTOR\t1")), {},
        "data_cna.txt, row 2: has 10 cells, and the header 11; give each row a cell of each column",
    ),
    "copy number of other samples": (
        changed("data_cna_txt", *((f"\t{s}\t", f"\tX{s}\t") for s in SAMPLES[:7])) , {},
        "columns are no sample of the clinical table; use the SAMPLE_ID",
    ),
    "two files of calls": (
        {"meta_cna2_txt": meta("COPY_NUMBER_ALTERATION", "DISCRETE_LONG", "data_cna.txt")}, {},
        "several files of copy-number calls (meta_cna.txt, meta_cna2.txt); keep one",
    ),
    "two files of variants": (
        {"meta_mutations2_txt": meta("MUTATION_EXTENDED", "MAF", "data_mutations.txt")}, {},
        "several files of variants",
    ),
    "an expression of text": (
        {"data_mrna_seq_v2_rsem_txt": mrna() + "EXTRA1\t9\t" + "\t".join(["high"] + ["1"] * 8) + "\n"}, {},
        "data_mrna_seq_v2_rsem.txt, row 5780, column 3: 'high' is not a number; leave the cell empty",
    ),
    "a decimal comma": (
        {"data_mrna_seq_v2_rsem_txt": mrna() + "EXTRA1\t9\t" + "\t".join(["1,5"] * 9) + "\n"}, {},
        "row 5780, column 3: '1,5' is not a number; write decimals with a point",
    ),
    "an infinite value": (
        {"data_mrna_seq_v2_rsem_txt": mrna() + "EXTRA1\t9\t" + "\t".join(["inf"] * 9) + "\n"}, {},
        "data_mrna_seq_v2_rsem.txt: holds an infinite value; leave the cell empty",
    ),
    "a logarithm that is not said": (
        {"data_mrna_seq_v2_rsem_txt": mrna(np.full((2, 9), 5.5), GENES[:2])}, {},
        "is said to be RSEM (meta_mrna_seq_v2_rsem.txt), but values reach from 5.5 to 5.5: that may be a log",
    ),
    "a logarithm of no base": (
        changed("meta_mrna_seq_v2_rsem_txt", ("RNA Seq V2 RSEM", "log-transformed RSEM")), {},
        "speaks of a logarithm and not of which; state it: --expression-scale",
    ),
    "an unknown scale": ({}, {"expression_scale": "raw"}, "unknown expression scale 'raw'; state it"),
    "a scale of nothing": (
        NO_MRNA, {"expression_scale": "tpm"},
        "a scale of expression is stated but no mRNA is read",
    ),
    "an unknown flavour": (
        {}, {"mrna": "microarray"}, "no mRNA profiles are called 'microarray' (there are: rna_seq_v2_mrna,",
    ),
    "a treatment that is in no table": (
        {}, {"treatment_column": "DRUGS"}, "no clinical table has a column DRUGS; name one of them, such as",
    ),
    "genes by ids alone": (
        {"meta_cna_txt": None, "data_cna_txt": None,
         "data_mutations_txt": maf(variant("S1")).replace("Hugo_Symbol", "X"),
         **NO_MRNA}, {},
        "data_mutations.txt: names genes by Entrez_Gene_Id alone, and no file gives their symbols; add",
    ),
    "a table of ids without any": (
        {"ids_txt": "Entrez_Gene_Id\tHugo_Symbol\n0\tMTOR\n"}, {"gene_ids": "ids.txt"},
        "ids.txt: has no Entrez id with a symbol",
    ),
    "proteins of other samples": (
        changed("data_rppa_txt", ("S1\tS1M\tS2\tS3", "X1\tX2\tX3\tS3")), {},
        "data_rppa.txt: 3 of 4 samples have no row in the clinical table",
    ),
    "an unknown choice of genes": ({}, {"genes": "some"}, "unknown choice of genes 'some'; use one of"),
}  # fmt: skip


_JUNK = ("???", "NA", "1e400", "1,5", "\u00e9\u2028x", "-7", "a\0b", '"x', "")


def damaged(texts: dict[str, str | None], seed: int) -> dict[str, str | None]:
    """A study with one file damaged: a line or cell lost, doubled, exchanged or broken, or the file cut."""
    chance = random.Random(seed)
    name = chance.choice(sorted(texts))
    text = str(texts[name])
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    cells = lines[place].split("\t")
    one, other = chance.randrange(len(cells)), chance.randrange(len(cells))
    how = chance.randrange(10)
    if how == 0:
        return texts | {name: None}
    if how == 1:
        return texts | {name: text[: chance.randrange(len(text))]}
    if how == 2:
        return texts | {name: text.lower()}
    if how == 3:
        del lines[place]
    elif how == 4:
        lines.insert(place, lines[place])
    elif how == 5:
        del cells[one]
    elif how == 6:
        cells.insert(one, cells[one])
    elif how == 7:
        cells[one], cells[other] = cells[other], cells[one]
    else:
        cells[one] = chance.choice(_JUNK)
    if how >= 5:
        lines[place] = "\t".join(cells)
    return texts | {name: "\n".join(lines)}
