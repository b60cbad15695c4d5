"""PROGENy: pathway activity read from the genes that respond to a pathway's perturbation."""

from __future__ import annotations

from functools import cache

import pandas as pd

from features.builders.base import Block, Builder, Inputs
from features.builders.signature_scores import score_weights, universe_weights
from features.knowledge import knowledge_table

PREFIX = "progeny"


@cache
def progeny_weights() -> pd.DataFrame:
    """PROGENy's weights over the gene universe (Schubert 2018, PMID 29295995).

    Of each pathway the 500 most significant genes, decoupleR's default for this model; those of them that the
    universe holds (57 to 312 a pathway) are in ``knowledge/progeny.csv``.

    Returns
    -------
    pandas.DataFrame
        Universe genes x 14 pathways; 0 outside a pathway's genes.
    """
    table = knowledge_table("progeny")
    return universe_weights(
        {
            str(pathway): dict(zip(rows["gene"], rows["weight"].astype(float), strict=True))
            for pathway, rows in table.groupby("pathway", sort=False)
        }
    )


def columns() -> tuple[str, ...]:
    """``progeny.{pathway}``, spelled as the model spells it."""
    return tuple(f"{PREFIX}.{pathway}" for pathway in progeny_weights())


def build(inputs: Inputs) -> Block:
    """Univariate linear model scores, as for signatures (:func:`features.builders.signature_scores.score`).

    decoupler's multivariate model, often used with these weights, fits all pathways at once, but runs code
    that takes seconds to compile before the first sample is scored.
    """
    return score_weights(inputs, progeny_weights(), PREFIX)


BUILDER = Builder("progeny", columns, build)
