from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from features.errors import InputError
from features.sources.web import Digest, file_of, is_url, stated_digest

CONTENT = b"experiment_id\n1\n" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()


class Server:
    """A provider in this process: what it holds, and what was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[str] = []


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if self.path.startswith("/absent"):
                return self.send_error(404)
            self.send_response(200)
            claimed = len(CONTENT) + (10 if self.path.startswith("/short") else 0)
            self.send_header("Content-Length", str(claimed))
            self.end_headers()
            self.wfile.write(CONTENT)
            return None

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served = Server(f"http://127.0.0.1:{running.server_address[1]}")
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield served
    running.shutdown()
    running.server_close()


def test_a_file_with_a_digest_is_fetched_once(server: Server, tmp_path: Path) -> None:
    """Prevents: gigabytes that are downloaded at each import, or a damaged copy that is used."""
    told: list[tuple[int, int]] = []
    for digest in (Digest("sha256", SHA256), Digest("md5", MD5)):
        path = file_of(
            f"{server.url}/x.csv",
            digest=digest,
            home=tmp_path,
            progress=lambda _, done, total: told.append((done, total)),
        )
        assert path.read_bytes() == CONTENT
    assert server.asked == ["/x.csv"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    path.write_bytes(b"damaged")
    file_of(f"{server.url}/x.csv", digest=Digest("md5", MD5), home=tmp_path)
    assert len(server.asked) == 2


def test_a_file_without_a_digest_is_fetched_each_time(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        assert file_of(f"{server.url}/x.csv", home=tmp_path).name.endswith("-x.csv")
    assert len(server.asked) == 2


def test_two_addresses_of_one_name_do_not_mix(server: Server, tmp_path: Path) -> None:
    a, b = (file_of(f"{server.url}/{folder}/x.csv", home=tmp_path) for folder in ("a", "b"))
    assert a != b


def test_a_download_without_a_suffix_gets_one(server: Server, tmp_path: Path) -> None:
    assert file_of(f"{server.url}/files/20237739", suffix=".csv", home=tmp_path).suffix == ".csv"
    assert file_of(f"{server.url}/x.csv", suffix=".csv", home=tmp_path).name.count(".csv") == 1


def test_what_is_not_the_expected_file_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    wrong = Digest("md5", "0" * 32)
    with pytest.raises(InputError, match=f"x.csv: is not the expected file: its md5 is {MD5}, not 0000"):
        file_of(f"{server.url}/x.csv", pinned={"x.csv": wrong}, home=tmp_path)
    assert list((tmp_path / "downloads" / "web").iterdir()) == []
    # The user's own word goes before the release that is pinned here.
    stated = Digest("sha256", SHA256)
    assert file_of(f"{server.url}/x.csv", digest=stated, pinned={"x.csv": wrong}, home=tmp_path).is_file()


def test_a_local_file_is_verified_too(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(CONTENT)
    assert file_of(tmp_path / "x.csv", pinned={"x.csv": Digest("md5", MD5)}) == tmp_path / "x.csv"
    with pytest.raises(InputError, match="is not the expected file"):
        file_of(tmp_path / "x.csv", pinned={"x.csv": Digest("md5", "0" * 32)})


@pytest.mark.parametrize(
    ("path", "says"),
    [("/absent.csv", "HTTP 404"), ("/short.csv", r"was cut short: 16000 of 16010 bytes|IncompleteRead")],
)
def test_a_failed_download_is_one_line(server: Server, tmp_path: Path, path: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        file_of(server.url + path, home=tmp_path)
    assert list((tmp_path / "downloads" / "web").iterdir()) == []


def test_an_unreachable_host_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be downloaded .*; check the address and the network"):
        file_of("http://127.0.0.1:9/x.csv", home=tmp_path)


def test_an_address_is_told_from_a_path() -> None:
    assert is_url("https://example.org/x.zip")
    assert not is_url("http/x.zip")
    assert not is_url(Path("x.zip"))


@pytest.mark.parametrize(("sha256", "md5"), [("abc", None), (None, "g" * 32)])
def test_a_digest_that_is_none_is_refused(sha256: str | None, md5: str | None) -> None:
    with pytest.raises(InputError, match="hexadecimal digits"):
        stated_digest(sha256, md5)


def test_sha256_goes_before_md5() -> None:
    assert stated_digest(SHA256.upper(), MD5) == Digest("sha256", SHA256)
    assert stated_digest(None, None) is None
