"""S6 and 4E-BP1, the two branches of mTORC1: how they diverge in a tumour and avoid each other in cells."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pandas as pd

from features.builders import exclusivity as ex
from features.builders.base import EVERY_SAMPLE, Block, Builder, Inputs, Note
from features.builders.cell_pairs import Pair, pair_of
from features.builders.cell_scores import PROTEIN_SCORES
from features.builders.proteins import measured_markers, z_scores
from features.cells import Cells
from features.markers import channel_of

PREFIX = "branch."
#: Divergence -> the column of :mod:`features.builders.proteins` for 4E-BP1, and the one for S6.
DIVERGENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "divergence": ("prot.4ebp1_pt37_t46", "prot.s6_ps240_s244"),
        "divergence_ps65": ("prot.4ebp1_ps65", "prot.s6_ps240_s244"),
        "divergence_over_total": ("prot.4ebp1_pt37_t46_over_4ebp1", "prot.s6_ps240_s244_over_s6"),
    }
)
#: Markers of each branch in cells, the most specific of mTORC1 first.
S6, FOUR_EBP1 = PROTEIN_SCORES["p_s6"], PROTEIN_SCORES["p_4ebp1"]
_CELL_NAMES = (
    "log_odds_ratio", "log_odds_ratio_low", "log_odds_ratio_high", "log_odds_ratio_stratified",
    "log_odds_ratio_stratified_low", "log_odds_ratio_stratified_high", "mutual_information",
    "mutual_information_p", "mutual_information_stratified", "mutual_information_stratified_p",
    "exclusive_share", "double_positive_share", "double_negative_share", "n_cells", "exclusive",
)  # fmt: skip


def columns() -> tuple[str, ...]:
    """``branch.{divergence}`` of a tumour, then ``branch.{index}`` of its single cells."""
    return tuple(PREFIX + name for name in (*DIVERGENCES, *_CELL_NAMES))


def build(inputs: Inputs) -> Block:
    """Divergence of the branches of each tumour, and their exclusivity in its cells.

    Divergence is ``z(4E-BP1) - z(S6)``, in units of the shipped references' scale: above 0 the tumour
    phosphorylates 4E-BP1 more than its S6 tells.  In cells each mark is called by the sample's own two states
    (:func:`features.builders.cell_pairs.positive_cells`); the sample is called exclusive where the 95 %
    interval of the log odds ratio within strata of size lies below 0, and not where it has no size factor.
    """
    tumours = pd.DataFrame(index=inputs.sample_ids)
    z = z_scores(inputs, measured_markers(inputs))
    for name, (four_ebp1, s6) in DIVERGENCES.items():
        tumours[PREFIX + name] = z[four_ebp1] - z[s6]
    cells, notes = _of_cells(inputs)
    notes = (*_without_divergence(inputs, tumours), *notes)
    return Block(tumours.join(cells)[list(columns())].astype(float), notes)


def cell_features(pair: Pair, sample_id: str) -> dict[str, float]:
    """The single-cell features of one sample; permutations are drawn from a seed that its id determines."""
    plain, within = pair.plain(), pair.within_size()
    both, first, second, neither = pair.tables[0]
    n = float(pair.tables.sum())
    found = {
        "log_odds_ratio": plain.estimate,
        "log_odds_ratio_low": plain.low,
        "log_odds_ratio_high": plain.high,
        "log_odds_ratio_stratified": within.estimate,
        "log_odds_ratio_stratified_low": within.low,
        "log_odds_ratio_stratified_high": within.high,
        "mutual_information": ex.information(pair.tables),
        "mutual_information_p": ex.permutation_p(pair.tables, ex.seeded(sample_id, "plain")),
        "exclusive_share": (first + second) / n,
        "double_positive_share": both / n,
        "double_negative_share": neither / n,
        "n_cells": n,
    }
    if pair.sized_tables is not None:
        found["mutual_information_stratified"] = ex.information(pair.sized_tables)
        found["mutual_information_stratified_p"] = ex.permutation_p(
            pair.sized_tables, ex.seeded(sample_id, "sized")
        )
    if within.high == within.high:
        found["exclusive"] = float(within.high < 0)
    return {PREFIX + name: value for name, value in found.items()}


def _without_divergence(inputs: Inputs, tumours: pd.DataFrame) -> list[Note]:
    given = inputs.cohort.proteins.loc[lambda rows: rows["value"].notna(), "sample_id"]
    on_array = tumours[tumours.index.isin(given)]
    return [
        Note(EVERY_SAMPLE, f"{PREFIX}{name} needs antibodies that a sample lacks", tuple(lacking))
        for name in DIVERGENCES
        if len(lacking := on_array.index[on_array[PREFIX + name].isna()])
    ]


def _of_cells(inputs: Inputs) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    names = [PREFIX + name for name in _CELL_NAMES]
    values = inputs.frame(names)
    cells = inputs.cohort.cells
    if cells is None:
        return values, ()
    if cells.kind != "protein":
        return values, (Note(EVERY_SAMPLE, "branches in cells need cells of the kind protein"),)
    channels = _channels(cells)
    if isinstance(channels, Note):
        return values, (channels,)
    notes = [Note(EVERY_SAMPLE, "channels behind the branches in cells: S6, 4E-BP1", channels)]
    of_sample, samples = pd.factorize(cells.obs["sample_id"])
    found: dict[str, dict[str, float]] = {}
    for number, sample in enumerate(samples):
        pair, problems = pair_of(cells.where(of_sample == number), *channels)
        notes += [Note(sample, problem) for problem in problems]
        if pair is not None:
            found[sample] = cell_features(pair, sample)
    values.update(pd.DataFrame.from_dict(found, orient="index"))
    return values, tuple(notes)


def _channels(cells: Cells) -> tuple[str, str] | Note:
    s6, four_ebp1 = channel_of(cells.features, *S6), channel_of(cells.features, *FOUR_EBP1)
    if s6 is None or four_ebp1 is None:
        lacking = tuple(name for name, at in (("S6", s6), ("4E-BP1", four_ebp1)) if at is None)
        return Note(EVERY_SAMPLE, "no channel of phosphorylated S6 and 4E-BP1 in the same cells", lacking)
    return s6, four_ebp1


BUILDER = Builder("branches", columns, build)
