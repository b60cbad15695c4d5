"""``mtorc1 consensus``: what all screens together measured of each line, with its uncertainty."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, output_option

if TYPE_CHECKING:
    from predictor.consensus import MeasuredConsensus

_FORMS = (".csv", ".tsv", ".parquet", ".jsonl")


@click.command(
    "consensus",
    short_help="What all screens together measured of each line.",
    help="Combine the measurements of an EXPERIMENT's inhibitor-screens (TOML; the default one if left out) "
    "to one value a line and class, with its standard error and reliability.\n\n"
    + examples(
        "mtorc1 consensus -o consensus.csv", "mtorc1 consensus experiments/default.toml -o consensus.csv"
    ),
)
@click.argument("experiment", required=False, type=click.Path(path_type=Path))
@output_option(f"Where the table goes ({', '.join(_FORMS)}).")
@common_options
def command(experiment: Path | None, output: Path, as_json: bool) -> None:
    """Load the cohort, fit the measurement model, write the consensus."""
    outputs.check_file(output, _FORMS)
    from features.sources import load
    from predictor.consensus import measured_consensus
    from predictor.experiment import read_experiment
    from predictor.response import check_consensus, response_table

    asked = read_experiment(experiment)
    with console.progress() as progress:
        cohort = load(asked.data.cohort, progress=progress)
    responses = response_table(cohort.responses, asked.response.metric, sorted(cohort.samples.sample_id))
    check_consensus(responses, asked.response.consensus)
    found = measured_consensus(responses, asked.response.consensus)
    outputs.write_table(found.table, output)
    document = _document(found, output)
    if as_json:
        return console.document(document)
    _show(found, output)
    return None


def _document(found: MeasuredConsensus, output: Path) -> dict[str, Any]:
    return {
        "output": output,
        "rows": len(found.table),
        "groups": {
            group: {
                "lines": int((found.table.inhibitor_class == group).sum()),
                "median_reliability": _median(found, group),
                "variance_of_laboratory": model.laboratory,
                "variance_of_inhibitor": model.inhibitor,
                "inhibitor_screens": {
                    column: {"loading": float(loading), "noise": float(noise)}
                    for column, loading, noise in zip(model.columns, model.loading, model.noise, strict=True)
                },
            }
            for group, model in found.models.items()
        },
        "without": found.without,
    }


def _median(found: MeasuredConsensus, group: str) -> float:
    return float(found.table.loc[found.table.inhibitor_class == group, "reliability"].median())


def _show(found: MeasuredConsensus, output: Path) -> None:
    for group, model in found.models.items():
        n = int((found.table.inhibitor_class == group).sum())
        console.say(
            f"{group}: {n:,} lines, median reliability {_median(found, group):.2f}; of each measurement's "
            f"variance the laboratory's part is {model.laboratory:.2f}, the inhibitor's {model.inhibitor:.2f}"
        )
        console.table(
            ["inhibitor-screen", "the line's sensitivity", "noise"],
            [
                [column, float(loading) ** 2, float(noise)]
                for column, loading, noise in zip(model.columns, model.loading, model.noise, strict=True)
            ],
        )
    for group, reason in found.without.items():
        console.say(f"{group}: none; {reason}")
    console.say(f"{len(found.table):,} rows are in {output}.")
