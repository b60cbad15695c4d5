"""Matrices: the same for a sample alone as in company."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_cohorts import made_cohort

from features.builders import BUILDERS, DEFAULT_FAMILIES
from features.builders.base import Inputs
from features.catalogue import catalogue
from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix

COHORT = made_cohort(7)
WHOLE = build_matrix(COHORT, list(BUILDERS)).values


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    # assert_frame_equal takes a second for 6,000 columns.
    assert left.index.equals(right.index)
    assert left.columns.equals(right.columns)
    np.testing.assert_allclose(left, right, rtol=0, atol=1e-9)


@pytest.mark.parametrize("family", BUILDERS)
def test_a_sample_alone_has_the_features_it_has_in_company(family: str) -> None:
    builder = BUILDERS[family]
    whole = builder.build(Inputs(COHORT)).values
    assert tuple(whole.columns) == builder.columns()
    for sample in whole.index:
        alone = builder.build(Inputs(COHORT.select([sample]))).values
        assert_same(alone, whole.loc[[sample]])


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(list(WHOLE.index)), min_size=1, max_size=7, unique=True))
def test_features_do_not_change_as_others_come_go_or_change_places(samples: list[str]) -> None:
    part = build_matrix(COHORT.select(samples), list(BUILDERS)).values
    assert_same(part, WHOLE.loc[samples])


def test_every_column_is_there_whatever_the_cohort_holds() -> None:
    bare = build_matrix(Cohort.empty("bare", samples=pd.DataFrame({"sample_id": ["A"]})))
    assert list(bare.values.columns) == list(build_matrix(COHORT).values.columns)
    assert bare.values.isna().all(axis=None)
    assert set(map(str, bare.values.dtypes)) == {"float64"}
    assert bare.values.index.name == "sample_id"


def test_columns_follow_the_catalogue() -> None:
    scalars = [name for name in build_matrix(COHORT).values if not name.startswith("expr.")]
    assert scalars == [n for n in catalogue()["name"] if n != "growth.measured_rate" and "{" not in n]
    assert "growth.measured_rate" not in scalars


def test_what_was_not_profiled_is_unknown() -> None:
    assert WHOLE.loc["S6"].filter(regex=r"^(path|env|expr|growth\.proliferation)").isna().all()
    assert WHOLE.loc["S2"].filter(regex=r"^(mut|clonality)").isna().all()
    assert np.isnan(WHOLE.loc["S2", "msi.high"])
    assert WHOLE.loc["S3"].filter(regex=r"^lineage").isna().all()


def test_notes_tell_which_genes_were_absent() -> None:
    notes = build_matrix(COHORT, ["expression"]).notes
    assert notes[["sample_id", "family", "n"]].values.tolist() == [["*", "expression", 60]]
    holed = made_cohort(4)
    holed.expression.loc["S1", "RNF11"] = np.nan
    rows = build_matrix(holed, ["expression"]).notes
    assert rows.loc[rows["sample_id"] == "S1", "names"].tolist() == ["RNF11"]


def test_progress_reaches_its_end() -> None:
    calls: list[tuple[str, int, int]] = []
    build_matrix(COHORT, ["msi", "lineage"], progress=lambda *call: calls.append(call))
    assert calls[-1] == ("features", 2, 2)
    assert len(calls) == 3


@pytest.mark.parametrize(
    ("families", "says"), [(["spectra"], "unknown feature family spectra"), ([], "no feature")]
)
def test_unknown_families_are_refused(families: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        build_matrix(COHORT, families)


def test_no_samples_are_refused() -> None:
    with pytest.raises(InputError, match="no samples"):
        build_matrix(Cohort.empty("none"))


def test_a_builder_whose_column_lacks_a_row_fails_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    import features.matrix
    from features.builders.base import Block, Builder

    odd = Builder("odd", lambda: ("odd.column",), lambda inputs: Block(inputs.frame(["odd.column"])))
    monkeypatch.setattr(features.matrix, "BUILDERS", {"odd": odd})
    with pytest.raises(LookupError, match=r"odd\.column"):
        build_matrix(COHORT, ["odd"])


def test_measured_growth_is_never_built_unasked() -> None:
    assert "measured_growth" in BUILDERS
    assert "measured_growth" not in DEFAULT_FAMILIES
