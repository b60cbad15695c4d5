"""What is not the bundle that was saved is refused by name, and nothing in it ever runs."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from predictor import bundle_parts
from predictor.bundle import Bundle, load_bundle, save_bundle
from predictor.bundle_files import MANIFEST, _as_bytes, _seal
from predictor.scoring import score


@pytest.fixture
def saved(tiny_bundle: Bundle, tmp_path: Path) -> Path:
    return save_bundle(tiny_bundle, tmp_path / "bundle")


def reseal(folder: Path, change: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Do what a forger can do: list the files as they are now, and seal."""
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest.pop("seal")
    for name in manifest["files"]:
        if (folder / name).is_file():
            data = (folder / name).read_bytes()
            manifest["files"][name] = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    manifest["version"] = hashlib.sha256((folder / "models.json").read_bytes()).hexdigest()[:12]
    if change is not None:
        change(manifest)
    (folder / MANIFEST).write_bytes(_as_bytes({**manifest, "seal": _seal(manifest)}))


def flip(path: Path, position: int) -> None:
    data = bytearray(path.read_bytes())
    data[position] ^= 1
    path.write_bytes(bytes(data))


def files_of(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_one_altered_byte_in_any_file_is_refused_by_name(saved: Path) -> None:
    """A truncated download or a patched weight must not score patients."""
    for path in files_of(saved):
        whole = path.read_bytes()
        for position in (0, len(whole) // 2, len(whole) - 1):
            flip(path, position)
            with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
                load_bundle(saved)
            path.write_bytes(whole)
    load_bundle(saved)


def test_every_byte_of_the_manifest_is_sealed(saved: Path) -> None:
    """The manifest lists the checksums; its own bytes, white space too, need one."""
    path = saved / MANIFEST
    whole = path.read_bytes()
    for position in range(0, len(whole), max(len(whole) // 60, 1)):
        flip(path, position)
        with pytest.raises(InputError, match=r"manifest\.json"):
            load_bundle(saved)
        path.write_bytes(whole)
    path.write_bytes(whole + b"\n")
    with pytest.raises(InputError, match="seal"):
        load_bundle(saved)


def test_a_missing_file_is_named(saved: Path) -> None:
    """Each, also the model card."""
    for path in files_of(saved):
        whole = path.read_bytes()
        path.unlink()
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            load_bundle(saved)
        path.write_bytes(whole)


@pytest.mark.parametrize("name", ["extra.bin", "boosters/extra.ubj.gz", "sub/deeper/extra.txt", ".hidden"])
def test_an_extra_file_is_named(saved: Path, name: str) -> None:
    """What nobody signed for does not belong."""
    (saved / name).parent.mkdir(parents=True, exist_ok=True)
    (saved / name).write_text("x")
    with pytest.raises(InputError, match=r"does not belong to the bundle; remove it"):
        load_bundle(saved)


def test_a_link_is_refused_wherever_it_points(saved: Path, tmp_path: Path) -> None:
    """A link can be changed after it was checked, and can point at anything on the machine."""
    path = saved / "arrays.npz"
    outside = tmp_path / "arrays.npz"
    outside.write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(outside)
    with pytest.raises(InputError, match=r"arrays\.npz: is a link"):
        load_bundle(saved)
    path.unlink()
    path.write_bytes(outside.read_bytes())
    (saved / "boosters").rename(tmp_path / "elsewhere")
    (saved / "boosters").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="boosters: is a link"):
        load_bundle(saved)


def test_a_linked_manifest_is_refused(saved: Path, tmp_path: Path) -> None:
    """The same for the file that all else hangs on."""
    (saved / MANIFEST).rename(tmp_path / MANIFEST)
    (saved / MANIFEST).symlink_to(tmp_path / MANIFEST)
    with pytest.raises(InputError, match="is a link"):
        load_bundle(saved)


def test_a_pipe_is_refused(saved: Path) -> None:
    """Reading one would hang."""
    os.mkfifo(saved / "pipe")
    with pytest.raises(InputError, match="pipe: is not a file"):
        load_bundle(saved)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.bin",
        "/etc/passwd",
        "boosters/../../outside.bin",
        "a\\..\\b",
        "boosters//x",
        "C:/x",
        "a\nb",
        "",
    ],
)
def test_a_path_that_climbs_out_is_refused_by_name(saved: Path, tmp_path: Path, name: str) -> None:
    """Even where checksum and size are right."""
    (tmp_path / "outside.bin").write_bytes(b"x")
    listed = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    reseal(saved, lambda manifest: manifest["files"].update({name: listed}))
    with pytest.raises(InputError, match="names a file outside the bundle"):
        load_bundle(saved)


def test_a_newer_format_asks_for_an_update(saved: Path) -> None:
    """Not for a guess at what the new fields mean."""
    reseal(saved, lambda manifest: manifest.update(format_version=3))
    with pytest.raises(InputError, match=r"format version 3.*update mtorc1-response"):
        load_bundle(saved)
    reseal(saved, lambda manifest: manifest.update(format_version="1"))
    with pytest.raises(InputError, match="train it anew"):
        load_bundle(saved)


def test_difficulties_or_a_domain_of_other_columns_are_refused(saved: Path) -> None:
    """Prevents: the width of one lineage given to another, or an IndexError in the middle of scoring."""
    path = saved / "models.json"
    whole = path.read_text()
    for change in (
        lambda one: one["certainty"].update(lineages=one["readable"]),
        lambda one: one["domain"].update(continuous=_array_like(saved, "|b1", one["domain"]["continuous"])),
    ):
        structure = json.loads(whole)
        change(structure["models"][0]["patterns"]["rna+dna"])
        path.write_text(json.dumps(structure))
        reseal(saved)
        with pytest.raises(InputError, match=r"lineages|readable columns"):
            load_bundle(saved)


def _array_like(folder: Path, kind: str, other_than: str) -> str:
    """The name of another array of that kind in the bundle."""
    with np.load(folder / "arrays.npz") as arrays:
        return next(n for n in arrays.files if arrays[n].dtype.str == kind and n != other_than)


def test_a_bundle_of_the_first_format_still_answers(
    saved: Path, tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """One width for all lineages, and a domain of the readable inputs, as it was saved."""
    path = saved / "models.json"
    structure = json.loads(path.read_text())
    for model in structure["models"]:
        for one in model["patterns"].values():
            for name in ("lineages", "scales"):
                del one["certainty"][name]
            for name in ("typical_readable", "typical_wide"):
                del one["domain"][name]
    path.write_text(json.dumps(structure))
    reseal(saved, lambda manifest: manifest.update(format_version=1))
    old, new = score(load_bundle(saved), tiny_samples), score(tiny_bundle, tiny_samples)
    np.testing.assert_array_equal(old.prediction, new.prediction)
    whole = old[(old.modality_pattern == "rna+dna") & (old.target == "rapalog") & old.in_domain]
    width = tiny_bundle.models["rapalog"].certainty["rna+dna"].half_width
    np.testing.assert_allclose(whole.interval_high - whole.prediction, width)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "does not describe"),
        (b"[1]", "does not describe"),
        (b"{", "JSON"),
        (b"\xff\xfe", "JSON"),
        (b"[" * 100_000, "JSON"),
        (pickle.dumps({"format": "mtorc1-response bundle"}), "JSON"),
    ],
)
def test_a_manifest_that_is_none_is_refused(saved: Path, content: bytes, words: str) -> None:
    """One clear line for whatever lies there."""
    (saved / MANIFEST).write_bytes(content)
    with pytest.raises(InputError, match=words):
        load_bundle(saved)


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    """A missing folder, a file, an empty folder."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, words in (
        ("none", "no such folder"),
        ("file", "no such folder"),
        ("empty", "has no manifest.json"),
    ):
        with pytest.raises(InputError, match=words):
            load_bundle(tmp_path / name)


class Bomb:
    """Makes a file when unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.target),)


