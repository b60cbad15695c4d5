"""Bundle and samples to the Prediction table: one row per sample and inhibitor."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError
from features.evidence import COLUMNS as EVIDENCE_COLUMNS
from features.evidence import MATCHED_CLASSES
from features.harmonisation import WITHIN_ONLY
from features.progress import Progress, silent
from predictor.answering import Answer, answers
from predictor.bundle import Bundle, TargetModel
from predictor.difficulty import beyond, lineages_of
from predictor.modalities import PATTERNS, availability, choose
from predictor.sample_inputs import MissingInputs, align
from predictor.submodel import rows_of
from predictor.verdict import verdict

#: Columns of the Prediction table, in order.
COLUMNS = (
    "sample_id", "inhibitor", "inhibitor_class", "target", "prediction", "unit", "interval_low",
    "interval_high", "sensitivity_percentile", "probability_top_fifth", "modality_pattern", "missing_inputs",
    "in_domain", "evidence", "verdict", "harmonisation", "model_version",
)  # fmt: skip
#: Samples at a time; bounds the memory and changes no bit of the result.
BATCH = 1000
#: What ``evidence`` says of a sample in which a curated variant would not have been seen.
NOT_LOOKED_FOR = "not looked for"
#: And where weaker evidence was found, but a resistance variant of the target would not have been seen.
TARGET_NOT_LOOKED_FOR = "resistance variants of the target: not looked for"
_DIRECTION_WORDS = {"none": "no difference"}
#: Patterns with expression; they do as well without the lineage (DNA alone, sirolimus: r 0.20, with it 0.41).
_WITH_RNA = frozenset(pattern for pattern, needed in PATTERNS.items() if "rna" in needed)
#: What ``harmonisation`` says where no saved reference carried the samples to the training lines' scale.
NO_HARMONISATION = "none"


@dataclass(frozen=True)
class _Evidence:
    """One piece of curated evidence in words; ``decisive`` if it resists and overrides the verdict."""

    direction: str
    variant: str
    setting: str
    cited: str
    decisive: bool


_Curated = Mapping[tuple[str, str], list[_Evidence]]


@dataclass(frozen=True)
class _Scored:
    """What one target's model says of the samples; arrays of shape (n,)."""

    prediction: np.ndarray
    half_width: np.ndarray
    percentile: np.ndarray
    probability: np.ndarray
    pattern: np.ndarray
    in_domain: np.ndarray
    known: np.ndarray
    lineage: np.ndarray
    missing: list[str]


