"""What is known of CheckMate 025 (Braun 2020, PMID 32472114) comes out, within stated tolerances."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.cohort import Cohort
from features.sources.checkmate025 import import_checkmate025
from predictor.outcomes.analysis import analyse
from predictor.outcomes.effects import Effect
from predictor.outcomes.findings import Findings, OfEndpoint
from predictor.outcomes.hazards import Proportionality
from predictor.outcomes.page import page
from predictor.outcomes.question import Question
from predictor.outcomes.verdict import PREDICTIVE, PROGNOSTIC, Standing

REAL = Path(__file__).parents[3] / "shared" / "data" / "patient" / "checkmate025"
MTOR_OR_TSC = "mut.MTOR|mut.TSC1|mut.TSC2"

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    if not REAL.is_dir():
        pytest.skip("the shared reference data are not beside the repository")
    return import_checkmate025(REAL)


def ask(cohort: Cohort, markers: tuple[str, ...], endpoints: tuple[str, ...], scale: str) -> Findings:
    return analyse(
        cohort,
        Question(
            markers,
            endpoints,
            ("mskcc",),
            arm="everolimus",
            control="nivolumab",
            only=(("trial", "CM-025"),),
            scale=scale,
            draws=200,
        ),
    )


@pytest.fixture(scope="module")
def ith(cohort: Cohort) -> Findings:
    return ask(cohort, ("ith",), ("PFS", "OS"), "rank")


@pytest.fixture(scope="module")
def genes(cohort: Cohort) -> Findings:
    return ask(cohort, ("mut.MTOR", MTOR_OR_TSC), ("PFS",), "auto")


def of(found: Findings, marker: int, endpoint: str) -> OfEndpoint:
    answer = found.markers[marker].endpoints[endpoint]
    assert isinstance(answer, OfEndpoint)
    return answer


def effect(one: object) -> Effect:
    assert isinstance(one, Effect)
    return one


def test_the_patients_and_their_medians(ith: Findings) -> None:
    assert {arm.name: arm.n for arm in ith.facts} == {"everolimus": 397, "nivolumab": 406}
    everolimus = ith.facts[0]
    assert everolimus.curves["PFS"].median == pytest.approx(4.60, abs=0.005)
    assert everolimus.curves["OS"].median == pytest.approx(19.68, abs=0.005)
    n, responded = everolimus.responses["objective response"]
    assert responded / n == pytest.approx(0.043, abs=0.001)
    assert {reason: len(ids) for _, reason, ids in ith.losses} == {
        "trial is not CM-025": 203, "ith is not known": 457,
    }  # fmt: skip


@pytest.mark.parametrize(("endpoint", "c_index"), [("PFS", 0.610), ("OS", 0.637)])
def test_the_risk_group_alone(ith: Findings, endpoint: str, c_index: float) -> None:
    n, found = ith.facts[0].covariates[endpoint]
    assert n == 397
    assert found.value == pytest.approx(c_index, abs=0.005)
    assert found.low < c_index < found.high


def test_heterogeneity_is_prognostic_for_pfs_in_both_arms(ith: Findings) -> None:
    pfs = of(ith, 0, "PFS")
    assert [len(pfs.analysed.of(arm)) for arm in ("everolimus", "nivolumab")] == [168, 178]
    assert effect(pfs.arms["everolimus"].effect).ratio.value == pytest.approx(1.87, abs=0.03)
    assert 2.02 < effect(pfs.arms["nivolumab"].effect).ratio.value < 2.12


def test_whether_it_is_predictive_is_neither_shown_nor_excluded(ith: Findings) -> None:
    found = effect(of(ith, 0, "PFS").interaction).ratio
    assert found.value == pytest.approx(0.89, abs=0.05)
    assert found.low == pytest.approx(0.4, abs=0.02)
    assert found.high == pytest.approx(2.0, abs=0.05)
    assert 0.75 < found.p < 0.85


def test_proportional_hazards_are_rejected_and_said_to_be(ith: Findings) -> None:
    pfs = of(ith, 0, "PFS")
    one_baseline = pfs.one_baseline
    assert isinstance(one_baseline, Proportionality)
    assert one_baseline.p["marker"] == pytest.approx(0.014, abs=0.003)
    assert one_baseline.p["mskcc=poor"] == pytest.approx(0.004, abs=0.001)
    assert "rejected for ith (p 0.01" in one_baseline.words
    # Even with a baseline for each arm: the marker's hazard ratio under nivolumab fades.
    assert "ith" in effect(pfs.interaction).hazards_words
    assert effect(pfs.interaction).proportional.p["marker"] < 0.05
    predictive = next(v for v in ith.markers[0].verdicts if v.question == PREDICTIVE and v.endpoint == "PFS")
    assert "its hazards are not proportional" in predictive.words


def test_the_verdict(ith: Findings) -> None:
    standing = {(v.question, v.endpoint): v.standing for v in ith.markers[0].verdicts}
    assert standing == {
        (PROGNOSTIC, "PFS"): Standing.SHOWN,
        (PROGNOSTIC, "OS"): Standing.EXCLUDED,
        (PREDICTIVE, "PFS"): Standing.OPEN,
        (PREDICTIVE, "OS"): Standing.OPEN,
    }
    assert ith.markers[0].headline == (
        "prognostic for PFS, not for OS (beyond a hazard ratio of 1.67: excluded); "
        "a predictive effect neither shown nor excluded"
    )


def test_the_documentation_shows_what_comes_out(ith: Findings) -> None:
    """Verdicts, hazard ratios and what is said of proportional hazards, to the letter."""
    shown = (Path(__file__).parents[2] / "docs" / "outcomes.md").read_text(encoding="utf-8")
    told = page(ith, "checkmate025")
    verdicts = told[told.index("- **ith**") : told.index("## Arms")]
    figures = told[told.index("| group ") : told.index("| arm ", told.index("| group "))]
    for part in (verdicts, figures):
        assert part.strip() in shown


def test_power_was_there_for_a_large_interaction_only(cohort: Cohort) -> None:
    """1.36 per standard deviation by the patients; by their events, which are fewer, 1.39."""
    found = effect(of(ask(cohort, ("ith",), ("PFS",), "sd"), 0, "PFS").interaction)
    assert 1.36 < found.detectable < 1.45


def test_mutations_of_the_pathway(genes: Findings) -> None:
    """MTOR 1.45 (p 0.35), any of MTOR, TSC1 and TSC2 1.04 (p 0.91); under everolimus MTOR 1.62 (p 0.075)."""
    mtor, any_of = (effect(of(genes, place, "PFS").interaction).ratio for place in (0, 1))
    assert mtor.value == pytest.approx(1.45, abs=0.03)
    assert mtor.p == pytest.approx(0.35, abs=0.02)
    assert any_of.value == pytest.approx(1.04, abs=0.02)
    assert any_of.p == pytest.approx(0.91, abs=0.03)
    alone = effect(of(genes, 0, "PFS").arms["everolimus"].effect).ratio
    assert alone.value == pytest.approx(1.62, abs=0.02)
    assert alone.p == pytest.approx(0.075, abs=0.005)
    assert all(v.standing is Standing.OPEN for one in genes.markers for v in one.verdicts)
    assert len(of(genes, 0, "PFS").analysed.of("everolimus")) == 193
