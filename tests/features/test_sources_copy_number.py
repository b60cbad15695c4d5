"""Copy number of genes and segments, and protein arrays, as people have them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.failures import TableError
from features.sources.copy_number_tables import read_copy_number, read_segments
from features.sources.tables import import_tables

GENES = ["MTOR", "TSC1", "TSC2", "PTEN", "KRAS", "TP53"]
SAMPLES = ["P1", "P2", "P3"]
CALLS = pd.DataFrame([[-2, 0, 1, 2, -1, 0]] * 3, index=SAMPLES, columns=GENES)
SEG = "ID\tchrom\tloc.start\tloc.end\tnum.mark\tseg.mean\n"
ASCAT = "sample\tchr\tstartpos\tendpos\tnMajor\tnMinor\n"


def _matrix(folder: Path, matrix: pd.DataFrame, name: str = "cna.txt") -> Path:
    matrix.T.to_csv(folder / name, sep="\t", index_label="Hugo_Symbol")
    return folder / name


def _text(folder: Path, text: str, name: str = "x.txt") -> Path:
    (folder / name).write_text(text)
    return folder / name


class TestGenes:
    def test_calls_become_words_and_the_kind_is_told(self, tmp_path: Path) -> None:
        table = CALLS.T.reset_index(names="Hugo_Symbol")
        table.insert(1, "Entrez_Gene_Id", range(len(table)))
        table.to_csv(tmp_path / "data_cna.txt", sep="\t", index=False)
        cohort = import_tables(copy_number=tmp_path / "data_cna.txt")
        first = cohort.copy_number[cohort.copy_number["sample_id"] == "P1"].set_index("gene")["call"]
        assert first.to_dict() == {
            "MTOR": "deletion", "TSC1": "neutral", "TSC2": "gain", "PTEN": "amplification", "KRAS": "loss",
            "TP53": "neutral",
        }  # fmt: skip
        assert cohort.sources[0].version.startswith("call: -2 deletion")
        assert "(recognised), genes_x_samples" in cohort.sources[0].version
        assert "Entrez_Gene_Id" in set(cohort.losses["names"])

    @pytest.mark.parametrize(
        ("matrix", "column"),
        [
            (CALLS + 2, "total_copy_number"),
            (CALLS * 0.37, "log2_ratio"),
        ],
    )
    @pytest.mark.parametrize("turned", [False, True])
    def test_copies_and_ratios_either_way_round(
        self, tmp_path: Path, matrix: pd.DataFrame, column: str, turned: bool
    ) -> None:
        read = read_copy_number(_matrix(tmp_path, matrix.T if turned else matrix))
        wide = read.table.pivot(index="sample_id", columns="gene", values=column)[GENES]
        np.testing.assert_allclose(wide.to_numpy(), matrix.to_numpy())

    @pytest.mark.parametrize(
        "matrix", [CALLS.abs(), CALLS.abs() + 0.5, CALLS.where(CALLS != -1, -1.5), CALLS * 3]
    )
    def test_what_cannot_be_told_is_asked_for(self, tmp_path: Path, matrix: pd.DataFrame) -> None:
        """Prevents: copies 0, 1, 2 read as GISTIC's neutral, gain, amplification."""
        with pytest.raises(InputError, match="may be calls, copies or ratios; state it: --copy-number-kind"):
            read_copy_number(_matrix(tmp_path, matrix))

    def test_the_stated_kind_wins_unless_contradicted(self, tmp_path: Path) -> None:
        path = _matrix(tmp_path, CALLS.abs())
        assert read_copy_number(path, kind="total").table["total_copy_number"].max() == 2
        assert "(stated)" in read_copy_number(path, kind="call").read_as
        for matrix, kind, says in (
            (CALLS, "total", "has negative values"),
            (CALLS * 3, "call", "reaches from -6 to 6"),
            (CALLS * 30, "log2_ratio", "reaches from -60 to 60"),
        ):
            with pytest.raises(InputError, match=says):
                read_copy_number(_matrix(tmp_path, matrix), kind=kind)
        with pytest.raises(InputError, match="unknown kind of copy number 'gistic'"):
            read_copy_number(path, kind="gistic")

    def test_a_gap_is_unknown_not_neutral(self, tmp_path: Path) -> None:
        """Prevents: PTEN of a sample without a value there counted as two copies."""
        matrix = (CALLS + 2).astype(float)
        matrix.loc["P1", "PTEN"] = np.nan
        matrix.loc["P3"] = np.nan
        cohort = import_tables(copy_number=_matrix(tmp_path, matrix))
        seen = cohort.profiled.merge(cohort.panels, on="panel").groupby("sample_id")["gene"].agg(set)
        assert seen.to_dict() == {"P1": set(GENES) - {"PTEN"}, "P2": set(GENES)}
        assert cohort.losses["names"].tolist() == ["P3"]

    def test_samples_without_a_gene_in_common(self, tmp_path: Path) -> None:
        path = _text(tmp_path, "sample\tgene\tcall\nP1\tPTEN\tloss\nP2\tTP53\tloss\n")
        cohort = import_tables(copy_number=path)
        assert cohort.profiled["panel"].tolist() == ["copy_number_1", "copy_number_2"]

    def test_a_long_table(self, tmp_path: Path) -> None:
        path = _text(
            tmp_path,
            "sample\tHugo_Symbol\tcall\tcopy_number\tMinor_CN\n"
            "P1\tPTEN\tHOMDEL\t0\t0\nP1\tFAM134B\t1\t3\t1\nP2\tPTEN\tneutral\t2\t1\nP2\tTP53\t\t\t\n",
        )
        cohort = import_tables(copy_number=path)
        table = cohort.copy_number
        assert table["call"].tolist() == ["deletion", "gain", "neutral"]
        assert table["gene"].tolist() == ["PTEN", "RETREG1", "PTEN"]
        assert table["minor_copy_number"].tolist() == [0, 1, 1]
        lost = dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))
        assert lost["row without any value"] == "line 5"
        assert lost["gene that a sample does not list is unknown in it, not neutral (kept)"] == "P2"
        with pytest.raises(InputError, match="leave out --copy-number-kind"):
            read_copy_number(path, kind="call")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("sample\tgene\tcall\nP1\tPTEN\tgone\n", "column call, row 2: 'gone' is not one of"),
            ("sample\tgene\tcopy_number\nP1\tPTEN\t-1\n", "column total_copy_number, row 2: -1 is below 0"),
            ("sample\tgene\tcopy_number\nP1\tPTEN\t1\nP1\tPTEN\t2\n", "row 3: 'P1 | PTEN' occurs more than"),
            ("sample\tgene\tcopy_number\tlcn\nP1\tPTEN\t1\t2\n", "2 is above the total copy number"),
            ("sample\tgene\tnote\nP1\tPTEN\tx\n", "has no column of copy number"),
            ("gene\tP1\tP2\nPTEN\t1\t2\nPTEN\t-1\t0\n", "1 genes occur more than once: PTEN"),
            ("gene\tP1\tP2\nPTEN\t1\tx\n", "column P2, row PTEN: 'x' is not a number"),
            ("gene\tP1\tP2\nPTEN\t\t\n", "has no value at all"),
            ("gene\tP1\tP2\nENSG00000171862\t1\t-1\n", "Ensembl ids, such as ENSG00000171862"),
        ],
    )
    def test_bad_input_is_one_clear_line(self, tmp_path: Path, text: str, says: str) -> None:
        with pytest.raises(InputError) as caught:
            read_copy_number(_text(tmp_path, text))
        assert says in str(caught.value)
        assert "x.txt" in str(caught.value)


