"""The model card: what a bundle is, what it learned from, how good it is and what it must not be used for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from features.inhibitors import find_inhibitor
from predictor.answering import answers, unanswered
from predictor.evaluation import MODEL
from predictor.modalities import PATTERNS

if TYPE_CHECKING:
    from predictor.bundle import Bundle

_LIMITS = """\
- **For research use only. Not a medical device.** It must not guide the treatment of a patient.
- Trained on cell lines in a dish: no stroma, no immune system, no vessels, no pharmacokinetics. That a
  tumour behaves like a line is a hypothesis.
- Screens of these inhibitors agree poorly with each other (GDSC1 against GDSC2, same inhibitor and line: mean
  r 0.34), so the 90 % intervals are wide. Read them before the prediction.
- An inhibitor answered by its class has no model of its own; its unit is the mean of the
  standardised responses of the class.
- The 90 % interval is as wide as the lineage is hard to predict (where 20 training lines have it) and wider
  out of domain. Of lines whose tissue was not trained on it covers a little less than it says (89 %), of
  blood lines by models of solid lines 83 %. The chance of being in the most sensitive fifth is calibrated
  over all lines together. For tumours neither is measured.
- Of lines called the most sensitive fifth about half are, for the best inhibitors; for some a third.
- Where the tissue mean's r is as high as the model's in the table above, the model adds nothing to the
  tissue. From DNA and lineage alone, nearly all that is predicted is the lineage.
- Trained on GDSC's driver mutations; an exome is reduced to drivers by our own rule, which agrees with GDSC's
  on four of five altered lines (network altered in 23 % of the lines by both; 40 % by any protein change).
- Expression of another platform than GDSC's arrays is not harmonised: ranks within one cohort hold,
  percentiles, chances and verdicts can drift together.
- Lines that it was trained on are answered in-sample: closer to their measurement than a new sample will be.
- A sample out of domain gets no verdict. A curated resistance variant overrides the verdict, and the
  prediction says so.
- Rare genotypes (MTOR, TSC1, TSC2) are computed and shown, and not learned where too few training lines carry
  them.
