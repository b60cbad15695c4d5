"""Each region of a tumour as a sample: its own variants, an equal share of the tumour."""

from __future__ import annotations

from typing import Any

import pandas as pd

from features.builders.tumour_variants import observed, regional
from features.cohort import Cohort
from features.subpopulations.parts import Subpopulations, jeffreys, member, repeated, table_of, whole_member

_FEWEST = 2


def by_region(cohort: Cohort) -> Subpopulations:
    """Take tumours apart by their regions.

    A region is a biopsy of the tumour: all regions are equally likely to be met, and a share of the tumour is
    estimated by a share of its regions, with the interval that so few draws leave (the interval of a single
    region's share is that of 1 in n).

    Parameters
    ----------
    cohort
        Its table ``regions`` lists the regions; a variant is present in a region above a VAF of 0.01.

    Returns
    -------
    Subpopulations
        A sample with fewer than two regions stays whole.
    """
    rows = cohort.variants.assign(present=True)
    placed = regional(observed(cohort))
    rows = rows.loc[rows["region"].isna() | rows.index.isin(placed.index[placed["present"]])]
    members: list[dict[str, Any]] = []
    pieces: list[pd.DataFrame] = []
    whole: dict[str, str] = {}
    regions = cohort.regions.groupby("sample_id")["region"].agg(list)
    for sample in map(str, cohort.samples["sample_id"]):
        mine = rows[rows["sample_id"] == sample]
        names = regions.get(sample, [])
        if len(names) < _FEWEST:
            whole[sample] = "one region" if names else "no regions"
            members.append(whole_member(sample))
            pieces.append(mine.assign(sample_id=members[-1]["sample_id"]))
            continue
        for name in names:
            members.append(member(sample, str(name), 1 / len(names), *jeffreys(1, len(names)), 1, True))
            # What is listed without a region was seen in the tumour as a whole.
            own = mine[mine["region"].isna() | (mine["region"] == name)]
            pieces.append(own.assign(sample_id=members[-1]["sample_id"]))
    table = table_of(members)
    return Subpopulations(repeated(cohort, table, pd.concat(pieces)), table, whole)
