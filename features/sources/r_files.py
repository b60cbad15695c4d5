"""Objects that R saved (.rds, .rda), read without R.  Nothing in them is run.

The reader is the package ``rdata``, an optional dependency: it keeps data frames, lists and the slots of S4
objects, and gives classes that it does not know as plain values.
"""

from __future__ import annotations

import lzma
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError

_BROKEN = (
    ValueError, TypeError, KeyError, AttributeError, NotImplementedError, RuntimeError, EOFError, OSError,
    zlib.error, lzma.LZMAError,
)  # fmt: skip


def read_r(path: Path) -> Mapping[str, Any]:
    """What a file of R holds, by name: the variables of an .rda, or the slots or entries of an .rds.

    Raises
    ------
    InputError
        If there is no such file, it cannot be read, or ``rdata`` is not installed.
    """
    try:
        import rdata
    except ImportError as error:
        raise InputError(
            "files of R need the package rdata", where=path, todo="pip install 'mtorc1-response[tcga]'"
        ) from error
    if not path.is_file():
        raise InputError("no such file", where=path, todo="check the path")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rdata names each class that it keeps as plain values
        try:
            found = _converter().convert(rdata.parser.parse_file(path, extension=path.suffix.lower()))
        except _BROKEN as error:
            reason = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
            raise InputError(f"cannot be read as a file of R ({reason})", where=path) from error
    if isinstance(found, Mapping):
        return {str(name): value for name, value in found.items()}
    # An S4 object: its slots.
    return {str(name): value for name, value in getattr(found, "__dict__", {"": found}).items()}


def _converter() -> Any:
    """The package's converter, but for vectors of text, which it would make as wide as their longest entry.

    An exome's table with one long deletion takes 20 GB so, and 0.5 GB as objects.
    """
    from rdata.conversion import SimpleConverter, convert_char
    from rdata.parser import RObjectType

    class ObjectsOfText(SimpleConverter):
        def _convert_next(self, data: Any) -> Any:
            info = getattr(data, "info", None)
            if info is not None and info.type == RObjectType.STR and data.attributes is None:
                texts = (
                    convert_char(entry, default_encoding=self.default_encoding_used) for entry in data.value
                )
                return np.array(list(texts), dtype=object)
            return super()._convert_next(data)

    return ObjectsOfText()


def frame_of(found: Mapping[str, Any], name: str, path: Path) -> pd.DataFrame:
    """One data frame of a file, its columns called by text and each once.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    frame = found.get(name)
    if not isinstance(frame, pd.DataFrame):
        there = ", ".join(sorted(found)) or "nothing"
        raise InputError(f"holds no data frame {name!r} (but {there})", where=path, todo="check the file")
    columns = pd.Index([str(column) for column in frame.columns], dtype=object)
    return frame.set_axis(columns, axis=1).loc[:, ~columns.duplicated()].reset_index(drop=True)


def texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Every column as text; whole numbers without a point, missing where R has NA."""
    return frame.apply(_text)


def _text(column: pd.Series) -> pd.Series:
    values = column.astype(object)
    known = values.notna()
    return values.where(known, None).map(_one, na_action="ignore").astype(object)


def _one(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()
