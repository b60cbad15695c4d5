"""A cBioPortal study folder as a Cohort: what is read, what is refused, what is left out and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import made_studies as made
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_studies import GENES, SAMPLES, files, maf, meta, mrna, table, variant, write, write_files
from made_study_faults import FAULTS, NO_MRNA, PANEL, changed, damaged

from features.builders import biallelic, copy_number
from features.builders.rank_normal import universe_symbols
from features.cells import genes_of_features
from features.cohort import Cohort
from features.errors import InputError
from features.matrix import build_matrix
from features.schemas import BEST_RESPONSES
from features.sources import import_cohort
from features.sources.cbioportal import import_cbioportal
from features.sources.cbioportal_codes import event_of
from features.sources.cbioportal_meta import StudyFile
from features.sources.cbioportal_patients import _RESPONSE_WORDS
from features.sources.cbioportal_scale import scale_of_words
from features.sources.entrez_ids import symbols_of
from features.sources.wide_matrix import read_wide

TAKEN = ["S1", "S2", "S3", "S4", "S5", "S6", "S7"]


def lost(cohort: Cohort) -> dict[str, list[str]]:
    """Reason -> names, of all losses."""
    rows = cohort.losses.groupby("reason", sort=False)["names"].agg(";".join)
    return {str(reason): names.split(";") for reason, names in rows.items()}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    return import_cohort("cbioportal", path=write(tmp_path_factory.mktemp("s")))


class TestAWholeStudy:
    def test_one_sample_a_patient_and_every_patient(self, study: Cohort) -> None:
        assert study.name == made.STUDY
        assert study.samples["sample_id"].tolist() == TAKEN
        assert study.samples["patient_id"].tolist() == [f"P{n}" for n in range(1, 8)]
        assert study.patients["patient_id"].tolist() == [f"P{n}" for n in range(1, 9)]
        reasons = lost(study)
        assert reasons["of normal tissue: left out"] == ["S7N"]
        assert reasons["another sample of the patient is taken (--samples primary): left out"] == ["S1M"]

    def test_what_is_known_of_a_sample(self, study: Cohort) -> None:
        first = study.samples.iloc[0]
        assert (first["lineage"], first["msi"], first["purity"]) == ("kidney", "MSS", 0.4)
        assert "(in percent)" in study.sources[0].version

    def test_treatment_and_response_are_in_our_words(self, study: Cohort) -> None:
        assert study.patients["treatment"].tolist() == ["sunitinib", "everolimus"] * 4
        assert study.patients["best_response"].tolist() == ["PD"] + ["SD"] * 7
        assert study.patients["age"].tolist() == [50.0 + n for n in range(8)]
        assert study.patients["sex"].tolist() == ["Male"] * 8

    def test_statuses_become_events_in_all_their_spellings(self, study: Cohort) -> None:
        """Prevents: DECEASED without its prefix lost, or a blank status taken as alive."""
        os_ = study.outcomes.query("endpoint == 'OS'").set_index("patient_id")
        assert os_["event"].to_dict() == {"P1": 1, "P2": 0, "P3": 1, "P4": 0, "P7": 0, "P8": 1}
        assert os_.loc["P1", "time_months"] == 10
        pfs = study.outcomes.query("endpoint == 'PFS'").set_index("patient_id")["event"]
        assert pfs.to_dict() == {"P1": 1, "P2": 0, "P3": 1, "P5": 0, "P7": 1}

    def test_wild_type_is_only_who_was_sequenced(self, study: Cohort) -> None:
        """Prevents: samples outside the case list of sequenced ones as wild type for every gene."""
        matrix = build_matrix(study, ["mutations"]).values
        assert matrix["mut.MTOR"].tolist()[:5] == [1.0, 0.0, 0.0, 0.0, 0.0]
        assert matrix["mut.MTOR"].isna().tolist()[5:] == [True, True]
        reason = "not in the list of sequenced samples: genotype unknown (kept)"
        assert lost(study)[reason] == ["S6", "S7"]

    def test_a_neutral_gene_has_no_row_and_is_neutral(self, study: Cohort) -> None:
        calls = study.copy_number.pivot(index="sample_id", columns="gene", values="call")
        assert calls.loc["S1"].dropna().to_dict() == {
            "MTOR": "deletion", "TSC1": "loss", "PTEN": "gain", "VHL": "amplification", "PIK3CA": "deletion",
            "KRAS": "loss",
        }  # fmt: skip
        values = build_matrix(study, ["copy_number"]).values
        assert values["cn.TSC2.deleted"].tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0]
        assert lost(study)["gene that no feature reads: not kept (--genes all)"] == ["NOGENE1"]

    def test_genes_that_features_read_are_those_kept_of_copy_number(self) -> None:
        """Prevents: a gene of a new copy-number feature dropped by the import."""
        read = {*copy_number.AMPLIFIED, *copy_number.DELETED, *biallelic.GENES}
        assert read <= genes_of_features()

    def test_rsem_is_a_logarithm_and_says_so(self, study: Cohort) -> None:
        assert study.expression_scale == "log2"
        assert study.expression.shape == (7, 5778)
        given_ = pd.read_csv(pd.io.common.StringIO(mrna()), sep="\t", index_col=0)
        np.testing.assert_allclose(
            study.expression["PTEN"], np.log2(given_.loc["PTEN", TAKEN].to_numpy(float) + 1), rtol=1e-6
        )
        said = next(s.version for s in study.sources if s.file == "data_mrna_seq_v2_rsem.txt")
        assert said == "RSEM, as log2(x + 1) (by meta_mrna_seq_v2_rsem.txt), 5,778 genes"
        reason = "another flavour of mRNA: not read (--mrna NAME takes it)"
        assert lost(study)[reason] == ["data_mrna_seq_v2_rsem_zscores.txt"]

    def test_proteins_are_read_without_a_guess_of_their_platform(self, study: Cohort, tmp_path: Path) -> None:
        assert study.proteins["platform"].isna().all()
        other = import_cbioportal(write(tmp_path), protein_platform="tcga_rppa")
        assert set(other.proteins["platform"]) == {"tcga_rppa"}
        scored = build_matrix(other, ["proteins"]).values
        assert scored["prot.s6_ps240_s244"].notna().tolist() == [True, True, True, *[False] * 4]

    def test_it_survives_its_folder(self, study: Cohort, tmp_path: Path) -> None:
        again = Cohort.read(study.write(tmp_path / "c"))
        pd.testing.assert_frame_equal(study.expression, again.expression)
        pd.testing.assert_frame_equal(study.outcomes, again.outcomes)


class TestForms:
    """The same study, written as other people write it."""

    def _same(self, study: Cohort, other: Cohort) -> None:
        for name, table_ in study.tables().items():
            if name not in {"losses"}:
                pd.testing.assert_frame_equal(table_, other.tables()[name], obj=name)

    @pytest.mark.parametrize(("mark", "newline"), [("\ufeff", "\r\n"), ("", "\r\n"), ("\ufeff", "\n")])
    def test_windows_line_ends_and_byte_order_marks(
        self, study: Cohort, tmp_path: Path, mark: str, newline: str
    ) -> None:
        for name, text in files().items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes((mark + text.replace("\n", newline)).encode())
        self._same(study, import_cbioportal(tmp_path))

    def test_shuffled_columns(self, study: Cohort, tmp_path: Path) -> None:
        """Prevents: the first column taken as the gene, and a sample's values as another's."""
        texts = files()
        for name, text in texts.items():
            if name.startswith("data_") and not name.startswith("data_rppa"):
                lines = [line for line in text.splitlines() if not line.startswith("#")]
                rows = [line.split("\t") for line in lines]
                order = np.random.default_rng(len(name)).permutation(len(rows[0]))
                texts[name] = table([[row[n] for n in order] for row in rows])
        other = import_cbioportal(write_files(tmp_path, texts))
        for name in ("samples", "patients"):
            columns = list(study.tables()[name].columns)
            pd.testing.assert_frame_equal(study.tables()[name], other.tables()[name][columns])
        assert sorted(map(tuple, study.outcomes.astype(str).to_numpy())) == sorted(
            map(tuple, other.outcomes.astype(str).to_numpy())
        )
        pd.testing.assert_frame_equal(study.variants, other.variants)
        pd.testing.assert_frame_equal(study.copy_number, other.copy_number)
        pd.testing.assert_frame_equal(study.expression, other.expression)

    def test_a_study_of_nothing_but_samples(self, tmp_path: Path) -> None:
        few = ("meta_study.txt", "meta_clinical_sample.txt", "data_clinical_sample.txt")
        cohort = import_cbioportal(write_files(tmp_path, {name: files()[name] for name in few}), name="few")
        assert cohort.name == "few"
        assert cohort.patients["patient_id"].tolist() == [f"P{n}" for n in range(1, 8)]
        assert cohort.outcomes.empty
        assert cohort.profiled.empty

    def test_meta_files_of_any_name_with_broken_lines_and_accents(self, tmp_path: Path) -> None:
        texts = files()
        texts["kirc_meta_mutations.txt"] = texts.pop("meta_mutations.txt").replace(
            "profile_name: Mutations",
            "profile_name:Mutations\nof the exome, see\nhttp://a.b/c\nhttp://a.b/d\n\n# a comment",
        )
        folder = write_files(tmp_path, texts)
        (folder / "meta_study.txt").write_bytes(
            texts["meta_study.txt"].replace("Made", "Mad\xe9").encode("latin-1")
        )
        assert len(import_cbioportal(folder).variants) == 4

    def test_what_is_not_read_is_named(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(
            write(
                tmp_path,
                meta_sv_txt=meta("STRUCTURAL_VARIANT", "SV", "data_sv.txt"),
                data_sv_txt="Sample_Id\n",
                data_clinical_supp_txt="PATIENT_ID\tX\nP1\t1\n",
            )
        )
        assert lost(cohort)["of a kind that is not read"] == ["data_sv.txt"]
        assert lost(cohort)["described by no meta file: not read"] == ["data_clinical_supp.txt"]


class TestFaults:
    @pytest.mark.parametrize("name", FAULTS)
    def test_a_fault_is_one_line_without_identifiers(self, tmp_path: Path, name: str) -> None:
        """Prevents: a traceback, a guess, or a patient's id in whatever keeps the message."""
        changes, options, said = FAULTS[name]
        folder = write(tmp_path, **changes)
        if "gene_ids" in options:
            options = options | {"gene_ids": folder / str(options["gene_ids"])}
        with pytest.raises(InputError) as caught:
            import_cbioportal(folder, **options)  # type: ignore[arg-type]
        message = str(caught.value).replace(str(tmp_path), "")
        assert said in message
        assert "\n" not in message
        assert not re.search(r"\b[SP]\d[MN]?\b", message)

    @settings(max_examples=40, derandomize=True)
    @given(seed=st.integers(0, 10_000))
    def test_any_damage_is_one_line_or_a_cohort(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int
    ) -> None:
        """Prevents: a traceback at a file that an editor, a spreadsheet or a lost connection broke."""
        texts: dict[str, str | None] = files() | {"data_mrna_seq_v2_rsem.txt": mrna(genes=GENES)}
        folder = write_files(tmp_path_factory.mktemp("d"), damaged(texts, seed))
        with suppress(InputError):
            import_cbioportal(folder)

    @pytest.mark.parametrize(
        ("where", "said"),
        [("absent", "no such folder; check the path"), ("meta_study.txt", "is no folder; unpack it")],
    )
    def test_a_path_that_is_no_study(self, tmp_path: Path, where: str, said: str) -> None:
        write(tmp_path)
        with pytest.raises(InputError, match=said):
            import_cbioportal(tmp_path / where)

    def test_the_folder_of_several_studies_names_one(self, tmp_path: Path) -> None:
        write(tmp_path / "kirc")
        with pytest.raises(InputError, match=r"give the folder of one study, such as .*kirc"):
            import_cbioportal(tmp_path)

    def test_nothing_of_the_right_kind_is_a_fault_of_its_own(self, tmp_path: Path) -> None:
        blank = mrna(np.full((3, 9), np.nan), GENES[:3]).replace("nan", "NA")
        with pytest.raises(InputError, match=r"rsem\.txt: has no value of any sample"):
            import_cbioportal(write(tmp_path / "a", data_mrna_seq_v2_rsem_txt=blank))
        text = table([("Hugo_Symbol", *SAMPLES), ("NOGENE1", *([1] * 9))])
        with pytest.raises(InputError, match="has no value of any gene that is read; use --genes all"):
            import_cbioportal(write(tmp_path / "b", data_cna_txt=text))
        kind = meta("GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX", "data_gene_panel_matrix.txt")
        matrix = table([("SAMPLE_ID", "mutations"), ("S1", "WES")])
        with pytest.raises(InputError, match="has several gene panel matrices"):
            import_cbioportal(
                write(tmp_path / "c", meta_a_txt=kind, meta_b_txt=kind, data_gene_panel_matrix_txt=matrix)
            )

    def test_a_table_that_is_no_text(self, tmp_path: Path) -> None:
        folder = write(tmp_path)
        (folder / "data_cna.txt").write_bytes(b"Hugo_Symbol\tS1\nMTOR\t\xff\xfe\n" * 3)
        with pytest.raises(InputError, match=r"data_cna\.txt: cannot be read as a table"):
            import_cbioportal(folder)


