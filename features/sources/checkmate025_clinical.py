"""The clinical sheet of CheckMate 025 and its sister trials: patients, outcomes, and whose tumours.

Braun 2020, doi 10.1038/s41591-020-0839-y, PMID 32472114.  What the sheet's own words do not say was checked
against the trial's publication (Motzer 2015, PMID 26406148) and the variants of the same workbook:

* ``PFS_CNSR`` and ``OS_CNSR`` are 1 where the event **happened** and 0 where the patient was censored,
  against the name of the columns.
* ``ITH`` is the number of subclonal over that of clonal variants, from 0 to 34: it has a long tail.
* The columns named after genes count **truncating** variants only.  They are no genotypes and are not read.
* ``response coded`` is no response by RECIST (PD is among its "r"); ``ORR`` is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.failures import failure, raise_failures
from features.inhibitors import find_inhibitor
from features.schemas import BEST_RESPONSES
from features.sources.table_files import Losses, numbers_of

PATIENT, TUMOUR = "SUBJID", "MAF_Tumor_ID"
#: What tells the clinical sheet; the times are called in two ways.
REQUIRED = (PATIENT, "Cohort", "Arm", TUMOUR, "ORR", "PFS_CNSR", "OS", "OS_CNSR")
_TIMES: Mapping[str, Sequence[str]] = {"PFS": ("PFS", "PFS (months)"), "OS": ("OS", "OS (months)")}
#: Words of ORR that are no RECIST category: such a patient is not evaluable.
_NOT_EVALUABLE = ("EARLY DISCONTINUATION DUE TO TOXICITY", "NEVER TREATED")
_RISK = {word.upper(): word for word in ("favorable", "intermediate", "poor")}
_YES_NO = {"0": "no", "1": "yes"}
_LINEAGE = "kidney"


@dataclass(frozen=True)
class _Words:
    """A covariate in words: its column, and the source's words -> ours (None: not known)."""

    column: str
    words: Mapping[str, str | None]


@dataclass(frozen=True)
class _Number:
    """A covariate in numbers: its column, and the range in which the numbers must lie."""

    column: str
    low: float
    high: float


_WORDS: Mapping[str, _Words] = {
    "trial": _Words("Cohort", {f"CM-{number}": f"CM-{number}" for number in ("009", "010", "025")}),
    "sex": _Words("Sex", {"M": "male", "MALE": "male", "F": "female", "FEMALE": "female"}),
    "mskcc": _Words("MSKCC", _RISK),
    "imdc": _Words("IMDC", {**_RISK, "NOT REPORTED": None}),
    "sarcomatoid": _Words("Sarc", _YES_NO),
    "rhabdoid": _Words("Rhab", _YES_NO),
    "biopsy_kept": _Words("SampleType", {"FFPE": "FFPE", "FROZEN": "frozen"}),
    "biopsy_site": _Words(
        "Tumor_Sample_Primary_or_Metastasis", {"PRIMARY": "primary", "METASTASIS": "metastasis"}
    ),
    "immunophenotype": _Words(
        "ImmunoPhenotype",
        {"INFILTRATED": "infiltrated", "DESERT": "desert", "EXCLUDED": "excluded", "NO_IF": None},
    ),
}
_INFINITE = float("inf")
_NUMBERS: Mapping[str, _Number] = {
    "age_years": _Number("Age", 0, 120),
    "prior_therapies": _Number("Number_of_Prior_Therapies", 0, 50),
    "days_from_biopsy": _Number("Days_from_TumorSample_Collection_and_Start_of_Trial_Therapy", 0, 36_525),
    "tumour_change_percent": _Number("Tumor_Shrinkage", -100, _INFINITE),
    "tmb_variants": _Number("TMB_Counts", 0, _INFINITE),
    "frameshifts": _Number("FS_Counts", 0, _INFINITE),
    "neoantigens": _Number("NEO_Weak", 0, _INFINITE),
    "wgii": _Number("WGII", 0, 1),
    "ith": _Number("ITH", 0, _INFINITE),
    "cd8_margin_per_mm2": _Number("TM_CD8_Density", 0, _INFINITE),
    "cd8_core_per_mm2": _Number("TC_CD8_Density", 0, _INFINITE),
    "rna_angio": _Number("Angio", -_INFINITE, _INFINITE),
    "rna_teff": _Number("Teff", -_INFINITE, _INFINITE),
    "rna_myeloid": _Number("Myeloid", -_INFINITE, _INFINITE),
    "rna_javelin": _Number("Javelin", -_INFINITE, _INFINITE),
    "rna_merck18": _Number("Merck18", -_INFINITE, _INFINITE),
}
_OF_SAMPLES: Mapping[str, _Number] = {"purity": _Number("Purity", 0, 1), "ploidy": _Number("Ploidy", 0.5, 20)}
#: The genes whose columns count truncating variants.
TRUNCATING = (
    "ARID1A", "ATM", "BAP1", "COL9A3", "KDM5C", "MTOR", "NF2", "PBRM1", "PCK1", "PIK3CA", "PTEN", "S100B",
    "SETD2", "SMARCA4", "TCEB1", "TP53", "TRMT2B", "TSC1", "USP32", "VHL", "WNT8A", "ZNF800",
)  # fmt: skip
_PEAKS = r"(?:Amplification|Deletion)_\d+[pq].*"
_DECIMAL = r"[+-]?\d*{}\d+(?:[eE][+-]?\d+)?"


