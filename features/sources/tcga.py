"""TCGA by the data packages of R: MC3 exomes, antibody arrays, two-colour mRNA arrays, clinical data.

``MC3_KIRC.RDs`` is of TCGAmutations (MC3: Ellrott 2018, PMID 29596782), ``KIRC.RPPA.rda``, ``KIRC.mRNA.rda``
and ``KIRC.clinical.rda`` are of RTCGA.  Only files of R; the same studies come from cBioPortal as text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from features.identity import approved_symbols
from features.lineages import find_lineage
from features.progress import Progress, silent
from features.sources.cbioportal_samples import chosen_samples
from features.sources.cohort_parts import CohortParts
from features.sources.maf import maf_variants
from features.sources.r_files import frame_of, read_r, texts
from features.sources.table_files import Losses, Reading
from features.sources.tcga_barcodes import parts_of
from features.sources.tcga_clinical import curated, submitted

#: The reference of our markers is of these very arrays.
PLATFORM = "tcga_rppa"
_BARCODE, _TUMOUR = "bcr_patient_barcode", "Tumor_Sample_Barcode"
_KINDS: Mapping[str, re.Pattern[str]] = {
    "variants": re.compile(r"MC3_([A-Z]{2,6})\.rds", re.IGNORECASE),
    "proteins": re.compile(r"([A-Z]{2,6})\.RPPA\.rda", re.IGNORECASE),
    "expression": re.compile(r"([A-Z]{2,6})\.mRNA\.rda", re.IGNORECASE),
    "clinical": re.compile(r"([A-Z]{2,6})\.clinical\.rda", re.IGNORECASE),
}


def import_tcga(
    path: str | Path,
    *,
    project: str | None = None,
    samples: str | Path = "primary",
    name: str | None = None,
    progress: Progress = silent,
) -> Cohort:
    """One project of TCGA from files of R.

    Parameters
    ----------
    path
        A folder with any of ``MC3_KIRC.RDs``, ``KIRC.RPPA.rda``, ``KIRC.mRNA.rda``, ``KIRC.clinical.rda``.
    project
        Such as "KIRC"; needed if the folder has several.
    samples
        Which samples of a patient with several: "primary" or "all"; see
        :data:`features.sources.cbioportal_samples.RULES`.
    name
        Of the cohort; by default the project's.
    progress
        Told of each file.

    Returns
    -------
    Cohort
        Variants are MC3's (GRCh37), silent ones too.  Outcomes are OS, DSS, DFI and PFI of the curated
        resource that comes with MC3, in months of 30.4375 days; without MC3 there are none.  mRNA is a log2
        ratio to a reference RNA (``log_ratio``), proteins are on the platform ``tcga_rppa``.

    Raises
    ------
    InputError
        If the folder, a file, a data frame or a column is missing, or the project is not clear.
    """
    folder = Path(path)
    files = _files(folder, project)
    code = next(iter(files.values()))[0]
    found: dict[str, Mapping[str, Any]] = {}
    for kind, (_, file) in files.items():
        progress(f"reading {file.name}", 0, 0)
        found[kind] = read_r(file)
    losses: Losses = []
    frames = {kind: _frame(kind, code, found[kind], files[kind][1]) for kind in files}
    barcodes = {
        kind: parts_of(frame[_TUMOUR if kind == "variants" else _BARCODE])
        for kind, frame in frames.items()
        if kind != "clinical"
    }
    for kind, barcode in barcodes.items():
        _refuse_strange(barcode, files[kind][1])
    listed = pd.concat(barcodes.values()) if barcodes else parts_of(pd.Series([], dtype=object))
    described = listed.dropna().drop_duplicates("sample_id").sort_values("sample_id", ignore_index=True)
    if described.empty:
        raise InputError("holds no sample", where=folder, todo="add variants, arrays or mRNA of the project")
    taken = chosen_samples(described, str(samples), {}, losses, folder)
    parts = CohortParts(losses=losses)
    own = set(taken["sample_id"])
    for kind in ("variants", "expression", "proteins"):
        if kind in frames:
            _add(kind, parts, frames[kind], barcodes[kind], own, files[kind][1])
    patients = _patients(parts, found, frames, files, taken)
    parts.tables["patients"] = patients
    described = taken.assign(sample_name=taken["sample_id"], lineage=_lineage(code))
    scale = "log_ratio" if "expression" in parts.tables else None
    return parts.cohort(name or f"tcga_{code.lower()}", described, scale)


def _files(folder: Path, project: str | None) -> dict[str, tuple[str, Path]]:
    """Kind -> project and file."""
    if not folder.is_dir():
        raise InputError("no such folder", where=folder, todo="check the path")
    listed = [
        (kind, match.group(1).upper(), path)
        for path in sorted(folder.iterdir())
        for kind, pattern in _KINDS.items()
        if (match := pattern.fullmatch(path.name))
    ]
    projects = sorted({code for _, code, _ in listed})
    if not projects:
        raise InputError(
            "holds no file such as MC3_KIRC.RDs or KIRC.RPPA.rda", where=folder, todo="check the folder"
        )
    wanted = project.strip().upper() if project is not None else projects[0]
    if wanted not in projects or (project is None and len(projects) > 1):
        raise InputError(
            f"has the projects {', '.join(projects)}", where=folder, todo="name one of them: --project CODE"
        )
    return {kind: (code, path) for kind, code, path in listed if code == wanted}


def _frame(kind: str, code: str, found: Mapping[str, Any], path: Path) -> pd.DataFrame:
    if kind != "variants":
        names = {"proteins": "RPPA", "expression": "mRNA", "clinical": "clinical"}
        return frame_of(found, f"{code}.{names[kind]}", path)
    altering = frame_of(found, "data", path)
    quiet = frame_of(found, "maf.silent", path) if "maf.silent" in found else altering.iloc[:0]
    return pd.concat([texts(altering), texts(quiet)], ignore_index=True)


def _refuse_strange(parts: pd.DataFrame, path: Path) -> None:
    strange = parts.index[parts["sample_id"].isna()]
    if len(strange):
        raise InputError(
            "is no barcode of a sample", where=f"{path}, row {strange[0] + 1}", todo="give TCGA's barcodes"
        )


def _add(
    kind: str, parts: CohortParts, frame: pd.DataFrame, barcodes: pd.DataFrame, own: set[str], path: Path
) -> None:
    ids = barcodes["sample_id"]
    left = sorted(set(ids) - own)
    losses: Losses = [(kind, "sample that is not taken: left out", left)]
    if kind == "variants":
        rows = frame.assign(**{_TUMOUR: ids})[ids.isin(own)]
        rows = rows.set_axis(rows.index + 1)
        read = maf_variants(rows, path)
        read = replace(read, read_as=f"MC3 on GRCh37, {read.read_as}", rows_in=len(frame))
        table = read.table.reset_index(drop=True)
        sequenced = list(dict.fromkeys(read.table["sample_id"]))
        parts.profile("variants", dict.fromkeys(sequenced, "exome"))
    else:
        read, table, sequenced = _matrix(kind, frame, ids, own, losses)
        parts.profile(kind, dict.fromkeys(sequenced, PLATFORM if kind == "proteins" else "as_given"))
    parts.record(f"TCGA {kind}", path, replace(read, losses=[*losses, *read.losses]), len(table))
    parts.add(kind, table, sequenced, path)


def _matrix(
    kind: str, frame: pd.DataFrame, ids: pd.Series, own: set[str], losses: Losses
) -> tuple[Reading, pd.DataFrame, list[str]]:
    """Arrays and mRNA: the first aliquot of each sample, a row each."""
    again = ids.duplicated()
    losses.append((kind, "another aliquot of a sample: left out", list(ids[again])))
    chosen = ~again & ids.isin(own)
    values = frame.drop(columns=_BARCODE)[chosen].astype(float).set_axis(list(ids[chosen]))
    values = values.dropna(axis=0, how="all").dropna(axis=1, how="all")
    if kind == "expression":
        names, changed = approved_symbols(values.columns)
        losses.append((kind, "renamed to the approved symbol (kept)", sorted(changed)))
        matrix = values.set_axis(names, axis=1).rename_axis(index="sample_id")
        said = f"log2 ratio to a reference RNA, as log_ratio, {matrix.shape[1]:,} genes"
        return Reading(matrix, said, [], len(frame)), matrix, list(matrix.index)
    numbers = values.to_numpy()
    rows, columns = np.nonzero(~np.isnan(numbers))
    table = pd.DataFrame(
        {
            "sample_id": values.index.to_numpy()[rows],
            "antibody": values.columns.to_numpy()[columns],
            "value": numbers[rows, columns],
            "platform": PLATFORM,
        }
    )
    said = f"{values.shape[1]} antibodies, platform {PLATFORM}"
    return Reading(table, said, [], len(frame)), table, list(values.index)


def _patients(
    parts: CohortParts,
    found: Mapping[str, Mapping[str, Any]],
    frames: Mapping[str, pd.DataFrame],
    files: Mapping[str, tuple[str, Path]],
    taken: pd.DataFrame,
) -> pd.DataFrame:
    """All patients who are named anywhere; of a covariate in both tables the curated one is taken."""
    tables: list[pd.DataFrame] = []
    if "variants" in files and "clinical.data" in found["variants"]:
        path = files["variants"][1]
        covariates, outcomes = curated(frame_of(found["variants"], "clinical.data", path), path, parts.losses)
        tables.append(covariates)
        parts.tables["outcomes"] = outcomes
    if "clinical" in frames:
        path = files["clinical"][1]
        table = submitted(frames["clinical"], path, parts.losses)
        parts.record(
            "TCGA clinical", path, Reading(table, "covariates and treatments as submitted", [], len(table))
        )
        tables.append(table)
    tables.append(taken[["patient_id"]].drop_duplicates())
    whole = tables[0].set_index("patient_id")
    for table in tables[1:]:
        whole = whole.combine_first(table.set_index("patient_id"))
    whole = whole.reset_index()
    known = set(parts.tables["outcomes"]["patient_id"]) if "outcomes" in parts.tables else set()
    reason = "no curated outcome (kept)"
    parts.losses.append(("outcomes", reason, sorted(set(whole["patient_id"]) - known)))
    return whole


def _lineage(code: str) -> str | None:
    try:
        return find_lineage(code)
    except InputError:
        return None
