"""Variants of a cBioPortal study: data_mutations.txt, a MAF with columns of its own."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.sources.cbioportal_lists import EXOME, case_list, panel_genes, panel_matrix
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.entrez_ids import ENTREZ, SYMBOL, named
from features.sources.maf import MAF_COLUMNS, maf_variants, read_panel
from features.sources.maf_builds import BUILD_COLUMN, genome_build
from features.sources.spreadsheet_dates import dated
from features.sources.table_files import Losses, Reading, read_table
from features.sources.table_shape import refuse_ragged

_SAMPLE, _STATUS, _CCF = "Tumor_Sample_Barcode", "Mutation_Status", "ASCN.CCF_EXPECTED_COPIES"
_PLACE = (_SAMPLE, SYMBOL, "Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2")
#: Statuses, in small letters, that are no somatic variant -> what they are.
_NOT_SOMATIC: Mapping[str, str] = {
    "germline": "germline variant: left out",
    **dict.fromkeys(("none", "loh", "wildtype"), "no variant by its Mutation_Status: left out"),
    "uncalled": "uncalled variant: left out",
}
#: A full barcode of TCGA begins with the sample's: TCGA-A2-A04P-01 of TCGA-A2-A04P-01A-11D-A036-09.
_BARCODE = re.compile(r"^(TCGA-\w\w-\w{4}-\d\d)\w?-.*$")
_EXOME_WORDS = re.compile(r"exome|\bwes\b|\bwxs\b|whole[- ]genome|\bwgs\b", re.IGNORECASE)
_PANEL_WORDS = re.compile(r"target|panel|impact|foundation", re.IGNORECASE)
#: More variants of samples that the clinical table does not know, or outside the panels, mean a wrong file.
LIMIT = 0.5
_STAGE = "variants"


@dataclass(frozen=True, eq=False)
class Variants:
    """What was read.

    Attributes
    ----------
    reading
        Its table: ``Cohort.variants``.
    panels
        Sample -> the panel that it was sequenced with.
    genes
        Panel -> its genes; the exome has none.
    """

    reading: Reading
    panels: Mapping[str, str]
    genes: Mapping[str, list[str]]


def mutation_file(study: Study) -> StudyFile | None:
    """The meta file of the variants, if there is one.

    Raises
    ------
    InputError
        If there are several.
    """
    files = study.of("MUTATION_EXTENDED")
    if len(files) > 1:
        names = ", ".join(file.meta.name for file in files)
        raise InputError(f"several files of variants ({names})", where=study.folder, todo="keep one of them")
    return files[0] if files else None


def maf_table(file: StudyFile) -> pd.DataFrame:
    """The MAF as text, with the columns that are read.

    Raises
    ------
    InputError
        If it cannot be read, or has no column of samples or genes.
    """
    refuse_ragged(file.data)
    names = (*MAF_COLUMNS, ENTREZ, BUILD_COLUMN, _STATUS, _CCF)
    table = read_table(file.data, required=(_SAMPLE,), names=names)
    if SYMBOL not in table and ENTREZ not in table:
        raise InputError(f"has no column {SYMBOL}", where=file.data, todo="add it")
    return table


def read_variants(
    study: Study,
    file: StudyFile,
    table: pd.DataFrame,
    samples: Collection[str],
    others: Collection[str],
    *,
    symbols: dict[str, str],
    panel: str | Path | None = None,
    gene_panels: str | Path | None = None,
    unreadable: str = "refuse",
) -> Variants:
    """The somatic variants of the chosen samples, and which samples were sequenced for which genes.

    A sample was sequenced if the case list of sequenced samples names it; without such a list, if the matrix
    of gene panels gives it a panel or it has a variant.  Its panel is the one that the user states, else that
    of the matrix, else the meta file's; else the exome, but only if the study says that it is of exomes.

    Parameters
    ----------
    study, file, table
        The study, the meta file of the variants, and :func:`maf_table`.
    samples
        Samples to read.
    others
        Samples that the clinical table knows and the rule of samples leaves out.
    symbols
        Entrez id -> symbol.
    panel
        "exome", or a file with one gene a line: of all samples.
    gene_panels
        Where else to look for gene panels.
    unreadable
        As for :func:`features.sources.maf.read_maf`.

    Raises
    ------
    InputError
        If genes are named by Entrez ids alone, rows are on two genome builds, the panel is not known, or most
        variants are of unknown samples or outside the panels.
    """
    losses: Losses = []
    path = file.data
    build = genome_build(table, path)
    rows_in = len(table)
    table = _of_samples(table, samples, others, path, losses)
    table = _somatic(table, losses)
    table = _with_symbols(table, symbols, path, losses)
    table = _once(table, losses)
    panels, genes = _panels(study, file, set(table[_SAMPLE]), samples, symbols, panel, gene_panels, losses)
    if table.empty:
        raise InputError("has no somatic variant of the chosen samples", where=path, todo="check the file")
    read = maf_variants(table.rename(columns={_CCF: "ccf_expected_copies"}), path, unreadable=unreadable)
    dates = dated(read.table["gene"])
    reason = "a spreadsheet made a date of the gene's name: no gene of ours (kept)"
    losses.append((_STAGE, reason, [f"line {n}: {g}" for n, g in read.table.loc[dates, "gene"].items()]))
    variants = _inside(read.table, panels, genes, path, losses)
    silent = "with" if (variants["consequence"] == "silent").any() else "without"
    said = f"{build or 'genome build not stated'}, {silent} silent variants, {read.read_as}"
    reading = replace(read, table=variants, read_as=said, losses=[*losses, *read.losses], rows_in=rows_in)
    return Variants(reading, panels, genes)


def _of_samples(
    table: pd.DataFrame, samples: Collection[str], others: Collection[str], path: Path, losses: Losses
) -> pd.DataFrame:
    ids = table[_SAMPLE].str.strip()
    known = set(samples) | set(others)
    short = ids.str.replace(_BARCODE, r"\1", regex=True)
    ids = ids.where(ids.isin(known) | ids.isna(), short)
    blank = table.index[ids.isna()]
    if len(blank):
        raise InputError(
            "names no sample", where=f"{path}, column {_SAMPLE}, row {blank[0]}", todo="name it, or remove it"
        )
    stray = ~ids.isin(known)
    if stray.sum() > LIMIT * len(table):
        raise InputError(
            f"{stray.sum():,} of {len(table):,} variants are of samples that the clinical table lacks "
            f"(limit {LIMIT:.0%}), such as that of row {table.index[stray][0]}",
            where=f"{path}, column {_SAMPLE}",
            todo="use the SAMPLE_ID of the clinical table of samples",
        )
    losses.append((_STAGE, "of a sample without a row in the clinical table: left out", _lines(table[stray])))
    losses.append((_STAGE, "of a sample that is not taken: left out", _lines(table[ids.isin(set(others))])))
    return table.assign(**{_SAMPLE: ids})[ids.isin(set(samples))]


def _somatic(table: pd.DataFrame, losses: Losses) -> pd.DataFrame:
    if _STATUS not in table:
        return table
    reason = table[_STATUS].str.strip().str.lower().map(dict(_NOT_SOMATIC))
    for words in dict.fromkeys(_NOT_SOMATIC.values()):
        losses.append((_STAGE, words, _lines(table[reason == words])))
    return table[reason.isna()]


def _with_symbols(table: pd.DataFrame, symbols: dict[str, str], path: Path, losses: Losses) -> pd.DataFrame:
    blank = pd.Series(None, index=table.index, dtype=object)
    genes = named(table.get(SYMBOL, blank), table.get(ENTREZ), symbols)
    if len(table) and genes.isna().all():
        raise InputError(
            f"names genes by {ENTREZ} alone, and no file gives their symbols",
            where=path,
            todo=f"add a column {SYMBOL}, or give a table of both with --gene-ids",
        )
    losses.append((_STAGE, "no gene symbol: left out", _lines(table[genes.isna()])))
    return table.assign(**{SYMBOL: genes})[genes.notna()]


def _once(table: pd.DataFrame, losses: Losses) -> pd.DataFrame:
    """Each place of a sample once: several transcripts or callers may have a row of their own."""
    place = [column for column in _PLACE if column in table]
    again = table.duplicated(place) & table[place].notna().all(axis=1) & (len(place) == len(_PLACE))
    losses.append((_STAGE, "the same variant of a sample on an earlier line: left out", _lines(table[again])))
    return table[~again]


def _panels(
    study: Study,
    file: StudyFile,
    carriers: set[str],
    samples: Collection[str],
    symbols: dict[str, str],
    panel: str | Path | None,
    gene_panels: str | Path | None,
    losses: Losses,
) -> tuple[dict[str, str], dict[str, list[str]]]:
    listed = case_list(study, "sequenced", "all_cases_with_mutation_data")
    matrix = panel_matrix(study, file.stable_id or "mutations")
    by_matrix = {sample: name for sample, name in (matrix or {}).items() if name is not None}
    if listed is None:
        sequenced = carriers | set(by_matrix)
        reason = "in no list of sequenced samples and without a variant: genotype unknown (kept)"
    else:
        sequenced = carriers | listed
        reason = "not in the list of sequenced samples: genotype unknown (kept)"
        stray = [sample for sample in samples if sample in carriers - listed]
        losses.append((_STAGE, "has variants but is not in the list of sequenced samples (kept)", stray))
    mine = [sample for sample in samples if sample in sequenced]
    losses.append((_STAGE, reason, [sample for sample in samples if sample not in sequenced]))
    if panel is not None:
        name, genes = read_panel(panel)
        return dict.fromkeys(mine, name), {} if genes is None else {name: genes}
    everywhere = file.fields.get("gene_panel", "").strip() or None
    panels = {sample: by_matrix.get(sample, everywhere) for sample in mine}
    without = [sample for sample, name in panels.items() if name is None]
    if without:
        _say_exome(file, matrix is not None)
        if matrix is not None:
            reason = "sequenced, and NA in the matrix of gene panels: taken as the exome (kept)"
            losses.append((_STAGE, reason, without))
    whole = {sample: name or EXOME for sample, name in panels.items()}
    return whole, panel_genes(study, whole.values(), gene_panels, symbols)


def _say_exome(file: StudyFile, has_matrix: bool) -> None:
    """Refuse to take samples without a panel as exomes where the study says nothing of the kind.

    In a study with a matrix of panels NA means that every gene was sequenced (cBioPortal's documentation).
    """
    if has_matrix or (_EXOME_WORDS.search(file.words) and not _PANEL_WORDS.search(file.words)):
        return
    what = "speaks of a panel" if _PANEL_WORDS.search(file.words) else "does not say what was sequenced"
    raise InputError(
        f"{what}, and there is no gene panel: outside it no gene is wild type",
        where=file.meta,
        todo="state it: --panel exome, or --panel FILE with one gene a line",
    )


def _inside(
    variants: pd.DataFrame,
    panels: Mapping[str, str],
    genes: Mapping[str, list[str]],
    path: Path,
    losses: Losses,
) -> pd.DataFrame:
    if not genes:
        return variants
    panel = variants["sample_id"].map(dict(panels))
    inside = ~panel.isin(list(genes))
    for name, listed in genes.items():
        inside |= (panel == name) & variants["gene"].isin(listed)
    if (~inside).sum() > LIMIT * len(variants):
        raise InputError(
            f"{(~inside).sum():,} of {len(variants):,} variants lie outside their samples' gene panels "
            f"(limit {LIMIT:.0%})",
            where=path,
            todo="give the panels that were sequenced",
        )
    rows = variants[~inside]
    names = [f"line {line}: {gene}" for line, gene in rows["gene"].items()]
    losses.append((_STAGE, "in a gene outside the sample's panel: left out", names))
    return variants[inside]


def _lines(table: pd.DataFrame) -> list[str]:
    return [f"line {line}" for line in table.index]
