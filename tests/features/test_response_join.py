from __future__ import annotations

import pandas as pd
import pytest

from features.cohort import Cohort
from features.errors import InputError
from features.response_join import join_responses


def _cohort(name: str, samples: dict[str, list[str | None]], screen: str, value: float = 1.0) -> Cohort:
    ids = samples["sample_id"]
    responses = pd.DataFrame(
        {
            "sample_id": ids, "inhibitor": "AZD8055", "screen": screen, "metric": "auc_ctrp_0_30",
            "value": [value + place for place in range(len(ids))],
        }
    )  # fmt: skip
    return Cohort.empty(name, samples=pd.DataFrame(samples), responses=responses)


def _lost(cohort: Cohort) -> dict[str, str]:
    return dict(zip(cohort.losses["reason"], cohort.losses["names"], strict=True))


OURS = {
    "sample_id": ["1", "2", "3"],
    "sample_name": ["A-1", "B-2", "C-3"],
    "depmap_id": ["ACH-1", None, None],
}


def test_lines_join_by_stripped_name_and_the_others_are_named() -> None:
    theirs = {"sample_id": ["b2", "Z9"], "sample_name": ["b2", "Z9"]}
    joined = join_responses(_cohort("ours", OURS, "GDSC1"), _cohort("theirs", theirs, "CTRPv2", 7.0))
    new = joined.responses[joined.responses["screen"] == "CTRPv2"]
    assert new[["sample_id", "value"]].to_numpy().tolist() == [["2", 7.0]]
    assert (joined.responses["screen"] == "GDSC1").sum() == 3
    assert joined.samples["sample_name"].tolist() == OURS["sample_name"]
    assert _lost(joined) == {
        "sample is not in ours": "Z9",
        "sample of ours without a response in theirs (kept)": "A-1;C-3",
    }
    assert set(joined.losses["stage"]) == {"join theirs"}


def test_an_identifier_goes_before_a_name() -> None:
    """Prevents: a line that was renamed in one screen is lost, or joined to another of its name."""
    theirs = {"sample_id": ["x"], "sample_name": ["B2"], "depmap_id": ["ACH-1"]}
    joined = join_responses(_cohort("ours", OURS, "GDSC1"), _cohort("theirs", theirs, "PRISM"))
    assert joined.responses.loc[joined.responses["screen"] == "PRISM", "sample_id"].tolist() == ["1"]


def test_a_name_is_not_taken_for_an_id() -> None:
    """Prevents: the line called 697 joined to the sample whose COSMIC id is 697."""
    ours = {"sample_id": ["697", "905"], "sample_name": ["A-1", "697"]}
    theirs = {"sample_id": ["697"], "sample_name": ["697"]}
    joined = join_responses(_cohort("ours", ours, "GDSC1"), _cohort("theirs", theirs, "CTRPv2"))
    assert joined.responses.loc[joined.responses["screen"] == "CTRPv2", "sample_id"].tolist() == ["905"]


def test_samples_without_names_join_by_their_ids() -> None:
    joined = join_responses(
        _cohort("ours", OURS, "GDSC1"), _cohort("theirs", {"sample_id": ["3", "a1"]}, "OURS")
    )
    assert joined.responses.loc[joined.responses["screen"] == "OURS", "sample_id"].tolist() == ["3", "1"]


def test_colliding_names_are_refused() -> None:
    """Prevents: responses of the thyroid line TT on the tongue line T-T."""
    ours = {"sample_id": ["1", "2", "3"], "sample_name": ["T-T", "KM-H2", "C-3"]}
    theirs = {"sample_id": ["TT", "KMH2", "C3"], "sample_name": ["TT", "KMH2", "C3"]}
    joined = join_responses(_cohort("ours", ours, "GDSC1"), _cohort("theirs", theirs, "CTRPv2"))
    assert joined.responses.loc[joined.responses["screen"] == "CTRPv2", "sample_id"].tolist() == ["3"]
    assert _lost(joined)["sample name stands for more than one line"] == "TT;KMH2"


def test_two_samples_of_one_line_are_refused() -> None:
    """Prevents: one of them wins by its place in the file."""
    theirs = {"sample_id": ["x", "y", "c3"], "sample_name": ["B2", "B2 again", "C3"], "depmap_id": [None] * 3}
    theirs["depmap_id"] = ["ACH-1", "ACH-1", None]  # type: ignore[list-item]
    joined = join_responses(_cohort("ours", OURS, "GDSC1"), _cohort("theirs", theirs, "PRISM"))
    assert joined.responses.loc[joined.responses["screen"] == "PRISM", "sample_id"].tolist() == ["3"]
    assert _lost(joined)["sample name stands for more than one line"] == "B2;B2 again"


def test_two_versions_of_a_screen_are_refused_unless_meant() -> None:
    ours, theirs = _cohort("ours", OURS, "GDSC1"), _cohort("theirs", OURS, "GDSC1", 7.0)
    with pytest.raises(InputError, match="both cohorts hold responses of GDSC1; replace them on purpose"):
        join_responses(ours, theirs)
    joined = join_responses(ours, theirs, replace_screens=True)
    assert joined.responses["value"].tolist() == [7.0, 8.0, 9.0]
    assert _lost(joined)["responses of ours replaced by those of theirs"] == "AZD8055@GDSC1"


def test_nothing_in_common_is_refused() -> None:
    theirs = {"sample_id": ["Z9"], "sample_name": ["Z9"]}
    with pytest.raises(InputError, match="theirs: none of its 1 samples is in the cohort ours"):
        join_responses(_cohort("ours", OURS, "GDSC1"), _cohort("theirs", theirs, "CTRPv2"))
