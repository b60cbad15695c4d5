"""Files and folders that are written whole or not at all, and known by their sha256."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from features.errors import InputError

_CHUNK = 1 << 20


def sha256_file(path: Path) -> str:
    """The sha256 of a file, as 64 hexadecimal digits.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def storage_errors(where: Path | str) -> Iterator[None]:
    """Turn what the file system refuses (full disk, read-only folder, no permission) into an ``InputError``.

    Raises
    ------
    InputError
        Naming ``where`` and the system's own words.
    """
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error) or type(error).__name__).lower()
        raise InputError(
            f"cannot be used ({reason})",
            where=where,
            todo="free some space, or choose another folder that you may write to",
        ) from error


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary sibling of ``target`` to write into, that takes its name when the block ends well.

    After any failure (an error, a full disk, Ctrl-C) nothing is left and an older ``target`` is untouched.
    Whether an existing ``target`` may be replaced is for the caller to decide beforehand.

    Parameters
    ----------
    target
        The folder that shall exist in the end; its parents are made.

    Yields
    ------
    pathlib.Path
        The empty folder to fill.

    Raises
    ------
    InputError
        If the file system refuses.
    """
    target = Path(os.path.abspath(target))
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        # A sibling, so that the final rename stays on one file system and is atomic.
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            fresh = scratch / "new"
            fresh.mkdir()
            yield fresh
            if target.exists():
                os.replace(target, scratch / "old")
                try:
                    os.replace(fresh, target)
                except BaseException:  # Ctrl-C too: the older one would be gone with the scratch folder
                    os.replace(scratch / "old", target)
                    raise
            else:
                os.replace(fresh, target)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def whole_files(*targets: Path) -> Iterator[tuple[Path, ...]]:
    """Temporary files to write into, that take the names of ``targets`` when the block ends well.

    After any failure (an error, a full disk, Ctrl-C) nothing is left and older files are untouched.

    Parameters
    ----------
    *targets
        The files that shall exist in the end; their folders are made.  Those that the block did not write are
        left as they were.

    Yields
    ------
    tuple of pathlib.Path
        Where to write, in the order of ``targets``, under the same file names, for writers that go by the
        ending.

    Raises
    ------
    InputError
        If the file system refuses.
    """
    with ExitStack() as stack:
        scratch: list[Path] = []
        for target in map(Path, map(os.path.abspath, targets)):
            stack.enter_context(storage_errors(target))
            target.parent.mkdir(parents=True, exist_ok=True)
            # Siblings, so that the final rename stays on one file system; a folder, so that the file itself
            # gets the rights of any new file and not those of a temporary one.
            folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            scratch.append(folder / target.name)
        yield tuple(scratch)
        for fresh, target in zip(scratch, targets, strict=True):
            if fresh.exists():
                os.replace(fresh, target)
