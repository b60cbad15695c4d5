"""Flow and mass cytometry files (FCS 3.x) as a Cohort of cells: linear intensities, one sample a file."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.cells import Cells
from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.sources.cell_cohort import cohort_of_cells
from features.storage import sha256_file


@dataclass(frozen=True)
class _File:
    path: Path
    labels: tuple[str, ...]
    values: npt.NDArray[np.float32]
    rows_in: int


def import_fcs(
    paths: str | Path | Sequence[str | Path],
    *,
    sample_ids: Sequence[str] | None = None,
    name: str = "fcs",
    cohort: Cohort | str | Path | None = None,
    home: str | Path | None = None,
) -> Cohort:
    """Make a Cohort of the cells of cytometry files, or add them to one.

    Channels are called by their label ($PnS, the marker or antibody), or by their short name ($PnN) where two
    share a label; where any channel has a label, those without one (time, event length, empty metals) are
    left out.  Values are linear: gain and logarithmic amplification, where the file states them, are taken
    back; no arcsinh is applied.  Compensation is not: give compensated files.  Negative intensities, which
    randomisation and background subtraction leave, become 0 and are told in the losses.

    Parameters
    ----------
    paths
        A file, several, or a folder with .fcs files.
    sample_ids
        One for each file, in order; by default the file's name without its ending.
    name
        Of the cohort.
    cohort
        A cohort of the same samples (or its name or folder) that gets the cells too.
    home
        As for :func:`features.sources.load`.

    Raises
    ------
    InputError
        One line, if a file is missing or no FCS file, two files give the same sample, the files share no
        channel, or a value is not finite.
    """
    files = _listed(paths)
    samples = [file.stem for file in files] if sample_ids is None else [str(s) for s in sample_ids]
    if len(samples) != len(files):
        raise InputError(f"{len(samples)} sample ids for {len(files)} FCS files", todo="give one for each")
    twice = [sample for sample, n in Counter(samples).items() if n > 1]
    if twice:
        raise InputError(
            f"two FCS files are the sample {twice[0]}", todo="name each file's sample with `sample_ids`"
        )
    read = [_read(file) for file in files]
    shared = [label for label in read[0].labels if all(label in one.labels for one in read)]
    if not shared:
        raise InputError(
            f"shares no channel with {read[0].path.name}",
            where=next(one.path for one in read if not set(one.labels) & set(read[0].labels)),
            todo="import files of one panel together",
        )
    parts = [one.values[:, [one.labels.index(label) for label in shared]] for one in read]
    values = np.concatenate(parts)
    below = np.flatnonzero((values < 0).any(axis=0))
    cells = Cells(
        pd.DataFrame(
            {
                "cell_id": [str(i) for part in parts for i in range(1, len(part) + 1)],
                "sample_id": np.repeat(samples, [len(part) for part in parts]),
            }
        ),
        tuple(shared),
        np.maximum(values, 0),
        "linear",
        "protein",
    )
    records = [_record(one) for one in read]
    found = cohort_of_cells(cells, records, where=files[0], name=name, cohort=cohort, home=home)
    unshared = dict.fromkeys(label for one in read for label in one.labels if label not in shared)
    return found.with_losses(
        [
            ("fcs", "channel is not in every file", unshared),
            ("fcs", "channel with negative intensities, which became 0", [shared[j] for j in below]),
        ]
    )


def _listed(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    given = [Path(paths)] if isinstance(paths, str | Path) else [Path(path) for path in paths]
    files: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() == ".fcs")
            if not inside:
                raise InputError("holds no .fcs file", where=path)
            files += inside
        elif path.is_file():
            files.append(path)
        else:
            raise InputError("no such file", where=path)
    if not files:
        raise InputError("no FCS file is named")
    return files


def _read(path: Path) -> _File:
    """Channels and intensities of one file."""
    data = _parsed(path)
    rows = int(data.event_count)
    if not rows:
        raise InputError("holds no cells", where=path)
    labels = _labels([str(n).strip() for n in data.pnn_labels], [str(s).strip() for s in data.pns_labels])
    kept = [j for j, label in enumerate(labels) if label]
    values = np.asarray(data.as_array(preprocess=True))[:, kept].astype(np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise InputError(
            f"cell {row + 1} has no finite intensity of {labels[kept[column]]}",
            where=path,
            todo="leave such cells out",
        )
    return _File(path, tuple(labels[j] for j in kept), values, rows)


def _parsed(path: Path) -> Any:
    """What flowio makes of the file."""
    from flowio import FlowData

    try:
        with warnings.catch_warnings():
            # Many files state the end of their data one byte too far; flowio reads just those all the same.
            warnings.simplefilter("ignore")
            return FlowData(str(path), ignore_offset_error=True)
    # A file that is none breaks flowio in many ways (its own errors, KeyError, struct.error, ValueError ...).
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise InputError(
            f"cannot be read as FCS ({reason})", where=path, todo="give an FCS 3.0 or 3.1 file"
        ) from error


def _labels(short: list[str], long: list[str]) -> list[str]:
    """Name of each channel; "" for one to leave out."""
    if not any(long):
        return short
    times = Counter(long)
    return [
        (label if times[label] == 1 else name) if label else ""
        for name, label in zip(short, long, strict=True)
    ]


def _record(one: _File) -> SourceRecord:
    return SourceRecord("FCS", "as given", one.path.name, sha256_file(one.path), one.rows_in, len(one.values))
