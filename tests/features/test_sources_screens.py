"""GDSC's workbooks, PRISM's table, plain response tables and raw viabilities, each in miniature."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from features.failures import TableError
from features.sources import IMPORTERS, import_cohort
from features.sources.gdsc_workbook import import_gdsc_workbook
from features.sources.prism import import_prism
from features.sources.responses import import_responses, import_viabilities

COLUMNS = [
    "DATASET",
    "NLME_RESULT_ID",
    "NLME_CURVE_ID",
    "COSMIC_ID",
    "CELL_LINE_NAME",
    "SANGER_MODEL_ID",
    "TCGA_DESC",
    "DRUG_ID",
    "DRUG_NAME",
    "PUTATIVE_TARGET",
    "PATHWAY_NAME",
    "COMPANY_ID",
    "WEBRELEASE",
    "MIN_CONC",
    "MAX_CONC",
    "LN_IC50",
    "AUC",
    "RMSE",
    "Z_SCORE",
]


def _row(line: str, cosmic: int, drug_id: int, drug: str, ln_ic50: Any, **other: Any) -> list[Any]:
    given = {
        "DATASET": "GDSC1", "NLME_RESULT_ID": 281, "COSMIC_ID": cosmic, "CELL_LINE_NAME": line,
        "SANGER_MODEL_ID": f"SIDM{cosmic}", "TCGA_DESC": "KIRC", "DRUG_ID": drug_id, "DRUG_NAME": drug,
        "MIN_CONC": 0.01, "MAX_CONC": 10.0, "LN_IC50": ln_ic50, "AUC": 0.5, "RMSE": 0.1,
    } | other  # fmt: skip
    return [given.get(column) for column in COLUMNS]


ROWS = [
    _row("A-1", 11, 1059, "AZD8055", -2.0),
    _row("A-1", 11, 1059, "Erlotinib", 1.0),
    _row("B-2", 22, 1059, "AZD8055", 3.0),
    _row("C-3", 33, 1059, "AZD8055", -5.0),
    _row("A-1", 11, 371, "Torin 2", -1.0),
    _row("A-1", 11, 372, "torin2", -9.0),
]


def _workbook(
    folder: Path, rows: list[list[Any]], columns: list[str] = COLUMNS, name: str = "x.xlsx"
) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (columns, *rows):
        sheet.append(row)
    book.save(folder / name)
    return folder / name


def _of(cohort: Cohort, sample: str, metric: str, inhibitor: str = "AZD8055") -> pd.Series:
    rows = cohort.responses
    rows = rows[(rows["sample_id"] == sample) & (rows["metric"] == metric) & (rows["inhibitor"] == inhibitor)]
    assert len(rows) == 1
    return rows.iloc[0]


def _lost(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))


class TestWorkbook:
    def test_doses_ids_and_fit_errors_are_kept(self, tmp_path: Path) -> None:
        cohort = import_gdsc_workbook([_workbook(tmp_path, ROWS)])
        assert cohort.samples[["sample_id", "cosmic_id", "sidm", "sample_name"]].iloc[0].tolist() == [
            "11", "11", "SIDM11", "A-1",
        ]  # fmt: skip
        row = _of(cohort, "11", "ln_ic50_um")
        assert row[["value", "min_dose_um", "max_dose_um", "drug_id", "fit_rmse", "screen"]].tolist() == [
            -2.0, 0.01, 10.0, "1059", 0.1, "GDSC1",
        ]  # fmt: skip
        assert _of(cohort, "11", "auc_fraction")["value"] == 0.5
        assert (cohort.sources[0].rows_in, cohort.sources[0].rows_out) == (6, 4)

    def test_an_ic50_beyond_the_tested_doses_is_marked(self, tmp_path: Path) -> None:
        """Prevents: an extrapolation of the fit taken for a measurement."""
        cohort = import_gdsc_workbook([_workbook(tmp_path, ROWS)])
        assert [_of(cohort, sample, "ln_ic50_um")["censored"] for sample in ("11", "22", "33")] == [
            None, "right", "left",
        ]  # fmt: skip
        assert _of(cohort, "22", "ln_ic50_um")["value"] == 3.0
        assert _of(cohort, "22", "auc_fraction")["censored"] is None

    def test_a_refused_spelling_is_not_averaged_in(self, tmp_path: Path) -> None:
        cohort = import_gdsc_workbook([_workbook(tmp_path, ROWS)])
        assert _of(cohort, "11", "ln_ic50_um", "Torin 2")["value"] == -1.0
        assert any(reason.startswith("spelling 'torin2'") for reason in _lost(cohort))

    def test_two_drug_ids_of_a_drug_are_averaged_aloud(self, tmp_path: Path) -> None:
        rows = [
            _row("A-1", 11, 150, "AZD8055", 1.0, MAX_CONC=2.0),
            _row("A-1", 11, 1059, "AZD8055", 2.0, RMSE=0.3),
            _row("B-2", 22, 150, "AZD8055", 3.0),
            _row("B-2", 22, 1059, "AZD8055", -9.0),
        ]
        cohort = import_gdsc_workbook([_workbook(tmp_path, rows)])
        row = _of(cohort, "11", "ln_ic50_um")
        assert row[["value", "drug_id", "min_dose_um", "max_dose_um", "censored"]].tolist() == [
            1.5, "150;1059", 0.01, 10.0, "right",
        ]  # fmt: skip
        assert row["fit_rmse"] == pytest.approx(0.2)
        lost = _lost(cohort)
        assert lost["measured more than once: the mean is taken"] == "11 AZD8055;22 AZD8055"
        opposed = "measured more than once, beyond the tested doses on opposite sides: left out"
        assert lost[opposed] == "22 AZD8055"
        assert len(cohort.responses[cohort.responses["sample_id"] == "22"]) == 1

    def test_the_screens_of_two_workbooks_are_kept_apart(self, tmp_path: Path) -> None:
        one = _workbook(tmp_path, ROWS)
        two = _workbook(tmp_path, [_row("A-1", 11, 1059, "AZD8055", 0.0, DATASET="GDSC2")], name="y.xlsx")
        cohort = import_gdsc_workbook([one, two])
        assert sorted(set(cohort.responses["screen"])) == ["GDSC1", "GDSC2"]

    def test_the_pinned_release_must_be_it(self, tmp_path: Path) -> None:
        name = "GDSC2_fitted_dose_response_25Feb20.xlsx"
        path = _workbook(tmp_path, ROWS, name=name)
        with pytest.raises(InputError, match=r"its md5 is \w+, not 51f56f360ee9a6b6d34893af0896c86a"):
            import_gdsc_workbook([path])

    @pytest.mark.parametrize(
        ("rows", "columns", "says"),
        [
            (ROWS, [c.replace("MAX_CONC", "X") for c in COLUMNS], "has no column MAX_CONC"),
            ([_row("A", 1, 1, "AZD8055", "low")], COLUMNS, "column LN_IC50, row 2: 'low' is not a number"),
            ([_row("A", 1, 1, "AZD8055", None)], COLUMNS, "column LN_IC50, row 2: '' is not a number"),
            ([_row("A", 1, 1, "AZD8055", 1, MIN_CONC=20)], COLUMNS, "row 2: MIN_CONC is not above 0 or not"),
            ([_row("A", 1, 1, "Erlotinib", 1)], COLUMNS, "holds no response to an mTOR inhibitor"),
            ([], COLUMNS, "holds no response to an mTOR inhibitor"),
        ],
    )
    def test_a_workbook_that_is_not_as_known_is_refused(
        self, tmp_path: Path, rows: list[list[Any]], columns: list[str], says: str
    ) -> None:
        with pytest.raises(InputError, match=says):
            import_gdsc_workbook([_workbook(tmp_path, rows, columns)])

    def test_what_is_no_workbook_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.xlsx").write_text("<html>moved</html>")
        with pytest.raises(InputError, match=r"is not a readable .xlsx workbook"):
            import_gdsc_workbook([tmp_path / "x.xlsx"])
        with pytest.raises(InputError, match="no such file"):
            import_gdsc_workbook([tmp_path / "absent.xlsx"])
        with pytest.raises(InputError, match="one digest is stated for several files"):
            import_gdsc_workbook([tmp_path / "x.xlsx"] * 2, md5="0" * 32)

    def test_it_takes_the_place_of_the_same_screens(self, tmp_path: Path) -> None:
        first = import_gdsc_workbook([_workbook(tmp_path, ROWS)])
        again = [_row("A-1", 11, 1059, "AZD8055", 0.25)]
        path = _workbook(tmp_path, again, name="y.xlsx")
        with pytest.raises(InputError, match="both cohorts hold responses of GDSC1"):
            import_gdsc_workbook([path], cohort=first)
        joined = import_gdsc_workbook([path], cohort=first, replace_screens=True)
        assert _of(joined, "11", "ln_ic50_um")["value"] == 0.25


PRISM = (
    "broad_id,depmap_id,ccle_name,screen_id,upper_limit,lower_limit,slope,r2,auc,ec50,ic50,name,moa,target,"
    "disease.area,indication,smiles,phase,passed_str_profiling,row_name\n"
)


def _prism(folder: Path, *rows: str) -> Path:
    (folder / "prism.csv").write_text(PRISM + "\n".join(rows) + "\n")
    return folder / "prism.csv"


def _curve(
    line: str,
    drug: str,
    auc: object,
    ic50: object,
    screen: str = "MTS010",
    broad: str = "K1",
    passed: str = "TRUE",
) -> str:
    depmap = f"ACH-{line}" if line else ""
    return (
        f"BRD-{broad},{depmap},L{line}_LARGE_INTESTINE,{screen},1,0.2,1.1,0.9,{auc},0.3,{ic50},{drug},"
        f'mTOR inhibitor,MTOR,,,"C,C",Phase 2,{passed},ACH-{line}'
    )


class TestPrism:
    def test_auc_and_ic50_are_read_and_the_rest_is_named(self, tmp_path: Path) -> None:
        path = _prism(
            tmp_path,
            _curve("1", "everolimus", 0.5, 2.0),
            _curve("2", "everolimus", 0.9, ""),
            _curve("3", "everolimus", 0.1, 0.1, passed="FALSE"),
            _curve("4", "paclitaxel", 0.1, 0.1),
            _curve("", "everolimus", 0.1, 0.1),
        )
        cohort = import_prism(path)
        assert cohort.samples[["sample_id", "sample_name", "depmap_id", "lineage"]].to_numpy().tolist() == [
            ["ACH-1", "L1", "ACH-1", "large_intestine"], ["ACH-2", "L2", "ACH-2", "large_intestine"],
        ]  # fmt: skip
        assert _of(cohort, "ACH-1", "auc_fraction", "everolimus")["value"] == 0.5
        assert _of(cohort, "ACH-1", "ln_ic50_um", "everolimus")["value"] == pytest.approx(np.log(2.0))
        assert _lost(cohort) == {
            "line failed STR profiling": "L3_LARGE_INTESTINE",
            "row without a DepMap id": "L_LARGE_INTESTINE",
            "no IC50 inside the tested doses (the AUC is kept)": "ACH-2 everolimus",
        }

    def test_the_best_screen_counts_and_samples_of_a_compound_are_averaged(self, tmp_path: Path) -> None:
        """Prevents: the older screen of a line averaged into the newer one, or the last row winning."""
        path = _prism(
            tmp_path,
            _curve("1", "everolimus", 0.1, "", "HTS002"),
            _curve("1", "everolimus", 0.5, "", "MTS010"),
            _curve("1", "everolimus", 0.7, "", "MTS010", "K2"),
            _curve("2", "everolimus", 0.3, "", "HTS002"),
        )
        cohort = import_prism(path)
        row = _of(cohort, "ACH-1", "auc_fraction", "everolimus")
        assert (row["value"], row["drug_id"]) == (pytest.approx(0.6), "BRD-K1;BRD-K2")
        assert _of(cohort, "ACH-2", "auc_fraction", "everolimus")["value"] == 0.3
        assert _lost(cohort)["screened again: the first of MTS010, MTS006, MTS005, HTS002 is taken"] == (
            "ACH-1 everolimus"
        )

    def test_more_viable_than_the_control_is_no_effect_and_said(self, tmp_path: Path) -> None:
        cohort = import_prism(_prism(tmp_path, _curve("1", "everolimus", 1.2, "")))
        assert _of(cohort, "ACH-1", "auc_fraction", "everolimus")["value"] == 1.0
        assert _lost(cohort)["AUC above 1, more viable than the control: taken as 1"] == "ACH-1 everolimus"

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (PRISM.replace(",auc,", ",area,") + _curve("1", "everolimus", 1, 1), "has no column auc"),
            (PRISM + _curve("1", "everolimus", "high", 1), "column auc, row 2: 'high' is not a number"),
            (PRISM + _curve("1", "paclitaxel", 1, 1), "holds no response to an mTOR inhibitor"),
            (PRISM + _curve("1", "everolimus", 1, 1, passed="FALSE"), "holds no usable response"),
        ],
    )
    def test_a_table_that_is_not_as_known_is_refused(self, tmp_path: Path, text: str, says: str) -> None:
        (tmp_path / "prism.csv").write_text(text + "\n")
        with pytest.raises(InputError, match=says):
            import_prism(tmp_path / "prism.csv")


HEAD = "sample,inhibitor,value,unit,orientation"


def _table(folder: Path, *rows: str, head: str = HEAD) -> Path:
    (folder / "r.csv").write_text("\n".join((head, *rows)) + "\n")
    return folder / "r.csv"


class TestResponses:
    def test_any_screen_is_a_cohort(self, tmp_path: Path) -> None:
        path = _table(
            tmp_path,
            "A-1,RAD001,-2.5,ln_ic50_um,higher_is_resistant,OURS,0.2,0.01,10,11,right",
            "A-1,everolimus,0.8,activity,higher_is_sensitive,OURS,,,,11,",
            "B-2,Torin 1,0.3,activity,higher_is_sensitive,,,,,22,",
            "B-2,aspirin,0.3,activity,higher_is_sensitive,,,,,22,",
            head=f"{HEAD},screen,standard_error,min_dose,max_dose,cosmic_id,censored",
        )
        cohort = import_responses(path, screen="REST")
        row = _of(cohort, "A-1", "ln_ic50_um", "everolimus")
        columns = ["value", "screen", "standard_error", "min_dose_um", "max_dose_um", "censored"]
        assert row[columns].tolist() == [-2.5, "OURS", 0.2, 0.01, 10.0, "right"]
        assert (row["screen_spelling"], row["unit"]) == ("RAD001", None)
        own = _of(cohort, "A-1", "own_unit_higher_sensitive", "everolimus")
        assert own[["value", "unit"]].tolist() == [0.8, "activity"]
        assert _of(cohort, "B-2", "own_unit_higher_sensitive", "Torin 1")["screen"] == "REST"
        assert cohort.samples["cosmic_id"].tolist() == ["11", "22"]
        assert _lost(cohort) == {"not an mTOR inhibitor that is known: left out": "aspirin"}

    def test_repeats_are_averaged_with_the_error_of_a_mean(self, tmp_path: Path) -> None:
        path = _table(
            tmp_path,
            "A,AZD8055,1,ln_ic50_um,higher_is_resistant,0.3",
            "A,AZD8055,2,ln_ic50_um,higher_is_resistant,0.4",
            "B,AZD8055,2,ln_ic50_um,higher_is_resistant,0.4",
            "B,AZD8055,2,ln_ic50_um,higher_is_resistant,",
            head=f"{HEAD},standard_error",
        )
        cohort = import_responses(path)
        assert _of(cohort, "A", "ln_ic50_um")[["value", "standard_error"]].tolist() == [1.5, 0.25]
        assert np.isnan(_of(cohort, "B", "ln_ic50_um")["standard_error"])

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            (
                "A,AZD8055,1,auc_fraction,up",
                "row 2: unknown orientation 'up'; use one of",
            ),
            (
                "A,AZD8055,0.5,auc_fraction,higher_is_sensitive",
                "a higher auc_fraction means more resistant, the table says more sensitive",
            ),
            ("A,AZD8055,0.5,,higher_is_sensitive", "row 2: has no unit"),
            ("A,aspirin,0.5,auc_fraction,higher_is_resistant", "none of the known mTOR inhibitors"),
            (",AZD8055,0.5,auc_fraction,higher_is_resistant", "column sample, row 2: is missing"),
            ("A,,0.5,auc_fraction,higher_is_resistant", "column inhibitor, row 2: is missing"),
        ],
    )
    def test_a_row_that_cannot_be_understood_is_refused(self, tmp_path: Path, row: str, says: str) -> None:
        with pytest.raises(InputError, match=says):
            import_responses(_table(tmp_path, row))

    @pytest.mark.parametrize(
        ("value", "says"),
        [("15", "15 is not from 0 to 1, the range of auc_fraction"), ("x", "'x' is not a number")],
    )
    def test_a_value_out_of_its_range_is_refused(self, tmp_path: Path, value: str, says: str) -> None:
        """Prevents: CTRPv2's AUC of 15 under the name of GDSC's."""
        with pytest.raises(TableError, match=says):
            import_responses(_table(tmp_path, f"A,AZD8055,{value},auc_fraction,higher_is_resistant"))

    def test_two_units_of_a_drug_in_one_screen_are_refused(self, tmp_path: Path) -> None:
        rows = [
            f"{s},AZD8055,1,{unit},higher_is_sensitive" for s, unit in (("A", "activity"), ("B", "score"))
        ]
        with pytest.raises(InputError, match="AZD8055 has values in several units"):
            import_responses(_table(tmp_path, *rows))


def _viabilities(folder: Path, curves: dict[tuple[str, str], float], doses: np.ndarray) -> Path:
    rows = ["sample,inhibitor,dose_um,viability"]
    for (sample, drug), ec50 in curves.items():
        rows += [f"{sample},{drug},{dose},{0.1 + 0.9 / (1 + dose / ec50)}" for dose in doses]
    (folder / "v.csv").write_text("\n".join(rows) + "\n")
    return folder / "v.csv"


class TestViabilities:
    DOSES = np.geomspace(0.001, 10, 9)

    def test_curves_become_responses(self, tmp_path: Path) -> None:
        path = _viabilities(tmp_path, {("A", "RAD001"): 0.1, ("B", "RAD001"): 100.0}, self.DOSES)
        told: list[tuple[int, int]] = []
        cohort = import_viabilities(path, screen="OURS", progress=lambda _, n, of: told.append((n, of)))
        row = _of(cohort, "A", "ln_ic50_um", "everolimus")
        assert row["value"] == pytest.approx(np.log(0.1 * 0.5 / 0.4), abs=0.02)
        assert row[["screen", "min_dose_um", "max_dose_um", "censored"]].tolist() == [
            "OURS",
            0.001,
            10.0,
            None,
        ]
        assert (row["hill_slope"], row["ec50_um"]) == (
            pytest.approx(1, rel=0.02),
            pytest.approx(0.1, rel=0.05),
        )
        beyond = _of(cohort, "B", "ln_ic50_um", "everolimus")
        assert (beyond["censored"], beyond["value"]) == ("right", pytest.approx(np.log(10)))
        assert _of(cohort, "A", "auc_fraction", "everolimus")["value"] < 0.6
        assert told[-1] == (2, 2)

    @pytest.mark.parametrize(
        ("rows", "says"),
        [
            ([f"A,RAD001,{d},0.5" for d in (1, 2, 3)], "A everolimus: 3 distinct doses, a curve needs 4"),
            (
                [f"A,RAD001,{d},50" for d in (1, 2, 3, 4)],
                "column viability, row 2: 50 is above 5",
            ),
            (["A,RAD001,x,0.5"], "column dose_um, row 2: 'x' is not a number"),
            ([f"A,RAD001,{d},0.5" for d in (0, 1, 2, 3, 4)], "a dose is not above 0 uM"),
        ],
    )
    def test_what_cannot_be_fitted_is_refused(self, tmp_path: Path, rows: list[str], says: str) -> None:
        with pytest.raises(InputError, match=says):
            import_viabilities(_table(tmp_path, *rows, head="sample,inhibitor,dose_um,viability"))


def test_the_kinds_are_registered(tmp_path: Path) -> None:
    assert {"ctrpv2", "gdsc_workbook", "prism", "responses", "viabilities"} <= set(IMPORTERS)
    path = _table(tmp_path, "A,AZD8055,0.5,auc_fraction,higher_is_resistant")
    assert len(import_cohort("responses", path=path).responses) == 1


def test_a_screen_survives_its_folder(tmp_path: Path) -> None:
    """Prevents: doses, errors and censoring that are lost on the way to disk."""
    cohort = import_gdsc_workbook([_workbook(tmp_path, ROWS)])
    read = Cohort.read(cohort.write(tmp_path / "cohort"))
    pd.testing.assert_frame_equal(read.responses, cohort.responses)
