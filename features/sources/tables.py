"""A user's own tables (variants, expression, copy number, proteins, samples, responses) as a Cohort."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from features.sources.cohort_parts import CohortParts
from features.sources.copy_number_tables import read_copy_number, read_segments
from features.sources.described import read_responses, read_samples
from features.sources.expression_scale import on_scale
from features.sources.expression_table import read_expression
from features.sources.maf import read_maf, read_names, read_panel
from features.sources.protein_table import read_proteins
from features.sources.table_files import Losses, Reading, decimal_character

#: More variants outside the stated panel than this share means that it is the wrong panel.
OUTSIDE_PANEL_LIMIT = 0.5
#: Genes of which every sample has a copy number.
COPY_NUMBER_PANEL = "copy_number"
_AS_GIVEN = "as_given"


def import_tables(
    *,
    maf: str | Path | None = None,
    expression: str | Path | None = None,
    copy_number: str | Path | None = None,
    segments: str | Path | None = None,
    proteins: str | Path | None = None,
    samples: str | Path | None = None,
    responses: str | Path | None = None,
    panel: str | Path = "exome",
    profiled_samples: str | Path | Sequence[str] | None = None,
    expression_scale: str | None = None,
    orientation: str | None = None,
    copy_number_kind: str | None = None,
    protein_platform: str | None = None,
    decimal: str = "point",
    unreadable: str = "refuse",
    name: str = "tables",
) -> Cohort:
    """Make a Cohort of whichever tables there are.

    Parameters
    ----------
    maf
        Variants; see :func:`features.sources.maf.read_maf`.
    expression
        Genes x samples or samples x genes; see :func:`features.sources.expression_table.read_expression`.
    copy_number
        Of genes, a matrix or a long table; see :func:`features.sources.copy_number_tables.read_copy_number`.
    segments
        Of copy number; see :func:`features.sources.copy_number_tables.read_segments`.
    proteins
        Of antibodies, a matrix or a long table; see :func:`features.sources.protein_table.read_proteins`.
    samples
        Table with sample_id and any columns of ``Cohort.samples`` (others are kept as they are).
    responses
        Table with sample_id, inhibitor, screen, metric, value; inhibitors under any known name.
    panel
        What the MAF's samples were sequenced for: "exome" (every gene) or a file with one gene a line.
    profiled_samples
        Samples that were sequenced (a file with one a line, or names): one without any variant is absent
        from a MAF, and unless it is named here its genotype is unknown, not wild type.
    expression_scale
        One of :data:`features.sources.expression_scale.STATABLE`; by default recognised.
    orientation
        Of expression: "genes_x_samples" or "samples_x_genes"; by default recognised.
    copy_number_kind
        One of :data:`features.sources.copy_number_tables.KINDS`; by default recognised.
    protein_platform
        Whose location and scale the proteins' values go with; never guessed: without it they are not scored.
    decimal
        How all these files write decimals: "point" or "comma".
    unreadable
        What to do with a cell of a MAF's counts or fractions that holds no number: "refuse" it, or take it as
        "missing".
    name
        Of the cohort.

    Returns
    -------
    Cohort
        Its ``sources`` say, as the version of each file, what it was read as.

    Raises
    ------
    InputError
        One line with file, column and row, for anything that cannot be used as it is.
    """
    measured = (maf, expression, copy_number, segments, proteins)
    if all(path is None for path in (*measured, samples)):
        raise InputError("nothing to import", todo="give a MAF, an expression table, or another table")
    for option, value, needs, path in (
        ("profiled samples are named", profiled_samples, "MAF", maf),
        ("the kind of copy number is stated", copy_number_kind, "table of copy number", copy_number),
        ("the platform of proteins is stated", protein_platform, "table of proteins", proteins),
        ("the scale of expression is stated", expression_scale, "table of expression", expression),
    ):
        if value is not None and path is None:
            raise InputError(f"{option} but there is no {needs}", todo=f"give the {needs} too")
    decimal_character(decimal)
    parts = CohortParts()
    described = None
    if samples is not None:
        described = read_samples(Path(samples), decimal=decimal)
        parts.record("samples", samples, Reading(described, "a table", [], len(described)))
        parts.known.update(dict.fromkeys(described["sample_id"]))
    if maf is not None:
        _add_variants(
            parts, read_maf(maf, decimal=decimal, unreadable=unreadable), Path(maf), panel, profiled_samples
        )
    scale = None
    if expression is not None:
        scale = _add_expression(parts, Path(expression), expression_scale, orientation, decimal)
    if copy_number is not None:
        _add_copy_number(parts, Path(copy_number), copy_number_kind, decimal)
    if segments is not None:
        read = read_segments(segments, decimal=decimal)
        parts.record("segments", segments, read)
        parts.add("segments", read.table, list(read.table["sample_id"].unique()), segments)
    if proteins is not None:
        read = read_proteins(
            proteins, platform=protein_platform, sample_ids=list(parts.known), decimal=decimal
        )
        parts.record("proteins", proteins, read)
        measured_in = list(read.table["sample_id"].unique())
        parts.add("proteins", read.table, measured_in, proteins)
        parts.profile("proteins", dict.fromkeys(measured_in, protein_platform or _AS_GIVEN))
    if maf is not None:
        unsequenced = set(parts.known) - {s for s, modality, _ in parts.profiled if modality == "variants"}
        reason = "sample is not in the MAF nor named as profiled: genotype unknown (kept)"
        parts.losses.append(("maf", reason, sorted(unsequenced)))
    if responses is not None:
        table = read_responses(Path(responses), set(parts.known), decimal=decimal)
        parts.record("responses", responses, Reading(table, "a table", [], len(table)))
        parts.tables["responses"] = table.reset_index(drop=True)
    return parts.cohort(name, described, scale)


def _add_variants(
    parts: CohortParts,
    read: Reading,
    path: Path,
    panel: str | Path,
    named: str | Path | Sequence[str] | None,
) -> None:
    variants = read.table
    panel_name, genes = read_panel(panel)
    sequenced = list(variants["sample_id"].unique())
    if genes is not None:
        variants = _inside_panel(variants, genes, Path(panel), parts.losses)
        parts.add_panel(panel_name, genes)
    if named is not None:
        sequenced = _sequenced(sequenced, named, path)
    parts.record("MAF", path, read, len(variants))
    regions = variants.loc[variants["region"].notna(), ["sample_id", "region"]].drop_duplicates()
    parts.tables["regions"] = regions.reset_index(drop=True)
    parts.add("variants", variants.reset_index(drop=True), sequenced, path)
    parts.profile("variants", dict.fromkeys(sequenced, panel_name))


def _add_expression(
    parts: CohortParts, path: Path, stated: str | None, orientation: str | None, decimal: str
) -> str:
    read = read_expression(path, sample_ids=list(parts.known), orientation=orientation, decimal=decimal)
    matrix, scale, said = on_scale(read.table, stated, where=path)
    parts.record("expression", path, replace(read, read_as=f"{said}, {read.read_as}"))
    parts.add("expression", matrix, list(matrix.index), path)
    parts.profile("expression", dict.fromkeys(matrix.index, _AS_GIVEN))
    return scale


def _add_copy_number(parts: CohortParts, path: Path, kind: str | None, decimal: str) -> None:
    """A sample was profiled for the genes that it has a value of, and for no others."""
    read = read_copy_number(path, kind=kind, sample_ids=list(parts.known), decimal=decimal)
    parts.record("copy number", path, read)
    table = read.table
    samples = list(table["sample_id"].unique())
    parts.add("copy_number", table, samples, path)
    # What all have in common is one panel; what some have beside it, a panel for each such set of genes.
    carriers = table["gene"].value_counts()
    shared = carriers.index[carriers == len(samples)]
    if len(shared):
        parts.add_panel(COPY_NUMBER_PANEL, sorted(shared))
        parts.profile("copy_number", dict.fromkeys(samples, COPY_NUMBER_PANEL))
    beside = table[~table["gene"].isin(shared)].groupby("sample_id", sort=False)["gene"].agg(frozenset)
    names = {genes: f"{COPY_NUMBER_PANEL}_{n}" for n, genes in enumerate(beside.unique(), start=1)}
    for genes, panel_name in names.items():
        parts.add_panel(panel_name, sorted(genes))
    parts.profile("copy_number", {str(sample): names[genes] for sample, genes in beside.items()})


def _inside_panel(variants: pd.DataFrame, genes: list[str], path: Path, losses: Losses) -> pd.DataFrame:
    inside = variants["gene"].isin(genes)
    outside = int((~inside).sum())
    if outside > OUTSIDE_PANEL_LIMIT * len(variants):
        raise InputError(
            f"{outside} of {len(variants)} variants lie in genes that the panel does not list "
            f"(limit {OUTSIDE_PANEL_LIMIT:.0%})",
            where=path,
            todo="give the panel that was sequenced",
        )
    losses.append(
        ("maf", "variant in a gene outside the stated panel", variants.loc[~inside, "gene"].to_list())
    )
    return variants[inside]


def _sequenced(in_maf: list[str], named: str | Path | Sequence[str], maf: str | Path) -> list[str]:
    listed = read_names(named, what="sample")
    absent = [sample for sample in in_maf if sample not in set(listed)]
    if absent:
        raise InputError(
            f"{len(absent)} samples have variants but are not named as profiled: {', '.join(absent[:5])}",
            where=maf,
            todo="name every sample that was sequenced",
        )
    return listed
