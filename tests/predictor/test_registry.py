"""Promotion: a challenger takes over for a reason, and only on the same lines, folds and measurements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from predictor.evaluation import MODEL
from predictor.metrics import draw_weights, pearson_over_folds
from predictor.registry import NotComparableError, compare, promote, registered_bundle
from predictor.report import plots
from predictor.tracking import log_training
from predictor.tracking_store import MODEL_NAME, connected
from tests.predictor.tracked import empty_store, make_result


def predictions(quality: float, *, n: int = 300, seed: int = 0, targets=("a@S", "b@S")) -> pd.DataFrame:
    """Out-of-fold predictions; the measured values do not depend on the quality."""
    truth, noise = np.random.default_rng(1), np.random.default_rng(1000 + seed)
    pieces = []
    for target in targets:
        measured = truth.normal(size=n)
        prediction = quality * measured + noise.normal(size=n)
        pieces.append(
            pd.DataFrame(
                {
                    "sample_id": [f"L{i:03d}" for i in range(n)],
                    "target": target,
                    "fold": np.arange(n) % 5,
                    "predictor": MODEL,
                    "pattern": "rna+dna",
                    "prediction": prediction,
                    "measured": measured,
                }
            )
        )
    return pd.concat(pieces, ignore_index=True)


def test_a_better_challenger_is_seen():
    difference = compare(predictions(2.0), predictions(0.2, seed=1))
    assert difference.low > 0.2
    assert difference.low < difference.value < difference.high


def test_the_same_predictions_are_not_better():
    same = compare(predictions(1.0), predictions(1.0))
    assert (same.value, same.low, same.high) == (0, 0, 0)


def test_challenger_and_champion_mirror_each_other():
    there, back = (
        compare(a, b) for a, b in [(predictions(2), predictions(1)), (predictions(1), predictions(2))]
    )
    np.testing.assert_allclose(
        [there.value, there.low, there.high], [-back.value, -back.high, -back.low], atol=1e-12
    )


def test_the_difference_is_that_of_the_means_over_inhibitors():
    new, old = predictions(1.5), predictions(0.5, seed=4)
    once = np.ones((1, 300), dtype=int)

    def mean(table):
        return np.mean(
            [
                pearson_over_folds(t.prediction.to_numpy(), t.measured.to_numpy(), t.fold.to_numpy(), once)[0]
                for _, t in table.groupby("target")
            ]
        )

    assert compare(new, old).value == pytest.approx(mean(new) - mean(old), abs=1e-12)


def test_lines_are_drawn_once_for_all_targets():
    # Two copies of one inhibitor hold no more evidence than one: independent draws would narrow the interval.
    new, old = predictions(1.2, targets=("a@S",)), predictions(1.0, seed=3, targets=("a@S",))
    one = compare(new, old)
    twice = [pd.concat([t, t.assign(target="b@S")], ignore_index=True) for t in (new, old)]
    two = compare(*twice)
    np.testing.assert_allclose([one.low, one.high], [two.low, two.high], atol=1e-12)
    assert draw_weights(3, 2, 0).shape == (2, 3)


def test_the_order_of_rows_does_not_matter():
    new, old = predictions(1.2), predictions(1.0, seed=3)
    assert compare(new.sample(frac=1, random_state=2), old.sample(frac=1, random_state=5)) == compare(
        new, old
    )


def test_rungs_patterns_and_classes_are_left_out():
    new, old = predictions(1.2), predictions(1.0, seed=3)
    others = pd.concat(
        [
            old.assign(predictor="tissue"),
            old.assign(target="rapalog"),
            old.assign(measured=np.nan, target="c@S"),
        ]
    )
    assert compare(pd.concat([new, others]), pd.concat([old, others])) == compare(new, old)


def test_a_target_that_only_the_challenger_has_does_not_count():
    new, old = predictions(1.2), predictions(1.0, seed=3)
    assert compare(pd.concat([new, new[new.target == "a@S"].assign(target="z@S")]), old) == compare(new, old)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda t: t.assign(fold=(t.fold + (t.sample_id == "L001")) % 5), "other folds"),
        (lambda t: t.assign(measured=t.measured + 1e-3), "measured responses differ"),
        (lambda t: t[t.sample_id != "L001"], "in one evaluation only"),
        (lambda t: t[t.target != "b@S"], "does not predict b@S"),
    ],
)
def test_what_is_not_the_same_is_not_compared(spoil, reason):
    # Another split or another release can move r by more than a model does.
    with pytest.raises(NotComparableError, match=reason):
        compare(spoil(predictions(2.0)), predictions(1.0))


def test_a_champion_without_inhibitors_is_not_compared():
    with pytest.raises(NotComparableError, match="no inhibitor"):
        compare(predictions(1.0), predictions(1.0).assign(target="rapalog"))


@given(st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_the_interval_holds_its_value(seed):
    found = compare(predictions(1.1, n=80, seed=seed), predictions(1.0, n=80, seed=seed + 1), draws=200)
    assert found.low <= found.value + 0.1
    assert found.value - 0.1 <= found.high


# ---- against a real registry


@pytest.fixture(scope="module", autouse=True)
def blank_pictures():
    """What is drawn does not matter here, and pictures take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda figure, path: Path(path).touch())
        yield


@pytest.fixture(scope="module")
def uri(tiny, tmp_path_factory):
    """Version 1 is bad, 2 is good, 3 is of patients."""
    where = empty_store(tmp_path_factory.mktemp("registry"))
    for change in ({"noise": 20.0}, {}, {"patients": True}):
        log_training(make_result(tiny, **change), tracking_uri=where)
    return where


