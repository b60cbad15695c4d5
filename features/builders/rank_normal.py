"""Within-sample rank-normal expression over a fixed gene universe: the start of every RNA feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import InputError
from features.knowledge import knowledge_table

#: A sample that lacks more than this share of the universe is refused: its ranks would mean something else.
#: HG-U133A arrays lack 22 %; over their genes alone the scores of GDSC lines follow those over all genes with
#: r 0.94 to 1.00.
MAX_ABSENT_SHARE = 0.25
#: Scales whose order within a sample is the order of abundance.
ORDERED_SCALES = ("counts", "tpm", "log2", "rma", "within_sample_z", "harmonised")

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RankedExpression:
    """Expression of the profiled samples on the rank-normal scale.

    Attributes
    ----------
    z
        Samples x universe genes (approved symbols, universe order), NaN where a gene is absent.
    absent_genes
        Universe genes without any value in the table.
    native
        Samples x universe genes as given, NaN where absent.
    given
        The expression table as given, for :func:`placed`: genes outside the universe too.
    """

    z: pd.DataFrame
    absent_genes: tuple[str, ...]
    native: Matrix
    given: pd.DataFrame

    @cached_property
    def _n_present(self) -> npt.NDArray[np.int64]:
        """Universe genes with a value, per sample."""
        return np.asarray(np.isfinite(self.native).sum(axis=1))

    def placed(self, gene: str) -> pd.Series | None:
        """Rank-normal value of any gene, one outside the universe placed among the universe's ranks.

        ``z = Phi^-1((n_below + n_equal / 2 + 1/2) / (n + 1))`` with counts over the sample's ``n`` present
        universe genes, so that the gene's own value moves no other gene.

        Returns
        -------
        pandas.Series or None
            Per profiled sample; None where the table has no such gene.
        """
        if gene in self.z.columns and gene not in self.absent_genes:
            return self.z[gene]
        if gene not in self.given.columns:
            return None
        from scipy.special import ndtri

        value = self.given[gene].to_numpy(dtype=float)[:, None]
        below = (self.native < value).sum(axis=1)
        equal = (self.native == value).sum(axis=1)
        z = ndtri((below + equal / 2 + 0.5) / (self._n_present + 1))
        return pd.Series(np.where(np.isnan(value[:, 0]), np.nan, z), index=self.z.index, name=gene)


@cache
def gene_universe() -> pd.DataFrame:
    """The 5,778 genes measured by the default training panel: symbol (as published), approved_symbol, source.

    Approved symbols are HGNC's as of the Cell Model Passports gene identifiers of 2019-11-01, with the
    renamed histones, septins and MARCH genes after that date.
    """
    return knowledge_table("gene_universe")


@cache
def universe_symbols() -> tuple[str, ...]:
    """Approved symbols of the gene universe, in its order."""
    return tuple(gene_universe()["approved_symbol"])


def rank_normal(values: Matrix) -> Matrix:
    """Rank-normal scores within each row: ``z = Phi^-1((rank - 1/2) / n_present)``, ties averaged.

    Any strictly increasing change of scale leaves it as it is.  Hazen's plotting position, as in Beasley,
    Erickson and Allison 2009 (PMID 19526352).

    Parameters
    ----------
    values
        Rows x columns; NaN is absent, is not ranked and stays NaN.

    Returns
    -------
    numpy.ndarray
        Same shape; mean about 0, within +-Phi^-1(1 - 1 / (2 n_present)).
    """
    z = np.full(values.shape, np.nan)
    # One row at a time stays in the processor's cache: half the time of whole-table operations.
    for row, given in enumerate(values):
        n = len(given) - int(np.isnan(given).sum())
        order = np.argsort(given)[:n]
        z[row, order] = _tied_quantiles(given[order])
    return z


def _tied_quantiles(ordered: Matrix) -> Matrix:
    """Quantiles of ascending values; of a run of equal ones each has the middle of the run's ranks."""
    n = len(ordered)
    quantiles = _half_rank_quantiles(n)
    differs = ordered[1:] != ordered[:-1]
    if differs.all():
        return quantiles[::2]
    starts = np.append(0, np.flatnonzero(differs) + 1)
    ends = np.append(starts[1:], n)
    return np.repeat(quantiles[starts + ends - 1], ends - starts)