class TestSegments:
    def test_a_seg_file(self, tmp_path: Path) -> None:
        rows = "P1\tchr1\t1\t100\t9\t-0.7\nP1\tchr1\t100\t200\t9\t0.1\nP1\t23\t1\t50\t3\t0\n"
        cohort = import_tables(segments=_text(tmp_path, SEG + rows))
        assert cohort.segments["chromosome"].tolist() == ["1", "1", "X"]
        assert cohort.segments["log2_ratio"].tolist() == [-0.7, 0.1, 0]
        assert cohort.sources[0].version == "log2_ratio (of seg.mean)"
        assert "the places of genes are not shipped" in cohort.losses["reason"].iloc[0]
        assert cohort.copy_number.empty
        assert cohort.profiled.empty

    def test_alleles_add_up_whichever_is_the_minor(self, tmp_path: Path) -> None:
        table = read_segments(_text(tmp_path, ASCAT + "P1\t1\t1\t9\t2\t1\nP1\t2\t1\t9\t0\t1\n")).table
        assert table[["total_copy_number", "minor_copy_number"]].to_numpy().tolist() == [[3, 1], [1, 0]]

    def test_a_stated_total_stands_beside_the_alleles(self, tmp_path: Path) -> None:
        text = "sample\tchr\tstart\tend\tnTotal\tnMajor\tnMinor\nP1\t1\t1\t9\t4\t3\t1\n"
        table = read_segments(_text(tmp_path, text)).table
        assert table[["total_copy_number", "minor_copy_number"]].to_numpy().tolist() == [[4, 1]]

    def test_total_and_minor_as_facets_writes_them(self, tmp_path: Path) -> None:
        text = "ID,chrom,start,end,tcn.em,lcn.em\nP1,1,1,9,4,\nP1,2,1,9,2,1\n"
        read = read_segments(_text(tmp_path, text, "x.csv"))
        assert read.table["total_copy_number"].tolist() == [4, 2]
        assert read.read_as == "total_copy_number (of tcn.em), minor_copy_number (of lcn.em)"

    def test_parquet(self, tmp_path: Path) -> None:
        pd.DataFrame({"ID": ["P1"], "chrom": [1], "start": [1], "end": [9], "seg.mean": [0.5]}).to_parquet(
            tmp_path / "x.parquet"
        )
        assert read_segments(tmp_path / "x.parquet").table["log2_ratio"].tolist() == [0.5]

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            (SEG + "P1\t1\t100\t50\t9\t0.1\n", "column end, row 2: 50 is before start"),
            (
                SEG + "P1\t1\t1\t100\t9\t0.1\nP1\t1\t50\t200\t9\t-0.1\n",
                "column start, row 3: 50 is before the end of the segment before it",
            ),
            (SEG + "P1\t1\t1\t100\t9\tlow\n", "column log2_ratio, row 2: 'low' is not a number"),
            (SEG + "P1\t1\t1\t100\t9\t2\nP1\t2\t1\t100\t9\t3\n", "values from 2 to 3 are no log2 ratios"),
            (ASCAT + "P1\t1\t1\t9\t-1\t0\n", "column major, row 2: '-1' is not a number >= 0"),
            (ASCAT + "P1\t1\t1\t9\t2\tx\n", "column minor_copy_number, row 2: 'x' is not a number"),
            ("ID\tchrom\tstart\tend\tnote\nP1\t1\t1\t9\tx\n", "has no column of copy number"),
            ("chrom\tstart\tend\tseg.mean\n1\t1\t9\t0\n", "has no column sample_id; name it sample_id or ID"),
        ],
    )
    def test_bad_input_is_one_clear_line(self, tmp_path: Path, text: str, says: str) -> None:
        with pytest.raises(InputError) as caught:
            read_segments(_text(tmp_path, text))
        assert says in str(caught.value)


