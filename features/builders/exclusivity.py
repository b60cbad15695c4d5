"""Whether two marks exclude each other in the cells of one sample: odds ratio and mutual information.

Cells share a size: a large cell carries more of everything, and counts as positive for both marks more often.
That lifts the odds ratio and hides exclusivity, so both measures come plain and within strata of a size
factor.  The strata are fine (ten cells) and grow in number with the cells, because what size still varies
within a stratum stays in the estimate as bias, which has to fall faster than the standard error; the
Mantel-Haenszel estimator and its variance are made for many small strata.  What the size factor itself does
not tell of a cell's size stays in the estimate whatever the strata: towards marks that meet, so against a
claim of exclusivity, and in very many cells beyond the interval.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm, rankdata

#: Cells that share a stratum of the size factor.
CELLS_PER_STRATUM = 10
#: More strata do not lessen the bias that is left: bounded time.
MAX_STRATA = 1_000
PERMUTATIONS = 999
_Z = float(norm.ppf(0.975))

Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
#: Cells that carry both marks, the first alone, the second alone, neither; of shape (4,) or (strata, 4).
Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A log odds ratio with its 95 % interval; NaN where one mark does not vary."""

    estimate: float
    low: float
    high: float


UNKNOWN = Interval(math.nan, math.nan, math.nan)


def tables_of(first: Mask, second: Mask, strata: npt.NDArray[np.intp] | None = None) -> Table:
    """Count the cells.

    Parameters
    ----------
    first, second
        Whether each cell carries the mark; of shape (n_cells,).
    strata
        Stratum of each cell, 0, 1, ...; all in one where it is None.

    Returns
    -------
    numpy.ndarray
        Of shape (strata, 4): both, first alone, second alone, neither.
    """
    stratum = np.zeros(len(first), dtype=np.intp) if strata is None else strata
    state = np.where(first, np.where(second, 0, 1), np.where(second, 2, 3))
    n_strata = int(stratum.max(initial=0)) + 1
    counts = np.bincount(stratum * 4 + state, minlength=4 * n_strata)
    return counts.reshape(n_strata, 4).astype(float)


