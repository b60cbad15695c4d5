"""What the site takes from the code and from result files, so that no page can say something else.

``features.md`` is written from the feature catalogue before each build.  A table between
``<!-- figures: NAME -->`` and ``<!-- /figures -->`` is compared with the file that it was taken from; a build
whose page and file disagree fails and shows the right table.  ``python docs/hooks.py`` writes them all anew.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from markdown.extensions.toc import slugify
from mkdocs.exceptions import PluginError

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "experiments" / "benchmarks" / "leave_cell_line_out" / "result.json"
CURVE = ROOT / "experiments" / "benchmarks" / "learning_curve" / "result.json"
ABLATION = ROOT / "experiments" / "benchmarks" / "ablation" / "result.json"
IDEAS = ROOT / "experiments" / "benchmarks" / "ideas" / "result.json"
HARMONISATION = ROOT / "experiments" / "benchmarks" / "harmonisation" / "result.json"
CHECKMATE = ROOT / "experiments" / "benchmarks" / "checkmate025" / "result.json"
UNSEEN = ROOT / "experiments" / "benchmarks" / "unseen_screen" / "result.json"
VALIDATION = ROOT / "experiments" / "benchmarks" / "validation"
MANIFEST = ROOT / "models" / "default" / "manifest.json"
FEATURES = ROOT / "docs" / "features.md"
MECHANISMS = ROOT / "docs" / "mechanisms.md"

_BLOCK = re.compile(r"(<!-- figures: (\w+) -->\n)(.*?)(<!-- /figures -->)", re.DOTALL)
_CITATIONS = (
    (re.compile(r"PMID (\d+)"), r"[PMID \1](https://pubmed.ncbi.nlm.nih.gov/\1/)"),
    (re.compile(r"\bdoi:(10\.\S+?)(?=;|,|\s|$)"), r"[doi:\1](https://doi.org/\1)"),
    (re.compile(r"\b(PMC\d+)"), r"[\1](https://pmc.ncbi.nlm.nih.gov/articles/\1/)"),
)
_USE = {"learned": "learned", "computed": "computed, not learned", "never": "computed, never learned"}
_PREAMBLE = """\
# Features

This page is written by `docs/hooks.py` from the feature catalogue when the site is built. The same rows are
behind `mtorc1 features describe`, the grouping of SHAP values and the model card.

The catalogue has {rows} rows: {scalars} features, and two rows that stand for many: `{pattern}`, for
{genes:,} genes, and `{sets}`, for gene sets of your own. {learned} rows are learned from the default data,
{computed} are computed and shown, {never} are shown and given to no model. {unverified} rows have no source
that we checked; they say *unverified*.

How to read a row:

- **Rapalog, ATP-competitive, bivalent, dual**: what a high value is expected to mean for that class of drugs.
  *none*: expected to make no difference. *unknown*: no expectation. They are expectations to test and enter
  no score.
