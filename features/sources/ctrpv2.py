"""CTRPv2: the Cancer Therapeutics Response Portal, second version, as AUCs of cancer cell lines.

Seashore-Ludlow 2015, doi 10.1158/2159-8290.CD-15-0235.  Its AUC runs from 0 to 30 (``auc_ctrp_0_30``): about
15 is no effect, lower is more sensitive.  It is not the AUC of GDSC, and nothing here makes it one.
"""

from __future__ import annotations

import fnmatch
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.progress import Progress, silent
from features.sources.measurements import averaged, on_cohort, our_inhibitors
from features.sources.table_files import Losses
from features.sources.web import file_of, stated_digest
from features.storage import sha256_file, storage_errors

SCREEN, METRIC = "CTRPv2", "auc_ctrp_0_30"
#: The official archive, as public code names it; not fetched where this was written.
OFFICIAL_URL = (
    "https://ctd2-data.nci.nih.gov/Public/Broad/CTRPv2.0_2015_ctd2_ExpandedDataset/"
    "CTRPv2.0_2015_ctd2_ExpandedDataset.zip"
)


@dataclass(frozen=True)
class _Table:
    """One table of a release: its files, its columns by our names, and those it may lack."""

    files: str
    columns: Mapping[str, str]
    optional: Mapping[str, str]


_CSV = {
    "curves": _Table(
        "AUC_*.csv",
        {"experiment": "experiment_id", "compound": "master_cpd_id", "value": "area_under_curve"},
        {},
    ),
    "experiments": _Table("Experiment_info.csv", {"experiment": "expt_id", "line": "master_ccl_id"}, {}),
    "lines": _Table(
        "cancer_cell_line_info.csv",
        {"line": "master_ccl_id", "line_name": "ccl_name"},
        {"lineage": "cancer_type"},
    ),
    "compounds": _Table("compound_info.csv", {"compound": "master_cpd_id", "drug": "cpd_name"}, {}),
}
_OFFICIAL = {
    "curves": _Table("v20.data.curves_post_qc.txt", _CSV["curves"].columns, {}),
    "experiments": _Table(
        "v20.meta.per_experiment.txt", {"experiment": "experiment_id", "line": "master_ccl_id"}, {}
    ),
    "lines": _Table("v20.meta.per_cell_line.txt", _CSV["lines"].columns, {"lineage": "ccle_primary_site"}),
    "compounds": _Table(
        "v20.meta.per_compound.txt", _CSV["compounds"].columns, {"max_dose_um": "top_test_conc_umol"}
    ),
}
_LAYOUTS = (_CSV, _OFFICIAL)


def import_ctrpv2(
    path: str | Path,
    *,
    sha256: str | None = None,
    md5: str | None = None,
    name: str = "ctrpv2",
    cohort: Cohort | str | Path | None = None,
    replace_screens: bool = False,
    home: str | Path | None = None,
    progress: Progress = silent,
) -> Cohort:
    """The lines of CTRPv2 with their responses to mTOR inhibitors, or these responses on another cohort.

    A line measured more than once with a compound (in two experiments) gets the mean; each such pair is named
    in the losses.

    Parameters
    ----------
    path
        A folder with ``AUC_*.csv``, ``Experiment_info.csv``, ``cancer_cell_line_info.csv`` and
        ``compound_info.csv``; or the official archive (zip), its URL, or the folder that it unpacks to.
    sha256, md5
        Of the archive, if known.
    name
        Of the cohort.
    cohort
        A cohort of cell lines (or its name or folder) that gets the responses; see
        :func:`features.response_join.join_responses`.
    replace_screens
        As there.
    home
        As for :func:`features.sources.load`; downloads are kept there too.
    progress
        Told of the download.

    Returns
    -------
    features.cohort.Cohort
        sample_id and sample_name are the line's name in CTRPv2, lineage its primary site; metric
        ``auc_ctrp_0_30``, drug_id the master_cpd_id.

    Raises
    ------
    InputError
        If a file or column is missing, an id has no description, or an AUC is not a number from 0 to 30.
    """
    source = file_of(path, digest=stated_digest(sha256, md5), home=home, progress=progress)
    tables, files = _tables(source, path)
    losses: Losses = []
    curves, said = _curves(tables, path, losses)
    drugs = our_inhibitors(tables["compounds"]["drug"].dropna())
    mine = curves[curves["drug"].isin(drugs)]
    if mine.empty:
        raise InputError("holds no response to an mTOR inhibitor", where=path)
    responses = pd.DataFrame(
        {
            "sample_id": mine["line_name"],
            "inhibitor": mine["drug"].map(drugs),
            "screen": SCREEN,
            "metric": METRIC,
            "value": mine["value"],
            "screen_spelling": mine["drug"],
            "drug_id": mine["compound"],
        }
    )
    if "max_dose_um" in mine:
        responses["max_dose_um"] = pd.to_numeric(mine["max_dose_um"], errors="coerce")
    responses = averaged(responses, losses, f"responses {SCREEN}")
    lines = tables["lines"].set_index("line_name", drop=False)
    screened = curves["line_name"].unique()
    seen = set(responses["sample_id"])
    losses.append(
        (
            f"samples {SCREEN}",
            "line without a response to an mTOR inhibitor",
            [line for line in screened if line not in seen],
        )
    )
    mine = lines.loc[[line for line in screened if line in seen]]
    samples = pd.DataFrame({"sample_id": mine["line_name"], "sample_name": mine["line_name"]})
    if "lineage" in mine:
        samples["lineage"] = mine["lineage"]
    kept = {"lines": len(samples), "compounds": len(drugs)}
    ours = tables["compounds"].loc[tables["compounds"]["drug"].isin(drugs), "compound"]
    taken = tables["curves"]["compound"].isin(ours).to_numpy()
    records = []
    for file in files:
        rows_out = kept.get(file.role, file.rows)
        if file.role == "curves":
            rows_out, taken = int(taken[: file.rows].sum()), taken[file.rows :]
        read_as = said if file.role == "curves" else "a table"
        records.append(
            SourceRecord(f"CTRPv2 {file.role}", read_as, file.name, file.sha256, file.rows, rows_out)
        )
    found = Cohort.empty(
        name, samples=samples.reset_index(drop=True), responses=responses, sources=tuple(records)
    ).with_losses(losses)
    return on_cohort(found, cohort, replace_screens=replace_screens, home=home)


