"""``mtorc1 consensus``: one value a line and class, or one line that says why not."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

from features.cohort import Cohort

RAPALOGS = ("sirolimus", "temsirolimus")
TOML = """
name = "made"
[data]
cohort = "{cohort}"
[response]
screens = ["GDSC2"]
consensus = [{consensus}]
"""


@pytest.fixture
def experiment(tmp_path: Path) -> Path:
    """An experiment on a cohort of 80 lines, two rapalogs measured in GDSC1 and GDSC2, AZD8055 in GDSC2."""
    rng = np.random.default_rng(0)
    theta = rng.normal(size=80)
    ids = [f"L{i:02d}" for i in range(80)]
    pairs = [(name, screen) for name in RAPALOGS for screen in ("GDSC1", "GDSC2")]
    responses = pd.concat(
        [
            pd.DataFrame(
                {
                    "sample_id": ids,
                    "inhibitor": name,
                    "screen": screen,
                    "metric": "ln_ic50_um",
                    "value": theta + rng.normal(size=80),
                    "screen_spelling": name,
                }
            )
            for name, screen in [*pairs, ("AZD8055", "GDSC2"), ("OSI-027", "GDSC2")]
        ]
    )
    samples = pd.DataFrame({"sample_id": ids, "sample_name": ids, "lineage": "breast"})
    folder = tmp_path / "cohort"
    Cohort.empty("made", samples=samples, responses=responses.reset_index(drop=True)).write(folder)
    names = [f"{name}@{screen}" for name, screen in pairs] + ["AZD8055@GDSC2", "OSI-027@GDSC2"]
    path = tmp_path / "made.toml"
    path.write_text(TOML.format(cohort=folder, consensus=", ".join(f'"{n}"' for n in names)))
    return path


def test_the_table_is_what_the_model_says(run: Runner, experiment: Path, tmp_path: Path) -> None:
    """Every line of every class that two laboratories measured, with its error; the others by name."""
    result = run("consensus", experiment, "-o", tmp_path / "out.csv", "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    table = pd.read_csv(tmp_path / "out.csv", float_precision="round_trip")
    assert said["rows"] == len(table) == 160
    assert set(said["groups"]) == {"mtorc1_inhibitors", "rapalog"}
    assert "one laboratory (GDSC2)" in said["without"]["atp_competitive"]
    assert table.reliability.between(0, 1).all()
    np.testing.assert_allclose(table.standard_error, np.sqrt(1 - table.reliability))
    rapalog = said["groups"]["rapalog"]["inhibitor_screens"]
    assert set(rapalog) == {
        "sirolimus@GDSC1", "temsirolimus@GDSC1", "sirolimus@GDSC2", "temsirolimus@GDSC2",
    }  # fmt: skip


def test_it_is_told_in_words_too(run: Runner, experiment: Path, tmp_path: Path) -> None:
    """How reliable, and what is the laboratory's."""
    result = run("consensus", experiment, "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.stderr
    assert "80 lines, median reliability" in result.stdout
    assert "atp_competitive: none; all responses are of one laboratory (GDSC2)" in result.stdout


def test_one_laboratory_is_one_line_and_no_file(run: Runner, experiment: Path, tmp_path: Path) -> None:
    """Exit code 2 and what to do, not a table of made-up errors."""
    one = tmp_path / "one.toml"
    one.write_text(TOML.format(cohort=tmp_path / "cohort", consensus='"AZD8055@GDSC2", "OSI-027@GDSC2"'))
    before = left_in(tmp_path)
    assert_bad_input(run("consensus", one, "-o", tmp_path / "out.csv"), "one laboratory", "data import")
    assert left_in(tmp_path) == before
    unknown = tmp_path / "unknown.toml"
    unknown.write_text(TOML.format(cohort=tmp_path / "cohort", consensus='"Torin 2@GDSC1"'))
    assert_bad_input(run("consensus", unknown, "-o", tmp_path / "out.csv"), "not measured", "Torin 2@GDSC1")
