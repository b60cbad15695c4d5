"""mRNA of a cBioPortal study: which of its flavours is taken, and on which scale it is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from features.errors import InputError
from features.progress import Progress, silent
from features.sources.cbioportal_meta import Study, StudyFile
from features.sources.cbioportal_scale import on_stated_scale, scale_of_user, scale_of_words
from features.sources.table_files import Losses, Reading
from features.sources.wide_matrix import read_wide

KIND = "MRNA_EXPRESSION"
_STAGE = "expression"
#: No mRNA of the tumours.
_NOT_TUMOUR = re.compile(
    r"mi-?rna|microrna|\bnormals?\b|_normals?\b|_normals?_samples|ref_normal", re.IGNORECASE
)
#: Units in the order in which one is taken, after all that are no z-scores.
_ORDER = ("tpm", "rsem", "count", "fpkm", "rpkm", "cpm", "rna[ _-]?seq", "")


@dataclass(frozen=True, eq=False)
class Expression:
    """The reading (its table: samples x genes) and its scale."""

    reading: Reading
    scale: str


def chosen_profile(study: Study, stated: str | None, losses: Losses) -> StudyFile | None:
    """The mRNA profile to read; the others are named in the losses.

    Of several: measured values before z-scores, then TPM, RSEM, counts, FPKM, CPM, other RNA-seq, arrays; of
    z-scores those relative to all samples first.  Normal tissue and microRNA are never taken.

    Parameters
    ----------
    study
        The study.
    stated
        The stable_id or the data file's name, as the user states it.
    losses
        Gets the flavours that are not read.

    Raises
    ------
    InputError
        If the stated profile is not there, or names more than one.
    """
    files = study.of(KIND)
    if stated is not None:
        found = [f for f in files if stated in (f.stable_id, f.data.name, f.meta.name)]
        if len(found) != 1:
            names = ", ".join(f.stable_id or f.data.name for f in files) or "none"
            raise InputError(
                f"{'several' if found else 'no'} mRNA profiles are called {stated!r} (there are: {names})",
                where=study.folder,
                todo="name one by its stable_id or data file: --mrna NAME",
            )
    else:
        usable = [f for f in files if f.datatype != "DISCRETE" and not _NOT_TUMOUR.search(f.words)]
        found = sorted(usable, key=_rank)[:1]
    left = [f.data.name for f in files if f not in found]
    losses.append((_STAGE, "another flavour of mRNA: not read (--mrna NAME takes it)", left))
    return found[0] if found else None


def _rank(file: StudyFile) -> tuple[bool, bool, int, str]:
    words = file.words
    unit = next(n for n, word in enumerate(_ORDER) if re.search(word, words, re.IGNORECASE))
    return file.datatype == "Z-SCORE", "all_sample" not in words.lower(), unit, file.data.name


def read_expression(
    file: StudyFile,
    samples: Sequence[str],
    others: Collection[str],
    *,
    symbols: Mapping[str, str],
    stated: str | None = None,
    progress: Progress = silent,
) -> Expression:
    """One profile of mRNA.

    Parameters
    ----------
    file
        Its meta file.
    samples, others
        To read, and known besides.
    symbols
        Entrez id -> symbol.
    stated
        The scale that the user states; by default that of the meta file's words, else recognised.
    progress
        Told of the rows.

    Raises
    ------
    InputError
        As :func:`features.sources.wide_matrix.read_wide` and
        :func:`features.sources.cbioportal_scale.on_stated_scale`.
    """
    scale = scale_of_words(file) if stated is None else scale_of_user(stated)
    wide = read_wide(file.data, samples, stage=_STAGE, others=others, symbols=symbols, progress=progress)
    matrix = wide.matrix
    empty = matrix.index[matrix.isna().all(axis=1)]
    if len(empty):
        matrix = matrix.drop(index=empty)
    if matrix.empty:
        raise InputError("has no value of any sample", where=file.data, todo="check the file")
    losses = [*wide.losses, (_STAGE, "sample without any value: left out", list(empty))]
    name, said, below = on_stated_scale(matrix, scale, file)
    losses.append((_STAGE, "gene with RSEM below 0, which is taken as 0 (kept)", below))
    how = "stated" if stated is not None else f"by {file.meta.name}" if scale.scale else "recognised"
    reading = Reading(matrix, f"{said} ({how}), {matrix.shape[1]:,} genes", losses, len(wide.matrix))
    return Expression(reading, name)
