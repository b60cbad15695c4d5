"""Tumours taken apart: shares that are known are found, and what cannot be told apart stays whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.cohort import Cohort
from features.sources import import_cohort
from features.subpopulations import by_clone, by_region
from features.subpopulations.clones import TRUNK, ccf_groups
from features.subpopulations.parts import SEPARATOR, jeffreys

SHARED = Path(__file__).parents[3] / "shared"


def variants(sample: str, ccf: np.ndarray, gene: str, *, depth: int = 400, seed: int = 0) -> pd.DataFrame:
    """Passengers of one clone, their CCF as reads of a pure diploid tumour show it."""
    rng = np.random.default_rng(seed)
    alt = rng.binomial(depth, ccf / 2)
    return pd.DataFrame(
        {
            "sample_id": sample, "gene": [f"{gene}{i}" for i in range(len(ccf))], "consequence": "missense",
            "protein_change": "p.A1V", "ref_count": depth - alt, "alt_count": alt,
            "ccf": np.minimum(2 * alt / depth, 1),
        }
    )  # fmt: skip


def tumour(shares: dict[str, float], *, marker: str = "", seed: int = 0, n: int = 30) -> Cohort:
    """A tumour with a trunk and subclones of known CCF; ``marker`` carries MTOR A2034V."""
    pieces = [
        variants("T1", np.full(n, share), name, seed=seed + k)
        for k, (name, share) in enumerate(shares.items())
    ]
    table = pd.concat(pieces, ignore_index=True)
    if marker:
        row = table[table.gene == f"{marker}0"].index[0]
        table.loc[row, ["gene", "protein_change"]] = ["MTOR", "p.A2034V"]
    return Cohort.empty(
        "made",
        samples=pd.DataFrame({"sample_id": ["T1"], "lineage": ["kidney"]}),
        profiled=pd.DataFrame({"sample_id": ["T1"], "modality": ["variants"], "panel": ["exome"]}),
        variants=table,
    )


@settings(max_examples=15, deadline=None)
@given(st.floats(0.15, 0.6), st.integers(0, 1000))
def test_a_mixture_of_two_clones_is_found_with_its_share(share: float, seed: int) -> None:
    """The known share lies within the interval, widened by what a Gaussian on 30 variants may miss."""
    found = by_clone(tumour({"A": 1.0, "B": share}, seed=seed))
    table = found.members.set_index("part")
    assert len(table) == 2
    sub = table.drop(TRUNK).iloc[0]
    assert sub.share_low - 0.02 <= share <= sub.share_high + 0.02
    assert table.share.sum() == pytest.approx(1)
    assert table.loc[TRUNK, "share"] == pytest.approx(1 - sub.share)


def test_a_clone_carries_the_trunk_and_its_own() -> None:
    """A subclone without the trunk's drivers would be scored as a tumour that does not exist."""
    found = by_clone(tumour({"A": 1.0, "B": 0.3}, marker="B"))
    carried = found.cohort.variants.groupby("sample_id").gene.agg(set)
    trunk = f"T1{SEPARATOR}{TRUNK}"
    (clone,) = set(carried.index) - {trunk}
    assert "MTOR" in carried[clone]
    assert "MTOR" not in carried[trunk]
    assert carried[trunk] <= carried[clone]
    assert set(found.cohort.profiled.sample_id) == {trunk, clone}


def test_clones_that_cannot_lie_side_by_side_are_a_chain() -> None:
    """CCFs of 0.7 and 0.45 add up to more than all cells: the smaller lies within the larger."""
    found = by_clone(tumour({"A": 1.0, "B": 0.7, "C": 0.45}, n=40))
    table = found.members
    assert table.part.tolist()[0] == TRUNK
    np.testing.assert_allclose(table.share, [0.3, 0.25, 0.45], atol=0.04)
    carried = found.cohort.variants.groupby("sample_id").gene.agg(set)
    smallest, larger = (carried[table.sample_id[k]] for k in (2, 1))
    assert larger < smallest


def test_clones_that_fit_side_by_side_do_not_carry_each_other() -> None:
    """Two subclones of 0.4 and 0.2."""
    found = by_clone(tumour({"A": 1.0, "B": 0.45, "C": 0.2}, n=40))
    np.testing.assert_allclose(found.members.share, [0.35, 0.45, 0.2], atol=0.04)
    carried = found.cohort.variants.groupby("sample_id").gene.agg(set)
    second, third = (carried[found.members.sample_id[k]] for k in (1, 2))
    assert not {g for g in second if g.startswith("C")}
    assert not {g for g in third if g.startswith("B")}


def test_what_cannot_be_told_apart_stays_whole_with_the_reason() -> None:
    """A tumour split for no reason would have a resistant share out of noise."""
    one = by_clone(tumour({"A": 1.0}))
    assert one.whole == {"T1": "one clone: no group of variants with a lower CCF"}
    assert one.members[["part", "share"]].to_numpy().tolist() == [["whole", 1.0]]
    few = by_clone(tumour({"A": 1.0}, n=5))
    assert few.whole == {"T1": "5 variants of known CCF (at least 10)"}
    assert len(few.cohort.variants) == 5


