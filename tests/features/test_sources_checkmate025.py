"""CheckMate 025: patients with outcomes and exomes, from the trial's tables or its publisher's workbook."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight

from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix
from features.sources import import_cohort
from features.sources.checkmate025 import OFFICIAL_URL, PINNED, WORKBOOK, import_checkmate025
from features.sources.maf_builds import build_of
from features.sources.sheets import read_sheet
from features.sources.spreadsheet_dates import dated

REAL = Path(__file__).parents[3] / "shared" / "data" / "patient" / "checkmate025"

#: Two everolimus patients with exome, one without, and one of a sister trial; as the folder writes them.
PATIENT = {
    "SUBJID": "RCC25-1", "Cohort": "CM-025", "Arm": "EVEROLIMUS", "MAF_Tumor_ID": "EA1", "RNA_ID": "R1",
    "Sex": "M", "Age": "61", "MSKCC": "FAVORABLE", "IMDC": "NOT REPORTED", "Sarc": "0", "Rhab": "1",
    "Number_of_Prior_Therapies": "1",
    "Days_from_TumorSample_Collection_and_Start_of_Trial_Therapy": "764", "SampleType": "FFPE",
    "Tumor_Sample_Primary_or_Metastasis": "PRIMARY", "Tumor_Shrinkage": "-12,5", "ORR": "SD",
    "PFS (months)": "4,6", "response coded": "r", "PFS_CNSR": "1", "OS": "19,68", "OS_CNSR": "0",
    "Purity": "0,33", "Ploidy": "1,98", "ImmunoPhenotype": "No_IF", "TM_CD8_Density": "NA",
    "TC_CD8_Density": "NA", "TMB_Counts": "71", "FS_Counts": "4", "NEO_Weak": "262", "WGII": "0,13",
    "ITH": "33,9", "Amplification_5q35.3": "MUT", "MTOR": "WT", "Angio": "33,9", "Teff": "29,7",
    "Myeloid": "28,4", "Javelin": "30,2", "Merck18": "32,5",
}  # fmt: skip
PATIENTS = (
    PATIENT,
    PATIENT | {"SUBJID": "RCC25-11", "MAF_Tumor_ID": "EA2", "Sex": "Female", "ORR": "CRPR", "ITH": "NA",
               "Purity": "NA", "Ploidy": "NA"},
    PATIENT | {"SUBJID": "RCC25-2", "MAF_Tumor_ID": "NA", "ORR": "NE", "MSKCC": "NA"},
    PATIENT | {"SUBJID": "RCC_251", "Cohort": "CM-009", "Arm": "NIVOLUMAB", "MAF_Tumor_ID": "RCC_251-T",
               "Sex": "MALE", "ORR": "NEVER TREATED", "SampleType": "FROZEN"},
)  # fmt: skip
VARIANT = {
    "Tumor_Sample_Barcode": "EA1", "Hugo_Symbol": "MTOR", "Chromosome": "1", "Start_position": "11184573",
    "Variant_Classification": "Missense_Mutation", "Protein_Change": "p.S2215Y", "Reference_Allele": "G",
    "Tumor_Seq_Allele1": "G", "Tumor_Seq_Allele2": "T", "t_alt_count": "14", "t_ref_count": "26",
    "ccf_hat": "0,56", "NCBI_Build": "__UNKNOWN__", "Cohort": "CM-025",
}  # fmt: skip
VARIANTS = (
    VARIANT,
    VARIANT | {"Hugo_Symbol": "09-sept", "Start_position": "5", "NCBI_Build": "hg19"},
    VARIANT | {"Tumor_Sample_Barcode": "EA2", "Hugo_Symbol": "VHL", "t_ref_count": "Q9ULX3"},
    VARIANT | {"Tumor_Sample_Barcode": "RCC_251-T", "ccf_hat": "1"},
)
Rows = Sequence[dict[str, str]]


def _text(path: Path, rows: Rows, newline: str = "\r\n") -> None:
    columns = list(rows[0])
    lines = ["\t".join(columns), *("\t".join(row[column] for column in columns) for row in rows)]
    path.write_bytes((newline.join(lines) + newline).encode())


def _folder(path: Path, patients: Rows = PATIENTS, variants: Rows = VARIANTS) -> Path:
    path.mkdir()
    _text(path / "CLIN.txt", patients)
    _text(path / "SNV.txt", variants, "\n")
    return path


def _cell(text: str) -> object:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _workbook(path: Path, patients: Rows = PATIENTS, variants: Rows = VARIANTS) -> Path:
    """As the publisher's: a title above the header, numbers as numbers, more sheets than are read."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "S10_Other"
    for title, rows in (("S2_WES_Data", variants), ("S1_Clinical_and_Immune_Data", patients)):
        sheet = book.create_sheet(title)
        sheet.append([f"Supplementary Table {title[1]}."])
        sheet.append(["PFS" if column == "PFS (months)" else column for column in rows[0]])
        for row in rows:
            sheet.append([_cell(text) for text in row.values()])
    book.save(path)
    return path


