"""Captures written: heads that still hold, and files that are there whole or not at all."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path

import fastwarc.warc
import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.errors import BadInput, TryLater
from archiver.export import warc

AT = datetime(2024, 2, 29, 8, 15, 0, 250000, tzinfo=UTC)
BODY = "<p>बारिश</p>".encode()


def capture(
    body: bytes | None = BODY,
    *headers: tuple[str, str],
    at: datetime = AT,
    redirects: tuple[tuple[int, str, str], ...] = (),
    earlier: tuple[str, datetime] | None = None,
) -> warc.Capture:
    return warc.Capture(
        id=1,
        url="https://news.example/rain",
        at=at,
        status=200,
        headers=headers,
        media_type="text/html",
        redirects=redirects,
        digest=sha256(BODY).hexdigest(),
        body=body,
        earlier=earlier,
    )


def written(
    path: Path, *captures: warc.Capture, index: bool = False
) -> list[tuple[str, str, str, bytes]]:
    """Type, URL, head and body of every record but the first, as warcio reads them."""
    warc.write(captures, path, {"software": "test"}, AT, index=index)
    with path.open("rb") as file:
        records = [
            (
                one.rec_type,
                one.rec_headers.get_header("WARC-Target-URI"),
                str(one.http_headers),
                one.content_stream().read(),
            )
            for one in ArchiveIterator(file, check_digests="raise")
        ]
    assert records[0][0] == "warcinfo"
    return records[1:]


def test_headers_that_no_longer_hold_are_kept_under_another_name(tmp_path: Path) -> None:
    """The body is decoded, so a reader must not decode it again; its length is its own."""
    sent = [
        ("Content-Type", "text/html"),
        ("content-encoding", "br"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "9"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    ((_, _, head, body),) = written(tmp_path / "a.warc.gz", capture(BODY, *sent))
    assert head.replace("\r\n", "\n").splitlines() == [
        "HTTP/1.1 200 OK",
        "Content-Type: text/html",
        "X-Archive-Orig-content-encoding: br",
        "X-Archive-Orig-Transfer-Encoding: chunked",
        "X-Archive-Orig-Content-Length: 9",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        f"Content-Length: {len(BODY)}",
    ]
    assert body == BODY


def test_a_header_cannot_end_its_line(tmp_path: Path) -> None:
    """What an import brought in must not forge a head, or a record."""
    forged = ("X", "a\r\n\r\n<p>WARC/1.1\r\nY: b\0")
    ((_, _, head, body),) = written(tmp_path / "a.warc", capture(BODY, forged))
    assert "\n\r\n" not in head.rstrip()
    assert body == BODY


def test_redirects_come_first_and_lead_there(tmp_path: Path) -> None:
    """Replay follows them."""
    hops = (
        (301, "http://news.example/a", "https://news.example/a"),
        (302, "https://news.example/a", "https://news.example/rain"),
    )
    records = written(tmp_path / "a.warc.zst.warc", capture(BODY, redirects=hops), index=True)
    assert [(url, "Location: https" in head) for _, url, head, _ in records] == [
        ("http://news.example/a", True),
        ("https://news.example/a", True),
        ("https://news.example/rain", False),
    ]
    assert len((tmp_path / "a.warc.zst.cdxj").read_bytes().splitlines()) == 3


def test_times_are_utc_and_exact(tmp_path: Path) -> None:
    local = AT.astimezone(timezone(timedelta(hours=5, minutes=45)))
    path = tmp_path / "a.warc.gz"
    written(path, capture(at=local), index=True)
    dates = [one.headers["WARC-Date"] for one in fastwarc.warc.ArchiveIterator(str(path))]
    assert dates[1] == "2024-02-29T08:15:00.250000Z"
    assert (tmp_path / "a.cdxj").read_text().split(" ")[1] == "20240229081500"


def test_equal_captures_give_equal_bytes(tmp_path: Path) -> None:
    """A file of the same archive as of the same moment can be compared by its digest."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        written(
            tmp_path / folder / "a.warc.gz", capture(), capture(None, earlier=("https://a/", AT))
        )
    first, second = (tmp_path / folder / "a.warc.gz" for folder in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_each_record_is_a_frame_of_its_own(tmp_path: Path) -> None:
    """A reader may begin at any offset of the index: in zstd as in gzip."""
    path = tmp_path / "a.warc.zst"
    warc.write([capture(), capture(at=AT + timedelta(days=1))], path, {}, AT, index=True)
    whole = path.read_bytes()
    for line in (tmp_path / "a.cdxj").read_text().splitlines():
        told = json.loads(line.split(" ", 2)[2])
        part = whole[int(told["offset"]) :][: int(told["length"])]
        (one,) = fastwarc.warc.ArchiveIterator(io.BytesIO(part))
        assert one.headers["WARC-Target-URI"] == told["url"]


def test_a_file_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def failing() -> Iterator[warc.Capture]:
        yield capture()
        raise OSError(28, "No space left on device")

    with pytest.raises(TryLater):
        warc.write(failing(), tmp_path / "a.warc.gz", {}, AT, index=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a", "a.gz", "a.warc.bz2"])
def test_the_name_says_how_it_is_compressed(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=r"\.warc\.gz, \.warc\.zst or \.warc"):
        warc.write([], tmp_path / name, {}, AT)