def size_strata(size: Vector) -> npt.NDArray[np.intp]:
    """Strata of neighbours in size: of about ten cells, at most a thousand; equal sizes are not parted."""
    n = len(size)
    n_strata = min(MAX_STRATA, max(1, n // CELLS_PER_STRATUM))
    return ((rankdata(size, method="min") - 1) * n_strata // max(n, 1)).astype(np.intp)


def log_odds_ratio(table: Table) -> Interval:
    """Log odds ratio of one table.

    ``ln[(a + 1/2)(d + 1/2) / ((b + 1/2)(c + 1/2))]`` with the variance ``sum of 1 / (count + 1/2)``: Woolf's
    interval with the correction of Haldane (1956, Ann Hum Genet 20:309) and Anscombe (1956, Biometrika
    43:461).

    Parameters
    ----------
    table
        Of shape (4,).

    Returns
    -------
    Interval
        Below 0 the marks avoid each other.
    """
    if not _varies(table):
        return UNKNOWN
    both, first, second, neither = table + 0.5
    return _interval(math.log(both * neither / (first * second)), math.sqrt(float(np.sum(1 / (table + 0.5)))))


def stratified_log_odds_ratio(tables: Table) -> Interval:
    """Common log odds ratio within strata, after Mantel and Haenszel (1959, J Natl Cancer Inst 22:719).

    ``ln[sum(a d / n) / sum(b c / n)]`` with the variance of Robins, Breslow and Greenland (1986,
    doi:10.2307/2531052), which holds for many small strata as for few large ones (statsmodels'
    ``StratifiedTable``).  One stratum with half a cell in each place is added, the Haldane-Anscombe
    correction once over all (ours): marks that never meet have an odds ratio above 0 and an interval.

    Parameters
    ----------
    tables
        Of shape (strata, 4).
    """
    if not _varies(tables.sum(axis=0)):
        return UNKNOWN
    from statsmodels.stats.contingency_tables import StratifiedTable

    filled = np.vstack([tables[tables.sum(axis=1) > 0], np.full(4, 0.5)])
    pooled = StratifiedTable(filled.T.reshape(2, 2, -1))
    return _interval(float(pooled.logodds_pooled), float(pooled.logodds_pooled_se))


def information(tables: Table) -> float:
    """Information in nats that one mark carries about the other beyond the strata.

    ``sum over the four states of (o / N) ln(o / e)`` over all strata together, with ``e`` the cells expected
    where the marks are independent within each stratum.  Of one stratum that is their mutual information.  At
    least 0, and 0 only where as many cells carry both marks as expected; at most ln 2 of one stratum.

    Parameters
    ----------
    tables
        Of shape (strata, 4).
    """
    if not _varies(tables.sum(axis=0)):
        return math.nan
    return float(_divergence(np.atleast_1d(tables[:, 0].sum()), tables)[0])


def permutation_p(tables: Table, rng: np.random.Generator) -> float:
    """Share of permutations within strata that carry at least as much :func:`information`.

    To permute one mark over the cells of a stratum is to draw its number of double positives from a
    hypergeometric distribution with the stratum's margins, so that no cell is touched and 100,000 cells take
    as long as 10,000.

    Returns
    -------
    float
        ``(1 + permutations that reach the observed) / (1 + permutations)`` (Phipson and Smyth 2010,
        doi:10.2202/1544-6115.1585): never 0.
    """
    if not _varies(tables.sum(axis=0)):
        return math.nan
    with_first, with_second, n = _margins(tables)
    # In an order that does not depend on which mark is called the first.
    fewer, more = np.minimum(with_first, with_second), np.maximum(with_first, with_second)
    open_ = (fewer > 0) & (more < n)
    fixed = fewer[~open_].sum()  # All cells of such a stratum carry a mark, or none does.
    draws = np.full(PERMUTATIONS, fixed)
    if open_.any():
        good, bad, drawn = (x[open_].astype(np.int64) for x in (fewer, n - fewer, more))
        draws = draws + rng.hypergeometric(good, bad, drawn, size=(PERMUTATIONS, len(good))).sum(axis=1)
    seen = information(tables)
    reached = int(np.sum(_divergence(draws, tables) >= seen - 1e-12))
    return (1 + reached) / (1 + PERMUTATIONS)


def seeded(*names: str) -> np.random.Generator:
    """A generator that these names alone determine: the same on every machine, in any company."""
    digest = hashlib.sha256("\0".join(names).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "big"))


def _interval(estimate: float, error: float) -> Interval:
    return Interval(estimate, estimate - _Z * error, estimate + _Z * error)


def _varies(table: Table) -> bool:
    both, first, second, neither = table
    return bool(min(both + first, second + neither, both + second, first + neither) > 0)


def _margins(tables: Table) -> tuple[Vector, Vector, Vector]:
    """Cells of each stratum with the first mark, with the second, and all."""
    return tables[:, 0] + tables[:, 1], tables[:, 0] + tables[:, 2], tables.sum(axis=1)


def _divergence(both: Vector, tables: Table) -> Vector:
    """:func:`information` of tables with these numbers of double positives and the margins of ``tables``."""
    with_first, with_second, n = _margins(tables)
    expected = _states(
        np.atleast_1d(np.sum(with_first * with_second / np.maximum(n, 1))), with_first, with_second, n
    )
    seen = _states(both, with_first, with_second, n)
    ratio = np.divide(seen, expected, out=np.ones_like(seen), where=(seen > 0) & (expected > 0))
    return np.maximum(np.sum(seen * np.log(ratio), axis=1) / n.sum(), 0.0)


def _states(both: Vector, with_first: Vector, with_second: Vector, n: Vector) -> Table:
    first, second, total = with_first.sum(), with_second.sum(), n.sum()
    return np.stack([both, first - both, second - both, total - first - second + both], axis=1)
