"""The parts of a cohort that is put together from the files of a cBioPortal study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.progress import Progress
from features.sources.cbioportal_clinical import Clinical, clinical_files
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.table_files import Losses, Reading
from features.storage import sha256_file

#: Alteration types that are read.
_READ = (
    "", "CLINICAL", "MUTATION_EXTENDED", "COPY_NUMBER_ALTERATION", "MRNA_EXPRESSION", "PROTEIN_LEVEL",
    "GENE_PANEL_MATRIX",
)  # fmt: skip


class StudyParts:
    """What has been read of a study so far.

    Attributes
    ----------
    samples, others
        Samples that are taken, and those that the clinical table knows besides.
    tables
        Tables of the cohort, by name.
    losses
        Of all files.
    """

    def __init__(self, study: Study, clinical: Clinical, progress: Progress) -> None:
        self._study = study
        self._clinical = clinical
        self._progress = progress
        self._records: list[SourceRecord] = []
        self.tables: dict[str, pd.DataFrame] = {}
        self.losses: Losses = list(clinical.losses)
        self.samples: list[str] = []
        self.others: list[str] = []
        self._profiled: list[tuple[str, str, str]] = []
        self._panels: dict[str, list[str]] = {}

    def take(self, taken: pd.DataFrame, rule: str, path: Path) -> None:
        """Take these samples, by a rule, of the clinical table at ``path``."""
        self.tables["samples"] = taken.reset_index(drop=True)
        self.samples = list(taken["sample_id"])
        self.others = sorted(set(self._clinical.samples["sample_id"]) - set(self.samples))
        several = self._clinical.samples["patient_id"].duplicated().any()
        for file in (file for file in clinical_files(self._study) if file is not None):
            name = file.data.name
            said = self._clinical.read_as[name]
            rows = self._clinical.rows_in[name]
            if file.data == path:
                said += f", --samples {rule}" if several else ", one sample a patient"
            kept = len(taken) if file.data == path else rows
            self._record(file, said, rows, kept)

    def add(self, table: str, file: StudyFile, read: Reading) -> None:
        """One table of the cohort, and what its file was read as."""
        self._record(file, read.read_as, read.rows_in, len(read.table))
        self.losses += read.losses
        index = table == "expression"
        self.tables[table] = read.table if index else read.table.reset_index(drop=True)

    def profile(self, rows: Sequence[tuple[str, str, str]], genes: Mapping[str, list[str]]) -> None:
        """Note what was looked at: (sample, modality, panel), and the genes of panels.

        Raises
        ------
        InputError
            If two panels of different genes have one name.
        """
        self._profiled += rows
        for panel, listed in genes.items():
            if self._panels.setdefault(panel, listed) != listed:
                raise InputError(f"two panels are called {panel}", where=self._study.folder)

    def _record(self, file: StudyFile, said: str, rows_in: int, rows_out: int) -> None:
        kind = f"cBioPortal {file.kind.lower().replace('_', ' ')}"
        digest = sha256_file(file.data)
        self._records.append(SourceRecord(kind, said, file.data.name, digest, rows_in, rows_out))

    def cohort(self, name: str, patients: pd.DataFrame, scale: str | None) -> Cohort:
        """All of it, validated."""
        study = self._study
        unread = [file.data.name for file in study.files if file.kind not in _READ]
        self.losses.append(("files", "of a kind that is not read", unread))
        self.losses.append(("files", "described by no meta file: not read", list(study.undescribed)))
        panels = [(panel, gene) for panel, genes in self._panels.items() for gene in genes]
        profiled = pd.DataFrame(self._profiled, columns=["sample_id", "modality", "panel"])
        tables: dict[str, Any] = {
            **self.tables,
            "patients": patients,
            "outcomes": self._clinical.outcomes,
            "profiled": profiled,
            "panels": pd.DataFrame(panels, columns=["panel", "gene"]),
        }
        self._progress("checking", 0, 0)
        found = Cohort.empty(name, expression_scale=scale, sources=tuple(self._records), **tables)
        return found.with_losses(self.losses)