- SHAP values say what moved the prediction, not what causes the response."""


def model_card(bundle: Bundle) -> str:
    """The card in Markdown.

    Parameters
    ----------
    bundle
        Its ``facts`` are what the card tells; what they lack is "not recorded".

    Returns
    -------
    str
        Ends with a line break.
    """
    facts = bundle.facts
    experiment = _mapping(facts.get("experiment"))
    sections = [
        f"# Model card: {bundle.name}",
        f"Version `{bundle.version}`, created {facts.get('created') or 'at a time not recorded'}. Predicts "
        "the response of a sample to mTORC1 inhibitors from its RNA, DNA and lineage, or from what of these "
        "is known.",
        *([str(experiment["description"])] if experiment.get("description") else []),
        "## Inhibitors",
        *_inhibitors(bundle),
        "## Training data",
        *_data(facts),
        "## How good it is",
        "Leave-cell-line-out: each prediction comes from a model that saw no response of its line to any "
        "inhibitor. Pearson's r with its 95 % interval over cell lines, beside the naive ladder on the same "
        "lines.",
        _performance(facts),
        "Where only part of the inputs was known (the rest withheld from the held-out lines), Pearson's r:",
        _patterns(bundle, facts),
        "## Limits",
        _LIMITS,
        "## Provenance",
        _provenance(facts),
    ]
    return "\n\n".join(sections) + "\n"


def _inhibitors(bundle: Bundle) -> list[str]:
    by_class: dict[str, list[str]] = {}
    own = []
    for answer in answers(bundle):
        if answer.by_class:
            by_class.setdefault(answer.target, []).append(answer.inhibitor)
        else:
            unit = bundle.models[answer.target].target.unit
            own.append(
                (answer.inhibitor, find_inhibitor(answer.inhibitor).inhibitor_class, answer.target, unit)
            )
    parts = []
    if own:
        parts += ["With a model of their own:", _table(("inhibitor", "class", "target", "unit"), own)]
    for target, names in by_class.items():
        parts.append(
            f"Answered by the class `{target}`, without training data of their own: {', '.join(names)}."
        )
    left = unanswered(bundle)
    if left:
        parts.append(f"Not answered: {', '.join(left)}.")
    return parts


def _data(facts: Mapping[str, Any]) -> list[str]:
    sources = _records(facts.get("sources"))
    rows = [
        (
            s.get("name"),
            s.get("version"),
            s.get("file"),
            s.get("rows_in"),
            s.get("rows_out"),
            f"`{str(s.get('sha256'))[:12]}`",
        )
        for s in sources
    ]
    samples = f" with {facts['samples']} samples" if facts.get("samples") else ""
    parts = [f"Cohort `{facts['cohort']}`{samples}." if facts.get("cohort") else "Cohort not recorded."]
    if rows:
        parts.append(_table(("source", "version", "file", "rows read", "rows used", "sha256"), rows))
    losses = _records(facts.get("losses"))
    if losses:
        parts.append(
            _table(
                ("lost at", "reason", "n"), [(x.get("stage"), x.get("reason"), x.get("n")) for x in losses]
            )
        )
    return parts


def _performance(facts: Mapping[str, Any]) -> str:
    scores = _records(facts.get("scores"))
    judged = {(str(s.get("target")), str(s.get("predictor"))): s for s in scores}
    targets = dict.fromkeys(target for target, predictor in judged if predictor == MODEL)
    rungs = list(dict.fromkeys(name for _, name in judged if name != MODEL and name not in PATTERNS))
    if not targets:
        return "Not recorded."
    rows = [
        (
            target,
            judged[target, MODEL].get("n"),
            _estimate(judged[target, MODEL], "pearson"),
            _value(judged[target, MODEL], "spearman"),
            _value(judged[target, MODEL], "r2"),
            *(_value(judged.get((target, rung), {}), "pearson") for rung in rungs),
        )
        for target in targets
    ]
    return _table(("target", "lines", "r [95 %]", "rho", "R2", *(f"r, {rung}" for rung in rungs)), rows)


def _patterns(bundle: Bundle, facts: Mapping[str, Any]) -> str:
    judged = {(str(s.get("target")), str(s.get("predictor"))): s for s in _records(facts.get("scores"))}
    patterns = list(dict.fromkeys(p for model in bundle.models.values() for p in model.submodels))
    withheld = [p for p in patterns if any(predictor == p for _, predictor in judged)]
    if not withheld:
        return "Not recorded."
    rows = [
        (target, *(_estimate(judged.get((target, pattern), {}), "pearson") for pattern in withheld))
        for target in dict.fromkeys(target for target, _ in judged)
    ]
    return _table(("target", *withheld), rows)


def _provenance(facts: Mapping[str, Any]) -> str:
    libraries = _mapping(facts.get("libraries"))
    return _table(
        ("what", "which"),
        [
            ("code", facts.get("git_revision") or "not recorded"),
            *((name, version) for name, version in libraries.items()),
        ],
    )


def _estimate(score: Mapping[str, Any], metric: str) -> str:
    found = _mapping(_mapping(score.get("metrics")).get(metric))
    if not _is_number(found.get("value")):
        return "-"
    if not (_is_number(found.get("low")) and _is_number(found.get("high"))):
        return f"{found['value']:.3f}"
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _value(score: Mapping[str, Any], metric: str) -> str:
    value = _mapping(_mapping(score.get("metrics")).get(metric)).get("value")
    return f"{value:.3f}" if _is_number(value) else "-"


def _is_number(value: object) -> bool:
    # A NaN differs from itself; it was no number before it was saved either.
    return isinstance(value, int | float) and value == value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _records(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Sequence) else []


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    # A bar in a cell would end it.
    lines = [[str(cell).replace("|", "\\|") for cell in row] for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
