"""The one error that a user can mend."""

from __future__ import annotations


class InputError(Exception):
    """What the user gave cannot be used as it is.

    The message is one line that names the place and says what to do; the command line prints it and ends with
    exit code 2.  Anything that is *our* fault is some other exception.

    Parameters
    ----------
    problem
        What is wrong, in words.
    where
        The file, table, column or row that it concerns.
    todo
        What the user can do about it.

    Examples
    --------
    >>> str(InputError("no such file", where="cohort.maf", todo="check the path"))
    'cohort.maf: no such file; check the path'
    """

    def __init__(self, problem: str, *, where: object | None = None, todo: str | None = None) -> None:
        self.problem = problem
        self.where = None if where is None else str(where)
        self.todo = todo
        head = f"{self.where}: " if self.where else ""
        tail = f"; {todo}" if todo else ""
        # One line, whatever the parts held: a message broken over lines reads like a traceback.
        super().__init__(" ".join(f"{head}{problem}{tail}".split()))
