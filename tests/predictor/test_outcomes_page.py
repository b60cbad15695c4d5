"""The page and the tables say the same, also of a cohort of which little is known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from made_patients import ARM, asked, cohort_of, patient_table

from predictor.outcomes.analysis import analyse
from predictor.outcomes.page import page
from predictor.outcomes.tables import TABLES, losses_with_identifiers, tables_of


def test_a_cohort_without_treatments_responses_and_covariates() -> None:
    """Everybody is one group; two samples of a patient come to their mean."""
    table = patient_table(90, prognostic=2.0, seed=1).drop(columns=["treatment", "best_response", "mskcc"])
    cohort = cohort_of(table)
    again = cohort.samples.iloc[:3].assign(sample_id=["x", "y", "z"])
    samples = pd.concat([cohort.samples, again], ignore_index=True)
    samples["level"] = table["marker"].reindex(range(len(samples))).fillna(0.0).to_numpy()
    found = analyse(
        replace(cohort, samples=samples).validate(),
        asked(markers=("level",), covariates=(), arm=None, control=None, draws=100),
    )
    text = page(found, "made")
    assert "all patients (90 patients), adjusted for nothing" in text
    assert "3 patients have several samples: the mean of a patient's samples." in text
    assert "No best response is known." in text
    assert "cannot be asked about without a control" in text
    assert "## Who is missing\n\nNobody.\n" in text
    tables = tables_of(found)
    assert set(tables) == set(TABLES)
    (row,) = tables["effects"].to_dict("records")
    assert row["group"] == "all patients"
    assert f"{row['hazard_ratio']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" in text
    assert row["p_holm"] == row["p"]
    assert tables["arms"]["c_index_covariates_n"].tolist() == [0]
    assert losses_with_identifiers(found).empty


def test_a_bar_in_a_name_does_not_break_a_table() -> None:
    table = patient_table(80, carriers=0.5, seed=2)
    # All that are known are 1: there is no figure, and whoever is missing is still counted.
    table["marker"] = table["marker"].where((table.index > 5) & (table["marker"] == 1))
    cohort = cohort_of(table.assign(other=table["marker"]))
    found = analyse(cohort, asked(markers=("marker|other",), draws=100))
    text = page(found, "made")
    rows = [line for line in text.splitlines() if line.startswith("| marker")]
    assert [row.replace(" ", "") for row in rows] == [
        f"|marker\\|other,PFS|marker\\|otherisnotknown|{int(table['marker'].isna().sum())}|"
    ]
    assert "Not estimable: all patients have the same value." in text
    assert f"{ARM}: " in text
