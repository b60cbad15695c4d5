"""The model as MLflow serves it: a feature matrix in, the Prediction table of `mtorc1 score` out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from predictor.bundle import Bundle, load_bundle
from predictor.provenance import library_versions
from predictor.scoring import score
from predictor.tracking_store import BUNDLE, quiet_mlflow

# The base class is needed to define ours, so this module alone imports MLflow on import.
quiet_mlflow()

from mlflow.models import ModelSignature  # noqa: E402
from mlflow.pyfunc import PythonModel  # noqa: E402
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema  # noqa: E402

#: The optional column that names the samples, for callers (such as JSON over HTTP) whose tables have no
#: index.
SAMPLE_ID = "sample_id"
#: The parameter that chooses inhibitors: names or classes, with commas; empty for all that the model can
#: answer.
INHIBITORS = "inhibitors"

#: The code that a logged model is made from.
MODEL_CODE = Path(__file__).with_name("mlflow_model_code.py")

#: Libraries whose version can change a bit of a prediction, or keep the model from loading.
_REQUIRED = ("mtorc1-response", "mlflow", "numpy", "pandas", "xgboost-cpu", "xgboost")

_OUTPUTS = {
    "sample_id": DataType.string,
    "inhibitor": DataType.string,
    "inhibitor_class": DataType.string,
    "target": DataType.string,
    "prediction": DataType.double,
    "unit": DataType.string,
    "interval_low": DataType.double,
    "interval_high": DataType.double,
    "sensitivity_percentile": DataType.double,
    "probability_top_fifth": DataType.double,
    "modality_pattern": DataType.string,
    "missing_inputs": DataType.string,
    "in_domain": DataType.boolean,
    "evidence": DataType.string,
    "verdict": DataType.string,
    "harmonisation": DataType.string,
    "model_version": DataType.string,
}


class BundleModel(PythonModel):
    """A bundle behind MLflow's interface."""

    def load_context(self, context: Any) -> None:
        """Load and verify the bundle among the model's artifacts; nothing in it is executed."""
        self.bundle = load_bundle(context.artifacts[BUNDLE])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Score samples.

        Parameters
        ----------
        context
            Of MLflow; not used.
        model_input
            Feature matrix: columns as in the signature, any of them absent where a modality was not measured;
            samples are named by the column ``sample_id`` or by the index.
        params
            ``inhibitors``: names or classes, separated by commas.

        Returns
        -------
        pandas.DataFrame
            The Prediction table, one row per sample and inhibitor.

        Raises
        ------
        InputError
            As :func:`predictor.scoring.score`.
        """
        named = [name.strip() for name in str((params or {}).get(INHIBITORS) or "").split(",")]
        return score(self.bundle, by_sample(model_input), inhibitors=[name for name in named if name] or None)


def by_sample(table: pd.DataFrame) -> pd.DataFrame:
    """The feature matrix with the samples' names as its index.

    Raises
    ------
    InputError
        If a sample has no name.
    """
    if SAMPLE_ID not in table.columns:
        return table.set_axis(table.index.astype(str).rename(SAMPLE_ID), axis=0)
    names = table[SAMPLE_ID]
    if names.isna().any():
        raise InputError(
            f"row {int(np.flatnonzero(names.isna())[0]) + 1} has no sample_id",
            where="model input",
            todo="name every sample or none",
        )
    return table.drop(columns=SAMPLE_ID).set_axis(pd.Index(names.astype(str), name=SAMPLE_ID), axis=0)


def signature(bundle: Bundle) -> ModelSignature:
    """What goes in and out.

    Every feature is an optional ``double``: a modality that was not measured is absent, and a column of whole
    numbers that may be missing would not survive as an integer.
    """
    inputs = [ColSpec(DataType.string, SAMPLE_ID, required=False)]
    inputs += [ColSpec(DataType.double, column, required=False) for column in bundle.columns]
    outputs = [ColSpec(kind, name) for name, kind in _OUTPUTS.items()]
    params = ParamSchema([ParamSpec(INHIBITORS, DataType.string, default="")])
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs), params=params)


def input_example(bundle: Bundle) -> pd.DataFrame:
    """Two made-up samples known by their DNA alone, the second with one alteration: small, and of nobody."""
    columns = [
        c for c in bundle.columns if bundle.roles.modality[c] == "dna" and c not in bundle.roles.computed_only
    ]
    example = pd.DataFrame(0.0, index=pd.RangeIndex(2), columns=columns)
    if columns:
        example.loc[1, columns[0]] = 1.0
    example.insert(0, SAMPLE_ID, ["example_wild_type", "example_altered"])
    return example


def requirements(versions: Mapping[str, str] | None = None) -> list[str]:
    """What pip must install for the same numbers; explicit, so that MLflow does not guess by importing."""
    installed = library_versions() if versions is None else versions
    return [f"{name}=={installed[name]}" for name in _REQUIRED if name in installed]
