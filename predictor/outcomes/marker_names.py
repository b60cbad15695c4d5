"""How a marker is named: ``[TABLE:]COLUMN[@INHIBITOR]``, several joined by ``|`` for "any of them".

=============================  ===================================================================
name                           what it is
=============================  ===================================================================
``ith``                        a column of patients, samples, the feature matrix or the predictions
``patients:ith``               of that table, where several have such a column
``mut.MTOR``                   a feature of the catalogue, computed from the cohort if need be
``mut.MTOR|mut.TSC1``          1 where any of them is 1, 0 where all are known to be 0
``prediction@everolimus``      a column of the predictions, of that inhibitor
=============================  ===================================================================
"""

from __future__ import annotations

from dataclasses import dataclass

from features.errors import InputError

#: The tables in which a marker may be.
TABLES = ("patients", "samples", "matrix", "predictions")


@dataclass(frozen=True)
class Part:
    """One column that a marker is made of.

    Attributes
    ----------
    column
        Its name.
    table
        One of :data:`TABLES`; None for wherever it is.
    inhibitor
        Of a prediction; None for the arm's.
    """

    column: str
    table: str | None = None
    inhibitor: str | None = None


def parts_of(name: str) -> tuple[Part, ...]:
    """The columns of a marker's name.

    Raises
    ------
    InputError
        If a part is empty.

    Examples
    --------
    >>> parts_of("patients:ith")
    (Part(column='ith', table='patients', inhibitor=None),)
    >>> [part.column for part in parts_of("mut.MTOR|mut.TSC1")]
    ['mut.MTOR', 'mut.TSC1']
    """
    return tuple(_part(piece.strip(), name) for piece in name.split("|"))


def _part(piece: str, name: str) -> Part:
    head, colon, rest = piece.partition(":")
    table, column = (head, rest) if colon and head in TABLES else (None, piece)
    column, at, inhibitor = column.partition("@")
    if not column or (at and not inhibitor):
        raise InputError(
            "has an empty part", where=f"--marker {name}", todo="name a column, such as mut.MTOR"
        )
    return Part(column, table, inhibitor or None)
