"""``mtorc1 evaluate``: judge an experiment by leave-cell-line-out, without keeping a model."""

from __future__ import annotations

from pathlib import Path

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, jobs_option

_EXAMPLE = "mtorc1 evaluate experiments/default.toml --predictions out_of_fold.csv"
_FORMS = (".csv", ".tsv", ".parquet", ".jsonl")


@click.command(
    "evaluate",
    short_help="Judge an experiment on held-out cell lines.",
    help="Judge an EXPERIMENT (TOML; the default one if left out): every prediction comes from a model "
    f"that saw no response of its cell line.\n\n{examples(_EXAMPLE)}",
)
@click.argument("experiment", required=False, type=click.Path(path_type=Path))
@click.option(
    "--folds", type=click.Path(path_type=Path), help="Frozen folds: a CSV with cell_line_name and fold."
)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="Write the out-of-fold predictions here: cell_line_name, drug (as in the screen), prediction.",
)
@click.option("--screen", help="The screen whose predictions are written; by default the experiment's first.")
@jobs_option
@common_options
def command(
    experiment: Path | None,
    folds: Path | None,
    predictions: Path | None,
    screen: str | None,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Evaluate, write the predictions, print the figures."""
    if screen is not None and predictions is None:
        raise click.UsageError("--screen says what --predictions holds; give that too")
    if predictions is not None:
        outputs.check_file(predictions, _FORMS)
    from features.errors import InputError
    from predictor.cli import summary
    from predictor.experiment import read_experiment
    from predictor.training import benchmark_predictions, evaluate

    asked = read_experiment(experiment)
    with console.progress() as progress:
        judged = evaluate(
            asked, folds_file=None if folds is None else str(folds), jobs=jobs, progress=progress
        )
    written = None
    if predictions is not None:
        chosen = screen or asked.response.screens[0]
        table = benchmark_predictions(judged, chosen)
        if table.empty:
            raise InputError(
                f"no target of this experiment belongs to the screen {chosen!r}",
                where="--screen",
                todo=f"use one of {', '.join(asked.response.screens)}",
            )
        outputs.write_table(table, predictions)
        written = {"path": predictions, "screen": chosen, "rows": len(table)}
    if as_json:
        console.document(
            {"experiment": asked.name, **summary.as_document(judged.scores), "predictions": written}
        )
        return
    summary.show(judged.scores)
    if written:
        console.say(
            f"{written['rows']:,} out-of-fold predictions of {written['screen']} are in {predictions}"
        )
