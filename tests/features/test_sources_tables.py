from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.cohort import Cohort
from features.errors import InputError
from features.failures import TableError
from features.sources import import_cohort
from features.sources.expression_scale import expression_scale, on_scale
from features.sources.maf import read_maf
from features.sources.maf_terms import CLASSIFICATIONS, SO_TERMS
from features.sources.tables import import_tables

GENES = ["MTOR", "TSC1", "TSC2", "PTEN", "KRAS", "TP53"]
SAMPLES = ["P1", "P2", "P3"]
MAF_HEAD = (
    "Tumor_Sample_Barcode\tHugo_Symbol\tVariant_Classification\tHGVSp_Short\t"
    "t_ref_count\tt_alt_count\tt_depth\tCCF\n"
)
MAF_ROWS = [
    "P1\tMTOR\tMissense_Mutation\tp.S2215Y\t60\t40\t100\t0.9",
    "P1\tTSC1\tFrame_Shift_Del\tp.R1fs\t.\t10\t50\t",
    "P2\tKRAS\tOdd_Thing\t\t\t\t\t",
]


def _maf(folder: Path, rows: list[str] = MAF_ROWS, head: str = MAF_HEAD) -> Path:
    path = folder / "x.maf"
    path.write_text("#version 2.4\n" + head + "\n".join(rows) + "\n")
    return path


def _matrix(samples: list[str] = SAMPLES, genes: list[str] = GENES) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    values = rng.normal(6, 2, size=len(genes)) + rng.normal(0, 0.3, size=(len(samples), len(genes)))
    return pd.DataFrame(np.abs(values), index=samples, columns=genes)


def _expression(folder: Path, matrix: pd.DataFrame | None = None, name: str = "e.tsv") -> Path:
    table = (_matrix() if matrix is None else matrix).T
    table.to_csv(folder / name, sep="," if ".csv" in name else "\t", index_label="gene")
    return folder / name


def _text(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text)
    return folder / name


def _lost(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))