- **Evidence** begins with its kind. S: the [review](https://doi.org/10.1155/2017/1726078).
  P: a primary paper. K: a curated knowledge base. D: computed from data. B: background, not checked.
- **Use**: a 0/1 feature that fewer than 20 default training lines carry, or that the default data do not
  have, is *computed, not learned*. Each fit decides anew from its own lines
  ([how](model.md#what-may-be-learned)). What is *never learned* has values that are not comparable between
  sources of data, or the very values of another column.
- A score of mRNA is not the activity of a kinase. In TCGA kidney tumours (KIRC) an mRNA score of mTORC1
  follows phospho-S6 with rho 0.19 only (the project's own computation).
"""

_MECHANISMS = """\
# Mechanisms

Every mechanism of resistance and notion of heterogeneity that the project keeps an inventory of, after
[Faes, Demartines and Dormond 2017](https://doi.org/10.1155/2017/1726078), and the features that stand for it.
K: mutations of the kinase and of the drug's binding. U: upstream genotype. A: adaptive and bypass signalling.
M: microenvironment. H: heterogeneity. `*` stands for anything; [Features](features.md) has each feature's
source, unit, and expected direction per drug class. This page is written from
`features/knowledge/concepts.csv` when the site is built; a test holds every row to the catalogue.
"""


def on_pre_build(config: Any) -> None:
    """Write the generated pages; an unchanged one is left alone, or ``mkdocs serve`` would go in circles."""
    for path, page in ((FEATURES, feature_page()), (MECHANISMS, mechanism_page())):
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Refuse a page whose figures are not those of the files."""
    for _, name, told, _ in _BLOCK.findall(markdown):
        if name not in TABLES:
            raise PluginError(f"{page.file.src_path}: no table is named {name!r}")
        true = TABLES[name]()
        if told.strip() != true:
            raise PluginError(
                f"{page.file.src_path}: the figures {name!r} are out of date; they are\n\n{true}\n"
            )
    return markdown


def feature_page() -> str:
    """The catalogue in Markdown, a table a family."""
    from features.builders import BUILDERS
    from features.builders.rank_normal import universe_symbols
    from features.catalogue import PATTERN, SET_PATTERN, catalogue_rows

    rows = catalogue_rows()
    parts = [
        _PREAMBLE.format(
            rows=len(rows),
            scalars=len(rows) - 2,
            pattern=PATTERN,
            sets=SET_PATTERN,
            genes=len(universe_symbols()),
            learned=sum(row.default_use == "learned" for row in rows),
            computed=sum(row.default_use == "computed" for row in rows),
            never=sum(row.default_use == "never" for row in rows),
            unverified=sum("unverified" in row.evidence for row in rows),
        )
    ]
    for family in dict.fromkeys(row.family for row in rows):
        about = (inspect.getdoc(inspect.getmodule(BUILDERS[family].build)) or "").split("\n")[0]
        head = (
            "name",
            "mechanism",
            "unit",
            "rapalog",
            "ATP-competitive",
            "bivalent",
            "dual",
            "evidence",
            "use",
            "what it is",
        )
        cells = [
            (
                f"`{row.name}`", row.mechanism, row.unit, row.expected_rapalog, row.expected_atp_competitive,
                row.expected_bivalent, row.expected_dual_pi3k_mtor,
                f"{row.provenance}: {linked(row.evidence)}", _USE[row.default_use], linked(row.description),
            )
            for row in rows
            if row.family == family
        ]  # fmt: skip
        parts += [f"## {family}\n", f"{about}\n", table(head, cells) + "\n"]
    return "\n".join(parts)


def mechanism_page() -> str:
    """The inventory of mechanisms in Markdown: the features of each, or why there are none."""
    from features.concepts import concepts

    rows = [
        (concept.id, concept.concept, ", ".join(f"`{name}`" for name in concept.patterns),
         linked(concept.limits))
        for concept in concepts()
    ]  # fmt: skip
    return _MECHANISMS + "\n" + table(("id", "mechanism", "features", "what cannot be computed"), rows) + "\n"


def linked(text: str) -> str:
    """The text with PMIDs, PMC ids and DOIs as links."""
    for pattern, link in _CITATIONS:
        text = pattern.sub(link, text)
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a bar in a cell would end it."""
    lines = [[str(cell).replace("|", "\\|") for cell in row] for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def benchmark() -> str:
    """The means of the frozen-fold benchmark."""
    result = _read(RESULT)
    means, scored = result["means"], result["benchmark"]
    rows: list[tuple[str, ...]] = [(words, f"{means[key]:.3f}", "") for key, words in _MEANS.items()]
    gdsc2, ctrp = scored["GDSC2"], scored["CTRPv2"]
    rows[0] = (_MEANS["model"], _interval(gdsc2), _interval(ctrp))
    rows.append(
        (
            "reference of the benchmark: ridge on the class consensus",
            *(f"{s['reference']:.3f}" for s in (gdsc2, ctrp)),
        )
    )
    rows.append(("model minus that reference, paired", *(_difference(s) for s in (gdsc2, ctrp))))
    return table(("prediction", "GDSC2, mean r of six", "CTRPv2, mean rho of five"), rows)


def unseen_screen() -> str:
    """The experiments on the frozen folds, each with its paired difference from the default."""
    rows = []
    for name, found in _read(UNSEEN)["experiments"].items():
        cells = []
        for screen in ("GDSC2", "CTRPv2"):
            less = _difference(found["by_default"][screen]) if "by_default" in found else ""
            cells += [_interval(found["by_consensus"][screen]), less]
        rows.append((f"`{name}.toml`", *cells))
    return table(
        ("experiment", "GDSC2, mean r", "less default, paired", "CTRPv2, mean rho", "less default"), rows
    )


def ceilings() -> str:
    """What measuring the same lines in GDSC says of CTRPv2, and the model on those lines."""
    rows = [
        (
            one["what"].removeprefix("measured:"),
            f"{min(one['n'])} to {max(one['n'])}",
            _interval({"mean": one["value"], "mean_interval": one["interval"]}),
            f"{one['model']:.3f}",
            _difference(one),
        )
        for one in _read(UNSEEN)["ceilings"]
    ]
    head = (
        "measured in",
        "lines each",
        "that measurement, rho",
        "model, same lines",
        "model minus that, paired",
    )
    return table(head, rows)


def learning_curve() -> str:
    """How accuracy grows with the number of training lines, and what each doubling brought the model."""
    found = _read(CURVE)
    brought = ["", *(_signed(one["predictors"]["model"]) for one in found["doublings"])]
    names = ("model", "ridge_consensus", "ridge_genes", "tissue")
    rows = [
        (size["lines"], *(_estimate(size["predictors"][name]) for name in names), gained)
        for size, gained in zip(found["sizes"], brought, strict=True)
    ]
    words = (_MEANS[name] for name in names)
    return table(("training lines", *words, "doubling brought the model, paired"), rows)


def ablation() -> str:
    """What is lost without each family of features, and how far each comes beside lineage."""
    found = _read(ABLATION)
    families = sorted(found["families"].items(), key=lambda one: one[1]["without"]["less_full"]["value"])
    rows = [
        (
            f"`{name}`",
            f"{one['columns']:,}",
            _signed(one["without"]["less_full"]),
            _estimate(one["alone"]),
            _signed(one["alone"]["less_lineage"]) if "less_lineage" in one["alone"] else "",
        )
        for name, one in families
    ]
    rows += [("none: another seed", "", _signed(one), "", "") for one in found["control"]]
    head = (
        "family",
        "columns learned",
        "without it, less the full model",
        "it and lineage, r",
        "less lineage alone",
    )
    return table(head, rows)


def ideas() -> str:
    """Every idea that was tried inside GDSC, beside ridge."""
    rows = []
    for one in _read(IDEAS)["ideas"]:
        less = _less(one["unseen"])
        draws = ", ".join(f"{value:+.3f}" for value in one["unseen_by_draw_of_folds"]) if less else ""
        rows.append((one["idea"], f"{one['unseen']['value']:.3f}", less, draws))
    return table(("idea", "unseen screen, rho", "less ridge, paired", "each draw of folds"), rows)


def learned_from() -> str:
    """Ways to make one response of two laboratories' measurements."""
    rows = [
        (
            one["way"],
            *(
                cell
                for kind in ("predicted", "measured")
                for cell in (f"{one[kind]['value']:.3f}", _less(one[kind]))
            ),
        )
        for one in _read(IDEAS)["learned_from"]
    ]
    head = ("consensus", "predicted, rho", "less the mean, paired", "measured, rho", "less the mean, paired")
    return table(head, rows)


def measurement() -> str:
    """What of a measurement is the line's, and how reliable the consensus is."""
    names = {"mtorc1_inhibitors": "all sixteen"}
    rows = [
        (
            names.get(group, group),
            *(f"{one[part]:.2f}" for part in ("line", "laboratory", "inhibitor", "noise")),
            f"{one['median_reliability']:.2f}",
        )
        for group, one in _read(IDEAS)["measurement"].items()
    ]
    head = ("inhibitor-screens", "the line", "the laboratory", "the inhibitor", "noise", "reliability")
    return table(head, rows)


def harmonisation() -> str:
    """Lines on another platform, as they are and harmonised; another mixture of lineages."""
    found = _read(HARMONISATION)
    rows = [
        (
            words,
            f"{one['r']:.3f}",
            f"{one['shift']:+.2f}",
            f"{one['in_domain']:.0%}",
            f"{one['same_verdict']:.0%}",
        )
        for words, one in (
            ("distorted lines, as they are", found["platform"]["before"]),
            ("distorted lines, harmonised", found["platform"]["after"]),
            ("mostly blood, lineages apart", found["mixture"]["ours"]),
            ("mostly blood, mean against mean", found["mixture"]["usual"]),
        )
    ]
    head = ("lines", "r with undistorted", "mean shift, SD", "in domain", "same verdict")
    return table(head, rows)


def checkmate025() -> str:
    """Hazard ratios of the released scores and of known markers in CheckMate 025."""
    result = _read(CHECKMATE)
    effects = {(e["marker"], e["endpoint"], e["group"]): e for e in result["effects"]}
    rows = []
    for marker, words in result["names"].items():
        for endpoint in ("PFS", "OS"):
            arms = [effects[marker, endpoint, group] for group in ("everolimus", "nivolumab", "interaction")]
            rows.append(
                (
                    words,
                    endpoint,
                    *(f"{e['hazard_ratio']:.2f} [{e['low']:.2f}, {e['high']:.2f}]" for e in arms),
                    f"{arms[-1]['p']:.2f}",
                )
            )
    return table(("marker", "endpoint", "everolimus", "nivolumab", "interaction", "p of it"), rows)


def released() -> str:
    """The targets of the released bundle for which the tissue mean does at least as well as the model."""
    rows = [
        (target, _estimate(by["model"]["metrics"]["pearson"]), f"{_r(by, 'tissue'):.3f}", _gain(by["tissue"]))
        for target, by in _scores().items()
        if _r(by, "tissue") >= _r(by, "model")
    ]
    return table(("target", "model, r [95 %]", "tissue", "model minus tissue, paired"), rows)


def released_ridge() -> str:
    """The targets of the released bundle for which model and ridge on genes differ beyond the interval."""
    rows = [
        (target, f"{_r(by, 'model'):.3f}", f"{_r(by, 'ridge_genes'):.3f}", _gain(by["ridge_genes"]))
        for target, by in _scores().items()
        if by["ridge_genes"]["gain_of_model"]["low"] > 0 or by["ridge_genes"]["gain_of_model"]["high"] < 0
    ]
    return table(("target", "model, r", "ridge on genes", "model minus ridge, paired"), rows)


def released_means() -> str:
    """Means over the targets of the released bundle, and how often ridge on genes is ahead."""
    rows = []
    for words, of in (("GDSC1", "@GDSC1"), ("GDSC2", "@GDSC2"), ("classes", "")):
        mine = [by for name, by in _scores().items() if (name.endswith(of) if of else "@" not in name)]
        means = [
            sum(_r(by, who) for by in mine) / len(mine) for who in ("model", "rna", "tissue", "ridge_genes")
        ]
        ahead = sum(_r(by, "ridge_genes") > _r(by, "model") for by in mine)
        rows.append((words, len(mine), *(f"{mean:.3f}" for mean in means), ahead))
    head = ("targets", "n", "model", "model, RNA only", "tissue", "ridge on genes", "ridge ahead for")
    return table(head, rows)


def losses() -> str:
    """What of the default data did not make it."""
    rows = [(row["stage"], row["reason"], row["n"]) for row in _read(MANIFEST)["facts"]["losses"]]
    return table(("lost at", "reason", "n"), rows)


def sources() -> str:
    """The files of the default data, rows read and rows used."""
    rows = [
        (
            f"{row['name']} {row['version']}",
            row["file"].split("/")[-1],
            f"{row['rows_in']:,}",
            f"{row['rows_out']:,}",
        )
        for row in _read(MANIFEST)["facts"]["sources"]
    ]
    return table(("distribution", "file", "rows read", "rows used"), rows)


def validation(line: int) -> str:
    """The facts of one line of the validation, from the table of its own page."""
    page = (VALIDATION / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [row.split(" | ", 1) for row in page if row.startswith("| ")]
    return "\n".join(
        ["| " + rows[0][1], "|---|---|---|---|", *(f"| {r}" for n, r in rows if n == f"| {line}")]
    )


def validation_lines() -> str:
    """How many facts of each line of the validation were measured, and how many hold."""
    rows = []
    facts = _read(VALIDATION / "result.json")["facts"]
    for line, heading in _LINES.items():
        mine = [fact for fact in facts if fact["line"] == line]
        ranged = [fact for fact in mine if fact["low"] is not None or fact["high"] is not None]
        held = sum(fact["holds"] for fact in ranged)
        title = f"{line}. {heading}"
        rows.append((f"[{title}](#{slugify(title, '-')})", len(mine), len(ranged), held))
    return table(("line", "facts", "with a range", "of these hold"), rows)


#: Headings of the sections of ``validation.md``.
_LINES = {
    1: "The two branches of mTORC1 diverge",
    2: "Genotypes and classes of variants",
    3: "MATH and its cut-offs",
    4: "What all regions of a tumour share",
    5: "Phospho-marks in single cells",
    6: "Spread that does not follow the depth",
    7: "Whether two marks exclude each other",
    8: "Transcriptional scores",
}
_MEANS = {
    "model": "the model",
    "rna": "RNA and lineage only",
    "dna": "DNA and lineage only",
    "lineage": "lineage only",
    "ridge_genes": "ridge on genes, own response",
    "ridge_consensus": "ridge on genes, consensus",
    "tissue": "tissue mean",
    "drug_mean": "drug mean",
}
TABLES: Mapping[str, Callable[[], str]] = {
    "benchmark": benchmark, "released": released, "released_means": released_means,
    "released_ridge": released_ridge, "unseen_screen": unseen_screen, "ceilings": ceilings,
    "learning_curve": learning_curve, "ablation": ablation,
    "harmonisation": harmonisation, "checkmate025": checkmate025,
    "ideas": ideas, "learned_from": learned_from, "measurement": measurement,
    "losses": losses, "sources": sources,
    "validation_lines": validation_lines,
    **{f"validation_{line}": partial(validation, line) for line in _LINES},
}  # fmt: skip


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _scores() -> dict[str, dict[str, Mapping[str, Any]]]:
    """The scores of the released bundle by target and predictor."""
    found: dict[str, dict[str, Mapping[str, Any]]] = {}
    for score in _read(MANIFEST)["facts"]["scores"]:
        found.setdefault(score["target"], {})[score["predictor"]] = score
    return found


def _r(by: Mapping[str, Mapping[str, Any]], predictor: str) -> float:
    return float(by[predictor]["metrics"]["pearson"]["value"])


def _gain(score: Mapping[str, Any]) -> str:
    return _signed(score["gain_of_model"])


def _interval(scored: Mapping[str, Any]) -> str:
    low, high = scored["mean_interval"]
    return f"{scored['mean']:.3f} [{low:.3f}, {high:.3f}]"


def _difference(scored: Mapping[str, Any]) -> str:
    low, high = scored["difference_interval"]
    return f"{scored['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"


def _signed(estimate: Mapping[str, float]) -> str:
    return f"{estimate['value']:+.3f} [{estimate['low']:+.3f}, {estimate['high']:+.3f}]"


def _less(figure: Mapping[str, float]) -> str:
    if figure["gain"] == figure["low"] == figure["high"] == 0:
        return ""
    return f"{figure['gain']:+.3f} [{figure['low']:+.3f}, {figure['high']:+.3f}]"


def _estimate(metric: Mapping[str, Any]) -> str:
    return f"{metric['value']:.3f} [{metric['low']:.3f}, {metric['high']:.3f}]"


def _write_anew() -> None:
    for page in sorted((ROOT / "docs").glob("*.md")):
        told = page.read_text(encoding="utf-8")
        true = _BLOCK.sub(lambda found: found[1] + TABLES[found[2]]() + "\n" + found[4], told)
        if true != told:
            page.write_text(true, encoding="utf-8")


if __name__ == "__main__":
    _write_anew()
