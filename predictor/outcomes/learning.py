r"""Learning from outcomes: boosted trees on a Cox model of covariates, judged on patients that it never saw.

.. math:: h_i(t) = h_0(t) \, \exp\{\beta^\top z_i + T(x_i)\}

with covariates *z* (fitted first, partial likelihood) and trees *T* on the features *x*, boosted on the
gradient of Cox's partial likelihood (XGBoost's ``survival:cox``, Breslow's ties) from the covariates' log
hazard on.  Everything is nested: in each outer fold the covariates' coefficients, which features may be
learned and the number of rounds (none is among the candidates) come from the other folds, the rounds by
C-index over inner folds.

A hundred events find a hazard ratio of 1.3 per standard deviation of one feature, and nothing among a hundred
features: no gain is the expected result, and is printed like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from predictor.estimates import Estimate
from predictor.outcomes.concordance import Pairs
from predictor.outcomes.cox import EVENT, MONTHS, fit_cox
from predictor.splits import assign_folds
from predictor.submodel import is_learnable

#: What is judged: the covariates alone, trees on the features alone, and both.
COVARIATES, FEATURES, BOTH = "covariates", "features", "covariates and features"


@dataclass(frozen=True)
class LearningSettings:
    """How trees are boosted and judged.

    Attributes
    ----------
    rounds
        Numbers of boosting rounds that are chosen among; 0 is no tree.
    learning_rate, max_depth, reg_lambda, subsample, colsample_bynode
        As in XGBoost.
    least_carriers
        A 0/1 feature that fewer patients carry, or lack, is not learned.
    folds, inner_folds, repeats, seed
        Of the outer folds, the inner ones, and how often the outer ones are drawn.
    draws
        Of the bootstrap over patients.
    """

    rounds: tuple[int, ...] = (0, 10, 20, 40, 80)
    learning_rate: float = 0.05
    max_depth: int = 2
    reg_lambda: float = 5.0
    subsample: float = 0.8
    colsample_bynode: float = 0.3
    least_carriers: int = 10
    folds: int = 5
    inner_folds: int = 5
    repeats: int = 3
    seed: int = 1
    draws: int = 1000

    def parameters(self) -> dict[str, object]:
        """XGBoost's parameters; one thread, so that the number of cores cannot change a result."""
        return {
            "objective": "survival:cox", "tree_method": "hist", "nthread": 1, "verbosity": 0,
            "seed": self.seed, "learning_rate": self.learning_rate, "max_depth": self.max_depth,
            "reg_lambda": self.reg_lambda, "subsample": self.subsample,
            "colsample_bynode": self.colsample_bynode,
        }  # fmt: skip


@dataclass(frozen=True)
class Learned:
    """How well outcomes were learned.

    Attributes
    ----------
    n, events, n_features
        Patients, events, and the features that may be learned from all of them.
    c_index
        :data:`COVARIATES`, :data:`FEATURES`, :data:`BOTH` -> C-index over the pairs within held-out folds.
    gain
        Of both over the covariates alone, paired draws of patients.
    rounds
        The rounds chosen in each outer fold of :data:`BOTH`.
    """

    n: int
    events: int
    n_features: int
    c_index: dict[str, Estimate]
    gain: Estimate
    rounds: tuple[int, ...]


