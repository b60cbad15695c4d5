"""Wide tables of several regions: what is read, and the faults that people's tables have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from features.builders import mutations, regions
from features.builders.base import Inputs
from features.cohort import Cohort
from features.errors import InputError
from features.failures import TableError
from features.sources import import_cohort

HEADER = "#chrom\tpos\tDESC\tNormal\tR1\tR2 "
GOOD = "\n".join(
    [HEADER, "chr1\t100\tdesc1\t0\t0.4\t0.2", "Chr2\t200\tdesc2\t0\t0\t0.1", "chrX\t300\tdesc3\t0\t0\t0"]
)
Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str = GOOD, name: str = "T1.txt") -> Path:
        path = tmp_path / name
        path.write_text(text + "\n", encoding="utf-8")
        return path

    return write


def imported(paths: Path | list[Path], **given) -> Cohort:
    return import_cohort("multiregion", paths=paths, **given)


def test_a_table_becomes_variants_of_regions(written: Written) -> None:
    cohort = imported(written())
    assert cohort.regions.to_numpy().tolist() == [["T1", "R1"], ["T1", "R2"]]
    rows = cohort.variants[["gene", "variant_id", "region", "vaf", "consequence"]].to_numpy().tolist()
    assert rows == [
        ["chr1:100", "chr1:100", "R1", 0.4, "other"],
        ["chr1:100", "chr1:100", "R2", 0.2, "other"],
        ["chr2:200", "chr2:200", "R2", 0.1, "other"],
    ]
    assert cohort.losses[["reason", "names"]].to_numpy().tolist() == [
        ["VAF 0 in every region of T1", "chrX:300"]
    ]
    record = cohort.sources[0]
    assert (record.file, record.rows_in, record.rows_out) == ("T1.txt", 3, 2)
    row = regions.build(Inputs(cohort)).values.loc["T1"]
    assert (row["region.ubiquitous_fraction"], row["region.private_fraction"]) == (0.5, 0.5)


def test_a_cohort_of_places_is_stored_and_read_again(written: Written, tmp_path: Path) -> None:
    cohort = imported([written(), written(name="T2.tsv")])
    again = Cohort.read(cohort.write(tmp_path / "cohort"))
    assert again.variants.equals(cohort.variants)
    assert list(again.samples["sample_id"]) == ["T1", "T2"]


def test_a_table_without_genes_calls_nothing_wild_type(written: Written) -> None:
    """An exome panel would turn VHL of every such tumour into wild type."""
    values = mutations.build(Inputs(imported(written()))).values
    assert values[[f"mut.{gene}" for gene in ("VHL", "MTOR", "PTEN")]].isna().all(axis=None)


GENES = "\n".join(
    [
        "chrom,pos,ref,alt,gene,consequence,protein_change,R1,R2",
        "1,11,A,T,TSC1,nonsense,p.R1*,0.3,0",
        "1,11,A,G,TSC1,missense,p.R1G,0,0.3",
        "2,22,C,T,FRAP1,missense,,0.3,0.3",
    ]
)


def test_genes_consequences_and_alleles_are_used_where_given(written: Written) -> None:
    cohort = imported(written(GENES, "T1.csv"), panel="exome")
    assert set(cohort.variants["variant_id"]) == {"chr1:11:A>T", "chr1:11:A>G", "chr2:22:C>T"}
    assert set(cohort.variants["gene"]) == {"TSC1", "MTOR"}  # FRAP1 is MTOR's former symbol
    values = mutations.build(Inputs(cohort)).values.loc["T1"]
    assert (values["mut.TSC1"], values["mut.MTOR"], values["mut.PTEN"]) == (1, 1, 0)
    assert regions.build(Inputs(cohort)).values.loc["T1", "region.network_lesion_in_some"] == 1
    without = mutations.build(Inputs(imported(written(GENES, "T1.csv")))).values.loc["T1"]
    assert without.isna()["mut.PTEN"]
    assert without["mut.TSC1"] == 1


def test_a_panel_file_lists_what_was_sequenced(written: Written) -> None:
    panel = written("TSC1\nMTOR\nTSC2", "panel.txt")
    values = mutations.build(Inputs(imported(written(GENES, "T1.csv"), panel=panel))).values.loc["T1"]
    assert values["mut.TSC2"] == 0
    assert values.isna()["mut.PTEN"]
    with pytest.raises(InputError, match=r"panel\.txt: does not list 1 genes with a variant, such as TSC1"):
        imported(written(GENES, "T1.csv"), panel=written("MTOR\nTSC2", "panel.txt"))


def test_a_variant_that_was_not_measured_everywhere_is_counted_not_called_absent(written: Written) -> None:
    cohort = imported(written(GOOD + "\nchr4\t400\tdesc\t0\t0.5\t"))
    assert "chr4:400" not in set(cohort.variants["variant_id"])
    assert cohort.losses["reason"].to_list() == ["no VAF in some region of T1", "VAF 0 in every region of T1"]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("chr3\t30\td\t0\t1.4\t0.1", "R1", "1.4"),
        ("chr3\t30\td\t0\t0.1\t-0.2", "R2", "-0.2"),
        ("chr3\t30\td\t0\t0.1\thigh", "R2", "high"),
        ("chr3\t30\td\t0\t0.1\tinf", "R2", "inf"),
        ("chr3\tfar\td\t0\t0.1\t0.1", "pos", "far"),
        ("chr3\t-5\td\t0\t0.1\t0.1", "pos", "-5"),
        ("chr3\t5.5\td\t0\t0.1\t0.1", "pos", "5.5"),
        ("\t30\td\t0\t0.1\t0.1", "chrom", None),
    ],
)
def test_a_wrong_cell_is_named_by_column_and_row(
    written: Written, row: str, column: str, value: str | None
) -> None:
    with pytest.raises(TableError, match=rf"T1\.txt, column {column}, row 5: ") as caught:
        imported(written(f"{GOOD}\n{row}"))
    assert "\n" not in str(caught.value)
    failures = caught.value.failures
    assert failures[["column", "row", "value"]].to_numpy().tolist() == [[column, 5, value]]
    assert failures["check"].iloc[0] in {"is a VAF, a number from 0 to 1", "is a position", "is given"}


def test_all_wrong_cells_are_listed_at_once(written: Written) -> None:
    with pytest.raises(TableError) as caught:
        imported(written(f"{GOOD}\nchr3\t30\td\t0\t2\t3\nchr3\t31\td\t0\t-1\t0.1"))
    assert len(caught.value.failures) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{GOOD}\nchr1\t100\td\t0\t0.1\t0.1", r"T1\.txt, row 5: chr1:100 of row 2 occurs again; keep one"),
        ("chrom\tpos\tDESC\tNormal\nchr1\t1\td\t0", r"T1\.txt: has no region; give one column of VAF"),
        ("chrom\tsite\tR1\nchr1\t1\t0.1", r"T1\.txt: has no column pos \(columns: chrom, site, R1"),
        ("chrom\tpos\tR1\tR2\n1\t1\t0.1\t0", r"T1\.txt, column R2: region R2 has no variant; leave the"),
        ("chrom\tpos\tR1\tR1\n1\t1\t0.1\t0", r"T1\.txt: 1 columns occur more than once: R1"),
        ("chrom\tPOS\tpos\tR1\n1\t1\t1\t0.1", r"T1\.txt: 1 columns occur more than once: pos"),
        ("chrom\tpos\tR1\tR2", r"T1\.txt: is an empty table"),
        ("chrom pos R1 R2\n1 1 0.1 0.1", r"T1\.txt: has one column only"),
        ("chrom\tpos\tgene\tR1\n1\t1\t\t0.1", r"column gene, row 2"),
        ("chrom\tpos\tconsequence\tR1\n1\t1\tbad\t0.1", r"column consequence, row 2: 'bad' .*missense"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_clear_line(written: Written, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        imported(written(text))
    assert "\n" not in str(caught.value)


def test_arguments_that_cannot_be_used_are_refused(written: Written, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to import"):
        imported([])
    with pytest.raises(InputError, match=r"absent\.txt: no such file"):
        imported(tmp_path / "absent.txt")
    with pytest.raises(InputError, match="unknown consequence 'coding'; use one of missense"):
        imported(written(), consequence="coding")
    with pytest.raises(InputError, match=r"T1\.txt: two tables are of sample T1"):
        imported([written(), written(name="T1.tsv")])
    with pytest.raises(InputError, match=r"T1\.txt: has no column gene, but a panel is given"):
        imported(written(), panel="exome")
    with pytest.raises(InputError, match=r"T1\.txt: has no column gene, but other tables have it"):
        imported([written(GENES, "T2.csv"), written()])


def test_the_stated_consequence_makes_variants_count(written: Written) -> None:
    cohort = imported(written(), consequence="missense")
    assert set(cohort.variants["consequence"]) == {"missense"}
