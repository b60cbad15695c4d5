"""An alternative booster within reach: scikit-learn's histogram gradient boosting on the readable features.

Untuned and without the wide block: it says what a common choice gives on the same lines and folds, not what
boosting can do at best.  It learns the target's own response, as the ladder does.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits

#: Small trees and slow learning, as suits some hundred noisy lines.  No early stopping: it would set lines
#: aside at random, by their order.
SETTINGS = {
    "max_iter": 150,
    "learning_rate": 0.05,
    "max_leaf_nodes": 8,
    "min_samples_leaf": 20,
    "l2_regularization": 5.0,
    "max_features": 0.3,
    "max_bins": 63,
    "early_stopping": False,
    "random_state": 0,
}


def boosted_trees(train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame) -> np.ndarray:
    """Fit on the training lines and predict the test lines.

    Parameters
    ----------
    train, test
        Shape (n, p) and (m, p): the readable features, NaN where unknown.  A column that holds no two values
        in training is left out.  Training lines are put in the order of their ids first, so that the order
        given does not matter.
    y
        Shape (n,), finite, higher = more resistant.

    Returns
    -------
    numpy.ndarray
        Shape (m,), in the unit of y.
    """
    order = np.argsort(np.asarray([str(i) for i in train.index]), kind="stable")
    learnable = [c for c in train.columns if train[c].nunique() > 1]
    train, test = train[learnable], test[learnable]
    # The limit holds for the thread that sets it, and fits run on threads of their own.
    with threadpool_limits(limits=1):
        model = HistGradientBoostingRegressor(**SETTINGS).fit(train.to_numpy(float)[order], y[order])
        return np.asarray(model.predict(test.to_numpy(float)), dtype=float)
