"""Raw data to training matrix: cohorts, feature builders and what each feature means.

This package knows nothing of models; :mod:`predictor` builds on it, never the other way round.
"""
