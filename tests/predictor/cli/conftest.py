"""How the commands are run here, and what they are given."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from cli_helpers import Runner
from click.testing import CliRunner, Result

from features.cohort import Cohort
from features.matrix import build_matrix
from predictor.bundle import Bundle, save_bundle
from predictor.cli.program import program


@pytest.fixture
def run() -> Runner:
    """``run("score", path, ...)`` -> click's Result, with stdout and stderr apart."""

    def call(*arguments: object) -> Result:
        return CliRunner().invoke(program, [str(a) for a in arguments], prog_name="mtorc1")

    return call


@pytest.fixture(scope="session")
def ten(whole_universe_cohort: Cohort) -> Cohort:
    """Ten samples with all that the builders ask for."""
    return whole_universe_cohort.select(whole_universe_cohort.samples["sample_id"][:10])


@pytest.fixture(scope="session")
def prepared(ten: Cohort, tiny_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Not to be changed: a bundle (``model``), a cohort (``cohort``) and its matrix."""
    folder = tmp_path_factory.mktemp("prepared")
    save_bundle(tiny_bundle, folder / "model")
    ten.write(folder / "cohort")
    matrix = build_matrix(ten)
    matrix.write(folder / "matrix.csv")
    matrix.write(folder / "matrix.parquet")
    return folder


def write_tables(cohort: Cohort, folder: Path) -> dict[str, Path]:
    """MAF, expression and samples of a cohort, as a user has them."""
    maf = cohort.variants.rename(columns={"gene": "Hugo_Symbol", "sample_id": "Tumor_Sample_Barcode"})
    maf = maf.assign(Variant_Classification="Missense_Mutation", HGVSp_Short=maf["protein_change"])
    names = {"maf": "s.maf", "expression": "x.tsv", "samples": "s.tsv"}
    paths = {kind: folder / name for kind, name in names.items()}
    columns = ["Hugo_Symbol", "Variant_Classification", "Tumor_Sample_Barcode", "HGVSp_Short"]
    maf[columns].to_csv(paths["maf"], sep="\t", index=False)
    cohort.expression.T.rename_axis("gene").to_csv(paths["expression"], sep="\t")
    cohort.samples[["sample_id", "lineage"]].to_csv(paths["samples"], sep="\t", index=False)
    return paths


@pytest.fixture
def tables(tmp_path: Path, ten: Cohort) -> dict[str, Path]:
    """The files of :func:`write_tables` for ten samples; a sample carries MTOR A2034V."""
    variants = pd.concat(
        [
            ten.variants,
            pd.DataFrame(
                {
                    "sample_id": ["S003"],
                    "gene": ["MTOR"],
                    "consequence": ["missense"],
                    "protein_change": ["p.A2034V"],
                }
            ),
        ],
        ignore_index=True,
    )
    return write_tables(
        Cohort.empty(
            "t",
            samples=ten.samples,
            variants=variants,
            profiled=ten.profiled,
            panels=ten.panels,
            expression=ten.expression,
            expression_scale="log2",
        ),
        tmp_path,
    )
