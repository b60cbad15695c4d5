"""Judge the ideas of the plan beside this file: figures to result.json, the table to README.md."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.tracked import log_result  # noqa: E402
from features.knowledge import knowledge_table  # noqa: E402
from predictor.cli.console import progress  # noqa: E402
from predictor.evaluation import Study  # noqa: E402
from predictor.experiment import read_experiment  # noqa: E402
from predictor.margin import PENALTIES  # noqa: E402
from predictor.metrics import draw_weights, weighted_correlation  # noqa: E402
from predictor.parallel import run_all  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402
from predictor.response import ResponseScale  # noqa: E402
from predictor.splits import assign_folds  # noqa: E402
from predictor.study import build_study  # noqa: E402
from predictor.trees import TreeSettings, grow  # noqa: E402

FOLDS, SEED, DRAWS, INNER, TREE_SEEDS = 5, 77, 1000, 5, 2
REFERENCE = "ridge"
SCREENS = ("GDSC1", "GDSC2")
TREES = TreeSettings()


@dataclass
class Fit:
    """One fold: rows of the lines that teach, their consensus, and the blocks of all lines."""

    data: Data
    train: np.ndarray
    y: np.ndarray

    @cached_property
    def genes(self) -> np.ndarray:
        """The linear kernel of all lines, standardised over the training lines."""
        return linear_kernel(self.data.genes, self.train)

    @cached_property
    def by_ridge(self) -> np.ndarray:
        """What ridge on genes says of all lines."""
        return kernel_ridge(self.genes, self.train, self.y)

    def by_trees(self, block: np.ndarray) -> np.ndarray:
        """What trees on a block say of all lines, the mean over a few seeds."""
        import xgboost as xgb

        filled = np.where(np.isfinite(block), block, np.nanmean(block[self.train], axis=0))
        mean = self.y.mean()
        rows, weight = filled[self.train], np.ones(len(self.train))
        said = [
            grow(rows, self.y - mean, weight, TREES.max_rounds, TREES, seed).predict(
                xgb.DMatrix(filled, nthread=1)
            )
            for seed in range(TREE_SEEDS)
        ]
        return np.asarray(mean + np.mean(said, axis=0))

    def left_out_trees(self, block: np.ndarray) -> np.ndarray:
        """What trees say of the training lines that they never saw, shape (n_train,)."""
        inner = np.random.default_rng(SEED).permutation(len(self.train)) % INNER
        out = np.empty(len(self.train))
        for fold in range(INNER):
            kept = inner != fold
            part = Fit(self.data, self.train[kept], self.y[kept])
            out[~kept] = part.by_trees(block)[self.train[~kept]]
        return out

    def half_and_half(self, block: np.ndarray) -> np.ndarray:
        """The mean of ridge and trees."""
        return np.asarray((self.by_ridge + self.by_trees(block)) / 2)

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


def gather(study: Study) -> Data:
    """The blocks of the study's features."""
    features = study.features
    names = [c for c in features.columns if c not in study.roles.computed_only]

    def block(*families: str) -> np.ndarray:
        return features[[c for c in names if c.split(".")[0] in families]].to_numpy(float)

    def known(values: np.ndarray) -> np.ndarray:
        values = values[:, np.isfinite(values).mean(axis=0) > 0.9]
        rare = np.isin(np.nan_to_num(values), (0.0, 1.0)).all(axis=0) & (np.nansum(values, axis=0) < 20)
        return values[:, ~rare & (np.nanstd(values, axis=0) > 0)]

    genes = features[[c for c in features.columns if c in study.roles.wide]]
    sets = [
        f"expr.{g}" for g in sorted(set(knowledge_table("signatures").gene)) if f"expr.{g}" in genes.columns
    ]
    levels = known(block("level"))
    some = np.random.default_rng(0).choice(genes.shape[1], levels.shape[1], replace=False)
    return Data(
        study,
        genes.fillna(0.0).to_numpy(float),
        known(block("path", "env", "progeny", "growth", "drv", "cn", "msi", "lineage")),
        levels,
        known(block("drv")),
        known(block("path", "env", "progeny", "growth")),
        known(block("lineage")),
        genes[sets].to_numpy(float),
        genes.to_numpy(float)[:, some],
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


def top_genes(fit: Fit, n: int = 1000) -> np.ndarray:
    """The genes that follow the response in the training lines."""
    rows = fit.data.genes[fit.train]
    centred, y = rows - rows.mean(axis=0), fit.y - fit.y.mean()
    r = np.abs(y @ centred) / (rows.std(axis=0) + 1e-9)
    return fit.data.genes[:, np.argsort(-r)[:n]]


def ideas(d: Data) -> Mapping[str, Callable[[Fit], np.ndarray]]:
    """Name to what it says of all lines."""
    readable = np.hstack([d.scores, d.levels])
    control = np.hstack([d.scores, d.random_genes])
    sets = np.hstack([readable, d.set_genes])

    def beside(block: np.ndarray, weight: float) -> Callable[[Fit], np.ndarray]:
        return lambda f: kernel_ridge(f.genes + weight * linear_kernel(block, f.train), f.train, f.y)

    return {
        REFERENCE: lambda f: f.by_ridge,
        "ridge, Gaussian kernel": lambda f: kernel_ridge(gaussian_kernel(f.genes, f.train), f.train, f.y),
        "ridge, drivers beside the genes": beside(d.drivers, 0.2),
        "ridge, pathway scores beside the genes": beside(d.pathways, 0.3),
        "ridge, lineage beside the genes": beside(d.lineage, 0.2),
        "trees, no levels": lambda f: f.by_trees(d.scores),
        "trees, levels": lambda f: f.by_trees(readable),
        "trees, random genes": lambda f: f.by_trees(control),
        "trees, genes of all sets": lambda f: f.by_trees(sets),
        "trees, top genes": lambda f: f.by_trees(np.hstack([d.scores, top_genes(f)])),
        "half ridge, half trees, no levels": lambda f: f.half_and_half(d.scores),
        "half ridge, half trees, levels": lambda f: f.half_and_half(readable),
        "half ridge, half trees, random genes": lambda f: f.half_and_half(control),
        "half ridge, half trees, genes of all sets": lambda f: f.half_and_half(sets),
        "margin on what 0.5 of the trees leave, levels": lambda f: f.margin_on_rest(readable, 0.5),
        "margin on what all of the trees leave, levels": lambda f: f.margin_on_rest(readable, 1.0),
    }


def jobs(study: Study) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """What is learned from, and the fold that is held out."""
    for fold in range(FOLDS):
        for screen in SCREENS:
            yield screen, tuple(c for c in study.consensus if c.endswith(screen)), fold
        yield "both", study.consensus, fold


def predict(d: Data, assignment: np.ndarray, job: tuple[str, tuple[str, ...], int]) -> dict[str, np.ndarray]:
    """Held-out predictions of one fold by every idea, NaN elsewhere."""
    _, consensus, fold = job
    train = np.flatnonzero(assignment != fold)
    scale = ResponseScale.fit(d.study.responses.iloc[train], consensus)
    y = scale.consensus_of(d.study.responses)[train]
    fit = Fit(d, train[np.isfinite(y)], y[np.isfinite(y)])
    out = {}
    for name, idea in ideas(d).items():
        out[name] = np.where(assignment == fold, idea(fit), np.nan)
    return out


def unseen(said: Mapping[str, np.ndarray], study: Study, weights: np.ndarray) -> np.ndarray:
    """Mean rho over six inhibitors and both directions, shape (draws,)."""
    six = [c.split("@")[0] for c in study.consensus if c.endswith("GDSC2")]
    found = []
    for learned, asked in (SCREENS, SCREENS[::-1]):
        for inhibitor in six:
            measured = study.responses[f"{inhibitor}@{asked}"].to_numpy(float)
            ok = np.isfinite(measured)
            found.append(
                weighted_correlation(rankdata(said[learned][ok]), rankdata(measured[ok]), weights[:, ok])
            )
    return np.asarray(np.mean(found, axis=0))


def with_consensus(said: np.ndarray, study: Study, fold: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over folds of r with the measured consensus, shape (draws,)."""
    truth = ResponseScale.fit(study.responses, study.consensus).consensus_of(study.responses)
    parts = []
    for number in range(FOLDS):
        rows = np.isfinite(truth) & (fold == number)
        parts.append(weighted_correlation(said[rows], truth[rows], weights[:, rows]))
    return np.asarray(np.mean(parts, axis=0))


def main() -> int:
    """Fit, judge and write."""
    start = time.perf_counter()
    study, _ = build_study(read_experiment(ROOT / "experiments" / "default.toml"))
    data = gather(study)
    ids = [str(i) for i in study.features.index]
    assignment = assign_folds(ids, FOLDS, SEED)
    asked = list(jobs(study))
    with progress() as tell:
        parts = run_all(
            lambda job: predict(data, assignment, job),
            asked,
            jobs=2,
            label="ideas (folds x screens)",
            progress=tell,
        )
    said: dict[str, dict[str, np.ndarray]] = {}
    for (learned, _, fold), part in zip(asked, parts, strict=True):
        for name, values in part.items():
            mine = said.setdefault(name, {}).setdefault(learned, np.full(len(ids), np.nan))
            mine[assignment == fold] = values[assignment == fold]
    weights = np.vstack([np.ones((1, len(ids)), dtype=np.int64), draw_weights(len(ids), DRAWS, SEED)])
    rho = {name: unseen(one, study, weights) for name, one in said.items()}
    r = {name: with_consensus(one["both"], study, assignment, weights) for name, one in said.items()}
    rows = [
        {
            "idea": name,
            "unseen": figure(rho[name], rho[REFERENCE]),
            "consensus": figure(r[name], r[REFERENCE]),
        }
        for name in said
    ]
    result = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "seconds": round(time.perf_counter() - start),
        "lines": len(ids),
        "ideas": rows,
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (HERE / "README.md").write_text(page(result), encoding="utf-8")
    print(page(result))
    log_result(HERE)
    return 0


def figure(draws: np.ndarray, reference: np.ndarray) -> dict[str, float]:
    """The value, and its difference from the reference with a 95 % interval; the first draw is the data."""
    gain = draws - reference
    low, high = np.quantile(gain[1:], [0.025, 0.975])
    return {"value": float(draws[0]), "gain": float(gain[0]), "low": float(low), "high": float(high)}


def page(result: Mapping[str, Any]) -> str:
    """The page in Markdown."""

    def gain(one: Mapping[str, float]) -> str:
        return f"{one['gain']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"

    table = [
        f"| {one['idea']} | {one['unseen']['value']:.3f} | {gain(one['unseen'])} "
        f"| {one['consensus']['value']:.3f} | {gain(one['consensus'])} |"
        for one in result["ideas"]
    ]
    return "\n".join(
        [
            "# Ideas, judged inside GDSC",
            "",
            f"Written by `make bench` ({result['created']}, revision "
            f"{str(result['git_revision'])[:12]}, {result['seconds']} s). The plan is in [plan.md](plan.md), "
            "all figures in [result.json](result.json).",
            "",
            "| idea | unseen screen, rho | less ridge, paired | consensus, r | less ridge, paired |",
            "|---|---|---|---|---|",
            *table,
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