@pytest.fixture(autouse=True)
def no_champion(request):
    """Each test begins without a champion."""
    yield
    if "uri" in request.fixturenames:
        with connected(request.getfixturevalue("uri")) as store:
            store.client.delete_registered_model_alias(MODEL_NAME, "champion")


def champion(uri):
    with connected(uri) as store:
        return store.client.get_model_version_by_alias(MODEL_NAME, "champion")


def test_the_first_version_is_promoted(uri):
    found = promote(version=1, tracking_uri=uri)
    assert found.promoted
    assert found.reason.startswith("first")
    assert (found.difference, found.challenger, found.champion) == (None, "1", None)
    assert champion(uri).version == 1
    assert champion(uri).tags["promotion"].startswith("yes: first")


def test_the_better_one_takes_over_and_the_worse_one_does_not(uri):
    promote(version="1", tracking_uri=uri)
    found = promote(version=2, tracking_uri=uri)
    assert found.promoted
    assert found.difference.low > 0
    assert found.reason.startswith("better")
    assert (found.challenger, found.champion) == ("2", "1")
    back = promote(version=1, tracking_uri=uri)
    assert not back.promoted
    assert back.reason.startswith("not better")
    assert champion(uri).version == 2


def test_force_promotes_and_says_so(uri):
    promote(version=2, tracking_uri=uri)
    found = promote(version=1, force=True, tracking_uri=uri)
    assert found.promoted
    assert found.reason.startswith("forced; not better")
    assert champion(uri).version == 1
    assert "forced" in champion(uri).tags["promotion"]


def test_force_on_a_better_one_is_not_called_forced(uri):
    promote(version=1, tracking_uri=uri)
    assert promote(version=2, force=True, tracking_uri=uri).reason.startswith("better")


def test_the_champion_cannot_be_its_own_challenger(uri):
    promote(version=2, tracking_uri=uri)
    found = promote(version=2, force=True, tracking_uri=uri)
    assert not found.promoted
    assert "already" in found.reason


def test_the_newest_is_the_challenger_and_patients_cannot_be_compared(uri):
    promote(version=2, tracking_uri=uri)
    found = promote(tracking_uri=uri)
    assert found.challenger == "3"
    assert not found.promoted
    assert found.reason == "not comparable: the run of version 3 keeps no out-of-fold predictions"
    assert promote(force=True, tracking_uri=uri).reason.startswith("forced; not comparable")


def test_a_run_that_is_gone_cannot_be_compared(uri):
    promote(version=1, tracking_uri=uri)
    with connected(uri) as store:
        version = store.client.get_model_version(MODEL_NAME, "2")
        real = store.client
        from predictor.registry import _out_of_fold
        from predictor.tracking_store import TrackingStore

        version._run_id = "0" * 32
        with pytest.raises(NotComparableError, match="version 2 is gone"):
            _out_of_fold(TrackingStore(uri, real), version)


@pytest.mark.parametrize(
    ("version", "text"), [(9, "no version 9; choose among 1, 2, 3"), ("x", "no version 'x'")]
)
def test_an_unknown_version_is_named(uri, version, text):
    with pytest.raises(InputError, match=text):
        promote(version=version, tracking_uri=uri)
    promote(version=1, tracking_uri=uri)


@pytest.mark.parametrize(
    ("name", "text"), [("nothing-here", "no registered model"), ("a'b", "cannot be the name")]
)
def test_an_unknown_model_is_named(uri, name, text):
    with pytest.raises(InputError, match=text):
        promote(name, tracking_uri=uri)
    promote(version=1, tracking_uri=uri)


@pytest.fixture(scope="module")
def registered(tiny, tmp_path_factory) -> str:
    uri = empty_store(tmp_path_factory.mktemp("registered"))
    log_training(make_result(tiny), tracking_uri=uri)
    return uri


def test_a_registered_bundle_is_the_one_that_was_logged(registered, tiny_bundle):
    """Prevents: a second way to load a model that gives other numbers than the file."""
    assert (
        registered_bundle("models:/mtorc1-response/1", tracking_uri=registered).version == tiny_bundle.version
    )
    with pytest.raises(InputError, match="no alias 'champion'"):
        registered_bundle("models:/mtorc1-response@champion", tracking_uri=registered)
    promote(tracking_uri=registered)
    found = registered_bundle("models:/mtorc1-response@champion", tracking_uri=registered)
    assert found.version == tiny_bundle.version


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("models:/mtorc1-response", "is no registered model"),
        ("models:/mtorc1-response/9", "no version '9'"),
        ("models:/nobody/1", "no registered model 'nobody'"),
    ],
)
def test_a_reference_that_names_nothing_is_one_line(registered, reference, says):
    with pytest.raises(InputError, match=says):
        registered_bundle(reference, tracking_uri=registered)


def test_a_registered_bundle_with_a_changed_byte_is_refused(registered):
    folder = next(
        Path(registered.removeprefix("sqlite:///")).parent.rglob("artifacts/artifacts/bundle/arrays.npz")
    )
    whole = folder.read_bytes()
    folder.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    try:
        with pytest.raises(InputError, match=r"arrays\.npz"):
            registered_bundle("models:/mtorc1-response/1", tracking_uri=registered)
    finally:
        folder.write_bytes(whole)