@lru_cache(maxsize=64)
def _half_rank_quantiles(n: int) -> Matrix:
    """``Phi^-1((rank - 1/2) / n)`` of the ranks 1, 1.5, 2, ... n; the same for every sample of n genes."""
    from scipy.special import ndtri

    quantiles = np.asarray(ndtri(np.arange(1, 2 * n) / (2 * n)))
    quantiles.flags.writeable = False
    return quantiles


def rank_expression(expression: pd.DataFrame, scale: str | None) -> RankedExpression:
    """The rank-normal expression of a cohort's expression table.

    Parameters
    ----------
    expression
        Samples x genes (HGNC symbols, approved or as the training panel spells them); may be empty.
    scale
        The cohort's ``expression_scale``.

    Raises
    ------
    InputError
        If the scale has no order of abundance within a sample, a gene occurs twice, a value is infinite, a
        sample lacks more than 25 % of the universe, or all its values are the same.
    """
    values = universe_values(expression, scale)
    native, genes = values.to_numpy(dtype=float), values.columns
    absent = np.isnan(native).all(axis=0) if len(native) else np.zeros(len(genes), dtype=bool)
    return RankedExpression(
        z=pd.DataFrame(rank_normal(native), index=expression.index, columns=list(genes)),
        absent_genes=tuple(np.array(genes, dtype=object)[absent]),
        native=native,
        given=expression,
    )


def universe_values(expression: pd.DataFrame, scale: str | None, *, ratios: bool = False) -> pd.DataFrame:
    """The universe genes of an expression table, checked.

    Parameters
    ----------
    expression, scale
        As for :func:`rank_expression`.
    ratios
        Whether log ratios will do: they have a place among the other samples' and none within the sample.

    Returns
    -------
    pandas.DataFrame
        Samples x 5,778 genes (approved symbols, universe order), NaN where absent.

    Raises
    ------
    InputError
        As :func:`rank_expression`.
    """
    if not expression.empty and not (ratios and scale == "log_ratio"):
        _check_scale(scale)
    genes = universe_symbols()
    source = _columns_of_universe(expression.columns)
    found = [i for i, column in enumerate(source) if column is not None]
    native = expression[[c for c in source if c is not None]].to_numpy(dtype=float)
    if len(found) < len(genes):
        measured = native
        native = np.full((len(expression), len(genes)), np.nan)
        native[:, found] = measured
    _check_values(native, expression.index)
    return pd.DataFrame(native, index=expression.index, columns=list(genes))


def _check_scale(scale: str | None) -> None:
    if scale == "log_ratio":
        raise InputError(
            "expression on the scale log_ratio has no order of abundance within a sample",
            where="expression",
            todo="give counts, TPM, log2 or RMA values, or harmonise the ratios first (mtorc1 harmonise)",
        )
    if scale not in ORDERED_SCALES:
        raise InputError(
            f"unknown expression scale {scale!r}",
            where="expression",
            todo=f"use one of {', '.join(ORDERED_SCALES)}",
        )


def _columns_of_universe(columns: pd.Index) -> Sequence[str | None]:
    """For each universe gene the column that holds it: by approved symbol, else as the panel spells it."""
    if not columns.is_unique:
        twice = ", ".join(sorted(set(map(str, columns[columns.duplicated()])))[:5])
        raise InputError(
            f"gene occurs more than once: {twice}", where="expression", todo="keep one column a gene"
        )
    have = set(columns)
    pairs = gene_universe()[["approved_symbol", "symbol"]].itertuples(index=False, name=None)
    return [new if new in have else old if old in have else None for new, old in pairs]


def _check_values(native: Matrix, samples: pd.Index) -> None:
    if not len(native):
        return
    genes = universe_symbols()
    infinite = np.argwhere(np.isinf(native))
    if len(infinite):
        row, column = infinite[0]
        raise InputError(
            "infinite value",
            where=f"expression, sample {samples[row]}, gene {genes[column]}",
            todo="leave it empty",
        )
    share = np.isnan(native).mean(axis=1)
    for row in np.flatnonzero(share > MAX_ABSENT_SHARE)[:1]:
        raise InputError(
            f"sample {samples[row]} lacks {share[row]:.1%} of the {len(genes):,} genes of the universe "
            f"(at most {MAX_ABSENT_SHARE:.0%})",
            where="expression",
            todo="check the gene symbols (HGNC), or leave its expression out",
        )
    for row in np.flatnonzero(np.nanmax(native, axis=1) == np.nanmin(native, axis=1))[:1]:
        raise InputError(f"sample {samples[row]} has the same value for every gene", where="expression")
