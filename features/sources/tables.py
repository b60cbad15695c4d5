"""A user's own tables (MAF, expression, samples, responses) as a Cohort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.failures import failure, raise_failures
from features.inhibitors import find_inhibitor
from features.sources.expression_scale import expression_scale as scale_of
from features.sources.expression_table import read_expression
from features.sources.maf import read_maf, read_names, read_panel
from features.sources.table_files import read_table
from features.storage import sha256_file

#: More variants outside the stated panel than this share means that it is the wrong panel.
OUTSIDE_PANEL_LIMIT = 0.5
_TRANSCRIPTOME = "as_given"

_Losses = list[tuple[str, str, list[str]]]


def import_tables(
    *,
    maf: str | Path | None = None,
    expression: str | Path | None = None,
    samples: str | Path | None = None,
    responses: str | Path | None = None,
    panel: str | Path = "exome",
    profiled_samples: str | Path | Sequence[str] | None = None,
    expression_scale: str | None = None,
    orientation: str | None = None,
    name: str = "tables",
) -> Cohort:
    """Make a Cohort of a MAF, an expression table or both.

    Parameters
    ----------
    maf
        Variants; see :func:`features.sources.maf.read_maf`.
    expression
        Genes x samples or samples x genes; see :func:`features.sources.expression_table.read_expression`.
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
        One of :data:`features.schemas.EXPRESSION_SCALES`; by default recognised.
    orientation
        "genes_x_samples" or "samples_x_genes"; by default recognised.
    name
        Of the cohort.

    Raises
    ------
    InputError
        One line with file, column and row, for anything that cannot be used as it is.
    """
    if maf is None and expression is None and samples is None:
        raise InputError("nothing to import", todo="give a MAF, an expression table, or a table of samples")
    if maf is None and profiled_samples is not None:
        raise InputError("profiled samples are named but there is no MAF", todo="give the MAF too")
    losses: _Losses = []
    records: list[SourceRecord] = []
    tables: dict[str, Any] = {}
    known: dict[str, None] = {}
    profiled: list[tuple[str, str, str]] = []

    described = None
    if samples is not None:
        described = _samples(Path(samples))
        records.append(_record("samples", samples, len(described), len(described)))
        known.update(dict.fromkeys(described["sample_id"]))
    if maf is not None:
        variants, lost = read_maf(maf)
        panel_name, genes = read_panel(panel)
        rows_in = len(variants)
        sequenced = list(dict.fromkeys(variants["sample_id"]))
        if genes is not None:
            variants = _inside_panel(variants, genes, Path(panel), losses)
            tables["panels"] = pd.DataFrame({"panel": panel_name, "gene": genes})
        if profiled_samples is not None:
            sequenced = _sequenced(sequenced, profiled_samples, maf)
        losses += lost
        records.append(_record("MAF", maf, rows_in, len(variants)))
        tables["variants"] = variants.reset_index(drop=True)
        profiled += [(sample, "variants", panel_name) for sample in sequenced]
        known.update(dict.fromkeys(sequenced))
    scale = None
    if expression is not None:
        matrix, lost = read_expression(expression, sample_ids=list(known), orientation=orientation)
        scale = scale_of(matrix, expression_scale, where=expression)
        _refuse_disjoint(matrix.index, [s for s, _, _ in profiled], expression, maf)
        losses += lost
        records.append(_record("expression", expression, len(matrix), len(matrix)))
        tables["expression"] = matrix
        profiled += [(sample, "expression", _TRANSCRIPTOME) for sample in matrix.index]
        known.update(dict.fromkeys(matrix.index))
        if maf is not None:
            unsequenced = set(matrix.index) - {s for s, modality, _ in profiled if modality == "variants"}
            reason = "sample is not in the MAF nor named as profiled: genotype unknown (kept)"
            losses.append(("maf", reason, sorted(unsequenced)))

    listed = pd.DataFrame({"sample_id": list(known)})
    tables["samples"] = listed if described is None else listed.merge(described, on="sample_id", how="left")
    tables["profiled"] = pd.DataFrame(profiled, columns=["sample_id", "modality", "panel"])
    if responses is not None:
        tables["responses"] = _responses(Path(responses), set(known))
        records.append(_record("responses", responses, len(tables["responses"]), len(tables["responses"])))
    cohort = Cohort.empty(name, expression_scale=scale, sources=tuple(records), **tables)
    return cohort.with_losses(losses)


def _record(kind: str, path: str | Path, rows_in: int, rows_out: int) -> SourceRecord:
    return SourceRecord(kind, "as given", Path(path).name, sha256_file(Path(path)), rows_in, rows_out)


def _samples(path: Path) -> pd.DataFrame:
    table = read_table(path, required=["sample_id"])
    table["sample_id"] = table["sample_id"].str.strip()
    repeated = table["sample_id"][table["sample_id"].duplicated()]
    empty = table["sample_id"][table["sample_id"].isna()]
    raise_failures(
        [
            failure(path.name, "sample_id", repeated.index, repeated, "is unique"),
            failure(path.name, "sample_id", empty.index, empty, "is given"),
        ],
        where=path,
    )
    return table


def _inside_panel(variants: pd.DataFrame, genes: list[str], path: Path, losses: _Losses) -> pd.DataFrame:
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


def _refuse_disjoint(
    measured: pd.Index, sequenced: list[str], expression: str | Path, maf: str | Path | None
) -> None:
    if maf is not None and not set(measured) & set(sequenced):
        raise InputError(
            f"no sample is also in {maf} ({measured[0]} here, {sequenced[0]} there)",
            where=expression,
            todo="use the same sample ids in both",
        )


def _responses(path: Path, known: set[str]) -> pd.DataFrame:
    table = read_table(path, required=["sample_id", "inhibitor", "screen", "metric", "value"])
    table["sample_id"] = table["sample_id"].str.strip()
    names: dict[str, str] = {}
    for text in table["inhibitor"].dropna().unique():
        row = table.index[table["inhibitor"] == text][0]
        try:
            names[text] = find_inhibitor(text).name
        except InputError as error:
            raise InputError(
                error.problem, where=f"{path}, column inhibitor, row {row}", todo=error.todo
            ) from error
    stray = table["sample_id"][~table["sample_id"].isin(known)]
    raise_failures(
        [failure(path.name, "sample_id", stray.index, stray, "is a sample of the other tables")], where=path
    )
    spelling = table["screen_spelling"] if "screen_spelling" in table.columns else table["inhibitor"]
    return table.assign(inhibitor=table["inhibitor"].map(names), screen_spelling=spelling)
