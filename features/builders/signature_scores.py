"""Single-sample scores of curated signatures, by decoupler's univariate linear model."""

from __future__ import annotations

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
    to_approved = dict(gene_universe()[["symbol", "approved_symbol"]].itertuples(index=False, name=None))
    approved = set(to_approved.values())
    genes = [gene if gene in approved else to_approved.get(gene, gene) for gene in table["gene"]]
    long = pd.DataFrame(
        {"gene": genes, "signature": table["signature"], "weight": table["weight"].astype(float)}
    )
    wide = long.pivot(index="gene", columns="signature", values="weight")
    return wide.reindex(index=list(universe_symbols()), columns=signatures()).fillna(0.0)


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
    if z.empty:
        return pd.DataFrame(index=z.index, columns=weights.columns, dtype=float)
    import decoupler

    values, _ = decoupler.mt.ulm.func(np.nan_to_num(z.to_numpy(), nan=0.0), weights.to_numpy())
    return pd.DataFrame(values, index=z.index, columns=weights.columns)


def score_block(inputs: Inputs, family: str) -> Block:
    """Scores of one prefix's signatures; NaN where fewer than half of a signature's genes are there."""
    names = signatures(family)
    weights = signature_weights()[names]
    z = inputs.expression.z
    scores = score(z, weights)
    members = (weights != 0).to_numpy(dtype=float)
    share = pd.DataFrame(z.notna().to_numpy(dtype=float) @ members / members.sum(axis=0), z.index, names)
    scores = scores.where(share >= MIN_PRESENT_SHARE)
    notes = tuple(
        Note(
            str(sample), "fewer than half of the signature's genes present", tuple(row.index[row.to_numpy()])
        )
        for sample, row in (share < MIN_PRESENT_SHARE).iterrows()
        if row.any()
    )
    values = scores.reindex(inputs.sample_ids)
    values.columns = list(score_columns(family))
    return Block(values, notes)
