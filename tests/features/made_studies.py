"""A small cBioPortal study, written to a folder: eight samples of seven patients, with every kind of file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from features.builders.rank_normal import universe_symbols

STUDY = "kirc_made"
#: P1 has a metastasis beside the primary; P7 has a normal sample beside the tumour; P8 has no sample.
SAMPLES = ("S1", "S1M", "S2", "S3", "S4", "S5", "S6", "S7", "S7N")
_PATIENT_OF = {"S1M": "P1", "S7N": "P7"}
GENES = ("MTOR", "TSC1", "TSC2", "PTEN", "VHL", "PIK3CA", "KRAS", "TP53")


def patient_of(sample: str) -> str:
    """The patient of a sample."""
    return _PATIENT_OF.get(sample, sample.replace("S", "P"))


def table(rows: Sequence[Sequence[object]]) -> str:
    """Lines of cells, tabs between them."""
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def meta(kind: str, datatype: str, data: str, **fields: str) -> str:
    """A meta file."""
    lines = {
        "cancer_study_identifier": STUDY,
        "genetic_alteration_type": kind,
        "datatype": datatype,
        **fields,
        "data_filename": data,
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def mrna(values: np.ndarray | None = None, genes: Sequence[str] | None = None) -> str:
    """Expression of all samples: linear, most genes of the universe."""
    genes = list(universe_symbols()) if genes is None else list(genes)
    if values is None:
        rng = np.random.default_rng(7)
        values = np.round(np.exp(rng.normal(4, 2, size=(len(genes), len(SAMPLES)))), 3)
    rows = [(g, n + 1, *values[n]) for n, g in enumerate(genes)]
    return table([("Hugo_Symbol", "Entrez_Gene_Id", *SAMPLES), *rows])


_MAF = (
    "Hugo_Symbol", "Entrez_Gene_Id", "NCBI_Build", "Chromosome", "Start_Position", "Reference_Allele",
    "Tumor_Seq_Allele1", "Tumor_Seq_Allele2", "Variant_Classification", "Tumor_Sample_Barcode",
    "Mutation_Status", "HGVSp_Short", "t_alt_count", "t_ref_count",
)  # fmt: skip


def variant(sample: str, gene: str = "MTOR", **cells: object) -> dict[str, object]:
    """A row of the MAF."""
    known = {
        "Hugo_Symbol": gene, "Entrez_Gene_Id": GENES.index(gene) + 1 if gene in GENES else 0,
        "NCBI_Build": "GRCh37", "Chromosome": "1", "Start_Position": 11184573, "Reference_Allele": "G",
        "Tumor_Seq_Allele1": "G", "Tumor_Seq_Allele2": "T", "Variant_Classification": "Missense_Mutation",
        "Tumor_Sample_Barcode": sample, "Mutation_Status": "Somatic", "HGVSp_Short": "p.S2215Y",
        "t_alt_count": 14, "t_ref_count": 26,
    }  # fmt: skip
    return known | cells


def maf(*rows: Mapping[str, object]) -> str:
    """A MAF of these rows."""
    columns = list(dict.fromkeys([*_MAF, *(name for row in rows for name in row)]))
    return table([columns, *([row.get(column, "") for column in columns] for row in rows)])


VARIANTS = (
    variant("S1"),
    variant("S1M"),
    variant(
        "S2", "TSC1", HGVSp_Short="p.R249*", Variant_Classification="Nonsense_Mutation", Start_Position=5
    ),
    variant("S3", "VHL", HGVSp_Short="p.L89H", Start_Position=7),
    variant("S4", "TP53", HGVSp_Short="p.R175H", Start_Position=9),
)
_TYPES = {"M": "Metastasis", "N": "Solid Tissues Normal"}
_STATUS = ("1:DECEASED", "0:LIVING", "DECEASED", "LIVING", "[Not Available]", "", "0:LIVING", "1:DECEASED")
_PFS = ("1:PROGRESSION", "0:CENSORED", "1:PROGRESSION", "NA", "0:CENSORED", "", "1:Recurred/Progressed", "")


def files() -> dict[str, str]:
    """Name -> text of each file of the study."""
    patients = [f"P{number}" for number in range(1, 9)]
    case_list = (
        f"cancer_study_identifier: {STUDY}\nstable_id: {STUDY}_{{0}}\ncase_list_name: {{0}}\n"
        "case_list_description: all\ncase_list_ids: {1}\n"
    )
    return {
        "meta_study.txt": (
            f"type_of_cancer: ccrcc\ncancer_study_identifier: {STUDY}\nname: Kidney (made)\n"
            "description: Made for a test: no patient is in it.\n"
        ),
        "meta_clinical_patient.txt": meta("CLINICAL", "PATIENT_ATTRIBUTES", "data_clinical_patient.txt"),
        "data_clinical_patient.txt": (
            "#Patient Identifier\tSex\tAge\tOS\tOS\tPFS\tPFS\tArm\tBest\n#a\tb\tc\td\te\tf\tg\th\ti\n"
            "#STRING\tSTRING\tNUMBER\tSTRING\tNUMBER\tSTRING\tNUMBER\tSTRING\tSTRING\n"
            "#1\t1\t1\t1\t1\t1\t1\t1\t1\n"
            + table(
                [
                    ("PATIENT_ID", "SEX", "AGE", "OS_STATUS", "OS_MONTHS", "PFS_STATUS", "PFS_MONTHS", "ARM",
                     "BEST_RESPONSE"),
                    *(
                        (p, "Male", 50 + n, _STATUS[n], 10 + n if _STATUS[n] else "", _PFS[n],
                         2.5 + n if _PFS[n] else "", "Afinitor" if n % 2 else "sunitinib",
                         "Stable Disease" if n else "PD")
                        for n, p in enumerate(patients)
                    ),
                ]
            )
        ),
        "meta_clinical_sample.txt": meta("CLINICAL", "SAMPLE_ATTRIBUTES", "data_clinical_sample.txt"),
        "data_clinical_sample.txt": (
            "#Patient\tSample\tType\tCode\tPurity\tMSI\n#a\tb\tc\td\te\tf\n"
            "#STRING\tSTRING\tSTRING\tSTRING\tNUMBER\tSTRING\n#1\t1\t1\t1\t1\t1\n"
            + table(
                [
                    ("PATIENT_ID", "SAMPLE_ID", "SAMPLE_TYPE", "ONCOTREE_CODE", "TUMOR_PURITY", "MSI_TYPE"),
                    *(
                        (patient_of(s), s, _TYPES.get(s[-1], "Primary"), "CCRCC", 40 + n, "Stable")
                        for n, s in enumerate(SAMPLES)
                    ),
                ]
            )
        ),
        "meta_mutations.txt": meta(
            "MUTATION_EXTENDED", "MAF", "data_mutations.txt", stable_id="mutations",
            profile_name="Mutations", profile_description="Mutation data from whole exome sequencing.",
        ),
        "data_mutations.txt": "#Sequenced_Samples: S1 S1M S2 S3 S4 S5\n" + maf(*VARIANTS),
        "meta_cna.txt": meta(
            "COPY_NUMBER_ALTERATION", "DISCRETE", "data_cna.txt", stable_id="gistic",
            profile_name="GISTIC", profile_description="Putative copy number",
        ),
        "data_cna.txt": table(
            [
                ("Hugo_Symbol", "Entrez_Gene_Id", *SAMPLES),
                *(
                    (gene, n + 1, *((place + n) % 5 - 2 for place in range(len(SAMPLES))))
                    for n, gene in enumerate(GENES)
                ),
                ("NOGENE1", 999, *([0] * len(SAMPLES))),
            ]
        ),
        "meta_mrna_seq_v2_rsem.txt": meta(
            "MRNA_EXPRESSION", "CONTINUOUS", "data_mrna_seq_v2_rsem.txt", stable_id="rna_seq_v2_mrna",
            profile_name="mRNA expression (RNA Seq V2 RSEM)", profile_description="RSEM",
        ),
        "data_mrna_seq_v2_rsem.txt": mrna(),
        "meta_mrna_seq_v2_rsem_zscores.txt": meta(
            "MRNA_EXPRESSION", "Z-SCORE", "data_mrna_seq_v2_rsem_zscores.txt",
            stable_id="rna_seq_v2_mrna_median_all_sample_Zscores", profile_name="z-scores",
        ),
        "data_mrna_seq_v2_rsem_zscores.txt": mrna(
            np.random.default_rng(3).normal(size=(len(GENES), len(SAMPLES))).round(3), GENES
        ),
        "meta_rppa.txt": meta(
            "PROTEIN_LEVEL", "LOG2-VALUE", "data_rppa.txt", stable_id="rppa",
            profile_name="Protein expression (RPPA)",
        ),
        "data_rppa.txt": table(
            [
                ("Composite.Element.REF", *SAMPLES[:4]),
                ("RPS6|S6_pS240_S244", 0.1, 0.2, -0.3, 0.4),
                ("EIF4EBP1|4E-BP1_pS65", 0.5, "NA", 0.1, 0.2),
            ]
        ),
        "case_lists/cases_sequenced.txt": case_list.format("sequenced", "\t".join(SAMPLES[:6])),
        "case_lists/cases_cna.txt": case_list.format("cna", "\t".join(SAMPLES[:7])),
    }  # fmt: skip


def write(folder: Path, **changes: str | None) -> Path:
    """Write the study with some files changed (keys: "/" and "." as "__" and "_txt") or left out (None)."""
    return write_files(folder, {**files(), **{named(key): text for key, text in changes.items()}})


def named(key: str) -> str:
    """The file's name of a keyword: ``case_lists__cases_cna_txt`` is ``case_lists/cases_cna.txt``."""
    return key.replace("__", "/").removesuffix("_txt") + (".txt" if key.endswith("_txt") else "")


def write_files(folder: Path, texts: Mapping[str, str | None]) -> Path:
    """Write these files; a text of None is no file."""
    for name, text in texts.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder
