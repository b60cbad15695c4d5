"""How failures of tables read."""

from __future__ import annotations

import numpy as np
import pytest

from features.failures import TableError, failure, in_words, raise_failures


@pytest.mark.parametrize(
    ("value", "check", "said"),
    [
        (None, "is given", "is missing"),
        (np.nan, "has any value", "has no value"),
        ("-", "column is present", "there is no such column"),
        ("P1", "is unique", "'P1' occurs more than once"),
        (-0.5, "is at least 0", "-0.5 is below 0"),
        (1.4, "is at most 1", "1.4 is above 1"),
        (50.0, "is not before start", "50 is before start"),
        ("x", "is a number", "'x' is not a number"),
        (3.0, "comes with a ref_count", "3 comes without a ref_count"),
        ("R2", "has a variant", "'R2' has no variant"),
        ("x", "dtype('float64')", "'x': dtype('float64')"),
    ],
)
def test_a_failure_reads_as_a_sentence(value: object, check: str, said: str) -> None:
    """Prevents: "None fails is given"."""
    assert in_words(value, check) == said


def test_the_line_shows_three_and_says_what_to_do() -> None:
    part = failure("x.tsv", "purity", range(5), [70.0] * 5, "is at most 1")
    with pytest.raises(TableError) as caught:
        raise_failures([part, part.iloc[:0]], where="x.tsv", todo="write a fraction")
    line = str(caught.value)
    assert line.startswith("x.tsv: 5 values not as expected: x.tsv, column purity, row 0: 70 is above 1;")
    assert line.endswith("; and 2 more; write a fraction")
    assert len(caught.value.failures) == 5
