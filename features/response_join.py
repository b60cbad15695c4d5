"""Responses of another screen for the samples of a cohort: how an independent screen becomes a test."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pandas as pd

from features.cohort import Cohort
from features.errors import InputError
from features.identity import resolve_names

#: Identifiers that name one line wherever they occur, the surest first.
IDENTIFIERS = ("sidm", "cosmic_id", "depmap_id", "cellosaurus_id")


def join_responses(cohort: Cohort, other: Cohort, *, replace_screens: bool = False) -> Cohort:
    """The cohort with the responses of another one's samples beside its own.

    Samples are matched by an identifier that both cohorts carry (:data:`IDENTIFIERS`), then by their names
    without case and punctuation, where a name that stands for two lines is refused (T-T / TT, KM-H2 / KMH-2).
    A sample without a name goes by its id.  Features are those of ``cohort`` alone; values and metrics of the
    responses stay as their screen states them (see :data:`features.schemas.METRICS` for what a higher value
    means).

    Parameters
    ----------
    cohort
        The samples, with their features.
    other
        Another screen of some of them.
    replace_screens
        Put the responses of the other cohort in the place of those of the same screens; by default two
        versions of one screen are refused.

    Returns
    -------
    Cohort
        With the sources and losses of both.  What did not join is counted and named, stage ``join NAME``.

    Raises
    ------
    InputError
        If no sample matches, or both cohorts hold responses of one screen.
    """
    shared = sorted(set(other.responses["screen"]) & set(cohort.responses["screen"]))
    if shared and not replace_screens:
        raise InputError(
            f"both cohorts hold responses of {', '.join(shared)}",
            where=f"{cohort.name} and {other.name}",
            todo="replace them on purpose, or name the new screen differently",
        )
    matched, unmatched, ambiguous = matched_samples(cohort, other)
    if not matched:
        raise InputError(
            f"none of its {len(other.samples)} samples is in the cohort {cohort.name}",
            where=other.name,
            todo="check the names or identifiers of the samples",
        )
    stage = f"join {other.name}"
    mine = other.responses[other.responses["sample_id"].isin(matched)]
    mine = mine.assign(sample_id=mine["sample_id"].map(matched))
    shown = other.samples.set_index("sample_id")["sample_name"]
    names = shown.where(shown.notna(), shown.index)
    untested = cohort.samples[~cohort.samples["sample_id"].isin(mine["sample_id"])]
    replaced = cohort.responses["screen"].isin(shared)
    gone = cohort.responses[replaced].drop_duplicates(["inhibitor", "screen"])
    losses = [
        (stage, f"sample is not in {cohort.name}", [names[sample] for sample in unmatched]),
        (stage, "sample name stands for more than one line", [names[sample] for sample in ambiguous]),
        (
            stage,
            f"sample of {cohort.name} without a response in {other.name} (kept)",
            untested["sample_name"].fillna(untested["sample_id"]).to_list(),
        ),
        (
            stage,
            f"responses of {cohort.name} replaced by those of {other.name}",
            (gone["inhibitor"] + "@" + gone["screen"]).to_list(),
        ),
    ]
    kept = cohort.responses[~replaced]
    parts = [part for part in (kept, mine) if len(part)]
    joined = replace(
        cohort,
        responses=pd.concat(parts, ignore_index=True),
        sources=(*cohort.sources, *other.sources),
        losses=pd.concat([cohort.losses, other.losses], ignore_index=True),
    )
    return joined.with_losses(losses).validate()


def matched_samples(cohort: Cohort, other: Cohort) -> tuple[dict[str, str], list[str], list[str]]:
    """Which samples of another cohort are which of this one.

    Returns
    -------
    matched : dict
        Sample id in ``other`` -> sample id in ``cohort``, one to one.
    unmatched : list of str
        Sample ids of ``other`` that are nowhere in ``cohort``.
    ambiguous : list of str
        Sample ids of ``other`` whose name stands for more than one line, or which match a sample that another
        one matches too.
    """
    theirs, ours = other.samples, cohort.samples
    found: dict[str, str] = {}
    for column in IDENTIFIERS:
        known = ours.dropna(subset=[column]).drop_duplicates(column, keep=False)
        reference = dict(zip(known[column], known["sample_id"], strict=True))
        for sample, identifier in zip(theirs["sample_id"], theirs[column], strict=True):
            if identifier in reference:
                found.setdefault(sample, reference[identifier])
    ids = set(ours["sample_id"])
    nameless = theirs.loc[theirs["sample_name"].isna(), "sample_id"]
    found |= {sample: sample for sample in nameless if sample in ids and sample not in found}

    rest = theirs[~theirs["sample_id"].isin(found)]
    called = dict(zip(rest["sample_id"], rest["sample_name"].fillna(rest["sample_id"]), strict=True))
    names = dict(zip(ours["sample_name"].fillna(ours["sample_id"]), ours["sample_id"], strict=True))
    resolution = resolve_names(called.values(), names)
    found |= {sample: resolution.joined[name] for sample, name in called.items() if name in resolution.joined}

    claims: dict[str, list[str]] = defaultdict(list)
    for sample, target in found.items():
        claims[target].append(sample)
    contested = {sample for samples in claims.values() if len(samples) > 1 for sample in samples}
    ambiguous = {sample for sample, name in called.items() if name in resolution.ambiguous} | contested
    matched = {sample: target for sample, target in found.items() if sample not in contested}
    order = theirs["sample_id"].to_list()
    return (
        matched,
        [sample for sample in order if sample not in matched and sample not in ambiguous],
        [sample for sample in order if sample in ambiguous],
    )
