r"""When the model should not be asked.

A sample's distance is the root mean square of its standardised readable inputs,
:math:`d = \sqrt{\frac1p \sum_j ((x_j - \mu_j)/\sigma_j)^2}`, over the inputs that vary continuously (a
rare mutation is not an odd sample) and are known.  Beyond the 99th percentile of the training lines it is out
of domain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Share of the training lines within the limit.
TRAINING_SHARE = 0.99


@dataclass(frozen=True)
class Domain:
    """The training lines' range of distances for one pattern.

    Attributes
    ----------
    continuous
        Shape (p,), bool: which readable inputs count.
    limit
        Greatest distance in domain; infinite where no input is continuous.
    """

    continuous: np.ndarray
    limit: float


def distance(
    readable: np.ndarray, location: np.ndarray, spread: np.ndarray, continuous: np.ndarray
) -> np.ndarray:
    """Distance of each row from the training lines.

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


def learn_domain(readable: np.ndarray, location: np.ndarray, spread: np.ndarray) -> Domain:
    """Learn the limit from the training lines' readable inputs, shape (n, p)."""
    continuous = np.array(
        [not np.isin(column[np.isfinite(column)], (0.0, 1.0)).all() for column in readable.T], dtype=bool
    ) & (spread > 0)
    if not continuous.any():
        return Domain(continuous, float("inf"))
    distances = distance(readable, location, spread, continuous)
    return Domain(continuous, float(np.quantile(distances, TRAINING_SHARE)))
