"""Scores of repeats, of predictors that know some lines only, and their means over targets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from predictor.judging import MODEL, judge, mean_gain, mean_over_targets, mean_score

N = 80


def table(target: str = "a@S1", repeat: int = 0, seed: int = 0, n: int = N) -> pd.DataFrame:
    """A target's out-of-fold table with the model and one worse predictor."""
    rng = np.random.default_rng(seed)
    measured = np.random.default_rng(99).normal(size=n)
    ids = [f"L{i:02d}" for i in range(n)]
    pieces = []
    for name, noise in ((MODEL, 1.0), ("tissue", 3.0)):
        prediction = measured + rng.normal(0, noise, n)
        pieces.append(
            pd.DataFrame(
                {
                    "sample_id": ids,
                    "target": target,
                    "fold": np.arange(n) % 4,
                    "predictor": name,
                    "prediction": prediction,
                    "measured": measured,
                    "repeat": repeat,
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def test_repeats_are_averaged_and_no_line_counts_twice() -> None:
    """Prevents: an interval that is narrower since each line came up in several repeats."""
    first, second = table(seed=1), table(seed=2, repeat=1)
    both = judge(pd.concat([first, second]), draws=200, seed=1)
    one, two = judge(first, draws=200, seed=1), judge(second, draws=200, seed=1)
    assert both[0].n == N
    for metric in ("pearson", "spearman", "concordance"):
        values = [scores[0].metrics[metric].value for scores in (one, two)]
        assert both[0].metrics[metric].value == pytest.approx(np.mean(values))
    assert both[1].gain_of_model.value == pytest.approx(
        np.mean([scores[1].gain_of_model.value for scores in (one, two)])
    )
    doubled = judge(pd.concat([first, first.assign(repeat=1)]), draws=200, seed=1)
    assert doubled[0].metrics == one[0].metrics


def test_a_predictor_that_knows_some_lines_is_compared_with_the_model_on_those() -> None:
    """Prevents: a ceiling on easy lines held against the model on all lines."""
    rows = table()
    known = (rows.predictor != "tissue") | (rows.sample_id < "L50")
    model, tissue = judge(rows[known], draws=100, seed=1)
    assert (model.n, tissue.n) == (N, 50)
    mine = rows[(rows.predictor == MODEL) & (rows.sample_id < "L50")]
    theirs = rows[(rows.predictor == "tissue") & (rows.sample_id < "L50")]
    gain = spearmanr(mine.prediction, mine.measured)[0] - spearmanr(theirs.prediction, theirs.measured)[0]
    assert tissue.gains["spearman"].value == pytest.approx(gain)
    assert tissue.gains["pearson"] == tissue.gain_of_model


def test_the_order_of_rows_changes_no_figure() -> None:
    rows = table()
    shuffled = rows.sample(frac=1, random_state=0)
    found = {(s.target, s.predictor): s.metrics for s in judge(shuffled, draws=100, seed=1)}
    for score in judge(rows, draws=100, seed=1):
        for name, estimate in score.metrics.items():
            assert found[score.target, score.predictor][name].low == pytest.approx(estimate.low)


def test_targets_on_the_same_lines_do_not_narrow_the_interval_of_their_mean() -> None:
    """Prevents: ten targets on the same lines taken for ten times the lines."""
    alone = judge(table(), draws=300, seed=1)
    many = judge(pd.concat([table(f"{c}@S1") for c in "abcdefghij"]), draws=300, seed=1)
    targets = [f"{c}@S1" for c in "abcdefghij"]
    mean = mean_score(many, MODEL, targets, "spearman")
    assert mean.high - mean.low == pytest.approx(
        alone[0].metrics["spearman"].high - alone[0].metrics["spearman"].low
    )
    assert mean.value == pytest.approx(mean_over_targets(many, MODEL, targets, "spearman"))
    gain = mean_gain(many, "tissue", targets, "spearman")
    assert gain.low > 0
    assert gain.value == pytest.approx(alone[1].gains["spearman"].value)


def test_a_target_of_few_lines_is_undefined_and_named_in_the_mean() -> None:
    """Prevents: a crash, or a mean that hides which targets it is of."""
    scores = judge(pd.concat([table(), table("b@S1", n=6)]), draws=100, seed=1)
    small = next(s for s in scores if s.target == "b@S1" and s.predictor == MODEL)
    assert np.isnan(small.metrics["pearson"].value)
    mean = mean_score(scores, MODEL, ["a@S1", "b@S1"], "pearson")
    assert mean.value == scores[0].metrics["pearson"].value
    assert "b@S1" in mean.reason
    assert np.isnan(mean_over_targets(scores, MODEL, ["b@S1"], "pearson"))
