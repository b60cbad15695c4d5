"""The numbers of a bundle as files: JSON for structure, NPZ for arrays, gzipped UBJ for trees.

Arrays are named by their content, so that what targets share (the means of the wide block, lists of columns)
is stored once; ``models.json`` names the sha256 of every array and booster, so its own sha256 is the version
of the whole.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from predictor.bundle_parts import PartsWriter, read_arrays, read_booster
from predictor.domain import Domain
from predictor.intervals import Certainty
from predictor.response import Target
from predictor.submodel import SubModel

STRUCTURE = "models.json"
ARRAYS = "arrays.npz"


@dataclass(frozen=True, eq=False)
class TargetModel:
    """All that answers for one target.

    Attributes
    ----------
    target
        What is predicted.
    submodels
        By modality pattern, the fullest first.
    certainty, domain
        By the same patterns.
    """

    target: Target
    submodels: dict[str, SubModel]
    certainty: dict[str, Certainty]
    domain: dict[str, Domain]

    def __post_init__(self) -> None:
        """Refuse a pattern that could not say how sure it is, or whether it should be asked."""
        for name, given in (("certainty", self.certainty), ("domain", self.domain)):
            if set(given) != set(self.submodels):
                raise ValueError(f"{self.target.name}: {name} is not of the same patterns as the sub-models")
        if not self.submodels:
            raise ValueError(f"{self.target.name}: there is no sub-model")


def pack(
    columns: Sequence[str], models: Mapping[str, TargetModel], beside: Mapping[str, Any]
) -> dict[str, bytes]:
    """Models as files.

    Parameters
    ----------
    columns
        Feature columns; the sub-models' columns are among them.
    models
        By target name.
    beside
        What else belongs to the structure; JSON.

    Returns
    -------
    dict of str to bytes
        File name to content.
    """
    writer = PartsWriter({name: position for position, name in enumerate(columns)})
    described = [_describe(model, writer) for model in models.values()]
    structure = {**beside, "columns": list(columns), "models": described}
    text = json.dumps(structure, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return {STRUCTURE: text.encode(), ARRAYS: writer.npz(), **writer.boosters}


def version_of(files: Mapping[str, bytes]) -> str:
    """The content address of packed models, 12 hexadecimal digits: the same models have the same anywhere."""
    return hashlib.sha256(files[STRUCTURE]).hexdigest()[:12]


def unpack(files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, TargetModel]]:
    """What :func:`pack` packed.

    Returns
    -------
    structure
        The content of ``models.json``.
    models
        By target name.

    Raises
    ------
    ValueError, KeyError, TypeError, IndexError, EOFError, OSError, zlib.error, zipfile.BadZipFile
        If the files do not hold models.
    """
    structure = json.loads(files[STRUCTURE])
    arrays = read_arrays(files[ARRAYS])
    columns = structure["columns"]

    def names(reference: str) -> tuple[str, ...]:
        positions = arrays[reference]
        if positions.size and not 0 <= positions.min() <= positions.max() < len(columns):
            raise ValueError("a column is out of range")
        return tuple(columns[position] for position in positions)

    models: dict[str, TargetModel] = {}
    for given in structure["models"]:
        target = Target(**{**given["target"], "members": tuple(given["target"]["members"])})
        fitted = {
            pattern: _submodel(pattern, one, arrays, names(one["readable"]), names(one["wide"]), files)
            for pattern, one in given["patterns"].items()
        }
        sure = {p: _certainty(one["certainty"], arrays, names) for p, one in given["patterns"].items()}
        domain = {
            p: _domain(one["domain"], arrays, len(fitted[p].readable)) for p, one in given["patterns"].items()
        }
        models[target.name] = TargetModel(target, fitted, sure, domain)
    return structure, models


def _describe(model: TargetModel, writer: PartsWriter) -> dict[str, Any]:
    target = model.target
    return {
        "target": {
            "name": target.name,
            "inhibitor": target.inhibitor,
            "inhibitor_class": target.inhibitor_class,
            "unit": target.unit,
            "members": list(target.members),
        },
        "patterns": {
            pattern: {
                "readable": writer.columns_of(sub.readable),
                "wide": writer.columns_of(sub.wide),
                "booster": writer.booster(sub.booster, f"{target.name} {pattern}"),
                **{name: writer.array(getattr(sub, name), "f") for name in _SUB_ARRAYS},
                "intercept": float(sub.intercept),
                "slope": float(sub.slope),
                "rounds": int(sub.rounds),
                "penalty": _finite(sub.penalty),
                "certainty": _describe_certainty(model.certainty[pattern], writer),
                "domain": _describe_domain(model.domain[pattern], writer),
            }
            for pattern, sub in model.submodels.items()
        },
    }


_SUB_ARRAYS = ("fill", "location", "spread", "coef", "center")


def _describe_certainty(certainty: Certainty, writer: PartsWriter) -> dict[str, Any]:
    return {
        "half_width": _finite(certainty.half_width),
        "logit_intercept": float(certainty.logit_intercept),
        "logit_slope": float(certainty.logit_slope),
        "quantiles": writer.array(certainty.quantiles, "f"),
        "n": int(certainty.n),
        "lineages": writer.columns_of(certainty.lineages),
        "scales": writer.array(certainty.scales, "f"),
    }


def _certainty(
    given: Mapping[str, Any], arrays: Mapping[str, np.ndarray], names: Callable[[str], tuple[str, ...]]
) -> Certainty:
    # Format version 1 had no difficulties.
    lineages = names(given["lineages"]) if "lineages" in given else ()
    scales = arrays[given["scales"]] if "scales" in given else np.zeros(0)
    if scales.shape != (len(lineages),) or not (scales > 0).all():
        raise ValueError("the difficulties are not those of the lineages")
    return Certainty(
        half_width=_finite_or(given["half_width"], math.inf),
        logit_intercept=float(given["logit_intercept"]),
        logit_slope=float(given["logit_slope"]),
        quantiles=arrays[given["quantiles"]],
        n=int(given["n"]),
        lineages=lineages,
        scales=scales,
    )


def _describe_domain(domain: Domain, writer: PartsWriter) -> dict[str, Any]:
    return {
        "continuous": writer.array(domain.continuous, "b"),
        "typical_readable": _finite(domain.typical_readable),
        "typical_wide": _finite(domain.typical_wide),
        "limit": _finite(domain.limit),
    }


def _domain(given: Mapping[str, Any], arrays: Mapping[str, np.ndarray], readable: int) -> Domain:
    continuous = arrays[given["continuous"]]
    if continuous.shape != (readable,):
        raise ValueError("the domain is not of the readable columns")
    return Domain(
        continuous,
        # In format version 1 the score was the distance in the readable inputs itself.
        _finite_or(given.get("typical_readable", 1.0), math.inf),
        _finite_or(given.get("typical_wide"), math.inf),
        _finite_or(given["limit"], math.inf),
    )


def _submodel(
    pattern: str,
    given: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    readable: tuple[str, ...],
    wide: tuple[str, ...],
    files: Mapping[str, bytes],
) -> SubModel:
    numbers = {name: arrays[given[name]] for name in _SUB_ARRAYS}
    for name, values in numbers.items():
        expected = len(wide) if name in {"coef", "center"} else len(readable)
        if values.shape != (expected,):
            raise ValueError(f"{name} is not of the length of its columns")
    booster = None if given["booster"] is None else read_booster(given["booster"], files)
    if booster is not None and booster.num_features() != len(readable):
        raise ValueError("the trees are not of the readable columns")
    return SubModel(
        pattern=pattern,
        readable=readable,
        booster=booster,
        wide=wide,
        intercept=float(given["intercept"]),
        slope=float(given["slope"]),
        rounds=int(given["rounds"]),
        penalty=_finite_or(given["penalty"], math.nan),
        **numbers,
    )


def _finite(value: float) -> float | None:
    """JSON has no infinity and no NaN: what is missing stands for the one that the field may hold."""
    return float(value) if math.isfinite(value) else None


def _finite_or(value: float | None, other: float) -> float:
    return other if value is None else float(value)
