"""What of the features a user may choose, in one place: told in the matrix, carried by the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from features.errors import InputError

#: Cut-offs of the variants that clonality indices use; MATH depends on them, so they are pinned and told.
MIN_DEPTH, MIN_VAF = 20, 0.05
#: A set of fewer genes of the universe is a gene or two and no programme; decoupler's own floor (``tmin``).
MIN_SET_GENES = 5
#: Name of a set -> gene (approved symbol) -> weight.
GeneSets = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Settings:
    """How features are computed where there is a choice.

    A model is served with the settings that it was trained with: they travel in its bundle.

    Attributes
    ----------
    min_depth
        Least read depth (reference + alternative) of a variant that clonality indices use; whole, >= 0.
    min_vaf
        Least VAF of such a variant, 0 to 1.
    gene_sets
        The user's own gene sets, scored as ``set.{name}``.
    """

    min_depth: int = MIN_DEPTH
    min_vaf: float = MIN_VAF
    gene_sets: GeneSets = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.min_vaf <= 1:
            raise InputError(f"the least VAF is {self.min_vaf:g}, not from 0 to 1", where="settings")
        if self.min_depth < 0 or self.min_depth % 1:
            raise InputError(f"the least depth is {self.min_depth:g}, no whole number >= 0", where="settings")

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a manifest."""
        return {
            "min_depth": self.min_depth,
            "min_vaf": self.min_vaf,
            "gene_sets": {name: dict(genes) for name, genes in self.gene_sets.items()},
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Settings:
        """What :meth:`to_json` gave; what is absent has its default.

        Raises
        ------
        InputError
            If a key is unknown or a value out of its range.
        """
        unknown = set(given) - {f.name for f in fields(cls)}
        if unknown:
            raise InputError(f"unknown setting {min(unknown)!r}", where="settings")
        return cls(**given)


#: What is used unless told otherwise.
DEFAULT = Settings()
