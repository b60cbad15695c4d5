"""What the README says is what the released model's own files say."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
INHIBITORS = ("sirolimus", "temsirolimus", "AZD8055", "vistusertib", "OSI-027", "dactolisib")


def figures() -> str:
    """The table of the README, from the facts of the released bundle."""
    facts = json.loads((ROOT / "models" / "default" / "manifest.json").read_text(encoding="utf-8"))["facts"]
    scores = {(one["target"], one["predictor"]): one for one in facts["scores"]}
    lines = ["inhibitor      lines  r                     rho    R2     tissue  ridge on genes"]
    for name in INHIBITORS:
        mine = scores[f"{name}@GDSC2", "model"]
        r, naive = mine["metrics"]["pearson"], ("tissue", "ridge_genes")
        tissue, genes = (scores[f"{name}@GDSC2", one]["metrics"]["pearson"]["value"] for one in naive)
        lines.append(
            f"{name:14s} {mine['n']:5d}  {r['value']:.3f} [{r['low']:.3f}, {r['high']:.3f}]  "
            f"{mine['metrics']['spearman']['value']:.3f}  {mine['metrics']['r2']['value']:.3f}  "
            f"{tissue:.3f}   {genes:.3f}"
        )
    return "\n".join(lines)


def test_the_readme_shows_the_released_models_figures() -> None:
    assert figures() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_tells_the_frozen_fold_benchmark_as_it_was_measured() -> None:
    said = (ROOT / "README.md").read_text(encoding="utf-8").replace("−", "-")
    folder = ROOT / "experiments" / "benchmarks" / "leave_cell_line_out"
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for found in result["benchmark"].values():
        low, high = found["mean_interval"]
        below, above = found["difference_interval"]
        assert f"{found['mean']:.3f} [{low:.3f}, {high:.3f}]" in said
        assert f"{found['difference']:+.3f} [{below:+.3f}, {above:+.3f}]" in said


def test_the_readme_tells_the_two_released_models_apart_as_it_was_measured() -> None:
    said = (ROOT / "README.md").read_text(encoding="utf-8").replace("−", "-")
    folder = ROOT / "experiments" / "benchmarks" / "unseen_screen"
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for found in result["experiments"]["mechanistic"]["by_default"].values():
        low, high = found["difference_interval"]
        assert f"{found['difference']:+.3f} [{low:+.3f}, {high:+.3f}]" in said
    for one in result["ceilings"][1:]:
        assert f"{one['value']:.3f} by" in said


def test_every_file_that_the_readme_points_to_exists() -> None:
    import re

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    local = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []
