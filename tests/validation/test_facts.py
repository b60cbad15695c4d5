"""What is true of real data must come out of our features; each validation module is run as it stands."""

from __future__ import annotations

import pytest

from experiments.benchmarks.validation.facts import DATA, MODULES, measure_of


@pytest.mark.shared
@pytest.mark.no_cover  # The tracer adds half of the time, and no line is run here alone.
@pytest.mark.parametrize("module", MODULES)
def test_every_fact_of_a_module_holds(module: str) -> None:
    if not DATA.is_dir():
        pytest.skip(f"the reference data are not at {DATA}")
    facts = measure_of(module)(DATA)
    assert facts
    wrong = [f"{f.claim}: {f.value:.4g} not in [{f.low:g}, {f.high:g}]" for f in facts if not f.holds]
    assert not wrong, "; ".join(wrong)
