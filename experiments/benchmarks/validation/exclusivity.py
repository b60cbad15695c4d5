"""Exclusivity of two marks: simulated cells with a known answer, and pairs of marks that do lie in one cell.

No public set measures phosphorylated S6 and 4E-BP1 in the same cells, so the truth is simulated; every
simulated sample goes through Cohort and builder as a user's would.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit, logit

from experiments.benchmarks.validation.facts import Fact, r_file
from features.builders import branches
from features.builders.base import Inputs
from features.builders.cell_pairs import pair_of
from features.cells import Cells
from features.cohort import Cohort
from features.sources.fcs import import_fcs

DRAWS, CELLS, POSITIVE = 400, 500, 0.4
#: How much a standard deviation of size adds to the log odds of each mark: odds ratio 4.5.
SLOPE = 1.5
#: Coverage that 400 draws of a 95 % interval are allowed.
COVERAGE = (0.92, 0.975)

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scenario:
    """Cells with a known odds ratio at every size.

    Attributes
    ----------
    odds_ratio
        Of the two marks in cells of one size.
    slope
        Of the log odds of each mark on size, in standard deviations; 0 where cells share no size factor.
    intensities
        Whether the builder gets intensities to call who is positive; else who is positive.
    totals
        Whether the cells' totals tell their size exactly; else 20 other channels do, with noise.
    """

    odds_ratio: float
    slope: float
    intensities: bool = False
    totals: bool = True

    @property
    def words(self) -> str:
        """For a claim."""
        size = "a shared size factor" if self.slope else "no size factor"
        marks = "intensities" if self.intensities else "positivity given"
        told = "" if self.totals else ", size told by noisy channels"
        return f"odds ratio {self.odds_ratio:g}, {size}, {marks}{told}"


def measure(data: Path) -> list[Fact]:
    """Line 7: coverage, power and false claims; and what real pairs of marks show."""
    facts = []
    for scenario in (
        Scenario(0.3, 0.0),
        Scenario(1.0, 0.0),
        Scenario(0.3, SLOPE),
        Scenario(1.0, SLOPE),
        Scenario(0.3, SLOPE, intensities=True),
        Scenario(0.3, SLOPE, totals=False),
    ):
        facts += _facts_of(scenario)
    return facts + _real_pairs(data / "patient" / "single_cell")


def _facts_of(scenario: Scenario) -> list[Fact]:
    found = branches.build(Inputs(simulated(scenario))).values
    truth = float(np.log(scenario.odds_ratio))
    plain, within = (
        _coverage(found, "log_odds_ratio", truth),
        _coverage(found, "log_odds_ratio_stratified", truth),
    )
    words, drawn = scenario.words, f"{DRAWS} draws of {CELLS} cells"
    # Over all cells the odds ratio is another one where cells share a size: its coverage then shows the mask.
    plain_range = COVERAGE if scenario.slope == 0 else (-np.inf, np.inf)
    # What of size the channels do not tell stays in the estimate: towards 1, so against a claim.
    within_range = COVERAGE if scenario.totals else (-np.inf, np.inf)
    claimed = float(found["branch.exclusive"].mean())
    claim_range = (0.9, 1.0) if scenario.odds_ratio < 1 else (0.0, 0.08)
    informed = float((found["branch.mutual_information_stratified_p"] <= 0.05).mean())
    mean = float(np.exp(found["branch.log_odds_ratio"].mean()))
    mean_within = float(np.exp(found["branch.log_odds_ratio_stratified"].mean()))
    return [
        Fact(7, f"coverage of the stratified 95 % interval: {words}", within, *within_range, drawn),
        Fact(7, f"coverage of the unstratified 95 % interval: {words}", plain, *plain_range, drawn),
        Fact(7, f"share claimed exclusive: {words}", claimed, *claim_range, drawn),
        Fact(7, f"share with permutation p <= 0.05 within size: {words}", informed, *claim_range, drawn),
        Fact(
            7,
            f"odds ratio over all cells, geometric mean: {words}",
            mean,
            note=f"stratified {mean_within:.3f}",
        ),
    ]


def simulated(scenario: Scenario, draws: int = DRAWS, seed: int = 7) -> Cohort:
    """One sample a draw, of :data:`CELLS` cells."""
    rng = np.random.default_rng(seed)
    n = draws * CELLS
    size = rng.normal(size=n)
    first, second = _states(rng, size, scenario)
    obs = pd.DataFrame(
        {
            "cell_id": np.tile(np.arange(CELLS), draws).astype(str),
            "sample_id": np.repeat([f"draw {i}" for i in range(draws)], CELLS),
        }
    )
    marks = np.column_stack([first, second]).astype(float)
    names = ("pS6_S240_S244", "p4EBP1_T37_46")
    if scenario.intensities:
        # About mass cytometry, of which arcsinh(x / 5) is normal: larger cells are brighter.
        lit = rng.normal(np.where(marks, 3.5, 0.5) + 0.3 * size[:, None], np.where(marks, 0.5, 0.4))
        marks = 5 * np.sinh(np.maximum(lit, 0))
    values = marks
    if scenario.totals:
        obs["total"] = 100 * np.exp(0.5 * size) + marks.sum(axis=1)
    else:
        others = 2 + 0.8 * size[:, None] + rng.normal(0, 0.5, (n, 20))
        values = np.hstack([marks, 5 * np.sinh(np.maximum(others, 0))])
        names = (*names, *(f"channel_{i}" for i in range(20)))
    cells = Cells(obs, names, values.astype(np.float32), "linear", "protein")
    samples = pd.DataFrame({"sample_id": obs["sample_id"].unique()})
    return Cohort.empty("simulated", samples=samples, cells=cells)


def _states(rng: np.random.Generator, size: Vector, scenario: Scenario) -> tuple[Vector, Vector]:
    """Two marks, each in about 40 % of the cells, with the scenario's odds ratio at every size."""
    base = logit(POSITIVE) * np.sqrt(1 + 0.346 * scenario.slope**2)  # Logit-normal mean, to a percent.
    p = expit(base + scenario.slope * size)
    # Plackett: the share of double positives that gives this odds ratio with these margins.
    ratio = scenario.odds_ratio
    s = 1 + 2 * p * (ratio - 1)
    both = p * p if ratio == 1 else (s - np.sqrt(s**2 - 4 * ratio * (ratio - 1) * p * p)) / (2 * (ratio - 1))
    u = rng.random(len(size))
    return u < p, (u < both) | ((u >= p) & (u < 2 * p - both))


