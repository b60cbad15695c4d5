"""Variants from a MAF (Mutation Annotation Format), as its many makers write it.

The GDC and MC3, cBioPortal (``data_mutations.txt``), vcf2maf and VEP (Sequence Ontology terms in
Consequence), Broad's Oncotator (Protein_Change, ccf_hat) and CCLE 2019 (counts as "alt:ref") are read alike,
whichever of their columns are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.failures import failure, raise_failures
from features.identity import gene_aliases
from features.sources.maf_proteins import PROTEIN_COLUMNS, protein_change
from features.sources.maf_reads import READ_COLUMNS, reads
from features.sources.maf_terms import consequences
from features.sources.table_files import Reading, read_table

#: Beyond this share of rows in another vocabulary the file would be read as wild type all over.
MAX_UNKNOWN_SHARE = 0.05
#: What Oncotator and the GDC write where a variant lies in no gene.
NO_GENE = "Unknown"
_NO_SYMBOLS = {
    "Ensembl ids": r"ENSG\d{6,}.*",
    "Entrez numbers": r"\d+",
    # C9orf72 and its like are the approved symbols with small letters.
    "symbols in lower case": r"(?!.*orf)[a-z][a-z0-9-]*[a-z0-9]",
}
_SAMPLE, _GENE, _CLASS, _TERMS = (
    "Tumor_Sample_Barcode",
    "Hugo_Symbol",
    "Variant_Classification",
    "Consequence",
)
_PLACE = ("Chromosome", "Start_Position", "Reference_Allele", "Tumor_Seq_Allele2", "Tumor_Seq_Allele1")
_REGION = "region"
#: The columns that are read, however their letters' case is; the first two have to be there.
MAF_COLUMNS = (_SAMPLE, _GENE, _CLASS, _TERMS, *_PLACE, _REGION, *PROTEIN_COLUMNS, *READ_COLUMNS)
_KEY = ["sample_id", "region", "gene", "variant_id"]
_STAGE = "maf"


def read_maf(path: str | Path, *, decimal: str = "point", unreadable: str = "refuse") -> Reading:
    """The variants of a MAF.

    The consequence comes from Variant_Classification, or where it is blank from the most severe term of
    Consequence.  The protein change comes from HGVSp_Short, Protein_Change, HGVSp, or Amino_acids and
    Protein_position; read counts, VAF and CCF as :func:`features.sources.maf_reads.reads` says.  With a
    column ``region``, Tumor_Sample_Barcode names the tumour and region the piece of it that was sequenced.
    A variant is known by its place and alleles (``variant_id``, "chromosome:start:reference>alternative")
    where the file states them all.

    Parameters
    ----------
    path
        Separated by tabs (.csv: commas), lines that begin with ``#`` before the header; .gz or .parquet too.
    decimal
        How decimals are written: "point" or "comma".
    unreadable
        What to do with a cell of counts or fractions that holds no number: "refuse" it, or take it as
        "missing" and list it among the losses.

    Returns
    -------
    Reading
        Its table: the columns of ``Cohort.variants``, indexed by the line of the file.

    Raises
    ------
    InputError
        If the file or a required column is missing, too many consequences, protein changes or gene names are
        in an unknown notation, or a variant stands twice in a sample, differently.
    features.failures.TableError
        If a cell is blank or no number, a count negative or broken, a fraction outside 0..1, or an
        alternative count comes without reference count or depth; all such cells are listed.
    """
    path = Path(path)
    table = read_table(path, required=(_SAMPLE, _GENE), names=MAF_COLUMNS)
    return maf_variants(table, path, decimal=decimal, unreadable=unreadable)


def maf_variants(
    table: pd.DataFrame, path: Path, *, decimal: str = "point", unreadable: str = "refuse"
) -> Reading:
    """The variants of a MAF that was read as text, as :func:`read_maf` has them.

    Parameters
    ----------
    table
        Text, indexed by the file's lines: :data:`MAF_COLUMNS`, as far as they are there; others are not read.
    path
        Named in errors; of a workbook, with its sheet.
    decimal, unreadable
        As for :func:`read_maf`.

    Returns
    -------
    Reading

    Raises
    ------
    InputError
        As :func:`read_maf`.
    """
    if not {_CLASS, _TERMS} & set(table.columns):
        raise InputError(
            f"has no column {_CLASS} nor {_TERMS}", where=path, todo="add what each variant does"
        )
    words = _words(table)
    consequence = consequences(words)
    given = reads(table, path, decimal=decimal, unreadable=unreadable)
    # A variant between genes is in none; any other without a gene has lost it.
    genes = table[_GENE].str.strip()
    genes = genes.where(genes.notna() | ~consequence.isin(["other"]), NO_GENE)
    needed = {_SAMPLE: table[_SAMPLE], _GENE: genes, _CLASS: words}
    if _REGION in table.columns:
        needed[_REGION] = table[_REGION]
    raise_failures([*(_given(path, *column) for column in needed.items()), *given.failures], where=path)
    unknown = words[consequence.isna()]
    # A single odd word is kept as "other" and counted, whatever its share of a small file.
    if len(unknown) > 1:
        _refuse_share(
            unknown, len(words), "what it does", "write MAF's words (Silent, ...) or SO terms", path
        )
    _refuse_other_names(genes, path)
    changes, unread, columns = protein_change(table)
    _refuse_share(
        unread, int(changes.notna().sum()) + len(unread), "the protein change", "write HGVS (p.A2034V)", path
    )
    variants = pd.DataFrame(
        {
            "sample_id": table[_SAMPLE].str.strip(),
            "gene": genes.map(gene_aliases()).fillna(genes),
            "consequence": consequence.fillna("other"),
            "protein_change": changes,
            **given.columns,
            "variant_id": _variant_ids(table),
            "region": table[_REGION].str.strip() if _REGION in table.columns else None,
        }
    )
    repeated = _repeated(variants, path)
    losses = [
        (_STAGE, f'unknown {_CLASS}, read as "other" (kept)', _lines(unknown)),
        (_STAGE, "protein change in an unknown notation, read as not known (kept)", _lines(unread)),
        (_STAGE, "the same variant of a sample on another line", [f"line {line}" for line in repeated]),
        *given.losses,
    ]
    said = ["protein changes of " + ", ".join(columns) if columns else "no protein changes", given.read_as]
    if _REGION in table.columns:
        said.append(f"{variants[['sample_id', 'region']].drop_duplicates().shape[0]} regions")
    if variants["variant_id"].isna().all():
        said.append("no places")
    return Reading(variants.drop(index=repeated), ", ".join(said), losses, len(table))


def _words(table: pd.DataFrame) -> pd.Series:
    words = pd.Series(None, index=table.index, dtype=object, name=_CLASS)
    for column in (_CLASS, _TERMS):
        if column in table.columns:
            words = words.where(words.notna(), table[column].str.strip())
    return words.rename(_CLASS)


def _given(path: Path, column: str, cells: pd.Series) -> pd.DataFrame:
    blank = cells.index[cells.isna()]
    return failure(path.name, column, blank, [None] * len(blank), "is given")


def _refuse_share(unknown: pd.Series, total: int, what: str, todo: str, path: Path) -> None:
    if len(unknown) > MAX_UNKNOWN_SHARE * total:
        raise InputError(
            f"{len(unknown)} of {total} rows name {what} in an unknown notation (limit "
            f"{MAX_UNKNOWN_SHARE:.0%}), such as {unknown.iloc[0]!r}",
            where=f"{path}, column {unknown.name}, row {unknown.index[0]}",
            todo=todo,
        )


def _refuse_other_names(genes: pd.Series, path: Path) -> None:
    """Genes not named by symbol match nothing, and their variants would count as wild type."""
    counts = genes.value_counts()
    for kind, pattern in _NO_SYMBOLS.items():
        odd = counts[counts.index.str.fullmatch(pattern)]
        if odd.sum() > max(1, MAX_UNKNOWN_SHARE * len(genes)):
            raise InputError(
                f"{odd.sum()} of {len(genes)} genes in {_GENE} are {kind}, such as {odd.index[0]!r}",
                where=path,
                todo="write approved HGNC symbols",
            )


def _variant_ids(table: pd.DataFrame) -> pd.Series:
    missing = pd.Series(None, index=table.index, dtype=object)
    chromosome, start, reference, second, first = (table.get(column, missing) for column in _PLACE)
    # Some makers name the alternative as the first allele, and some the reference as both.
    alternative = second.where(second.notna() & (second != reference), first)
    alternative = alternative.where(alternative.notna() & (alternative != reference), second)
    parts = pd.DataFrame({"c": chromosome, "s": start, "r": reference, "a": alternative})
    known = parts.notna().all(axis=1)
    parts = parts[known].astype(object)
    chromosomes = parts["c"].str.strip().str.replace("^chr", "", case=False, regex=True)
    ids = chromosomes + ":" + parts["s"].str.strip() + ":" + parts["r"] + ">" + parts["a"]
    return missing.where(~known, ids.reindex(table.index))


def _repeated(variants: pd.DataFrame, path: Path) -> Sequence[int]:
    """Lines that repeat an earlier one; a variant that stands twice in a sample, differently, is refused."""
    placed = variants[variants["variant_id"].notna()]
    again = placed[placed.duplicated(_KEY, keep=False)]
    repeats = again.index[again.duplicated()]
    others = again.drop(index=repeats)
    others = others[others.duplicated(_KEY, keep=False)]
    if len(others):
        row = others.iloc[0]
        twins = others.index[(others[_KEY].astype(str) == row[_KEY].astype(str)).all(axis=1)]
        raise InputError(
            f"{row['gene']} {row['variant_id']} of sample {row['sample_id']} stands twice, differently",
            where=f"{path}, rows {twins[0]} and {twins[1]}",
            todo="keep one of them, or name the regions of the tumour in a column region",
        )
    return list(repeats)


def _lines(words: pd.Series) -> list[str]:
    return [f"line {line}: {word}" for line, word in words.items()]


def read_panel(panel: str | Path) -> tuple[str, list[str] | None]:
    """The name of a panel and its genes: "exome" (every gene, None) or a file with one gene a line.

    Raises
    ------
    InputError
        If the file is missing or empty.
    """
    if str(panel) == "exome":
        return "exome", None
    genes = read_names(panel, what="gene")
    return Path(panel).stem, sorted({gene_aliases().get(gene, gene) for gene in genes})


def read_names(given: str | Path | Sequence[str], *, what: str) -> list[str]:
    """Names from a file (one a line, ``#`` begins a comment) or as given.

    Raises
    ------
    InputError
        If the file is missing, unreadable or empty.
    """
    if not isinstance(given, str | Path):
        return list(dict.fromkeys(str(name) for name in given))
    path = Path(given)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else f"cannot be read ({error})"
        raise InputError(reason, where=path, todo=f"give a file with one {what} a line") from error
    names = list(dict.fromkeys(name for line in lines if (name := line.partition("#")[0].strip())))
    if not names:
        raise InputError("is empty", where=path, todo=f"give one {what} a line")
    return names
