"""Driver status of the mTORC1 network: the variants that a driver filter would pass.

What GDSC publishes passed such a filter; what a user's file holds did not.  A model that learns from the one
must be shown the same of the other, so this family applies a filter of our own to whatever is not filtered.
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.builders.network import (
    altered_by,
    marked,
    network_genes,
    summarise,
    summary_columns,
    three_valued,
)
from features.builders.variant_classes import classified, profiled_genes
from features.knowledge import knowledge_records
from features.protein_change import protein_changes

PREFIX = "drv."
_COUNT = "n_drivers"


def columns() -> tuple[str, ...]:
    """``drv.{GENE}``, the groups, and what is derived from them."""
    return summary_columns(PREFIX, _COUNT)


def build(inputs: Inputs) -> Block:
    """Driver status of each gene: 1, 0 where it was profiled and carries none, NaN otherwise.

    A driver is, of unfiltered variants, a truncating one in a gene that is altered by loss, any at a hotspot,
    or a curated activating change of MTOR; and whatever its source calls a driver.  In a gene with hotspots a
    variant without a readable protein change leaves NaN.  A missense variant outside the hotspots is none:
    damaging ones of suppressors are missed (see ``mut.{GENE}.missense``).

    Groups, ``pik3ca_without_ras`` and the count: :func:`features.builders.network.summarise`.
    """
    return Block(summarise(driver_status(inputs), PREFIX, _COUNT))


def driver_status(inputs: Inputs) -> pd.DataFrame:
    """Samples x genes of the network: 1, 0 or NaN, as in :func:`build`."""
    genes = list(network_genes())
    rows = driver_variants(inputs)
    yes = marked(rows[rows["driver"]], inputs.sample_ids, genes)
    unsure = marked(rows[rows["variant_class"] == "unread"], inputs.sample_ids, genes)
    return three_valued(yes, unsure, profiled_genes(inputs.cohort, genes))


def driver_variants(inputs: Inputs) -> pd.DataFrame:
    """The protein-altering variants of the network with ``variant_class`` and ``driver`` (bool)."""
    rows = classified(inputs.cohort, network_genes())
    lost = rows["variant_class"].eq("truncating") & rows["gene"].isin(altered_by("loss"))
    activating = rows["gene"].eq("MTOR") & rows["protein_change"].map(_is_activating).astype(bool)
    return rows.assign(driver=lost | activating | rows["variant_class"].isin(["hotspot", "unspecified"]))


@cache
def _activating() -> frozenset[str]:
    """Changes of MTOR whose gain of function was shown, in the normal form."""
    rows = knowledge_records("mtor_variants")
    return frozenset(row["variant"] for row in rows if row["class"] == "activating")


@cache
def _is_activating(text: str | None) -> bool:
    try:
        return any(change.text in _activating() for change in protein_changes(text))
    except ValueError:
        return False


BUILDER = Builder("drivers", columns, build)
