"""Figures for reports, runs and the command line; nothing outside this package draws."""
