"""What the user has told pip about package indexes, so that a file is looked for where pip would look."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from features.errors import InputError

PYPI = "https://pypi.org/simple/"
# Later sections win, as in pip.
_SECTIONS = ("global", "install", "download", ":env:")
_TRUE = {"1", "true", "yes", "on", "y", "t"}


@dataclass(frozen=True)
class PipConfig:
    """pip's configuration, as far as it says where files come from.

    Attributes
    ----------
    index_urls
        The index and the extra indexes, in pip's order; empty with ``no-index``.
    find_links
        Folders, pages and files; those that do not exist are left out, as pip does.
    trusted_hosts
        Hosts whose certificates are not checked.
    cert
        Path of a bundle of certificates, or None for the default.
    proxy
        URL, or None.
    timeout
        Seconds, for each connection and read.
    """

    index_urls: tuple[str, ...] = (PYPI,)
    find_links: tuple[str, ...] = ()
    trusted_hosts: tuple[str, ...] = ()
    cert: str | None = None
    proxy: str | None = None
    timeout: float = 15.0


def pip_command(*arguments: str) -> list[str]:
    """The command line of the pip that belongs to this Python."""
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]


def read_pip_config() -> PipConfig:
    """Pip's configuration here and now: its files and its ``PIP_*`` variables.

    Raises
    ------
    InputError
        If pip cannot be run or does not understand its own configuration.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
            pip_command("config", "list"),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise InputError(f"pip cannot be run ({error})", todo="install pip into this environment") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise InputError(f"pip cannot read its configuration: {last}", todo="mend it; see `pip config debug`")
    return parse_pip_config(done.stdout)


def parse_pip_config(listing: str, environment: Mapping[str, str] = os.environ) -> PipConfig:
    """Understand the output of ``pip config list`` (lines of ``section.option='value'``).

    Parameters
    ----------
    listing
        The output.
    environment
        Where ``REQUESTS_CA_BUNDLE`` is looked up, which pip heeds too.
    """
    options: dict[str, str] = {}
    for section in _SECTIONS:
        for line in listing.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(f"{section}."):
                option = name.removeprefix(f"{section}.").replace("_", "-")
                options[option.removeprefix("default-")] = str(ast.literal_eval(value))
    urls = [options.get("index-url", PYPI), *options.get("extra-index-url", "").split()]
    if options.get("no-index", "").lower() in _TRUE:
        urls = []
    links = options.get("find-links", "").split()
    return PipConfig(
        index_urls=tuple(urls),
        find_links=tuple(link for link in links if "://" in link or os.path.exists(link)),
        trusted_hosts=tuple(options.get("trusted-host", "").split()),
        cert=options.get("cert") or environment.get("REQUESTS_CA_BUNDLE") or None,
        proxy=options.get("proxy") or None,
        timeout=float(options.get("timeout", 15)),
    )
