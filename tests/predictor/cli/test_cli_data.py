"""``mtorc1 data`` and ``mtorc1 features``."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

import features.sources
from features.catalogue import catalogue_rows
from features.cohort import Cohort
from features.matrix import FeatureMatrix
from features.sources import SOURCES
from features.sources.tables import import_tables
from predictor.cli.data import KINDS


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_kinds_and_options_are_those_of_the_importers() -> None:
    assert set(KINDS) == set(features.sources.IMPORTERS)
    arguments = set(import_tables.__annotations__) - {"return"}
    assert set(KINDS["tables"]) == arguments


def test_list_says_what_can_be_fetched(run: Runner, own_home: Path) -> None:
    text = run("data", "list").stdout
    assert "gdsc: GDSC1 and GDSC2" in text
    assert "to fetch: " in text
    assert str(own_home) in text
    found = json.loads(run("data", "list", "--json").stdout)
    assert [(source["name"], source["downloaded"]) for source in found["sources"]] == [
        (n, False) for n in SOURCES
    ]


def test_list_says_what_is_downloaded(run: Runner, own_home: Path) -> None:
    (own_home / "downloads").mkdir(parents=True)
    for part in SOURCES["gdsc"].distributions:
        (own_home / "downloads" / part.filename).touch()
    assert "  downloaded; licence" in run("data", "list").stdout


def test_fetch_names_the_verified_files(run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(name: str, progress: Any) -> Path:
        progress("download", 1, 1)
        return tmp_path

    monkeypatch.setattr(features.sources, "fetch", fetch)
    result = run("data", "fetch", "gdsc")
    assert (result.exit_code, result.stderr) == (0, "")
    assert all(part.filename in result.stdout for part in SOURCES["gdsc"].distributions)
    found = json.loads(run("data", "fetch", "gdsc", "--json").stdout)
    assert found["files"][0]["sha256"] == SOURCES["gdsc"].distributions[0].sha256


def test_an_unknown_source_is_refused(run: Runner, own_home: Path) -> None:
    assert_bad_input(run("data", "fetch", "nonsense"), "unknown source 'nonsense'", "gdsc")


def test_a_full_cache_folder_is_one_line(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path / "home"))
    assert_bad_input(run("data", "fetch", "gdsc"), str(tmp_path / "home"))


def test_import_writes_a_cohort_and_counts_it(run: Runner, tables: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "cohort"
    arguments = [part for name, path in tables.items() for part in (f"--{name}", path)]
    result = run(
        "data",
        "import",
        "--kind",
        "tables",
        *arguments,
        "--expression-scale",
        "log2",
        "--name",
        "mine",
        "-o",
        out,
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Cohort mine is in" in result.stdout
    assert Cohort.read(out).samples["sample_id"].to_list() == [f"S{n:03d}" for n in range(10)]
    found = json.loads(
        run(
            "data", "import", "--kind", "tables", "--maf", tables["maf"], "-o", tmp_path / "again", "--json"
        ).stdout
    )
    assert found["rows"]["samples"] == 10


def test_what_was_lost_is_shown(run: Runner, tables: dict[str, Path], tmp_path: Path) -> None:
    panel = tmp_path / "panel.txt"
    genes = pd.read_csv(tables["maf"], sep="\t")["Hugo_Symbol"].unique()
    panel.write_text("\n".join(gene for gene in genes if gene != "KRAS"))
    result = run(
        "data", "import", "--kind", "tables", "--maf", tables["maf"], "--panel", panel, "-o", tmp_path / "c"
    )
    assert "variant in a gene outside the stated panel" in result.stdout


def test_the_sanger_tables_complete_a_cohort(run: Runner, small_cohort: Cohort, tmp_path: Path) -> None:
    small_cohort.write(tmp_path / "small")
    names = small_cohort.samples["sample_name"]
    models = pd.DataFrame({"model_id": [f"SIDM{n}" for n in range(40)], "model_name": names})
    models.assign(COSMIC_ID="", BROAD_ID="", RRID="").to_csv(tmp_path / "models.csv", index=False)
    result = run(
        "data", "import", "--kind", "sanger", "--cohort", tmp_path / "small",
        "--model-list", tmp_path / "models.csv", "-o", tmp_path / "grown",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    assert Cohort.read(tmp_path / "grown").samples["sidm"].notna().all()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "tables", "--model-list", "x.csv"), "--model-list does not belong to --kind tables"),
        (("--kind", "sanger"), "--kind sanger needs --model-list"),
        (("--kind", "tables"), "nothing to import"),
        (("--kind", "tables", "--maf", "absent.maf"), "absent.maf: no such file"),
    ],
)
def test_an_import_that_cannot_be_is_refused(
    run: Runner, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    assert_bad_input(run("data", "import", *arguments, "-o", tmp_path / "c"), said)
    assert left_in(tmp_path) == []


def test_an_import_onto_a_file_is_refused(run: Runner, tables: dict[str, Path], tmp_path: Path) -> None:
    before = left_in(tmp_path)
    result = run("data", "import", "--kind", "tables", "--maf", tables["maf"], "-o", tables["maf"])
    assert_bad_input(result, "is a file")
    assert left_in(tmp_path) == before


def _spoil_separator(path: Path) -> None:
    path.write_text(path.read_text().replace("\t", ";"))


def _spoil_duplicate(path: Path) -> None:
    table = pd.read_csv(path, sep="\t", index_col=0)
    table.columns = [table.columns[1], *table.columns[1:]]
    table.to_csv(path, sep="\t")


def _spoil_text(path: Path) -> None:
    lines = path.read_text().splitlines()
    lines[3] = lines[3].rpartition("\t")[0] + "\tabc"
    path.write_text("\n".join(lines))


def _spoil_infinite(path: Path) -> None:
    lines = path.read_text().splitlines()
    lines[3] = lines[3].rpartition("\t")[0] + "\tinf"
    path.write_text("\n".join(lines))


def _spoil_empty(path: Path) -> None:
    path.write_text("")


def _spoil_scale(path: Path) -> None:
    table = pd.read_csv(path, sep="\t", index_col=0)
    (table * 1000 - 5000).to_csv(path, sep="\t")


def _spoil_genes(path: Path) -> None:
    table = pd.read_csv(path, sep="\t", index_col=0)
    table.index = [f"GENE{n}" if n % 2 else gene for n, gene in enumerate(table.index)]
    table.to_csv(path, sep="\t")


SPOILED = {
    "wrong separator": (_spoil_separator, "one column only"),
    "duplicate samples": (_spoil_duplicate, "S001"),
    "not a number": (_spoil_text, "abc"),
    "infinite": (_spoil_infinite, "x.tsv"),
    "empty table": (_spoil_empty, "is an empty table"),
    "no log2 scale": (_spoil_scale, "log2"),
}


@pytest.mark.parametrize("name", SPOILED)
def test_bad_expression_is_one_line_and_no_cohort(
    run: Runner, tables: dict[str, Path], tmp_path: Path, name: str
) -> None:
    spoil, said = SPOILED[name]
    spoil(tables["expression"])
    before = left_in(tmp_path)
    result = run(
        "data", "import", "--kind", "tables", "--maf", tables["maf"], "--expression", tables["expression"],
        "-o", tmp_path / "cohort",
    )  # fmt: skip
    assert_bad_input(result, str(tables["expression"]), said)
    assert left_in(tmp_path) == before


def test_build_writes_what_the_library_builds(run: Runner, small_cohort: Cohort, tmp_path: Path) -> None:
    small_cohort.write(tmp_path / "small")
    out = tmp_path / "matrix.tsv.gz"
    result = run(
        "features", "build", tmp_path / "small", "-o", out, "--family", "mutations", "--family", "lineage"
    )
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("40 samples x ")
    assert FeatureMatrix.read(out).values["lineage.skin"].sum() == 8
    found = json.loads(
        run(
            "features", "build", tmp_path / "small", "-o", tmp_path / "m.csv", "--family", "msi", "--json"
        ).stdout
    )
    assert found["samples"] == 40


def test_build_says_what_could_not_be_computed(run: Runner, cohort_maker: Any, tmp_path: Path) -> None:
    cohort = cohort_maker(6)
    dataclasses.replace(
        cohort, variants=cohort.variants.assign(ref_count=np.nan, alt_count=np.nan, vaf=np.nan)
    ).write(tmp_path / "c")
    result = run("features", "build", tmp_path / "c", "-o", tmp_path / "m.parquet", "--family", "clonality")
    assert "unknown in every sample" in result.stdout


@pytest.mark.parametrize(
    ("cohort", "out", "family", "said"),
    [
        ("absent", "m.csv", "msi", "no such source and no such folder"),
        ("small", "m.csv", "nonsense", "unknown feature family nonsense"),
        ("small", "m.xlsx", "msi", "unknown kind of output"),
        ("small", "m.gz", "msi", "unknown kind of output"),
        ("small", "small.csv/m.csv", "msi", "is no folder"),
    ],
)
def test_a_build_that_cannot_be_is_refused(
    run: Runner, small_cohort: Cohort, tmp_path: Path, cohort: str, out: str, family: str, said: str
) -> None:
    small_cohort.write(tmp_path / "small")
    (tmp_path / "small.csv").write_text("")
    before = left_in(tmp_path)
    assert_bad_input(
        run("features", "build", tmp_path / cohort, "-o", tmp_path / out, "--family", family), said
    )
    assert left_in(tmp_path) == before


def test_too_few_known_genes_are_refused(run: Runner, small_cohort: Cohort, tmp_path: Path) -> None:
    # 60 genes of 5,778: beyond the stated share of unknown ones.
    small_cohort.write(tmp_path / "small")
    assert_bad_input(run("features", "build", tmp_path / "small", "-o", tmp_path / "m.csv"), "universe")
    assert left_in(tmp_path) == ["small"]


def test_an_altered_cohort_is_refused(run: Runner, small_cohort: Cohort, tmp_path: Path) -> None:
    small_cohort.write(tmp_path / "small")
    path = tmp_path / "small" / "variants.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    assert_bad_input(run("features", "build", tmp_path / "small", "-o", tmp_path / "m.csv"), "was altered")


def test_a_matrix_onto_a_read_only_folder_is_refused_before_the_work(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root may write anywhere, so the system's answer is set here.
    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(features.sources, "load", lambda *_, **__: pytest.fail("the work was begun"))
    assert_bad_input(run("features", "build", "gdsc", "-o", tmp_path / "m.csv"), "cannot be written to")


def test_describe_says_whether_a_feature_is_learned(run: Runner) -> None:
    text = run("features", "describe", "mut.TSC1").stdout
    assert "computed, not learned" in text
    assert "PMID" in text or "evidence" in text
    assert json.loads(run("features", "describe", "drv.KRAS", "--json").stdout)["default_use"] == "learned"


def test_describe_lists_the_whole_catalogue_or_a_family(run: Runner) -> None:
    rows = catalogue_rows()
    assert len(json.loads(run("features", "describe", "--json").stdout)["features"]) == len(rows)
    listed = run("features", "describe", "--family", "lineage").stdout.splitlines()
    assert len(listed) == 2 + sum(row.family == "lineage" for row in rows)


def test_an_unknown_feature_gets_the_nearest_names(run: Runner) -> None:
    assert_bad_input(run("features", "describe", "mut.TSC"), "mut.TSC1")
    assert_bad_input(run("features", "describe", "--family", "nonsense"), "unknown family 'nonsense'")
