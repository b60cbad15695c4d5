"""Phospho-markers in single cells by mass cytometry: mitosis carries 4E-BP1, stimulation lifts S6.

TOBis01-05: organoid co-cultures (Qin 2020, doi 10.1038/s41592-020-0737-8).  PBMC: four donors with and
without cross-linking of the B-cell receptor (Bodenmiller 2012, as in the Bioconductor package CATALYST).
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.benchmarks.validation.facts import Fact, r_file
from features.builders import activity_spread, cell_scores
from features.builders import spread_statistics as stats
from features.builders.base import Inputs
from features.builders.cell_scores import CellScore
from features.cells import Cells
from features.cohort import Cohort
from features.markers import channel_of
from features.sources.fcs import import_fcs

#: Mitotic are the cells with the most phosphorylated histone H3.
MITOTIC_SHARE = 0.03
#: B cells by CD20 on the arcsinh(x / 5) scale.
B_CELL_CD20 = 2.0
#: Condition -> in words, and the range of the median pS6: about 0 (of 4 and more), or above 3.
_EXPECTED = {
    "Ref": ("as they are", 0.0, 1.0),
    "BCRXL": ("receptor cross-linked", 3.0, math.inf),
}


def measure(data: Path) -> list[Fact]:
    """Mitotic excess and spread of p4E-BP1 in five files; pS6 of B cells of four donors."""
    folder = data / "patient" / "single_cell"
    return [*_mitosis(import_fcs(sorted(folder.glob("TOBis*.fcs")))), *_stimulation(folder)]


def _mitosis(cohort: Cohort) -> list[Fact]:
    cells = cohort.cells
    if cells is None:
        raise TypeError("no cells were imported")
    score = _scored(cells, "p_4ebp1")
    mitosis = np.arcsinh(_channel(cells, "HH3_pS28") / cell_scores.COFACTOR)
    spread = activity_spread.build(Inputs(cohort)).values
    facts: list[Fact] = []
    for sample in cohort.samples["sample_id"]:
        mine = (cells.obs["sample_id"] == sample).to_numpy()
        value, marker = score.values[mine], mitosis[mine]
        top = marker >= np.quantile(marker, 1 - MITOTIC_SHARE)
        row = spread.loc[sample]
        alone = stats.sd(stats.residuals(value, marker[:, None]))
        facts += [
            Fact(
                5,
                f"{sample}: p4E-BP1 of mitotic over other cells, arcsinh(x/5), ratio of medians",
                float(np.median(value[top]) / np.median(value[~top])),
                2.7,
                5.1,
                f"{top.sum()} of {len(top)} cells, top 3 % of pHH3; ratio of means "
                f"{value[top].mean() / value[~top].mean():.2f}",
            ),
            Fact(
                5,
                f"{sample}: SD of p4E-BP1 across cells, unadjusted",
                float(row["spread.p_4ebp1.sd"]),
                0,
                note=f"intensity: CV {row['spread.p_4ebp1.cv']:.2f}, Gini {row['spread.p_4ebp1.gini']:.2f}",
            ),
            Fact(
                5,
                f"{sample}: SD of p4E-BP1 across cells, cycle-adjusted (pHH3, pRB, IdU)",
                float(row["spread.p_4ebp1.cycle_adjusted_sd"]),
                0,
                float(row["spread.p_4ebp1.sd"]),
                f"adjusted for pHH3 alone {alone:.2f}",
            ),
        ]
    return facts


def _stimulation(folder: Path) -> list[Fact]:
    cells, condition = read_pbmc(folder)
    score = _scored(cells, "p_s6")
    b_cell = np.arcsinh(_raw(cells, "CD20") / cell_scores.COFACTOR) > B_CELL_CD20
    facts: list[Fact] = []
    for sample, stimulus in condition.items():
        mine = b_cell & (cells.obs["sample_id"] == sample).to_numpy()
        state, low, high = _EXPECTED[stimulus]
        facts.append(
            Fact(
                5,
                f"{sample}: median pS6 of B cells, arcsinh(x/5), {state}",
                float(np.median(score.values[mine])),
                low,
                high,
                f"{mine.sum()} cells with CD20 above {B_CELL_CD20:g}",
            )
        )
    return facts


def read_pbmc(folder: Path) -> tuple[Cells, pd.Series]:
    """Cells of the eight PBMC samples (negative intensities 0, as on import), and each sample's condition."""
    frames = r_file(folder / "PBMC_fs.rda")["PBMC_fs"].frames
    about = r_file(folder / "PBMC_md.rda")["PBMC_md"].set_index("file_name")
    antigen = r_file(folder / "PBMC_panel.rda")["PBMC_panel"].set_index("fcs_colname")["antigen"]
    parts: list[pd.DataFrame] = []
    for frame in frames.values():
        sample = about.at[str(frame.description["FILENAME"][0]), "sample_id"]
        names = [antigen[str(channel)] for channel in frame.exprs.coords["dim_1"].values]
        parts.append(pd.DataFrame(np.asarray(frame.exprs), columns=names).assign(sample_id=sample))
    table = pd.concat(parts, ignore_index=True)
    values = table.drop(columns="sample_id")
    obs = pd.DataFrame({"cell_id": table.index.astype(str), "sample_id": table["sample_id"]})
    cells = Cells(obs, tuple(values.columns), np.maximum(values.to_numpy(), 0), "linear", "protein")
    return cells, about.set_index("sample_id")["condition"]


def _scored(cells: Cells, name: str) -> CellScore:
    score = cell_scores.score_cells(cells)[name]
    if not isinstance(score, CellScore):
        raise TypeError(f"{name}: {score.reason}")
    return score


def _channel(cells: Cells, marker: str) -> stats.Vector:
    channel = channel_of(cells.features, marker)
    if channel is None:
        raise LookupError(f"no channel of {marker}")
    return _raw(cells, channel)


def _raw(cells: Cells, channel: str) -> stats.Vector:
    return np.asarray(cells.values[:, cells.features.index(channel)], dtype=float)
