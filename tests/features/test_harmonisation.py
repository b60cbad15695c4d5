"""Harmonisation: another platform is taken back, a biology is not, and what cannot be compared says so."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.builders.rank_normal import universe_symbols
from features.cohort import Cohort
from features.errors import InputError
from features.harmonisation import HARMONISED, WITHIN_ONLY, Harmonisation, fit, harmonised, labels, on_scale
from features.harmonisation_check import distance
from features.harmonisation_file import read, write
from features.matrix import FeatureMatrix, build_matrix

GENES = list(universe_symbols())
LINEAGES = ("kidney", "breast", "skin")


def cohort(
    name: str,
    n: int,
    seed: int,
    *,
    lineages: tuple[str, ...] = LINEAGES,
    scale: str = "log2",
    purity: bool = False,
) -> Cohort:
    """Samples whose genes have a level of their own, one of the lineage, and one of the sample."""
    world = np.random.default_rng(99)
    level = world.normal(8, 2, len(GENES))
    of_lineage = {lineage: world.normal(0, 1, len(GENES)) for lineage in LINEAGES}
    rng = np.random.default_rng(seed)
    lineage = [lineages[i % len(lineages)] for i in range(n)]
    values = level + np.array([of_lineage[x] for x in lineage]) + rng.normal(0, 0.7, (n, len(GENES)))
    ids = [f"{name}{i:03d}" for i in range(n)]
    samples = pd.DataFrame({"sample_id": ids, "sample_name": ids, "lineage": lineage})
    if purity:
        samples["purity"] = rng.uniform(0.3, 1.0, n)
    return Cohort.empty(
        name,
        samples=samples,
        expression=pd.DataFrame(values, index=ids, columns=GENES),
        expression_scale=scale,
    )


def other_platform(of: Cohort, seed: int = 5) -> Cohort:
    """The same samples, every gene with an offset and a gain of its own."""
    rng = np.random.default_rng(seed)
    offset, gain = rng.normal(0, 1.5, len(GENES)), np.exp(rng.normal(0, 0.2, len(GENES)))
    return replace(of, expression=of.expression * gain + offset)


def agreement(a: pd.DataFrame, b: pd.DataFrame) -> float:
    """Mean over samples of r over genes, each gene less its mean level: what tells the samples apart."""
    x, y = (v.to_numpy() - v.to_numpy().mean(axis=0) for v in (a, b))
    return float(np.mean([np.corrcoef(p, q)[0, 1] for p, q in zip(x, y, strict=True)]))


@pytest.fixture(scope="module")
def lines() -> Cohort:
    return cohort("lines", 150, 1)


@pytest.fixture(scope="module")
def tumours() -> Cohort:
    return cohort("tumours", 90, 2)


def test_another_platform_is_taken_back(lines: Cohort, tumours: Cohort) -> None:
    """Gene offsets of 1.5 put every sample far from the lines; afterwards it lies among them."""
    distorted = other_platform(tumours)
    reference = fit(distorted, lines)
    assert reference.kind == "lineage"
    assert reference.lineages == {"breast": (30, 50), "kidney": (30, 50), "skin": (30, 50)}
    true, before = on_scale(tumours), on_scale(distorted)
    after = on_scale(harmonised(distorted, reference))

    def error(values: pd.DataFrame) -> float:
        return float(np.sqrt(np.mean(np.square(values.to_numpy() - true.to_numpy()))))

    assert error(before) > 0.5
    assert error(after) < 0.2
    found = distance(distorted, lines, reference).lineages
    assert (found.shift_before > 1).all()
    assert (found.shift_after < 0.3).all()
    assert (found.r_after > 0.98).all()


def test_a_cohort_of_one_lineage_keeps_what_its_lineage_is(lines: Cohort) -> None:
    """A pan-cancer target would take the kidney out of kidney tumours."""
    kidney = other_platform(cohort("kidney", 60, 3, lineages=("kidney",)))
    after = on_scale(harmonised(kidney, fit(kidney, lines))).mean()
    own = on_scale(lines)[lines.samples.set_index("sample_id").lineage == "kidney"].mean()
    every = on_scale(lines).mean()
    assert np.abs(after - own).mean() < 0.5 * np.abs(after - every).mean()


def test_lineages_in_other_proportions_do_not_shift_each_other(lines: Cohort) -> None:
    """Nine of ten samples of the skin: a plain mean over all would call what skin is a platform."""
    parts = [cohort("a", 90, 4, lineages=("skin",)), cohort("b", 10, 4, lineages=("breast",))]
    samples, expression = (pd.concat([getattr(p, t) for p in parts]) for t in ("samples", "expression"))
    mixed = Cohort.empty(
        "mixed", samples=samples.reset_index(drop=True), expression=expression, expression_scale="log2"
    )
    after = on_scale(harmonised(other_platform(mixed), fit(other_platform(mixed), lines)))
    true = on_scale(mixed)
    assert np.abs((after - true).mean()).mean() < 0.15


def test_without_a_lineage_in_common_only_the_order_can_be_read(lines: Cohort) -> None:
    """Blood against solid lines: whatever level comes out was put in."""
    blood = cohort("blood", 40, 6)
    blood = replace(blood, samples=blood.samples.assign(lineage="leukemia"))
    reference = fit(other_platform(blood), lines)
    assert reference.kind == "within_cohort"
    assert reference.lineages == {"all": (40, 150)}
    named = labels(harmonised(other_platform(blood), reference))
    assert len(named) == 40
    assert all(label.endswith(WITHIN_ONLY) for label in named.values())


def test_a_sample_of_a_lineage_that_the_reference_never_saw_is_marked(lines: Cohort, tumours: Cohort) -> None:
    """Among comparable samples it would pass for one."""
    reference = fit(tumours, lines)
    odd = replace(tumours, samples=tumours.samples.assign(lineage=["lung", *tumours.samples.lineage[1:]]))
    named = labels(harmonised(odd, reference))
    assert named["tumours000"] == reference.label + WITHIN_ONLY
    assert named["tumours001"] == reference.label


def test_ratios_are_carried_over_that_ranks_could_not_use(lines: Cohort, tumours: Cohort) -> None:
    """KIRC's two-colour arrays: rows centred on 0, no order within a sample."""
    ratios = replace(
        tumours, expression=tumours.expression - tumours.expression.mean(), expression_scale="log_ratio"
    )
    with pytest.raises(InputError, match=r"log_ratio has no order.*mtorc1 harmonise"):
        build_matrix(ratios, ("pathways",))
    after = harmonised(ratios, fit(ratios, lines))
    assert build_matrix(after, ("pathways",)).values["path.mtorc1"].notna().all()
    assert np.abs(on_scale(after) - on_scale(tumours)).mean().mean() < 0.15
    assert agreement(on_scale(after), on_scale(tumours)) > 0.9


