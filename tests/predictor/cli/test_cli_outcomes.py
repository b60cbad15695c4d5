"""``mtorc1 outcomes``: what it prints, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in
from made_patients import ARM, CONTROL, cohort_of, patient_table

ARMS = ("--arm", ARM, "--control", CONTROL, "--draws", 100)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trial whose marker is prognostic, 20 patients without it."""
    table = patient_table(260, prognostic=1.8, seed=1)
    table.loc[:19, "marker"] = np.nan
    table["flat"] = 1.0
    table["rare"] = (np.arange(260) < 4).astype(float)
    return cohort_of(table, endpoints=("PFS", "OS")).write(tmp_path_factory.mktemp("trial") / "cohort")


def test_the_page_begins_with_the_verdicts_and_names_nobody(
    run: Runner, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = run(
        "outcomes", folder, "--marker", "marker", "--marker", "rare", "--covariate", "mskcc", *ARMS, "-o", out
    )
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("# Outcomes of made\n")
    assert "**marker**: prognostic for PFS and OS" in result.stdout
    assert "not estimable: 2 patients of a kind under everolimus are fewer than 5" in result.stdout
    assert "| marker, PFS | marker is not known | 20" in result.stdout
    assert "P0000" not in result.stdout + result.stderr
    tables = ("arms", "concordance", "effects", "hazards", "losses", "response", "survival", "verdicts")
    figures = [f"survival_{name}_{endpoint}" for name in ("marker", "rare") for endpoint in ("OS", "PFS")]
    assert left_in(out) == sorted(
        [
            *(f"{name}.csv" for name in tables),
            *(f"{name}.png" for name in (*figures, "effects")),
            "outcomes.json",
            "summary.md",
        ]
    )
    assert (out / "summary.md").read_text().rstrip() in result.stdout
    losses = pd.read_csv(out / "losses.csv")
    assert losses.loc[losses["stage"] == "marker, PFS", "names"].item().startswith("P0000;P0001;")
    effects = pd.read_csv(out / "effects.csv")
    mine = effects[(effects["marker"] == "marker") & (effects["endpoint"] == "PFS")].set_index("group")
    assert list(mine.index) == [ARM, CONTROL, "both arms", "interaction"]
    assert mine["hazard_ratio"]["interaction"] == pytest.approx(
        mine["hazard_ratio"][ARM] / mine["hazard_ratio"][CONTROL], rel=1e-3
    )
    # A second run replaces it; the identifiers are in the losses alone.
    assert run("outcomes", folder, "--marker", "marker", *ARMS, "-o", out).exit_code == 0
    assert "survival_rare_PFS.png" not in left_in(out)
    assert "P0000" not in (out / "outcomes.json").read_text() + (out / "summary.md").read_text()


def test_json_is_one_document_with_all_tables(run: Runner, folder: Path) -> None:
    result = run("outcomes", folder, "--marker", "marker", "--endpoint", "os", "--arm", ARM, "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["arms"] == {ARM: 130}
    assert [row["endpoint"] for row in said["tables"]["verdicts"]] == ["OS"]
    assert "cannot be asked about without a control" in said["headlines"]["marker"]
    assert {row["group"] for row in said["tables"]["effects"]} == {ARM}
    assert said["tables"]["effects"][0]["p_holm"] == pytest.approx(said["tables"]["effects"][0]["p"])
    assert said["output"] is None


def test_predictions_are_the_default_markers_and_a_probability_is_calibrated(
    run: Runner, folder: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    predictions = pd.DataFrame(
        {
            "sample_id": [f"SP{number:04d}" for number in range(260)],
            "inhibitor": ARM,
            "prediction": rng.normal(size=260),
            "probability_top_fifth": rng.uniform(size=260),
        }
    )
    path = tmp_path / "predictions.csv"
    predictions.to_csv(path, index=False)
    result = run("outcomes", folder, "--predictions", path, "--endpoint", "PFS", *ARMS)
    assert result.exit_code == 0, result.stderr
    assert "## prediction\n" in result.stdout
    assert "From predictions for everolimus." in result.stdout
    assert "calibration intercept" in result.stdout


def test_a_marker_that_does_not_vary_gets_no_figure(run: Runner, folder: Path, tmp_path: Path) -> None:
    result = run("outcomes", folder, "--marker", "flat", *ARMS, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "not estimable: all patients have the same value" in result.stdout
    assert not [name for name in left_in(tmp_path / "out") if name.endswith(".png")]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name at least one --marker"),
        (("--marker", "marker"), "had 2 treatments; name --arm"),
        (("--marker", "nothing", "--arm", ARM), "no table has a column 'nothing'"),
        (("--marker", "marker", "--arm", "aspirin"), "nobody was treated with 'aspirin'"),
        (("--marker", "marker", "--arm", ARM, "--endpoint", "DFS"), "no 'DFS'; use one of: OS, PFS"),
        (("--marker", "marker", "--arm", ARM, "--covariate", "stage"), "no 'stage'"),
        (("--marker", "marker", "--arm", ARM, "--only", "trial"), "'trial' is not COLUMN=VALUE"),
        (("--marker", "marker", "--arm", ARM, "--only", "trial=x"), "no 'trial'"),
        (("--marker", "marker", "--arm", ARM, "--relevant", "0.5"), "is not above 1"),
        (("--marker", "marker", "--arm", ARM, "--max-missing-marker", "0.01"), "raise --max-missing-marker"),
        (("--marker", "marker", "--arm", ARM, "--predictions", "none.csv"), "no such file"),
        (("--marker", "marker", "--arm", ARM, "--matrix", "none.csv"), "no such file"),
    ],
)
def test_bad_input_is_one_line_and_no_folder(
    run: Runner, folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert_bad_input(run("outcomes", folder, *arguments, "-o", tmp_path / "out"), said)
    assert left_in(tmp_path) == []


def test_a_folder_of_something_else_is_left_alone(run: Runner, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "outcomes.json").write_text("[]")
    before = left_in(tmp_path / "mine")
    result = run("outcomes", folder, "--marker", "marker", "-o", tmp_path / "mine")
    assert_bad_input(result, "already holds something that is not from this command")
    assert left_in(tmp_path / "mine") == before
    (tmp_path / "mine" / "outcomes.json").write_text("{")
    assert run("outcomes", folder, "--marker", "marker", "-o", tmp_path / "mine").exit_code == 2
