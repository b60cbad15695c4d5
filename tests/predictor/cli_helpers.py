"""What the tests of the commands share."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

Runner = Callable[..., Result]


def assert_bad_input(result: Result, *said: str) -> None:
    """Exit code 2, nothing on stdout, and exactly one line on stderr that says all of this."""
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stdout == ""
    assert result.stderr.startswith("mtorc1: error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    for words in said:
        assert words in result.stderr


def in_subprocess(
    *arguments: str | Path, cwd: Path, module: bool = True, options: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the program as a user does: as a module, or as the console script does it."""
    # The console script's own line; -P because a script has its own folder first on the path, not the cwd.
    start = ["-m", "predictor.cli"] if module else ["-P", "-c", "from predictor.cli import main; main()"]
    return subprocess.run(
        [sys.executable, *options, *start, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def left_in(folder: Path) -> list[str]:
    """Everything in a folder, temporary siblings too."""
    return sorted(path.name for path in folder.iterdir())
