"""AnnData files: read in pieces as in one, sparse as dense, and one line for what cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from features.cells import genes_of_features
from features.cohort import Cohort
from features.errors import InputError
from features.sources import import_cohort, matrix_pieces
from features.sources.anndata_file import import_anndata

GENES = ("MTOR", "RRAGA", "VEGFA", "CA9", "NOT_OURS", "MKI67")
COUNTS = np.array(
    [[0, 2, 0, 5, 90, 0], [1, 0, 0, 0, 80, 3], [0, 0, 7, 0, 70, 0], [4, 1, 1, 0, 60, 0], [0, 0, 0, 0, 50, 2]],
    dtype=np.float32,
)
OURS = [j for j, gene in enumerate(GENES) if gene in genes_of_features()]


def adata(values: Any = None, genes: tuple[str, ...] = GENES, **columns: Any) -> anndata.AnnData:
    obs = pd.DataFrame(
        {"sample_id": pd.Categorical(["A", "A", "B", "B", "B"]), **columns}, index=[f"c{i}" for i in range(5)]
    )
    return anndata.AnnData(
        sparse.csr_matrix(COUNTS) if values is None else values, obs=obs, var=pd.DataFrame(index=list(genes))
    )


def written(data: anndata.AnnData, folder: Path) -> Path:
    path = folder / "cells.h5ad"
    data.write_h5ad(path)
    return path


def dense(cohort: Cohort) -> np.ndarray:
    assert cohort.cells is not None
    values = cohort.cells.values
    return np.asarray(values.toarray() if sparse.issparse(values) else values)


def test_counts_arrive_with_samples_totals_and_what_was_read(tmp_path: Path) -> None:
    path = written(adata(), tmp_path)
    cohort = import_cohort("anndata", path=path)
    cells = cohort.cells
    assert cells is not None
    assert (cells.kind, cells.scale) == ("rna", "counts")
    assert cells.features == tuple(GENES[j] for j in OURS)
    assert sparse.issparse(cells.values)
    np.testing.assert_array_equal(dense(cohort), COUNTS[:, OURS])
    # Of all genes, also of those that no feature uses.
    np.testing.assert_array_equal(cells.obs["total"], COUNTS.sum(axis=1))
    assert cells.obs["cell_id"].to_list() == [f"c{i}" for i in range(5)]
    assert cells.obs["sample_id"].to_list() == ["A", "A", "B", "B", "B"]
    assert cohort.samples["sample_id"].to_list() == ["A", "B"]
    assert cohort.profiled["modality"].to_list() == ["cells", "cells"]
    assert (cohort.sources[0].name, cohort.sources[0].file) == ("AnnData X", "cells.h5ad")
    assert import_anndata(path, genes="all").cells.features == GENES  # type: ignore[union-attr]


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_pieces_dense_sparse_and_by_column_are_one_matrix(
    form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file larger than memory is read in pieces; each must end up in its place."""
    rng = np.random.default_rng(0)
    names = [*sorted(genes_of_features())[:40], *(f"OTHER{i}" for i in range(30))]
    rng.shuffle(names)
    counts = rng.poisson(0.3, (53, 70)).astype(np.float32)
    obs = pd.DataFrame({"sample_id": "A"}, index=[f"c{i}" for i in range(53)])
    path = written(anndata.AnnData(form(counts), obs=obs, var=pd.DataFrame(index=names)), tmp_path)
    whole = import_anndata(path)
    monkeypatch.setattr(matrix_pieces, "_SPARSE_LINES", 7)
    monkeypatch.setattr(matrix_pieces, "_DENSE_VALUES", 7 * 70)
    pieces = import_anndata(path)
    in_memory = anndata.read_h5ad(path)
    kept = [name in genes_of_features() for name in names]
    for cohort in (whole, pieces):
        assert cohort.cells is not None
        assert sparse.issparse(cohort.cells.values)
        assert list(cohort.cells.features) == list(in_memory.var_names[kept])
        np.testing.assert_array_equal(dense(cohort), counts[:, kept])
        np.testing.assert_array_equal(cohort.cells.obs["total"], counts.sum(axis=1))


