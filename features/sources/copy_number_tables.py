"""Copy number of genes (a matrix or a long table) and of segments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.failures import failure, raise_failures
from features.identity import approved_symbols, gene_aliases
from features.sources.described import checked
from features.sources.labelled_matrix import (
    GENES_FIRST,
    SAMPLES_FIRST,
    is_genes_first,
    read_labelled,
    refuse_repeats,
    symbol_of,
    turned,
)
from features.sources.table_files import Losses, Reading, column_names, numbers_of, read_table

#: What the numbers of a table may be -> what they are.
KINDS: Mapping[str, str] = {
    "call": "-2 deletion, -1 loss, 0 neutral, 1 gain, 2 amplification (GISTIC, cBioPortal)",
    "total": "copies of the gene, all alleles",
    "log2_ratio": "log2 of the copies over those of a diploid genome",
}
_CALLS = {-2.0: "deletion", -1.0: "loss", 0.0: "neutral", 1.0: "gain", 2.0: "amplification"}
_CALL_WORDS = {
    **{word: word for word in _CALLS.values()},
    **{f"{value:g}": word for value, word in _CALLS.items()},
    "homdel": "deletion", "hetloss": "loss", "shallowdel": "loss", "diploid": "neutral",
    "amp": "amplification",
}  # fmt: skip
_COLUMN = {"call": "call", "total": "total_copy_number", "log2_ratio": "log2_ratio"}
#: A log2 ratio beyond is none: 2^6 x 2 are 128 copies.
_LOG2_HIGHEST = 10.0
_BESIDE = frozenset(
    {
        *("entrez_gene_id", "gene_id", "locus_id", "cytoband", "chromosome", "chr", "chrom", "start", "end"),
        *("description", "band", "ensembl_gene_id", "hgnc_id"),
    }
)
#: Column of ours -> how others call it, in any case; of each the first that is there.
_LONG: Mapping[str, Sequence[str]] = {
    "sample_id": ("sample_id", "Tumor_Sample_Barcode", "sample", "ID"),
    "gene": ("gene", "Hugo_Symbol", "gene_symbol", "symbol"),
    "call": ("call", "alteration"),
    "total_copy_number": ("total_copy_number", "copy_number", "total_cn", "tcn"),
    "minor_copy_number": ("minor_copy_number", "minor_cn", "lcn"),
    "log2_ratio": ("log2_ratio", "log2", "log2ratio"),
}
_SEGMENTS: Mapping[str, Sequence[str]] = {
    "sample_id": ("sample_id", "ID", "sample", "Tumor_Sample_Barcode", "GDC_Aliquot"),
    "chromosome": ("chromosome", "chrom", "chr"),
    "start": ("start", "loc.start", "startpos", "Start_Position", "start.pos"),
    "end": ("end", "loc.end", "endpos", "End_Position", "end.pos"),
    "total_copy_number": (
        "total_copy_number", "nTotal", "total", "total_cn", "Copy_Number", "tcn.em", "Modal_Total_CN", "CNt",
    ),
    "major": ("nMajor", "nMaj1_A", "major", "Major_Copy_Number", "major_cn", "Modal_HSCN_2", "A"),
    "minor_copy_number": (
        "minor_copy_number", "nMinor", "nMin1_A", "minor", "minor_cn", "lcn.em", "Modal_HSCN_1", "B",
    ),
    "log2_ratio": ("log2_ratio", "seg.mean", "seg_mean", "Segment_Mean", "log2"),
}  # fmt: skip
_STAGE = "copy number"


def read_copy_number(
    path: str | Path,
    *,
    kind: str | None = None,
    sample_ids: Collection[str] = (),
    decimal: str = "point",
) -> Reading:
    """Copy number of genes.

    Parameters
    ----------
    path
        A matrix (genes x samples or samples x genes), or a long table with columns for sample, gene and any
        of call, total_copy_number, minor_copy_number, log2_ratio (or how others call them).
    kind
        What the numbers of a matrix are, a key of :data:`KINDS`; by default recognised: calls are -2 to 2
        with a negative one among them, copies are whole, >= 0 and above 2 somewhere, log2 ratios have
        fractions and negative values.
    sample_ids
        Samples known from other tables; they tell which way round a matrix is.
    decimal
        How decimals are written: "point" or "comma".

    Returns
    -------
    Reading
        Its table: the columns of ``Cohort.copy_number``, without genes that have no value.

    Raises
    ------
    InputError
        If the kind is unknown, contradicted or cannot be recognised, or as
        :func:`features.sources.labelled_matrix.read_labelled` says.
    features.failures.TableError
        If a value of a long table is out of its range or vocabulary, or a gene stands twice in a sample.
    """
    path = Path(path)
    if kind is not None and kind not in KINDS:
        raise InputError(f"unknown kind of copy number {kind!r}", todo=f"use one of {', '.join(KINDS)}")
    found = _columns(path, _LONG)
    if {"sample_id", "gene"} <= set(found):
        if kind is not None:
            raise InputError(
                "is a long table, whose columns say what they hold",
                where=path,
                todo="leave out --copy-number-kind",
            )
        return _long(path, found, decimal)
    table, dropped = read_labelled(path, beside=_BESIDE, drop=True, decimal=decimal)
    genes_first = is_genes_first(table, sample_ids, path)
    matrix = turned(table, samples_are_columns=genes_first, name=symbol_of)
    refuse_repeats(matrix, "genes", path)
    stated = kind is not None
    kind = _kind(matrix.to_numpy(), kind, path)
    mapped, changed = approved_symbols(matrix.columns)
    matrix.columns = pd.Index(mapped, dtype=object)
    rows = matrix.rename_axis(columns="gene").stack()
    numbers = rows.to_numpy()
    listed = rows.index.to_frame(index=False)
    listed[_COLUMN[kind]] = pd.Series(numbers).map(_CALLS) if kind == "call" else numbers
    way = GENES_FIRST if genes_first else SAMPLES_FIRST
    losses: Losses = [
        (_STAGE, "no value in any gene", list(matrix.index[matrix.isna().all(axis=1)])),
        (_STAGE, "renamed to the approved symbol (kept)", sorted(changed)),
        (_STAGE, "column that describes genes", dropped),
    ]
    said = f"{kind}: {KINDS[kind]} ({'stated' if stated else 'recognised'}), {way}"
    return Reading(listed, said, losses, len(listed))


def _long(path: Path, found: Mapping[str, str], decimal: str) -> Reading:
    table = _read(path, found)
    said = [column for column in _LONG if column in table and column not in {"sample_id", "gene"}]
    if not said:
        raise InputError(
            "has no column of copy number", where=path, todo=f"name one {', '.join(list(_LONG)[2:])}"
        )
    if "call" in table:
        words = table["call"].str.strip().str.lower()
        table["call"] = words.map(_CALL_WORDS).fillna(table["call"])
    blank = table[said].isna().all(axis=1)
    rows = len(table)
    table = table[~blank]
    genes = table["gene"].str.strip()
    table = table.assign(gene=genes.map(gene_aliases()).fillna(genes))
    conformed = checked("copy_number", table, path, decimal=decimal).reset_index(drop=True)
    losses: Losses = [(_STAGE, "row without any value", [f"line {line}" for line in blank.index[blank]])]
    n_genes = conformed.groupby("sample_id")["gene"].size()
    if n_genes.nunique() > 1:
        reason = "gene that a sample does not list is unknown in it, not neutral (kept)"
        losses.append((_STAGE, reason, sorted(n_genes.index[n_genes < n_genes.max()])))
    return Reading(conformed, f"long table of {', '.join(said)}", losses, rows)


def read_segments(path: str | Path, *, decimal: str = "point") -> Reading:
    """Segments of copy number: a .seg file (log2 ratios), or copies as ASCAT, FACETS or Sequenza write them.

    Returns
    -------
    Reading
        Its table: the columns of ``Cohort.segments``; chromosomes without "chr", 23 and 24 as X and Y.

    Raises
    ------
    InputError
        If a column is missing, or ``seg.mean`` is no log2 ratio.
    features.failures.TableError
        If a segment ends before it begins, overlaps the one before it, or has a negative copy number.
    """
    path = Path(path)
    found = _columns(path, _SEGMENTS)
    for column in ("sample_id", "chromosome", "start", "end"):
        if column not in found:
            raise InputError(
                f"has no column {column}", where=path, todo=f"name it {' or '.join(_SEGMENTS[column][:2])}"
            )
    table = _read(path, found)
    if {"major", "minor_copy_number"} <= set(table):
        table = _alleles(table, path, decimal)
    values = [c for c in ("total_copy_number", "minor_copy_number", "log2_ratio") if c in table]
    if not values:
        raise InputError(
            "has no column of copy number",
            where=path,
            todo="name it seg.mean (a log2 ratio) or total_copy_number",
        )
    chromosomes = table["chromosome"].str.strip().str.replace("^chr", "", case=False, regex=True)
    table["chromosome"] = chromosomes.str.upper().replace({"23": "X", "24": "Y"})
    segments = checked(
        "segments", table.drop(columns="major", errors="ignore"), path, decimal=decimal
    ).reset_index(drop=True)
    ratios = segments["log2_ratio"]
    if ratios.abs().max() > _LOG2_HIGHEST * 3 or (ratios.min() >= 0 and ratios.max() > 2):
        raise InputError(
            f"values from {ratios.min():g} to {ratios.max():g} are no log2 ratios",
            where=f"{path}, column {found['log2_ratio']}",
            todo="if they are copies, name the column total_copy_number",
        )
    said = ", ".join(f"{column} (of {found.get(column, 'nMajor and nMinor')})" for column in values)
    reason = "no copy number by gene: the places of genes are not shipped (segments are kept)"
    return Reading(segments, said, [("segments", reason, [path.name])], len(segments))


def _alleles(table: pd.DataFrame, path: Path, decimal: str) -> pd.DataFrame:
    """Total and minor copy number of the two alleles' copies."""
    copies = {name: numbers_of(table[name], decimal) for name in ("major", "minor_copy_number")}
    bad = table["major"].notna() & ~(copies["major"] >= 0)
    raise_failures(
        [failure(path.name, "major", table.index[bad], table.loc[bad, "major"], "is a number >= 0")],
        where=path,
    )
    both = pd.DataFrame(copies)
    known = both.notna().all(axis=1)
    if "total_copy_number" not in table:
        table["total_copy_number"] = both.sum(axis=1).where(known)
    # A text that is no number is left for the check of the table.
    table["minor_copy_number"] = both.min(axis=1).astype(object).where(known, table["minor_copy_number"])
    return table


