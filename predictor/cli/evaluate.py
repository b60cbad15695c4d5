"""``mtorc1 evaluate``: judge an experiment on held-out lines, without keeping a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, jobs_option

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
    help="Judge an EXPERIMENT (TOML; the default one if left out): every prediction comes from a model "
    f"that saw no response of its cell line.\n\n{examples(*_EXAMPLES)}",
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
    jobs: int | None,
    as_json: bool,
) -> None:
    """Evaluate, write the predictions, print the figures."""
    if screen is not None and predictions is None:
        raise click.UsageError("--screen says what --predictions holds; give that too")
    if predictions is not None:
        outputs.check_file(predictions, _FORMS)
    from features.errors import InputError
    from features.sources import load
    from predictor.cli import summary
    from predictor.experiment import read_experiment, with_evaluation
    from predictor.training import benchmark_predictions, evaluate

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
    with console.progress() as progress:
        # Read first: a cohort that is not there should not cost an evaluation.
        other = None if external is None else load(external, progress=progress)
        judged = evaluate(
            asked, folds_file=None if folds is None else str(folds), jobs=jobs, progress=progress
        )
    test = None if other is None else _against(asked, judged, other, external_metric)
    written = None
    if predictions is not None:
        chosen = screen or next(iter((*asked.evaluation.held_out_screens, *asked.response.screens)))
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
        document: dict[str, Any] = {
            "experiment": asked.name,
            "split": asked.evaluation.split,
            **summary.as_document(judged.scores, judged.ceilings, judged.unanswered),
            "external": None if test is None else summary.external_document(test),
            "predictions": written,
        }
        console.document(document)
        return
    summary.show(judged.scores, judged.ceilings, judged.unanswered, split=asked.evaluation.split)
    if test is not None and other is not None:
        summary.show_external(test, other.name)
    if written:
        console.say(
            f"{written['rows']:,} out-of-fold predictions of {written['screen']} are in {predictions}"
        )


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
