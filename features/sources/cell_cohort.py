"""Cells as a Cohort of their own, or beside what a Cohort already knows of the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from features.cells import Cells, checked
from features.cohort import Cohort, SourceRecord
from features.errors import InputError

_PANEL = "as_given"


def cohort_of_cells(
    cells: Cells,
    records: Sequence[SourceRecord],
    *,
    where: object,
    name: str,
    cohort: Cohort | str | Path | None,
    home: str | Path | None = None,
) -> Cohort:
    """The cohort of these cells.

    Parameters
    ----------
    cells
        Their samples are those of ``obs``, in order of appearance.
    records
        The files.
    where
        The file that a message names where the cells are not as they should be.
    name
        Of a cohort of its own.
    cohort
        A cohort (or its name or folder) of the same samples, which gets the cells too; samples that it does
        not have are added and told in its losses.
    home
        As for :func:`features.sources.load`.

    Raises
    ------
    InputError
        If the cells are not as they should be, or the cohort has cells already or shares no sample.
    """
    samples = [str(sample) for sample in pd.unique(cells.obs["sample_id"])]
    try:
        cells = checked(cells, samples)
    except InputError as error:
        raise InputError(f"{error.where}: {error.problem}", where=where, todo=error.todo) from error
    profiled = pd.DataFrame({"sample_id": samples, "modality": "cells", "panel": _PANEL})
    if cohort is None:
        listed = pd.DataFrame({"sample_id": samples})
        return Cohort.empty(name, samples=listed, profiled=profiled, cells=cells, sources=tuple(records))
    if not isinstance(cohort, Cohort):
        from features.sources import load

        cohort = load(cohort, home=home)
    known = set(cohort.samples["sample_id"])
    added = [sample for sample in samples if sample not in known]
    if cohort.cells is not None:
        raise InputError("has cells already", where=f"cohort {cohort.name}", todo="import all cells at once")
    if len(added) == len(samples):
        raise InputError(
            f"has no sample of the cells ({samples[0]}, ...)",
            where=f"cohort {cohort.name}",
            todo="use the same sample ids in both",
        )
    joined = replace(
        cohort,
        samples=pd.concat([cohort.samples, pd.DataFrame({"sample_id": added})], ignore_index=True),
        profiled=pd.concat([cohort.profiled, profiled], ignore_index=True),
        cells=cells,
        sources=(*cohort.sources, *records),
    )
    reason = "sample of the cells was not in the cohort (added)"
    return joined.with_losses([("cells", reason, added)]).validate()
