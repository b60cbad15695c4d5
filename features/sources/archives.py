"""Members of downloaded archives, as bytes.  Nothing is unpacked to disk and nothing is run."""

from __future__ import annotations

import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from features.errors import InputError

_BROKEN = (zipfile.BadZipFile, tarfile.TarError, KeyError, OSError, EOFError, zlib.error, lzma.LZMAError)


def read_members(archive: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Regular files of a wheel (zip) or an sdist (tar), by their names inside it.

    Raises
    ------
    InputError
        If the archive cannot be read or lacks a member.
    """
    wanted = list(names)
    try:
        if archive.suffix in {".whl", ".zip"}:
            with zipfile.ZipFile(archive) as whole:
                return {name: whole.read(name) for name in wanted}
        with tarfile.open(archive, "r:*") as tar:
            found: dict[str, bytes] = {}
            for name in wanted:
                # A link inside the archive could point anywhere: only regular files are read.
                handle = tar.extractfile(name) if tar.getmember(name).isreg() else None
                if handle is None:
                    raise KeyError(f"{name} is not a regular file")
                found[name] = handle.read()
            return found
    except _BROKEN as error:
        raise InputError(f"cannot be read ({error})", where=archive.name, todo="fetch it again") from error
