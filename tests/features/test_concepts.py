"""Every mechanism of the inventory ends as a feature, or says why it cannot be computed."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from features.catalogue import catalogue_rows
from features.concepts import Concept, concepts

INVENTORY = Path(__file__).parents[3] / "shared" / "reference" / "concepts.md"
EXPECTED = {"K": 6, "U": 12, "A": 15, "M": 7, "H": 11}


def test_no_mechanism_of_the_inventory_is_forgotten() -> None:
    assert Counter(concept.id[0] for concept in concepts()) == EXPECTED
    assert [c.id for c in concepts()] == [
        f"{letter}{number}" for letter, n in EXPECTED.items() for number in range(1, n + 1)
    ]
    if not INVENTORY.is_file():
        pytest.skip("the shared inventory is not beside the repository")
    listed = [line.split("|")[1].strip() for line in INVENTORY.read_text(encoding="utf-8").splitlines()
              if line.startswith("| ") and line.split("|")[1].strip()[1:].isdigit()]  # fmt: skip
    assert set(listed) == {c.id for c in concepts()}


@pytest.mark.parametrize("concept", concepts(), ids=lambda concept: concept.id)
def test_each_names_features_that_exist_or_says_why_there_are_none(concept: Concept) -> None:
    """Prevents: a mechanism that is said to be a feature that was renamed or never built."""
    names = [row.name for row in catalogue_rows()]
    idle = [p for p in concept.patterns if not any(fnmatchcase(name, p) for name in names)]
    assert not idle
    assert concept.features() or concept.limits
    assert concept.concept
