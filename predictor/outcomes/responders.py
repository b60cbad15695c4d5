"""How a marker tells responders from others: ROC-AUC of objective response and of clinical benefit.

*Objective response* is CR or PR (or the two joined, CRPR), against SD, PD and NE: a patient who could not be
evaluated counts as no responder, as in a response rate by RECIST 1.1 (doi 10.1016/j.ejca.2008.10.026).
*Clinical benefit* is a response, or stable disease and at least 6 months without progression; stable disease
that was censored earlier is unknown, and NE is no benefit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.estimates import Drawn, Estimate, draw_weights
from predictor.outcomes.cox import EVENT, MONTHS
from predictor.ranking import by_line, roc_auc

RESPONSE, BENEFIT = "objective response", "clinical benefit"
_RESPONDED, _NOT = ("CR", "PR", "CRPR"), ("SD", "PD", "NE")
#: Months without progression that make stable disease a benefit.
BENEFIT_MONTHS = 6.0
#: With fewer patients of either kind no figure is worth printing.
LEAST_OF_A_KIND = 5


@dataclass(frozen=True)
class Discrimination:
    """How a marker orders responders and others in one group of patients.

    Attributes
    ----------
    kind
        :data:`RESPONSE` or :data:`BENEFIT`.
    n, positive
        Patients of whom both are known, and how many of them responded (or benefitted).
    auc
        Chance that a responder has a higher value than another patient, ties one half; 0.5 tells nothing.
    """

    kind: str
    n: int
    positive: int
    auc: Estimate


def responses_of(best_response: pd.Series, pfs: pd.DataFrame | None) -> dict[str, pd.Series]:
    """1 or 0 for each kind of response, of the patients for whom it is known.

    Parameters
    ----------
    best_response
        Index patient; words of RECIST, see :data:`features.schemas.BEST_RESPONSES`.
    pfs
        Months and event of progression-free survival; None without any: no clinical benefit then.
    """
    known = best_response[best_response.isin([*_RESPONDED, *_NOT])]
    responded = known.isin(_RESPONDED).astype(float)
    found = {RESPONSE: responded}
    if pfs is not None:
        stable = known == "SD"
        months = pfs[MONTHS].reindex(known.index)
        event = pfs[EVENT].reindex(known.index)
        benefit = responded.mask(stable & (months >= BENEFIT_MONTHS), 1.0)
        unknown = stable & (months.isna() | ((months < BENEFIT_MONTHS) & (event == 0)))
        found[BENEFIT] = benefit[~unknown]
    return {kind: values for kind, values in found.items() if len(values)}


def discrimination(
    marker: pd.Series, responded: pd.Series, kind: str, *, draws: int, seed: int
) -> Discrimination:
    """The ROC-AUC of a marker with its bootstrap interval over patients.

    Parameters
    ----------
    marker
        Known values, index patient.
    responded
        1 or 0, index patient; patients without a marker are left out.
    kind
        What a 1 is.
    draws, seed
        Of the bootstrap.
    """
    both = responded.index.intersection(marker.index).sort_values()
    values, positive = marker.loc[both].to_numpy(float), responded.loc[both].to_numpy() > 0
    n, found = len(both), int(positive.sum())
    if min(found, n - found) < LEAST_OF_A_KIND:
        reason = f"{found} of {n} patients had it: fewer than {LEAST_OF_A_KIND} of a kind"
        return Discrimination(kind, n, found, Drawn.undefined(draws, reason).estimate())
    weights = by_line(np.vstack([np.ones(n, dtype=np.int64), draw_weights(n, draws, seed)]))
    # The ranking module looks for low values among the positive.
    return Discrimination(kind, n, found, Drawn.of(roc_auc(-values, positive, weights)).estimate())
