"""The ceiling: what other screens' own measurements of the same lines say of a target.

Screens of these inhibitors agree poorly (GDSC1 against GDSC2: mean r 0.34), so that a perfect model of one
screen would still disagree with another.  A measurement exists for some lines only: each ceiling has its own
number of lines, and the model is compared with it on those.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from predictor.judging import MODEL, Score, judge
from predictor.response import ResponseScale

#: Before the screen's name, or :data:`CONSENSUS`.
MEASURED = "measured:"
CONSENSUS = "consensus"


def measured_elsewhere(
    responses: pd.DataFrame, consensus: Sequence[str], inhibitor: str, screen: str
) -> dict[str, pd.Series]:
    """Other measurements of the same lines.

    Parameters
    ----------
    responses
        Shape (n, inhibitor-screens), index sample_id, higher = more resistant.
    consensus
        The inhibitor-screens of the consensus.
    inhibitor, screen
        Of the target.

    Returns
    -------
    dict of str to pandas.Series
        ``measured:SCREEN``, the same inhibitor in each other screen, and ``measured:consensus``, the mean
        standardised response over the inhibitor-screens of the consensus that are of other screens than the
        target's.  NaN where nothing was measured; what was not measured at all is left out.
    """
    others = [str(c) for c in responses.columns if str(c).rpartition("@")[2] != screen]
    found = {
        MEASURED + c.rpartition("@")[2]: responses[c] for c in others if c.rpartition("@")[0] == inhibitor
    }
    members = [c for c in consensus if c in others]
    if members:
        shared = ResponseScale.fit(responses, members).standardise(responses)[members].mean(axis=1)
        found[MEASURED + CONSENSUS] = shared
    return found


def judge_ceilings(
    out_of_fold: pd.DataFrame,
    responses: pd.DataFrame,
    consensus: Sequence[str],
    *,
    draws: int,
    seed: int,
    tissue: pd.Series | None = None,
    growth: pd.Series | None = None,
) -> list[Score]:
    """Score the other screens' measurements on the held-out lines of each inhibitor's target.

    Parameters
    ----------
    out_of_fold
        Of the model; targets are ``inhibitor@screen`` (a class has no other screen: it is left out).
    responses, consensus
        As for :func:`measured_elsewhere`.
    draws, seed, tissue, growth
        As for :func:`~predictor.judging.judge`.

    Returns
    -------
    list of Score
        ``n`` counts the lines that both screens measured; the gains are of the model on those lines.  Figures
        that need one unit are undefined.
    """
    mine = out_of_fold[
        (out_of_fold.predictor == MODEL)
        & out_of_fold.measured.notna()
        & out_of_fold.target.str.contains("@", regex=False)
    ]
    pieces = [mine]
    for target, rows in mine.groupby("target", sort=False):
        inhibitor, _, screen = str(target).rpartition("@")
        for name, values in measured_elsewhere(responses, consensus, inhibitor, screen).items():
            known = rows.sample_id.map(values).to_numpy(float)
            pieces.append(rows.assign(predictor=name, prediction=known)[np.isfinite(known)])
    if len(pieces) == 1:
        return []
    table = pd.concat(pieces, ignore_index=True).assign(in_unit=False)
    scores = judge(table, draws=draws, seed=seed, tissue=tissue, growth=growth)
    return [score for score in scores if score.predictor != MODEL]
