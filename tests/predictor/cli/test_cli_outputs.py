"""Outputs: refused before the work when they cannot be written, and whole or not at all."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pandas as pd
import pytest
from cli_helpers import left_in

from features.errors import InputError
from predictor.cli import outputs

TABLE = pd.DataFrame(
    {"sample_id": ["a", "b"], "prediction": [0.1 + 0.2, float("nan")], "in_domain": [True, False]}
)


@pytest.mark.parametrize("ending", outputs.TABLES)
def test_a_number_survives_every_form_to_the_last_bit(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "new" / f"out{ending}"
    outputs.write_table(TABLE, path)
    if ending == ".parquet":
        read = pd.read_parquet(path)
    elif ending == ".jsonl":
        read = pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])
    else:
        read = pd.read_csv(path, sep="," if ending == ".csv" else "\t", float_precision="round_trip")
    pd.testing.assert_frame_equal(read, TABLE, check_exact=True)
    assert left_in(path.parent) == [path.name]


def test_a_file_with_the_rights_of_a_temporary_one_is_unreadable_to_colleagues(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        outputs.write_table(TABLE, tmp_path / "out.csv")
    finally:
        os.umask(before)
    assert (tmp_path / "out.csv").stat().st_mode & 0o777 == 0o644


def test_a_full_disk_leaves_the_older_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.csv"
    path.write_text("older")

    def full(self: pd.DataFrame, target: Path, **_: object) -> None:
        Path(target).write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(InputError, match=r"out\.csv: cannot be used \(no space left on device\)"):
        outputs.write_table(TABLE, path)
    assert path.read_text() == "older"
    assert left_in(tmp_path) == ["out.csv"]


def test_of_two_files_none_is_written_if_one_fails(tmp_path: Path) -> None:
    def interrupted(target: Path) -> None:
        target.write_text("half")
        raise KeyboardInterrupt

    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    with pytest.raises(KeyboardInterrupt):
        outputs.write_together({first: outputs.table_writer(TABLE, first), second: interrupted})
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("out.xlsx", "unknown kind of output"), ("folder.csv", "is a folder"), ("file/out.csv", "is no folder")],
)
def test_an_output_that_cannot_be_is_refused_before_the_work(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=said):
        outputs.check_file(tmp_path / name, outputs.TABLES)


def test_a_read_only_folder_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write anywhere, so the system's answer is set here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="cannot be written to"):
        outputs.check_file(tmp_path / "new" / "out.csv", outputs.TABLES)
    with pytest.raises(InputError, match="cannot be written to"):
        outputs.check_folder(tmp_path / "models")


def test_an_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(InputError, match="is a file"):
        outputs.check_folder(tmp_path / "models")
