r"""The clones of a single biopsy, as far as the cancer cell fractions of its variants tell them apart.

Variants are grouped by their CCF: a mixture of Gaussians on the line, with as many groups as the Bayesian
information criterion asks for (Schwarz 1978, doi 10.1214/aos/1176344136).  The group of the highest CCF is
the trunk, which every cancer cell carries.  The others are subclones; each is the trunk's variants and its
own.

How subclones lie to each other one biopsy often cannot tell.  Where their CCFs :math:`c_k` add up to 1 or
less they are taken to be side by side: a subclone's share is its CCF, the trunk's alone is :math:`1 - \sum_k
c_k`.  Where they add up to more, some must lie within others (the pigeonhole principle): they are then taken
as a chain, each within the next larger one, with shares :math:`c_k - c_{k+1}`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.ccf import add_ccf
from features.builders.clonality import SUBCLONAL_BELOW
from features.builders.tumour_variants import observed
from features.cohort import Cohort
from features.subpopulations.parts import Subpopulations, member, repeated, table_of, whole_member

#: Most groups tried, fewest variants of a group, and of a tumour that is taken apart.
MOST_CLONES, LEAST_OF_CLONE, LEAST_VARIANTS = 4, 4, 10
#: Least standard deviation of a group: a CCF is no better known than that.
LEAST_SPREAD = 0.03
TRUNK = "trunk"
_Z = 1.96

Vector = npt.NDArray[np.float64]


def by_clone(cohort: Cohort) -> Subpopulations:
    """Take tumours apart by the CCF of their variants.

    Parameters
    ----------
    cohort
        A variant's CCF is the caller's, or computed where VAF, purity and copies are known
        (:mod:`features.builders.ccf`).  Variants without one are every clone's.

    Returns
    -------
    Subpopulations
        A sample of several regions, with fewer than 10 variants of known CCF, or with one group of them,
        stays whole.
    """
    rows = observed(cohort)
    rows = rows.assign(ccf=add_ccf(rows, cohort)["ccf_unclipped"].clip(0.0, 1.2))
    multiregional = set(cohort.regions["sample_id"])
    members: list[dict[str, Any]] = []
    pieces: list[pd.DataFrame] = []
    whole: dict[str, str] = {}
    for sample in map(str, cohort.samples["sample_id"]):
        mine = rows[rows["sample_id"] == sample]
        known = mine["ccf"].notna()
        group = np.zeros(0, dtype=int)
        if sample in multiregional:
            whole[sample] = "several regions: take it apart by region"
        elif known.sum() < LEAST_VARIANTS:
            whole[sample] = f"{int(known.sum())} variants of known CCF (at least {LEAST_VARIANTS})"
        else:
            group = ccf_groups(mine.loc[known, "ccf"].to_numpy(float))
            if group.max() == 0:
                whole[sample] = "one clone: no group of variants with a lower CCF"
        if sample in whole:
            members.append(whole_member(sample))
            pieces.append(mine.assign(sample_id=members[-1]["sample_id"]))
            continue
        of_clone = pd.Series(0, index=mine.index)
        of_clone[known] = group
        centre, error = _centres(mine.loc[known, "ccf"].to_numpy(float), group)
        nested = centre[1:].sum() > 1
        for k, share, low, high in _shares(centre, error, nested=nested):
            name = TRUNK if k == 0 else f"subclone {k} (CCF {centre[k]:.2f})"
            members.append(member(sample, name, share, low, high, int((group == k).sum()), adds=False))
            # In a chain a clone carries whatever the larger ones do.
            carried = of_clone <= k if nested else of_clone.isin([0, k])
            pieces.append(mine[carried].assign(sample_id=members[-1]["sample_id"]))
    table = table_of(members)
    return Subpopulations(repeated(cohort, table, pd.concat(pieces)), table, whole)


def ccf_groups(ccf: Vector) -> npt.NDArray[np.int_]:
    """Group of each variant, 0 for the highest CCF, shape (n,).

    Groups of fewer than four variants, and the highest group where its CCF is below 0.85 (a tumour whose
    trunk was not seen), join the nearest other one, or stand as the trunk.
    """
    from sklearn.mixture import GaussianMixture

    values = ccf[:, None]
    best, least = np.zeros(len(ccf), dtype=int), np.inf
    for k in range(1, MOST_CLONES + 1):
        if len(ccf) < k * LEAST_OF_CLONE:
            break
        # Means start on quantiles: the same values give the same groups.
        start = np.quantile(ccf, (np.arange(k) + 0.5) / k)[:, None]
        model = GaussianMixture(
            k, means_init=start, reg_covar=LEAST_SPREAD**2, random_state=0, max_iter=500
        ).fit(values)
        found = model.predict(values)
        sizes = np.bincount(found, minlength=k)
        score = float(model.bic(values))
        if sizes.min() >= LEAST_OF_CLONE and score < least:
            order = np.argsort(-model.means_[:, 0])
            best, least = np.argsort(order)[found], score
    return best


def _centres(ccf: Vector, group: npt.NDArray[np.int_]) -> tuple[Vector, Vector]:
    """Mean CCF of each group and its standard error; the trunk's is 1 by what it means."""
    centre, error = [], []
    for k in range(group.max() + 1):
        values = ccf[group == k]
        centre.append(float(values.mean()))
        error.append(max(float(values.std(ddof=1)), LEAST_SPREAD) / np.sqrt(len(values)))
    scale = 1.0 if centre[0] >= SUBCLONAL_BELOW else centre[0]
    out = np.array(centre) / scale
    out[0] = 1.0
    return np.minimum(out, 1.0), np.array([0.0, *error[1:]]) / scale


def _shares(centre: Vector, error: Vector, *, nested: bool) -> list[tuple[int, float, float, float]]:
    """Clone, share and its 95 % interval; the module's formula."""
    c, low, high = (np.clip(centre + z * error, 0.0, 1.0) for z in (0.0, -_Z, _Z))
    last = len(c) - 1
    if nested:
        return [
            (
                k,
                float(c[k] - (c[k + 1] if k < last else 0)),
                float(max(low[k] - (high[k + 1] if k < last else 0), 0)),
                float(high[k] - (low[k + 1] if k < last else 0)),
            )
            for k in range(last + 1)
        ]
    rest, least, most = (float(np.clip(1 - v[1:].sum(), 0, 1)) for v in (c, high, low))
    return [
        (0, rest, least, most),
        *((k, float(c[k]), float(low[k]), float(high[k])) for k in range(1, last + 1)),
    ]
