"""The command line: thin commands, and the only room that prints.

Nothing heavy is imported here, so that ``mtorc1 --help`` answers at once.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``mtorc1`` (the console script and ``python -m predictor.cli``)."""
    try:
        from predictor.cli.import_path import prefer_own_packages

        # Before anything of ours is imported: a user's own features.py may lie in the working directory.
        prefer_own_packages()
        from predictor.cli.program import program
    except KeyboardInterrupt:
        # Once the program runs it tells of an interrupt itself; this is the tenth of a second before.
        sys.stderr.write("mtorc1: interrupted; nothing was left half-written\n")
        sys.exit(130)
    sys.exit(program.main(prog_name="mtorc1", standalone_mode=False))
