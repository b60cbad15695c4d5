"""What a run says of itself, as plain values: parameters, tags, metrics and data fingerprints."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import pandas as pd

from features.cohort import Cohort
from predictor.ceilings import MEASURED
from predictor.evaluation import MODEL, Score, mean_over_targets
from predictor.experiment import Experiment
from predictor.judging import by_answering_screen, mean_gain, mean_score
from predictor.modalities import PATTERNS
from predictor.response import Target

if TYPE_CHECKING:
    from predictor.external import ExternalTest

#: MLflow takes longer values of a parameter only on some stores; the whole experiment is an artifact anyway.
LONGEST_PARAMETER = 500


def parameters(experiment: Experiment) -> dict[str, str]:
    """The experiment's settings, ``section.key`` to text; lists are joined with commas.

    A value that is too long for a parameter ends in "..."; ``experiment.json`` has all of it.
    """
    return {
        key: value if len(value) <= LONGEST_PARAMETER else f"{value[: LONGEST_PARAMETER - 3]}..."
        for key, value in _flat(experiment.facts(), "")
    }


def _flat(value: Any, key: str) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list | tuple):
        yield key, ",".join(str(one) for one in value)
    else:
        yield key, "" if value is None else str(value)


def key_of(name: str) -> str:
    """A name as MLflow takes it for a key.

    What is neither letter, digit, space nor one of ``_-./`` becomes ``-`` (``rna+dna``: ``rna-dna``).
    """
    return re.sub(r"[^\w\-./ ]", "-", name, flags=re.ASCII)


def metric_prefix(predictor: str) -> str:
    """What goes before a metric: nothing, ``pattern.NAME.``, ``baseline.NAME.`` or ``ceiling.NAME.``."""
    if predictor == MODEL:
        return ""
    if predictor.startswith(MEASURED):
        return key_of(f"ceiling.{predictor.removeprefix(MEASURED)}.")
    return key_of(f"pattern.{predictor}." if predictor in PATTERNS else f"baseline.{predictor}.")


def target_metrics(scores: Iterable[Score]) -> dict[str, float]:
    """One target's metrics: ``pearson``, ``pearson_low``, ``pearson_high``, ... of each predictor, and ``n``.

    Parameters
    ----------
    scores
        Of one target, all predictors and ceilings.

    Returns
    -------
    dict of str to float
        The values as in the scores, not rounded.  ``baseline.tissue.gain_of_model`` is Pearson's r of the
        model minus that of the rung; a ceiling has an ``n`` of its own, ``ceiling.GDSC1.n``.
    """
    found: dict[str, float] = {}
    for score in scores:
        prefix = metric_prefix(score.predictor)
        estimates = dict(score.metrics)
        if score.gain_of_model is not None:
            estimates["gain_of_model"] = score.gain_of_model
        for name, estimate in estimates.items():
            found |= {
                f"{prefix}{name}": estimate.value,
                f"{prefix}{name}_low": estimate.low,
                f"{prefix}{name}_high": estimate.high,
            }
        if score.predictor == MODEL or score.predictor.startswith(MEASURED):
            found[f"{prefix}n"] = float(score.n)
    return found


def screen_means(scores: Sequence[Score], targets: Iterable[Target]) -> dict[str, float]:
    """For each screen the mean over its inhibitors, and their number (:func:`group_means`)."""
    return group_means(scores, by_screen(t.name for t in targets if t.inhibitor is not None))


def by_screen(targets: Iterable[str]) -> dict[str, list[str]]:
    """Screen to its ``inhibitor@screen``; a class belongs to none and is left out."""
    found: dict[str, list[str]] = {}
    for name in targets:
        if "@" in name:
            found.setdefault(name.rpartition("@")[2], []).append(name)
    return found


def group_means(scores: Sequence[Score], groups: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """For each group of targets the mean over its inhibitors, and their number.

    ``GDSC2.pearson_mean``, ``GDSC2.baseline.tissue.pearson_mean``, ..., ``GDSC2.inhibitors``.  The model's
    have their interval beside them, ``GDSC2.pearson_mean_low`` and ``_high``.

    Parameters
    ----------
    scores
        Of all predictors and ceilings.
    groups
        Name of the group to its targets.
    """
    found: dict[str, float] = {}
    for group, names in groups.items():
        found[key_of(f"{group}.inhibitors")] = float(len(names))
        for predictor in dict.fromkeys(s.predictor for s in scores):
            metrics = next(s.metrics for s in scores if s.predictor == predictor)
            for metric in metrics:
                key = key_of(f"{group}.{metric_prefix(predictor)}{metric}_mean")
                found[key] = mean_over_targets(scores, predictor, names, metric)
                mean = mean_score(scores, predictor, names, metric)
                if predictor == MODEL and not math.isnan(mean.low):
                    found |= {f"{key}_low": mean.low, f"{key}_high": mean.high}
    return found


def external_means(found: ExternalTest) -> dict[str, float]:
    """Means over the inhibitors of an external screen, by the screen whose targets answered for them.

    Returns
    -------
    dict of str to float
        As of :func:`group_means` for the groups of :func:`~predictor.judging.by_answering_screen`, each key
        after ``external.``; and what the model has over each rung and pattern in mean rho,
        ``external.all.baseline.tissue.spearman_gain_mean`` with its interval (a ceiling is of other lines:
        ``external.all.ceiling.GDSC2.spearman_gain_mean`` is on those).
    """
    groups = by_answering_screen(found.table)
    scores = (*found.scores, *found.ceilings)
    means = group_means(scores, groups)
    for group, names in groups.items():
        for predictor in dict.fromkeys(s.predictor for s in scores if s.predictor != MODEL):
            gain = mean_gain(scores, predictor, names, "spearman")
            key = key_of(f"{group}.{metric_prefix(predictor)}spearman_gain_mean")
            if not math.isnan(gain.value):
                means |= {key: gain.value, f"{key}_low": gain.low, f"{key}_high": gain.high}
    return {f"external.{key}": value for key, value in means.items()}


def scores_table(scores: Iterable[Score]) -> pd.DataFrame:
    """Every figure of every predictor on every target: target, predictor, n, metric, value, low, high.

    ``gain_of_model`` is of Pearson's r, ``gain_of_model.spearman`` of rho, and so on.
    """
    return pd.DataFrame(
        [
            (s.target, s.predictor, s.n, name, e.value, e.low, e.high)
            for s in scores
            for name, e in (
                *s.metrics.items(),
                *([("gain_of_model", s.gain_of_model)] if s.gain_of_model else []),
                *((f"gain_of_model.{name}", e) for name, e in s.gains.items() if name != "pearson"),
            )
        ],
        columns=["target", "predictor", "n", "metric", "value", "low", "high"],
    )


def holds_patients(cohort: Cohort) -> bool:
    """Whether any sample belongs to a patient; then no sample's identifier leaves for the tracking store."""
    return "patient_id" in cohort.samples.columns and bool(cohort.samples.patient_id.notna().any())