def test_counts_are_looked_for_before_logarithms(tmp_path: Path) -> None:
    logged = np.log1p(COUNTS / COUNTS.sum(axis=1, keepdims=True) * 1e4)
    data = adata(sparse.csr_matrix(logged))
    cells = import_anndata(written(data, tmp_path)).cells
    assert cells is not None
    assert cells.scale == "log"
    assert cells.obs["total"].isna().all()
    data.raw = adata()
    assert import_anndata(written(data, tmp_path)).sources[0].name == "AnnData raw.X"
    data.layers["counts"] = sparse.csr_matrix(COUNTS)
    cohort = import_anndata(written(data, tmp_path))
    assert cohort.sources[0].name == 'AnnData layers["counts"]'
    np.testing.assert_array_equal(dense(cohort), COUNTS[:, OURS])
    named = import_anndata(written(data, tmp_path), layer="X").cells
    assert named is not None
    assert named.scale == "log"
    stated = import_anndata(written(data, tmp_path), scale="log").cells
    assert stated is not None
    assert stated.scale == "log"


def test_genes_are_named_by_symbol_and_aliases_resolved(tmp_path: Path) -> None:
    data = adata(genes=("FRAP1", "RRAGA", "VEGFA", "CA9", "NOT_OURS", "MKI67"))
    cells = import_anndata(written(data, tmp_path)).cells
    assert cells is not None
    assert "MTOR" in cells.features
    ids = tuple(f"ENSG0000012345{i}.1" for i in range(6))
    data = adata(genes=ids)
    with pytest.raises(
        InputError, match=r"Ensembl ids \(ENSG00000123450.1\) and var has no column of symbols"
    ):
        import_anndata(written(data, tmp_path))
    data.var["feature_name"] = list(GENES)
    data.var["mine"] = ["A1", "A2", "A3", "A4", "A5", "MTOR"]
    cells = import_anndata(written(data, tmp_path)).cells
    assert cells is not None
    assert cells.features[0] == "MTOR"
    cells = import_anndata(written(data, tmp_path), symbol_column="mine").cells
    assert cells is not None
    assert cells.features == ("MTOR",)


def test_a_total_of_the_whole_cell_may_be_given(tmp_path: Path) -> None:
    """A file of chosen genes alone knows less of the cell's depth than its obs."""
    path = written(adata(n_counts=[1000, 1100, 1200, 1300, 1400]), tmp_path)
    cells = import_anndata(path, total_column="n_counts").cells
    assert cells is not None
    assert cells.obs["total"].to_list() == [1000, 1100, 1200, 1300, 1400]


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_matrix])
def test_protein_intensities_keep_their_antibodies(form: Any, tmp_path: Path) -> None:
    values = np.array([[0.5, 3], [0, 4], [2, 1], [9, 0], [1, 1]])
    data = adata(form(values), genes=("pS6", "4E-BP1 pT37/46"))
    cohort = import_anndata(written(data, tmp_path), kind="protein", scale="linear")
    cells = cohort.cells
    assert cells is not None
    assert (cells.kind, cells.scale, cells.features) == ("protein", "linear", ("pS6", "4E-BP1 pT37/46"))
    np.testing.assert_allclose(dense(cohort), values)
    assert cells.obs["total"].isna().all()
    counts = import_anndata(written(adata(), tmp_path), kind="protein", scale="counts").cells
    assert counts is not None
    assert counts.obs["total"].to_list() == COUNTS.sum(axis=1).tolist()


def changed(edit: Any) -> anndata.AnnData:
    data = adata()
    edit(data)
    return data


