"""Why there is no figure: no mistake of the user's, but something that the data cannot tell."""

from __future__ import annotations


class NotEstimable(Exception):  # noqa: N818 - it is an answer and no error
    """What is asked cannot be estimated from these patients.

    Parameters
    ----------
    reason
        In words, as a table of results says it.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)
