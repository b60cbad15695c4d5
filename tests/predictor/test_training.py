"""From an experiment to a judged bundle; above all, no held-out response reaches a fit."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from predictor import target_model, training
from predictor.evaluation import MODEL, RIDGE_CONSENSUS, cross_validate, judge, mean_over_targets, withhold
from predictor.experiment import Experiment
from predictor.modalities import ColumnRoles
from predictor.provenance import git_revision, library_versions
from predictor.response import ResponseScale, Target
from predictor.splits import assign_folds
from predictor.study import column_roles


@pytest.fixture(scope="module")
def experiment(cohort_maker, tmp_path_factory) -> Experiment:
    from features.knowledge import knowledge_table

    genes = list(knowledge_table("gene_universe").approved_symbol)
    folder = tmp_path_factory.mktemp("cohorts") / "made"
    cohort_maker(90, genes, name="made").write(folder)
    return Experiment.model_validate(
        {
            "name": "made_with_growth",
            "data": {"cohort": str(folder)},
            "features": {
                "families": ["mutations", "pathways", "growth", "measured_growth", "lineage", "expression"]
            },
            "response": {
                "screens": ["GDSC2", "GDSC1"],
                "consensus": ["sirolimus@GDSC1", "sirolimus@GDSC2", "temsirolimus@GDSC2", "AZD8055@GDSC1"],
                "least_lines": 30,
            },
            "model": {"least_carriers": 5, "inner_folds": 3, "trees": {"max_rounds": 20}},
            "evaluation": {"folds": 3, "draws": 100},
        }
    )


@pytest.fixture(scope="module")
def study(experiment: Experiment):
    return training.build_study(experiment)[0]


@pytest.fixture(scope="module")
def result(experiment: Experiment) -> training.TrainingResult:
    heard: list[tuple[str, int, int]] = []
    made = training.train(experiment, jobs=2, progress=lambda *step: heard.append(step))
    assert any(label.startswith("evaluate") and done == total > 0 for label, done, total in heard)
    return made


def _predictions(table: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    return table[table.sample_id.isin(ids)].set_index(["sample_id", "target", "predictor"])[["prediction"]]


def test_no_response_of_a_held_out_line_reaches_any_fitted_step(study) -> None:
    """Prevents: leaks through scaling, consensus, calibration, feature choice, rounds or penalty.

    If the held-out lines' responses to every inhibitor in every screen are replaced by nonsense, nothing that
    is predicted for them may change by a bit; and the responses of training lines must matter, or this test
    could not fail.
    """
    ids = list(study.features.index)
    assignment = np.where(assign_folds(ids, 3, 0) == 0, 0, -1)
    held = [i for i, fold in zip(ids, assignment, strict=True) if fold == 0]
    before = cross_validate(study, assignment, patterns=("rna", "dna", "lineage"))
    nonsense = study.responses.copy()
    nonsense.loc[held] = np.random.default_rng(1).normal(50, 20, (len(held), nonsense.shape[1]))
    after = cross_validate(
        dataclasses.replace(study, responses=nonsense), assignment, patterns=("rna", "dna", "lineage")
    )
    pd.testing.assert_frame_equal(_predictions(before, held), _predictions(after, held), check_exact=True)
    shifted = study.responses.copy()
    shifted.loc[[i for i in ids if i not in held]] += np.random.default_rng(2).normal(
        0, 1, (len(ids) - len(held), 1)
    )
    other = cross_validate(dataclasses.replace(study, responses=shifted), assignment, rungs=False)
    mine = _predictions(other, held).prediction
    assert not np.allclose(mine, _predictions(before, held).prediction.loc[mine.index])


def test_one_core_or_two_and_any_row_order_give_the_same_bits(study) -> None:
    ids = list(study.features.index)
    assignment = assign_folds(ids, 3, 0)
    one = cross_validate(study, assignment, jobs=1)
    order = np.random.default_rng(0).permutation(len(ids))
    shuffled = dataclasses.replace(
        study, features=study.features.iloc[order], responses=study.responses.iloc[order]
    )
    two = cross_validate(shuffled, assignment[order], jobs=2)
    index = ["sample_id", "target", "predictor"]
    one = one[one.predictor == MODEL].set_index(index).sort_index()
    two = two[two.predictor == MODEL].set_index(index).sort_index()
    assert (one.prediction == two.prediction).all()


def test_withholding_leaves_only_the_patterns_columns(study) -> None:
    dna = withhold(study.features, study.roles, "dna")
    known = set(dna.columns[dna.notna().any()])
    assert known
    assert all(c.startswith(("mut.", "lineage.", "growth.measured")) for c in known)


def test_every_predictor_is_judged_on_the_same_lines(result) -> None:
    counts = pd.DataFrame(
        [(s.target, s.predictor, s.n) for s in result.scores], columns=["target", "predictor", "n"]
    )
    assert (counts.groupby("target").n.nunique() == 1).all()
    names = {
        "drug_mean",
        "tissue",
        "growth",
        "growth_tissue",
        "ridge_genes",
        RIDGE_CONSENSUS,
        MODEL,
        "rna",
        "dna",
        "lineage",
    }
    assert set(counts.predictor) == names
    assert all((s.gain_of_model is None) == (s.predictor == MODEL) for s in result.scores)


def test_a_line_that_was_not_measured_is_predicted_and_not_judged(result) -> None:
    rows = result.out_of_fold[result.out_of_fold.predictor == MODEL]
    unmeasured = rows.measured.isna()
    assert unmeasured.any()
    assert np.isfinite(rows.prediction).all()
    for score in result.scores:
        assert score.n == (~unmeasured[rows.target == score.target]).sum()


def test_the_summary_over_targets_is_a_mean_of_per_target_values(result) -> None:
    """Prevents: Simpson's paradox (pooled R2 0.64, within inhibitors 0.04)."""
    targets = [t.name for t in result.study.targets]
    values = [s.metrics["pearson"].value for s in result.scores if s.predictor == MODEL]
    assert mean_over_targets(result.scores, MODEL, targets, "pearson") == pytest.approx(np.mean(values))
    assert np.isnan(mean_over_targets(result.scores, MODEL, [], "pearson"))
    tissue, growth = result.study.ladder.tissue, result.study.ladder.growth
    again = judge(result.out_of_fold, draws=100, seed=1, tissue=tissue, growth=growth)
    assert again[0].metrics == result.scores[0].metrics


