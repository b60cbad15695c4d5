"""Predictions of the parts of a tumour, and what they say of it as a whole.

A tumour of which a third resists is not two thirds sensitive for long: beside the mean response stand the
share of its cells that resist, and the most resistant part that is large enough to matter
(Faes 2017, doi 10.1155/2017/1726078).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.subpopulations import Subpopulations
from features.subpopulations.parts import jeffreys
from predictor.verdict import OVERRIDDEN

#: A part resists if it is among so many per cent of the training lines' predictions that are most resistant.
RESISTANT_PERCENT = 100 / 3
#: Smallest share of a part that matters by itself.
SIZEABLE = 0.1
COLUMNS = (
    "sample_id", "inhibitor", "inhibitor_class", "parts", "mean_prediction", "unit", "resistant_share",
    "resistant_share_low", "resistant_share_high", "unknown_share", "most_resistant", "most_resistant_share",
    "most_resistant_prediction", "most_resistant_verdict", "model_version",
)  # fmt: skip


def with_parts(predictions: pd.DataFrame, found: Subpopulations) -> pd.DataFrame:
    """The predictions of the parts with what the parts are.

    Parameters
    ----------
    predictions
        The Prediction table of ``found.cohort``.
    found
        The parts.

    Returns
    -------
    pandas.DataFrame
        ``sample_id`` is the sample's again; then ``part``, ``share``, ``share_low``, ``share_high``, ``n``,
        ``resistant`` (True, False, or missing where there is no verdict) and the columns of the predictions.
    """
    members = found.members.rename(columns={"sample_id": "part_id"})
    table = members.merge(predictions.rename(columns={"sample_id": "part_id"}), on="part_id", how="inner")
    decided = table["verdict"].str.startswith(OVERRIDDEN)
    judged = table["sensitivity_percentile"].notna() & ~table["verdict"].str.startswith("no verdict")
    resistant = (decided | (table["sensitivity_percentile"] < RESISTANT_PERCENT)).astype("boolean")
    table["resistant"] = resistant.where(decided | judged)
    first = ["of", "part", "share", "share_low", "share_high", "n", "resistant"]
    rest = [c for c in predictions.columns if c != "sample_id"]
    return table[[*first, *rest, "shares_add_up"]].rename(columns={"of": "sample_id"})


def combined(parts: pd.DataFrame) -> pd.DataFrame:
    """One row a sample and inhibitor.

    Parameters
    ----------
    parts
        From :func:`with_parts`.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`.  ``mean_prediction`` weighs the parts by their shares.  ``resistant_share`` is the
        sum of the resistant parts' shares, of regions with the interval of so many of so many, of clones
        between the largest (all within each other) and the sum of the upper limits (all side by side);
        ``unknown_share`` that of parts without a verdict, which the interval counts both ways.
        ``most_resistant`` is, among the parts with a share of 0.1 or more, one whose resistance is curated,
        else the one with the highest prediction.
    """
    keys = ["sample_id", "inhibitor"]
    rows = [_one(group) for _, group in parts.groupby(keys, sort=False)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _one(group: pd.DataFrame) -> dict[str, object]:
    share = group["share"].to_numpy(float)
    resists = group["resistant"].fillna(False).to_numpy(bool)
    unknown = group["resistant"].isna().to_numpy(bool)
    low, high = _interval(group, resists, unknown)
    sizeable = group[(group["share"] >= SIZEABLE) | (group["share"] == group["share"].max())]
    curated = sizeable["verdict"].str.startswith(OVERRIDDEN)
    worst = sizeable[curated] if curated.any() else sizeable
    most = worst.loc[worst["prediction"].idxmax()]
    first = group.iloc[0]
    return {
        "sample_id": first["sample_id"],
        "inhibitor": first["inhibitor"],
        "inhibitor_class": first["inhibitor_class"],
        "parts": len(group),
        "mean_prediction": float(np.average(group["prediction"], weights=share)),
        "unit": first["unit"],
        "resistant_share": float(share[resists].sum() / share.sum()),
        "resistant_share_low": low,
        "resistant_share_high": high,
        "unknown_share": float(share[unknown].sum() / share.sum()),
        "most_resistant": most["part"],
        "most_resistant_share": float(most["share"]),
        "most_resistant_prediction": float(most["prediction"]),
        "most_resistant_verdict": most["verdict"],
        "model_version": first["model_version"],
    }


def _interval(group: pd.DataFrame, resists: np.ndarray, unknown: np.ndarray) -> tuple[float, float]:
    """95 % limits of the resistant share; parts without a verdict resist in the upper limit only."""
    n = len(group)
    if n == 1:
        return float(resists[0]), float(resists[0] or unknown[0])
    either = resists | unknown
    if bool(group["shares_add_up"].all()):
        return jeffreys(int(resists.sum()), n)[0], jeffreys(int(either.sum()), n)[1]
    low, high = group["share_low"].to_numpy(float), group["share_high"].to_numpy(float)
    least = float(low[resists].max()) if resists.any() else 0.0
    return least, float(min(high[either].sum(), 1.0))
