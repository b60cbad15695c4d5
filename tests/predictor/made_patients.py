"""Trials with known truth: exponential times, a risk group, a marker with planted effects."""

from __future__ import annotations

import numpy as np
import pandas as pd

from features.cohort import Cohort
from predictor.outcomes.analysed import Analysed, analysed_of, complete_of
from predictor.outcomes.arms import arms_of
from predictor.outcomes.markers import MarkerTables
from predictor.outcomes.patients import patients_of
from predictor.outcomes.question import Question

ARM, CONTROL = "everolimus", "nivolumab"
RISKS = ("favorable", "intermediate", "poor")


def patient_table(
    n: int = 300,
    *,
    prognostic: float = 1.0,
    interaction: float = 1.0,
    seed: int = 0,
    carriers: float | None = None,
    late: float = 1.0,
) -> pd.DataFrame:
    """One row a patient: treatment, mskcc, marker, months, event, best_response.

    Parameters
    ----------
    n
        Patients, half of them in each arm.
    prognostic, interaction
        Hazard ratios per standard deviation of the marker, and of marker x arm.
    carriers
        Share of patients with 1, for a marker that is 0 or 1.
    late
        What the marker's hazard ratio is multiplied with after 6 months.
    """
    rng = np.random.default_rng(seed)
    arm = (np.arange(n) % 2 == 0).astype(float)
    marker = rng.normal(size=n) if carriers is None else (rng.uniform(size=n) < carriers).astype(float)
    risk = rng.integers(0, 3, n)
    log_hazard = -2.3 + 0.4 * risk - 0.2 * arm
    effect = np.log(prognostic) * marker + np.log(interaction) * marker * arm
    early, later = np.exp(log_hazard + effect), np.exp(log_hazard + effect + np.log(late) * marker)
    exposure = rng.exponential(size=n)
    time = np.where(exposure < 6 * early, exposure / early, 6 + (exposure - 6 * early) / later)
    censored = rng.uniform(6, 60, n)
    response = np.where(time > 20, "PR", np.where(time > 4, "SD", "PD")).astype(object)
    return pd.DataFrame(
        {
            "patient_id": [f"P{number:04d}" for number in range(n)],
            "treatment": np.where(arm == 1, ARM, CONTROL),
            "best_response": response,
            "mskcc": np.array(RISKS, dtype=object)[risk],
            "marker": marker,
            "months": np.minimum(time, censored),
            "event": (time <= censored).astype(float),
        }
    )


def cohort_of(table: pd.DataFrame, *, name: str = "made", endpoints: tuple[str, ...] = ("PFS",)) -> Cohort:
    """A Cohort of such a table, one sample a patient; every endpoint has the same times."""
    outcomes = pd.concat(
        [
            table[["patient_id", "months", "event"]]
            .rename(columns={"months": "time_months"})
            .assign(endpoint=endpoint)
            for endpoint in endpoints
        ],
        ignore_index=True,
    )
    samples = pd.DataFrame({"sample_id": "S" + table["patient_id"], "patient_id": table["patient_id"]})
    patients = table.drop(columns=["months", "event"]).reset_index(drop=True)
    return Cohort.empty(name, samples=samples.reset_index(drop=True), patients=patients, outcomes=outcomes)


def asked(**changes: object) -> Question:
    """The usual question to a made cohort."""
    usual: dict[str, object] = {
        "markers": ("marker",),
        "endpoints": ("PFS",),
        "covariates": ("mskcc",),
        "arm": ARM,
        "control": CONTROL,
        "draws": 200,
    }
    return Question(**{**usual, **changes})  # type: ignore[arg-type]


def analysed(cohort: Cohort, question: Question | None = None) -> Analysed:
    """The first marker and endpoint of a question, ready for a model."""
    question = asked() if question is None else question
    patients = patients_of(cohort)
    arms = arms_of(patients, question)
    marker = MarkerTables(cohort, patients).marker(question.markers[0], question.several)
    complete = complete_of(marker, question.endpoints[0], patients, arms, question)
    return analysed_of(complete, marker, patients, arms, question)