def test_stroma_is_taken_out_where_purity_is_known(lines: Cohort) -> None:
    """Half of the genes fall with 1 - purity; a sample of purity 0.3 would look like another lineage."""
    pure = cohort("p", 120, 7, purity=True)
    slope = np.where(np.arange(len(GENES)) % 2 == 0, -3.0, 0.0)
    stroma = (1 - pure.samples.purity.to_numpy())[:, None] * slope
    mixed = replace(pure, expression=pure.expression + stroma)
    blind = replace(mixed, samples=mixed.samples.assign(purity=np.nan))
    with_purity = on_scale(harmonised(mixed, fit(mixed, lines)))
    without = on_scale(harmonised(blind, fit(blind, lines)))
    true = on_scale(pure)
    assert np.abs(with_purity - true).mean().mean() < 0.7 * np.abs(without - true).mean().mean()
    assert np.isnan(fit(blind, lines).mean_purity)
    # A sample whose purity is not known is taken to be as pure as the others.
    some = replace(mixed, samples=mixed.samples.assign(purity=[np.nan, *mixed.samples.purity[1:]]))
    assert harmonised(some, fit(mixed, lines)).expression.notna().all().all()


def test_a_sample_depends_on_itself_and_the_reference_alone(lines: Cohort, tumours: Cohort) -> None:
    """Otherwise a patient's prediction would change with the batch."""
    reference = fit(tumours, lines)
    whole = harmonised(tumours, reference).expression
    alone = harmonised(tumours.select(["tumours007"]), reference).expression
    np.testing.assert_array_equal(alone.loc["tumours007"], whole.loc["tumours007"])


def test_a_gene_that_the_reference_lacks_stays_missing(lines: Cohort, tumours: Cohort) -> None:
    """An invented level would be believed."""
    fewer = replace(tumours, expression=tumours.expression.drop(columns=GENES[:50]))
    after = harmonised(tumours, fit(fewer, lines))
    assert not set(GENES[:50]) & set(after.expression.columns)
    holes = tumours.expression.copy()
    holes.iloc[3, 100] = np.nan
    filled = harmonised(replace(tumours, expression=holes), fit(tumours, lines)).expression
    assert np.isnan(filled.loc["tumours003", GENES[100]])
    assert filled.notna().to_numpy().sum() == filled.size - 1