def _lost(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))


class TestOneStudyInTwoForms:
    @pytest.fixture(params=["folder", "workbook"])
    def cohort(self, request: pytest.FixtureRequest, tmp_path: Path) -> Cohort:
        make = {"folder": _folder, "workbook": _workbook}[request.param]
        return import_checkmate025(make(tmp_path / "study.xlsx"))

    def test_every_patient_is_there_and_only_sequenced_tumours_are_samples(self, cohort: Cohort) -> None:
        """Prevents: survival of those alone whose tumour was sequenced."""
        assert cohort.patients["patient_id"].tolist() == ["RCC25-1", "RCC25-11", "RCC25-2", "RCC_251"]
        assert cohort.samples[["sample_id", "patient_id"]].to_numpy().tolist() == [
            ["EA1", "RCC25-1"], ["EA2", "RCC25-11"], ["RCC_251-T", "RCC_251"],
        ]  # fmt: skip
        assert set(cohort.samples["lineage"]) == {"kidney"}
        assert _lost(cohort)["no tumour was sequenced: genotype unknown (kept)"] == "RCC25-2"

    def test_ids_that_differ_in_punctuation_alone_stay_apart(self, cohort: Cohort) -> None:
        """Prevents: RCC25-1 and RCC_251 as one patient, for both are RCC251 when stripped."""
        treated = cohort.patients.set_index("patient_id")["treatment"]
        assert (treated["RCC25-1"], treated["RCC_251"]) == ("everolimus", "nivolumab")

    def test_one_is_an_event(self, cohort: Cohort) -> None:
        """Prevents: CNSR read as its name says, censored."""
        mine = cohort.outcomes[cohort.outcomes["patient_id"] == "RCC25-1"]
        assert mine[["endpoint", "time_months", "event"]].to_numpy().tolist() == [
            ["PFS", 4.6, 1.0], ["OS", 19.68, 0.0],
        ]  # fmt: skip
        assert cohort.outcomes["sample_id"].isna().all()

    def test_decimal_commas_are_decimals(self, cohort: Cohort) -> None:
        first = cohort.patients.iloc[0]
        assert (first["ith"], first["tumour_change_percent"], first["wgii"]) == (33.9, -12.5, 0.13)
        assert cohort.samples["purity"].tolist()[0] == 0.33
        assert cohort.variants["ccf"].tolist() == [0.56, 0.56, 0.56, 1.0]

    def test_words_are_one_however_a_trial_spelled_them(self, cohort: Cohort) -> None:
        assert cohort.patients["sex"].tolist() == ["male", "female", "male", "male"]
        assert cohort.patients["best_response"].tolist() == ["SD", "CRPR", "NE", "NE"]
        assert _lost(cohort)["best response is no RECIST category, read as NE (kept)"].endswith(
            ": NEVER TREATED"
        )
        assert cohort.patients["imdc"].isna().all()
        assert cohort.patients["trial"].tolist() == ["CM-025"] * 3 + ["CM-009"]
        assert pd.isna(cohort.patients["mskcc"][2])

    def test_genotypes_come_from_variants(self, cohort: Cohort) -> None:
        """Prevents: MTOR wild type by the clinical column, which counts truncating variants only."""
        mutated = cohort.variants.query("gene == 'MTOR'")
        assert mutated["sample_id"].tolist() == ["EA1", "RCC_251-T"]
        assert mutated["protein_change"].tolist() == ["p.S2215Y", "p.S2215Y"]
        assert mutated["vaf"].tolist() == [0.35, 0.35]
        assert "MTOR" not in cohort.patients.columns
        lost = _lost(cohort)
        assert lost["counts truncating variants only, which is no genotype: not read"] == "MTOR"
        assert lost["copy number of a peak, of no gene: not read"] == "Amplification_5q35.3"
        assert "response coded" in lost["not read"].split(";")
        assert cohort.profiled["panel"].tolist() == ["exome"] * 3

    def test_an_accession_in_a_count_is_not_known_and_named(self, cohort: Cohort) -> None:
        reason = "no number in t_ref_count, read as not known (kept)"
        assert _lost(cohort)[reason].endswith(": Q9ULX3")
        assert cohort.variants.loc[cohort.variants["sample_id"] == "EA2", "ref_count"].isna().all()

    def test_a_gene_that_became_a_date_is_named(self, cohort: Cohort) -> None:
        reason = "a spreadsheet made a date of the gene's name: no gene of ours (kept)"
        assert _lost(cohort)[reason].endswith(": 09-sept")

    def test_features_are_built_of_it(self, cohort: Cohort) -> None:
        matrix = build_matrix(cohort)
        assert matrix.values.loc[["EA1", "EA2"], "mut.MTOR"].tolist() == [1.0, 0.0]

    def test_the_build_of_the_few_that_state_one_is_told(self, cohort: Cohort) -> None:
        assert "exomes on GRCh37" in cohort.sources[1].version
        assert "1 = event" in cohort.sources[0].version


