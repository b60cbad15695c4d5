"""Antibody arrays (RPPA) of a cBioPortal study."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace

from features.errors import InputError
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.protein_table import read_proteins
from features.sources.table_files import Losses, Reading
from features.sources.wide_matrix import LIMIT

KIND = "PROTEIN_LEVEL"
_STAGE = "proteins"
_ARRAY = re.compile(r"rppa|reverse[ -]phase", re.IGNORECASE)


def chosen_array(study: Study, losses: Losses) -> StudyFile | None:
    """The array to read; mass spectrometry and z-scores, which no reference of ours is for, are named.

    Z-scores hold a tumour against the others of its study, so they are no levels.
    """
    files = study.of(KIND)
    arrays = [f for f in files if _ARRAY.search(f.words) and f.datatype != "Z-SCORE"]
    left = [f.data.name for f in files if f not in arrays[:1]]
    losses.append((_STAGE, "z-scores, or no antibody array: not read", left))
    return arrays[0] if arrays else None


def read_array(
    file: StudyFile, samples: Collection[str], others: Collection[str], platform: str | None
) -> Reading:
    """Protein levels of the chosen samples.

    Parameters
    ----------
    file
        The meta file of the array.
    samples, others
        To read, and known besides.
    platform
        As for :func:`features.sources.protein_table.read_proteins`.

    Raises
    ------
    InputError
        As there, or if most samples have no row in the clinical table.
    """
    read = read_proteins(file.data, platform=platform, sample_ids=[*samples, *others])
    found = read.table["sample_id"]
    in_file = list(dict.fromkeys(found))
    stray = [sample for sample in in_file if sample not in set(samples) | set(others)]
    if len(stray) > LIMIT * len(in_file):
        raise InputError(
            f"{len(stray):,} of {len(in_file):,} samples have no row in the clinical table",
            where=file.data,
            todo="use the SAMPLE_ID of the clinical table of samples",
        )
    left = [sample for sample in in_file if sample in set(others)]
    losses = [
        *read.losses,
        (_STAGE, "sample without a row in the clinical table: left out", stray),
        (_STAGE, "sample that is not taken: left out", left),
    ]
    table = read.table[found.isin(set(samples))].reset_index(drop=True)
    return replace(read, table=table, losses=losses)
