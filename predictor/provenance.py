"""Where a result came from: revision of the code, versions of the libraries, time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

#: The libraries whose version can change a number.
LIBRARIES = (
    "mtorc1-response",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "xgboost-cpu",
    "xgboost",
    "decoupler",
    "shap",
    "mlflow",
)


def library_versions() -> dict[str, str]:
    """Name to version of Python and of each library that is installed."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def git_revision() -> str:
    """The commit of the tree that runs, ``+dirty`` where changed since; "unknown" outside a tree."""
    here = Path(__file__).resolve().parent

    def git(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603
            ["git", "-C", str(here), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()

    try:
        # An installed copy may lie inside somebody else's tree (a .venv): that commit would say nothing of
        # ours.
        if Path(git("rev-parse", "--show-toplevel")) != here.parent:
            return "unknown"
        dirty = "+dirty" if git("status", "--porcelain", "--untracked-files=no") else ""
        return git("rev-parse", "HEAD") + dirty
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def now() -> str:
    """UTC time to the second, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")
