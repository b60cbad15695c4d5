"""TCGA's barcodes: TCGA-A3-3306-01A-02-1737-20 is of patient TCGA-A3-3306 and sample TCGA-A3-3306-01."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

#: Code of the sample type -> what it is (the first two digits of the fourth part).
TYPES: Mapping[str, str] = {
    "01": "Primary solid tumour", "02": "Recurrent solid tumour", "03": "Primary blood-derived cancer",
    "05": "Additional new primary", "06": "Metastasis", "07": "Additional metastasis",
    "10": "Normal blood", "11": "Normal solid tissue", "12": "Normal buccal cells", "14": "Normal marrow",
}  # fmt: skip
_PATTERN = r"^(TCGA-\w{2}-\w{4})(?:-(\d{2}).*)?$"


def parts_of(barcodes: pd.Series) -> pd.DataFrame:
    """The parts of barcodes in either case.

    Parameters
    ----------
    barcodes
        Text.

    Returns
    -------
    pandas.DataFrame
        patient_id, sample_id (missing where the barcode is a patient's), sample_type; all missing where it is
        no barcode of TCGA.

    Examples
    --------
    >>> parts_of(pd.Series(["tcga-a3-3306-01a-02-1737-20"])).iloc[0].tolist()
    ['TCGA-A3-3306', 'TCGA-A3-3306-01', 'Primary solid tumour']
    """
    found = barcodes.astype(object).str.strip().str.upper().str.extract(_PATTERN)
    patients, codes = found[0], found[1]
    return pd.DataFrame(
        {
            "patient_id": patients,
            "sample_id": (patients + "-" + codes).where(codes.notna(), None),
            "sample_type": [TYPES.get(code, code) for code in codes],
        }
    ).astype(object)
