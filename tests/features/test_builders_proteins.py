"""Proteins against the shipped reference."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.builders import proteins
from features.builders.base import EVERY_SAMPLE, Inputs
from features.catalogue import describe
from features.cohort import Cohort
from features.failures import TableError
from features.markers import marker_of, markers

ROWS = [
    ("A", "S6_pS240_S244", 1.0, "tcga_rppa"),
    ("A", "S6", 0.4, "tcga_rppa"),
    ("A", "X4EBP1_pT37T46", -0.5, "tcga_rppa"),
    ("A", "4E-BP1", 0.1, "tcga_rppa"),
    ("B", "RPS6|S6_pS240_S244-R-V", 1.0, "tcga_rppa"),
]


def cohort(rows: list[tuple]) -> Cohort:
    table = pd.DataFrame(rows, columns=["sample_id", "antibody", "value", "platform"])
    return Cohort.empty("p", samples=pd.DataFrame({"sample_id": ["A", "B"]}), proteins=table)


def built(rows: list[tuple]):
    return proteins.build(Inputs(cohort(rows)))


def reference(marker: str, over: str = "") -> pd.Series:
    table = proteins.antibody_reference().set_index(["marker", "over"])
    return table.loc[(marker, over)]


def test_a_value_is_told_in_units_of_the_shipped_reference() -> None:
    block = built(ROWS)
    of = reference("S6_pS240_S244")
    assert block.values.at["A", "prot.s6_ps240_s244"] == pytest.approx((1.0 - of.location) / of["scale"])
    ratio = reference("S6_pS240_S244", "S6")
    expected = (1.0 - 0.4 - ratio.location) / ratio["scale"]
    assert block.values.at["A", "prot.s6_ps240_s244_over_s6"] == pytest.approx(expected)
    ratio = reference("4EBP1_pT37_T46", "4EBP1")
    expected = (-0.5 - 0.1 - ratio.location) / ratio["scale"]
    assert block.values.at["A", "prot.4ebp1_pt37_t46_over_4ebp1"] == pytest.approx(expected)
    assert block.notes == ()


def test_two_spellings_of_one_antibody_give_one_value_and_what_is_not_measured_is_unknown() -> None:
    values = built(ROWS).values
    assert values.at["A", "prot.s6_ps240_s244"] == values.at["B", "prot.s6_ps240_s244"]
    assert np.isnan(values.at["B", "prot.s6_ps240_s244_over_s6"])
    assert values.loc["B"].notna().sum() == 1
    assert tuple(values.columns) == proteins.columns()


@given(st.floats(-5, 5), st.lists(st.floats(-50, 50), max_size=5))
@settings(max_examples=25, deadline=None)
def test_the_company_of_a_tumour_does_not_change_its_values(value, others) -> None:
    """The bug: z-scores within the cohort at hand, so that a tumour alone has none."""
    ids = ["A", *(f"o{i}" for i in range(len(others)))]
    table = pd.DataFrame(
        {"sample_id": ids, "antibody": "PTEN", "value": [value, *others], "platform": "tcga_rppa"}
    )
    many = Cohort.empty("m", samples=pd.DataFrame({"sample_id": ids[::-1]}), proteins=table)
    alone = many.select(["A"])
    np.testing.assert_array_equal(
        proteins.build(Inputs(many)).values.loc[["A"]], proteins.build(Inputs(alone)).values
    )


@pytest.mark.parametrize("platform", ["cbioportal_zscores", None])
def test_a_platform_without_reference_is_not_scored_and_told(platform) -> None:
    block = built([("A", "PTEN", 1.0, platform), ("B", "PTEN", 1.0, "tcga_rppa")])
    assert block.values.loc["A"].isna().all()
    assert block.values.at["B", "prot.pten"] > 0
    (note,) = block.notes
    assert str(platform or "not stated") in note.problem
    assert "tcga_rppa" in note.problem
    assert note.names == ("A",)


def test_an_antibody_that_is_none_of_ours_is_counted_and_named() -> None:
    block = built([*ROWS, ("A", "53BP1", 1.0, "tcga_rppa"), ("B", "14-3-3_beta", 1.0, "tcga_rppa")])
    (note,) = block.notes
    assert (note.sample_id, note.names) == (EVERY_SAMPLE, ("14-3-3_beta", "53BP1"))


def test_two_antibodies_of_one_marker_leave_it_unknown_in_that_sample() -> None:
    block = built([("A", "PTEN", 1.0, "tcga_rppa"), ("A", "PTEN-R-V", 3.0, "tcga_rppa"), *ROWS])
    assert np.isnan(block.values.at["A", "prot.pten"])
    assert np.isfinite(block.values.at["A", "prot.s6"])
    (note,) = block.notes
    assert (note.sample_id, note.names) == ("A", ("PTEN", "PTEN-R-V"))


def test_one_antibody_twice_in_one_sample_is_refused_in_one_clear_line() -> None:
    with pytest.raises(TableError, match=r"proteins, column sample_id \+ antibody, row 1: 'A \| PTEN'"):
        cohort([("A", "PTEN", 1.0, "tcga_rppa"), ("A", "PTEN", 2.0, "tcga_rppa")])


def test_no_proteins_and_missing_values_are_unknown_without_a_note() -> None:
    for rows in ([], [("A", "PTEN", np.nan, "tcga_rppa")]):
        block = built(rows)
        assert block.values.isna().all(axis=None)
        assert block.values.shape == (2, len(proteins.columns()))
        assert block.notes == ()


def test_the_reference_is_whole() -> None:
    table = proteins.antibody_reference()
    assert not table.duplicated(["platform", "marker", "over"]).any()
    assert set(table["marker"]) | set(table["over"]) - {""} <= set(markers())
    assert (table["scale"] > 0).all()
    assert (table["n"] >= 100).all()
    assert np.isfinite(table["location"]).all()
    assert table["source"].str.startswith("computed from TCGA RPPA ").all()
    # A difference needs both of its antibodies on the same platform.
    own = set(table.loc[table["over"] == "", ["platform", "marker"]].itertuples(index=False, name=None))
    for row in table[table["over"] != ""].itertuples():
        assert {(row.platform, row.marker), (row.platform, row.over)} <= own


def test_lost_pten_protein_speaks_for_sensitivity_with_its_source() -> None:
    row = describe("prot.pten")
    assert row.expected_rapalog == "resistant"
    assert row.evidence == "PMID 30327302"
    assert "HR 2.5" in row.description
    found = marker_of("PTEN")
    assert found is not None
    assert found.concepts == ("U2",)
