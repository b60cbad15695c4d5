"""Lesions of the mTORC1 network in CheckMate 025 (Braun 2020, PMID 32472114): in which share of the cells."""

from __future__ import annotations

from pathlib import Path

from experiments.benchmarks.validation.checkmate025 import cohort
from experiments.benchmarks.validation.facts import Fact
from features.builders import lesions
from features.builders.base import Inputs

#: Beside one another: VHL is held to be truncal, the network is not (doi:10.1038/ng.2891).
BESIDE = ("VHL", "BAP1", "MTOR", "PTEN")


def measure(data: Path) -> list[Fact]:
    """Facts of line 2 that concern the CCF of lesions."""
    tumours = cohort(data)
    values = lesions.build(Inputs(tumours)).values.rename(columns=lambda name: name.removeprefix("lesion."))
    named = (tumours.variants["gene"] == "MTOR") & (tumours.variants["protein_change"] == "p.R1818C")
    tumour = tumours.variants.loc[named, "sample_id"].iloc[0]
    facts = [
        Fact(
            2, "CheckMate 025: tumours with a CCF above 0 of an MTOR lesion",
            float((values["ccf.MTOR"] > 0).sum()), 40, 40, "data.md: 40 with a protein-altering variant",
        ),
        Fact(
            2, "CheckMate 025: CCF of the MTOR lesion of the tumour with R1818C",
            float(values.at[tumour, "ccf.MTOR"]), 0, lesions.SUBCLONAL_BELOW, "data.md: subclonal",
        ),
        Fact(
            2, "CheckMate 025: tumours with convergent lesions of the mTORC1 network",
            float(values["convergent"].sum()),
            note=f"of {values['convergent'].notna().sum()}, single biopsies",
        ),
    ]  # fmt: skip
    for gene in BESIDE:
        own = values[f"ccf.{gene}"]
        own = own[own > 0]
        claim = f"CheckMate 025: share of {gene} lesions with CCF >= {lesions.SUBCLONAL_BELOW}"
        facts.append(Fact(2, claim, float((own >= lesions.SUBCLONAL_BELOW).mean()), note=f"of {len(own)}"))
    return facts
