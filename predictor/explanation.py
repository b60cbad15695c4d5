"""Why a sample is predicted as it is: exact SHAP values, per feature and summed per mechanism.

Values come from TreeSHAP for the trees (Lundberg 2020, doi 10.1038/s42256-019-0138-9) and from coefficient x
(value - mean) for the linear part; ``shap.TreeExplainer`` would leave out the margin under the trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.catalogue import EXPRESSION_PREFIX, MECHANISMS, mechanism_of
from predictor.answering import answers
from predictor.bundle import Bundle
from predictor.modalities import choose_patterns
from predictor.sample_inputs import align
from predictor.submodel import rows_of

if TYPE_CHECKING:
    import shap

#: What the row is called that the contributions start from.
BASE = "base"
#: Contributions and prediction may differ by this much, in the unit of the target; the trees add up in single
#: precision.
TOLERANCE = 1e-4
#: Columns of :meth:`Explanation.table` and of :meth:`Explanation.mechanisms`.
COLUMNS = ("sample_id", "inhibitor", "target", "feature", "mechanism", "value", "shap_value")
MECHANISM_COLUMNS = ("sample_id", "inhibitor", "target", "mechanism", "shap_value")


@dataclass(frozen=True, eq=False)
class Explanation:
    """SHAP values of some samples for one inhibitor.

    Attributes
    ----------
    inhibitor, target, unit
        What was asked, which model answered, in which unit the values are (higher = more resistant).
    sample_ids
        n samples.
    features
        p features: all that the model of any of the samples uses.
    mechanism
        The mechanism of each feature, shape (p,).
    values
        Shape (n, p), NaN where missing.
    shap_values
        Shape (n, p); 0 where the sample's pattern does not use the feature.
    used
        Shape (n, p), bool: whether it does.
    base
        Shape (n,): what the contributions start from (the mean of the training lines, per pattern).
    prediction
        Shape (n,); ``base + shap_values.sum(axis=1)`` but for rounding.
    pattern
        Shape (n,): the modality pattern that answered.
    """

    inhibitor: str
    target: str
    unit: str
    sample_ids: tuple[str, ...]
    features: tuple[str, ...]
    mechanism: tuple[str, ...]
    values: np.ndarray
    shap_values: np.ndarray
    used: np.ndarray
    base: np.ndarray
    prediction: np.ndarray
    pattern: np.ndarray

    def table(self, genes: int | None = None) -> pd.DataFrame:
        """One row per sample and feature that its model uses, and one for the base.

        Parameters
        ----------
        genes
            Keep only this many genes of the wide block per sample, those with the greatest SHAP values; the
            others are summed in one row per mechanism, ``other expr (mechanism)``, so that nothing is lost.
            By default all are kept.

        Returns
        -------
        pandas.DataFrame
            :data:`COLUMNS`; a sample's ``shap_value`` add up to its prediction.  Per sample the base comes
            first, then features by falling absolute SHAP value.
        """
        wide = np.array([name.startswith(EXPRESSION_PREFIX) for name in self.features], dtype=bool)
        names, mechanisms = np.array(self.features, dtype=object), np.array(self.mechanism, dtype=object)
        pieces = []
        for i in range(len(self.sample_ids)):
            order = np.argsort(-np.abs(self.shap_values[i]), kind="stable")
            order = order[self.used[i, order]]
            kept = order if genes is None else order[~wide[order] | (np.cumsum(wide[order]) <= genes)]
            rest = np.setdiff1d(order, kept)
            summed = pd.Series(self.shap_values[i, rest]).groupby(mechanisms[rest]).sum()
            pieces.append(
                pd.DataFrame(
                    {
                        "sample_id": self.sample_ids[i],
                        "feature": [BASE, *names[kept], *(f"other expr ({m})" for m in summed.index)],
                        "mechanism": [BASE, *mechanisms[kept], *summed.index],
                        "value": [np.nan, *self.values[i, kept], *[np.nan] * len(summed)],
                        "shap_value": [self.base[i], *self.shap_values[i, kept], *summed],
                    }
                )
            )
        return pd.concat(pieces, ignore_index=True).assign(inhibitor=self.inhibitor, target=self.target)[
            list(COLUMNS)
        ]

    def mechanisms(self) -> pd.DataFrame:
        """SHAP values summed per mechanism of the catalogue, with a row for the base.

        Returns
        -------
        pandas.DataFrame
            :data:`MECHANISM_COLUMNS`; per sample the base, then the mechanisms that its model uses in the
            order of the catalogue.  A sample's values add up to its prediction.
        """
        mechanisms = np.array(self.mechanism, dtype=object)
        rows = []
        for i, sample in enumerate(self.sample_ids):
            rows.append((sample, BASE, self.base[i]))
            for mechanism in MECHANISMS:
                its = (mechanisms == mechanism) & self.used[i]
                if its.any():
                    rows.append((sample, mechanism, self.shap_values[i, its].sum()))
        table = pd.DataFrame(rows, columns=["sample_id", "mechanism", "shap_value"])
        return table.assign(inhibitor=self.inhibitor, target=self.target)[list(MECHANISM_COLUMNS)]


def explain(bundle: Bundle, values: pd.DataFrame, inhibitor: str) -> Explanation:
    """Explain the predictions of samples for one inhibitor.

    Parameters
    ----------
    bundle
        The model.
    values
        Features, as for :func:`predictor.scoring.score`.
    inhibitor
        An inhibitor by any name that it goes by, or a class; one without a model of its own is explained by
        that of its class.

    Returns
    -------
    Explanation
        Its contributions add up to the prediction of :func:`~predictor.scoring.score` (within 1e-4; in
        practice 1e-6).

    Raises
    ------
    InputError
        If the features cannot be used, or the inhibitor is unknown or has no model.
    ArithmeticError
        If the contributions do not add up.
    """
    (answer,) = answers(bundle, [inhibitor])
    model = bundle.models[answer.target]
    array = align(bundle, values)
    n = len(array)
    pattern = choose_patterns(array, bundle.columns, model.submodels, bundle.roles, bundle.least_known)
    answering = {name: sub for name, sub in model.submodels.items() if (pattern == name).any()}
    using = {c for sub in answering.values() for c in (*sub.readable, *sub.wide)}
    features = tuple(c for c in bundle.columns if c in using)
    place = {name: j for j, name in enumerate(features)}
    shap_values, used = np.zeros((n, len(features))), np.zeros((n, len(features)), dtype=bool)
    base, prediction = np.empty(n), np.empty(n)
    for sub, rows, readable, wide in rows_of(array, bundle.columns, answering, pattern):
        base[rows], of_readable, of_wide = sub.contributions(readable, wide)
        at = np.array([place[c] for c in (*sub.readable, *sub.wide)], dtype=int)
        shap_values[np.ix_(rows, at)] = np.hstack([of_readable, of_wide])
        used[np.ix_(rows, at)] = True
        prediction[rows] = sub.predict(readable, wide)
    gap = float(np.abs(base + shap_values.sum(axis=1) - prediction).max())
    if gap > TOLERANCE:
        raise ArithmeticError(f"SHAP values of {answer.target} miss the prediction by {gap:.2g}")
    columns = {name: j for j, name in enumerate(bundle.columns)}
    return Explanation(
        inhibitor=answer.inhibitor,
        target=answer.target,
        unit=model.target.unit,
        sample_ids=tuple(str(sample) for sample in values.index),
        features=features,
        mechanism=tuple(mechanism_of(name) for name in features),
        values=array[:, [columns[name] for name in features]],
        shap_values=shap_values,
        used=used,
        base=base,
        prediction=prediction,
        pattern=pattern,
    )


def as_shap(explanation: Explanation) -> shap.Explanation:
    """The same as ``shap.Explanation``, for the plots of the ``shap`` package."""
    import shap

    return shap.Explanation(
        values=explanation.shap_values,
        base_values=explanation.base,
        data=explanation.values,
        feature_names=list(explanation.features),
    )