class TestClinical:
    @given(st.sampled_from("01"), st.text(max_size=20))
    def test_a_prefix_rules_unless_its_word_denies_it(self, digit: str, word: str) -> None:
        found = event_of(f"{digit}:{word}")
        by_word = event_of(word)
        if by_word is None or str(by_word) == digit:
            assert found == int(digit)
        elif not re.match(r"[01]\s*:", word.strip()):
            assert found is None

    @given(st.text())
    def test_any_text_is_an_event_or_none(self, text: str) -> None:
        assert event_of(text) in (0, 1, None)

    def test_statuses_of_the_wild(self) -> None:
        ones = ("1:DEAD WITH TUMOR", "Recurred/Progressed", "1: PROGRESSION", "1:", "1", "1:anything")
        zeros = ("0:ALIVE OR DEAD TUMOR FREE", "DiseaseFree", "0:CENSORED", " LIVING ", "0:Not progressed")
        assert [event_of(word) for word in ones] == [1] * len(ones)
        assert [event_of(word) for word in zeros] == [0] * len(zeros)

    def test_our_words_of_responses_are_in_the_vocabulary(self) -> None:
        assert set(_RESPONSE_WORDS.values()) == set(BEST_RESPONSES)

    def test_a_time_below_zero_and_a_half_pair_are_named(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(
            write(tmp_path, **changed("data_clinical_patient_txt", ("1:DECEASED\t10", "1:DECEASED\t-0.5")))
        )
        assert lost(cohort)["OS: a time below 0 months: left out"] == ["line 6"]
        reason = "OS: months without status, or status without months: left out"
        assert lost(cohort)[reason] == ["line 10"]
        assert "P1" not in set(cohort.outcomes.query("endpoint == 'OS'")["patient_id"])

    def test_a_patient_of_samples_alone_is_kept_and_named(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(
            write(tmp_path, **changed("data_clinical_sample_txt", ("P3\tS3", "P9\tS3")))
        )
        reason = "has samples but no row in the table of patients (kept)"
        assert lost(cohort)[reason] == ["P9"]
        assert pd.isna(cohort.patients.set_index("patient_id")["age"]["P9"])

    def test_words_that_are_none_of_ours_are_named(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(
            write(
                tmp_path,
                **changed("data_clinical_patient_txt", ("sunitinib\tPD", "sunitinib\tgood")),
                **changed("data_clinical_sample_txt", ("CCRCC\t42\tStable", "NIRVANA\t42\tDo not report")),
                **changed("meta_study_txt", ("ccrcc", "mixed")),
            )
        )
        assert lost(cohort)["BEST_RESPONSE is no word of RECIST: best response not known (kept)"] == ["good"]
        assert lost(cohort)["MSI_TYPE says no class: MSI not known (kept)"] == ["Do not report"]
        assert lost(cohort)["cancer type that is no lineage of ours: not known (kept)"] == ["NIRVANA"]
        second = cohort.samples.set_index("sample_id").loc["S2"]
        assert pd.isna(second["lineage"])
        assert pd.isna(second["msi"])

    def test_the_studys_cancer_is_the_lineage_of_samples_without_one(self, tmp_path: Path) -> None:
        text = files()["data_clinical_sample.txt"].replace("ONCOTREE_CODE", "STAGE")
        cohort = import_cbioportal(write(tmp_path, data_clinical_sample_txt=text))
        assert set(cohort.samples["lineage"]) == {"kidney"}
        assert "lineage of type_of_cancer" in cohort.sources[0].version

    def test_a_purity_beyond_is_named_and_a_text_refused(self, tmp_path: Path) -> None:
        change = changed("data_clinical_sample_txt", ("CCRCC\t42", "CCRCC\t4200"))
        cohort = import_cbioportal(write(tmp_path / "a", **change))
        assert lost(cohort)["TUMOR_PURITY is not from 0 to 1: not known (kept)"] == ["line 8: 42"]
        change = changed("data_clinical_sample_txt", ("CCRCC\t42", "CCRCC\thigh"))
        with pytest.raises(InputError, match="column TUMOR_PURITY, row 8: 'high' is not a number"):
            import_cbioportal(write(tmp_path / "b", **change))

    def test_fractions_stay_fractions(self, tmp_path: Path) -> None:
        text = re.sub(r"CCRCC\t(\d+)", r"CCRCC\t0.\1", files()["data_clinical_sample.txt"])
        cohort = import_cbioportal(write(tmp_path, data_clinical_sample_txt=text))
        assert cohort.samples["purity"].tolist()[0] == 0.40

    def test_other_columns_are_kept_as_numbers_or_words_without_taking_our_names(
        self, tmp_path: Path
    ) -> None:
        text = files()["data_clinical_patient.txt"]
        text = text.replace("\tBest\n", "\tBest\tT\tG\tE\n").replace(
            "BEST_RESPONSE\n", "BEST_RESPONSE\tTREATMENT\tGRADE\tEMPTY\n"
        )
        rows = text.splitlines()
        rows = [
            f"{row}\tnone of it\tG{n}\tNA" if row.startswith("P") and n > 4 else row
            for n, row in enumerate(rows)
        ]
        cohort = import_cbioportal(
            write(tmp_path, data_clinical_patient_txt="\n".join(rows) + "\n"), treatment_column="arm"
        )
        assert cohort.patients["treatment"].tolist() == ["sunitinib", "everolimus"] * 4
        assert cohort.patients["treatment_as_given"].tolist() == ["none of it"] * 8
        assert cohort.patients["grade"].tolist()[0] == "G5"
        assert "EMPTY" in lost(cohort)["no value in any row"]

    def test_a_treatment_of_samples_counts_where_they_agree(self, tmp_path: Path) -> None:
        text = (
            files()["data_clinical_sample.txt"]
            .replace("MSI_TYPE", "DRUGS")
            .replace("S1M\tMetastasis\tCCRCC\t41\tStable", "S1M\tMetastasis\tCCRCC\t41\tother")
        )
        cohort = import_cbioportal(write(tmp_path, data_clinical_sample_txt=text), treatment_column="drugs")
        treated = cohort.patients.set_index("patient_id")["treatment"]
        assert treated["P2"] == "Stable"
        assert pd.isna(treated["P1"])
        assert lost(cohort)["samples of a patient differ in DRUGS: not known (kept)"] == ["P1"]


class TestSeveralSamples:
    _EVENTS = table(
        [
            ("PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE", "SAMPLE_ID", "AGENT"),
            ("P1", 0, "", "SPECIMEN", "S1", ""),
            ("P1", 900, "", "SEQUENCING", "S1", ""),
            ("P1", 400, "", "Sample Acquisition", "S1M", ""),
            ("P2", 10, 90, "TREATMENT", "", "Everolimus, Exemestane"),
            ("P3", 10, 90, "Treatment", "", "Temsirolimus"),
            ("P3", 100, 190, "Treatment", "", "RAD001"),
            ("P4", 10, 90, "TREATMENT", "", "Sunitinib"),
        ]
    )

    def _with_timeline(self, folder: Path, **more: str | None) -> Path:
        return write(
            folder,
            meta_timeline_txt=meta("CLINICAL", "TIMELINE", "data_timeline.txt"),
            data_timeline_txt=self._EVENTS,
            **more,
        )

    def test_the_latest_is_the_one_taken_last_not_sequenced_last(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(self._with_timeline(tmp_path), samples="latest")
        assert cohort.samples["sample_id"].tolist() == ["S1M", *TAKEN[1:]]
        assert lost(cohort)["another sample of the patient is taken (--samples latest): left out"] == ["S1"]
        assert cohort.variants["sample_id"].tolist()[0] == "S1M"

    def test_the_old_name_of_the_sample_column(self, tmp_path: Path) -> None:
        folder = self._with_timeline(tmp_path)
        path = folder / "data_timeline.txt"
        path.write_text(path.read_text().replace("SAMPLE_ID", "SPECIMEN_REFERENCE_NUMBER"))
        assert "S1M" in set(import_cbioportal(folder, samples="latest").samples["sample_id"])

    def test_all_are_taken_but_for_normal_tissue(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(write(tmp_path), samples="all")
        assert cohort.samples["sample_id"].tolist() == ["S1", "S1M", *TAKEN[1:]]
        assert cohort.samples["patient_id"].tolist()[:2] == ["P1", "P1"]
        assert "--samples all" in cohort.sources[0].version

    def test_without_a_primary_the_first_is_taken_and_named(self, tmp_path: Path) -> None:
        change = changed("data_clinical_sample_txt", ("S1\tPrimary", "S1\tRecurrence"))
        cohort = import_cbioportal(write(tmp_path, **change))
        reason = "no primary tumour among several samples of a patient: the first is taken (kept)"
        assert lost(cohort)[reason] == ["S1"]

    def test_the_timeline_says_who_was_given_one_of_our_inhibitors(self, tmp_path: Path) -> None:
        """Prevents: an outcome after two inhibitors laid to one of them."""
        text = files()["data_clinical_patient.txt"].replace("\tARM\t", "\tGROUP\t")
        cohort = import_cbioportal(self._with_timeline(tmp_path, data_clinical_patient_txt=text))
        treated = cohort.patients.set_index("patient_id")["treatment"].dropna()
        assert treated.to_dict() == {"P2": "everolimus"}
        reason = "the timeline has several of our inhibitors: treatment not known (kept)"
        assert lost(cohort)[reason] == ["P3"]


class TestVariants:
    def test_what_is_not_somatic_is_left_out_and_named(self, tmp_path: Path) -> None:
        text = maf(
            *made.VARIANTS,
            variant("S2", "KRAS", Mutation_Status="Germline", Start_Position=20),
            variant("S2", "KRAS", Mutation_Status="LOH", Start_Position=21),
            variant("S2", "KRAS", Mutation_Status="UNCALLED", Start_Position=22),
            variant("S2", "KRAS", Mutation_Status="Unknown", Start_Position=23),
        )
        cohort = import_cbioportal(write(tmp_path, data_mutations_txt=text))
        assert cohort.variants.query("gene == 'KRAS'")["variant_id"].tolist() == ["1:23:G>T"]
        reasons = lost(cohort)
        assert reasons["germline variant: left out"] == ["line 7"]
        assert reasons["no variant by its Mutation_Status: left out"] == ["line 8"]
        assert reasons["uncalled variant: left out"] == ["line 9"]

    def test_a_variant_on_two_lines_counts_once(self, tmp_path: Path) -> None:
        """Prevents: a variant of two transcripts that refuses the study, or counts twice in MATH."""
        text = maf(*made.VARIANTS, variant("S1", HGVSp_Short="p.S2216Y", t_alt_count=15))
        cohort = import_cbioportal(write(tmp_path, data_mutations_txt=text))
        assert cohort.variants.query("gene == 'MTOR'")["protein_change"].tolist() == ["p.S2215Y"]
        assert lost(cohort)["the same variant of a sample on an earlier line: left out"] == ["line 7"]

    def test_strangers_and_full_barcodes(self, tmp_path: Path) -> None:
        ids = {"S2": "TCGA-A1-0002-01", "P2": "TCGA-A1-0002"}
        texts = files()
        texts["data_clinical_sample.txt"] = texts["data_clinical_sample.txt"].replace(
            "P2\tS2", f"P2\t{ids['S2']}"
        )
        texts["data_mutations.txt"] = maf(
            *[v for v in made.VARIANTS if v["Tumor_Sample_Barcode"] != "S2"],
            variant("TCGA-A1-0002-01A-11D-A036-09", "TSC1", Start_Position=5),
            variant("STRANGER", Start_Position=6),
        )
        cohort = import_cbioportal(write_files(tmp_path, texts))
        assert cohort.variants.query("gene == 'TSC1'")["sample_id"].tolist() == [ids["S2"]]
        assert lost(cohort)["of a sample without a row in the clinical table: left out"] == ["line 7"]
        reason = "has variants but is not in the list of sequenced samples (kept)"
        assert lost(cohort)[reason] == [ids["S2"]]

    def test_cancer_cell_fractions_of_facets(self, tmp_path: Path) -> None:
        rows = [v | {"ASCN.CCF_EXPECTED_COPIES": 0.8} for v in made.VARIANTS]
        cohort = import_cbioportal(write(tmp_path, data_mutations_txt=maf(*rows)))
        assert cohort.variants["ccf"].tolist() == [0.8] * 4

    def test_a_gene_without_a_symbol_is_found_by_its_id(self, tmp_path: Path) -> None:
        text = maf(*made.VARIANTS, variant("S2", "", Entrez_Gene_Id=6, Start_Position=30),
                   variant("S2", "", Entrez_Gene_Id=77, Start_Position=31))  # fmt: skip
        text = text.replace("KRAS", "KRAS")
        cohort = import_cbioportal(
            write(tmp_path, data_mutations_txt=text, ids_txt="Entrez_Gene_Id\tHugo_Symbol\n6\tPIK3CA\n"),
            gene_ids=tmp_path / "ids.txt",
        )
        assert cohort.variants.query("gene == 'PIK3CA'")["sample_id"].tolist() == ["S2"]
        assert lost(cohort)["no gene symbol: left out"] == ["line 8"]

    def test_without_a_list_only_carriers_are_known(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(write(tmp_path, case_lists__cases_sequenced_txt=None))
        sequenced = cohort.profiled.query("modality == 'variants'")["sample_id"]
        assert sequenced.tolist() == ["S1", "S2", "S3", "S4"]
        reason = "in no list of sequenced samples and without a variant: genotype unknown (kept)"
        assert lost(cohort)[reason] == ["S5", "S6", "S7"]

    def test_a_list_is_known_by_its_category_too(self, tmp_path: Path) -> None:
        text = files()["case_lists/cases_sequenced.txt"].replace("_sequenced", "_exomes")
        text += "case_list_category: all_cases_with_mutation_data\n"
        cohort = import_cbioportal(write(tmp_path, case_lists__cases_sequenced_txt=text))
        assert cohort.profiled.query("modality == 'variants'")["sample_id"].tolist() == TAKEN[:5]


class TestGenePanels:
    def _matrix(self, rows: list[tuple[str, str]]) -> dict[str, str | None]:
        return {
            "meta_gene_panel_matrix_txt": meta(
                "GENE_PANEL_MATRIX", "GENE_PANEL_MATRIX", "data_gene_panel_matrix.txt"
            ),
            "data_gene_panel_matrix_txt": table(
                [("SAMPLE_ID", "mutations", "gistic"), *((*r, "NA") for r in rows)]
            ),
        }

    def test_each_sample_is_wild_type_in_its_own_panel_alone(self, tmp_path: Path) -> None:
        """Prevents: genes outside a panel as wild type, and a panel of one sample taken for all."""
        rows = [("S1", "IMPACT3"), ("S2", "WES"), ("S3", "IMPACT3"), ("S4", "NA"), ("S5", "IMPACT3")]
        cohort = import_cbioportal(write(tmp_path, gene_panel_a_txt=PANEL, **self._matrix(rows)))
        panels = cohort.profiled.query("modality == 'variants'").set_index("sample_id")["panel"]
        assert panels.to_dict() == {
            "S1": "IMPACT3", "S2": "exome", "S3": "IMPACT3", "S4": "exome", "S5": "IMPACT3",
        }  # fmt: skip
        assert cohort.panels.query("panel == 'IMPACT3'")["gene"].tolist() == ["BHLHE40", "MTOR", "TSC1"]
        values = build_matrix(cohort, ["mutations"]).values
        assert values["mut.MTOR"].tolist()[:5] == [1, 0, 0, 0, 0]
        assert values["mut.TP53"].isna().tolist()[:5] == [True, False, True, False, True]
        assert lost(cohort)["in a gene outside the sample's panel: left out"] == ["line 6: VHL"]
        reason = "sequenced, and NA in the matrix of gene panels: taken as the exome (kept)"
        assert lost(cohort)[reason] == ["S4"]

    def test_the_panel_of_the_meta_file_is_all_samples(self, tmp_path: Path) -> None:
        change = changed("meta_mutations_txt", ("stable_id", "gene_panel: IMPACT3\nstable_id"))
        elsewhere = tmp_path / "panels"
        elsewhere.mkdir()
        (elsewhere / "my_panel.txt").write_text(PANEL)
        cohort = import_cbioportal(write(tmp_path / "s", **change), gene_panels=elsewhere)
        assert set(cohort.profiled.query("modality == 'variants'")["panel"]) == {"IMPACT3"}
        again = import_cbioportal(tmp_path / "s", gene_panels=elsewhere / "my_panel.txt")
        pd.testing.assert_frame_equal(cohort.panels, again.panels)

    def test_a_matrix_of_other_profiles_says_nothing_of_variants(self, tmp_path: Path) -> None:
        changes = self._matrix([("S1", "IMPACT3")])
        text = str(changes["data_gene_panel_matrix_txt"]).replace("mutations", "structural_variants")
        cohort = import_cbioportal(write(tmp_path, **changes | {"data_gene_panel_matrix_txt": text}))
        assert set(cohort.profiled.query("modality == 'variants'")["panel"]) == {"exome"}

    def test_a_stated_panel_goes_before_all(self, tmp_path: Path) -> None:
        (tmp_path / "mine.txt").write_text("MTOR\nTSC1\nVHL\nTP53\n")
        cohort = import_cbioportal(write(tmp_path / "s"), panel=tmp_path / "mine.txt")
        assert set(cohort.profiled.query("modality == 'variants'")["panel"]) == {"mine"}
        exome = import_cbioportal(
            write(tmp_path / "t", **changed("meta_mutations_txt", ("whole exome", "deep"))), panel="exome"
        )
        assert set(exome.profiled.query("modality == 'variants'")["panel"]) == {"exome"}

    def test_a_sample_twice_in_the_matrix_is_refused_by_row(self, tmp_path: Path) -> None:
        with pytest.raises(
            InputError, match=r"data_gene_panel_matrix\.txt: rows 2 and 3 are of the same sample"
        ):
            import_cbioportal(write(tmp_path, **self._matrix([("S1", "WES"), ("S1", "WES")])))


class TestCopyNumber:
    def _import(self, folder: Path, datatype: str, text: str, **options: str) -> Cohort:
        kind = meta("COPY_NUMBER_ALTERATION", datatype, "data_cna.txt", stable_id="gistic")
        return import_cbioportal(write(folder, meta_cna_txt=kind, data_cna_txt=text), **options)  # type: ignore[arg-type]

    def test_long_and_wide_say_the_same(self, study: Cohort, tmp_path: Path) -> None:
        lines = [line.split("\t") for line in files()["data_cna.txt"].splitlines()]
        rows = [
            (line[0], line[1], sample, value)
            for line in lines[1:]
            for sample, value in zip(lines[0][2:], line[2:], strict=True)
        ]
        text = table([("Hugo_Symbol", "Entrez_Gene_Id", "Sample_Id", "Value"), *rows])
        cohort = self._import(tmp_path, "DISCRETE_LONG", text)
        order = ["sample_id", "gene"]
        pd.testing.assert_frame_equal(
            study.copy_number.sort_values(order, ignore_index=True),
            cohort.copy_number.sort_values(order, ignore_index=True),
        )
        features = [build_matrix(each, ["copy_number"]).values for each in (study, cohort)]
        pd.testing.assert_frame_equal(*features)

    def test_long_faults_and_losses(self, tmp_path: Path) -> None:
        head = ("Hugo_Symbol", "Sample_Id", "Value")
        rows = [("PTEN", "S1", -2), ("PTEN", "S1", 1), ("PTEN", "X", 1), ("", "S2", 1), ("TSC1", "S1M", 1),
                ("BHLHB2", "S2", -1.5), ("NOGENE", "S2", 2), ("PTEN", "S3", "NA")]  # fmt: skip
        cohort = self._import(tmp_path / "a", "DISCRETE_LONG", table([head, *rows]))
        assert cohort.copy_number[["sample_id", "gene", "call"]].to_numpy().tolist() == [
            ["S1", "PTEN", "deletion"], ["S2", "BHLHE40", "loss"],
        ]  # fmt: skip
        reasons = lost(cohort)
        assert reasons["the same gene of a sample on an earlier line: left out"] == ["line 3"]
        assert reasons["row without a gene symbol: left out"] == ["line 5"]
        assert "S3" in reasons["sample without copy number: not known (kept)"]
        assert sorted(reasons["gene that no feature reads: not kept (--genes all)"]) == ["NOGENE"]
        whole = self._import(tmp_path / "b", "DISCRETE_LONG", table([head, *rows]), genes="all")
        assert whole.copy_number.set_index("gene")["call"].to_dict() == {
            "PTEN": "deletion", "BHLHE40": "loss", "NOGENE": "amplification",
        }  # fmt: skip
        with pytest.raises(InputError, match="column Value, row 2: 'x' is no call from -2 to 2"):
            self._import(tmp_path / "c", "DISCRETE_LONG", table([head, ("PTEN", "S1", "x")]))
        text = table([("Entrez_Gene_Id", "Sample_Id", "Value"), (99, "S1", 1)])
        with pytest.raises(InputError, match="names genes by Entrez_Gene_Id alone"):
            self._import(tmp_path / "d", "DISCRETE_LONG", text)

    def test_a_long_table_of_a_panel(self, tmp_path: Path) -> None:
        """Prevents: a gene of the panel without a row as unknown, where the panel was looked at."""
        kind = meta(
            "COPY_NUMBER_ALTERATION", "DISCRETE_LONG", "data_cna.txt", stable_id="cna", gene_panel="IMPACT3"
        )
        text = table([("Hugo_Symbol", "Sample_Id", "Value"), ("TSC1", "S1", -2), ("PTEN", "S1", -2)])
        cohort = import_cbioportal(
            write(tmp_path, meta_cna_txt=kind, data_cna_txt=text, gene_panel_txt=PANEL)
        )
        values = build_matrix(cohort, ["copy_number"]).values
        assert values["cn.TSC1.deleted"].tolist()[:3] == [1.0, 0.0, 0.0]
        assert values["cn.PTEN.deleted"].isna().all()
        assert lost(cohort)["in a gene outside the sample's panel: left out"] == ["line 3"]

    def test_log2_ratios(self, tmp_path: Path) -> None:
        rows = [("PTEN", *([-1.4] * 9)), ("MTOR", *([0.1] * 9))]
        cohort = self._import(tmp_path / "a", "LOG2-VALUE", table([("Hugo_Symbol", *SAMPLES), *rows]))
        assert cohort.copy_number["log2_ratio"].tolist()[:2] == pytest.approx([-1.4, 0.1])
        assert build_matrix(cohort, ["copy_number"]).values["cn.PTEN.deleted"].tolist() == [1.0] * 7
        with pytest.raises(InputError, match="7 values are no log2 ratio, such as 250"):
            self._import(
                tmp_path / "b", "LOG2-VALUE", table([("Hugo_Symbol", *SAMPLES), ("PTEN", *([250] * 9))])
            )

    def test_a_missing_value_is_unknown_in_its_sample(self, tmp_path: Path) -> None:
        text = table([("Hugo_Symbol", *SAMPLES), ("PTEN", "NA", *([0] * 8)), ("MTOR", *([0] * 9)),
                      ("TSC1", *(["-1.5"] * 9))])  # fmt: skip
        cohort = self._import(tmp_path, "DISCRETE", text)
        assert build_matrix(cohort, ["copy_number"]).values["cn.PTEN.deleted"].isna().tolist() == [
            True,
            *[False] * 6,
        ]
        reason = "gene with calls of -1.5, a deletion that is not sure: read as loss (kept)"
        assert lost(cohort)[reason] == ["TSC1"]

    def test_relative_linear_values_are_named_and_not_read(self, tmp_path: Path) -> None:
        cohort = self._import(tmp_path, "CONTINUOUS", files()["data_cna.txt"])
        assert cohort.copy_number.empty
        assert lost(cohort)["another flavour of copy number: not read"] == ["data_cna.txt"]

    def test_segments(self, tmp_path: Path) -> None:
        row = "\t1\t1\t90\t9\t"
        seg = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
        cohort = import_cbioportal(
            write(
                tmp_path,
                meta_seg_txt=meta("COPY_NUMBER_ALTERATION", "SEG", "data_cna_hg19.seg"),
                **{"data_cna_hg19.seg": f"{seg}S1{row}0.1\nX{row}0.1\nS1M{row}0.2\n"},
            )
        )
        assert cohort.segments[["sample_id", "log2_ratio"]].to_numpy().tolist() == [["S1", 0.1]]
        assert "X" in lost(cohort)["sample without a row in the clinical table: left out"]


def _flavour(
    words: str, datatype: str = "CONTINUOUS", stable_id: str = "x", file: str = "d.txt"
) -> StudyFile:
    fields = {"datatype": datatype, "stable_id": stable_id, "profile_name": words}
    return StudyFile(Path("meta.txt"), fields, Path(file))


class TestExpression:
    @pytest.mark.parametrize(
        ("file", "scale"),
        [
            (_flavour("mRNA expression (RNA Seq V2 RSEM)"), ("log2", "log2p1")),
            (
                _flavour("mRNA expression, RSEM (Batch normalized from Illumina HiSeq_RNASeqV2)"),
                ("log2", "log2p1"),
            ),
            (_flavour("mRNA expression (RNA Seq TPM)"), ("tpm", "none")),
            (_flavour("Expression levels", stable_id="mrna_seq_tpm"), ("tpm", "none")),
            (_flavour("RNA Gene Expression Log2TPM [Continuous]"), ("log2", "none")),
            (_flavour("Log2 FPKM values RNA-seq data"), ("log2", "none")),
            (_flavour("mRNA Expression (RNA-Seq FPKM)"), ("tpm", "per_million")),
            (_flavour("expression", file="data_mrna_seq_rpkm.txt"), ("tpm", "per_million")),
            (_flavour("mRNA expression (RNA Seq CPM)"), ("log2", "log2p1")),
            (_flavour("raw read counts (HTSeq)"), ("counts", "none")),
            (_flavour("mRNA expression (U133 microarray, RMA)"), ("rma", "none")),
            (_flavour("mRNA z-Scores (RNA Seq V2 RSEM)", "Z-SCORE"), ("log_ratio", "none")),
            (_flavour("log2 ratio to a reference RNA"), ("log_ratio", "none")),
            (_flavour("Expression levels (Agilent microarray) of a catalogue"), (None, "none")),
        ],
    )
    def test_the_meta_file_says_the_scale(self, file: StudyFile, scale: tuple[str | None, str]) -> None:
        found = scale_of_words(file)
        assert (found.scale, found.change) == scale

    def _import(self, folder: Path, text: str, words: str, **options: object) -> Cohort:
        kind = meta("MRNA_EXPRESSION", "CONTINUOUS", "data_mrna.txt", stable_id="x", profile_name=words)
        texts = {**NO_MRNA, "meta_mrna_txt": kind, "data_mrna_txt": text}
        return import_cbioportal(write(folder, **texts), **options)  # type: ignore[arg-type]

    def test_fpkm_becomes_tpm_and_ranks_stay(self, tmp_path: Path) -> None:
        cohort = self._import(tmp_path, mrna(), "mRNA (FPKM)")
        assert cohort.expression_scale == "tpm"
        np.testing.assert_allclose(cohort.expression.sum(axis=1), 1e6, rtol=1e-4)

    def test_fpkm_of_nothing_is_refused(self, tmp_path: Path) -> None:
        values = np.full((5778, 9), 40.0)
        values[:, 2] = 0
        with pytest.raises(InputError, match="all values of a sample are 0"):
            self._import(tmp_path, mrna(values), "mRNA (FPKM)")

    def test_a_sample_without_any_value_is_named(self, tmp_path: Path) -> None:
        values = np.full((5778, 9), 40.0)
        values[:, 2] = np.nan
        cohort = self._import(tmp_path, mrna(values).replace("nan", "NA"), "mRNA (TPM)")
        assert lost(cohort)["sample without any value: left out"] == ["S2"]
        assert "S2" not in cohort.expression.index

    def test_rsem_below_zero_is_zero_and_its_genes_are_named(self, tmp_path: Path) -> None:
        """Prevents: NaN for what the correction of batches pushed below 0 (TCGA PanCancer Atlas)."""
        text = mrna() + "EXTRA1\t9\t" + "\t".join(["-2.5"] * 9) + "\n"
        cohort = self._import(tmp_path, text, "RSEM (batch normalized)")
        assert cohort.expression["EXTRA1"].tolist() == [0.0] * 7
        assert lost(cohort)["gene with RSEM below 0, which is taken as 0 (kept)"] == ["EXTRA1"]

    def test_values_decide_where_the_words_do_not(self, tmp_path: Path) -> None:
        logs = np.random.default_rng(2).normal(7, 2, size=(5778, 9)).clip(0.1).round(3)
        cohort = self._import(tmp_path / "a", mrna(logs), "mRNA expression (microarray)")
        assert cohort.expression_scale == "log2"
        assert "recognised" in cohort.sources[4].version
        cohort = self._import(tmp_path / "b", mrna(logs), "RSEM", expression_scale="log2")
        assert "(stated)" in cohort.sources[4].version
        ratios = np.random.default_rng(2).normal(0, 1, size=(5778, 9)).round(3)
        with pytest.raises(InputError, match="may be log2, ratios or scores; state it"):
            self._import(tmp_path / "c", mrna(ratios), "mRNA expression (microarray)")

    @pytest.mark.parametrize(
        ("words", "low", "said"),
        [
            ("TPM", -1.0, "is said to be tpm"), ("log2 TPM", 0.0, "is said to be log2 tpm"),
            ("z-scores", 0.5, "no ratio is below 0"),
        ],
    )  # fmt: skip
    def test_values_that_contradict_the_words_are_refused(
        self, tmp_path: Path, words: str, low: float, said: str
    ) -> None:
        values = np.full((5778, 9), 900.0)
        values[0] = low
        with pytest.raises(InputError, match=said):
            self._import(tmp_path, mrna(values), words)

    def test_z_scores_are_ratios_which_no_feature_takes_without_a_reference(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(write(tmp_path), mrna="rna_seq_v2_mrna_median_all_sample_Zscores")
        assert cohort.expression_scale == "log_ratio"
        with pytest.raises(InputError, match="log_ratio has no order of abundance"):
            build_matrix(cohort, ["expression"])

    def test_z_scores_are_taken_where_there_is_nothing_else(self, tmp_path: Path) -> None:
        cohort = import_cbioportal(
            write(tmp_path, meta_mrna_seq_v2_rsem_txt=None, data_mrna_seq_v2_rsem_txt=None)
        )
        assert cohort.expression_scale == "log_ratio"
        assert "z-scores, as log_ratio" in cohort.sources[4].version

    def test_normal_tissue_and_micro_rna_are_never_taken(self, tmp_path: Path) -> None:
        kind = files()["meta_mrna_seq_v2_rsem.txt"]
        cohort = import_cbioportal(
            write(
                tmp_path,
                meta_mrna_a_txt=kind.replace("RSEM", "TPM of normal samples").replace("v2_mrna", "normals"),
                meta_mrna_b_txt=kind.replace("rna_seq_v2_mrna", "mirna"),
            )
        )
        assert "RSEM, as log2" in cohort.sources[4].version

    def test_symbols_of_ids_come_from_the_studys_other_files(self, study: Cohort, tmp_path: Path) -> None:
        """Prevents: the form that cBioPortal recommends, ids alone, refused where another table has both."""
        cut = "\n".join(line.split("\t", 1)[1] for line in mrna().splitlines()) + "\n"
        cna = table(
            [("Hugo_Symbol", "Entrez_Gene_Id", *SAMPLES)]
            + [(gene, n + 1, *([0] * 9)) for n, gene in enumerate(universe_symbols())]
        )
        texts = {"data_mrna_seq_v2_rsem_txt": cut, "data_cna_txt": cna, "data_mutations_txt": None,
                 "meta_mutations_txt": None}  # fmt: skip
        cohort = import_cbioportal(write(tmp_path / "a", **texts))
        pd.testing.assert_frame_equal(study.expression, cohort.expression)
        ids = table(
            [("Entrez_Gene_Id", "Hugo_Symbol"), *((n + 1, g) for n, g in enumerate(universe_symbols()))]
        )
        (tmp_path / "ids.tsv").write_text(ids)
        without = texts | {"meta_cna_txt": None, "data_cna_txt": None}
        other = import_cbioportal(write(tmp_path / "b", **without), gene_ids=tmp_path / "ids.tsv")
        pd.testing.assert_frame_equal(study.expression, other.expression)
        with pytest.raises(InputError, match="names genes by Entrez ids alone, and no file gives"):
            import_cbioportal(
                write(tmp_path / "c", meta_mrna_seq_v2_rsem_zscores_txt=None,
                      data_mrna_seq_v2_rsem_zscores_txt=None, **without)
            )  # fmt: skip

    def test_a_symbol_of_two_ids_is_no_gene(self) -> None:
        pairs = pd.DataFrame(
            {"Entrez_Gene_Id": ["1", "1", "2", "3.0", "0"], "Hugo_Symbol": ["A", "B", "C", "D", "E"]}
        )
        assert symbols_of(pairs) == {"2": "C", "3": "D"}


class TestWideTables:
    def _read(self, path: Path, samples: list[str], **options: object) -> pd.DataFrame:
        return read_wide(path, samples, stage="x", **options).matrix  # type: ignore[arg-type]

    @settings(max_examples=60)
    @given(data=st.data())
    def test_it_reads_what_pandas_reads(
        self, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
    ) -> None:
        n_genes, n_samples = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 6))
        cells = st.one_of(st.floats(-1e6, 1e6, width=32), st.sampled_from(["NA", ""]))
        rows = data.draw(
            st.lists(
                st.lists(cells, min_size=n_samples, max_size=n_samples), min_size=n_genes, max_size=n_genes
            )
        )
        names = [f"s{n}" for n in range(n_samples)]
        path = tmp_path_factory.mktemp("w") / "m.txt"
        path.write_text(table([("Hugo_Symbol", *names), *((f"GX{n}", *row) for n, row in enumerate(rows))]))
        asked = data.draw(st.permutations(names))
        found = self._read(path, list(asked))
        known = pd.read_csv(path, sep="\t", index_col=0)[list(asked)].T.astype("float32")
        known = known.dropna(axis=1, how="all")
        assert found.index.tolist() == list(asked)
        pd.testing.assert_frame_equal(found, known, check_names=False)

    def test_rows_of_one_gene(self, tmp_path: Path) -> None:
        """Prevents: two rows of a gene added up, or one of them taken without a word."""
        path = tmp_path / "m.txt"
        rows = [
            ("MTOR", 1, 2), ("MTOR", 1, 2), ("TSC1", 1, 2), ("TSC1", 3, 2), ("", 1, 2), ("?", 1, 2),
            ("BHLHE40", 1, 2), ("BHLHB2", 5, 6), ("TP53|7157", 1, 2), ("EMPTY", "", "NA"),
        ]  # fmt: skip
        path.write_text(table([("Hugo_Symbol", "a", "b"), *rows]))
        wide = read_wide(path, ["a", "b"], stage="x")
        reasons = {reason: names for _, reason, names in wide.losses}
        assert sorted(wide.matrix.columns) == ["BHLHE40", "MTOR", "TP53"]
        assert wide.matrix["BHLHE40"].tolist() == [1, 2]
        reason = "alias of a gene that is there under its approved symbol: left out"
        assert reasons[reason] == ["BHLHB2"]
        assert reasons["the same row of a gene again: left out"] == ["MTOR"]
        assert reasons["gene in several rows that differ: not known, left out"] == ["TSC1"]
        assert reasons["row without a gene symbol: left out"] == ["line 6", "line 7"]
        assert reasons["gene without a value in any sample: left out"] == ["EMPTY"]

    def test_compressed_quoted_and_commented(self, tmp_path: Path) -> None:
        import gzip

        text = '#a comment\n"Hugo_Symbol"\tCytoband\t"a"\t"b"\n"MTOR"\t1p36\t1\t2.5\n\n"TSC1"\t9q34\tNaN\t4\n'
        path = tmp_path / "m.txt.gz"
        path.write_bytes(gzip.compress(text.encode()))
        found = self._read(path, ["a", "b"])
        assert found.loc["b"].tolist() == [2.5, 4.0]
        path.write_bytes(gzip.compress(text.encode())[:40])
        with pytest.raises(InputError, match=r"m\.txt\.gz"):
            self._read(path, ["a", "b"])

    def test_no_column_of_genes(self, tmp_path: Path) -> None:
        path = tmp_path / "m.txt"
        path.write_text("id\ta\nMTOR\t1\n")
        with pytest.raises(InputError, match="has no column Hugo_Symbol; name the column of genes so"):
            self._read(path, ["a"])

    def test_it_tells_how_far_it_is(self, tmp_path: Path) -> None:
        told: list[tuple[str, int, int]] = []
        listen: Callable[[str, int, int], None] = lambda *said: told.append(said)  # noqa: E731
        path = tmp_path / "m.txt"
        path.write_text("Hugo_Symbol\ta\nMTOR\t1\n")
        self._read(path, ["a"], progress=listen)
        assert told == [("reading m.txt", 1, 0)]
