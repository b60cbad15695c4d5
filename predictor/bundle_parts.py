"""The numbers of a bundle: NPZ for arrays, gzipped UBJ for trees; neither can hold code.

Arrays are named by their content, so that what targets share (the means of the wide block, lists of columns)
is stored once, and a changed number has another name.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xgboost as xgb

#: Uncompressed bytes of one booster and of all arrays, beyond which a file is not what it seems.
MAX_BOOSTER_BYTES = 64 * 2**20
MAX_ARRAY_BYTES = 512 * 2**20
_KINDS = {"f": "<f8", "i": "<i4", "b": "|b1"}


@dataclass
class PartsWriter:
    """Collects arrays and boosters while the structure is described.

    Attributes
    ----------
    columns
        Column name to position.
    arrays, boosters
        What was collected, by name.
    """

    columns: Mapping[str, int]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    boosters: dict[str, bytes] = field(default_factory=dict)

    def array(self, values: np.ndarray, kind: str) -> str:
        """Keep an array ("f" float64, "i" whole numbers, "b" bool) and give the name that it is read by."""
        plain = np.ascontiguousarray(values, dtype=_KINDS[kind])
        name = _array_name(plain)
        self.arrays[name] = plain
        return name

    def columns_of(self, names: Sequence[str]) -> str:
        """Keep a list of columns as positions."""
        return self.array(np.array([self.columns[name] for name in names], dtype=np.int32), "i")

    def npz(self) -> bytes:
        """The collected arrays as one file."""
        arrays: dict[str, Any] = {name: self.arrays[name] for name in sorted(self.arrays)}
        stored = io.BytesIO()
        np.savez_compressed(stored, **arrays)
        return stored.getvalue()

    def booster(self, booster: xgb.Booster | None, label: str) -> dict[str, str] | None:
        """Keep trees; their file and sha256, or None where there are none."""
        if booster is None:
            return None
        raw = bytes(booster.save_raw(raw_format="ubj"))
        slug = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")
        name = f"boosters/{len(self.boosters):03d}-{slug}.ubj.gz"
        # Without a time stamp the same model is the same file.
        self.boosters[name] = gzip.compress(raw, compresslevel=9, mtime=0)
        return {"file": name, "sha256": hashlib.sha256(raw).hexdigest()}


def read_booster(given: Mapping[str, str], files: Mapping[str, bytes]) -> xgb.Booster:
    """Trees that :meth:`PartsWriter.booster` kept.

    Raises
    ------
    ValueError, KeyError, EOFError, OSError, zlib.error
        If they are not the ones that were named.
    """
    with gzip.GzipFile(fileobj=io.BytesIO(files[given["file"]])) as handle:
        raw = handle.read(MAX_BOOSTER_BYTES + 1)
    if len(raw) > MAX_BOOSTER_BYTES:
        raise ValueError("a booster is larger than one can be")
    if hashlib.sha256(raw).hexdigest() != given["sha256"]:
        raise ValueError("a booster is not the one that was named")
    # One thread, as in training: the sum of a row's trees has one order then, and ten rows need no pool.
    return xgb.Booster({"nthread": 1}, model_file=bytearray(raw))


def read_arrays(data: bytes) -> dict[str, np.ndarray]:
    """Arrays that :meth:`PartsWriter.npz` kept, by name.

    Raises
    ------
    ValueError, EOFError, OSError, zlib.error, zipfile.BadZipFile
        If they are not the ones that were named, or a pickle.
    """
    arrays: dict[str, np.ndarray] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > MAX_ARRAY_BYTES:
            raise ValueError("the arrays are larger than they can be")
        for member in members:
            with archive.open(member) as handle:
                # Refuses object arrays: those are pickles.
                values = np.lib.format.read_array(handle, allow_pickle=False)
            name = member.filename.removesuffix(".npy")
            if values.dtype.str not in _KINDS.values() or name != _array_name(values):
                raise ValueError(f"the array {name} is not the one that was named")
            arrays[name] = values
    return arrays


def _array_name(values: np.ndarray) -> str:
    return hashlib.sha256(f"{values.dtype.str}{values.shape}".encode() + values.tobytes()).hexdigest()[:32]
