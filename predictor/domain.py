r"""When the model should not be asked: how usual a sample is in the model's own terms.

Two distances, each over its typical (median) value in the training lines:

.. math::

   d_{readable} = \sqrt{\tfrac1p \sum_j ((x_j - \mu_j)/\sigma_j)^2}, \qquad
   d_{wide} = \sqrt{\sum_j (\beta_j (x_j - \mu_j))^2}

The first is over the readable inputs that vary continuously (a rare mutation is not an odd sample).  The
second weighs each gene by what the margin makes of it: the root sum of squares of the sample's own
contributions.  The score is the root mean square of the two.  Beyond the 99th percentile of the training
lines a sample is out of domain.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from predictor.margin import linear_terms
from predictor.submodel import SubModel

#: Share of the training lines within the limit.
TRAINING_SHARE = 0.99


@dataclass(frozen=True)
class Domain:
    """The training lines' range of distances for one pattern.

    Attributes
    ----------
    continuous
        Shape (p,), bool: which readable inputs count.
    typical_readable, typical_wide
        Median distance of the training lines, positive; infinite where a block does not count.
    limit
        Greatest score in domain; infinite where no block counts.
    """

    continuous: np.ndarray
    typical_readable: float
    typical_wide: float
    limit: float

    def score(self, sub: SubModel, readable: np.ndarray, wide: np.ndarray) -> np.ndarray:
        """How unusual rows are: 1 is a typical training line.

        Parameters
        ----------
        sub
            The pattern's sub-model.
        readable, wide
            Shape (n, p) and (n, q): what it reads, NaN where missing.

        Returns
        -------
        numpy.ndarray
            Shape (n,), at least 0; 0 where nothing is known.  A row has the same bits alone and in a batch.
        """
        squares, blocks = np.zeros(len(readable)), 0
        if math.isfinite(self.typical_readable):
            own = distance(readable, sub.location, sub.spread, self.continuous)
            squares, blocks = squares + np.square(own / self.typical_readable), blocks + 1
        if math.isfinite(self.typical_wide):
            squares = squares + np.square(wide_distance(wide, sub.coef, sub.center) / self.typical_wide)
            blocks += 1
        return np.sqrt(squares / max(blocks, 1))


def distance(
    readable: np.ndarray, location: np.ndarray, spread: np.ndarray, continuous: np.ndarray
) -> np.ndarray:
    """Distance of each row from the training lines in the readable inputs.

    Parameters
    ----------
    readable
        Shape (n, p), NaN where missing.
    location, spread
        Shape (p,), of the training lines.
    continuous
        Shape (p,), bool.

    Returns
    -------
    numpy.ndarray
        Shape (n,), at least 0; 0 where nothing is known.
    """
    z = (readable[:, continuous] - location[continuous]) / spread[continuous]
    known = np.isfinite(z)
    count = np.maximum(known.sum(axis=1), 1)
    # In C order, so that a row is summed in the same order alone and in a batch.
    squares = np.ascontiguousarray(np.square(np.where(known, z, 0.0)))
    return np.sqrt(squares.sum(axis=1) / count)


def wide_distance(wide: np.ndarray, coef: np.ndarray, center: np.ndarray) -> np.ndarray:
    """Distance of each row from the training lines in the wide block, weighed by the margin.

    Parameters
    ----------
    wide
        Shape (n, q), NaN where missing.
    coef, center
        Shape (q,), of the margin.

    Returns
    -------
    numpy.ndarray
        Shape (n,), at least 0.  What is missing counts as far as what is known; 0 where nothing is.
    """
    known = np.isfinite(wide)
    squares = np.square(linear_terms(wide, coef, center)).sum(axis=1)
    weight = np.ascontiguousarray(np.where(known, np.square(coef), 0.0)).sum(axis=1)
    whole = np.square(coef).sum()
    return np.sqrt(squares * np.divide(whole, weight, out=np.zeros(len(wide)), where=weight > 0))


def learn_domain(sub: SubModel, readable: np.ndarray, wide: np.ndarray) -> Domain:
    """Learn what is typical from the training lines.

    Parameters
    ----------
    sub
        The pattern's sub-model, fitted on these lines.
    readable, wide
        Shape (n, p) and (n, q): what it reads of them.
    """
    continuous = np.array(
        [not np.isin(column[np.isfinite(column)], (0.0, 1.0)).all() for column in readable.T], dtype=bool
    ) & (sub.spread > 0)
    own = distance(readable, sub.location, sub.spread, continuous)
    margin = wide_distance(wide, sub.coef, sub.center)
    domain = Domain(continuous, _typical(own), _typical(margin), math.inf)
    if not (math.isfinite(domain.typical_readable) or math.isfinite(domain.typical_wide)):
        return domain
    limit = float(np.quantile(domain.score(sub, readable, wide), TRAINING_SHARE))
    return Domain(continuous, domain.typical_readable, domain.typical_wide, limit)


def _typical(distances: np.ndarray) -> float:
    """The median; infinite where the block tells most lines nothing apart."""
    median = float(np.median(distances))
    return median if median > 0 else math.inf
