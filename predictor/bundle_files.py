"""A folder of files that is verified before a byte of it is parsed.

``manifest.json`` lists every other file with its sha256 and size and carries a seal, the sha256 of itself
without the seal.  Checksums tell an altered bundle from an intact one, not a trustworthy author from another:
whoever writes a bundle can write its checksums too.  What keeps a foreign bundle harmless is that none of its
formats can hold code.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.storage import storage_errors, whole_folder

FORMAT = "mtorc1-response bundle"
FORMAT_VERSION = 2
#: Versions that can be read; 1 knows one width for all samples, and a domain of the readable inputs alone.
READABLE_VERSIONS = (1, 2)
MANIFEST = "manifest.json"
_SEAL = "seal"
_MENDING = "get the bundle again, or train it anew with `mtorc1 train`"
#: A file's name inside a bundle: at most one folder deep, and nothing that a file system could read as a way
#: out.
_NAME = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_-]*/)?[A-Za-z0-9_][A-Za-z0-9_.-]*")
#: A bundle's files together; far above any bundle of ours (below 10 MB), far below what harms a machine.
MAX_BYTES = 256 * 2**20


def write_files(folder: Path, head: Mapping[str, Any], files: Mapping[str, bytes]) -> Path:
    """Write the files and their manifest, whole or not at all.

    Parameters
    ----------
    folder
        An older bundle of that name is replaced; anything else that is there is left alone.
    head
        What the manifest says beside the checksums; JSON.
    files
        Name to content.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If the folder holds something else, or the file system refuses.
    """
    check_place(folder)
    listed = {name: {"sha256": _sha256(data), "bytes": len(data)} for name, data in sorted(files.items())}
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, **head, "files": listed}
    with whole_folder(folder) as fresh:
        for name, data in files.items():
            path = fresh / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        (fresh / MANIFEST).write_bytes(_as_bytes({**manifest, _SEAL: _seal(manifest)}))
    return folder


def check_place(folder: Path) -> None:
    """Refuse to replace anything that is no bundle; worth asking before minutes of training.

    Raises
    ------
    InputError
        If the folder holds something else.
    """
    with storage_errors(folder):
        if os.path.lexists(folder) and not _may_replace(folder):
            raise InputError(
                "already holds something that is not a bundle",
                where=folder,
                todo="choose another folder, or an empty one",
            )


def read_files(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read and verify a folder.

    Parameters
    ----------
    folder
        Of a bundle.

    Returns
    -------
    manifest
        As written, without the seal.
    files
        Name to content; each was read once, and these very bytes were verified.

    Raises
    ------
    InputError
        Naming the file that is missing, altered, not listed, a link, or outside the folder; or if the bundle
        is of a newer format, or no bundle at all.
    """
    manifest = _manifest(folder)
    listed = manifest.get("files")
    if not isinstance(listed, dict):
        raise InputError("lists no files", where=folder / MANIFEST, todo=_MENDING)
    for name in listed:
        if not _NAME.fullmatch(name):
            raise InputError(
                f"names a file outside the bundle, {name!r}", where=folder / MANIFEST, todo=_MENDING
            )
    present = _walk(folder)
    for names, problem, todo in (
        (set(listed) - present, "is missing", _MENDING),
        (present - set(listed), "does not belong to the bundle", "remove it, if you know what put it there"),
    ):
        if names:
            raise InputError(problem, where=folder / min(names), todo=todo)
    with storage_errors(folder):
        if sum((folder / name).stat().st_size for name in listed) > MAX_BYTES:
            raise InputError(
                f"is larger than a bundle can be ({MAX_BYTES // 2**20} MB)", where=folder, todo=_MENDING
            )
    return manifest, {name: _verified(folder / name, entry) for name, entry in sorted(listed.items())}


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError("no such folder", where=folder, todo="give the path of a model bundle")
    if path.is_symlink():
        raise InputError("is a link", where=path, todo=_MENDING)
    if not path.is_file():
        raise InputError(f"is not a bundle: it has no {MANIFEST}", where=folder)
    with storage_errors(path):
        raw = path.read_bytes()
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"cannot be read as JSON ({error})", where=path, todo=_MENDING) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError("does not describe a bundle", where=path)
    version = manifest.get("format_version")
    if not isinstance(version, int) or version not in READABLE_VERSIONS:
        newer = isinstance(version, int) and version > FORMAT_VERSION
        raise InputError(
            f"is of format version {version}, this package reads up to version {FORMAT_VERSION}",
            where=path,
            todo="update mtorc1-response" if newer else _MENDING,
        )
    seal = manifest.pop(_SEAL, None)
    # The bytes too: JSON that reads the same but is written otherwise was written by another hand.
    if seal != _seal(manifest) or raw != _as_bytes({**manifest, _SEAL: seal}):
        raise InputError("was altered: its seal does not fit", where=path, todo=_MENDING)
    return manifest


def _walk(folder: Path) -> set[str]:
    """Names of all files but the manifest; a link or a device is refused, wherever it points."""
    names: set[str] = set()
    with storage_errors(folder):
        for root, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(root) / name
                if path.is_symlink():
                    raise InputError("is a link", where=path, todo=_MENDING)
                if path.is_file():
                    names.add(path.relative_to(folder).as_posix())
                elif not path.is_dir():
                    raise InputError("is not a file", where=path, todo=_MENDING)
    return names - {MANIFEST}


def _verified(path: Path, entry: object) -> bytes:
    with storage_errors(path):
        data = path.read_bytes()
    if not isinstance(entry, dict) or entry.get("bytes") != len(data) or entry.get("sha256") != _sha256(data):
        raise InputError("was altered: its sha256 is not the recorded one", where=path, todo=_MENDING)
    return data


def _may_replace(folder: Path) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    if not any(folder.iterdir()):
        return True
    try:
        return json.loads((folder / MANIFEST).read_bytes()).get("format") == FORMAT
    except (OSError, ValueError, AttributeError):
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _as_bytes(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _seal(manifest: Mapping[str, Any]) -> str:
    return _sha256(_as_bytes(manifest))