def score(
    bundle: Bundle,
    values: pd.DataFrame,
    *,
    inhibitors: Sequence[str] | None = None,
    evidence: pd.DataFrame | None = None,
    looked_for: Collection[str] = (),
    harmonisation: Mapping[str, str] | None = None,
    batch: int = BATCH,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Predict the response of samples.

    Parameters
    ----------
    bundle
        The model.
    values
        Features: index sample_id, columns as :func:`features.matrix.build_matrix` makes them, in any order.
    inhibitors
        Inhibitors by any name that they go by, or classes; by default every inhibitor that has a model or
        whose class has one (:func:`predictor.answering.unanswered` names the others).
    evidence
        Curated variants of the samples, from :func:`features.evidence.evidence_for`.
    looked_for
        The samples in which such a variant would have been seen, from :func:`features.evidence.looked_for`.
    harmonisation
        Sample to the label of the saved reference that carried its expression to the training lines' scale
        (:attr:`features.harmonisation.Harmonisation.label`); samples that are not named were not harmonised.
        Where the reference had no lines of the sample's lineage, the prediction has no interval, percentile,
        chance or verdict: it can be compared within the cohort only.
    batch
        Samples at a time.
    progress
        Told of scored samples.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, samples in the order given, inhibitors within them.  ``prediction`` and its 90 %
        interval are in ``unit`` (``ln_ic50_um``: natural logarithm of the IC50 in micromolar; ``class_z``:
        mean of its members' standardised responses), higher meaning more resistant.
        ``sensitivity_percentile``: 0 most resistant, 100 most sensitive.  ``probability_top_fifth``: 0 to 1,
        base rate 0.2.  ``evidence`` lists what is curated for and against; "" where nothing was found, and
        resistance variants of the target would have been, else "not looked for".  Such a variant alone
        overrides the verdict.  A sample's row has the same bits alone, in any batch and in any order.

    Raises
    ------
    InputError
        If the features cannot be used, or an inhibitor is unknown or has no model.
    """
    if batch < 1:
        raise ValueError(f"{batch} samples at a time score nothing")
    asked = answers(bundle, inhibitors)
    array = align(bundle, values)
    samples = [str(sample) for sample in values.index]
    curated, seen, labels = _curated(evidence), frozenset(looked_for), harmonisation or {}
    pieces = []
    for start in range(0, len(samples), batch):
        progress("score (samples)", start, len(samples))
        part = slice(start, start + batch)
        pieces.append(_score_part(bundle, samples[part], array[part], asked, curated, seen, labels))
    progress("score (samples)", len(samples), len(samples))
    return pd.concat(pieces, ignore_index=True)


def _score_part(
    bundle: Bundle,
    samples: list[str],
    array: np.ndarray,
    asked: tuple[Answer, ...],
    curated: _Curated,
    seen: frozenset[str],
    labels: Mapping[str, str],
) -> pd.DataFrame:
    scored = {name: _score_target(bundle, bundle.models[name], array) for name in {a.target for a in asked}}
    blocks = [
        _block(answer, bundle.models[answer.target], scored[answer.target], samples, curated, seen, labels)
        for answer in asked
    ]
    # One block an inhibitor; a stable sort by sample brings a sample's rows together in the order asked.
    order = np.tile(np.arange(len(samples)), len(asked)).argsort(kind="stable")
    table = pd.concat(blocks, ignore_index=True).iloc[order].reset_index(drop=True)
    return table.assign(model_version=bundle.version)[list(COLUMNS)]


def _score_target(bundle: Bundle, model: TargetModel, array: np.ndarray) -> _Scored:
    n = len(array)
    available = availability(array, bundle.columns, model.submodels, bundle.roles, bundle.least_known)
    pattern = choose(available, list(model.submodels), n)
    prediction, half_width, percentile, probability = (np.empty(n) for _ in range(4))
    in_domain, known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    lineage = np.zeros(n, dtype=bool)
    for sub, rows, readable, wide in rows_of(array, bundle.columns, model.submodels, pattern):
        certainty, domain = model.certainty[sub.pattern], model.domain[sub.pattern]
        prediction[rows] = sub.predict(readable, wide)
        unusual = domain.score(sub, readable, wide)
        half_width[rows] = certainty.half_widths(lineages_of(sub.readable, readable)) * beyond(
            unusual, domain.limit
        )
        percentile[rows] = certainty.sensitivity_percentile(prediction[rows])
        probability[rows] = certainty.probability_top_fifth(prediction[rows])
        in_domain[rows] = unusual <= domain.limit
        known[rows] = np.isfinite(readable).any(axis=1) | np.isfinite(wide).any(axis=1)
        of_lineage = [bundle.roles.modality[column] == "lineage" for column in sub.readable]
        lineage[rows] = np.isfinite(readable[:, of_lineage]).any(axis=1) | (sub.pattern in _WITH_RNA)
    # Of a sample of which nothing is known there is no percentile and no chance: the base rate would rank it.
    percentile[~known], probability[~known], in_domain[~known] = np.nan, np.nan, False
    missing = MissingInputs(bundle, model)(array, available)
    return _Scored(
        prediction, half_width, percentile, probability, pattern, in_domain, known, lineage, missing
    )


def _block(
    answer: Answer,
    model: TargetModel,
    scored: _Scored,
    samples: list[str],
    curated: _Curated,
    seen: frozenset[str],
    labels: Mapping[str, str],
) -> pd.DataFrame:
    harmonised = [
        # What was carried over is the expression: a prediction from DNA alone owes nothing to it.
        labels.get(sample, NO_HARMONISATION) if pattern in _WITH_RNA else NO_HARMONISATION
        for sample, pattern in zip(samples, scored.pattern, strict=True)
    ]
    comparable = np.array([not label.endswith(WITHIN_ONLY) for label in harmonised])
    found = [curated.get((sample, answer.inhibitor_class), []) for sample in samples]
    return pd.DataFrame(
        {
            "sample_id": pd.Series(samples, dtype=object),
            "inhibitor": answer.inhibitor,
            "inhibitor_class": answer.inhibitor_class,
            "target": answer.target,
            "prediction": scored.prediction,
            "unit": model.target.unit,
            "interval_low": np.where(comparable, scored.prediction - scored.half_width, np.nan),
            "interval_high": np.where(comparable, scored.prediction + scored.half_width, np.nan),
            "sensitivity_percentile": np.where(comparable, scored.percentile, np.nan),
            "probability_top_fifth": np.where(comparable, scored.probability, np.nan),
            "modality_pattern": scored.pattern,
            "missing_inputs": scored.missing,
            "in_domain": scored.in_domain,
            "evidence": [
                _evidence_text(each, looked_for=sample in seen)
                for sample, each in zip(samples, found, strict=True)
            ],
            "verdict": [
                verdict(
                    float(scored.probability[i]),
                    in_domain=bool(scored.in_domain[i]),
                    known=bool(scored.known[i]),
                    lineage=bool(scored.lineage[i]),
                    against=[f"{each.variant}, {each.cited}" for each in own if each.decisive],
                    by_class=answer.inhibitor_class if answer.by_class else None,
                    comparable=bool(comparable[i]),
                )
                for i, own in enumerate(found)
            ],
            "harmonisation": harmonised,
        }
    )


def _evidence_text(evidence: Sequence[_Evidence], *, looked_for: bool) -> str:
    if not evidence:
        return "" if looked_for else NOT_LOOKED_FOR
    parts = [f"{each.direction}: {each.variant} ({each.setting}), {each.cited}" for each in evidence]
    # A decisive variant that was found needs no excuse for what else might have been.
    if not looked_for and not any(each.decisive for each in evidence):
        parts.append(TARGET_NOT_LOOKED_FOR)
    return "; ".join(parts)


def _curated(evidence: pd.DataFrame | None) -> _Curated:
    """(sample, class) to the evidence that the sample carries, in the order of the table."""
    if evidence is None:
        return {}
    lacking = set(EVIDENCE_COLUMNS) - set(evidence.columns)
    if lacking:
        raise InputError(f"lacks the column(s) {', '.join(sorted(lacking))}", where="evidence")
    found: dict[tuple[str, str], list[_Evidence]] = {}
    for row in evidence[list(EVIDENCE_COLUMNS)].astype(str).to_dict("records"):
        variant = row["variant"]
        if variant in MATCHED_CLASSES:
            variant = variant.replace("_", " ")
        found.setdefault((row["sample_id"], row["inhibitor_class"]), []).append(
            _Evidence(
                direction=_DIRECTION_WORDS.get(row["direction"], row["direction"]),
                variant=f"{row['gene']} {variant}",
                setting=row["setting"],
                cited=f"level {row['level']}, {row['source'].replace('; ', ', ')}",
                decisive=row["decisive"] == "yes",
            )
        )
    return found
