"""The ceiling: other screens' measurements, of other screens only, each on its own lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from features.identity import strip_name
from predictor.ceilings import judge_ceilings, measured_elsewhere
from predictor.experiment import read_experiment
from predictor.judging import MODEL, mean_score
from predictor.response import response_table
from predictor.splits import read_assignment

FOLDS = Path(__file__).parents[2] / "experiments" / "benchmarks" / "leave_cell_line_out" / "folds.csv"


def small() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    latent = rng.normal(size=60)
    names = ("sirolimus@S1", "sirolimus@S2", "AZD8055@S1", "AZD8055@S2")
    table = pd.DataFrame(
        {name: latent + rng.normal(size=60) for name in names}, index=[f"L{i:02d}" for i in range(60)]
    )
    table.iloc[:20, 0] = np.nan
    return table.rename_axis("sample_id")


def out_of_fold(responses: pd.DataFrame, targets: list[str], fold: np.ndarray) -> pd.DataFrame:
    """A model that predicts nothing of use, on every line."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "sample_id": responses.index,
                    "target": target,
                    "fold": fold,
                    "predictor": MODEL,
                    "prediction": np.random.default_rng(1).normal(size=len(responses)),
                    "measured": responses[target].to_numpy(),
                }
            )
            for target in targets
        ],
        ignore_index=True,
    )


def test_the_targets_own_screen_is_no_ceiling() -> None:
    """Prevents: a consensus that holds the very measurement it is compared with."""
    responses = small()
    changed = responses.copy()
    changed[["sirolimus@S2", "AZD8055@S2"]] = 0.0
    before = measured_elsewhere(responses, list(responses), "sirolimus", "S2")
    after = measured_elsewhere(changed, list(responses), "sirolimus", "S2")
    assert list(before) == ["measured:S1", "measured:consensus"]
    for name, values in before.items():
        pd.testing.assert_series_equal(values, after[name])
    assert list(measured_elsewhere(responses, ["sirolimus@S2"], "AZD8055", "S2")) == ["measured:S1"]
    assert measured_elsewhere(responses[["sirolimus@S2"]], ["sirolimus@S2"], "sirolimus", "S2") == {}


def test_a_ceiling_counts_its_own_lines() -> None:
    """Prevents: a ceiling over 40 lines printed beside the model's n of 60."""
    responses = small()
    table = out_of_fold(responses, ["sirolimus@S2"], np.arange(60) % 3)
    scores = judge_ceilings(table, responses, list(responses), draws=100, seed=1)
    own, shared = scores
    assert [(s.predictor, s.n) for s in scores] == [("measured:S1", 40), ("measured:consensus", 60)]
    both = responses.iloc[20:]
    rho = spearmanr(both["sirolimus@S1"], both["sirolimus@S2"])[0]
    assert own.metrics["spearman"].value == pytest.approx(rho)
    model = table.prediction.to_numpy()[20:]
    assert own.gains["spearman"].value == pytest.approx(spearmanr(model, both["sirolimus@S2"])[0] - rho)
    assert np.isnan(shared.metrics["rmse"].value)


def test_a_class_and_a_lone_screen_have_no_ceiling() -> None:
    responses = small()
    table = out_of_fold(responses, ["sirolimus@S2"], np.arange(60) % 3)
    assert judge_ceilings(table.assign(target="rapalog"), responses, [], draws=100, seed=1) == []
    alone = responses[["sirolimus@S2"]]
    assert judge_ceilings(table, alone, ["sirolimus@S2"], draws=100, seed=1) == []


@pytest.mark.gdsc
def test_gdsc1_agrees_with_gdsc2_as_the_field_has_measured(gdsc_cohort) -> None:
    """Prevents: a ceiling of other lines, folds or orientation than the one that is quoted (mean r 0.338)."""
    names = gdsc_cohort.samples.set_index("sample_id").sample_name.map(strip_name)
    responses = response_table(gdsc_cohort.responses, "ln_ic50_um", list(names.index))
    fold = read_assignment(str(FOLDS), names)
    six = [
        f"{d}@GDSC2" for d in ("sirolimus", "temsirolimus", "AZD8055", "vistusertib", "OSI-027", "dactolisib")
    ]
    held = responses[fold >= 0]
    table = out_of_fold(held, six, fold[fold >= 0])
    consensus = read_experiment().response.consensus
    scores = judge_ceilings(table, responses, consensus, draws=100, seed=1)
    assert mean_score(scores, "measured:GDSC1", six, "pearson").value == pytest.approx(0.338, abs=0.001)
