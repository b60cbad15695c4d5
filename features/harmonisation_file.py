"""A harmonisation reference as one file: a Parquet table of genes, description and checksum in its head."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.harmonisation import LINEAGE, WITHIN_COHORT, Harmonisation
from features.schemas import EXPRESSION_SCALES
from features.storage import storage_errors, whole_files

FORMAT, FORMAT_VERSION = "mtorc1-response harmonisation", 1
ENDING = ".parquet"
_KEY = b"mtorc1"
_COLUMNS = ("location", "gain", "stroma")
_MENDING = "fit it again (mtorc1 harmonise)"


def write(reference: Harmonisation, path: str | Path) -> Harmonisation:
    """Write a reference, whole or not at all.

    Parameters
    ----------
    reference
        From :func:`features.harmonisation.fit`.
    path
        Its name ends in ``.parquet``.

    Returns
    -------
    Harmonisation
        The same with its version: the first 12 hexadecimal digits of the sha256 of all that is in it.

    Raises
    ------
    InputError
        If the name ends otherwise or the file system refuses.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    target = Path(path)
    if target.suffix.lower() != ENDING:
        raise InputError("unknown kind of file", where=target, todo=f"end its name in {ENDING}")
    reference = replace(reference, version=_version(reference))
    table = pa.Table.from_pandas(reference.genes.rename_axis("gene").reset_index(), preserve_index=False)
    head = json.dumps({**_described(reference), "version": reference.version})
    with whole_files(target) as (fresh,):
        pq.write_table(table.replace_schema_metadata({_KEY: head.encode()}), fresh)
    return reference


def read(path: str | Path) -> Harmonisation:
    """Read what :func:`write` wrote, verified.

    Raises
    ------
    InputError
        If the file is missing, is something else, of a newer format, or was altered.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = Path(path)
    if not source.is_file():
        raise InputError("no such file", where=source, todo="fit a reference (mtorc1 harmonise COHORT)")
    try:
        with storage_errors(source):
            table = pq.read_table(source)
        head = json.loads((table.schema.metadata or {})[_KEY])
        genes = table.to_pandas()
    except (KeyError, ValueError, pa.ArrowException) as error:
        raise InputError("is no harmonisation reference", where=source, todo=_MENDING) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise InputError("is no harmonisation reference", where=source, todo=_MENDING)
    if head.get("format_version") != FORMAT_VERSION:
        raise InputError(
            f"is of format version {head.get('format_version')}, this package reads {FORMAT_VERSION}",
            where=source,
            todo="update mtorc1-response, or " + _MENDING,
        )
    found = _reference(head, genes, source)
    if found.version != _version(found):
        raise InputError("was altered: its checksum is another", where=source, todo=_MENDING)
    return found


def _reference(head: dict[str, Any], genes: pd.DataFrame, source: Path) -> Harmonisation:
    try:
        purity = head["mean_purity"]
        values = genes.set_index("gene")[list(_COLUMNS)].astype(float)
        found = Harmonisation(
            cohort=str(head["cohort"]),
            scale=str(head["scale"]),
            kind=str(head["kind"]),
            lineages={str(name): (int(n), int(m)) for name, (n, m) in head["lineages"].items()},
            genes=values,
            mean_purity=float("nan") if purity is None else float(purity),
            lines=str(head["lines"]),
            version=str(head["version"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("does not describe a harmonisation", where=source, todo=_MENDING) from error
    fit = found.kind in {LINEAGE, WITHIN_COHORT} and found.scale in EXPRESSION_SCALES and len(found.lineages)
    if not fit or not values.index.is_unique or not np.isfinite(values.to_numpy()).all():
        raise InputError("does not describe a harmonisation", where=source, todo=_MENDING)
    return found


def _described(reference: Harmonisation) -> dict[str, Any]:
    known = np.isfinite(reference.mean_purity)
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "cohort": reference.cohort,
        "scale": reference.scale,
        "kind": reference.kind,
        "lineages": {name: list(counts) for name, counts in reference.lineages.items()},
        "mean_purity": reference.mean_purity if known else None,
        "lines": reference.lines,
    }


def _version(reference: Harmonisation) -> str:
    digest = hashlib.sha256(json.dumps(_described(reference), sort_keys=True).encode())
    digest.update("\n".join(map(str, reference.genes.index)).encode())
    digest.update(np.ascontiguousarray(reference.genes[list(_COLUMNS)].to_numpy("<f8")).tobytes())
    return digest.hexdigest()[:12]