def _curves(
    tables: Mapping[str, pd.DataFrame], source: str | Path, losses: Losses
) -> tuple[pd.DataFrame, str]:
    """Each AUC with its line and drug, and what the file was read as."""
    # An experiment is listed once for each time that its line was plated: the same line each time.
    experiments = tables["experiments"].drop_duplicates()
    curves = tables["curves"]
    named = tables["lines"]["line_name"]
    if named.duplicated().any():
        raise InputError(f"two lines are called {named[named.duplicated()].iloc[0]}", where=f"{source} lines")
    for role, key in (("experiments", "experiment"), ("lines", "line"), ("compounds", "compound")):
        described = experiments if role == "experiments" else tables[role]
        repeated = described[key][described[key].duplicated()]
        if len(repeated):
            raise InputError(
                f"describes {key} {repeated.iloc[0]} in more than one way", where=f"{source} {role}"
            )
        unknown = curves[key][~curves[key].isin(described[key])]
        if len(unknown):
            raise InputError(
                f"{key} {unknown.iloc[0]} of the curves is not described in the table of {role}", where=source
            )
        curves = curves.merge(described, on=key, how="left", validate="m:1")
    values = pd.to_numeric(curves["value"], errors="coerce")
    text = curves["value"][values.isna() & curves["value"].notna()]
    if len(text):
        raise InputError(f"column area_under_curve: {text.iloc[0]!r} is not a number", where=source)
    blank = curves[values.isna()]
    losses.append((f"responses {SCREEN}", "no AUC", (blank["line_name"] + " " + blank["drug"]).to_list()))
    curves = curves.assign(value=values)[values.notna()]
    outside = curves["value"][~curves["value"].between(0, 30)]
    if len(outside):
        raise InputError(
            f"column area_under_curve: {outside.iloc[0]:g} is not from 0 to 30",
            where=source,
            todo="give CTRPv2's own AUC, not a normalised one",
        )
    again = int(curves.duplicated(["line", "compound"]).sum())
    said = (
        f"AUC 0 to 30 (about 15 = no effect, lower = more sensitive); {curves['line'].nunique():,} lines, "
        f"{curves['compound'].nunique():,} compounds, {again:,} pairs of them measured again"
    )
    return curves, said


@dataclass(frozen=True)
class _File:
    role: str
    name: str
    sha256: str
    rows: int


def _tables(source: Path, where: str | Path) -> tuple[dict[str, pd.DataFrame], list[_File]]:
    """The four tables by role, and the files that they come from."""
    if source.is_dir():
        with storage_errors(source):
            there = sorted(path.name for path in source.iterdir())
            return _read(there, lambda name: (source / name).read_bytes(), where)
    if not source.is_file():
        raise InputError("no such file or folder", where=where, todo="check the path")
    try:
        with zipfile.ZipFile(source) as archive:
            members = {Path(name).name: name for name in archive.namelist() if not name.endswith("/")}
            tables, files = _read(sorted(members), lambda name: archive.read(members[name]), where)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(
            f"is not a readable zip archive ({error})", where=where, todo="fetch it again"
        ) from error
    # What a user can check is the archive's own digest.
    digest = sha256_file(source)
    return tables, [replace(file, name=f"{source.name}/{file.name}", sha256=digest) for file in files]


def _read(
    names: list[str], read: Callable[[str], bytes], where: str | Path
) -> tuple[dict[str, pd.DataFrame], list[_File]]:
    layout = next((one for one in _LAYOUTS if fnmatch.filter(names, one["curves"].files)), None)
    if layout is None:
        raise InputError(
            f"holds neither {_CSV['curves'].files} nor {_OFFICIAL['curves'].files}",
            where=where,
            todo="give the folder or archive of CTRPv2",
        )
    tables: dict[str, pd.DataFrame] = {}
    files: list[_File] = []
    for role, described in layout.items():
        parts = []
        for name in fnmatch.filter(names, described.files):
            data = read(name)
            parts.append(_parsed(data, name, described, where))
            files.append(_File(role, name, hashlib.sha256(data).hexdigest(), len(parts[-1])))
        if not parts:
            raise InputError(f"holds no {described.files}", where=where, todo="give the whole release")
        tables[role] = pd.concat(parts, ignore_index=True)
    return tables, files


def _parsed(data: bytes, name: str, described: _Table, where: str | Path) -> pd.DataFrame:
    try:
        # Ids as text, for a line may be called 697; "NA" is missing here.
        table = pd.read_csv(
            io.BytesIO(data), sep="," if name.endswith(".csv") else "\t", dtype=str, encoding_errors="replace"
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"cannot be read as a table ({error})", where=f"{where}, {name}") from error
    missing = [column for column in described.columns.values() if column not in table]
    if missing:
        raise InputError(f"has no column {missing[0]}", where=f"{where}, {name}")
    wanted = {**described.columns, **{k: v for k, v in described.optional.items() if v in table}}
    return table[list(wanted.values())].rename(columns={theirs: ours for ours, theirs in wanted.items()})
