"""What the parts of a tumour say of it: weighed, counted, and never better known than they are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.cohort import Cohort
from features.evidence import evidence_for, looked_for
from features.matrix import build_matrix
from features.subpopulations import by_clone
from features.subpopulations.parts import jeffreys
from predictor.scoring import score
from predictor.subpopulations import COLUMNS, combined, with_parts
from predictor.verdict import OUT_OF_DOMAIN, OVERRIDDEN


def parts(
    share: list[float],
    percentile: list[float],
    *,
    verdict: list[str] | None = None,
    low: list[float] | None = None,
    high: list[float] | None = None,
    adds: bool = False,
) -> pd.DataFrame:
    """Predictions of the parts of one tumour; a lower percentile is a more resistant part."""
    n = len(share)
    said = verdict or ["about average"] * n
    table = pd.DataFrame(
        {
            "sample_id": "T1", "part": [f"p{k}" for k in range(n)], "share": share,
            "share_low": low or share, "share_high": high or share, "n": 1, "inhibitor": "everolimus",
            "inhibitor_class": "rapalog", "prediction": [1 - p / 100 for p in percentile], "unit": "class_z",
            "sensitivity_percentile": percentile, "verdict": said, "model_version": "v",
            "shares_add_up": adds,
        }
    )  # fmt: skip
    decided = table.verdict.str.startswith(OVERRIDDEN)
    resistant = (decided | (table.sensitivity_percentile < 100 / 3)).astype("boolean")
    return table.assign(resistant=resistant.where(decided | ~table.verdict.str.startswith("no verdict")))


def test_the_mean_weighs_parts_by_their_share_and_the_resistant_are_summed() -> None:
    """A plain mean would let a clone of 5 % count as much as the trunk."""
    one = combined(parts([0.6, 0.3, 0.1], [80.0, 10.0, 20.0])).iloc[0]
    assert tuple(one.index) == COLUMNS
    assert one.mean_prediction == pytest.approx(0.6 * 0.2 + 0.3 * 0.9 + 0.1 * 0.8)
    assert one.resistant_share == pytest.approx(0.4)
    assert (one.most_resistant, one.most_resistant_share) == ("p1", 0.3)


def test_clones_may_lie_within_each_other_or_side_by_side() -> None:
    """One biopsy does not tell: the interval holds both."""
    one = combined(
        parts([0.4, 0.35, 0.25], [80.0, 10.0, 20.0], low=[0.3, 0.3, 0.2], high=[0.5, 0.4, 0.3])
    ).iloc[0]
    assert (one.resistant_share_low, one.resistant_share_high) == pytest.approx((0.3, 0.7))


def test_regions_are_counted() -> None:
    """Three of eight, by Jeffreys; one part is the tumour itself."""
    one = combined(parts([1 / 8] * 8, [10.0] * 3 + [90.0] * 5, adds=True)).iloc[0]
    assert (one.resistant_share_low, one.resistant_share_high) == pytest.approx(jeffreys(3, 8))
    whole = combined(parts([1.0], [90.0], adds=True)).iloc[0]
    assert (whole.resistant_share, whole.resistant_share_low, whole.resistant_share_high) == (0, 0, 0)


def test_a_part_without_a_verdict_counts_both_ways() -> None:
    """Left out it would make the rest look like the tumour."""
    one = combined(
        parts(
            [0.5, 0.5],
            [10.0, np.nan],
            verdict=["about average", OUT_OF_DOMAIN],
            high=[0.5, 0.5],
            low=[0.4, 0.4],
        )
    ).iloc[0]
    assert one.unknown_share == 0.5
    assert (one.resistant_share, one.resistant_share_low, one.resistant_share_high) == (0.5, 0.4, 1.0)
    regions = combined(
        parts([0.25] * 4, [10.0, 90, 90, np.nan], verdict=["x"] * 3 + [OUT_OF_DOMAIN], adds=True)
    ).iloc[0]
    assert regions.resistant_share_low == pytest.approx(jeffreys(1, 4)[0])
    assert regions.resistant_share_high == pytest.approx(jeffreys(2, 4)[1])


def test_curated_resistance_comes_before_the_model_and_tiny_parts_do_not_lead() -> None:
    """A2034V in 20 % of the cells is what escapes, whatever the model says of the others."""
    said = ["about average", f"{OVERRIDDEN}: resistance expected (MTOR A2034V, level D)", "about average"]
    one = combined(parts([0.74, 0.2, 0.06], [20.0, 90.0, 1.0], verdict=said)).iloc[0]
    assert one.most_resistant == "p1"
    assert one.most_resistant_verdict.startswith(OVERRIDDEN)
    assert one.resistant_share == pytest.approx(1.0)
    without = combined(parts([0.74, 0.2, 0.06], [60.0, 90.0, 1.0])).iloc[0]
    assert without.most_resistant == "p0"
    many = combined(parts([0.05] * 20, [10.0, *[90.0] * 19])).iloc[0]
    assert many.most_resistant == "p0"


def test_a_simulated_two_clone_tumour_end_to_end(tiny_bundle) -> None:  # type: ignore[no-untyped-def]
    """MTOR A2034V in 30 % of the cells: rapalogs fail there, and the share lies within its interval."""
    rng = np.random.default_rng(0)
    alt = rng.binomial(400, np.repeat([0.5, 0.15], 30))
    genes = [f"A{k}" for k in range(30)] + ["MTOR"] + [f"B{k}" for k in range(29)]
    variants = pd.DataFrame(
        {
            "sample_id": "T1", "gene": genes, "consequence": "missense", "protein_change": "p.A2034V",
            "ref_count": 400 - alt, "alt_count": alt, "ccf": np.minimum(alt / 200, 1),
        }
    )  # fmt: skip
    cohort = Cohort.empty(
        "made",
        samples=pd.DataFrame({"sample_id": ["T1"], "lineage": ["kidney"]}),
        profiled=pd.DataFrame({"sample_id": ["T1"], "modality": ["variants"], "panel": ["exome"]}),
        variants=variants,
    )
    found = by_clone(cohort)
    values = build_matrix(found.cohort, tiny_bundle.families, settings=tiny_bundle.settings).values
    seen = evidence_for(found.cohort), looked_for(found.cohort)
    table = with_parts(score(tiny_bundle, values, evidence=seen[0], looked_for=seen[1]), found)
    one = combined(table[table.inhibitor == "sirolimus"]).iloc[0]
    assert one.parts == 2
    assert one.most_resistant_verdict.startswith(OVERRIDDEN)
    assert one.resistant_share_low <= 0.3 <= one.resistant_share_high
    assert one.resistant_share_high < 0.5
    # The FRB domain is where rapalogs bind; AZD8055 binds the kinase.
    assert not table[table.inhibitor == "AZD8055"].verdict.str.startswith(OVERRIDDEN).any()