@dataclass(frozen=True, eq=False)
class Clinical:
    """What the sheet says.

    Attributes
    ----------
    patients, samples, outcomes
        As in :class:`features.cohort.Cohort`; samples are the sequenced tumours.
    read_as
        For the user.
    losses
        What was left out, changed or not taken, and why.
    rows_in
        Rows of the sheet.
    """

    patients: pd.DataFrame
    samples: pd.DataFrame
    outcomes: pd.DataFrame
    read_as: str
    losses: Losses
    rows_in: int


def read_clinical(table: pd.DataFrame, path: Path) -> Clinical:
    """Patients, sequenced tumours and outcomes of the clinical sheet.

    Parameters
    ----------
    table
        Text, indexed by the rows of its file, with the columns :data:`REQUIRED`.
    path
        Named in errors.

    Raises
    ------
    InputError
        If a column is missing, a patient or a tumour stands in two rows, or decimals are written in two ways.
    features.failures.TableError
        If a cell holds no number, a number out of its range, or a word that the sheet does not use.
    """
    times = {endpoint: _column(table, names, path) for endpoint, names in _TIMES.items()}
    for column in (PATIENT, TUMOUR):
        _refuse_twins(table[column].str.strip(), path)
    every = [number.column for number in (*_NUMBERS.values(), *_OF_SAMPLES.values())]
    decimal = _decimal(table, [*every, *times.values()], path)
    failures: list[pd.DataFrame] = []
    blank = table.index[table[PATIENT].isna()]
    failures.append(failure(path.name, PATIENT, blank, [None] * len(blank), "is given"))
    losses: Losses = []

    def numbers(column: str, low: float, high: float) -> pd.Series:
        cells = table[column] if column in table else pd.Series(None, index=table.index, dtype=object)
        values = numbers_of(cells.astype(object), decimal)
        bad = cells.notna() & ~values.between(low, high)
        check = f"is a number from {low:g} to {high:g}"
        failures.append(failure(path.name, column, table.index[bad], cells[bad], check))
        return values.mask(bad)

    def words(column: str, known: Mapping[str, str | None]) -> pd.Series:
        cells = table[column] if column in table else pd.Series(None, index=table.index, dtype=object)
        upper = cells.str.strip().str.upper()
        bad = upper.notna() & ~upper.isin(list(known))
        check = f"is one of {', '.join(known)}"
        failures.append(failure(path.name, column, table.index[bad], cells[bad], check))
        return upper.map(dict(known)).astype(object)

    responses = words("ORR", {word: word for word in (*BEST_RESPONSES, *_NOT_EVALUABLE)})
    odd = responses.isin(_NOT_EVALUABLE)
    losses.append(
        ("patients", "best response is no RECIST category, read as NE (kept)", _lines(responses[odd]))
    )
    patients = pd.DataFrame(
        {
            "patient_id": table[PATIENT].str.strip(),
            "treatment": _treatments(table["Arm"], path, failures),
            "best_response": responses.mask(odd, "NE"),
            **{name: words(one.column, one.words) for name, one in _WORDS.items()},
            **{name: numbers(one.column, one.low, one.high) for name, one in _NUMBERS.items()},
        }
    )
    outcomes = pd.concat(
        [
            pd.DataFrame(
                {
                    "patient_id": patients["patient_id"],
                    "endpoint": endpoint,
                    "time_months": numbers(times[endpoint], 0, _INFINITE),
                    "event": pd.to_numeric(words(f"{endpoint}_CNSR", {"0": "0", "1": "1"})),
                }
            )
            for endpoint in _TIMES
        ]
    )
    sequenced = table[TUMOUR].notna()
    samples = pd.DataFrame(
        {
            "sample_id": table[TUMOUR].str.strip(),
            "sample_name": table[TUMOUR].str.strip(),
            "lineage": _LINEAGE,
            "patient_id": patients["patient_id"],
            **{name: numbers(one.column, one.low, one.high) for name, one in _OF_SAMPLES.items()},
        }
    )[sequenced]
    raise_failures(failures, where=path)
    known = outcomes[["time_months", "event"]].notna().all(axis=1)
    losses += _what_is_not_there(table, patients, samples, outcomes[~known])
    said = f"1 = event in PFS_CNSR and OS_CNSR, months, decimals with a {decimal}"
    return Clinical(
        patients.reset_index(drop=True),
        samples.reset_index(drop=True),
        outcomes[known].reset_index(drop=True),
        said,
        losses,
        len(table),
    )


