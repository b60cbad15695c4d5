"""``mtorc1 promote``: make a registered model the champion."""

from __future__ import annotations

from dataclasses import asdict

import click

from predictor.cli import console
from predictor.cli.options import common_options, examples


@click.command(
    "promote",
    short_help="Make a registered model the champion.",
    help="Move the alias `champion` of mtorc1-response to the newest version, or to another one, if it is "
    "better on the same folds by a paired test.\n\n"
    + examples("mtorc1 promote", "mtorc1 promote --version 3 --force"),
)
@click.option("--version", type=click.IntRange(min=1), help="Version in the registry; by default the newest.")
@click.option("--force", is_flag=True, help="Promote whatever the test says.")
@common_options
def command(version: int | None, force: bool, as_json: bool) -> None:
    """Compare challenger and champion, and promote."""
    from predictor.registry import promote

    found = promote(version=version, force=force)
    if as_json:
        return console.document(asdict(found))
    before = (
        f" (before: version {found.champion})"
        if found.champion and found.champion != found.challenger
        else ""
    )
    what = "is the champion now" if found.promoted else "was not promoted"
    console.say(f"Version {found.challenger} {what}{before}: {found.reason}")
    return None
