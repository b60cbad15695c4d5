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

#: Of every kind that reads a screen's responses.
_SCREEN = ("url", "sha256", "md5", "name", "cohort", "replace_screens")
#: Kind of import -> its options, by the names of the importer's arguments.
KINDS: Mapping[str, tuple[str, ...]] = {
    "tables": (
        "maf", "expression", "copy_number", "segments", "proteins", "samples", "responses", "panel",
        "profiled_samples", "expression_scale", "orientation", "copy_number_kind", "protein_platform",
        "decimal", "unreadable", "name",
    ),
    "sanger": ("model_list", "growth_rates", "cohort"),
    "multiregion": ("paths", "panel", "consequence", "name"),
    "fcs": ("paths", "sample_ids", "cohort", "name"),
    "anndata": (
        "path", "sample_column", "layer", "kind", "scale", "symbol_column", "total_column", "genes", "cohort",
        "name",
    ),
    "ctrpv2": ("path", *_SCREEN),
    "gdsc_workbook": ("paths", *_SCREEN),
    "prism": ("path", *_SCREEN),
    "responses": ("path", "screen", "decimal", *_SCREEN),
    "viabilities": ("path", "screen", "parameters", "decimal", *_SCREEN),
    "checkmate025": ("path", "url", "sha256", "md5", "name"),
    "cbioportal": (
        "path", "samples", "panel", "gene_panels", "gene_ids", "mrna", "expression_scale", "protein_platform",
        "treatment_column", "response_column", "genes", "unreadable", "name",
    ),
    "tcga": ("path", "project", "samples", "name"),
}  # fmt: skip
#: Kinds whose importers tell how far they are.
_TOLD = ("ctrpv2", "gdsc_workbook", "prism", "responses", "viabilities", "checkmate025", "cbioportal", "tcga")
#: Our option -> the importer's argument, where they differ: ``kind`` is taken.
_CALLED = {"cell_kind": "kind"}
_MEGABYTE = 1e6
_EXAMPLE = (
    "mtorc1 data import --kind tables --maf study.maf --expression tpm.tsv -o cohort",
    "mtorc1 data import --kind tables --proteins rppa.txt --protein-platform tcga_rppa -o arrays",
    "mtorc1 data import --kind multiregion EV003.txt EV005.txt -o regions",
    "mtorc1 data import --kind anndata cells.h5ad --sample-column patient -o cells",
    "mtorc1 data import --kind sanger --model-list models.csv --growth-rates growth.csv -o gdsc-grown",
    "mtorc1 data import --kind ctrpv2 CTRPv2.0_2015_ctd2_ExpandedDataset.zip --cohort gdsc -o gdsc-ctrpv2",
    "mtorc1 data import --kind responses screen.csv --screen OURS -o ours",
    "mtorc1 data import --kind cbioportal kirc_tcga --check",
    "mtorc1 data import --kind cbioportal kirc_tcga --protein-platform tcga_rppa -o kirc",
    "mtorc1 data import --kind checkmate025 41591_2020_839_MOESM2_ESM.xlsx -o checkmate025",
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
@click.argument("files", nargs=-1)
@click.option(
    "--kind",
    "importer",
    type=click.Choice(list(KINDS)),
    required=True,
    help="What the files are: tables, each with its option; or FILES of one kind.",
)
@click.option("--maf", type=_file, help="tables: variants, one a row (MAF; .gz too).")
@click.option("--expression", type=_file, help="tables: genes x samples or samples x genes.")
@click.option("--copy-number", type=_file, help="tables: copy number of genes, a matrix or a long table.")
@click.option("--segments", type=_file, help="tables: segments of copy number (.seg, ASCAT and the like).")
@click.option("--proteins", type=_file, help="tables: antibodies x samples or samples x antibodies.")
@click.option(
    "--samples",
    type=_file,
    help="tables: sample_id and what is known of it (lineage, msi, purity, ...).  cbioportal, tcga: which of "
    "a patient's samples, primary (default), latest or all.",
)
@click.option("--responses", type=_file, help="tables: sample_id, inhibitor, screen, metric, value.")
@click.option(
    "--panel", help="tables, multiregion, cbioportal: exome, or a file with the sequenced genes, one a line."
)
@click.option("--profiled-samples", type=_file, help="tables: a file with the sequenced samples, one a line.")
@click.option(
    "--expression-scale", help="tables, cbioportal: counts, tpm, fpkm, log2, ...; recognised by default."
)
@click.option(
    "--orientation", help="tables: of expression, genes_x_samples or samples_x_genes; recognised by default."
)
@click.option(
    "--copy-number-kind", help="tables: what a matrix holds: call, total, log2_ratio; recognised by default."
)
@click.option(
    "--protein-platform", help="tables, cbioportal: whose scale the proteins have, such as tcga_rppa."
)
@click.option(
    "--decimal", help="tables, responses, viabilities: how decimals are written, point (default) or comma."
)
@click.option(
    "--unreadable",
    help="tables, cbioportal: cells of a MAF without a number where one belongs: refuse (default), missing.",
)
@click.option("--name", help="Name of the cohort.")
@click.option("--consequence", help="multiregion: of all variants, where the table does not say.")
@click.option("--sample-id", "sample_ids", multiple=True, help="fcs: one for each file; by default its name.")
@click.option("--sample-column", help="anndata: column of obs that names the sample; by default sample_id.")
@click.option("--layer", help="anndata: X, raw or the name of a layer; by default the one with counts.")
@click.option("--cell-kind", type=click.Choice(["rna", "protein"]), help="anndata: rna by default.")
@click.option("--scale", help="anndata: counts, log, linear or arcsinh; recognised by default.")
@click.option("--symbol-column", help="anndata: column of var with gene symbols; by default the index.")
@click.option("--total-column", help="anndata: column of obs with all counts of a cell.")
@click.option(
    "--genes",
    type=click.Choice(["features", "all"]),
    help="anndata, cbioportal (copy number): those of features by default.",
)
@click.option(
    "--mrna", help="cbioportal: stable_id or data file of the mRNA to read, where there are several."
)
@click.option("--project", help="tcga: the code of the project, such as KIRC, where there are several.")
@click.option("--gene-panels", type=_file, help="cbioportal: file or folder of gene panels.")
@click.option("--gene-ids", type=_file, help="cbioportal: a table of Entrez_Gene_Id and Hugo_Symbol.")
@click.option("--treatment-column", help="cbioportal: clinical column with what was given.")
@click.option("--response-column", help="cbioportal: clinical column with the best response.")
@click.option("--model-list", type=_file, help="sanger: model list of the Cell Model Passports (CSV).")
@click.option("--growth-rates", type=_file, help="sanger: growth table of the Cell Model Passports (CSV).")
@click.option(
    "--cohort",
    help="sanger, anndata, fcs, kinds of screens: the cohort to complete, a name or a folder; sanger: by "
    "default gdsc.",
)
@click.option(
    "--url", help="Kinds of screens, checkmate025: the address (http, https) of the file, instead of FILES."
)
@click.option("--sha256", help="Kinds of screens, checkmate025: of the file, to verify it.")
@click.option("--md5", help="Kinds of screens, checkmate025: of the file, where the provider has no sha256.")
@click.option(
    "--replace-screens",
    is_flag=True,
    default=None,
    help="Kinds of screens: replace the cohort's own responses of the same screens.",
)
@click.option("--screen", help="responses, viabilities: name of the screen, where the table has none.")
@click.option(
    "--parameters", type=click.IntRange(3, 4), help="viabilities: of the Hill curve, 3 (default) or 4."
)
@click.option("--check", is_flag=True, help="Say what would be read, joined and left out; write nothing.")
@output_option("Folder of the new cohort.", required=False)
@common_options
def import_files(
    importer: str, files: tuple[str, ...], check: bool, output: Path | None, as_json: bool, **given: Any
) -> None:
    """Read, validate and write a cohort."""
    if output is None and not check:
        raise click.UsageError("Missing option '-o' / '--output' (or --check, which writes nothing)")
    options = {name: value for name, value in given.items() if value not in (None, ())}
    if "url" in options and "url" in KINDS[importer]:
        files = _with_url(files, options.pop("url"))
    _check_options(importer, files, options)
    if output is not None and not check:
        outputs.check_folder(output)
    from features.sources import import_cohort
    from features.sources.web import is_url

    arguments = {_CALLED.get(name, name): value for name, value in options.items()}
    # A path would make one slash of the two of an address.
    given_files = [file if is_url(file) and "url" in KINDS[importer] else Path(file) for file in files]
    if "paths" in KINDS[importer]:
        arguments["paths"] = given_files
    if "path" in KINDS[importer]:
        arguments["path"] = given_files[0]
    if importer == "sanger":
        arguments.setdefault("cohort", "gdsc")
    with console.progress() as progress:
        if importer in _TOLD:
            arguments["progress"] = progress
        cohort = import_cohort(importer, **arguments)
    if output is not None and not check:
        cohort.write(output)
    _show(cohort, None if check else output, as_json)


def _with_url(files: tuple[str, ...], url: str) -> tuple[str, ...]:
    if files:
        raise click.UsageError("give FILES or --url, not both")
    if not url.lower().startswith(("http://", "https://")):
        raise click.UsageError(f"--url {url}: is not an address that begins with http:// or https://")
    return (url,)


def _check_options(importer: str, files: tuple[str, ...], options: Mapping[str, Any]) -> None:
    taken = KINDS[importer]
    foreign = [name for name in options if _CALLED.get(name, name) not in taken]
    if foreign:
        option = foreign[0].removesuffix("s") if foreign[0] == "sample_ids" else foreign[0]
        raise click.UsageError(f"--{option.replace('_', '-')} does not belong to --kind {importer}")
    if importer == "sanger" and "model_list" not in options:
        raise click.UsageError("--kind sanger needs --model-list")
    if {"path", "paths"} & set(taken):
        if not files:
            raise click.UsageError(f"--kind {importer} needs FILES")
        if "path" in taken and len(files) > 1:
            raise click.UsageError(f"--kind {importer} takes one file, not {len(files)}")
    elif files:
        raise click.UsageError(f"{files[0]}: --kind {importer} takes its files by options")


def _show(cohort: Cohort, output: Path | None, as_json: bool) -> None:
    """What was read and what was not; ``output`` is None for a check."""
    rows = {name: len(table) for name, table in cohort.tables().items() if name != "losses" and len(table)}
    if cohort.cells is not None:
        rows["cells"] = len(cohort.cells)
    losses = cohort.losses.to_dict("records")
    files = [
        {"what": s.name, "file": s.file, "read_as": s.version, "rows_in": s.rows_in, "rows_out": s.rows_out}
        for s in cohort.sources
    ]
    joined = _joined(cohort)
    if as_json:
        document = {"name": cohort.name, "output": output, "rows": rows, "files": files, "losses": losses}
        console.document({**document, "joined": joined} if output is None else document)
        return
    console.say(
        f"Cohort {cohort.name} would hold:" if output is None else f"Cohort {cohort.name} is in {output}:"
    )
    console.table(("table", "rows"), list(rows.items()))
    for file in files:
        console.say(f"{file['what']} ({file['file']}): {file['read_as']}")
    if output is None:
        console.say("What would be read and kept, and which samples have what:")
        console.table(
            ("file", "rows read", "rows kept"), [(f["file"], f["rows_in"], f["rows_out"]) for f in files]
        )
        console.table(("joined", "samples"), list(joined.items()))
    console.losses(losses)
    if output is None:
        console.say("Nothing was written (--check).")


def _joined(cohort: Cohort) -> dict[str, int]:
    """How many samples have each combination of modalities, and how many patients an outcome."""
    modalities = cohort.profiled.groupby("sample_id")["modality"].agg(
        lambda each: " + ".join(sorted(set(each)))
    )
    patterns = cohort.samples["sample_id"].map(modalities).fillna("nothing measured")
    found = {str(pattern): int(n) for pattern, n in patterns.value_counts().items()}
    if len(cohort.patients):
        known = cohort.samples["patient_id"].isin(cohort.outcomes["patient_id"].dropna())
        found["with an outcome of the patient"] = int(known.sum())
    return found
