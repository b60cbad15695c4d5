"""The model card tells what the facts hold, and says so where they hold nothing."""

from __future__ import annotations

import dataclasses

from predictor.bundle import Bundle
from predictor.model_card import model_card


def test_the_card_names_inhibitors_data_figures_and_limits(tiny_bundle: Bundle) -> None:
    """A released model without its limits in writing would be used beyond them."""
    card = model_card(tiny_bundle)
    assert tiny_bundle.version in card
    assert "| sirolimus | rapalog | sirolimus@GDSC2 | ln_ic50_um |" in card
    assert "Answered by the class `rapalog`" in card
    assert "everolimus" in card.split("Answered by the class")[1].splitlines()[0]
    assert "RapaLink-1" in card.split("Not answered:")[1].splitlines()[0]
    assert "not a medical device" in card.lower()
    assert "research use only" in card.lower()
    assert "x\\|y.csv" in card
    assert "no such line" in card
    for score in tiny_bundle.facts["scores"]:  # type: ignore[attr-defined]
        value = score["metrics"]["pearson"]["value"]
        shown = "-" if value != value else f"{value:.3f}"
        assert shown in card
    assert "r, tissue" in card
    assert card.endswith("\n")


def test_a_bundle_without_facts_has_a_card_that_says_so(tiny_bundle: Bundle) -> None:
    """Never an invented figure."""
    card = model_card(dataclasses.replace(tiny_bundle, facts={}))
    assert "Not recorded." in card
    assert "Cohort not recorded." in card
    assert "nan" not in card.lower().split()


def test_a_figure_without_an_interval_is_shown_alone(tiny_bundle: Bundle) -> None:
    """JSON turns an undefined bound into null."""
    scores = [
        {
            "target": "rapalog",
            "predictor": "model",
            "n": 9,
            "metrics": {"pearson": {"value": 0.5, "low": None, "high": None}},
        }
    ]
    card = model_card(dataclasses.replace(tiny_bundle, facts={"scores": scores}))
    assert "| rapalog | 9 | 0.500 | - | - |" in card
