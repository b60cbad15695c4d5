"""``mtorc1 outcomes``: whether a marker is prognostic, and whether it is predictive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outcomes_files
from predictor.cli.options import RESEARCH_USE, common_options, examples, output_option

if TYPE_CHECKING:
    from features.cohort import Cohort
    from predictor.outcomes.findings import Findings
    from predictor.outcomes.question import Question

_FILE = click.Path(path_type=Path)


def _pairs(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    parts = [text.partition("=") for text in given]
    if bad := [
        text for text, (_, equals, value) in zip(given, parts, strict=True) if not equals or not value
    ]:
        raise click.BadParameter(f"{bad[0]!r} is not COLUMN=VALUE")
    return tuple((column, value) for column, _, value in parts)


@click.command(
    "outcomes",
    short_help="Whether a marker is prognostic, and whether it is predictive.",
    help="Hold markers against the outcomes of a COHORT's patients. Prognostic: the marker goes with the "
    "outcome whatever the treatment. Predictive: the treatment does more, or less, where the marker is high; "
    f"only a --control can show that. {RESEARCH_USE}\n\n"
    + examples(
        "mtorc1 outcomes checkmate025 --marker ith --scale rank --covariate mskcc \\",
        "    --arm everolimus --control nivolumab --only trial=CM-025 -o outcomes",
        'mtorc1 outcomes checkmate025 --marker "mut.MTOR|mut.TSC1|mut.TSC2" --arm everolimus',
        "mtorc1 outcomes checkmate025 --predictions predictions.csv --arm everolimus --control nivolumab",
    ),
)
@click.argument("cohort")
@click.option(
    "--marker",
    "markers",
    multiple=True,
    help="A column of patients, samples, the matrix or the predictions, or a feature of the catalogue, which "
    'is computed. "A|B" is any of them. May be repeated. By default with --predictions: '
    "prediction and probability_top_fifth.",
)
@click.option("--predictions", type=_FILE, help="What `mtorc1 score` wrote for the cohort's samples.")
@click.option("--matrix", type=_FILE, help="What `mtorc1 features build` wrote for the cohort's samples.")
@click.option(
    "--endpoint", "endpoints", multiple=True, help="Such as PFS. May be repeated; by default PFS and OS."
)
@click.option(
    "--covariate",
    "covariates",
    multiple=True,
    help="A column of the patients to adjust for. May be repeated.",
)
@click.option("--arm", help="The treatment that is asked about.")
@click.option("--control", help="The treatment to compare with.")
@click.option(
    "--only",
    multiple=True,
    metavar="COLUMN=VALUE",
    callback=_pairs,
    help="These patients alone, such as trial=CM-025. May be repeated.",
)
@click.option(
    "--scale",
    type=click.Choice(["auto", "sd", "rank"]),
    default="auto",
    show_default=True,
    help="Hazard ratio per standard deviation (auto, sd) or from the lowest to the highest patient (rank).",
)
@click.option(
    "--relevant",
    type=float,
    help="The smallest hazard ratio, or its inverse, that you would care about. By default 1.22 (sd), 2 "
    "(rank), 1.5 (a marker that is 0 or 1).",
)
@click.option(
    "--several",
    type=click.Choice(["auto", "mean", "max", "min"]),
    default="auto",
    show_default=True,
    help="What several samples of one patient come to (auto: any of them for 0 or 1, else the mean).",
)
@click.option(
    "--max-missing-marker",
    type=float,
    default=0.75,
    show_default=True,
    help="Largest share of patients without the marker.",
)
@click.option(
    "--max-missing",
    type=float,
    default=0.2,
    show_default=True,
    help="Largest share of those with the marker who lack an outcome or a covariate.",
)
@click.option("--draws", type=int, default=1000, show_default=True, help="Of the bootstrap over patients.")
@output_option("A folder for tables, figures and the page.", required=False)
@common_options
def command(
    cohort: str,
    predictions: Path | None,
    matrix: Path | None,
    output: Path | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Read, ask, write, tell."""
    if output is not None:
        outcomes_files.check_target(output)
    from features.matrix import FeatureMatrix
    from features.sources import load
    from predictor.outcomes.analysis import analyse
    from predictor.outcomes.page import page
    from predictor.outcomes.predictions_file import read_predictions

    question = _question(asked, predictions)
    predicted = None if predictions is None else read_predictions(predictions)
    features = None if matrix is None else FeatureMatrix.read(matrix).values
    with console.progress() as progress:
        patients = load(cohort, progress=progress)
        found = analyse(patients, question, matrix=features, predictions=predicted, progress=progress)
    document, told = _document(found, patients), page(found, patients.name)
    if output is not None:
        outcomes_files.write(found, document, told, output)
    if as_json:
        return console.document(document | {"output": output})
    console.say(told.rstrip())
    if output is not None:
        console.say(f"\nTables, figures and this page are in {output}.")
    return None


def _question(asked: dict[str, Any], predictions: Path | None) -> Question:
    from predictor.outcomes.question import Question

    if not asked["markers"]:
        if predictions is None:
            raise click.UsageError("name at least one --marker, or give --predictions")
        asked["markers"] = ("prediction", "probability_top_fifth")
    asked["endpoints"] = asked["endpoints"] or ("PFS", "OS")
    return Question(**asked)


def _document(found: Findings, cohort: Cohort) -> dict[str, Any]:
    from dataclasses import asdict

    from predictor.outcomes.tables import tables_of

    return {
        "cohort": cohort.name,
        "question": asdict(found.question),
        "arms": {arm.name: arm.n for arm in found.facts},
        "warnings": list(found.arms.warnings),
        "headlines": {one.marker.name: one.headline for one in found.markers},
        "tables": {name: table.to_dict("records") for name, table in tables_of(found).items()},
    }
