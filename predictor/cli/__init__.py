"""The command line: thin commands, and the only room that prints.

Nothing heavy is imported here, so that ``mtorc1 --help`` answers at once.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run ``mtorc1`` (the console script and ``python -m predictor.cli``)."""
    from predictor.cli.import_path import prefer_own_packages

    # Before anything of ours is imported: a user's own features.py may lie in the working directory.
    prefer_own_packages()
    from predictor.cli.program import program

    sys.exit(program.main(prog_name="mtorc1", standalone_mode=False))