def test_a_tumour_whose_trunk_was_not_seen_in_full_is_scaled_to_it() -> None:
    """Purity that is stated too high puts the trunk at 0.7: its subclone of 0.35 is half of the cells."""
    found = by_clone(tumour({"A": 0.7, "B": 0.35}, n=40))
    np.testing.assert_allclose(found.members.share, [0.5, 0.5], atol=0.05)


def test_the_order_of_variants_changes_nothing() -> None:
    """Groups start on quantiles and not on what comes first."""
    cohort = tumour({"A": 1.0, "B": 0.3})
    ccf = cohort.variants.ccf.to_numpy()
    order = np.random.default_rng(1).permutation(len(ccf))
    np.testing.assert_array_equal(ccf_groups(ccf[order]), ccf_groups(ccf)[order])


def regions(present: dict[str, str]) -> Cohort:
    """A tumour of three regions; gene to the letters of the regions that carry it."""
    rows = [
        {"sample_id": "T1", "gene": gene, "consequence": "missense", "protein_change": "p.A2034V", "vaf": vaf,
         "variant_id": gene, "region": f"R{r}"}
        for gene, where in present.items()
        for r in "123"
        for vaf in [0.3 if r in where else 0.005]
    ]  # fmt: skip
    return Cohort.empty(
        "made",
        samples=pd.DataFrame({"sample_id": ["T1", "T2"], "lineage": ["kidney", "kidney"]}),
        profiled=pd.DataFrame(
            {"sample_id": ["T1", "T2"], "modality": ["variants"] * 2, "panel": ["exome"] * 2}
        ),
        regions=pd.DataFrame({"sample_id": ["T1"] * 3, "region": ["R1", "R2", "R3"]}),
        variants=pd.DataFrame(rows),
    )


def test_a_region_has_its_own_variants_and_an_equal_share() -> None:
    """A trace below a VAF of 0.01 is no variant of that region."""
    found = by_region(regions({"VHL": "123", "MTOR": "2"}))
    carried = found.cohort.variants.groupby("sample_id").gene.agg(set).to_dict()
    assert carried == {f"T1{SEPARATOR}R{r}": {"VHL", "MTOR"} if r == 2 else {"VHL"} for r in (1, 2, 3)}
    mine = found.members[found.members.of == "T1"]
    assert mine.share.tolist() == [1 / 3] * 3
    assert found.whole == {"T2": "no regions"}
    assert found.cohort.regions.empty


@pytest.mark.shared
def test_the_interval_of_few_regions_covers_the_whole_tumour() -> None:
    """Gerlinger's tumours: the share of regions with a variant, guessed from three of them, by Jeffreys.

    Every variant stands for a resistant lesion in turn.  A nominal 95 % that covered far less would make one
    biopsy look like a tumour.
    """
    folder = SHARED / "data" / "patient" / "multiregion_ccrcc"
    if not folder.is_dir():
        pytest.skip("the shared reference data are not beside the repository")
    files = [folder / f"{name}.txt" for name in ("EV005", "RK26", "RMH008")]
    cohort = import_cohort("multiregion", paths=files)
    rng = np.random.default_rng(0)
    covered, naive = [], []
    for sample, rows in cohort.variants.groupby("sample_id"):
        names = cohort.regions[cohort.regions.sample_id == sample].region.tolist()
        seen = rows[rows.vaf.isna() | (rows.vaf > 0.01)].groupby("variant_id").region.agg(set)
        for carriers in seen:
            truth = len(carriers) / len(names)
            for _ in range(10):
                k = sum(r in carriers for r in rng.choice(names, 3, replace=False))
                low, high = jeffreys(k, 3)
                covered.append(low <= truth <= high)
                naive.append(abs(k / 3 - truth) < 0.1)
    assert np.mean(covered) > 0.93
    assert np.mean(naive) < 0.6


def test_jeffreys_limits_are_those_published() -> None:
    """Brown 2001, table 5: 1 of 7 gives 0.016 to 0.501."""
    low, high = jeffreys(1, 7)
    assert (round(low, 3), round(high, 3)) == (0.016, 0.501)
    assert jeffreys(0, 5)[0] == 0
    assert jeffreys(5, 5)[1] == 1


def test_parts_are_a_cohort_like_any_other(tmp_path: Path) -> None:
    """Whatever is not measured of a part is the tumour's; outcomes and responses are the patient's."""
    found = by_clone(tumour({"A": 1.0, "B": 0.3}))
    found.cohort.write(tmp_path / "parts")
    assert len(Cohort.read(tmp_path / "parts").samples) == 2
    assert (found.cohort.samples.lineage == "kidney").all()
