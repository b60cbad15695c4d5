"""The naive ladder: what a score is worth nothing without.

Each rung sees the training lines' own responses to the target and nothing else of it; all are judged on
the same held-out lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from predictor.margin import fit_margin

#: Extra shrinkage of a tissue's mean, in lines: a tissue of one line is mostly the overall mean.
TISSUE_PRIOR_LINES = 3.0


@dataclass(frozen=True)
class Ladder:
    """The inputs that the rungs use, aligned with the feature matrix.

    Attributes
    ----------
    tissue
        Index sample_id: the lineage, "" where unknown.
    growth
        Index sample_id: measured growth rate, NaN where unknown; None where no growth table was imported.
    genes
        The wide expression block; None where there is none.
    """

    tissue: pd.Series
    growth: pd.Series | None
    genes: pd.DataFrame | None

    def rungs(self) -> Mapping[str, Callable[[list[str], np.ndarray, list[str]], np.ndarray]]:
        """Name to a function (training ids, their responses, test ids) -> predictions."""
        rungs: dict[str, Callable[[list[str], np.ndarray, list[str]], np.ndarray]] = {
            "drug_mean": self.drug_mean,
            "tissue": self.by_tissue,
        }
        if self.growth is not None:
            rungs |= {"growth": self.by_growth, "growth_tissue": self.by_growth_and_tissue}
        if self.genes is not None:
            rungs["ridge_genes"] = self.by_ridge_on_genes
        return rungs

    def drug_mean(self, train: list[str], y: np.ndarray, test: list[str]) -> np.ndarray:
        """The mean response, for every line."""
        return np.full(len(test), y.mean())

    def by_tissue(self, train: list[str], y: np.ndarray, test: list[str]) -> np.ndarray:
        """The mean response of the tissue, shrunk to the overall mean by a few lines."""
        groups = pd.Series(y - y.mean()).groupby(self.tissue.loc[train].to_numpy())
        means = groups.sum() / (groups.size() + TISSUE_PRIOR_LINES)
        return y.mean() + self.tissue.loc[test].map(means).fillna(0.0).to_numpy(float)

    def by_growth(self, train: list[str], y: np.ndarray, test: list[str]) -> np.ndarray:
        """Least squares on the measured growth rate; the mean rate where it is unknown."""
        return self._least_squares(train, y, test, self._growth_columns)

    def by_growth_and_tissue(self, train: list[str], y: np.ndarray, test: list[str]) -> np.ndarray:
        """Least squares on growth rate and tissue, lightly penalised."""
        return self._least_squares(train, y, test, self._growth_and_tissue_columns)

    def by_ridge_on_genes(self, train: list[str], y: np.ndarray, test: list[str]) -> np.ndarray:
        """Ridge on the expression block, its penalty chosen by leave-one-out among the training lines."""
        if self.genes is None:
            raise ValueError("there is no expression block")
        margin = fit_margin(self.genes.loc[train].to_numpy(), y, np.ones(len(y)))
        return y.mean() + margin(self.genes.loc[test].to_numpy())

    def _growth_columns(self, ids: list[str], train: list[str]) -> np.ndarray:
        if self.growth is None:
            raise ValueError("no growth rate was imported")
        known = self.growth.loc[train]
        return ((self.growth.loc[ids].fillna(known.mean()) - known.mean()) / known.std()).to_numpy(float)[
            :, None
        ]

    def _growth_and_tissue_columns(self, ids: list[str], train: list[str]) -> np.ndarray:
        tissues = sorted(set(self.tissue.loc[train]))
        dummies = (self.tissue.loc[ids].to_numpy()[:, None] == np.array(tissues)[None, :]).astype(float)
        return np.hstack([self._growth_columns(ids, train), dummies])

    def _least_squares(
        self,
        train: list[str],
        y: np.ndarray,
        test: list[str],
        columns: Callable[[list[str], list[str]], np.ndarray],
    ) -> np.ndarray:
        X = columns(train, train)
        gram = X.T @ X + np.eye(X.shape[1])
        beta = np.linalg.solve(gram, X.T @ (y - y.mean()))
        return y.mean() + columns(test, train) @ beta
