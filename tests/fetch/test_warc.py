"""WARC files read: as several tools write them, damaged, and made to harm."""

from __future__ import annotations

import gzip
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.fetch import warc
from archiver.fetch.records import Broken, Capture, Record, Redirect, Revisit, Skipped
from tests.warcs import AT, PAGE, Recorder, digest, http, record, response, revisit

LIMIT = 1_000_000
BODY = PAGE.encode()


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], list[Record]]:
    def reader(data: bytes) -> list[Record]:
        path = tmp_path / "file.warc"
        path.write_bytes(data)
        return list(warc.read(path, "archiver", LIMIT))

    return reader


Read = Callable[[bytes], list[Record]]


def bodies(records: list[Record]) -> list[bytes]:
    return [one.fetched.body for one in records if isinstance(one, Capture)]


def reasons(records: list[Record]) -> list[str]:
    return [one.reason for one in records if isinstance(one, Broken)]


def chunked(body: bytes, size: int = 100, extension: bytes = b"") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x%s\r\n%s\r\n" % (len(p), extension, p) for p in parts) + b"0\r\n\r\n"


def with_dictionary(members: list[bytes], *, compressed: bool) -> bytes:
    """Records under a dictionary in the first frame, as the format for WARC files has it."""
    samples: list[bytes | bytearray | memoryview] = [
        bytes([seed]) * 3 + one for seed in range(60) for one in members
    ]
    known = zstandard.train_dictionary(4000, samples)
    held = zstandard.compress(known.as_bytes()) if compressed else known.as_bytes()
    compressor = zstandard.ZstdCompressor(dict_data=known, write_checksum=True)
    frame = struct.pack("<II", 0x184D2A5D, len(held)) + held
    return frame + b"".join(compressor.compress(one) for one in members)


RECORDS = [record("warcinfo", b"software: test\r\n"), *(
    response(f"https://news.example/{number}", PAGE.replace("Rain", str(number)).encode())
    for number in range(4)
)]  # fmt: skip
FILES = {
    "plain": b"".join(RECORDS),
    "gzip": b"".join(map(gzip.compress, RECORDS)),
    "one gzip member": gzip.compress(b"".join(RECORDS)),
    "zstd": b"".join(map(zstandard.compress, RECORDS)),
    "zstd dictionary": with_dictionary(RECORDS, compressed=False),
    "zstd compressed dictionary": with_dictionary(RECORDS, compressed=True),
    "two files in one": b"".join(map(gzip.compress, RECORDS[:3])) * 2
    + b"".join(map(gzip.compress, RECORDS[3:])),
}


@pytest.mark.parametrize("form", FILES)
def test_every_form_of_file_reads(read: Read, form: str) -> None:
    records = read(FILES[form])
    assert set(bodies(records)) == {
        PAGE.replace("Rain", str(number)).encode() for number in range(4)
    }
    assert not reasons(records)


