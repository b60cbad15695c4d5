"""Learning from outcomes: what is planted is found, what is not is not, and no held-out patient teaches."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from features.cohort import Cohort
from features.errors import InputError
from predictor.cli.program import program
from predictor.experiment import is_outcome_experiment
from predictor.outcomes import learning
from predictor.outcomes.cox import EVENT, MONTHS
from predictor.outcomes.experiment import judge_outcomes, read_outcome_experiment
from predictor.outcomes.learning import BOTH, COVARIATES, FEATURES, LearningSettings, learn

QUICK = LearningSettings(rounds=(0, 20), repeats=1, draws=100)
TOML = """
name = "made"
[data]
cohort = "{cohort}"
[features]
families = ["clonality", "drivers"]
[outcome]
endpoint = "PFS"
arm = "everolimus"
covariates = ["risk_group"]
[model]
rounds = [0, 10]
[evaluation]
repeats = 1
draws = 100
"""


def patients(n: int, planted: float, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Survival that hangs on a risk and, by ``planted``, on the first of eight features."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"p{i:03d}" for i in range(n)], name="patient")
    risk = rng.normal(size=n)
    features = pd.DataFrame(rng.normal(size=(n, 8)), index=index, columns=[f"f{k}" for k in range(8)])
    time = rng.exponential(1 / np.exp(0.8 * risk + planted * features["f0"].to_numpy()))
    end = rng.exponential(3, n)
    data = pd.DataFrame(
        {MONTHS: np.minimum(time, end), EVENT: (time <= end).astype(float), "risk": risk}, index=index
    )
    return data, features


def test_a_planted_effect_is_found_beside_the_covariate() -> None:
    """Labels, signs or offsets handed to XGBoost the wrong way would find nothing, or its opposite."""
    data, features = patients(400, 1.0)
    found = learn(data, ["risk"], features, QUICK)
    assert found.n == 400
    assert found.c_index[FEATURES].value > 0.65
    assert found.gain.value > 0.05
    assert found.gain.low > 0
    assert all(rounds > 0 for rounds in found.rounds)


def test_without_an_effect_nothing_is_gained() -> None:
    """Rounds chosen on the held-out patients would gain by luck."""
    gains = []
    for seed in range(3):
        data, features = patients(200, 0.0, seed)
        found = learn(data, ["risk"], features, QUICK)
        gains.append(found.gain.value)
        assert found.c_index[COVARIATES].value > 0.6
    assert np.mean(gains) < 0.01


def test_no_outcome_of_a_held_out_patient_reaches_a_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prevents: coefficients, feature choice or rounds that saw who is asked about."""
    data, features = patients(120, 0.5)
    seen: list[set[str]] = []
    asked: list[set[str]] = []
    original = learning._boosted

    def watch(train: pd.DataFrame, given: pd.DataFrame, base: np.ndarray, rows: pd.DataFrame, s: object):  # type: ignore[no-untyped-def]
        seen.append(set(train.index))
        asked.append(set(rows.index))
        return original(train, given, base, rows, s)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "_boosted", watch)
    learn(data, ["risk"], features, QUICK)
    assert len(seen) == 10
    assert all(
        not one & other and one == set(data.index) - other for one, other in zip(seen, asked, strict=True)
    )


def test_the_order_of_patients_changes_no_bit() -> None:
    """Folds go by identifier."""
    data, features = patients(120, 0.5)
    order = np.random.default_rng(1).permutation(len(data))
    one = learn(data, ["risk"], features, QUICK)
    other = learn(data.iloc[order], ["risk"], features.iloc[order], QUICK)
    assert one == other


