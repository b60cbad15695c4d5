"""The pyfunc: the bits of the command line, from any shape of input that MLflow hands over."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from predictor.registry import promote
from predictor.report import plots
from predictor.scoring import COLUMNS, score
from predictor.serving import BundleModel, by_sample, input_example, requirements, signature
from predictor.tracking import log_training
from predictor.tracking_store import connected
from tests.predictor.tracked import empty_store, make_result


@pytest.fixture(scope="module", autouse=True)
def blank_pictures():
    """What is drawn does not matter here, and pictures take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda figure, path: Path(path).touch())
        yield


@pytest.fixture(scope="module")
def champion(tiny, tmp_path_factory):
    """Loaded as a user loads it."""
    import mlflow

    uri = empty_store(tmp_path_factory.mktemp("serving"))
    log_training(make_result(tiny), tracking_uri=uri)
    promote(tracking_uri=uri)
    with connected(uri):
        return mlflow.pyfunc.load_model("models:/mtorc1-response@champion")


def test_the_champion_predicts_what_the_command_line_predicts(champion, tiny_bundle, tiny_samples):
    served = champion.predict(tiny_samples)
    pd.testing.assert_frame_equal(served, score(tiny_bundle, tiny_samples), check_exact=True)
    assert (
        served.prediction.to_numpy().tobytes()
        == score(tiny_bundle, tiny_samples).prediction.to_numpy().tobytes()
    )


def test_inhibitors_are_chosen_by_a_parameter(champion, tiny_bundle, tiny_samples):
    served = champion.predict(tiny_samples, params={"inhibitors": "rapamycin, everolimus,rapalog"})
    expected = score(tiny_bundle, tiny_samples, inhibitors=["rapamycin", "everolimus", "rapalog"])
    pd.testing.assert_frame_equal(served, expected, check_exact=True)
    assert set(served.inhibitor) == {"sirolimus", "everolimus", "rapalog"}


def test_an_unknown_inhibitor_is_one_line(champion, tiny_samples):
    with pytest.raises(InputError, match="sirolimu"):
        champion.predict(tiny_samples, params={"inhibitors": "sirolimuss"})


def test_a_column_names_the_samples_where_there_is_no_index(champion, tiny_bundle, tiny_samples):
    served = champion.predict(tiny_samples.reset_index())
    pd.testing.assert_frame_equal(served, score(tiny_bundle, tiny_samples), check_exact=True)


def test_a_modality_that_was_not_measured_may_be_absent(champion, tiny_bundle, tiny_samples):
    rna = [c for c in tiny_samples.columns if tiny_bundle.roles.modality[c] == "rna"]
    without = champion.predict(tiny_samples.drop(columns=rna))
    expected = score(tiny_bundle, tiny_samples.assign(**dict.fromkeys(rna, np.nan)))
    np.testing.assert_array_equal(without.prediction, expected.prediction)
    assert set(without.modality_pattern) <= {"dna", "lineage"}


def test_whole_numbers_and_columns_in_any_order_are_taken(champion, tiny_bundle, tiny_samples):
    # A CSV of 0 and 1 is read as integers; a signature of integers would break on the first missing value.
    complete = tiny_samples.iloc[:8]
    turned = complete.astype({"mut.KRAS": np.int64, "mut.TP53": np.int32})[complete.columns[::-1]]
    pd.testing.assert_frame_equal(champion.predict(turned), score(tiny_bundle, complete), check_exact=True)


def test_samples_come_back_by_name_and_in_order(champion, tiny_samples):
    turned = tiny_samples.iloc[::-1]
    assert champion.predict(turned).sample_id.unique().tolist() == turned.index.tolist()


def test_the_signature_is_of_optional_doubles(champion, tiny_bundle):
    inputs = champion.metadata.signature.inputs
    assert inputs.input_names() == ["sample_id", *tiny_bundle.columns]
    assert not inputs.required_input_names()
    assert {str(spec.type) for spec in inputs.inputs[1:]} == {"DataType.double"}
    assert champion.metadata.signature.outputs.input_names() == list(COLUMNS)
    assert champion.metadata.signature.params.params[0].name == "inhibitors"


def test_the_types_promised_are_the_types_given(tiny_bundle, tiny_samples):
    table = score(tiny_bundle, tiny_samples)
    for spec in signature(tiny_bundle).outputs.inputs:
        kind = table[spec.name].dtype.kind
        assert kind == {"string": "O", "double": "f", "boolean": "b"}[spec.type.name], spec.name


def test_the_input_example_is_small_valid_and_of_nobody(champion, tiny, tiny_bundle):
    example = input_example(tiny_bundle)
    assert len(example) == 2
    assert not set(example.sample_id) & set(tiny.study.features.index)
    assert len(example.to_json()) < 5000
    # Through JSON, as a server gets it.
    parsed = json.loads(example.to_json(orient="split"))
    table = champion.predict(pd.DataFrame(parsed["data"], columns=parsed["columns"]))
    assert table.sample_id.unique().tolist() == ["example_wild_type", "example_altered"]
    assert np.isfinite(table.prediction).all()
    assert champion.input_example.shape == example.shape


def test_an_example_of_a_model_without_dna_is_still_an_example(tiny_bundle):
    from dataclasses import replace

    from predictor.modalities import ColumnRoles

    roles = ColumnRoles(dict.fromkeys(tiny_bundle.columns, "rna"), frozenset())
    assert input_example(replace(tiny_bundle, roles=roles)).columns.tolist() == ["sample_id"]


def test_an_unnamed_sample_is_refused():
    with pytest.raises(InputError, match="row 2 has no sample_id"):
        by_sample(pd.DataFrame({"sample_id": ["a", None], "x": [1.0, 2.0]}))


def test_numbered_rows_become_names_and_the_input_is_not_changed():
    given = pd.DataFrame({"x": [1.0, 2.0]})
    assert by_sample(given).index.tolist() == ["0", "1"]
    assert given.index.tolist() == [0, 1]


def test_requirements_are_exact_and_short():
    assert requirements({"numpy": "2.0", "mtorc1-response": "0.1", "scipy": "1"}) == [
        "mtorc1-response==0.1",
        "numpy==2.0",
    ]
    assert any(line.startswith("mlflow==") for line in requirements())


def test_a_bundle_with_one_byte_changed_is_not_served(tiny_bundle, tmp_path):
    from types import SimpleNamespace

    from predictor.bundle import save_bundle

    folder = save_bundle(tiny_bundle, tmp_path / "bundle")
    file = next(folder.rglob("*.ubj.gz"))
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="altered"):
        BundleModel().load_context(SimpleNamespace(artifacts={"bundle": str(folder)}))
