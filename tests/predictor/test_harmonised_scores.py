"""Harmonised samples in the Prediction table: named, and silent where nothing can be said."""

from __future__ import annotations

import numpy as np
import pandas as pd
from conftest import tiny_features  # type: ignore[import-not-found]

from features.harmonisation import WITHIN_ONLY
from predictor.bundle import Bundle
from predictor.scoring import NO_HARMONISATION, score
from predictor.verdict import WITHIN_COHORT

LABEL = "cohort abc"


def test_each_prediction_names_the_reference_of_its_expression(tiny_bundle: Bundle) -> None:
    """From DNA alone nothing was carried over, and nothing may claim so."""
    values = tiny_features(6, seed=3)
    rna = [c for c in values.columns if c.startswith(("expr.", "path.", "env.", "growth."))]
    values.loc["L001", rna] = np.nan
    table = score(tiny_bundle, values, harmonisation={"L000": LABEL, "L001": LABEL})
    said = table.groupby("sample_id").harmonisation.unique().map(list).to_dict()
    assert said["L000"] == [LABEL]
    assert said["L001"] == [NO_HARMONISATION]
    assert said["L002"] == [NO_HARMONISATION]


def test_what_can_only_be_ordered_gets_no_level_chance_or_verdict(tiny_bundle: Bundle) -> None:
    """A cohort without lines of its lineage is average by construction: a percentile would be made up."""
    values = tiny_features(6, seed=3)
    plain = score(tiny_bundle, values)
    table = score(tiny_bundle, values, harmonisation={"L000": LABEL + WITHIN_ONLY})
    mine, others = table.sample_id == "L000", table.sample_id != "L000"
    silent = ["interval_low", "interval_high", "sensitivity_percentile", "probability_top_fifth"]
    assert table.loc[mine, silent].isna().all().all()
    assert (table.loc[mine, "verdict"] == WITHIN_COHORT).all()
    np.testing.assert_array_equal(table.prediction, plain.prediction)
    pd.testing.assert_frame_equal(table[others], plain[others])