def data_record(cohort: Cohort) -> dict[str, Any]:
    """Where the data came from and what was lost: name, version, sha256, rows in and out of each file.

    The names of what was lost are left out where they may be patients'.
    """
    lost = cohort.losses.drop(columns="names") if holds_patients(cohort) else cohort.losses
    return {
        "cohort": cohort.name,
        "samples": len(cohort.samples),
        "fingerprint": data_fingerprint(cohort),
        "sources": [asdict(source) for source in cohort.sources],
        "losses": json.loads(lost.to_json(orient="records")),
    }


def data_fingerprint(cohort: Cohort) -> str:
    """One short word for the files behind a cohort: 12 hex digits of the SHA-256 over their records."""
    parts = sorted(f"{s.name} {s.version} {s.file} {s.sha256}" for s in cohort.sources)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def folds_fingerprint(out_of_fold: pd.DataFrame) -> str:
    """One short word for who was held out when: 12 hex digits; evaluations of the same folds share it."""
    columns = ["repeat", "fold", "sample_id"] if "repeat" in out_of_fold else ["fold", "sample_id"]
    folds = out_of_fold[columns].drop_duplicates().sort_values(columns)
    text = "\n".join(" ".join(map(str, row)) for row in folds.itertuples(index=False))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def run_tags(
    experiment: Experiment, cohort: Cohort, facts: Mapping[str, Any], bundle_version: str
) -> dict[str, str]:
    """Tags of the parent run of a training.

    Parameters
    ----------
    experiment, cohort
        What was trained, on what.
    facts
        Of the bundle: ``git_revision`` and ``libraries``.
    bundle_version
        What came out.
    """
    return {
        **origin_tags("training", "mtorc1 train", facts, experiment.description),
        **_data_tags(cohort),
        "bundle_version": bundle_version,
    }


