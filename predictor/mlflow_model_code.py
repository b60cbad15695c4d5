"""What MLflow runs to make the model ("models from code"): copied into every model; nothing is pickled."""

from mlflow.models import set_model

from predictor.serving import BundleModel

set_model(BundleModel())
