"""What a cohort taken apart is: one sample a part, and the share of the tumour's cells that it stands for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import beta

from features import schemas
from features.cohort import Cohort

#: Between a sample's id and the part's name in the id of a part.
SEPARATOR = " | "
MEMBER_COLUMNS = ("sample_id", "of", "part", "share", "share_low", "share_high", "n", "shares_add_up")


@dataclass(frozen=True, eq=False)
class Subpopulations:
    """Parts of the samples of a cohort.

    Attributes
    ----------
    cohort
        One sample a part.  What was measured once for the whole tumour (expression, copy number, proteins) is
        each part's.
    members
        One row a part: ``sample_id`` (of the part), ``of`` (the sample), ``part``, ``share`` of the tumour's
        cancer cells with its 95 % interval (0 to 1), ``n`` (what it rests on: variants, or 1 region), and
        ``shares_add_up`` (whether the intervals are those of parts of one whole: of a count of regions, not
        of clones that may lie within each other).
    whole
        Sample to the reason why it was not taken apart; it is in ``cohort`` and ``members`` as one part
        "whole".
    """

    cohort: Cohort
    members: pd.DataFrame
    whole: dict[str, str]


def repeated(cohort: Cohort, parts: pd.DataFrame, variants: pd.DataFrame) -> Cohort:
    """A cohort of parts: each has the tables of its sample, and the variants given.

    Parameters
    ----------
    cohort
        The samples.
    parts
        Columns sample_id (of the part), of.
    variants
        Rows of ``cohort.variants`` with the part's ``sample_id``.
    """
    pairs = parts[["sample_id", "of"]].rename(columns={"sample_id": "part_id"})
    tables: dict[str, Any] = {}
    for name in schemas.TABLES:
        table = getattr(cohort, name)
        # Responses and outcomes are of the patient, not of a part of one tumour.
        if name in {"variants", "regions", "panels", "patients", "outcomes", "responses"}:
            continue
        copies = pairs.merge(table, left_on="of", right_on="sample_id", how="inner")
        tables[name] = copies.assign(sample_id=copies["part_id"])[list(table.columns)].reset_index(drop=True)
    have = pairs[pairs["of"].isin(cohort.expression.index)]
    expression = cohort.expression.loc[have["of"]].set_axis(pd.Index(have["part_id"], name="sample_id"))
    empty = {name: getattr(cohort, name).iloc[:0] for name in ("regions", "outcomes", "responses")}
    kept = variants.assign(region=None)[list(cohort.variants.columns)].reset_index(drop=True)
    made = replace(cohort, **tables, **empty, variants=kept, expression=expression, cells=None)
    return made.validate()


def member(of: str, part: str, share: float, low: float, high: float, n: int, adds: bool) -> dict[str, Any]:
    """A row of ``members``."""
    values = (f"{of}{SEPARATOR}{part}", of, part, share, low, high, n, adds)
    return dict(zip(MEMBER_COLUMNS, values, strict=True))


def jeffreys(k: float, n: float) -> tuple[float, float]:
    """95 % interval of a share by Jeffreys' prior (Brown, Cai and DasGupta 2001, doi 10.1214/ss/1009213286).

    Parameters
    ----------
    k, n
        So many of so many; the limit is 0 where k = 0 and 1 where k = n.
    """
    low = 0.0 if k == 0 else float(beta.ppf(0.025, k + 0.5, n - k + 0.5))
    high = 1.0 if k == n else float(beta.ppf(0.975, k + 0.5, n - k + 0.5))
    return low, high


def whole_member(of: str) -> dict[str, Any]:
    """The row of a sample that is not taken apart."""
    return member(of, "whole", 1.0, 1.0, 1.0, 1, True)


def table_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of members as a table of the right types."""
    table = pd.DataFrame(rows, columns=list(MEMBER_COLUMNS))
    numbers = dict.fromkeys(("share", "share_low", "share_high"), np.float64)
    return table.astype({**numbers, "n": np.int64, "shares_add_up": bool})
