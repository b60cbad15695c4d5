"""Scores of single cells: a gene set's share of a cell's molecules, or a phospho-marker's intensity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from features.cells import LINEAR_SCALES, Cells
from features.identity import approved_symbols
from features.knowledge import knowledge_table
from features.markers import channel_of

Vector = npt.NDArray[np.float64]

#: Gene sets that are scored in cells (their genes of positive weight in ``knowledge/signatures.csv``).
RNA_SCORES = ("mtorc1", "hypoxia", "acidity", "emt")
#: Score -> the markers that may stand behind it, the most specific of mTORC1 first.  S235/S236 is RSK's too.
PROTEIN_SCORES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "p_s6": ("S6_pS240_S244", "S6_pS235_S236", "S6_phospho"),
        "p_4ebp1": ("4EBP1_pT37_T46", "4EBP1_pS65", "4EBP1_pT70", "4EBP1_phospho"),
    }
)
#: Genes of S phase and mitosis: the covariate of the cycle-adjusted spread of an RNA score.
CYCLE_SIGNATURE = "proliferation"
#: Markers of mitosis, of the G1/S switch and of S phase: one covariate each where the panel has it.
CYCLE_MARKERS = (
    ("HH3_pS28", "HH3_pS10", "HH3_phospho"),
    ("RB_pS807_S811", "RB_phospho"),
    ("IdU",),
)
#: Least share of a set's genes that the cells must measure.
MIN_PRESENT_SHARE = 0.5
#: RNA scores are molecules of the set per this many of the cell.
PER_MOLECULES = 10_000
#: Of the arcsinh, as usual in mass cytometry (Bendall 2011, doi 10.1126/science.1198704).
COFACTOR = 5
#: Intensity below which a cell counts as inactive: where arcsinh(x / 5) is about linear, in the noise.  Ours.
INACTIVE_INTENSITY = 5.0
#: ... and for an RNA score, as a share of the sample's median.  Ours.
INACTIVE_SHARE_OF_MEDIAN = 0.5
#: A share of fewer molecules than these has no variance that could be told.
_MIN_TOTAL = 2


@dataclass(frozen=True)
class CellScore:
    """One score over all cells of a cohort; each cell's from that cell alone.

    Attributes
    ----------
    values
        On the scale on which a state is about normal: log1p of molecules per 10,000, or arcsinh(x / 5).
    linear
        The same never negative and linear: molecules of the set per 10,000, or intensity.
    is_ratio_scale
        Whether ``linear`` was measured so; else it is a transformed value taken back, and carries no CV.
    molecules, totals
        Molecules of the set and of the cell, of counts; else None.
    cycle
        Covariates of the cell cycle, cells x k; k is 0 where nothing tells it.
    usable
        Cells that have the score.
    source
        What stands behind it: the channel of a marker, "" of a gene set.
    """

    values: Vector
    linear: Vector
    is_ratio_scale: bool
    molecules: Vector | None
    totals: Vector | None
    cycle: npt.NDArray[np.float64]
    usable: npt.NDArray[np.bool_]
    source: str = ""


@dataclass(frozen=True)
class Absent:
    """Why a score cannot be computed from these cells, and what (genes, scales) it concerns."""

    reason: str
    names: tuple[str, ...] = ()


def score_names() -> tuple[str, ...]:
    """Every score, RNA first."""
    return (*RNA_SCORES, *PROTEIN_SCORES)


@cache
def positive_genes(signature: str) -> tuple[str, ...]:
    """Approved symbols of the genes of positive weight in a curated signature, in the table's order."""
    table = knowledge_table("signatures")
    mine = table[(table["signature"] == signature) & (table["weight"].astype(float) > 0)]
    return tuple(dict.fromkeys(approved_symbols(mine["gene"])[0]))


def score_cells(cells: Cells) -> dict[str, CellScore | Absent]:
    """Every score of :func:`score_names`, or why it is absent."""
    if cells.kind == "rna":
        reason = Absent("needs cells of the kind protein")
        return {**_rna_scores(cells), **dict.fromkeys(PROTEIN_SCORES, reason)}
    reason = Absent("needs cells of the kind rna")
    return {**dict.fromkeys(RNA_SCORES, reason), **_protein_scores(cells)}


