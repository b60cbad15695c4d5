"""The genes of the mTORC1 network, their groups, and how an alteration of each acts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from features.knowledge import knowledge_table

#: Groups of ``knowledge/network_genes.csv`` that are features of their own: 1 if any member is altered.
GROUPS = ("tsc_complex", "pi3k", "gator1", "mtorc1_network", "ras_raf")
#: Altered by loss of the gene's function, by its gain, or not known.
Effect = Literal["loss", "gain", "unknown"]


@cache
def network_genes() -> tuple[str, ...]:
    """Approved symbols of the genes with a column of their own."""
    return tuple(knowledge_table("network_genes")["gene"])


@cache
def group_members(group: str) -> tuple[str, ...]:
    """Genes of one group of ``knowledge/network_genes.csv``."""
    table = knowledge_table("network_genes")
    return tuple(table.loc[[group in groups.split(";") for groups in table["groups"]], "gene"])


@cache
def altered_by(effect: Effect) -> tuple[str, ...]:
    """Genes whose alterations act by ``loss`` (suppressors, FKBP1A), by ``gain``, or we do not know how."""
    table = knowledge_table("network_genes")
    return tuple(table.loc[table["altered_by"] == effect, "gene"])


def summary_columns(prefix: str, count: str) -> tuple[str, ...]:
    """Names of what :func:`summarise` gives."""
    return tuple(prefix + name for name in (*network_genes(), *GROUPS, "pik3ca_without_ras", count))


def summarise(status: pd.DataFrame, prefix: str, count: str) -> pd.DataFrame:
    """Status of each gene, of the groups, and what is derived from them.

    A group is 1 if any member is 1, 0 only if every member is known to be 0, else NaN.
    ``pik3ca_without_ras`` is PIK3CA altered with RAS and RAF known wild type (Di Nicolantonio 2010, PMID
    20664172).  ``count`` counts the altered genes of the group ``counted``, known only where all of them are.

    Parameters
    ----------
    status
        Samples x :func:`network_genes`: 1, 0 or NaN.
    prefix
        Of the columns.
    count
        Name of the count.

    Returns
    -------
    pandas.DataFrame
        Samples x :func:`summary_columns`, float64.
    """
    groups = {group: any_of(status[list(group_members(group))]) for group in GROUPS}
    parts = {prefix + gene: status[gene] for gene in network_genes()}
    parts.update({prefix + group: values for group, values in groups.items()})
    parts[prefix + "pik3ca_without_ras"] = both(status["PIK3CA"], 1 - groups["ras_raf"])
    parts[prefix + count] = status[list(group_members("counted"))].sum(axis=1, skipna=False)
    return pd.DataFrame(parts, index=status.index)[list(summary_columns(prefix, count))].astype(float)


def any_of(status: pd.DataFrame) -> pd.Series:
    """Three-valued "or" over the columns: 1 if any is 1, 0 if all are 0, else NaN."""
    highest = status.max(axis=1)
    return highest.where((highest == 1) | status.notna().all(axis=1))


def both(first: pd.Series, second: pd.Series) -> pd.Series:
    """Three-valued "and": 0 if either is 0, 1 if both are 1, else NaN."""
    return pd.Series(np.where((first == 0) | (second == 0), 0.0, first * second), index=first.index)


def marked(pairs: pd.DataFrame, samples: pd.Index, genes: Iterable[str]) -> pd.DataFrame:
    """Whether a pair of sample and gene is among the rows of ``pairs`` (sample_id, gene): samples x genes."""
    listed = list(genes)
    found = pd.DataFrame(False, index=samples, columns=listed)
    mine = pairs[pairs["gene"].isin(listed)]
    values = found.to_numpy(copy=True)
    rows = found.index.get_indexer(pd.Index(mine["sample_id"]))
    values[rows, found.columns.get_indexer(pd.Index(mine["gene"]))] = True
    return pd.DataFrame(values, index=samples, columns=listed)


def three_valued(yes: pd.DataFrame, unsure: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """1 where ``yes``; else NaN where ``unsure`` or not ``known``; else 0.  All bool, of one shape."""
    values = np.where(yes, 1.0, np.where(unsure | ~known, np.nan, 0.0))
    return pd.DataFrame(values, index=yes.index, columns=yes.columns)
