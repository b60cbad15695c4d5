"""On which scale a cBioPortal study's mRNA is: by what its meta file says, held against its values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import InputError
from features.sources.cbioportal_meta import StudyFile
from features.sources.expression_scale import FPKM, LOG2_HIGHEST, STATABLE, expression_scale

#: What is done to the values: nothing, log2(x + 1), or division by their sample's sum.
Change = Literal["none", "log2p1", "per_million"]
_STATE = f"state it: --expression-scale {'|'.join(STATABLE)}"
#: By how many samples values are recognised; the whole is checked against its range.
_SEEN = 200
_LOG2 = re.compile(r"log[ _-]?2", re.IGNORECASE)
_OTHER_LOG = re.compile(r"\blog(?:10|e)?\b|\bln\b|log[ -]?transformed|log[ -]?scaled?", re.IGNORECASE)
_RATIO = re.compile(r"z[ _-]?scores?|log[ _-]?2?[ _-]?ratios?|two[ -]?colou?r", re.IGNORECASE)
#: The unit, how it is worded, and what becomes of it.  RSEM here is TCGA's normalised count.
_UNITS: tuple[tuple[str, re.Pattern[str], Change], ...] = (
    ("tpm", re.compile(r"(?<![a-z])tpm(?![a-z])", re.IGNORECASE), "none"),
    (FPKM, re.compile(r"(?<![a-z])[fr]pkm(?![a-z])", re.IGNORECASE), "per_million"),
    ("RSEM", re.compile(r"(?<![a-z])rsem(?![a-z])", re.IGNORECASE), "log2p1"),
    ("CPM", re.compile(r"(?<![a-z])cpm(?![a-z])", re.IGNORECASE), "log2p1"),
    ("counts", re.compile(r"(?<![a-z])counts?(?![a-z])", re.IGNORECASE), "none"),
    ("rma", re.compile(r"(?<![a-z])(?:f|gc)?rma(?![a-z])", re.IGNORECASE), "none"),
)
_PER_MILLION = 1e6


@dataclass(frozen=True)
class Scale:
    """What a table of mRNA holds.

    Attributes
    ----------
    scale
        One of :data:`features.schemas.EXPRESSION_SCALES` after ``change``; None if the words do not say.
    change
        What is done to the values first.
    unit
        In the source's words.
    """

    scale: str | None
    change: Change
    unit: str


def scale_of_words(file: StudyFile) -> Scale:
    """What the meta file says of its values.

    Z-scores and log ratios are ``log_ratio``; log2 of anything is ``log2``; TPM and counts are what they are;
    FPKM and RPKM become TPM; RSEM and CPM become log2(x + 1), since no scale of ours is theirs.

    Raises
    ------
    InputError
        If it speaks of a logarithm without saying that it is log2.

    Examples
    --------
    >>> from pathlib import Path
    >>> f = StudyFile(Path("m"), {"profile_name": "mRNA expression (RNA Seq V2 RSEM)"}, Path("d.txt"))
    >>> scale_of_words(f)
    Scale(scale='log2', change='log2p1', unit='RSEM')
    """
    words = file.words
    if file.datatype == "Z-SCORE" or _RATIO.search(words):
        return Scale("log_ratio", "none", "z-scores" if file.datatype == "Z-SCORE" else "ratios")
    unit, change = next(((name, what) for name, how, what in _UNITS if how.search(words)), ("", "none"))
    if _LOG2.search(words):
        return Scale("log2", "none", f"log2 {unit}".strip())
    if unit == "rma":
        return Scale("rma", "none", unit)
    if _OTHER_LOG.search(words):
        raise InputError("speaks of a logarithm and not of which", where=file.meta, todo=_STATE)
    if not unit:
        return Scale(None, "none", "no unit")
    scales = {"none": unit, "per_million": "tpm", "log2p1": "log2"}
    return Scale(scales[change], change, unit)


def scale_of_user(stated: str) -> Scale:
    """The scale that a user states.

    Raises
    ------
    InputError
        If it is none of :data:`features.sources.expression_scale.STATABLE`.
    """
    if stated not in STATABLE:
        raise InputError(f"unknown expression scale {stated!r}", todo=_STATE)
    return Scale("tpm", "per_million", FPKM) if stated == FPKM else Scale(stated, "none", stated)


def on_stated_scale(matrix: pd.DataFrame, scale: Scale, file: StudyFile) -> tuple[str, str, list[str]]:
    """Bring a matrix to its scale, in place.

    Parameters
    ----------
    matrix
        Samples x genes, float32, each sample with a value; changed in place.
    scale
        What it holds.
    file
        Named in errors.

    Returns
    -------
    scale : str
        One of :data:`features.schemas.EXPRESSION_SCALES`.
    read_as : str
        For the user.
    below : list of str
        Genes with RSEM below 0, taken as 0: the correction of batches leaves some.

    Raises
    ------
    InputError
        If the values contradict what is said of them, or nothing is said and they are not recognised.
    """
    values = matrix.to_numpy()
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    where = file.data
    if scale.scale is None:
        seen = matrix.iloc[:: max(1, len(matrix) // _SEEN)]
        found = expression_scale(seen.astype(float), where=where)
        return found, f"{found} (recognised by its values)", []
    _refuse_contradiction(scale, low, high, file)
    if scale.change == "log2p1":
        below = matrix.columns[_to_log2(values)]
        return scale.scale, f"{scale.unit}, as log2(x + 1)", list(below)
    if scale.change == "per_million":
        _to_per_million(values, file)
        return scale.scale, f"{scale.unit}, turned into tpm", []
    said = scale.scale if scale.unit == scale.scale else f"{scale.unit}, as {scale.scale}"
    return scale.scale, said, []


def _refuse_contradiction(scale: Scale, low: float, high: float, file: StudyFile) -> None:
    linear = scale.change != "none" or scale.scale in {"counts", "tpm"}
    reach = f"is said to be {scale.unit} ({file.meta.name}), but values reach from {low:g} to {high:g}"
    if linear and high <= LOG2_HIGHEST:
        raise InputError(f"{reach}: that may be a logarithm", where=file.data, todo=_STATE)
    if linear and low < 0 and scale.unit != "RSEM":
        raise InputError(reach, where=file.data, todo=_STATE)
    if scale.scale in {"log2", "rma"} and not linear and high > LOG2_HIGHEST:
        raise InputError(reach, where=file.data, todo=_STATE)
    if scale.scale == "log_ratio" and low >= 0:
        raise InputError(f"{reach}: no ratio is below 0", where=file.data, todo=_STATE)


def _to_log2(values: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    below = np.zeros(values.shape[1], dtype=bool)
    for row in values:  # a row at a time: no second matrix
        negative = row < 0
        below |= negative
        row[negative] = 0
        np.add(row, 1, out=row)
        np.log2(row, out=row)
    return below


def _to_per_million(values: npt.NDArray[np.float32], file: StudyFile) -> None:
    for row in values:
        total = float(np.nansum(row, dtype=np.float64))
        if not total > 0:
            raise InputError("all values of a sample are 0", where=file.data, todo="leave it out")
        np.multiply(row, np.float32(_PER_MILLION / total), out=row)
