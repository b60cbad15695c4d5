"""What ``docs/example.md`` shows is what comes out: its commands and code are run, in their order."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from features.cohort import Cohort
from predictor.cli.program import program as mtorc1

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "example.md"
#: Where the page's ``reference_data`` lies.
DATA = ROOT.parent / "shared" / "data"

_BLOCK = re.compile(r"^```(console|python|text)\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


def steps(page: str) -> Iterator[tuple[str, str, str]]:
    """Kind (console or python), what is to be run, and the output that the page shows of it."""
    blocks = _BLOCK.findall(page)
    for (kind, text), (following, shown) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "console":
            for part in re.split(r"^\$ ", text.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield kind, command, output.rstrip("\n")
        elif kind == "python":
            yield kind, text, shown if following == "text" else ""


def ran(kind: str, text: str, names: dict[str, object]) -> str:
    """Run one step in the working folder; what it prints, without spaces at the ends of lines."""
    if kind == "python":
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(text, PAGE.name, "exec"), names)
        return tidy(out.getvalue())
    program, *arguments = shlex.split(text)
    if program == "mtorc1":
        # In this process: six starts of Python with all its libraries would take half of the time.
        result = CliRunner().invoke(mtorc1, arguments, prog_name="mtorc1")
        assert result.exit_code == 0, f"{text}\n{result.stderr}"
        return tidy(result.stdout)
    assert program == "python"
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stderr}"
    return tidy(done.stdout)


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip("\n").split("\n"))


@pytest.mark.shared
@pytest.mark.no_cover  # The tracer adds half of the time, and no line is run here alone.
@pytest.mark.gdsc
def test_the_page_shows_what_its_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gdsc_cohort: Cohort
) -> None:
    """A page of an older model, or of features that changed since, tells users what they will not see."""
    if not DATA.is_dir():
        pytest.skip("the shared reference data are not beside the repository")
    (tmp_path / "reference_data").symlink_to(DATA)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for kind, text, shown in steps(PAGE.read_text(encoding="utf-8")):
        assert ran(kind, text, names) == shown, text


def test_every_step_of_the_page_is_found() -> None:
    """A fence that the pattern misses would never be run."""
    page = PAGE.read_text(encoding="utf-8")
    assert len(_BLOCK.findall(page)) * 2 == page.count("```")
    commands = [text for kind, text, _ in steps(page) if kind == "console"]
    assert [c.split()[1] for c in commands if c.startswith("mtorc1")][:3] == ["data", "features", "score"]
