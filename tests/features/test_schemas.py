from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cohort import Cohort
from features.failures import FAILURE_COLUMNS, TableError
from features.schemas import check_table, conform

TWO = pd.DataFrame({"sample_id": ["a", "b"]})


def _failures(**tables: pd.DataFrame) -> pd.DataFrame:
    with pytest.raises(TableError) as caught:
        Cohort.empty("x", **{"samples": TWO, **tables})
    assert "\n" not in str(caught.value)
    return caught.value.failures


def _variants(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"sample_id": ["a"], "gene": ["MTOR"], "consequence": ["missense"], **columns})


PROFILED = pd.DataFrame({"sample_id": ["a"], "modality": ["variants"], "panel": ["exome"]})


def test_every_failure_of_every_table_is_in_one_error() -> None:
    failures = _failures(
        samples=pd.DataFrame(
            {"sample_id": ["a", "a", None], "purity": [2, -1, np.inf], "msi": ["MSS", "odd", None]}
        ),
        responses=pd.DataFrame(
            {"sample_id": ["q"], "inhibitor": ["sirolimus"], "screen": ["GDSC1"], "metric": ["auc_fraction"],
             "value": [1.5]}
        ),
    )  # fmt: skip
    assert tuple(failures.columns) == FAILURE_COLUMNS
    found = set(zip(failures["table"], failures["column"], failures["check"], strict=True))
    assert {
        ("samples", "sample_id", "is unique"),
        ("samples", "sample_id", "is given"),
        ("samples", "purity", "is at most 1"),
        ("samples", "purity", "is at least 0"),
        ("samples", "purity", "is finite"),
        ("samples", "msi", "is one of MSI-H, MSI-L, MSS"),
        ("responses", "sample_id", "is in samples"),
        ("responses", "value", "is from 0 to 1, the range of auc_fraction"),
    } <= found


def test_the_message_counts_and_shows_the_first_few() -> None:
    samples = pd.DataFrame({"sample_id": list("abcdefgh"), "purity": 9.0})
    with pytest.raises(
        TableError, match=r"8 values not as expected: samples, column purity, row 0.*and 5 more"
    ):
        Cohort.empty("x", samples=samples)
    with pytest.raises(TableError, match="1 value not as expected"):
        Cohort.empty("x", samples=samples.head(1))


def test_a_missing_column_and_text_among_numbers_are_named() -> None:
    failures = _failures(profiled=pd.DataFrame({"sample_id": ["a"], "modality": ["variants"]}))
    assert ("panel", "column is present") in set(zip(failures["column"], failures["check"], strict=True))
    failures = _failures(samples=pd.DataFrame({"sample_id": ["a", "b"], "ploidy": ["2", "two"]}))
    assert failures[["row", "value", "check"]].to_numpy().tolist() == [[1, "two", "is a number"]]


@pytest.mark.parametrize(
    ("columns", "check"),
    [
        ({"alt_count": [3]}, "comes with a ref_count"),
        ({"alt_count": [3], "ref_count": [-1]}, "is at least 0"),
        ({"alt_count": [2.5], "ref_count": [4]}, "is a whole number"),
        ({"vaf": [1.2]}, "is at most 1"),
        ({"ccf": [-0.1]}, "is at least 0"),
        ({"ccf": [np.inf]}, "is finite"),
    ],
)
def test_counts_and_fractions(columns: dict[str, object], check: str) -> None:
    assert check in set(_failures(variants=_variants(**columns), profiled=PROFILED)["check"])


def test_an_unknown_consequence_is_refused() -> None:
    table = _variants().assign(consequence="nonsynonymous")
    assert _failures(variants=table, profiled=PROFILED)["column"].tolist() == ["consequence"]


def test_a_variant_outside_what_was_profiled_is_refused() -> None:
    assert _failures(variants=_variants())["check"].tolist() == ["is profiled for variants"]
    narrow = PROFILED.assign(panel="narrow")
    assert _failures(profiled=narrow)["check"].tolist() == ["is exome or lists its genes in panels"]
    panels = pd.DataFrame({"panel": ["narrow"], "gene": ["TSC1"]})
    failures = _failures(variants=_variants(), profiled=narrow, panels=panels)
    assert failures[["table", "column", "value"]].to_numpy().tolist() == [["variants", "gene", "MTOR"]]


def test_a_second_panel_of_a_sample_counts() -> None:
    profiled = pd.concat([PROFILED, PROFILED]).assign(panel=["one", "two"])
    panels = pd.DataFrame({"panel": ["one", "two"], "gene": ["TSC1", "MTOR"]})
    assert (
        len(Cohort.empty("x", samples=TWO, variants=_variants(), profiled=profiled, panels=panels).variants)
        == 1
    )


def test_a_repeated_key_names_the_whole_key() -> None:
    profiled = pd.concat([PROFILED, PROFILED], ignore_index=True)
    failures = _failures(profiled=profiled)
    assert failures[["row", "value"]].to_numpy().tolist() == [[1, "a | variants | exome"]]


@pytest.mark.parametrize(
    ("matrix", "check"),
    [
        (pd.DataFrame([[1.0], [2.0]], index=["a", "a"], columns=["MTOR"]), "is unique"),
        (pd.DataFrame([[1.0, 2.0]], index=["a"], columns=["MTOR", "MTOR"]), "is unique"),
        (pd.DataFrame([["x"]], index=["a"], columns=["MTOR"]), "is a column of numbers"),
        (pd.DataFrame([[np.inf, 1.0]], index=["a"], columns=["MTOR", "TSC1"]), "is finite"),
        (pd.DataFrame([[np.nan]], index=["a"], columns=["MTOR"]), "has any value"),
        (pd.DataFrame([[1.0]], index=["zz"], columns=["MTOR"]), "is in samples"),
    ],
)
def test_expression(matrix: pd.DataFrame, check: str) -> None:
    with pytest.raises(TableError) as caught:
        Cohort.empty("x", samples=TWO, expression=matrix, expression_scale="log2")
    assert check in set(caught.value.failures["check"])


def test_numeric_ids_become_text_without_a_decimal_point() -> None:
    table, _ = conform("samples", pd.DataFrame({"sample_id": [683665.0, 5], "sidm": ["", " SIDM1 "]}))
    assert table["sample_id"].tolist() == ["683665", "5"]
    assert table["sidm"].tolist() == [None, "SIDM1"]


def test_columns_of_the_user_are_kept() -> None:
    table, failures = conform("samples", pd.DataFrame({"sample_id": ["a"], "biobank": [7], "mixed": [3.0]}))
    assert table.columns[-2:].tolist() == ["biobank", "mixed"]
    assert all(part.empty for part in failures)


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=20))
def test_purity_passes_exactly_when_it_is_a_fraction_or_missing(values: list[float]) -> None:
    table, _ = conform(
        "samples", pd.DataFrame({"sample_id": [f"s{i}" for i in range(len(values))], "purity": values})
    )
    bad = {row for part in check_table("samples", table) for row in part["row"]}
    assert bad == {i for i, value in enumerate(values) if not (np.isnan(value) or 0 <= value <= 1)}


def test_pandera_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, features.cohort, features.sources; sys.exit('pandera' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
