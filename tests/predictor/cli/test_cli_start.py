"""Start-up: quick, and safe from what lies in the working directory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from cli_helpers import Runner, in_subprocess

from predictor import __version__
from predictor.cli import import_path, main
from predictor.cli.program import COMMANDS

HEAVY = (
    "numpy",
    "pandas",
    "sklearn",
    "xgboost",
    "mlflow",
    "shap",
    "matplotlib",
    "pandera",
    "pydantic",
    "decoupler",
)
SUBCOMMANDS = [
    *((name,) for name in COMMANDS if name not in {"data", "features"}),
    ("data", "list"), ("data", "fetch"), ("data", "import"), ("features", "build"), ("features", "describe"),
]  # fmt: skip


def test_help_that_imports_a_heavy_library_takes_seconds(tmp_path: Path) -> None:
    ran = in_subprocess("--help", cwd=tmp_path, options=("-X", "importtime"))
    assert ran.returncode == 0
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in ran.stderr.splitlines()}
    assert imported & {"click"}
    assert not imported & set(HEAVY)
    assert [
        line.split()[0]
        for line in ran.stdout.splitlines()
        if line.split()[:1] and line.split()[0] in COMMANDS
    ] == [*COMMANDS]


@pytest.mark.parametrize("names", SUBCOMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(run: Runner, names: tuple[str, ...]) -> None:
    result = run(*names, "--help")
    assert result.exit_code == 0
    assert f"mtorc1 {' '.join(names)}" in result.stdout.partition("Example:")[2]
    assert "--json" in result.stdout
    assert "--debug" in result.stdout


@pytest.mark.parametrize("name", ["score", "explain"])
def test_the_help_of_predictions_says_research_use(run: Runner, name: str) -> None:
    assert "For research use only" in " ".join(run(name, "--help").stdout.split())


def test_version(run: Runner) -> None:
    assert run("--version").stdout == f"mtorc1 {__version__}\n"


def test_the_entry_point_ends_with_the_programs_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    for argument, code in (("--version", 0), ("nonsense", 2)):
        monkeypatch.setattr(sys, "argv", ["mtorc1", argument])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == code


def test_ctrl_c_during_start_up_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_path, "prefer_own_packages", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == "mtorc1: interrupted; nothing was left half-written\n"


@pytest.mark.parametrize("names", [(), ("data",), ("features",)], ids=" ".join)
def test_without_a_command_it_shows_the_help_and_not_one_endless_line(
    run: Runner, names: tuple[str, ...]
) -> None:
    result = run(*names)
    assert result.output.startswith("Usage: mtorc1")
    assert result.output.splitlines() == run(*names, "--help").output.splitlines()


@pytest.fixture
def users_folder(tmp_path: Path) -> Path:
    """A working directory with modules that are called as our packages are."""
    for name in ("features.py", "predictor.py"):
        (tmp_path / name).write_text("raise SystemExit('the user\\'s own module was run')\n")
    return tmp_path


def test_a_users_features_py_does_not_shadow_ours_under_the_script(users_folder: Path) -> None:
    ran = in_subprocess("features", "describe", "mut.MTOR", cwd=users_folder, module=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "mtor_itself" in " ".join(ran.stdout.split())


def test_a_users_features_py_does_not_shadow_ours_under_python_m(users_folder: Path) -> None:
    (users_folder / "predictor.py").unlink()
    ran = in_subprocess("features", "describe", "mut.MTOR", cwd=users_folder)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_users_predictor_py_does_not_shadow_ours_on_a_safe_path(users_folder: Path) -> None:
    ran = in_subprocess("features", "describe", "mut.MTOR", cwd=users_folder, PYTHONSAFEPATH="1")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_features_py_elsewhere_on_the_path_does_not_shadow_ours(users_folder: Path) -> None:
    (users_folder / "predictor.py").unlink()
    work = users_folder / "work"
    work.mkdir()
    ran = in_subprocess(
        "features", "describe", "mut.MTOR", cwd=work, module=False, PYTHONPATH=str(users_folder)
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_working_directory_leaves_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    elsewhere = str(tmp_path / "elsewhere")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), elsewhere, *[p for p in sys.path if p]])
    import_path.prefer_own_packages()
    assert str(tmp_path) not in sys.path
    assert "" not in sys.path
    assert elsewhere in sys.path


def test_another_features_on_the_path_is_overtaken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "features.py").write_text("")
    monkeypatch.delitem(sys.modules, "features")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    import_path.prefer_own_packages()
    assert sys.path[0] == str(import_path.HOME)


def test_a_working_directory_that_was_removed_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Path:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "cwd", gone)
    monkeypatch.setattr(sys, "path", list(sys.path))
    import_path.prefer_own_packages()
