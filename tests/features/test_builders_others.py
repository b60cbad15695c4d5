"""Lineage, MSI, growth and signature scores."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_cohorts import made_cohort

from features.builders import growth, lineage, msi, pathways
from features.builders.base import Inputs
from features.builders.signature_scores import score, score_block, signature_weights, signatures
from features.cohort import Cohort
from features.errors import InputError


def of(**columns: list[object]) -> Inputs:
    n = len(next(iter(columns.values())))
    return Inputs(
        Cohort.empty("c", samples=pd.DataFrame({"sample_id": [f"S{i}" for i in range(n)], **columns}))
    )


def test_lineage_is_one_hot_and_unknown_is_not_none_of_them() -> None:
    values = lineage.build(of(lineage=["kidney", None, "TCGA-less".replace("TCGA-less", "SKCM")])).values
    assert values.loc["S0"].sum() == 1
    assert values.loc["S0", "lineage.kidney"] == 1
    assert values.loc["S1"].isna().all()
    assert values.loc["S2", "lineage.skin"] == 1
    assert values.shape[1] == 19


@pytest.mark.parametrize(
    ("text", "known"),
    [("Head and Neck", "aero_dig_tract"), ("ccrcc", "kidney"), ("BOWEL", "large_intestine"), ("lung", "lung"),
     ("LUAD", "lung_NSCLC"), ("nervous_system", "nervous_system"), ("CNS/Brain", "nervous_system")],
)  # fmt: skip
def test_common_names_are_understood(text: str, known: str) -> None:
    assert lineage.find_lineage(text) == known


def test_every_synonym_leads_to_its_lineage() -> None:
    assert set(lineage.synonyms().values()) == set(lineage.lineages())


@pytest.mark.parametrize(
    ("text", "near"), [("kidnee", "kidney"), ("Lung", "lung_NSCLC"), ("qqqq", "aero_dig_tract")]
)
def test_an_unknown_lineage_is_an_error_with_the_nearest_names(text: str, near: str) -> None:
    # GDSC's "lung" is lung other than NSCLC and SCLC, which nobody who writes "Lung" means.
    with pytest.raises(InputError, match=near) as caught:
        lineage.build(of(lineage=[text]))
    assert "\n" not in str(caught.value)


def test_a_synonym_of_two_lineages_is_refused() -> None:
    table = pd.DataFrame({"lineage": ["bone", "soft_tissue"], "synonym": ["SARC", "sarc"]})
    with pytest.raises(ValueError, match="two lineages"):
        lineage.resolve_synonyms(table)


def test_msi_low_is_not_high_and_unknown_is_unknown() -> None:
    values = msi.build(of(msi=["MSI-H", "MSI-L", "MSS", None])).values["msi.high"]
    np.testing.assert_array_equal(values, [1, 0, 0, np.nan])


def test_a_measured_loss_of_cells_stays_below_no_growth() -> None:
    block = growth.build_measured(of(doublings_per_day=[1.0, 0.0, -0.2, np.nan]))
    np.testing.assert_allclose(block.values["growth.measured_rate"], [1, 0, -0.2, np.nan])


def test_scores_are_decouplers_t_values() -> None:
    rng = np.random.default_rng(1)
    weights = signature_weights()
    z = pd.DataFrame(rng.normal(size=(3, len(weights))), columns=weights.index)
    got = score(z, weights)
    from scipy.stats import linregress

    fit = linregress(weights["mapk"], z.iloc[1])
    assert got.iloc[1]["mapk"] == pytest.approx(fit.slope / fit.stderr, rel=1e-9)


def test_scores_agree_with_decouplers_own_front_end() -> None:
    import decoupler

    rng = np.random.default_rng(2)
    weights = signature_weights()
    z = pd.DataFrame(rng.normal(size=(3, len(weights))), index=list("abc"), columns=weights.index)
    net = weights.rename_axis("target").reset_index().melt("target", var_name="source", value_name="weight")
    theirs, _ = decoupler.mt.ulm(z, net[net["weight"] != 0], empty=False)
    pd.testing.assert_frame_equal(
        score(z, weights)[theirs.columns], theirs, rtol=1e-9, atol=1e-9, check_names=False
    )


def test_every_signature_has_genes_enough_in_the_universe() -> None:
    # decoupler's own floor of five; a score of fewer is a gene, not a programme.
    assert (signature_weights() != 0).sum().min() >= 5
    assert sorted(signature_weights().columns) == sorted(signatures())


def test_a_signature_that_is_mostly_absent_is_unknown_not_zero() -> None:
    cohort = made_cohort()
    weights = signature_weights()["pim"]
    cohort.expression.loc["S1", weights.index[weights != 0]] = np.nan
    block = score_block(Inputs(cohort), "path")
    assert np.isnan(block.values.loc["S1", "path.pim"])
    assert block.values.loc["S0"].notna().all()
    assert [(note.sample_id, note.names) for note in block.notes] == [("S1", ("pim",))]


def test_the_eif4e_ratio_needs_its_three_genes() -> None:
    cohort = made_cohort()
    ratio = pathways.build(Inputs(cohort)).values[pathways.RATIO]
    assert ratio.drop("S5").notna().all()
    assert np.isnan(ratio["S5"])
    more = cohort.expression.assign(EIF4E=cohort.expression["EIF4E"] + 50)
    without = cohort.expression.drop(columns="EIF4EBP2")
    scale = {"expression_scale": "tpm", "samples": cohort.samples}
    raised = pathways.build(Inputs(Cohort.empty("c", expression=more, **scale))).values[pathways.RATIO]
    assert (raised > ratio).drop("S5").all()
    gone = pathways.build(Inputs(Cohort.empty("c", expression=without, **scale))).values[pathways.RATIO]
    assert gone.isna().all()
