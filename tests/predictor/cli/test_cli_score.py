"""``mtorc1 score`` and ``mtorc1 explain``: the same numbers from every input; bad input refused whole."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

from features.cohort import Cohort
from features.matrix import FeatureMatrix
from predictor.bundle import Bundle
from predictor.scoring import COLUMNS, score


def test_the_table_is_what_the_library_scores_to_the_last_bit(
    run: Runner, prepared: Path, tiny_bundle: Bundle, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    result = run("score", prepared / "matrix.csv", "-o", out, "--model", prepared / "model")
    assert (result.exit_code, result.stderr) == (0, "")
    read = pd.read_csv(out, dtype={"sample_id": str}, keep_default_na=False, float_precision="round_trip")
    wanted = score(tiny_bundle, FeatureMatrix.read(prepared / "matrix.csv").values)
    assert tuple(read.columns) == COLUMNS
    pd.testing.assert_frame_equal(read, wanted, check_exact=True, check_dtype=False)


def test_the_closing_summary_says_what_to_know_before_trusting_the_table(
    run: Runner, prepared: Path, tmp_path: Path
) -> None:
    text = run(
        "score", prepared / "matrix.parquet", "-o", tmp_path / "out.tsv", "--model", prepared / "model"
    ).stdout
    assert "(10 samples x " in text
    for words in (
        "model: tiny",
        "answered from (samples): rna+dna (10)",
        "out of domain",
        "missing inputs (samples):",
    ):
        assert words in text
    assert "looked for in 0 (a matrix names no protein changes)" in text
    assert "no model for: " in text
    assert "For research use only" in text


def test_a_cohort_and_its_matrix_score_the_same(run: Runner, prepared: Path, tmp_path: Path) -> None:
    model = ("--model", prepared / "model")
    assert run("score", prepared / "matrix.parquet", "-o", tmp_path / "m.parquet", *model).exit_code == 0
    found = json.loads(
        run("score", prepared / "cohort", "-o", tmp_path / "c.parquet", *model, "--json").stdout
    )
    assert found["variants_looked_for"] == 10
    assert found["predictions"] == found["scored"] == 10 * found["inhibitors"]
    of_matrix, of_cohort = (pd.read_parquet(tmp_path / f"{one}.parquet") for one in "mc")
    # A matrix names no protein changes; all else is the same to the last bit.
    assert set(of_matrix.pop("evidence")) == {"not looked for"}
    shown = of_cohort.pop("evidence")
    assert not shown.str.contains("not looked for").any()
    assert shown.str.contains("sensitive: |no difference: ").any()
    pd.testing.assert_frame_equal(of_matrix, of_cohort, check_exact=True)


def test_a_maf_scores_with_its_tables_and_evidence_overrides(
    run: Runner, prepared: Path, tables: dict[str, Path], tmp_path: Path
) -> None:
    result = run(
        "score", tables["maf"], "--expression", tables["expression"], "--samples", tables["samples"],
        "--lineage", "renal cell carcinoma", "--inhibitors", "Everolimus, AZD8055",
        "-o", tmp_path / "out.jsonl", "--model", prepared / "model",
    )  # fmt: skip
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        "overrides the verdict of 1; resistance variants of the target were looked for in 10 "
        in result.stdout
    )
    rows = pd.DataFrame([json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()])
    assert list(rows.inhibitor.unique()) == ["everolimus", "AZD8055"]
    carrier = rows[rows.sample_id == "S003"].set_index("inhibitor").verdict
    assert carrier["everolimus"].startswith("overridden by evidence")
    assert not carrier["AZD8055"].startswith("overridden")


def test_a_maf_is_known_by_its_header_too(run: Runner, prepared: Path, tables: dict[str, Path]) -> None:
    renamed = tables["maf"].rename(tables["maf"].with_name("data_mutations.txt"))
    result = run(
        "score", renamed, "-o", renamed.with_name("out.csv"), "--model", prepared / "model", "--json"
    )
    found = json.loads(result.stdout)
    assert found["modality_patterns"] == {"dna": 10}
    assert found["missing_inputs"]["rna"] == 10


def test_a_lineage_is_filled_in_only_where_there_is_none(run: Runner, prepared: Path, tmp_path: Path) -> None:
    matrix = FeatureMatrix.read(prepared / "matrix.parquet")
    lineages = [column for column in matrix.values.columns if column.startswith("lineage.")]
    values = matrix.values.copy()
    values.loc[values.index[:2], lineages] = float("nan")
    FeatureMatrix(values).write(tmp_path / "m.parquet")
    options = ("--model", prepared / "model", "--json")
    without = json.loads(run("score", tmp_path / "m.parquet", "-o", tmp_path / "a.csv", *options).stdout)
    filled = json.loads(
        run("score", tmp_path / "m.parquet", "-o", tmp_path / "b.csv", "--lineage", "skin", *options).stdout
    )
    assert without["missing_inputs"]["lineage"] == 2
    assert "lineage" not in filled["missing_inputs"]
    before, after = (
        pd.read_csv(tmp_path / name).set_index("sample_id").prediction for name in ("a.csv", "b.csv")
    )
    changed = before.to_numpy() != after.to_numpy()
    assert set(before.index[changed]) <= set(values.index[:2])
    # The cohort's own lineages stand as well.
    assert (
        run("score", prepared / "cohort", "-o", tmp_path / "c.csv", "--lineage", "skin", *options).exit_code
        == 0
    )


def _spoiled(prepared: Path, folder: Path, what: str) -> Path:
    """A feature matrix with one fault."""
    table, path = pd.read_parquet(prepared / "matrix.parquet"), folder / "bad.csv"
    if what != "genes":
        # Thousands of columns take a second to read, and a family may be absent altogether.
        table = table.drop(columns=table.columns[table.columns.str.startswith("expr.")])
    if what == "missing":
        return path
    if what == "separator":
        table.to_csv(path, sep=";", index=False)
        return path
    if what == "duplicate":
        table = pd.concat([table, table.iloc[:1]])
    elif what == "genes":
        unknown = {c: f"expr.NOT{c[5:]}" for c in table.columns[table.columns.str.startswith("expr.")][:600]}
        table = table.rename(columns=unknown)
    elif what == "text":
        table["path.mtorc1"] = table["path.mtorc1"].astype(object)
        table.loc[2, "path.mtorc1"] = "high"
    elif what == "infinite":
        table.loc[2, "path.mtorc1"] = float("inf")
    elif what == "empty":
        table = table.iloc[:0]
    elif what == "header":
        table = table.rename(columns={"sample_id": "line"})
    table.to_csv(path, index=False)
    return path


BAD_MATRICES = {
    "missing": "bad.csv: no such file or folder",
    "separator": "separator",
    "duplicate": "duplicate sample: S000",
    "genes": "columns are unknown (at most 5%)",
    "text": "value 'high' is not a number",
    "infinite": "value is infinite",
    "empty": "empty table",
    "header": "first column is 'line'",
}


@pytest.mark.parametrize(
    ("command", "what"),
    [*(("score", what) for what in BAD_MATRICES), ("explain", "missing"), ("explain", "infinite")],
)
def test_a_bad_matrix_is_one_line_and_no_output(
    run: Runner, prepared: Path, tmp_path: Path, command: str, what: str
) -> None:
    path = _spoiled(prepared, tmp_path, what)
    before = left_in(tmp_path)
    result = run(command, path, "-o", tmp_path / "out.csv", "--model", prepared / "model")
    assert_bad_input(result, str(path), BAD_MATRICES[what])
    assert left_in(tmp_path) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--inhibitors", "evrolimus"), "did you mean everolimus"),
        (("--inhibitors", " , "), "no inhibitor was asked for"),
        (("--inhibitors", "RapaLink-1"), "neither RapaLink-1 nor its class bivalent has a model"),
        (("--lineage", "kidny"), "--lineage: unknown lineage 'kidny'"),
        (("--expression", "x.tsv"), "is not a MAF; leave out --expression"),
        (("--model", "absent"), "absent"),
        (("-o", "out.xlsx"), "unknown kind of output"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_one_line(
    run: Runner, prepared: Path, tmp_path: Path, arguments: tuple[str, str], said: str
) -> None:
    out = tmp_path / "out.csv"
    result = run("score", prepared / "matrix.parquet", "-o", out, "--model", prepared / "model", *arguments)
    assert_bad_input(result, said)
    assert left_in(tmp_path) == []


def test_expression_that_cannot_be_log2_is_one_line(
    run: Runner, prepared: Path, tables: dict[str, Path], tmp_path: Path
) -> None:
    table = pd.read_csv(tables["expression"], sep="\t", index_col=0)
    (table * 1000 - 5000).to_csv(tables["expression"], sep="\t")
    before = left_in(tmp_path)
    for stated in ((), ("--expression-scale", "log2")):
        result = run(
            "score", tables["maf"], "--expression", tables["expression"], *stated, "-o", tmp_path / "out.csv",
            "--model", prepared / "model",
        )  # fmt: skip
        assert_bad_input(result, str(tables["expression"]), "log2")
    assert left_in(tmp_path) == before


@pytest.mark.parametrize("name", ["manifest.json", "arrays.npz"])
def test_a_bundle_with_a_byte_changed_is_one_line(
    run: Runner, prepared: Path, tmp_path: Path, name: str
) -> None:
    shutil.copytree(prepared / "model", tmp_path / "model")
    content = bytearray((tmp_path / "model" / name).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model" / name).write_bytes(content)
    result = run(
        "score", prepared / "matrix.parquet", "-o", tmp_path / "out.csv", "--model", tmp_path / "model"
    )
    assert_bad_input(result, str(tmp_path / "model"))
    assert left_in(tmp_path) == ["model"]


def test_without_a_model_the_released_one_answers(
    run: Runner, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("predictor.bundle.released_bundle_path", lambda _name: prepared / "model")
    assert run("score", prepared / "matrix.parquet", "-o", tmp_path / "out.csv").exit_code == 0


def test_a_full_disk_is_one_line_and_the_older_file_stays(
    run: Runner, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.parquet"
    out.write_text("older")

    def full(self: pd.DataFrame, target: Path, **_: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    result = run("score", prepared / "matrix.parquet", "-o", out, "--model", prepared / "model")
    assert_bad_input(result, str(out), "no space left on device")
    assert out.read_text() == "older"
    assert left_in(tmp_path) == ["out.parquet"]


INTERRUPTED = """
import os, signal, sys, time
# A suite that was started in the background hands down an ignored SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
import pandas as pd

