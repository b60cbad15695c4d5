r"""Harrell's C-index with censoring, and what a marker adds to covariates.

.. math:: C = \frac{\sum_{i,j} w_i w_j \, 1[t_i < t_j, e_i = 1] \, (1[r_i > r_j] + \tfrac12 1[r_i = r_j])}
                   {\sum_{i,j} w_i w_j \, 1[t_i < t_j, e_i = 1]}

over pairs of which it is known who had the event first (Harrell 1982, doi 10.1001/jama.1982.03320430047030);
of two with the same time, one with the event came before one without.  :math:`w` counts how often a draw of
the bootstrap has a patient (doi 10.1214/aos/1176344552), so a thousand draws are two matrix products.

A model is best on the patients that it was fitted to.  Beside the figures of those stands the gain *held
out*: each fifth of the patients by coefficients of the other four.  Only pairs within a fifth count, since a
risk of one fit and a risk of another are not on one scale; drawing the fifths twice gives more pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.estimates import Drawn, Estimate, draw_weights
from predictor.outcomes.cox import EVENT, MONTHS, CoxFit, fit_cox
from predictor.outcomes.not_estimable import NotEstimable

FOLDS, REPEATS = 5, 2


@dataclass(frozen=True)
class Concordance:
    """C-indices of one group of patients.

    Attributes
    ----------
    n
        Patients.
    covariates
        Of the covariates alone; undefined without any.
    with_marker
        Of marker and covariates.
    gain
        What the marker adds, paired draws; without covariates over 0.5.
    gain_held_out
        The same by coefficients from other patients.
    """

    n: int
    covariates: Estimate
    with_marker: Estimate
    gain: Estimate
    gain_held_out: Estimate


class Pairs:
    """The comparable pairs of some patients, under draws.

    Parameters
    ----------
    data
        With months and event.
    draws, seed
        Of the bootstrap over these patients.
    """

    def __init__(self, data: pd.DataFrame, draws: int, seed: int) -> None:
        months, event = data[MONTHS].to_numpy(float), data[EVENT].to_numpy(float) > 0
        earlier = months[:, None] < months[None, :]
        tied = (months[:, None] == months[None, :]) & ~event[None, :]
        self._first = ((earlier | tied) & event[:, None]).astype(np.float32)
        weights = np.vstack([np.ones(len(data), dtype=np.int64), draw_weights(len(data), draws, seed)])
        self._weights = np.ascontiguousarray(weights.T, dtype=np.float32)
        self._pairs = self._sum(self._first)

    def index(self, risk: np.ndarray) -> Drawn:
        """The C-index of a risk (higher = sooner), with its values under the draws."""
        return self._ratio(self._first * _higher(risk), self._first)

    def index_within(self, risks: Sequence[np.ndarray], folds: Sequence[np.ndarray]) -> Drawn:
        """The C-index of risks over the pairs within each fold, several draws of the folds together."""
        agreeing, comparable = np.zeros_like(self._first), np.zeros_like(self._first)
        for risk, fold in zip(risks, folds, strict=True):
            mine = self._first * (fold[:, None] == fold[None, :])
            comparable += mine
            agreeing += mine * _higher(risk)
        return self._ratio(agreeing, comparable)

    def _ratio(self, agreeing: np.ndarray, comparable: np.ndarray) -> Drawn:
        pairs = self._pairs if comparable is self._first else self._sum(comparable)
        with np.errstate(invalid="ignore", divide="ignore"):
            return Drawn.of(np.where(pairs > 0, self._sum(agreeing) / pairs, np.nan))

    def _sum(self, kernel: np.ndarray) -> np.ndarray:
        return np.einsum("ij,ij->j", kernel @ self._weights, self._weights, dtype=np.float64)


def of_covariates(data: pd.DataFrame, covariates: Sequence[str], draws: int, seed: int) -> Estimate:
    """The C-index of covariates in these patients, with its 95 % interval."""
    pairs = Pairs(data, draws, seed)
    try:
        return pairs.index(fit_cox(data, covariates).risk(data)).estimate()
    except NotEstimable as why:
        return Drawn.undefined(draws, why.reason).estimate()


def concordance(fit: CoxFit, marker: str, draws: int, seed: int) -> Concordance:
    """What a marker adds to the covariates of a model.

    Parameters
    ----------
    fit
        Of marker and covariates, in one group of patients.
    marker
        Its column.
    draws, seed
        Of the bootstrap over patients; the coefficients stay as they are.
    """
    data, terms = fit.data, list(fit.terms)
    others = [term for term in terms if term != marker]
    pairs = Pairs(data, draws, seed)
    whole = pairs.index(fit.risk(data))
    half = Drawn(0.5, np.full(draws, 0.5))
    alone = pairs.index(fit_cox(data, others).risk(data)) if others else half
    return Concordance(
        fit.n,
        alone.estimate() if others else Drawn.undefined(draws, "no covariates").estimate(),
        whole.estimate(),
        (whole - alone).estimate(),
        _held_out(data, terms, others, pairs, draws, seed),
    )


def _higher(risk: np.ndarray) -> np.ndarray:
    """1 where the first of a pair has the higher risk, one half where they tie."""
    return np.asarray((np.sign(risk[:, None] - risk[None, :]).astype(np.float32) + 1) / 2)


def _held_out(
    data: pd.DataFrame, terms: list[str], others: list[str], pairs: Pairs, draws: int, seed: int
) -> Estimate:
    rng = np.random.default_rng(seed)
    # By the order of the identifiers, in which the data come: the order of a table's rows decides nothing.
    folds = [rng.permutation(len(data)) % FOLDS for _ in range(REPEATS)]
    with_marker = [np.zeros(len(data)) for _ in folds]
    without = [np.zeros(len(data)) for _ in folds]
    try:
        for fold, ours, theirs in zip(folds, with_marker, without, strict=True):
            for one in range(FOLDS):
                out = fold == one
                ours[out] = fit_cox(data[~out], terms).risk(data[out])
                if others:
                    theirs[out] = fit_cox(data[~out], others).risk(data[out])
    except NotEstimable as why:
        return Drawn.undefined(draws, f"without a fifth of the patients: {why.reason}").estimate()
    return (pairs.index_within(with_marker, folds) - pairs.index_within(without, folds)).estimate()
