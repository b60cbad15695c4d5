"""Experiments that run as they stand; in an installed package they are ``predictor.experiments``."""
