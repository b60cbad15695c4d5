"""The measured consensus of each line and class, with its uncertainty, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from features.errors import InputError
from features.laboratories import laboratory_of
from predictor.measurement_model import MeasurementModel
from predictor.response import class_targets

#: The group of all inhibitor-screens of a consensus, beside the classes.
ALL_CLASSES = "mtorc1_inhibitors"


@dataclass(frozen=True)
class MeasuredConsensus:
    """What :func:`measured_consensus` found.

    Attributes
    ----------
    table
        One row a line and group: sample_id, inhibitor_class (or :data:`ALL_CLASSES`), consensus,
        standard_error, reliability, n_measurements; lines that the group did not measure are left out.
    models
        Group to its fitted model.
    without
        Group to the reason why there is none.
    """

    table: pd.DataFrame
    models: dict[str, MeasurementModel]
    without: dict[str, str]


def measured_consensus(responses: pd.DataFrame, consensus: Sequence[str]) -> MeasuredConsensus:
    """Fit the measurement model to all classes together and to each class, and apply it to the same lines.

    Parameters
    ----------
    responses
        From :func:`~predictor.response.response_table`.
    consensus
        The ``inhibitor@screen`` that count.

    Raises
    ------
    InputError
        If not even all classes together were measured by two laboratories.
    """
    groups = {ALL_CLASSES: tuple(consensus)}
    groups |= {target.name: target.members for target in class_targets(responses, consensus)}
    pieces, models, without = [], {}, {}
    for group, members in groups.items():
        mine = responses[list(members)]
        places = [laboratory_of(*column.rsplit("@", 1)) for column in members]
        try:
            model = MeasurementModel.fit(mine, places)
        except InputError as error:
            if group == ALL_CLASSES:
                raise
            without[group] = str(error)
            continue
        models[group] = model
        found = model.consensus(mine)
        found = found[found.n_measurements > 0].rename_axis("sample_id").reset_index()
        found.insert(1, "inhibitor_class", group)
        pieces.append(found)
    return MeasuredConsensus(pd.concat(pieces, ignore_index=True), models, without)
