"""Our packages are called as their folders are; a user's own ``features.py`` must not take their place."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

#: The folder that holds both of our packages.
HOME = Path(__file__).resolve().parents[2]
_OTHER_PACKAGE = "features"


def prefer_own_packages() -> None:
    """Take the working directory off the import path and make sure that ``features`` is the one beside us.

    A console script has no working directory on its path, but ``python -m`` puts it first, and so does
    ``PYTHONPATH=.``.  Code that a user keeps there is data to us.  What cannot be mended from here is a
    user's ``predictor.py`` under ``python -m``, which runs instead of us: ``mtorc1``, or ``python -P -m``, is
    proof against it.
    """
    with suppress(FileNotFoundError):  # a working directory that was removed holds nothing
        here = Path.cwd()
        if here != HOME:
            sys.path[:] = [entry for entry in sys.path if entry and Path(entry).absolute() != here]
    if not _is_ours():
        # Another folder of the path holds one too; ours goes before it, for our threads and processes alike.
        sys.path.insert(0, str(HOME))


def _is_ours() -> bool:
    spec = find_spec(_OTHER_PACKAGE)
    return (
        spec is not None
        and spec.origin is not None
        and Path(spec.origin).resolve().parent == HOME / _OTHER_PACKAGE
    )
