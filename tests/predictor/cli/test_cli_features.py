"""``mtorc1 features build`` with what a user may choose of the features."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

from features.builders.rank_normal import universe_symbols
from features.cohort import Cohort
from features.matrix import FeatureMatrix


@pytest.fixture
def folder(ten: Cohort, tmp_path: Path) -> Path:
    """A cohort and a GMT file of two sets."""
    ten.write(tmp_path / "ten")
    genes = universe_symbols()
    lines = ["\t".join(["MINE", "", *genes[:12]]), "\t".join(["OTHER", "", *genes[20:40]])]
    (tmp_path / "own.gmt").write_text("\n".join(lines))
    return tmp_path


def test_own_gene_sets_are_scored(run: Runner, folder: Path) -> None:
    out = folder / "m.csv"
    result = run(
        "features", "build", folder / "ten", "-o", out, "--gene-sets", folder / "own.gmt",
        "--family", "gene_sets", "--family", "pathways", "--json",
    )  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["gene_sets"] == 2
    values = FeatureMatrix.read(out).values
    assert np.isfinite(values[["set.MINE", "set.OTHER"]].to_numpy()).all()


def test_nothing_is_said_to_be_unknown_where_everything_is_known(run: Runner, folder: Path) -> None:
    result = run(
        "features", "build", folder / "ten", "-o", folder / "m.tsv", "--gene-sets", folder / "own.gmt",
        "--family", "gene_sets",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("10 samples x 2 features")
    assert "unknown" not in result.stdout


def test_cut_offs_reach_the_clonality_indices(run: Runner, folder: Path) -> None:
    used = {}
    for depth, vaf in [(0, 0.0), (100, 0.2)]:
        out = folder / f"m{depth}.csv"
        result = run(
            "features", "build", folder / "ten", "-o", out, "--family", "clonality",
            "--min-depth", depth, "--min-vaf", vaf,
        )  # fmt: skip
        assert result.exit_code == 0, result.stderr
        used[depth] = FeatureMatrix.read(out).values["clonality.n_variants_used"].sum()
    assert used[100] < used[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gene-sets", "absent.gmt"), "absent.gmt: no such file"),
        (("--gene-sets", "own.gmt", "--family", "pathways"), "add --family gene_sets"),
        (("--family", "gene_sets"), "needs --gene-sets FILE"),
        (("--min-vaf", "5"), "the least VAF is 5, not from 0 to 1"),
        (("--min-depth", "-1"), "the least depth is -1"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(folder)
    before = left_in(folder)
    assert_bad_input(run("features", "build", "ten", "-o", "m.csv", *options), said)
    assert left_in(folder) == before
