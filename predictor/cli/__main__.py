"""``python -m predictor.cli``."""

from predictor.cli import main

main()
