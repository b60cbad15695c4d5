"""SHAP values add up, to the prediction and to the mechanisms, and nothing is lost on the way."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.catalogue import MECHANISMS, mechanism_of
from features.errors import InputError
from predictor.bundle import Bundle
from predictor.explanation import BASE, COLUMNS, MECHANISM_COLUMNS, Explanation, as_shap, explain
from predictor.scoring import score
from predictor.submodel import SubModel


@pytest.fixture
def explanation(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> Explanation:
    return explain(tiny_bundle, tiny_samples, "sirolimus")


def sums(table: pd.DataFrame, order: tuple[str, ...]) -> np.ndarray:
    return table.groupby("sample_id").shap_value.sum().loc[list(order)].to_numpy()


@pytest.mark.parametrize("inhibitor", ["sirolimus", "AZD8055", "rapalog", "everolimus"])
def test_values_add_up_to_the_prediction_of_scoring(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, inhibitor: str
) -> None:
    """In every pattern, the linear part among them: an explanation of another number explains nothing."""
    made = explain(tiny_bundle, tiny_samples, inhibitor)
    scored = score(tiny_bundle, tiny_samples, inhibitors=[inhibitor])
    np.testing.assert_array_equal(made.prediction, scored.prediction.to_numpy())
    np.testing.assert_array_equal(made.pattern, scored.modality_pattern.to_numpy())
    assert len(set(made.pattern)) == 4
    assert np.abs(made.base + made.shap_values.sum(axis=1) - made.prediction).max() < 1e-6
    assert made.target == scored.target[0]
    assert made.unit == scored.unit[0]


def test_the_linear_part_is_coefficient_times_distance_from_the_mean(
    tiny_bundle: Bundle, explanation: Explanation, tiny_samples: pd.DataFrame
) -> None:
    """shap.TreeExplainer would leave it out altogether."""
    sub = tiny_bundle.models["sirolimus@GDSC2"].submodels["rna+dna"]
    gene = sub.wide[0]
    expected = sub.slope * sub.coef[0] * (tiny_samples.loc["N00", gene] - sub.center[0])
    assert explanation.shap_values[0, explanation.features.index(gene)] == pytest.approx(expected, abs=1e-12)
    wide = [j for j, name in enumerate(explanation.features) if name.startswith("expr.")]
    assert np.abs(explanation.shap_values[0, wide]).sum() > 0


def test_mechanisms_add_up_and_are_those_of_the_catalogue(explanation: Explanation) -> None:
    """A feature without a mechanism, or in two, would break the sum."""
    table = explanation.mechanisms()
    assert tuple(table.columns) == MECHANISM_COLUMNS
    np.testing.assert_allclose(sums(table, explanation.sample_ids), explanation.prediction, atol=1e-6)
    assert set(table.mechanism) <= {BASE, *MECHANISMS}
    assert not table.duplicated(["sample_id", "mechanism"]).any()
    assert explanation.mechanism == tuple(mechanism_of(name) for name in explanation.features)
    first = table[table.sample_id == "N00"].set_index("mechanism").shap_value
    its = [j for j, m in enumerate(explanation.mechanism) if m == "bypass_pathways"]
    assert first["bypass_pathways"] == pytest.approx(explanation.shap_values[0, its].sum())


def test_a_sample_is_explained_by_what_its_pattern_uses(explanation: Explanation) -> None:
    """Without RNA no gene may appear, not even with 0."""
    table = explanation.table()
    assert tuple(table.columns) == COLUMNS
    alone = table[table.sample_id == explanation.sample_ids[list(explanation.pattern).index("lineage")]]
    assert set(alone.mechanism) == {BASE, "lineage"}
    np.testing.assert_allclose(sums(table, explanation.sample_ids), explanation.prediction, atol=1e-6)
    assert (table.groupby("sample_id", sort=False).feature.first() == BASE).all()
    size = (
        table[table.feature != BASE]
        .groupby("sample_id")
        .shap_value.apply(lambda v: v.abs().is_monotonic_decreasing)
    )
    assert size.all()


def test_values_are_those_of_the_sample(explanation: Explanation, tiny_samples: pd.DataFrame) -> None:
    """A plot colours by them; a gap stays a gap."""
    table = explanation.table().query("sample_id == 'N00' and feature == 'path.mtorc1'")
    assert table.value.item() == tiny_samples.loc["N00", "path.mtorc1"]
    assert np.isnan(
        explanation.values[list(explanation.pattern).index("dna"), explanation.features.index("path.mtorc1")]
    )


@pytest.mark.parametrize("genes", [0, 3, 1000])
def test_a_short_table_sums_the_other_genes_and_loses_none(explanation: Explanation, genes: int) -> None:
    """5,778 rows a sample are for machines; the short form must add up all the same."""
    table = explanation.table(genes=genes)
    np.testing.assert_allclose(sums(table, explanation.sample_ids), explanation.prediction, atol=1e-6)
    listed = table.feature.str.startswith("expr.").groupby(table.sample_id).sum()
    assert listed.max() == min(genes, 80)
    others = table[table.feature.str.startswith("other expr")]
    assert (len(others) == 0) == (genes == 1000)
    if genes == 3:
        mine = table[table.sample_id == "N00"]
        kept = mine[mine.feature.str.startswith("expr.")].shap_value.abs()
        full = explanation.table().query("sample_id == 'N00'")
        assert kept.min() >= full[full.feature.str.startswith("expr.")].shap_value.abs().nlargest(3).min()


def test_a_sample_is_explained_alone_as_in_a_batch(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Same bits, feature by feature."""
    whole = explain(tiny_bundle, tiny_samples, "sirolimus").table()
    for sample in ("N00", "N09", "N14", "N17"):
        alone = explain(tiny_bundle, tiny_samples.loc[[sample]], "sirolimus").table()
        expected = whole[whole.sample_id == sample].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, expected, check_exact=True)


def test_contributions_that_do_not_add_up_are_never_shown(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong explanation is worse than none."""
    original = SubModel.contributions

    def wrong(
        self: SubModel, readable: np.ndarray, wide: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        base, of_readable, of_wide = original(self, readable, wide)
        return base + 0.01, of_readable, of_wide

    monkeypatch.setattr(SubModel, "contributions", wrong)
    with pytest.raises(ArithmeticError, match="miss the prediction"):
        explain(tiny_bundle, tiny_samples, "sirolimus")


def test_an_unknown_inhibitor_has_no_explanation(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """The same line as in scoring."""
    with pytest.raises(InputError, match="unknown inhibitor"):
        explain(tiny_bundle, tiny_samples, "sirolimuss")


def test_the_shap_package_can_plot_it(explanation: Explanation) -> None:
    """A bridge, not a second computation."""
    made = as_shap(explanation)
    np.testing.assert_array_equal(made.values, explanation.shap_values)
    np.testing.assert_array_equal(made.base_values, explanation.base)
    assert made.feature_names == list(explanation.features)
