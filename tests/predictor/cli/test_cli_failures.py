"""Failures: one line, the right exit code, and no traceback unless it is asked for."""

from __future__ import annotations

import errno
from types import ModuleType

import click
import pytest
from cli_helpers import Runner

from features.errors import InputError
from predictor.cli import failures
from predictor.cli.program import program


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            InputError("no such file", where="a.maf", todo="check the path"),
            2,
            "error: a.maf: no such file; check the path",
        ),
        (
            OSError(errno.ENOSPC, "No space left on device", "out.csv"),
            2,
            "error: out.csv: no space left on device;",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "out.csv"),
            2,
            "error: out.csv: permission denied;",
        ),
        (OSError(errno.EROFS, "Read-only file system"), 2, "error: read-only file system;"),
        (KeyboardInterrupt(), 130, "interrupted; nothing was left half-written"),
        (click.UsageError("two\nlines."), 2, "error: two lines"),
        (
            OSError(errno.EIO, "I/O error"),
            1,
            "internal error (OSError: [Errno 5] I/O error); run with --debug",
        ),
        (ValueError(), 1, "internal error (ValueError); run with --debug for the traceback"),
        (KeyError("a\nb"), 1, "internal error (KeyError: 'a\\nb'); run"),
    ],
)
def test_each_kind_of_failure_has_its_exit_code_and_one_line(
    error: BaseException, code: int, said: str
) -> None:
    found = failures.verdict(error)
    assert found.exit_code == code
    assert found.line.startswith(said)
    assert "\n" not in found.line


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> dict[str, BaseException]:
    """A command that raises what is put under "error"."""
    holder: dict[str, BaseException] = {}

    @click.command("train")
    def command() -> None:
        raise holder["error"]

    module = ModuleType("predictor.cli.train")
    module.command = command  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "predictor.cli.train", module)
    return holder


def test_a_traceback_shown_without_debug_would_bury_the_line(
    failing: dict[str, BaseException], run: Runner
) -> None:
    failing["error"] = RuntimeError("odd")
    result = run("train")
    assert result.exit_code == 1
    assert result.stderr == "mtorc1: internal error (RuntimeError: odd); run with --debug for the traceback\n"


def test_debug_shows_the_traceback_before_the_line(failing: dict[str, BaseException], run: Runner) -> None:
    failing["error"] = InputError("bad", where="x.csv")
    result = run("--debug", "train")
    assert result.exit_code == 2
    assert "Traceback (most recent call last)" in result.stderr
    assert result.stderr.endswith("mtorc1: error: x.csv: bad\n")


def test_an_interrupt_is_one_line_and_130(failing: dict[str, BaseException], run: Runner) -> None:
    failing["error"] = KeyboardInterrupt()
    result = run("train")
    assert result.exit_code == 130
    assert result.stderr == "mtorc1: interrupted; nothing was left half-written\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nonsense",), "mtorc1: error: No such command 'nonsense'"),
        (("--nonsense",), "mtorc1: error: No such option"),
        (
            ("features", "build", "gdsc"),
            "mtorc1: error: Missing option '-o' / '--output'; see `mtorc1 features build --help`",
        ),
        (("data", "import", "--kind", "x", "-o", "y"), "mtorc1: error: Invalid value for '--kind'"),
    ],
)
def test_a_wrong_call_is_one_line_and_2(run: Runner, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(said)
    assert result.stderr.count("\n") == 1


def test_a_call_from_code_gets_the_exit_code_instead_of_an_exit() -> None:
    assert program.main(["--version"], standalone_mode=False) == 0
    assert program.main(["nonsense"], standalone_mode=False) == 2