def half(self, target, **_):
    with open(target, "w") as handle:
        handle.write("sample_id,inhib")
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)

pd.DataFrame.to_csv = half
from predictor.cli import main
main()
"""


@pytest.mark.parametrize("command", ["score", "explain"])
def test_ctrl_c_half_way_leaves_nothing_half_written(prepared: Path, tmp_path: Path, command: str) -> None:
    arguments = [
        command,
        prepared / "matrix.parquet",
        "-o",
        tmp_path / "out.csv",
        "--model",
        prepared / "model",
    ]
    ran = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *map(str, arguments)],
        capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 130
    assert (ran.stdout, ran.stderr) == ("", "mtorc1: interrupted; nothing was left half-written\n")
    assert left_in(tmp_path) == []


def test_explanations_add_up_to_the_predictions(run: Runner, prepared: Path, tmp_path: Path) -> None:
    model = ("--model", prepared / "model")
    assert run("score", prepared / "cohort", "-o", tmp_path / "p.parquet", *model).exit_code == 0
    out = tmp_path / "why.parquet"
    result = run(
        "explain", prepared / "cohort", "-o", out, "--genes", 5, "--plot", tmp_path / "why.png", *model
    )
    assert (result.exit_code, result.stderr) == (0, "")
    keys = ["sample_id", "inhibitor"]
    predicted = pd.read_parquet(tmp_path / "p.parquet").set_index(keys).prediction
    for path in (out, tmp_path / "why.mechanisms.parquet"):
        sums = pd.read_parquet(path).groupby(keys, sort=False).shap_value.sum()
        assert (sums - predicted.reindex(sums.index)).abs().max() < 1e-4
        assert len(sums) == len(predicted)
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    assert "and " in result.stdout
    assert " more\n" in result.stdout


def test_one_sample_and_inhibitor_are_told_feature_by_feature(
    run: Runner, prepared: Path, tmp_path: Path
) -> None:
    options = ("--sample", "S004", "--inhibitor", "everolimus", "--model", prepared / "model")
    result = run(
        "explain",
        prepared / "matrix.parquet",
        "-o",
        tmp_path / "why.csv",
        *options,
        "--every-gene",
        "--plot",
        tmp_path / "why.svg",
    )
    assert result.exit_code == 0, result.stderr
    assert "S004, everolimus: " in result.stdout
    assert "(rapalog)" in result.stdout
    assert "Weightiest features:" in result.stdout
    table = pd.read_csv(tmp_path / "why.csv")
    assert set(table.sample_id) == {"S004"}
    assert not table.feature.str.startswith("other expr").any()
    found = json.loads(
        run("explain", prepared / "cohort", "-o", tmp_path / "why.csv", *options, "--json").stdout
    )
    assert found["explanations"][0]["prediction"] == pytest.approx(
        sum(found["explanations"][0]["shap_values"].values())
    )


@pytest.mark.parametrize("source", ["matrix.parquet", "cohort"])
def test_an_unknown_sample_is_one_line(run: Runner, prepared: Path, tmp_path: Path, source: str) -> None:
    options = ("--sample", "S999", "--model", prepared / "model")
    result = run("explain", prepared / source, "-o", tmp_path / "why.csv", *options)
    assert_bad_input(result, "S999")
    assert left_in(tmp_path) == []


def test_a_plot_of_an_unknown_kind_is_refused_before_the_work(
    run: Runner, prepared: Path, tmp_path: Path
) -> None:
    result = run(
        "explain", prepared / "matrix.parquet", "-o", tmp_path / "why.csv", "--plot", tmp_path / "why.bmp"
    )
    assert_bad_input(result, "unknown kind of output")
    assert left_in(tmp_path) == []


def test_a_folder_that_is_no_cohort_is_one_line(
    run: Runner, prepared: Path, ten: Cohort, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    result = run("score", tmp_path / "folder", "-o", tmp_path / "out.csv", "--model", prepared / "model")
    assert_bad_input(result, "is not a cohort")


@pytest.mark.parametrize("command", ["score", "explain"])
def test_an_output_that_is_the_input_would_destroy_it(
    run: Runner, prepared: Path, tmp_path: Path, command: str
) -> None:
    mine = tmp_path / "matrix.csv"
    mine.write_bytes((prepared / "matrix.csv").read_bytes())
    result = run(command, mine, "-o", tmp_path / "." / "matrix.csv", "--model", prepared / "model")
    assert result.exit_code == 2
    assert "is also an input" in result.stderr
    assert mine.read_bytes() == (prepared / "matrix.csv").read_bytes()


def test_an_output_without_a_name_is_no_internal_error(run: Runner, prepared: Path, tmp_path: Path) -> None:
    result = run("score", prepared / "matrix.csv", "-o", tmp_path / ".csv", "--model", prepared / "model")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_parts_of_tumours_are_scored_and_combined(run: Runner, prepared: Path, tmp_path: Path) -> None:
    """Both tables or none; what cannot be taken apart says why, and a matrix is refused."""
    model = ("--model", prepared / "model", "--inhibitors", "sirolimus")
    out = tmp_path / "o.csv"
    result = run("score", prepared / "cohort", *model, "--by", "clone", "-o", out, "--json")
    assert result.exit_code == 0, result.stderr
    said = json.loads(result.stdout)
    table, parts = pd.read_csv(out), pd.read_csv(tmp_path / "o.parts.csv")
    assert len(table) == 10
    assert (table.parts == 1).all()
    assert set(parts.part) == {"whole"}
    assert sum(said["not_taken_apart"].values()) == 10
    plain = tmp_path / "plain.csv"
    assert run("score", prepared / "cohort", *model, "-o", plain).exit_code == 0
    assert pd.read_csv(plain).prediction.to_list() == parts.prediction.to_list()
    assert "not taken apart" in run("score", prepared / "cohort", *model, "--by", "region", "-o", out).stdout
    refused = run("score", prepared / "matrix.csv", *model, "--by", "clone", "-o", tmp_path / "no.csv")
    assert_bad_input(refused, "feature matrix", "cohort folder")
    assert not (tmp_path / "no.csv").exists()
