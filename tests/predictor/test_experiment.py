"""An experiment file that is wrong says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.catalogue import catalogue_rows
from features.errors import InputError
from features.matrix import DEFAULT_FAMILIES
from predictor.experiment import is_outcome_experiment, read_experiment, with_evaluation
from predictor.outcomes.experiment import read_outcome_experiment

GOOD = """
name = "trial"
[data]
cohort = "gdsc"
[response]
screens = ["GDSC2"]
consensus = ["sirolimus@GDSC2"]
"""


def _read(tmp_path: Path, content: str):
    path = tmp_path / "trial.toml"
    path.write_text(content)
    return read_experiment(path)


def test_the_default_experiment_comes_with_the_package_and_says_everything() -> None:
    """Prevents: a default in code that the file does not show."""
    experiment = read_experiment()
    assert experiment.name == "default"
    assert len(experiment.response.consensus) == 16
    assert not experiment.uses_measured_growth
    import tomllib

    written = tomllib.loads((Path(__file__).parents[2] / "experiments" / "default.toml").read_text())
    for section in ("response", "model", "evaluation"):
        assert set(written[section]) == set(experiment.facts()[section])
    assert set(written["model"]["trees"]) == set(experiment.facts()["model"]["trees"])


def test_every_experiment_of_the_repository_validates() -> None:
    for path in (Path(__file__).parents[2] / "experiments").glob("*.toml"):
        if is_outcome_experiment(path):
            assert read_outcome_experiment(path).name == path.stem
            continue
        # One that uses measured growth must end in _with_growth: default_with_growth.
        assert read_experiment(path).name in (path.stem, f"default_{path.stem}")


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("leave_tissue_out", {"evaluation.split", "evaluation.one_tissue_a_fold"}),
        ("leave_inhibitor_out", {"evaluation.split"}),
        ("leave_gdsc2_out", {"evaluation.split", "evaluation.held_out_screens"}),
        ("repeated", {"evaluation.repeats"}),
        ("other_booster", {"evaluation.baselines"}),
        ("dna_only", {"features.families", "model.patterns"}),
        ("rna_only", {"features.families", "model.patterns"}),
    ],
)
def test_a_question_is_asked_of_the_default_model(name: str, changed: set[str]) -> None:
    """Prevents: an answer that differs since a setting was changed in one file and not in the other."""
    path = Path(__file__).parents[2] / "experiments" / f"{name}.toml"
    mine, default = read_experiment(path).facts(), read_experiment().facts()
    different = {
        f"{section}.{key}"
        for section in ("data", "features", "response", "model", "evaluation")
        for key in default[section]
        if mine[section][key] != default[section][key]
    }
    assert different == changed
    assert f"mtorc1 evaluate experiments/{name}.toml" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["dna_only", "rna_only"])
def test_what_a_model_of_one_modality_learns_is_all_of_that_modality(name: str) -> None:
    """Prevents: a new family of features that the default learns and these forget."""
    modality = name.partition("_")[0]
    families = {
        row.family
        for row in catalogue_rows()
        if row.modality in {modality, "lineage"} and row.family in DEFAULT_FAMILIES
    }
    path = Path(__file__).parents[2] / "experiments" / f"{name}.toml"
    assert set(read_experiment(path).features.families or ()) == families


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("[data]", "[date]"), "data"),
        (('screens = ["GDSC2"]', "screens = []"), "response.screens"),
        (('name = "trial"', 'name = "../x"'), "name"),
        (("[response]", "[response]\npoolling = 0.2"), "poolling"),
        (("[response]", "[response]\npooling = [1.2]"), "response.pooling"),
        (("[data]", '[model]\npatterns = ["dna", "rna"]\n[data]'), "in this order"),
        (("[data]", "[model]\npatterns = []\n[data]"), "at least one"),
        (("[data]", '[features]\nfamilies = ["measured_growth"]\n[data]'), "_with_growth"),
        (("[data]", '[evaluation]\nsplit = "screen"\n[data]'), "evaluation: .*held_out_screens"),
        (("[data]", '[evaluation]\nheld_out_screens = ["GDSC1"]\n[data]'), "held_out_screens"),
        (("[data]", "[evaluation]\none_tissue_a_fold = true\n[data]"), "one_tissue_a_fold"),
        (
            ("[data]", '[evaluation]\nsplit = "tissue"\none_tissue_a_fold = true\nrepeats = 2\n[data]'),
            "every repeat would be the same",
        ),
        (("[data]", '[evaluation]\nsplit = "patient"\n[data]'), "evaluation.split"),
        (("[data]", "[evaluation]\nrepeats = 0\n[data]"), "evaluation.repeats"),
        (("[data]", "[data"), "no TOML"),
    ],
)
def test_a_fault_is_named_in_one_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        _read(tmp_path, GOOD.replace(*change))
    assert "trial.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_measured_growth_is_allowed_where_the_name_says_so(tmp_path: Path) -> None:
    content = GOOD.replace("trial", "trial_with_growth").replace(
        "[data]", '[features]\nfamilies = ["measured_growth"]\n[data]'
    )
    assert _read(tmp_path, content).uses_measured_growth


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_experiment(tmp_path / "none.toml")


def test_an_experiment_judged_otherwise_is_validated_too(tmp_path: Path) -> None:
    """Prevents: --split screen on the command line that withholds no screen."""
    experiment = _read(tmp_path, GOOD)
    other = with_evaluation(experiment, split="screen", held_out_screens=("GDSC1",))
    assert other.evaluation.held_out_screens == ("GDSC1",)
    assert with_evaluation(other, split="tissue").evaluation.held_out_screens == ()
    assert with_evaluation(other, repeats=2).evaluation.split == "screen"
    with pytest.raises(InputError, match=r"experiment trial, evaluation: .*held_out_screens"):
        with_evaluation(experiment, split="screen")