class TestMaf:
    def test_a_maf_is_read(self, tmp_path: Path) -> None:
        read = read_maf(_maf(tmp_path))
        variants, losses = read.table, read.losses
        assert variants["consequence"].tolist() == ["missense", "frameshift", "other"]
        assert variants["vaf"].tolist()[:2] == [0.4, 0.2]
        assert variants["ref_count"].tolist()[:2] == [60, 40]
        assert variants[["ref_count", "alt_count", "vaf", "ccf"]].iloc[2].isna().all()
        assert variants.index.tolist() == [3, 4, 5]
        assert losses[0][2] == ["line 5: Odd_Thing"]

    @pytest.mark.parametrize(
        ("row", "column", "check"),
        [
            ("P1\tMTOR\tSilent\t\t5\tx\t\t", "t_alt_count", "is a whole number >= 0"),
            ("P1\tMTOR\tSilent\t\t-5\t3\t\t", "t_ref_count", "is a whole number >= 0"),
            ("P1\tMTOR\tSilent\t\t5.5\t3\t\t", "t_ref_count", "is a whole number >= 0"),
            ("P1\tMTOR\tSilent\t\t\t3\t\t", "t_alt_count", "comes with t_ref_count or t_depth"),
            ("P1\tMTOR\tSilent\t\t\t3\t2\t", "t_depth", "is at least t_alt_count"),
            ("P1\tMTOR\tSilent\t\t5\t3\t\t1.4", "CCF", "is a fraction from 0 to 1"),
            ("\tMTOR\tSilent\t\t5\t3\t\t", "Tumor_Sample_Barcode", "is given"),
        ],
    )
    def test_a_bad_cell_is_named_with_its_line(
        self, tmp_path: Path, row: str, column: str, check: str
    ) -> None:
        with pytest.raises(TableError) as caught:
            read_maf(_maf(tmp_path, [MAF_ROWS[0], row]))
        assert caught.value.failures[["column", "row", "check"]].to_numpy().tolist() == [[column, 4, check]]
        assert "\n" not in str(caught.value)

    def test_a_vaf_without_counts_is_taken(self, tmp_path: Path) -> None:
        head = "Tumor_Sample_Barcode\tHugo_Symbol\tVariant_Classification\tt_vaf\n"
        variants = read_maf(_maf(tmp_path, ["P1\tMTOR\tSilent\t0.25"], head)).table
        assert variants["vaf"].tolist() == [0.25]
        assert variants["protein_change"].isna().all()

    @pytest.mark.parametrize("column", ["Tumor_Sample_Barcode", "Hugo_Symbol", "Variant_Classification"])
    def test_a_missing_column_is_named(self, tmp_path: Path, column: str) -> None:
        with pytest.raises(InputError, match=f"has no column {column}"):
            read_maf(_maf(tmp_path, head=MAF_HEAD.replace(column, "other")))

    def test_every_classification_maps_into_the_vocabulary(self) -> None:
        from features.schemas import CONSEQUENCES

        assert set(CLASSIFICATIONS.values()) | set(SO_TERMS.values()) <= set(CONSEQUENCES)

    def test_aliases_become_approved_symbols(self, tmp_path: Path) -> None:
        variants = read_maf(_maf(tmp_path, [MAF_ROWS[0].replace("MTOR", "FAM134B")])).table
        assert variants["gene"].tolist() == ["RETREG1"]

    @pytest.mark.parametrize(
        ("column", "words", "says"),
        [
            (
                2,
                ["Missense", "Stop"],
                "column Variant_Classification, row 3: 2 of 2 rows name what it does in an unknown",
            ),
            (1, ["ENSG00000198793", "ENSG00000141510.18"], "Ensembl ids"),
            (1, ["2475", "7157"], "Entrez numbers"),
            (1, ["mtor", "tp53"], "lower case"),
        ],
    )
    def test_a_vocabulary_that_matches_nothing_is_refused_not_read_as_wild_type(
        self, tmp_path: Path, column: int, words: list[str], says: str
    ) -> None:
        rows = []
        for word in words:
            cells = MAF_ROWS[0].split("\t")
            cells[column] = word
            rows.append("\t".join(cells))
        with pytest.raises(InputError, match=says):
            read_maf(_maf(tmp_path, rows))

    def test_sequence_ontology_terms_are_understood(self, tmp_path: Path) -> None:
        rows = [
            MAF_ROWS[0].replace("Missense_Mutation", word) for word in ("stop_gained", "synonymous_variant")
        ]
        assert list(read_maf(_maf(tmp_path, rows)).table["consequence"]) == ["nonsense", "silent"]

    def test_a_protein_change_is_taken_from_the_column_that_has_it(self, tmp_path: Path) -> None:
        """Prevents: a resistance variant missed since HGVSp_Short is empty beside a full HGVSp."""
        head = MAF_HEAD.replace("\n", "\tHGVSp\n")
        rows = [MAF_ROWS[0].replace("p.S2215Y", given) + "\tp.Phe2108Leu" for given in ("", ".", "p.S2215Y")]
        found = list(read_maf(_maf(tmp_path, rows, head)).table["protein_change"])
        assert found == ["p.Phe2108Leu", "p.Phe2108Leu", "p.S2215Y"]


class TestKnownAndUnknown:
    def test_a_sample_absent_from_the_maf_is_unknown_not_wild_type(self, tmp_path: Path) -> None:
        cohort = import_cohort("tables", maf=_maf(tmp_path), expression=_expression(tmp_path))
        sequenced = cohort.profiled[cohort.profiled["modality"] == "variants"]
        assert sequenced["sample_id"].tolist() == ["P1", "P2"]
        assert (
            _lost(cohort)["sample is not in the MAF nor named as profiled: genotype unknown (kept)"] == "P3"
        )
        assert cohort.samples["sample_id"].tolist() == SAMPLES

    def test_named_samples_are_profiled(self, tmp_path: Path) -> None:
        named = _text(tmp_path, "profiled.txt", "# all\nP1\nP2\nP3 # no variant\n")
        cohort = import_tables(maf=_maf(tmp_path), profiled_samples=named)
        assert cohort.profiled["sample_id"].tolist() == SAMPLES
        assert import_tables(maf=_maf(tmp_path), profiled_samples=SAMPLES).profiled.equals(cohort.profiled)

    def test_a_sample_with_variants_that_is_not_named_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="1 samples have variants but are not named as profiled: P2"):
            import_tables(maf=_maf(tmp_path), profiled_samples=["P1"])

    def test_a_panel_bounds_what_is_known_and_losses_are_named(self, tmp_path: Path) -> None:
        panel = _text(tmp_path, "impact.txt", "MTOR\nTSC1\n")
        cohort = import_tables(maf=_maf(tmp_path), panel=panel)
        assert cohort.panels.to_numpy().tolist() == [["impact", "MTOR"], ["impact", "TSC1"]]
        assert _lost(cohort)["variant in a gene outside the stated panel"] == "KRAS"
        assert set(cohort.profiled["sample_id"]) == {"P1", "P2"}

    def test_the_wrong_panel_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"3 of 3 variants.*limit 50%"):
            import_tables(maf=_maf(tmp_path), panel=_text(tmp_path, "p.txt", "EGFR\n"))

    @pytest.mark.parametrize(("text", "says"), [(None, "no such file"), ("# only\n", "is empty")])
    def test_a_panel_file_that_says_nothing(self, tmp_path: Path, text: str | None, says: str) -> None:
        path = tmp_path / "p.txt" if text is None else _text(tmp_path, "p.txt", text)
        with pytest.raises(InputError, match=says):
            import_tables(maf=_maf(tmp_path), panel=path)


