"""Any screen as a plain table of responses, and raw viabilities that are fitted here."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.dose_response import fit_hill
from features.errors import InputError
from features.progress import Progress, silent
from features.schemas import METRICS
from features.sources.described import checked
from features.sources.measurements import averaged, capped_auc, numbers, on_cohort, our_inhibitors
from features.sources.table_files import Losses, read_table
from features.sources.web import file_of, stated_digest
from features.storage import sha256_file

#: What a higher value means, as a table says it -> as :class:`features.schemas.Metric` does.
ORIENTATIONS = {"higher_is_resistant": "resistant", "higher_is_sensitive": "sensitive"}
_OWN_UNIT = {"resistant": "own_unit_higher_resistant", "sensitive": "own_unit_higher_sensitive"}
_IDENTIFIERS = ("sample_name", "lineage", "cosmic_id", "sidm", "depmap_id", "cellosaurus_id")
_DOSES = {"min_dose": "min_dose_um", "max_dose": "max_dose_um"}
#: Above this a viability is most likely a percentage.
_PERCENT = 5.0


def import_responses(
    path: str | Path,
    *,
    screen: str | None = None,
    decimal: str = "point",
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "responses",
    cohort: Cohort | str | Path | None = None,
    replace_screens: bool = False,
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """A screen from a table of responses, one a row.

    Parameters
    ----------
    path
        Table (or its URL) with sample, inhibitor (any of its names), value, unit and orientation
        (``higher_is_resistant`` or ``higher_is_sensitive``).  A unit that is a key of
        :data:`features.schemas.METRICS` is checked against its range and direction; any other is kept as it
        is, in the column ``unit``.  Optional: screen, standard_error (of the value), min_dose, max_dose (uM),
        censored (left, right), drug_id, and of the sample sample_name, lineage, cosmic_id, sidm, depmap_id,
        cellosaurus_id.
    screen
        Of all rows, where the table has no such column; by default the cohort's name.
    decimal
        How the file writes decimals: "point" or "comma".
    sha256, md5
        Of the file, if known.
    name
        Of the cohort.
    cohort, replace_screens
        As for :func:`features.response_join.join_responses`.
    home
        As for :func:`features.sources.load`; downloads are kept there too.
    progress
        Told of a download.

    Raises
    ------
    InputError
        If a column is missing, a value is no number, out of its metric's range or without direction, or no
        inhibitor is known.
    """
    source = file_of(path, digest=stated_digest(sha256, md5), home=home, progress=progress)
    table = read_table(source, required=("sample", "inhibitor", "value", "unit", "orientation"))
    losses: Losses = []
    rows = len(table)
    table = _known_drugs(table, screen or name, losses, path)
    table["metric"] = [
        _metric(unit, orientation, f"{path}, row {row}")
        for row, unit, orientation in zip(table.index, table["unit"], table["orientation"], strict=True)
    ]
    own = table[table["metric"].isin(_OWN_UNIT.values())]
    several = own.groupby(["inhibitor", "screen"])["unit"].nunique()
    if (several > 1).any():
        drug, its_screen = several.index[several > 1][0]
        raise InputError(
            f"{drug} has values in several units",
            where=path,
            todo=f"name a screen for each unit of {its_screen}",
        )
    # A unit of ours says it all; that of a screen's own is kept beside the values.
    table["unit"] = table["unit"].where(table["metric"].isin(_OWN_UNIT.values()), None)
    responses = _checked_responses(table, source, decimal)
    metrics = ", ".join(
        f"{metric} (higher = more {METRICS[metric].higher_means})"
        for metric in sorted(responses["metric"].unique())
    )
    record = SourceRecord("responses", metrics, source.name, sha256_file(source), rows, len(responses))
    found = _cohort(name, table, responses, losses, record)
    return on_cohort(found, cohort, replace_screens=replace_screens, home=home)


def import_viabilities(
    path: str | Path,
    *,
    screen: str | None = None,
    parameters: int = 3,
    decimal: str = "point",
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "viabilities",
    cohort: Cohort | str | Path | None = None,
    replace_screens: bool = False,
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """A screen from raw viabilities: a Hill curve for each sample and inhibitor.

    Parameters
    ----------
    path
        Table (or its URL) with sample, inhibitor, dose_um (uM, above 0) and viability (fraction of the
        untreated control), one measurement a row; optional: screen, and of the sample the identifiers that
        :func:`import_responses` takes.
    screen, decimal, sha256, md5, name, cohort, replace_screens, home
        As for :func:`import_responses`.
    parameters
        3 (the curve starts at 1) or 4 (its start is fitted); see :func:`features.dose_response.fit_hill`.
    progress
        Told of the curves done and their number.

    Returns
    -------
    features.cohort.Cohort
        Metrics ``ln_ic50_um`` (with standard_error and censored) and ``auc_fraction``; beside the columns of
        the schema hill_slope, ec50_um and e_inf.

    Raises
    ------
    InputError
        If a column is missing, a number is none or out of its range, a curve has fewer than four doses, or
        no inhibitor is known.
    """
    source = file_of(path, digest=stated_digest(sha256, md5), home=home, progress=progress)
    table = read_table(source, required=("sample", "inhibitor", "dose_um", "viability"))
    losses: Losses = []
    rows = len(table)
    table = _known_drugs(table, screen or name, losses, path)
    for column in ("dose_um", "viability"):
        table[column] = numbers(table, column, path, decimal=decimal, required=True)
    high = table.loc[table["viability"] > _PERCENT, "viability"]
    if len(high):
        raise InputError(
            f"{high.iloc[0]:g} is above {_PERCENT:g}",
            where=f"{path}, column viability, row {high.index[0]}",
            todo="write viabilities as fractions of the untreated control (0.7, not 70)",
        )
    curves = table.groupby(["sample", "inhibitor", "screen"], sort=False)
    fitted: list[dict[str, object]] = []
    unfitted: list[str] = []
    for done, (key, group) in enumerate(curves, start=1):
        sample, inhibitor, its_screen = map(str, key)
        progress("fitting curves", done, len(curves))
        try:
            fit = fit_hill(
                group["dose_um"].to_numpy(), group["viability"].to_numpy(), n_parameters=parameters
            )
        except InputError as error:
            raise InputError(error.problem, where=f"{path}, {sample} {inhibitor}", todo=error.todo) from error
        if fit is None:
            unfitted.append(f"{sample} {inhibitor}")
            continue
        common = {
            "sample_id": sample,
            "inhibitor": inhibitor,
            "screen": its_screen,
            "screen_spelling": group["screen_spelling"].iloc[0],
            "min_dose_um": fit.min_dose_um,
            "max_dose_um": fit.max_dose_um,
            "fit_rmse": fit.rmse,
            "hill_slope": fit.slope,
            "ec50_um": fit.ec50_um,
            "e_inf": fit.e_inf,
        }
        ic50 = {"value": fit.ln_ic50_um, "standard_error": fit.standard_error, "censored": fit.censored}
        fitted += [
            common | {"metric": "ln_ic50_um"} | ic50,
            common | {"metric": "auc_fraction", "value": fit.auc},
        ]
    losses.append((f"responses {name}", "curve could not be fitted", unfitted))
    if not fitted:
        raise InputError("no curve could be fitted", where=path)
    responses = pd.DataFrame(fitted)
    auc = responses["metric"] == "auc_fraction"
    named = responses["sample_id"] + " " + responses["inhibitor"]
    responses.loc[auc, "value"] = capped_auc(
        responses.loc[auc, "value"], named[auc], losses, f"responses {name}"
    )
    said = f"raw viabilities, Hill curves with {parameters} parameters; {len(curves)} curves"
    record = SourceRecord("viabilities", said, source.name, sha256_file(source), rows, len(table))
    found = _cohort(name, table, responses, losses, record)
    return on_cohort(found, cohort, replace_screens=replace_screens, home=home)


def _known_drugs(table: pd.DataFrame, screen: str, losses: Losses, path: str | Path) -> pd.DataFrame:
    """The rows of our inhibitors under our names, with their screen and its spelling."""
    for column in ("sample", "inhibitor"):
        blank = table.index[table[column].isna()]
        if len(blank):
            raise InputError("is missing", where=f"{path}, column {column}, row {blank[0]}")
    table = table.assign(sample=table["sample"].str.strip(), screen_spelling=table["inhibitor"].str.strip())
    table["screen"] = table["screen"].fillna(screen) if "screen" in table else screen
    drugs = our_inhibitors(table["screen_spelling"])
    table["inhibitor"] = table["screen_spelling"].map(drugs)
    unknown = list(dict.fromkeys(table.loc[table["inhibitor"].isna(), "screen_spelling"]))
    if len(unknown) and not drugs:
        raise InputError(
            f"column inhibitor names none of the known mTOR inhibitors ({', '.join(unknown[:4])})",
            where=path,
            todo="see the table of inhibitors for the known names",
        )
    losses.append((f"responses {screen}", "not an mTOR inhibitor that is known: left out", unknown))
    return table[table["inhibitor"].notna()].copy()


def _metric(unit: object, orientation: object, where: str) -> str:
    means = ORIENTATIONS.get(str(orientation).strip())
    if means is None:
        raise InputError(
            f"unknown orientation {orientation!r}", where=where, todo=f"use one of {', '.join(ORIENTATIONS)}"
        )
    if not isinstance(unit, str) or not unit.strip():
        raise InputError(
            "has no unit", where=where, todo=f"use one of {', '.join(METRICS)}, or the screen's own"
        )
    native = METRICS.get(unit.strip())
    if native is None:
        return _OWN_UNIT[means]
    if native.higher_means != means:
        raise InputError(
            f"a higher {unit.strip()} means more {native.higher_means}, the table says more {means}",
            where=where,
            todo="correct the orientation, or give the screen's unit a name of its own",
        )
    return unit.strip()


def _checked_responses(table: pd.DataFrame, source: Path, decimal: str) -> pd.DataFrame:
    renamed = table.rename(columns={"sample": "sample_id", **_DOSES})
    kept = [
        "sample_id", "inhibitor", "screen", "metric", "value", "screen_spelling", "standard_error",
        "min_dose_um", "max_dose_um", "censored", "drug_id", "unit",
    ]  # fmt: skip
    responses = renamed[[column for column in kept if column in renamed]]
    if responses["unit"].isna().all():
        responses = responses.drop(columns="unit")
    return checked("responses", responses, source, decimal=decimal, repeats=True)


def _cohort(
    name: str, table: pd.DataFrame, responses: pd.DataFrame, losses: Losses, record: SourceRecord
) -> Cohort:
    known = [column for column in _IDENTIFIERS if column in table]
    samples = table.groupby("sample", sort=False)[known].first() if known else None
    listed = pd.DataFrame({"sample_id": list(dict.fromkeys(table["sample"]))})
    if samples is not None:
        listed = listed.join(samples, on="sample_id")
    once = averaged(responses, losses, f"responses {name}")
    return Cohort.empty(name, samples=listed, responses=once, sources=(record,)).with_losses(losses)
