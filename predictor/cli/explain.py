"""``mtorc1 explain``: why samples are predicted as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.inputs import input_options, read_bundle, read_samples
from predictor.cli.options import RESEARCH_USE, common_options, examples, output_option

if TYPE_CHECKING:
    from predictor.explanation import Explanation

#: Explanations listed on the terminal; the files hold them all.
_SHOWN = 10
_TOP_FEATURES = 10
_EXAMPLES = ("mtorc1 explain matrix.parquet --sample S1 --inhibitor everolimus -o why.csv --plot why.png",)


@click.command(
    "explain",
    short_help="Say what each prediction rests on (SHAP).",
    help="Say what each prediction rests on: exact SHAP values per feature (OUT) and summed per mechanism "
    "(OUT.mechanisms); with the base they add up to the prediction.  INPUT as for `mtorc1 score`.\n\n"
    + examples(*_EXAMPLES),
    epilog=RESEARCH_USE,
)
@input_options
@click.option("--sample", "only", multiple=True, help="Only this sample (may be repeated); by default all.")
@click.option(
    "--inhibitor", "inhibitors", multiple=True, help="Inhibitor or class (may be repeated); by default all."
)
@click.option(
    "--genes",
    type=click.IntRange(min=0),
    default=50,
    show_default=True,
    help="Genes listed per sample, the weightiest first; the rest are summed per mechanism.",
)
@click.option("--every-gene", is_flag=True, help="List every gene.")
@output_option(f"Where the table goes ({', '.join(outputs.TABLES)}).")
@click.option(
    "--plot",
    type=click.Path(path_type=Path),
    help=f"Draw it too ({', '.join(outputs.PLOTS)}): features of one inhibitor, or mechanisms of several.",
)
@common_options
def command(
    source: Path,
    model: str | None,
    only: tuple[str, ...],
    inhibitors: tuple[str, ...],
    genes: int,
    every_gene: bool,
    output: Path,
    plot: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Read, explain, write the tables and the plot, and show the gist."""
    mechanisms = output.with_name(f"{output.stem}.mechanisms{output.suffix}")
    outputs.check_file(output, outputs.TABLES)
    outputs.check_file(mechanisms, outputs.TABLES)
    for written in (output, mechanisms, plot):
        if written is not None:
            outputs.check_apart(written, source, *given.values())
    if plot is not None:
        outputs.check_file(plot, outputs.PLOTS)
    bundle = read_bundle(model)
    from predictor.answering import answers
    from predictor.explanation import explain

    asked = answers(bundle, list(inhibitors) or None)
    with console.progress() as progress:
        samples = read_samples(source, bundle, given, only=only, progress=progress)
        found = []
        for done, answer in enumerate(asked):
            progress("explain (inhibitors)", done, len(asked))
            found.append(explain(bundle, samples.values, answer.inhibitor))
        progress("explain (inhibitors)", len(asked), len(asked))
    _write(found, output, mechanisms, None if every_gene else genes, plot)
    if as_json:
        console.document(
            {"output": output, "mechanisms": mechanisms, "plot": plot, "explanations": _gist(found)}
        )
        return
    _show(found, [path for path in (output, mechanisms, plot) if path is not None])


def _write(
    found: Sequence[Explanation], output: Path, mechanisms: Path, genes: int | None, plot: Path | None
) -> None:
    import pandas as pd

    features = pd.concat([each.table(genes) for each in found], ignore_index=True)
    sums = pd.concat([each.mechanisms() for each in found], ignore_index=True)
    writers: dict[Path, Callable[[Path], None]] = {
        output: outputs.table_writer(features, output),
        mechanisms: outputs.table_writer(sums, mechanisms),
    }
    if plot is not None:
        writers[plot] = _plotter(found)
    outputs.write_together(writers)


def _title(one: Explanation) -> str:
    """Whose prediction, by which model, and what it is."""
    model = "" if one.target.startswith(f"{one.inhibitor}@") else f" (by the class {one.target})"
    if len(one.sample_ids) > 1:
        return f"{one.inhibitor}{model}, {len(one.sample_ids):,} samples"
    return f"{one.sample_ids[0]}, {one.inhibitor}{model}: {one.prediction[0]:+.2f}, from {one.base[0]:+.2f}"


def _plotter(found: Sequence[Explanation]) -> Callable[[Path], None]:
    """A function that draws the figure into a file."""
    import pandas as pd

    from predictor.explanation import BASE, as_shap
    from predictor.report import plots

    def draw(target: Path) -> None:
        if len(found) == 1:
            (one,) = found
            figure = plots.beeswarm(as_shap(one), title=_title(one), unit=one.unit)
        else:
            rows = pd.concat([each.mechanisms() for each in found], ignore_index=True)
            rows = rows[rows.mechanism != BASE].assign(weight=rows.shap_value.abs())
            weights = rows.pivot_table(index="inhibitor", columns="mechanism", values="weight", sort=False)
            figure = plots.mechanism_bar(weights)
        plots.save(figure, target)

    return draw


def _gist(found: Sequence[Explanation]) -> list[dict[str, Any]]:
    """One entry for each sample and inhibitor: the prediction, and the sum of each mechanism."""
    gist = []
    for each in found:
        sums = each.mechanisms()
        for i, sample in enumerate(each.sample_ids):
            mine = sums[sums.sample_id == sample]
            gist.append(
                {
                    "sample_id": sample,
                    "inhibitor": each.inhibitor,
                    "target": each.target,
                    "unit": each.unit,
                    "prediction": float(each.prediction[i]),
                    "shap_values": dict(zip(mine.mechanism, mine.shap_value, strict=True)),
                }
            )
    return gist


def _show(found: Sequence[Explanation], written: Sequence[Path]) -> None:
    gist = _gist(found)
    console.say("SHAP values, in the unit of the prediction; below 0 = towards sensitive:")
    for entry in gist[:_SHOWN]:
        what = f"{entry['prediction']:.3f} {entry['unit']} ({entry['target']})"
        console.say(f"{entry['sample_id']}, {entry['inhibitor']}: {what}")
        console.table(("mechanism", "SHAP"), list(entry["shap_values"].items()))
    if len(gist) > _SHOWN:
        console.say(f"and {len(gist) - _SHOWN:,} more")
    if len(gist) == 1:
        top = found[0].table().iloc[1 : _TOP_FEATURES + 1]
        console.say("Weightiest features:")
        rows = top[["feature", "mechanism", "value", "shap_value"]].itertuples(index=False, name=None)
        console.table(("feature", "mechanism", "value", "SHAP"), list(rows))
    console.say(f"Written: {', '.join(map(str, written))}")
    console.say(RESEARCH_USE)
