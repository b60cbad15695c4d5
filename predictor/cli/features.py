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

MATRIX_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
_USE = {"learned": "learned", "computed": "computed, not learned"}


@click.group("features")
def command() -> None:
    """Build feature matrices and describe features."""


@command.command(
    "build",
    help="Compute the features of a COHORT: a folder, or the name of a source.\n\n"
    + examples("mtorc1 features build gdsc -o matrix.parquet"),
)
@click.argument("cohort")
@output_option(f"Where the matrix goes ({', '.join(MATRIX_ENDINGS)}).")
@click.option("--family", "families", multiple=True, help="Only this family (may be repeated).")
@common_options
def build(cohort: str, output: Path, families: tuple[str, ...], as_json: bool) -> None:
    """Load a cohort, build its matrix, write it."""
    outputs.check_file(output, MATRIX_ENDINGS)
    from features.matrix import build_matrix
    from features.sources import load

    with console.progress() as progress:
        matrix = build_matrix(load(cohort, progress=progress), families or None, progress=progress)
    matrix.write(output)
    unknown = matrix.values.isna()
    result = {
        "output": output,
        "samples": matrix.values.shape[0],
        "features": matrix.values.shape[1],
        "features_unknown_in_every_sample": int(unknown.all().sum()),
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
