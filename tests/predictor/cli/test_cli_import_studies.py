"""``mtorc1 data import`` of patients' studies: dry runs, options and faults, as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import made_studies as made
import pytest
from cli_helpers import Runner, assert_bad_input, in_subprocess, left_in
from made_study_faults import FAULTS, PANEL

from features.cohort import Cohort

_FLAGS = {
    "samples": "--samples", "panel": "--panel", "gene_panels": "--gene-panels", "mrna": "--mrna",
    "expression_scale": "--expression-scale", "treatment_column": "--treatment-column",
    "gene_ids": "--gene-ids", "genes": "--genes",
}  # fmt: skip


def test_a_study_is_imported_and_said(run: Runner, tmp_path: Path) -> None:
    study = made.write(tmp_path / "study")
    result = run(
        "data", "import", "--kind", "cbioportal", study, "--samples", "all",
        "--protein-platform", "tcga_rppa", "--name", "kidneys", "-o", tmp_path / "c",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    cohort = Cohort.read(tmp_path / "c")
    assert cohort.name == "kidneys"
    assert len(cohort.samples) == 8
    for said in (
        f"Cohort kidneys is in {tmp_path / 'c'}:",
        "cBioPortal mutation extended (data_mutations.txt): GRCh37, without silent variants",
        "OS, PFS in months (1 = event), treatment of ARM",
        "of normal tissue: left out",
    ):
        assert said in result.stdout


@pytest.mark.parametrize("named", [False, True])
def test_a_check_says_what_would_be_and_writes_nothing(run: Runner, tmp_path: Path, named: bool) -> None:
    """Prevents: a dry run that needs a folder, or leaves one."""
    study = made.write(tmp_path / "study")
    more = ("-o", tmp_path / "c") if named else ()
    result = run("data", "import", "--kind", "cbioportal", study, "--check", *more)
    assert result.exit_code == 0, result.stderr
    assert left_in(tmp_path) == ["study"]
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for said in (
        "Cohort kirc_made would hold:",
        "file rows read rows kept",
        "data_mutations.txt 5 4",
        "copy_number + expression + proteins + variants 3",
        "with an outcome of the patient 6",
        "samples another sample of the patient is taken (--samples primary): left out 1",
        "Nothing was written (--check).",
    ):
        assert said in lines
    assert "S1M" not in result.stdout


def test_a_check_in_json_names_what_was_left_out(run: Runner, tmp_path: Path) -> None:
    study = made.write(tmp_path / "study")
    found = json.loads(run("data", "import", "--kind", "cbioportal", study, "--check", "--json").stdout)
    assert found["output"] is None
    assert found["joined"]["copy_number + expression"] == 2
    assert {"stage": "samples", "reason": "of normal tissue: left out", "n": 1, "names": "S7N"} in found[
        "losses"
    ]


def test_any_kind_can_be_checked(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "x.maf").write_text(
        "Tumor_Sample_Barcode\tHugo_Symbol\tVariant_Classification\nP1\tMTOR\tSilent\n"
    )
    result = run("data", "import", "--kind", "tables", "--maf", tmp_path / "x.maf", "--check")
    assert result.exit_code == 0, result.stderr
    assert "Nothing was written" in result.stdout
    assert left_in(tmp_path) == ["x.maf"]


def test_without_a_folder_and_without_a_check_nothing_is_read(run: Runner, tmp_path: Path) -> None:
    assert_bad_input(
        run("data", "import", "--kind", "cbioportal", tmp_path),
        "Missing option '-o'",
        "--check, which writes",
    )


@pytest.mark.parametrize("name", [n for n in FAULTS if n != "an unknown choice of genes"])
def test_a_faulty_study_is_one_line_and_no_cohort(run: Runner, tmp_path: Path, name: str) -> None:
    changes, options, said = FAULTS[name]
    study = made.write(tmp_path / "study", **changes)
    flags = [
        part
        for option, value in options.items()
        for part in (_FLAGS[option], study / str(value) if option == "gene_ids" else value)
    ]
    result = run("data", "import", "--kind", "cbioportal", study, *flags, "-o", tmp_path / "c")
    assert_bad_input(result, said)
    assert left_in(tmp_path) == ["study"]


def test_the_program_itself_says_one_line(tmp_path: Path) -> None:
    changes, _, said = FAULTS["two genome builds"]
    made.write(tmp_path / "study", **changes)
    result = in_subprocess("data", "import", "--kind", "cbioportal", "study", "-o", "cohort", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr


def test_options_reach_the_importer(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(PANEL.replace("IMPACT3", "MINE").replace("TSC1", "TSC1\tVHL\tTP53"))
    changes = made.named("meta_mutations_txt"), "gene_panel: MINE\n"
    texts = made.files()
    texts[changes[0]] += changes[1]
    study = made.write_files(tmp_path / "study", texts)
    result = run(
        "data", "import", "--kind", "cbioportal", study, "--gene-panels", tmp_path / "mine.txt", "--mrna",
        "data_mrna_seq_v2_rsem_zscores.txt", "--response-column", "best_response",
        "--treatment-column", "sex",
        "--genes", "all", "--unreadable", "missing", "-o", tmp_path / "c",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    cohort = Cohort.read(tmp_path / "c")
    assert cohort.expression_scale == "log_ratio"
    assert set(cohort.patients["treatment"]) == {"Male"}
    assert "NOGENE1" in set(cohort.panels["gene"])
    assert "MINE" in set(cohort.panels["panel"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "checkmate025"), "--kind checkmate025 needs FILES"),
        (("--kind", "checkmate025", "absent"), "absent: no such file or folder"),
        (
            ("--kind", "checkmate025", "x", "--samples", "all"),
            "--samples does not belong to --kind checkmate025",
        ),
        (("--kind", "cbioportal", "absent"), "absent: no such folder"),
        (("--kind", "cbioportal", "absent", "--maf", "x"), "--maf does not belong to --kind cbioportal"),
        (("--kind", "cbioportal", "a", "b"), "takes one file, not 2"),
        (("--kind", "tcga", "absent"), "absent: no such folder"),
        (("--kind", "tcga", "x", "--panel", "exome"), "--panel does not belong to --kind tcga"),
    ],
)
def test_bad_arguments_are_one_line(
    run: Runner, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert_bad_input(run("data", "import", *arguments, "-o", tmp_path / "c"), said)
    assert left_in(tmp_path) == []
