"""Markers against what became of patients: prognosis, and whether a treatment's benefit depends on them.

A *prognostic* marker goes with the outcome whatever the treatment; a *predictive* one changes what the
treatment does, and only a comparison arm can show it.  The two are separate questions with separate answers.
Times are in months.  Survival statistics are lifelines'; nothing outside this package knows that library.
"""
