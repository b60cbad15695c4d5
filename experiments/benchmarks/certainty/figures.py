"""The figures of the plan, from tables of held-out predictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest, spearmanr
from sklearn.isotonic import IsotonicRegression

from predictor.difficulty import beyond
from predictor.intervals import TOP_SHARE, conformal_half_width, learn_certainty
from predictor.modalities import knows_more
from predictor.risk_coverage import risk_coverage

LEVELS = (0.80, 0.90)
#: Fewest lines of a tissue that is tested.
LEAST_LINES = 30
#: An adjusted p below this is outside the exact binomial 99 % band.
OUTSIDE = 0.01
BINS = 10
BLOOD = ("leukemia", "lymphoma", "myeloma")
SCORES = ("score", "readable", "wide", "ranks", "leaves")


def crosswise(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Widths and chances of each fold's lines, learned from the other folds' rows of the same target.

    Parameters
    ----------
    tables
        Pattern to its rows, the fullest first: target, fold, prediction, measured, lineage.
    """
    widths: dict[tuple[object, ...], dict[str, float]] = {}
    found = {}
    for pattern, rows in tables.items():
        pieces = []
        for target, own in rows.groupby("target", sort=False):
            for fold in sorted(own.fold.unique()):
                known = {
                    level: max(
                        (w for other, w in widths.get((target, fold, level), {}).items()
                         if knows_more(other, pattern)),
                        default=0.0,
                    )
                    for level in LEVELS
                }  # fmt: skip
                others, judged = own[own.fold != fold], own[own.fold == fold]
                pieces.append(told(others, judged, known, rivals=pattern == next(iter(tables))))
                for level in LEVELS:
                    widths.setdefault((target, fold, level), {})[pattern] = float(
                        pieces[-1][f"ordinary{level:.2f}"].iloc[0]
                    )
        found[pattern] = pd.concat(pieces, ignore_index=True)
    return found


def told(
    calibration: pd.DataFrame,
    judged: pd.DataFrame,
    least: Mapping[float, float] | None = None,
    *,
    rivals: bool = False,
) -> pd.DataFrame:
    """The judged rows with what a certainty learned from the calibration rows says of them.

    Parameters
    ----------
    calibration, judged
        Rows of one target.
    least
        Level to the half-width of a fuller pattern.
    rivals
        Whether to learn the other ways to a chance too.
    """
    found = judged.assign(error=(judged.measured - judged.prediction).abs())
    arrays = [calibration[c].to_numpy() for c in ("prediction", "measured", "fold", "lineage")]
    errors = np.abs(arrays[1] - arrays[0])
    for level in LEVELS:
        certainty = learn_certainty(*arrays, coverage=level, least=(least or {}).get(level, 0.0))
        found[f"width{level:.2f}"] = certainty.half_widths(judged.lineage.to_numpy())
        found[f"ordinary{level:.2f}"] = certainty.half_width
        found[f"one_width{level:.2f}"] = conformal_half_width(errors, coverage=level)
    x, z = arrays[0], judged.prediction.to_numpy()
    cut = np.quantile(arrays[1], TOP_SHARE)
    found["top"] = judged.measured <= cut
    if rivals:
        for name, chance in CHANCES.items():
            found[name] = chance(x, arrays[1] <= cut, z)
    found["platt"] = certainty.probability_top_fifth(z)
    found["called"] = z <= np.quantile(x, TOP_SHARE)
    return found


def _base(x: np.ndarray, top: np.ndarray, z: np.ndarray) -> np.ndarray:
    return np.full(len(z), top.mean())


def _isotonic(x: np.ndarray, top: np.ndarray, z: np.ndarray) -> np.ndarray:
    return IsotonicRegression(increasing=False, out_of_bounds="clip").fit(x, top).predict(z)


