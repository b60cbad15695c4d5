from __future__ import annotations

import io
import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.sources.torch_pickle import read_tensors

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
SYSTEM = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {"short": 2}}


class Evil:
    """Writes a marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> Any:
        return (os.system, (f"touch {self.marker}",))


class Named:
    """Pickles as a global of another module and, called, as its reduction."""

    def __init__(self, module: str, name: str, arguments: tuple[Any, ...]) -> None:
        self.module, self.name, self.arguments = module, name, arguments


class Description:
    def __init__(
        self, numel: int, kind: str = "torch FloatStorage", key: str = "1", device: str = "cpu"
    ) -> None:
        self.numel, self.kind, self.key, self.device = numel, kind, key, device

    def dumps(self) -> bytes:
        module, name = self.kind.split()
        text = b"X\x07\x00\x00\x00storage"
        key = b"X" + struct.pack("<I", len(self.key)) + self.key.encode()
        device = b"X" + struct.pack("<I", len(self.device)) + self.device.encode()
        number = b"J" + struct.pack("<i", self.numel)
        return b"\x80\x02(" + text + f"c{module}\n{name}\n".encode() + key + device + number + b"NtQ."


def storage(values: np.ndarray, **changes: Any) -> bytes:
    parts: dict[str, Any] = {
        "magic": pickle.dumps(MAGIC, 2),
        "protocol": pickle.dumps(PROTOCOL, 2),
        "system": pickle.dumps(SYSTEM, 2),
        "description": Description(len(values)).dumps(),
        "keys": pickle.dumps(["1"], 2),
        "length": struct.pack("<q", len(values)),
        "raw": values.astype("<f4").tobytes(),
    } | changes
    return b"".join(parts.values())


class Pickler(pickle._Pickler):  # type: ignore[name-defined]  # the Python one, whose save can be overridden
    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, Named):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
            super().save(obj.arguments)
            self.write(b"R")
        else:
            super().save(obj, save_persistent_id)


def dumps(obj: Any) -> bytes:
    stream = io.BytesIO()
    Pickler(stream, 4).dump(obj)
    return stream.getvalue()


def tensor(data: bytes, *arguments: Any, size: int = 3) -> Named:
    loaded = Named("torch.storage", "_load_from_bytes", (data,))
    rest = arguments or (0, (size,), (1,), False, OrderedDict())
    return Named("torch._utils", "_rebuild_tensor_v2", (loaded, *rest))


VALUES = np.array([1.5, -2.0, 3.25], np.float32)


def test_tensors_are_read_as_torch_wrote_them() -> None:
    found = read_tensors(
        dumps({"A": tensor(storage(VALUES)), "B": tensor(storage(2 * VALUES))}), where="x.pkl"
    )
    np.testing.assert_array_equal(found["A"], VALUES)
    np.testing.assert_array_equal(found["B"], 2 * VALUES)
    assert found["A"].dtype == np.float32


@given(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3))
def test_shapes_and_offsets(rows: int, columns: int, offset: int) -> None:
    values = np.arange(offset + rows * columns, dtype=np.float32)
    pickled = dumps(
        {"A": tensor(storage(values), offset, (rows, columns), (columns, 1), False, OrderedDict())}
    )
    np.testing.assert_array_equal(
        read_tensors(pickled, where="x")["A"], values[offset:].reshape(rows, columns)
    )


@pytest.mark.parametrize("layer", ["outer", "value", "argument", "magic", "system", "description", "keys"])
def test_a_malicious_pickle_is_refused_and_nothing_runs(tmp_path: Path, layer: str) -> None:
    marker = tmp_path / "ran"
    evil = pickle.dumps(Evil(marker), 2)
    if layer == "outer":
        data = evil
    elif layer == "value":
        data = dumps({"A": Evil(marker)})
    elif layer == "argument":
        data = dumps({"A": tensor(storage(VALUES), 0, (3,), (1,), False, Evil(marker))})
    else:
        data = dumps({"A": tensor(storage(VALUES, **{layer: evil}))})
    with pytest.raises(
        InputError, match=r"x\.pkl: the pickle asks for \w+\.system.*nothing was run"
    ) as caught:
        read_tensors(data, where="x.pkl")
    assert not marker.exists()
    assert "\n" not in str(caught.value)
    if layer != "outer":  # the guard itself is tested: a free unpickler would have run it
        assert pickle.loads(evil) == 0
        assert marker.exists()


@pytest.mark.parametrize(
    "name",
    [
        "builtins eval",
        "builtins getattr",
        "collections Counter",
        "torch.storage UntypedStorage",
        "numpy array",
    ],
)
def test_only_four_constructors_are_lent(name: str) -> None:
    module, what = name.split()
    with pytest.raises(InputError, match="refused"):
        read_tensors(dumps({"A": Named(module, what, ())}), where="x")


def test_the_lent_functions_cannot_be_tampered_with() -> None:
    # BUILD with a (None, {...}) state would set attributes of the function, for this and every later reading.
    data = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}X\x01\x00\x00\x00aK\x01s\x86b."
    with pytest.raises(InputError, match="not a pickle of float32 tensors"):
        read_tensors(data, where="x")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a pickle",
        dumps({"A": tensor(storage(VALUES))})[:-40],
        dumps({"A": tensor(storage(VALUES, magic=pickle.dumps(7, 2)))}),
        dumps({"A": tensor(storage(VALUES, protocol=pickle.dumps(7, 2)))}),
        dumps({"A": tensor(storage(VALUES, system=pickle.dumps({"little_endian": False}, 2)))}),
        dumps({"A": tensor(storage(VALUES, description=pickle.dumps(("storage",), 2)))}),
        dumps({"A": tensor(storage(VALUES, description=Description(3, device="cuda:0").dumps()))}),
        dumps({"A": tensor(storage(VALUES, description=Description(4).dumps()))}),
        dumps({"A": tensor(storage(VALUES, keys=pickle.dumps(["2"], 2)))}),
        dumps({"A": tensor(storage(VALUES, length=struct.pack("<q", -1)))}),
        dumps({"A": tensor(storage(VALUES, length=b"\x03"))}),
        dumps({"A": tensor(storage(VALUES, raw=b"\x00" * 11))}),
        dumps({"A": tensor(storage(VALUES), 0, (4,), (1,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), -1, (3,), (1,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), 1, (3,), (1,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), 0, (3,), (2,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), 0, (-3,), (1,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), "0", (3,), (1,), False, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), 0, (3,), (1,), True, OrderedDict())}),
        dumps({"A": tensor(storage(VALUES), 0, (3,), (1,), False)}),
        dumps({"A": Named("torch._utils", "_rebuild_tensor_v2", (1, 0, (3,), (1,), False, OrderedDict()))}),
    ],
)
def test_a_malformed_file_is_one_clear_line(data: bytes) -> None:
    with pytest.raises(InputError, match=r"x\.pkl: is not a pickle of float32 tensors") as caught:
        read_tensors(data, where="x.pkl")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("obj", [[1, 2], {"A": 3}, {3: tensor(storage(VALUES))}, "text"])
def test_anything_but_a_dict_of_tensors_is_refused(obj: Any) -> None:
    with pytest.raises(InputError, match="does not hold a dict of named"):
        read_tensors(dumps(obj), where="x")


def test_storages_that_are_not_float32_and_persistent_objects_are_refused() -> None:
    double = storage(VALUES, description=Description(3, kind="torch DoubleStorage").dumps())
    for data in (
        dumps({"A": tensor(double)}),
        b"\x80\x02K\x01Q.",
        dumps({"A": tensor(storage(VALUES, keys=b"\x80\x02K\x01Q."))}),
        dumps({"A": Named("torch.storage", "_load_from_bytes", (3,))}),
    ):
        with pytest.raises(InputError, match="refused, nothing was run"):
            read_tensors(data, where="x")


@given(st.binary(max_size=60))
def test_no_bytes_do_anything_but_fail_cleanly(data: bytes) -> None:
    with pytest.raises(InputError):
        read_tensors(data, where="x")
