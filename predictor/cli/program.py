"""The command group: imports a command when it is used, and turns failures into exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from predictor.cli import console, failures
from predictor.cli.options import DEBUG, debug_option

#: Command -> module; each module holds a click command called ``command``.
COMMANDS: Mapping[str, str] = {
    name: f"predictor.cli.{name}"
    for name in (
        "data",
        "features",
        "train",
        "evaluate",
        "consensus",
        "harmonise",
        "score",
        "explain",
        "outcomes",
        "promote",
    )
}


class Program(click.Group):
    """A group whose commands are modules, and whose failures are one line each."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None where there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever ends it is reported here, where --debug is known."""
        try:
            with console.own_warnings():
                return super().invoke(ctx)
        except (click.exceptions.Exit, SystemExit, BrokenPipeError):
            raise
        except BaseException as error:
            # KeyboardInterrupt is among them: it too is one line and an exit code.
            raise click.exceptions.Exit(failures.report(error, debug=bool(ctx.meta.get(DEBUG)))) from error

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the program; exit with its code, or return it where ``standalone_mode`` is off."""
        try:
            code = super().main(args, prog_name, complete_var, False, **extra)
        except Exception as error:
            # What fails before a command is found: the options before it, or the help of them all.
            code = failures.report(error)
        code = code if isinstance(code, int) else 0
        if standalone_mode:
            sys.exit(code)
        return code


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from predictor import __version__

        console.say(f"mtorc1 {__version__}")
        ctx.exit()


def _version_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--version",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_version,
        help="Show the version and exit.",
    )(function)


@click.group(
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `mtorc1 train`, or `mtorc1 score INPUT -o predictions.csv` with the released model. "
    "For research use only: not a medical device.",
)
@_version_option
@debug_option
def program() -> None:
    """Which tumours answer to an mTORC1 inhibitor, and why not."""
