"""What commands that log to MLflow share: the option not to, a store that is checked first, where to look."""

from __future__ import annotations

from typing import Any

import click

from predictor.cli.options import F


def no_mlflow_option(function: F) -> F:
    """``--no-mlflow``."""
    return click.option("--no-mlflow", is_flag=True, help="Do not log the run.")(function)


def check_store() -> None:
    """Refuse a store that cannot be used before minutes are spent on what goes into it."""
    from predictor.tracking_store import connected

    with connected():
        pass


def where_logged(tracking_uri: str, experiment: str, run_id: str) -> dict[str, Any]:
    """Where a run is, and how to look at it; without the password that a URI may hold."""
    from predictor.tracking_store import shown

    uri = shown(tracking_uri)
    return {
        "tracking_uri": uri,
        "experiment": experiment,
        "run_id": run_id,
        "ui": uri if uri.startswith("http") else f"mlflow ui --backend-store-uri {uri}",
    }
