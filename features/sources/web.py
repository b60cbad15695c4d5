"""Files by path or URL, and the digest that says whether they are the right ones.

Providers publish most files under http(s), some with a digest beside them.  A downloaded file is kept in the
home folder.  With a digest it is verified at each use and fetched once; without one nothing tells whether it
is still what the address holds, so it is fetched each time.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError
from features.progress import Progress, silent
from features.sources.store import home_folder, locked
from features.storage import storage_errors

_SCHEMES = ("http://", "https://")
_PIECE = 1 << 20
_TIMEOUT = 60.0
_LENGTHS = {"sha256": 64, "md5": 32}
_FAILURES = (urllib.error.URLError, http.client.HTTPException, ValueError, TimeoutError, ConnectionError)


@dataclass(frozen=True)
class Digest:
    """What a file's bytes must hash to.

    Attributes
    ----------
    algorithm
        "sha256", or "md5" where the provider gives no better one: it tells a damaged file, not a forged one.
    value
        Hexadecimal, lower case.
    """

    algorithm: str
    value: str


def is_url(where: str | Path) -> bool:
    """Whether this is an address of the web rather than a path."""
    return isinstance(where, str) and where.lower().startswith(_SCHEMES)


def stated_digest(sha256: str | None, md5: str | None) -> Digest | None:
    """The digest that a user states, if any; sha256 goes before md5.

    Raises
    ------
    InputError
        If it is not a hexadecimal number of the right length.
    """
    for algorithm, value in (("sha256", sha256), ("md5", md5)):
        if value is not None:
            digest = value.strip().lower()
            if len(digest) != _LENGTHS[algorithm] or not set(digest) <= set("0123456789abcdef"):
                raise InputError(
                    f"{value!r} is no {algorithm} ({_LENGTHS[algorithm]} hexadecimal digits)",
                    todo="copy it from the provider",
                )
            return Digest(algorithm, digest)
    return None


def file_of(
    where: str | Path,
    *,
    digest: Digest | None = None,
    pinned: Mapping[str, Digest] | None = None,
    suffix: str = "",
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Path:
    """The local file of a path or URL, verified where a digest is known.

    Parameters
    ----------
    where
        A path, or an address that begins with http:// or https://.
    digest
        Stated by the user.
    pinned
        Name of a known release's file -> its digest, which counts where the user states none.
    suffix
        Of a download whose address does not end in it: readers go by the name.
    home
        Where downloads are kept; see :func:`features.sources.store.home_folder`.
    progress
        Told of the bytes done and the total.

    Raises
    ------
    InputError
        If there is no such file, the download fails or is cut short, or the digest differs.
    """
    name = urllib.parse.unquote(urllib.parse.urlparse(str(where)).path).rsplit("/", 1)[-1]
    wanted = digest or (pinned or {}).get(name)
    if not is_url(where):
        path = Path(where)
        if wanted is not None and path.is_file():
            _verify(path, wanted, where)
        return path
    folder = home_folder(home)
    # Two addresses may end in one name.
    mark = hashlib.sha256(str(where).encode()).hexdigest()[:12]
    target = folder / "downloads" / "web" / f"{mark}-{(name or 'file').removesuffix(suffix)}{suffix}"
    with locked(folder, target.name), storage_errors(target):
        if wanted is not None and target.is_file() and _digest_of(target, wanted.algorithm) == wanted.value:
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as scratch:
            fetched = Path(scratch) / "file"
            _download(str(where), fetched, progress)
            if wanted is not None:
                _verify(fetched, wanted, where)
            os.replace(fetched, target)
    return target


def _digest_of(path: Path, algorithm: str) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _verify(path: Path, wanted: Digest, where: str | Path) -> None:
    with storage_errors(path):
        found = _digest_of(path, wanted.algorithm)
    if found != wanted.value:
        raise InputError(
            f"is not the expected file: its {wanted.algorithm} is {found}, not {wanted.value}",
            where=where,
            todo="fetch it again, or state the digest of the release that you mean",
        )


def _download(url: str, target: Path, progress: Progress) -> None:
    label = f"downloading {url.rsplit('/', 1)[-1]}"
    request = urllib.request.Request(url, headers={"User-Agent": "mtorc1-response"})  # noqa: S310 - http(s)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer, target.open("wb") as out:  # noqa: S310
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            while piece := answer.read(_PIECE):
                out.write(piece)
                done += len(piece)
                progress(label, done, total)
    except (
        urllib.error.URLError,
        http.client.HTTPException,
        ValueError,
        TimeoutError,
        ConnectionError,
    ) as error:
        reason = f"HTTP {error.code}" if isinstance(error, urllib.error.HTTPError) else str(error)
        raise InputError(
            f"cannot be downloaded ({reason})", where=url, todo="check the address and the network"
        ) from error
    if total and done != total:
        raise InputError(f"was cut short: {done} of {total} bytes", where=url, todo="fetch it again")
