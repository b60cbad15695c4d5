from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from features.cohort import Cohort
from features.failures import TableError
from features.schemas import METRICS, TABLES

ADDED = ["standard_error", "min_dose_um", "max_dose_um", "censored", "drug_id", "fit_rmse"]


def _cohort(**columns: object) -> Cohort:
    given = {"metric": "ln_ic50_um", "value": 0.0, **columns}
    row = pd.DataFrame({"sample_id": ["a"], "inhibitor": "AZD8055", "screen": "S"}).assign(**given)
    return Cohort.empty("x", samples=pd.DataFrame({"sample_id": ["a"]}), responses=row)


def test_a_cohort_folder_from_before_the_added_columns_still_loads(tmp_path: Path) -> None:
    """Prevents: every user's cohort folder must be made again."""
    folder = _cohort().write(tmp_path / "old")
    old = pd.read_parquet(folder / "responses.parquet").drop(columns=ADDED)
    old.to_parquet(folder / "responses.parquet", index=False)
    head = json.loads((folder / "cohort.json").read_text())
    digest = hashlib.sha256((folder / "responses.parquet").read_bytes()).hexdigest()
    head["files"]["responses.parquet"]["sha256"] = digest
    (folder / "cohort.json").write_text(json.dumps(head))
    responses = Cohort.read(folder).responses
    assert responses[ADDED].isna().all(axis=None)
    assert list(responses) == [rule.name for rule in TABLES["responses"]]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"censored": "above"}, "'above' is not one of left, right"),
        ({"standard_error": -0.1}, "-0.1 is below 0"),
        ({"min_dose_um": 3.0, "max_dose_um": 1.0}, "1 is below min_dose_um"),
        ({"metric": "auc_ctrp_0_30", "value": 31.0}, "31 is not from 0 to 30, the range of auc_ctrp_0_30"),
        ({"metric": "auc", "value": 1.0}, "'auc' is not one of ln_ic50_um"),
    ],
)
def test_a_response_that_cannot_be_is_refused(columns: dict[str, object], says: str) -> None:
    with pytest.raises(TableError, match=says):
        _cohort(**columns)


def test_no_mark_is_missing_whichever_way_it_is_written() -> None:
    assert _cohort(censored="").responses["censored"].tolist() == [None]
    assert _cohort(censored=None).responses["censored"].tolist() == [None]


def test_a_screens_own_unit_has_no_range_but_a_direction() -> None:
    for metric, sign in (("own_unit_higher_resistant", 1.0), ("own_unit_higher_sensitive", -1.0)):
        assert _cohort(metric=metric, value=1e9).responses["value"].tolist() == [1e9]
        assert METRICS[metric].resistance_sign == sign
