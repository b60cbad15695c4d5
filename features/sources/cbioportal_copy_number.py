"""Copy number of genes in a cBioPortal study: discrete calls, wide or long, or else log2 ratios."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.cells import genes_of_features
from features.errors import InputError
from features.identity import gene_aliases
from features.progress import Progress, silent
from features.sources.cbioportal_lists import EXOME, case_list, panel_genes, panel_matrix
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.entrez_ids import ENTREZ, SYMBOL, named
from features.sources.table_files import Losses, Reading, numbers_of, read_table
from features.sources.table_shape import refuse_ragged
from features.sources.wide_matrix import read_wide

KIND = "COPY_NUMBER_ALTERATION"
#: Datatypes that are read, the first that is there.
_DATATYPES = ("DISCRETE", "DISCRETE_LONG", "LOG2-VALUE")
_CALLS: Mapping[float, str] = {-2.0: "deletion", -1.0: "loss", 1.0: "gain", 2.0: "amplification"}
#: Some studies write a deletion of which they are less sure so.
_UNSURE_DELETION = -1.5
_LOG2_HIGHEST = 10.0
_STAGE = "copy number"
_SAMPLE, _VALUE = "Sample_Id", "Value"
#: Panel of the genes that all samples have a value of.
PANEL = "copy_number"


@dataclass(frozen=True, eq=False)
class CopyNumber:
    """What was read.

    Attributes
    ----------
    reading
        Its table: ``Cohort.copy_number``.  Neutral calls have no row: a gene of the sample's panel without a
        row is neutral.
    profiled
        sample_id, modality, panel.
    genes
        Panel -> its genes.
    """

    reading: Reading
    profiled: list[tuple[str, str, str]]
    genes: dict[str, list[str]]


def chosen_file(study: Study, losses: Losses) -> StudyFile | None:
    """The file of copy number to read: calls before log2 ratios; the others are named in the losses.

    Raises
    ------
    InputError
        If there are two of calls.
    """
    files = study.of(KIND)
    calls = [file for file in files if file.datatype in _DATATYPES[:2]]
    if len(calls) > 1:
        names = ", ".join(file.meta.name for file in calls)
        raise InputError(f"several files of copy-number calls ({names})", where=study.folder, todo="keep one")
    usable = [file for datatype in _DATATYPES for file in files if file.datatype == datatype]
    left = [file.data.name for file in files if file not in usable[:1] and file.datatype != "SEG"]
    losses.append((_STAGE, "another flavour of copy number: not read", left))
    return usable[0] if usable else None


def read_calls(
    study: Study,
    file: StudyFile,
    samples: Sequence[str],
    others: Collection[str],
    *,
    symbols: dict[str, str],
    every_gene: bool = False,
    gene_panels: str | Path | None = None,
    progress: Progress = silent,
) -> CopyNumber:
    """Copy number of the chosen samples.

    Parameters
    ----------
    study, file
        The study, and the meta file of the copy number.
    samples, others
        To read, and known besides.
    symbols
        Entrez id -> symbol.
    every_gene
        Keep all genes, and not only those that features read.
    gene_panels
        Where else to look for gene panels.
    progress
        Told of the rows.

    Raises
    ------
    InputError
        If a value is no call, or no log2 ratio, or as :func:`features.sources.wide_matrix.read_wide`.
    """
    keep = None if every_gene else _kept
    if file.datatype == "DISCRETE_LONG":
        return _long(study, file, samples, others, symbols, keep, gene_panels)
    wide = read_wide(
        file.data, samples, stage=_STAGE, others=others, symbols=symbols, keep=keep, progress=progress
    )
    losses = list(wide.losses)
    matrix = wide.matrix
    if matrix.empty:
        raise InputError("has no value of any gene that is read", where=file.data, todo="use --genes all")
    discrete = file.datatype == "DISCRETE"
    _check(matrix, discrete, file)
    table, said = _listed(matrix, discrete=discrete, losses=losses)
    profiled, genes = _by_values(matrix)
    listed_in = case_list(study, "cna", "all_cases_with_cna_data")
    if listed_in is not None:
        beside = [sample for sample in matrix.index if sample not in listed_in]
        losses.append(
            (_STAGE, "has values but is not in the list of samples with copy number (kept)", beside)
        )
    absent = sorted(set(samples) - {sample for sample, _, _ in profiled})
    losses.append((_STAGE, "sample without copy number: not known (kept)", absent))
    return CopyNumber(Reading(table, said, losses, wide.rows_in * len(matrix)), profiled, genes)


def _kept(gene: str) -> bool:
    return gene_aliases().get(gene, gene) in genes_of_features()


def _listed(matrix: pd.DataFrame, *, discrete: bool, losses: Losses) -> tuple[pd.DataFrame, str]:
    """A row for each value, but for neutral calls; and what they are."""
    values = matrix.to_numpy()
    rows, columns = np.nonzero(~np.isnan(values) & (values != 0 if discrete else True))
    table = pd.DataFrame(
        {
            "sample_id": matrix.index.to_numpy()[rows],
            "gene": matrix.columns.to_numpy()[columns],
            "value": values[rows, columns].astype(float),
        }
    )
    if not discrete:
        return table.rename(columns={"value": "log2_ratio"}), "log2 ratios"
    said = "calls (-2 deletion to 2 amplification; a neutral gene has no row)"
    return _called(table, losses), said


def _called(table: pd.DataFrame, losses: Losses) -> pd.DataFrame:
    """The values as calls."""
    unsure = table["value"] == _UNSURE_DELETION
    reason = "gene with calls of -1.5, a deletion that is not sure: read as loss (kept)"
    losses.append((_STAGE, reason, sorted(set(table.loc[unsure, "gene"]))))
    calls = table["value"].mask(unsure, -1.0).map(dict(_CALLS))
    return table.drop(columns="value").assign(call=calls.astype(object))


def _check(matrix: pd.DataFrame, discrete: bool, file: StudyFile) -> None:
    values = matrix.to_numpy()
    given = values[~np.isnan(values)]
    odd = ~np.isin(given, [*_CALLS, 0.0, _UNSURE_DELETION]) if discrete else np.abs(given) > _LOG2_HIGHEST * 3
    if odd.any():
        what = "no call from -2 to 2" if discrete else "no log2 ratio"
        raise InputError(
            f"{int(odd.sum()):,} values are {what}, such as {given[odd][0]:g}",
            where=file.data,
            todo=f"mend the datatype in {file.meta.name}",
        )


def _by_values(matrix: pd.DataFrame) -> tuple[list[tuple[str, str, str]], dict[str, list[str]]]:
    """Each sample was looked at for the genes that it has a value of."""
    known = matrix.notna().to_numpy()
    measured = known.any(axis=1)
    shared = known[measured].all(axis=0)
    names = np.asarray(matrix.columns, dtype=object)
    genes: dict[str, list[str]] = {PANEL: sorted(names[shared])} if shared.any() else {}
    profiled: list[tuple[str, str, str]] = []
    patterns: dict[bytes, str] = {}
    samples = np.asarray(matrix.index, dtype=object)[measured]
    for sample, row in zip(samples, known[measured], strict=True):
        if shared.any():
            profiled.append((str(sample), "copy_number", PANEL))
        own = row & ~shared
        if own.any():
            pattern = own.tobytes()
            if pattern not in patterns:
                patterns[pattern] = f"{PANEL}_{len(patterns) + 1}"
                genes[patterns[pattern]] = sorted(names[own])
            profiled.append((str(sample), "copy_number", patterns[pattern]))
    return profiled, genes


def _long(
    study: Study,
    file: StudyFile,
    samples: Sequence[str],
    others: Collection[str],
    symbols: dict[str, str],
    keep: Callable[[str], bool] | None,
    gene_panels: str | Path | None,
) -> CopyNumber:
    """A row a sample and gene; whoever has none was not looked at, unless a list says otherwise."""
    path = file.data
    refuse_ragged(path)
    table = read_table(path, required=(_SAMPLE, _VALUE), names=(_SAMPLE, _VALUE, SYMBOL, ENTREZ))
    rows_in = len(table)
    losses: Losses = []
    ids = table[_SAMPLE].str.strip()
    stray = ~ids.isin(set(samples) | set(others))
    losses.append((_STAGE, "of a sample without a row in the clinical table: left out", _lines(table[stray])))
    losses.append((_STAGE, "of a sample that is not taken: left out", _lines(table[ids.isin(set(others))])))
    blank = pd.Series(None, index=table.index, dtype=object)
    genes = named(table.get(SYMBOL, blank), table.get(ENTREZ), symbols)
    if genes.isna().all():
        raise InputError(
            f"names genes by {ENTREZ} alone, and no file gives their symbols",
            where=path,
            todo=f"add a column {SYMBOL}, or give a table of both with --gene-ids",
        )
    losses.append((_STAGE, "row without a gene symbol: left out", _lines(table[genes.isna()])))
    genes = genes.map(gene_aliases()).fillna(genes)
    values = numbers_of(table[_VALUE], "point")
    bad = table.index[table[_VALUE].notna() & ~values.isin([*_CALLS, 0.0, _UNSURE_DELETION])]
    if len(bad):
        raise InputError(
            f"{table.at[bad[0], _VALUE]!r} is no call from -2 to 2",
            where=f"{path}, column {_VALUE}, row {bad[0]}",
            todo="write -2, -1, 0, 1 or 2",
        )
    listed = pd.DataFrame({"sample_id": ids, "gene": genes, "value": values})
    listed = listed[ids.isin(set(samples)) & genes.notna() & values.notna()]
    again = listed.duplicated(["sample_id", "gene"])
    losses.append((_STAGE, "the same gene of a sample on an earlier line: left out", _lines(listed[again])))
    listed = listed[~again]
    if keep is not None:
        used = listed["gene"].map({gene: keep(gene) for gene in listed["gene"].unique()}).astype(bool)
        reason = "gene that no feature reads: not kept (--genes all)"
        losses.append((_STAGE, reason, sorted(set(listed.loc[~used, "gene"]))))
        listed = listed[used]
    profiled, panels = _of_long(study, file, listed, samples, symbols, gene_panels, losses)
    rows = _called(listed[listed["value"] != 0], losses)
    inside = _inside(rows, profiled, panels)
    losses.append((_STAGE, "in a gene outside the sample's panel: left out", _lines(rows[~inside])))
    kept = rows.loc[inside, ["sample_id", "gene", "call"]].reset_index(drop=True)
    said = "calls, a row a sample and gene (a neutral gene has no row)"
    return CopyNumber(Reading(kept, said, losses, rows_in), profiled, panels)


def _of_long(
    study: Study,
    file: StudyFile,
    listed: pd.DataFrame,
    samples: Sequence[str],
    symbols: dict[str, str],
    gene_panels: str | Path | None,
    losses: Losses,
) -> tuple[list[tuple[str, str, str]], dict[str, list[str]]]:
    """Panels by the study's matrix or meta file; without any, the genes that a sample has a row of."""
    by_matrix = panel_matrix(study, file.stable_id or "cna") or {}
    everywhere = file.fields.get("gene_panel", "").strip() or None
    in_list = case_list(study, "cna", "all_cases_with_cna_data")
    seen = set(listed["sample_id"])
    panels = {s: by_matrix.get(s) or everywhere for s in samples if s in seen or s in (in_list or ())}
    stated = {sample: name for sample, name in panels.items() if name is not None}
    genes = panel_genes(study, stated.values(), gene_panels, symbols)
    profiled = [(sample, "copy_number", name) for sample, name in stated.items()]
    rest = listed[~listed["sample_id"].isin(stated)]
    own = rest.groupby("sample_id", sort=False)["gene"].agg(frozenset)
    names = {listed: f"{PANEL}_{n}" for n, listed in enumerate(own.unique(), start=1)}
    for members, name in names.items():
        genes[name] = sorted(members)
    profiled += [(str(sample), "copy_number", names[members]) for sample, members in own.items()]
    absent = sorted(set(samples) - {sample for sample, _, _ in profiled})
    losses.append((_STAGE, "sample without copy number: not known (kept)", absent))
    return profiled, genes


def _inside(
    rows: pd.DataFrame, profiled: list[tuple[str, str, str]], genes: Mapping[str, list[str]]
) -> pd.Series:
    panel = rows["sample_id"].map({sample: name for sample, _, name in profiled})
    inside = panel == EXOME
    for name, listed in genes.items():
        inside |= (panel == name) & rows["gene"].isin(listed)
    return inside


def _lines(table: pd.DataFrame) -> list[str]:
    return [f"line {line}" for line in table.index]
