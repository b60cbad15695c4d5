"""TCGA by files of R: exomes, arrays, mRNA and clinical data of one project."""

from __future__ import annotations

import builtins
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix
from features.sources import import_cohort
from features.sources.r_files import read_r, texts
from features.sources.tcga import import_tcga
from features.sources.tcga_barcodes import parts_of

rdata = pytest.importorskip("rdata", reason="files of R need rdata, of the extra tcga or dev")
REAL = Path(__file__).parents[3] / "shared" / "data" / "patient" / "tcga"

A, B, C = "TCGA-AA-0001", "TCGA-AA-0002", "TCGA-AA-0003"
_EXOME, _ARRAY = "01A-11D-A036-09", "01A-21-A45H-20"


def _variants(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows, columns=["Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification", "HGVSp_Short"]
    )
    return frame.assign(
        Chromosome="1", Start_Position=np.arange(len(frame), dtype=float) + 5, Reference_Allele="G",
        Tumor_Seq_Allele2="T", t_ref_count=np.full(len(frame), 30, dtype=np.int32),
        t_alt_count=np.full(len(frame), 10, dtype=np.int32),
    )  # fmt: skip


def _exomes() -> dict[str, pd.DataFrame]:
    return {
        "data": _variants(
            [(f"{A}-{_EXOME}", "MTOR", "Missense_Mutation", "p.S2215Y"),
             (f"{B}-{_EXOME}", "TSC1", "Nonsense_Mutation", "p.R249*"),
             (f"{B}-06A-11D-A036-09", "TSC1", "Nonsense_Mutation", "p.R249*")]
        ),
        "maf.silent": _variants([(f"{C}-{_EXOME}", "KRAS", "Silent", "p.G12G")]),
        "clinical.data": pd.DataFrame(
            {
                "Tumor_Sample_Barcode": [f"{A}-{_EXOME}", f"{B}-{_EXOME}", f"{B}-06A-11D-A036-09"],
                "CDR_age_at_initial_pathologic_diagnosis": [61.0, 70.0, 70.0],
                "CDR_gender": ["MALE", "FEMALE", "FEMALE"],
                "CDR_ajcc_pathologic_tumor_stage": ["Stage I", "[Not Available]", "[Not Available]"],
                "CDR_OS": [1.0, 0.0, 0.0], "CDR_OS.time": [304.375, 0.0, 0.0],
                "CDR_PFI": [1.0, np.nan, np.nan], "CDR_PFI.time": [30.4375, np.nan, np.nan],
            }
        ),
    }  # fmt: skip


def _array(column: str = "bcr_patient_barcode") -> pd.DataFrame:
    return pd.DataFrame(
        {column: [f"{A}-{_ARRAY}", f"{A}-01B-21-A45H-20", f"{C}-{_ARRAY}"], "S6_pS240_S244": [0.5, 9.0, -0.1],
         "4E-BP1_pS65": [0.1, 9.0, np.nan]}
    )  # fmt: skip


def _clinical() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "patient.bcr_patient_barcode": [A.lower(), B.lower(), "tcga-aa-0009"],
            "patient.gender": ["male", "female", "male"],
            "patient.stage_event.pathologic_stage": ["stage i", "stage iv", "stage ii"],
            "patient.drugs.drug.drug_name": ["afinitor", "torisel (temsirolimus)", "sunitinib"],
            "patient.drugs.drug.measure_of_response": ["clinical progressive disease", "stable disease", "x"],
            "patient.drugs.drug-2.drug_name": ["sutent", "rad001", "x"],
            "patient.drugs.drug-2.measure_of_response": ["complete response", "x", "x"],
        }
    )


