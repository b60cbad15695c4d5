"""Depth control of the spread: five lung lines, the same cells thinned to 5,000 molecules.

Counts of Tian 2019 (sc_mixology, three CEL-seq2 plates of five lines), singlets by demuxlet alone.  Ensembl
ids become symbols by the Cell Model Passports gene table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import sparse

from experiments.benchmarks.validation.facts import Fact
from features.builders import cell_scores
from features.builders import spread_statistics as stats
from features.builders.cell_scores import RNA_SCORES, CellScore
from features.cells import Cells

LINES = ("A549", "H838", "H1975", "H2228", "HCC827")
PLATES = ("sc_celseq2_5cl_p1", "sc_celseq2_5cl_p2", "sc_celseq2_5cl_p3")
DEPTH = 5_000
THINNINGS = 200
#: Most that the controlled spread may change.
TOLERANCE = 0.10


def measure(data: Path) -> list[Fact]:
    """Change of the raw and of the depth-controlled CV of each score and line, the cells thinned."""
    cells = read_cells(data)
    scores = cell_scores.score_cells(cells)
    facts: list[Fact] = []
    for name in RNA_SCORES:
        score = scores[name]
        if not isinstance(score, CellScore) or score.molecules is None or score.totals is None:
            raise TypeError(f"{name} was not scored")
        for line in LINES:
            mine = (cells.obs["sample_id"] == line).to_numpy()
            facts += _facts(name, line, score.molecules[mine], score.totals[mine])
    return facts


def _facts(score: str, line: str, molecules: stats.Vector, totals: stats.Vector) -> list[Fact]:
    before = _spreads(molecules, totals)
    rng = np.random.default_rng(0)
    thinned = np.full(len(totals), float(DEPTH))
    k, rest = molecules.astype(int), (totals - molecules).astype(int)
    draws = np.array(
        [_spreads(rng.hypergeometric(k, rest, DEPTH).astype(float), thinned) for _ in range(THINNINGS)]
    )
    raw, controlled = draws.mean(axis=0) / before - 1
    noise = float(np.std(draws[:, 1] / before[1]))
    seen = f"{len(totals)} cells, median {np.median(totals):,.0f} molecules; mean of {THINNINGS} thinnings"
    return [
        Fact(
            6,
            f"{score}, {line}: change of the depth-controlled CV, cells thinned to 5,000 molecules",
            float(controlled),
            -TOLERANCE,
            TOLERANCE,
            f"{seen}; CV {before[1]:.3f} before; a single thinning scatters by {noise:.3f} (SD)",
        ),
        Fact(
            6,
            f"{score}, {line}: rise of the raw CV of the same cells",
            float(raw),
            note=f"CV {before[0]:.3f} before; named as 0.30-0.45, depends on the molecules of the set",
        ),
    ]


def _spreads(molecules: stats.Vector, totals: stats.Vector) -> tuple[float, float]:
    return stats.cv(molecules / totals), stats.depth_controlled_cv(molecules, totals)


def read_cells(data: Path) -> Cells:
    """Singlets of the five lines with more than 5,000 molecules, one sample a line."""
    folder = data / "cellline" / "single_cell"
    table = pd.read_csv(data / "cellline" / "annotation" / "gene_identifiers_20191101.csv")
    named = table.dropna(subset=["ensembl_gene_id", "hgnc_symbol"])
    symbol = dict(zip(named["ensembl_gene_id"], named["hgnc_symbol"], strict=True))
    wanted = {gene for name in (*RNA_SCORES, "proliferation") for gene in cell_scores.positive_genes(name)}
    parts: list[pd.DataFrame] = []
    obs: list[pd.DataFrame] = []
    for plate in PLATES:
        counts = pd.read_csv(folder / f"{plate}.count.csv.gz", index_col=0)
        about = pd.read_csv(folder / f"{plate}.metadata.csv.gz", index_col=0).loc[counts.columns]
        kept = ((about["demuxlet_cls"] == "SNG") & (counts.sum() > DEPTH)).to_numpy()
        counts, about = counts.loc[:, kept], about[kept]
        obs.append(
            pd.DataFrame(
                {
                    "cell_id": [f"{plate}:{cell}" for cell in counts.columns],
                    "sample_id": about["cell_line_demuxlet"].to_numpy(),
                    "total": counts.sum().to_numpy(dtype=float),
                }
            )
        )
        genes = counts.index.map(lambda ensembl: symbol.get(ensembl, ensembl))
        parts.append(counts.groupby(genes).sum().pipe(lambda c: c[c.index.isin(wanted)]).T)
    values = pd.concat(parts, ignore_index=True).fillna(0)
    return Cells(
        pd.concat(obs, ignore_index=True),
        tuple(values.columns),
        sparse.csr_matrix(values.to_numpy(dtype=np.float32)),
        "counts",
        "rna",
    )
