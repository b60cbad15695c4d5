r"""Curves of raw viabilities: the Hill equation, with what its IC50 is worth.

.. math:: v(d) = E_\infty + \frac{E_0 - E_\infty}{1 + (d / EC_{50})^h}

where *v* is the viability as a fraction of the untreated control, *d* the dose in uM.  With three parameters
:math:`E_0` is 1.  The IC50 is absolute: the dose at which half of the untreated control is left, not half of
the effect.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from features.errors import InputError

#: A curve of fewer distinct doses is refused: three parameters would pass through any three points.
LEAST_DOSES = 4
#: Slope h.  Beyond 10 the curve is a step, and the doses cannot tell one step from another.
SLOPE_RANGE = (0.1, 10.0)
#: Of a fit with four parameters: the plateau without drug, as a fraction of the control.
TOP_RANGE = (0.7, 1.5)
#: The EC50 is looked for up to this factor beyond the tested doses.
BEYOND = 1000.0
_HALF = 0.5
_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HillFit:
    """A fitted curve.

    Attributes
    ----------
    e_0, e_inf
        Viability without drug and at an endless dose, as fractions of the control.
    ec50_um
        Dose of half of the effect, in uM.
    slope
        Of Hill, h > 0.
    ln_ic50_um
        ln of the absolute IC50 in uM.  Where the IC50 lies beyond the tested doses this is the ln of the
        nearest tested one, a bound and no estimate: see ``censored``.
    standard_error
        Of ``ln_ic50_um``, from the covariance of the fit (delta method); NaN where censored, or where the
        doses do not determine it.
    censored
        "right": the IC50 is above the highest tested dose; "left": below the lowest; "": inside.
    auc
        Mean viability of the curve over the ln of the tested doses: 1 = no effect, 0 = all dead at any dose.
    min_dose_um, max_dose_um
        The tested doses.
    rmse
        Root mean square of the residuals, as a fraction of the control.
    n_points
        Measurements.
    """

    e_0: float
    e_inf: float
    ec50_um: float
    slope: float
    ln_ic50_um: float
    standard_error: float
    censored: Literal["", "left", "right"]
    auc: float
    min_dose_um: float
    max_dose_um: float
    rmse: float
    n_points: int

    def viability(self, doses_um: npt.ArrayLike) -> _Array:
        """The curve at some doses (uM), as fractions of the control."""
        ln_dose = np.log(np.asarray(doses_um, dtype=float))
        return _curve(ln_dose, self.e_0, self.e_inf, np.log(self.ec50_um), self.slope)


def fit_hill(
    doses_um: Sequence[float] | _Array, viability: Sequence[float] | _Array, *, n_parameters: int = 3
) -> HillFit | None:
    """Fit the Hill equation to the viabilities of one sample and inhibitor by least squares.

    Parameters
    ----------
    doses_um
        uM, above 0; a repeated dose is a replicate.
    viability
        Fraction of the untreated control, one a dose.
    n_parameters
        3 (the plateau without drug is 1) or 4 (it is fitted, within :data:`TOP_RANGE`).

    Returns
    -------
    HillFit or None
        None if the fit does not converge.

    Raises
    ------
    InputError
        If there are fewer than :data:`LEAST_DOSES` distinct doses, or fewer points than parameters, or a
        dose or viability is not a finite number, or a dose is not above 0.
    """
    from scipy.optimize import curve_fit

    if n_parameters not in (3, 4):
        raise InputError(f"a curve of {n_parameters} parameters is not known", todo="use 3 or 4")
    doses, seen = np.asarray(doses_um, dtype=float), np.asarray(viability, dtype=float)
    _check(doses, seen, n_parameters)
    x = np.log(doses)
    low, high = float(x.min()), float(x.max())

    # E_inf as a share of E_0, so that a curve cannot rise; the slope as its ln, so that it stays above 0.
    def model(ln_dose: _Array, share: float, centre: float, ln_slope: float, e_0: float = 1.0) -> _Array:
        return _curve(ln_dose, e_0, e_0 * share, centre, np.exp(ln_slope))

    def jacobian(ln_dose: _Array, share: float, centre: float, ln_slope: float, e_0: float = 1.0) -> _Array:
        slope = np.exp(ln_slope)
        left = _curve(ln_dose, 1.0, 0.0, centre, slope)
        steep = e_0 * (1 - share) * left * (1 - left) * slope
        columns = [e_0 * (1 - left), steep, -steep * (ln_dose - centre), share + (1 - share) * left]
        return np.column_stack(columns[:n_parameters])

    ln_slopes = np.log(SLOPE_RANGE)
    bounds = np.array(
        [(0.0, 1.0), (low - np.log(BEYOND), high + np.log(BEYOND)), (ln_slopes[0], ln_slopes[1]), TOP_RANGE]
    )[:n_parameters]
    share = float(np.clip(seen.min(), 0.02, 0.98))
    best: tuple[float, _Array, _Array] | None = None
    # A flat curve has a valley on either side: three starts find the deeper one.
    for centre in (low + 0.5 * (high - low), low + 0.15 * (high - low), low + 0.85 * (high - low)):
        start = np.array([share, centre, 0.0, 1.0])[:n_parameters]
        with warnings.catch_warnings():
            # Doses that do not determine a parameter give an infinite covariance: told as no standard error.
            warnings.simplefilter("ignore")
            try:
                found, covariance = curve_fit(
                    model, x, seen, p0=start, bounds=bounds.T, jac=jacobian, max_nfev=2000
                )
            except RuntimeError:
                continue
        error = float(np.sum((model(x, *found) - seen) ** 2))
        if best is None or error < best[0]:
            best = error, found, covariance
    if best is None:
        return None
    error, found, covariance = best
    share, centre, ln_slope = (float(value) for value in found[:3])
    e_0 = float(found[3]) if n_parameters == 4 else 1.0
    slope = float(np.exp(ln_slope))
    ln_ic50, standard_error, censored = _ic50(e_0, share, centre, slope, covariance, low, high)
    return HillFit(
        e_0=e_0,
        e_inf=e_0 * share,
        ec50_um=float(np.exp(centre)),
        slope=slope,
        ln_ic50_um=ln_ic50,
        standard_error=standard_error,
        censored=censored,
        auc=_mean_viability(e_0, e_0 * share, centre, slope, low, high),
        min_dose_um=float(doses.min()),
        max_dose_um=float(doses.max()),
        rmse=float(np.sqrt(error / len(x))),
        n_points=len(x),
    )


def _check(doses: _Array, seen: _Array, n_parameters: int) -> None:
    if doses.shape != seen.shape or doses.ndim != 1:
        raise InputError(f"{doses.size} doses and {seen.size} viabilities", todo="give one of each a point")
    if not (np.isfinite(doses).all() and np.isfinite(seen).all()):
        raise InputError("a dose or viability is not a finite number")
    if (doses <= 0).any():
        raise InputError("a dose is not above 0 uM", todo="leave the untreated wells out: they are 1")
    distinct = len(np.unique(doses))
    if distinct < LEAST_DOSES:
        raise InputError(f"{distinct} distinct doses, a curve needs {LEAST_DOSES}")
    if len(doses) < n_parameters:
        raise InputError(f"{len(doses)} points for {n_parameters} parameters")


def _curve(ln_dose: _Array, e_0: float, e_inf: float, centre: float, slope: float) -> _Array:
    from scipy.special import expit

    return np.asarray(e_inf + (e_0 - e_inf) * expit(-slope * (ln_dose - centre)), dtype=float)


def _ic50(
    e_0: float, share: float, centre: float, slope: float, covariance: _Array, low: float, high: float
) -> tuple[float, float, Literal["", "left", "right"]]:
    """The ln IC50, or the bound that is known of it, its standard error, and on which side it lies."""
    if e_0 * share >= _HALF:
        return high, float("nan"), "right"
    odds = np.log((e_0 - _HALF) / (_HALF - e_0 * share))
    ln_ic50 = float(centre + odds / slope)
    if ln_ic50 > high:
        return high, float("nan"), "right"
    if ln_ic50 < low:
        return low, float("nan"), "left"
    left = _HALF - e_0 * share
    gradient = np.array([e_0 / left / slope, 1.0, -odds / slope, (1 / (e_0 - _HALF) + share / left) / slope])[
        : len(covariance)
    ]
    variance = float(gradient @ covariance @ gradient) if np.isfinite(covariance).all() else float("nan")
    return ln_ic50, float(np.sqrt(variance)) if variance > 0 else float("nan"), ""


def _mean_viability(e_0: float, e_inf: float, centre: float, slope: float, low: float, high: float) -> float:
    """The integral of the curve over ln dose, in closed form, over the width."""
    above, below = (np.logaddexp(0.0, slope * (end - centre)) for end in (high, low))
    effect = (above - below) / (slope * (high - low))
    return float(e_0 - (e_0 - e_inf) * effect)
