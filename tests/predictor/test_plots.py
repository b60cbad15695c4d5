"""Figures: what they show, that they say it in words, and that they leave no trace in matplotlib."""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from predictor.metrics import Estimate
from predictor.report import plots, shap_plots, style, words
from tests.predictor.tracked import make_result

MECHANISMS = pd.DataFrame(
    {"growth": [1.0, 0.0], "mtorc1_activity": [3.0, 0.0], "something_new": [0.0, 0.0]},
    index=["sirolimus@GDSC2", "rapalog"],
)


@pytest.fixture(scope="module")
def result(tiny):
    return make_result(tiny)


@pytest.fixture(scope="module")
def units(result):
    return {t.name: t.unit for t in result.study.targets}


def shap_values(n=30, p=20, seed=0):
    rng = np.random.default_rng(seed)
    data = rng.normal(size=(n, p))
    values = 0.1 * rng.normal(size=(n, p))
    values[:, 3] = 2 * data[:, 3]
    values[:, 5] = -data[:, 5]
    data[0, 3] = np.nan
    return plots.ShapValues(values, data, tuple(f"f{j}" for j in range(p)))


def test_each_target_has_its_panel_and_its_interval(result, units):
    figure = plots.measured_against_predicted(result.out_of_fold, result.scores, units)
    seen = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in seen] == ["sirolimus, GDSC2", "AZD8055, GDSC2", "rapalogs"]
    score = next(s for s in result.scores if s.target == "rapalog" and s.predictor == "model")
    assert f"r = {score.metrics['pearson'].value:.2f} [" in seen[2].texts[0].get_text()
    mine = result.out_of_fold[
        (result.out_of_fold.target == "rapalog") & (result.out_of_fold.predictor == "model")
    ]
    dots = np.asarray(seen[2].collections[0].get_offsets())
    np.testing.assert_allclose(dots, mine[["prediction", "measured"]].to_numpy())
    assert "unit of the target" in plots.alt_text(figure)


def test_one_target_carries_its_unit(result, units):
    figure = plots.measured_against_predicted(result.out_of_fold, result.scores, units, ["sirolimus@GDSC2"])
    assert "ln IC50 (µM)" in plots.alt_text(figure)
    assert len(figure.axes) == 1


def test_panels_left_over_are_hidden(result, units):
    names = ["sirolimus@GDSC2", "AZD8055@GDSC2"] * 3
    figure = plots.measured_against_predicted(result.out_of_fold, result.scores, units, names)
    assert sum(axes.get_visible() for axes in figure.axes) == 6
    assert len(figure.axes) == 8


def test_a_constant_prediction_can_be_drawn(result, units, tmp_path):
    flat = result.out_of_fold.assign(prediction=1.0, measured=2.0)
    figure = plots.measured_against_predicted(flat, result.scores, units)
    assert plots.save(figure, tmp_path / "flat.png").stat().st_size > 1000


def test_the_ladder_orders_predictors_by_their_mean(result):
    figure = plots.ladder(result.scores)
    left, right = figure.axes
    shown = [label.get_text() for label in left.get_yticklabels()]
    wanted = ["sirolimus@GDSC2", "AZD8055@GDSC2"]
    means = {
        p: np.mean(
            [s.metrics["pearson"].value for s in result.scores if s.predictor == p and s.target in wanted]
        )
        for p in {s.predictor for s in result.scores}
    }
    assert shown == [words.PREDICTOR_WORDS[p] for p in sorted(means, key=means.__getitem__)]
    assert {label.get_text() for label in right.get_yticklabels()} == {"sirolimus, GDSC2", "AZD8055, GDSC2"}
    assert f"model {means['model']:.3f}" in plots.alt_text(figure)


def test_the_forest_shows_the_interval_of_the_score(result):
    figure = plots.ladder(result.scores, metric="spearman", targets=["rapalog"])
    estimate = next(
        s.metrics["spearman"] for s in result.scores if s.target == "rapalog" and s.predictor == "model"
    )
    (segment,) = figure.axes[1].collections[0].get_segments()
    np.testing.assert_allclose(segment[:, 0], [estimate.low, estimate.high])


def test_the_ladder_needs_neither_rungs_nor_inhibitors(result):
    only = [s for s in result.scores if s.target == "rapalog" and s.predictor == "model"]
    figure = plots.ladder(only)
    assert len(figure.axes[1].get_yticklabels()) == 1


