"""The Sanger model list (identifiers, ploidy, patient) and growth table, joined onto a cohort of cell lines.

Cell Model Passports: van der Meer 2019, PMID 30260411.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.identity import resolve_names
from features.sources.table_files import read_table
from features.storage import sha256_file

#: Days between the two counts of the growth assay (day 1 and day 4).
ASSAY_DAYS = 3.0
#: The fastest human lines double in about ten hours: an absolute rate beyond this is an error of the table.
FASTEST = 2.4
#: More samples without a model than this share means that the wrong list was given.
UNMATCHED_LIMIT = 0.05

_IDENTIFIERS = {
    "sidm": "model_id",
    "depmap_id": "BROAD_ID",
    "cellosaurus_id": "RRID",
    "patient_id": "patient_id",
}
# Best assay first.
_PLOIDY = ("ploidy_wgs", "ploidy_wes", "ploidy_snp6", "ploidy")


def import_sanger(
    cohort: Cohort | str | Path,
    *,
    model_list: str | Path,
    growth_rates: str | Path | None = None,
    home: str | Path | None = None,
) -> Cohort:
    """The cohort with SIDM, DepMap and Cellosaurus ids, patient, ploidy and, where given, its growth.

    Lines are joined by COSMIC id and, where the list has none, by name (collisions refused).

    The growth table holds, for a line and seeding density, ``GROWTH_RATE``, the mean over its plates of
    ln(cells on day 4 / cells on day 1), and ``DOUBLING_TIME``, the mean of the reciprocals 72 h x ln 2 / ln
    ratio, which one plate without growth throws to thousands of hours or below zero.  So the rate is read::

        doublings per day = GROWTH_RATE / (3 ln 2)

    and a line's value is the median of its densities.  A negative one (cells were lost) is kept.

    Parameters
    ----------
    cohort
        With ``cosmic_id`` or ``sample_name`` in its samples; a name or folder is loaded.
    model_list
        CSV with model_id, model_name, COSMIC_ID, BROAD_ID, RRID.
    growth_rates
        CSV with model_id and GROWTH_RATE (natural logarithm of the day-4 to day-1 ratio).
    home
        As for :func:`features.sources.load`.

    Raises
    ------
    InputError
        If a file or column is missing, a growth rate is no number or beyond 2.4 doublings a day, or more than
        5 % of the samples have no model.
    """
    if not isinstance(cohort, Cohort):
        from features.sources import load

        cohort = load(cohort, home=home)
    models_path = Path(model_list)
    models = read_table(models_path, required=("model_id", "model_name", "COSMIC_ID", "BROAD_ID", "RRID"))
    samples = cohort.samples.copy()
    model, unmatched, ambiguous = _models_of(samples, models)
    if len(unmatched) > UNMATCHED_LIMIT * max(len(samples), 1):
        raise InputError(
            f"{len(unmatched)} of {len(samples)} samples have no model (limit {UNMATCHED_LIMIT:.0%})",
            where=models_path,
            todo="check that this is the model list of the same lines",
        )
    by_model = models.set_index("model_id", drop=False)
    for ours, theirs in _IDENTIFIERS.items():
        if theirs in by_model.columns:
            samples[ours] = model.map(by_model[theirs]).to_numpy()
    samples["ploidy"] = model.map(_ploidy(by_model, models_path)).to_numpy()
    records = [_record("Sanger model list", models_path, len(models), int(model.notna().sum()))]
    losses = [
        ("sanger", "sample has no model", unmatched),
        ("sanger", "sample name is ambiguous", ambiguous),
    ]
    if growth_rates is not None:
        growth_path = Path(growth_rates)
        table = read_table(growth_path, required=("model_id", "GROWTH_RATE"))
        samples["doublings_per_day"] = model.map(_doublings_per_day(table, growth_path)).to_numpy()
        absent = samples.loc[samples["doublings_per_day"].isna(), "sample_name"]
        losses.append(("growth", "no growth rate", _names(absent)))
        records.append(_record("Sanger growth rates", growth_path, len(table), len(samples) - len(absent)))
    joined = replace(cohort, samples=samples, sources=(*cohort.sources, *records))
    return joined.with_losses(losses).validate()


def _models_of(samples: pd.DataFrame, models: pd.DataFrame) -> tuple[pd.Series, list[str], list[str]]:
    """Model id of each sample (by COSMIC id, then by name), and the names that have none."""
    listed = models[["model_id", "COSMIC_ID"]].dropna()
    # One model may carry several COSMIC ids, separated by semicolons.
    listed = listed.assign(COSMIC_ID=listed["COSMIC_ID"].str.split(";")).explode("COSMIC_ID")
    ids = listed["COSMIC_ID"].str.strip().str.removesuffix(".0")
    by_cosmic = dict(zip(ids, listed["model_id"], strict=True))
    model = samples["cosmic_id"].map(by_cosmic)
    rest = samples.loc[model.isna() & samples["sample_name"].notna(), "sample_name"]
    named = models.dropna(subset=["model_name"])
    found = resolve_names(rest, dict(zip(named["model_name"], named["model_id"], strict=True)))
    model = model.where(model.notna(), samples["sample_name"].map(found.joined))
    ambiguous = list(found.ambiguous)
    none = samples.loc[model.isna()]
    unmatched = [
        name for name in _names(none["sample_name"].fillna(none["sample_id"])) if name not in ambiguous
    ]
    return model, unmatched, ambiguous


def _ploidy(models: pd.DataFrame, path: Path) -> pd.Series:
    best = pd.Series(float("nan"), index=models.index)
    for column in _PLOIDY:
        if column in models.columns:
            best = best.fillna(_numbers(models[column], path))
    return best


def _doublings_per_day(table: pd.DataFrame, path: Path) -> pd.Series:
    rate = _numbers(table["GROWTH_RATE"], path) / (ASSAY_DAYS * math.log(2))
    beyond = rate.abs() > FASTEST
    if beyond.any():
        raise InputError(
            f"{rate[beyond].iloc[0]:.3g} doublings a day (at most {FASTEST:g})",
            where=f"{path}, column GROWTH_RATE, row {rate[beyond].index[0]}",
            todo="GROWTH_RATE is the natural logarithm of the ratio of cells on day 4 to day 1",
        )
    return rate.groupby(table["model_id"]).median().dropna()


def _numbers(column: pd.Series, path: Path) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    bad = numbers.isna() & column.notna()
    if bad.any():
        raise InputError(
            f"{column[bad].iloc[0]!r} is not a number",
            where=f"{path}, column {column.name}, row {column[bad].index[0]}",
        )
    return numbers.astype(float)


def _names(column: pd.Series) -> list[str]:
    return [str(name) for name in column]


def _record(name: str, path: Path, rows_in: int, rows_out: int) -> SourceRecord:
    return SourceRecord(name, "as given", path.name, sha256_file(path), rows_in, rows_out)