def test_offsets_are_where_the_records_begin(read: Read, tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.warc.gz")
    places = [0, *(recorder.put(one) for one in RECORDS[1:])]
    records = read(recorder.saved().read_bytes())
    assert [one.offset for one in records] == places


CODED = {
    "gzip": (gzip.compress(BODY), [("Content-Encoding", "gzip")]),
    "brotli": (brotli.compress(BODY), [("Content-Encoding", "br")]),
    "zstd": (zstandard.compress(BODY), [("content-encoding", "zstd")]),
    "chunks": (chunked(BODY), [("Transfer-Encoding", "chunked")]),
    "chunks of one byte": (chunked(BODY, 1, b";a=b"), [("Transfer-Encoding", "chunked")]),
    "gzip in chunks": (
        chunked(gzip.compress(BODY)),
        [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")],
    ),
    "undone, and the headers kept": (
        BODY,
        [("Transfer-Encoding", "chunked"), ("Content-Encoding", "br")],
    ),
    "gzip undone": (b"\n" + BODY, [("Content-Encoding", "gzip")]),
}


@pytest.mark.parametrize("coding", CODED)
def test_codings_are_undone_where_they_are_there(read: Read, coding: str) -> None:
    """Tools keep the headers whatever they did with the body."""
    stored, headers = CODED[coding]
    (capture,) = read(response("https://news.example/", stored, "200 OK", *headers))
    assert isinstance(capture, Capture)
    assert capture.fetched.outcome == "ok"
    assert capture.fetched.body.lstrip() == BODY
    assert dict(capture.fetched.headers).items() >= dict(headers).items()


@pytest.mark.parametrize(
    "payload",
    [
        digest(chunked(gzip.compress(BODY, mtime=0))),
        digest(gzip.compress(BODY, mtime=0)),
        digest(BODY),
        f"sha256:{sha256(BODY).hexdigest()}",
        f"SHA-256:{sha256(BODY).hexdigest().upper()}",
        "blake3:0000",
        "",
    ],
)
def test_a_digest_is_that_of_one_of_the_stages(read: Read, payload: str) -> None:
    """Tools hash the payload with its chunks, without them, or without any coding."""
    stored = chunked(gzip.compress(BODY, mtime=0))
    headers = [("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip")]
    one = response("https://news.example/", stored, "200 OK", *headers, WARC_Payload_Digest=payload)
    assert bodies(read(one)) == [BODY]


def test_a_wrong_digest_is_a_broken_record_and_the_next_reads(read: Read) -> None:
    wrong = response(WARC_Payload_Digest=digest(b"other"))
    records = read(wrong + RECORDS[1])
    assert "WARC-Payload-Digest" in reasons(records)[0]
    assert len(bodies(records)) == 1


def test_what_is_no_page_is_skipped_and_says_why(read: Read) -> None:
    kinds = [
        record("request", http(b"", "GET"), "https://news.example/"),
        record("metadata", b"via: x\r\n", "https://news.example/"),
        response("https://news.example/a.png", b"\x89PNG", "200 OK", ("Content-Type", "image/png")),
        response(status="404 Not Found"),
        response(status="206 Partial Content"),
        response("dns:news.example", b"1.2.3.4"),
        record("resource", b"log", "urn:pageinfo:https://news.example/", Content_Type="text/html"),
    ]
    assert [one.why for one in read(b"".join(kinds)) if isinstance(one, Skipped)] == [
        *("type", "type", "media_type", "status", "status", "url", "url")
    ]


def test_resources_and_brackets_and_missing_types_are_pages(read: Read) -> None:
    """The brackets of wget, the resources of browsers, servers that send no Content-Type."""
    resource = record("resource", BODY, "<https://news.example/a>", Content_Type="text/html")
    untyped = record(
        "response", http(BODY, "200 OK"), "https://news.example/b", Content_Type="application/http"
    )
    records = read(resource + untyped)
    assert bodies(records) == [BODY, BODY]
    assert [one.fetched.final_url for one in records if isinstance(one, Capture)] == [
        "https://news.example/a",
        "https://news.example/b",
    ]


def test_redirects_and_revisits_are_told(read: Read) -> None:
    moved = response("https://news.example/a", b"", "301 Moved", ("Location", "/b?utm_source=x"))
    again = revisit("https://news.example/b", AT, ("https://news.example/b", AT))
    redirect, second = read(moved + again)
    assert isinstance(redirect, Redirect)
    assert (redirect.status, redirect.to) == (301, "https://news.example/b")
    assert isinstance(second, Revisit)
    assert (second.of_url, second.of_time) == ("https://news.example/b", AT)
    assert second.fetched.outcome == "not_modified"


def test_times_of_both_versions_read(read: Read) -> None:
    exact = datetime(2024, 2, 29, 8, 15, 0, 123456, tzinfo=UTC)
    records = read(response(at=AT) + response(at=exact))
    assert [one.fetched.started_at for one in records if isinstance(one, Capture)] == [
        AT,
        exact,
    ]
    assert "no time" in reasons(read(response(WARC_Date="yesterday")))[0]


def test_noarchive_is_obeyed_and_other_signals_are_kept(read: Read) -> None:
    closed = BODY.replace(b"<body>", b"<meta name=robots content=noarchive><body>")
    one, other = read(
        response("https://news.example/a", closed)
        + response("https://news.example/b", BODY, "200 OK", ("tdm-reservation", "1"))
    )
    assert isinstance(one, Capture)
    assert isinstance(other, Capture)
    assert (one.fetched.outcome, one.fetched.body) == ("refused", b"")
    assert other.fetched.signals == (("tdm-reservation", "1"),)


def test_what_came_cut_is_kept_as_cut(read: Read) -> None:
    """A connection that broke while the crawler listened, and a crawler's own limit."""
    stored = gzip.compress(BODY)[:-20]
    broken = response("https://news.example/a", stored, "200 OK", ("Content-Encoding", "gzip"))
    limited = response("https://news.example/b", BODY[:200], WARC_Truncated="length",
                       WARC_Payload_Digest=digest(BODY))  # fmt: skip
    records = read(broken + limited)
    assert [one.fetched.outcome for one in records if isinstance(one, Capture)] == [
        "truncated",
        "truncated",
    ]


def test_too_large_a_body_is_a_broken_record(read: Read) -> None:
    bomb = gzip.compress(b"<html>" + bytes(LIMIT))
    coded = response("https://news.example/", bomb, "200 OK", ("Content-Encoding", "gzip"))
    plain = response(body=b"<html>" + bytes(LIMIT + 100_000))
    records = read(coded + plain + RECORDS[1])
    assert all("max_bytes" in reason for reason in reasons(records))
    assert len(reasons(records)) == 2
    assert len(bodies(records)) == 1


PACK: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("form", PACK)
@pytest.mark.parametrize("stated", [10**15, 500_000, len(RECORDS[1]) + 300])
@pytest.mark.parametrize("kind", ["page", "page without digest", "request"])
def test_a_false_length_costs_its_record_alone(
    read: Read, form: str, stated: int, kind: str
) -> None:
    """It is told with its place, and every record behind it is read, in a long file as well."""
    length = str(stated)
    liar = {
        "page": response(Content_Length=length),
        "page without digest": response(Content_Length=length, WARC_Payload_Digest=""),
        "request": record("request", b"GET", "https://news.example/", Content_Length=length),
    }[kind]
    after = [*RECORDS[2:], record("metadata", bytes(700_000)), *RECORDS[2:]]
    packed = [PACK[form](one) for one in (*RECORDS[:2], liar, *after)]
    records = read(b"".join(packed))
    assert {one.offset for one in records if isinstance(one, Broken)} == {
        len(packed[0] + packed[1])
    }
    if form != "plain" or stated == 10**15:  # else the file is long enough, and what follows tells
        (reason,) = reasons(records)
        assert f"length of {stated} bytes" in reason
    found = bodies(records)
    for number in range(1, 4):
        assert found.count(PAGE.replace("Rain", str(number)).encode()) == 2


def test_two_false_lengths_in_a_row_are_two_failures(read: Read) -> None:
    liar = response(Content_Length=str(10**15))
    records = read(RECORDS[1] + liar + liar + RECORDS[2])
    assert [one.offset for one in records if isinstance(one, Broken)] == [
        len(RECORDS[1]),
        len(RECORDS[1] + liar),
    ]
    assert len(bodies(records)) == 2


@pytest.mark.parametrize("form", PACK)
def test_a_long_record_is_no_liar(read: Read, form: str) -> None:
    """One that is skipped, one past the limit, and a page that spans members."""
    long = record("metadata", bytes(60 << 20))
    page = response(body=b"<html>" + bytes(3 << 20))
    data = b"".join(PACK[form](one) for one in (long, page, RECORDS[1]))
    records = read(data)
    assert [type(one).__name__ for one in records] == ["Skipped", "Broken", "Capture"]
    assert "max_bytes" in reasons(records)[0]


def test_a_record_of_several_members_reads(read: Read) -> None:
    """Some tools compress in blocks, whatever begins where."""
    one = response(WARC_Payload_Digest="")
    pieces = [one[at : at + 300] for at in range(0, len(one), 300)]
    records = read(b"".join(map(gzip.compress, [RECORDS[0], *pieces, RECORDS[1]])))
    assert not reasons(records)
    assert bodies(records)[0] == BODY
    assert len(bodies(records)) == 2


def test_one_member_of_records_without_digests_reads(read: Read) -> None:
    ones = [response(f"https://news.example/{n}", WARC_Payload_Digest="") for n in range(3)]
    records = read(gzip.compress(b"".join([RECORDS[0], *ones])))
    assert bodies(records) == [BODY] * 3
    assert not reasons(records)


def in_lower_case(one: bytes) -> bytes:
    head, blank, block = one.partition(b"\r\n\r\n")
    version, *lines = head.split(b"\r\n")
    pairs = (line.partition(b":") for line in lines)
    return b"\r\n".join([version, *(a.lower() + b + c for a, b, c in pairs)]) + blank + block


def with_lf(one: bytes) -> bytes:
    head, _, block = one.partition(b"\r\n\r\n")
    return head.replace(b"\r\n", b"\n") + b"\n\n" + block.removesuffix(b"\r\n\r\n") + b"\n\n"


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "lower case": in_lower_case,
    "LF": with_lf,
    "LF and lower case": lambda one: with_lf(in_lower_case(one)),
    "0.17": lambda one: one.replace(b"WARC/1.0", b"WARC/0.17", 1),
    "0.18": lambda one: one.replace(b"WARC/1.0", b"WARC/0.18", 1),
    "1.1": lambda one: one.replace(b"WARC/1.0", b"WARC/1.1", 1),
}


@pytest.mark.parametrize("form", PACK)
@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("some", [slice(None), slice(2, 3), slice(1, None)])
def test_heads_are_read_however_they_are_written(
    read: Read, form: str, written: str, some: slice
) -> None:
    """Names in any case (RFC 2822, 2.2, which WARC takes over), older versions, ends of lines."""
    ones = list(RECORDS)
    ones[some] = map(WRITTEN[written], ones[some])
    packed = [PACK[form](one) for one in ones]
    records = read(b"".join(packed))
    assert not reasons(records)
    assert len(bodies(records)) == 4
    assert [one.offset for one in records] == [
        sum(map(len, packed[:number])) for number in range(5)
    ]


@pytest.mark.parametrize("form", PACK)
def test_a_false_length_in_lower_case_costs_its_record_alone(read: Read, form: str) -> None:
    liar = response(Content_Length=str(10**15))
    packed = [PACK[form](in_lower_case(one)) for one in (*RECORDS[:2], liar, *RECORDS[2:])]
    records = read(b"".join(packed))
    assert [one.offset for one in records if isinstance(one, Broken)] == [
        len(packed[0] + packed[1])
    ]
    assert len(bodies(records)) == 4


DAMAGE: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "bytes changed": lambda m: [*m[:2], m[2][:20] + b"xxxxxxxx" + m[2][28:], *m[3:]],
    "a checksum changed": lambda m: [*m[:2], m[2][:-6] + bytes([m[2][-6] ^ 1]) + m[2][-5:], *m[3:]],
    "cut": lambda m: [*m[:2], m[2][: len(m[2]) // 2], *m[3:]],
    "junk between": lambda m: [*m[:2], b"junk" * 30, *m[3:]],
}


@pytest.mark.parametrize("form", ["gzip", "zstd", "dictionary"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_record_costs_itself_alone(read: Read, form: str, damage: str) -> None:
    if form == "dictionary":
        whole = with_dictionary(RECORDS, compressed=True)
        starts = [one.offset for one in read(whole)] + [len(whole)]
        members = [whole[a:b] for a, b in pairwise(starts)]
        head = whole[: starts[0]]
    else:
        head = b""
        pack = zstandard.ZstdCompressor(write_checksum=True).compress
        members = [(gzip.compress if form == "gzip" else pack)(one) for one in RECORDS]
    records = read(head + b"".join(DAMAGE[damage](members)))
    found = bodies(records)
    for number in (0, 2, 3):
        assert PAGE.replace("Rain", str(number)).encode() in found
    assert len(found) == 3
    assert len(reasons(records)) == 1


def test_a_file_that_breaks_off_says_so(read: Read) -> None:
    """Even where the cut falls between what a decompressor would notice."""
    for data in (FILES["plain"], FILES["gzip"], FILES["zstd"]):
        records = read(data[:-40])
        assert len(bodies(records)) == 3
        assert len(reasons(records)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html></html>",
        gzip.compress(b"<html></html>", mtime=0),  # its bytes name the test in every worker
        b"WARC/1.0\r\n" + b"X: " + b"a" * 200_000,
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: -5\r\n\r\n",
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
        b"WARC/1.0\r\nWARC-Type: response\r\n\r\nabc",
        struct.pack("<II", 0x184D2A5D, 0xFFFFFFFF) + b"no dictionary",
        b"\x1f\x8b\x08" * 5000,
    ],
)
def test_what_is_no_warc_is_one_broken_record(read: Read, data: bytes) -> None:
    records = read(data)
    assert not bodies(records)
    assert 1 <= len(reasons(records)) <= 2


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "file.warc"


@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**32), st.integers(1, 6))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_damage_ends_the_reading_badly(place: Path, form: str, seed: int, times: int) -> None:
    """Whatever is changed, cut or doubled: values come, the file ends, nothing false is taken."""
    chance, data = random.Random(seed), bytearray(FILES[form])  # noqa: S311
    for _ in range(times):
        at, size = chance.randrange(len(data)), chance.randrange(200)
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = chance.randbytes(size)
            case _:
                data[at:at] = data[:size]
        data = data or bytearray(b"x")
    place.write_bytes(data)
    records = list(warc.read(place, "archiver", LIMIT))
    assert len(records) < 60
    assert [one.offset for one in records] == sorted(one.offset for one in records)


_MEASURED = """
import resource, sys
from pathlib import Path
from archiver.fetch import warc
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
kinds = [type(one).__name__ for one in warc.read(Path(sys.argv[1]), "archiver", 10_000_000)]
print(*kinds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("size", [1 << 27, pytest.param(1 << 30, marks=pytest.mark.large)])
def test_a_record_that_is_too_large_never_enters_memory(tmp_path: Path, size: int) -> None:
    """It is skipped, whether it says that it is large or hides it, and the next is read."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    large = record("response", b"", "https://news.example/", Content_Type="application/http",
                   Content_Length=str(size + len(head))).removesuffix(b"\r\n\r\n")  # fmt: skip
    path = tmp_path / "large.warc.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(large + head)
        for _ in range(size >> 20):
            out.write(bytes(1 << 20))
        out.write(b"\r\n\r\n")
    with path.open("ab") as out:
        out.write(gzip.compress(RECORDS[1]))
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)], capture_output=True, check=True, text=True
    )
    *kinds, grown = done.stdout.split()
    assert kinds == ["Broken", "Capture"]
    assert int(grown) < 100  # megabytes
