"""GMT files: what is read, and one clear line for what cannot be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from features.builders.rank_normal import gene_universe, universe_symbols
from features.errors import InputError
from features.identity import gene_aliases
from features.sources.gmt import read_gmt

GENES = universe_symbols()[:8]


def line(name: str, genes: tuple[str, ...] = GENES) -> str:
    return "\t".join([name, "of a test", *genes])


def written(folder: Path, text: str, name: str = "sets.gmt") -> Path:
    path = folder / name
    content = text.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path


@pytest.mark.parametrize("name", ["sets.gmt", "sets.gmt.gz"])
def test_sets_keep_their_order_and_their_genes(tmp_path: Path, name: str) -> None:
    text = f"\ufeff# a comment\n{line('B set')}\n\n{line('A', GENES[:5])}\t\r\n"
    sets = read_gmt(written(tmp_path, text, name))
    assert list(sets) == ["B set", "A"]
    assert sets["B set"] == dict.fromkeys(GENES, 1.0)
    assert list(sets["A"]) == list(GENES[:5])


def test_a_gene_under_two_of_its_names_counts_once(tmp_path: Path) -> None:
    # Counted twice it would weigh no more, but a set of five names of one gene would pass for five genes.
    alias, approved = next((a, s) for a, s in gene_aliases().items() if s in set(universe_symbols()))
    sets = read_gmt(written(tmp_path, line("S", (*GENES, alias, approved, GENES[0]))))
    assert list(sets["S"]) == [*GENES, approved]


def test_the_training_panels_spelling_is_known(tmp_path: Path) -> None:
    renamed = gene_universe().query("symbol != approved_symbol")["symbol"].head(5)
    assert len(read_gmt(written(tmp_path, line("S", tuple(renamed))))["S"]) == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no gene set"),
        ("# nothing\n\n", "holds no gene set"),
        ("A,of a test,TP53,MYC", "line 1: is not separated by tabs"),
        (f"{line('A')}\nB of a test TP53", "line 2: is not separated by tabs"),
        (f"{line('A')}\n{line('A')}", "line 2: gene set A occurs twice"),
        (line(""), "line 1: a gene set has no name"),
        ("A\tempty", "line 1: gene set A has no genes"),
        ("A\tempty\t\t", "line 1: gene set A has no genes"),
        (line("A", ("TP53,1.0", *GENES)), "'TP53,1.0' in gene set A is no gene symbol"),
        (line("A", ("TP53 MYC",)), "'TP53 MYC' in gene set A is no gene symbol"),
        (
            f"{line('A')}\n{line('FEW', GENES[:4])}\n{line('MICE', ('Tp53', 'Myc'))}",
            "2 of 3 gene sets have fewer than 5 genes that are scored: FEW (4 of 4, line 2), MICE (0 of 2",
        ),
    ],
)
def test_what_is_no_gmt_file_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        read_gmt(written(tmp_path, text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\x1f\x8b not gzip", b""])
def test_a_broken_archive_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sets.gmt.gz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot be read as a GMT file|holds no gene set"):
        read_gmt(path)


def test_a_cut_off_archive_and_other_encodings_are_one_line(tmp_path: Path) -> None:
    whole = written(tmp_path, "\n".join(line(f"S{i}") for i in range(200)), "whole.gmt.gz")
    cut = tmp_path / "cut.gmt.gz"
    cut.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"cut\.gmt\.gz: cannot be read as a GMT file"):
        read_gmt(cut)
    latin = tmp_path / "latin.gmt"
    latin.write_bytes("Größe\t\tTP53".encode("latin-1"))
    with pytest.raises(InputError, match="cannot be read as a GMT file"):
        read_gmt(latin)
    with pytest.raises(InputError, match="no such file"):
        read_gmt(tmp_path / "none.gmt")
