"""Variants from a MAF (Mutation Annotation Format of the NCI Genomic Data Commons)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.failures import failure, raise_failures
from features.identity import gene_aliases
from features.sources.table_files import read_table

#: MAF Variant_Classification -> our consequence.
CONSEQUENCE_OF = {
    "Missense_Mutation": "missense", "Nonsense_Mutation": "nonsense", "Frame_Shift_Del": "frameshift",
    "Frame_Shift_Ins": "frameshift", "In_Frame_Del": "inframe_indel", "In_Frame_Ins": "inframe_indel",
    "Splice_Site": "splice", "Translation_Start_Site": "start_lost", "Start_Codon_SNP": "start_lost",
    "Nonstop_Mutation": "stop_lost", "Silent": "silent", "Splice_Region": "other", "Intron": "other",
    "3'UTR": "other", "5'UTR": "other", "3'Flank": "other", "5'Flank": "other", "IGR": "other",
    "RNA": "other",    "Targeted_Region": "other", "lincRNA": "other", "De_novo_Start_InFrame": "other",
    "De_novo_Start_OutOfFrame": "other",
    # The Sequence Ontology's terms, which VEP and some portals write in this column.
    "missense_variant": "missense", "stop_gained": "nonsense", "frameshift_variant": "frameshift",
    "inframe_deletion": "inframe_indel", "inframe_insertion": "inframe_indel",
    "splice_acceptor_variant": "splice", "splice_donor_variant": "splice", "start_lost": "start_lost",
    "stop_lost": "stop_lost", "synonymous_variant": "silent", "splice_region_variant": "other",
    "intron_variant": "other", "3_prime_UTR_variant": "other", "5_prime_UTR_variant": "other",
    "upstream_gene_variant": "other", "downstream_gene_variant": "other", "intergenic_variant": "other",
    "non_coding_transcript_exon_variant": "other",
}  # fmt: skip
#: Beyond this share of rows in another vocabulary the file would be read as wild type all over.
MAX_UNKNOWN_SHARE = 0.05
_NO_SYMBOLS = {
    "Ensembl ids": r"ENSG\d{6,}.*",
    "Entrez numbers": r"\d+",
    # C9orf72 and its like are the approved symbols with small letters.
    "symbols in lower case": r"(?!.*orf)[a-z][a-z0-9-]*[a-z0-9]",
}
_REQUIRED = ("Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification")
# Of each row the first of these that says something is taken.
_PROTEIN = ("HGVSp_Short", "Protein_Change", "HGVSp")
# Of these the first column that is there.
_CCF = ("CCF", "ccf", "ccf_hat", "ccf_expected_copies")
_VAF = ("t_vaf", "VAF", "vaf")
_COLUMNS = ("sample_id", "gene", "consequence", "protein_change", "ref_count", "alt_count", "vaf", "ccf")

_Losses = list[tuple[str, str, list[str]]]


def read_maf(path: str | Path) -> tuple[pd.DataFrame, _Losses]:
    """The variants of a MAF.

    Read counts come from t_ref_count and t_alt_count (or t_depth - t_alt_count); the VAF is alt / (alt +
    ref), or t_vaf where there are no counts.

    Returns
    -------
    variants : pandas.DataFrame
        The columns of ``Cohort.variants``, indexed by the line of the file.
    losses : list
        (stage, reason, names) of what was not understood.

    Raises
    ------
    InputError
        If the file or a required column is missing.
    features.failures.TableError
        If a cell is empty or no number, a count negative or broken, a fraction outside 0..1, or an
        alternative count comes without reference count or depth; all such cells are listed.
    """
    path = Path(path)
    table = read_table(path, required=_REQUIRED)
    failures = [
        failure(
            path.name,
            column,
            table.index[table[column].isna()],
            [None] * int(table[column].isna().sum()),
            "is given",
        )
        for column in _REQUIRED
    ]
    ref = _numbers(table, ("t_ref_count",), path, failures, whole=True)
    alt = _numbers(table, ("t_alt_count",), path, failures, whole=True)
    depth = _numbers(table, ("t_depth",), path, failures, whole=True)
    ref = ref.where(ref.notna(), depth - alt)
    # A reference count that is there but wrong has its own failure above.
    lone = alt.notna() & ref.isna() & table.get("t_ref_count", ref).replace(".", None).isna()
    failures.append(
        failure(path.name, "t_alt_count", table.index[lone], alt[lone], "comes with t_ref_count or t_depth")
    )
    short = ref < 0
    failures.append(
        failure(path.name, "t_depth", table.index[short], depth[short], "is at least t_alt_count")
    )
    total = (alt + ref).where(lambda reads: reads > 0)
    stated = _numbers(table, _VAF, path, failures, highest=1.0)
    ccf = _numbers(table, _CCF, path, failures, highest=1.0)
    raise_failures(failures, where=path)

    classes = table["Variant_Classification"].str.strip()
    unknown = classes[~classes.isin(CONSEQUENCE_OF)]
    # A single odd row is counted among the losses, whatever its share of a small file.
    if len(unknown) > max(1, MAX_UNKNOWN_SHARE * len(classes)):
        raise InputError(
            f"{len(unknown)} of {len(classes)} rows have an unknown Variant_Classification, such as "
            f"{unknown.iloc[0]!r}",
            where=path,
            todo="write MAF's words (Missense_Mutation, Silent, ...) or Sequence Ontology's",
        )
    _refuse_other_names(table["Hugo_Symbol"].str.strip(), path)
    variants = pd.DataFrame(
        {
            "sample_id": table["Tumor_Sample_Barcode"].str.strip(),
            "gene": table["Hugo_Symbol"].str.strip().map(lambda symbol: gene_aliases().get(symbol, symbol)),
            "consequence": classes.map(CONSEQUENCE_OF).fillna("other"),
            "protein_change": _protein_change(table),
            "ref_count": ref,
            "alt_count": alt,
            "vaf": (alt / total).where(total.notna(), stated),
            "ccf": ccf,
        },
        columns=list(_COLUMNS),
    )
    reason = 'unknown Variant_Classification, read as "other" (kept)'
    return variants, [("maf", reason, [f"line {line}: {word}" for line, word in unknown.items()])]


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


def _refuse_other_names(genes: pd.Series, path: Path) -> None:
    """Genes not named by symbol match nothing, and their variants would count as wild type."""
    for kind, pattern in _NO_SYMBOLS.items():
        odd = genes[genes.str.fullmatch(pattern)]
        if len(odd) > max(1, MAX_UNKNOWN_SHARE * len(genes)):
            raise InputError(
                f"{len(odd)} of {len(genes)} genes in Hugo_Symbol are {kind}, such as {odd.iloc[0]!r}",
                where=path,
                todo="write approved HGNC symbols",
            )


def _protein_change(table: pd.DataFrame) -> pd.Series:
    """Row by row: many MAFs hold an empty HGVSp_Short beside a full HGVSp."""
    change = pd.Series(None, index=table.index, dtype=object)
    for column in _PROTEIN:
        if column in table.columns:
            given = table[column].str.strip()
            change = change.where(change.notna(), given.where(~given.isin(["", ".", "p."])))
    return change.where(change.notna(), None)


def _first(table: pd.DataFrame, columns: Sequence[str]) -> str | None:
    return next((column for column in columns if column in table.columns), None)


def _numbers(
    table: pd.DataFrame,
    columns: Sequence[str],
    path: Path,
    failures: list[pd.DataFrame],
    *,
    whole: bool = False,
    highest: float = np.inf,
) -> pd.Series:
    column = _first(table, columns)
    if column is None:
        return pd.Series(np.nan, index=table.index)
    # "." is how several callers write a missing number.
    given = table[column].where(table[column] != ".")
    numbers = pd.to_numeric(given, errors="coerce").astype(float)
    bad = numbers.isna() & given.notna()
    outside = (numbers < 0) | (numbers > highest) | np.isinf(numbers) | (whole & (numbers % 1 > 0))
    check = (
        f"is a {'whole ' if whole else ''}number {'>= 0' if highest == np.inf else f'from 0 to {highest:g}'}"
    )
    wrong = bad | outside
    failures.append(failure(path.name, column, table.index[wrong], given[wrong], check))
    return numbers.mask(outside)
