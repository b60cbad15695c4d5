r"""A saved reference that carries a cohort's expression to the scale of the training lines.

Another platform measures every gene with its own offset and gain, and ranks within a sample keep these.
Against training lines of the *same lineage* both can be estimated, gene by gene.  With :math:`x_{ig}` gene
*g* of sample *i* on the cohort's scale (rank-normal within the sample; a log ratio as it is), :math:`y` that
of the training lines, and :math:`l` the lineages that both have,

.. math:: h_{ig} = \alpha_g + \beta_g \, (x_{ig} - \pi_g (1 - p_i)), \qquad
          \alpha_g = \sum_l w_l \, (\bar y_{lg} - \beta_g \bar x_{lg}), \qquad
          \beta_g = \frac{s_g(y)}{s_g(x)},

with :math:`s` the standard deviation within lineages, :math:`w_l \propto n_l m_l / (n_l + m_l)` for *n*
samples and
*m* lines, and, where purity is known, :math:`p_i` the sample's purity and :math:`\pi_g` the slope of the gene
on
:math:`1 - p` within lineages (stroma and blood; a line has none).  :math:`\ln \beta_g` is shrunk towards its
median, the more the fewer samples there are: a ratio of two standard deviations of ten samples each is mostly
noise.  The harmonised values are ranked within the sample once more by whoever computes features of them.

The reference is fitted once and saved; a sample's harmonised values depend on that sample and the reference
alone. Without a lineage in common nothing tells a platform from a biology: the target is then the mean of all
training lines, which makes every cohort average, so that only the order *within* the cohort can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.builders.rank_normal import rank_normal, universe_values
from features.cohort import Cohort
from features.errors import InputError

#: Fewest samples, and training lines, of a lineage in common.
LEAST_SAMPLES = 10
#: Fewest samples of known purity, and least standard deviation of it, for a slope.
LEAST_WITH_PURITY, LEAST_PURITY_SPREAD = 30, 0.05
#: Samples at which ``ln beta`` is shrunk half way.
SHRINKAGE = 20
#: ``beta`` lies within this factor of its median.
LARGEST_GAIN = 4.0
LINEAGE, WITHIN_COHORT = "lineage", "within_cohort"
#: What a cohort that a reference was applied to has as its ``expression_scale``.
HARMONISED = "harmonised"
#: The extra column of its samples, and the mark of those whose order within the cohort alone can be read.
COLUMN, WITHIN_ONLY = "harmonisation", "; order within the cohort only"

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Harmonisation:
    """A fitted reference.

    Attributes
    ----------
    cohort
        Name of the cohort that it was fitted to.
    scale
        That cohort's ``expression_scale``; it may be applied to samples on this scale only.
    kind
        ``lineage``, or ``within_cohort`` where no lineage is in common.
    lineages
        Lineage to the numbers of samples and of training lines; of ``within_cohort`` under "all".
    genes
        Index: universe genes measured; columns ``location`` (alpha), ``gain`` (beta), ``stroma`` (pi; 0 where
        purity is not known).
    mean_purity
        What stands for an unknown purity, 0 to 1; NaN where no slope was fitted.
    lines
        Name of the training lines' cohort.
    """

    cohort: str
    scale: str
    kind: str
    lineages: dict[str, tuple[int, int]]
    genes: pd.DataFrame
    mean_purity: float
    lines: str
    version: str = field(default="")

    @property
    def label(self) -> str:
        """What a prediction says of it."""
        return f"{self.cohort} {self.version}".strip()


def fit(cohort: Cohort, lines: Cohort) -> Harmonisation:
    """Fit a reference.

    Parameters
    ----------
    cohort
        The samples, with expression on any scale but the harmonised one, and lineages.
    lines
        The training lines, on a scale with an order of abundance.

    Returns
    -------
    Harmonisation
        Without a version, which :func:`features.harmonisation_file.write` gives it.

    Raises
    ------
    InputError
        If there is no expression, fewer than 10 samples, or it is harmonised already.
    """
    if cohort.expression.empty:
        raise InputError("has no expression", where=f"cohort {cohort.name}")
    if cohort.expression_scale == HARMONISED:
        raise InputError("is harmonised already", where=f"cohort {cohort.name}")
    x, y = on_scale(cohort), on_scale(lines)
    if len(x) < LEAST_SAMPLES:
        raise InputError(
            f"has {len(x)} samples with expression; a location of each gene needs {LEAST_SAMPLES}",
            where=f"cohort {cohort.name}",
            todo="fit the reference to a larger cohort of the same platform, and apply it to these",
        )
    own, other = _lineages(cohort, x.index), _lineages(lines, y.index)
    common = [
        name
        for name in sorted(set(own) & set(other) - {""})
        if min((own == name).sum(), (other == name).sum()) >= LEAST_SAMPLES
    ]
    kind = LINEAGE if common else WITHIN_COHORT
    if not common:
        own, other, common = pd.Series("all", own.index), pd.Series("all", other.index), ["all"]
    values = x.to_numpy(float)
    purity = cohort.samples.set_index("sample_id").purity.reindex(x.index).to_numpy(float)
    stroma, mean_purity = _stroma(values, purity, own.to_numpy())
    values = (
        values - stroma * (1 - np.where(np.isfinite(purity), purity, mean_purity))[:, None]
        if (np.isfinite(mean_purity))
        else values
    )
    location, gain = _affine(values, own.to_numpy(), y.to_numpy(float), other.to_numpy(), common)
    genes = pd.DataFrame({"location": location, "gain": gain, "stroma": stroma}, index=x.columns)
    return Harmonisation(
        cohort=cohort.name,
        scale=str(cohort.expression_scale),
        kind=kind,
        lineages={name: (int((own == name).sum()), int((other == name).sum())) for name in common},
        genes=genes.loc[np.isfinite(genes.to_numpy()).all(axis=1)],
        mean_purity=mean_purity,
        lines=lines.name,
    )


def harmonised(cohort: Cohort, reference: Harmonisation) -> Cohort:
    """The cohort with its expression carried to the training lines' scale.

    Parameters
    ----------
    cohort
        Samples of the platform that the reference was fitted to.
    reference
        The reference.

    Returns
    -------
    Cohort
        Expression of universe genes on the scale ``harmonised``; what a gene of the reference lacks stays
        missing. Its samples have a column ``harmonisation`` that names the reference, and says of which
        samples no more than the order within the cohort can be read.

    Raises
    ------
    InputError
        If there is no expression or its scale is not the reference's.
    """
    if cohort.expression.empty:
        raise InputError("has no expression", where=f"cohort {cohort.name}")
    if cohort.expression_scale != reference.scale:
        raise InputError(
            f"expression is on the scale {cohort.expression_scale}, the reference was fitted to "
            f"{reference.scale} values of {reference.cohort}",
            where=f"cohort {cohort.name}",
            todo="fit a reference to this cohort (mtorc1 harmonise)",
        )
    x = on_scale(cohort).reindex(columns=reference.genes.index)
    values = x.to_numpy(float)
    if np.isfinite(reference.mean_purity):
        purity = cohort.samples.set_index("sample_id").purity.reindex(x.index).to_numpy(float)
        purity = np.where(np.isfinite(purity), purity, reference.mean_purity)
        values = values - reference.genes.stroma.to_numpy() * (1 - purity)[:, None]
    values = reference.genes.location.to_numpy() + reference.genes.gain.to_numpy() * values
    lineage = _lineages(cohort, x.index)
    matched = lineage.isin(list(reference.lineages)) & (reference.kind == LINEAGE)
    label = pd.Series(
        np.where(matched, reference.label, reference.label + WITHIN_ONLY), index=x.index, dtype=object
    )
    samples = cohort.samples.assign(**{COLUMN: cohort.samples.sample_id.map(label)})
    expression = pd.DataFrame(values, index=x.index, columns=x.columns)
    return replace(cohort, samples=samples, expression=expression, expression_scale=HARMONISED).validate()


def labels(cohort: Cohort) -> dict[str, str]:
    """Sample to the reference that it was harmonised with; empty for a cohort that was not."""
    if cohort.expression_scale != HARMONISED:
        return {}
    named = cohort.samples.set_index("sample_id")[COLUMN].dropna()
    return {str(sample): str(label) for sample, label in named.items()}


def on_scale(cohort: Cohort) -> pd.DataFrame:
    """Universe genes of a cohort: rank-normal within the sample, or the ratios as they are.

    Shape (samples with expression, 5,778); NaN where a gene is absent.
    """
    values = universe_values(cohort.expression, cohort.expression_scale, ratios=True)
    if cohort.expression_scale != "log_ratio":
        values = pd.DataFrame(rank_normal(values.to_numpy()), index=values.index, columns=values.columns)
    return values


def _lineages(cohort: Cohort, samples: pd.Index) -> pd.Series:
    return cohort.samples.set_index("sample_id").lineage.reindex(samples).fillna("").astype(str)


def _stroma(values: Matrix, purity: Matrix, lineage: npt.NDArray[np.object_]) -> tuple[Matrix, float]:
    """Slope of each gene on 1 - purity within lineages, shape (genes,), and the mean purity."""
    none = np.zeros(values.shape[1]), float("nan")
    known = np.isfinite(purity)
    if known.sum() < LEAST_WITH_PURITY or np.std(purity[known]) < LEAST_PURITY_SPREAD:
        return none
    stroma = _within(1 - purity[known][:, None], lineage[known])
    genes = _within(values[known], lineage[known])
    have = np.isfinite(genes)
    moment = np.where(have, genes * stroma, 0.0).sum(axis=0)
    size = np.where(have, np.square(stroma), 0.0).sum(axis=0)
    slope = np.divide(moment, size, out=np.zeros(values.shape[1]), where=size > 0)
    return slope, float(purity[known].mean())


def _within(values: Matrix, lineage: npt.NDArray[np.object_]) -> Matrix:
    """Values less the mean of their lineage."""
    out = values.copy()
    for name in np.unique(lineage):
        rows = lineage == name
        out[rows] -= _mean(values[rows])
    return out


def _mean(values: Matrix) -> Matrix:
    """Mean of the known values of each column, NaN where there is none."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.divide(total, count, out=np.full(values.shape[1], np.nan), where=count > 0)