def _kind(values: np.ndarray, stated: str | None, path: Path) -> str:
    given = values[~np.isnan(values)]
    if not given.size:
        raise InputError("has no value at all", where=path, todo="give at least one")
    lowest, highest = float(given.min()), float(given.max())
    whole = bool((given % 1 == 0).all())
    fits = {
        "call": whole and lowest >= min(_CALLS) and highest <= max(_CALLS),
        "total": lowest >= 0,
        "log2_ratio": highest <= _LOG2_HIGHEST,
    }
    if stated is not None:
        if not fits[stated]:
            problem = (
                "has negative values" if stated == "total" else f"reaches from {lowest:g} to {highest:g}"
            )
            raise InputError(
                f"is stated to be {stated} ({KINDS[stated]}) but {problem}", where=path, todo=_state()
            )
        return stated
    if fits["call"] and lowest < 0:
        return "call"
    if whole and fits["total"] and highest > max(_CALLS):
        return "total"
    # Some portals write a deletion of which they are less sure as -1.5.
    halves = bool((given % 0.5 == 0).all())
    if not halves and fits["log2_ratio"] and lowest < 0:
        return "log2_ratio"
    raise InputError(
        f"values from {lowest:g} to {highest:g} may be calls, copies or ratios", where=path, todo=_state()
    )


def _state() -> str:
    return f"state it: --copy-number-kind {'|'.join(KINDS)}"


def _columns(path: Path, names: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Column of ours -> the file's."""
    header = column_names(path)
    lower = {column.lower(): column for column in reversed(header)}
    found: dict[str, str] = {}
    for ours, others in names.items():
        theirs = next((lower[other.lower()] for other in others if other.lower() in lower), None)
        if theirs is not None and theirs not in found.values():
            found[ours] = theirs
    return found


def _read(path: Path, found: Mapping[str, str]) -> pd.DataFrame:
    table = read_table(path)
    table = table[list(found.values())].set_axis(list(found), axis=1)
    return table.assign(sample_id=table["sample_id"].str.strip())
