"""The consensus with its uncertainty: what it recovers, and what it must not take for the line's own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from predictor.consensus import ALL_CLASSES, measured_consensus
from predictor.measurement_model import MeasurementModel

N = 3000
LABS = ("A",) * 6 + ("B",) * 3 + ("C",) * 3
DRUGS = ("d1", "d2", "d3", "d4", "d5", "d6", "d1", "d2", "d7", "d8", "d9", "d3")


def simulated(seed: int, laboratory: float = 0.5, inhibitor: float = 0.1) -> tuple[pd.DataFrame, np.ndarray]:
    """Lines measured by three laboratories; laboratory A tests most inhibitors."""
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=N)
    place = {lab: rng.normal(size=N) for lab in "ABC"}
    drug = {d: rng.normal(size=N) for d in DRUGS}
    columns = {
        f"{d}@{lab}": 0.5 * theta
        + np.sqrt(laboratory) * place[lab]
        + np.sqrt(inhibitor) * drug[d]
        + np.sqrt(1 - 0.25 - laboratory - inhibitor) * rng.normal(size=N)
        for d, lab in zip(DRUGS, LABS, strict=True)
    }
    return pd.DataFrame(columns, index=[f"s{i}" for i in range(N)]), theta


def test_planted_variances_are_recovered() -> None:
    """Loading 0.5, laboratory 0.5, inhibitor 0.1, noise 0.15 were put in."""
    model = MeasurementModel.fit(simulated(0)[0], LABS)
    assert np.abs(model.loading - 0.5).max() < 0.06
    assert abs(model.laboratory - 0.5) < 0.06
    assert abs(model.inhibitor - 0.1) < 0.05
    assert np.abs(model.noise - 0.15).max() < 0.08


def test_the_largest_laboratory_is_not_taken_for_the_class() -> None:
    """Six of twelve measurements share laboratory A; the plain mean follows A, the consensus less so."""
    responses, theta = simulated(1)
    found = MeasurementModel.fit(responses, LABS).consensus(responses)
    plain = responses.mean(axis=1)
    assert np.corrcoef(found.consensus, theta)[0, 1] > np.corrcoef(plain, theta)[0, 1] + 0.01


def test_the_stated_standard_error_is_the_error_made() -> None:
    """A standard error that does not tell how far the consensus is off would be a decoration."""
    responses, theta = simulated(2)
    responses.iloc[: N // 2, 3:] = np.nan
    found = MeasurementModel.fit(responses, LABS).consensus(responses)
    for rows in (slice(0, N // 2), slice(N // 2, N)):
        stated = float(np.sqrt(np.mean(np.square(found.standard_error.iloc[rows]))))
        made = float(np.sqrt(np.mean(np.square(found.consensus.iloc[rows] - theta[rows]))))
        assert abs(stated - made) < 0.05
    assert found.standard_error.iloc[0] > found.standard_error.iloc[-1]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=12, max_size=12), st.integers(0, 11))
def test_one_more_measurement_never_lowers_the_reliability(known: list[bool], more: int) -> None:
    """A weight that worked against its own measurement would."""
    responses, _ = simulated(3)
    model = MeasurementModel.fit(responses, LABS)
    row = responses.iloc[:1].copy()
    row.iloc[0, [j for j, has in enumerate(known) if not has]] = np.nan
    fuller = row.copy()
    fuller.iloc[0, more] = 0.0
    before, after = model.consensus(row).reliability.iloc[0], model.consensus(fuller).reliability.iloc[0]
    assert after >= before - 1e-9
    assert 0 <= before <= after + 1e-9 <= 1 + 2e-9


def test_a_line_that_nobody_measured_has_no_consensus() -> None:
    """It must not become the average line, 0."""
    responses, _ = simulated(4)
    model = MeasurementModel.fit(responses, LABS)
    empty = responses.iloc[:2] * np.nan
    found = model.consensus(empty)
    assert found.consensus.isna().all()
    assert (found.reliability == 0).all()
    assert (found.standard_error == 1).all()
    assert (found.n_measurements == 0).all()


def test_a_line_alone_has_the_consensus_it_has_in_company() -> None:
    """No line's consensus may hang on the batch."""
    responses, _ = simulated(5)
    model = MeasurementModel.fit(responses, LABS)
    alone = pd.concat([model.consensus(responses.iloc[[i]]) for i in (3, 1, 7)])
    pd.testing.assert_frame_equal(alone, model.consensus(responses).iloc[[3, 1, 7]])


def test_one_laboratory_is_refused_with_what_to_do() -> None:
    """Its own part cannot be told from the line's; a number would be made up."""
    responses, _ = simulated(6)
    with pytest.raises(InputError, match=r"one laboratory \(A\).*mtorc1 data import"):
        MeasurementModel.fit(responses.iloc[:, :6], LABS[:6])
    flat = responses.assign(**{"d1@A": 1.0})
    with pytest.raises(InputError, match="the same value for every line: d1@A"):
        MeasurementModel.fit(flat, LABS)
    apart = responses.iloc[:, [0, 7]].copy()
    apart.iloc[:1500, 0] = np.nan
    apart.iloc[1490:, 1] = np.nan
    with pytest.raises(InputError, match="no two laboratories"):
        MeasurementModel.fit(apart, ("A", "B"))


def test_two_laboratories_of_one_inhibitor_are_enough() -> None:
    """There every pair between laboratories is of the same inhibitor."""
    responses, theta = simulated(7)
    two = responses[["d1@A", "d1@B"]]
    found = MeasurementModel.fit(two, ("A", "B")).consensus(two)
    assert np.corrcoef(found.consensus, theta)[0, 1] > 0.5


def test_a_class_of_one_laboratory_is_named_with_the_reason() -> None:
    """It must not vanish from the table without a word."""
    responses, _ = simulated(8)
    names = [
        "sirolimus@GDSC1", "temsirolimus@GDSC1", "sirolimus@GDSC2", "temsirolimus@GDSC2", "AZD8055@GDSC2",
        "OSI-027@GDSC2",
    ]  # fmt: skip
    table = responses.iloc[:, [0, 6, 9, 10, 11, 8]].set_axis(names, axis=1)
    found = measured_consensus(table, names)
    assert set(found.models) == {ALL_CLASSES, "rapalog"}
    assert "one laboratory (GDSC2)" in found.without["atp_competitive"]
    assert set(found.table.inhibitor_class) == {ALL_CLASSES, "rapalog"}
    with pytest.raises(InputError, match="one laboratory"):
        measured_consensus(table, names[2:])


@pytest.mark.gdsc
def test_gdsc_measures_the_line_with_a_quarter_of_a_measurement(gdsc_cohort) -> None:
    """The published disagreement of the screens, as variances: what docs/evaluation.md rests on."""
    from predictor.experiment import read_experiment
    from predictor.response import response_table

    asked = read_experiment(None).response
    table = response_table(gdsc_cohort.responses, asked.metric, sorted(gdsc_cohort.samples.sample_id))
    found = measured_consensus(table, asked.consensus)
    model = found.models[ALL_CLASSES]
    assert 0.2 < float(np.square(model.loading).mean()) < 0.35
    assert 0.2 < model.laboratory < 0.35
    mine = found.table[found.table.inhibitor_class == ALL_CLASSES]
    assert 0.65 < mine.reliability.median() < 0.75
