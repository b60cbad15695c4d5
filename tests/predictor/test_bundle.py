"""A bundle says after loading what it said before saving, to the last bit."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from features.errors import InputError
from predictor import bundle as bundle_module
from predictor import bundle_files
from predictor.bundle import (
    Bundle,
    TargetModel,
    content_version,
    feature_rows,
    load_bundle,
    plain,
    released_bundle_path,
    save_bundle,
)
from predictor.bundle_contents import pack
from predictor.modalities import ColumnRoles
from predictor.scoring import score


def test_a_loaded_bundle_predicts_bit_identically(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, tmp_path: Path
) -> None:
    """Text formats round; a served model must say what the trained one said."""
    loaded = load_bundle(save_bundle(tiny_bundle, tmp_path / "b"))
    assert_frame_equal(score(tiny_bundle, tiny_samples), score(loaded, tiny_samples), check_exact=True)
    assert (loaded.name, loaded.version, loaded.columns) == (
        tiny_bundle.name,
        tiny_bundle.version,
        tiny_bundle.columns,
    )
    assert (loaded.families, loaded.least_known) == (tiny_bundle.families, tiny_bundle.least_known)
    assert dict(loaded.roles.modality) == dict(tiny_bundle.roles.modality)
    assert loaded.roles.wide == tiny_bundle.roles.wide
    assert loaded.facts["scores"] == plain(tiny_bundle.facts["scores"])


def test_every_fitted_number_survives(tiny_bundle: Bundle, tmp_path: Path) -> None:
    """A field that is forgotten on saving would come back as another model."""
    loaded = load_bundle(save_bundle(tiny_bundle, tmp_path / "b"))
    for name, model in tiny_bundle.models.items():
        again = loaded.models[name]
        assert again.target == model.target
        assert list(again.submodels) == list(model.submodels)
        for pattern in model.submodels:
            for one, two in (
                (model.submodels[pattern], again.submodels[pattern]),
                (model.certainty[pattern], again.certainty[pattern]),
                (model.domain[pattern], again.domain[pattern]),
            ):
                for field in dataclasses.fields(one):
                    if field.name != "booster":
                        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


def test_saving_a_loaded_bundle_again_gives_the_same_files(tiny_bundle: Bundle, tmp_path: Path) -> None:
    """The version is a content address: it must not drift from copy to copy."""
    first = save_bundle(tiny_bundle, tmp_path / "first")
    second = save_bundle(load_bundle(first), tmp_path / "second")
    names = sorted(p.relative_to(first) for p in first.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(second) for p in second.rglob("*") if p.is_file())
    assert all((first / n).read_bytes() == (second / n).read_bytes() for n in names)


def test_the_version_follows_the_numbers_and_not_the_facts(tiny_bundle: Bundle) -> None:
    """Two trainings with the same result are the same version; one changed number is another."""
    told = dataclasses.replace(tiny_bundle, facts={**tiny_bundle.facts, "created": "later"}, version="")
    assert content_version(told).version == tiny_bundle.version
    name, model = next(iter(tiny_bundle.models.items()))
    sub = model.submodels["rna"]
    moved = {
        **model.submodels,
        "rna": dataclasses.replace(sub, intercept=float(np.nextafter(sub.intercept, 9))),
    }
    changed = dataclasses.replace(
        tiny_bundle, models={**tiny_bundle.models, name: dataclasses.replace(model, submodels=moved)}
    )
    assert content_version(changed).version != tiny_bundle.version
    with pytest.raises(ValueError, match="version"):
        save_bundle(changed, "/nonexistent/never-written")


def test_arrays_that_targets_share_are_stored_once(tiny_bundle: Bundle) -> None:
    """5,778 means for each of 17 targets would not fit into 10 MB."""
    files = pack(tiny_bundle.columns, tiny_bundle.models, {})
    structure = json.loads(files["models.json"])
    centers = {m["patterns"]["rna"]["center"] for m in structure["models"]}
    coefs = {m["patterns"]["rna"]["coef"] for m in structure["models"]}
    assert len(centers) == 1
    assert len(coefs) == len(tiny_bundle.models)


def test_the_manifest_tells_a_reader_what_the_bundle_is(tiny_bundle: Bundle, tmp_path: Path) -> None:
    """Inhibitors, targets, features with their catalogue rows, and the sha256 of every file."""
    folder = save_bundle(tiny_bundle, tmp_path / "b")
    manifest = json.loads((folder / "manifest.json").read_text())
    answered = {a["inhibitor"]: a for a in manifest["inhibitors"]}
    assert answered["everolimus"]["target"] == "rapalog"
    assert answered["everolimus"]["by_class"]
    assert [t["name"] for t in manifest["targets"]] == list(tiny_bundle.models)
    rows = {row["name"]: row for row in manifest["facts"]["features"]}
    assert rows["mut.KRAS"]["mechanism"] == "bypass_pathways"
    assert "expr.{symbol}" in rows
    assert not any(name.startswith("expr.") and name != "expr.{symbol}" for name in rows)
    others = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {"manifest.json"}
    assert set(manifest["files"]) == others


def test_a_column_without_a_catalogue_row_is_not_released(tiny_bundle: Bundle, tmp_path: Path) -> None:
    """No feature goes unexplained."""
    columns = (*tiny_bundle.columns, "mut.NOSUCHGENE")
    roles = ColumnRoles({**tiny_bundle.roles.modality, "mut.NOSUCHGENE": "dna"}, tiny_bundle.roles.wide)
    odd = content_version(dataclasses.replace(tiny_bundle, columns=columns, roles=roles))
    with pytest.raises(LookupError, match=r"mut\.NOSUCHGENE"):
        save_bundle(odd, tmp_path / "b")
    assert not (tmp_path / "b").exists()
    assert [row["name"] for row in feature_rows(["mut.TSC1"])] == ["mut.TSC1"]


def test_a_failing_save_leaves_nothing_behind_and_the_older_bundle_whole(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C or a full disk half way must not leave a bundle that loads in part."""
    folder = save_bundle(tiny_bundle, tmp_path / "b")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    written = []

    def fails(path: Path, data: bytes) -> int:
        written.append(path.name)
        if len(written) == 4:
            raise KeyboardInterrupt
        return original(path, data)

    original = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", fails)
    renamed = dataclasses.replace(tiny_bundle, name="other")
    with pytest.raises(KeyboardInterrupt):
        save_bundle(renamed, folder)
    written.clear()
    with pytest.raises(KeyboardInterrupt):
        save_bundle(renamed, tmp_path / "new")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b"]
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_full_disk_is_the_users_to_mend(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line, no traceback, nothing half-written."""

    def full(path: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match="no space left"):
        save_bundle(tiny_bundle, tmp_path / "b")
    assert not list(tmp_path.iterdir())


def test_saving_replaces_a_bundle_and_nothing_else(tiny_bundle: Bundle, tmp_path: Path) -> None:
    """`-o .` must not delete somebody's work."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "thesis.tex").write_text("years")
    (tmp_path / "file").write_text("x")
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text("[]")
    for name in ("work", "file", "odd"):
        with pytest.raises(InputError, match="not a bundle"):
            save_bundle(tiny_bundle, tmp_path / name)
    assert (tmp_path / "work" / "thesis.tex").read_text() == "years"
    (tmp_path / "empty").mkdir()
    save_bundle(tiny_bundle, tmp_path / "empty")
    save_bundle(tiny_bundle, tmp_path / "empty")
    os.symlink(tmp_path / "empty", tmp_path / "link")
    with pytest.raises(InputError, match="not a bundle"):
        save_bundle(tiny_bundle, tmp_path / "link")
    assert load_bundle(tmp_path / "link").version == tiny_bundle.version


def test_a_bundle_must_be_able_to_say_how_sure_it_is(tiny_bundle: Bundle) -> None:
    """A pattern without certainty or domain would answer without a warning."""
    model = tiny_bundle.models["rapalog"]
    short = {p: c for p, c in model.certainty.items() if p != "dna"}
    with pytest.raises(ValueError, match="certainty"):
        TargetModel(model.target, model.submodels, short, model.domain)
    with pytest.raises(ValueError, match="no sub-model"):
        TargetModel(model.target, {}, {}, {})
    with pytest.raises(ValueError, match="no model"):
        dataclasses.replace(tiny_bundle, models={})
    with pytest.raises(ValueError, match="filed under"):
        dataclasses.replace(tiny_bundle, models={"x": model})
    with pytest.raises(ValueError, match="lacks"):
        dataclasses.replace(tiny_bundle, columns=tiny_bundle.columns[:5])
    with pytest.raises(ValueError, match="without a modality"):
        dataclasses.replace(tiny_bundle, columns=(*tiny_bundle.columns, "x"))


def test_facts_become_plain_json() -> None:
    """JSON has no NaN: a file that only Python reads is no manifest."""
    given = {
        1: np.float64("nan"), "a": np.arange(2), "b": (np.int64(3), {2, 1}), "c": Path("p"),
        "d": ColumnRoles({}, frozenset()), "e": None, "f": True, "g": float("inf"),
    }  # fmt: skip
    made = plain(given)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert made["1"] is None
    assert made["b"] == [3, [1, 2]]


def test_released_bundles_are_found_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_bundle: Bundle
) -> None:
    """`mtorc1 score` right after install needs a model, and a typing error needs the names there are."""
    save_bundle(tiny_bundle, tmp_path / "default")
    (tmp_path / "__pycache__").mkdir()
    monkeypatch.setattr(bundle_module, "resources_of", lambda package: tmp_path)
    assert load_bundle(released_bundle_path()).version == tiny_bundle.version
    with pytest.raises(InputError, match=r"'defualt'; use one of default, or the path of a bundle folder$"):
        released_bundle_path("defualt")
    for climbing in ("../secret", "..", "", "__pycache__"):
        with pytest.raises(InputError, match="no released model"):
            released_bundle_path(climbing)


def test_an_installation_without_models_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback."""

    def absent(package: str) -> Path:
        raise ModuleNotFoundError(package)

    monkeypatch.setattr(bundle_module, "resources_of", absent)
    with pytest.raises(InputError, match="mtorc1 train"):
        released_bundle_path()


def test_a_bundle_is_bounded_in_size(
    tiny_bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign bundle must not fill the memory."""
    folder = save_bundle(tiny_bundle, tmp_path / "b")
    monkeypatch.setattr(bundle_files, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="larger than a bundle"):
        load_bundle(folder)