def as_object_array(bomb: Bomb, files: dict[str, bytes]) -> bytes:
    """An NPZ in which every array that the models name is a pickle."""
    names = np.load(io.BytesIO(files["arrays.npz"])).files
    stored = io.BytesIO()
    np.savez(stored, **{name: np.array([bomb], dtype=object) for name in names})
    return stored.getvalue()


def test_a_pickle_in_place_of_any_file_is_refused_and_never_runs(saved: Path, tmp_path: Path) -> None:
    """With all checksums put right, the formats themselves must be unable to run anything."""
    bomb, trace = Bomb(tmp_path / "it-ran"), tmp_path / "it-ran"
    pickled = pickle.dumps(bomb)
    whole = {p.relative_to(saved).as_posix(): p.read_bytes() for p in files_of(saved)}
    some_booster = next(name for name in whole if name.startswith("boosters/"))
    attempts = [
        ("arrays.npz", as_object_array(bomb, whole)),
        ("arrays.npz", pickled),
        ("models.json", pickled),
        (some_booster, pickled),
        (some_booster, gzip.compress(pickled)),
        (MANIFEST, pickled),
    ]
    for name, content in attempts:
        (saved / name).write_bytes(content)
        if name != MANIFEST:
            reseal(saved)
        with pytest.raises(InputError):
            load_bundle(saved)
        for other, data in whole.items():
            (saved / other).write_bytes(data)
    assert not trace.exists()
    pickle.loads(pickled)
    assert trace.exists(), "the bomb of this test must be a live one"


