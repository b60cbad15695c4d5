"""What a model should learn from: the consensus of two laboratories in several ways, asked of the third."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from features.laboratories import laboratory_of
from predictor.consensus import measured_consensus
from predictor.margin import fit_margin
from predictor.measurement_error import weights_of
from predictor.measurement_model import MeasurementModel
from predictor.metrics import weighted_correlation
from predictor.study import Study

PLAIN = "mean of all measurements"


def laboratories(consensus: tuple[str, ...]) -> dict[str, str]:
    """Inhibitor-screen to its laboratory."""
    return {column: laboratory_of(*column.rsplit("@", 1)) for column in consensus}


def ways(responses: pd.DataFrame, places: list[str]) -> dict[str, tuple[np.ndarray, np.ndarray | None]]:
    """Name to the response that is learned, shape (n,), and the lines' weights; of training lines only."""
    z = (responses - responses.mean()) / responses.std(ddof=0)
    plain = z.mean(axis=1).to_numpy()
    by_place = z.T.groupby(places).mean().T.mean(axis=1).to_numpy()
    found = MeasurementModel.fit(responses, places).consensus(responses)
    variance = np.square(found.standard_error.to_numpy())
    model = found.consensus.to_numpy()
    known = np.isfinite(plain)
    weight = np.ones(len(plain))
    weighed = weights_of(model[known], variance[known])
    if weighed is not None:
        weight[known] = weighed
    return {
        PLAIN: (plain, None),
        "mean of the laboratories' means": (by_place, None),
        "measurement model": (model, None),
        "measurement model, lines weighted by its standard error": (model, weight),
    }


def measurement(study: Study) -> dict[str, object]:
    """What a measurement of GDSC is made of, by group: mean shares of its variance, and the reliability.

    Returns
    -------
    dict
        Group to ``line``, ``laboratory``, ``inhibitor``, ``noise`` (they add up to 1, a mean over
        inhibitor-screens), ``median_reliability`` and ``lines``.
    """
    found = measured_consensus(study.responses, study.consensus)
    return {
        group: {
            "line": float(np.square(model.loading).mean()),
            "laboratory": model.laboratory,
            "inhibitor": model.inhibitor,
            "noise": float(model.noise.mean()),
            "median_reliability": float(mine.reliability.median()),
            "lines": len(mine),
        }
        for group, model in found.models.items()
        for mine in [found.table[found.table.inhibitor_class == group]]
    }


def predict(study: Study, genes: np.ndarray, assignment: np.ndarray, fold: int) -> pd.DataFrame:
    """Ridge on genes of the held-out lines: columns (asked laboratory, way), index the study's lines."""
    places = laboratories(study.consensus)
    train = assignment != fold
    said = {}
    for asked in sorted(set(places.values())):
        columns = [c for c in study.consensus if places[c] != asked]
        learned = study.responses.loc[train, columns]
        for name, (y, weight) in ways(learned, [places[c] for c in columns]).items():
            known = np.isfinite(y)
            rows = np.flatnonzero(train)[known]
            weights = np.ones(len(rows)) if weight is None else weight[known]
            margin = fit_margin(genes[rows], y[known], weights)
            intercept = float(np.average(y[known], weights=weights))
            said[asked, name] = np.where(train, np.nan, intercept + margin(genes))
    return pd.DataFrame(said, index=study.features.index)


def measured(study: Study, weights: np.ndarray) -> Mapping[str, np.ndarray]:
    """The same ways as measurements: rho of two laboratories' consensus with the third's inhibitors."""
    places = laboratories(study.consensus)
    said = {}
    for asked in sorted(set(places.values())):
        columns = [c for c in study.consensus if places[c] != asked]
        for name, (y, _) in ways(study.responses[columns], [places[c] for c in columns]).items():
            said[asked, name] = y
    return agreement(pd.DataFrame(said, index=study.features.index), study, weights)


def agreement(said: pd.DataFrame, study: Study, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Mean over laboratories of the mean rho with their inhibitors, way to shape (draws,)."""
    places = laboratories(study.consensus)
    found: dict[str, list[np.ndarray]] = {}
    for (asked, name), values in said.items():
        prediction = values.to_numpy(float)
        parts = []
        for column in (c for c in study.consensus if places[c] == asked):
            truth = study.responses[column].to_numpy(float)
            both = np.isfinite(truth) & np.isfinite(prediction)
            parts.append(
                weighted_correlation(rankdata(prediction[both]), rankdata(truth[both]), weights[:, both])
            )
        found.setdefault(str(name), []).append(np.mean(parts, axis=0))
    return {name: np.asarray(np.mean(parts, axis=0)) for name, parts in found.items()}
