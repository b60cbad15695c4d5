"""What every screen's responses go through: whose drug it is, and what becomes of a repeated measurement."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from features.inhibitors import find_inhibitor, refused_spellings, screens
from features.response_join import join_responses
from features.sources.table_files import Losses, numbers_of

KEY = ["sample_id", "inhibitor", "screen", "metric"]
#: Said wherever repeated measurements are aggregated.
MEAN_RULE = "measured more than once: the mean is taken"


def our_inhibitors(names: Iterable[str], screen: str | None = None) -> dict[str, str]:
    """A screen's drug names -> our names, for those that are in the table of inhibitors.

    Any name of an inhibitor is understood, since releases of one screen spell a drug differently; but not a
    spelling that the table refuses for this screen ("torin2" of GDSC1).
    """
    refused = refused_spellings(screen) if screen in screens() else {}
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if isinstance(name, str) and name not in refused:
            try:
                found[name] = find_inhibitor(name).name
            except InputError:
                continue
    return found


def refused_losses(table: pd.DataFrame, drug: str, line: str, screen: str) -> Losses:
    """The rows under a refused spelling of a screen, by line."""
    refused = refused_spellings(screen) if screen in screens() else {}
    return [
        (
            f"responses {screen}",
            f"spelling {spelling!r} is not joined: {why}",
            table.loc[table[drug] == spelling, line].astype(str).to_list(),
        )
        for spelling, why in refused.items()
    ]


def numbers(
    table: pd.DataFrame, column: str, where: str | Path, *, decimal: str = "point", required: bool = False
) -> pd.Series:
    """A column of text as numbers, float64.

    Raises
    ------
    InputError
        With its row, for text that is no number and, where ``required``, for a missing value.
    """
    found = numbers_of(table[column], decimal)
    bad = table.index[found.isna() & (table[column].notna() | required)]
    if len(bad):
        raise InputError(
            f"{table.at[bad[0], column]!r} is not a number", where=f"{where}, column {column}, row {bad[0]}"
        )
    return found.astype(float)


def capped_auc(values: pd.Series, names: pd.Series, losses: Losses, stage: str) -> pd.Series:
    """AUCs as a fraction of no effect: those above 1 (more viable than the control) are 1, and named."""
    above = values > 1
    losses.append((stage, "AUC above 1, more viable than the control: taken as 1", names[above].to_list()))
    return values.clip(upper=1.0)


def on_cohort(
    found: Cohort, cohort: Cohort | str | Path | None, *, replace_screens: bool, home: str | Path | None
) -> Cohort:
    """A screen's cohort as it is, or its responses on another cohort (or that of a name or folder).

    Raises
    ------
    InputError
        As :func:`features.response_join.join_responses` and :func:`features.sources.load`.
    """
    if cohort is None:
        return found
    from features.sources import load

    onto = cohort if isinstance(cohort, Cohort) else load(cohort, home=home)
    return join_responses(onto, found, replace_screens=replace_screens)


def averaged(table: pd.DataFrame, losses: Losses, stage: str) -> pd.DataFrame:
    """One row a sample, inhibitor, screen and metric: of several the mean, each named in the losses.

    The value and the fit error are means; the standard error is that of a mean of independent values, missing
    if one is; the dose range is the widest; drug ids and spellings are joined by ";".  A mean with a value
    beyond the tested doses is a bound as that value is, and is marked so; where values are censored on
    opposite sides their mean says nothing, and the pair is left out.

    Parameters
    ----------
    table
        Responses; columns that are not of the schema keep the first value.
    losses
        Gets what was averaged and what was left out.
    stage
        Of these losses.
    """
    repeated = table.duplicated(KEY, keep=False)
    if not repeated.any():
        return table.reset_index(drop=True)
    again = table[repeated]
    groups = again.groupby(KEY, sort=False)
    rows = [_mean(group) for _, group in groups]
    merged = pd.DataFrame([row for row in rows if row is not None], columns=table.columns)
    names = again.drop_duplicates(KEY[:3])
    losses.append((stage, MEAN_RULE, (names["sample_id"] + " " + names["inhibitor"]).to_list()))
    opposed = [key for (key, _), row in zip(groups, rows, strict=True) if row is None]
    losses.append(
        (
            stage,
            "measured more than once, beyond the tested doses on opposite sides: left out",
            [f"{key[0]} {key[1]}" for key in opposed],
        )
    )
    parts = [part for part in (table[~repeated], merged) if len(part)]
    return pd.concat(parts).reset_index(drop=True)


def _mean(group: pd.DataFrame) -> pd.Series | None:
    row = group.iloc[0].copy()
    row["value"] = group["value"].mean()
    if "standard_error" in group:
        row["standard_error"] = (group["standard_error"] ** 2).sum(skipna=False) ** 0.5 / len(group)
    if "fit_rmse" in group:
        row["fit_rmse"] = group["fit_rmse"].mean()
    for column, widest in (("min_dose_um", "min"), ("max_dose_um", "max")):
        if column in group:
            row[column] = group[column].agg(widest)
    for column in ("drug_id", "screen_spelling"):
        if column in group:
            row[column] = ";".join(dict.fromkeys(group[column].dropna().astype(str))) or None
    if "censored" in group:
        sides = set(group["censored"].dropna()) - {""}
        if len(sides) > 1:
            return None
        row["censored"] = next(iter(sides), None)
    return row
