"""The protein change of each row of a MAF, from whichever column has it."""

from __future__ import annotations

import pandas as pd

from features.protein_change import protein_changes

#: Of each row the first of these that says something is taken: many MAFs hold an empty HGVSp_Short beside a
#: full HGVSp.
_NOTATIONS = ("HGVSp_Short", "Protein_Change", "HGVSp")
_RESIDUES, _POSITION = "Amino_acids", "Protein_position"
PROTEIN_COLUMNS = (*_NOTATIONS, _RESIDUES, _POSITION)
_NOTHING = ("", "-", "p.")


def protein_change(table: pd.DataFrame) -> tuple[pd.Series, pd.Series, list[str]]:
    """The protein changes of a MAF's rows.

    Parameters
    ----------
    table
        Text; any of :data:`PROTEIN_COLUMNS`.  VEP's Amino_acids ("S/Y") and Protein_position ("2215" or
        "2215/2549") say a substitution where no notation does.

    Returns
    -------
    changes : pandas.Series
        As given, missing where nothing is given or the notation is unknown.
    unknown : pandas.Series
        The texts in an unknown notation; its name is their column.
    columns : list of str
        Columns that were used.
    """
    change = pd.Series(None, index=table.index, dtype=object)
    origin = pd.Series(None, index=table.index, dtype=object)
    sources = {column: table[column].str.strip() for column in _NOTATIONS if column in table.columns}
    if {_RESIDUES, _POSITION} <= set(table.columns):
        sources[_RESIDUES] = _of_residues(table)
    for column, given in sources.items():
        # VEP writes its "=" as a web address does.
        given = given.str.replace("%3D", "=", regex=False)
        taken = change.isna() & given.notna() & ~given.isin(_NOTHING)
        change = change.where(~taken, given)
        origin = origin.where(~taken, column)
    # Each distinct text is read once.
    bad = change.isin([text for text in change.dropna().unique() if not _is_known(text)])
    unknown = change[bad]
    if len(unknown):
        unknown = unknown.rename(str(origin[unknown.index[0]]))
    used = [column for column in sources if (origin == column).any()]
    return change.where(~bad, None), unknown, used


def _of_residues(table: pd.DataFrame) -> pd.Series:
    place = table[_POSITION].str.extract(r"^(\d+)(?:/\d+)?$")[0]
    residues = table[_RESIDUES].str.extract(r"^([A-Z*])(?:/([A-Z*]))?$")
    return "p." + residues[0] + place + residues[1].fillna("=")


def _is_known(text: str) -> bool:
    try:
        protein_changes(text)
    except ValueError:
        return False
    return True
