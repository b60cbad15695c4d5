from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from features.errors import InputError
from features.storage import sha256_file, storage_errors, whole_files, whole_folder


def test_sha256_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_file(tmp_path / "x").startswith(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_an_error_without_words_still_says_something() -> None:
    with pytest.raises(InputError, match=r"here: cannot be used \(oserror\)"), storage_errors("here"):
        raise OSError


def _fill(target: Path) -> None:
    with whole_folder(target) as fresh:
        (fresh / "half").touch()
        raise ZeroDivisionError


def test_a_folder_is_whole_or_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _fill(tmp_path / "deep" / "f")
    assert list((tmp_path / "deep").iterdir()) == []
    with whole_folder(tmp_path / "deep" / "f") as fresh:
        (fresh / "all").touch()
    assert [path.name for path in (tmp_path / "deep").rglob("*")] == ["f", "all"]


def _run_out_of_space(*targets: Path) -> None:
    with whole_files(*targets) as (one, _):
        one.write_text("new")
        raise OSError(errno.ENOSPC, "No space left on device")


def test_files_are_whole_or_as_they_were(tmp_path: Path) -> None:
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("old")
    with pytest.raises(InputError, match="no space"):
        _run_out_of_space(first, second)
    assert first.read_text() == "old"
    with whole_files(first, second) as (one, _):
        one.write_text("new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "new")]


def test_an_interruption_between_two_renames_keeps_the_older_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prevents: Ctrl-C at the wrong moment that loses both the old model and the new one."""
    with whole_folder(tmp_path / "model") as fresh:
        (fresh / "old").touch()
    real, calls = os.replace, []

    def interrupted(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), whole_folder(tmp_path / "model") as fresh:
        (fresh / "new").touch()
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
