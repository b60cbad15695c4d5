"""Read a pickle of ``dict[str, torch float32 tensor]`` without torch and without running anything.

A pickle is a program.  This reader lends it four constructors and no more: dict and list (opcodes of the
format), ``collections.OrderedDict`` (a tensor's empty table of hooks), ``torch._utils._rebuild_tensor_v2``
and ``torch.storage._load_from_bytes``; the last two are our own, over raw float32 storage.  The storage is
in torch's legacy file format: four more pickles and then the raw numbers, which a reader just as narrow
takes.
"""

from __future__ import annotations

import io
import math
import pickle
import struct
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.errors import InputError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
# Whatever a malformed stream makes the unpickler raise; none of these can come from code in the file.
_MALFORMED = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError,
    OverflowError, MemoryError, RecursionError, struct.error,
)  # fmt: skip


class _RefusedError(Exception):
    """The pickle asked for something that is not on the list."""


class _Storage:
    """The raw numbers of one tensor.  Only :func:`_load_storage` makes one."""

    __slots__ = ("values",)

    def __init__(self, values: NDArray[np.float32]) -> None:
        self.values = values


class _FloatStorageMark:
    """Stands for the class ``torch.FloatStorage`` in a storage's description."""

    __slots__ = ()


class _LoadFromBytes:
    """Lent as ``torch.storage._load_from_bytes``.  Instances have no attributes that BUILD could set."""

    __slots__ = ()

    def __call__(self, data: object) -> _Storage:
        if not isinstance(data, bytes):
            raise _RefusedError("a storage that is not bytes")
        return _load_storage(data)


class _RebuildTensor:
    """Lent as ``torch._utils._rebuild_tensor_v2``."""

    __slots__ = ()

    def __call__(self, *arguments: object) -> NDArray[np.float32]:
        return _rebuild(*arguments)


class _Outer(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        lent: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _RebuildTensor(),
            ("torch.storage", "_load_from_bytes"): _LoadFromBytes(),
        }
        if (module, name) not in lent:
            raise _RefusedError(f"{module}.{name}")
        return lent[module, name]

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedError("a persistent object")


class _Plain(pickle.Unpickler):
    """Numbers, strings, lists and dicts only: nothing is lent."""

    def find_class(self, module: str, name: str) -> Any:
        raise _RefusedError(f"{module}.{name} in a storage")

    def persistent_load(self, pid: Any) -> Any:
        raise _RefusedError("a persistent object in a storage")


class _StorageDescription(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) != ("torch", "FloatStorage"):
            raise _RefusedError(f"{module}.{name} in a storage")
        return _FloatStorageMark

    def persistent_load(self, pid: Any) -> Any:
        return pid


def read_tensors(data: bytes, *, where: object) -> dict[str, NDArray[np.float32]]:
    """The tensors of a pickled ``dict[str, tensor]``.

    Parameters
    ----------
    data
        The pickle.
    where
        Named in errors.

    Returns
    -------
    dict
        Name -> float32 array of the tensor's shape.

    Raises
    ------
    InputError
        If the pickle asks for anything but the four constructors, or does not hold such a dict.  Nothing
        that it names has been imported or called.
    """
    try:
        loaded = _Outer(io.BytesIO(data)).load()
    except _RefusedError as error:
        raise InputError(
            f"the pickle asks for {error}, which a table of numbers has no need of; refused, nothing was run",
            where=where,
            todo="do not trust this file; fetch it again",
        ) from error
    except _MALFORMED as error:
        raise InputError(f"is not a pickle of float32 tensors ({error})", where=where) from error
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(tensor, np.ndarray) for name, tensor in loaded.items()
    ):
        raise InputError("does not hold a dict of named float32 tensors", where=where)
    return dict(loaded)


def _load_storage(data: bytes) -> _Storage:
    """Read torch's legacy storage: magic, protocol, system, description, keys; then length and numbers."""
    stream = io.BytesIO(data)
    magic, protocol, system = (_Plain(stream).load() for _ in range(3))
    if magic != _MAGIC or protocol != _PROTOCOL:
        raise ValueError("not torch's legacy storage format")
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ValueError("a storage that is not little-endian")
    description = _StorageDescription(stream).load()
    keys = _Plain(stream).load()
    if not (isinstance(description, tuple) and len(description) == 6):
        raise ValueError("a storage without its description")
    word, kind, key, device, length, view = description
    if (word, kind, device, view) != ("storage", _FloatStorageMark, "cpu", None) or keys != [key]:
        raise ValueError("a storage that is not one of float32 numbers")
    (count,) = struct.unpack("<q", stream.read(8))
    raw = stream.read()
    if count != length or count < 0 or len(raw) != 4 * count:
        raise ValueError(f"a storage of {len(raw)} bytes that claims {length} numbers")
    return _Storage(np.frombuffer(raw, dtype="<f4").astype(np.float32))


def _rebuild(*arguments: Any) -> NDArray[np.float32]:
    if len(arguments) != 6:
        raise ValueError("a tensor with unexpected arguments")
    storage, offset, shape, strides, requires_grad, hooks = arguments
    if not isinstance(storage, _Storage) or requires_grad is not False or hooks != OrderedDict():
        raise ValueError("a tensor that is more than its numbers")
    if type(offset) is not int or not _whole_numbers(shape) or not _whole_numbers(strides):
        raise ValueError("a tensor whose offset, shape or strides are not whole numbers")
    contiguous = tuple(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    size = math.prod(shape)
    if strides != contiguous or offset < 0 or offset + size > len(storage.values):
        raise ValueError("a tensor that does not fit its storage")
    return storage.values[offset : offset + size].reshape(shape)


def _whole_numbers(values: Any) -> bool:
    return isinstance(values, tuple) and all(type(value) is int and value >= 0 for value in values)
