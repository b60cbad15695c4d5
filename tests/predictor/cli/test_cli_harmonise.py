"""``mtorc1 harmonise``: from a cohort of another platform to predictions that name the reference."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

from features.cohort import Cohort


@pytest.fixture
def folders(tmp_path: Path, whole_universe_cohort: Cohort) -> Path:
    """Lines, tumours of another platform, and the same as ratios."""
    lines = whole_universe_cohort.select(list(whole_universe_cohort.expression.index))
    lines = replace(lines, samples=lines.samples.assign(lineage="kidney"), name="lines")
    lines.write(tmp_path / "lines")
    offset = np.random.default_rng(0).normal(0, 2, lines.expression.shape[1])
    replace(lines, name="tumours", expression=lines.expression + offset).write(tmp_path / "tumours")
    ratios = lines.expression - lines.expression.mean()
    replace(lines, name="ratios", expression=ratios, expression_scale="log_ratio").write(tmp_path / "ratios")
    return tmp_path


def test_a_cohort_is_harmonised_scored_and_named(run: Runner, folders: Path, prepared: Path) -> None:
    """On the fly and by a matrix: the same predictions, and both say by what."""
    model = prepared / "model"
    reference, plot = folders / "r.parquet", folders / "map.png"
    given = ("--lines", folders / "lines", "--model", model)
    result = run("harmonise", folders / "tumours", "-o", reference, "--plot", plot, *given, "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    assert said["kind"] == "lineage"
    assert said["lineages"][0]["shift_after"] < said["lineages"][0]["shift_before"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    with_it = ("--harmonisation", reference)
    for command in (
        ("score", folders / "tumours", *with_it, "--model", model, "-o", folders / "a.parquet"),
        ("features", "build", folders / "tumours", *with_it, "-o", folders / "m.parquet"),
        ("score", folders / "m.parquet", "--model", model, "-o", folders / "b.parquet"),
    ):
        assert (done := run(*command)).exit_code == 0, done.stderr
    a, b = (pd.read_parquet(folders / f"{name}.parquet") for name in "ab")
    assert set(a.harmonisation) == set(b.harmonisation) == {said["reference"]}
    np.testing.assert_array_equal(a.prediction, b.prediction)


def test_ratios_are_refused_without_a_reference_and_scored_with_one(
    run: Runner, folders: Path, prepared: Path
) -> None:
    """Two-colour arrays have no order within a sample: scores of their ranks would look like any other."""
    model = prepared / "model"
    out = folders / "out.csv"
    assert_bad_input(run("score", folders / "ratios", "--model", model, "-o", out), "log_ratio", "harmonise")
    given = ("--lines", folders / "lines", "--model", model)
    result = run("harmonise", folders / "ratios", "-o", folders / "r.parquet", *given)
    assert result.exit_code == 0, result.stderr
    assert "none before (ratios cannot be scored)" in result.stdout
    done = run(
        "score", folders / "ratios", "--harmonisation", folders / "r.parquet", "--model", model, "-o", out
    )
    assert done.exit_code == 0, done.stderr


def test_without_a_common_lineage_it_says_what_can_be_read(
    run: Runner, folders: Path, prepared: Path
) -> None:
    """Nobody should have to find that out from a column."""
    tumours = Cohort.read(folders / "tumours")
    replace(tumours, samples=tumours.samples.assign(lineage="leukemia")).write(folders / "blood")
    given = ("--lines", folders / "lines", "--model", prepared / "model")
    result = run("harmonise", folders / "blood", "-o", folders / "r.parquet", *given)
    assert result.exit_code == 0, result.stderr
    assert "within the cohort only, and get no verdict" in result.stdout


def test_what_cannot_be_used_is_one_line_and_no_file(run: Runner, folders: Path, prepared: Path) -> None:
    """A reference of another scale, a matrix with a reference, an unknown ending."""
    model = ("--model", prepared / "model")
    before = left_in(folders)
    assert_bad_input(run("harmonise", folders / "tumours", "-o", folders / "r.json"), "end its name in")
    few = Cohort.read(folders / "tumours")
    few.select(list(few.samples.sample_id[:4])).write(folders / "few")
    given = ("--lines", folders / "lines", *model)
    assert_bad_input(run("harmonise", folders / "few", "-o", folders / "r.parquet", *given), "4 samples")
    assert left_in(folders) == sorted([*before, "few"])
    run("harmonise", folders / "tumours", "-o", folders / "r.parquet", *given)
    with_it = ("--harmonisation", folders / "r.parquet")
    assert_bad_input(
        run("score", folders / "ratios", *with_it, *model, "-o", folders / "o.csv"),
        "log_ratio",
        "fit a reference",
    )
    assert_bad_input(
        run("score", prepared / "matrix.csv", *with_it, *model, "-o", folders / "o.csv"),
        "is a feature matrix",
        "features build COHORT --harmonisation",
    )
