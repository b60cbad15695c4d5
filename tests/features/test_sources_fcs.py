"""FCS files: channels by their label, linear intensities, and one line for what cannot be used."""

from __future__ import annotations

from pathlib import Path

import flowio
import numpy as np
import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from features.sources import import_cohort
from features.sources.fcs import import_fcs

TOBIS = Path(__file__).parents[3] / "shared" / "data" / "patient" / "single_cell" / "TOBis01.fcs"
SHORT = ["Time", "Yb172Di", "Y89Di", "Er168Di"]
LABELS = ["", "172Yb_pS6_S240_S244", "89Y_pHH3_S28", "168Er_pERK"]
VALUES = np.array([[1, 10, 0.5, 3], [2, 0, 7, -1], [3, 25, 1, 4.5]], dtype=float)


def written(
    path: Path, values: np.ndarray = VALUES, labels: list[str] | None = None, short: list[str] | None = None
) -> Path:
    with path.open("wb") as handle:
        flowio.create_fcs(handle, values.ravel().tolist(), short or SHORT, opt_channel_names=labels or LABELS)
    return path


def test_labelled_channels_arrive_as_linear_intensities(tmp_path: Path) -> None:
    written(tmp_path / "P1.fcs")
    written(tmp_path / "P2.FCS", VALUES[:2])
    (tmp_path / "notes.txt").write_text("not a cytometry file")
    cohort = import_cohort("fcs", paths=tmp_path)
    cells = cohort.cells
    assert cells is not None
    assert (cells.kind, cells.scale) == ("protein", "linear")
    # Time has no label, so it is no marker.
    assert cells.features == tuple(LABELS[1:])
    np.testing.assert_allclose(cells.values[:3], np.maximum(VALUES[:, 1:], 0))
    assert cells.obs["sample_id"].to_list() == ["P1", "P1", "P1", "P2", "P2"]
    assert cells.obs["cell_id"].to_list() == ["1", "2", "3", "1", "2"]
    assert cells.obs["total"].isna().all()
    assert cohort.profiled["sample_id"].to_list() == ["P1", "P2"]
    assert [(s.file, s.rows_in, s.rows_out) for s in cohort.sources] == [("P1.fcs", 3, 3), ("P2.FCS", 2, 2)]
    lost = cohort.losses.set_index("reason")["names"]
    assert lost["channel with negative intensities, which became 0"] == "168Er_pERK"
    back = Cohort.read(cohort.write(tmp_path / "cohort")).cells
    assert back is not None
    np.testing.assert_array_equal(back.values, cells.values)


def test_files_of_two_panels_keep_the_channels_they_share(tmp_path: Path) -> None:
    first = written(tmp_path / "a.fcs")
    second = written(tmp_path / "b.fcs", labels=["", "168Er_pERK", "172Yb_pS6_S240_S244", "Other"])
    cohort = import_fcs([first, second], sample_ids=["S1", "S2"])
    cells = cohort.cells
    assert cells is not None
    assert cells.features == ("172Yb_pS6_S240_S244", "168Er_pERK")
    # Each file's own column, whatever its place.
    np.testing.assert_allclose(cells.of("S2").values, VALUES[:, [2, 1]])
    assert cohort.losses.set_index("reason")["names"]["channel is not in every file"] == "89Y_pHH3_S28;Other"


def test_channels_without_or_with_shared_labels_go_by_their_short_names(tmp_path: Path) -> None:
    plain = import_fcs(written(tmp_path / "a.fcs", labels=["", "", "", ""])).cells
    assert plain is not None
    assert plain.features == tuple(SHORT)
    twice = import_fcs(written(tmp_path / "b.fcs", labels=["", "pS6", "Empty", "Empty"])).cells
    assert twice is not None
    assert twice.features == ("pS6", "Y89Di", "Er168Di")


def test_files_that_cannot_be_used_are_one_clear_line(tmp_path: Path) -> None:
    good = written(tmp_path / "good.fcs")
    text = tmp_path / "text.fcs"
    text.write_text("CD3,CD4\n1,2\n")
    hollow = tmp_path / "hollow"
    hollow.mkdir()
    other = written(tmp_path / "other.fcs", labels=["", "A", "B", "C"])
    missing = written(tmp_path / "missing.fcs", np.where(VALUES == 25, np.nan, VALUES))
    empty = written(tmp_path / "empty.fcs", VALUES[:0])
    for paths, sample_ids, words in (
        (tmp_path / "absent.fcs", None, "absent.fcs: no such file"),
        (text, None, r"text.fcs: cannot be read as FCS \(.+\); give an FCS 3.0 or 3.1 file"),
        (hollow, None, r"hollow: holds no \.fcs file"),
        ([], None, "no FCS file is named"),
        ([good, other], None, r"other.fcs: shares no channel with good.fcs; import files of one panel"),
        ([good, good], None, "two FCS files are the sample good"),
        (good, ["a", "b"], "2 sample ids for 1 FCS files"),
        (missing, None, "missing.fcs: cell 3 has no finite intensity of 172Yb_pS6_S240_S244"),
        (empty, None, "empty.fcs: (holds no cells|cannot be read)"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            import_fcs(paths, sample_ids=sample_ids)
        assert "\n" not in str(caught.value)


def test_cells_join_a_cohort_of_the_same_samples(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{sample}.fcs") for sample in ("S1", "S2")]
    variants = pd.DataFrame({"sample_id": ["S1"], "gene": ["MTOR"], "consequence": ["missense"]})
    bulk = Cohort.empty(
        "bulk",
        samples=pd.DataFrame({"sample_id": ["S0", "S1"], "lineage": ["kidney", "lung"]}),
        profiled=pd.DataFrame({"sample_id": ["S1"], "modality": ["variants"], "panel": ["exome"]}),
        variants=variants,
    )
    joined = import_fcs(files, cohort=bulk)
    assert joined.name == "bulk"
    assert joined.samples["sample_id"].to_list() == ["S0", "S1", "S2"]
    assert joined.samples["lineage"].to_list() == ["kidney", "lung", None]
    assert joined.variants["gene"].to_list() == ["MTOR"]
    assert list(zip(joined.profiled["sample_id"], joined.profiled["modality"], strict=True)) == [
        ("S1", "variants"), ("S1", "cells"), ("S2", "cells")
    ]  # fmt: skip
    assert joined.cells is not None
    assert len(joined.cells) == 6
    told = joined.losses.set_index("reason")["names"]
    assert told["sample of the cells was not in the cohort (added)"] == "S2"
    # By its folder just as well.
    assert import_fcs(files, cohort=bulk.write(tmp_path / "bulk")).samples.equals(joined.samples)
    with pytest.raises(InputError, match="cohort bulk: has cells already; import all cells at once"):
        import_fcs(files, cohort=joined)
    with pytest.raises(InputError, match=r"cohort bulk: has no sample of the cells \(S2, ...\)"):
        import_fcs(files[1:], cohort=bulk)


@pytest.mark.shared
def test_a_mass_cytometry_file_whose_data_end_is_a_byte_too_far_is_read() -> None:
    if not TOBIS.exists():
        pytest.skip("shared mass cytometry files are not beside the repository")
    cells = import_fcs(TOBIS).cells
    assert cells is not None
    assert cells.values.shape == (5646, 75)
    assert "149Sm_p4EBP1_T37_46" in cells.features
