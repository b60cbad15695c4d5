"""What each table of a Cohort must look like, and the one error that lists everything that does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from features.failures import failure

if TYPE_CHECKING:
    import pandera.pandas as pa

CONSEQUENCES = (
    "missense", "nonsense", "frameshift", "inframe_indel", "splice", "start_lost", "stop_lost", "silent",
    "other", "driver_unspecified",
)  # fmt: skip
MODALITIES = ("variants", "copy_number", "expression", "proteins", "cells")
#: What a profile names: every variant that it saw (the default), or only those held to be drivers.
REPORTED = ("every_variant", "drivers")
MSI_STATES = ("MSI-H", "MSI-L", "MSS")
COPY_NUMBER_CALLS = ("amplification", "gain", "neutral", "loss", "deletion")
EXPRESSION_SCALES = ("counts", "tpm", "log2", "rma", "within_sample_z", "log_ratio", "harmonised")
#: Best response: RECIST 1.1 (doi 10.1016/j.ejca.2008.10.026); CRPR where a study joins the first two.
BEST_RESPONSES = ("CR", "PR", "CRPR", "SD", "PD", "NE")
#: On which side of the tested doses an IC50 lies; missing: inside, or the doses are not known.
CENSORED = ("left", "right")


@dataclass(frozen=True)
class Metric:
    """One way to state a response, as its source states it: never rescaled to another.

    Attributes
    ----------
    low, high
        Native range.
    higher_means
        What a higher value says of the sample.
    """

    low: float
    high: float
    higher_means: Literal["resistant", "sensitive"] = "resistant"

    @property
    def resistance_sign(self) -> float:
        """What to multiply a value with so that higher means more resistant."""
        return 1.0 if self.higher_means == "resistant" else -1.0


#: Response metric -> native range and direction.  ``ln_ic50_um`` in ln uM; ``auc_fraction`` 1 = no effect;
#: ``auc_ctrp_0_30`` about 15 = no effect; ``viability`` a fraction of the untreated.  The last two are for a
#: screen in a unit of its own (kept in a column ``unit``): of no use but for its order and its spread.
METRICS: Mapping[str, Metric] = {
    "ln_ic50_um": Metric(-50.0, 50.0),
    "auc_fraction": Metric(0.0, 1.0),
    "auc_ctrp_0_30": Metric(0.0, 30.0),
    "gi50_neg_log10": Metric(-5.0, 20.0, "sensitive"),
    "viability": Metric(0.0, 5.0),
    "own_unit_higher_resistant": Metric(-np.inf, np.inf),
    "own_unit_higher_sensitive": Metric(-np.inf, np.inf, "sensitive"),
}


@dataclass(frozen=True)
class ColumnRule:
    """What one column may hold.  ``text`` is str or missing; ``number`` float64, ``count`` whole and >= 0."""

    name: str
    kind: Literal["text", "number", "count"]
    required: bool = False
    vocabulary: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None


def _text(name: str, *, required: bool = False, vocabulary: tuple[str, ...] | None = None) -> ColumnRule:
    return ColumnRule(name, "text", required, vocabulary)


def _number(
    name: str, low: float | None = None, high: float | None = None, *, required: bool = False
) -> ColumnRule:
    return ColumnRule(name, "number", required, None, low, high)


#: Table -> its columns, in order.  Expression is a matrix and has rules of its own.
TABLES: Mapping[str, tuple[ColumnRule, ...]] = {
    "samples": (
        _text("sample_id", required=True), _text("sample_name"), _text("lineage"),
        _text("msi", vocabulary=MSI_STATES), _text("cosmic_id"), _text("sidm"), _text("depmap_id"),
        _text("cellosaurus_id"), _text("patient_id"), _number("purity", 0, 1), _number("ploidy", 0.5, 20),
        _number("doublings_per_day", -2.4, 2.4),
    ),
    "profiled": (
        _text("sample_id", required=True), _text("modality", required=True, vocabulary=MODALITIES),
        _text("panel", required=True), _text("reported", vocabulary=REPORTED),
    ),
    "panels": (_text("panel", required=True), _text("gene", required=True)),
    "variants": (
        _text("sample_id", required=True), _text("gene", required=True),
        _text("consequence", required=True, vocabulary=CONSEQUENCES), _text("protein_change"),
        ColumnRule("ref_count", "count", low=0), ColumnRule("alt_count", "count", low=0),
        _number("vaf", 0, 1), _number("ccf", 0, 1), _text("variant_id"), _text("region"),
    ),
    "regions": (_text("sample_id", required=True), _text("region", required=True)),
    "copy_number": (
        _text("sample_id", required=True), _text("gene", required=True),
        _text("call", vocabulary=COPY_NUMBER_CALLS), _number("total_copy_number", 0),
        _number("minor_copy_number", 0), _number("log2_ratio"),
    ),
    "segments": (
        _text("sample_id", required=True), _text("chromosome", required=True),
        ColumnRule("start", "count", True, None, 0), ColumnRule("end", "count", True, None, 1),
        _number("total_copy_number", 0), _number("minor_copy_number", 0), _number("log2_ratio"),
    ),
    "proteins": (
        _text("sample_id", required=True), _text("antibody", required=True), _number("value"),
        _text("platform"),
    ),
    "responses": (
        _text("sample_id", required=True), _text("inhibitor", required=True), _text("screen", required=True),
        _text("metric", required=True, vocabulary=tuple(METRICS)), _number("value", required=True),
        _text("screen_spelling"), _number("standard_error", 0), _number("min_dose_um", 0),
        _number("max_dose_um", 0), _text("censored", vocabulary=CENSORED), _text("drug_id"),
        _number("fit_rmse", 0),
    ),
    "patients": (
        _text("patient_id", required=True), _text("treatment"),
        _text("best_response", vocabulary=BEST_RESPONSES),
    ),
    "outcomes": (
        _text("sample_id"), _text("patient_id"), _text("endpoint", required=True),
        _number("time_months", 0, required=True), ColumnRule("event", "count", True, None, 0, 1),
    ),
}  # fmt: skip

#: Table -> the columns that together name a row.  Variants have none: one gene may be hit twice, unseen
#: which way.
KEYS: Mapping[str, tuple[str, ...]] = {
    "samples": ("sample_id",),
    "profiled": ("sample_id", "modality", "panel"),
    "panels": ("panel", "gene"),
    "regions": ("sample_id", "region"),
    "segments": ("sample_id", "chromosome", "start"),
    "copy_number": ("sample_id", "gene"),
    "proteins": ("sample_id", "antibody"),
    "responses": ("sample_id", "inhibitor", "screen", "metric"),
    "patients": ("patient_id",),
    "outcomes": ("sample_id", "patient_id", "endpoint"),
}


def conform(name: str, table: pd.DataFrame) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """A table with its columns present, in order and of the right type; what cannot be so is a failure.

    Optional columns that are absent are added as missing; columns that no rule knows are kept as they are,
    last.

    Returns
    -------
    table : pandas.DataFrame
        Text columns are ``object`` (str or None), numbers ``float64`` (NaN where missing).  A new frame.
    failures : list of pandas.DataFrame
    """
    if table.empty and tuple(table.columns) == tuple(rule.name for rule in TABLES[name]):
        return no_rows(name).set_axis(table.index), []
    failures: list[pd.DataFrame] = []
    columns: dict[str, pd.Series] = {}
    for rule in TABLES[name]:
        if rule.name not in table.columns:
            if rule.required:
                failures.append(failure(name, rule.name, ["-"], ["-"], "column is present"))
            missing = [None if rule.kind == "text" else np.nan] * len(table)
            dtype = object if rule.kind == "text" else float
            columns[rule.name] = pd.Series(missing, index=table.index, dtype=dtype)
        elif rule.kind == "text":
            columns[rule.name] = _as_text(table[rule.name])
        else:
            given = table[rule.name]
            numbers = pd.to_numeric(given, errors="coerce").astype(float)
            bad = numbers.isna() & given.notna()
            failures.append(failure(name, rule.name, table.index[bad], given[bad], "is a number"))
            columns[rule.name] = numbers
    known = pd.DataFrame(columns, index=table.index)
    extra = table[[column for column in table.columns if column not in columns]]
    # Whatever a user keeps beside our columns must at least be storable: one type per column.
    extra = extra.apply(lambda column: _as_text(column) if column.dtype == object else column)
    return (known.join(extra) if extra.shape[1] else known), failures


def no_rows(name: str) -> pd.DataFrame:
    """The table with its columns and types, and no row."""
    return _no_rows(name).copy()


@cache
def _no_rows(name: str) -> pd.DataFrame:
    types = {rule.name: pd.Series(dtype=object if rule.kind == "text" else float) for rule in TABLES[name]}
    return pd.DataFrame(types, index=pd.RangeIndex(0))


def check_table(name: str, table: pd.DataFrame) -> list[pd.DataFrame]:
    """Every failure of a conformed table against its pandera schema (lazily: all, not the first)."""
    if table.empty:
        return []
    from pandera.errors import SchemaErrors

    parts: list[pd.DataFrame] = []
    try:
        _schema(name).validate(table, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        for (column, check), group in cases.groupby(["column", "check"], sort=False, dropna=False):
            parts.append(failure(name, str(column), group["index"], group["failure_case"], _words(check)))
    return parts + _row_failures(name, table)


def check_expression(expression: pd.DataFrame) -> list[pd.DataFrame]:
    """Failures of an expression matrix (samples x genes): unique labels, numbers, nothing infinite.

    A missing value is allowed (a gene that one sample lacks), a column or row of nothing else is not.
    """
    failures: list[pd.DataFrame] = []
    for label, index in (("sample_id", expression.index), ("gene", expression.columns)):
        repeated = index[index.duplicated()].unique()
        failures.append(failure("expression", label, repeated, repeated, "is unique"))
    text = [c for c, t in zip(expression.columns, expression.dtypes, strict=True) if not _is_number(t)]
    failures.append(failure("expression", "dtype", text, text, "is a column of numbers"))
    if text or expression.empty:
        return failures
    values = expression.to_numpy()
    infinite = np.isinf(values)
    rows, columns = np.nonzero(infinite) if infinite.any() else (np.zeros(0, int), np.zeros(0, int))
    failures.extend(
        failure("expression", str(expression.columns[c]), [expression.index[r]], [values[r, c]], "is finite")
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
    )
    hollow = expression.index[np.isnan(values).all(axis=1)]
    failures.append(failure("expression", "all genes", hollow, [np.nan] * len(hollow), "has any value"))
    return failures


def check_links(tables: Mapping[str, pd.DataFrame]) -> list[pd.DataFrame]:
    """Failures of what ties the tables together.

    Every ``sample_id`` is in samples, and every ``patient_id`` in patients where there are any; a variant or
    copy-number row belongs to a profiled sample and, where none of its panels is "exome", to a gene of one of
    them; a named panel lists its genes.

    Parameters
    ----------
    tables
        Conformed tables by name, and "expression".
    """
    parts: list[pd.DataFrame] = []
    known = set(tables["samples"]["sample_id"])
    for name, table in tables.items():
        ids = pd.Series(table.index, index=table.index) if name == "expression" else table.get("sample_id")
        if ids is not None and name != "samples":
            bad = ids[ids.notna() & ~ids.isin(known)]
            parts.append(failure(name, "sample_id", bad.index, bad, "is in samples"))
    if len(patients := set(tables["patients"]["patient_id"])):
        for name in ("samples", "outcomes"):
            ids = tables[name]["patient_id"]
            bad = ids[ids.notna() & ~ids.isin(patients)]
            parts.append(failure(name, "patient_id", bad.index, bad, "is in patients"))
    profiled, panels = tables["profiled"], tables["panels"]
    for modality in ("variants", "copy_number"):
        mine = profiled[profiled["modality"] == modality]
        bad = mine["panel"][~mine["panel"].isin({"exome", *panels["panel"]})]
        parts.append(failure("profiled", "panel", bad.index, bad, "is exome or lists its genes in panels"))
        if (table := tables[modality]).empty:
            continue
        bad = table["sample_id"][~table["sample_id"].isin(set(mine["sample_id"]))]
        parts.append(failure(modality, "sample_id", bad.index, bad, f"is profiled for {modality}"))
        wide = set(mine.loc[mine["panel"] == "exome", "sample_id"])
        cover = mine.merge(panels, on="panel")
        covered = pd.MultiIndex.from_frame(cover[["sample_id", "gene"]])
        rows = table[~table["sample_id"].isin(wide) & table["sample_id"].isin(set(mine["sample_id"]))]
        bad = rows["gene"][~pd.MultiIndex.from_frame(rows[["sample_id", "gene"]]).isin(covered)]
        parts.append(failure(modality, "gene", bad.index, bad, "is in the sample's panel"))
    return parts + _region_failures(tables["regions"], tables["variants"])


def _region_failures(regions: pd.DataFrame, variants: pd.DataFrame) -> list[pd.DataFrame]:
    """A region of a variant is listed, and a listed region has a variant: without one it tells nothing."""
    if regions.empty and variants["region"].isna().all():
        return []
    listed = pd.MultiIndex.from_frame(regions[["sample_id", "region"]])
    placed = variants[variants["region"].notna()]
    carrying = pd.MultiIndex.from_frame(placed[["sample_id", "region"]])
    stray = placed["region"][~carrying.isin(listed)]
    hollow = regions["region"][~listed.isin(carrying)]
    return [
        failure("variants", "region", stray.index, stray, "is listed in regions"),
        failure("regions", "region", hollow.index, hollow, "has a variant"),
    ]


@cache
def _schema(name: str) -> pa.DataFrameSchema:
    import pandera.pandas as pa

    columns = {
        rule.name: pa.Column(
            None if rule.kind == "text" else float,
            checks=_checks(rule),
            nullable=not rule.required,
        )
        for rule in TABLES[name]
    }
    return pa.DataFrameSchema(columns)


def _checks(rule: ColumnRule) -> list[pa.Check]:
    import pandera.pandas as pa

    checks: list[pa.Check] = []
    if rule.vocabulary is not None:
        checks.append(pa.Check.isin(rule.vocabulary, error=f"is one of {', '.join(rule.vocabulary)}"))
    if rule.kind != "text":
        checks.append(pa.Check(np.isfinite, error="is finite"))
    if rule.kind == "count":
        checks.append(pa.Check(lambda values: values % 1 == 0, error="is a whole number"))
    if rule.low is not None:
        checks.append(pa.Check.ge(rule.low, error=f"is at least {rule.low:g}"))
    if rule.high is not None:
        checks.append(pa.Check.le(rule.high, error=f"is at most {rule.high:g}"))
    return checks


def _row_failures(name: str, table: pd.DataFrame) -> list[pd.DataFrame]:
    """What only a whole row can break.  Outside pandera, which would report each column of the row."""
    parts: list[pd.DataFrame] = []
    if name in KEYS:
        key = list(KEYS[name])
        bad = table.duplicated(key)
        named = table.loc[bad, key].astype(str).agg(" | ".join, axis=1).to_list() if bad.any() else []
        parts.append(failure(name, " + ".join(key), table.index[bad], named, "is unique"))
    if name == "variants":
        bad = table["alt_count"].notna() & table["ref_count"].isna()
        check = "comes with a ref_count"
        parts.append(failure(name, "alt_count", table.index[bad], table.loc[bad, "alt_count"], check))
    if name == "segments":
        bad = table["end"] < table["start"]
        parts.append(failure(name, "end", table.index[bad], table.loc[bad, "end"], "is not before start"))
        bad = _overlapping(table)
        check = "is not before the end of the segment before it"
        parts.append(failure(name, "start", table.index[bad], table.loc[bad, "start"], check))
    if name in {"segments", "copy_number"}:
        bad = table["minor_copy_number"] > table["total_copy_number"]
        values = table.loc[bad, "minor_copy_number"]
        check = "is at most the total copy number"
        parts.append(failure(name, "minor_copy_number", values.index, values, check))
    if name == "responses":
        for metric, native in METRICS.items():
            values = table.loc[table["metric"] == metric, "value"]
            values = values[np.isfinite(values) & ~values.between(native.low, native.high)]
            check = f"is from {native.low:g} to {native.high:g}, the range of {metric}"
            parts.append(failure(name, "value", values.index, values, check))
        bad = table["max_dose_um"] < table["min_dose_um"]
        doses = table.loc[bad, "max_dose_um"]
        parts.append(failure(name, "max_dose_um", doses.index, doses, "is not below min_dose_um"))
    return parts


def _overlapping(segments: pd.DataFrame) -> pd.Series:
    """Segments that begin before an earlier one of the chromosome ends; they may share the border's base."""
    ordered = segments.sort_values("start", kind="stable")
    groups = ordered.groupby(["sample_id", "chromosome"], sort=False)
    furthest = groups["end"].cummax().groupby([ordered["sample_id"], ordered["chromosome"]]).shift()
    return (ordered["start"] < furthest).reindex(segments.index)


def _as_text(column: pd.Series) -> pd.Series:
    given = column.astype(object)
    if pd.api.types.infer_dtype(given, skipna=True) in {"string", "empty"}:
        # Each distinct text once: a column of a long table holds few.
        codes, distinct = pd.factorize(given)
        texts = np.array([*(_one_text(value) for value in distinct), None], dtype=object)[codes]
        return pd.Series(texts, index=column.index, dtype=object)
    text = [None if missing else _one_text(value) for value, missing in zip(given, given.isna(), strict=True)]
    return pd.Series(text, index=column.index, dtype=object)


def _one_text(value: object) -> str | None:
    # A numeric id that shared its column with a missing value has been read as a float: 683665.0 is 683665.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _words(check: object) -> str:
    return "is given" if check == "not_nullable" else str(check)


def _is_number(dtype: object) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "fiu"
