"""Two marks in the same cells of one sample: which cells carry each, and how large the cells are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from features.builders import exclusivity as ex
from features.builders.cell_scores import COFACTOR, INACTIVE_INTENSITY
from features.builders.mixture import TwoStates, two_state_mixture
from features.cells import Cells
from features.markers import marker_of

#: Fewer other channels than this do not tell a cell's size.  Ours.
MIN_OTHER_CHANNELS = 3

Vector = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Pair:
    """What the cells of one sample say about two marks.

    Attributes
    ----------
    tables
        One table over all cells, of shape (1, 4); see :func:`features.builders.exclusivity.tables_of`.
    sized_tables
        One table a stratum of the size factor; None where nothing tells the size.
    """

    tables: ex.Table
    sized_tables: ex.Table | None

    def plain(self) -> ex.Interval:
        """Log odds ratio over all cells."""
        return ex.log_odds_ratio(self.tables[0])

    def within_size(self) -> ex.Interval:
        """Log odds ratio within strata of the size factor."""
        return ex.UNKNOWN if self.sized_tables is None else ex.stratified_log_odds_ratio(self.sized_tables)


def pair_of(cells: Cells, first: str, second: str) -> tuple[Pair | None, list[str]]:
    """The two marks in the cells of ONE sample.

    Parameters
    ----------
    cells
        Of one sample, of the kind ``protein``.
    first, second
        Two of its channels.

    Returns
    -------
    pair : Pair or None
        None where a mark has no two states.
    problems : list of str
        What could not be told, and why.
    """
    marks = [positive_cells(channel_values(cells, name), cells.scale) for name in (first, second)]
    without = [name for name, mark in zip((first, second), marks, strict=True) if mark is None]
    if without:
        return None, [f"no two states of {name} among these cells" for name in without]
    carries_first, carries_second = (mark for mark in marks if mark is not None)
    tables = ex.tables_of(carries_first, carries_second)
    size = size_factor(cells, (first, second))
    if size is None:
        return Pair(tables, None), [
            f"no size factor: neither totals nor {MIN_OTHER_CHANNELS} channels of other proteins"
        ]
    return Pair(tables, ex.tables_of(carries_first, carries_second, ex.size_strata(size))), []


def positive_cells(values: Vector, scale: str) -> Mask | None:
    """Which cells carry a mark, by a rule of this sample's own cells.

    A channel that holds 0 and 1 alone is positivity as the user decided it.  Else two normal states are
    fitted (:func:`features.builders.mixture.two_state_mixture`) on the scale where a state is about normal
    (arcsinh(x / 5) of linear intensities, log1p of counts), and a cell is positive above the value at which
    both states are equally likely, though never below an intensity of 5: the many zeros of mass cytometry
    form a state of their own, and a single ion is no active pathway.

    Parameters
    ----------
    values
        Of shape (n_cells,), on ``scale``.
    scale
        A key of :data:`features.cells.CELL_SCALES`.

    Returns
    -------
    numpy.ndarray or None
        None for fewer than 50 cells, or where one state describes them as well as two (BIC).
    """
    if len(values) and np.isin(values, (0, 1)).all():
        return np.asarray(values == 1)
    states = two_state_mixture(as_states(values, scale))
    if not states.bic_gain > 0:
        return None
    least = np.arcsinh(INACTIVE_INTENSITY / COFACTOR) if scale in ("linear", "arcsinh") else -np.inf
    return np.asarray(as_states(values, scale) > max(threshold(states), least))


def threshold(states: TwoStates) -> float:
    """The value between the means at which both states are equally likely, weights included.

    Where the active state is likelier already at the mean of the inactive one, that mean.
    """
    low, apart = states.mean_inactive, states.mean_active - states.mean_inactive
    active, inactive = states.sd_active**2, states.sd_inactive**2
    # ln of the ratio of the two densities is a quadratic of the distance t from the lower mean.
    quadratic = (
        0.5 / inactive - 0.5 / active,
        apart / active,
        np.log(states.weight_active / (1 - states.weight_active))
        + 0.5 * np.log(inactive / active)
        - 0.5 * apart**2 / active,
    )
    if quadratic[2] >= 0:
        return low
    roots = np.roots(quadratic)
    between = [float(r.real) for r in roots if abs(r.imag) < 1e-9 and r.real > 0]
    return low + min([*between, apart])


def size_factor(cells: Cells, pair: Collection[str]) -> Vector | None:
    """A cell's size as far as it is told by what is not one of the two marks; only its order matters.

    The total of the cell less both marks, where totals are given; left in, the marks would avoid each other
    among cells of one total.  Else the mean of the channels of other proteins (on the scale of
    :func:`positive_cells`); another antibody against one of the two proteins is left out too.

    Returns
    -------
    numpy.ndarray or None
        None where there are no totals and fewer than three such channels.
    """
    total = cells.obs["total"].to_numpy(dtype=float)
    if cells.scale != "log" and np.isfinite(total).all():
        marks = sum(_intensity(channel_values(cells, name), cells.scale) for name in pair)
        return np.maximum(total - marks, 0.0)
    taken = {_protein(name) for name in pair}
    others = [name for name in cells.features if _protein(name) not in taken]
    if len(others) < MIN_OTHER_CHANNELS:
        return None
    return np.mean([as_states(channel_values(cells, name), cells.scale) for name in others], axis=0)


def channel_values(cells: Cells, name: str) -> Vector:
    """One channel, of shape (n_cells,)."""
    column = cells.values[:, [cells.features.index(name)]]
    dense = sparse.csr_matrix(column).toarray() if sparse.issparse(column) else column
    return np.asarray(dense, dtype=float).ravel()


def as_states(values: Vector, scale: str) -> Vector:
    """Values on the scale on which a state is about normal."""
    if scale == "linear":
        return np.asarray(np.arcsinh(values / COFACTOR))
    return np.asarray(np.log1p(values)) if scale == "counts" else values


def _intensity(values: Vector, scale: str) -> Vector:
    return COFACTOR * np.sinh(values) if scale == "arcsinh" else values


def _protein(channel: str) -> str:
    marker = marker_of(channel)
    return (marker.gene or marker.name) if marker else channel
