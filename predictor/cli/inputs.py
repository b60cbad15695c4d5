"""The INPUT of ``score`` and ``explain``: a cohort, a feature matrix, or a MAF with the tables beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from features.errors import InputError
from features.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from features.cohort import Cohort
    from features.harmonisation import Harmonisation
    from features.subpopulations import Subpopulations
    from predictor.bundle import Bundle

F = TypeVar("F", bound=Callable[..., Any])

_MAF_ENDINGS = (".maf", ".maf.gz", ".maf.txt")
_file = click.Path(path_type=Path)
#: The options that only a MAF can have, by the names of the importer's arguments.
_BESIDE_A_MAF = ("expression", "samples", "panel", "profiled_samples", "expression_scale", "orientation")


@dataclass(frozen=True)
class Samples:
    """What is to be scored.

    Attributes
    ----------
    values
        Samples x features, as :func:`features.matrix.build_matrix` gives it.
    evidence
        Curated variants of the samples; None where no variants are at hand (a feature matrix).
    looked_for
        The samples in which a curated variant would have been seen.
    notes
        What of the features could not be computed, and why.
    losses
        stage, reason, n: what of the files did not make it; empty for a feature matrix.
    harmonisation
        Sample to the reference that carried its expression to the training lines' scale.
    parts
        Where the samples are parts of tumours: which, and of what.
    """

    values: pd.DataFrame
    evidence: pd.DataFrame | None
    looked_for: frozenset[str]
    notes: pd.DataFrame
    losses: list[dict[Any, Any]]
    harmonisation: dict[str, str] = field(default_factory=dict)
    parts: Subpopulations | None = None


def input_options(function: F) -> F:
    """INPUT and the options that say what goes with it."""
    options = (
        click.argument("source", metavar="INPUT", type=click.Path(path_type=Path)),
        click.option(
            "--model",
            help="A released bundle (default, mechanistic), a bundle folder, or a registered model "
            "(models:/mtorc1-response@champion); by default `default`.",
        ),
        click.option("--expression", type=_file, help="With a MAF: the samples' expression."),
        click.option(
            "--samples", type=_file, help="With a MAF: sample_id and what is known of it (lineage, msi, ...)."
        ),
        click.option(
            "--panel", help="With a MAF: exome (default), or a file with the sequenced genes, one a line."
        ),
        click.option(
            "--profiled-samples",
            type=_file,
            help="With a MAF: a file with the sequenced samples, one a line.",
        ),
        click.option("--expression-scale", help="With a MAF: counts, tpm, log2, ...; recognised by default."),
        click.option(
            "--orientation", help="With a MAF: genes_x_samples or samples_x_genes; recognised by default."
        ),
        click.option("--lineage", help="Lineage of the samples that have none."),
        click.option(
            "--harmonisation",
            type=_file,
            help="A reference that carries the expression to the training lines' scale (mtorc1 harmonise).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def read_bundle(model: str | None) -> Bundle:
    """The bundle at a path, in the registry (``models:/...``), or released under a name; verified.

    A folder of that name here comes before a released bundle.

    Raises
    ------
    InputError
        If there is none, or it was altered.
    """
    from predictor.bundle import load_bundle, released_bundle_path

    if model is not None and model.startswith("models:/"):
        from predictor.registry import registered_bundle

        return registered_bundle(model)
    if model is None or (re.fullmatch(r"[\w-]+", model) and not Path(model).exists()):
        return load_bundle(released_bundle_path(model or "default"))
    return load_bundle(model)


def read_samples(
    source: Path, bundle: Bundle, given: Mapping[str, Any], *, only: Sequence[str] = (), progress: Progress
) -> Samples:
    """Read INPUT, whatever it is, and compute the features that the bundle asks for.

    Parameters
    ----------
    source
        Cohort folder (or the name of a fetched source), feature matrix, or MAF.
    bundle
        Says which families of features are needed.
    given
        The options of :func:`input_options`, without the source and the model.
    only
        These samples alone; all where it is empty.
    progress
        Told how far it is.

    Raises
    ------
    InputError
        One line with file, column and row, for anything that cannot be used as it is.
    """
    lineage = _lineage(given.get("lineage"))
    reference = _reference(given.get("harmonisation"))
    by = given.get("by")
    beside = {name: given[name] for name in _BESIDE_A_MAF if given.get(name) is not None}
    if source.is_file() and _is_maf(source):
        from features.sources import import_cohort

        cohort = import_cohort("tables", maf=source, **beside)
        return _of_cohort(cohort, bundle, lineage, only, reference, by, progress)
    from features.sources import SOURCES, load

    if not source.exists() and str(source) not in SOURCES:
        raise InputError("no such file or folder", where=source, todo="check the path")
    if beside:
        option = next(iter(beside)).replace("_", "-")
        raise InputError(
            "is not a MAF",
            where=source,
            todo=f"leave out --{option}, or make a cohort with `mtorc1 data import`",
        )
    if source.is_file():
        if reference is not None:
            raise InputError(
                "is a feature matrix: its expression is part of features already",
                where=source,
                todo="harmonise before features are built: mtorc1 features build COHORT --harmonisation",
            )
        if by is not None:
            raise InputError(
                "is a feature matrix: it does not tell the parts of a tumour",
                where=source,
                todo="give the cohort folder or the MAF",
            )
        return _of_matrix(source, lineage, only)
    return _of_cohort(load(str(source), progress=progress), bundle, lineage, only, reference, by, progress)


def _reference(path: Path | None) -> Harmonisation | None:
    if path is None:
        return None
    from features.harmonisation_file import read

    return read(path)


def _of_cohort(
    cohort: Cohort,
    bundle: Bundle,
    lineage: str | None,
    only: Sequence[str],
    reference: Harmonisation | None,
    by: str | None,
    progress: Progress,
) -> Samples:
    from features.evidence import evidence_for, looked_for
    from features.harmonisation import harmonised, labels
    from features.matrix import build_matrix

    if only:
        cohort = cohort.select(only)
    if lineage is not None:
        filled = cohort.samples.assign(lineage=cohort.samples["lineage"].fillna(lineage))
        cohort = replace(cohort, samples=filled)
    if reference is not None:
        cohort = harmonised(cohort, reference)
    parts = None
    if by is not None:
        from features.subpopulations import WAYS

        parts = WAYS[by](cohort)
        cohort = parts.cohort
    matrix = build_matrix(cohort, bundle.families, settings=bundle.settings, progress=progress)
    losses = cohort.losses[["stage", "reason", "n"]].to_dict("records")
    found = evidence_for(cohort), looked_for(cohort)
    return Samples(matrix.values, *found, matrix.notes, losses, labels(cohort), parts)


def _of_matrix(source: Path, lineage: str | None, only: Sequence[str]) -> Samples:
    from features.matrix import FeatureMatrix

    matrix = FeatureMatrix.read(source)
    values = matrix.values
    absent = [sample for sample in only if sample not in values.index]
    if absent:
        raise InputError(
            f"has no sample {absent[0]!r}", where=source, todo=f"its first is {values.index[0]!r}"
        )
    if only:
        values = values.loc[list(dict.fromkeys(only))]
    return Samples(
        values if lineage is None else _with_lineage(values, lineage),
        None,
        frozenset(),
        matrix.notes,
        [],
        matrix.harmonisation,
    )


def _with_lineage(values: pd.DataFrame, lineage: str) -> pd.DataFrame:
    import pandas as pd

    from features.cohort import Cohort
    from features.matrix import build_matrix

    samples = pd.DataFrame({"sample_id": values.index, "lineage": lineage})
    block = build_matrix(Cohort.empty("lineage", samples=samples), ("lineage",)).values
    unknown = values.reindex(columns=block.columns).isna().all(axis=1)
    filled = values.copy()
    filled.loc[unknown, block.columns] = block.loc[unknown]
    return filled


def _lineage(text: str | None) -> str | None:
    if text is None:
        return None
    from features.builders.lineage import find_lineage

    try:
        return find_lineage(text)
    except InputError as error:
        raise InputError(error.problem, where="--lineage", todo=error.todo) from error


def _is_maf(path: Path) -> bool:
    """Whether a table is a MAF, by its name or its header; what is neither MAF nor matrix is refused."""
    name = path.name.lower()
    if name.endswith(_MAF_ENDINGS):
        return True
    if name.endswith(".parquet"):
        return False
    from features.sources.table_files import read_header

    header, _ = read_header(path, comments=True)
    if "Hugo_Symbol" in header:
        return True
    if len(header) > 1 and header[0] != "sample_id":
        raise InputError(
            f"is neither a feature matrix (its first column is {header[0]!r}, not 'sample_id') nor a MAF",
            where=path,
            todo="make a cohort of other tables with `mtorc1 data import`",
        )
    return False
