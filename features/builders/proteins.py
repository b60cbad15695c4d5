"""Proteins and phosphorylation sites on antibody arrays, against a reference that is shipped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pandas as pd

from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.knowledge import knowledge_table
from features.markers import marker_of

PREFIX = "prot."
_KEY = ["platform", "marker"]


@dataclass(frozen=True)
class Measured:
    """Protein values that are understood, and what was told about the rest.

    Attributes
    ----------
    table
        sample_id, platform, marker, value; one row for a sample and marker.
    notes
        What was left out, and why.
    """

    table: pd.DataFrame
    notes: tuple[Note, ...]


@cache
def antibody_reference() -> pd.DataFrame:
    """Location and scale of each marker, and of its difference from another, per platform.

    Returns
    -------
    pandas.DataFrame
        platform, marker, over (what is subtracted, "" for nothing), location, scale (median and 1.4826 x MAD
        of the reference tumours, in the platform's unit: log2 for arrays), n, source, column (of the matrix).
    """
    table = knowledge_table("antibody_reference")
    names = table["marker"].where(table["over"] == "", table["marker"] + "_over_" + table["over"])
    return table.astype({"location": float, "scale": float, "n": int}).assign(
        column=PREFIX + names.str.lower()
    )


@cache
def columns() -> tuple[str, ...]:
    """``prot.{marker}``, then ``prot.{marker}_over_{other}``."""
    return tuple(dict.fromkeys(antibody_reference()["column"]))


def build(inputs: Inputs) -> Block:
    """Each value less the location of its antibody on its platform, over its scale.

    ``z = (value - location) / scale`` with both from ``knowledge/antibody_reference.csv`` and never from the
    cohort at hand, so that a tumour alone has the value that it has among others.  ``_over_`` columns are the
    same of a difference of two antibodies (of logarithms, so of their ratio), with a location and scale of
    its own.  A platform without a reference is not scored.
    """
    measured = measured_markers(inputs)
    return Block(z_scores(inputs, measured), measured.notes)


def z_scores(inputs: Inputs, measured: Measured) -> pd.DataFrame:
    """Samples x :func:`columns`, in units of the reference's scale; NaN where not measured."""
    values = measured.table
    subtracted = values.rename(columns={"marker": "over", "value": "subtracted"})
    scored = values.merge(antibody_reference(), on=_KEY)
    scored = scored.merge(subtracted, on=["sample_id", "platform", "over"], how="left")
    scored = scored[(scored["over"] == "") | scored["subtracted"].notna()]
    difference = scored["value"] - scored["subtracted"].fillna(0.0)
    scored["z"] = (difference - scored["location"]) / scored["scale"]
    wide = scored.pivot(index="sample_id", columns="column", values="z")
    return inputs.frame(()).join(wide.reindex(columns=list(columns())).astype(float))


def measured_markers(inputs: Inputs) -> Measured:
    """The values of ``Cohort.proteins`` by marker, of platforms that have a reference."""
    given = inputs.cohort.proteins
    given = given[given["value"].notna()]
    marker = {name: found.name for name in given["antibody"].unique() if (found := marker_of(name))}
    known = given["antibody"].isin(marker)
    placed = given["platform"].isin(antibody_reference()["platform"])
    values = given[known & placed].assign(marker=lambda rows: rows["antibody"].map(marker).astype(object))
    twice = values.duplicated(["sample_id", "marker"], keep=False)
    notes = [*_foreign(given, known), *_unplaced(given[~placed]), *_repeated(values[twice])]
    return Measured(values.loc[~twice, ["sample_id", *_KEY, "value"]], tuple(notes))


def _foreign(given: pd.DataFrame, known: pd.Series) -> list[Note]:
    names = tuple(sorted(given.loc[~known, "antibody"].unique()))
    return [Note(EVERY_SAMPLE, "antibodies that are no marker of ours, not used", names)] if names else []


def _unplaced(given: pd.DataFrame) -> list[Note]:
    platforms = given["platform"].fillna("not stated")
    known = ", ".join(antibody_reference()["platform"].unique())
    return [
        Note(
            EVERY_SAMPLE,
            f"platform {platform!r} has no reference of location and scale (there is {known}): "
            "its samples are not scored",
            tuple(dict.fromkeys(own["sample_id"])),
        )
        for platform, own in given.groupby(platforms)
    ]


def _repeated(values: pd.DataFrame) -> list[Note]:
    return [
        Note(
            str(sample),
            "several antibodies mean one marker, none is used",
            tuple(dict.fromkeys(own["antibody"])),
        )
        for sample, own in values.groupby("sample_id", sort=False)
    ]


BUILDER = Builder("proteins", columns, build)