def _venn_abers(x: np.ndarray, top: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The inductive Venn-Abers chance, on 21 quantiles of the predictions and linear between."""
    at = np.unique(np.quantile(x, np.linspace(0, 1, 21)))
    both = np.array(
        [
            [_isotonic(np.append(x, one), np.append(top, label), np.array([one]))[0] for one in at]
            for label in (0, 1)
        ]
    )
    return np.interp(z, at, both[1] / (1 - both[0] + both[1]))


CHANCES: Mapping[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "base rate": _base,
    "isotonic": _isotonic,
    "venn_abers": _venn_abers,
}


def coverage(rows: pd.DataFrame, level: float, width: str) -> dict[str, Any]:
    """Coverage overall, per inhibitor and per inhibitor and tissue, with Holm-adjusted exact tests."""
    inside = (rows.error <= rows[f"{width}{level:.2f}"]).rename("inside")
    of_target = inside.groupby(rows.target).agg(["sum", "count"])
    in_tissue = inside.groupby([rows.target, rows.tissue]).agg(["sum", "count"])
    in_tissue = in_tissue[in_tissue["count"] >= LEAST_LINES]
    cells = [(str(t), "all", int(k), int(n)) for t, (k, n) in of_target.iterrows()]
    cells += [(str(t), str(u), int(k), int(n)) for (t, u), (k, n) in in_tissue.iterrows()]
    p = holm(np.array([binomtest(k, n, level).pvalue for _, _, k, n in cells]))
    scale = rows.groupby("target").measured.std()
    return {
        "level": level,
        "lines": len(rows),
        "overall": float(inside.groupby(rows.target).mean().mean()),
        "least_inhibitor": float((of_target["sum"] / of_target["count"]).min()),
        "most_inhibitor": float((of_target["sum"] / of_target["count"]).max()),
        "tested": len(cells),
        "outside": int((p < OUTSIDE).sum()),
        "least_adjusted_p": float(p.min()),
        "mean_width": float((rows[f"{width}{level:.2f}"] / rows.target.map(scale)).mean()),
        "by_tissue": {str(tissue): float(own.mean()) for tissue, own in inside.groupby(rows.tissue)},
        "cells": [
            {"target": t, "tissue": u, "covered": k, "lines": n, "adjusted_p": float(q)}
            for (t, u, k, n), q in zip(cells, p, strict=True)
        ],
    }


def holm(p: np.ndarray) -> np.ndarray:
    """Holm's adjusted p-values."""
    order = np.argsort(p)
    steps = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted


def calibration_error(chance: np.ndarray, top: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(chance[bins == b].mean() - top[bins == b].mean()) * np.mean(bins == b)
            for b in np.unique(bins)
        )
    )


