"""What is predicted: names, pooling, and what is fitted to responses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from predictor.response import (
    ResponseScale,
    Target,
    calibration_line,
    check_consensus,
    class_targets,
    inhibitor_targets,
    response_table,
    share_across_screens,
)

A, B, C = "sirolimus@GDSC1", "sirolimus@GDSC2", "AZD8055@GDSC1"
SIROLIMUS = Target(B, "sirolimus", "rapalog", "ln_ic50_um", (B,))


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    shared = rng.normal(size=200)
    made = pd.DataFrame(
        {A: shared * 2 + 5 + rng.normal(size=200), B: shared + rng.normal(size=200), C: shared - 3},
        index=[f"s{i}" for i in range(200)],
    )
    made.loc[made.index[:50], B] = np.nan
    return made


def test_table_spreads_one_metric_in_the_order_asked(small_cohort) -> None:
    ids = sorted(small_cohort.samples.sample_id, reverse=True)
    wide = response_table(small_cohort.responses, "ln_ic50_um", ids)
    assert list(wide.index) == ids
    tidy = small_cohort.responses
    tidy = tidy[(tidy.metric == "ln_ic50_um") & (tidy.inhibitor == "sirolimus") & (tidy.screen == "GDSC2")]
    expected = tidy.set_index("sample_id").value
    pd.testing.assert_series_equal(wide.loc[expected.index, B], expected, check_names=False)
    assert wide[B].count() == len(expected)


def test_a_metric_that_nobody_measured_or_oriented_is_refused(small_cohort) -> None:
    ids = list(small_cohort.samples.sample_id)
    with pytest.raises(InputError, match="cannot be learned"):
        response_table(small_cohort.responses, "auc_ctrp_0_30", ids)
    with pytest.raises(InputError, match="no response"):
        response_table(small_cohort.responses, "ln_ic50_um", ["nobody"])


def test_an_inhibitor_is_learned_from_its_preferred_screen(table: pd.DataFrame) -> None:
    preferred = inhibitor_targets(table, "ln_ic50_um", ["GDSC2", "GDSC1"], 100)
    assert [t.name for t in preferred] == [C, B]
    # With too few lines in the preferred screen, the next one answers.
    assert [t.name for t in inhibitor_targets(table, "ln_ic50_um", ["GDSC2", "GDSC1"], 180)] == [C, A]


def test_a_class_of_one_measurement_has_no_consensus(table: pd.DataFrame) -> None:
    found = class_targets(table, [A, B, C])
    assert [(t.name, t.members, t.unit) for t in found] == [("rapalog", (A, B), "class_z")]


def test_a_consensus_that_was_not_measured_is_named(table: pd.DataFrame) -> None:
    check_consensus(table, [A, C])
    with pytest.raises(InputError, match="OSI-027@GDSC2"):
        check_consensus(table, [A, "OSI-027@GDSC2"])


def test_pooling_is_a_weighted_mean_of_own_and_consensus(table: pd.DataFrame) -> None:
    scale = ResponseScale.fit(table, [A, C])
    z = scale.standardise(table)
    consensus = z[[A, C]].mean(axis=1).to_numpy()
    pooled = scale.pooled(table, SIROLIMUS, 0.25)
    own = z[B].to_numpy()
    known = np.isfinite(own)
    np.testing.assert_allclose(pooled[known], 0.75 * own[known] + 0.25 * consensus[known])
    # A line that the screen did not measure stands in with its regression on the consensus, not with the
    # consensus itself.
    rho = np.polyfit(consensus[known], own[known], 1)[0]
    np.testing.assert_allclose(pooled[~known], (0.75 * rho + 0.25) * consensus[~known])


def test_without_pooling_only_the_target_itself_is_learned(table: pd.DataFrame) -> None:
    pooled = ResponseScale.fit(table, [A, C]).pooled(table, SIROLIMUS, 0.0)
    assert np.isnan(pooled[:50]).all()
    assert np.isfinite(pooled[50:]).all()


def test_a_line_measured_for_the_target_alone_is_still_learned(table: pd.DataFrame) -> None:
    table.loc["s199", [A, C]] = np.nan
    scale = ResponseScale.fit(table, [A, C])
    assert scale.pooled(table, SIROLIMUS, 0.5)[199] == scale.standardise(table).loc["s199", B]


def test_measured_is_in_the_targets_own_unit(table: pd.DataFrame) -> None:
    scale = ResponseScale.fit(table, [A, C])
    np.testing.assert_array_equal(scale.measured(table, SIROLIMUS), table[B])
    both = scale.measured(table, Target("rapalog", None, "rapalog", "class_z", (A, B)))
    np.testing.assert_allclose(both[60], scale.standardise(table)[[A, B]].iloc[60].mean())


def test_a_column_without_spread_says_nothing(table: pd.DataFrame) -> None:
    table[C] = 1.0
    assert ResponseScale.fit(table, [A, C]).standardise(table)[C].isna().all()


def test_calibration_recovers_the_unit_and_never_reverses() -> None:
    x = np.linspace(-1, 1, 40)
    assert calibration_line(np.append(x, np.nan), np.append(3 * x + 2, 1.0)) == pytest.approx((2, 3))
    assert calibration_line(x, -x + 5) == pytest.approx((5, 0))
    assert calibration_line(np.ones(40), x) == pytest.approx((0, 0))


def _two_screens(own: float, seed: int = 0) -> pd.DataFrame:
    """Two screens of four inhibitors: the class's part, each inhibitor's (``own``), the screen's, noise."""
    rng = np.random.default_rng(seed)
    n, drugs = 4000, ("sirolimus", "temsirolimus", "AZD8055", "dactolisib")
    common, special = rng.normal(size=n), {d: own * rng.normal(size=n) for d in drugs}
    made = {}
    for screen in ("GDSC1", "GDSC2"):
        for d in drugs:
            peculiar = rng.normal(size=n)
            made[f"{d}@{screen}"] = common + special[d] + peculiar + rng.normal(size=n)
    table = pd.DataFrame(made)
    return (table - table.mean()) / table.std()


def test_the_share_that_tells_another_screen_rises_as_inhibitors_are_alike() -> None:
    """Prevents: learning what is peculiar to a screen, since that screen's own error pays for it."""
    shares = [share_across_screens(table, list(table)) for table in map(_two_screens, (0.0, 1.0, 3.0))]
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[2] is not None
    assert shares[0] > 0.95
    assert shares[0] > shares[1] > shares[2]
    assert shares[2] < 0.35


def test_the_share_does_not_depend_on_the_order_of_lines_or_columns() -> None:
    table = _two_screens(1.0)
    again = table.sample(frac=1, random_state=1)[list(table)[::-1]]
    assert share_across_screens(again, list(again)) == pytest.approx(
        share_across_screens(table, list(table)), abs=1e-12
    )


def test_one_screen_says_nothing_of_another(table: pd.DataFrame) -> None:
    assert share_across_screens(table, [A, C]) is None
    assert share_across_screens(table.assign(**{B: np.nan}), [A, B, C]) is None
