"""The Prediction table: right answerer, same bits in every batch, careful words."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from features.cohort import Cohort
from features.errors import InputError
from features.evidence import evidence_for
from predictor.answering import answers, unanswered
from predictor.bundle import Bundle
from predictor.scoring import COLUMNS, score
from predictor.verdict import LINEAGE_UNKNOWN, NOTHING_KNOWN, OUT_OF_DOMAIN, OVERRIDDEN, verdict, words_for

ASKED = ["sirolimus", "AZD8055", "everolimus", "rapalog"]


def carriers(gene: str = "MTOR", /, **changes: str) -> pd.DataFrame:
    """Evidence for samples that carry one change of a gene each."""
    ids = list(changes)
    variants = pd.DataFrame(
        {
            "sample_id": ids,
            "gene": gene,
            "consequence": "missense",
            "protein_change": list(changes.values()),
        }
    )
    profiled = pd.DataFrame({"sample_id": ids, "modality": "variants", "panel": "exome"})
    samples = pd.DataFrame({"sample_id": ids})
    return evidence_for(Cohort.empty("c", samples=samples, profiled=profiled, variants=variants))


def with_certainty(bundle: Bundle, target: str, **changes: float) -> Bundle:
    """The bundle with other calibration for one target."""
    model = bundle.models[target]
    certainty = {p: dataclasses.replace(c, **changes) for p, c in model.certainty.items()}
    changed = dataclasses.replace(model, certainty=certainty)
    return dataclasses.replace(bundle, models={**bundle.models, target: changed})


def test_the_table_has_the_agreed_columns_and_order(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Reports, MLflow and users read these names; samples stay in the order given."""
    table = score(tiny_bundle, tiny_samples, inhibitors=ASKED)
    assert tuple(table.columns) == COLUMNS
    assert table.sample_id.tolist() == [s for s in tiny_samples.index for _ in ASKED]
    assert table.inhibitor.tolist() == ASKED * len(tiny_samples)
    assert (table.model_version == tiny_bundle.version).all()
    assert (table.harmonisation == "none").all()


