"""Bad input of ``mtorc1 data import``: one line on stderr, exit code 2, nothing written; and some good."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, in_subprocess, left_in

from features.cohort import Cohort

PATIENTS = Path(__file__).parents[4] / "shared" / "data" / "patient"
REGIONS = PATIENTS / "multiregion_ccrcc"
CYTOF = PATIENTS / "single_cell" / "TOBis01.fcs"

_MAF = "Tumor_Sample_Barcode\tHugo_Symbol\tVariant_Classification\t"
_HIT = "P1\tMTOR\tMissense_Mutation\t"
_SEG = "ID\tchrom\tloc.start\tloc.end\tseg.mean\n"
#: What is wrong -> the option, the name of the file, its text, and what the line must say.
BAD = {
    "VAF above 1": (
        "--maf", "x.maf", f"{_MAF}t_vaf\n{_HIT}1.4\n",
        "column t_vaf, row 2: '1.4' is not a fraction from 0 to 1",
    ),
    "VAF in percent": (
        "--maf", "x.maf", f"{_MAF}t_vaf\n{_HIT}45.66\n", "column t_vaf, row 2: '45.66' is not a fraction",
    ),
    "negative counts": (
        "--maf", "x.maf", f"{_MAF}t_ref_count\tt_alt_count\n{_HIT}-5\t3\n",
        "column t_ref_count, row 2: '-5' is not a whole number >= 0",
    ),
    "alternative without reference": (
        "--maf", "x.maf", f"{_MAF}t_alt_count\n{_HIT}3\n",
        "column t_alt_count, row 2: 3 comes without t_ref_count or t_depth",
    ),
    "unknown protein notation": (
        "--maf", "x.maf", f"{_MAF}HGVSp_Short\n" + f"{_HIT}S to Y\n" * 2,
        "column HGVSp_Short, row 2: 2 of 2 rows name the protein change in an unknown notation",
    ),
    "unknown consequence": (
        "--maf", "x.maf", _MAF.strip() + "\n" + "P1\tMTOR\tBad\n" * 2, "such as 'Bad'; write MAF's words",
    ),
    "decimal comma": ("--maf", "x.maf", f"{_MAF}ccf_hat\n{_HIT}0,35\n", "'0,35'; if these are decimals, say"),
    "region without name": (
        "--maf", "x.maf", f"{_MAF}region\n{_HIT}R1\n{_HIT}\n", "column region, row 3: is missing",
    ),
    "CCF above 1": ("--maf", "x.maf", f"{_MAF}CCF\n{_HIT}1.01\n", "'1.01' is not a fraction from 0 to 1"),
    "no sample": ("--maf", "x.maf", f"{_MAF}CCF\n\tMTOR\tSilent\t1\n", "Sample_Barcode, row 2: is missing"),
    "duplicated genes": (
        "--expression", "e.tsv", "gene\tP1\tP2\nMTOR\t1\t2\nMTOR\t1\t2\n", "1 genes occur more than once",
    ),
    "Ensembl ids": ("--expression", "e.tsv", "gene\tP1\tP2\nENSG00000198793\t1\t2\n", "Ensembl ids"),
    "scale that cannot be told": (
        "--expression", "e.tsv", "gene\tP1\tP2\nMTOR\t150.5\t2\n", "state it: --expression-scale",
    ),
    "purity above 1": (
        "--samples", "s.tsv", "sample_id\tpurity\nP1\t70\n",
        "column purity, row 2: 70 is above 1; write purity as a fraction from 0 to 1",
    ),
    "ploidy of text": ("--samples", "s.tsv", "sample_id\tploidy\nP1\thigh\n", "'high' is not a number"),
    "negative copy number": (
        "--copy-number", "c.tsv", "sample_id\tgene\ttotal_copy_number\nP1\tPTEN\t-1\n", "row 2: -1 is below",
    ),
    "copy number of an unknown kind": (
        "--copy-number", "c.tsv", "gene\tP1\tP2\nPTEN\t1\t2\n", "state it: --copy-number-kind",
    ),
    "segment that ends before it begins": (
        "--segments", "x.seg", f"{_SEG}P1\t1\t100\t50\t0.1\n", "column end, row 2: 50 is before start",
    ),
    "overlapping segments": (
        "--segments", "x.seg", f"{_SEG}P1\t1\t1\t90\t0.1\nP1\t1\t50\t99\t0.1\n",
        "column start, row 3: 50 is before the end of the segment before it",
    ),
    "array of text": (
        "--proteins", "p.tsv", "sample\tS6_pS240_S244\tTuberin\nP1\thigh\t1\n",
        "column S6_pS240_S244, row P1: 'high' is not a number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_one_line_and_no_cohort(run: Runner, tmp_path: Path, name: str) -> None:
    option, file, text, said = BAD[name]
    (tmp_path / file).write_text(text)
    result = run("data", "import", "--kind", "tables", option, tmp_path / file, "-o", tmp_path / "cohort")
    assert_bad_input(result, str(tmp_path / file), said)
    assert left_in(tmp_path) == [file]


def test_the_program_itself_says_one_line(tmp_path: Path) -> None:
    option, file, text, said = BAD["VAF above 1"]
    (tmp_path / file).write_text(text)
    result = in_subprocess("data", "import", "--kind", "tables", option, file, "-o", "cohort", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
    assert left_in(tmp_path) == [file]


def test_a_region_without_variants_is_one_line(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "T1.txt").write_text("#chrom\tpos\tR1\tR2\nchr1\t5\t0.3\t0\nchr2\t6\t0.1\t0\n")
    result = run("data", "import", "--kind", "multiregion", tmp_path / "T1.txt", "-o", tmp_path / "c")
    assert_bad_input(result, "R2")
    assert left_in(tmp_path) == ["T1.txt"]


def _cells(path: Path, values: np.ndarray) -> Path:
    import anndata

    obs = pd.DataFrame({"patient": ["P1", "P1", "P2"]}, index=["a", "b", "c"])
    var = pd.DataFrame(index=["MTOR", "TSC1", "RPS6", "EIF4EBP1"])
    anndata.AnnData(values, obs=obs, var=var).write_h5ad(path)
    return path


def test_cells_without_counts_or_logarithms_are_one_line(run: Runner, tmp_path: Path) -> None:
    scaled = np.array([[-1.5, 0.2, 0.7, 1], [0.3, -2, 1, 0.5], [1, 1, -3, 0.1]])
    path = _cells(tmp_path / "x.h5ad", scaled)
    result = run(
        "data", "import", "--kind", "anndata", path, "--sample-column", "patient", "-o", tmp_path / "c"
    )
    assert_bad_input(result, "no layer of raw counts or log values")
    assert left_in(tmp_path) == ["x.h5ad"]


def test_cells_of_an_anndata_file_are_imported(run: Runner, tmp_path: Path) -> None:
    path = _cells(tmp_path / "x.h5ad", np.array([[5, 0, 2, 1], [0, 3, 1, 9], [1, 1, 0, 4.0]]))
    arguments = ("--sample-column", "patient", "--cell-kind", "rna", "--scale", "counts", "--genes", "all")
    result = run("data", "import", "--kind", "anndata", path, *arguments, "-o", tmp_path / "c", "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["rows"]["cells"] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "fcs"), "--kind fcs needs FILES"),
        (("--kind", "anndata", "a.h5ad", "b.h5ad"), "--kind anndata takes one file, not 2"),
        (("--kind", "tables", "a.maf"), "a.maf: --kind tables takes its files by options"),
        (("--kind", "multiregion", "a.txt", "--sample-id", "P1"), "--sample-id does not belong to --kind"),
        (("--kind", "fcs", "absent.fcs"), "absent.fcs"),
        (("--kind", "multiregion", "absent.txt"), "absent.txt: no such file"),
        (("--kind", "tables", "--maf", "x", "--copy-number-kind", "call"), "there is no table of copy"),
        (("--kind", "tables", "--maf", "x", "--decimal", "dot"), "unknown decimal 'dot'"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_is_refused(
    run: Runner, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert_bad_input(run("data", "import", *arguments, "-o", tmp_path / "c"), said)
    assert left_in(tmp_path) == []


def test_the_output_says_what_each_file_was_read_as(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "x.maf").write_text(f"{_MAF}t_ref_count\tt_alt_count\n{_HIT}30\t10\n")
    (tmp_path / "c.txt").write_text("Hugo_Symbol\tP1\tP2\nPTEN\t-2\t0\nMTOR\t1\t0\n")
    arguments = ("--maf", tmp_path / "x.maf", "--copy-number", tmp_path / "c.txt", "-o", tmp_path / "cohort")
    text = run("data", "import", "--kind", "tables", *arguments).stdout
    assert "MAF (x.maf): no protein changes, reads of t_ref_count and t_alt_count, no places" in text
    assert "copy number (c.txt): call: -2 deletion, -1 loss, 0 neutral" in text
    assert "genes_x_samples" in text
    assert "genotype unknown" in text
    found = json.loads(run("data", "import", "--kind", "tables", *arguments, "--json").stdout)
    assert [file["file"] for file in found["files"]] == ["x.maf", "c.txt"]
    assert [file["rows_in"] for file in found["files"]] == [1, 4]


@pytest.mark.skipif(not REGIONS.is_dir(), reason="no tumours of several regions at hand")
def test_tumours_of_several_regions_are_imported(run: Runner, tmp_path: Path) -> None:
    result = run(
        "data", "import", "--kind", "multiregion", *sorted(REGIONS.glob("*.txt")), "-o", tmp_path / "c"
    )
    assert result.exit_code == 0, result.stderr
    assert len(Cohort.read(tmp_path / "c").samples) == 8


@pytest.mark.skipif(not CYTOF.is_file(), reason="no cytometry files at hand")
def test_cytometry_is_imported(run: Runner, tmp_path: Path) -> None:
    result = run("data", "import", "--kind", "fcs", CYTOF, "--sample-id", "organoid", "-o", tmp_path / "c")
    assert result.exit_code == 0, result.stderr
    assert Cohort.read(tmp_path / "c").samples["sample_id"].tolist() == ["organoid"]


def test_cells_join_a_cohort_of_the_same_samples(run: Runner, tmp_path: Path) -> None:
    """Prevents: cells that can be joined to their variants from Python only."""
    (tmp_path / "x.maf").write_text(f"{_MAF}HGVSp_Short\n{_HIT}p.A2034V\n")
    made = run("data", "import", "--kind", "tables", "--maf", tmp_path / "x.maf", "-o", tmp_path / "dna")
    assert made.exit_code == 0, made.stderr
    path = _cells(tmp_path / "x.h5ad", np.array([[5, 0, 2, 1], [0, 3, 1, 9], [1, 1, 0, 4.0]]))
    arguments = ("--sample-column", "patient", "--genes", "all", "--cohort", tmp_path / "dna")
    joined = run("data", "import", "--kind", "anndata", path, *arguments, "-o", tmp_path / "both")
    assert joined.exit_code == 0, joined.stderr
    both = Cohort.read(tmp_path / "both")
    assert both.variants["protein_change"].tolist() == ["p.A2034V"]
    assert both.cells is not None
    assert sorted(set(both.cells.obs["sample_id"])) == ["P1", "P2"]
