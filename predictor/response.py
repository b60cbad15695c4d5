r"""What is predicted: an inhibitor in a screen, or the consensus of a class.

Screens of mTORC1 inhibitors agree poorly (GDSC1 against GDSC2, same inhibitor and line: mean r 0.34), so one
response is a noisy witness and the others help to hear it.  Each target is therefore learned from a *pooled*
response

.. math:: p_i = (1 - w)\, z_i + w\, c_i

where :math:`z_i` is the target's own standardised response of line *i*, :math:`c_i` the consensus (mean
standardised response over the named inhibitor-screens) and :math:`w` the pooling.  The share w comes from the
training lines: what tells another screen best, where an inhibitor was measured in two
(:func:`share_across_screens`), else what tells the target's own measurements.  A line without :math:`z_i`
stands in with :math:`\rho c_i`, its regression on the consensus.  Means, standard deviations and
:math:`\rho` come from the training lines of the fold; the prediction is brought back to the target's own unit
by a line through cross-fitted predictions, and judged against the target's own measurements only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError
from features.inhibitors import find_inhibitor
from features.schemas import METRICS
from predictor.measurement_error import at_tested_doses, mean_variance

#: The unit of a class consensus: the mean of its members' standardised responses; 0 = average of the training
#: lines, higher = more resistant.  A mean of noisy values: its standard deviation is about 0.7, not 1.
CLASS_UNIT = "class_z"

#: Metrics that a model may learn; which way is up, :data:`features.schemas.METRICS` says.
LEARNABLE = ("ln_ic50_um", "auc_fraction")


@dataclass(frozen=True)
class Target:
    """One response to predict.

    Attributes
    ----------
    name
        ``inhibitor@screen`` or the name of the class.
    inhibitor
        The inhibitor; None for a class.
    inhibitor_class
        Its class.
    unit
        The metric of the screen, or ``class_z``.
    members
        The inhibitor-screens whose mean is the target: one for an inhibitor.
    """

    name: str
    inhibitor: str | None
    inhibitor_class: str
    unit: str
    members: tuple[str, ...]


def response_table(responses: pd.DataFrame, metric: str, samples: Sequence[str]) -> pd.DataFrame:
    """Spread the tidy responses to samples x inhibitor-screens.

    Parameters
    ----------
    responses
        A Cohort's responses.
    metric
        The metric to take; all of it must be oriented so that higher means more resistant.
    samples
        The rows wanted, in this order.

    Returns
    -------
    pandas.DataFrame
        Index ``samples``, columns ``inhibitor@screen`` in alphabetical order, NaN where not measured.  An
        IC50 beyond the tested doses is the nearest of them (:mod:`predictor.measurement_error`).

    Raises
    ------
    InputError
        If no response has this metric, or none belongs to the samples.
    """
    if metric not in LEARNABLE:
        raise InputError(
            f"the metric {metric!r} cannot be learned",
            where="response.metric",
            todo=f"use one of {', '.join(LEARNABLE)}",
        )
    chosen = responses[(responses.metric == metric) & responses.sample_id.isin(samples)]
    if chosen.empty:
        raise InputError(f"no response in {metric} belongs to these samples", where="responses")
    named = at_tested_doses(chosen).assign(column=chosen.inhibitor + "@" + chosen.screen)
    table = named.pivot(index="sample_id", columns="column", values="value").astype(float)
    table.columns.name = None
    return table.reindex(pd.Index(samples, name="sample_id")) * METRICS[metric].resistance_sign


def inhibitor_targets(
    table: pd.DataFrame, metric: str, screens: Sequence[str], least_lines: int
) -> list[Target]:
    """One target for each inhibitor: its first screen, in order of preference, that measured enough lines.

    Parameters
    ----------
    table
        From :func:`response_table`.
    metric
        Its metric.
    screens
        Screens, the preferred one first.
    least_lines
        Least number of measured lines.
    """
    targets = []
    for inhibitor in sorted({c.split("@")[0] for c in table.columns}, key=str.lower):
        for screen in screens:
            name = f"{inhibitor}@{screen}"
            if name in table.columns and table[name].count() >= least_lines:
                found = find_inhibitor(inhibitor)
                targets.append(Target(name, found.name, found.inhibitor_class, metric, (name,)))
                break
    return targets


def class_targets(table: pd.DataFrame, consensus: Sequence[str], least_members: int = 2) -> list[Target]:
    """One target for each class: the mean over its inhibitor-screens among the consensus.

    A class with fewer than ``least_members`` inhibitor-screens has no consensus to speak of and gets no
    target.
    """
    by_class: dict[str, list[str]] = {}
    for name in consensus:
        by_class.setdefault(find_inhibitor(name.split("@")[0]).inhibitor_class, []).append(name)
    return [
        Target(name, None, name, CLASS_UNIT, tuple(members))
        for name, members in sorted(by_class.items())
        if len(members) >= least_members
    ]


def check_consensus(table: pd.DataFrame, consensus: Sequence[str]) -> None:
    """Refuse a consensus that names an inhibitor-screen without measurements."""
    unknown = [name for name in consensus if name not in table.columns]
    if unknown:
        raise InputError(
            f"not measured in this cohort: {', '.join(unknown)}",
            where="response.consensus",
            todo=f"choose among {', '.join(table.columns)}",
        )


@dataclass(frozen=True)
class ResponseScale:
    """Location and scale of each inhibitor-screen over the training lines.

    Attributes
    ----------
    mean, sd
        Index: inhibitor-screens.
    consensus
        The inhibitor-screens of the consensus.
    """

    mean: pd.Series
    sd: pd.Series
    consensus: tuple[str, ...]

    @classmethod
    def fit(cls, training: pd.DataFrame, consensus: Sequence[str]) -> ResponseScale:
        """Fit to the training lines' responses, shape (n_train, inhibitor-screens)."""
        # Summed in the order of the ids, whatever the order and the memory layout of the rows: the same
        # lines give the same bits.
        columns = np.ascontiguousarray(training.sort_index().to_numpy(float).T)
        known = np.isfinite(columns)
        count = known.sum(axis=1).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(known, columns, 0.0).sum(axis=1) / count
            centred = np.where(known, columns - mean[:, None], 0.0)
            sd = np.sqrt(np.square(centred).sum(axis=1) / count)
        return cls(pd.Series(mean, training.columns), pd.Series(sd, training.columns), tuple(consensus))

    def standardise(self, table: pd.DataFrame) -> pd.DataFrame:
        """Standard deviations from the training mean; a column without spread says nothing (NaN)."""
        return (table - self.mean) / self.sd.where(self.sd > 0)

    def consensus_of(self, table: pd.DataFrame) -> np.ndarray:
        """Mean standardised response over the consensus, shape (n,), NaN where not measured at all."""
        return _row_mean(self.standardise(table), self.consensus)

    def measured(self, table: pd.DataFrame, target: Target) -> np.ndarray:
        """The target as measured, in its own unit, shape (n,), NaN where it was not."""
        if target.unit != CLASS_UNIT:
            return table[target.members[0]].to_numpy(float)
        return _row_mean(self.standardise(table), target.members)

    def pooled(self, table: pd.DataFrame, target: Target, pooling: float) -> np.ndarray:
        """The pooled response of the module's formula, shape (n,), NaN where nothing was measured.

        Parameters
        ----------
        table
            Responses of the training lines.
        target
            The target.
        pooling
            The w of the formula, 0 (the target alone) to 1 (the consensus alone).
        """
        z = self.standardise(table)
        own = _row_mean(z, target.members)
        if pooling == 0:
            return own
        shared = self.consensus_of(table)
        both = np.isfinite(own) & np.isfinite(shared)
        rho = _slope(shared[both], own[both])
        own = np.where(np.isfinite(own), own, rho * shared)
        return np.where(np.isfinite(shared), (1 - pooling) * own + pooling * shared, own)

    def pooled_variance(self, errors: pd.DataFrame, target: Target, pooling: float) -> np.ndarray:
        """Error variance of :meth:`pooled`, shape (n,), NaN where no standard error is known.

        Parameters
        ----------
        errors
            Standard errors, as the responses that were pooled.
        target, pooling
            As there.  That the target is one of the consensus is left out of account.
        """
        z = errors / self.sd.where(self.sd > 0)
        own = mean_variance(z, target.members)
        if pooling == 0:
            return own
        shared = mean_variance(z, self.consensus)
        both = np.square(1 - pooling) * own + np.square(pooling) * shared
        return np.where(np.isfinite(both), both, np.where(np.isfinite(own), own, shared))


