"""Mutation status: wild type is known only inside what was profiled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from made_cohorts import variants_cohort

from features.builders import mutations, network
from features.builders.base import Inputs
from features.cohort import Cohort


def built(cohort: Cohort) -> pd.DataFrame:
    return mutations.build(Inputs(cohort)).values


def test_an_unprofiled_sample_is_unknown_not_wild_type() -> None:
    values = built(variants_cohort([("A", "MTOR", "missense")]))
    assert values.loc["unprofiled"].isna().all()
    assert values.loc["A", "mut.MTOR"] == 1
    assert values.loc["B", "mut.MTOR"] == 0


def test_a_gene_outside_the_panel_is_unknown() -> None:
    values = built(variants_cohort([("A", "TSC1", "nonsense")], panel=["TSC1", "KRAS"]))
    assert values.loc["B", "mut.TSC1"] == 0
    assert values[["mut.MTOR", "mut.TSC2", "mut.NPRL2"]].isna().all(axis=None)


def test_two_panels_of_a_sample_add_up() -> None:
    cohort = Cohort.empty(
        "two",
        samples=pd.DataFrame({"sample_id": ["A"]}),
        profiled=pd.DataFrame({"sample_id": "A", "modality": "variants", "panel": ["one", "other"]}),
        panels=pd.DataFrame({"panel": ["one", "other"], "gene": ["TSC1", "TSC2"]}),
    )
    assert built(cohort).loc["A", "mut.tsc_complex"] == 0


def test_copy_number_profiling_says_nothing_about_variants() -> None:
    cohort = Cohort.empty(
        "copies",
        samples=pd.DataFrame({"sample_id": ["A"]}),
        profiled=pd.DataFrame({"sample_id": ["A"], "modality": ["copy_number"], "panel": ["exome"]}),
    )
    assert built(cohort).isna().all(axis=None)


def test_silent_variants_do_not_count() -> None:
    values = built(
        variants_cohort([("A", "KRAS", "silent"), ("A", "PTEN", "other"), ("B", "KRAS", "inframe_indel")])
    )
    assert values["mut.KRAS"].tolist()[:2] == [0, 1]
    assert values.loc["A", "mut.PTEN"] == 0


def test_a_group_is_one_by_any_member_and_zero_only_by_all() -> None:
    values = built(variants_cohort([("A", "TSC1", "frameshift")], panel=["TSC1"]))
    assert values.loc["A", "mut.tsc_complex"] == 1
    assert np.isnan(values.loc["B", "mut.tsc_complex"])
    both_known = built(variants_cohort([], panel=["TSC1", "TSC2"]))
    assert both_known.loc["B", "mut.tsc_complex"] == 0


def test_pik3ca_counts_only_where_ras_is_known_wild_type() -> None:
    cohort = variants_cohort(
        [("A", "PIK3CA", "missense"), ("B", "PIK3CA", "missense"), ("B", "KRAS", "missense")]
    )
    assert built(cohort)["mut.pik3ca_without_ras"].tolist()[:2] == [1, 0]
    narrow = built(variants_cohort([("A", "PIK3CA", "missense")], panel=["PIK3CA"]))
    assert np.isnan(narrow.loc["A", "mut.pik3ca_without_ras"])
    assert narrow.loc["B", "mut.pik3ca_without_ras"] == 0


def test_the_count_takes_a_gene_once() -> None:
    rows = [
        ("A", "TP53", "missense"),
        ("A", "TP53", "nonsense"),
        ("A", "KRAS", "missense"),
        ("A", "VHL", "nonsense"),
    ]
    values = built(variants_cohort(rows))
    assert values.loc["A", "mut.n_network_genes"] == 2
    assert values.loc["B", "mut.n_network_genes"] == 0
    assert "VHL" not in network.group_members("counted")


def test_a_drivers_only_profile_knows_no_wild_type() -> None:
    # GDSC names a variant where it is a driver: that none is named does not make the gene wild type.
    cohort = variants_cohort([("A", "KRAS", "driver_unspecified")], panel=["KRAS", "TSC1"])
    drivers = replace(cohort, profiled=cohort.profiled.assign(reported="drivers"))
    values = built(drivers)
    assert values.loc["A", "mut.KRAS"] == 1
    assert values.loc["A", "mut.ras_raf"] == 1
    assert np.isnan(values.loc["B", "mut.KRAS"])
    assert np.isnan(values.loc["A", "mut.TSC1"])
    assert built(cohort).loc["B", "mut.KRAS"] == 0
    explicit = replace(cohort, profiled=cohort.profiled.assign(reported="every_variant"))
    assert built(explicit).loc["B", "mut.KRAS"] == 0


THREE = st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=3, max_size=3)


@given(THREE, THREE)
def test_three_valued_logic(first: list[float], second: list[float]) -> None:
    a, b = pd.Series(first), pd.Series(second)

    def agree(x: float, y: float) -> bool:
        return x == y or (np.isnan(x) and np.isnan(y))

    for x, y, conjunction, disjunction in zip(
        a, b, network.both(a, b), network.any_of(pd.DataFrame({"a": a, "b": b})), strict=True
    ):
        possible = [(p, q) for p in ([x] if x == x else [0, 1]) for q in ([y] if y == y else [0, 1])]
        ands, ors = {p * q for p, q in possible}, {max(p, q) for p, q in possible}
        assert agree(conjunction, ands.pop() if len(ands) == 1 else np.nan)
        assert agree(disjunction, ors.pop() if len(ors) == 1 else np.nan)
