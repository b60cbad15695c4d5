"""Released bundles; in an installed package they are ``predictor.released``."""
