"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

#: Where a context keeps whether a traceback is wanted.
DEBUG = "mtorc1.debug"
RESEARCH_USE = "For research use only: a prediction is no basis for treating a patient."


def _wants_debug(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    # Before the command or after it: either sets it, neither unsets it.
    if asked:
        ctx.meta[DEBUG] = True


def debug_option(function: F) -> F:
    """``--debug``, before or after the command."""
    return click.option(
        "--debug",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_wants_debug,
        help="Show the traceback of a failure.",
    )(function)


def common_options(function: F) -> F:
    """``--json`` (as ``as_json``) and ``--debug``."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of text.")
    return as_json(debug_option(function))


def output_option(help_text: str, *, required: bool = True) -> Callable[[F], F]:
    """``-o/--output`` (as ``output``)."""
    return click.option("-o", "--output", type=click.Path(path_type=Path), required=required, help=help_text)


def jobs_option(function: F) -> F:
    """``--jobs``; the result does not depend on it."""
    return click.option(
        "--jobs", type=click.IntRange(min=1), default=None, help="Fits at a time; by default one a core."
    )(function)


def examples(*lines: str) -> str:
    r"""The example block of a help text (``\b`` keeps click from filling it)."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)
