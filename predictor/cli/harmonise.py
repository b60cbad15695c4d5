"""``mtorc1 harmonise``: fit a reference that carries a cohort's expression to the training lines' scale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.options import common_options, examples, output_option

if TYPE_CHECKING:
    from features.cohort import Cohort
    from features.harmonisation import Harmonisation
    from features.harmonisation_check import Distance
    from features.progress import Progress


@click.command(
    "harmonise",
    short_help="Fit what carries a cohort's expression to the lines' scale.",
    help="Fit a harmonisation reference to COHORT (a folder, or the name of a source): location and gain of "
    "each gene against training lines of the same lineage. Score with it: mtorc1 score COHORT "
    "--harmonisation REFERENCE.\n\n"
    + examples(
        "mtorc1 harmonise my_cohort -o my_reference.parquet --plot my_reference.png",
        "mtorc1 score my_cohort --harmonisation my_reference.parquet -o predictions.csv",
    ),
)
@click.argument("cohort")
@output_option("Where the reference goes (.parquet).")
@click.option(
    "--lines", default="gdsc", show_default=True, help="The training lines: a source or cohort folder."
)
@click.option("--plot", type=click.Path(path_type=Path), help="Draw cohort and lines, before and after.")
@click.option(
    "--model",
    default="default",
    show_default=True,
    help="Whose domain the samples are judged by, or a bundle folder.",
)
@common_options
def command(cohort: str, output: Path, lines: str, plot: Path | None, model: str, as_json: bool) -> None:
    """Fit, check, write, and say how far the cohort lies from the lines."""
    outputs.check_file(output, (".parquet",))
    if plot is not None:
        outputs.check_file(plot, outputs.PLOTS)
    from features.harmonisation import fit
    from features.harmonisation_check import distance
    from features.harmonisation_file import write
    from features.sources import load

    with console.progress() as progress:
        own = load(cohort, progress=progress)
        training = load(lines, progress=progress)
        reference = fit(own, training)
        found = distance(own, training, reference)
        domain = _domain(own, reference, model, progress)
    reference = write(reference, output)
    if plot is not None:
        _draw(found, own.name, plot)
    document = _document(reference, found, domain, output, plot)
    if as_json:
        return console.document(document)
    _show(reference, found, document)
    return None


def _domain(own: Cohort, reference: Harmonisation, model: str, progress: Progress) -> dict[str, float | None]:
    """Share of the samples with expression that are in domain, a mean over inhibitors, before and after."""
    from features.harmonisation import harmonised
    from features.matrix import build_matrix
    from predictor.cli.inputs import read_bundle
    from predictor.scoring import score

    bundle = read_bundle(model)
    found: dict[str, float | None] = {"before": None}
    with_expression = own.select(list(own.expression.index))
    given = {"after": harmonised(with_expression, reference)}
    if own.expression_scale != "log_ratio":
        # Ratios have no order within a sample: there is nothing to score.
        given["before"] = with_expression
    for when, samples in given.items():
        values = build_matrix(samples, bundle.families, settings=bundle.settings, progress=progress).values
        found[when] = float(score(bundle, values).in_domain.mean())
    return found


def _draw(found: Distance, name: str, plot: Path) -> None:
    from predictor.report.cohort_map import cohort_map
    from predictor.report.plots import save

    def drawn(fresh: Path) -> None:
        save(cohort_map(found.map, name), fresh)

    outputs.write_together({plot: drawn})


def _document(
    reference: Harmonisation,
    found: Distance,
    domain: dict[str, float | None],
    output: Path,
    plot: Path | None,
) -> dict[str, Any]:
    return {
        "output": output,
        "plot": plot,
        "reference": reference.label,
        "kind": reference.kind,
        "scale": reference.scale,
        "genes": len(reference.genes),
        "mean_purity": reference.mean_purity,
        "lineages": found.lineages.to_dict("records"),
        "share_in_domain": domain,
    }


def _show(reference: Harmonisation, found: Distance, document: dict[str, Any]) -> None:
    from features.harmonisation import WITHIN_COHORT

    console.say(
        f"{len(reference.genes):,} genes of {reference.cohort} ({reference.scale}) against {reference.lines}"
        + ("" if reference.mean_purity != reference.mean_purity else ", freed of what follows purity")
    )
    if reference.kind == WITHIN_COHORT:
        console.say(
            "No lineage has ten samples and ten lines: the target is the mean of all lines, and every "
            "cohort becomes average. Predictions can be compared within the cohort only, and get no verdict."
        )
    console.table(
        ["lineage", "samples", "lines", "r before", "r after", "shift before, SD", "shift after"],
        [
            [
                r["lineage"],
                r["n_samples"],
                r["n_lines"],
                r["r_before"],
                r["r_after"],
                r["shift_before"],
                r["shift_after"],
            ]
            for r in document["lineages"]
        ],
    )
    before, after = document["share_in_domain"]["before"], document["share_in_domain"]["after"]
    console.say(
        "Predictions in domain: "
        + (f"{before:.0%} before, " if before is not None else "none before (ratios cannot be scored), ")
        + f"{after:.0%} after"
    )
    console.say(f"The reference {reference.label} is in {document['output']}.")
    if document["plot"] is not None:
        console.say(f"The picture is in {document['plot']}.")
