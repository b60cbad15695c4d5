"""``mtorc1 train``: train an experiment, judge it, log it, and write its bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, jobs_option
from predictor.cli.tracked import check_store, no_mlflow_option, where_logged

if TYPE_CHECKING:
    import pandas as pd

    from predictor.tracking import RunInfo
    from predictor.training import TrainingResult

_EXAMPLE = "mtorc1 train experiments/default.toml --output-dir models-out"


@click.command(
    "train",
    short_help="Train, judge, log and write a model.",
    help="Train an EXPERIMENT (TOML; the default one if left out): judge it on held-out cell lines, fit it "
    f"on all, log it to MLflow, and write the model.\n\n{examples(_EXAMPLE)}",
)
@click.argument("experiment", required=False, type=click.Path(path_type=Path))
@click.option(
    "--output-dir",
    type=click.Path(path_type=Path),
    default=Path("models-out"),
    show_default=True,
    help="The model goes into a folder in here that is called as the experiment.",
)
@no_mlflow_option
@jobs_option
@common_options
def command(
    experiment: Path | None, output_dir: Path, no_mlflow: bool, jobs: int | None, as_json: bool
) -> None:
    """Train, write the bundle and what it rests on, log, and say where to look next."""
    from predictor.experiment import read_experiment

    asked = read_experiment(experiment)
    folder = output_dir / asked.name
    explanation = output_dir / f"{asked.name}-explanation.csv"
    outputs.check_folder(folder)
    outputs.check_file(explanation, (".csv",))
    from predictor.bundle import save_bundle
    from predictor.bundle_files import check_place
    from predictor.training import train

    check_place(folder)
    if not no_mlflow:
        check_store()
    with console.progress() as progress:
        result = train(asked, jobs=jobs, progress=progress)
        save_bundle(result.bundle, folder)
        outputs.write_table(_weights(result), explanation)
        run = None
        if not no_mlflow:
            from predictor.tracking import log_training

            run = log_training(result, progress=progress)
    found = _next_steps(result, folder, explanation, run)
    _show(result, found, as_json)


def _weights(result: TrainingResult) -> pd.DataFrame:
    """What the predictions of each target rest on, feature by feature, over the lines of MLflow's figures."""
    import pandas as pd

    from predictor.explanation import explain
    from predictor.splits import hash_rank
    from predictor.tracking_artifacts import EXPLAINED_LINES, feature_weights

    features = result.study.features
    lines = features[hash_rank([str(i) for i in features.index], 0) < EXPLAINED_LINES]
    pieces = []
    for target in result.study.targets:
        found = explain(result.bundle, lines, target.inhibitor or target.name)
        pieces.append(feature_weights(found.target, found.features, found.shap_values, found.values))
    return pd.concat(pieces, ignore_index=True)


def _next_steps(
    result: TrainingResult, folder: Path, explanation: Path, run: RunInfo | None
) -> dict[str, Any]:
    """Where everything is."""
    steps: dict[str, Any] = {
        "model": folder,
        "model_version": result.bundle.version,
        "explanation": explanation,
        "mlflow": None,
    }
    if run is not None:
        logged = where_logged(run.tracking_uri, result.experiment.name, run.run_id)
        steps["mlflow"] = {**logged, "registered_version": run.model_version}
    return steps


def _show(result: TrainingResult, steps: dict[str, Any], as_json: bool) -> None:
    from predictor.cli import summary

    cohort = result.cohort
    lost = cohort.losses[["stage", "reason", "n"]].to_dict("records")
    if as_json:
        console.document(
            {
                "experiment": result.experiment.name,
                "cohort": cohort.name,
                "samples": len(result.study.features),
                "losses": lost,
                **summary.as_document(result.scores, result.ceilings),
                "seconds": result.seconds,
                **steps,
            }
        )
        return
    console.say(f"{result.experiment.name}: {len(result.study.features):,} samples of {cohort.name}")
    console.losses(lost)
    summary.show(result.scores, result.ceilings, split=result.experiment.evaluation.split)
    took = ", ".join(f"{stage} {seconds:.0f} s" for stage, seconds in result.seconds.items())
    console.say(f"Took: {took}")
    console.say("Where to look next:")
    console.say(f"  model        {steps['model']} (version {steps['model_version']})")
    console.say(f"  explanation  {steps['explanation']}")
    if steps["mlflow"] is not None:
        console.say(f"  MLflow       {steps['mlflow']['ui']}  (experiment {steps['mlflow']['experiment']})")
        console.say(f"  champion     mtorc1 promote --version {steps['mlflow']['registered_version']}")
    console.say(f"  score        mtorc1 score INPUT -o predictions.csv --model {steps['model']}")
