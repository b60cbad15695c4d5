"""Matrices as files: exact, whole, and one clear line for bad ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_cohorts import made_cohort

from features import matrix_files
from features.builders import BUILDERS
from features.errors import InputError
from features.matrix import FeatureMatrix, build_matrix

COHORT = made_cohort(4)
MATRIX = build_matrix(COHORT)
SCALARS = build_matrix(COHORT, ["mutations", "msi", "lineage"])


@pytest.mark.parametrize("name", ["m.csv", "m.tsv", "m.csv.gz", "m.tsv.gz", "m.parquet"])
def test_numbers_survive_to_the_last_bit(tmp_path: Path, name: str) -> None:
    path = MATRIX.write(tmp_path / "new" / name)
    again = FeatureMatrix.read(path)
    assert again.values.index.equals(MATRIX.values.index)
    assert again.values.columns.equals(MATRIX.values.columns)
    np.testing.assert_array_equal(again.values, MATRIX.values)
    pd.testing.assert_frame_equal(again.notes, MATRIX.notes)
    assert {p.name for p in path.parent.iterdir()} == {name, f"{name}.notes.csv"}


def test_measured_growth_survives_where_it_was_built(tmp_path: Path) -> None:
    matrix = build_matrix(COHORT, list(BUILDERS))
    again = FeatureMatrix.read(matrix.write(tmp_path / "m.parquet"))
    assert again.values.columns.equals(matrix.values.columns)
    np.testing.assert_array_equal(again.values, matrix.values)


def test_a_family_that_is_absent_is_missing(tmp_path: Path) -> None:
    values = FeatureMatrix.read(SCALARS.write(tmp_path / "m.csv")).values
    pd.testing.assert_frame_equal(values[SCALARS.values.columns], SCALARS.values)
    assert list(values.columns) == list(MATRIX.values.columns)
    assert values.drop(columns=SCALARS.values.columns).isna().all(axis=None)


def test_the_same_matrix_is_the_same_file(tmp_path: Path) -> None:
    first = SCALARS.write(tmp_path / "a.csv.gz").read_bytes()
    assert SCALARS.write(tmp_path / "b.csv.gz").read_bytes() == first


def test_notes_of_an_older_matrix_go(tmp_path: Path) -> None:
    path = MATRIX.write(tmp_path / "m.parquet")
    SCALARS.write(path)
    assert not matrix_files.notes_path(path).exists()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    path = SCALARS.write(tmp_path / "m.csv")
    before = path.read_bytes()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="no space left"):
        MATRIX.write(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.csv"]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown kind of file"):
        SCALARS.write(tmp_path / "m.xlsx")


def text_of(matrix: FeatureMatrix = SCALARS) -> str:
    return matrix.values.to_csv()


def replaced(column: str, value: object) -> str:
    values = SCALARS.values.astype(object)
    values.loc["S1", column] = value
    return values.to_csv()


BAD = {
    "empty.csv": ("", "empty table"),
    "header.csv": (text_of().splitlines()[0] + "\n", "empty table"),
    "semicolons.csv": (text_of().replace(",", ";"), "only one column"),
    "tabs.csv": (text_of().replace(",", "\t"), "only one column"),
    "id.csv": (text_of().replace("sample_id", "name", 1), "first column is 'name'"),
    "nameless.csv": (text_of().replace("\nS1,", "\n,", 1), "row 2: sample_id is missing"),
    "twice.csv": (text_of().replace("\nS1,", "\nS0,"), "duplicate sample: S0"),
    "text.csv": (
        replaced("mut.MTOR", "mutant"),
        "column mut.MTOR, sample S1: value 'mutant' is not a number",
    ),
    "infinite.csv": (replaced("mut.MTOR", "inf"), "column mut.MTOR, sample S1: value is infinite"),
    "range.csv": (replaced("mut.MTOR", "2"), "column mut.MTOR, sample S1: value 2 is neither 0 nor 1"),
    "foreign.csv": (SCALARS.values.assign(age=3.0).to_csv(), "1 columns are no features: age"),
    "gap.csv": (
        SCALARS.values.drop(columns="mut.MTOR").to_csv(),
        r"family mutations lacks 1 of \d+ columns: mut.MTOR",
    ),
    "ragged.csv": (text_of() + "S9" + ",1" * 400 + "\n", "cannot be read as csv"),
    "strange.parquet": ("PAR1 but no", "cannot be read as parquet"),
    "strange.csv.gz": ("no gzip", "cannot be read"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_get_one_clear_line(tmp_path: Path, name: str) -> None:
    text, says = BAD[name]
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=says) as caught:
        FeatureMatrix.read(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_and_a_cut_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        FeatureMatrix.read(tmp_path / "none.csv")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(text_of().encode())[:-30])
    with pytest.raises(InputError, match=r"cut\.csv\.gz: cannot be read"):
        FeatureMatrix.read(cut)


def test_duplicate_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    lines = SCALARS.values.assign(x=0.0).to_csv().splitlines()
    path.write_text("\n".join([lines[0].replace(",x", ",mut.MTOR"), *lines[1:]]))
    # pandas gives the second of two columns of one name another one, which would pass for an unknown feature.
    with pytest.raises(InputError, match=r"duplicate column: mut\.MTOR"):
        FeatureMatrix.read(path)


def test_few_unknown_columns_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    SCALARS.values.assign(**{"mut.NEWGENE": 1.0}).to_csv(path)
    matrix = FeatureMatrix.read(path)
    assert "mut.NEWGENE" not in matrix.values
    assert matrix.notes["names"].tolist() == ["mut.NEWGENE"]


def test_many_unknown_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    SCALARS.values.assign(**{f"mut.NEW{i}": 1.0 for i in range(9)}).to_csv(path)
    with pytest.raises(InputError, match=r"9 of \d+ columns are unknown"):
        FeatureMatrix.read(path)


def test_a_quarter_of_the_genes_may_be_absent(tmp_path: Path) -> None:
    block = build_matrix(COHORT, ["expression"]).values
    path = tmp_path / "m.parquet"
    block.iloc[:, 1400:].reset_index().to_parquet(path)
    values = FeatureMatrix.read(path).values
    assert values[block.columns[:1400]].isna().all(axis=None)
    block.iloc[:, 1600:].reset_index().to_parquet(path)
    with pytest.raises(InputError, match=r"sample S0 lacks 2\d\.\d% of the 5,778 expr columns"):
        FeatureMatrix.read(path)


def test_numbers_written_as_text_in_parquet_are_read(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    values = SCALARS.values.assign(**{"mut.MTOR": np.array(["1", None, "0", "1"], dtype=object)})
    values.reset_index().to_parquet(path)
    np.testing.assert_array_equal(FeatureMatrix.read(path).values["mut.MTOR"], [1, np.nan, 0, 1])


@pytest.mark.parametrize("text", ["nonsense\n", "n\nx\n", ""])
def test_broken_notes_are_named(tmp_path: Path, text: str) -> None:
    path = SCALARS.write(tmp_path / "m.csv")
    matrix_files.notes_path(path).write_text(text)
    with pytest.raises(InputError, match="cannot be read as notes"):
        FeatureMatrix.read(path)


@pytest.mark.parametrize("name", ["m.csv", "m.csv.gz", "m.tsv"])
def test_a_row_that_was_cut_off_is_named(tmp_path: Path, name: str) -> None:
    """Prevents: a download that broke off in its last row, scored with the rest "unknown"."""
    path = SCALARS.write(tmp_path / name)
    text = (gzip.decompress(path.read_bytes()) if name.endswith("gz") else path.read_bytes()).rstrip()
    cut = text[: -len(text) // 20].rsplit(b"," if ".csv" in name else b"\t", 3)[0]
    path.write_bytes(gzip.compress(cut) if name.endswith("gz") else cut)
    with pytest.raises(InputError, match=r"line 5 has \d+ cells of"):
        FeatureMatrix.read(path)


def test_a_mutation_status_is_0_or_1(tmp_path: Path) -> None:
    values = SCALARS.values.copy()
    values.iloc[0, values.columns.get_loc("mut.TP53")] = 0.37
    with pytest.raises(InputError, match=r"0\.37 is neither 0 nor 1"):
        FeatureMatrix.read(FeatureMatrix(values).write(tmp_path / "m.csv"))
