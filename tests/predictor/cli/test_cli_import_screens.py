"""``mtorc1 data import`` of screens: by path and by URL; bad input is one line and exit code 2."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import openpyxl
import pytest
from cli_helpers import Runner, assert_bad_input, left_in

from features.cohort import Cohort

HEAD = "sample,inhibitor,value,unit,orientation\n"
_OFFICIAL = {
    "v20.data.curves_post_qc.txt": (
        "experiment_id\tarea_under_curve\tmaster_cpd_id\n1\t10\t606363\n2\t14\t606363\n"
    ),
    "v20.meta.per_experiment.txt": "experiment_id\tmaster_ccl_id\n1\t7\n2\t8\n",
    "v20.meta.per_cell_line.txt": "master_ccl_id\tccl_name\tccle_primary_site\n7\tLINE3\tbone\n8\tZ9\tskin\n",
    "v20.meta.per_compound.txt": "master_cpd_id\tcpd_name\ttop_test_conc_umol\n606363\tAZD8055\t33\n",
}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A web server of this machine, and the folder that it serves."""
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path / "home"))
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", folder
    server.shutdown()
    server.server_close()


def _archive(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "ctrp.zip", "w") as archive:
        for name, text in _OFFICIAL.items():
            archive.writestr(name, text)
    return folder / "ctrp.zip"


def test_ctrpv2_comes_by_url_in_either_place(run: Runner, provider: tuple[str, Path], tmp_path: Path) -> None:
    """Prevents: an address whose two slashes became one on its way through a path."""
    url, folder = provider
    digest = hashlib.sha256(_archive(folder).read_bytes()).hexdigest()
    address = f"{url}/ctrp.zip"
    for out, where in (("a", (address,)), ("b", ("--url", address, "--sha256", digest))):
        result = run("data", "import", "--kind", "ctrpv2", *where, "-o", tmp_path / out)
        assert (result.exit_code, result.stderr) == (0, "")
        assert Cohort.read(tmp_path / out).responses["value"].tolist() == [10.0, 14.0]
    assert "AUC 0 to 30 (about 15 = no effect, lower = more sensitive)" in result.stdout


def test_a_screen_joins_a_cohort(
    run: Runner, provider: tuple[str, Path], small_cohort: Cohort, tmp_path: Path
) -> None:
    small_cohort.write(tmp_path / "small")
    result = run(
        "data", "import", "--kind", "ctrpv2", _archive(provider[1]), "--cohort", tmp_path / "small",
        "-o", tmp_path / "both",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    both = Cohort.read(tmp_path / "both")
    new = both.responses[both.responses["screen"] == "CTRPv2"]
    assert new[["sample_id", "value", "max_dose_um"]].to_numpy().tolist() == [["S003", 10.0, 33.0]]
    assert len(both.responses) == len(small_cohort.responses) + 1
    assert "sample is not in small" in result.stdout


def test_a_workbook_comes_by_url(run: Runner, provider: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = provider
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (
        ["DATASET", "COSMIC_ID", "CELL_LINE_NAME", "DRUG_ID", "DRUG_NAME", "MIN_CONC", "MAX_CONC", "LN_IC50",
         "AUC", "RMSE"],
        ["GDSC2", 11, "A-1", 1059, "AZD8055", 0.01, 10, 3.0, 0.9, 0.05],
    ):  # fmt: skip
        book.active.append(row)
    book.save(folder / "gdsc.xlsx")
    result = run("data", "import", "--kind", "gdsc_workbook", f"{url}/gdsc.xlsx", "-o", tmp_path / "c")
    assert result.exit_code == 0, result.stderr
    responses = Cohort.read(tmp_path / "c").responses
    assert responses[["metric", "censored", "drug_id"]].to_numpy().tolist() == [
        ["ln_ic50_um", "right", "1059"], ["auc_fraction", None, "1059"],
    ]  # fmt: skip


def test_tables_and_viabilities_are_imported(run: Runner, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text(f"{HEAD}A,RAD001,0.5,auc_fraction,higher_is_resistant\n")
    result = run(
        "data", "import", "--kind", "responses", tmp_path / "r.csv", "--screen", "OURS", "-o", tmp_path / "r"
    )
    assert result.exit_code == 0, result.stderr
    assert Cohort.read(tmp_path / "r").responses["screen"].tolist() == ["OURS"]
    rows = "".join(f"A,RAD001,{dose},{1 / (1 + dose)}\n" for dose in (0.01, 0.1, 1, 10, 100))
    (tmp_path / "v.csv").write_text(f"sample,inhibitor,dose_um,viability\n{rows}")
    result = run(
        "data",
        "import",
        "--kind",
        "viabilities",
        tmp_path / "v.csv",
        "--parameters",
        "4",
        "-o",
        tmp_path / "v",
    )
    assert result.exit_code == 0, result.stderr
    assert "Hill curves with 4 parameters; 1 curves" in result.stdout
    assert Cohort.read(tmp_path / "v").responses["value"].iloc[0] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--kind", "ctrpv2"), "--kind ctrpv2 needs FILES"),
        (("--kind", "ctrpv2", "absent"), "absent: no such file or folder"),
        (("--kind", "ctrpv2", "a", "b"), "takes one file, not 2"),
        (("--kind", "ctrpv2", "a", "--url", "http://x/y"), "give FILES or --url, not both"),
        (("--kind", "ctrpv2", "--url", "ftp://x/y"), "is not an address that begins with http"),
        (("--kind", "ctrpv2", "http://127.0.0.1:9/x.zip"), "http://127.0.0.1:9/x.zip: cannot be downloaded"),
        (("--kind", "ctrpv2", "absent", "--sha256", "abc"), "'abc' is no sha256 (64 hexadecimal digits)"),
        (("--kind", "ctrpv2", "absent", "--screen", "x"), "--screen does not belong to --kind ctrpv2"),
        (("--kind", "tables", "--url", "http://x/y"), "--url does not belong to --kind tables"),
        (("--kind", "gdsc_workbook", "absent.xlsx"), "absent.xlsx: no such file"),
        (("--kind", "prism", "absent.csv"), "absent.csv: no such file"),
        (("--kind", "responses", "absent.csv"), "absent.csv: no such file"),
        (("--kind", "viabilities", "absent.csv"), "absent.csv: no such file"),
    ],
)
def test_bad_input_is_one_line(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    assert_bad_input(run("data", "import", *arguments, "-o", tmp_path / "c"), said)
    assert left_in(tmp_path) == ["home"]


def test_a_wrong_digest_is_one_line(run: Runner, provider: tuple[str, Path], tmp_path: Path) -> None:
    url, folder = provider
    _archive(folder)
    result = run(
        "data", "import", "--kind", "ctrpv2", f"{url}/ctrp.zip", "--md5", "0" * 32, "-o", tmp_path / "c"
    )
    assert_bad_input(result, "is not the expected file: its md5 is", "state the digest")
