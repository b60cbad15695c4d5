"""``mtorc1 score``: predict the response of new samples."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from predictor.cli import console, outputs
from predictor.cli.inputs import Samples, input_options, read_bundle, read_samples
from predictor.cli.options import RESEARCH_USE, common_options, examples, output_option

if TYPE_CHECKING:
    import pandas as pd

    from predictor.bundle import Bundle

_SHOWN = 5
_EXAMPLES = (
    "mtorc1 score matrix.parquet -o predictions.csv",
    "mtorc1 score study.maf --expression tpm.tsv --lineage kidney --inhibitors everolimus -o out.parquet",
)


@click.command(
    "score",
    short_help="Predict the response of new samples.",
    help="Predict how sensitive the samples of INPUT are: a cohort folder, a feature matrix (CSV, TSV, "
    f"Parquet), or a MAF with, if there is one, an expression table.\n\n{examples(*_EXAMPLES)}",
    epilog=RESEARCH_USE,
)
@input_options
@click.option(
    "--inhibitors", help="Inhibitors or classes, separated by commas; by default all that can be answered."
)
@click.option(
    "--by",
    type=click.Choice(["region", "clone"]),
    help="Score the parts of each tumour (regions, or clones by CCF) and combine them: mean, share that "
    "resists, most resistant part. The parts' own predictions go beside the output.",
)
@output_option(f"Where the predictions go ({', '.join(outputs.TABLES)}).")
@common_options
def command(
    source: Path,
    model: str | None,
    inhibitors: str | None,
    by: str | None,
    output: Path,
    as_json: bool,
    **given: Any,
) -> None:
    """Read, score, write, and say how much could be answered."""
    outputs.check_file(output, outputs.TABLES)
    outputs.check_apart(output, source, *given.values())
    wanted = None if inhibitors is None else [name.strip() for name in inhibitors.split(",") if name.strip()]
    bundle = read_bundle(model)
    from predictor.answering import answers, unanswered
    from predictor.scoring import score

    # Before the features are computed: a typing error should not take ten seconds to be told.
    answers(bundle, wanted)
    with console.progress() as progress:
        samples = read_samples(source, bundle, {**given, "by": by}, progress=progress)
        predictions = score(
            bundle,
            samples.values,
            inhibitors=wanted,
            evidence=samples.evidence,
            looked_for=samples.looked_for,
            harmonisation=samples.harmonisation,
            progress=progress,
        )
    beside = _write(predictions, samples, output)
    found = _summary(predictions, samples, bundle, output)
    if samples.parts is not None:
        found["parts"] = beside
        found["not_taken_apart"] = dict(Counter(samples.parts.whole.values()))
    found["without_a_model"] = list(unanswered(bundle)) if wanted is None else []
    if as_json:
        console.document(found)
    else:
        _show(found)


def _write(predictions: pd.DataFrame, samples: Samples, output: Path) -> Path | None:
    """The table; of parts the combined one, and theirs beside it, where its name is returned."""
    if samples.parts is None:
        outputs.write_table(predictions, output)
        return None
    from predictor.subpopulations import combined, with_parts

    parts = with_parts(predictions, samples.parts)
    beside = output.with_name(f"{output.stem}.parts{output.suffix}")
    outputs.write_together(
        {
            output: outputs.table_writer(combined(parts), output),
            beside: outputs.table_writer(parts.drop(columns="shares_add_up"), beside),
        }
    )
    return beside


def _summary(predictions: pd.DataFrame, samples: Samples, bundle: Bundle, output: Path) -> dict[str, Any]:
    """What a reader should know before trusting the table."""
    from predictor.scoring import NOT_LOOKED_FOR
    from predictor.verdict import OVERRIDDEN

    one = predictions.drop_duplicates("sample_id")
    missing = one["missing_inputs"].fillna("").str.split(";").explode().str.strip()
    outside = ~predictions["in_domain"].astype(bool)
    return {
        "output": output,
        "model": bundle.name,
        "model_version": bundle.version,
        "samples_in": len(samples.values),
        "inhibitors": int(predictions["inhibitor"].nunique()),
        "predictions": len(predictions),
        "scored": int(predictions["prediction"].notna().sum()),
        "out_of_domain": int(outside.sum()),
        "samples_out_of_domain": int(predictions.loc[outside, "sample_id"].nunique()),
        "modality_patterns": one["modality_pattern"].value_counts().to_dict(),
        "missing_inputs": missing[missing != ""].value_counts().to_dict(),
        "variants_looked_for": len(samples.looked_for),
        "samples_with_evidence": int(
            predictions.loc[~predictions["evidence"].isin(["", NOT_LOOKED_FOR]), "sample_id"].nunique()
        ),
        "samples_overridden": int(
            predictions.loc[predictions["verdict"].str.startswith(OVERRIDDEN), "sample_id"].nunique()
        ),
        "notes": samples.notes.groupby(["family", "problem"], sort=False)
        .size()
        .rename("n")
        .reset_index()
        .to_dict("records"),
        "losses": samples.losses,
    }


def _show(found: dict[str, Any]) -> None:
    console.say(
        f"{found['scored']:,} of {found['predictions']:,} predictions ({found['samples_in']:,} samples x "
        f"{found['inhibitors']} inhibitors) are in {found['output']}"
    )
    console.say(f"  model: {found['model']} {found['model_version']}")
    patterns = ", ".join(f"{pattern} ({n:,})" for pattern, n in found["modality_patterns"].items())
    console.say(f"  answered from (samples): {patterns}")
    outside = f"{found['out_of_domain']:,} predictions of {found['samples_out_of_domain']:,} samples"
    console.say(f"  out of domain, no verdict: {outside if found['out_of_domain'] else 'none'}")
    console.say(f"  missing inputs (samples): {_listed(found['missing_inputs'])}")
    console.say(
        f"  curated evidence for or against (samples): {found['samples_with_evidence']:,}, overrides the "
        f"verdict of {found['samples_overridden']:,}; resistance variants of the target were looked for in "
        f"{found['variants_looked_for']:,} (a matrix names no protein changes)"
    )
    if "parts" in found:
        console.say(f"  the parts' own predictions: {found['parts']}")
        console.say(f"  not taken apart (samples): {_listed(found['not_taken_apart'])}")
    if found["without_a_model"]:
        console.say(f"  no model for: {', '.join(found['without_a_model'])}")
    for note in found["notes"]:
        console.say(f"  {note['family'] or 'matrix'}: {note['problem']} ({note['n']:,})")
    console.losses(found["losses"])
    console.say(RESEARCH_USE)


def _listed(counts: dict[str, int]) -> str:
    shown = ", ".join(f"{name} ({n:,})" for name, n in list(counts.items())[:_SHOWN])
    more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
    return f"{shown}{more}" if counts else "none"
