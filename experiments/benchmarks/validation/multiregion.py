"""Gerlinger's eight renal tumours, several regions each: what all regions share, and what one hides."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.benchmarks.validation.facts import Fact
from features.builders import clonality, regions
from features.builders.base import Inputs
from features.settings import Settings
from features.sources import import_cohort

#: The tables give VAFs without counts, so no depth can be asked for.
SETTINGS = Settings(min_depth=0, min_vaf=0)
#: Beside the facts: column -> what it is.
BESIDE = {
    "mean_jaccard": "mean Jaccard of two regions",
    "private_fraction": "private fraction",
    "mean_share_seen": "share of a tumour's variants that one region shows",
    "math_error": "mean distance of one region's MATH from the tumour's, in points of MATH",
}


def measure(data: Path) -> list[Fact]:
    """Facts of line 4."""
    files = sorted((data / "patient" / "multiregion_ccrcc").glob("*.txt"))
    # Nonsynonymous variants all (Gerlinger 2014, figure 2), of consequences that are not given.
    inputs = Inputs(import_cohort("multiregion", paths=files, consequence="missense"), SETTINGS)
    values = regions.build(inputs).values.rename(columns=lambda name: name.removeprefix("region."))
    math = clonality.build(inputs).values["clonality.math"]
    shared = values["ubiquitous_fraction"]
    source = "data.md: 0.09 (RK26) to 0.71 (EV006) at VAF > 0.01; doi:10.1038/ng.2891"
    facts = [
        Fact(4, "Gerlinger: tumours", float(shared.notna().sum()), 8, 8, source),
        Fact(4, "Gerlinger: ubiquitous fraction of RK26", float(shared["RK26"]), 0.085, 0.095, source),
        Fact(4, "Gerlinger: ubiquitous fraction of EV006", float(shared["EV006"]), 0.705, 0.715, source),
        Fact(4, "Gerlinger: lowest ubiquitous fraction", float(shared.min()), 0.085, 0.095, _per(shared)),
        Fact(4, "Gerlinger: highest ubiquitous fraction", float(shared.max()), 0.705, 0.715, _per(shared)),
    ]
    facts += [
        Fact(
            4, f"Gerlinger: {words}, median of tumours", float(values[name].median()), note=_per(values[name])
        )
        for name, words in BESIDE.items()
    ]
    note = f"of VAFs averaged over the regions, no cut-off; {_per(math, 1)}"
    return [*facts, Fact(4, "Gerlinger: MATH of the tumour, median", float(math.median()), note=note)]


def _per(values: pd.Series, digits: int = 2) -> str:
    return ", ".join(f"{tumour} {value:.{digits}f}" for tumour, value in values.items())
