"""Time the features and write the tables: figures to result.json, the page to README.md."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.features import cells, scores  # noqa: E402
from experiments.benchmarks.tracked import log_result  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402

Times = dict[str, dict[str, float]]


def main() -> int:
    """Measure, write, and say with the exit code whether every limit holds."""
    start = time.perf_counter()
    load = os.getloadavg()[0]
    tell("scores against decoupler", 1)
    timed_scores = scores.measure()
    tell("100,000 cells", 2)
    timed_cells = cells.measure()
    facts = limits(timed_scores, timed_cells)
    machine = {"system": platform.platform(), "cpus": os.cpu_count(), "load_before": round(load, 2)}
    result: dict[str, object] = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "machine": machine,
        "seconds": round(time.perf_counter() - start),
        "scores": timed_scores,
        "cells": timed_cells,
        "facts": facts,
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    written = (
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s; {machine['cpus']} CPUs, load {machine['load_before']} at the start)."
    )
    text = page(written, facts, timed_scores, timed_cells)
    (HERE / "README.md").write_text(text, encoding="utf-8")
    print(text)
    log_result(HERE)
    return 0 if all(fact["holds"] for fact in facts) else 1


def tell(what: str, number: int) -> None:
    """A line of progress; a bar would disturb what is timed."""
    print(f"features: {what} ({number} of 2)", file=sys.stderr, flush=True)


def limits(timed_scores: Times, timed_cells: Times) -> list[dict[str, object]]:
    """Each limit of the plan beside its measured value."""
    found: list[tuple[str, float, float]] = [
        (f"scores, {table}: times decoupler's ulm", times["ours over decoupler"], scores.LIMIT)
        for table, times in timed_scores.items()
    ]
    for case, one in timed_cells.items():
        found += [
            (f"cells, {case}: seconds", one["import_seconds"] + one["build_seconds"], cells.SECONDS),
            (f"cells, {case}: GB", one["peak_gigabytes"], cells.GIGABYTES),
        ]
    return [
        {"claim": claim, "value": value, "high": high, "holds": value <= high} for claim, value, high in found
    ]


def page(written: str, facts: list[dict[str, object]], timed_scores: Times, timed_cells: Times) -> str:
    """The page in Markdown."""
    return "\n".join(
        [
            "# Speed and memory of the features",
            "",
            f"{written} The plan is in [plan.md](plan.md), all figures in [result.json](result.json).",
            "",
            "| measured | value | at most | holds |",
            "|---|---|---|---|",
            *(
                f"| {fact['claim']} | {fact['value']:.3g} | {fact['high']:.3g} "
                f"| {'yes' if fact['holds'] else '**no**'} |"
                for fact in facts
            ),
            "",
            f"## Scores: {scores.N_SAMPLES:,} samples x {scores.N_GENES:,} genes x {scores.N_SETS} gene sets",
            "",
            f"Seconds, the least of {scores.ROUNDS} rounds. The lines of NumPy are arithmetic alone: lower "
            "bounds.",
            "",
            *_times(timed_scores),
            "",
            f"## Cells: {cells.N_CELLS:,}, with {cells.N_GENES:,} genes ({cells.FILLED:.0%} filled) or "
            f"{cells.N_MARKERS} markers",
            "",
            *_times(timed_cells),
            "",
        ]
    )


def _times(timed: Times) -> list[str]:
    """A table with a column for each case."""
    cases = list(timed)
    return [
        f"| | {' | '.join(cases)} |",
        f"|---|{'---|' * len(cases)}",
        *(
            f"| {name.replace('_', ' ')} | {' | '.join(f'{timed[case][name]:.3g}' for case in cases)} |"
            for name in timed[cases[0]]
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
