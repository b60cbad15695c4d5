"""Findings as a page of Markdown: the verdicts first, then the figures behind them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from predictor.outcomes.effects import Effect
from predictor.outcomes.findings import ArmFacts, Findings, OfEndpoint, OfMarker
from predictor.outcomes.hazards import Proportionality
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.scale import UNIT_WORDS
from predictor.outcomes.verdict import PREDICTIVE, PROGNOSTIC
from predictor.outcomes.words import p_words


def page(found: Findings, cohort: str) -> str:
    """The page.

    Parameters
    ----------
    found
        Of :func:`predictor.outcomes.analysis.analyse`.
    cohort
        Its name.
    """
    lines = [f"# Outcomes of {cohort}", "", _asked(found), ""]
    lines += [f"**Take care**: {warning}." for warning in found.arms.warnings]
    lines += ["## Verdicts", ""]
    for one in found.markers:
        lines.append(f"- **{one.marker.name}**: {one.headline}.")
        lines += [f"    - {verdict.words}." for verdict in one.verdicts]
    lines += ["", "## Arms", "", *_arms(found.facts, found.question.covariates)]
    for marker in found.markers:
        lines += ["", f"## {marker.marker.name}", "", _source(marker, found)]
        for endpoint, answer in marker.endpoints.items():
            lines += ["", f"### {endpoint}", ""]
            lines += (
                [f"Not estimable: {answer.reason}."]
                if isinstance(answer, NotEstimable)
                else _endpoint(answer, endpoint, marker)
            )
        lines += ["", "### Response", "", *_responses(marker)]
    lines += ["", "## Who is missing", "", *_missing(found)]
    return "\n".join(lines) + "\n"


def _asked(found: Findings) -> str:
    facts = [f"{arm.name} ({arm.n} patients)" for arm in found.facts]
    adjusted = ", ".join(found.question.covariates) or "nothing"
    return (
        f"{' against '.join(facts)}, adjusted for {adjusted}. Times are in months, intervals are of 95 %, "
        "hazard ratios above 1 mean sooner."
    )


def _source(one: OfMarker, found: Findings) -> str:
    values = one.marker.values
    told = [f"From {one.marker.source}."]
    for arm in found.arms.names:
        mine = values[values.index.isin(found.arms.of(arm))]
        if mine.isin([0.0, 1.0]).all():
            told.append(f"{arm}: {int(mine.sum())} of {len(mine)} with it.")
        else:
            low, middle, high = mine.quantile([0, 0.5, 1])
            told.append(f"{arm}: {len(mine)} values, median {middle:.3g} ({low:.3g} to {high:.3g}).")
    if one.marker.several:
        told.append(f"{one.marker.several} patients have several samples: {one.marker.rule}.")
    return " ".join(told)


def _arms(facts: Sequence[ArmFacts], covariates: Sequence[str]) -> list[str]:
    rows = []
    for arm in facts:
        for endpoint, curve in arm.curves.items():
            n, index = arm.covariates.get(endpoint, (0, None))
            told = f"{index} (n = {n})" if index is not None else "-"
            rows.append([arm.name, endpoint, str(curve.n), str(curve.events), curve.median_words, told])
    header = ["arm", "endpoint", "patients", "events", "median", f"C-index of {', '.join(covariates) or '-'}"]
    lines = _table(header, rows)
    for arm in facts:
        for kind, (n, positive) in arm.responses.items():
            lines += ["", f"{arm.name}: {kind} in {positive} of {n} ({positive / n:.1%})."]
    return lines


def _endpoint(answer: OfEndpoint, endpoint: str, marker: OfMarker) -> list[str]:
    holm = {verdict.question: verdict.p_holm for verdict in marker.verdicts if verdict.endpoint == endpoint}
    effects: dict[str, Effect | NotEstimable | None] = {name: one.effect for name, one in answer.arms.items()}
    corrected = {} if answer.shared is not None else {next(iter(effects)): holm[PROGNOSTIC]}
    if answer.shared is not None:
        effects |= {"both arms": answer.shared, "interaction": answer.interaction}
        corrected = {"both arms": holm[PROGNOSTIC], "interaction": holm.get(PREDICTIVE, math.nan)}
    rows, notes = [], []
    for group, effect in effects.items():
        if isinstance(effect, NotEstimable) or effect is None:
            rows.append([group, "-", "-", effect.reason if effect else "-", "-", "-", "-"])
            continue
        after = corrected.get(group)
        rows.append(
            [
                group,
                str(effect.fit.n),
                str(effect.fit.events),
                str(effect.ratio),
                p_words(effect.ratio.p),
                "" if after is None else p_words(after),
                f"{effect.detectable:.2f}",
            ]
        )
        notes.append(f"- {group}: {effect.hazards_words}.")
    header = ["group", "patients", "events", "hazard ratio", "p", "Holm", "80 % power for"]
    lines = [f"Hazard ratio {UNIT_WORDS[answer.analysed.unit]}:", "", *_table(header, rows), ""]
    if answer.shared is not None:
        lines += [_why_stratified(answer), ""]
    return [*lines, *notes, "", *_survival(answer), *_concordance(answer)]


def _why_stratified(answer: OfEndpoint) -> str:
    one = answer.one_baseline
    said = one.words if isinstance(one, Proportionality) else "such a model cannot be estimated"
    return (
        f"If both arms had one baseline hazard and common coefficients: {said}. So each arm has a baseline "
        "hazard (strata) and coefficients of the covariates of its own. What the tests of these models say:"
    )


def _survival(answer: OfEndpoint) -> list[str]:
    rows = [
        [arm, curve.group, str(curve.n), str(curve.events), curve.median_words]
        for arm, one in answer.arms.items()
        for curve in one.survival.curves
    ]
    tests = ", ".join(
        f"{arm} p {p_words(one.survival.p)}"
        for arm, one in answer.arms.items()
        if not math.isnan(one.survival.p)
    )
    lines = _table(["arm", "group", "patients", "events", "median"], rows)
    return [*lines, "", f"Log-rank test, not adjusted: {tests or 'one group only'}.", ""]


def _concordance(answer: OfEndpoint) -> list[str]:
    rows = [
        [arm, str(c.n), str(c.covariates), str(c.with_marker), str(c.gain), str(c.gain_held_out)]
        for arm, one in answer.arms.items()
        if (c := one.concordance) is not None
    ]
    header = ["arm", "patients", "C-index of covariates", "with the marker", "gain", "gain held out"]
    return _table(header, rows) if rows else []


def _responses(marker: OfMarker) -> list[str]:
    rows, more = [], []
    for one in marker.responses:
        told = one.discrimination
        rows.append([one.arm, told.kind, f"{told.positive} of {told.n}", str(told.auc)])
        if (held := one.calibration) is not None:
            more += [
                "",
                f"{one.arm}, {held.kind}: predicted {held.predicted:.1%}, observed {held.observed:.1%} "
                f"[{held.observed_low:.1%}, {held.observed_high:.1%}]; calibration intercept "
                f"{held.intercept:.2f} (standard error {held.intercept_error:.2f}), slope {held.slope:.2f} "
                f"({held.slope_error:.2f}); Brier {held.brier:.3f}, of the base rate "
                f"{held.brier_of_base_rate:.3f}.",
            ]
    if not rows:
        return ["No best response is known."]
    header = ["arm", "response", "patients", "ROC-AUC (0.5 tells nothing)"]
    return [*_table(header, rows), *more]


def _missing(found: Findings) -> list[str]:
    counted = found.counted_losses
    if counted.empty:
        return ["Nobody."]
    rows = [[str(row.stage), str(row.reason), str(row.n)] for row in counted.itertuples()]
    return _table(["stage", "reason", "patients"], rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """An aligned Markdown table: readable as it stands."""
    # A bar in a marker's name would open another cell.
    cells = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def line(values: Sequence[str]) -> str:
        return f"| {' | '.join(v.ljust(w) for v, w in zip(values, widths, strict=True))} |"

    return [line(cells[0]), line(["-" * width for width in widths]), *(line(row) for row in cells[1:])]
