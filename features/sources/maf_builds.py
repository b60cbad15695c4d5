"""The genome build that a MAF's places are on: one, or the file is two files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from features.errors import InputError

BUILD_COLUMN = "NCBI_Build"
#: How makers of MAFs name a build, in small letters -> its name in the Genome Reference Consortium.
_BUILDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("hg18", "36", "36.1", "ncbi36", "b36"), "NCBI36"),
        **dict.fromkeys(("hg19", "37", "37.0", "grch37", "b37", "hs37d5", "grch37-lite"), "GRCh37"),
        **dict.fromkeys(("hg38", "38", "38.0", "grch38", "b38"), "GRCh38"),
        **dict.fromkeys(("mm9", "ncbi37"), "MGSCv37"),
        **dict.fromkeys(("mm10", "grcm38"), "GRCm38"),
        **dict.fromkeys(("mm39", "grcm39"), "GRCm39"),
    }
)
_UNKNOWN = ("__unknown__", "unknown", "none", "-")


def build_of(text: str) -> str | None:
    """The build by its one name; a name that nobody knows stays as it is; None where it says unknown.

    Examples
    --------
    >>> build_of("hg19"), build_of(" 37 "), build_of("__UNKNOWN__")
    ('GRCh37', 'GRCh37', None)
    """
    word = text.strip()
    if word.lower() in _UNKNOWN:
        return None
    return _BUILDS.get(word.lower().split(".p")[0], word)


def genome_build(table: pd.DataFrame, path: Path) -> str | None:
    """The build of a MAF's rows.

    Parameters
    ----------
    table
        Text, indexed by the file's lines, perhaps with a column :data:`BUILD_COLUMN`.
    path
        Named in errors.

    Returns
    -------
    str or None
        Such as "GRCh37"; None if no row says it.

    Raises
    ------
    InputError
        If rows are on different builds: the same place would be two variants, and two places one.
    """
    column = next((name for name in table.columns if name.lower() == BUILD_COLUMN.lower()), None)
    if column is None:
        return None
    known = {word: build_of(word) for word in table[column].dropna().unique()}
    builds = table[column].map(known).dropna()
    names = list(dict.fromkeys(builds))
    if len(names) > 1:
        rows = [builds.index[builds == name][0] for name in names[:2]]
        raise InputError(
            f"row {rows[0]} is on {names[0]} and row {rows[1]} on {names[1]}: two genome builds in one file",
            where=f"{path}, column {column}",
            todo="lift all variants over to one build, or import them apart",
        )
    return str(names[0]) if names else None