class TestExpression:
    @pytest.mark.parametrize("name", ["e.tsv", "e.csv", "e.tsv.gz", "e.txt"])
    @pytest.mark.parametrize("turned", [False, True])
    def test_either_way_round_gives_the_same_matrix(self, tmp_path: Path, name: str, turned: bool) -> None:
        matrix = _matrix()
        path = _expression(tmp_path, matrix.T if turned else matrix, name)
        cohort = import_tables(expression=path)
        pd.testing.assert_frame_equal(cohort.expression, matrix, check_names=False)
        assert cohort.expression_scale == "log2"

    def test_leading_zeros_of_a_sample_id_are_kept(self, tmp_path: Path) -> None:
        """Prevents: patient 007 of the MAF and 7 of the expression table becoming two."""
        matrix = _matrix(["007", "0012", "1"])
        matrix.to_csv(tmp_path / "s.tsv", sep="\t", index_label="sample")
        cohort = import_tables(expression=tmp_path / "s.tsv", orientation="samples_x_genes")
        assert list(cohort.samples["sample_id"]) == ["007", "0012", "1"]

    def test_a_column_that_describes_genes_is_no_patient(self, tmp_path: Path) -> None:
        table = _matrix().T
        table.insert(0, "Entrez_Gene_Id", range(len(table)))
        table.to_csv(tmp_path / "e.tsv", sep="\t", index_label="Hugo_Symbol")
        with pytest.raises(InputError, match="Entrez_Gene_Id describes genes"):
            import_tables(expression=tmp_path / "e.tsv")

    def test_parquet_and_gct(self, tmp_path: Path) -> None:
        matrix = _matrix()
        matrix.to_parquet(tmp_path / "a.parquet")
        matrix.T.reset_index(names="gene").to_parquet(tmp_path / "b.parquet")
        gct = matrix.T.rename_axis("Name")
        gct.insert(0, "Description", "na")
        _text(tmp_path, "c.gct", "#1.2\n6\t3\n" + gct.to_csv(sep="\t"))
        for name in ("a.parquet", "b.parquet", "c.gct"):
            found = import_tables(expression=tmp_path / name).expression
            pd.testing.assert_frame_equal(found, matrix, check_names=False)

    def test_known_samples_decide_where_genes_are_strange(self, tmp_path: Path) -> None:
        path = _expression(tmp_path, _matrix(genes=["X1", "X2"]))
        samples = _text(tmp_path, "s.csv", "sample_id,lineage\nP1,skin\nP2,\nP3,bone\n")
        assert import_tables(expression=path, samples=samples).expression.shape == (3, 2)
        with pytest.raises(InputError, match="neither rows nor columns"):
            import_tables(expression=path)
        assert import_tables(expression=path, orientation="genes_x_samples").expression.shape == (3, 2)
        with pytest.raises(InputError, match="unknown orientation"):
            import_tables(expression=path, orientation="upside down")

    def test_ensembl_ids_are_refused_even_where_samples_tell_the_way(self, tmp_path: Path) -> None:
        """Prevents: an expression table of which no gene is ever found."""
        path = _expression(tmp_path, _matrix(genes=["ENSG00000198793", "ENSG00000165699.10", "X"]))
        samples = _text(tmp_path, "s.csv", "sample_id,lineage\nP1,skin\nP2,\nP3,bone\n")
        with pytest.raises(InputError, match="Ensembl ids, such as ENSG00000198793; give HGNC"):
            import_tables(expression=path, samples=samples)

    def test_what_it_was_read_as_is_on_record(self, tmp_path: Path) -> None:
        cohort = import_tables(expression=_expression(tmp_path), orientation="genes_x_samples")
        assert cohort.sources[0].version == "log2 (recognised), genes_x_samples (stated)"

    def test_symbols_with_entrez_ids_and_aliases(self, tmp_path: Path) -> None:
        matrix = _matrix(genes=["MTOR|2475", "TSC1 (7248)", "FAM134B", "AFDN", "MLLT4", "KRAS"])
        cohort = import_tables(expression=_expression(tmp_path, matrix))
        assert list(cohort.expression.columns) == ["MTOR", "TSC1", "RETREG1", "AFDN", "KRAS"]
        assert _lost(cohort)["alias of a gene that is there under its approved symbol"] == "MLLT4"

    def test_a_gene_without_any_value_is_dropped_aloud_a_gap_is_kept(self, tmp_path: Path) -> None:
        matrix = _matrix()
        matrix["TP53"] = np.nan
        matrix.loc["P1", "MTOR"] = np.nan
        cohort = import_tables(expression=_expression(tmp_path, matrix))
        assert _lost(cohort) == {"no value in any sample": "TP53"}
        assert cohort.expression.isna().to_numpy().sum() == 1

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("gene;P1;P2\nMTOR;1;2\n", "one column only where tabs"),
            ("gene\tP1\tP2\n", "is an empty table"),
            ("", "is an empty table"),
            ("gene\tP1\tP1\nMTOR\t1\t2\n", "1 columns occur more than once: P1"),
            ("gene\tP1\tP2\nMTOR\t1\t2\nMTOR\t1\t2\n", "1 genes occur more than once: MTOR"),
            ("gene\tP1\tP2\nMTOR\t1\thigh\nTSC1\t2\t3\n", r"column P2, row MTOR: 'high' is not a number"),
            ("gene\tP1\tP2\nMTOR\t1\tinf\nTSC1\t2\t3\n", r"column P2, row MTOR: 'inf' is infinite"),
            ("gene\tP1\tP2\nMTOR\t1,5\t2,5\n", "column P1, row MTOR: '1,5' is not a number"),
            ("gene\tP1\tP2\nMTOR\t1\t2\t3\n", "cannot be read as a table"),
            ("gene\tP1\tP2\nMTOR\t1\t\nTSC1\t2\t\n", "1 samples have no value at all: P2"),
            ("gene\tP1\tP2\n\t1\t2\n", "1 rows have no label"),
            ("gene\tP1\tP2\nENSG00000198793\t1\t2\n", "Ensembl ids"),
        ],
    )
    def test_bad_input_is_one_clear_line(self, tmp_path: Path, text: str, says: str) -> None:
        with pytest.raises(InputError, match=says) as caught:
            import_tables(expression=_text(tmp_path, "e.tsv", text))
        assert "e.tsv" in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_files_that_cannot_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"no\.tsv: no such file"):
            import_tables(expression=tmp_path / "no.tsv")
        with pytest.raises(InputError, match=r"no\.parquet: no such file"):
            import_tables(expression=tmp_path / "no.parquet")
        (tmp_path / "x.parquet").write_text("x")
        with pytest.raises(InputError, match=r"x\.parquet: cannot be read"):
            import_tables(expression=tmp_path / "x.parquet")
        (tmp_path / "latin.tsv").write_bytes(b"gene\tP1\nMTOR\xff\t1\n")
        with pytest.raises(InputError, match=r"latin\.tsv: cannot be read"):
            import_tables(expression=tmp_path / "latin.tsv")
        (tmp_path / "cut.tsv.gz").write_bytes(gzip.compress(b"gene\tP1\nMTOR\t1\n" * 999)[:-30])
        with pytest.raises(InputError, match=r"cut\.tsv\.gz: cannot be read"):
            import_tables(expression=tmp_path / "cut.tsv.gz")
        (tmp_path / "x.tsv.gz").write_bytes(b"no gzip")
        with pytest.raises(InputError, match=r"x\.tsv\.gz: cannot be read"):
            import_tables(expression=tmp_path / "x.tsv.gz")


