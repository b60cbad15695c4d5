"""The walls of the house that import-linter cannot say: who alone may know a library, or read."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
#: Library -> the only modules that may import it (paths from the root, or their beginnings).
ALONE = {
    "mlflow": (
        "predictor/tracking",
        "predictor/registry",
        "predictor/serving",
        "predictor/mlflow_model_code",
    ),
    "matplotlib": ("predictor/report/",),
    "click": ("predictor/cli/",),
    "tqdm": ("predictor/cli/",),
    "decoupler": ("features/builders/",),
    "anndata": ("features/sources/anndata_file",),
    "h5py": ("features/sources/anndata_file",),
    "crepes": ("predictor/intervals",),
    "flowio": ("features/sources/fcs",),
    "lifelines": ("predictor/outcomes/",),
    "xgboost": (
        "predictor/trees",
        "predictor/submodel",
        "predictor/bundle_parts",
        "predictor/outcomes/learning",
    ),
}
#: What can run code when it reads.  `pickle` itself is known to the reader with the narrow allow-list alone.
UNSAFE = {"joblib", "dill", "cloudpickle", "marshal", "shelve"}
PICKLE_READER = "features/sources/torch_pickle.py"
#: The one module of features that may use scikit-learn.
CLONES = "features/subpopulations/clones.py"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for folder in ("features", "predictor"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("library", sorted(ALONE))
def test_a_library_is_known_to_its_room_alone(library: str) -> None:
    users = [name for name, tree in modules() if library in imported(tree)]
    assert users, f"nobody imports {library}: this wall guards nothing"
    assert [name for name in users if not name.startswith(ALONE[library])] == []


def test_nothing_that_could_run_code_is_read() -> None:
    assert [name for name, tree in modules() if imported(tree) & UNSAFE] == []
    assert [name for name, tree in modules() if "pickle" in imported(tree)] == [PICKLE_READER]


def test_features_knows_nothing_of_models() -> None:
    forbidden = {"predictor", "mlflow", "xgboost", "shap", "sklearn"}
    knowing = {n: tree for n, tree in modules() if n.startswith("features/") and imported(tree) & forbidden}
    # Nothing is fitted across samples in this room.  A mixture over the values of one sample is that sample's
    # own, so one module may use scikit-learn's mixtures, and nothing else of it.
    assert list(knowing) == [CLONES]
    of_sklearn = {
        node.module
        for node in ast.walk(knowing[CLONES])
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn")
    }
    assert of_sklearn == {"sklearn.mixture"}
    assert imported(knowing[CLONES]) & forbidden == {"sklearn"}
