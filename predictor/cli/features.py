"""``mtorc1 features``: build a feature matrix, and say what a feature is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, output_option

if TYPE_CHECKING:
    from features.catalogue import FeatureRow
    from features.settings import Settings

MATRIX_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
_USE = {"learned": "learned", "computed": "computed, not learned", "never": "computed, never learned"}


@click.group("features")
def command() -> None:
    """Build feature matrices and describe features."""


@command.command(
    "build",
    help="Compute the features of a COHORT: a folder, or the name of a source.\n\n"
    + examples(
        "mtorc1 features build gdsc -o matrix.parquet",
        "mtorc1 features build my_cohort -o matrix.csv.gz --gene-sets my_sets.gmt --min-depth 30",
    ),
)
@click.argument("cohort")
@output_option(f"Where the matrix goes ({', '.join(MATRIX_ENDINGS)}).")
@click.option("--family", "families", multiple=True, help="Only this family (may be repeated).")
@click.option(
    "--gene-sets",
    type=click.Path(path_type=Path),
    help="GMT file of your own gene sets (.gz too), each scored as set.{name}.",
)
@click.option(
    "--harmonisation",
    type=click.Path(path_type=Path),
    help="A reference that carries the expression to the training lines' scale (mtorc1 harmonise).",
)
@click.option("--min-depth", type=int, help="Least read depth of a variant that clonality uses (default 20).")
@click.option("--min-vaf", type=float, help="Least VAF of a variant that clonality uses (default 0.05).")
@common_options
def build(
    cohort: str,
    output: Path,
    families: tuple[str, ...],
    gene_sets: Path | None,
    harmonisation: Path | None,
    min_depth: int | None,
    min_vaf: float | None,
    as_json: bool,
) -> None:
    """Load a cohort, build its matrix, write it."""
    outputs.check_file(output, MATRIX_ENDINGS)
    _check_families(families, gene_sets)
    from features.harmonisation import harmonised
    from features.harmonisation_file import read as read_reference
    from features.matrix import build_matrix
    from features.sources import load

    settings = _settings(gene_sets, min_depth, min_vaf)
    reference = None if harmonisation is None else read_reference(harmonisation)
    with console.progress() as progress:
        loaded = load(cohort, progress=progress)
        if reference is not None:
            loaded = harmonised(loaded, reference)
        matrix = build_matrix(loaded, families or None, settings=settings, progress=progress)
    matrix.write(output)
    unknown = matrix.values.isna()
    result = {
        "output": output,
        "samples": matrix.values.shape[0],
        "features": matrix.values.shape[1],
        "features_unknown_in_every_sample": int(unknown.all().sum()),
        "gene_sets": len(settings.gene_sets),
        "notes": len(matrix.notes),
    }
    if as_json:
        return console.document(result)
    console.say(f"{result['samples']} samples x {result['features']:,} features are in {output}.")
    if result["features_unknown_in_every_sample"]:
        console.say(f"  unknown in every sample: {result['features_unknown_in_every_sample']:,} features")
    if result["notes"]:
        console.say(f"  what could not be computed, and why: {len(matrix.notes)} notes in {output}.notes.csv")
    return None


def _check_families(families: tuple[str, ...], gene_sets: Path | None) -> None:
    """Sets that nothing scores, or nothing to score, are a mistake."""
    if families and ("gene_sets" in families) != (gene_sets is not None):
        raise click.UsageError(
            "--family gene_sets needs --gene-sets FILE"
            if gene_sets is None
            else "--gene-sets is scored by the family gene_sets; add --family gene_sets"
        )


def _settings(gene_sets: Path | None, min_depth: int | None, min_vaf: float | None) -> Settings:
    from features.settings import DEFAULT, Settings
    from features.sources.gmt import read_gmt

    return Settings(
        min_depth=DEFAULT.min_depth if min_depth is None else min_depth,
        min_vaf=DEFAULT.min_vaf if min_vaf is None else min_vaf,
        gene_sets={} if gene_sets is None else read_gmt(gene_sets),
    )


@command.command(
    "describe",
    help="What every feature means; of one NAME, everything that is known.\n\n"
    + examples("mtorc1 features describe path.mtorc1"),
)
@click.argument("name", required=False)
@click.option("--family", help="Only the features of this family.")
@common_options
def describe_features(name: str | None, family: str | None, as_json: bool) -> None:
    """Print rows of the feature catalogue."""
    from features import catalogue

    if name is not None:
        return _describe_one(catalogue.describe(name), as_json)
    rows = [row for row in catalogue.catalogue_rows() if family in (None, row.family)]
    if not rows:
        known = ", ".join(dict.fromkeys(row.family for row in catalogue.catalogue_rows()))
        raise click.UsageError(f"unknown family {family!r}; use one of {known}")
    if as_json:
        return console.document({"features": [_facts(row) for row in rows]})
    console.table(
        ("name", "mechanism", "unit", "use", "rapalog", "ATP-competitive"),
        [
            (
                row.name,
                row.mechanism,
                row.unit,
                _USE[row.default_use],
                row.expected_rapalog,
                row.expected_atp_competitive,
            )
            for row in rows
        ],
        indent="",
    )
    console.say(f"{len(rows)} rows; rapalog and ATP-competitive: what a high value is expected to mean.")
    return None


def _describe_one(row: FeatureRow, as_json: bool) -> None:
    if as_json:
        return console.document(_facts(row))
    for key, value in _facts(row).items():
        console.say(f"{key.replace('_', ' '):>27}  {'-' if value in (None, '') else value}")
    return None


def _facts(row: FeatureRow) -> dict[str, Any]:
    return asdict(row) | {"default_use": _USE[row.default_use]}
