"""Read counts, variant allele fraction and cancer cell fraction of each row of a MAF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.failures import failure
from features.sources.table_files import Losses, numbers_of

# Of each list the first column that is there.
_REF = ("t_ref_count", "i_t_ref_count")
_ALT = ("t_alt_count", "i_t_alt_count")
_DEPTH = ("t_depth",)
_VAF = ("t_vaf", "VAF", "tumor_f", "i_tumor_f")
_CCF = ("CCF", "ccf_hat", "cancer_cell_frac", "ccf_expected_copies")
#: CCLE's counts of whole-exome reads as "alt:ref".  Two assays are not mixed in a sample: it takes the column
#: that counts the most of its variants, of equals the first.
_PAIRS = ("WES_AC", "CGA_WES_AC", "SangerRecalibWES_AC", "SangerWES_AC")
READ_COLUMNS = (*_REF, *_ALT, *_DEPTH, *_VAF, *_CCF, *_PAIRS)
#: What to do with a cell that should hold a number and does not.
UNREADABLE = ("refuse", "missing")
_SAMPLE, _STAGE = "Tumor_Sample_Barcode", "maf"
_DECIMAL_COMMA = r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, eq=False)
class Reads:
    """ref_count, alt_count, vaf and ccf; what is wrong with them; and what they were read of."""

    columns: Mapping[str, pd.Series]
    failures: Sequence[pd.DataFrame]
    read_as: str
    losses: Losses


def reads(table: pd.DataFrame, path: Path, *, decimal: str = "point", unreadable: str = "refuse") -> Reads:
    """The counts and fractions of a MAF's rows.

    Read counts come from t_ref_count and t_alt_count (or t_depth - t_alt_count), or from a column of pairs
    "alt:ref" (:data:`_PAIRS`); the VAF is alt / (alt + ref), or the file's own where there are no counts.

    Parameters
    ----------
    table
        Text, indexed by the file's lines; any of :data:`READ_COLUMNS`.
    path
        Named in failures.
    decimal
        How decimals are written: "point" or "comma".
    unreadable
        What to do with a cell that should hold a number and does not: "refuse" it, or take it as "missing".

    Raises
    ------
    InputError
        If decimals are commas and that was not said.
    """
    if unreadable not in UNREADABLE:
        raise InputError(f"unknown choice {unreadable!r}", todo=f"use one of {', '.join(UNREADABLE)}")
    failures: list[pd.DataFrame] = []
    losses: Losses = []

    def numbers(columns: Sequence[str], *, whole: bool) -> tuple[str | None, pd.Series]:
        column = next((name for name in columns if name in table.columns), None)
        if column is None:
            return None, pd.Series(np.nan, index=table.index)
        read, bad = _numbers(table[column], path, failures, whole=whole, decimal=decimal)
        if unreadable == "refuse":
            check = "is a whole number >= 0" if whole else "is a fraction from 0 to 1"
            failures.append(failure(path.name, column, table.index[bad], table.loc[bad, column], check))
        else:
            cells = [f"line {line}: {cell}" for line, cell in table.loc[bad, column].items()]
            losses.append((_STAGE, f"no number in {column}, read as not known (kept)", cells))
        return column, read

    ref_name, ref = numbers(_REF, whole=True)
    alt_name, alt = numbers(_ALT, whole=True)
    depth_name, depth = numbers(_DEPTH, whole=True)
    blank = ref.isna() if ref_name is None else table[ref_name].isna()
    ref = ref.where(ref.notna(), depth - alt)
    # A reference count that is there but wrong has its own failure above, or is not known.
    alt = alt.mask(ref.isna() & ~blank)
    lone = alt.notna() & ref.isna() & blank
    failures.append(
        failure(path.name, alt_name or "", table.index[lone], alt[lone], "comes with t_ref_count or t_depth")
    )
    short = ref < 0
    failures.append(
        failure(path.name, "t_depth", table.index[short], depth[short], "is at least t_alt_count")
    )
    used = [name for name in (ref_name or (depth_name if alt_name else None), alt_name) if name]
    if alt_name is None and any(name in table.columns for name in _PAIRS):
        ref, alt, used, chosen = _of_pairs(table, path, failures)
        losses += chosen
    total = (alt + ref).where(lambda reads: reads > 0)
    vaf_name, stated = numbers(_VAF, whole=False)
    ccf_name, ccf = numbers(_CCF, whole=False)
    said = [f"reads of {' and '.join(used)}" if used else "no read counts"]
    said += [f"VAF of {vaf_name}"] if vaf_name and total.isna().any() else []
    said += [f"CCF of {ccf_name}"] if ccf_name else []
    columns = {
        "ref_count": ref, "alt_count": alt, "vaf": (alt / total).where(total.notna(), stated), "ccf": ccf,
    }  # fmt: skip
    return Reads(columns, failures, ", ".join(said), losses)


def _numbers(
    cells: pd.Series, path: Path, failures: list[pd.DataFrame], *, whole: bool, decimal: str
) -> tuple[pd.Series, pd.Series]:
    """Counts (whole, >= 0), or else fractions from 0 to 1; and where a cell holds no number at all.

    Raises
    ------
    InputError
        If decimals are commas and that was not said: then most cells of a column are wrong.
    """
    numbers = numbers_of(cells, decimal)
    bad = numbers.isna() & cells.notna()
    if decimal == "point" and bad.any():
        commas = cells[bad][cells[bad].str.fullmatch(_DECIMAL_COMMA)]
        if len(commas):
            raise InputError(
                f"{len(commas)} numbers have a decimal comma, such as {commas.iloc[0]!r}",
                where=f"{path}, column {cells.name}, row {commas.index[0]}",
                todo="if these are decimals, say so: --decimal comma",
            )
    highest = np.inf if whole else 1.0
    outside = (numbers < 0) | (numbers > highest) | np.isinf(numbers) | (whole & (numbers % 1 > 0))
    check = "is a whole number >= 0" if whole else "is a fraction from 0 to 1"
    failures.append(failure(path.name, str(cells.name), cells.index[outside], cells[outside], check))
    return numbers.mask(outside), bad


def _of_pairs(
    table: pd.DataFrame, path: Path, failures: list[pd.DataFrame]
) -> tuple[pd.Series, pd.Series, list[str], Losses]:
    names = [name for name in _PAIRS if name in table.columns]
    counted = table[names].notna().groupby(table[_SAMPLE]).sum()
    chosen = counted.idxmax(axis=1).where(counted.max(axis=1) > 0)
    column = table[_SAMPLE].map(chosen)
    pairs = pd.Series(None, index=table.index, dtype=object)
    for name in names:
        mine = column == name
        cells = table[name].where(mine)
        odd = cells.notna() & ~cells.str.fullmatch(r"\s*\d+:\d+\s*", na=False).astype(bool)
        failures.append(failure(path.name, name, cells.index[odd], cells[odd], "is a pair alt:ref of counts"))
        pairs = pairs.where(~mine | odd, cells)
    split = pairs.str.split(":", n=1, expand=True).reindex(columns=[0, 1])
    alt, ref = (pd.to_numeric(split[part], errors="coerce").astype(float) for part in (0, 1))
    used = [name for name in names if (chosen == name).any()]
    losses: Losses = []
    if len(used) > 1:
        losses = [
            (
                _STAGE,
                f"read counts of {name} (kept)",
                [str(sample) for sample in chosen.index[chosen == name]],
            )
            for name in used
        ]
    return ref, alt, used, losses
