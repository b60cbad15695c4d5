from __future__ import annotations

import zipfile
from pathlib import Path

import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from features.identity import strip_name
from features.response_join import join_responses
from features.schemas import METRICS
from features.sources.ctrpv2 import import_ctrpv2
from features.storage import sha256_file

SHARED = Path(__file__).parents[3] / "shared"
#: Lines of each compound, from the project's reference data sheet.
LINES = {
    "sirolimus": 852, "AZD8055": 860, "OSI-027": 853, "KU-0063794": 839, "PI-103": 837, "voxtalisib": 815,
    "dactolisib": 628, "temsirolimus": 421,
}  # fmt: skip
BENCHMARK = {
    "Rapamycin": "sirolimus", "AZD8055": "AZD8055", "OSI-027": "OSI-027", "Dactolisib": "dactolisib",
    "Temsirolimus": "temsirolimus",
}  # fmt: skip

CURVES = "experiment_id,area_under_curve,master_cpd_id\n"
FILES = {
    "AUC_1.csv": CURVES + "1,10,606363\n1,14,1788\n2,12,606363\n",
    "AUC_2.csv": CURVES + "3,14,606363\n3,8,411742\n4,9,1788\n",
    "Experiment_info.csv": "expt_id,master_ccl_id\n1,7\n1,7\n2,8\n3,7\n4,9\n",
    "cancer_cell_line_info.csv": "master_ccl_id,ccl_name,cancer_type\n7,697,bone\n8,A1,NA\n9,B2,skin\n",
    "compound_info.csv": "master_cpd_id,cpd_name\n1788,CIL55\n606363,AZD8055\n411742,XL765\n",
}
OFFICIAL = {
    "v20.data.curves_post_qc.txt": (
        "experiment_id\tconc_pts_fit\tapparent_ec50_umol\tarea_under_curve\tmaster_cpd_id\n"
        "1\t16\t0.1\t10\t606363\n1\t16\t2\t14\t1788\n2\t16\t0.2\t12\t606363\n3\t16\t1\t14\t606363\n"
        "3\t16\t1\t8\t411742\n4\t16\t1\t9\t1788\n"
    ),
    "v20.meta.per_experiment.txt": (
        "experiment_id\trun_id\tgrowth_mode\tmaster_ccl_id\n1\tR1\tadherent\t7\n1\tR2\tadherent\t7\n"
        "2\tR1\tadherent\t8\n3\tR1\tadherent\t7\n4\tR1\tadherent\t9\n"
    ),
    "v20.meta.per_cell_line.txt": (
        "master_ccl_id\tccl_name\tccl_availability\tccle_primary_site\n7\t697\tccle\tbone\n8\tA1\tccle\t\n"
        "9\tB2\tccle\tskin\n"
    ),
    "v20.meta.per_compound.txt": (
        "master_cpd_id\tcpd_name\ttop_test_conc_umol\n1788\tCIL55\t10\n606363\tAZD8055\t33\n411742\tXL765\t66\n"
    ),
    "v20.data.per_cpd_well.txt": "not read\n",
}


def _folder(path: Path, **changes: str | None) -> Path:
    path.mkdir(parents=True)
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            (path / name).write_text(text)
    return path


def _archive(path: Path, inside: str = "") -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in OFFICIAL.items():
            archive.writestr(inside + name, text)
    return path


def test_a_folder_becomes_a_cohort_and_repeats_are_averaged_aloud(tmp_path: Path) -> None:
    cohort = import_ctrpv2(_folder(tmp_path / "c"))
    assert cohort.samples[["sample_id", "sample_name", "lineage"]].to_numpy().tolist() == [
        ["697", "697", "bone"], ["A1", "A1", None],
    ]  # fmt: skip
    columns = ["sample_id", "inhibitor", "screen", "metric", "value", "screen_spelling", "drug_id"]
    assert sorted(cohort.responses[columns].to_numpy().tolist()) == [
        ["697", "AZD8055", "CTRPv2", "auc_ctrp_0_30", 12.0, "AZD8055", "606363"],
        ["697", "voxtalisib", "CTRPv2", "auc_ctrp_0_30", 8.0, "XL765", "411742"],
        ["A1", "AZD8055", "CTRPv2", "auc_ctrp_0_30", 12.0, "AZD8055", "606363"],
    ]
    lost = dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))
    assert lost == {
        "measured more than once: the mean is taken": "697 AZD8055",
        "line without a response to an mTOR inhibitor": "B2",
    }
    curves = [record for record in cohort.sources if record.name == "CTRPv2 curves"]
    assert [(r.file, r.rows_in, r.rows_out) for r in curves] == [("AUC_1.csv", 3, 2), ("AUC_2.csv", 3, 2)]
    assert "1 pairs of them measured again" in curves[0].version


def test_the_metric_says_which_way_it_points() -> None:
    """Prevents: CTRPv2's AUC read the wrong way round, or mixed with GDSC's."""
    metric = METRICS["auc_ctrp_0_30"]
    assert (metric.low, metric.high, metric.resistance_sign) == (0.0, 30.0, 1.0)
    assert METRICS["gi50_neg_log10"].resistance_sign == -1.0