def test_features_that_too_few_carry_are_not_learned() -> None:
    """A mutation of three patients is an anecdote; without any feature the covariates stand alone."""
    data, features = patients(100, 0.0)
    rare = pd.DataFrame(0.0, index=features.index, columns=["drv.MTOR"])
    rare.iloc[:3] = 1.0
    found = learn(data, ["risk"], rare, QUICK)
    assert found.n_features == 0
    assert found.gain.value == 0
    assert found.c_index[BOTH].value == found.c_index[COVARIATES].value
    with pytest.raises(ValueError, match="not of the same patients"):
        learn(data, ["risk"], features.iloc[::-1], QUICK)


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A cohort of 60 treated patients, five without a sample, and an experiment on it."""
    rng = np.random.default_rng(0)
    ids = [f"P{i:02d}" for i in range(60)]
    samples = pd.DataFrame(
        {"sample_id": [f"S{i}" for i in ids[5:]], "patient_id": ids[5:], "lineage": "kidney"}
    )
    cohort = Cohort.empty(
        "trial",
        samples=samples,
        patients=pd.DataFrame(
            {"patient_id": ids, "treatment": "everolimus", "risk_group": rng.choice(["good", "poor"], 60)}
        ),
        outcomes=pd.DataFrame(
            {"patient_id": ids, "endpoint": "PFS", "time_months": rng.exponential(5, 60), "event": 1.0}
        ),
    )
    cohort.write(tmp_path / "trial")
    path = tmp_path / "made.toml"
    path.write_text(TOML.format(cohort=tmp_path / "trial"))
    return path


def test_the_command_tells_it_and_logs_no_patient(
    trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same figures in JSON and in the library; who could not take part is counted."""
    monkeypatch.chdir(tmp_path)
    assert is_outcome_experiment(trial)
    result = CliRunner().invoke(program, ["evaluate", str(trial), "--json"])
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    assert (said["patients"], said["events"]) == (55, 55)
    assert said["left_out"] == {"no sample": 5}
    learned, _ = judge_outcomes(read_outcome_experiment(trial), Cohort.read(tmp_path / "trial"))
    assert said["gain"]["value"] == learned.gain.value
    assert said["mlflow"]["experiment"] == "made"
    store = (tmp_path / "runs" / "mlflow.db").read_bytes()
    assert b"c_index.covariates" in store
    assert b"SP07" not in store
    assert b"P07" not in store
    text = CliRunner().invoke(program, ["evaluate", str(trial), "--no-mlflow"])
    assert "What the features add to the covariates" in text.stdout


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('endpoint = "PFS"', 'endpoint = "DFS"', "DFS"),
        ('arm = "everolimus"', 'arm = "aspirin"', "aspirin"),
        ('covariates = ["risk_group"]', 'covariates = ["imdc"]', "imdc"),
        ("rounds = [0, 10]", "round = 3", "model.round"),
        ("rounds = [0, 10]", "rounds = []", "model.rounds"),
    ],
)
def test_what_cannot_be_asked_is_one_line(trial: Path, old: str, new: str, said: str) -> None:
    """Exit code 2 and the key or word that is wrong."""
    trial.write_text(trial.read_text().replace(old, new))
    result = CliRunner().invoke(program, ["evaluate", str(trial), "--no-mlflow"])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_options_of_cell_lines_are_refused(trial: Path) -> None:
    """--split tissue would be believed to have had an effect."""
    result = CliRunner().invoke(program, ["evaluate", str(trial), "--split", "tissue"])
    assert result.exit_code == 2
    assert "--json and --no-mlflow alone" in result.stderr


def test_covariates_that_cannot_be_fitted_are_told(trial: Path, tmp_path: Path) -> None:
    """Ten events of one risk group leave nothing to fit."""
    cohort = Cohort.read(tmp_path / "trial")
    outcomes = cohort.outcomes.assign(event=[1.0] * 8 + [0.0] * 52)
    replace(cohort, outcomes=outcomes).write(tmp_path / "trial")
    result = CliRunner().invoke(program, ["evaluate", str(trial), "--no-mlflow"])
    assert result.exit_code == 2
    assert "the covariates cannot be fitted" in result.stderr
    trial.write_text("name = 3\n[outcome]\n")
    with pytest.raises(InputError, match=r"name: .*outcome\.endpoint: "):
        read_outcome_experiment(trial)
