"""What a failure looks like to the user: one line on stderr and an exit code.

0 is success, 1 our fault, 2 bad input or a bad call, 130 an interrupt (128 + SIGINT).
"""

from __future__ import annotations

import errno
import traceback
from dataclasses import dataclass

import click

from features.errors import InputError
from predictor.cli import console

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130
#: What the user can mend: space, rights, and paths that are not what they were taken for.
_USERS_TO_MEND = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT,
    errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG,
}  # fmt: skip
#: What click raises where a group is called without a command (from 8.2 on; before, it showed the help
#: itself).
_NO_ARGUMENTS: tuple[type[click.UsageError], ...] = tuple(
    kind for kind in (getattr(click.exceptions, "NoArgsIsHelpError", None),) if kind is not None
)


@dataclass(frozen=True)
class Verdict:
    """How the program ends.

    Attributes
    ----------
    line
        For stderr, without the program's name.
    exit_code
        See the module.
    """

    line: str
    exit_code: int


def verdict(error: BaseException) -> Verdict:
    """The line and the exit code that an error stands for."""
    if isinstance(error, InputError):
        return Verdict(f"error: {error}", BAD_INPUT)
    if isinstance(error, click.ClickException):
        asked = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else None
        hint = f"; see `{asked} --help`" if asked else ""
        return Verdict(_one_line(f"error: {error.format_message().rstrip('.')}{hint}"), BAD_INPUT)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return Verdict("interrupted; nothing was left half-written", INTERRUPTED)
    if isinstance(error, OSError) and error.errno in _USERS_TO_MEND:
        where = f"{error.filename}: " if error.filename else ""
        reason = (error.strerror or str(error)).lower()
        return Verdict(
            _one_line(f"error: {where}{reason}; check the path, its rights and the space left"), BAD_INPUT
        )
    said = f": {error}" if str(error) else ""
    return Verdict(
        _one_line(f"internal error ({type(error).__name__}{said}); run with --debug for the traceback"),
        FAILED,
    )


def report(error: BaseException, *, debug: bool = False) -> int:
    """Tell the user, with the traceback if asked for; the exit code.

    Parameters
    ----------
    error
        What ended the command.
    debug
        Show the traceback first.
    """
    if isinstance(error, _NO_ARGUMENTS):
        # Not a mistake but a question: the answer is the help, as it stands.
        console.complain(error.format_message())
        return BAD_INPUT
    if debug:
        console.complain("".join(traceback.format_exception(error)).rstrip())
    found = verdict(error)
    console.complain(f"mtorc1: {found.line}")
    return found.exit_code


def _one_line(text: str) -> str:
    return " ".join(text.split())
