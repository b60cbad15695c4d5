"""The estimator: boosted trees over a linear margin, one sub-model for each modality pattern."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import (
    _check_feature_names,
    _check_sample_weight,
    check_array,
    check_is_fitted,
    validate_data,
)

from predictor.modalities import PATTERNS, WHOLE, ColumnRoles, choose_patterns
from predictor.splits import assign_folds
from predictor.submodel import SubModel, fit_submodel, predict_rows
from predictor.trees import TreeSettings


class ResponseRegressor(RegressorMixin, BaseEstimator):
    """Predict one response of a sample from its features.

    Parameters
    ----------
    roles
        What the columns are (:class:`~predictor.modalities.ColumnRoles`); without it every column is readable
        and there is one pattern, which is what a plain array gets.
    trees
        How trees are grown; None for the defaults.
    patterns
        The modality patterns to fit, some of :data:`~predictor.modalities.PATTERNS`; None for all that the
        columns' modalities make up.
    inner_folds
        Folds of the inner cross-fitting, at least 2.
    least_carriers
        A 0/1 feature seen in fewer training samples than this is not learned.
    least_known
        A modality counts as measured where at least this share of its inputs is known.
    random_state
        Seed of the inner folds and of the trees.

    Attributes
    ----------
    submodels_ : dict of str to SubModel
        One for each pattern.
    left_out_ : dict of str to numpy.ndarray
        Cross-fitted predictions of the training rows, shape (n,), for each pattern.
    pooling_ : float
        Share of the consensus in y, where :func:`~predictor.target_model.fit_target` fitted it.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : numpy.ndarray
        Column names, where a DataFrame was given.

    Notes
    -----
    Missing values are allowed.  A row is answered by the sub-model of the modalities that it has; within a
    modality a missing readable value counts as the training mean.
    """

    def __init__(
        self,
        roles: ColumnRoles | None = None,
        *,
        trees: TreeSettings | None = None,
        patterns: tuple[str, ...] | None = None,
        inner_folds: int = 5,
        least_carriers: int = 20,
        least_known: float = 0.5,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        self.roles = roles
        self.trees = trees
        self.patterns = patterns
        self.inner_folds = inner_folds
        self.least_carriers = least_carriers
        self.least_known = least_known
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that missing values are welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def fit(
        self, X: pd.DataFrame | np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Self:
        """Fit every pattern.

        Parameters
        ----------
        X
            Shape (n, p).
        y
            Shape (n,), finite; higher means more resistant.
        sample_weight
            Shape (n,); a row of weight 0 is left out.

        Returns
        -------
        ResponseRegressor
            Itself.

        Raises
        ------
        ValueError
            If y is not finite, or there are fewer than 2 samples.
        """
        plain = _float_array(X)
        values, y = validate_data(
            self,
            X if plain is None else plain,
            y,
            ensure_all_finite="allow-nan",
            ensure_min_samples=2,
            dtype=np.float64,
            y_numeric=True,
        )
        if plain is not None:
            _check_feature_names(self, X, reset=True)
        weight = _check_sample_weight(sample_weight, values, dtype=np.float64, ensure_non_negative=True)
        used = weight > 0
        if used.sum() < 2:
            raise ValueError("fewer than 2 samples have a positive weight")
        names = self._column_names()
        roles = self._roles(names)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        inner = assign_folds(
            [str(i) for i in range(int(used.sum()))], min(self.inner_folds, int(used.sum())), seed
        )
        position = {name: j for j, name in enumerate(names)}
        self.pooling_ = 0.0
        self.submodels_: dict[str, SubModel] = {}
        self.left_out_: dict[str, np.ndarray] = {}
        for pattern in self._patterns():
            readable = roles.columns_of(pattern, names, wide=False)
            wide = roles.columns_of(pattern, names, wide=True)
            model, left_out = fit_submodel(
                pattern,
                values[np.ix_(used, [position[c] for c in readable])],
                readable,
                values[np.ix_(used, [position[c] for c in wide])],
                wide,
                np.asarray(y, dtype=np.float64)[used],
                weight[used],
                inner,
                trees=self.trees or TreeSettings(),
                least_carriers=self.least_carriers,
                seed=seed,
            )
            self.submodels_[pattern] = model
            self.left_out_[pattern] = np.full(len(values), np.nan)
            self.left_out_[pattern][used] = left_out
        return self

    def predict(self, X: pd.DataFrame | np.ndarray) -> np.ndarray:
        """Predict each row with the sub-model of the modalities that it has.

        Parameters
        ----------
        X
            Shape (n, p), the columns of :meth:`fit`.

        Returns
        -------
        numpy.ndarray
            Shape (n,), in the unit of y.
        """
        return self.answer(X)[0]

    def pattern_of(self, X: pd.DataFrame | np.ndarray) -> np.ndarray:
        """The name of the pattern that answers for each row, shape (n,)."""
        return self.answer(X)[1]

    def answer(self, X: pd.DataFrame | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Predictions and the patterns that gave them, each of shape (n,)."""
        check_is_fitted(self, "submodels_")
        plain = _float_array(X)
        if plain is None:
            values = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        else:
            _check_feature_names(self, X, reset=False)
            values = check_array(plain, ensure_all_finite="allow-nan", dtype=np.float64, estimator=self)
        names = self._column_names()
        chosen = choose_patterns(values, names, self.submodels_, self._roles(names), self.least_known)
        return predict_rows(values, names, self.submodels_, chosen), chosen

    def _patterns(self) -> tuple[str, ...]:
        if self.roles is None:
            return (WHOLE,)
        if self.patterns is not None:
            return tuple(self.patterns)
        measured = set(self.roles.modality.values())
        return tuple(pattern for pattern, needed in PATTERNS.items() if needed <= measured)

    def _column_names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [str(n) for n in names] if names is not None else [f"x{j}" for j in range(self.n_features_in_)]

    def _roles(self, names: list[str]) -> ColumnRoles:
        return self.roles or ColumnRoles(dict.fromkeys(names, WHOLE), frozenset())


def _float_array(X: pd.DataFrame | np.ndarray) -> np.ndarray | None:
    """A DataFrame of floats as an array, else None.

    scikit-learn looks at each column of a DataFrame by itself, which for 5,900 columns costs more than a fit.
    """
    if not isinstance(X, pd.DataFrame):
        return None
    values = X.to_numpy()
    return values if values.dtype == np.float64 else None
