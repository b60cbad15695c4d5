"""The timeline of a cBioPortal study: when samples were taken, and which of our inhibitors were given.

Days count from the study's own point zero, most often the diagnosis.
"""

from __future__ import annotations

import re

import pandas as pd

from features.errors import InputError
from features.inhibitors import find_inhibitor
from features.sources.cbioportal_meta import Study
from features.sources.cbioportal_table import PATIENT, SAMPLE, clinical_table
from features.sources.table_files import Losses, numbers_of

_EVENT, _START, _AGENT = "EVENT_TYPE", "START_DATE", "AGENT"
_OLD_SAMPLE = "SPECIMEN_REFERENCE_NUMBER"
#: Events that take a sample; one that sequences it comes later.
_TAKEN = re.compile(r"specimen|acquisition|biopsy|surgery|collection", re.IGNORECASE)
_GIVEN = re.compile(r"treatment", re.IGNORECASE)
_BETWEEN = re.compile(r"[,;+/&]|\band\b", re.IGNORECASE)


def timeline(study: Study) -> pd.DataFrame:
    """All events of a study's timeline files, as text, with the day as a number in ``day``.

    Raises
    ------
    InputError
        If a timeline file has no PATIENT_ID.
    """
    parts = []
    for file in study.of("CLINICAL", "TIMELINE"):
        table = clinical_table(file.data, (PATIENT,))
        if SAMPLE not in table and _OLD_SAMPLE in table:
            table = table.rename(columns={_OLD_SAMPLE: SAMPLE})
        parts.append(table.reindex(columns=[PATIENT, _EVENT, _START, _AGENT, SAMPLE]).astype(object))
    columns = [PATIENT, _EVENT, _START, _AGENT, SAMPLE]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns, dtype=object)
    return whole.assign(day=numbers_of(whole[_START].astype(object), "point") if len(whole) else 0.0)


def sample_days(events: pd.DataFrame) -> dict[str, float]:
    """Sample -> the day on which it was taken, or for want of that the first day that names it."""
    dated = events[events[SAMPLE].notna() & events["day"].notna()]
    taken = dated[_EVENT].fillna("").str.contains(_TAKEN)
    days = dated.groupby(SAMPLE)["day"].min().to_dict()
    days |= dated[taken].groupby(SAMPLE)["day"].min().to_dict()
    return {str(sample): float(day) for sample, day in days.items()}


def treatments(events: pd.DataFrame, losses: Losses) -> dict[str, str]:
    """Patient -> the one inhibitor of ours among the agents that were ever given to them.

    A patient who was given two of them is left out and named; so an outcome would not be one drug's.
    """
    given = events[events[_AGENT].notna() & events[_EVENT].fillna("").str.contains(_GIVEN)]
    ours = {agent: _ours(agent) for agent in given[_AGENT].unique()}
    rows = given.assign(inhibitor=given[_AGENT].map(ours)).explode("inhibitor")
    rows = rows[rows["inhibitor"].notna()].drop_duplicates([PATIENT, "inhibitor"])
    several = rows[PATIENT][rows[PATIENT].duplicated(keep=False)]
    reason = "the timeline has several of our inhibitors: treatment not known (kept)"
    losses.append(("patients", reason, sorted(set(several))))
    one = rows[~rows[PATIENT].isin(several)]
    return dict(zip(one[PATIENT], one["inhibitor"], strict=True))


def _ours(agent: str) -> list[str]:
    found: list[str] = []
    for word in _BETWEEN.split(agent):
        try:
            found.append(find_inhibitor(word.strip()).name)
        except InputError:
            continue
    return found