def _spread(values: Matrix, lineage: npt.NDArray[np.object_]) -> Matrix:
    """Standard deviation of each column within lineages."""
    return np.sqrt(_mean(np.square(_within(values, lineage))))


def _affine(
    x: Matrix,
    own: npt.NDArray[np.object_],
    y: Matrix,
    other: npt.NDArray[np.object_],
    common: list[str],
) -> tuple[Matrix, Matrix]:
    """Location and gain of each gene, shape (genes,); NaN where a gene was not measured or never varies."""
    mine, theirs = np.isin(own, common), np.isin(other, common)
    n = int(min(mine.sum(), theirs.sum()))
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = np.log(_spread(y[theirs], other[theirs])) - np.log(_spread(x[mine], own[mine]))
    raw[~np.isfinite(raw)] = np.nan
    middle = float(np.nanmedian(raw))
    shrunk = middle + (raw - middle) * n / (n + SHRINKAGE)
    gain = np.exp(np.clip(shrunk, middle - np.log(LARGEST_GAIN), middle + np.log(LARGEST_GAIN)))
    total, location = 0.0, np.zeros(x.shape[1])
    for name in common:
        a, b = own == name, other == name
        weight = a.sum() * b.sum() / (a.sum() + b.sum())
        location += weight * (_mean(y[b]) - gain * _mean(x[a]))
        total += weight
    return location / total, gain