def test_targets_are_inhibitors_in_their_preferred_screen_and_classes(result) -> None:
    assert [t.name for t in result.study.targets] == [
        "AZD8055@GDSC2", "dactolisib@GDSC1", "OSI-027@GDSC2", "sirolimus@GDSC2", "temsirolimus@GDSC2",
        "rapalog",
    ]  # fmt: skip
    assert set(result.bundle.models) == {t.name for t in result.study.targets}


def test_the_bundle_says_where_it_came_from(result, experiment: Experiment) -> None:
    facts = result.bundle.facts
    assert facts["experiment"] == experiment.facts()
    assert facts["uses_measured_growth"]
    assert facts["git_revision"] == git_revision()
    assert facts["libraries"] == library_versions()
    assert len(facts["scores"]) == len(result.scores)
    assert set(result.seconds) == {"evaluate", "fit"}


def test_each_pattern_knows_how_sure_it_is(result) -> None:
    for model in result.bundle.models.values():
        assert set(model.certainty) == set(model.domain) == set(model.submodels)
        assert all(0 < c.half_width < np.inf for c in model.certainty.values())


def test_frozen_folds_and_the_benchmarks_own_names(experiment: Experiment, tmp_path: Path) -> None:
    folds = tmp_path / "folds.csv"
    folds.write_text("cell_line_name,fold\n" + "".join(f"LINE{i},{i % 2}\n" for i in range(80)))
    judged = training.evaluate(experiment, folds_file=str(folds), jobs=2)
    table = training.benchmark_predictions(judged, "GDSC2")
    assert list(table.columns) == ["cell_line_name", "drug", "prediction"]
    assert set(table.cell_line_name) == {f"LINE{i}" for i in range(80)}
    assert set(table.drug) == {"Rapamycin", "Temsirolimus", "AZD8055", "OSI-027"}
    assert not table.duplicated(["cell_line_name", "drug"]).any()


def test_an_experiment_whose_inhibitors_were_hardly_measured_is_refused(experiment: Experiment) -> None:
    strict = experiment.model_copy(
        update={
            "response": experiment.response.model_copy(
                update={"least_lines": 10_000, "consensus": ("AZD8055@GDSC1",)}
            )
        }
    )
    with pytest.raises(InputError, match="10000 lines"):
        training.build_study(strict)


@pytest.mark.parametrize(
    ("section", "change", "says"),
    [
        ("response", {"screens": ("GDSC9",)}, "GDSC9"),
        ("response", {"least_lines": 5000}, "5000 lines"),
        ("evaluation", {"folds": 5000}, "5000 folds"),
        ("evaluation", {"split": "tissue", "folds": 6}, "6 folds cannot be made of 5 tissues"),
        ("evaluation", {"split": "screen", "held_out_screens": ("GDSC9",)}, "GDSC9"),
    ],
)
def test_an_experiment_that_asks_for_what_is_not_there_is_refused(
    experiment: Experiment, section: str, change: dict[str, object], says: str
) -> None:
    """Prevents: a typing error that trains another experiment than the one that was meant."""
    changed = getattr(experiment, section).model_copy(update=change)
    with pytest.raises(InputError, match=says):
        training.evaluate(experiment.model_copy(update={section: changed}))


