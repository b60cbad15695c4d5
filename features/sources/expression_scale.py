"""Which scale an expression matrix is on: stated by the user, or recognised, never guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InputError
from features.schemas import EXPRESSION_SCALES

#: log2 of anything that is measured stays below this (2^30 reads of one gene); a larger value is linear.
LOG2_HIGHEST = 30.0
#: log2(TPM) without a pseudo-count reaches down to about -20; further down is no logarithm of a measurement.
LOG2_LOWEST = -20.0
_TPM_TOTAL = 1e6
#: Values below 0 are told apart (log2 or gene-wise ratio) only with at least this many samples and genes.  A
#: few replicates of a gene-wise z-score look like log2, and z-scores within and across samples like each
#: other: those must be stated.
LEAST_TO_RECOGNISE = 10
_TODO = f"state it: --expression-scale {'|'.join(EXPRESSION_SCALES)}"


def expression_scale(matrix: pd.DataFrame, stated: str | None = None, *, where: object = "expression") -> str:
    """The scale of a samples x genes matrix.

    Recognised are: ``counts`` (whole numbers >= 0, some above 100); ``tpm`` (numbers >= 0 that add up to
    about 1e6 in each sample); ``log2`` (at most 30 and, where negative, differing more between genes than
    within them); ``within_sample_z`` (each sample has mean 0 and standard deviation 1); ``log_ratio`` (each
    gene centred on 0 across samples).  ``rma`` is ``log2`` to the eye and has to be stated.

    Parameters
    ----------
    matrix
        Numbers, NaN where missing.
    stated
        The user's word; it is taken unless the values contradict it.
    where
        Named in errors.

    Returns
    -------
    str
        One of :data:`features.schemas.EXPRESSION_SCALES`.

    Raises
    ------
    InputError
        If the stated scale is unknown or contradicted, or no scale is recognised.
    """
    values = matrix.to_numpy(dtype=float)
    if stated is None:
        return _recognised(values, where)
    if stated not in EXPRESSION_SCALES:
        raise InputError(f"unknown expression scale {stated!r}", where=where, todo=_TODO)
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    if stated in {"counts", "tpm"} and lowest < 0:
        raise InputError(
            f"is stated to be {stated} but has negative values ({lowest:g})", where=where, todo=_TODO
        )
    if stated in {"log2", "rma"} and (highest > LOG2_HIGHEST or lowest < LOG2_LOWEST):
        raise InputError(
            f"is stated to be {stated} but reaches from {lowest:g} to {highest:g}, which no log2 does",
            where=where,
            todo=_TODO,
        )
    return stated


def _recognised(values: NDArray[np.float64], where: object) -> str:
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    if lowest >= 0:
        if highest > 100 and np.all(np.isnan(values) | (values % 1 == 0)):
            return "counts"
        if abs(float(np.median(np.nansum(values, axis=1))) / _TPM_TOTAL - 1) < 0.1:
            return "tpm"
        if highest <= LOG2_HIGHEST:
            return "log2"
    elif highest <= LOG2_HIGHEST and lowest >= LOG2_LOWEST and min(values.shape) >= LEAST_TO_RECOGNISE:
        between = float(np.nanstd(_nanmean(values, axis=0)))
        within = float(np.sqrt(_nanmean(np.nanvar(values, axis=0), axis=0)))
        # Centring each gene leaves the genes' means with almost no spread; a log2 matrix has more there than
        # anywhere.
        if between < 0.3 * within:
            return "log_ratio"
        if between > within:
            return "log2"
    raise InputError(
        f"values from {lowest:g} to {highest:g} are neither log2 nor on a scale that can be turned into it",
        where=where,
        todo=_TODO,
    )


def _nanmean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    return np.asarray(np.nanmean(values, axis=axis))
