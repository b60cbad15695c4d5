"""``mtorc1 evaluate``: judge an experiment on held-out lines, log it, and keep no model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, jobs_option
from predictor.cli.tracked import check_store, no_mlflow_option, where_logged

if TYPE_CHECKING:
    from features.cohort import Cohort
    from predictor.experiment import Experiment
    from predictor.external import ExternalTest
    from predictor.training import Judgement

_EXAMPLES = (
    "mtorc1 evaluate experiments/default.toml --predictions out_of_fold.csv",
    "mtorc1 evaluate --split tissue",
    "mtorc1 evaluate --split screen --held-out-screen GDSC1",
    "mtorc1 evaluate --external ctrpv2-cohort",
    "mtorc1 evaluate --external prism-cohort --external-metric auc_fraction",
)
_FORMS = (".csv", ".tsv", ".parquet", ".jsonl")


@click.command(
    "evaluate",
    short_help="Judge an experiment on held-out cell lines.",
    help="Judge an EXPERIMENT (TOML; the default one if left out) and log it to MLflow: every prediction "
    f"comes from a model that saw no response of its cell line.\n\n{examples(*_EXAMPLES)}",
)
@click.argument("experiment", required=False, type=click.Path(path_type=Path))
@click.option(
    "--split",
    type=click.Choice(["cell_line", "tissue", "screen", "inhibitor"]),
    help="What is held out with the lines; by default as the experiment says.",
)
@click.option(
    "--held-out-screen",
    "held_out_screens",
    multiple=True,
    help="With --split screen: a screen that no training sees. May be repeated.",
)
@click.option("--repeats", type=click.IntRange(min=1), help="Draw the folds anew so many times.")
@click.option(
    "--baselines",
    type=click.Choice(["ladder", "all"]),
    help="all: fit another booster on the same folds too.",
)
@click.option(
    "--external",
    help="A source or cohort folder with responses of a screen that no training saw: its lines are matched "
    "by name, and their out-of-fold predictions compared with it.",
)
@click.option(
    "--external-metric",
    help="With --external: the metric to compare with, where the screen has several (such as auc_fraction).",
)
@click.option(
    "--folds", type=click.Path(path_type=Path), help="Frozen folds: a CSV with cell_line_name and fold."
)
@click.option(
    "--predictions",
    type=click.Path(path_type=Path),
    help="Write the out-of-fold predictions here: cell_line_name, drug (as in the screen), prediction.",
)
@click.option("--screen", help="The screen whose predictions are written; by default the experiment's first.")
@no_mlflow_option
@jobs_option
@common_options
def command(
    experiment: Path | None,
    split: str | None,
    held_out_screens: tuple[str, ...],
    repeats: int | None,
    baselines: str | None,
    external: str | None,
    external_metric: str | None,
    folds: Path | None,
    predictions: Path | None,
    screen: str | None,
    no_mlflow: bool,
    jobs: int | None,
    as_json: bool,
) -> None:
    """Evaluate, write the predictions, log, print the figures."""
    if screen is not None and predictions is None:
        raise click.UsageError("--screen says what --predictions holds; give that too")
    if predictions is not None:
        outputs.check_file(predictions, _FORMS)
    from features.sources import load
    from predictor.cli import summary
    from predictor.experiment import is_outcome_experiment, read_experiment, with_evaluation
    from predictor.training import evaluate

    if is_outcome_experiment(experiment):
        others = (
            split,
            held_out_screens,
            repeats,
            baselines,
            external,
            external_metric,
            folds,
            predictions,
            jobs,
        )
        if any(given for given in others):
            raise click.UsageError(
                "an experiment with [outcome] takes --json and --no-mlflow alone: see its file"
            )
        from predictor.cli.evaluate_patients import evaluate_patients

        return evaluate_patients(Path(str(experiment)), as_json=as_json, no_mlflow=no_mlflow)
    changes = {
        "split": split,
        "held_out_screens": held_out_screens or None,
        "repeats": repeats,
        "baselines": baselines,
    }
    asked = with_evaluation(
        read_experiment(experiment), **{key: value for key, value in changes.items() if value is not None}
    )
    if external is not None and asked.evaluation.split not in {"cell_line", "tissue"}:
        raise click.UsageError(
            "--external compares targets that answer for themselves: use --split cell_line or tissue"
        )
    if external_metric is not None and external is None:
        raise click.UsageError("--external-metric belongs to --external")
    # Looked at first: neither a cohort that is not there nor a store out of reach should cost an evaluation.
    with console.progress() as progress:
        other = None if external is None else load(external, progress=progress)
        if not no_mlflow:
            check_store()
        start = time.perf_counter()
        judged = evaluate(
            asked, folds_file=None if folds is None else str(folds), jobs=jobs, progress=progress
        )
    test = None if other is None else _against(asked, judged, other, external_metric)
    seconds = {"evaluate": round(time.perf_counter() - start, 1)}
    written = None if predictions is None else _write(asked, judged, predictions, screen)
    if not as_json:
        # Told before they are logged: a store that fails now costs no figure.
        summary.show(judged.scores, judged.ceilings, judged.unanswered, split=asked.evaluation.split)
        if test is not None and other is not None:
            summary.show_external(test, other.name)
        if written:
            console.say(
                f"{written['rows']:,} out-of-fold predictions of {written['screen']} are in {predictions}"
            )
    logged = None
    if not no_mlflow:
        from predictor.tracking_evaluation import Compared, log_evaluation

        with console.progress() as progress:
            run = log_evaluation(
                asked,
                judged,
                compared=None if test is None or other is None else Compared(test, other, external_metric),
                folds_file=None if folds is None else str(folds),
                seconds=seconds,
                progress=progress,
            )
        logged = where_logged(run.tracking_uri, asked.name, run.run_id)
    if as_json:
        document: dict[str, Any] = {
            "experiment": asked.name,
            "split": asked.evaluation.split,
            **summary.as_document(judged.scores, judged.ceilings, judged.unanswered),
            "external": None if test is None else summary.external_document(test),
            "predictions": written,
            "seconds": seconds,
            "mlflow": logged,
        }
        console.document(document)
    elif logged:
        console.say(f"MLflow: {logged['ui']}  (experiment {logged['experiment']}, run {logged['run_id']})")
    return None


def _write(asked: Experiment, judged: Judgement, predictions: Path, screen: str | None) -> dict[str, Any]:
    """Write the predictions of one screen; what was written."""
    from features.errors import InputError
    from predictor.training import benchmark_predictions

    chosen = screen or next(iter((*asked.evaluation.held_out_screens, *asked.response.screens)))
    table = benchmark_predictions(judged, chosen)
    if table.empty:
        raise InputError(
            f"no target of this experiment belongs to the screen {chosen!r}",
            where="--screen",
            todo=f"use one of {', '.join(asked.response.screens)}",
        )
    outputs.write_table(table, predictions)
    return {"path": predictions, "screen": chosen, "rows": len(table)}


def _against(asked: Experiment, judged: Judgement, other: Cohort, metric: str | None) -> ExternalTest:
    """The external test of an evaluation."""
    from predictor.external import external_test

    return external_test(
        judged.study,
        judged.cohort,
        judged.out_of_fold if judged.repeats is None else judged.repeats,
        other,
        draws=asked.evaluation.draws,
        seed=asked.evaluation.seed,
        metric=metric,
    )
