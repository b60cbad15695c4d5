"""An expression table of the user's (genes x samples or samples x genes) as a matrix of approved symbols."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.identity import approved_symbols, gene_aliases
from features.sources.labelled_matrix import (
    GENES_FIRST,
    SAMPLES_FIRST,
    is_genes_first,
    read_labelled,
    refuse_repeats,
    symbol_of,
    turned,
)
from features.sources.table_files import Reading

#: Columns beside the genes' names, which would each become a patient.
_BESIDE = frozenset(
    {
        *("entrez_id", "entrez_gene_id", "entrezgene", "entrezgene_id", "gene_id", "ensembl_gene_id"),
        *("description", "length", "gene_length", "chr", "chrom", "chromosome", "start", "end", "strand"),
    }
)


def read_expression(
    path: str | Path,
    *,
    sample_ids: Collection[str] = (),
    orientation: str | None = None,
    decimal: str = "point",
) -> Reading:
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
    decimal
        How decimals are written: "point" or "comma".

    Returns
    -------
    Reading
        Its table: samples x approved HGNC symbols, float64, NaN where a cell is blank.

    Raises
    ------
    InputError
        If the file is missing, empty, wrongly separated, has repeated samples or genes, text or infinite
        numbers (named with column and row), or its orientation cannot be told.
    """
    path = Path(path)
    table, _ = read_labelled(path, beside=_BESIDE, decimal=decimal)
    genes_first = is_genes_first(table, sample_ids, path, stated=orientation)
    matrix = turned(table, samples_are_columns=genes_first, name=symbol_of)
    refuse_repeats(matrix, "genes", path)
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
    present = set(mapped)
    double = sorted(gene for gene in mapped if gene_aliases().get(gene) in present)
    way = GENES_FIRST if genes_first else SAMPLES_FIRST
    return Reading(
        matrix.drop(columns=double),
        f"{way} ({'recognised' if orientation is None else 'stated'})",
        [
            ("expression genes", "no value in any sample", list(hollow)),
            ("expression genes", "alias of a gene that is there under its approved symbol", double),
            ("expression genes", "renamed to the approved symbol (kept)", sorted(changed)),
        ],
        len(matrix),
    )