ANTIBODIES = ["4E-BP1_pT37_T46", "S6_pS240_S244", "Tuberin"]
RPPA = pd.DataFrame([[0.5, -1.25, 0.1], [1, np.nan, 2]], index=["P1", "P2"], columns=ANTIBODIES)


class TestProteins:
    def _read(self, path: Path, **options: str) -> pd.DataFrame:
        cohort = import_tables(proteins=path, **options)  # type: ignore[arg-type]
        assert set(cohort.profiled["modality"]) == {"proteins"}
        return cohort.proteins.pivot(index="sample_id", columns="antibody", values="value")

    def test_tcpa_samples_x_antibodies(self, tmp_path: Path) -> None:
        table = RPPA.reset_index(names="Sample_ID")
        table.insert(1, "Cancer_Type", "KIRC")
        table.to_csv(tmp_path / "l4.csv", index=False)
        cohort = import_tables(proteins=tmp_path / "l4.csv", protein_platform="tcga_rppa")
        assert set(cohort.proteins["platform"]) == {"tcga_rppa"}
        assert len(cohort.proteins) == 5
        assert cohort.sources[0].version == (
            "samples_x_antibodies (recognised), 3 antibodies, 3 of them ours, platform tcga_rppa"
        )
        assert cohort.losses["names"].tolist() == ["Cancer_Type"]

    def test_cbioportal_antibodies_x_samples(self, tmp_path: Path) -> None:
        turned = RPPA.T.set_axis([f"GENE|{name}" for name in ANTIBODIES])
        turned.to_csv(tmp_path / "rppa.txt", sep="\t", index_label="Composite.Element.REF")
        wide = self._read(tmp_path / "rppa.txt")
        assert wide.loc["P1", "GENE|S6_pS240_S244"] == -1.25

    def test_known_samples_decide_where_antibodies_are_strange(self, tmp_path: Path) -> None:
        RPPA.set_axis(["A", "B", "C"], axis=1).T.to_csv(tmp_path / "x.tsv", sep="\t", index_label="name")
        with pytest.raises(InputError, match="neither rows nor columns are known antibodies"):
            import_tables(proteins=tmp_path / "x.tsv")
        samples = _text(tmp_path, "sample_id\tlineage\nP1\tkidney\nP2\tkidney\n", "s.tsv")
        assert self._read(tmp_path / "x.tsv", samples=str(samples)).shape == (2, 3)

    def test_the_platform_is_never_guessed(self, tmp_path: Path) -> None:
        RPPA.to_csv(tmp_path / "x.tsv", sep="\t", index_label="sample")
        cohort = import_tables(proteins=tmp_path / "x.tsv")
        assert cohort.proteins["platform"].isna().all()
        assert "no platform stated" in cohort.losses["reason"].iloc[0]

    def test_a_long_table_may_name_its_platform(self, tmp_path: Path) -> None:
        path = _text(
            tmp_path, "sample_id\tantibody\tvalue\tplatform\nP1\tTuberin\t0.5\tmine\nP1\tS6\t\tmine\n"
        )
        assert import_tables(proteins=path).proteins["platform"].tolist() == ["mine"]
        with pytest.raises(InputError, match="column platform, row 2: is 'mine' but 'tcga_rppa' is stated"):
            import_tables(proteins=path, protein_platform="tcga_rppa")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("sample\tTuberin\tS6_pS240_S244\nP1\t0.5\thigh\n", "row P1: 'high' is not a number"),
            ("sample\tTuberin\tS6_pS240_S244\nP1\t0.5\t1\nP1\t1\t1\n", "1 samples occur more than once: P1"),
            ("sample_id\tantibody\tvalue\nP1\tS6\tx\n", "column value, row 2: 'x' is not a number"),
            ("sample_id\tantibody\tvalue\nP1\tS6\t1\nP1\tS6\t2\n", "'P1 | S6' occurs more than once"),
        ],
    )
    def test_bad_input_is_one_clear_line(self, tmp_path: Path, text: str, says: str) -> None:
        with pytest.raises(InputError) as caught:
            import_tables(proteins=_text(tmp_path, text))
        assert says in str(caught.value)


