"""Measure every fact and write the table: figures to result.json, the page to README.md."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:  # run as a file, this folder would stand in for the repository
    sys.path.insert(0, str(ROOT))

from experiments.benchmarks.tracked import log_result  # noqa: E402
from experiments.benchmarks.validation.facts import DATA, MODULES, Fact, measure_of  # noqa: E402
from predictor.bundle import plain  # noqa: E402
from predictor.provenance import git_revision, library_versions, now  # noqa: E402


def main() -> int:
    """Measure, write, and say with the exit code whether every fact holds."""
    if not DATA.is_dir():
        print(f"the reference data are not at {DATA}: the validation is left as it is")
        return 0
    start = time.perf_counter()
    measured: dict[str, list[Fact]] = {}
    for done, module in enumerate(MODULES):
        print(f"validation: {module} ({done + 1} of {len(MODULES)})", file=sys.stderr, flush=True)
        measured[module] = measure_of(module)(DATA)
    rows = [
        {"module": module, **asdict(fact), "holds": fact.holds}
        for module, facts in measured.items()
        for fact in facts
    ]
    rows.sort(key=lambda row: row["line"])
    result = {
        "created": now(),
        "git_revision": git_revision(),
        "libraries": library_versions(),
        "seconds": round(time.perf_counter() - start),
        "facts": plain(rows),  # JSON knows no infinity
    }
    (HERE / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    page = "\n".join(
        [
            "# Validation: what is true of real data comes out of the features",
            "",
            f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
            f"{result['seconds']} s). The plan is in [plan.md](plan.md), all figures in "
            "[result.json](result.json).",
            "",
            fact_table(result["facts"]),
            "",
        ]
    )
    (HERE / "README.md").write_text(page, encoding="utf-8")
    print(page)
    log_result(HERE)
    return 0 if all(row["holds"] for row in rows) else 1


def fact_table(facts: Iterable[dict[str, object]]) -> str:
    """The facts in Markdown, in the order of the issue's list."""
    head = ["| line | fact | measured | known | note |", "|---|---|---|---|---|"]
    return "\n".join(
        head
        + [
            f"| {fact['line']} | {_cell(fact['claim'])} | {_number(fact['value'])} | {_known(fact)} "
            f"| {_cell(fact['note'])} |"
            for fact in facts
        ]
    )


def _known(fact: dict[str, object]) -> str:
    low, high = fact["low"], fact["high"]
    if low is None and high is None:
        return "beside"
    if low == high:
        words = _number(low)
    elif low is None or high is None:
        words = f"at most {_number(high)}" if low is None else f"at least {_number(low)}"
    else:
        words = f"{_number(low)} to {_number(high)}"
    return words if fact["holds"] else f"{words} (**does not hold**)"


def _number(value: object) -> str:
    return "-" if value is None else f"{float(str(value)):.4g}"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