def _changed(rows: Rows, number: int, **cells: str) -> Rows:
    return [row | (cells if n == number else {}) for n, row in enumerate(rows)]


FAULTS: dict[str, tuple[Rows, Rows, str]] = {
    "a patient in two rows": (
        [*PATIENTS, PATIENT | {"MAF_Tumor_ID": "EA9"}], VARIANTS,
        r"CLIN.txt, column SUBJID: rows 2 and 6 have the same SUBJID; keep one row",
    ),
    "a tumour of two patients": (
        _changed(PATIENTS, 1, MAF_Tumor_ID="EA1"), VARIANTS, r"rows 2 and 3 have the same MAF_Tumor_ID",
    ),
    "an event that is neither 0 nor 1": (
        _changed(PATIENTS, 2, PFS_CNSR="2"), VARIANTS, r"column PFS_CNSR, row 4: '2' is not one of 0, 1",
    ),
    "a negative time": (
        _changed(PATIENTS, 0, OS="-1,5"), VARIANTS, r"column OS, row 2: '-1,5' is not a number from 0 to inf",
    ),
    "text where a time belongs": (
        _changed(PATIENTS, 0, OS="alive"), VARIANTS, r"column OS, row 2: 'alive' is not a number",
    ),
    "a new word for a response": (
        _changed(PATIENTS, 0, ORR="VGPR"), VARIANTS, r"column ORR, row 2: 'VGPR' is not one of CR, PR",
    ),
    "purity in percent": (
        _changed(PATIENTS, 0, Purity="33"), VARIANTS, r"column Purity, row 2: '33' is not a number from",
    ),
    "decimal points and commas": (
        _changed(PATIENTS, 1, ITH="0.5"), VARIANTS,
        r"has decimal points \(column ITH, row 3\) and decimal commas \(column Tumor_Shrinkage, row 2\)",
    ),
    "no treatment": (_changed(PATIENTS, 3, Arm="NA"), VARIANTS, r"column Arm, row 5: is missing"),
    "a patient without id": (_changed(PATIENTS, 3, SUBJID=""), VARIANTS, r"column SUBJID, row 5: is missing"),
    "a missing column": (
        [{k: v for k, v in row.items() if k != "OS_CNSR"} for row in PATIENTS], VARIANTS,
        r"has no column OS_CNSR",
    ),
    "no times": (
        [{k: v for k, v in row.items() if k != "PFS (months)"} for row in PATIENTS], VARIANTS,
        r"has no column PFS; keep the columns",
    ),
    "two genome builds": (
        PATIENTS, _changed(VARIANTS, 3, NCBI_Build="GRCh38"),
        r"SNV.txt, column NCBI_Build: row 3 is on GRCh37 and row 5 on GRCh38",
    ),
    "variants of other tumours": (
        PATIENTS, [VARIANT | {"Tumor_Sample_Barcode": "TCGA-1"}],
        r"SNV.txt: no Tumor_Sample_Barcode of the variants is a MAF_Tumor_ID",
    ),
}  # fmt: skip


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    def test_a_fault_is_one_line_with_file_and_row(self, tmp_path: Path, name: str) -> None:
        patients, variants, said = FAULTS[name]
        with pytest.raises(InputError, match=said) as caught:
            import_checkmate025(_folder(tmp_path / "c", patients, variants))
        assert "\n" not in str(caught.value)
        # A message may end in a log.
        assert not any(row["SUBJID"] in str(caught.value) for row in PATIENTS if row["SUBJID"])

    def test_a_row_that_lacks_a_cell_is_refused(self, tmp_path: Path) -> None:
        """Prevents: all that stands behind a missing cell read as the next column's."""
        folder = _folder(tmp_path / "c")
        text = (folder / "CLIN.txt").read_text().replace("EA2\tR1\tFemale", "EA2\tFemale")
        (folder / "CLIN.txt").write_text(text)
        with pytest.raises(InputError, match=r"CLIN\.txt, row 3: has 38 cells, and the header 39"):
            import_checkmate025(folder)

    def test_shuffled_columns_change_nothing(self, tmp_path: Path) -> None:
        mixed = [dict(sorted(row.items())) for row in PATIENTS]
        given = import_checkmate025(_folder(tmp_path / "a"))
        other = import_checkmate025(
            _folder(tmp_path / "b", mixed, [dict(sorted(v.items())) for v in VARIANTS])
        )
        pd.testing.assert_frame_equal(given.patients, other.patients)
        pd.testing.assert_frame_equal(given.variants, other.variants)

    def test_a_tumour_of_nobody_is_dropped_by_line_and_one_without_variants_is_unknown(
        self, tmp_path: Path
    ) -> None:
        """Prevents: a tumour that is missing from the variants as wild type for all genes."""
        variants = [*VARIANTS[:3], VARIANT | {"Tumor_Sample_Barcode": "OTHER"}]
        cohort = import_checkmate025(_folder(tmp_path / "c", variants=variants))
        lost = _lost(cohort)
        assert lost["tumour is of no SUBJID in the clinical table"] == "line 5"
        assert lost["tumour without any variant: genotype unknown (kept)"] == "RCC_251-T"
        assert cohort.profiled["sample_id"].tolist() == ["EA1", "EA2"]
        assert len(cohort.samples) == 3
        assert (cohort.sources[1].rows_in, cohort.sources[1].rows_out) == (4, 3)

    def test_an_unknown_time_is_a_named_loss(self, tmp_path: Path) -> None:
        patients = _changed(PATIENTS, 1, **{"PFS (months)": "NA"})
        cohort = import_checkmate025(_folder(tmp_path / "c", patients))
        assert _lost(cohort)["no time, or not whether the event happened"] == "PFS of line 3"
        assert len(cohort.outcomes) == 7

    def test_a_covariate_that_is_not_there_is_not_known(self, tmp_path: Path) -> None:
        patients = [{k: v for k, v in row.items() if k not in {"ITH", "Sex"}} for row in PATIENTS]
        cohort = import_checkmate025(_folder(tmp_path / "c", patients))
        assert cohort.patients[["ith", "sex"]].isna().all(axis=None)
        assert _lost(cohort)["not there: the covariate is not known"] == "Sex;ITH"

    @pytest.mark.parametrize("gone", ["CLIN.txt", "SNV.txt"])
    def test_a_missing_file_is_named(self, tmp_path: Path, gone: str) -> None:
        folder = _folder(tmp_path / "c")
        (folder / gone).unlink()
        with pytest.raises(InputError, match=rf"c: holds no {gone}"):
            import_checkmate025(folder)

    def test_an_absent_path_and_a_workbook_that_is_none(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file or folder"):
            import_checkmate025(tmp_path / "absent")
        (tmp_path / "x.xlsx").write_text("no workbook")
        with pytest.raises(InputError, match=r"x\.xlsx: is not a readable \.xlsx workbook"):
            import_checkmate025(tmp_path / "x.xlsx")

    def test_the_publishers_name_asks_for_the_publishers_file(self, tmp_path: Path) -> None:
        """Prevents: another version of the workbook under the name of the one that was checked."""
        path = _workbook(tmp_path / WORKBOOK)
        with pytest.raises(InputError, match="is not the expected file: its sha256 is"):
            import_checkmate025(path)
        assert OFFICIAL_URL.endswith(WORKBOOK)
        assert PINNED[WORKBOOK].algorithm == "sha256"

    def test_nothing_is_logged(self, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
        told: list[str] = []
        with caplog.at_level(logging.DEBUG):
            import_checkmate025(
                _folder(tmp_path / "c"), progress=lambda label, done, total: told.append(label)
            )
        assert "RCC25" not in caplog.text + "".join(told)


class TestSheets:
    def _book(self, path: Path, rows: Sequence[Sequence[object]], title: str = "S1 x") -> Path:
        book = openpyxl.Workbook()
        assert book.active is not None
        book.active.title = title
        for row in rows:
            book.active.append(row)
        book.save(path)
        return path

    def test_the_header_is_found_below_notes_and_rows_keep_their_numbers(self, tmp_path: Path) -> None:
        rows = [[], ["note"], ["B", "", "A"], ["", "", ""], ["x", "?", 64], ["NA", "?", 0.5, "beyond"]]
        table = read_sheet(self._book(tmp_path / "x.xlsx", rows), "S1", required=["A", "B"])
        assert table.index.tolist() == [5, 6]
        assert table["A"].tolist() == ["64", "0.5"]
        assert table["B"].tolist() == ["x", None]

    @pytest.mark.parametrize(
        ("rows", "title", "said"),
        [
            ([["A", "B"], [1, 2]], "S10", r"has no sheet S1 \(sheets: S10\)"),
            ([["A"], [1]], "S1", "no row among the first 20 has the columns A, B"),
            ([["A", "B", "A"], [1, 2, 3]], "S1", "sheet S1: column A stands twice"),
            ([["A", "B"]], "S1", "is an empty table"),
        ],
    )
    def test_a_bad_sheet(
        self, tmp_path: Path, rows: Sequence[Sequence[object]], title: str, said: str
    ) -> None:
        with pytest.raises(InputError, match=said):
            read_sheet(self._book(tmp_path / "x.xlsx", rows, title), "S1", required=["A", "B"])

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no such file"):
            read_sheet(tmp_path / "x.xlsx", "S1", required=["A"])


class TestWords:
    @given(st.text())
    def test_a_build_has_one_name(self, text: str) -> None:
        once = build_of(text)
        assert once is None or build_of(once) == once

    def test_builds_of_many_spellings(self) -> None:
        assert {build_of(text) for text in ("37", "hg19", "GRCh37", "GRCh37.p13", "GRCH37")} == {"GRCh37"}
        assert {build_of(text) for text in ("hg38", "38", "GRCh38.p12")} == {"GRCh38"}

    def test_dates_and_genes(self) -> None:
        """Prevents: SEPTIN9 or an antisense gene taken for a date."""
        dates = pd.Series(["9-Sep", "Sep-09", "1-Mar", "01-mars", "2020-09-09", "1-Dec", "15-sept"])
        genes = pd.Series(["SEPTIN9", "MARCHF1", "HLA-A", "DEC1", "NKX2-1", "MIR-1", "SEPT9", None])
        assert dated(dates).all()
        assert not dated(genes).any()


@pytest.fixture(scope="module")
def trial() -> Cohort:
    return import_cohort("checkmate025", path=REAL)


@pytest.mark.shared
@pytest.mark.skipif(not REAL.is_dir(), reason="no CheckMate 025 data beside the repository")
class TestTheTrial:
    def _median(self, trial: Cohort, treatment: str, endpoint: str) -> float:
        mine = trial.patients.loc[trial.patients["treatment"] == treatment, "patient_id"]
        rows = trial.outcomes[
            trial.outcomes["patient_id"].isin(mine) & (trial.outcomes["endpoint"] == endpoint)
        ]
        return float(SurvfuncRight(rows["time_months"], rows["event"]).quantile(0.5))

    def test_the_published_medians_come_out(self, trial: Cohort) -> None:
        """Prevents: censored and event exchanged (published: 4.4 and 19.6 months, response 5 %)."""
        assert self._median(trial, "everolimus", "PFS") == pytest.approx(4.60, abs=0.005)
        assert self._median(trial, "everolimus", "OS") == pytest.approx(19.68, abs=0.005)
        patients = trial.patients.query("treatment == 'everolimus'")
        assert float((patients["best_response"] == "CRPR").mean()) == pytest.approx(0.043, abs=0.0005)

    def test_the_arms_have_the_published_sizes(self, trial: Cohort) -> None:
        arms = trial.patients.groupby(["treatment", "trial"]).size()
        assert arms.to_dict() == {
            ("everolimus", "CM-025"): 397, ("nivolumab", "CM-025"): 406,
            ("nivolumab", "CM-010"): 168, ("nivolumab", "CM-009"): 35,
        }  # fmt: skip
        sequenced = trial.patients[trial.patients["patient_id"].isin(trial.samples["patient_id"])]
        assert sequenced["treatment"].value_counts().to_dict() == {"nivolumab": 261, "everolimus": 193}
        assert int(trial.patients.query("treatment == 'everolimus'")["ith"].notna().sum()) == 168
        assert int(trial.patients.query("treatment == 'everolimus'")["rna_angio"].notna().sum()) == 130
        biopsied = trial.patients.query("treatment == 'everolimus'")["days_from_biopsy"]
        assert biopsied.median() == 764

    def test_mtor_mutants_are_those_of_the_variants(self, trial: Cohort) -> None:
        changing = trial.variants.query(
            "gene == 'MTOR' and consequence != 'silent' and consequence != 'other'"
        )
        everolimus = trial.patients.query("treatment == 'everolimus'")["patient_id"]
        mine = trial.samples[trial.samples["patient_id"].isin(everolimus)]["sample_id"]
        assert changing["sample_id"].nunique() == 40
        assert changing[changing["sample_id"].isin(mine)]["sample_id"].nunique() == 17
        assert len(trial.variants) == 68_030

    def test_ith_is_subclonal_over_clonal(self, trial: Cohort) -> None:
        """What the docs say the column is, of the file's own calls of clonality."""
        table = pd.read_csv(REAL / "SNV.txt.gz", sep="\t", dtype=str)
        calls = table["mutation_clonality"].map({"subclonal": 0.0, "0": 0.0, "clonal": 1.0, "1": 1.0})
        counts = pd.crosstab(table["Tumor_Sample_Barcode"], calls)
        joined = trial.samples.merge(trial.patients, on="patient_id").set_index("sample_id")["ith"].dropna()
        np.testing.assert_allclose(joined, (counts[0.0] / counts[1.0])[joined.index].astype(float), rtol=1e-6)

    def test_it_survives_its_folder(self, trial: Cohort, tmp_path: Path) -> None:
        again = Cohort.read(trial.write(tmp_path / "c"))
        pd.testing.assert_frame_equal(trial.patients, again.patients)
        pd.testing.assert_frame_equal(trial.outcomes, again.outcomes)