RNG = np.random.default_rng(11)
LOG2 = pd.DataFrame(RNG.normal(6, 3, size=200).clip(0) + RNG.normal(0, 0.5, size=(12, 200)).clip(0))
SCALES = {
    "counts": np.floor(2**LOG2 * 10),
    "tpm": (2**LOG2).div((2**LOG2).sum(axis=1), axis=0) * 1e6,
    "log2": LOG2,
    "within_sample_z": LOG2.sub(LOG2.mean(axis=1), axis=0).div(LOG2.std(axis=1, ddof=0), axis=0),
    "log_ratio": LOG2 - LOG2.mean(),
}


class TestScale:
    @pytest.mark.parametrize("scale", [scale for scale in SCALES if scale != "within_sample_z"])
    def test_each_scale_is_recognised(self, scale: str) -> None:
        assert expression_scale(SCALES[scale]) == scale

    def test_log2_without_a_pseudocount_is_log2(self) -> None:
        assert expression_scale(LOG2 - 4) == "log2"

    def test_gene_wise_z_scores_never_pass_for_an_absolute_scale(self) -> None:
        """Prevents: cBioPortal's z-scores ranked within a sample, which means nothing."""
        by_gene = (LOG2 - LOG2.mean()) / LOG2.std().where(LOG2.std() > 0, 1)
        for few in (by_gene.iloc[[0]], by_gene.iloc[[0, 0, 0]] + 0.01, SCALES["within_sample_z"].iloc[[0]]):
            with pytest.raises(InputError, match="state it"):
                expression_scale(few)
        assert expression_scale(SCALES["within_sample_z"], "within_sample_z") == "within_sample_z"

    def test_ratios_to_a_reference_rna_never_pass_for_log2(self) -> None:
        """Prevents: TCGA's two-colour arrays ranked within a sample: their genes differ as log2's do."""
        with pytest.raises(InputError, match="may be log2, ratios or scores; state it"):
            expression_scale(LOG2 - LOG2.to_numpy().mean())

    @pytest.mark.parametrize(
        "values",
        [LOG2 * -100, LOG2 * 50 + 0.5, (LOG2 - 4).iloc[[0]], pd.DataFrame([[-1.0], [2.0], [3.5]]),
         LOG2 - LOG2.mean() + np.linspace(-0.6, 0.6, 200) * 0.45],
    )  # fmt: skip
    def test_what_cannot_be_told_is_asked_for(self, values: pd.DataFrame) -> None:
        with pytest.raises(InputError, match="state it: --expression-scale"):
            expression_scale(values, where="e.tsv")

    def test_the_stated_scale_wins_unless_the_values_contradict_it(self) -> None:
        assert expression_scale(LOG2, "rma") == "rma"
        assert expression_scale(LOG2 * -100, "log_ratio") == "log_ratio"
        for stated, says in (
            ("tpm", "negative"),
            ("log2", "which no log2 does"),
            ("ln", "unknown expression scale"),
        ):
            with pytest.raises(InputError, match=says):
                expression_scale(LOG2 * -100, stated)

    def test_fpkm_becomes_tpm_when_said(self) -> None:
        fpkm = SCALES["tpm"] * 0.37 + 0.001
        with pytest.raises(InputError, match="nor TPM that add up to 1e6; state it"):
            expression_scale(fpkm)
        tpm, scale, said = on_scale(fpkm, "fpkm")
        np.testing.assert_allclose(tpm.sum(axis=1), 1e6)
        np.testing.assert_allclose(tpm / tpm.sum().sum(), fpkm.div(fpkm.sum(axis=1), axis=0) / len(fpkm))
        assert (scale, said) == ("tpm", "fpkm (stated), turned into tpm")
        with pytest.raises(InputError, match="sample 3: all values are 0"):
            on_scale(fpkm.mul(np.arange(len(fpkm)) != 3, axis=0), "fpkm", where="e.tsv")
        with pytest.raises(InputError, match="negative values"):
            on_scale(-fpkm, "fpkm")

    def test_another_logarithm_of_tpm_is_told_from_log2(self) -> None:
        """Prevents: ln(TPM + 1) and log10(TPM + 1) taken for log2, a factor off."""
        assert on_scale(np.log2(SCALES["tpm"] + 1))[1:] == ("log2", "log2 (recognised: log2 of TPM + 1)")
        for log, name in ((np.log, "ln"), (np.log10, "log10")):
            with pytest.raises(InputError, match=f"is {name} of TPM . 1, not log2; divide the values by 0"):
                expression_scale(log(SCALES["tpm"] + 1))
        assert on_scale(LOG2, "rma")[1:] == ("rma", "rma (stated)")

    @given(st.floats(0.01, 1000))
    def test_counts_stay_counts_at_any_depth(self, depth: float) -> None:
        counts = np.floor(SCALES["counts"] * depth)
        if counts.to_numpy().max() > 100:
            assert expression_scale(counts) == "counts"


