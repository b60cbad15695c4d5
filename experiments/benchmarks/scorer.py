"""The frozen folds, and the benchmark's own scorer on files of predictions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
#: Where score.py, its responses and its references lie.
BENCHMARK = Path(os.environ.get("MTORC1_BENCHMARK", ROOT.parent / "shared" / "benchmark"))
FOLDS = Path(__file__).with_name("leave_cell_line_out") / "folds.csv"
SCREENS = ("GDSC2", "CTRPv2")


def at_hand() -> bool:
    """Whether the scorer is on this machine."""
    return (BENCHMARK / "score.py").is_file()


def truth() -> pd.DataFrame:
    """The responses that the scorer knows: cell_line_name, drug, screen, unit, response, fold."""
    return pd.read_csv(BENCHMARK / "responses.csv", dtype={"cell_line_name": str})


def reference(name: str) -> pd.DataFrame:
    """Predictions that come with the scorer."""
    return pd.read_csv(BENCHMARK / "reference" / f"{name}.csv", dtype={"cell_line_name": str})


def scored(
    predictions: pd.DataFrame,
    *,
    against: Sequence[str] = SCREENS,
    beside: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """What the scorer says, screen by screen, with the paired difference from a reference.

    Parameters
    ----------
    predictions
        Columns cell_line_name, drug, prediction.
    against
        Screens.
    beside
        Predictions to compare with; None for ridge on the class consensus.
    """
    with tempfile.TemporaryDirectory() as scratch:
        # The scorer compares with files of its own folder, which is read-only: a copy takes ours beside them.
        folder = Path(scratch)
        (folder / "reference").mkdir()
        for name in ("score.py", "responses.csv", "reference/ridge_class_consensus.csv"):
            shutil.copyfile(BENCHMARK / name, folder / name)
        predictions.to_csv(folder / "predictions.csv", index=False)
        command = [sys.executable, str(folder / "score.py"), str(folder / "predictions.csv")]
        command += ["--json", str(folder / "out.json"), "--against", *against]
        if beside is not None:
            beside.to_csv(folder / "reference" / "beside.csv", index=False)
            command += ["--reference", "beside"]
        subprocess.run(command, check=True, capture_output=True)
        found: dict[str, Any] = json.loads((folder / "out.json").read_text(encoding="utf-8"))
        return found
