"""The README of this folder, from the figures of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WAYS = {
    "platt": "Platt (used)",
    "isotonic": "isotonic",
    "venn_abers": "Venn-Abers",
    "base rate": "base rate",
}
_SCORES = {
    "score": "score (used): both below",
    "readable": "readable inputs, standardised",
    "wide": "genes, weighed by the margin",
    "ranks": "genes, all alike",
    "leaves": "rarity of the leaves",
}
_PATTERNS = {
    "rna+dna": "both",
    "rna": "expression only",
    "dna": "mutations only",
    "lineage": "neither (lineage alone)",
}


def bars(result: Mapping[str, Any]) -> list[tuple[str, str, str, bool]]:
    """Every bar of the plan: what, required, found, met."""
    rows = []
    for found, nested in zip(result["coverage"], result["coverage_nested"], strict=True):
        level = found["level"]
        for name, one in (("", found), (", strictly nested, six inhibitors", nested)):
            off = abs(one["overall"] - level)
            rows.append(
                (
                    f"coverage of the {level:.0%} interval{name}",
                    "within 0.02",
                    f"{one['overall']:.3f}",
                    off <= 0.02,
                )
            )
            rows.append(
                (
                    f"inhibitors, and tissues in them, outside the band at {level:.0%}{name}",
                    "0",
                    f"{one['outside']} of {one['tested']} (least adjusted p {one['least_adjusted_p']:.2g})",
                    one["outside"] == 0,
                )
            )
    platt = result["chances"]["platt"]
    rows.append(
        (
            "calibration error of the chance, pooled",
            "<= 0.03",
            f"{platt['calibration_error']:.3f}",
            platt["calibration_error"] <= 0.03,
        )
    )
    per = platt["calibration_error_per_inhibitor"]
    rows.append(("the same per inhibitor, mean", "<= 0.03", f"{per:.3f}", per <= 0.03))
    score = result["domain"]["score"]
    for key, words in (
        ("per_inhibitor", "error of an inhibitor"),
        ("line_mean", "mean error of a line over inhibitors"),
    ):
        low, high = score[f"{key}_interval"]
        rows.append(
            (
                f"rho of domain score and {words}, tissue left out",
                "> 0.1",
                f"{score[key]:.3f} [{low:.3f}, {high:.3f}]",
                score[key] > 0.1,
            )
        )
    flagged = result["blood"]["score"]["flagged_at_5_percent"]
    rows.append(
        ("withheld blood lines flagged at 5 % false flags", ">= 0.70", f"{flagged:.3f}", flagged >= 0.70)
    )
    widths = [m["width"] for m in result["modalities"]]
    rows.append(
        (
            "width never smaller where less is known",
            "yes",
            " <= ".join(f"{w:.3f}" for w in widths),
            widths == sorted(widths),
        )
    )
    return rows


def page(result: Mapping[str, Any]) -> str:
    """The page in Markdown."""
    far = result["far_coverage"]
    limit = result["blood"]["at_the_limit"]
    lines = [
        "# Certainty: intervals, chances, domain",
        "",
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s). The plan is in [plan.md](plan.md), all figures in "
        "[result.json](result.json).",
        "",
        *_table(
            ("what", "required", "found", "met"),
            [(w, r, f, "yes" if met else "**no**") for w, r, f, met in bars(result)],
        ),
        "## Intervals",
        "",
        *_table(
            (
                "level",
                "width",
                "overall",
                "inhibitors from - to",
                "outside the band",
                "mean half-width (SD of response)",
            ),
            [
                (
                    f"{one['level']:.0%}",
                    words,
                    f"{one['overall']:.3f}",
                    f"{one['least_inhibitor']:.3f} - {one['most_inhibitor']:.3f}",
                    f"{one['outside']} of {one['tested']}",
                    f"{one['mean_width']:.3f}",
                )
                for words, name in (
                    ("by lineage (used)", "coverage"),
                    ("one for all lines", "coverage_one_width"),
                )
                for one in result[name]
            ],
        ),
        "![Coverage of the 90 % interval by tissue](coverage.png)",
        "",
        "A dot is an inhibitor or a class; the bar is the exact binomial 99 % band at the median number of "
        "lines; a cross is the worst inhibitor with one width for all lines.",
        "",
        "Lines whose tissue was left out of training, 90 % interval:",
        "",
        *_table(
            (
                "lines",
                "ordinary width",
                "widened beyond the limit",
                "out of domain",
                "of these: ordinary",
                "of these: widened",
            ),
            [
                (
                    words,
                    *(
                        f"{far[name][key]:.3f}"
                        for key in (
                            "one_width",
                            "widened",
                            "out_of_domain",
                            "one_width_out_of_domain",
                            "widened_out_of_domain",
                        )
                    ),
                )
                for words, name in (
                    ("every tissue in turn", "tissue"),
                    ("blood, by models of solid lines", "blood"),
                )
            ],
        ),
        "## Chance of the most sensitive fifth",
        "",
        *_table(
            (
                "way",
                "Brier",
                "log loss",
                "calibration error, pooled",
                "per inhibitor, mean",
                "largest",
                "by luck",
            ),
            [
                (_WAYS[name], *(f"{value:.4f}" for value in found.values()))
                for name, found in result["chances"].items()
            ],
        ),
        "By luck: what a perfectly calibrated chance of the same values would score per inhibitor with so "
        "few lines.",
        "",
        "![Reliability of the chance](reliability.png)",
        "",
        "Of the lines called the most sensitive fifth, the share that is (base rate 0.20); and of those "
        "given a chance of 0.40 or more:",
        "",
        *_table(
            ("target", "called", "right [95 %]", "chance >= 0.40", "right", "chance told"),
            [
                (
                    r["target"],
                    r["called"],
                    f"{r['right']:.2f} [{r['low']:.2f}, {r['high']:.2f}]",
                    r["sure"],
                    _number(r["sure_right"]),
                    _number(r["sure_chance"]),
                )
                for r in result["rank"]
            ],
        ),
        "## Applicability domain",
        "",
        *_table(
            (
                "distance",
                "rho with error, mean of inhibitors",
                "rho with a line's mean error",
                "blood flagged at 5 %",
                "least of the fits",
            ),
            [
                (
                    words,
                    f"{result['domain'][name]['per_inhibitor']:.3f}",
                    f"{result['domain'][name]['line_mean']:.3f}",
                    f"{result['blood'][name]['flagged_at_5_percent']:.3f}",
                    f"{result['blood'][name]['least']:.3f}",
                )
                for name, words in _SCORES.items()
            ],
        ),
        f"At the limit that is shipped (99 % of the training lines): {limit['blood']:.1%} of withheld blood "
        f"lines and {limit['solid']:.1%} of held-out solid lines are out of domain.",
        "",
        "Single errors are mostly noise of the measurement, so no score can tell much of them: the width of "
        "the interval, learned from the errors of the same lineages, reaches rho "
        f"{result['rho_of_width']:.3f} on "
        "held-out lines of known tissue.",
        "",
        "![Risk and coverage; error by domain score](risk.png)",
        "",
        "## Missing modalities",
        "",
        *_table(
            (
                "known",
                "r, mean of inhibitors",
                "mean half-width (SD of response)",
                "covered by the 90 % interval",
                "calibration error",
            ),
            [
                (
                    _PATTERNS.get(m["pattern"], m["pattern"]),
                    *(f"{m[key]:.3f}" for key in ("r", "width", "covered", "calibration_error")),
                )
                for m in result["modalities"]
            ],
        ),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
        *(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
        "",
    ]
