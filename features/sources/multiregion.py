"""Several regions of one tumour: wide tables of allele fractions, a file a tumour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.failures import failure, raise_failures
from features.identity import gene_aliases
from features.schemas import CONSEQUENCES
from features.sources.maf import read_panel
from features.sources.table_files import check_header, read_delimited, read_header
from features.storage import sha256_file

_PLACE = ("chrom", "pos")
_DESCRIBED = ("gene", "consequence", "protein_change", "ref", "alt")
#: Columns that hold no region.  ``Normal`` is the patient's normal tissue.
_NO_REGION = (*_PLACE, "desc", "normal", *_DESCRIBED)
#: Panel of tables that come without one: it holds what they name, so that every other gene stays unknown.
PLACES = "multiregion_places"

_Losses = list[tuple[str, str, list[str]]]


def import_multiregion(
    paths: str | Path | Sequence[str | Path],
    *,
    panel: str | Path | None = None,
    consequence: str = "other",
    name: str = "multiregion",
) -> Cohort:
    """Make a Cohort of tumours that were sequenced in several regions.

    Each table has the columns ``chrom``, ``pos`` (a leading ``#`` and the case of letters do not matter) and
    one column of VAF (0 to 1) a region; ``desc`` and ``Normal`` are known and left out; ``gene``,
    ``consequence`` (our words), ``protein_change``, ``ref`` and ``alt`` are used where they are there.  A
    variant counts as looked for in every region of its tumour: a VAF of 0 says that it is absent there.

    Where the table names no genes, a variant's gene is its place (``chr2:183960200``), and the samples were
    profiled for these places alone: no gene of the network is taken for wild type.

    Parameters
    ----------
    paths
        One table, or several; the name of a file without its ending is the sample.
    panel
        What was sequenced: "exome" (every gene) or a file with one gene a line.  Needs a column ``gene`` in
        every table; with that column and without a panel, the genes that the tables name are the panel.
    consequence
        Of the variants where the table has no such column; by default ``other`` (not known to alter the
        protein).
    name
        Of the cohort.

    Raises
    ------
    InputError
        If a file is missing or holds no region, a region carries no variant, a place occurs twice, some
        tables name genes and others do not, a gene is not in the panel, or the consequence is unknown.
    features.failures.TableError
        If a VAF is no number from 0 to 1, or a place, gene or consequence is missing or unknown; all such
        cells are listed.
    """
    files = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    if not files:
        raise InputError("nothing to import", todo="give one table a tumour")
    if consequence not in CONSEQUENCES:
        raise InputError(f"unknown consequence {consequence!r}", todo=f"use one of {', '.join(CONSEQUENCES)}")
    samples = [path.name.split(".")[0] for path in files]
    twice = next((sample for sample in samples if samples.count(sample) > 1), None)
    if twice is not None:
        raise InputError(
            f"two tables are of sample {twice}", where=files[samples.index(twice)], todo="rename one of them"
        )
    losses: _Losses = []
    tumours = [
        _tumour(sample, path, consequence, losses) for sample, path in zip(samples, files, strict=True)
    ]
    variants = pd.concat([tumour.variants for tumour in tumours], ignore_index=True)
    panel_name, genes = _panel(panel, tumours, variants)
    regions = [(tumour.sample_id, region) for tumour in tumours for region in tumour.regions]
    cohort = Cohort.empty(
        name,
        sources=tuple(tumour.record for tumour in tumours),
        samples=pd.DataFrame({"sample_id": samples}),
        profiled=pd.DataFrame({"sample_id": samples, "modality": "variants", "panel": panel_name}),
        panels=pd.DataFrame({"panel": panel_name, "gene": genes}),
        variants=variants,
        regions=pd.DataFrame(regions, columns=["sample_id", "region"]),
    )
    return cohort.with_losses(losses)


@dataclass(frozen=True)
class _Tumour:
    """One table: its variants (one row a variant and region where its VAF is above 0) and regions."""

    sample_id: str
    path: Path
    variants: pd.DataFrame
    regions: list[str]
    names_genes: bool
    record: SourceRecord


def _panel(panel: str | Path | None, tumours: list[_Tumour], variants: pd.DataFrame) -> tuple[str, list[str]]:
    """Name and genes of what was sequenced."""
    lacking = [tumour.path for tumour in tumours if not tumour.names_genes]
    if lacking and (panel is not None or len(lacking) < len(tumours)):
        given = "a panel is given" if panel is not None else "other tables have it"
        raise InputError(f"has no column gene, but {given}", where=lacking[0], todo="add the column")
    if panel is None:
        return PLACES, sorted(set(variants["gene"]))
    name, genes = read_panel(panel)
    outside = sorted(set(variants["gene"]) - set(genes)) if genes is not None else []
    if outside:
        raise InputError(
            f"does not list {len(outside)} genes with a variant, such as {outside[0]}",
            where=panel,
            todo="give the panel that was sequenced",
        )
    return name, genes or []


def _tumour(sample: str, path: Path, consequence: str, losses: _Losses) -> _Tumour:
    table = _read(path)
    regions = [column for column in table.columns if column not in _NO_REGION]
    if not regions:
        raise InputError(
            "has no region", where=path, todo="give one column of VAF a region, beside chrom and pos"
        )
    vaf = _fractions(table, regions, path)
    named = _variant_ids(table, path)
    measured = vaf.notna().all(axis=1)
    nowhere = measured & (vaf <= 0).all(axis=1)
    losses.append(("multiregion", f"no VAF in some region of {sample}", named[~measured].to_list()))
    losses.append(("multiregion", f"VAF 0 in every region of {sample}", named[nowhere].to_list()))
    hollow = [region for region in regions if not (vaf.loc[measured, region] > 0).any()]
    if hollow:
        raise InputError(
            f"region {hollow[0]} has no variant",
            where=f"{path}, column {hollow[0]}",
            todo="leave the column out if the region was not sequenced",
        )
    described = pd.DataFrame(
        {
            "sample_id": sample,
            "gene": named,
            "consequence": consequence,
            "protein_change": None,
            "variant_id": named,
        }
    )
    if "gene" in table.columns:
        described["gene"] = table["gene"].map(lambda gene: gene_aliases().get(gene, gene))
    for column in ("consequence", "protein_change"):
        if column in table.columns:
            described[column] = table[column]
    rows, columns = np.nonzero((vaf[measured] > 0).to_numpy())
    variants = described[measured].iloc[rows].reset_index(drop=True)
    variants["vaf"] = vaf[measured].to_numpy()[rows, columns]
    variants["region"] = np.array(regions, dtype=object)[columns]
    kept = int((measured & ~nowhere).sum())
    record = SourceRecord("multiregion", "as given", path.name, sha256_file(path), len(table), kept)
    return _Tumour(sample, path, variants, regions, "gene" in table.columns, record)


def _fractions(table: pd.DataFrame, regions: list[str], path: Path) -> pd.DataFrame:
    """VAFs as numbers; every cell of the table that is not as it should be is listed in one error."""
    required = [column for column in (*_PLACE, "gene", "consequence") if column in table.columns]
    failures = [_absent(table, column, path) for column in required]
    position = pd.to_numeric(table["pos"], errors="coerce")
    wrong = table["pos"].notna() & ~((position >= 1) & (position % 1 == 0))
    failures.append(failure(path.name, "pos", table.index[wrong], table.loc[wrong, "pos"], "is a position"))
    if "consequence" in table.columns:
        words = table["consequence"].dropna()
        odd = words[~words.isin(CONSEQUENCES)]
        check = f"is one of {', '.join(CONSEQUENCES)}"
        failures.append(failure(path.name, "consequence", odd.index, odd, check))
    numbers = {}
    for region in regions:
        given = table[region]
        numbers[region] = pd.to_numeric(given, errors="coerce").astype(float)
        bad = given.notna() & ~numbers[region].between(0, 1)
        check = "is a VAF, a number from 0 to 1"
        failures.append(failure(path.name, region, table.index[bad], given[bad], check))
    raise_failures(failures, where=path)
    return pd.DataFrame(numbers)


def _variant_ids(table: pd.DataFrame, path: Path) -> pd.Series:
    """Place of each variant, with its alleles where the table tells them."""
    ids = _chromosome(table["chrom"]) + ":" + pd.to_numeric(table["pos"]).astype("int64").astype(str)
    if {"ref", "alt"} <= set(table.columns):
        ids = ids + ":" + table["ref"].fillna("?") + ">" + table["alt"].fillna("?")
    again = ids[ids.duplicated()]
    if len(again):
        raise InputError(
            f"{again.iloc[0]} of row {ids.index[ids == again.iloc[0]][0]} occurs again",
            where=f"{path}, row {again.index[0]}",
            todo="keep one row a variant, or tell them apart by columns ref and alt",
        )
    return ids


def _read(path: Path) -> pd.DataFrame:
    """The table as text, indexed by line; known columns in small letters and without ``#``."""
    # Its header begins with "#", which other tables' readers take for a comment.
    given, _ = read_header(path)
    header = [_known(column) for column in given]
    check_header(header, path)
    table = read_delimited(path, header, dtype=dict.fromkeys(header, "str"))
    table.index = table.index + 2
    table = table.apply(lambda column: column.str.strip().replace("", None))
    for column in _PLACE:
        if column not in table.columns:
            raise InputError(
                f"has no column {column} (columns: {', '.join(given[:8])}, ...)",
                where=path,
                todo="rename or add it",
            )
    if table.empty:
        raise InputError("is an empty table", where=path, todo="give at least one row")
    return table


def _known(column: str) -> str:
    word = column.removeprefix("#").strip().lower()
    return word if word in _NO_REGION else column


def _absent(table: pd.DataFrame, column: str, path: Path) -> pd.DataFrame:
    missing = table.index[table[column].isna()]
    return failure(path.name, column, missing, [None] * len(missing), "is given")


def _chromosome(given: pd.Series) -> pd.Series:
    """``chr7`` for 7, Chr7 and chr7."""
    return "chr" + given.str.replace(r"^chr", "", case=False, regex=True).str.upper()