def test_decimal_commas_are_read_everywhere_when_said(tmp_path: Path) -> None:
    """Prevents: an option that one of the tables forgets."""
    cohort = import_tables(
        samples=_text(tmp_path, "sample_id\tpurity\nP1\t0,7\n", "s.tsv"),
        expression=_text(tmp_path, "gene\tP1\nMTOR\t5,5\nTSC1\t2,5\n", "e.tsv"),
        expression_scale="log2",
        copy_number=_text(tmp_path, "sample\tgene\tlog2\nP1\tPTEN\t-0,5\n", "c.tsv"),
        segments=_text(tmp_path, SEG + "P1\t1\t1\t9\t3\t-0,5\n", "g.tsv"),
        proteins=_text(tmp_path, "sample_id\tantibody\tvalue\nP1\tS6\t1,5\n", "p.tsv"),
        responses=_text(
            tmp_path,
            "sample_id\tinhibitor\tscreen\tmetric\tvalue\nP1\tRAD001\tx\tauc_fraction\t0,5\n",
            "r.tsv",
        ),
        decimal="comma",
    )
    assert cohort.samples["purity"].tolist() == [0.7]
    assert cohort.expression.loc["P1", "MTOR"] == 5.5
    assert cohort.copy_number["log2_ratio"].tolist() == cohort.segments["log2_ratio"].tolist() == [-0.5]
    assert cohort.proteins["value"].tolist() == [1.5]
    assert cohort.responses["value"].tolist() == [0.5]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"copy_number_kind": "call"}, "there is no table of copy number"),
        ({"protein_platform": "tcga_rppa"}, "there is no table of proteins"),
        ({"expression_scale": "tpm"}, "there is no table of expression"),
    ],
)
def test_an_option_without_its_table_is_refused(tmp_path: Path, options: dict[str, str], says: str) -> None:
    samples = _text(tmp_path, "sample_id\tlineage\nP1\tkidney\n", "s.tsv")
    with pytest.raises(InputError, match=says):
        import_tables(samples=samples, **options)  # type: ignore[arg-type]


def test_percent_instead_of_a_fraction_of_purity(tmp_path: Path) -> None:
    samples = _text(tmp_path, "sample_id\tpurity\nP1\t70\n", "s.tsv")
    with pytest.raises(TableError, match=r"column purity, row 2: 70 is above 1; write purity as a fraction"):
        import_tables(samples=samples)
