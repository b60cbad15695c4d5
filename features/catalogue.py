"""The feature catalogue: what each column is, how far it is known, and which way it is expected to point.

Every column of a matrix has a row here; command line, docs, SHAP grouping and reports read the same one.
Rows of signature scores come from ``knowledge/signature_catalogue.csv``, all others from
``knowledge/catalogue/{family}.csv``. The wide block has one pattern row, ``expr.{symbol}``, and so have a
user's own gene sets, ``set.{name}``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache

import pandas as pd

from features.errors import InputError
from features.knowledge import knowledge_records, knowledge_table

#: In order of priority: a gene in several curated sets carries the first of their mechanisms.
MECHANISMS = (
    "mtor_itself", "upstream_genotype", "mtorc1_activity", "bypass_pathways", "microenvironment",
    "heterogeneity", "lineage", "growth", "other_genes",
)  # fmt: skip
DIRECTIONS = ("sensitive", "resistant", "none", "unknown")
#: S review, P primary paper, K curated knowledge base, D computed from data, B background (see the docs).
PROVENANCES = ("S", "P", "K", "D", "B")
USES = ("learned", "computed", "never")
EXPRESSION_PREFIX = "expr."
PATTERN = "expr.{symbol}"
SET_PREFIX = "set."
SET_PATTERN = "set.{name}"

_FAMILY_OF_PREFIX = {"path": "pathways", "env": "microenvironment", "growth": "growth"}
_FAMILY_ORDER = (
    "mutations", "consequences", "drivers", "mtor_residues", "biallelic", "copy_number", "pathways",
    "progeny", "gene_levels", "gene_sets", "microenvironment", "proteins", "growth", "measured_growth",
    "clonality", "lesions", "regions", "activity_spread", "branches", "msi", "lineage", "expression",
)  # fmt: skip


@dataclass(frozen=True)
class FeatureRow:
    """What one column is.

    Attributes
    ----------
    name, family
        Column, and the builder that makes it.
    mechanism
        One of :data:`MECHANISMS`.
    modality
        What it is measured on: rna, dna, lineage, protein, cells or growth.
    unit
        Of its values.
    low, high
        Its range; None where it has no bound.
    expected_rapalog, expected_atp_competitive, expected_bivalent, expected_dual_pi3k_mtor
        What a high value is expected to mean for that drug class, one of :data:`DIRECTIONS`; an expectation
        to test, never a weight of a score.
    evidence
        PMIDs, DOIs or how it was computed, ";" between them; "unverified" where no source was found.
    provenance
        One of :data:`PROVENANCES`.
    requires
        The input that it needs.
    default_use
        "learned"; "computed": shown, but not given to a model of the default data, of which fewer than 20
        samples carry it (a model of other data may learn it); "never": shown, and given to no model, since
        its values are not comparable between sources of data, or another column holds the very same.
    description
        In words.
    """

    name: str
    family: str
    mechanism: str
    modality: str
    unit: str
    low: float | None
    high: float | None
    expected_rapalog: str
    expected_atp_competitive: str
    expected_bivalent: str
    expected_dual_pi3k_mtor: str
    evidence: str
    provenance: str
    requires: str
    default_use: str
    description: str


def catalogue() -> pd.DataFrame:
    """The whole catalogue, one row a feature, in the order of a matrix's columns; the pattern row comes last.

    Returns
    -------
    pandas.DataFrame
        Columns as in :class:`FeatureRow`; ``low`` and ``high`` are float64, NaN where there is no bound.
    """
    names = [f.name for f in fields(FeatureRow)]
    table = pd.DataFrame([[getattr(row, name) for name in names] for row in catalogue_rows()], columns=names)
    return table.astype({"low": float, "high": float})


def catalogue_rows() -> tuple[FeatureRow, ...]:
    """The rows of :func:`catalogue` as objects."""
    return tuple(_rows().values())


@cache
def describe(name: str) -> FeatureRow:
    """The row of one column; of a gene of the wide block or a user's set, the pattern row with its name.

    A gene has the mechanism of its curated set, see :func:`mechanism_of_gene`.

    Raises
    ------
    InputError
        If there is no such feature; the nearest names are given.
    """
    if name in _rows():
        return _rows()[name]
    if _in_block(name):
        return replace(
            _rows()[PATTERN], name=name, mechanism=mechanism_of_gene(name.removeprefix(EXPRESSION_PREFIX))
        )
    if _is_user_set(name):
        return replace(_rows()[SET_PATTERN], name=name)
    near = difflib.get_close_matches(name, [*_rows(), *_block()], 4, 0.5)
    raise InputError(
        f"unknown feature {name!r}",
        where="feature catalogue",
        todo=f"nearest: {', '.join(near)}" if near else "see `mtorc1 features describe`",
    )


def mechanism_of(column: str) -> str:
    """The mechanism that explanations credit a column to.

    Raises
    ------
    InputError
        If there is no such feature.
    """
    return describe(column).mechanism


@cache
def mechanism_of_gene(symbol: str) -> str:
    """The mechanism of a gene's expression: that of its curated set, else ``other_genes``.

    A gene of the network table has the mechanism given there; a signature's gene that of the signature, and
    of several the first in the order of :data:`MECHANISMS`.
    """
    return _gene_mechanisms().get(symbol, "other_genes")


def without_row(columns: Iterable[str]) -> list[str]:
    """The columns that the catalogue does not know."""
    known = _rows()
    return [c for c in columns if c not in known and not _in_block(c) and not _is_user_set(c)]


def require_rows(columns: Iterable[str]) -> None:
    """Refuse columns without a catalogue row: no feature goes unexplained.

    Raises
    ------
    LookupError
        Naming them.  Ours to mend, so no ``InputError``.
    """
    lacking = without_row(columns)
    if lacking:
        raise LookupError(
            f"{len(lacking)} columns lack a row in the feature catalogue: {', '.join(lacking[:10])}"
        )


@cache
def _rows() -> Mapping[str, FeatureRow]:
    rows = [*_signature_rows(), *_own_rows()]
    # Stable: within a family the tables' own order.
    rows.sort(key=lambda row: _FAMILY_ORDER.index(row.family))
    found = {row.name: row for row in rows}
    if len(found) != len(rows):
        raise ValueError("a feature has two rows in the catalogue")
    return found


def _own_rows() -> list[FeatureRow]:
    return [
        FeatureRow(low=_bound(row.pop("low")), high=_bound(row.pop("high")), **row)
        for family in _FAMILY_ORDER
        for row in knowledge_records(f"catalogue/{family}")
    ]


def _signature_rows() -> list[FeatureRow]:
    return [
        FeatureRow(
            name=f"{row['family']}.{row['signature']}",
            family=_FAMILY_OF_PREFIX[row["family"]],
            mechanism=row["mechanism"],
            modality="rna",
            unit="t value",
            low=None,
            high=None,
            requires="expression",
            **{key: row[key] for key in _SHARED},
        )
        for row in knowledge_records("signature_catalogue")
    ]


_SHARED = (
    "expected_rapalog", "expected_atp_competitive", "expected_bivalent", "expected_dual_pi3k_mtor",
    "evidence", "provenance", "default_use", "description",
)  # fmt: skip


def _bound(text: str) -> float | None:
    return float(text) if text else None


@cache
def _block() -> frozenset[str]:
    return frozenset(
        EXPRESSION_PREFIX + symbol for symbol in knowledge_table("gene_universe")["approved_symbol"]
    )


def _in_block(column: str) -> bool:
    return column in _block()


def _is_user_set(column: str) -> bool:
    return column.startswith(SET_PREFIX) and column.removeprefix(SET_PREFIX).strip() != ""


@cache
def _gene_mechanisms() -> Mapping[str, str]:
    found: dict[str, str] = {}
    signatures = knowledge_table("signatures").merge(knowledge_table("signature_catalogue"), on="signature")
    for gene, mechanism in signatures[["gene", "mechanism"]].itertuples(index=False, name=None):
        found[gene] = min(found.get(gene, mechanism), mechanism, key=MECHANISMS.index)
    network = knowledge_table("network_genes")
    found.update(network[["gene", "mechanism"]].itertuples(index=False, name=None))
    return found