def evaluation_tags(
    experiment: Experiment,
    cohort: Cohort,
    facts: Mapping[str, Any],
    out_of_fold: pd.DataFrame,
    folds_file: str | None = None,
) -> dict[str, str]:
    """Tags of the parent run of an evaluation: what was held out, how often, beside what.

    Parameters
    ----------
    experiment, cohort
        What was judged, on what.
    facts
        ``git_revision`` and ``libraries``.
    out_of_fold
        Of all repeats; the folds are counted in it, since a file of folds or one tissue a fold overrules the
        experiment's number.
    folds_file
        The file of frozen folds, if there was one; its folder is not told.
    """
    asked = experiment.evaluation
    found = {
        **origin_tags("evaluation", "mtorc1 evaluate", facts, experiment.description),
        **_data_tags(cohort),
        "evaluation.split": asked.split,
        "evaluation.repeats": str(asked.repeats),
        "evaluation.folds": str(out_of_fold.fold.nunique()),
        "evaluation.folds_file": "" if folds_file is None else PurePath(folds_file).name,
        "evaluation.folds_fingerprint": folds_fingerprint(out_of_fold),
        "evaluation.held_out_screens": ",".join(asked.held_out_screens),
        "evaluation.baselines": asked.baselines,
    }
    return {name: value for name, value in found.items() if value}


def external_tags(cohort: Cohort, metric: str | None) -> dict[str, str]:
    """Tags of what an evaluation was compared with."""
    return {
        "external.cohort": cohort.name,
        "external.fingerprint": data_fingerprint(cohort),
        **({"external.metric": metric} if metric else {}),
    }


def origin_tags(kind: str, command: str, facts: Mapping[str, Any], description: str = "") -> dict[str, str]:
    """Where a run came from; MLflow shows its own ``mlflow.*`` tags in particular places.

    Parameters
    ----------
    kind
        ``training``, ``evaluation`` or ``benchmark``: what to filter runs by.
    command
        What made it.
    facts
        ``git_revision`` and ``libraries``.
    description
        In words.
    """
    revision = str(facts.get("git_revision", "unknown"))
    commit, _, dirty = revision.partition("+")
    libraries: Mapping[str, str] = facts.get("libraries", {})
    return {
        "kind": kind,
        "mlflow.source.name": command,
        "mlflow.source.type": "LOCAL",
        **({"mlflow.source.git.commit": commit} if commit != "unknown" else {}),
        **({"mlflow.note.content": description} if description else {}),
        "git_revision": revision,
        "git_dirty": str(bool(dirty)).lower(),
        **{f"library.{name}": version for name, version in libraries.items()},
    }


def _data_tags(cohort: Cohort) -> dict[str, str]:
    return {"data.cohort": cohort.name, "data.fingerprint": data_fingerprint(cohort)}