class TestSamplesAndResponses:
    def _responses(self, folder: Path, *rows: str) -> Path:
        return _text(folder, "r.csv", "sample_id,inhibitor,screen,metric,value\n" + "\n".join(rows) + "\n")

    def test_inhibitors_come_under_any_name(self, tmp_path: Path) -> None:
        table = self._responses(
            tmp_path, "P1,Rapamycin,mine,ln_ic50_um,-2", "P2,RAD001,mine,auc_fraction,0.5"
        )
        cohort = import_tables(expression=_expression(tmp_path), responses=table)
        assert cohort.responses["inhibitor"].tolist() == ["sirolimus", "everolimus"]
        assert cohort.responses["screen_spelling"].tolist() == ["Rapamycin", "RAD001"]

    @pytest.mark.parametrize(
        ("row", "says"),
        [
            (
                "P1,Rapamycine,mine,ln_ic50_um,-2",
                "column inhibitor, row 2: unknown inhibitor 'Rapamycine'; did you",
            ),
            ("P9,Rapamycin,mine,ln_ic50_um,-2", "column sample_id, row 2: 'P9' is not a sample"),
            ("P1,Rapamycin,mine,ic50,-2", "metric"),
            ("P1,Rapamycin,mine,ln_ic50_um,low", "'low' is not a number"),
            ("P1,Rapamycin,mine,auc_fraction,7", "7 is not from 0 to 1, the range of auc_fraction"),
        ],
    )
    def test_a_bad_response_is_one_clear_line(self, tmp_path: Path, row: str, says: str) -> None:
        with pytest.raises(InputError, match=says):
            import_tables(expression=_expression(tmp_path), responses=self._responses(tmp_path, row))

    def test_samples_keep_their_columns_and_strangers_their_place(self, tmp_path: Path) -> None:
        samples = _text(
            tmp_path, "s.tsv", "sample_id\tlineage\tpurity\tbiobank\nP1\tkidney\t0.7\t12\nP8\tskin\t\t13\n"
        )
        cohort = import_tables(samples=samples, maf=_maf(tmp_path), expression=_expression(tmp_path))
        assert cohort.samples["sample_id"].tolist() == ["P1", "P8", "P2", "P3"]
        assert cohort.samples["purity"].tolist()[0] == 0.7
        assert cohort.samples["biobank"].tolist() == ["12", "13", None, None]
        assert len(cohort.sources) == 3

    def test_a_samples_table_may_be_parquet(self, tmp_path: Path) -> None:
        pd.DataFrame({"sample_id": ["P1"], "purity": [0.5]}).to_parquet(tmp_path / "s.parquet")
        assert import_tables(samples=tmp_path / "s.parquet").samples["purity"].tolist() == [0.5]

    def test_repeated_samples_are_refused(self, tmp_path: Path) -> None:
        samples = _text(tmp_path, "s.tsv", "sample_id\tlineage\nP1\tx\nP1\tx\n\ty\n")
        with pytest.raises(TableError) as caught:
            import_tables(samples=samples)
        assert caught.value.failures[["row", "check"]].to_numpy().tolist() == [
            [4, "is given"],
            [3, "is unique"],
        ]

    def test_tables_that_share_no_sample_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no sample is also in"):
            import_tables(maf=_maf(tmp_path), expression=_expression(tmp_path, _matrix(["Q1", "Q2"])))

    def test_nothing_at_all_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="nothing to import"):
            import_tables()
        with pytest.raises(InputError, match="there is no MAF"):
            import_tables(expression=_expression(tmp_path), profiled_samples=["P1"])