def test_frozen_folds_that_hold_out_next_to_nothing_are_refused(
    experiment: Experiment, tmp_path: Path
) -> None:
    folds = tmp_path / "folds.csv"
    folds.write_text("cell_line_name,fold\nLINE1,0\nLINE2,1\n")
    with pytest.raises(InputError, match="hold out 10 lines"):
        training.evaluate(experiment, folds_file=str(folds))


def test_a_pattern_that_the_features_cannot_teach_is_left_out(experiment: Experiment) -> None:
    """Prevents: an experiment without DNA that fails after its whole evaluation."""
    rna_only = experiment.model_copy(
        update={
            "name": "rna_only",
            "features": experiment.features.model_copy(update={"families": ("pathways", "lineage")}),
        }
    )
    result = training.train(rna_only, jobs=2)
    assert result.study.settings.patterns == ("rna", "lineage")
    assert all(set(model.submodels) == {"rna", "lineage"} for model in result.bundle.models.values())
    nothing = rna_only.model_copy(update={"model": rna_only.model.model_copy(update={"patterns": ("dna",)})})
    with pytest.raises(InputError, match="can be learned"):
        training.build_study(nothing)


def test_a_count_that_grows_with_the_panel_is_not_learned(result) -> None:
    for model in result.bundle.models.values():
        assert all("mut.n_network_genes" not in sub.readable for sub in model.submodels.values())


def test_pooling_is_chosen_by_what_it_teaches_about_the_target() -> None:
    """Prevents: a consensus forced on an inhibitor that disagrees with it (GSK1059615)."""
    rng = np.random.default_rng(0)
    genes = pd.DataFrame(rng.normal(size=(120, 40)), columns=[f"expr.G{j}" for j in range(40)])
    signal, other = genes.iloc[:, 0].to_numpy(), genes.iloc[:, 1].to_numpy()
    roles = ColumnRoles(dict.fromkeys(genes, "rna"), frozenset(genes))
    measured = signal + rng.normal(0, 1.5, 120)
    agreeing, disagreeing = signal + rng.normal(0, 0.3, 120), other
    for consensus, expected in ((agreeing, 1), (disagreeing, 0)):
        pooled = [measured, 0.5 * measured + 0.5 * consensus]
        assert target_model._best_pooling(genes, roles, pooled, measured) == expected


def test_an_inhibitor_of_one_screen_keeps_its_own_choice(study) -> None:
    """Prevents: the share of inhibitors measured twice forced on one that disagrees with them."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=300)
    names = ["sirolimus@GDSC1", "sirolimus@GDSC2", "AZD8055@GDSC1", "AZD8055@GDSC2", "GSK1059615@GDSC1"]
    responses = pd.DataFrame({name: common + rng.normal(size=300) for name in names})
    scale = ResponseScale.fit(responses, names[:4])
    settings = dataclasses.replace(study.settings, pooling=(0.0, 0.5), across_screens=True)
    twice = Target(names[1], "sirolimus", "rapalog", "ln_ic50_um", (names[1],))
    once = Target(names[4], "GSK1059615", "dual_pi3k_mtor", "ln_ic50_um", (names[4],))
    assert target_model._shares(responses, once, scale, settings) == (0.0, 0.5)
    (share,) = target_model._shares(responses, twice, scale, settings)
    assert 0.5 < share <= 1
    unasked = dataclasses.replace(settings, across_screens=False)
    assert target_model._shares(responses, twice, scale, unasked) == (0.0, 0.5)


def test_a_column_without_a_catalogue_row_stops_the_training(study) -> None:
    from features.errors import InputError as Refused

    with pytest.raises((LookupError, Refused)):
        column_roles(pd.Index(["mut.TP53", "mut.NOT_A_FEATURE"]))


def test_a_revision_is_unknown_outside_a_source_tree(monkeypatch) -> None:
    monkeypatch.setattr("subprocess.run", lambda *_, **__: (_ for _ in ()).throw(FileNotFoundError()))
    assert git_revision() == "unknown"


def test_the_cohort_travels_with_the_result(result) -> None:
    assert isinstance(result.cohort, Cohort)
    assert result.cohort.name == "made"