def test_predictions_are_those_of_the_fitted_regressor(tiny, tiny_samples: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    """Scoring shares no wrapper with training: it must share its numbers."""
    for target, model in tiny.fitted.items():
        asked = tiny.bundle.models[target].target.inhibitor or "rapalog"
        table = score(tiny.bundle, tiny_samples, inhibitors=[asked])
        np.testing.assert_array_equal(table.prediction.to_numpy(), model.predict(tiny_samples))
        np.testing.assert_array_equal(table.modality_pattern.to_numpy(), model.pattern_of(tiny_samples))


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_a_row_has_the_same_bits_in_every_batch(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, batch: int
) -> None:
    """A sum whose order depends on the number of rows would make a Spark worker disagree with a laptop."""
    whole = score(tiny_bundle, tiny_samples)
    assert_frame_equal(score(tiny_bundle, tiny_samples, batch=batch), whole, check_exact=True)


def test_a_row_has_the_same_bits_alone_and_shuffled(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """The same for separate calls, and for another order of rows and columns."""
    whole = score(tiny_bundle, tiny_samples)
    alone = [score(tiny_bundle, tiny_samples.iloc[[i]]) for i in range(len(tiny_samples))]
    assert_frame_equal(pd.concat(alone, ignore_index=True), whole, check_exact=True)
    rng = np.random.default_rng(0)
    shuffled = tiny_samples.iloc[rng.permutation(len(tiny_samples)), rng.permutation(tiny_samples.shape[1])]
    again = score(tiny_bundle, shuffled).set_index(["sample_id", "inhibitor"])
    expected = whole.set_index(["sample_id", "inhibitor"]).loc[again.index]
    assert_frame_equal(again, expected, check_exact=True)


def test_progress_is_told_and_a_batch_of_none_refused(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Long work tells that it goes on."""
    told: list[tuple[str, int, int]] = []
    score(tiny_bundle, tiny_samples, batch=10, progress=lambda *a: told.append(a))
    assert [(done, total) for _, done, total in told] == [(0, 23), (10, 23), (20, 23), (23, 23)]
    with pytest.raises(ValueError, match="0 samples"):
        score(tiny_bundle, tiny_samples, batch=0)


def test_an_inhibitor_without_training_data_is_answered_by_its_class_and_says_so(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Everolimus was in no screen; its row must not pass for a measured drug's."""
    usual = tiny_samples.iloc[2:5]
    table = score(tiny_bundle, usual, inhibitors=["everolimus", "rapalog", "sirolimus"])
    by_name = {name: rows.reset_index(drop=True) for name, rows in table.groupby("inhibitor")}
    everolimus, rapalog, sirolimus = (by_name[n] for n in ("everolimus", "rapalog", "sirolimus"))
    assert set(everolimus.target) == {"rapalog"}
    assert set(everolimus.unit) == {"class_z"}
    assert set(everolimus.inhibitor_class) == {"rapalog"}
    assert everolimus.verdict.str.contains("by the rapalog class, no model of its own").all()
    assert not rapalog.verdict.str.contains("by the").any()
    np.testing.assert_array_equal(everolimus.prediction, rapalog.prediction)
    assert set(sirolimus.target) == {"sirolimus@GDSC2"}
    assert set(sirolimus.unit) == {"ln_ic50_um"}


def test_names_are_understood_as_people_write_them(tiny_bundle: Bundle) -> None:
    """Brand names, other spellings and a repeated name."""
    found = answers(tiny_bundle, ["Rapamycin", "RAD001", "sirolimus", "RAPALOG"])
    assert [a.inhibitor for a in found] == ["sirolimus", "everolimus", "rapalog"]
    with pytest.raises(TypeError):
        answers(tiny_bundle, "sirolimus")


def test_by_default_every_answerable_inhibitor_is_scored_and_the_others_are_named(
    tiny_bundle: Bundle,
) -> None:
    """RapaLink-1 has neither a model nor a class with one: left out, but never silently."""
    default = [a.inhibitor for a in answers(tiny_bundle)]
    assert {"sirolimus", "AZD8055", "everolimus", "ridaforolimus"} <= set(default)
    assert "rapalog" not in default
    assert "RapaLink-1" in unanswered(tiny_bundle)
    assert not set(default) & set(unanswered(tiny_bundle))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            ["sirolimuss"],
            r"unknown inhibitor 'sirolimuss'; did you mean sirolimus.*or ask for a class: rapalog",
        ),
        (["zzzzqqqq"], "unknown inhibitor 'zzzzqqqq'"),
        (["RapaLink-1"], "neither RapaLink-1 nor its class bivalent has a model; models: sirolimus"),
        (["bivalent"], "class bivalent has no model; classes with one: rapalog"),
        ([], "no inhibitor was asked for"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, asked: list[str], words: str
) -> None:
    """One line, with the nearest names."""
    with pytest.raises(InputError, match=words):
        score(tiny_bundle, tiny_samples, inhibitors=asked)


def test_a_bundle_of_inhibitors_alone_has_no_class_to_offer(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """No empty list in the error."""
    alone = dataclasses.replace(tiny_bundle, models={"AZD8055@GDSC2": tiny_bundle.models["AZD8055@GDSC2"]})
    with pytest.raises(InputError, match="unknown inhibitor") as caught:
        score(alone, tiny_samples, inhibitors=["sirolimuss"])
    assert "class:" not in str(caught.value)
    with pytest.raises(InputError, match="classes with one: none"):
        score(alone, tiny_samples, inhibitors=["rapalog"])
    assert set(score(alone, tiny_samples).inhibitor) == {"AZD8055"}


def test_interval_percentile_and_probability_belong_to_the_pattern(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """A sample without RNA is less certain, and must be told so by its own pattern's errors."""
    table = score(tiny_bundle, tiny_samples, inhibitors=["sirolimus"])
    assert set(table.modality_pattern) == {"rna+dna", "rna", "dna", "lineage"}
    certainty = tiny_bundle.models["sirolimus@GDSC2"].certainty
    lineage = tiny_samples[[c for c in tiny_samples if c.startswith("lineage.")]].idxmax(axis=1)
    for row in table[table.in_domain].itertuples():
        sure = certainty[row.modality_pattern]
        width = sure.half_widths(np.array([lineage[row.sample_id]]))[0]
        assert row.interval_high - row.prediction == pytest.approx(width)
        assert row.prediction - row.interval_low == pytest.approx(width)
    for row in table.itertuples():
        assert 0 <= row.sensitivity_percentile <= 100
        assert 0 <= row.probability_top_fifth <= 1
    whole = table[table.modality_pattern == "rna+dna"].sort_values("prediction")
    assert whole.sensitivity_percentile.is_monotonic_decreasing
    assert whole.probability_top_fifth.is_monotonic_decreasing


def test_an_interval_is_wider_where_less_is_known_and_out_of_domain(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Prevents: a sample unlike any training line told with the certainty of a usual one."""
    for model in tiny_bundle.models.values():
        sure = {p: c.half_width for p, c in model.certainty.items()}
        assert sure["rna+dna"] <= min(sure["rna"], sure["dna"])
        assert max(sure["rna"], sure["dna"]) <= sure["lineage"]
    row = tiny_samples.iloc[[0, 0, 0]].copy()
    row.index = pd.Index(["usual", "far", "farther"], name="sample_id")
    genes = [c for c in tiny_samples if c.startswith("expr.")]
    for name, times in (("usual", 0.0), ("far", 2.0), ("farther", 4.0)):
        row.loc[name, genes] = np.where(np.arange(len(genes)) % 2, times, -times)
    table = score(tiny_bundle, row, inhibitors=["sirolimus"])
    width = (table.interval_high - table.interval_low).to_numpy()
    assert table.in_domain.tolist() == [True, False, False]
    assert width[0] < width[1] < width[2]


def test_m2327i_overrides_an_atp_competitive_verdict_and_not_a_rapalogs(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """M2327I resists AZD8055 and not rapamycin (PMID 27279227)."""
    evidence = carriers(N00="p.Met2327Ile")
    scored = score(
        tiny_bundle, tiny_samples.iloc[:2], inhibitors=ASKED, evidence=evidence, looked_for=["N00"]
    )
    table = scored.set_index(["sample_id", "inhibitor"])
    plain = score(tiny_bundle, tiny_samples.iloc[:2], inhibitors=ASKED).set_index(["sample_id", "inhibitor"])
    hit = table.loc[("N00", "AZD8055")]
    assert hit.verdict == "overridden by evidence: resistance expected (MTOR M2327I, level D, PMID 27279227)"
    assert hit.evidence == "resistant: MTOR M2327I (MCF-7 clone), level D, PMID 27279227"
    rest = [column for column in table if column != "evidence"]
    assert_frame_equal(
        table.drop(("N00", "AZD8055"))[rest], plain.drop(("N00", "AZD8055"))[rest], check_exact=True
    )
    kept = table.loc[("N00", "sirolimus")].evidence
    assert kept.startswith("no difference: MTOR M2327I (MCF-7 clone), level D, PMID 27279227; ")
    # The number itself stays the model's own.
    assert hit.prediction == plain.loc[("N00", "AZD8055")].prediction


def test_a2034v_overrides_rapalogs_and_not_atp_competitive_inhibitors(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """The other way round: the FRB change blocks every rapalog, the class row too."""
    table = score(tiny_bundle, tiny_samples.iloc[:1], inhibitors=ASKED, evidence=carriers(N00="A2034V"))
    overridden = table.set_index("inhibitor").verdict.str.startswith(OVERRIDDEN)
    assert overridden.to_dict() == {"sirolimus": True, "AZD8055": False, "everolimus": True, "rapalog": True}


def test_an_activating_variant_is_shown_for_and_against_and_overrides_nothing(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Sensitive in cells and cases, no difference in cohorts (PMID 30327302)."""
    table = score(
        tiny_bundle,
        tiny_samples.iloc[:1],
        inhibitors=["sirolimus"],
        evidence=carriers(N00="S2215Y"),
        looked_for=["N00"],
    )
    plain = score(tiny_bundle, tiny_samples.iloc[:1], inhibitors=["sirolimus"])
    assert table.evidence[0] == (
        "sensitive: MTOR S2215Y (JHUEM7), level D, PMID 24631838; "
        "no difference: MTOR any mutation (renal cancer), level B, PMID 30327302"
    )
    assert table.verdict[0] == plain.verdict[0]


def test_resistance_of_a_class_of_changes_is_shown_and_overrides_nothing(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Prevents: "KRAS mutants did not benefit" read as certain resistance of every KRAS-mutant sample."""
    evidence = carriers("KRAS", N00="G12D")
    table = score(tiny_bundle, tiny_samples.iloc[:1], inhibitors=["sirolimus"], evidence=evidence)
    plain = score(tiny_bundle, tiny_samples.iloc[:1], inhibitors=["sirolimus"])
    assert table.evidence[0].startswith("resistant: KRAS any mutation (patients on everolimus, cell lines)")
    assert table.evidence[0].endswith("; resistance variants of the target: not looked for")
    assert table.verdict[0] == plain.verdict[0]


def test_a_decisive_variant_needs_no_excuse(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Prevents: "not looked for" beside the very variant that was found."""
    table = score(
        tiny_bundle, tiny_samples.iloc[:1], inhibitors=["sirolimus"], evidence=carriers(N00="F2108L")
    )
    assert "not looked for" not in table.evidence[0]


def test_evidence_of_another_form_is_refused(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """A wrong table must not read as "no evidence"."""
    with pytest.raises(InputError, match="evidence: lacks the column"):
        score(tiny_bundle, tiny_samples, evidence=pd.DataFrame({"sample_id": ["N00"]}))


def test_out_of_domain_gives_no_verdict_but_evidence_still_speaks(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """A sample unlike every training line: the number is shown, the words are withheld."""
    odd = tiny_samples.iloc[[0, 2]].copy()
    odd.loc["N00", [c for c in odd.columns if c.startswith(("path.", "env."))]] = 40.0
    table = score(tiny_bundle, odd, inhibitors=["sirolimus"]).set_index("sample_id")
    assert not table.in_domain["N00"]
    assert table.verdict["N00"] == OUT_OF_DOMAIN
    assert table.in_domain["N02"]
    assert np.isfinite(table.prediction["N00"])
    judged = score(tiny_bundle, odd, inhibitors=["sirolimus"], evidence=carriers(N00="F2108L"))
    assert judged.verdict[0].startswith(OVERRIDDEN)


def test_a_sample_of_which_nothing_is_known_gets_no_verdict(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """The mean of the training lines is no finding about this sample."""
    bare = tiny_samples.iloc[:1] * np.nan
    table = score(tiny_bundle, bare, inhibitors=["sirolimus"])
    assert table.verdict[0] == NOTHING_KNOWN
    assert table.modality_pattern[0] == "lineage"
    # Nor may it be ranked above anybody.
    assert table[["sensitivity_percentile", "probability_top_fifth"]].isna().all(axis=None)
    assert not table.in_domain[0]


def test_dna_without_lineage_gets_no_verdict(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Prevents: the certainty of DNA with lineage (r 0.41) claimed for DNA without it (0.20)."""
    rows = tiny_samples.iloc[[8, 0]].copy()
    rows[[c for c in rows.columns if c.startswith("lineage.")]] = np.nan
    table = score(tiny_bundle, rows, inhibitors=["sirolimus"])
    assert table.modality_pattern.tolist() == ["dna", "rna+dna"]
    assert table.verdict[0] == LINEAGE_UNKNOWN
    assert not table.verdict[1].startswith("no verdict: DNA")


def test_expression_that_is_no_rank_is_refused(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Prevents: log2 values under our names scored with a confident verdict (98 % "resistant", in domain)."""
    rows = tiny_samples.iloc[:2].copy()
    genes = [c for c in rows.columns if c.startswith("expr.")]
    rows[genes] = rows[genes] * 2.2 + 6
    with pytest.raises(InputError, match="no within-sample normal rank"):
        score(tiny_bundle, rows)


def test_what_was_not_looked_for_is_said(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """Prevents: an empty cell read as "no resistance variant"."""
    table = score(tiny_bundle, tiny_samples.iloc[:2], inhibitors=["sirolimus"], looked_for=["N01"])
    assert table.evidence.tolist() == ["not looked for", ""]


def test_words_follow_the_calibrated_chance(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """An uncalibrated model (slope 0) must say "average" of everybody."""
    level = float(np.log(0.2 / 0.8))
    flat = with_certainty(tiny_bundle, "sirolimus@GDSC2", logit_slope=0.0, logit_intercept=level)
    inside = score(flat, tiny_samples, inhibitors=["sirolimus"]).query("in_domain")
    assert set(inside.verdict) == {"about average"}


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (1.0, "much more likely sensitive than average"),
        (0.4, "much more likely sensitive than average"),
        (0.35, "more likely sensitive than average"),
        (0.2, "about average"),
        (0.12, "less likely sensitive than average"),
        (0.0, "much less likely sensitive than average"),
    ],
)
def test_words_for_a_chance(probability: float, words: str) -> None:
    """Against the base rate of 0.2, never "will respond"."""
    assert words_for(probability) == words


@given(st.floats(0, 1), st.floats(0, 1))
def test_words_never_run_against_the_chance(one: float, other: float) -> None:
    """A greater chance never reads as a smaller one."""
    rank = {words_for(p): k for k, p in enumerate((0.0, 0.12, 0.2, 0.35, 0.5))}
    low, high = sorted((one, other))
    assert rank[words_for(low)] <= rank[words_for(high)]


def test_what_is_no_probability_has_no_words() -> None:
    """A NaN must not fall through to "much less likely"."""
    for wrong in (math.nan, -0.1):
        with pytest.raises(ValueError, match="not a probability"):
            words_for(wrong)
    assert (
        verdict(math.nan, in_domain=False, known=True, lineage=True, against=[], by_class=None)
        == OUT_OF_DOMAIN
    )
