"""Findings as tables, one row a figure; files, JSON and the page all read these."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from predictor.estimates import Estimate
from predictor.outcomes.effects import Effect
from predictor.outcomes.findings import Findings, OfEndpoint
from predictor.outcomes.hazards import Proportionality
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.verdict import PREDICTIVE, PROGNOSTIC

#: Table -> what a row of it is.
TABLES: Mapping[str, str] = {
    "arms": "an arm and endpoint",
    "effects": "a hazard ratio of a marker: in each arm, in both, and their ratio",
    "hazards": "a term of a model: the test of proportional hazards",
    "survival": "a third of the patients by a marker, in one arm",
    "concordance": "a marker in one arm: C-index of covariates, with the marker, and the gain",
    "response": "a marker and a kind of response, in one arm",
    "calibration": "a probability held against a kind of response, in one arm",
    "verdicts": "a question: prognostic or predictive, a marker, an endpoint",
    "losses": "a reason why patients are missing; the identifiers are in the file alone",
}


def tables_of(found: Findings) -> dict[str, pd.DataFrame]:
    """Every table of :data:`TABLES`; those without a row have none of their columns either.

    The table of losses has numbers and no identifiers; see :func:`losses_with_identifiers`.
    """
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    rows["arms"] = _arms(found)
    for one in found.markers:
        name = one.marker.name
        holm = {(v.question, v.endpoint): v.p_holm for v in one.verdicts}
        for endpoint, answer in one.endpoints.items():
            key = {"marker": name, "endpoint": endpoint}
            if isinstance(answer, NotEstimable):
                rows["effects"].append(key | {"group": "", "reason": answer.reason})
                continue
            rows["effects"] += [key | row for row in _effects(answer, endpoint, holm)]
            rows["hazards"] += [key | row for row in _hazards(answer)]
            rows["survival"] += [key | row for row in _survival(answer)]
            rows["concordance"] += [key | row for row in _concordance(answer)]
        for response in one.responses:
            told = response.discrimination
            key = {"marker": name, "arm": response.arm, "response": told.kind}
            counts = {"patients": told.n, "with_response": told.positive}
            rows["response"].append(key | counts | _estimate("auc", told.auc) | {"reason": told.auc.reason})
            if response.calibration is not None:
                rows["calibration"].append(
                    key | counts | {k: v for k, v in vars(response.calibration).items() if k in _CALIBRATION}
                )
        rows["verdicts"] += [
            {
                "marker": name,
                "endpoint": v.endpoint,
                "question": v.question,
                "standing": v.standing.value,
                **({} if v.ratio is None else v.ratio.as_dict()),
                "p_holm": v.p_holm,
                "relevant": v.relevant,
                "words": v.words,
            }
            for v in one.verdicts
        ]
    tables = {table: pd.DataFrame(mine) for table, mine in rows.items()}
    tables["losses"] = found.counted_losses
    return tables


def losses_with_identifiers(found: Findings) -> pd.DataFrame:
    """The losses with ";"-joined identifiers, for the file that a user asked for: stage, reason, n, names."""
    rows = [(stage, reason, len(ids), ";".join(ids)) for stage, reason, ids in found.losses]
    return pd.DataFrame(rows, columns=["stage", "reason", "n", "names"])


_CALIBRATION = (
    "predicted", "observed", "observed_low", "observed_high", "intercept", "intercept_error", "slope",
    "slope_error", "brier", "brier_of_base_rate",
)  # fmt: skip


def _arms(found: Findings) -> list[dict[str, Any]]:
    rows = []
    for arm in found.facts:
        for endpoint, curve in arm.curves.items():
            n, index = arm.covariates.get(endpoint, (0, Estimate(math.nan, math.nan, math.nan)))
            rows.append(
                {
                    "arm": arm.name,
                    "patients": arm.n,
                    "endpoint": endpoint,
                    "with_outcome": curve.n,
                    "events": curve.events,
                    "median_months": curve.median,
                    "median_low": curve.median_low,
                    "median_high": curve.median_high,
                    "c_index_covariates_n": n,
                    **_estimate("c_index_covariates", index),
                }
            )
    return rows


def _effects(
    answer: OfEndpoint, endpoint: str, holm: Mapping[tuple[str, str], float]
) -> list[dict[str, Any]]:
    answers: dict[str, Effect | NotEstimable | None] = {name: one.effect for name, one in answer.arms.items()}
    corrected = dict.fromkeys(answers, math.nan)
    asked = "both arms" if answer.shared is not None else next(iter(answers))
    answers |= {"both arms": answer.shared, "interaction": answer.interaction}
    corrected |= {
        asked: holm.get((PROGNOSTIC, endpoint), math.nan),
        "interaction": holm.get((PREDICTIVE, endpoint), math.nan),
    }
    rows = []
    for group, effect in answers.items():
        row: dict[str, Any] = {"group": group, "unit": answer.analysed.unit}
        if isinstance(effect, NotEstimable):
            rows.append(row | {"reason": effect.reason})
        elif effect is not None:
            rows.append(
                row
                | {"patients": effect.fit.n, "events": effect.fit.events}
                | effect.ratio.as_dict()
                | {"p_holm": corrected.get(group, math.nan), "detectable": effect.detectable}
                | {"hazards": effect.hazards_words, "reason": ""}
            )
    return rows


def _hazards(answer: OfEndpoint) -> list[dict[str, Any]]:
    models: dict[str, Proportionality] = {
        name: one.effect.proportional for name, one in answer.arms.items() if isinstance(one.effect, Effect)
    }
    for name, effect in (("both arms", answer.shared), ("interaction", answer.interaction)):
        if isinstance(effect, Effect):
            models[name] = effect.proportional
    if isinstance(answer.one_baseline, Proportionality):
        models["one baseline for both arms"] = answer.one_baseline
    return [
        {"model": model, "term": test.called.get(term, term), "p": p, "rejected": term in test.rejected}
        for model, test in models.items()
        for term, p in test.p.items()
    ]


def _survival(answer: OfEndpoint) -> list[dict[str, Any]]:
    return [
        {
            "arm": arm,
            "group": curve.group,
            "patients": curve.n,
            "events": curve.events,
            "median_months": curve.median,
            "median_low": curve.median_low,
            "median_high": curve.median_high,
            "log_rank_p": one.survival.p,
        }
        for arm, one in answer.arms.items()
        for curve in one.survival.curves
    ]


def _concordance(answer: OfEndpoint) -> list[dict[str, Any]]:
    return [
        {"arm": arm, "patients": one.concordance.n}
        | _estimate("covariates", one.concordance.covariates)
        | _estimate("with_marker", one.concordance.with_marker)
        | _estimate("gain", one.concordance.gain)
        | _estimate("gain_held_out", one.concordance.gain_held_out)
        for arm, one in answer.arms.items()
        if one.concordance is not None
    ]


def _estimate(name: str, estimate: Estimate) -> dict[str, float]:
    return {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
