"""A cBioPortal study folder as a Cohort.

Cerami 2012, doi 10.1158/2159-8290.CD-12-0095; the formats are documented at docs.cbioportal.org/file-formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from features.progress import Progress, silent
from features.sources.cbioportal_clinical import clinical_files, read_clinical
from features.sources.cbioportal_copy_number import KIND as COPY_NUMBER
from features.sources.cbioportal_copy_number import chosen_file, read_calls
from features.sources.cbioportal_expression import KIND as EXPRESSION
from features.sources.cbioportal_expression import chosen_profile, read_expression
from features.sources.cbioportal_meta import Study, StudyFile, read_study
from features.sources.cbioportal_parts import StudyParts
from features.sources.cbioportal_proteins import chosen_array, read_array
from features.sources.cbioportal_samples import chosen_samples
from features.sources.cbioportal_timeline import sample_days, timeline, treatments
from features.sources.cbioportal_variants import maf_table, mutation_file, read_variants
from features.sources.copy_number_tables import read_segments
from features.sources.entrez_ids import ENTREZ, SYMBOL, merged, read_gene_ids, symbols_of
from features.sources.table_files import Reading, read_header
from features.sources.wide_matrix import gene_pairs

_AS_GIVEN = "as_given"
_GENES = ("features", "all")


def import_cbioportal(
    path: str | Path,
    *,
    samples: str | Path = "primary",
    panel: str | Path | None = None,
    gene_panels: str | Path | None = None,
    gene_ids: str | Path | None = None,
    mrna: str | None = None,
    expression_scale: str | None = None,
    protein_platform: str | None = None,
    treatment_column: str | None = None,
    response_column: str | None = None,
    genes: str = "features",
    unreadable: str = "refuse",
    name: str | None = None,
    progress: Progress = silent,
) -> Cohort:
    """Make a Cohort of a study folder of cBioPortal.

    Parameters
    ----------
    path
        The folder, with meta_study.txt, a meta file for each data file, and perhaps case_lists/.
    samples
        Which samples of a patient with several: a key of :data:`features.sources.cbioportal_samples.RULES`.
    panel
        What all samples were sequenced for: "exome", or a file with one gene a line; by default what the
        study's gene panels say, else the exome where the study says that it is of exomes.
    gene_panels
        A file or folder of gene panels beside those of the study's folder.
    gene_ids
        A table with Entrez_Gene_Id and Hugo_Symbol, for files without symbols.  Those of the study that have
        both columns are used without being named.
    mrna
        stable_id or data file of the mRNA profile; see
        :func:`features.sources.cbioportal_expression.chosen_profile`.
    expression_scale
        One of :data:`features.sources.expression_scale.STATABLE`; by default what the meta file says.
    protein_platform
        Whose location and scale the array's values go with; never guessed.
    treatment_column, response_column
        As for :func:`features.sources.cbioportal_clinical.read_clinical`.  Without a column of treatments the
        timeline says which patients were given an inhibitor of ours.
    genes
        Of copy number: those that "features" read, or "all".
    unreadable
        As for :func:`features.sources.maf.read_maf`.
    name
        Of the cohort; by default the study's identifier.
    progress
        Told of each file.

    Returns
    -------
    Cohort
        Its ``sources`` say what each file was read as, its ``losses`` what was left out and why.

    Raises
    ------
    InputError
        One line with file and row, for anything that cannot be used as it is.
    """
    if genes not in _GENES:
        raise InputError(f"unknown choice of genes {genes!r}", todo=f"use one of {', '.join(_GENES)}")
    study = read_study(Path(path))
    clinical = read_clinical(study, treatment_column=treatment_column, response_column=response_column)
    parts = StudyParts(study, clinical, progress)
    events = timeline(study)
    sample_path = clinical_files(study)[0].data
    taken = chosen_samples(clinical.samples, str(samples), sample_days(events), parts.losses, sample_path)
    parts.take(taken, str(samples), sample_path)
    patients = _with_treatments(clinical.patients, treatments(events, parts.losses))
    maf = mutation_file(study)
    maf_rows = None if maf is None else maf_table(maf)
    symbols = _symbols(study, maf_rows, gene_ids)
    if maf is not None and maf_rows is not None:
        progress(f"reading {maf.data.name}", 0, 0)
        found = read_variants(
            study, maf, maf_rows, parts.samples, parts.others, symbols=symbols, panel=panel,
            gene_panels=gene_panels, unreadable=unreadable,
        )  # fmt: skip
        del maf_rows
        parts.add("variants", maf, found.reading)
        parts.profile([(sample, "variants", panel) for sample, panel in found.panels.items()], found.genes)
    elif panel is not None:
        raise InputError("a panel is stated but the study has no variants", where=study.folder)
    copies = chosen_file(study, parts.losses)
    if copies is not None:
        calls = read_calls(
            study, copies, parts.samples, parts.others, symbols=symbols, every_gene=genes == "all",
            gene_panels=gene_panels, progress=progress,
        )  # fmt: skip
        parts.add("copy_number", copies, calls.reading)
        parts.profile(calls.profiled, calls.genes)
    for file in study.of(COPY_NUMBER, "SEG"):
        parts.add("segments", file, _segments(file, parts.samples, parts.others))
    scale = None
    mrna_file = chosen_profile(study, mrna, parts.losses)
    if mrna_file is not None:
        expression = read_expression(
            mrna_file,
            parts.samples,
            parts.others,
            symbols=symbols,
            stated=expression_scale,
            progress=progress,
        )
        scale = expression.scale
        parts.add("expression", mrna_file, expression.reading)
        measured = expression.reading.table.index
        parts.profile([(str(sample), "expression", _AS_GIVEN) for sample in measured], {})
    elif expression_scale is not None:
        raise InputError("a scale of expression is stated but no mRNA is read", where=study.folder)
    array = chosen_array(study, parts.losses)
    if array is not None:
        read = read_array(array, parts.samples, parts.others, protein_platform)
        parts.add("proteins", array, read)
        own = dict.fromkeys(read.table["sample_id"])
        parts.profile([(sample, "proteins", protein_platform or _AS_GIVEN) for sample in own], {})
    return parts.cohort(name or study.identifier, patients, scale)


def _with_treatments(patients: pd.DataFrame, by_timeline: dict[str, str]) -> pd.DataFrame:
    if patients["treatment"].notna().any() or not by_timeline:
        return patients
    return patients.assign(treatment=patients["patient_id"].map(by_timeline).astype(object))


def _symbols(study: Study, maf: pd.DataFrame | None, gene_ids: str | Path | None) -> dict[str, str]:
    """Entrez id -> symbol, of the user's table and of the study's own files that have both."""
    maps = [] if gene_ids is None else [read_gene_ids(Path(gene_ids))]
    if maf is not None and {SYMBOL, ENTREZ} <= set(maf.columns):
        maps.append(symbols_of(maf))
    if _needs_symbols(study):
        for file in (*study.of(COPY_NUMBER, "DISCRETE", "LOG2-VALUE"), *study.of(EXPRESSION)):
            pairs = gene_pairs(file.data)
            if pairs is not None:
                maps.append(symbols_of(pairs))
                break
    return merged(maps)


def _needs_symbols(study: Study) -> bool:
    files = (*study.of(COPY_NUMBER, "DISCRETE", "LOG2-VALUE"), *study.of(EXPRESSION))
    headers = [read_header(file.data, comments=True)[0] for file in files]
    return any("hugo_symbol" not in {column.strip().lower() for column in header} for header in headers)


def _segments(file: StudyFile, samples: Sequence[str], others: Sequence[str]) -> Reading:
    read = read_segments(file.data)
    ids = read.table["sample_id"]
    stray = [sample for sample in dict.fromkeys(ids) if sample not in {*samples, *others}]
    losses = [
        *read.losses,
        ("segments", "sample without a row in the clinical table: left out", stray),
    ]
    return replace(read, table=read.table[ids.isin(set(samples))], losses=losses)
