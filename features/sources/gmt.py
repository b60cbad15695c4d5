"""Gene sets from a GMT file: one set a line, its name, a description and its genes, separated by tabs."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from features.errors import InputError
from features.identity import gene_aliases
from features.knowledge import knowledge_table
from features.settings import MIN_SET_GENES

_MEMBERS_FROM = 2


def read_gmt(path: str | Path) -> dict[str, dict[str, float]]:
    """Gene sets as :attr:`features.settings.Settings.gene_sets` holds them.

    Parameters
    ----------
    path
        A GMT file; .gz is decompressed.  Empty lines and lines that begin with ``#`` are skipped; the
        description is not kept.

    Returns
    -------
    dict
        Set -> gene (approved HGNC symbol) -> weight 1, in the file's order.  A gene that stands twice in a
        set, or under two of its names, counts once.

    Raises
    ------
    InputError
        If the file is missing or unreadable, holds no set, a line is not separated by tabs, a set has no
        name, no genes, the name of another one, or fewer than five genes that are scored (those of the
        universe); the line is named.
    """
    path = Path(path)
    sets: dict[str, dict[str, float]] = {}
    few: list[str] = []
    scored = _scored_genes()
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        where = f"{path}, line {number}"
        name, genes = _one_set(line, where)
        if name in sets:
            raise InputError(
                f"gene set {name} occurs twice", where=where, todo="give each set a name of its own"
            )
        sets[name] = dict.fromkeys(genes, 1.0)
        known = sum(gene in scored for gene in sets[name])
        if known < MIN_SET_GENES:
            few.append(f"{name} ({known} of {len(sets[name])}, line {number})")
    if not sets:
        raise InputError("holds no gene set", where=path, todo="give one a line: name, description, genes")
    if few:
        raise InputError(
            f"{len(few)} of {len(sets)} gene sets have fewer than {MIN_SET_GENES} genes that are scored: "
            f"{', '.join(few[:5])}",
            where=path,
            todo="leave them out, or check that the genes are HGNC symbols",
        )
    return sets


def _one_set(line: str, where: str) -> tuple[str, list[str]]:
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) == 1:
        raise InputError("is not separated by tabs", where=where, todo="give name, description and genes")
    name = cells[0]
    if not name:
        raise InputError("a gene set has no name", where=where, todo="name it in the first column")
    genes = [gene_aliases().get(gene, gene) for gene in cells[_MEMBERS_FROM:] if gene]
    if not genes:
        raise InputError(
            f"gene set {name} has no genes", where=where, todo="give them from the third column on"
        )
    for gene in genes:
        if "," in gene or ";" in gene or " " in gene:
            raise InputError(
                f"{gene[:40]!r} in gene set {name} is no gene symbol",
                where=where,
                todo="separate genes by tabs",
            )
    return name, genes


def _scored_genes() -> frozenset[str]:
    """Symbols of the gene universe, as approved and as the training panel spells them."""
    universe = knowledge_table("gene_universe")
    return frozenset(universe["approved_symbol"]) | frozenset(universe["symbol"])


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    try:
        whole = path.read_bytes()
        return (gzip.decompress(whole) if path.suffix.lower() == ".gz" else whole).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as a GMT file ({error})", where=path) from error
