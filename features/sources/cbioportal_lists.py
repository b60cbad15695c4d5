"""Case lists and gene panels of a cBioPortal study: which samples were looked at, for which genes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from features.errors import InputError
from features.identity import gene_aliases
from features.sources.cbioportal_meta import Study, read_fields
from features.sources.table_files import read_table
from features.sources.table_shape import refuse_ragged

EXOME = "exome"
#: What studies write in place of a gene panel where every gene was sequenced.
_WHOLE = frozenset({"exome", "wes", "wxs", "wgs", "wholeexome", "wholegenome", "wholeexomesequencing"})
_ENTREZ = re.compile(r"\d+")


def case_list(study: Study, suffix: str, category: str) -> set[str] | None:
    """The samples of a case list, by the end of its stable_id or its category; None if there is none.

    Raises
    ------
    InputError
        If a case list cannot be read.
    """
    folder = study.folder / "case_lists"
    found: set[str] | None = None
    for path in sorted(folder.glob("*.txt")) if folder.is_dir() else []:
        fields = read_fields(path)
        named = fields.get("stable_id", "") == f"{study.identifier}_{suffix}"
        if named or fields.get("case_list_category", "") == category:
            ids = {name for name in re.split(r"[\t ]+", fields.get("case_list_ids", "")) if name}
            # The list by its very name goes before another of the same category.
            found = ids if named or found is None else found
            if named:
                break
    return found


def panel_matrix(study: Study, stable_id: str) -> dict[str, str | None] | None:
    """Sample -> gene panel in a profile (None: NA); None if the study has no matrix of it.

    Raises
    ------
    InputError
        If there are several matrices, or one has no SAMPLE_ID, or names a sample twice.
    """
    files = study.of("GENE_PANEL_MATRIX")
    if not files:
        return None
    if len(files) > 1:
        raise InputError("has several gene panel matrices", where=study.folder, todo="keep one")
    refuse_ragged(files[0].data)
    table = read_table(files[0].data, required=("SAMPLE_ID",))
    column = next((c for c in table.columns if c.lower() == stable_id.lower()), None)
    if column is None:
        return None
    ids = table["SAMPLE_ID"].str.strip()
    if ids.duplicated().any():
        first, second = ids.index[ids == ids[ids.duplicated()].iloc[0]][:2]
        raise InputError(f"rows {first} and {second} are of the same sample", where=files[0].data)
    cells = table[column].str.strip()
    panels = cells.astype(object).where(cells.notna(), None)
    return {sample: _panel_name(panel) for sample, panel in zip(ids, panels, strict=True) if sample == sample}


def _panel_name(panel: str | None) -> str | None:
    if panel is not None and re.sub(r"[^a-z]", "", panel.lower()) in _WHOLE:
        return EXOME
    return panel


def panel_genes(
    study: Study, names: Iterable[str], folder: str | Path | None, symbols: Mapping[str, str]
) -> dict[str, list[str]]:
    """Gene panel -> its genes, by approved symbol, from panel files of the study's folder or of another.

    Parameters
    ----------
    study
        The study.
    names
        Panels to look up; :data:`EXOME` needs no file.
    folder
        Another place of panel files: a folder, or a file.
    symbols
        Entrez id -> symbol, for panels of ids.

    Raises
    ------
    InputError
        If a panel has no file, or its genes are ids without symbols.
    """
    wanted = [name for name in dict.fromkeys(names) if name != EXOME]
    if not wanted:
        return {}
    files = _panel_files(study, folder)
    found: dict[str, list[str]] = {}
    for name in wanted:
        if name not in files:
            raise InputError(
                f"the gene panel {name} has no list of genes",
                where=study.folder,
                todo=f"add a file gene_panel_{name}.txt (stable_id: {name}, gene_list: ...), or name "
                "its folder with --gene-panels",
            )
        path, genes = files[name]
        ids = [gene for gene in genes if _ENTREZ.fullmatch(gene)]
        unknown = [gene for gene in ids if gene not in symbols]
        if unknown:
            raise InputError(
                f"lists {len(unknown)} genes by Entrez ids without a known symbol, such as {unknown[0]}",
                where=path,
                todo="write Hugo symbols, or give --gene-ids",
            )
        named = [symbols.get(gene, gene) for gene in genes]
        found[name] = sorted({gene_aliases().get(gene, gene) for gene in named})
    return found


def _panel_files(study: Study, folder: str | Path | None) -> dict[str, tuple[Path, list[str]]]:
    places = [study.folder, *([Path(folder)] if folder is not None else [])]
    files: dict[str, tuple[Path, list[str]]] = {}
    for place in places:
        if not place.exists():
            raise InputError("no such file or folder", where=place, todo="check --gene-panels")
        for path in [place] if place.is_file() else sorted(place.glob("*panel*.txt")):
            if not _is_panel(path):
                continue
            fields = read_fields(path)
            genes = [gene for gene in re.split(r"[\t ,]+", fields.get("gene_list", "")) if gene]
            if fields.get("stable_id") and genes:
                files[fields["stable_id"].strip()] = (path, genes)
    return files


def _is_panel(path: Path) -> bool:
    """Whether a file is of fields and not a table: a matrix of panels is called as panels are."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as handle:
            return handle.readline().lower().startswith(("stable_id", "gene_list", "description"))
    except OSError:
        return False