def share_across_screens(z: pd.DataFrame, consensus: Sequence[str]) -> float | None:
    r"""The share of the consensus in the best guess of what another screen measures of the same lines.

    Part of a response is the inhibitor's, part the screen's (its assay, its doses, its day).  Only the former
    holds elsewhere, and the inhibitors' common part is heard best in the mean of several.  With :math:`z^A`
    an inhibitor's standardised response in screen A and :math:`c^A` the mean over A's inhibitors of the
    consensus, least squares over all lines, inhibitors and ordered pairs of screens,

    .. math:: z^B_i \approx a\, z^A_i + b\, c^A_i, \qquad w = b / (a + b),

    gives the pooling that an unseen screen asks for.  The inhibitor's own error would ask for less: it pays
    to learn what is peculiar to its screen.

    Parameters
    ----------
    z
        Standardised responses of training lines, columns ``inhibitor@screen``.
    consensus
        The inhibitor-screens of the consensus.

    Returns
    -------
    float or None
        0 to 1; None where no inhibitor was measured in two screens, or neither predictor helps.
    """
    by_screen: dict[str, list[str]] = {}
    for name in consensus:
        by_screen.setdefault(name.rsplit("@", 1)[1], []).append(name)
    gram, moment = np.zeros((2, 2)), np.zeros(2)
    for screen, names in sorted(by_screen.items()):
        shared = _row_mean(z, names)
        for name in names:
            inhibitor = name.rsplit("@", 1)[0]
            for other in sorted(set(by_screen) - {screen}):
                if f"{inhibitor}@{other}" not in by_screen[other]:
                    continue
                rows = np.column_stack([z[name], shared, z[f"{inhibitor}@{other}"]])
                rows = rows[np.isfinite(rows).all(axis=1)]
                if len(rows) > 2:
                    rows = rows - rows.mean(axis=0)
                    gram += rows[:, :2].T @ rows[:, :2]
                    moment += rows[:, :2].T @ rows[:, 2]
    if np.linalg.matrix_rank(gram) < 2:
        return None
    own, both = np.linalg.solve(gram, moment)
    return float(np.clip(both / (own + both), 0.0, 1.0)) if own + both > 0 else None


def _row_mean(table: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Mean of the known values of each row, added column by column: the memory layout changes no bit."""
    total, count = np.zeros(len(table)), np.zeros(len(table))
    for column in columns:
        values = table[column].to_numpy(float)
        known = np.isfinite(values)
        total += np.where(known, values, 0.0)
        count += known
    return np.divide(total, count, out=np.full(len(table), np.nan), where=count > 0)


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    if len(x) < 2 or np.ptp(x) == 0:
        return 0.0
    return float(np.polyfit(x, y, 1)[0])


def calibration_line(cross_fitted: np.ndarray, measured: np.ndarray) -> tuple[float, float]:
    """Intercept and slope that bring cross-fitted predictions to the measured unit by least squares.

    The slope is never negative: a prediction that points the wrong way in training is worth nothing (slope
    0), not its reverse.

    Parameters
    ----------
    cross_fitted, measured
        Shape (n,); rows in which either is NaN are left out.
    """
    known = np.isfinite(cross_fitted) & np.isfinite(measured)
    slope = max(_slope(cross_fitted[known], measured[known]), 0.0)
    return float(np.mean(measured[known]) - slope * np.mean(cross_fitted[known])), slope
