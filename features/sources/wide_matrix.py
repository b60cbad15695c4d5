"""A wide genes x samples table, read in pieces: 10,000 samples of 20,000 genes in a minute and 2 GB."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import InputError
from features.identity import approved_symbols, gene_aliases
from features.progress import Progress, silent
from features.sources.cbioportal_codes import BLANKS
from features.sources.entrez_ids import ENTREZ, SYMBOL, named
from features.sources.labelled_matrix import symbol_of
from features.sources.table_files import Losses, check_header, read_header

#: How columns of gene symbols and of Entrez ids are called, in small letters.
SYMBOLS = ("hugo_symbol", "gene symbol", "gene_symbol", "hugo_gene_symbol", "gene")
IDS = ("entrez_gene_id", "entrez", "gene id", "gene_id", "locus id", "locus_id")
_BESIDE = ("cytoband", "chromosome", "chr", "description", "gene_name", "strand", "start", "end")
#: More columns without a row in the clinical table than this share: it is of another study.
LIMIT = 0.5
_PIECE = 1 << 25
_NULLS = ["", "NA", "NaN", "nan", "N/A", "na", "null", "NULL", "None", "[Not Available]", "-", "."]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Wide:
    """What was read.

    Attributes
    ----------
    matrix
        Samples (in the order asked for) x approved symbols; float32, whose seven digits are more than such
        tables state; NaN where a cell is blank.
    losses
        What was left out, and why.
    rows_in
        Rows of the file.
    """

    matrix: pd.DataFrame
    losses: Losses
    rows_in: int


@dataclass(frozen=True)
class _Layout:
    header: list[str]
    skipped: int
    symbol: str | None
    entrez: str | None
    wanted: list[str]


def gene_pairs(path: Path) -> pd.DataFrame | None:
    """Entrez id and symbol of each row, where the table has both columns; None otherwise."""
    header, skipped = read_header(path, comments=True)
    symbol, entrez = (_first(header, names) for names in (SYMBOLS, IDS))
    if symbol is None or entrez is None:
        return None
    layout = _Layout(header, skipped, symbol, entrez, [])
    rows = [pair for names, ids, _ in _pieces(path, layout) for pair in zip(ids, names, strict=True)]
    return pd.DataFrame(rows, columns=[ENTREZ, SYMBOL], dtype=object)


def read_wide(
    path: Path,
    samples: Sequence[str],
    *,
    stage: str,
    others: Collection[str] = (),
    symbols: Mapping[str, str] | None = None,
    keep: Callable[[str], bool] | None = None,
    progress: Progress = silent,
) -> Wide:
    """The values of some samples.

    Parameters
    ----------
    path
        Separated by tabs (.csv: commas); .gz too.  Columns may come in any order: those of genes are known by
        their names.
    samples
        Columns to read.
    stage
        Of the losses.
    others
        Columns that are known and not asked for.
    symbols
        Entrez id -> symbol, for rows without a symbol.
    keep
        Whether to keep a gene, by its symbol; by default all are kept.
    progress
        Told of the rows that were read.

    Raises
    ------
    InputError
        If the file cannot be read, has no column of genes, or of ids without a symbol for any, no column of
        the samples, most columns of unknown samples, or a cell that holds no number or an infinite one.
        Messages name row and column by their numbers.
    """
    losses: Losses = []
    layout = _layout(path, samples, others, stage, losses)
    genes: list[str | None] = []
    parts: list[Values] = []
    rows_in = 0
    unkept: list[str] = []
    for given, ids, values in _pieces(path, layout):
        found = _symbols(given, ids, symbols or {})
        chosen = np.array([keep is None or gene is None or keep(gene) for gene in found], dtype=bool)
        unkept += [str(gene) for gene, taken in zip(found, chosen, strict=True) if not taken]
        genes += [gene if taken else _UNKEPT for gene, taken in zip(found, chosen, strict=True)]
        parts.append(values[:, chosen])
        _refuse_infinite(parts[-1], path)
        rows_in += len(given)
        progress(f"reading {path.name}", rows_in, 0)
    places = [n for n, gene in enumerate(genes) if gene != _UNKEPT]
    labels = [genes[n] for n in places]
    if places and all(gene is None for gene in labels):
        raise InputError(
            "names genes by Entrez ids alone, and no file gives their symbols",
            where=path,
            todo="add a column Hugo_Symbol, or give a table of both with --gene-ids",
        )
    lines = [layout.skipped + 2 + n for n in places]
    matrix = _matrix(parts, labels, lines, layout.wanted, stage, losses)
    losses.append((stage, "gene that no feature reads: not kept (--genes all)", unkept))
    return Wide(matrix, losses, rows_in)


_UNKEPT = "\0"


def _first(header: Sequence[str], names: Sequence[str]) -> str | None:
    lower = {column.strip().lower(): column for column in reversed(header)}
    return next((lower[name] for name in names if name in lower), None)


def _layout(
    path: Path, samples: Sequence[str], others: Collection[str], stage: str, losses: Losses
) -> _Layout:
    header, skipped = read_header(path, comments=True)
    check_header(header, path)
    symbol, entrez = (_first(header, names) for names in (SYMBOLS, IDS))
    if symbol is None and entrez is None:
        raise InputError("has no column Hugo_Symbol", where=path, todo="name the column of genes so")
    beside = {c for c in header if c.strip().lower() in {*SYMBOLS, *IDS, *_BESIDE}}
    columns = [column for column in header if column not in beside]
    there, asked, known = set(columns), set(samples), {*samples, *others}
    wanted = [sample for sample in samples if sample in there]
    stray = [column for column in columns if column not in known]
    if not wanted or len(stray) > LIMIT * len(columns):
        raise InputError(
            f"{len(stray):,} of {len(columns):,} columns are no sample of the clinical table",
            where=f"{path}, row {skipped + 1}",
            todo="use the SAMPLE_ID of the clinical table of samples",
        )
    losses.append((stage, "sample without a row in the clinical table: left out", stray))
    left = [column for column in columns if column in known and column not in asked]
    losses.append((stage, "sample that is not taken: left out", left))
    return _Layout(header, skipped, symbol, entrez, wanted)


def _pieces(path: Path, layout: _Layout) -> Any:
    """Symbols, Entrez ids and values (samples x rows) of one stretch of the file after another."""
    import pyarrow as pa
    import pyarrow.csv as pacsv

    labels = [column for column in (layout.symbol, layout.entrez) if column is not None]
    types = dict.fromkeys(layout.wanted, pa.float64()) | dict.fromkeys(labels, pa.string())
    separator = "," if ".csv" in (s.lower() for s in path.suffixes) else "\t"
    try:
        reader = pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(
                block_size=_PIECE, skip_rows=layout.skipped + 1, column_names=layout.header
            ),
            parse_options=pacsv.ParseOptions(delimiter=separator),
            convert_options=pacsv.ConvertOptions(
                column_types=types, include_columns=[*labels, *layout.wanted], null_values=_NULLS,
                strings_can_be_null=True,
            ),
        )  # fmt: skip
        for batch in reader:
            rows = batch.num_rows
            columns = {name: batch.column(n).to_pylist() for n, name in enumerate(labels)}
            none: list[str | None] = [None] * rows
            values = np.empty((len(layout.wanted), rows), dtype=np.float32)
            with np.errstate(over="ignore"):
                for n in range(len(layout.wanted)):
                    values[n] = batch.column(n + len(labels)).to_numpy(zero_copy_only=False)
            yield columns.get(layout.symbol or "", none), columns.get(layout.entrez or "", none), values
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, EOFError) as error:
        raise _located(path, layout, separator, error) from error


def _located(path: Path, layout: _Layout, separator: str, error: Exception) -> InputError:
    """The first row that is too long or short, or the first cell that is no number, by their numbers."""
    places = [layout.header.index(name) for name in layout.wanted]
    blank = {*(word.lower() for word in _NULLS), *BLANKS}
    try:
        with _opened(path) as handle:
            for row, line in enumerate(handle, start=1):
                cells = line.rstrip("\r\n").split(separator)
                if row <= layout.skipped + 1 or not line.strip():
                    continue
                if len(cells) != len(layout.header):
                    return InputError(
                        f"has {len(cells):,} cells, and the header {len(layout.header):,}",
                        where=f"{path}, row {row}",
                        todo="give each row a cell of each column",
                    )
                for place in places:
                    cell = cells[place].strip().strip('"')
                    if not _is_number(cell) and cell.lower() not in blank:
                        comma = "write decimals with a point" if re.fullmatch(r"-?\d+,\d+", cell) else None
                        return InputError(
                            f"{cell!r} is not a number",
                            where=f"{path}, row {row}, column {place + 1}",
                            todo=comma or "leave the cell empty where nothing was measured",
                        )
    except (OSError, EOFError):
        pass
    return InputError(f"cannot be read as a table ({str(error).splitlines()[0][:120]})", where=path)


def _opened(path: Path) -> Any:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="\n")
    return path.open(encoding="utf-8-sig", errors="replace", newline="\n")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _symbols(given: list[str | None], ids: list[str | None], known: Mapping[str, str]) -> list[str | None]:
    symbols = named(pd.Series(given, dtype=object), pd.Series(ids, dtype=object), dict(known))
    return [None if gene is None or gene != gene else symbol_of(gene) for gene in symbols]


def _refuse_infinite(values: Values, path: Path) -> None:
    if np.isinf(values).any():
        raise InputError("holds an infinite value", where=path, todo="leave the cell empty")


def _matrix(
    parts: list[Values],
    labels: list[str | None],
    lines: list[int],
    samples: list[str],
    stage: str,
    losses: Losses,
) -> pd.DataFrame:
    """All pieces as one, each gene once and under its approved symbol.  Empties ``parts`` as it goes."""
    unnamed = [f"line {line}" for line, gene in zip(lines, labels, strict=True) if gene is None]
    losses.append((stage, "row without a gene symbol: left out", unnamed))
    hollow = np.concatenate([np.isnan(part).all(axis=0) for part in parts]) if parts else np.zeros(0, bool)
    losses.append(
        (stage, "gene without a value in any sample: left out", _of(labels, np.flatnonzero(hollow)))
    )
    usable = [n for n, gene in enumerate(labels) if gene is not None and not hollow[n]]
    taken, repeated, differing = _once(parts, labels, usable)
    losses.append((stage, "the same row of a gene again: left out", repeated))
    losses.append((stage, "gene in several rows that differ: not known, left out", differing))
    names = [str(labels[n]) for n in taken]
    mapped, changed = approved_symbols(names)
    present = set(mapped)
    double = [gene for gene in mapped if gene_aliases().get(gene) in present]
    losses.append((stage, "alias of a gene that is there under its approved symbol: left out", double))
    losses.append((stage, "renamed to the approved symbol (kept)", sorted(changed)))
    kept = [n for n, gene in zip(taken, mapped, strict=True) if gene not in set(double)]
    genes = [gene for gene in mapped if gene not in set(double)]
    values = np.empty((len(samples), len(kept)), dtype=np.float32)
    start = done = 0
    places = np.array(kept, dtype=np.intp)
    while parts:
        part = parts.pop(0)
        own = places[(places >= start) & (places < start + part.shape[1])] - start
        values[:, done : done + len(own)] = part[:, own]
        start += part.shape[1]
        done += len(own)
    index = pd.Index(samples, name="sample_id", dtype=object)
    return pd.DataFrame(values, index=index, columns=pd.Index(genes, dtype=object), copy=False)


def _of(labels: list[str | None], places: npt.NDArray[np.intp]) -> list[str]:
    return [str(labels[n]) for n in places if labels[n] is not None]


def _once(
    parts: list[Values], labels: list[str | None], usable: list[int]
) -> tuple[list[int], list[str], list[str]]:
    """Rows to take, genes that stood again with the same values, and genes whose rows differ."""
    rows: dict[str, list[int]] = {}
    for n in usable:
        rows.setdefault(str(labels[n]), []).append(n)
    starts = np.cumsum([0, *(part.shape[1] for part in parts)])

    def row(n: int) -> Values:
        which = int(np.searchsorted(starts, n, side="right")) - 1
        return parts[which][:, n - int(starts[which])]

    taken: list[int] = []
    repeated: list[str] = []
    differing: list[str] = []
    for gene, places in rows.items():
        same = all(np.array_equal(row(places[0]), row(n), equal_nan=True) for n in places[1:])
        if same:
            taken.append(places[0])
            repeated += [gene] * (len(places) - 1)
        else:
            differing.append(gene)
    return sorted(taken), repeated, differing