def test_what_cannot_be_harmonised_is_one_line_with_what_to_do(lines: Cohort, tumours: Cohort) -> None:
    """Another scale, too few samples, no expression, twice."""
    reference = fit(tumours, lines)
    with pytest.raises(InputError, match=r"on the scale tpm, the reference was fitted to log2 values"):
        harmonised(replace(tumours, expression=2**tumours.expression, expression_scale="tpm"), reference)
    with pytest.raises(InputError, match=r"has 5 samples with expression.*larger cohort"):
        fit(tumours.select(list(tumours.samples.sample_id[:5])), lines)
    bare = Cohort.empty("bare", samples=tumours.samples)
    for use in (lambda: fit(bare, lines), lambda: harmonised(bare, reference)):
        with pytest.raises(InputError, match="has no expression"):
            use()
    after = harmonised(tumours, reference)
    assert after.expression_scale == HARMONISED
    with pytest.raises(InputError, match="is harmonised already"):
        fit(after, lines)
    assert labels(tumours) == {}


def test_the_file_gives_back_every_bit_and_refuses_an_altered_one(
    tmp_path: Path, lines: Cohort, tumours: Cohort
) -> None:
    """A reference that was touched would shift every prediction and still be named in it."""
    reference = write(fit(tumours, lines), tmp_path / "r.parquet")
    back = read(tmp_path / "r.parquet")
    assert back.version == reference.version
    assert back.label == f"tumours {reference.version}"
    assert back.lineages == reference.lineages
    pd.testing.assert_frame_equal(back.genes, reference.genes, check_names=False, check_exact=True)
    assert write(fit(tumours, lines), tmp_path / "again.parquet").version == reference.version
    table = pq.read_table(tmp_path / "r.parquet")
    location = table["location"].to_numpy().copy()
    location[7] += 1e-12
    changed = table.set_column(1, "location", pa.array(location))
    pq.write_table(changed, tmp_path / "altered.parquet")
    with pytest.raises(InputError, match="was altered"):
        read(tmp_path / "altered.parquet")


def test_other_files_are_refused_by_name(tmp_path: Path, lines: Cohort, tumours: Cohort) -> None:
    """No traceback, whatever is given."""
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "table.parquet")
    (tmp_path / "text.parquet").write_text("not parquet")
    for name in ("table.parquet", "text.parquet"):
        with pytest.raises(InputError, match="is no harmonisation reference"):
            read(tmp_path / name)
    with pytest.raises(InputError, match=r"no such file.*mtorc1 harmonise"):
        read(tmp_path / "nothing.parquet")
    with pytest.raises(InputError, match=r"end its name in \.parquet"):
        write(fit(tumours, lines), tmp_path / "r.json")
    reference = write(fit(tumours, lines), tmp_path / "r.parquet")
    table = pq.read_table(tmp_path / "r.parquet")
    head = json.loads(table.schema.metadata[b"mtorc1"])
    for change, said in (
        ({"format_version": 9}, "format version 9"),
        ({"kind": "magic"}, "does not describe"),
        ({"lineages": 3}, "does not describe"),
        ({"format": "else"}, "is no harmonisation"),
    ):
        bad = table.replace_schema_metadata({b"mtorc1": json.dumps({**head, **change}).encode()})
        pq.write_table(bad, tmp_path / "bad.parquet")
        with pytest.raises(InputError, match=said):
            read(tmp_path / "bad.parquet")
    assert isinstance(reference, Harmonisation)


def test_a_matrix_says_what_its_expression_was_harmonised_with(
    tmp_path: Path, lines: Cohort, tumours: Cohort
) -> None:
    """A prediction from a matrix would call itself unharmonised."""
    after = harmonised(tumours, replace(fit(tumours, lines), version="abc"))
    build_matrix(after, ("pathways",)).write(tmp_path / "m.parquet")
    back = FeatureMatrix.read(tmp_path / "m.parquet")
    assert back.harmonisation == labels(after)
    assert build_matrix(tumours, ("pathways",)).harmonisation == {}


def test_the_map_shows_lines_and_samples_before_and_after(lines: Cohort, tumours: Cohort) -> None:
    """Before, another platform lies apart; after, among the lines."""
    distorted = other_platform(tumours)
    points = distance(distorted, lines, fit(distorted, lines)).map
    middle = points.groupby("group")[["x", "y"]].mean()
    assert points.group.value_counts().to_dict() == {"lines": 150, "before": 90, "after": 90}
    apart = {g: float(np.hypot(*(middle.loc[g] - middle.loc["lines"]))) for g in ("before", "after")}
    assert apart["after"] < 0.3 * apart["before"]
