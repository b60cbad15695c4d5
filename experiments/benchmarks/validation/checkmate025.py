"""Line 2: genotypes of CheckMate 025 (Braun 2020, PMID 32472114) and the class of its MTOR variants.

The trial's clinical sheet counts truncating mutations only, so the genotypes come from its variants.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from experiments.benchmarks.validation.facts import Fact
from features.builders.base import Inputs
from features.builders.mtor_residues import PREFIX, build
from features.builders.mutations import gene_status
from features.cohort import Cohort
from features.protein_change import protein_changes
from features.sources import import_cohort

#: Tumours with a protein-altering, and with a truncating, variant of the gene (counted by Braun's sheets).
_GENES = {"MTOR": (40, 1), "PIK3CA": (12, 0), "TP53": (38, 10)}
_TRUNCATING = ("nonsense", "frameshift", "splice")
#: Carried in the everolimus arm: variant -> columns that are not 0, and carriers.  The classes follow from
#: the inventory of mechanisms, the evidence for V2006 (PMID 24631838) and the domains of UniProt P42345.
EXPECTED = {
    "V2006L": ({"activating": 2, "domain_linker": 1}, 2),
    "V2006F": ({"activating": 2, "domain_linker": 1}, 1),
    "S2215Y": ({"activating": 3, "domain_kinase": 1}, 2),
    "M2327I": ({"kinase_resistance": 1, "domain_kinase": 1}, 1),
    "E2419D": ({"activating": 1, "domain_kinase": 1}, 1),
    "R1818C": ({"domain_fat": 1}, 1),
    "P1408L": ({"domain_fat": 1}, 1),
    "A1459D": ({"domain_fat": 1}, 1),
    "K1981E": ({"domain_fat": 1}, 1),
    "C1999F": ({"domain_linker": 1}, 1),
    "V2406L": ({"domain_kinase": 1}, 1),
    "L2334V": ({"domain_kinase": 1}, 1),
    "D2412N+D2412V": ({"domain_kinase": 1}, 1),
    "E2536A": ({"domain_fatc": 1}, 2),
}
_COLUMNS = [
    "Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification", "Protein_Change", "t_ref_count",
    "t_alt_count", "ccf_hat",
]  # fmt: skip


def cohort(data: Path) -> Cohort:
    """The 454 sequenced tumours, through the importer of a user's MAF."""
    table = pd.read_csv(data / "patient" / "checkmate025" / "SNV.txt.gz", sep="\t", dtype=str)[_COLUMNS]
    # Sixteen rows of one tumour (EA698490) hold a UniProt accession in the place of the read count.
    counted = table["t_ref_count"].str.fullmatch(r"\d+", na=False)
    table.loc[~counted, ["t_ref_count", "t_alt_count"]] = None
    with TemporaryDirectory() as folder:
        maf = Path(folder) / "checkmate025.maf"
        table.to_csv(maf, sep="\t", index=False)
        return import_cohort("tables", maf=maf, decimal="comma", name="checkmate025")


def everolimus_tumours(data: Path) -> set[str]:
    """Barcodes of the sequenced tumours of patients who were given everolimus."""
    clinical = pd.read_csv(data / "patient" / "checkmate025" / "CLIN.txt", sep="\t", dtype=str)
    return set(clinical.loc[clinical["Arm"] == "EVEROLIMUS", "MAF_Tumor_ID"].dropna())


def classes(found: Cohort, tumours: set[str]) -> pd.DataFrame:
    """Of the carriers among ``tumours``: MTOR changes ("+" between them) and the columns of the builder."""
    rows = found.variants[
        (found.variants["gene"] == "MTOR")
        & found.variants["consequence"].isin(["missense", *_TRUNCATING, "inframe_indel"])
        & found.variants["sample_id"].isin(tumours)
    ]
    changes = rows["protein_change"].map(lambda text: protein_changes(text)[0].text)
    carried = changes.groupby(rows["sample_id"]).agg(lambda texts: "+".join(sorted(texts)))
    values = build(Inputs(found.select(carried.index))).values
    return values.rename(columns=lambda name: name.removeprefix(PREFIX)).assign(variant=carried)


def measure(data: Path) -> list[Fact]:
    """Carriers of three genes, and how many carriers of each MTOR variant are classed as expected."""
    found = cohort(data)
    carriers = gene_status(Inputs(found), list(_GENES)).sum()
    facts = []
    for gene, (altering, truncating) in _GENES.items():
        claim = f"CheckMate 025: tumours with a protein-altering {gene} variant"
        facts.append(Fact(2, claim, float(carriers[gene]), altering, altering, "of 454 tumours"))
        cut = found.variants["consequence"].isin(_TRUNCATING) & (found.variants["gene"] == gene)
        n = float(found.variants.loc[cut, "sample_id"].nunique())
        claim = f"CheckMate 025: tumours with a truncating {gene} variant"
        facts.append(Fact(2, claim, n, truncating, truncating, "what the trial's clinical sheet counts"))
    table = classes(found, everolimus_tumours(data))
    facts.append(Fact(2, "everolimus arm: tumours with an MTOR variant", float(len(table)), 17, 17))
    names = [name for name in table if name not in ("variant", "activating_ccf", "activating_vaf")]
    for variant, (expected, n) in EXPECTED.items():
        own = table.loc[table["variant"] == variant, names].astype(float)
        wanted = pd.Series({name: float(expected.get(name, 0)) for name in names})
        right = float((own == wanted).all(axis=1).sum())
        said = ", ".join(f"{name} {value}" for name, value in expected.items())
        facts.append(Fact(2, f"everolimus arm: carriers of MTOR {variant} classed as {said}", right, n, n))
    facts.append(
        Fact(
            2,
            "everolimus arm: carriers of an FRB variant that blocks rapalogs",
            float((table["frb_resistance"] == 1).sum()),
            note="beside the classes: none can be expected to resist by this mechanism",
        )
    )
    return facts
