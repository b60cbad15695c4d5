"""What the features must be, and how what is missing gets named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from predictor import sample_inputs
from predictor.bundle import Bundle
from predictor.sample_inputs import align
from predictor.scoring import score


def one(bundle: Bundle, features: pd.DataFrame) -> pd.Series:
    return score(bundle, features.iloc[[0]], inhibitors=["sirolimus"]).iloc[0]


def without(features: pd.DataFrame, *prefixes: str) -> pd.DataFrame:
    return features[[c for c in features.columns if not c.startswith(prefixes)]]


RNA = ("path.", "env.", "growth.", "expr.")
DNA = ("mut.", "msi.")


@pytest.mark.parametrize(
    ("gone", "pattern", "missing"),
    [
        ((), "rna+dna", ""),
        (DNA, "rna", "dna"),
        (RNA, "dna", "rna"),
        ((*RNA, *DNA), "lineage", "dna;rna"),
        (("lineage.",), "rna+dna", "lineage"),
        (("env.",), "rna+dna", "microenvironment"),
        (("msi.",), "rna+dna", "msi.high"),
    ],
)
def test_a_block_that_is_absent_is_missing_and_named(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame, gone: tuple[str, ...], pattern: str, missing: str
) -> None:
    """A sample without DNA is answered without DNA; a zero in its place would say wild type."""
    row = one(tiny_bundle, without(tiny_samples, *gone) if gone else tiny_samples)
    assert row.modality_pattern == pattern
    assert row.missing_inputs == missing


def test_empty_cells_say_the_same_as_an_absent_block(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """NaN and no column are one and the same."""
    blank = tiny_samples.copy()
    blank[[c for c in blank.columns if c.startswith(DNA)]] = np.nan
    assert one(tiny_bundle, blank).to_dict() == one(tiny_bundle, without(tiny_samples, *DNA)).to_dict()


def test_without_genes_too_little_of_rna_is_known(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """80 genes of some 100 inputs: the signatures alone are no RNA profile."""
    row = one(tiny_bundle, without(tiny_samples, "expr."))
    assert (row.modality_pattern, row.missing_inputs) == ("dna", "rna")


def test_single_gaps_are_named_by_column_and_genes_counted(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Short enough to read: not 12 gene names in each row."""
    gaps = tiny_samples.copy()
    genes = [c for c in gaps.columns if c.startswith("expr.")][:12]
    gaps.loc["N00", ["mut.KRAS", *genes]] = np.nan
    row = one(tiny_bundle, gaps)
    assert row.modality_pattern == "rna+dna"
    assert row.missing_inputs == "mut.KRAS;expression of 12 genes"
    assert one(tiny_bundle, gaps.iloc[1:]).missing_inputs == ""


def test_a_few_gene_columns_may_lack(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """An expression table never has every symbol; at most 25 % may be gone."""
    genes = [c for c in tiny_samples.columns if c.startswith("expr.")]
    row = one(tiny_bundle, tiny_samples.drop(columns=genes[:20]))
    assert row.missing_inputs == "expression of 20 genes"
    with pytest.raises(InputError, match="21 of 80 columns are missing"):
        score(tiny_bundle, tiny_samples.drop(columns=genes[:21]))


def test_a_sample_with_half_its_genes_is_refused_by_name(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """Ranks over half the genes mean something else."""
    genes = [c for c in tiny_samples.columns if c.startswith("expr.")]
    tiny_samples.loc["N03", genes[:40]] = np.nan
    with pytest.raises(InputError, match=r"sample N03: 50\.0% of the 80 genes are missing \(at most 25%\)"):
        score(tiny_bundle, tiny_samples)


def test_a_column_missing_from_a_present_family_is_refused_by_name(
    tiny_bundle: Bundle, tiny_samples: pd.DataFrame
) -> None:
    """A renamed column must not turn into a silent mean."""
    with pytest.raises(InputError, match=r"family mutations: 1 of \d+ columns are missing: mut\.KRAS"):
        score(tiny_bundle, tiny_samples.drop(columns="mut.KRAS"))


def test_other_columns_are_left_aside(tiny_bundle: Bundle, tiny_samples: pd.DataFrame) -> None:
    """A matrix with more families than the model knows is fine, and a bool or integer column is a number."""
    more = tiny_samples.assign(**{"clonality.math": 12.0, "note": "x"})
    more["mut.KRAS"] = more["mut.KRAS"].fillna(0).astype(int)
    assert align(tiny_bundle, more).shape == (len(more), len(tiny_bundle.columns))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: f.iloc[:0], "no sample"),
        (lambda f: pd.concat([f, f.iloc[[2]]]), "sample N02 occurs twice"),
        (lambda f: pd.concat([f, f[["mut.KRAS"]]], axis=1), r"column mut\.KRAS occurs twice"),
        (lambda f: f[["lineage.skin"]].rename(columns={"lineage.skin": "skin"}), "no column is a feature"),
        (lambda f: f.assign(**{"path.myc": "high"}), r"column path\.myc: values are not numbers"),
        (lambda f: f.assign(**{"path.myc": np.inf}), r"column path\.myc, sample N00: value is infinite"),
    ],
)
def test_features_that_cannot_be_used_are_refused(
    tiny_bundle: Bundle,
    tiny_samples: pd.DataFrame,
    spoil,  # type: ignore[no-untyped-def]
    words: str,
) -> None:
    """One line that names the place."""
    with pytest.raises(InputError, match=words):
        score(tiny_bundle, spoil(tiny_samples))


@pytest.mark.parametrize(("column", "given"), [("clonality.min_depth", 30.0), ("clonality.min_vaf", 0.1)])
def test_clonality_of_other_cut_offs_is_refused(
    tiny_bundle: Bundle,
    tiny_samples: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    column: str,
    given: float,
) -> None:
    """MATH of other cut-offs is another feature of the same name."""
    used = sample_inputs._used(tiny_bundle) | {"clonality": ["clonality.math"]}
    monkeypatch.setattr(sample_inputs, "_used", lambda _: used)
    kept = {"clonality.math": 30.0, "clonality.min_depth": 20.0, "clonality.min_vaf": 0.05}
    align(tiny_bundle, tiny_samples.assign(**kept))
    with pytest.raises(InputError, match=f"column {column}, sample .*the model was trained with"):
        align(tiny_bundle, tiny_samples.assign(**(kept | {column: given})))
