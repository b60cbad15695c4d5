r"""In what unit a marker enters a model.

* ``sd``: :math:`x / s`, a hazard ratio per standard deviation of the patients analysed;
* ``rank``: mid-ranks :math:`(r - 1) / (n - 1)` from 0 to 1 over the patients analysed, both arms together: a
  hazard ratio from the lowest to the highest patient, the same for every rising change of the marker;
* a marker that is 0 or 1 stays so, whatever the scale: a hazard ratio of those with it against those without.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.per_patient import is_binary

#: Unit -> in words, after "hazard ratio".
UNIT_WORDS = {
    "sd": "per standard deviation",
    "rank": "from the lowest to the highest patient",
    "carrier": "of those with it against those without",
}
#: Unit -> the smallest hazard ratio that one would care about, unless the user says.  The same size in three
#: units: a rank from 0 to 1 has a standard deviation of 0.29, and 2 ** 0.29 is 1.22; a marker that half of
#: the patients carry has one of 0.5, and 1.5 ** 0.5 is 1.22.
RELEVANT = {"sd": 1.22, "rank": 2.0, "carrier": 1.5}


@dataclass(frozen=True, eq=False)
class Scaled:
    """A marker in the unit of a model.

    Attributes
    ----------
    values
        Index patient.
    unit
        A key of :data:`UNIT_WORDS`.
    """

    values: pd.Series
    unit: str


def scaled(values: pd.Series, scale: str = "auto") -> Scaled:
    """The marker of the patients that are analysed, in a model's unit.

    Parameters
    ----------
    values
        Known values.
    scale
        ``sd``, ``rank``, or ``auto`` (sd).

    Raises
    ------
    NotEstimable
        If all values are the same.
    """
    if values.nunique() < 2:
        raise NotEstimable("all patients have the same value")
    if is_binary(values):
        return Scaled(values, "carrier")
    if scale == "rank":
        return Scaled((values.rank() - 1) / (len(values) - 1), "rank")
    return Scaled((values - values.mean()) / values.std(), "sd")
