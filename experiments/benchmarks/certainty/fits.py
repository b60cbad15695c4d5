"""Fits whose domain is looked at too: tissues left out, solid lines alone, and folds inside folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import xgboost as xgb

from features.progress import Progress
from predictor.domain import distance, learn_domain, wide_distance
from predictor.evaluation import Study
from predictor.parallel import default_jobs, run_all
from predictor.response import ResponseScale, Target
from predictor.submodel import SubModel
from predictor.target_model import fit_target

#: The pattern that every training line has.
WHOLE = "rna+dna"


@dataclass(frozen=True)
class Job:
    """A fit on some lines and a look at others; ``label`` is what was left out."""

    label: str
    target: Target
    train: np.ndarray
    test: np.ndarray


def look(study: Study, jobs: Sequence[Job], label: str, progress: Progress) -> pd.DataFrame:
    """Fit each job and tell of its test lines: prediction, measured response and every domain score."""
    whole = replace(study, settings=replace(study.settings, patterns=(WHOLE,)))
    pieces = run_all(lambda job: _one(whole, job), jobs, jobs=default_jobs(), label=label, progress=progress)
    return pd.concat(pieces, ignore_index=True)


def _one(study: Study, job: Job) -> pd.DataFrame:
    train, test = study.features.iloc[job.train], study.features.iloc[job.test]
    responses = study.responses.iloc[job.train]
    scale = ResponseScale.fit(responses, study.consensus)
    model = fit_target(train, responses, job.target, scale, study.roles, study.settings)
    sub = model.submodels_[WHOLE]
    blocks = {
        name: (rows[list(sub.readable)].to_numpy(float), rows[list(sub.wide)].to_numpy(float))
        for name, rows in (("train", train), ("test", test))
    }
    domain = learn_domain(sub, *blocks["train"])
    readable, wide = blocks["test"]
    return pd.DataFrame(
        {
            "left_out": job.label,
            "target": job.target.name,
            "sample_id": test.index,
            "prediction": model.predict(test),
            "measured": scale.measured(study.responses.iloc[job.test], job.target),
            "score": domain.score(sub, readable, wide),
            "limit": domain.limit,
            "readable": distance(readable, sub.location, sub.spread, domain.continuous),
            "wide": wide_distance(wide, sub.coef, sub.center),
            "ranks": np.sqrt(np.mean(np.square(wide - sub.center), axis=1)),
            "leaves": _leaf_rarity(sub, blocks["train"][0], readable),
        }
    )


def _leaf_rarity(sub: SubModel, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Mean over trees of -log of the share of training lines in a row's leaf; 0 without trees."""
    if sub.booster is None:
        return np.zeros(len(test))
    leaves = [
        sub.booster.predict(
            xgb.DMatrix(sub.filled(rows), feature_names=list(sub.readable), nthread=1), pred_leaf=True
        )
        .reshape(len(rows), -1)
        .astype(int)
        for rows in (train, test)
    ]
    rarity = np.zeros(len(test))
    for own, asked in zip(leaves[0].T, leaves[1].T, strict=True):
        share = np.bincount(own, minlength=asked.max() + 1)[asked] / len(own)
        rarity -= np.log(np.maximum(share, 0.5 / len(own)))
    return rarity / leaves[0].shape[1]
