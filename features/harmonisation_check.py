"""How far a cohort's expression lies from the training lines', before and after harmonisation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.rank_normal import rank_normal
from features.cohort import Cohort
from features.harmonisation import Harmonisation, harmonised, on_scale

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Distance:
    """What :func:`distance` found.

    Attributes
    ----------
    lineages
        One row a lineage of the reference: ``lineage``, ``n_samples``, ``n_lines``; ``r_before``, ``r_after``
        (Pearson's r over genes of mean expression in cohort and lines); ``shift_before``, ``shift_after``
        (median over genes of the absolute difference of these means, in standard deviations of the lines
        within lineages).  After a fit to the very same samples the means agree by construction; what is left
        comes from ranking within the sample and from lineages that pull differently.
    map
        Two principal components of the training lines (genes standardised), and the samples projected on
        them: ``sample_id``, ``group`` (lines, before, after), ``lineage``, ``x``, ``y``.
    """

    lineages: pd.DataFrame
    map: pd.DataFrame


def distance(cohort: Cohort, lines: Cohort, reference: Harmonisation) -> Distance:
    """Compare a cohort with the training lines, as it is and as the reference carries it.

    Parameters
    ----------
    cohort
        On the reference's scale.
    lines
        The training lines.
    reference
        The reference.

    Returns
    -------
    Distance
        Of log ratios "before" is their rank within the sample, which means nothing; it is given to show that.
    """
    genes = reference.genes.index
    after = harmonised(cohort, reference)
    x = _ranked(on_scale(cohort)[genes])
    z = _ranked(after.expression[genes])
    y = on_scale(lines)[genes]
    own = cohort.samples.set_index("sample_id").lineage.reindex(x.index).fillna("")
    other = lines.samples.set_index("sample_id").lineage.reindex(y.index).fillna("")
    spread = np.sqrt(np.nanmean(np.square(_centred(y, other)), axis=0))
    rows = []
    for name, (n, m) in reference.lineages.items():
        mine, theirs = (own == name, other == name) if name != "all" else (own == own, other == other)
        target = np.nanmean(y[theirs].to_numpy(), axis=0)
        r, shift = {}, {}
        for when, values in (("before", x), ("after", z)):
            mean = np.nanmean(values[mine].to_numpy(), axis=0)
            r[when] = float(np.corrcoef(mean, target)[0, 1])
            shift[when] = float(np.nanmedian(np.abs(mean - target) / spread))
        rows.append(
            {
                "lineage": name, "n_samples": n, "n_lines": m, "r_before": r["before"], "r_after": r["after"],
                "shift_before": shift["before"], "shift_after": shift["after"],
            }
        )  # fmt: skip
    return Distance(pd.DataFrame(rows), _map(y, other, {"before": x, "after": z}, own))


def _ranked(values: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(rank_normal(values.to_numpy(float)), index=values.index, columns=values.columns)


def _centred(values: pd.DataFrame, lineage: pd.Series) -> Matrix:
    return np.asarray((values - values.groupby(lineage).transform("mean")).to_numpy())


def _map(
    lines: pd.DataFrame, lineage: pd.Series, samples: dict[str, pd.DataFrame], own: pd.Series
) -> pd.DataFrame:
    known = lines.columns[lines.notna().all() & (lines.std() > 0)]
    y = lines[known].to_numpy()
    centre, scale = y.mean(axis=0), y.std(axis=0)
    standard = (y - centre) / scale
    axes = np.linalg.svd(standard, full_matrices=False)[2][:2]
    # A singular vector's sign is arbitrary: the largest entry is made positive, whatever the machine.
    axes *= np.sign(axes[[0, 1], np.abs(axes).argmax(axis=1)])[:, None]
    pieces = [("lines", lines.index, standard @ axes.T, lineage)]
    for group, values in samples.items():
        filled = np.nan_to_num((values[known].to_numpy() - centre) / scale)
        pieces.append((group, values.index, filled @ axes.T, own))
    return pd.concat(
        [
            pd.DataFrame(
                {"sample_id": ids, "group": group, "lineage": of.to_numpy(), "x": at[:, 0], "y": at[:, 1]}
            )
            for group, ids, at, of in pieces
        ],
        ignore_index=True,
    )
