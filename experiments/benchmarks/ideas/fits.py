"""Blocks of features, and what one fold's ridge and trees say."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from experiments.benchmarks.ideas.all_drugs import Drugs
from features.catalogue import describe
from features.knowledge import knowledge_table
from predictor.evaluation import Study
from predictor.margin import PENALTIES
from predictor.trees import TreeSettings, grow

INNER, INNER_SEED, TREE_SEEDS = 5, 77, 2
TREES = TreeSettings()


@dataclass(frozen=True)
class SignedTrees(TreeSettings):
    """Trees that may follow a feature in one direction only: 1 up, -1 down, 0 either."""

    signs: tuple[int, ...] = ()

    def parameters(self, seed: int) -> dict[str, object]:
        """XGBoost's, with its monotone constraints."""
        return super().parameters(seed) | {"monotone_constraints": self.signs}


@dataclass
class Fit:
    """One fold: rows of the lines that teach, their consensus, and the blocks of all lines.

    ``drugs`` holds the responses of these lines to every drug of the screens that teach.
    """

    data: Data
    train: np.ndarray
    y: np.ndarray
    drugs: Drugs

    @cached_property
    def genes(self) -> np.ndarray:
        """The linear kernel of all lines, standardised over the training lines."""
        return linear_kernel(self.data.genes, self.train)

    @cached_property
    def by_ridge(self) -> np.ndarray:
        """What ridge on genes says of all lines."""
        return kernel_ridge(self.genes, self.train, self.y)

    def by_trees(
        self, block: np.ndarray, settings: TreeSettings = TREES, seeds: int = TREE_SEEDS
    ) -> np.ndarray:
        """What trees on a block say of all lines, the mean over a few seeds."""
        import xgboost as xgb

        filled = np.where(np.isfinite(block), block, np.nanmean(block[self.train], axis=0))
        mean = self.y.mean()
        rows, weight = filled[self.train], np.ones(len(self.train))
        said = [
            grow(rows, self.y - mean, weight, settings.max_rounds, settings, seed).predict(
                xgb.DMatrix(filled, nthread=1)
            )
            for seed in range(seeds)
        ]
        return np.asarray(mean + np.mean(said, axis=0))

    def left_out_trees(self, block: np.ndarray) -> np.ndarray:
        """What trees say of the training lines that they never saw, shape (n_train,)."""
        inner = np.random.default_rng(INNER_SEED).permutation(len(self.train)) % INNER
        out = np.empty(len(self.train))
        for fold in range(INNER):
            kept = inner != fold
            part = Fit(self.data, self.train[kept], self.y[kept], self.drugs.rows(kept))
            out[~kept] = part.by_trees(block)[self.train[~kept]]
        return out

    def half_and_half(
        self, block: np.ndarray, settings: TreeSettings = TREES, seeds: int = TREE_SEEDS
    ) -> np.ndarray:
        """The mean of ridge and trees."""
        return np.asarray((self.by_ridge + self.by_trees(block, settings, seeds)) / 2)

    def ridge_on(self, learned: np.ndarray) -> np.ndarray:
        """What ridge on genes says of all lines after learning another response."""
        return kernel_ridge(self.genes, self.train, learned)

    def margin_on_rest(self, block: np.ndarray, share: float) -> np.ndarray:
        """A share of the trees, and ridge on what their cross-fitted predictions leave over."""
        rest = self.y - share * (self.left_out_trees(block) - self.y.mean())
        said = share * (self.by_trees(block) - self.y.mean())
        return np.asarray(kernel_ridge(self.genes, self.train, rest) + said)


@dataclass(frozen=True)
class Data:
    """Blocks of features, aligned with the study's lines."""

    study: Study
    genes: np.ndarray
    scores: np.ndarray
    levels: np.ndarray
    drivers: np.ndarray
    pathways: np.ndarray
    lineage: np.ndarray
    set_genes: np.ndarray
    random_genes: np.ndarray
    signs: tuple[int, ...]
    all_responses: pd.DataFrame


