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
_TPM_TOTAL, _TPM_TOLERANCE, _LOG_TPM_TOLERANCE = 1e6, 0.1, 0.01
#: Values below 0 are told apart (log2 or gene-wise ratio) only with at least this many samples and genes.  A
#: few replicates of a gene-wise z-score look like log2, and z-scores within and across samples like each
#: other: those must be stated.
LEAST_TO_RECOGNISE = 10
#: Of log2 values fewer are negative than this; where more are, they may be ratios to a reference RNA, whose
#: genes differ as those of log2 do (0.51 in TCGA's two-colour arrays of KIRC).
MOST_NEGATIVE = 1 / 3
#: What may be stated beside the scales: fragments per kilobase and million, which becomes TPM.
FPKM = "fpkm"
STATABLE = (*(scale for scale in EXPRESSION_SCALES if scale != "harmonised"), FPKM)
_TODO = f"state it: --expression-scale {'|'.join(STATABLE)}"
#: Bases of the logarithms in use.
_BASES = {2.0: "log2", float(np.e): "ln", 10.0: "log10"}


def on_scale(
    matrix: pd.DataFrame, stated: str | None = None, *, where: object = "expression"
) -> tuple[pd.DataFrame, str, str]:
    """A samples x genes matrix, on one of our scales.

    FPKM becomes TPM, each value over the sum of its sample times 1e6 (PMID 22872506); it must be stated, for
    nothing tells it from other linear values.

    Parameters
    ----------
    matrix
        Numbers, NaN where missing.
    stated
        One of :data:`STATABLE`; by default recognised, as :func:`expression_scale` does.
    where
        Named in errors.

    Returns
    -------
    matrix : pandas.DataFrame
    scale : str
        One of :data:`features.schemas.EXPRESSION_SCALES`.
    read_as : str
        For the user: the scale, whether it was stated, and of what it is the logarithm where that shows.

    Raises
    ------
    InputError
        If the stated scale is unknown or contradicted, or no scale is recognised.
    """
    if stated == FPKM:
        expression_scale(matrix, "tpm", where=where)
        empty = matrix.index[~(matrix.sum(axis=1) > 0)]
        if len(empty):
            raise InputError("all values are 0", where=f"{where}, sample {empty[0]}", todo="leave it out")
        return matrix.div(matrix.sum(axis=1), axis=0) * _TPM_TOTAL, "tpm", "fpkm (stated), turned into tpm"
    scale = expression_scale(matrix, stated, where=where)
    how = "recognised" if stated is None else "stated"
    if scale == "log2" and _base(matrix.to_numpy(dtype=float)) == 2.0:
        how += ": log2 of TPM + 1"
    return matrix, scale, f"{scale} ({how})"


def expression_scale(matrix: pd.DataFrame, stated: str | None = None, *, where: object = "expression") -> str:
    """The scale of a samples x genes matrix.

    Recognised are: ``counts`` (whole numbers >= 0, some above 100); ``tpm`` (numbers >= 0 that add up to
    about 1e6 in each sample); ``log2`` (at most 30; where some are negative, fewer than a third of them, and
    differing more between genes than within them); ``log_ratio`` (each gene centred on 0 across samples).
    ``rma`` is ``log2`` to the eye, and ``within_sample_z`` like other scores: they have to be stated.

    Parameters
    ----------
    matrix
        Numbers, NaN where missing.
    stated
        The user's word, one of the scales; it is taken unless the values contradict it.
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
        _refuse_other_logarithms(values, where)
        return _recognised(values, where)
    if stated not in STATABLE:
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
        if abs(float(np.median(np.nansum(values, axis=1))) / _TPM_TOTAL - 1) < _TPM_TOLERANCE:
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
        if between > within and float(np.mean(values[~np.isnan(values)] < 0)) < MOST_NEGATIVE:
            return "log2"
    logarithmic = lowest < 0 and lowest >= LOG2_LOWEST and highest <= LOG2_HIGHEST
    may_be = (
        "may be log2, ratios or scores" if logarithmic else "are no log2, counts, nor TPM that add up to 1e6"
    )
    raise InputError(
        f"values from {lowest:g} to {highest:g} {may_be}",
        where=where,
        todo=_TODO,
    )


def _base(values: NDArray[np.float64]) -> float | None:
    """The base of which the matrix is log(TPM + 1): base^x - 1 adds up to 1e6 in each sample."""
    if float(np.nanmin(values)) < 0 or float(np.nanmax(values)) > LOG2_HIGHEST:
        return None
    for base in _BASES:
        totals = np.nansum(np.power(base, values) - 1, axis=1)
        # Of all samples and closely, for nothing but TPM of a whole transcriptome is so by accident.
        if float(np.max(np.abs(totals / _TPM_TOTAL - 1))) < _LOG_TPM_TOLERANCE:
            return base
    return None


def _refuse_other_logarithms(values: NDArray[np.float64], where: object) -> None:
    base = _base(values)
    if base is not None and base != 2.0:
        raise InputError(
            f"is {_BASES[base]} of TPM + 1, not log2",
            where=where,
            todo=f"divide the values by {np.log(2) / np.log(base):.6g}, or {_TODO}",
        )


def _nanmean(values: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    return np.asarray(np.nanmean(values, axis=axis))