def chances(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Brier score, log loss and calibration error of each way to a chance."""
    rng = np.random.default_rng(0)
    found = {}
    for name in ("platt", *CHANCES):
        p, top = rows[name].to_numpy(float), rows.top.to_numpy(float)
        safe = np.clip(p, 1e-3, 1 - 1e-3)
        per = [(g[name].to_numpy(float), g.top.to_numpy(float)) for _, g in rows.groupby("target")]
        found[name] = {
            "brier": float(np.mean(np.square(p - top))),
            "log_loss": float(-np.mean(top * np.log(safe) + (1 - top) * np.log(1 - safe))),
            "calibration_error": calibration_error(p, top),
            "calibration_error_per_inhibitor": float(np.mean([calibration_error(*one) for one in per])),
            "largest_of_an_inhibitor": float(max(calibration_error(*one) for one in per)),
            "of_a_perfect_chance_by_luck": float(
                np.mean(
                    [
                        calibration_error(q, (rng.uniform(size=len(q)) < q).astype(float))
                        for q, _ in per
                        for _ in range(20)
                    ]
                )
            ),
        }
    return found


def reliability(rows: pd.DataFrame) -> list[dict[str, float]]:
    """Platt's chance against the measured share, in ten bins of equal numbers of lines."""
    bins = pd.qcut(rows.platt.rank(method="first"), BINS, labels=False)
    return [
        {"chance": float(g.platt.mean()), "measured": float(g.top.mean()), "lines": len(g)}
        for _, g in rows.groupby(bins.to_numpy())
    ]


def rank_calibration(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Per inhibitor: of the lines called the most sensitive fifth, the share that is (95 % interval)."""
    found = []
    for target, own in rows.groupby("target"):
        called, sure = own[own.called], own[own.platt >= 2 * TOP_SHARE]
        test = binomtest(int(called.top.sum()), len(called))
        low, high = test.proportion_ci(0.95, method="wilson")
        found.append(
            {
                "target": str(target),
                "called": len(called),
                "right": float(called.top.mean()),
                "low": float(low),
                "high": float(high),
                "sure": len(sure),
                "sure_right": float(sure.top.mean()) if len(sure) else None,
                "sure_chance": float(sure.platt.mean()) if len(sure) else None,
            }
        )
    return found


def modalities(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Per pattern: mean r, mean width (in standard deviations of the response) and coverage."""
    return [
        {
            "pattern": pattern,
            "r": float(np.mean([_r(g) for _, g in rows.groupby("target")])),
            "width": coverage(rows, 0.90, "width")["mean_width"],
            "covered": coverage(rows, 0.90, "width")["overall"],
            "calibration_error": calibration_error(rows.platt.to_numpy(float), rows.top.to_numpy(float)),
        }
        for pattern, rows in tables.items()
    ]


def _r(rows: pd.DataFrame) -> float:
    """Pearson's r, mean over folds."""
    return float(np.mean([np.corrcoef(g.prediction, g.measured)[0, 1] for _, g in rows.groupby("fold")]))


def error_rises(rows: pd.DataFrame, draws: int = 200) -> dict[str, Any]:
    """Spearman's rho between domain score and absolute error where each tissue was left out."""
    rows = rows.assign(relative=rows.error / rows.groupby("target").error.transform("mean"))
    lines = rows.sample_id.unique()
    rng = np.random.default_rng(0)
    picks = [None, *(rng.choice(lines, len(lines)) for _ in range(draws))]
    found: dict[str, Any] = {}
    for name in SCORES:
        wide = {t: g.set_index("sample_id")[[name, "error"]] for t, g in rows.groupby("target", sort=False)}
        mean = rows.groupby("sample_id")[[name, "relative"]].mean()
        per, of_lines = [], []
        for pick in picks if name == "score" else picks[:1]:
            chosen = lines if pick is None else pick
            per.append(np.mean([_rho(own.reindex(chosen).dropna()) for own in wide.values()]))
            of_lines.append(_rho(mean.reindex(chosen)))
        found[name] = {"per_inhibitor": float(per[0]), "line_mean": float(of_lines[0])}
        if name == "score":
            for key, values in (("per_inhibitor", per), ("line_mean", of_lines)):
                found[name][f"{key}_interval"] = [float(v) for v in np.quantile(values[1:], [0.025, 0.975])]
            found[name]["by_inhibitor"] = {t: _rho(own) for t, own in wide.items()}
    tenth = pd.qcut(rows.score.rank(method="first"), 10, labels=False)
    found["by_tenth"] = [float(v) for v in rows.relative.groupby(tenth).mean()]
    return found


def _rho(pair: pd.DataFrame) -> float:
    return float(spearmanr(pair.iloc[:, 0], pair.iloc[:, 1])[0])


def out_of_domain(rows: pd.DataFrame) -> dict[str, Any]:
    """How often withheld blood is flagged, at 5 % false flags and at the shipped limit; mean of fits."""
    blood = rows.tissue.isin(BLOOD)
    found: dict[str, Any] = {}
    for name in SCORES:
        flagged = []
        for _, own in rows.groupby(["left_out", "target"]):
            is_blood = blood.loc[own.index]
            flagged.append(float((own[name][is_blood] > np.quantile(own[name][~is_blood], 0.95)).mean()))
        found[name] = {"flagged_at_5_percent": float(np.mean(flagged)), "least": float(min(flagged))}
    far = rows.score > rows.limit
    found["at_the_limit"] = {"blood": float(far[blood].mean()), "solid": float(far[~blood].mean())}
    found["blood_by_tissue"] = {u: float(far[rows.tissue == u].mean()) for u in BLOOD}
    return found


def far_coverage(
    rows: pd.DataFrame, calibrated: pd.DataFrame, without: Sequence[str] = ()
) -> dict[str, float]:
    """Coverage at 90 % of lines whose tissue was left out: ordinary width, and widened beyond the limit.

    Parameters
    ----------
    rows
        Of :func:`experiments.benchmarks.certainty.fits.look`, each left-out tissue once.
    calibrated
        Out-of-fold rows; those of the left-out tissue are not used.
    without
        Further tissues that are not.
    """
    covered, widened = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for (target, tissue), own in rows.groupby(["target", "tissue"]):
        known = calibrated[(calibrated.target == target) & ~calibrated.tissue.isin([tissue, *without])]
        arrays = [known[c].to_numpy() for c in ("prediction", "measured", "fold", "lineage")]
        width = learn_certainty(*arrays).half_width
        at = rows.index.get_indexer(own.index)
        covered[at] = own.error <= width
        widened[at] = own.error <= width * beyond(own.score.to_numpy(), own.limit.iloc[0])
    far = (rows.score > rows.limit).to_numpy()
    return {
        "one_width": float(covered.mean()),
        "widened": float(widened.mean()),
        "out_of_domain": float(far.mean()),
        "one_width_out_of_domain": float(covered[far].mean()),
        "widened_out_of_domain": float(widened[far].mean()),
    }


def risk(rows: pd.DataFrame, by: str) -> list[float]:
    """Mean absolute error (as a multiple of that of all) of the 100, 95 ... 10 % with the least ``by``."""
    curves = []
    for _, own in rows.groupby("target"):
        curve = risk_coverage(own.error.to_numpy(), own[by].to_numpy())
        curves.append([curve.risk_at(kept) / curve.area_random for kept in KEPT])
    return [float(v) for v in np.mean(curves, axis=0)]


KEPT = [round(1 - 0.05 * i, 2) for i in range(19)]


def learned_difficulty(rows: pd.DataFrame) -> float:
    """Rho of the width itself with the absolute error, mean of inhibitors: what knowing past errors gives."""
    return float(np.mean([_rho(own[["width0.90", "error"]]) for _, own in rows.groupby("target")]))
