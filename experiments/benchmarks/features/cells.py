"""Time and memory of the features of single cells: 100,000 cells x 2,000 genes, sparse, and x 30 markers.

Each case runs in a process of its own, so that its peak memory is its own.  ``python cells.py`` prints the
results as JSON; exit code 1 if a limit is passed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from features.cohort import Cohort

N_CELLS, N_GENES, N_SAMPLES, FILLED = 100_000, 2_000, 8, 0.10
N_MARKERS = 30
#: Limits of "What it must show".
SECONDS, GIGABYTES = 90.0, 2.0


def measure() -> dict[str, dict[str, float]]:
    """Case -> seconds of the import, seconds of the build, and peak memory of the process in GB."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.h5ad"
        subprocess.run([sys.executable, __file__, "write", str(path)], check=True)
        for case in CASES:
            run = subprocess.run(
                [sys.executable, __file__, case, str(path)], check=True, capture_output=True, text=True
            )
            found[case] = json.loads(run.stdout.splitlines()[-1])
    return found


def counts_file(path: Path) -> None:
    """Write the counts: log-normal genes, cells of uneven depth, a tenth of the values filled."""
    import anndata
    import numpy as np
    import pandas as pd
    from scipy import sparse

    from features.cells import genes_of_features

    rng = np.random.default_rng(0)
    ours = sorted(genes_of_features())
    genes = [*ours, *(f"GENE{i}" for i in range(N_GENES - len(ours)))]
    per_cell = rng.poisson(FILLED * N_GENES, N_CELLS)
    indptr = np.concatenate([[0], np.cumsum(per_cell)])
    # A gene may be drawn twice in a cell; its molecules are then added up.
    indices = rng.integers(0, N_GENES, indptr[-1], dtype=np.int32)
    data = rng.geometric(0.4, indptr[-1]).astype(np.float32)
    counts = sparse.csr_matrix((data, indices, indptr), shape=(N_CELLS, N_GENES))
    counts.sum_duplicates()
    obs = pd.DataFrame(
        {"sample_id": rng.choice([f"S{i}" for i in range(N_SAMPLES)], N_CELLS)},
        index=[f"cell{i}" for i in range(N_CELLS)],
    )
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(path)


def _features_genes(path: Path) -> Cohort:
    from features.sources.anndata_file import import_anndata

    return import_anndata(path)


def _all_genes(path: Path) -> Cohort:
    from features.sources.anndata_file import import_anndata

    return import_anndata(path, genes="all")


def _markers(_: Path) -> Cohort:
    """Intensities of 30 markers, S6 and 4E-BP1 in two states each."""
    import numpy as np
    import pandas as pd

    from features.cells import Cells
    from features.cohort import Cohort

    rng = np.random.default_rng(0)
    named = ["pS6_S240_S244", "p4EBP1_T37_46", "pHH3_S28", "pRB_S807_S811", "IdU", "DNA_1"]
    active = rng.random((N_CELLS, N_MARKERS)) < 0.4
    values = 5 * np.sinh(rng.gamma(2, 0.5, (N_CELLS, N_MARKERS)) + 3 * active)
    samples = [f"S{i}" for i in range(N_SAMPLES)]
    obs = pd.DataFrame({"cell_id": np.arange(N_CELLS).astype(str), "sample_id": rng.choice(samples, N_CELLS)})
    features = (*named, *(f"marker{i}" for i in range(N_MARKERS - len(named))))
    cells = Cells(obs, features, values.astype(np.float32), "linear", "protein")
    return Cohort.empty("markers", samples=pd.DataFrame({"sample_id": samples}), cells=cells)


#: Case -> what makes its cohort.
CASES: dict[str, Callable[[Path], Cohort]] = {
    "rna, genes of features": _features_genes,
    "rna, all genes": _all_genes,
    "protein": _markers,
}


def _run(case: str, path: Path) -> dict[str, float]:
    from features.builders import BUILDERS
    from features.matrix import build_matrix

    start = time.perf_counter()
    cohort = CASES[case](path)
    made = time.perf_counter()
    families = [family for family in ("activity_spread", "branches") if family in BUILDERS]
    values = build_matrix(cohort, families).values
    built = time.perf_counter()
    if not values["spread.n_cells"].sum() == N_CELLS:
        raise RuntimeError("cells were lost")
    return {
        "import_seconds": made - start,
        "build_seconds": built - made,
        "peak_gigabytes": _peak_gigabytes(),
    }


def _peak_gigabytes() -> float:
    """Peak memory of this process since it began (Linux).

    Not ``ru_maxrss`` of ``getrusage``: that one starts at the peak of the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024**2


def main() -> int:
    """Run one case (as a child), or all of them."""
    if len(sys.argv) > 1:
        case, path = sys.argv[1], Path(sys.argv[2])
        if case == "write":
            counts_file(path)
        else:
            print(json.dumps(_run(case, path)))
        return 0
    found = measure()
    print(json.dumps(found, indent=1))
    slow = [
        case
        for case, one in found.items()
        if one["import_seconds"] + one["build_seconds"] > SECONDS or one["peak_gigabytes"] > GIGABYTES
    ]
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
