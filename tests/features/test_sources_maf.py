"""MAF as its many makers write it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.failures import TableError
from features.sources.maf import NO_GENE, read_maf
from features.sources.maf_terms import SO_TERMS, consequence_of
from features.sources.tables import import_tables

CHECKMATE = Path(__file__).parents[3] / "shared" / "data" / "patient" / "checkmate025" / "SNV.txt.gz"
BASE = {"Tumor_Sample_Barcode": "P1", "Hugo_Symbol": "MTOR", "Variant_Classification": "Missense_Mutation"}
PLACE = {
    "Chromosome": "chr1", "Start_Position": "11124516", "Reference_Allele": "G", "Tumor_Seq_Allele2": "A",
}  # fmt: skip


def _write(path: Path, *rows: dict[str, str]) -> Path:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = ["\t".join(columns), *("\t".join(row.get(column, "") for column in columns) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def _row(**cells: str) -> dict[str, str]:
    return BASE | cells


class TestFlavours:
    def test_cbioportal_with_depth_and_without_reference_counts(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "data_mutations.txt", _row(t_alt_count="10", t_depth="50"))
        path.write_text("#Sequenced_Samples: P1 P2\n" + path.read_text())
        read = read_maf(path)
        assert read.table[["ref_count", "alt_count", "vaf"]].to_numpy().tolist() == [[40, 10, 0.2]]
        assert read.table.index.tolist() == [3]
        assert "reads of t_depth and t_alt_count" in read.read_as

    @pytest.mark.parametrize("newline", ["\r\n", "\n"])
    @pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
    @pytest.mark.parametrize("name", ["x.maf", "x.maf.gz"])
    def test_line_ends_a_byte_order_mark_and_comments_change_nothing(
        self, tmp_path: Path, newline: str, mark: bytes, name: str
    ) -> None:
        """Prevents: Excel's byte order mark before '#version' making the comment the header."""
        text = f"#version 2.4\n{chr(9).join(BASE)}\tHGVSp_Short\n{chr(9).join(BASE.values())}\tp.S2215Y\n"
        content = mark + text.replace("\n", newline).encode()
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
        assert read_maf(path).table["protein_change"].tolist() == ["p.S2215Y"]

    def test_vep_columns(self, tmp_path: Path) -> None:
        row = {key: value for key, value in BASE.items() if key != "Variant_Classification"}
        path = _write(
            tmp_path / "x.maf",
            row | {"Consequence": "missense_variant&splice_region_variant", "HGVSp": "ENSP1.2:p.Ser2215Tyr"},
            row | {"Consequence": "splice_region_variant&stop_gained"},
            row
            | {
                "Consequence": "missense_variant", "Amino_acids": "S/Y", "Protein_position": "2215/2549",
            },
            row | {"Consequence": "synonymous_variant", "HGVSp": "ENSP1.2:p.Val330%3D"},
        )  # fmt: skip
        table = read_maf(path).table
        assert table["consequence"].tolist() == ["missense", "nonsense", "missense", "silent"]
        changes = table["protein_change"].where(table["protein_change"].notna(), None).tolist()
        assert changes == ["ENSP1.2:p.Ser2215Tyr", None, "p.S2215Y", "ENSP1.2:p.Val330="]

    def test_a_blank_classification_falls_back_on_the_terms(self, tmp_path: Path) -> None:
        path = _write(
            tmp_path / "x.maf",
            _row(Variant_Classification=".", Consequence="stop_gained"),
            _row(Consequence=""),
        )
        assert read_maf(path).table["consequence"].tolist() == ["nonsense", "missense"]

    def test_neither_classification_nor_terms(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", {"Tumor_Sample_Barcode": "P1", "Hugo_Symbol": "MTOR"})
        with pytest.raises(InputError, match="no column Variant_Classification nor Consequence"):
            read_maf(path)

    def test_oncotator_columns_in_any_case(self, tmp_path: Path) -> None:
        path = _write(
            tmp_path / "x.maf",
            _row(Protein_Change="p.DS593del", ccf_hat="0.35", tumor_f="0.2", Start_position="5",
                 CHROMOSOME="X", Reference_Allele="C", Tumor_Seq_Allele1="T", Tumor_Seq_Allele2=""),
        )  # fmt: skip
        row = read_maf(path).table.iloc[0]
        assert (row["protein_change"], row["ccf"], row["vaf"], row["variant_id"]) == (
            "p.DS593del", 0.35, 0.2, "X:5:C>T",
        )  # fmt: skip

    def test_a_sample_takes_its_ccle_counts_from_one_assay(self, tmp_path: Path) -> None:
        """Prevents: allele fractions of two assays mixed in one line's heterogeneity."""
        path = _write(
            tmp_path / "x.maf",
            _row(WES_AC="10:30", SangerRecalibWES_AC="50:50"),
            _row(Hugo_Symbol="TP53", WES_AC="", SangerRecalibWES_AC="1:9"),
            _row(Tumor_Sample_Barcode="P2", WES_AC="5:5", SangerRecalibWES_AC=""),
        )
        read = read_maf(path)
        assert read.table["vaf"].tolist() == [0.5, 0.1, 0.5]
        assert read.table["ref_count"].tolist() == [50, 9, 5]
        assert {names[0] for _, _, names in read.losses if names} == {"P1", "P2"}

    def test_a_broken_pair_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(TableError, match="'10' is not a pair alt:ref of counts"):
            read_maf(_write(tmp_path / "x.maf", _row(WES_AC="10")))

    def test_a_variant_between_genes_has_no_gene_another_lost_it(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", _row(Hugo_Symbol="", Variant_Classification="IGR"), _row())
        assert read_maf(path).table["gene"].tolist() == [NO_GENE, "MTOR"]
        with pytest.raises(TableError, match="column Hugo_Symbol, row 2: is missing"):
            read_maf(_write(tmp_path / "y.maf", _row(Hugo_Symbol=".")))

    def test_decimal_commas_are_refused_or_read_when_said(self, tmp_path: Path) -> None:
        """Prevents: "0,35" of a European spreadsheet becoming an unknown CCF."""
        path = _write(tmp_path / "x.maf", _row(ccf_hat="0,35"), _row(ccf_hat="1"))
        with pytest.raises(
            InputError, match=r"column ccf_hat, row 2: 1 numbers have a decimal comma.*--decimal"
        ):
            read_maf(path)
        assert read_maf(path, decimal="comma").table["ccf"].tolist() == [0.35, 1]
        with pytest.raises(InputError, match="unknown decimal 'dot'"):
            read_maf(path, decimal="dot")

    def test_cells_without_a_number_are_missing_when_said(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", _row(t_ref_count="Q99661", t_alt_count="27"), _row(t_ref_count="5"))
        with pytest.raises(TableError, match="'Q99661' is not a whole number"):
            read_maf(path)
        read = read_maf(path, unreadable="missing")
        assert read.table[["ref_count", "alt_count"]].isna().to_numpy().tolist() == [
            [True, True],
            [False, True],
        ]
        assert (
            "maf",
            "no number in t_ref_count, read as not known (kept)",
            ["line 2: Q99661"],
        ) in read.losses
        with pytest.raises(InputError, match="unknown choice 'drop'"):
            read_maf(path, unreadable="drop")

    def test_a_hundred_columns_more_change_nothing(self, tmp_path: Path) -> None:
        more = {f"extra{n}": "x" for n in range(100)}
        path = _write(tmp_path / "x.maf", _row(HGVSp_Short="p.S2215Y", **more))
        assert read_maf(path).table["protein_change"].tolist() == ["p.S2215Y"]
        path.write_text(path.read_text().rstrip("\n") + "\tone too many\n")
        with pytest.raises(InputError, match="cannot be read as a table"):
            read_maf(path)

    def test_quotes_and_an_empty_table(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", _row(HGVSp_Short='"p.S2215Y"', note="x"))
        assert read_maf(path).table["protein_change"].tolist() == ["p.S2215Y"]
        (tmp_path / "y.maf").write_text("\t".join(BASE) + "\n")
        with pytest.raises(InputError, match="is an empty table"):
            read_maf(tmp_path / "y.maf")

    def test_a_column_in_two_cases_keeps_its_exact_name(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", _row(t_vaf="0.5", T_VAF="0.1"))
        assert read_maf(path).table["vaf"].tolist() == [0.5]

    def test_parquet(self, tmp_path: Path) -> None:
        pd.DataFrame([_row(t_ref_count="30") | {"t_alt_count": "."}]).to_parquet(tmp_path / "x.parquet")
        row = read_maf(tmp_path / "x.parquet").table.iloc[0]
        assert row["ref_count"] == 30
        assert pd.isna(row["alt_count"])


class TestPlacesAndRegions:
    def test_one_variant_of_two_regions_is_known_as_one(self, tmp_path: Path) -> None:
        path = _write(
            tmp_path / "x.maf",
            _row(**PLACE, region="R1"),
            _row(**PLACE | {"Chromosome": "1"}, region="R2"),
            _row(Hugo_Symbol="TP53", region="R2"),
        )
        cohort = import_tables(maf=path)
        assert cohort.variants["variant_id"].tolist() == ["1:11124516:G>A", "1:11124516:G>A", None]
        assert cohort.regions.to_numpy().tolist() == [["P1", "R1"], ["P1", "R2"]]
        assert cohort.samples["sample_id"].tolist() == ["P1"]
        assert "2 regions" in cohort.sources[0].version

    def test_a_row_without_region_beside_others_is_refused(self, tmp_path: Path) -> None:
        path = _write(tmp_path / "x.maf", _row(region="R1"), _row(region=""))
        with pytest.raises(TableError, match="column region, row 3: is missing"):
            read_maf(path)

    def test_a_repeated_row_is_left_out_aloud(self, tmp_path: Path) -> None:
        """Prevents: a variant that counts twice in MATH because two files were joined."""
        read = read_maf(_write(tmp_path / "x.maf", _row(**PLACE), _row(**PLACE), _row(), _row()))
        assert read.table.index.tolist() == [2, 4, 5]
        assert ("maf", "the same variant of a sample on another line", ["line 3"]) in read.losses
        assert read.rows_in == 4

    def test_a_variant_that_stands_twice_differently_is_refused(self, tmp_path: Path) -> None:
        rows = [_row(**PLACE, t_alt_count=n, t_depth="90") for n in ("30", "40")]
        with pytest.raises(InputError, match=r"rows 2 and 3: MTOR 1:11124516:G>A of sample P1 stands twice"):
            read_maf(_write(tmp_path / "x.maf", *rows))


class TestProteinChanges:
    def test_a_strange_notation_is_not_known_and_counted(self, tmp_path: Path) -> None:
        rows = [_row(HGVSp_Short="p.S2215Y"), _row(HGVSp_Short="serine to tyrosine")]
        rows += [_row(HGVSp_Short=f"p.R{place}H") for place in range(100, 130)]
        read = read_maf(_write(tmp_path / "x.maf", *rows))
        assert read.table["protein_change"].isna().tolist() == [False, True, *[False] * 30]
        reason = "protein change in an unknown notation, read as not known (kept)"
        assert ("maf", reason, ["line 3: serine to tyrosine"]) in read.losses

    def test_one_strange_notation_in_a_short_file_is_refused(self, tmp_path: Path) -> None:
        """Prevents: the one variant of a case report read as not known, with exit code 0."""
        with pytest.raises(InputError, match=r"row 2: 1 of 1 rows name the protein change in an unknown"):
            read_maf(_write(tmp_path / "x.maf", _row(HGVSp_Short="foo-bar")))

    def test_a_file_of_strange_notations_is_refused_with_its_place(self, tmp_path: Path) -> None:
        rows = [_row(HGVSp_Short="p.S2215Y"), *[_row(HGVSp_Short="S to Y at 2215")] * 3]
        with pytest.raises(
            InputError, match=r"column HGVSp_Short, row 3: 3 of 4 rows name the protein change"
        ):
            read_maf(_write(tmp_path / "x.maf", *rows))


class TestTerms:
    @given(st.lists(st.sampled_from(sorted(SO_TERMS)), min_size=1, max_size=4), st.sampled_from("&,"))
    def test_the_most_severe_of_several_terms_counts_in_any_order(
        self, terms: list[str], between: str
    ) -> None:
        worst = min(terms, key=list(SO_TERMS).index)
        assert consequence_of(between.join(terms)) == SO_TERMS[worst]
        assert consequence_of(between.join(reversed(terms))) == SO_TERMS[worst]

    def test_an_unknown_word(self) -> None:
        assert consequence_of("odd") is None


@pytest.mark.skipif(not CHECKMATE.is_file(), reason="no CheckMate 025 variants at hand")
class TestCheckMate025:
    def test_decimal_commas_are_one_line_and_read_when_said(self) -> None:
        with pytest.raises(InputError, match="44084 numbers have a decimal comma"):
            read_maf(CHECKMATE)
        read = read_maf(CHECKMATE, decimal="comma", unreadable="missing")
        assert len(read.table) == 68_030
        assert read.table["sample_id"].nunique() == 454
        assert read.table["ccf"].notna().sum() > 60_000
        lost = {reason: len(names) for _, reason, names in read.losses if names}
        assert lost == {"no number in t_ref_count, read as not known (kept)": 16}
