"""The forest plot draws what it is given, tells it in words, and refuses nothing at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from predictor.report.forest import ForestRow, forest
from predictor.report.plots import alt_text, save

ROWS = [ForestRow("model", "model", 0.36, 0.29, 0.43), ForestRow("measured", "measured", 0.43, 0.36, 0.49)]


def test_every_figure_is_in_the_words_and_the_ceiling_is_drawn_through(tmp_path: Path) -> None:
    figure = forest({"CTRPv2": ROWS}, xlabels={"CTRPv2": "rho"})
    assert "model 0.360 [0.290, 0.430]" in alt_text(figure)
    axes = figure.axes[0]
    assert 0.43 in [line.get_xdata()[0] for line in axes.lines]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["model", "measured"]
    assert save(figure, tmp_path / "f.png").stat().st_size > 1000


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        forest({"CTRPv2": []}, xlabels={})