def set_sums(cells: Cells, gene_sets: Mapping[str, tuple[str, ...]]) -> Mapping[str, Vector]:
    """Sum of the values of each set's genes in each cell; of log values, of what they are the log1p of.

    Sparse values stay sparse: only the columns of the sets are touched.

    Returns
    -------
    dict
        Name of the set -> (n_cells,), never negative.
    """
    own = cells.columns({gene for genes in gene_sets.values() for gene in genes})
    values = own.values.astype(float)
    if own.scale == "log":
        values = np.expm1(values) if isinstance(values, np.ndarray) else values.expm1()
    members = np.array(
        [[gene in genes for genes in map(set, gene_sets.values())] for gene in own.features], dtype=float
    ).reshape(len(own.features), len(gene_sets))
    sums = np.asarray(values @ members)
    return {name: sums[:, column] for column, name in enumerate(gene_sets)}


def _rna_scores(cells: Cells) -> dict[str, CellScore | Absent]:
    """Molecules of each set per 10,000 of the cell: ``s = 10^4 k / n``, and ``log1p(s)``.

    Of log values ``s`` is the sum of ``expm1``, which is the same if they are log1p of counts per 10,000.
    The cycle's covariate is the score of ``proliferation`` without the set's own genes, so that no score is
    regressed on itself.
    """
    if cells.scale not in ("counts", "log"):
        return dict.fromkeys(RNA_SCORES, Absent("needs cells on the scale counts or log", (cells.scale,)))
    measured = set(cells.features)
    cycle_genes = positive_genes(CYCLE_SIGNATURE)
    sets: dict[str, tuple[str, ...]] = {}
    for name in RNA_SCORES:
        sets[name] = positive_genes(name)
        sets[f"cycle without {name}"] = tuple(g for g in cycle_genes if g not in sets[name])
    sums = set_sums(cells, sets)
    totals = cells.obs["total"].to_numpy(dtype=float)
    counted = cells.scale == "counts"
    usable = totals >= _MIN_TOTAL if counted else np.ones(len(cells), dtype=bool)
    per = np.where(usable, totals, np.nan) / PER_MOLECULES if counted else np.ones(len(cells))
    has_cycle = _present_share(cycle_genes, measured) >= MIN_PRESENT_SHARE
    found: dict[str, CellScore | Absent] = {}
    for name in RNA_SCORES:
        if _present_share(sets[name], measured) < MIN_PRESENT_SHARE:
            lacking = tuple(gene for gene in sets[name] if gene not in measured)
            found[name] = Absent("fewer than half of its genes are measured, lacking", lacking)
            continue
        linear = sums[name] / per
        cycle = np.log1p(sums[f"cycle without {name}"] / per)[:, None]
        found[name] = CellScore(
            values=np.log1p(linear),
            linear=linear,
            is_ratio_scale=counted,
            molecules=sums[name] if counted else None,
            totals=totals if counted else None,
            cycle=cycle if has_cycle else cycle[:, :0],
            usable=usable,
        )
    return found


def _protein_scores(cells: Cells) -> dict[str, CellScore | Absent]:
    """Intensity ``x`` of each marker and ``arcsinh(x / 5)``; covariates likewise."""
    if cells.scale not in (*LINEAR_SCALES, "arcsinh"):
        reason = Absent("needs cells on the scale linear, counts or arcsinh", (cells.scale,))
        return dict.fromkeys(PROTEIN_SCORES, reason)
    channels = [channel_of(cells.features, *markers) for markers in CYCLE_MARKERS]
    columns = [_intensity(cells, channel)[1] for channel in channels if channel is not None]
    cycle = np.column_stack(columns) if columns else np.empty((len(cells), 0))
    found: dict[str, CellScore | Absent] = {}
    for name, wanted in PROTEIN_SCORES.items():
        channel = channel_of(cells.features, *wanted)
        if channel is None:
            found[name] = Absent("none of its markers is measured", wanted)
            continue
        linear, values = _intensity(cells, channel)
        found[name] = CellScore(
            values=values,
            linear=linear,
            is_ratio_scale=cells.scale in LINEAR_SCALES,
            molecules=None,
            totals=None,
            cycle=cycle,
            usable=np.ones(len(cells), dtype=bool),
            source=channel,
        )
    return found


def _intensity(cells: Cells, channel: str) -> tuple[Vector, Vector]:
    """A channel's intensity, and its arcsinh over the cofactor."""
    column = cells.values[:, [cells.features.index(channel)]]
    given = np.asarray(column if isinstance(column, np.ndarray) else column.toarray(), dtype=float)[:, 0]
    if cells.scale == "arcsinh":
        return COFACTOR * np.sinh(given), given
    return given, np.arcsinh(given / COFACTOR)


def _present_share(genes: tuple[str, ...], measured: set[str]) -> float:
    return sum(gene in measured for gene in genes) / len(genes)