def _column(table: pd.DataFrame, names: Sequence[str], path: Path) -> str:
    found = next((name for name in names if name in table.columns), None)
    if found is None:
        raise InputError(f"has no column {names[0]}", where=path, todo="keep the columns as published")
    return found


def _refuse_twins(ids: pd.Series, path: Path) -> None:
    """Refuse an id that stands twice.  The message names rows and no patient."""
    twins = ids[ids.notna() & ids.duplicated(keep=False)]
    if len(twins):
        first, second = twins.index[twins == twins.iloc[0]][:2]
        raise InputError(
            f"rows {first} and {second} have the same {ids.name}",
            where=f"{path}, column {ids.name}",
            todo="keep one row a patient and tumour",
        )


def _decimal(table: pd.DataFrame, columns: Sequence[str], path: Path) -> str:
    """How the sheet writes decimals: all columns of numbers are of one make."""
    place: dict[str, str] = {}
    for column in columns:
        if column in table.columns:
            cells = table[column].dropna().str.strip()
            for name, character in (("point", r"\."), ("comma", ",")):
                found = cells.index[cells.str.fullmatch(_DECIMAL.format(character))]
                if len(found):
                    place.setdefault(name, f"column {column}, row {found[0]}")
    if len(place) > 1:
        raise InputError(
            f"has decimal points ({place['point']}) and decimal commas ({place['comma']})",
            where=path,
            todo="write all decimals in one way",
        )
    return next(iter(place), "point")


def _treatments(arms: pd.Series, path: Path, failures: list[pd.DataFrame]) -> pd.Series:
    """Our name of an inhibitor, or the source's word in small letters."""
    blank = arms.index[arms.isna()]
    failures.append(failure(path.name, "Arm", blank, [None] * len(blank), "is given"))
    names: dict[str, str] = {}
    for arm in arms.dropna().unique():
        try:
            names[arm] = find_inhibitor(arm).name
        except InputError:
            names[arm] = arm.strip().lower()
    return arms.map(names)


def _what_is_not_there(
    table: pd.DataFrame, patients: pd.DataFrame, samples: pd.DataFrame, unknown: pd.DataFrame
) -> Losses:
    covariates = [
        *(one.column for one in _WORDS.values()),
        *(one.column for one in (*_NUMBERS.values(), *_OF_SAMPLES.values())),
    ]
    taken = {*REQUIRED, *covariates, *(name for names in _TIMES.values() for name in names)}
    left = [column for column in table.columns if column not in taken]
    genes = [column for column in left if column in TRUNCATING]
    peaks = [column for column in left if pd.Series([column]).str.fullmatch(_PEAKS).iloc[0]]
    absent = [column for column in covariates if column not in table.columns]
    others = [column for column in left if column not in {*genes, *peaks}]
    unsequenced = patients.loc[table[TUMOUR].isna(), "patient_id"]
    impure = samples.loc[samples["purity"].isna(), "sample_id"]
    return [
        ("patients", "no tumour was sequenced: genotype unknown (kept)", unsequenced.to_list()),
        ("samples", "purity and ploidy of the tumour are not known (kept)", impure.to_list()),
        (
            "outcomes",
            "no time, or not whether the event happened",
            [f"{row.endpoint} of line {row.Index}" for row in unknown.itertuples()],
        ),
        ("clinical columns", "counts truncating variants only, which is no genotype: not read", genes),
        ("clinical columns", "copy number of a peak, of no gene: not read", peaks),
        ("clinical columns", "not read", others),
        ("clinical columns", "not there: the covariate is not known", absent),
    ]


def _lines(words: pd.Series) -> list[str]:
    return [f"line {line}: {word}" for line, word in words.items()]
