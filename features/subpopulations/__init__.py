"""Parts of a tumour as samples of their own: its regions, or the clones that its variants tell apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from features.cohort import Cohort
from features.subpopulations.clones import by_clone
from features.subpopulations.parts import MEMBER_COLUMNS, Subpopulations
from features.subpopulations.regions import by_region

__all__ = ["MEMBER_COLUMNS", "WAYS", "Subpopulations", "by_clone", "by_region"]

#: Way to take a cohort apart.
WAYS: Mapping[str, Callable[[Cohort], Subpopulations]] = {"region": by_region, "clone": by_clone}
