"""The bundles that come with the package: small, whole, honest about what they learned, usable at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import catalogue_rows, describe
from features.errors import InputError
from features.matrix import build_matrix
from predictor.bundle import Bundle, load_bundle, released_bundle_path
from predictor.cli.inputs import read_bundle
from predictor.experiment import read_experiment
from predictor.scoring import score

EXPERIMENTS = Path(__file__).parents[2] / "experiments"
SMALL = 10_000_000
NAMES = ("default", "mechanistic")


@pytest.fixture(scope="module", params=NAMES)
def released(request: pytest.FixtureRequest) -> Bundle:
    return load_bundle(released_bundle_path(request.param))


@pytest.mark.parametrize("name", NAMES)
def test_it_is_small_and_has_its_card(name: str) -> None:
    folder = Path(str(released_bundle_path(name)))
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < SMALL
    assert "Not a medical device" in (folder / "MODEL_CARD.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_what_the_experiment_of_today_makes(name: str) -> None:
    """Prevents: an experiment file that no longer describes the model that is released under its name."""
    facts = load_bundle(released_bundle_path(name)).facts
    assert facts["experiment"] == read_experiment(EXPERIMENTS / f"{name}.toml").facts()
    assert not facts["uses_measured_growth"]


def test_the_mechanistic_one_knows_readable_features_only() -> None:
    bundle = load_bundle(released_bundle_path("mechanistic"))
    assert [c for c in bundle.columns if c.startswith("expr.")] == []
    assert {sub.wide for model in bundle.models.values() for sub in model.submodels.values()} == {()}


def test_a_released_bundle_is_called_by_its_name_and_a_folder_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_bundle("mechanistic").version == load_bundle(released_bundle_path("mechanistic")).version
    with pytest.raises(InputError, match="use one of default, mechanistic, or the path of a bundle folder"):
        read_bundle("mechanic")
    (tmp_path / "mechanistic").mkdir()
    with pytest.raises(InputError, match="mechanistic"):
        read_bundle("mechanistic")


def test_what_the_catalogue_calls_computed_was_not_learned(released: Bundle) -> None:
    for name, model in released.models.items():
        for pattern, sub in model.submodels.items():
            computed = [c for c in sub.readable if describe(c).default_use != "learned"]
            assert computed == [], f"{name}, {pattern}"


def test_what_the_catalogue_calls_learned_was_learned(released: Bundle) -> None:
    """Prevents: a feature told to readers as learned of which no training sample taught anything."""
    learned = {
        name for m in released.models.values() for sub in m.submodels.values() for name in sub.readable
    }
    called = {
        row.name
        for row in catalogue_rows()
        if row.default_use == "learned" and row.family in released.families and "{" not in row.name
    }
    assert called == learned


def test_it_knows_the_columns_that_we_build(released: Bundle, small_cohort) -> None:
    built = build_matrix(small_cohort, ("mutations", "clonality", "msi", "lineage")).values.columns
    assert set(built) <= set(released.columns)


def test_a_sample_of_which_only_the_lineage_is_known_is_answered(released: Bundle) -> None:
    row = pd.DataFrame(0.0, index=["s"], columns=[c for c in released.columns if c.startswith("lineage.")])
    row["lineage.skin"] = 1.0
    table = score(released, row, inhibitors=["everolimus", "AZD8055"])
    assert set(table.modality_pattern) == {"lineage"}
    assert np.isfinite(table.prediction).all()
    assert (table.interval_low < table.prediction).all()


@pytest.mark.gdsc
def test_the_training_lines_get_sensible_answers(released: Bundle, gdsc_cohort) -> None:
    """Prevents: a released bundle whose features mean something else than those that are built today."""
    few = gdsc_cohort.select(list(gdsc_cohort.samples.sample_id[::8]))
    table = score(released, build_matrix(few).values, inhibitors=["sirolimus"]).set_index("sample_id")
    measured = few.responses[
        (few.responses.inhibitor == "sirolimus")
        & (few.responses.screen == "GDSC2")
        & (few.responses.metric == "ln_ic50_um")
    ].set_index("sample_id")["value"]
    # The model has seen these lines, so this is no measure of accuracy, only of the inputs' meaning.
    assert np.corrcoef(table.prediction.loc[measured.index], measured)[0, 1] > 0.5
    assert table.in_domain.mean() > 0.95
