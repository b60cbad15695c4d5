"""Which variants alter the protein, and over which genes a sample was looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.cohort import Cohort

#: Consequences that alter the protein; ``silent`` and ``other`` (UTR, intron) do not.  ``driver_unspecified``
#: is GDSC's "point mutation, filtered to drivers", whose consequence is not published.
PROTEIN_ALTERING = (
    "missense", "nonsense", "frameshift", "inframe_indel", "splice", "start_lost", "stop_lost",
    "driver_unspecified",
)  # fmt: skip
#: The panel that stands for every gene.
EXOME = "exome"


def protein_altering(cohort: Cohort) -> pd.DataFrame:
    """The rows of ``cohort.variants`` that alter the protein."""
    return cohort.variants[cohort.variants["consequence"].isin(PROTEIN_ALTERING)]


def profiled_genes(cohort: Cohort, genes: Sequence[str]) -> pd.DataFrame:
    """Whether each sample was looked at for variants of each gene.

    Returns
    -------
    pandas.DataFrame
        All samples of the cohort x ``genes``, bool.
    """
    rows = cohort.profiled[cohort.profiled["modality"] == "variants"]
    covers = cohort.panels.groupby("panel")["gene"].agg(set).to_dict()
    samples = pd.Index(cohort.samples["sample_id"])
    known = np.zeros((len(samples), len(genes)), dtype=bool)
    for panel, members in rows.groupby("panel")["sample_id"]:
        seen = np.array([panel == EXOME or gene in covers.get(panel, ()) for gene in genes], dtype=bool)
        known |= np.outer(samples.isin(set(members)), seen)
    return pd.DataFrame(known, index=samples, columns=list(genes))
