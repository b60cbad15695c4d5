"""The page of the result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def page(result: Mapping[str, Any]) -> str:
    """The README of this folder."""
    one, two, three = result["platform"], result["mixture"], result["no_lineage"]
    head = (
        "| | r, mean over inhibitors | least r | mean shift, SD | largest | in domain | same verdict |\n"
        "|---|---|---|---|---|---|---|"
    )
    lines = [
        "# Harmonisation: does it take back a platform, and leave a biology alone?",
        "",
        f"Written by `make bench` ({result['created']}, revision {str(result['git_revision'])[:12]}, "
        f"{result['seconds']} s) with the bundle {result['model']}. The plan is in [plan.md](plan.md), all "
        "figures in [result.json](result.json).",
        "",
        "## 1. A platform that is known",
        "",
        f"{one['lines']} distorted lines, {one['lineages']} lineages in common; of the same lines "
        "undistorted "
        f"{one['undistorted_in_domain']:.1%} of the predictions are in domain.",
        "",
        head,
        _row("as they are", one["before"]),
        _row("harmonised", one["after"]),
        "",
        "## 2. Another mixture of lineages",
        "",
        f"{two['lines']} distorted lines, {two['blood']} of them blood.",
        "",
        head,
        _row("lineages apart (ours)", two["ours"]),
        _row("mean of all against mean of all", two["usual"]),
        "",
        "## 3. No lineage in common",
        "",
        f"{three['samples']} distorted blood lines against solid lines: "
        f"{'said so' if three['said'] else 'NOT SAID'}; {three['with_a_verdict']} predictions with a "
        "verdict, "
        f"{three['with_an_interval']} with an interval.",
        "",
    ]
    if "kirc" in result:
        four = result["kirc"]
        far = four["distance"]
        verdicts = ", ".join(f"{words} ({n})" for words, n in four["verdicts"].items())
        lines += [
            "## 4. Real ratios",
            "",
            f"{four['tumours']} KIRC tumours, {four['genes']:,} genes. Without a reference: "
            f"*{four['refused']}*.",
            "",
            f"Against {far['n_lines']} kidney lines: r of mean expression over genes {far['r_before']:.2f} "
            "before, "
            f"{far['r_after']:.2f} after; median shift of a gene {far['shift_before']:.2f} SD before, "
            f"{far['shift_after']:.2f} after. In domain: {four['in_domain_as_ranks']:.0%} of the "
            "predictions if the "
            f"ratios had passed for abundances, {four['in_domain']:.0%} harmonised. Everolimus: {verdicts}.",
            "",
            "![KIRC among the training lines, before and after](map.png)",
            "",
        ]
    return "\n".join(lines)


def _row(name: str, found: Mapping[str, float]) -> str:
    return (
        f"| {name} | {found['r']:.3f} | {found['least_r']:.3f} | {found['shift']:+.2f} | "
        f"{found['largest_shift']:.2f} | {found['in_domain']:.1%} | {found['same_verdict']:.1%} |"
    )
