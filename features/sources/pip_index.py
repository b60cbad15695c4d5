"""Files from the user's package index, of which nothing is ever executed.

A wheel is taken with pip's own download.  A source distribution is not: pip would run its build script to
learn its metadata.  Its file is looked up on the same indexes by ``unearth`` and downloaded as the plain
archive that it is.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import InputError
from features.progress import Progress, silent
from features.sources.pip_config import PipConfig, pip_command, read_pip_config
from features.sources.store import Distribution

if TYPE_CHECKING:
    from unearth import Link, Package, PackageFinder

_TODO = "check the network, the free space and pip's configuration (`pip config list`), then fetch again"
_TRIES = 3


def download(wanted: Distribution, folder: Path, progress: Progress = silent) -> Path:
    """Download a pinned wheel or sdist into a folder, without running any of its code.

    Raises
    ------
    InputError
        If no index has it, the connection fails, or the sha256 differs.
    """
    take = download_wheel if wanted.filename.endswith(".whl") else download_sdist
    return take(wanted, folder, progress)


def download_wheel(wanted: Distribution, folder: Path, progress: Progress = silent) -> Path:
    """Download a wheel with pip; on a terminal pip's own progress bar is shown on stderr.

    Raises
    ------
    InputError
        With pip's reason, if pip fails.
    """
    progress(f"downloading {wanted.filename} with pip", 0, wanted.size)
    # Hashes are only accepted from a requirements file, not from the command line.
    requirement = folder / "requirement.txt"
    requirement.write_text(
        f"{wanted.project}=={wanted.version} --hash=sha256:{wanted.sha256}\n", encoding="utf-8"
    )
    command = pip_command(
        "download", "--no-deps", "--only-binary=:all:", "--require-hashes",
        "--requirement", str(requirement), "--dest", str(folder),
    )  # fmt: skip
    shown = sys.stderr if sys.stderr is not None and sys.stderr.isatty() else subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, pinned arguments
            command, stdin=subprocess.DEVNULL, stdout=shown, stderr=subprocess.PIPE, text=True, check=False
        )
    except OSError as error:
        raise InputError(f"pip cannot be run ({error})", where=wanted.filename, todo=_TODO) from error
    if done.returncode:
        raise InputError(
            f"pip could not download it ({pip_reason(done.stderr)})", where=wanted.filename, todo=_TODO
        )
    return folder / wanted.filename


def pip_reason(stderr: str) -> str:
    """The line of pip's error output that says why."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("ERROR: ") and line != "ERROR: Exception:"]
    # After "ERROR: Exception:" comes a traceback, whose last line is the reason ("No space left on device").
    return (told or lines or ["no reason given"])[-1].removeprefix("ERROR: ")


def download_sdist(
    wanted: Distribution, folder: Path, progress: Progress = silent, *, config: PipConfig | None = None
) -> Path:
    """Download the archive of a source distribution from the configured indexes; no build step starts.

    Parameters
    ----------
    wanted
        The sdist.
    folder
        Where to put it.
    progress
        Told of the bytes done and the total.
    config
        pip's configuration; by default what pip says it is.

    Raises
    ------
    InputError
        If no index has it, the connection fails, or the sha256 differs.
    """
    from unearth import HashMismatchError, UnpackError, preparer

    failures: tuple[type[Exception], ...] = (*preparer.HTTPErrors, UnpackError)
    # unearth reports each index that lacks the file as a warning; that is the ordinary case here.
    logging.getLogger("unearth").addHandler(logging.NullHandler())
    finder = _finder(config or read_pip_config())

    def report(link: Link, completed: int, total: int | None) -> None:
        progress(f"downloading {wanted.filename}", completed, total or wanted.size)

    tries = _TRIES
    while True:
        tries -= 1
        try:
            found = _find(finder, wanted)
            return finder.download(found.link, folder, {"sha256": [wanted.sha256]}, download_reporter=report)
        except HashMismatchError as error:
            raise InputError(
                "what the package index gave is not the pinned file (its sha256 differs)",
                where=wanted.filename,
                todo="check the index that pip is configured to use",
            ) from error
        except failures as error:
            if not tries:
                reason = str(error) or type(error).__name__
                raise InputError(
                    f"cannot be downloaded ({reason})", where=wanted.filename, todo=_TODO
                ) from error


def _find(finder: PackageFinder, wanted: Distribution) -> Package:
    # By file name, not by version alone: a mirror may hold a wheel of the same version beside it.
    for package in finder.find_all_packages(wanted.project, allow_yanked=True):
        if package.link.filename == wanted.filename:
            return package
    raise InputError(
        "is on none of the package indexes that pip is configured to use", where=wanted.filename, todo=_TODO
    )


def _finder(config: PipConfig) -> PackageFinder:
    import ssl

    from unearth import PackageFinder
    from unearth.auth import MultiDomainBasicAuth
    from unearth.fetchers import PyPIClient

    verify: ssl.SSLContext | bool = True
    if config.cert:
        path = Path(config.cert)
        try:
            folder = path.is_dir()
            verify = ssl.create_default_context(
                capath=str(path) if folder else None, cafile=None if folder else str(path)
            )
        except OSError as error:
            raise InputError(
                f"no usable certificates ({error.strerror or error})", where=path, todo="mend pip's `cert`"
            ) from error
    options: dict[str, Any] = {"verify": verify, "timeout": config.timeout, "follow_redirects": True}
    if config.proxy:
        options["proxy"] = config.proxy
    # Any: the session's signatures are wider than unearth's own protocol for them.
    session: Any = PyPIClient(trusted_hosts=config.trusted_hosts, **options)
    # Never ask for a password: the command may run where nobody can answer.
    session.auth = MultiDomainBasicAuth(prompting=False, index_urls=config.index_urls)
    finder = PackageFinder(
        session,
        index_urls=config.index_urls,
        find_links=config.find_links,
        ignore_compatibility=True,
    )
    if not config.index_urls and not config.find_links:
        # unearth falls back to PyPI when it is given nothing; the user has said --no-index.
        finder.sources.clear()
    return finder
