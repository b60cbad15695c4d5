"""Time of transcriptional scores: 1,000 samples x 18,000 genes x 40 gene sets of a user.

Timed is what a user pays from a cohort in memory to the scores: picking the universe's genes, rank-normal
values, weights of the sets, scoring, and the check of how many genes are there
(``gene_sets.build(Inputs(cohort, settings))``).  Beside it, on the same table in the same rounds: decoupler's
``mt.ulm`` as its user calls it (after its first call, which compiles), which ranks nothing but scores all
18,000 genes; and in plain NumPy, as lower bounds, the arithmetic of decoupler's regression and of ours.

``python scores.py`` prints the results as JSON; exit code 1 if the limit is passed.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders import gene_sets
from features.builders.base import Inputs
from features.builders.rank_normal import universe_symbols
from features.cohort import Cohort
from features.settings import Settings

N_SAMPLES, N_GENES, N_SETS, SET_SIZE = 1_000, 18_000, 40, 100
ROUNDS = 7
#: Limit of "What it must show": times decoupler's own ulm.
LIMIT = 1.2

Matrix = npt.NDArray[np.float64]


def measure() -> dict[str, dict[str, float]]:
    """Kind of table -> least seconds of each way over the rounds, and our ratio to decoupler."""
    return {kind: _times(table) for kind, table in _tables().items()}


def _tables() -> dict[str, pd.DataFrame]:
    rng = np.random.default_rng(0)
    others = [f"GENE{i}" for i in range(N_GENES - len(universe_symbols()))]
    genes = rng.permutation([*universe_symbols(), *others])
    samples = [f"S{i}" for i in range(N_SAMPLES)]
    mean = rng.lognormal(3, 2, N_GENES)
    counts = rng.negative_binomial(0.5, 0.5 / (0.5 + mean), (N_SAMPLES, N_GENES)).astype(float)
    continuous = np.log2(counts + 1) + rng.uniform(0, 0.1, counts.shape)
    return {
        "log2, no ties": pd.DataFrame(continuous, samples, genes),
        "counts, many ties": pd.DataFrame(counts, samples, genes),
    }


def _times(table: pd.DataFrame) -> dict[str, float]:
    import decoupler

    rng = np.random.default_rng(1)
    members = {f"set{i}": rng.choice(universe_symbols(), SET_SIZE, replace=False) for i in range(N_SETS)}
    net = pd.DataFrame(
        [(name, gene, 1.0) for name, genes in members.items() for gene in genes],
        columns=["source", "target", "weight"],
    )
    settings = Settings(
        gene_sets={name: dict.fromkeys(genes.tolist(), 1.0) for name, genes in members.items()}
    )
    cohort = Cohort.empty(
        "benchmark",
        samples=pd.DataFrame({"sample_id": table.index}),
        expression=table,
        expression_scale="tpm",
    )
    weights = pd.DataFrame(
        {name: table.columns.isin(genes).astype(float) for name, genes in members.items()},
        index=table.columns,
    )
    inside = list(universe_symbols())
    ways: dict[str, Callable[[], object]] = {
        "ours": lambda: gene_sets.build(Inputs(cohort, settings)),
        "decoupler ulm": lambda: decoupler.mt.ulm(table, net),
        "numpy, decoupler's arithmetic": lambda: _t_values(table.to_numpy(), weights.to_numpy()),
        "numpy, our arithmetic": lambda: _t_values(
            _ranks(table[inside].to_numpy()), weights.loc[inside].to_numpy()
        ),
    }
    least = dict.fromkeys(ways, float("inf"))
    for way in ways.values():
        way()
    # Interleaved, so that a slow moment of the machine is nobody's own.
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            least[name] = min(least[name], time.perf_counter() - start)
    return {**least, "ours over decoupler": least["ours"] / least["decoupler ulm"]}


def _ranks(values: Matrix) -> Matrix:
    """Ranks in each row, ties in any order: no less can be done."""
    ranks = np.empty_like(values)
    row = np.arange(values.shape[1], dtype=float)
    np.put_along_axis(ranks, np.argsort(values, axis=1), row[None, :], axis=1)
    return ranks


def _t_values(values: Matrix, weights: Matrix) -> Matrix:
    """The t values of the slopes, rows x sets."""
    centred = weights - weights.mean(axis=0)
    deviation = values.std(axis=1, keepdims=True) * weights.std(axis=0)
    r = values @ centred / len(weights) / deviation
    t: Matrix = r * np.sqrt((len(weights) - 2) / (1 - r**2))
    return t


def main() -> int:
    """Print the results; 1 if a table takes longer than the limit allows."""
    found = measure()
    print(json.dumps(found, indent=1))
    return int(any(times["ours over decoupler"] > LIMIT for times in found.values()))


if __name__ == "__main__":
    sys.exit(main())
