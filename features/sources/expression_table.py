"""An expression table of the user's (genes x samples or samples x genes) as a matrix of approved symbols."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.identity import approved_symbols, gene_aliases
from features.sources.table_files import check_header, is_parquet, read_delimited, read_header, read_parquet

# Columns of numbers beside the genes' names, which would each become a patient.
_ANNOTATION = frozenset(
    {
        *("entrez_id", "entrez_gene_id", "entrezgene", "entrezgene_id", "gene_id", "ensembl_gene_id"),
        *("description", "length", "gene_length", "chr", "chrom", "chromosome", "start", "end", "strand"),
    }
)
# "TP53|7157" (TCGA) and "TP53 (7157)" (DepMap): the symbol, then its Entrez id.
_WITH_ENTREZ = re.compile(r"^(\S+?)(?:\||\s*\()\d+\)?$")
_ENSEMBL = re.compile(r"^ENSG\d{11}(\.\d+)?$")
_GENES_FIRST, _SAMPLES_FIRST = "genes_x_samples", "samples_x_genes"
ORIENTATIONS = (_GENES_FIRST, _SAMPLES_FIRST)

_Losses = list[tuple[str, str, list[str]]]


def read_expression(
    path: str | Path, *, sample_ids: Collection[str] = (), orientation: str | None = None
) -> tuple[pd.DataFrame, _Losses]:
    """Read an expression table.

    Parameters
    ----------
    path
        .tsv, .txt, .csv (with or without .gz), .gct or .parquet; the first column (or the index) holds the
        labels.
    sample_ids
        Samples known from other tables; they tell which way round the table is.
    orientation
        "genes_x_samples" or "samples_x_genes"; by default recognised from sample ids and gene symbols.

    Returns
    -------
    matrix : pandas.DataFrame
        Samples x approved HGNC symbols, float64, NaN where a cell is empty.
    losses : list
        (stage, reason, names) of what was dropped or renamed.

    Raises
    ------
    InputError
        If the file is missing, empty, wrongly separated, has repeated samples or genes, text or infinite
        numbers (named with column and row), or its orientation cannot be told.
    """
    path = Path(path)
    table = _labelled(path)
    table = _numbers(table, path)
    way = orientation or _orientation(table, sample_ids, path)
    if way not in ORIENTATIONS:
        raise InputError(f"unknown orientation {way!r}", where=path, todo=f"use {' or '.join(ORIENTATIONS)}")
    matrix = table.T if way == _GENES_FIRST else table
    matrix.columns = pd.Index([_symbol(label) for label in matrix.columns], dtype=object)
    matrix.index = pd.Index([str(label).strip() for label in matrix.index], name="sample_id", dtype=object)
    for kind, labels in (("samples", matrix.index), ("genes", matrix.columns)):
        repeated = labels[labels.duplicated()].unique()
        if len(repeated):
            raise InputError(
                f"{len(repeated)} {kind} occur more than once: {', '.join(repeated[:5])}",
                where=path,
                todo=f"keep one of each of the {kind}",
            )
    empty = matrix.index[matrix.isna().all(axis=1)]
    if len(empty):
        raise InputError(
            f"{len(empty)} samples have no value at all: {', '.join(empty[:5])}",
            where=path,
            todo="leave them out",
        )
    hollow = matrix.columns[matrix.isna().all(axis=0)]
    matrix = matrix.drop(columns=hollow)
    mapped, changed = approved_symbols(matrix.columns)
    matrix.columns = pd.Index(mapped, dtype=object)
    double = sorted(gene for gene in mapped if gene_aliases().get(gene) in set(mapped))
    return matrix.drop(columns=double), [
        ("expression genes", "no value in any sample", list(hollow)),
        ("expression genes", "alias of a gene that is there under its approved symbol", double),
        ("expression genes", "renamed to the approved symbol (kept)", sorted(changed)),
    ]


def _labelled(path: Path) -> pd.DataFrame:
    if is_parquet(path):
        table = read_parquet(path)
        if table.index.dtype != object and table.shape[1]:
            table = table.set_index(table.columns[0])
    else:
        is_gct = ".gct" in (suffix.lower() for suffix in path.suffixes)
        # A GCT file begins with its version and its shape, each on a line.
        skip = 2 if is_gct else 0
        header, _ = read_header(path, skip=skip)
        check_header(header, path)
        # The labels as they are written: 007 is not 7.
        table = read_delimited(path, skiprows=skip, dtype={header[0]: str})
        if is_gct:
            table = table.drop(columns=[c for c in table.columns if c.lower() == "description"])
        annotation = [c for c in table.columns[1:] if c.lower().replace(" ", "_") in _ANNOTATION]
        if annotation:
            raise InputError(
                f"the column {annotation[0]} describes genes, it is no sample",
                where=path,
                todo="remove it, and any like it",
            )
        table = table.set_index(table.columns[0])
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one gene and one sample")
    unnamed = int(np.sum(table.index.isna()))
    if unnamed:
        raise InputError(f"{unnamed} rows have no label in the first column", where=path)
    return table


def _numbers(table: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The table as float64; the first cell that is no finite number is named in the error."""
    for column, values in table.items():
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
        bad = (np.isnan(numbers) & values.notna().to_numpy()) | np.isinf(numbers)
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            kind = "infinite" if np.isinf(numbers[row]) else "not a number"
            raise InputError(
                f"'{values.iloc[row]}' is {kind}",
                where=f"{path}, column {column}, row {table.index[row]}",
                todo="expression is a table of numbers, labelled by its first row and column",
            )
    return table.astype(float)


def _orientation(table: pd.DataFrame, sample_ids: Collection[str], path: Path) -> str:
    known, genes = set(sample_ids), known_symbols()
    rows = [str(label).strip() for label in table.index]
    columns = [str(label).strip() for label in table.columns]
    in_rows, in_columns = (len(known.intersection(labels)) for labels in (rows, columns))
    if in_rows != in_columns:
        return _SAMPLES_FIRST if in_rows > in_columns else _GENES_FIRST
    gene_rows, gene_columns = (sum(_symbol(label) in genes for label in labels) for labels in (rows, columns))
    if gene_rows != gene_columns:
        return _GENES_FIRST if gene_rows > gene_columns else _SAMPLES_FIRST
    if any(_ENSEMBL.match(label) for label in (rows[0], columns[0])):
        raise InputError("genes are given as Ensembl ids", where=path, todo="give HGNC gene symbols")
    raise InputError(
        "neither rows nor columns are known gene symbols or samples",
        where=path,
        todo=f"give HGNC gene symbols, or state the orientation ({' or '.join(ORIENTATIONS)})",
    )


def _symbol(label: object) -> str:
    text = str(label).strip()
    found = _WITH_ENTREZ.match(text)
    return found.group(1) if found else text


@cache
def known_symbols() -> frozenset[str]:
    """Gene symbols of the fixed universe and of the alias table, old and approved."""
    text = files("features.knowledge").joinpath("gene_universe.csv").read_text(encoding="utf-8")
    universe = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    symbols = {value for row in universe for key, value in row.items() if key != "source"}
    return frozenset(symbols | set(gene_aliases()) | set(gene_aliases().values()))