def learn(
    data: pd.DataFrame,
    covariates: Sequence[str],
    features: pd.DataFrame,
    settings: LearningSettings,
    *,
    progress: Progress = silent,
) -> Learned:
    """Judge what features add to covariates.

    Parameters
    ----------
    data
        One row a patient: months, event (1 = event), the columns of the covariates.
    covariates
        Those columns.
    features
        The same patients x features, NaN where unknown (the training mean stands in).
    settings
        How.
    progress
        Told of finished folds.

    Raises
    ------
    NotEstimable
        If the covariates cannot be fitted in a fold.
    ValueError
        If the two tables are not of the same patients.
    """
    if list(data.index) != list(features.index):
        raise ValueError("data and features are not of the same patients")
    order = data.index.sort_values()
    # In one order and one memory layout: sums of the same numbers laid out otherwise differ in the last bit.
    data, features = (
        pd.DataFrame(np.array(table.loc[order], dtype=float, order="C"), index=order, columns=table.columns)
        for table in (data[[MONTHS, EVENT, *covariates]], features)
    )
    risks: dict[str, list[np.ndarray]] = {name: [] for name in (COVARIATES, FEATURES, BOTH)}
    folds: list[np.ndarray] = []
    chosen: list[int] = []
    ids = [str(one) for one in order]
    for repeat in range(settings.repeats):
        fold = assign_folds(ids, settings.folds, settings.seed + repeat)
        mine = {name: np.zeros(len(data)) for name in risks}
        for one in range(settings.folds):
            progress("learn (folds)", repeat * settings.folds + one, settings.repeats * settings.folds)
            out = fold == one
            train = data[~out]
            alone = fit_cox(train, covariates) if covariates else None
            offsets = [
                np.zeros(len(part)) if alone is None else alone.risk(part) for part in (train, data[out])
            ]
            mine[COVARIATES][out] = offsets[1]
            none = [np.zeros(len(part)) for part in offsets]
            for name, (base, asked) in ((FEATURES, none), (BOTH, offsets)):
                said, rounds = _boosted(train, features[~out], base, features[out], settings)
                mine[name][out] = asked + said
                if name == BOTH:
                    chosen.append(rounds)
        folds.append(fold)
        for name, risk in mine.items():
            risks[name].append(risk)
    progress("learn (folds)", settings.repeats * settings.folds, settings.repeats * settings.folds)
    pairs = Pairs(data, settings.draws, settings.seed)
    found = {name: pairs.index_within(mine, folds) for name, mine in risks.items()}
    return Learned(
        n=len(data),
        events=int(data[EVENT].sum()),
        n_features=len(_learnable(features, settings)),
        c_index={name: drawn.estimate() for name, drawn in found.items()},
        gain=(found[BOTH] - found[COVARIATES]).estimate(),
        rounds=tuple(chosen),
    )


def _learnable(features: pd.DataFrame, settings: LearningSettings) -> list[str]:
    values = features.to_numpy(float)
    return [
        str(c) for j, c in enumerate(features.columns) if is_learnable(values[:, j], settings.least_carriers)
    ]


def _boosted(
    train: pd.DataFrame,
    features: pd.DataFrame,
    base: np.ndarray,
    asked: pd.DataFrame,
    settings: LearningSettings,
) -> tuple[np.ndarray, int]:
    """What the trees add to the log hazard of the patients asked about, and their rounds."""
    names = _learnable(features, settings)
    if not names:
        return np.zeros(len(asked)), 0
    mean = features[names].mean()
    X, rows = (table[names].fillna(mean).to_numpy(np.float32) for table in (features, asked))
    inner = assign_folds([str(one) for one in train.index], settings.inner_folds, settings.seed)
    # The rounds are chosen by the value alone; one draw is the fewest that there can be.
    pairs = Pairs(train, 1, settings.seed)
    left_out = {k: np.zeros(len(train)) for k in settings.rounds}
    for fold in range(settings.inner_folds):
        out = inner == fold
        for k, said in _grow(X[~out], train[~out], base[~out], X[out], settings).items():
            left_out[k][out] = base[out] + said
    scores = {k: pairs.index_within([risk], [inner]).value for k, risk in left_out.items()}
    # Of equals the fewest rounds: the candidates are in ascending order.
    best = max(settings.rounds, key=lambda k: (np.nan_to_num(scores[k], nan=0.5), -k))
    return _grow(X, train, base, rows, settings)[best], best


def _grow(
    X: np.ndarray, patients: pd.DataFrame, base: np.ndarray, asked: np.ndarray, settings: LearningSettings
) -> dict[int, np.ndarray]:
    """Number of rounds to what that many trees say of other rows."""
    import xgboost as xgb

    # XGBoost's convention: a censored time is negative.
    label = np.where(patients[EVENT].to_numpy(float) > 0, 1.0, -1.0) * patients[MONTHS].to_numpy(float).clip(
        1e-3
    )
    rows = xgb.DMatrix(X, label, base_margin=base, nthread=1)
    other = xgb.DMatrix(asked, base_margin=np.zeros(len(asked)), nthread=1)
    booster = xgb.Booster(settings.parameters(), [rows])
    said, done = {}, 0
    for k in sorted(settings.rounds):
        while done < k:
            booster.update(rows, done)
            done += 1
        said[k] = (
            booster.predict(other, output_margin=True, iteration_range=(0, k)).astype(float)
            if k
            else np.zeros(len(asked))
        )
    return said
