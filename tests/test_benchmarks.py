"""What the committed results of the benchmarks say: every bar, fact and limit of their plans holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from experiments.benchmarks.certainty.page import bars, page
from experiments.benchmarks.features.run import limits
from experiments.benchmarks.unseen_screen import page as unseen_page
from experiments.benchmarks.validation.facts import MODULES
from experiments.benchmarks.validation.run import fact_table

BENCHMARKS = Path(__file__).parents[1] / "experiments" / "benchmarks"
WITH_FACTS = ("validation", "features")


def result(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((BENCHMARKS / name / "result.json").read_text(encoding="utf-8"))
    return read


def test_every_benchmark_has_its_plan_result_and_page_and_is_run_by_make() -> None:
    """Prevents: a benchmark that `make bench` forgets, or figures without a plan."""
    folders = [run.parent for run in BENCHMARKS.glob("*/run.py")]
    assert len(folders) == 10
    recipe = (BENCHMARKS.parents[1] / "Makefile").read_text(encoding="utf-8")
    for folder in folders:
        assert {"plan.md", "result.json", "README.md"} <= {path.name for path in folder.iterdir()}
        assert f"experiments/benchmarks/{folder.name}/run.py" in recipe


def test_checkmate_025_is_what_is_known_to_be_true_of_it() -> None:
    """Prevents: arms, events or risk groups read the wrong way round; the figures were known before."""
    found = result("checkmate025")
    effects = {(e["marker"], e["endpoint"], e["group"]): e for e in found["effects"]}

    def ratio(marker: str, group: str) -> float:
        return float(effects[marker, "PFS", group]["hazard_ratio"])

    assert ratio("ith", "everolimus") == pytest.approx(1.9, abs=0.1)
    assert ratio("ith", "nivolumab") == pytest.approx(2.05, abs=0.15)
    assert ratio("ith", "interaction") == pytest.approx(0.89, abs=0.05)
    assert 0.75 < effects["ith", "PFS", "interaction"]["p"] < 0.85
    assert ratio("mut.MTOR", "interaction") == pytest.approx(1.45, abs=0.03)
    assert ratio("mut.MTOR|mut.TSC1|mut.TSC2", "interaction") == pytest.approx(1.04, abs=0.02)
    assert any(row["rejected"] for row in found["hazards"] if row["marker"] == "ith")
    assert "neither shown nor excluded" in found["headlines"]["ith"]
    assert "prognostic for PFS, not for OS" in found["headlines"]["ith"]
    assert len(found["mtor_mutants"]) == 17


def test_harmonisation_takes_back_a_platform_and_keeps_the_lineages() -> None:
    """Prevents: a reference that shifts cohorts towards the average, or scores what cannot be compared."""
    found = result("harmonisation")
    assert found["platform"]["after"]["r"] >= 0.95
    assert found["platform"]["after"]["in_domain"] > found["platform"]["before"]["in_domain"]
    assert abs(found["mixture"]["ours"]["shift"]) < abs(found["mixture"]["usual"]["shift"])
    assert found["no_lineage"]["said"]
    assert found["no_lineage"]["with_a_verdict"] == 0
    assert "log_ratio" in found["kirc"]["refused"]
    assert found["kirc"]["in_domain"] > found["kirc"]["in_domain_as_ranks"]


def test_no_model_score_is_called_predictive_by_a_large_p() -> None:
    """Prevents: "not predictive" where the interval holds what one would care about."""
    for name, words in result("checkmate025")["headlines"].items():
        assert "not predictive" not in words, name
        assert "neither shown nor excluded" in words, name


@pytest.mark.parametrize("name", WITH_FACTS)
def test_every_fact_and_limit_held_in_the_run_that_is_committed(name: str) -> None:
    """Prevents: a result committed although a fact does not hold, or a range widened without a new run."""
    facts = result(name)["facts"]
    assert facts
    for fact in facts:
        low, high = fact.get("low"), fact["high"]
        inside = (low is None or low <= fact["value"]) and (high is None or fact["value"] <= high)
        assert fact["holds"], fact["claim"]
        assert inside, fact["claim"]


def test_the_validation_that_is_committed_has_every_module_and_is_the_page_shown() -> None:
    """Prevents: a module added or a page written by hand without a run."""
    facts = result("validation")["facts"]
    assert {fact["module"] for fact in facts} == set(MODULES)
    assert fact_table(facts) in (BENCHMARKS / "validation" / "README.md").read_text(encoding="utf-8")


def test_the_speeds_were_held_against_the_limits_of_today() -> None:
    """Prevents: a limit changed in the script while the result still shows the old one."""
    found = result("features")
    assert limits(found["scores"], found["cells"]) == found["facts"]
    page = (BENCHMARKS / "features" / "README.md").read_text(encoding="utf-8")
    for fact in found["facts"]:
        assert f"| {fact['claim']} | {fact['value']:.3g} | {fact['high']:.3g} | yes |" in page


def test_the_frozen_folds_reach_the_bars_of_their_plan() -> None:
    """Prevents: a model released although it falls below a bar that was set before."""
    found = result("leave_cell_line_out")
    assert found["benchmark"]["GDSC2"]["mean"] >= 0.44
    assert found["benchmark"]["CTRPv2"]["mean"] >= 0.33
    assert abs(found["dna_withheld"] - found["dna_alone"]) <= 0.02


def test_the_unseen_screen_reaches_every_bar_and_its_page_is_of_its_result() -> None:
    """Prevents: a model released below a bar that was set before, or a page written by hand."""
    found = result("unseen_screen")
    assert [what for what, _, _, met in unseen_page.bars(found) if not met] == []
    page_now = (BENCHMARKS / "unseen_screen" / "README.md").read_text(encoding="utf-8")
    assert page_now == unseen_page.page(found)


def test_the_measured_ceilings_are_those_that_the_field_knows() -> None:
    """Prevents: a ceiling measured on other lines, or lines joined by the wrong name."""
    measured = {one["what"]: one["value"] for one in result("unseen_screen")["ceilings"]}
    known = {"measured:GDSC1": 0.304, "measured:GDSC2": 0.361, "measured:consensus": 0.431}
    assert measured == pytest.approx(known, abs=0.015)


def test_certainty_reaches_every_bar_but_the_one_that_is_known() -> None:
    """Prevents: an interval, a chance or a domain released although it no longer means what it says.

    Single errors are mostly noise, so the domain score can hardly rank them; the page says so.
    """
    missed = [what for what, _, _, met in bars(result("certainty")) if not met]
    assert missed == ["rho of domain score and error of an inhibitor, tissue left out"]


def test_the_page_of_certainty_is_that_of_the_result_that_is_committed() -> None:
    found = result("certainty")
    assert page(found) == (BENCHMARKS / "certainty" / "README.md").read_text(encoding="utf-8")
