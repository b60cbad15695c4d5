"""The MTOR-mutant patients of the everolimus arm, one row each."""

from __future__ import annotations

import pandas as pd

from features.cohort import Cohort


def mtor_mutants(cohort: Cohort, predictions: pd.DataFrame) -> pd.DataFrame:
    """What was predicted, what is curated, and what happened.

    Parameters
    ----------
    cohort
        CheckMate 025.
    predictions
        Of its samples, for everolimus.

    Returns
    -------
    pandas.DataFrame
        One row a patient treated with everolimus whose tumour has a protein-altering variant of MTOR:
        variants, ccf (the highest), prediction with its interval, verdict, evidence, best_response,
        pfs_months, progressed. In the order of variants and PFS; no identifier.
    """
    mine = cohort.variants[(cohort.variants.gene == "MTOR") & cohort.variants.protein_change.notna()]
    mine = mine[~mine.consequence.isin(["silent", "other"])]
    variants = mine.groupby("sample_id").agg(
        variants=("protein_change", lambda v: ", ".join(sorted(set(v)))), ccf=("ccf", "max")
    )
    patients = cohort.patients.set_index("patient_id")
    treated = cohort.samples[cohort.samples.patient_id.map(patients.treatment) == "everolimus"]
    pfs = cohort.outcomes[cohort.outcomes.endpoint == "PFS"].set_index("patient_id")
    said = predictions.set_index("sample_id")
    rows = treated.set_index("sample_id").join(variants, how="inner")
    table = pd.DataFrame(
        {
            "variants": rows.variants,
            "ccf": rows.ccf,
            "prediction": said.prediction.reindex(rows.index),
            "interval_low": said.interval_low.reindex(rows.index),
            "interval_high": said.interval_high.reindex(rows.index),
            "verdict": said.verdict.reindex(rows.index),
            "evidence": said.evidence.reindex(rows.index),
            "best_response": rows.patient_id.map(patients.best_response),
            "pfs_months": rows.patient_id.map(pfs.time_months),
            "progressed": rows.patient_id.map(pfs.event),
        }
    )
    return table.sort_values(["variants", "pfs_months"]).reset_index(drop=True)