BROKEN = {
    "no layer of counts or log": (
        lambda: adata(COUNTS - COUNTS.mean(axis=0)),
        {},
        r'no layer of raw counts or log values \(X is neither.*looked for layers\["counts"\], raw.X, X',
    ),
    "values that are no logarithms": (lambda: adata(COUNTS * 1.5), {}, "X is neither counts nor log1p"),
    "no X": (lambda: adata()[:, []].copy(), {}, "none of the genes that features use"),
    "no such layer": (adata, {"layer": "spliced"}, r"no layer 'spliced'; there are: X"),
    "stated counts that are none": (
        lambda: adata(COUNTS + 0.25),
        {"layer": "X", "scale": "counts"},
        r"cells.h5ad, X: a value is no whole number \(0.25\) among counts",
    ),
    "stated log that is negative": (
        lambda: adata(COUNTS - 1),
        {"layer": "X", "scale": "log"},
        r"a value is negative \(-1\) but the scale is log",
    ),
    "missing value": (
        lambda: adata(np.where(COUNTS == 7, np.nan, COUNTS)),
        {"layer": "X", "scale": "counts"},
        "a value is missing or infinite",
    ),
    "no sample column": (adata, {"sample_column": "donor"}, "obs has no column 'donor'.*it has: sample_id"),
    "cell without a sample": (
        lambda: adata(sample_id=pd.Categorical(["A", None, "B", "B", "B"])),
        {},
        "obs column sample_id: cell c1 has no sample",
    ),
    "gene twice": (
        lambda: changed(lambda d: d.var.__setitem__("s", ["MTOR", "FRAP1", "CA9", "X", "MTOR", "Z"])),
        {"symbol_column": "s"},
        "gene MTOR occurs twice",
    ),
    "no such symbol column": (adata, {"symbol_column": "hgnc"}, "var has no column 'hgnc'"),
    "mouse genes": (
        lambda: adata(genes=("Mtor", "Rraga", "Vegfa", "Car9", "Actb", "Mki67")),
        {},
        r"none of the genes that features use is among its 6 \(Mtor, Rraga, Vegfa\)",
    ),
    "no total column": (adata, {"total_column": "n_counts"}, "obs has no column 'n_counts'"),
    "total that is no number": (
        lambda: adata(n=["1000", "many", "9", "9", "9"]),
        {"total_column": "n"},
        "column n: the total of cell c1 is no number",
    ),
    "total below the counts": (
        lambda: adata(n=[1000, 1000, 3, 1000, 1000]),
        {"total_column": "n"},
        "cells.h5ad: cells, column total: cell c2 of sample B has a total of 3 but 7 counts",
    ),
    "unknown kind": (adata, {"kind": "atac"}, "unknown kind of cells 'atac'; use one of rna, protein"),
    "unknown scale": (adata, {"scale": "tpm"}, "unknown scale of cells 'tpm'"),
    "unknown genes": (adata, {"genes": "some"}, "unknown choice of genes 'some'"),
    "protein without scale": (
        adata,
        {"kind": "protein"},
        "scale of protein .* cannot be recognised",
    ),
    "rna on a linear scale": (adata, {"scale": "linear"}, "X is counts.*name one with `layer` and `scale`"),
    "log to base 2": (
        lambda: changed(
            lambda d: (d.uns.update(log1p={"base": 2.0}), setattr(d, "X", np.log2(COUNTS + 1.5)))
        ),
        {},
        "X holds logarithms to base 2; give the layer of counts",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_cannot_be_used_is_one_clear_line(case: str, tmp_path: Path) -> None:
    make, arguments, words = BROKEN[case]
    path = written(make(), tmp_path)
    with pytest.raises(InputError, match=words) as caught:
        import_anndata(path, **arguments)
    assert "\n" not in str(caught.value)


def test_natural_logarithms_may_say_so(tmp_path: Path) -> None:
    data = adata(sparse.csr_matrix(np.log1p(COUNTS * 1.1)))
    for told in ({"base": None}, {}):
        data.uns["log1p"] = told
        cells = import_anndata(written(data, tmp_path)).cells
        assert cells is not None
        assert cells.scale == "log"


def test_what_is_no_anndata_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        import_anndata(tmp_path / "absent.h5ad")
    text = tmp_path / "text.h5ad"
    text.write_text("cell,gene\n")
    with pytest.raises(InputError, match=r"is not an \.h5ad file"):
        import_anndata(text)
    bare = tmp_path / "bare.h5ad"
    with h5py.File(bare, "w") as file:
        file["matrix"] = COUNTS
    with pytest.raises(InputError, match="holds no obs: not an AnnData file"):
        import_anndata(bare)
    with h5py.File(bare, "w") as file:
        file["obs"] = COUNTS
    with pytest.raises(InputError, match="old anndata"):
        import_anndata(bare)


def test_a_file_without_values_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.h5ad"
    anndata.AnnData(obs=adata().obs, var=adata().var).write_h5ad(path)
    for arguments in ({}, {"kind": "protein", "scale": "linear"}):
        with pytest.raises(InputError, match=r"no values.*looked for layers\[.counts.\], raw.X"):
            import_anndata(path, **arguments)  # type: ignore[arg-type]
    with h5py.File(path, "a") as file:
        file["X"] = np.ones(5)
    with pytest.raises(InputError, match="no values at all"):
        import_anndata(path)
