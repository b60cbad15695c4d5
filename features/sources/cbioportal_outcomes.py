"""Outcomes of a cBioPortal study: every pair of columns X_STATUS and X_MONTHS is the endpoint X."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from features import schemas
from features.failures import failure, raise_failures
from features.sources.cbioportal_codes import event_of
from features.sources.cbioportal_table import PATIENT
from features.sources.table_files import Losses, numbers_of


def outcomes_of(table: pd.DataFrame, path: Path, losses: Losses) -> tuple[pd.DataFrame, list[str]]:
    """Every pair X_STATUS and X_MONTHS as the endpoint X.

    Parameters
    ----------
    table
        The study's table of patients.
    path
        Named in errors.
    losses
        Gets the rows without status, without months, or with months below 0, which are left out.

    Returns
    -------
    outcomes : pandas.DataFrame
        patient_id, endpoint, time_months, event (1 = event, 0 = censored).
    endpoints : list of str
        Those that any patient has.

    Raises
    ------
    features.failures.TableError
        If a status says neither 1 nor 0 (:func:`features.sources.cbioportal_codes.event_of`), or months are
        no number.
    """
    parts: list[pd.DataFrame] = []
    failures: list[pd.DataFrame] = []
    endpoints: list[str] = []
    for column in table.columns:
        endpoint = column.removesuffix("_STATUS")
        months = f"{endpoint}_MONTHS"
        if endpoint == column or months not in table.columns:
            continue
        events = {word: event_of(word) for word in table[column].dropna().unique()}
        event = table[column].map(events).astype(float)
        odd = table.index[table[column].notna() & event.isna()]
        check = "is a status such as 1:DECEASED or 0:LIVING"
        failures.append(failure(path.name, column, odd, table.loc[odd, column], check))
        time = numbers_of(table[months], "point")
        text = table.index[table[months].notna() & ~np.isfinite(time)]
        failures.append(failure(path.name, months, text, table.loc[text, months], "is a number of months"))
        below = time < 0
        # A pair that is blank altogether loses nothing.
        partial = (time.notna() ^ event.notna()) & ~below
        losses.append(
            (
                "outcomes",
                f"{endpoint}: months without status, or status without months: left out",
                [f"line {line}" for line in table.index[partial]],
            )
        )
        losses.append(
            (
                "outcomes",
                f"{endpoint}: a time below 0 months: left out",
                [f"line {line}" for line in table.index[below]],
            )
        )
        known = time.ge(0) & event.notna()
        if known.any():
            endpoints.append(endpoint)
            rows = {"patient_id": table[PATIENT], "endpoint": endpoint, "time_months": time, "event": event}
            parts.append(pd.DataFrame(rows)[known])
    raise_failures(failures, where=path)
    found = pd.concat(parts, ignore_index=True) if parts else schemas.no_rows("outcomes")
    return found, endpoints
