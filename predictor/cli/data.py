"""``mtorc1 data``: list, fetch and import cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, output_option

if TYPE_CHECKING:
    from features.cohort import Cohort

#: Kind of import -> its options, by the names of the importer's arguments; the first is needed.
KINDS: Mapping[str, tuple[str, ...]] = {
    "tables": (
        "maf", "expression", "samples", "responses", "panel", "profiled_samples", "expression_scale",
        "orientation", "name",
    ),
    "sanger": ("model_list", "growth_rates", "cohort"),
}  # fmt: skip
_MEGABYTE = 1e6
_EXAMPLE = (
    "mtorc1 data import --kind tables --maf study.maf --expression tpm.tsv -o cohort",
    "mtorc1 data import --kind sanger --model-list models.csv --growth-rates growth.csv -o gdsc-grown",
)

_file = click.Path(path_type=Path)


@click.group("data")
def command() -> None:
    """List, fetch and import the data of a study."""


@command.command("list", help=f"Cohorts that can be fetched by name.\n\n{examples('mtorc1 data list')}")
@common_options
def list_sources(as_json: bool) -> None:
    """Print the registry of sources."""
    from features.sources import SOURCES
    from features.sources.store import home_folder

    home = home_folder()
    found = [
        {
            "name": source.name,
            "megabytes": round(source.size / _MEGABYTE, 1),
            "downloaded": all(
                (home / "downloads" / part.filename).is_file() for part in source.distributions
            ),
            "licence": source.licence,
            "doi": source.doi,
            "description": source.description,
        }
        for source in SOURCES.values()
    ]
    if as_json:
        return console.document({"home": home, "sources": found})
    for source in found:
        console.say(f"{source['name']}: {source['description']}")
        here = "downloaded" if source["downloaded"] else f"to fetch: {source['megabytes']} MB"
        console.say(f"  {here}; licence: {source['licence']}; doi {source['doi']}")
    console.say(f"Data are kept in {home} (MTORC1_HOME moves it).")
    return None


@command.command(
    "fetch", help=f"Download a cohort's files, verified by sha256.\n\n{examples('mtorc1 data fetch gdsc')}"
)
@click.argument("name")
@common_options
def fetch_source(name: str, as_json: bool) -> None:
    """Download what is not there yet."""
    from features.sources import SOURCES, fetch

    with console.progress() as progress:
        folder = fetch(name, progress=progress)
    files = [{"file": part.filename, "sha256": part.sha256} for part in SOURCES[name].distributions]
    if as_json:
        return console.document({"name": name, "folder": folder, "files": files})
    console.say(f"{name} is in {folder}, verified:")
    for part in files:
        console.say(f"  {part['file']}")
    return None


@command.command("import", help=f"Make a cohort of your own files.\n\n{examples(*_EXAMPLE)}")
@click.option("--kind", type=click.Choice(list(KINDS)), required=True, help="What the files are.")
@click.option("--maf", type=_file, help="tables: variants, one a row (MAF; .gz too).")
@click.option("--expression", type=_file, help="tables: genes x samples or samples x genes.")
@click.option(
    "--samples", type=_file, help="tables: sample_id and what is known of it (lineage, msi, purity, ...)."
)
@click.option("--responses", type=_file, help="tables: sample_id, inhibitor, screen, metric, value.")
@click.option("--panel", help="tables: exome (default), or a file with the sequenced genes, one a line.")
@click.option("--profiled-samples", type=_file, help="tables: a file with the sequenced samples, one a line.")
@click.option("--expression-scale", help="tables: counts, tpm, log2, ...; recognised by default.")
@click.option("--orientation", help="tables: genes_x_samples or samples_x_genes; recognised by default.")
@click.option("--name", help="tables: name of the cohort.")
@click.option("--model-list", type=_file, help="sanger: model list of the Cell Model Passports (CSV).")
@click.option("--growth-rates", type=_file, help="sanger: growth table of the Cell Model Passports (CSV).")
@click.option("--cohort", help="sanger: the cohort to complete, a name or a folder; by default gdsc.")
@output_option("Folder of the new cohort.")
@common_options
def import_files(kind: str, output: Path, as_json: bool, **given: Any) -> None:
    """Read, validate and write a cohort."""
    arguments = {name: value for name, value in given.items() if value is not None}
    _check_options(kind, arguments)
    outputs.check_folder(output)
    from features.sources import import_cohort

    if kind == "sanger":
        arguments.setdefault("cohort", "gdsc")
    cohort = import_cohort(kind, **arguments)
    cohort.write(output)
    _show(cohort, output, as_json)


def _check_options(kind: str, arguments: Mapping[str, Any]) -> None:
    foreign = [name for name in arguments if name not in KINDS[kind]]
    if foreign:
        raise click.UsageError(f"--{foreign[0].replace('_', '-')} does not belong to --kind {kind}")
    if kind == "sanger" and "model_list" not in arguments:
        raise click.UsageError("--kind sanger needs --model-list")


def _show(cohort: Cohort, output: Path, as_json: bool) -> None:
    rows = {name: len(table) for name, table in cohort.tables().items() if name != "losses" and len(table)}
    losses = cohort.losses.to_dict("records")
    if as_json:
        console.document({"name": cohort.name, "output": output, "rows": rows, "losses": losses})
        return
    console.say(f"Cohort {cohort.name} is in {output}:")
    console.table(("table", "rows"), list(rows.items()))
    console.losses(losses)
