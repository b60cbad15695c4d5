"""Which laboratory measured what."""

from __future__ import annotations

import pytest

from features.inhibitors import find_inhibitor
from features.knowledge import knowledge_table
from features.laboratories import laboratory_of


def test_gdsc1_is_two_laboratories() -> None:
    """Taken for one, its MGH half passes for the class: its six inhibitors agree with each other at r 0.8."""
    assert laboratory_of("PI-103", "GDSC1") == "GDSC1 (MGH)"
    assert laboratory_of("temsirolimus", "GDSC1") == "GDSC1 (Sanger)"
    assert laboratory_of("temsirolimus", "GDSC2") == "GDSC2"
    assert laboratory_of("sirolimus", "my own screen") == "my own screen"


def test_every_row_is_of_an_inhibitor_of_ours() -> None:
    """A misspelt name would silently be its own laboratory."""
    for name in knowledge_table("laboratories").inhibitor:
        assert find_inhibitor(name).name == name


@pytest.mark.gdsc
def test_every_inhibitor_of_gdsc1_has_its_laboratory(gdsc_cohort) -> None:
    """A new one would make a third laboratory of GDSC1 as a whole."""
    measured = gdsc_cohort.responses
    for name in measured[measured.screen == "GDSC1"].inhibitor.unique():
        assert laboratory_of(name, "GDSC1") != "GDSC1"
