from __future__ import annotations

import errno
import hashlib
import logging
import os
import subprocess
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from features.errors import InputError
from features.progress import Progress
from features.sources import pip_index, store
from features.sources.archives import read_members
from features.sources.pip_config import PYPI, PipConfig, parse_pip_config, read_pip_config
from features.sources.store import Distribution, cached_file, home_folder

WHEEL, SDIST = "tinydata-1.0-py3-none-any.whl", "tinyset-1.0.tar.gz"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Index:
    """A package index of two tiny distributions; the sdist's setup.py writes a marker if it is ever run."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        self.marker = root / "setup_was_run"
        wheel, sdist = root / "simple/tinydata" / WHEEL, root / "simple/tinyset" / SDIST
        for path in (wheel, sdist):
            path.parent.mkdir(parents=True)
            (path.parent / "index.html").write_text(f'<a href="{path.name}">{path.name}</a>')
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("tinydata/data.csv", "a,b\n1,2\n")
            archive.writestr(
                "tinydata-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinydata\nVersion: 1.0\n"
            )
            archive.writestr("tinydata-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
            archive.writestr("tinydata-1.0.dist-info/RECORD", "")
        source = root / "tinyset-1.0"
        source.mkdir()
        # A build backend of its own: whether setuptools and wheel are installed must not matter.
        (source / "builds.py").write_text(f"open({str(self.marker)!r}, 'w').close()\n")
        (source / "pyproject.toml").write_text(
            '[build-system]\nrequires = []\nbuild-backend = "builds"\nbackend-path = ["."]\n'
        )
        (source / "data.csv").write_text("a,b\n3,4\n")
        # Within the archive: a newer pip refuses to unpack one that leads out.
        (source / "link.csv").symlink_to("data.csv")
        with tarfile.open(sdist, "w:gz") as tar:
            tar.add(source, "tinyset-1.0")
        self.wheel, self.sdist = self._pinned(wheel), self._pinned(sdist)

    @staticmethod
    def _pinned(path: Path) -> Distribution:
        data = path.read_bytes()
        return Distribution(
            path.parent.name, "1.0", path.name, hashlib.sha256(data).hexdigest(), len(data), "CC0"
        )


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    root = tmp_path / "index"
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for variable in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    url = f"http://127.0.0.1:{server.server_port}/simple"
    monkeypatch.setenv("PIP_INDEX_URL", url)
    yield Index(root, url)
    server.shutdown()
    server.server_close()


def _never(wanted: Distribution, folder: Path, progress: Progress) -> Path:
    raise AssertionError("downloaded although the file is there")


def _gives(data: bytes) -> store.Download:
    def download(wanted: Distribution, folder: Path, progress: Progress) -> Path:
        (folder / wanted.filename).write_bytes(data)
        return folder / wanted.filename

    return download


def _pin(data: bytes) -> Distribution:
    return Distribution("p", "1", "p-1.whl", hashlib.sha256(data).hexdigest(), len(data), "CC0")


def test_a_wheel_comes_from_the_index_that_pip_is_told(index: Index, tmp_path: Path) -> None:
    path = cached_file(tmp_path / "home", index.wheel, pip_index.download)
    assert read_members(path, ["tinydata/data.csv"]) == {"tinydata/data.csv": b"a,b\n1,2\n"}
    assert [p.name for p in path.parent.iterdir()] == [WHEEL]


def test_an_sdist_comes_from_the_index_and_no_build_step_starts(index: Index, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    path = cached_file(tmp_path / "home", index.sdist, pip_index.download, lambda *call: seen.append(call))
    assert read_members(path, ["tinyset-1.0/data.csv"])["tinyset-1.0/data.csv"] == b"a,b\n3,4\n"
    assert not index.marker.exists()
    assert any(label.startswith("downloading") and done == total > 0 for label, done, total in seen)


def test_the_marker_works_pip_itself_would_have_run_the_build(index: Index, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-build-isolation", "tinyset==1.0"]
    subprocess.run([*command, "-d", str(tmp_path / "d")], capture_output=True, check=False)
    assert index.marker.exists()


def test_an_sdist_is_found_by_find_links_without_an_index(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index.root / "simple" / "tinyset"))
    assert cached_file(tmp_path / "home", index.sdist, pip_index.download).is_file()
    assert not index.marker.exists()


def test_what_no_index_has_is_one_clear_line(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for wanted, says in (
        (index.sdist, "on none of the package indexes"),
        (index.wheel, "pip could not download"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            cached_file(tmp_path / "home", wanted, pip_index.download)
        assert "\n" not in str(caught.value)
    assert list((tmp_path / "home/downloads").iterdir()) == []


def test_another_file_under_the_same_name_is_refused(index: Index, tmp_path: Path) -> None:
    for wanted, says in ((index.sdist, "not the pinned file"), (index.wheel, "pip could not download.*HASH")):
        path = index.root / "simple" / wanted.project / wanted.filename
        path.write_bytes(path.read_bytes() + b"\0")
        with pytest.raises(InputError, match=f"(?i){says}"):
            cached_file(tmp_path / "home", wanted, pip_index.download)
        assert not (tmp_path / "home/downloads" / wanted.filename).exists()


def test_a_dead_index_is_one_clear_line(index: Index, tmp_path: Path) -> None:
    config = PipConfig(index_urls=("http://127.0.0.1:9/simple",), timeout=1)
    with pytest.raises(InputError, match="cannot be downloaded"):
        pip_index.download_sdist(index.sdist, tmp_path, config=config)


def test_certificates_and_proxy_are_taken_from_pip(index: Index, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no usable certificates"):
        pip_index.download_sdist(index.sdist, tmp_path, config=PipConfig(cert=str(tmp_path / "no.pem")))
    folder = tmp_path / "certificates"
    folder.mkdir()
    proxied = PipConfig(
        index_urls=("https://mirror.invalid/simple",), cert=str(folder), proxy="http://127.0.0.1:9", timeout=1
    )
    with pytest.raises(InputError, match="cannot be downloaded"):
        pip_index.download_sdist(index.sdist, tmp_path, config=proxied)


def test_pip_that_cannot_run_is_one_clear_line(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    with pytest.raises(InputError, match="pip cannot be run"):
        pip_index.download_wheel(index.wheel, tmp_path)
    with pytest.raises(InputError, match="pip cannot be run"):
        read_pip_config()


FULL = "OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: x\nERROR: No matching distribution\n\nnotice: new pip\n", "No matching distribution"),
        (f"ERROR: Exception:\nTraceback:\n  f()\n{FULL}\n", FULL),
        ("", "no reason given"),
    ],
)
def test_pips_reason_is_passed_on(stderr: str, reason: str) -> None:
    assert pip_index.pip_reason(stderr) == reason


def test_a_broken_pip_configuration_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.conf").write_text("no section\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    with pytest.raises(InputError, match="pip cannot read its configuration"):
        read_pip_config()


def test_later_sections_of_pips_configuration_win(tmp_path: Path) -> None:
    listing = "\n".join(
        [
            ":env:.index-url='https://env/simple'",
            "download.index-url='https://download/simple'",
            "global.index-url='https://global/simple'",
            "install.trusted-host='a b'",
            "global.extra-index-url='https://one/simple\\nhttps://two/simple'",
            f"global.find-links='{tmp_path} /no/such/folder https://links/page.html'",
            ":env:.default-timeout='180'",
            "global.proxy='http://proxy:3128'",
            "freeze.timeout='1'",
            "a line of something else",
        ]
    )
    config = parse_pip_config(listing, {"REQUESTS_CA_BUNDLE": "/ca.pem"})
    assert config == PipConfig(
        index_urls=("https://env/simple", "https://one/simple", "https://two/simple"),
        find_links=(str(tmp_path), "https://links/page.html"),
        trusted_hosts=("a", "b"),
        cert="/ca.pem",
        proxy="http://proxy:3128",
        timeout=180.0,
    )
    assert parse_pip_config("", {}) == PipConfig(index_urls=(PYPI,))
    assert parse_pip_config("global.no-index='true'", {}).index_urls == ()


def test_a_second_fetch_downloads_nothing(tmp_path: Path) -> None:
    data = b"numbers"
    first = cached_file(tmp_path, _pin(data), _gives(data))
    assert cached_file(tmp_path, _pin(data), _never) == first


@pytest.mark.parametrize("spoiled", [b"numb", b"nUmbers"])
def test_a_truncated_or_altered_file_is_named_and_fetched_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoiled: bytes
) -> None:
    data = b"numbers"
    path = cached_file(tmp_path, _pin(data), _gives(data))
    path.write_bytes(spoiled)
    with caplog.at_level(logging.WARNING):
        assert cached_file(tmp_path, _pin(data), _gives(data)).read_bytes() == data
    assert f"{path} is truncated or altered" in caplog.text


def test_a_download_that_is_not_what_was_pinned_never_reaches_the_cache(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the pinned file"):
        cached_file(tmp_path, _pin(b"numbers"), _gives(b"others"))
    assert list((tmp_path / "downloads").iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_full_or_read_only_cache_is_one_clear_line(tmp_path: Path, code: int) -> None:
    def refuse(wanted: Distribution, folder: Path, progress: Progress) -> Path:
        raise OSError(code, os.strerror(code))

    with pytest.raises(InputError, match=os.strerror(code).lower()) as caught:
        cached_file(tmp_path, _pin(b"x"), refuse)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "downloads").iterdir()) == []


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="choose another folder"):
        cached_file(tmp_path / "file" / "home", _pin(b"x"), _never)


def test_interrupt_half_way_leaves_no_remains(tmp_path: Path) -> None:
    def interrupt(wanted: Distribution, folder: Path, progress: Progress) -> Path:
        (folder / "part").write_bytes(b"x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_file(tmp_path, _pin(b"x"), interrupt)
    assert list((tmp_path / "downloads").iterdir()) == []


def test_two_processes_at_once_download_once_and_agree(tmp_path: Path) -> None:
    code = f"""