def expected_sign(name: str) -> int:
    """1 resistant, -1 sensitive, where the catalogue expects it of rapalogs and ATP-competitive drugs."""
    row = describe(name)
    expected = {row.expected_rapalog, row.expected_atp_competitive}
    return {"resistant": 1, "sensitive": -1}.get(next(iter(expected)), 0) if len(expected) == 1 else 0


def gather(study: Study, all_responses: pd.DataFrame) -> Data:
    """The blocks of the study's features, and what the screens measured of all drugs."""
    features = study.features
    names = [c for c in features.columns if c not in study.roles.computed_only]

    def block(*families: str) -> np.ndarray:
        return known(*families).to_numpy(float)

    def known(*families: str) -> pd.DataFrame:
        table = features[[c for c in names if c.split(".")[0] in families]]
        table = table.loc[:, table.notna().mean() > 0.9]
        rare = table.fillna(0.0).isin([0.0, 1.0]).all() & (table.sum() < 20)
        return table.loc[:, ~rare & (table.std() > 0)]

    genes = features[[c for c in features.columns if c in study.roles.wide]]
    sets = [
        f"expr.{g}" for g in sorted(set(knowledge_table("signatures").gene)) if f"expr.{g}" in genes.columns
    ]
    scores = known("path", "env", "progeny", "growth", "drv", "cn", "msi", "lineage")
    levels = known("level")
    some = np.random.default_rng(0).choice(genes.shape[1], levels.shape[1], replace=False)
    return Data(
        study,
        genes.fillna(0.0).to_numpy(float),
        scores.to_numpy(float),
        levels.to_numpy(float),
        block("drv"),
        block("path", "env", "progeny", "growth"),
        block("lineage"),
        genes[sets].to_numpy(float),
        genes.to_numpy(float)[:, some],
        tuple(expected_sign(str(c)) for c in [*scores.columns, *levels.columns]),
        all_responses,
    )


def linear_kernel(block: np.ndarray, train: np.ndarray) -> np.ndarray:
    """Inner products of rows standardised over the training rows; the diagonal averages about 1."""
    filled = np.where(np.isfinite(block), block, np.nanmean(block[train], axis=0))
    z = filled - filled[train].mean(axis=0)
    spread = filled[train].std(axis=0)
    z = z[:, spread > 1e-9] / spread[spread > 1e-9]
    return np.asarray(z @ z.T / z.shape[1])


def gaussian_kernel(kernel: np.ndarray, train: np.ndarray, width: float = 3.0) -> np.ndarray:
    """``exp(-d^2 / (width * median d^2))``, centred over the training rows."""
    square = np.diag(kernel)[:, None] + np.diag(kernel)[None] - 2 * kernel
    out = np.exp(-square / (width * np.median(square[np.ix_(train, train)])))
    mean = out[train].mean(axis=0)
    return np.asarray(out - mean[:, None] - mean[None] + out[np.ix_(train, train)].mean())


def kernel_ridge(kernel: np.ndarray, train: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Ridge in the dual, its penalty by exact leave-one-out; what it says of all rows."""
    values, vectors = np.linalg.eigh(kernel[np.ix_(train, train)])
    rotated = vectors.T @ (y - y.mean())
    best, least = np.zeros(len(y)), np.inf
    for penalty in PENALTIES:
        inverse = 1 / (np.maximum(values, 0) + penalty)
        alpha = vectors @ (inverse * rotated)
        error = float(np.mean(np.square(alpha / (np.square(vectors) @ inverse))))
        if error < least:
            best, least = alpha, error
    return np.asarray(y.mean() + kernel[:, train] @ best)


def without(y: np.ndarray, other: np.ndarray) -> np.ndarray:
    """What a least-squares line through another response leaves of y."""
    slope, intercept = np.polyfit(other, y, 1)
    return np.asarray(y - intercept - slope * other)


def top_genes(fit: Fit, n: int = 1000) -> np.ndarray:
    """The genes that follow the response in the training lines."""
    rows = fit.data.genes[fit.train]
    centred, y = rows - rows.mean(axis=0), fit.y - fit.y.mean()
    r = np.abs(y @ centred) / (rows.std(axis=0) + 1e-9)
    return fit.data.genes[:, np.argsort(-r)[:n]]
