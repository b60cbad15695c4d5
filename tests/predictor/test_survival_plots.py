"""Curves and hazard ratios are drawn as given, and told in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from predictor.outcomes.kaplan_meier import groups_of, survival_by
from predictor.report.plots import alt_text, save
from predictor.report.survival_plots import EffectRow, effects_plot, survival_plot


@pytest.mark.parametrize("kinds", [2, 3])
def test_curves_have_numbers_at_risk_below(tmp_path: Path, kinds: int) -> None:
    rng = np.random.default_rng(0)
    marker = pd.Series(np.arange(60.0)) if kinds == 3 else pd.Series(np.arange(60.0) % 2)
    data = pd.DataFrame({"months": rng.exponential(10, 60), "event": (rng.uniform(size=60) < 0.7) * 1.0})
    found = survival_by(data, groups_of(marker))
    figure = survival_plot({"everolimus": found, "nivolumab": found}, marker="ith", endpoint="PFS")
    curves, _, below, _ = figure.axes
    assert len(curves.get_legend().get_texts()) == kinds
    told = [text.get_text() for text in below.texts]
    assert told[: len(found.at)] == [str(n) for n in next(iter(found.at_risk.values()))]
    assert "everolimus, log-rank p" in curves.get_title(loc="left")
    assert found.curves[0].median_words in alt_text(figure)
    assert save(figure, tmp_path / "f.png").stat().st_size > 1000


def test_hazard_ratios_are_on_a_logarithmic_axis() -> None:
    rows = [
        EffectRow("both arms", "both", 1.9, 1.3, 2.9),
        EffectRow("interaction", "interaction", 0.9, 0.4, 2.0),
    ]
    figure = effects_plot({"PFS": rows})
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["both arms", "interaction"]
    assert "interaction 0.90 [0.40, 2.00]" in alt_text(figure)


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        survival_plot({}, marker="ith", endpoint="PFS")
    with pytest.raises(ValueError, match="nothing to draw"):
        effects_plot({"PFS": []})
