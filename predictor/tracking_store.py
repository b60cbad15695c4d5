"""Where runs and models are kept: one MLflow store, reached quietly, or refused in one line."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from features.errors import InputError

#: The name of the registered model.
MODEL_NAME = "mtorc1-response"
#: The alias of the version in use.
CHAMPION = "champion"
#: The bundle's name among the artifacts of a logged model.
BUNDLE = "bundle"
#: Relative to the working directory; ``mlflow ui --backend-store-uri`` takes it as it is.
DEFAULT_URI = "sqlite:///runs/mlflow.db"

_SQLITE = "sqlite:///"
#: Patience with a server before it counts as out of reach; MLflow's own is many minutes.
_PROBE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
#: Told before the first import, since MLflow acts on it then.  A user who has set one of them is asked
#: nothing.
_SWITCHES = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    # Hints for coding agents, and a lock file that happens to lie in the working directory, have no place in
    # a model.
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    # Git is asked once, by predictor.provenance; without git its library would print a warning.
    "GIT_PYTHON_REFRESH": "quiet",
}


@dataclass(frozen=True)
class TrackingStore:
    """An open MLflow store.

    Attributes
    ----------
    uri
        As MLflow takes it; may hold a password, see :func:`shown`.
    client
        An ``mlflow.MlflowClient`` on it.
    """

    uri: str
    client: Any

    def experiment(self, name: str) -> str:
        """The id of the experiment of that name, made where it is missing.

        Raises
        ------
        InputError
            If it was deleted in MLflow.
        """
        found = self.client.get_experiment_by_name(name)
        if found is None:
            return str(self.client.create_experiment(name, artifact_location=_artifact_folder(self.uri)))
        if found.lifecycle_stage != "active":
            raise InputError(
                f"the experiment {name!r} was deleted in MLflow",
                where=shown(self.uri),
                todo=f"give yours another name, or run: mlflow experiments restore -x {found.experiment_id}",
            )
        return str(found.experiment_id)


def quiet_mlflow() -> Any:
    """MLflow, imported without telemetry and with warnings only on the terminal."""
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
    import mlflow

    for name in ("mlflow", "alembic"):
        logger = logging.getLogger(name)
        # Never louder than the user wants it.
        logger.setLevel(max(logger.getEffectiveLevel(), logging.WARNING))
    return mlflow


def resolve_uri(tracking_uri: str | None = None) -> str:
    """The store: as asked, else MLflow's setting (``MLFLOW_TRACKING_URI``), else :data:`DEFAULT_URI`."""
    mlflow = quiet_mlflow()
    if tracking_uri:
        return tracking_uri
    return str(mlflow.get_tracking_uri()) if mlflow.is_tracking_uri_set() else DEFAULT_URI


def shown(uri: str) -> str:
    """The URI as it may be printed and stored: without user and password."""
    return re.sub(r"//[^/@]*@", "//", uri)


@contextmanager
def connected(tracking_uri: str | None = None) -> Iterator[TrackingStore]:
    """Open a store; MLflow's own setting is as before afterwards.

    Parameters
    ----------
    tracking_uri
        See :func:`resolve_uri`.

    Raises
    ------
    InputError
        If it cannot be reached or is of a kind that MLflow no longer takes.
    """
    mlflow = quiet_mlflow()
    uri = resolve_uri(tracking_uri)
    # MLflow's own setting writes the environment variable too: the variable is put back, and the setting
    # where it said otherwise.
    variable = os.environ.get("MLFLOW_TRACKING_URI")
    before = mlflow.get_tracking_uri() if mlflow.is_tracking_uri_set() else None
    if uri.startswith(_SQLITE):
        _make_folder(uri)
    mlflow.set_tracking_uri(uri)
    try:
        yield TrackingStore(uri, _probed(uri))
    finally:
        mlflow.set_tracking_uri(None if before == variable else before)
        if variable is None:
            os.environ.pop("MLFLOW_TRACKING_URI", None)
        else:
            os.environ["MLFLOW_TRACKING_URI"] = variable


def _probed(uri: str) -> Any:
    """A client whose store has answered once."""
    import mlflow
    from filelock import FileLock
    from sqlalchemy.exc import SQLAlchemyError

    before = {name: os.environ.get(name) for name in _PROBE}
    os.environ.update(_PROBE)
    # Two processes must not both make the tables of a new database.
    alone = FileLock(f"{_database(uri)}.lock") if uri.startswith(_SQLITE) else nullcontext()
    try:
        with alone:
            client = mlflow.MlflowClient(uri)
            client.search_experiments(max_results=1)
    except (mlflow.exceptions.MlflowException, SQLAlchemyError, OSError, ImportError) as error:
        raise InputError(
            f"the MLflow store cannot be used ({_first_line(error)})", where=shown(uri), todo=_advice(uri)
        ) from error
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
    return client


def _make_folder(uri: str) -> None:
    try:
        _database(uri).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"its folder cannot be made ({error})", where=shown(uri), todo=_advice(uri)
        ) from error


def _database(uri: str) -> Path:
    return Path(unquote(uri[len(_SQLITE) :].split("?")[0]))


def _artifact_folder(uri: str) -> str | None:
    """Files lie beside a database file; a server knows its own place."""
    return (_database(uri).resolve().parent / "artifacts").as_uri() if uri.startswith(_SQLITE) else None


def _advice(uri: str) -> str:
    if uri.startswith(("http:", "https:")):
        return "start the server, correct MLFLOW_TRACKING_URI, or unset it for a local database"
    if uri.startswith(_SQLITE):
        return "name a database file that can be written, or move this one away"
    return f"use a server (http://host:5000) or a database ({DEFAULT_URI})"


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    line = shown(lines[0])
    return line if len(line) <= 200 else f"{line[:200]}..."
