"""What measuring a line elsewhere says of another screen, and the model on those same lines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from features.identity import strip_name
from features.inhibitors import find_inhibitor
from predictor.ceilings import judge_ceilings
from predictor.estimates import Estimate
from predictor.judging import MODEL, Score, mean_gain, mean_score
from predictor.training import Judgement, benchmark_predictions

DRAWS, SEED = 1000, 0
METRIC = "spearman"


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
        ``what`` measured, ``n`` lines of each inhibitor, ``value`` with its 95 % interval over lines, the
        ``model`` on the same lines, and ``difference`` (model minus measured) with its interval.
    """
    samples = judged.cohort.samples
    sample_of = dict(zip(samples.sample_name.map(strip_name), samples.sample_id, strict=True))
    both = truth[truth.screen == screen].merge(
        benchmark_predictions(judged, "GDSC2"), on=["cell_line_name", "drug"], validate="1:1"
    )
    table = pd.DataFrame(
        {
            "sample_id": both.cell_line_name.map(sample_of),
            "target": [f"{find_inhibitor(str(drug)).name}@{screen}" for drug in both.drug],
            "predictor": MODEL,
            "prediction": both.prediction,
            "measured": both.response,
            "fold": 0,
        }
    )
    study = judged.study
    scores = judge_ceilings(table, study.responses, study.consensus, draws=DRAWS, seed=SEED)
    return [_mean(what, scores) for what in dict.fromkeys(score.predictor for score in scores)]


def _mean(what: str, scores: list[Score]) -> dict[str, Any]:
    mine = [score for score in scores if score.predictor == what]
    targets = [score.target for score in mine]
    value, gain = (mean(scores, what, targets, METRIC) for mean in (mean_score, mean_gain))
    return {
        "what": what,
        "n": [score.n for score in mine],
        "value": value.value,
        "interval": _interval(value),
        "model": value.value + gain.value,
        "difference": gain.value,
        "difference_interval": _interval(gain),
    }


def _interval(estimate: Estimate) -> list[float]:
    return [estimate.low, estimate.high]
