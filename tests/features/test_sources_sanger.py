from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from features.sources import import_cohort
from features.sources.sanger import import_sanger

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cellline"


@pytest.fixture
def lines() -> Cohort:
    samples = {"sample_id": ["11", "22", "33", "44"], "sample_name": ["A-1", "B-2", "C-3", "D-4"]}
    samples["cosmic_id"] = ["11", "22", "33", None]  # type: ignore[list-item]
    return Cohort.empty("lines", samples=pd.DataFrame(samples))


def _models(folder: Path, text: str | None = None) -> Path:
    path = folder / "models.csv"
    path.write_text(
        text
        or "model_id,model_name,COSMIC_ID,BROAD_ID,RRID,patient_id,ploidy_wes,ploidy_snp6\n"
        "SIDM1,A1,11,ACH-1,CVCL_1,SIDP1,2.5,9\n"
        "SIDM2,B-2,99;22,ACH-2,CVCL_2,SIDP2,,3.0\n"
        "SIDM3,C3,33,ACH-3,CVCL_3,SIDP3,,\n"
        "SIDM4,D4,,ACH-4,CVCL_4,SIDP4,2,2\n"
    )
    return path


def _growth(folder: Path, *rows: str) -> Path:
    (folder / "growth.csv").write_text("model_id,GROWTH_RATE,DOUBLING_TIME\n" + "\n".join(rows) + "\n")
    return folder / "growth.csv"


def test_identifiers_join_by_cosmic_id_then_by_name(lines: Cohort, tmp_path: Path) -> None:
    found = import_sanger(lines, model_list=_models(tmp_path)).samples
    assert found["sidm"].tolist() == ["SIDM1", "SIDM2", "SIDM3", "SIDM4"]
    assert found["depmap_id"].tolist()[1] == "ACH-2"
    assert found["cellosaurus_id"].tolist()[3] == "CVCL_4"
    assert found["ploidy"].tolist()[:2] == [2.5, 3.0]


def test_growth_is_the_mean_rate_and_not_the_mean_of_reciprocals(lines: Cohort, tmp_path: Path) -> None:
    # A line that grew (0.2) on the mean of its plates, with one plate that did not: its doubling time is
    # -5,589 hours, and cutting that at a bound made the slow growers the fastest.
    three_doublings = 3 * math.log(2)
    growth = _growth(
        tmp_path,
        f"SIDM1,{three_doublings},30",
        f"SIDM1,{2 * three_doublings},15",
        "SIDM2,0.2,-5589",
        "SIDM3,-0.1,9000",
    )
    cohort = import_sanger(lines, model_list=_models(tmp_path), growth_rates=growth)
    expected = [1.5, 0.2 / three_doublings, -0.1 / three_doublings, np.nan]
    np.testing.assert_allclose(cohort.samples["doublings_per_day"], expected)
    losses = dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))
    assert losses == {"no growth rate": "D-4"}
    assert [record.rows_out for record in cohort.sources] == [4, 3]


def test_the_wrong_list_is_refused(lines: Cohort, tmp_path: Path) -> None:
    text = "model_id,model_name,COSMIC_ID,BROAD_ID,RRID\nSIDM1,Z,77,ACH-1,CVCL_1\n"
    with pytest.raises(InputError, match=r"4 of 4 samples have no model \(limit 5%\)"):
        import_sanger(lines, model_list=_models(tmp_path, text))
    with pytest.raises(InputError, match="has no column RRID"):
        import_sanger(
            lines, model_list=_models(tmp_path, "model_id,model_name,COSMIC_ID,BROAD_ID\na,b,c,d\n")
        )


@pytest.mark.parametrize(
    ("rate", "problem"), [("fast", "'fast' is not a number"), ("30", "14.4 doublings a day")]
)
def test_a_rate_that_no_cell_has_is_named(lines: Cohort, tmp_path: Path, rate: str, problem: str) -> None:
    growth = _growth(tmp_path, "SIDM1,1.1,46", f"SIDM2,{rate},30")
    with pytest.raises(InputError, match=f"column GROWTH_RATE, row 3: {problem}"):
        import_sanger(lines, model_list=_models(tmp_path), growth_rates=growth)


def test_a_colliding_name_is_refused_and_named(tmp_path: Path) -> None:
    names = ["TT", *(f"L{number}" for number in range(40))]
    lines = Cohort.empty("x", samples=pd.DataFrame({"sample_id": names, "sample_name": names}))
    text = "model_id,model_name,COSMIC_ID,BROAD_ID,RRID\n" + "".join(f"M{n},{n},,,\n" for n in names)
    cohort = import_sanger(lines, model_list=_models(tmp_path, text))
    assert cohort.losses[["reason", "names"]].to_numpy().tolist() == [["sample name is ambiguous", "TT"]]
    assert pd.isna(cohort.samples["sidm"][0])


def test_a_cohort_folder_will_do(lines: Cohort, tmp_path: Path) -> None:
    folder = lines.write(tmp_path / "c")
    cohort = import_cohort("sanger", cohort=folder, model_list=_models(tmp_path))
    assert cohort.samples["sidm"].notna().all()


@pytest.mark.gdsc
@pytest.mark.shared
def test_the_real_list_joins_nearly_every_line(gdsc_cohort: Cohort) -> None:
    models = SHARED / "annotation" / "model_list_20240110.csv"
    if not models.is_file():
        pytest.skip("the shared reference data are not beside the repository")
    growth = SHARED / "growth" / "GrowthRates_v1.3.0_20190222.csv"
    samples = import_sanger(gdsc_cohort, model_list=models, growth_rates=growth).samples
    assert samples["sidm"].notna().sum() >= 960
    assert samples["doublings_per_day"].notna().sum() > 780
    assert samples["doublings_per_day"].between(-0.2, 1.2).sum() > 780
    assert samples["ploidy"].notna().mean() > 0.9
