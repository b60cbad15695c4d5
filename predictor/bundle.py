"""Bundle: a trained model as a folder that can be read, checked and carried, and never runs code."""

from __future__ import annotations

import dataclasses
import math
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as resources_of
from pathlib import Path
from typing import Any

import numpy as np

from features.catalogue import EXPRESSION_PREFIX, PATTERN, describe, require_rows
from features.errors import InputError
from features.settings import Settings
from predictor.bundle_contents import ARRAYS, STRUCTURE, TargetModel, pack, unpack, version_of
from predictor.bundle_files import read_files, write_files
from predictor.modalities import ColumnRoles

__all__ = ["Bundle", "TargetModel", "content_version", "load_bundle", "released_bundle_path", "save_bundle"]

CARD = "MODEL_CARD.md"
#: The package that the repository's ``models`` folder is installed as.
RELEASED = "predictor.released"
_BROKEN = (
    ValueError, KeyError, TypeError, IndexError, AttributeError, EOFError, OSError, zlib.error,
    zipfile.BadZipFile, NotImplementedError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Bundle:
    """A trained model.

    Attributes
    ----------
    name
        Of the experiment.
    version
        Content address of everything that predicts: the same numbers have the same version, whatever the
        facts beside them.  :func:`content_version` gives it.
    columns
        Feature columns in the order of the training matrix.
    roles
        What the columns are.
    families
        Feature families that ``build_matrix`` must build.
    settings
        The settings that it must build them with.
    least_known
        A modality counts as measured where at least this share of its inputs is known.
    models
        By target name, such as ``"sirolimus@GDSC2"`` or ``"rapalog"``.
    facts
        JSON for readers, no part of the version: ``experiment``, ``cohort``, ``samples``, ``sources``
        (SourceRecords), ``losses``, ``scores`` (of every predictor on every target, the ladder among them),
        ``git_revision``, ``created``, ``libraries`` (name to version), ``features`` (catalogue rows; filled
        in on saving).
    """

    name: str
    version: str
    columns: tuple[str, ...]
    roles: ColumnRoles
    families: tuple[str, ...]
    settings: Settings
    least_known: float
    models: dict[str, TargetModel]
    facts: dict[str, object]

    def __post_init__(self) -> None:
        """Refuse sub-models that use columns which the bundle does not know."""
        known = set(self.columns)
        for name, model in self.models.items():
            if name != model.target.name:
                raise ValueError(f"the model of {model.target.name} is filed under {name}")
            for sub in model.submodels.values():
                if not known.issuperset((*sub.readable, *sub.wide)):
                    raise ValueError(f"{name}: a sub-model uses columns that the bundle lacks")
        if not self.models:
            raise ValueError("there is no model")
        lacking = known - set(self.roles.modality)
        if lacking:
            raise ValueError(f"columns without a modality: {', '.join(sorted(lacking)[:5])}")


def content_version(bundle: Bundle) -> Bundle:
    """The bundle with the version of its content: 12 hexadecimal digits of a sha256 of all that predicts."""
    return dataclasses.replace(bundle, version=version_of(_packed(bundle)))


def save_bundle(bundle: Bundle, folder: str | Path) -> Path:
    """Write a bundle, whole or not at all.

    Parameters
    ----------
    bundle
        What to write.
    folder
        An older bundle there is replaced.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    InputError
        If the folder holds something else, or the file system refuses.
    LookupError
        If a column lacks its row in the feature catalogue.
    ValueError
        If the version is not that of the models (:func:`content_version` gives it).
    """
    from predictor.answering import answers
    from predictor.model_card import model_card

    files = _packed(bundle)
    if version_of(files) != bundle.version:
        raise ValueError("the version is not that of the models")
    facts = {**bundle.facts, "features": bundle.facts.get("features") or feature_rows(bundle.columns)}
    head = {
        "name": bundle.name,
        "version": bundle.version,
        "inhibitors": [dataclasses.asdict(answer) for answer in answers(bundle)],
        "targets": [
            {**dataclasses.asdict(model.target), "patterns": list(model.submodels)}
            for model in bundle.models.values()
        ],
        "facts": facts,
    }
    card = model_card(dataclasses.replace(bundle, facts=facts)).encode()
    return write_files(Path(folder), plain(head), {**files, CARD: card})


def load_bundle(folder: str | Path) -> Bundle:
    """Read a bundle: every file is verified before it is parsed, and none can hold code.

    Raises
    ------
    InputError
        Naming the file that is missing, altered, not part of the bundle, a link or outside the folder; or if
        the bundle is of a newer format or holds no model.
    """
    folder = Path(folder)
    manifest, files = read_files(folder)
    for name in (STRUCTURE, ARRAYS):
        if name not in files:
            raise InputError(
                "is not listed in the manifest", where=folder / name, todo="get the bundle again"
            )
    if manifest.get("version") != version_of(files):
        raise InputError("is not of the version that the manifest names", where=folder / STRUCTURE)
    try:
        structure, models = unpack(files)
        modality = dict(zip(structure["columns"], structure["modality"], strict=True))
        return Bundle(
            name=str(manifest["name"]),
            version=str(manifest["version"]),
            columns=tuple(structure["columns"]),
            roles=ColumnRoles(modality, frozenset(structure["wide"]), frozenset(structure["computed_only"])),
            families=tuple(structure["families"]),
            settings=Settings.from_json(structure.get("settings", {})),
            least_known=float(structure["least_known"]),
            models=models,
            facts=dict(manifest["facts"]),
        )
    except _BROKEN as error:
        raise InputError(
            f"does not hold models that can be read ({type(error).__name__}: {error})"[:300],
            where=folder,
            todo="get the bundle again, or train it anew with `mtorc1 train`",
        ) from error


def released_bundle_path(name: str = "default") -> Path:
    """The folder of a bundle that came with the installation.

    Raises
    ------
    InputError
        If there is none of that name; those that there are get listed.
    """
    try:
        root = resources_of(RELEASED)
    except ModuleNotFoundError as error:
        raise InputError(
            "no released model came with this installation", todo="train one with `mtorc1 train`"
        ) from error
    found = sorted(
        entry.name for entry in root.iterdir() if entry.is_dir() and re.fullmatch(r"[\w-]+", entry.name)
    )
    found = [each for each in found if root.joinpath(each, "manifest.json").is_file()]
    if name not in found:
        raise InputError(
            f"no released model is named {name!r}",
            todo=f"use one of {', '.join(found)}, or the path of a bundle folder"
            if found
            else "train one with `mtorc1 train`",
        )
    return Path(str(root.joinpath(name)))


def feature_rows(columns: Sequence[str]) -> list[dict[str, object]]:
    """Catalogue rows of the columns; the genes of the wide block share the pattern row.

    Raises
    ------
    LookupError
        If a column has none.
    """
    require_rows(columns)
    scalars = [column for column in columns if not column.startswith(EXPRESSION_PREFIX)]
    shown = scalars if len(scalars) == len(columns) else [*scalars, PATTERN]
    return [dataclasses.asdict(describe(name)) for name in shown]


def plain(value: Any) -> Any:
    """A value as JSON holds it: numpy's and dataclasses' types undone, what is no finite number ``None``."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | list | tuple | set | frozenset):
        return [plain(one) for one in (sorted(value) if isinstance(value, set | frozenset) else value)]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    return str(value)


def _packed(bundle: Bundle) -> dict[str, bytes]:
    beside = {
        "families": list(bundle.families),
        "settings": bundle.settings.to_json(),
        "least_known": float(bundle.least_known),
        "modality": [bundle.roles.modality[column] for column in bundle.columns],
        "wide": [column for column in bundle.columns if column in bundle.roles.wide],
        "computed_only": [column for column in bundle.columns if column in bundle.roles.computed_only],
    }
    return pack(bundle.columns, bundle.models, beside)
