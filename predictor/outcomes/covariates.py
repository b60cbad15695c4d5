"""Covariates as columns of a model: numbers per standard deviation, words against a reference.

Risk groups are known by name and ordered: the reference is the group of least risk, so that every hazard
ratio reads the same way (Motzer 1999, PMID 10561319: MSKCC; Heng 2009, PMID 19826129: IMDC).  Of other words
the most frequent is the reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

#: Risk groups from the least to the highest risk, each with its spellings.
RISK_GROUPS = (
    ("favorable", "favourable", "good", "low"),
    ("intermediate", "medium"),
    ("poor", "high", "unfavorable", "unfavourable"),
)
_RISK = {word: place for place, words in enumerate(RISK_GROUPS) for word in words}


@dataclass(frozen=True, eq=False)
class Design:
    """The columns of some covariates.

    Attributes
    ----------
    columns
        Patients x columns, float.
    of
        Covariate -> its columns; a covariate without any does not vary.
    words
        Column -> what its hazard ratio compares, in words.
    levels
        Covariate in words -> patient's level; numbers are not in it.
    """

    columns: pd.DataFrame
    of: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    levels: Mapping[str, pd.Series]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [str(column) for column in self.columns.columns]

    @property
    def constant(self) -> tuple[str, ...]:
        """Covariates that do not vary among these patients."""
        return tuple(name for name, columns in self.of.items() if not columns)


def design_of(covariates: pd.DataFrame) -> Design:
    """Code covariates.

    Parameters
    ----------
    covariates
        Patients x covariates, nothing missing.
    """
    columns: dict[str, pd.Series] = {}
    of: dict[str, tuple[str, ...]] = {}
    words: dict[str, str] = {}
    levels: dict[str, pd.Series] = {}
    for name in map(str, covariates.columns):
        given = covariates[name]
        fresh: dict[str, pd.Series] = {}
        if pd.api.types.is_numeric_dtype(given):
            if given.nunique() > 1:
                binary = given.isin([0, 1]).all()
                fresh[name] = given.astype(float) if binary else (given - given.mean()) / given.std()
                words[name] = f"{name}, {'1 against 0' if binary else 'per standard deviation'}"
        else:
            text = given.astype(str)
            levels[name] = text
            reference, *others = ordered_levels(text)
            for level in others:
                column = f"{name}={level}"
                fresh[column] = (text == level).astype(float)
                words[column] = f"{name} {level} against {reference}"
        columns |= fresh
        of[name] = tuple(fresh)
    return Design(pd.DataFrame(columns, index=covariates.index, dtype=float), of, words, levels)


def ordered_levels(text: pd.Series) -> list[str]:
    """The levels of a covariate, the reference first.

    Examples
    --------
    >>> ordered_levels(pd.Series(["POOR", "FAVORABLE", "INTERMEDIATE", "POOR"]))
    ['FAVORABLE', 'INTERMEDIATE', 'POOR']
    >>> ordered_levels(pd.Series(["male", "female", "male"]))
    ['male', 'female']
    """
    found = sorted(text.unique())
    places = {level: _RISK.get(level.strip().lower()) for level in found}
    if all(place is not None for place in places.values()) and len(set(places.values())) == len(found):
        return sorted(found, key=lambda level: places[level] or 0)
    counts = text.value_counts()
    return sorted(found, key=lambda level: (-int(counts[level]), level))
