"""Cells: refused where they contradict themselves, unchanged by a round trip, never made dense."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.cells import Cells, checked
from features.cohort import Cohort
from features.errors import InputError


def made_cells(scale: str = "counts", values: object = None) -> Cells:
    obs = pd.DataFrame({"cell_id": ["c1", "c2", "c1"], "sample_id": ["A", "A", "B"], "total": [10, 20, 5.0]})
    filled = sparse.csr_matrix(np.array([[0, 3], [4, 0], [0, 0]], dtype=np.float32))
    return Cells(obs, ("MTOR", "TSC1"), filled if values is None else values, scale, "rna")  # type: ignore[arg-type]


def cells_cohort(cells: Cells) -> Cohort:
    return Cohort.empty("cells", samples=pd.DataFrame({"sample_id": ["A", "B", "C"]}), cells=cells)


def test_a_round_trip_keeps_sparse_cells_to_the_bit(tmp_path: Path) -> None:
    cohort = cells_cohort(made_cells())
    back = Cohort.read(cohort.write(tmp_path / "cohort"))
    assert cohort.cells is not None
    assert back.cells is not None
    assert sparse.issparse(back.cells.values)
    assert (back.cells.values != cohort.cells.values).nnz == 0
    assert (back.cells.features, back.cells.scale, back.cells.kind) == (("MTOR", "TSC1"), "counts", "rna")
    pd.testing.assert_frame_equal(back.cells.obs, cohort.cells.obs)


def test_a_round_trip_keeps_dense_intensities(tmp_path: Path) -> None:
    cohort = cells_cohort(made_cells("arcsinh", np.array([[-0.5, 1], [2, 3], [0, 4.25]])))
    back = Cohort.read(cohort.write(tmp_path / "cohort"))
    assert back.cells is not None
    np.testing.assert_array_equal(back.cells.values, [[-0.5, 1], [2, 3], [0, 4.25]])


def test_altered_cells_are_refused(tmp_path: Path) -> None:
    folder = cells_cohort(made_cells()).write(tmp_path / "cohort")
    (folder / "cells.npz").write_bytes(b"not what was written")
    with pytest.raises(InputError, match=r"cells.npz.*sha256"):
        Cohort.read(folder)


def test_a_selection_takes_its_own_cells_along() -> None:
    cells = cells_cohort(made_cells()).select(["B"]).cells
    assert cells is not None
    assert cells.obs["sample_id"].to_list() == ["B"]
    assert cells.values.shape == (1, 2)
    assert made_cells().columns({"TSC1"}).features == ("TSC1",)
    assert len(made_cells().of("A")) == 2


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (replace(made_cells(), scale="tpm"), "unknown kind or scale"),
        (replace(made_cells(), kind="atac"), "unknown kind or scale"),
        (replace(made_cells(), features=("MTOR", "MTOR")), "MTOR occurs twice"),
        (replace(made_cells(), features=("MTOR",)), "3 x 2 values for 3 cells and 1 features"),
        (replace(made_cells(), obs=made_cells().obs.drop(columns="cell_id")), "lack the column cell_id"),
        (replace(made_cells(), obs=made_cells().obs.assign(cell_id=["c", "c", "c"])), "c of sample A occurs"),
        (
            replace(made_cells(), obs=made_cells().obs.assign(sample_id=["A", None, "B"])),
            "sample_id is missing",
        ),
        (
            replace(made_cells(), obs=made_cells().obs.assign(sample_id=["A", "Z", "B"])),
            "Z is not in samples",
        ),
        (made_cells(values=np.array([[0, 1], [np.nan, 1], [1, 1]])), "missing or infinite"),
        (made_cells(values=np.array([[0, 1], [-2, 1], [1, 1]])), "negative"),
        (made_cells(values=np.array([[0, 1], [0.5, 1], [1, 1]])), "no whole number"),
    ],
)
def test_cells_that_contradict_themselves_are_refused_in_one_line(broken: Cells, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        checked(broken, {"A", "B"})
    assert "\n" not in str(caught.value)
