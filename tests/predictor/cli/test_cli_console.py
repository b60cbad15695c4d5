"""What is printed: aligned, valid JSON, quiet where nobody looks."""

from __future__ import annotations

import io
import json
import logging
import sys
from pathlib import Path

import numpy as np
import pytest
from cli_helpers import Runner

from predictor.cli import console


def test_numbers_stand_to_the_right_and_unknown_is_a_dash(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(("name", "n", "r"), [("a", 1234, 0.5), ("bc", None, float("nan")), ("d", 2, True)])
    assert capsys.readouterr().out.splitlines() == [
        "  name      n      r",
        "  a     1,234  0.500",
        "  bc        -      -",
        "  d         2    yes",
    ]


def test_an_empty_table_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    console.table(("name", "n"), [])
    assert capsys.readouterr().out == "  name  n\n"


def test_nan_would_make_invalid_json(capsys: pytest.CaptureFixture[str]) -> None:
    console.document(
        {
            "a": float("nan"),
            "b": np.float64(0.1),
            "c": [np.int64(3), np.nan],
            "d": Path("x"),
            5: (np.bool_(True), {"e"}),
        }
    )
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": None, "b": 0.1, "c": [3, None], "d": "x", "5": [True, ["e"]]}


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_bars_are_drawn_on_a_terminal_one_for_each_label(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.progress() as progress:
        for done in range(4):
            progress("fetch", done, 3)
        progress("parse", 0, 0)
        progress("bytes", 200_000, 1_000_000)
    drawn = terminal.getvalue()
    assert "fetch" in drawn
    assert "parse" in drawn
    assert "0.00/1.00M" in drawn


def test_bars_in_a_log_file_would_bury_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress() as progress:
        progress("fetch", 1, 3)
    assert capsys.readouterr() == ("", "")


def test_long_work_in_a_log_says_now_and_then_that_it_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prevents: a CI log that stays silent for minutes."""
    monkeypatch.setattr(console, "PLAIN_SECONDS", 0.0)
    with console.progress() as progress:
        progress("fits", 24, 95)
        progress("wait", 0, 0)
    assert capsys.readouterr().err == "fits: 24 of 95\nwait\n"


def test_our_warnings_are_one_line_and_other_libraries_are_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    ours = logging.getLogger("features.sources.store")
    with console.own_warnings():
        ours.warning("the file is\ntruncated")
        ours.info("nothing to see")
    assert capsys.readouterr().err == "mtorc1: warning: the file is truncated\n"
    assert not logging.getLogger("features").handlers


def test_a_closed_pipe_is_no_internal_error(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*_: object, **__: object) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(console, "table", closed)
    result = run("features", "describe")
    assert result.exit_code == 1
    assert "internal error" not in result.stderr
