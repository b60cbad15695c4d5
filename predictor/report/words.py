"""What figures and reports call units, metrics, predictors, targets and mechanisms."""

from __future__ import annotations

from predictor.evaluation import MODEL
from predictor.modalities import PATTERNS

#: What is written beside an axis.
UNIT_WORDS = {"ln_ic50_um": "ln IC50 (µM)", "auc_fraction": "AUC (0 to 1)", "class_z": "class consensus (z)"}
METRIC_WORDS = {"pearson": "Pearson's r", "spearman": "Spearman's ρ", "r2": "R²", "rmse": "RMSE"}
PREDICTOR_WORDS = {
    MODEL: "model",
    "drug_mean": "inhibitor mean",
    "tissue": "tissue mean",
    "growth": "growth rate",
    "growth_tissue": "growth + tissue",
    "ridge_genes": "ridge on genes",
    "ridge_consensus": "ridge on consensus",
    **{name: f"model, {name.replace('rna', 'RNA').replace('dna', 'DNA')} only" for name in PATTERNS},
}
CLASS_WORDS = {
    "rapalog": "rapalogs",
    "atp_competitive": "ATP-competitive",
    "dual_pi3k_mtor": "dual PI3K/mTOR",
}
MECHANISM_WORDS = {"mtor_itself": "mTOR itself", "mtorc1_activity": "mTORC1 activity"}


def target_words(name: str) -> str:
    """``sirolimus@GDSC2`` as "sirolimus, GDSC2"; a class in the plural that the field uses."""
    return CLASS_WORDS.get(name, name.replace("@", ", "))


def mechanism_words(name: str) -> str:
    """A mechanism of the catalogue without underscores."""
    return MECHANISM_WORDS.get(name, name.replace("_", " "))