def _write(path: Path, name: str, content: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (rdata.write_rds if path.suffix.lower() == ".rds" else rdata.write_rda)(
            path, content if path.suffix.lower() == ".rds" else {name: content}
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    _write(tmp_path / "MC3_KIRC.RDs", "", _exomes())
    _write(tmp_path / "KIRC.RPPA.rda", "KIRC.RPPA", _array())
    mrna = _array().rename(columns={"S6_pS240_S244": "MTOR", "4E-BP1_pS65": "BHLHB2"})
    _write(tmp_path / "KIRC.mRNA.rda", "KIRC.mRNA", mrna)
    _write(tmp_path / "KIRC.clinical.rda", "KIRC.clinical", _clinical())
    return tmp_path


def lost(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))


class TestAProject:
    def test_samples_of_all_files_are_one_a_patient(self, folder: Path) -> None:
        cohort = import_tcga(folder)
        assert cohort.name == "tcga_kirc"
        assert cohort.samples[["sample_id", "patient_id"]].to_numpy().tolist() == [
            [f"{A}-01", A], [f"{B}-01", B], [f"{C}-01", C],
        ]  # fmt: skip
        assert set(cohort.samples["lineage"]) == {"kidney"}
        reasons = lost(cohort)
        assert reasons["another sample of the patient is taken (--samples primary): left out"] == f"{B}-06"
        assert reasons["another aliquot of a sample: left out"] == f"{A}-01"
        assert len(import_tcga(folder, samples="all").samples) == 4

    def test_variants_with_silent_ones_and_their_reads(self, folder: Path) -> None:
        """Prevents: MATH over non-silent variants alone because a file keeps the others apart."""
        cohort = import_tcga(folder)
        assert cohort.variants["gene"].tolist() == ["MTOR", "TSC1", "KRAS"]
        assert cohort.variants["consequence"].tolist() == ["missense", "nonsense", "silent"]
        assert cohort.variants["vaf"].tolist() == [0.25] * 3
        assert cohort.variants["variant_id"].tolist()[0] == "1:5:G>T"
        assert build_matrix(cohort, ["mutations"]).values["mut.MTOR"].tolist() == [1.0, 0.0, 0.0]

    def test_arrays_are_on_the_platform_of_our_reference(self, folder: Path) -> None:
        cohort = import_tcga(folder)
        assert cohort.proteins[["sample_id", "antibody", "value"]].to_numpy().tolist() == [
            [f"{A}-01", "S6_pS240_S244", 0.5], [f"{A}-01", "4E-BP1_pS65", 0.1],
            [f"{C}-01", "S6_pS240_S244", -0.1],
        ]  # fmt: skip
        assert build_matrix(cohort, ["proteins"]).values["prot.s6_ps240_s244"].notna().tolist() == [
            True,
            False,
            True,
        ]

    def test_mrna_is_a_log_ratio(self, folder: Path) -> None:
        """Prevents: ranks within a sample of values that are centred on a reference RNA."""
        cohort = import_tcga(folder)
        assert cohort.expression_scale == "log_ratio"
        assert list(cohort.expression.columns) == ["MTOR", "BHLHE40"]
        with pytest.raises(InputError, match="log_ratio has no order of abundance"):
            build_matrix(cohort, ["expression"])

    def test_outcomes_are_the_curated_ones_in_months(self, folder: Path) -> None:
        rows = import_tcga(folder).outcomes[["patient_id", "endpoint", "time_months", "event"]]
        assert rows.to_numpy().tolist() == [[A, "OS", 10.0, 1.0], [B, "OS", 0.0, 0.0], [A, "PFI", 1.0, 1.0]]

    def test_treatments_and_covariates(self, folder: Path) -> None:
        cohort = import_tcga(folder)
        patients = cohort.patients.set_index("patient_id")
        assert patients.loc[A, ["treatment", "best_response", "sex", "stage"]].tolist() == [
            "everolimus", "PD", "male", "stage i",
        ]  # fmt: skip
        assert patients.loc[B, "stage"] == "stage iv"
        assert pd.isna(patients.loc[B, "treatment"])
        assert patients["age_years"].to_dict()[A] == 61.0
        assert lost(cohort)["given several of our inhibitors: treatment not known (kept)"] == B
        assert set(patients.index) == {A, B, C, "TCGA-AA-0009"}

    def test_any_one_file_will_do(self, folder: Path) -> None:
        for name in ("MC3_KIRC.RDs", "KIRC.clinical.rda", "KIRC.mRNA.rda"):
            (folder / name).unlink()
        cohort = import_tcga(folder, name="arrays")
        assert (cohort.name, len(cohort.samples), len(cohort.outcomes)) == ("arrays", 2, 0)
        assert cohort.patients["patient_id"].tolist() == [A, C]


class TestFaults:
    def test_several_projects_have_to_be_named(self, folder: Path) -> None:
        _write(folder / "GBM.RPPA.rda", "GBM.RPPA", _array())
        with pytest.raises(InputError, match="has the projects GBM, KIRC; name one of them: --project CODE"):
            import_tcga(folder)
        assert import_tcga(folder, project="gbm").name == "tcga_gbm"
        with pytest.raises(InputError, match="has the projects GBM, KIRC"):
            import_tcga(folder, project="LUAD")

    def test_places_without_a_project(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="absent: no such folder"):
            import_tcga(tmp_path / "absent")
        with pytest.raises(InputError, match=r"holds no file such as MC3_KIRC\.RDs"):
            import_tcga(tmp_path)

    def test_clinical_data_alone_are_no_samples(self, folder: Path) -> None:
        for name in ("MC3_KIRC.RDs", "KIRC.RPPA.rda", "KIRC.mRNA.rda"):
            (folder / name).unlink()
        with pytest.raises(InputError, match="holds no sample; add variants, arrays or mRNA"):
            import_tcga(folder)

    @pytest.mark.parametrize(
        ("frame", "said"),
        [
            (_array().assign(bcr_patient_barcode="x"), "RPPA.rda, row 1: is no barcode of a sample"),
            (_array().assign(bcr_patient_barcode=A), "row 1: is no barcode of a sample"),
        ],
    )  # fmt: skip
    def test_barcodes_that_are_none_are_named_by_row(
        self, folder: Path, frame: pd.DataFrame, said: str
    ) -> None:
        _write(folder / "KIRC.RPPA.rda", "KIRC.RPPA", frame)
        with pytest.raises(InputError) as caught:
            import_tcga(folder)
        assert said in str(caught.value)
        assert A not in str(caught.value)

    def test_another_object_of_the_name(self, folder: Path) -> None:
        _write(folder / "KIRC.RPPA.rda", "GBM.RPPA", _array())
        with pytest.raises(InputError, match=r"holds no data frame 'KIRC\.RPPA' \(but GBM\.RPPA\)"):
            import_tcga(folder)

    def test_an_event_that_is_none_and_a_time_before_the_beginning(self, folder: Path) -> None:
        exomes = _exomes()
        exomes["clinical.data"]["CDR_OS"] = [2.0, 0.0, 0.0]
        exomes["clinical.data"]["CDR_PFI.time"] = [-1.0, np.nan, np.nan]
        _write(folder / "MC3_KIRC.RDs", "", exomes)
        with pytest.raises(
            InputError, match=r"column CDR_OS, row 0: '2' is not 0 or 1.*CDR_PFI.time, row 0: '-1' is"
        ):
            import_tcga(folder)

    def test_clinical_data_without_patients(self, folder: Path) -> None:
        _write(folder / "KIRC.clinical.rda", "KIRC.clinical", _clinical().iloc[:, 1:])
        with pytest.raises(InputError, match=r"has no column patient\.bcr_patient_barcode"):
            import_tcga(folder)

    def test_a_file_that_is_none_of_r(self, folder: Path) -> None:
        (folder / "KIRC.RPPA.rda").write_text("no file of R")
        with pytest.raises(InputError, match=r"KIRC\.RPPA\.rda: cannot be read as a file of R"):
            import_tcga(folder)
        with pytest.raises(InputError, match="no such file"):
            read_r(folder / "absent.rda")

    def test_without_the_package_the_extra_is_named(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = builtins.__import__

        def without(name: str, *rest: Any, **more: Any) -> Any:
            if name == "rdata":
                raise ImportError(name)
            return real(name, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", without)
        with pytest.raises(
            InputError, match=r"need the package rdata; pip install 'mtorc1-response\[tcga\]'"
        ):
            import_tcga(folder)

    @given(st.text())
    def test_any_text_has_the_parts_of_a_barcode_or_none(self, text: str) -> None:
        row = parts_of(pd.Series([text])).iloc[0]
        assert pd.isna(row["patient_id"]) or str(row["patient_id"]).startswith("TCGA-")
        assert pd.isna(row["sample_id"]) or str(row["sample_id"])[:12] == row["patient_id"]


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="no TCGA data beside the repository")
class TestReal:
    def test_text_is_read_as_the_package_reads_it(self) -> None:
        """Our converter keeps text as objects; nothing else may differ."""
        path = REAL / "MC3_KICH.RDs"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            known = rdata.read_rds(path)
        found = read_r(path)
        for slot in ("data", "maf.silent", "clinical.data"):
            pd.testing.assert_frame_equal(texts(found[slot]), texts(vars(known)[slot]), check_names=False)

    def test_kidney_chromophobe(self) -> None:
        cohort = import_cohort("tcga", path=REAL, project="KICH")
        assert (len(cohort.samples), len(cohort.variants)) == (66, 2130 + 1194)
        os_ = cohort.outcomes.query("endpoint == 'OS'")
        assert (len(os_), int(os_["event"].sum())) == (65, 9)
        assert lost(cohort)["OS: time without event, or event without time: left out"].startswith("TCGA-")
        assert math.isclose(os_["time_months"].max(), 4676 / 30.4375)

    def test_kidney_clear_cell(self) -> None:
        """The counts of the reference data sheet: 26 MTOR-mutant and 303 other tumours with an array."""
        cohort = import_cohort("tcga", path=REAL, project="KIRC", samples="all")
        altering = cohort.variants[~cohort.variants["consequence"].isin(["silent", "other"])]
        both = set(cohort.variants["sample_id"]) & set(cohort.proteins["sample_id"])
        mutant = set(altering.query("gene == 'MTOR'")["sample_id"]) & both
        assert cohort.variants["sample_id"].nunique() == 370
        assert (len(mutant), len(both) - len(mutant)) == (26, 303)
        assert cohort.expression.shape == (72, 17814)
        known = pd.read_csv(REAL / "derived_rapalog_records_50.csv").query("cohort == 'KIRC'")
        given_ = set(known["barcode"]) - {"TCGA-CJ-4637"}  # temsirolimus and nab-rapamycin
        treated = cohort.patients.dropna(subset=["treatment"])
        assert given_ <= set(treated["patient_id"])
        ours = cohort.patients.set_index("patient_id")["treatment"]
        assert ours["TCGA-B0-5115"] == "everolimus"
        assert cohort.patients.set_index("patient_id").loc["TCGA-B0-5094", "best_response"] == "PD"