import sys, time, uuid
from pathlib import Path
from features.sources.store import Distribution, cached_file
wanted = Distribution(*{tuple(_pin(b"numbers" * 1000).__dict__.values())!r})
def download(wanted, folder, progress):
    Path({str(tmp_path)!r}, "count-" + uuid.uuid4().hex).touch()
    with (folder / wanted.filename).open("wb") as handle:
        for _ in range(1000):
            handle.write(b"numbers")
            time.sleep(0.0003)
    return folder / wanted.filename
print(cached_file(Path({str(tmp_path)!r}) / "home", wanted, download).stat().st_size)
"""
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    assert [process.communicate()[0].strip() for process in both] == ["7000", "7000"]
    assert len(list(tmp_path.glob("count-*"))) == 1


def test_where_the_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTORC1_HOME", str(tmp_path / "moved"))
    assert home_folder() == tmp_path / "moved"
    assert home_folder(tmp_path) == tmp_path
    monkeypatch.delenv("MTORC1_HOME")
    assert home_folder().name == "mtorc1-response"


def test_archives_that_cannot_be_read_are_named(index: Index, tmp_path: Path) -> None:
    sdist = index.root / "simple/tinyset" / SDIST
    for path, member in ((sdist, "tinyset-1.0/no.csv"), (sdist, "tinyset-1.0/link.csv")):
        with pytest.raises(InputError, match=SDIST):
            read_members(path, [member])
    (tmp_path / "x.whl").write_bytes(b"no zip")
    with pytest.raises(InputError, match=r"x\.whl: cannot be read"):
        read_members(tmp_path / "x.whl", ["a"])
