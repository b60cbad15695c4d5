"""The parts of a cohort that is put together from one file after another."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.sources.table_files import Losses, Reading
from features.storage import sha256_file


@dataclass
class CohortParts:
    """What has been read so far.

    Attributes
    ----------
    tables
        Tables of the cohort, by name.
    known
        Samples, in the order in which the files name them.
    profiled
        sample_id, modality, panel.
    records
        The files; the version of each says what it was read as.
    losses
        Of all files.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    known: dict[str, None] = field(default_factory=dict)
    profiled: list[tuple[str, str, str]] = field(default_factory=list)
    records: list[SourceRecord] = field(default_factory=list)
    losses: Losses = field(default_factory=list)
    _measured: dict[str, str] = field(default_factory=dict)

    def record(self, kind: str, path: str | Path, read: Reading, rows_out: int | None = None) -> None:
        """Note a file, what it was read as, and what was lost of it."""
        path = Path(path)
        kept = len(read.table) if rows_out is None else rows_out
        self.records.append(
            SourceRecord(kind, read.read_as, path.name, sha256_file(path), read.rows_in, kept)
        )
        self.losses += read.losses

    def add(self, name: str, table: pd.DataFrame, samples: list[str], path: str | Path) -> None:
        """One table of measurements of these samples.

        Raises
        ------
        InputError
            If it shares no sample with what was measured before.
        """
        if self._measured and not self._measured.keys() & set(samples):
            other, there = next(iter(self._measured.items()))
            raise InputError(
                f"no sample is also in {there} ({samples[0]} here, {other} there)",
                where=path,
                todo="use the same sample ids in both",
            )
        self.tables[name] = table
        self.known.update(dict.fromkeys(samples))
        for sample in samples:
            self._measured.setdefault(sample, str(path))

    def profile(self, modality: str, panels: dict[str, str]) -> None:
        """Note by which panel each sample (the key) was looked at."""
        self.profiled += [(sample, modality, panel) for sample, panel in panels.items()]

    def add_panel(self, panel: str, genes: list[str]) -> None:
        """Note the genes of a panel."""
        rows = pd.DataFrame({"panel": panel, "gene": genes})
        before = self.tables.get("panels")
        self.tables["panels"] = rows if before is None else pd.concat([before, rows], ignore_index=True)

    def cohort(self, name: str, described: pd.DataFrame | None, scale: str | None) -> Cohort:
        """All of it, validated."""
        listed = pd.DataFrame({"sample_id": list(self.known)})
        samples = listed if described is None else listed.merge(described, on="sample_id", how="left")
        profiled = pd.DataFrame(self.profiled, columns=["sample_id", "modality", "panel"])
        records = tuple(self.records)
        tables: dict[str, Any] = {**self.tables, "samples": samples, "profiled": profiled}
        return Cohort.empty(name, expression_scale=scale, sources=records, **tables).with_losses(self.losses)
