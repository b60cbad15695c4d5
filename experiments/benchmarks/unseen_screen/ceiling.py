"""What measuring a line elsewhere says of another screen, and the model on those same lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from features.identity import strip_name
from features.inhibitors import find_inhibitor
from predictor.ceilings import measured_elsewhere
from predictor.training import Judgement, benchmark_predictions

DRAWS, SEED = 500, 0


def ceilings(judged: Judgement, truth: pd.DataFrame, screen: str) -> list[dict[str, Any]]:
    """Spearman's rho of each other measurement with a screen that no training saw, mean over inhibitors.

    Parameters
    ----------
    judged
        From :func:`predictor.training.evaluate`.
    truth
        Columns cell_line_name, drug, screen, response, as the benchmark has them.
    screen
        The unseen screen.

    Returns
    -------
    list of dict
        ``what`` measured, ``value`` with its 95 % interval over lines, the ``model`` on the same lines, and
        ``difference`` (model minus measured) with its interval.
    """
    wanted = truth[truth.screen == screen]
    names = judged.cohort.samples.set_index("sample_id").sample_name.map(strip_name)
    predicted = benchmark_predictions(judged, "GDSC2")
    found: dict[str, list[pd.DataFrame]] = {}
    for drug, rows in wanted.groupby("drug"):
        mine = predicted[predicted.drug == drug].set_index("cell_line_name").prediction
        inhibitor = find_inhibitor(str(drug)).name
        others = measured_elsewhere(judged.study.responses, judged.study.consensus, inhibitor, screen)
        for what, series in others.items():
            measured = series.rename(index=names)
            both = pd.DataFrame(
                {
                    "line": rows.cell_line_name.to_numpy(),
                    "response": rows.response.to_numpy(float),
                    "model": rows.cell_line_name.map(mine).to_numpy(float),
                    "measured": rows.cell_line_name.map(measured[~measured.index.duplicated()]).to_numpy(
                        float
                    ),
                }
            ).dropna()
            found.setdefault(what, []).append(both)
    return [_compared(what, tables) for what, tables in found.items()]


def _compared(what: str, tables: list[pd.DataFrame]) -> dict[str, Any]:
    lines = np.unique(np.concatenate([table.line for table in tables]))
    rows = [np.searchsorted(lines, table.line) for table in tables]
    rng = np.random.default_rng(SEED)
    columns = [[table[c].to_numpy(float) for c in ("measured", "model", "response")] for table in tables]

    def means(weight: np.ndarray) -> tuple[float, float]:
        pairs = []
        for row, (measured, model, response) in zip(rows, columns, strict=True):
            chosen = np.repeat(np.arange(len(row)), weight[row])
            pairs.append([_rho(measured[chosen], response[chosen]), _rho(model[chosen], response[chosen])])
        measured_mean, model_mean = np.mean(pairs, axis=0)
        return float(measured_mean), float(model_mean)

    value, model = means(np.ones(len(lines), int))
    drawn = np.array(
        [
            means(np.bincount(rng.integers(0, len(lines), len(lines)), minlength=len(lines)))
            for _ in range(DRAWS)
        ]
    )
    return {
        "what": what,
        "inhibitors": len(tables),
        "n": [len(table) for table in tables],
        "value": value,
        "interval": _interval(drawn[:, 0]),
        "model": model,
        "model_interval": _interval(drawn[:, 1]),
        "difference": model - value,
        "difference_interval": _interval(drawn[:, 1] - drawn[:, 0]),
    }


def _rho(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])


def _interval(drawn: np.ndarray) -> list[float]:
    return [float(q) for q in np.quantile(drawn, [0.025, 0.975])]
