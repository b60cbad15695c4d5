"""Builders, one file a concept: each turns one Cohort into the columns of its family.

A builder computes each sample from that sample and from :mod:`features.knowledge` alone, so a feature is the
same at training, in a batch of one and on a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from features.builders import (
    activity_spread,
    biallelic,
    branches,
    clonality,
    consequences,
    copy_number,
    drivers,
    expression,
    gene_levels,
    gene_sets,
    growth,
    lesions,
    lineage,
    microenvironment,
    msi,
    mtor_residues,
    mutations,
    pathways,
    progeny,
    proteins,
    regions,
)
from features.builders.base import Builder

#: Every builder by its family, in the order of a matrix's columns; the wide block comes last.
BUILDERS: Mapping[str, Builder] = MappingProxyType(
    {
        builder.family: builder
        for builder in (
            mutations.BUILDER,
            consequences.BUILDER,
            drivers.BUILDER,
            mtor_residues.BUILDER,
            biallelic.BUILDER,
            copy_number.BUILDER,
            pathways.BUILDER,
            progeny.BUILDER,
            gene_levels.BUILDER,
            gene_sets.BUILDER,
            microenvironment.BUILDER,
            proteins.BUILDER,
            growth.BUILDER,
            growth.MEASURED_BUILDER,
            clonality.BUILDER,
            lesions.BUILDER,
            regions.BUILDER,
            activity_spread.BUILDER,
            branches.BUILDER,
            msi.BUILDER,
            lineage.BUILDER,
            expression.BUILDER,
        )
    }
)

#: What ``build_matrix`` builds unless told otherwise: all but measured growth.
DEFAULT_FAMILIES: tuple[str, ...] = tuple(name for name, builder in BUILDERS.items() if builder.default)