def _coverage(found: pd.DataFrame, name: str, truth: float) -> float:
    low, high = found[f"branch.{name}_low"], found[f"branch.{name}_high"]
    return float(((low <= truth) & (truth <= high)).mean())


def _real_pairs(folder: Path) -> list[Fact]:
    cygnal = import_fcs(folder).cells
    blood = pbmc(folder)
    return [
        *_pair_facts("mouse organoids (CyGNAL)", cygnal, "149Sm_p4EBP1_T37_46", "150Nd_pRB_S807_S811_v2"),
        *_pair_facts("blood cells (PBMC)", blood, "pS6", "pAkt"),
        *_pair_facts("blood cells (PBMC)", blood, "pS6", "pErk"),
    ]


def _pair_facts(of: str, cells: Cells, first: str, second: str) -> list[Fact]:
    plain, within = [], []
    for sample in cells.obs["sample_id"].unique():
        pair, problems = pair_of(cells.of(sample), first, second)
        if pair is not None and not problems:
            plain.append(pair.plain())
            within.append(pair.within_size())
    called = sum(interval.high < 0 for interval in within)
    facts = []
    for kind, intervals in (("over all cells", plain), ("among cells of one size", within)):
        listed = ", ".join(f"{i.estimate:.2f} ({i.low:.2f} to {i.high:.2f})" for i in intervals)
        median = float(np.median([i.estimate for i in intervals]))
        claim = f"log odds ratio of {first} and {second} {kind}, median of {len(intervals)} samples: {of}"
        facts.append(Fact(7, claim, median, note=f"{listed}; {called} called exclusive"))
    return facts


def pbmc(folder: Path) -> Cells:
    """The blood cells of eight samples on arcsinh(x / 5), channels named by antigen."""
    frames = r_file(folder / "PBMC_fs.rda")["PBMC_fs"].frames
    panel = r_file(folder / "PBMC_panel.rda")["PBMC_panel"]
    antigens = dict(zip(panel["fcs_colname"].astype(str), panel["antigen"].astype(str), strict=True))
    parts = {sample: frames[sample].exprs for sample in sorted(frames)}
    channels = [str(name) for name in next(iter(parts.values())).coords["dim_1"].values]
    obs = [
        pd.DataFrame({"cell_id": np.arange(len(part)).astype(str), "sample_id": sample, "total": np.nan})
        for sample, part in parts.items()
    ]
    values = np.concatenate([np.arcsinh(np.asarray(part) / 5) for part in parts.values()])
    names = tuple(antigens[channel] for channel in channels)
    return Cells(pd.concat(obs, ignore_index=True), names, values, "arcsinh", "protein")
