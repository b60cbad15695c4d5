"""Who is analysed, by which value of which marker; whoever is missing is counted with a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_patients import ARM, CONTROL, analysed, asked, cohort_of, patient_table

from features.cohort import Cohort
from features.errors import InputError
from predictor.outcomes.analysis import analyse
from predictor.outcomes.arms import EVERYBODY, arms_of
from predictor.outcomes.covariates import design_of
from predictor.outcomes.marker_names import Part, parts_of
from predictor.outcomes.markers import Marker, MarkerTables
from predictor.outcomes.not_estimable import NotEstimable
from predictor.outcomes.patients import patients_of
from predictor.outcomes.per_patient import per_patient
from predictor.outcomes.predictions_file import read_predictions
from predictor.outcomes.scale import RELEVANT, scaled


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return cohort_of(patient_table(80, seed=1), endpoints=("PFS", "OS"))


def tables(cohort: Cohort, **more: object) -> MarkerTables:
    return MarkerTables(cohort, patients_of(cohort), **more)  # type: ignore[arg-type]


class TestQuestion:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"markers": ()}, "--marker: nothing is asked about"),
            ({"endpoints": ("PFS", "pfs")}, "--endpoint: 'PFS' is named twice"),
            ({"arm": None}, "--control: is given without an arm"),
            ({"control": "Everolimus"}, "--control: is the arm itself"),
            ({"scale": "log"}, "use one of auto, sd, rank"),
            ({"several": "last"}, "use one of auto, mean, max, min"),
            ({"relevant": 1.0}, "1 is not above 1"),
            ({"max_missing": 1.5}, "--max-missing: 1.5 is no share"),
            ({"draws": 3}, "--draws: 3 are too few"),
        ],
    )
    def test_what_cannot_be_meant_is_refused(self, changes: dict[str, object], said: str) -> None:
        with pytest.raises(InputError, match=said):
            asked(**changes)


class TestPatients:
    def test_outcomes_may_be_of_samples_and_patients_may_be_listed_nowhere(self) -> None:
        samples = pd.DataFrame({"sample_id": ["a", "b"]})
        outcomes = pd.DataFrame(
            {"sample_id": ["a", "b"], "endpoint": "PFS", "time_months": [1.0, 2.0], "event": [1.0, 0.0]}
        )
        found = patients_of(Cohort.empty("made", samples=samples, outcomes=outcomes))
        assert found.table.index.tolist() == ["a", "b"]
        assert found.of_sample.to_dict() == {"a": "a", "b": "b"}
        assert found.endpoints["PFS"].loc["a"].to_dict() == {"months": 1.0, "event": 1.0}

    def test_what_belongs_to_nobody_is_counted(self, cohort: Cohort) -> None:
        samples = pd.concat([cohort.samples, pd.DataFrame({"sample_id": ["stray"]})], ignore_index=True)
        stray = pd.DataFrame(
            {"sample_id": ["stray"], "endpoint": ["PFS"], "time_months": [1.0], "event": [1.0]}
        )
        outcomes = pd.concat([cohort.outcomes, stray], ignore_index=True)
        found = patients_of(replace(cohort, samples=samples, outcomes=outcomes).validate())
        assert [(reason, ids) for _, reason, ids in found.losses] == [
            ("sample of no known patient", ["stray"]),
            ("outcome of no known patient", ["stray"]),
        ]

    def test_without_outcomes_nothing_can_be_asked(self, cohort: Cohort) -> None:
        bare = replace(cohort, outcomes=cohort.outcomes.iloc[:0])
        with pytest.raises(InputError, match="holds no outcomes"):
            patients_of(bare)

    def test_two_outcomes_that_contradict_each_other_are_refused(self, cohort: Cohort) -> None:
        other = cohort.outcomes.iloc[:1].assign(sample_id="SP0000", time_months=77.0)
        with pytest.raises(InputError, match="1 patients have two different outcomes for PFS"):
            patients_of(replace(cohort, outcomes=pd.concat([cohort.outcomes, other])))


class TestArms:
    def test_who_is_in_neither_is_counted(self) -> None:
        table = patient_table(40, seed=2)
        table.loc[:1, "treatment"] = None
        table.loc[2:4, "treatment"] = "sunitinib"
        found = arms_of(patients_of(cohort_of(table)), asked())
        assert {reason: len(ids) for _, reason, ids in found.losses} == {
            "treatment is not known": 2, "treated with neither": 3,
        }  # fmt: skip
        assert len(found.members) == 35
        assert found.of(ARM).isin(found.members.index).all()
        assert len(found.of(ARM)) + len(found.of(CONTROL)) == 35

    def test_an_inhibitor_may_be_called_by_another_name(self, cohort: Cohort) -> None:
        assert arms_of(patients_of(cohort), asked(arm="RAD001")).names == (ARM, CONTROL)
        assert arms_of(patients_of(cohort), asked(arm="EVEROLIMUS", control=None)).names == (ARM,)
        with pytest.raises(InputError, match="is the arm itself"):
            arms_of(patients_of(cohort), asked(arm="RAD001", control=ARM))

    def test_several_treatments_are_not_pooled_unasked(self, cohort: Cohort) -> None:
        with pytest.raises(InputError, match="2 treatments; name --arm"):
            arms_of(patients_of(cohort), asked(arm=None, control=None))
        with pytest.raises(InputError, match="nobody was treated with 'aspirin'; use one of: everolimus"):
            arms_of(patients_of(cohort), asked(control="aspirin"))
        nobody = cohort_of(patient_table(20, seed=3).drop(columns="treatment"))
        assert arms_of(patients_of(nobody), asked(arm=None, control=None)).names == (EVERYBODY,)

    def test_only_some_patients(self) -> None:
        table = patient_table(40, seed=4).assign(
            trial=np.repeat(["one", "two"], 20), stage=np.tile([1.0, 2.0], 20)
        )
        table.loc[table["trial"] == "two", "treatment"] = CONTROL
        patients = patients_of(cohort_of(table))
        whole = arms_of(patients, asked())
        assert whole.warnings == (
            "20 patients are of trials without the other arm (two); use --only trial=one",
        )
        found = arms_of(patients, asked(only=(("Trial", "ONE"),)))
        assert len(found.members) == 20
        assert found.warnings == ()
        assert found.losses == [("patients", "trial is not ONE", table["patient_id"].iloc[20:].tolist())]
        assert len(arms_of(patients, asked(only=(("stage", "1"),), control=None)).members) == 10
        with pytest.raises(InputError, match="nobody has trial 'three'; there is: one, two"):
            arms_of(patients, asked(only=(("trial", "three"),)))
        alone = table.assign(trial=table["treatment"])
        assert "nothing here is randomised" in arms_of(patients_of(cohort_of(alone)), asked()).warnings[0]


class TestMarkers:
    def test_a_name_has_parts(self) -> None:
        assert parts_of("patients:ith") == (Part("ith", "patients"),)
        assert parts_of("set:x") == (Part("set:x"),)
        assert parts_of("prediction@everolimus") == (Part("prediction", None, "everolimus"),)
        for bad in ("mut.MTOR|", "@everolimus", "prediction@"):
            with pytest.raises(InputError, match="has an empty part"):
                parts_of(bad)

    def test_any_of_is_one_where_any_is_and_unknown_where_it_could_be(self, cohort: Cohort) -> None:
        matrix = pd.DataFrame(
            {"a": [1.0, 0.0, 0.0, np.nan], "b": [np.nan, 0.0, np.nan, np.nan]},
            index=[f"SP000{n}" for n in range(4)],
        )
        found = tables(cohort, matrix=matrix).marker("a|b")
        assert found.values.to_dict() == {"P0000": 1.0, "P0001": 0.0}
        assert found.source == "feature matrix"
        with pytest.raises(InputError, match="joins markers that are not 0 or 1"):
            tables(cohort, matrix=matrix * 2).marker("a|b")

    def test_several_samples_of_a_patient_come_to_one_value(self) -> None:
        of_sample = pd.Series({"s1": "p", "s2": "p", "s3": "q", "s4": "q"}, dtype=object)
        numbers = pd.Series({"s1": 1.0, "s2": 4.0, "s3": 2.0, "s4": np.nan, "other": 9.0})
        found = per_patient(numbers, of_sample)
        assert found.values.to_dict() == {"p": 2.5, "q": 2.0}
        assert (found.rule, found.several) == ("the mean of a patient's samples", 1)
        assert per_patient(numbers, of_sample, "min").values["p"] == 1.0
        carried = per_patient(pd.Series({"s1": 1.0, "s2": 0.0, "s3": 0.0, "s4": 0.0}), of_sample)
        assert carried.values.to_dict() == {"p": 1.0, "q": 0.0}
        assert carried.rule == "1 where any of a patient's samples has it"
        assert per_patient(numbers.iloc[2:], of_sample).rule == ""

    def test_what_is_not_there_or_could_be_two_is_refused(self, cohort: Cohort) -> None:
        twice = replace(cohort, samples=cohort.samples.assign(marker=1.0))
        with pytest.raises(
            InputError, match="'marker' is a column of patients and of samples; write patients:"
        ):
            tables(twice).marker("marker")
        assert len(tables(twice).marker("samples:marker").values) == 80
        for name, said in {
            "markr": "no table has a column 'markr'; nearest: marker",
            "zzz": "see `mtorc1 features describe`",
            "mskcc": "holds words, and a marker is a number; name it as a --covariate",
            "purity": "no patient has a value",
            "matrix:a": "there is no feature matrix; give --matrix",
            "prediction@x": "there are no predictions; give --predictions",
            "mut.NOSUCH": "no table has a column",
        }.items():
            with pytest.raises(InputError, match=said):
                tables(cohort).marker(name)
        endless = replace(cohort, patients=cohort.patients.assign(endless=np.inf))
        with pytest.raises(InputError, match="holds infinite values"):
            tables(endless).marker("endless")

    def test_predictions_are_of_an_inhibitor(self, cohort: Cohort, tmp_path: Path) -> None:
        rows = [("SP0000", ARM, 1.0), ("SP0001", ARM, 2.0), ("SP0000", "sirolimus", 5.0)]
        table = pd.DataFrame(rows, columns=["sample_id", "inhibitor", "prediction"])
        for name in ("p.csv", "p.tsv", "p.parquet", "p.jsonl"):
            path = tmp_path / name
            if name.endswith("parquet"):
                table.to_parquet(path)
            elif name.endswith("jsonl"):
                table.to_json(path, orient="records", lines=True)
            else:
                table.to_csv(path, sep="," if name == "p.csv" else "\t", index=False)
            pd.testing.assert_frame_equal(read_predictions(path), table, check_dtype=False)
        mine = tables(cohort, predictions=table, inhibitor=ARM).marker("prediction")
        assert mine.values.to_dict() == {"P0000": 1.0, "P0001": 2.0}
        assert mine.source == f"predictions for {ARM}"
        other = tables(cohort, predictions=table, inhibitor=ARM).marker("prediction@sirolimus")
        assert other.values.to_dict() == {"P0000": 5.0}
        with pytest.raises(InputError, match="which inhibitor's predictions"):
            tables(cohort, predictions=table).marker("prediction")
        with pytest.raises(InputError, match="no predictions for 'dactolisib'"):
            tables(cohort, predictions=table).marker("prediction@dactolisib")

    def test_a_file_that_holds_no_predictions_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("sample_id,prediction\nS1,1\n")
        (tmp_path / "b.csv").write_text("sample_id,inhibitor\nS1,x\nS1,x\n")
        (tmp_path / "c.jsonl").write_text("{")
        (tmp_path / "d.csv").write_text("sample_id,inhibitor\n")
        for name, said in {
            "a.csv": "has no column inhibitor",
            "b.csv": "has 1 pairs of sample and inhibitor twice",
            "c.jsonl": "cannot be read as jsonl",
            "d.csv": "holds no predictions",
            "e.csv": "no such file",
            "f.txt": "unknown kind of file",
        }.items():
            with pytest.raises(InputError, match=said):
                read_predictions(tmp_path / name)

    def test_a_probability_is_known_by_name_and_range(self) -> None:
        values = pd.Series([0.1, 0.9])
        assert Marker("probability_top_fifth@everolimus", values, "").is_probability
        assert not Marker("probability_top_fifth", values * 2, "").is_probability
        assert not Marker("ith", values, "").is_probability

    def test_a_feature_of_the_catalogue_is_computed_for_the_samples_of_the_arms(self) -> None:
        table = patient_table(80, carriers=0.4, seed=5)
        cohort = cohort_of(table)
        samples = cohort.samples["sample_id"]
        carriers = samples[(table["marker"] == 1).to_numpy()]
        mutated = replace(
            cohort,
            profiled=pd.DataFrame({"sample_id": samples, "modality": "variants", "panel": "exome"}),
            variants=pd.DataFrame({"sample_id": carriers, "gene": "MTOR", "consequence": "missense"}),
        ).validate()
        found = analyse(mutated, asked(markers=("mut.MTOR", "mut.MTOR|mut.TSC1", "marker"), draws=100))
        figures = [one.endpoints["PFS"].shared.ratio for one in found.markers]  # type: ignore[union-attr]
        assert figures[0] == figures[1] == figures[2]
        assert found.markers[0].marker.source == "features of the cohort"

    def test_without_a_sample_in_the_arms_no_feature_is_known(self, cohort: Cohort) -> None:
        bare = replace(cohort, samples=cohort.samples.iloc[:0])
        with pytest.raises(InputError, match="no patient has a value"):
            analyse(bare, asked(markers=("mut.MTOR",)))


class TestCovariates:
    def test_risk_groups_are_ordered_by_name_and_others_by_number(self) -> None:
        table = pd.DataFrame(
            {
                "imdc": ["Poor", "favourable", "intermediate", "Poor"],
                "sex": ["male", "male", "male", "female"],
                "age": [50.0, 60.0, 70.0, 80.0],
                "prior": [0.0, 1.0, 1.0, 0.0],
                "same": ["x"] * 4,
                "one": [1.0] * 4,
            }
        )
        design = design_of(table)
        assert design.names == ["imdc=intermediate", "imdc=Poor", "sex=female", "age", "prior"]
        assert design.words["imdc=Poor"] == "imdc Poor against favourable"
        assert design.words["age"] == "age, per standard deviation"
        assert design.columns["age"].std() == pytest.approx(1)
        assert design.columns["prior"].tolist() == [0, 1, 1, 0]
        assert design.constant == ("same", "one")
        assert set(design.levels) == {"imdc", "sex", "same"}

    def test_the_default_of_what_one_would_care_about_is_one_size_in_three_units(self) -> None:
        ranks = scaled(pd.Series(np.arange(1000.0)), "rank").values
        assert RELEVANT["rank"] ** ranks.std() == pytest.approx(RELEVANT["sd"], abs=0.01)
        assert RELEVANT["carrier"] ** 0.5 == pytest.approx(RELEVANT["sd"], abs=0.01)


class TestMissing:
    def test_each_reason_is_counted_once_and_in_order(self) -> None:
        table = patient_table(60, seed=6)
        table.loc[:9, "marker"] = np.nan
        table.loc[8:11, "mskcc"] = None
        cohort = cohort_of(table)
        late = cohort.outcomes[~cohort.outcomes["patient_id"].isin(["P0012"])].reset_index(drop=True)
        made = analysed(replace(cohort, outcomes=late))
        assert {reason: len(ids) for _, reason, ids in made.losses} == {
            "marker is not known": 10, "PFS is not known": 1, "mskcc is not known": 2,
        }  # fmt: skip
        assert len(made.data) == 47
        assert made.data.notna().all(axis=None)

    def test_more_than_the_limit_is_an_error_that_says_how_many(self) -> None:
        table = patient_table(60, seed=7)
        table.loc[:19, "mskcc"] = None
        with pytest.raises(
            InputError, match="20 of 60 patients: mskcc is not known, more than the limit of 20%"
        ):
            analysed(cohort_of(table))
        table["marker"] = table["marker"].where(table.index > 50)
        with pytest.raises(InputError, match=r"51 of 60 patients: marker is not known.*--max-missing-marker"):
            analysed(cohort_of(table))
        with pytest.raises(InputError, match="nobody is left"):
            analysed(
                cohort_of(table.assign(mskcc=table["mskcc"].where(table["marker"].isna()))),
                asked(max_missing=1.0, max_missing_marker=1.0),
            )
        with pytest.raises(InputError, match="--endpoint: no 'DFS'; use one of: PFS"):
            analysed(cohort_of(table), asked(endpoints=("DFS",)))
        with pytest.raises(InputError, match="--covariate: no 'stage'; use one of: marker, mskcc"):
            analysed(cohort_of(patient_table(60)), asked(covariates=("stage",)))

    def test_names_that_differ_in_case_only_are_asked_back(self, cohort: Cohort) -> None:
        two = replace(cohort, patients=cohort.patients.assign(MSKCC=1.0))
        with pytest.raises(InputError, match="'Mskcc' could be mskcc or MSKCC"):
            analysed(two, asked(covariates=("Mskcc",)))

    def test_a_control_without_the_marker_or_the_outcome_is_no_comparison(self) -> None:
        table = patient_table(80, seed=8)
        table["marker"] = table["marker"].where(table["treatment"] == ARM)
        cohort = cohort_of(table, endpoints=("PFS", "OS"))
        control = cohort.patients.loc[cohort.patients["treatment"] == CONTROL, "patient_id"]
        gone = (cohort.outcomes["endpoint"] == "OS") & cohort.outcomes["patient_id"].isin(control)
        found = analyse(
            replace(cohort, outcomes=cohort.outcomes[~gone].reset_index(drop=True)), asked(draws=100)
        )
        answer = found.markers[0].endpoints["PFS"]
        assert isinstance(answer, NotEstimable)
        assert answer.reason == "no patient under nivolumab has the marker, the covariates and the outcome"
        assert "not estimable" in found.markers[0].headline
        both = analyse(
            replace(cohort, outcomes=cohort.outcomes[~gone].reset_index(drop=True)),
            asked(draws=100, endpoints=("OS",)),
        )
        assert set(both.facts[1].curves) == set()
