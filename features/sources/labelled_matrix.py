"""A table of numbers, labelled by its first row and its first column: read, checked, turned the right way."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.identity import gene_aliases
from features.sources.table_files import check_header, is_parquet, read_delimited, read_header, read_parquet

GENES_FIRST, SAMPLES_FIRST = "genes_x_samples", "samples_x_genes"
ORIENTATIONS = (GENES_FIRST, SAMPLES_FIRST)
#: More genes named by Ensembl id than this share: the table names its genes so.
MAX_ENSEMBL_SHARE = 0.5
# "TP53|7157" (TCGA) and "TP53 (7157)" (DepMap): the symbol, then its Entrez id.
_WITH_ENTREZ = re.compile(r"^(\S+?)(?:\||\s*\()\d+\)?$")
_ENSEMBL = re.compile(r"^ENSG\d{11}(\.\d+)?$")


def read_labelled(
    path: Path, *, beside: Collection[str], drop: bool = False, decimal: str = "point"
) -> tuple[pd.DataFrame, list[str]]:
    """A matrix as it stands in its file.

    Parameters
    ----------
    path
        .tsv, .txt, .csv (with or without .gz), .gct or .parquet; the first column (or the index) holds the
        labels.
    beside
        Columns (in small letters, blanks as ``_``) that describe what the rows are, and are no values.
    drop
        Leave those columns out; otherwise one of them is an error.
    decimal
        How decimals are written: "point" or "comma".

    Returns
    -------
    table : pandas.DataFrame
        float64, NaN where blank; labels are text.
    dropped : list of str
        The columns of ``beside`` that were left out.

    Raises
    ------
    InputError
        If the file is missing, empty or wrongly separated, a label is missing, or a value is text or
        infinite (named with column and row).
    """
    if is_parquet(path):
        table = read_parquet(path)
        if table.index.dtype != object and table.shape[1]:
            table = table.set_index(table.columns[0])
    else:
        is_gct = ".gct" in (suffix.lower() for suffix in path.suffixes)
        # A GCT file begins with its version and its shape, each on a line.
        header, skipped = read_header(path, skip=2 if is_gct else 0, comments=not is_gct)
        check_header(header, path)
        # The labels as they are written: 007 is not 7.
        table = read_delimited(path, header, skiprows=skipped, dtype={header[0]: "str"}, decimal=decimal)
        if is_gct:
            table = table.drop(columns=[c for c in table.columns if c.lower() == "description"])
        table = table.set_index(header[0])
    described = [c for c in table.columns if str(c).strip().lower().replace(" ", "_") in beside]
    if described and not drop:
        raise InputError(
            f"the column {described[0]} describes genes, it is no sample",
            where=path,
            todo="remove it, and any like it",
        )
    table = table.drop(columns=described)
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one row and one column")
    unnamed = int(np.sum(table.index.isna()))
    if unnamed:
        raise InputError(f"{unnamed} rows have no label in the first column", where=path)
    return _numbers(table, path, decimal), [str(column) for column in described]


def _numbers(table: pd.DataFrame, path: Path, decimal: str) -> pd.DataFrame:
    for column, values in table.items():
        if values.dtype.kind in "fiu" and np.isfinite(values.to_numpy()).all():
            continue
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
        bad = (np.isnan(numbers) & values.notna().to_numpy()) | np.isinf(numbers)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            cell = str(values.iloc[row])
            kind = "infinite" if np.isinf(numbers[row]) else "not a number"
            commas = decimal == "point" and re.fullmatch(r"[+-]?\d*,\d+", cell.strip())
            raise InputError(
                f"{cell!r} is {kind}",
                where=f"{path}, column {column}, row {table.index[row]}",
                todo="if it is a decimal comma, say so: --decimal comma"
                if commas
                else "give a table of numbers, labelled by its first row and column",
            )
    return table.astype(float)


def is_genes_first(
    table: pd.DataFrame, sample_ids: Collection[str], path: Path, *, stated: str | None = None
) -> bool:
    """Whether rows are genes and columns samples: as stated, by known sample ids, else by gene symbols.

    Raises
    ------
    InputError
        If the stated orientation is unknown, genes are Ensembl ids, or neither rows nor columns are known.
    """
    if stated is not None and stated not in ORIENTATIONS:
        raise InputError(
            f"unknown orientation {stated!r}", where=path, todo=f"use {' or '.join(ORIENTATIONS)}"
        )
    rows, columns = _labels(table.index), _labels(table.columns)
    symbols = known_symbols()
    first = (
        stated == GENES_FIRST
        if stated is not None
        else first_axis_is(rows, columns, sample_ids, lambda label: symbol_of(label) in symbols)
    )
    for labels in (rows, columns) if first is None else (rows if first else columns,):
        if sum(_ENSEMBL.match(label) is not None for label in labels) > MAX_ENSEMBL_SHARE * len(labels):
            raise InputError(
                f"genes are given as Ensembl ids, such as {labels[0]}",
                where=path,
                todo="give HGNC gene symbols",
            )
    if first is None:
        raise InputError(
            "neither rows nor columns are known gene symbols or samples",
            where=path,
            todo=f"give HGNC gene symbols, or state the orientation ({' or '.join(ORIENTATIONS)})",
        )
    return first


def first_axis_is(
    rows: Sequence[str], columns: Sequence[str], sample_ids: Collection[str], known: Callable[[str], bool]
) -> bool | None:
    """Whether the rows, rather than the columns, are what ``known`` knows; None if that cannot be told.

    Parameters
    ----------
    rows, columns
        The labels.
    sample_ids
        Known samples decide first.
    known
        Whether a label is a known gene (or antibody).
    """
    samples = set(sample_ids)
    in_rows, in_columns = (len(samples.intersection(labels)) for labels in (rows, columns))
    if in_rows != in_columns:
        return in_rows < in_columns
    of_rows, of_columns = (sum(known(label) for label in labels) for labels in (rows, columns))
    return None if of_rows == of_columns else of_rows > of_columns


def refuse_repeats(matrix: pd.DataFrame, columns_are: str, path: Path) -> None:
    """Refuse a samples x genes (or antibodies) matrix in which a label stands twice.

    Raises
    ------
    InputError
        Naming the first five.
    """
    for kind, labels in (("samples", matrix.index), (columns_are, matrix.columns)):
        repeated = labels[labels.duplicated()].unique()
        if len(repeated):
            raise InputError(
                f"{len(repeated)} {kind} occur more than once: {', '.join(repeated[:5])}",
                where=path,
                todo=f"keep one of each of the {kind}",
            )


def turned(table: pd.DataFrame, *, samples_are_columns: bool, name: Callable[[str], str]) -> pd.DataFrame:
    """Samples x genes (or antibodies), labels stripped and genes named by ``name``."""
    matrix = table.T if samples_are_columns else table
    matrix.columns = pd.Index([name(label) for label in _labels(matrix.columns)], dtype=object)
    matrix.index = pd.Index(_labels(matrix.index), name="sample_id", dtype=object)
    return matrix


def symbol_of(label: str) -> str:
    """The symbol of a gene that may come with its Entrez id: ``TP53|7157``, ``TP53 (7157)``."""
    found = _WITH_ENTREZ.match(label)
    return found.group(1) if found else label


def _labels(index: pd.Index) -> list[str]:
    return [str(label).strip() for label in index]


@cache
def known_symbols() -> frozenset[str]:
    """Gene symbols of the fixed universe and of the alias table, old and approved."""
    text = files("features.knowledge").joinpath("gene_universe.csv").read_text(encoding="utf-8")
    universe = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    symbols = {value for row in universe for key, value in row.items() if key != "source"}
    return frozenset(symbols | set(gene_aliases()) | set(gene_aliases().values()))
