"""Single-sample scores of gene sets (curated, PROGENy's, a user's) by decoupler's univariate linear model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import pandas as pd

from features.builders.base import Block, Inputs, Note
from features.builders.rank_normal import gene_universe, universe_symbols
from features.knowledge import knowledge_table

#: A score needs at least this share of the signature's universe genes in the sample, else it is NaN.
MIN_PRESENT_SHARE = 0.5


@cache
def signature_weights() -> pd.DataFrame:
    """Weights of the curated signatures over the gene universe.

    Returns
    -------
    pandas.DataFrame
        Universe genes (approved symbols) x signatures, float64; 0 outside a signature.  Genes outside the
        universe are not scored, since the training data do not measure them.
    """
    table = knowledge_table("signatures")
    sets = {
        str(name): dict(zip(rows["gene"], rows["weight"].astype(float), strict=True))
        for name, rows in table.groupby("signature")
    }
    return universe_weights({name: sets[name] for name in signatures()})


def universe_weights(sets: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Weights of any sets over the gene universe.

    Parameters
    ----------
    sets
        Name -> gene -> weight; genes by approved symbol, or as the training panel spells them.

    Returns
    -------
    pandas.DataFrame
        Universe genes x sets, in the order given, float64; 0 outside a set.  Other genes are left out.
    """
    weights = np.zeros((len(universe_symbols()), len(sets)))
    row_of = _universe_rows()
    for column, genes in enumerate(sets.values()):
        for gene, weight in genes.items():
            row = row_of.get(gene)
            if row is not None:
                weights[row, column] = weight
    return pd.DataFrame(weights, index=list(universe_symbols()), columns=list(sets), dtype=float)


@cache
def _universe_rows() -> Mapping[str, int]:
    # Approved symbols come second: where one is the old name of another gene, the approved one counts.
    pairs = [*enumerate(gene_universe()["symbol"]), *enumerate(universe_symbols())]
    return {symbol: row for row, symbol in pairs}


@cache
def signatures(family: str | None = None) -> list[str]:
    """Names of the signatures of one column prefix (``path``, ``env``, ``growth``), or of all."""
    table = knowledge_table("signature_catalogue")
    return list(table["signature"] if family is None else table.loc[table["family"] == family, "signature"])


def score_columns(family: str) -> tuple[str, ...]:
    """``{family}.{signature}`` for the signatures of one prefix."""
    return tuple(f"{family}.{name}" for name in signatures(family))


def score(z: pd.DataFrame, weights: pd.DataFrame) -> pd.DataFrame:
    """Univariate linear model scores (Badia-i-Mompel 2022, doi 10.1093/bioadv/vbac016).

    In each sample the genes' values ``z`` are regressed on the signature's weights ``w``, 0 outside it; the
    score is the t value of the slope, ``t = r sqrt((G - 2) / (1 - r^2))`` with ``r`` Pearson's correlation of
    ``z`` and ``w`` over the ``G`` genes of the universe.  It says how far the signature's genes stand above
    the others of that sample: a transcriptional score, not kinase activity.

    decoupler's own function is called on the whole universe, without its front end: that one drops genes that
    are empty in the batch, so that a sample alone would score differently, and corrects p values that nobody
    reads with code that takes seconds to compile.

    Parameters
    ----------
    z
        Samples x genes, rank-normal; NaN counts as 0, the median.
    weights
        The same genes x signatures.

    Returns
    -------
    pandas.DataFrame
        Samples x signatures.
    """
    if z.empty or weights.empty:
        return pd.DataFrame(index=z.index, columns=weights.columns, dtype=float)
    import decoupler

    known = z.to_numpy()
    if np.isnan(known).any():
        known = np.nan_to_num(known, nan=0.0)
    values, _ = decoupler.mt.ulm.func(known, weights.to_numpy())
    return pd.DataFrame(values, index=z.index, columns=weights.columns)


def score_block(inputs: Inputs, family: str) -> Block:
    """Scores of one prefix's signatures; NaN where fewer than half of a signature's genes are there."""
    return score_weights(inputs, signature_weights()[signatures(family)], family)


def score_weights(inputs: Inputs, weights: pd.DataFrame, prefix: str, notes: Iterable[Note] = ()) -> Block:
    """Scores of sets as the columns ``{prefix}.{set}``.

    Parameters
    ----------
    inputs
        The cohort.
    weights
        Universe genes x sets, as :func:`universe_weights` gives them.
    prefix
        Of the columns.
    notes
        What else there is to tell.

    Returns
    -------
    Block
        NaN, with a note, where a sample has fewer than half of a set's genes.
    """
    z = inputs.expression.z
    members = (weights != 0).to_numpy()
    # Genes that no sample lacks need no counting: in most tables that is all of them.
    missing = np.isnan(z.to_numpy())
    some = missing.any(axis=0)
    absent = missing[:, some].astype(float) @ members[some].astype(float)
    size = members.sum(axis=0)
    lacking = size - absent < MIN_PRESENT_SHARE * size
    scores = score(z, weights).mask(lacking)
    values = scores.reindex(inputs.sample_ids).set_axis([f"{prefix}.{name}" for name in weights], axis=1)
    told = [
        Note(
            str(z.index[row]),
            "fewer than half of the signature's genes present",
            tuple(map(str, weights.columns[lacking[row]])),
        )
        for row in np.flatnonzero(lacking.any(axis=1)).tolist()
    ]
    return Block(values, (*notes, *told))
