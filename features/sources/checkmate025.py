"""CheckMate 025: the randomised trial of nivolumab against everolimus in clear-cell renal cancer.

Clinical data and somatic variants of its patients and of those of CheckMate 009 and 010 (nivolumab), as
published with Braun 2020, doi 10.1038/s41591-020-0839-y, PMID 32472114.  The publisher grants no licence to
pass the data on: this is a reader and a checksum, and no data.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.progress import Progress, silent
from features.sources.checkmate025_clinical import PATIENT, REQUIRED, TUMOUR, Clinical, read_clinical
from features.sources.maf import MAF_COLUMNS, maf_variants
from features.sources.maf_builds import BUILD_COLUMN, genome_build
from features.sources.sheets import read_sheet
from features.sources.spreadsheet_dates import dated
from features.sources.table_files import Losses, Reading, read_table
from features.sources.table_shape import refuse_ragged
from features.sources.web import Digest, file_of, stated_digest
from features.storage import sha256_file

#: The publisher's workbook, 125,569,016 bytes.
WORKBOOK = "41591_2020_839_MOESM2_ESM.xlsx"
OFFICIAL_URL = (
    f"https://static-content.springer.com/esm/art%3A10.1038%2Fs41591-020-0839-y/MediaObjects/{WORKBOOK}"
)
PINNED = {WORKBOOK: Digest("sha256", "a1f8683676d416b255291dcaa007aa0fa48c736c23e6a7a566664ba528bf205b")}
_CLINICAL_SHEET, _VARIANT_SHEET = "S1", "S2"
_CLINICAL_FILES, _VARIANT_FILES = ("CLIN.txt", "CLIN.txt.gz"), ("SNV.txt.gz", "SNV.txt")
_BARCODE = "Tumor_Sample_Barcode"
_VARIANTS = (_BARCODE, "Hugo_Symbol", "Variant_Classification")


def import_checkmate025(
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "checkmate025",
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """The patients of CheckMate 009, 010 and 025, with the exomes of their tumours.

    Parameters
    ----------
    path
        A folder with ``CLIN.txt`` and ``SNV.txt.gz``, or the publisher's workbook (:data:`WORKBOOK`, of which
        the sheets S1 and S2 are read) by path or URL (:data:`OFFICIAL_URL`).
    sha256, md5
        Of the workbook; one that is named as the publisher's has its sha256 already.
    name
        Of the cohort.
    home
        Where a download is kept; see :func:`features.sources.store.home_folder`.
    progress
        Told of the download and of each sheet.

    Returns
    -------
    features.cohort.Cohort
        ``patients``: all, also those without a tumour; treatment ("everolimus", "nivolumab"), best_response,
        and the covariates that ``docs/data.md`` lists.  ``samples``: the sequenced tumours with patient,
        purity and ploidy.  ``outcomes``: PFS and OS in months, event 1 or 0, by patient.  ``variants``: of
        exomes (GRCh37), with read counts, VAF and CCF.

    Raises
    ------
    InputError
        If a file, sheet or column is missing, the workbook is not the pinned one, or a row contradicts
        another.  Messages name rows, and no patient.
    features.failures.TableError
        If cells hold what they must not; all are listed.
    """
    source = file_of(path, digest=stated_digest(sha256, md5), pinned=PINNED, home=home, progress=progress)
    clinical_path, clinical_table, variant_path, variant_table = _tables(source, path, progress)
    clinical = read_clinical(clinical_table, clinical_path)
    build = genome_build(variant_table, variant_path)
    progress("reading variants", 0, 0)
    read = maf_variants(variant_table, variant_path, decimal=_decimal_of(variant_table), unreadable="missing")
    variants, sequenced, losses = _of_patients(read, clinical, variant_path)
    records = (
        _record("CheckMate 025 clinical", clinical_path, source, clinical),
        _record(
            "CheckMate 025 variants",
            variant_path,
            source,
            replace(read, read_as=f"exomes on {build or 'a build that is not stated'}, {read.read_as}"),
            len(variants),
        ),
    )
    return Cohort.empty(
        name,
        samples=clinical.samples,
        patients=clinical.patients,
        outcomes=clinical.outcomes,
        profiled=pd.DataFrame({"sample_id": sequenced, "modality": "variants", "panel": "exome"}),
        variants=variants.reset_index(drop=True),
        sources=records,
    ).with_losses([*clinical.losses, *read.losses, *losses])


def _tables(
    source: Path, where: str | Path, progress: Progress
) -> tuple[Path, pd.DataFrame, Path, pd.DataFrame]:
    """The clinical table and the variants, each with the place that errors name."""
    progress("reading clinical data", 0, 0)
    if source.is_dir():
        clinical = _file_in(source, _CLINICAL_FILES)
        variants = _file_in(source, _VARIANT_FILES)
        names = (*MAF_COLUMNS, BUILD_COLUMN)
        for path in (clinical, variants):
            refuse_ragged(path)
        clinical_table = read_table(clinical, required=REQUIRED)
        return clinical, clinical_table, variants, read_table(variants, required=_VARIANTS, names=names)
    if not source.is_file():
        raise InputError("no such file or folder", where=where, todo="check the path")
    # Of a workbook an error names the sheet.
    clinical_table = read_sheet(source, _CLINICAL_SHEET, required=REQUIRED)
    progress("reading the sheet of variants", 0, 0)
    variant_table = read_sheet(source, _VARIANT_SHEET, required=_VARIANTS)
    called = {name.lower(): name for name in MAF_COLUMNS}
    variant_table = variant_table.rename(columns=lambda name: called.get(name.lower(), name))
    return (
        Path(f"{source}, sheet {_CLINICAL_SHEET}"),
        clinical_table,
        Path(f"{source}, sheet {_VARIANT_SHEET}"),
        variant_table,
    )


def _file_in(folder: Path, names: tuple[str, ...]) -> Path:
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise InputError(
            f"holds no {names[0]}", where=folder, todo=f"give the folder with it, or the workbook {WORKBOOK}"
        )
    return found


def _decimal_of(table: pd.DataFrame) -> str:
    """How fractions are written; counts have no decimals, and a fraction with a comma can be nothing else."""
    ccf = table.get("ccf_hat", pd.Series(dtype=object)).dropna()
    return "comma" if ccf.str.contains(",", regex=False).any() else "point"


def _of_patients(read: Reading, clinical: Clinical, path: Path) -> tuple[pd.DataFrame, list[str], Losses]:
    """Variants of tumours that are a patient's, the tumours that have any, and what was lost."""
    variants = read.table
    known = set(clinical.samples["sample_id"])
    stray = ~variants["sample_id"].isin(known)
    dates = dated(variants["gene"])
    kept = variants[~stray]
    seen = set(kept["sample_id"])
    sequenced = [sample for sample in clinical.samples["sample_id"] if sample in seen]
    silent_ones = [sample for sample in clinical.samples["sample_id"] if sample not in seen]
    if not sequenced:
        raise InputError(
            f"no {_BARCODE} of the variants is a {TUMOUR} of the clinical table",
            where=path,
            todo="give both tables of one release",
        )
    return (
        kept,
        sequenced,
        [
            (
                "maf",
                f"tumour is of no {PATIENT} in the clinical table",
                [f"line {n}" for n in variants.index[stray]],
            ),
            ("maf", "tumour without any variant: genotype unknown (kept)", silent_ones),
            (
                "maf",
                "a spreadsheet made a date of the gene's name: no gene of ours (kept)",
                [f"line {line}: {gene}" for line, gene in kept.loc[dates, "gene"].items()],
            ),
        ],
    )


def _record(
    kind: str, place: Path, source: Path, read: Clinical | Reading, rows_out: int | None = None
) -> SourceRecord:
    digest = sha256_file(place if source.is_dir() else source)
    kept = read.rows_in if rows_out is None else rows_out
    return SourceRecord(kind, read.read_as, place.name, digest, read.rows_in, kept)
