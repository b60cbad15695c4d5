"""Words follow the interval and the power, never a large p alone."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.outcomes.cox import HazardRatio
from predictor.outcomes.multiple import holm
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.power import detectable, power_for
from predictor.outcomes.verdict import (
    PREDICTIVE,
    PROGNOSTIC,
    Standing,
    Verdict,
    beyond,
    headline,
    judge,
    standing_of,
)

ARMS = ("everolimus", "nivolumab")


def verdict(
    question: str,
    value: float,
    error: float,
    *,
    p_holm: float = 1.0,
    endpoint: str = "PFS",
    relevant: float = 1.5,
) -> Verdict:
    effect = SimpleNamespace(
        ratio=HazardRatio(math.log(value), error),
        detectable=detectable(error),
        power_for=lambda hazard_ratio: power_for(hazard_ratio, error),
        over_time=None,
        stratified=None,
    )
    return judge(
        question,
        effect,
        marker="m",
        endpoint=endpoint,
        unit="sd",
        p_holm=p_holm,
        relevant=relevant,
        arms=ARMS,
    )  # type: ignore[arg-type]


@given(
    st.sampled_from([PROGNOSTIC, PREDICTIVE]),
    st.floats(0.1, 10),
    st.floats(0.01, 2),
    st.floats(1, 20),
    st.floats(1.05, 5),
)
def test_a_verdict_never_says_more_than_its_interval(
    question: str, value: float, error: float, tests: float, relevant: float
) -> None:
    ratio = HazardRatio(math.log(value), error)
    p_holm = min(1.0, ratio.p * tests)
    one = verdict(question, value, error, p_holm=p_holm, relevant=relevant)
    includes = ratio.low <= 1 <= ratio.high
    assert "not predictive" not in one.words
    assert "no effect" not in one.words
    assert (one.standing is Standing.SHOWN) == (p_holm < 0.05)
    if one.standing is Standing.SHOWN:
        assert not includes
    if one.standing is Standing.EXCLUDED:
        assert includes
        assert 1 / relevant < ratio.low
        assert ratio.high < relevant
        assert f"{beyond(ratio):.2f}" in one.words
    if one.standing is Standing.OPEN:
        assert includes
        assert ratio.high >= relevant or ratio.low <= 1 / relevant
        assert "80 % power for" in one.words
        assert "neither shown nor excluded" in headline([one])
    assert "not predictive" not in headline([one])


def test_the_words_of_each_standing() -> None:
    shown = verdict(PROGNOSTIC, 2.0, 0.1, p_holm=1e-6)
    assert shown.words.startswith("prognostic for PFS: a higher m goes with a shorter PFS (hazard ratio 2.00")
    assert "p below 0.001" in shown.words
    assert "longer PFS" in verdict(PROGNOSTIC, 0.5, 0.1, p_holm=1e-6).words
    assert "the less everolimus does for PFS" in verdict(PREDICTIVE, 2.0, 0.1, p_holm=1e-6).words
    small = verdict(PROGNOSTIC, 1.1, 0.02, p_holm=1e-3)
    assert "an effect as large as 1.5 is excluded" in small.words
    suggested = verdict(PREDICTIVE, 2.0, 0.3, p_holm=0.2)
    assert suggested.standing is Standing.SUGGESTED
    assert "suggested, not shown" in suggested.words
    unknown = judge(
        PREDICTIVE, NotEstimable("too few"), marker="m", endpoint="OS", unit="sd", p_holm=math.nan,
        relevant=1.5, arms=ARMS,
    )  # fmt: skip
    assert unknown.words == "predictive for OS: not estimable: too few"
    assert math.isinf(unknown.bound)


def test_what_shakes_a_figure_is_said() -> None:
    effect = SimpleNamespace(
        ratio=HazardRatio(0.5, 0.2),
        detectable=1.5,
        power_for=lambda _: 0.5,
        over_time="3.00 in the first 4.0 months, 1.00 after",
        stratified=HazardRatio(0.2, 0.2),
        strata=("mskcc",),
    )
    words = judge(
        PROGNOSTIC, effect, marker="m", endpoint="PFS", unit="rank", p_holm=0.01, relevant=2.0, arms=ARMS
    ).words
    assert "its hazards are not proportional: 3.00 in the first 4.0 months" in words
    assert "it depends on the model: 1.22 [0.83, 1.81] with mskcc as strata" in words


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (
            [
                verdict(PROGNOSTIC, 2.0, 0.1, p_holm=1e-4),
                verdict(PROGNOSTIC, 1.0, 0.1, endpoint="OS"),
                verdict(PREDICTIVE, 0.9, 0.5),
                verdict(PREDICTIVE, 1.0, 0.5, endpoint="OS"),
            ],
            "prognostic for PFS, not for OS (beyond a hazard ratio of 1.22: excluded); "
            "a predictive effect neither shown nor excluded",
        ),
        (
            [verdict(PROGNOSTIC, 1.0, 0.1), verdict(PROGNOSTIC, 1.0, 0.5, endpoint="OS")],
            "not prognostic for PFS (beyond a hazard ratio of 1.22: excluded), for OS neither shown nor "
            "excluded; a predictive effect cannot be asked about without a control",
        ),
        (
            [
                verdict(PROGNOSTIC, 2.0, 0.3, p_holm=0.2),
                verdict(PREDICTIVE, 3.0, 0.1, p_holm=1e-4),
                verdict(PREDICTIVE, 1.0, 0.1, endpoint="OS"),
            ],
            "a prognostic effect for PFS suggested, not shown; predictive for PFS, a predictive effect "
            "beyond an interaction hazard ratio of 1.22 excluded for OS",
        ),
    ],
)
def test_the_headline_tells_the_two_questions_apart(verdicts: list[Verdict], said: str) -> None:
    assert headline(verdicts) == said


def test_the_bounds_count_in_both_directions() -> None:
    assert standing_of(HazardRatio(math.log(0.8), 0.15), 1.0, 1.5) is Standing.OPEN
    assert beyond(HazardRatio(math.log(0.8), 0.15)) > 1.6


def test_holm_allows_for_the_questions_that_got_an_answer() -> None:
    assert holm([]) == []
    assert holm([0.01, 0.04, math.nan, 0.03])[:2] == pytest.approx([0.03, 0.06])
    assert math.isnan(holm([math.nan])[0])
    assert holm([0.02]) == [0.02]