def test_the_beeswarm_ranks_features_and_loses_none():
    given_values = shap_values()
    figure = plots.beeswarm(given_values, title="sirolimus", unit="ln_ic50_um", max_display=4)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "16 other features, summed"
    assert labels[-1] == "f3"
    shown = np.argsort(-np.abs(given_values.values).mean(axis=0))[:4]
    rest = np.delete(given_values.values, shown, axis=1).sum(axis=1)
    assert f"mean absolute {np.abs(rest).mean():.3f}" in figure.axes[0].texts[0].get_text()
    # The sum of thousands of genes must not stretch the axis of the features.
    assert np.abs(figure.axes[0].get_xlim()).max() < 1.2 * np.abs(given_values.values).max()
    assert "f3" in plots.alt_text(figure)
    assert "high values go with resistance; f5" in plots.alt_text(figure)


def test_a_single_sample_gets_bars_with_values():
    figure = plots.beeswarm(shap_values(n=2), max_display=30)
    assert len(figure.axes) == 2
    one = shap_values(n=1)
    figure = plots.beeswarm(one, title="N1", max_display=30)
    axes = figure.axes[0]
    widths = sorted(patch.get_width() for patch in axes.patches)
    np.testing.assert_allclose(widths, np.sort(one.values[0]))
    labels = {label.get_text() for label in axes.get_yticklabels()}
    assert "f3" in labels  # its value is not known
    assert f"f5 = {one.data[0, 5]:.3g}" in labels


def test_shap_explanations_are_taken_as_they_are():
    shap = pytest.importorskip("shap")
    values = shap_values(p=6)
    explanation = shap.Explanation(
        values=values.values, data=values.data, feature_names=list(values.feature_names)
    )
    assert plots.alt_text(plots.beeswarm(explanation)) == plots.alt_text(plots.beeswarm(values))


def test_mechanisms_are_shares_that_add_up():
    figure = plots.mechanism_bar(MECHANISMS)
    axes = figure.axes[0]
    by_target = np.zeros(2)
    for bar in axes.containers:
        by_target += [patch.get_width() for patch in bar]
    np.testing.assert_allclose(by_target, [100, 0])
    assert [t.get_text() for t in figure.legends[0].get_texts()] == [
        "mTORC1 activity",
        "growth",
        "something new",
    ]
    assert "mTORC1 activity 37.5 %" in plots.alt_text(figure)


def test_mechanisms_can_be_absolute():
    figure = plots.mechanism_bar(MECHANISMS, normalise=False)
    assert figure.axes[0].get_xlim() == (0.0, 4.0)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.beeswarm(plots.ShapValues(np.zeros((0, 3)), np.zeros((0, 3)), ("a", "b", "c"))),
        lambda: plots.mechanism_bar(pd.DataFrame()),
        lambda: plots.ladder([]),
    ],
)
def test_nothing_to_draw_is_an_error_and_not_an_empty_picture(draw):
    with pytest.raises(ValueError, match="there is no"):
        draw()


def test_no_target_is_an_error(result, units):
    with pytest.raises(ValueError, match="no target"):
        plots.measured_against_predicted(result.out_of_fold, result.scores, units, [])


def test_matplotlib_is_left_as_it_was(result, units, tmp_path):
    # A library that leaves figures open in pyplot, or its style behind, spoils a user's own notebook.
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plots.save(plots.ladder(result.scores), tmp_path / "a.png")
    assert dict(mpl.rcParams) == before
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_description_travels_with_the_file(ending, tmp_path):
    figure = plots.mechanism_bar(MECHANISMS)
    path = plots.save(figure, tmp_path / f"m.{ending}")
    content = path.read_bytes()
    assert b"Stacked bars" in content or b"S\x00t\x00a\x00c\x00k\x00e\x00d" in content


def test_every_mechanism_of_the_catalogue_has_its_look():
    from features.catalogue import MECHANISMS as NAMES

    assert set(style.MECHANISM_LOOK) == set(NAMES)
    looks = list(style.MECHANISM_LOOK.values())
    assert len({colour for colour, _ in looks}) == len(looks)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_offsets_stay_in_their_row(values):
    offset = shap_plots._spread(np.array(values))
    assert np.all(np.abs(offset) <= 1)


def test_ties_share_a_colour():
    np.testing.assert_allclose(shap_plots._rank_share(np.array([5.0, -1.0, 5.0, 100.0])), [0.5, 0, 0.5, 1])


def test_intervals_are_written_to_two_digits():
    assert plots._with_interval(Estimate(0.456, 0.4, 0.5)) == "0.46 [0.40, 0.50]"