def test_a_forged_booster_is_never_handed_to_the_parser(saved: Path) -> None:
    """models.json names the sha256 of each booster, so the version would have to change with it."""
    name = next(p for p in files_of(saved) if p.name.endswith(".ubj.gz"))
    name.write_bytes(gzip.compress(b"{L\x00"))
    reseal(saved)
    with pytest.raises(InputError, match="not the one that was named"):
        load_bundle(saved)


def test_a_forged_array_does_not_pass_under_the_old_version(saved: Path) -> None:
    """Predictions name a version; other numbers under the same version would be a lie."""
    path = saved / "arrays.npz"
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = next(name for name, values in arrays.items() if values.dtype.kind == "f" and values.size)
    arrays[name] = arrays[name] + 1
    np.savez_compressed(path, **arrays)
    reseal(saved)
    with pytest.raises(InputError, match="not the one that was named"):
        load_bundle(saved)


def spoil_structure(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "models.json"
    structure = json.loads(path.read_text())
    change(structure)
    path.write_text(json.dumps(structure))
    reseal(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.pop("columns"),
        lambda s: s["models"][0]["patterns"]["rna"].update(coef="0" * 32),
        lambda s: s["models"][0]["patterns"]["rna"].update(coef=s["models"][0]["patterns"]["rna"]["fill"]),
        lambda s: s["models"][0]["patterns"]["rna"].update(intercept="many"),
        lambda s: s["models"][0]["patterns"]["rna"]["booster"].update(file="boosters/none"),
        lambda s: s["models"][0]["patterns"]["dna"].update(
            booster=s["models"][0]["patterns"]["rna+dna"]["booster"]
        ),
        lambda s: s.update(columns=s["columns"][:3]),
        lambda s: s.update(modality=s["modality"][:3]),
        lambda s: s.update(models=[]),
        lambda s: s.update(models=None),
        lambda s: s["models"][0]["target"].update(surprise=1),
    ],
)
def test_a_structure_that_does_not_fit_its_numbers_is_refused(
    saved: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    """Well-formed checksums over nonsense are still nonsense, and one line."""
    spoil_structure(saved, change)
    with pytest.raises(InputError, match="does not hold models that can be read"):
        load_bundle(saved)


def test_a_version_that_is_not_the_models_is_refused(saved: Path) -> None:
    """A prediction names its version; it must lead back to these numbers."""
    reseal(saved, lambda manifest: manifest.update(version="0" * 12))
    with pytest.raises(InputError, match="not of the version"):
        load_bundle(saved)


@pytest.mark.parametrize(("files", "words"), [(None, "lists no files"), ({}, "does not belong")])
def test_a_manifest_without_its_files_is_refused(saved: Path, files: object, words: str) -> None:
    """Nothing listed is nothing verified."""
    reseal(saved, lambda manifest: manifest.update(files=files))
    with pytest.raises(InputError, match=words):
        load_bundle(saved)


def test_a_listed_file_without_a_checksum_is_refused(saved: Path) -> None:
    """Not taken on trust."""
    reseal(saved, lambda manifest: manifest["files"].update({"models.json": None}))
    with pytest.raises(InputError, match=r"models\.json: was altered"):
        load_bundle(saved)


def test_models_and_arrays_must_be_there(saved: Path) -> None:
    """A consistent manifest over too few files."""
    (saved / "arrays.npz").unlink()
    reseal(saved, lambda manifest: manifest["files"].pop("arrays.npz"))
    with pytest.raises(InputError, match="is not listed"):
        load_bundle(saved)


@pytest.mark.parametrize("limit", ["MAX_BOOSTER_BYTES", "MAX_ARRAY_BYTES"])
def test_a_decompression_bomb_is_cut_short(saved: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    """A megabyte that unpacks to a terabyte must not take the machine with it."""
    monkeypatch.setattr(bundle_parts, limit, 100)
    with pytest.raises(InputError, match="larger than"):
        load_bundle(saved)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_named(saved: Path) -> None:
    """Permissions are the user's to mend."""
    (saved / "models.json").chmod(0)
    with pytest.raises(InputError, match=r"models\.json"):
        load_bundle(saved)
