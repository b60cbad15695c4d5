"""A cBioPortal study folder: its meta files, each of which says what one data file holds.

The format is documented by cBioPortal (docs.cbioportal.org/file-formats): a field a line, "name: value".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.errors import InputError

_STUDY = "meta_study.txt"
_ID = "cancer_study_identifier"
_TYPE, _DATATYPE, _FILE = "genetic_alteration_type", "datatype", "data_filename"
#: Fields that decide what is read: one of them twice is a contradiction, any other may be part of a text.
_ONCE = frozenset(
    {_ID, _TYPE, _DATATYPE, _FILE, "stable_id", "gene_panel", "case_list_ids", "gene_list", "type_of_cancer"}
)
#: Begins a file that Git LFS has not fetched.
_POINTER = "version https://git-lfs.github.com/"
#: Alteration type -> how the names of its data files begin: without a meta file such a file would be missed.
_DATA_NAMES: Mapping[str, tuple[str, ...]] = {
    "CLINICAL": ("data_clinical",),
    "MUTATION_EXTENDED": ("data_mutations",),
    "COPY_NUMBER_ALTERATION": ("data_cna", "data_log2_cna", "data_log2cna", "data_linear_cna"),
    "MRNA_EXPRESSION": ("data_mrna", "data_expression", "data_rna_seq"),
    "PROTEIN_LEVEL": ("data_rppa", "data_protein"),
    "GENE_PANEL_MATRIX": ("data_gene_panel_matrix", "data_gene_matrix"),
}


@dataclass(frozen=True)
class StudyFile:
    """What one meta file says.

    Attributes
    ----------
    meta
        The meta file.
    fields
        Its fields.
    data
        The data file; the meta file itself where there is none (meta_study.txt).
    """

    meta: Path
    fields: Mapping[str, str]
    data: Path

    @property
    def kind(self) -> str:
        """genetic_alteration_type, in capitals; "" for the study itself."""
        return self.fields.get(_TYPE, "").upper()

    @property
    def datatype(self) -> str:
        """Datatype, in capitals."""
        return self.fields.get(_DATATYPE, "").upper()

    @property
    def stable_id(self) -> str:
        """How other files call this profile."""
        return self.fields.get("stable_id", "")

    @property
    def words(self) -> str:
        """All that the file says of its values, and its name, as text to look for words in."""
        names = ("stable_id", "profile_name", "profile_description", "description")
        return " ; ".join([*(self.fields.get(name, "") for name in names), self.data.name])


@dataclass(frozen=True)
class Study:
    """A study folder.

    Attributes
    ----------
    folder
        Its path.
    identifier, name
        Of the study.
    fields
        Of meta_study.txt.
    files
        Its meta files, by name.
    undescribed
        Data files that no meta file names.
    """

    folder: Path
    identifier: str
    name: str
    fields: Mapping[str, str]
    files: tuple[StudyFile, ...]
    undescribed: tuple[str, ...]

    def of(self, kind: str, *datatypes: str) -> list[StudyFile]:
        """Files of an alteration type and, where given, of one of these datatypes."""
        return [f for f in self.files if f.kind == kind and (not datatypes or f.datatype in datatypes)]


def read_study(folder: Path) -> Study:
    """The meta files of a study folder.

    Raises
    ------
    InputError
        If the folder, meta_study.txt, a needed field or a data file is missing, a meta file is of another
        study, a file was not fetched by Git LFS, or data of a kind that is read have no meta file at all.
    """
    if not folder.is_dir():
        unpack = "unpack it and give the folder" if folder.is_file() else "check the path"
        raise InputError("is no folder" if folder.is_file() else "no such folder", where=folder, todo=unpack)
    texts = sorted(path for path in folder.glob("*.txt") if path.is_file())
    metas = {path.name: read_fields(path) for path in texts if "meta" in path.name.lower()}
    study = next((name for name in metas if name.lower() == _STUDY), None)
    if study is None:
        inside = sorted(path.parent.name for path in folder.glob(f"*/{_STUDY}"))
        raise InputError(
            f"holds no {_STUDY}",
            where=folder,
            todo=f"give the folder of one study, such as {folder / inside[0]}"
            if inside
            else f"add it: it names the study ({_ID}: ...)",
        )
    fields = metas.pop(study)
    identifier = _field(fields, _ID, folder / study)
    files: list[StudyFile] = []
    for name, own in metas.items():
        path = folder / name
        if own.get(_ID, identifier) != identifier:
            raise InputError(
                f"is of the study {own[_ID]!r}, and {study} of {identifier!r}",
                where=path,
                todo=f"keep one study in a folder, or mend {_ID}",
            )
        files.append(_study_file(path, own))
    described = {file.data.name for file in files}
    others = [path.name for path in texts if path.name.lower().startswith("data_")]
    undescribed = tuple(name for name in others if name not in described)
    found = Study(folder, identifier, fields.get("name", identifier), fields, tuple(files), undescribed)
    _refuse_missed(found)
    return found


def read_fields(path: Path) -> dict[str, str]:
    """The fields of a file of "name: value" lines (meta files, case lists, gene panels).

    A line without a name goes on with the field before it; so a description may have several lines.

    Raises
    ------
    InputError
        If the file cannot be read, was not fetched by Git LFS, begins with no field, or has a field of
        :data:`_ONCE` twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        # Descriptions of studies hold accents of older encodings; every byte is a letter of this one.
        text = path.read_text(encoding="latin-1")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", where=path) from error
    refuse_pointer(text, path)
    fields: dict[str, str] = {}
    last = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        name = name.strip()
        if colon and name.isidentifier() and (name not in fields or name in _ONCE):
            if name in fields:
                raise InputError(f"has the field {name} twice", where=f"{path}, row {number}")
            fields[name] = value.strip(" ")
            last = name
        elif last:
            fields[last] = f"{fields[last]} {line.strip()}"
        else:
            raise InputError(
                f"{line.strip()[:40]!r} is no field",
                where=f"{path}, row {number}",
                todo="write name: value, one a line",
            )
    return fields


def refuse_pointer(text: str, path: Path) -> None:
    """Refuse what Git keeps in place of a large file.

    Raises
    ------
    InputError
        If it is such a pointer.
    """
    if text.startswith(_POINTER):
        raise InputError(
            "was not fetched: it is a pointer of Git LFS", where=path, todo="run git lfs pull in the folder"
        )


def _field(fields: Mapping[str, str], name: str, path: Path) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise InputError(f"has no field {name}", where=path, todo=f"add a line {name}: ...")
    return value


def _study_file(path: Path, fields: Mapping[str, str]) -> StudyFile:
    _field(fields, _TYPE, path)
    data = path.parent / _field(fields, _FILE, path)
    if not data.is_file():
        raise InputError(
            f"names {data.name}, which is not in the folder",
            where=path,
            todo="put it there, or remove the meta file",
        )
    try:
        with data.open("rb") as handle:
            start = handle.read(len(_POINTER))
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror or error})", where=data) from error
    refuse_pointer(start.decode("latin-1"), data)
    return StudyFile(path, fields, data)


def _refuse_missed(study: Study) -> None:
    """Refuse data without any meta file of their kind, which would be missing without a word."""
    for kind, names in _DATA_NAMES.items():
        missed: Sequence[str] = [n for n in study.undescribed if n.lower().startswith(names)]
        if missed and not study.of(kind):
            raise InputError(
                f"no meta file describes {missed[0]}",
                where=study.folder,
                todo=f"add one with {_TYPE}: {kind}, {_DATATYPE} and {_FILE}, or remove the data",
            )