@pytest.mark.parametrize("inside", ["", "CTRPv2.0_2015_ctd2_ExpandedDataset/"])
def test_the_official_archive_says_the_same(tmp_path: Path, inside: str) -> None:
    archive = _archive(tmp_path / "official.zip", inside)
    found = import_ctrpv2(archive, sha256=sha256_file(archive))
    plain = import_ctrpv2(_folder(tmp_path / "c"))
    pd.testing.assert_frame_equal(found.samples, plain.samples)
    columns = [column for column in plain.responses if column != "max_dose_um"]
    pd.testing.assert_frame_equal(found.responses[columns], plain.responses[columns])
    assert sorted(set(found.responses["max_dose_um"])) == [33.0, 66.0]
    assert {record.sha256 for record in found.sources} == {sha256_file(archive)}
    with zipfile.ZipFile(archive) as whole:
        whole.extractall(tmp_path / "unpacked")
    unpacked = import_ctrpv2(tmp_path / "unpacked" / inside)
    pd.testing.assert_frame_equal(unpacked.responses, found.responses)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"AUC_1.csv": None, "AUC_2.csv": None}, r"holds neither AUC_\*.csv nor v20.data.curves_post_qc.txt"),
        ({"compound_info.csv": None}, "holds no compound_info.csv"),
        ({"AUC_1.csv": "experiment_id,master_cpd_id\n1,2\n"}, "AUC_1.csv: has no column area_under_curve"),
        ({"AUC_1.csv": CURVES + "1,high,606363\n"}, "area_under_curve: 'high' is not a number"),
        ({"AUC_1.csv": CURVES + "1,310,606363\n"}, "area_under_curve: 310 is not from 0 to 30"),
        ({"AUC_1.csv": CURVES + "77,3,606363\n"}, "experiment 77 of the curves is not described"),
        ({"AUC_1.csv": CURVES + "1,3,99\n"}, "compound 99 of the curves is not described"),
        ({"AUC_1.csv": ""}, "AUC_1.csv: cannot be read as a table"),
        ({"Experiment_info.csv": "expt_id,master_ccl_id\n1,7\n1,8\n2,8\n3,7\n4,9\n"}, "in more than one way"),
        (
            {"cancer_cell_line_info.csv": "master_ccl_id,ccl_name\n7,A1\n8,A1\n9,B2\n"},
            "two lines are called A1",
        ),
        (
            {"compound_info.csv": "master_cpd_id,cpd_name\n1788,CIL55\n606363,x\n411742,y\n"},
            "holds no response to an mTOR inhibitor",
        ),
    ],
)
def test_a_folder_that_is_not_as_known_is_refused(
    tmp_path: Path, changes: dict[str, str | None], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        import_ctrpv2(_folder(tmp_path / "c", **changes))


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_text("<html>moved</html>")
    with pytest.raises(InputError, match=r"x.zip: is not a readable zip archive"):
        import_ctrpv2(tmp_path / "x.zip")
    with pytest.raises(InputError, match="no such file or folder"):
        import_ctrpv2(tmp_path / "absent")


def test_a_missing_auc_is_counted(tmp_path: Path) -> None:
    cohort = import_ctrpv2(_folder(tmp_path / "c", **{"AUC_1.csv": CURVES + "1,,606363\n2,12,606363\n"}))
    assert dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))["no AUC"] == "697 AZD8055"


@pytest.fixture(scope="module")
def real() -> Cohort:
    folder = SHARED / "data" / "cellline" / "ctrpv2"
    if not folder.is_dir():
        pytest.skip("the shared reference data are not beside the repository")
    return import_ctrpv2(folder)


@pytest.mark.shared
class TestRealData:
    def test_each_compound_has_its_lines(self, real: Cohort) -> None:
        counts = real.responses.groupby("inhibitor")["sample_id"].nunique()
        assert {name: counts[name] for name in LINES} == LINES
        assert set(real.responses["metric"]) == {"auc_ctrp_0_30"}

    def test_the_whole_release_was_read(self, real: Cohort) -> None:
        curves = [record for record in real.sources if record.name == "CTRPv2 curves"]
        assert sum(record.rows_in for record in curves) == 395_263
        assert "887 lines, 545 compounds, 8,133 pairs of them measured again" in curves[0].version

    @pytest.mark.gdsc
    def test_joined_to_gdsc_it_is_the_benchmark(self, real: Cohort, gdsc_cohort: Cohort) -> None:
        """Prevents: another rule for repeats or for joining names than the benchmark's."""
        frozen = pd.read_csv(SHARED / "benchmark" / "responses.csv", dtype={"cell_line_name": str})
        frozen = frozen[frozen["screen"] == "CTRPv2"]
        joined = join_responses(gdsc_cohort, real)
        named = joined.samples.set_index("sample_id")["sample_name"]
        mine = joined.responses[joined.responses["screen"] == "CTRPv2"]
        mine = mine.assign(line=mine["sample_id"].map(named).map(strip_name))
        frozen = frozen.assign(
            line=frozen["cell_line_name"].map(strip_name), inhibitor=frozen["drug"].map(BENCHMARK)
        )
        both = frozen.merge(mine, on=["line", "inhibitor"], how="left", validate="1:1")
        assert len(frozen) == 528 + 386 + 524 + 523 + 275
        assert both["value"].notna().all()
        assert (both["value"] - both["response"]).abs().max() < 1e-4
        lost = dict(zip(joined.losses["reason"], joined.losses["n"], strict=True))
        assert lost["sample is not in gdsc"] == 320
        assert lost["sample name stands for more than one line"] == 1
