"""Leaks through splits: each test is named after the one that it prevents."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from predictor.splits import (
    UNKNOWN,
    Fold,
    assign_folds,
    deal_groups,
    folds_of,
    hash_rank,
    named_groups,
    one_group_a_fold,
    read_assignment,
    repeat_seed,
)

ids = st.lists(st.text(min_size=1, max_size=6), min_size=4, max_size=40, unique=True)


@given(ids, st.integers(0, 5))
def test_each_sample_is_held_out_once_and_folds_are_balanced(names: list[str], seed: int) -> None:
    assignment = assign_folds(names, 4, seed)
    held = np.concatenate([fold.test for fold in folds_of(assignment)])
    assert sorted(held) == list(range(len(names)))
    assert np.bincount(assignment).max() - np.bincount(assignment).min() <= 1


@given(ids, st.randoms())
def test_folds_do_not_change_with_the_order_of_rows(names: list[str], random: object) -> None:
    shuffled = list(names)
    random.shuffle(shuffled)
    first = dict(zip(names, assign_folds(names, 4, 1), strict=True))
    assert dict(zip(shuffled, assign_folds(shuffled, 4, 1), strict=True)) == first


def test_folds_do_not_change_with_pythons_hash_seed() -> None:
    program = "from predictor.splits import assign_folds; print(assign_folds(['a','b','c','d','e'], 2, 3))"
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_another_seed_draws_other_folds() -> None:
    names = [f"s{i}" for i in range(60)]
    assert (assign_folds(names, 5, 0) != assign_folds(names, 5, 1)).any()


def test_a_sample_on_both_sides_is_refused() -> None:
    with pytest.raises(ValueError, match="in the training and in the test"):
        Fold(0, np.array([0, 1]), np.array([1, 2]))


def test_a_repeated_id_is_refused_since_its_copies_could_be_split() -> None:
    with pytest.raises(ValueError, match="not unique"):
        hash_rank(["a", "a"], 0)


def test_more_folds_than_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be made"):
        assign_folds(["a"], 2, 0)


def test_lines_outside_the_frozen_folds_stay_in_training(tmp_path) -> None:
    path = tmp_path / "folds.csv"
    path.write_text("cell_line_name,tissue,fold\nA1,x,0\nB2,x,1\n")
    assignment = read_assignment(str(path), pd.Series(["B2", "C3", "A1"]))
    assert assignment.tolist() == [1, -1, 0]
    for fold in folds_of(assignment):
        assert 1 in fold.train


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("cell_line_name\nA1\n", "lacks the column"),
        ("cell_line_name,fold\nA1,0\nA1,1\n", "occurs twice"),
        ("cell_line_name,fold\nA1,x\n", "whole numbers"),
        ("cell_line_name,fold\nZZ9,0\n", "ZZ9"),
        ("", "cannot be read"),
    ],
)
def test_a_fold_file_that_cannot_be_used_is_named(tmp_path, content: str, says: str) -> None:
    path = tmp_path / "folds.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=says) as caught:
        read_assignment(str(path), pd.Series(["A1"]))
    assert str(path) in str(caught.value)


TISSUES = pd.Series(
    ["lung"] * 30 + ["skin"] * 20 + ["bone"] * 15 + ["breast"] * 12 + [""] * 11 + ["liver"] * 6 + ["eye"] * 5,
    index=[f"L{i}" for i in range(99)],
)


def test_a_tissue_on_both_sides_is_refused() -> None:
    """Prevents: leave-tissue-out that is leave-cell-line-out."""
    groups = np.array(["lung", "lung", "skin", "skin"])
    Fold(0, np.array([0, 1]), np.array([2, 3]), groups)
    with pytest.raises(ValueError, match="lung is in the training and in the test"):
        Fold(0, np.array([0, 2]), np.array([1, 3]), groups)
    with pytest.raises(ValueError, match="lung"):
        list(folds_of(np.array([0, 1, 1, 0]), groups=pd.Series(groups)))


@given(st.randoms(), st.integers(0, 20))
def test_tissues_are_dealt_whole_whatever_the_order_of_rows(random, seed: int) -> None:
    named = named_groups(TISSUES)
    dealt = pd.Series(deal_groups(named, 3, seed), named.index)
    assert (dealt.groupby(named).nunique() == 1).all()
    assert set(dealt) == {0, 1, 2}
    order = list(named.index)
    random.shuffle(order)
    again = pd.Series(deal_groups(named.loc[order], 3, seed), order)
    assert (again.loc[dealt.index] == dealt).all()


def test_lines_of_no_known_tissue_are_held_out_together_under_a_name() -> None:
    named = named_groups(pd.Series(["lung", None, ""]))
    assert named.tolist() == ["lung", UNKNOWN, UNKNOWN]


def test_each_tissue_a_fold_and_small_ones_share_one() -> None:
    named = named_groups(TISSUES)
    held = pd.Series(one_group_a_fold(named, 10), named.index)
    assert held.groupby(named).nunique().max() == 1
    assert set(named[held == held[named == "eye"].iloc[0]]) == {"eye", "liver"}
    assert (
        one_group_a_fold(named, 12)[(named == "eye").to_numpy()] == one_group_a_fold(named, 12).max()
    ).all()


def test_small_tissues_that_are_few_even_together_stay_in_training() -> None:
    few = pd.Series(["lung"] * 20 + ["skin"] * 20 + ["eye"] * 3)
    assert set(one_group_a_fold(few, 10)[40:]) == {-1}


def test_more_folds_than_tissues_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be made of 2 groups"):
        deal_groups(pd.Series(["a", "b"]), 3, 0)


def test_repeats_have_seeds_of_their_own() -> None:
    """Prevents: repeat 1 of seed 0 being repeat 0 of seed 1, so that two studies share their folds."""
    seeds = {repeat_seed(seed, repeat) for seed in range(5) for repeat in range(5)}
    assert len(seeds) == 25
    assert repeat_seed(7, 0) == 7
    assert all(0 <= seed < 2**31 for seed in seeds)
