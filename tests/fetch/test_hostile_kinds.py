"""Kinds of hostile answers, one by one: each ends in time, in one outcome, with its reason.

What a page of a kind must come to is what RFC 9112 (framing), RFC 9110 (statuses), the content
codings' own RFCs and WHATWG's URL standard say of it; where they leave a choice, the safer end.
"""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import brotli  # type: ignore[import-untyped]
import pytest
import trustme
import zstandard

from archiver.fetch.http import MAX_HEAD, MAX_HEADERS
from archiver.model import Fetched

from .secure import CA, Line, talking, tls

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = b"<!doctype html><title>t</title><p>" + "ख़बर".encode() * 50
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SIZED = OK + b"Content-Length: %d\r\n" % len(PAGE)
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n"
CHUNK = b"%x\r\n" % len(PAGE) + PAGE + b"\r\n"
# Without the time in its head: the bytes are names of tests, which every worker has to share.
squeezed = partial(gzip.compress, mtime=0)


def asked(answer: bytes | Callable[[Line], None], deadline: float = 4.0) -> Fetched:
    """Ask a server that sends `answer`, or does so, and hangs up."""

    def script(line: Line) -> None:
        line.request()
        if callable(answer):
            answer(line)
        else:
            line.send(answer)

    with talking(script) as talk, talk.client(deadline=deadline) as client:
        got = client.get(talk.url("/a"), now=NOW)
        assert got.outcome == "ok" or len(client.kept) == 0
    assert got.milliseconds < (deadline + 2) * 1000
    assert got.reason.isprintable()
    assert got.reason.isascii()
    assert bool(got.body) == (got.outcome in {"ok", "truncated"})
    assert bool(got.reason) == (got.outcome != "ok")
    return got


# Framing


@pytest.mark.parametrize(
    "answer",
    [
        SIZED + b"\r\n" + PAGE,
        SIZED + SIZED.partition(b"\r\n")[2] + b"\r\n" + PAGE,  # the same length twice
        OK + b"Content-Length: 0%d\r\n\r\n" % len(PAGE) + PAGE,
        OK + b"Content-Length: %d, %d\r\n\r\n" % (len(PAGE), len(PAGE)) + PAGE,
        SIZED + b"\r\n" + PAGE + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother",
        SIZED.replace(b"\r\n", b"\n") + b"\n" + PAGE,  # bare LF, which RFC 9112, 2.2 allows
        SIZED + b"X-Folded: a\r\n b\r\n\tc\r\n\r\n" + PAGE,
        SIZED + b"X-Empty:\r\nX: \xff\xfe\r\n\r\n" + PAGE,
        SIZED.replace(b"200 OK", b"200") + b"\r\n" + PAGE,
        SIZED.replace(b"200 OK", b"200 \xe0\xa4\xa0") + b"\r\n" + PAGE,
        SIZED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"\r\n" + PAGE,
        b"HTTP/1.0 200 OK\r\n\r\n" + PAGE,
        OK + b"\r\n" + PAGE,
        CHUNKED + b"\r\n" + CHUNK + b"0\r\n\r\n",
        CHUNKED + b"\r\n" + CHUNK.replace(b"\r\n", b';a="b";c\r\n', 1) + b"0\r\nX: trailer\r\n\r\n",
        CHUNKED.replace(b": chunked", b": Chunked") + b"\r\n" + CHUNK + b"00000\r\n\r\n",
        # Both are there: the chunks decide (RFC 9112, 6.3).
        CHUNKED + b"Content-Length: 5\r\n\r\n" + CHUNK + b"0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + SIZED + b"\r\n" + PAGE,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 20 + SIZED + b"\r\n" + PAGE,
        SIZED + b"".join(b"Set-Cookie: c%d=1\r\n" % n for n in range(400)) + b"\r\n" + PAGE,
        SIZED + b'Refresh: 0; url="http://10.0.0.1/"\r\n\r\n' + PAGE,
        SIZED + b"Location: /elsewhere\r\n\r\n" + PAGE,
    ],
)
def test_an_odd_answer_that_is_whole_is_a_page(answer: bytes) -> None:
    """Its own bytes and no others; nothing that only a browser follows is followed."""
    got = asked(answer)
    assert (got.outcome, got.status, got.body, got.requests) == ("ok", 200, PAGE, 1)


BROKEN = {
    "a negative length": OK + b"Content-Length: -1\r\n\r\n" + PAGE,
    "a length in hexadecimal": OK + b"Content-Length: 0x10\r\n\r\n" + PAGE,
    "a length with a plus": OK + b"Content-Length: +5\r\n\r\n" + PAGE,
    "a length of 60 digits": OK + b"Content-Length: " + b"9" * 60 + b"\r\n\r\n" + PAGE,
    "two lengths": SIZED + b"Content-Length: 5\r\n\r\n" + PAGE,
    "two lengths in one": OK + b"Content-Length: 5, 6\r\n\r\n" + PAGE,
    "an unknown transfer coding": OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNK,
    "chunked twice": OK + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNK,
    "a header without a colon": OK + b"no colon\r\n\r\n" + PAGE,
    "a header without a name": OK + b": value\r\n\r\n" + PAGE,
    "a blank before the colon": OK + b"Content-Length : 5\r\n\r\n" + PAGE,
    "a first header that is folded": b"HTTP/1.1 200 OK\r\n X: y\r\n\r\n" + PAGE,
    "NUL in a header": OK + b"X: a\0b\r\n\r\n" + PAGE,
    "a lone CR in a header": OK + b"X: a\rY: b\r\n\r\n" + PAGE,
    "HTTP/0.9": PAGE,
    "no status": b"HTTP/1.1\r\n\r\n" + PAGE,
    "a status of two digits": b"HTTP/1.1 20 OK\r\n\r\n" + PAGE,
    "a status below 100": b"HTTP/1.1 099 Odd\r\n\r\n" + PAGE,
    "another protocol": b"ICY 200 OK\r\n\r\n" + PAGE,
    "TLS to a plain request": b"\x15\x03\x01\x00\x02\x02\x28",
    "101 that nobody asked for": b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" + PAGE,
    "interim answers and no more": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 30,
    "half a head": OK,
    "half a line": b"HTTP/1.1 200",
    "a bad first chunk": CHUNKED + b"\r\nxyz\r\n" + PAGE,
    "a negative chunk": CHUNKED + b"\r\n-5\r\n" + PAGE,
    "a chunk of 40 digits": CHUNKED + b"\r\n" + b"f" * 40 + b"\r\n",
    "an endless chunk extension": CHUNKED + b"\r\n5;" + b"a" * 300_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_an_error_or_a_part(name: str) -> None:
    """Never a page: its bytes are no more than a guess."""
    got = asked(BROKEN[name])
    assert got.outcome in {"error", "truncated"}
    assert "broken HTTP" in got.reason
    assert got.requests == 1


@pytest.mark.parametrize(
    "ending",
    [b"", b"5\r\nab", b"zz\r\n", b"5\r\nabcdeXX", b"1\r\na\r\n0\r\nX: half a trailer"],
)
def test_a_body_that_breaks_off_is_a_part(ending: bytes) -> None:
    """Closed, or crooked, after a good chunk: what came is there, and it is said why."""
    got = asked(CHUNKED + b"\r\n" + CHUNK + ending)
    assert (got.outcome, got.body[: len(PAGE)]) == ("truncated", PAGE)


def test_a_connection_that_is_reset_is_lost() -> None:
    """Before the head an error; in the body a part."""

    def body(line: Line) -> None:
        line.send(OK + b"Content-Length: 9999\r\n\r\n" + PAGE)
        time.sleep(0.2)
        line.reset()

    assert "connection lost" in asked(lambda line: line.reset()).reason
    got = asked(body)
    assert (got.outcome, got.body) == ("truncated", PAGE)
    assert "connection lost" in got.reason


# Floods


def forever(first: bytes, more: bytes, pause: float = 0.0) -> Callable[[Line], None]:
    """Send `first`, then `more` without end, in large writes unless there is a `pause`."""

    def send(line: Line) -> None:
        line.send(first)
        block = more if pause else more * (1 + 65536 // len(more))
        end = time.monotonic() + 20
        while time.monotonic() < end:
            line.send(block)
            time.sleep(pause)

    return send


FLOODS = {
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "cookies": (OK, b"Set-Cookie: a=b; Path=/\r\n"),
    "one header": (OK + b"X: ", b"a"),
    "folded lines": (OK + b"X: a\r\n", b" b\r\n"),
    "blank lines first": (b"", b"\r\n"),
    "chunk extensions": (CHUNKED + b"\r\n5", b";a=b"),
    "a chunk size": (CHUNKED + b"\r\n", b"0"),
    "trailers": (CHUNKED + b"\r\n" + CHUNK + b"0\r\n", b"X: y\r\n"),
    "chunks of one byte, padded": (CHUNKED + b"\r\n", b"1;" + b"p" * 90 + b"\r\na\r\n"),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_that_is_no_body_ends_soon(name: str) -> None:
    """Whatever it is made of, so many bytes are taken of it and no more."""
    got = asked(forever(*FLOODS[name]))
    assert got.outcome in {"error", "truncated"}
    assert got.wire_bytes <= 4 * MAX_HEAD
    assert got.milliseconds < 3000


def test_chunks_of_one_byte_are_bounded_by_what_they_hold() -> None:
    """Six bytes for one: framing may be twice the body and 64 KiB, no more."""
    got = asked(forever(CHUNKED + b"\r\n", b"1\r\na\r\n"))
    assert got.outcome == "truncated"
    assert "more framing than body" in got.reason
    assert got.wire_bytes <= 4 * MAX_HEAD


@pytest.mark.parametrize(
    ("first", "more"),
    [
        (b"", b"H"),
        (OK + b"X: ", b"x"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        (OK + b"Content-Length: 9999\r\n\r\n", b"x"),
        (CHUNKED + b"\r\n", b"1\r\nx\r\n"),
        (CHUNKED + b"\r\n" + CHUNK + b"0\r\n", b"X: y\r\n"),
        (OK + b"Content-Encoding: gzip\r\n\r\n" + squeezed(PAGE), squeezed(b"")),
        (b"HTTP/1.1 302 Found\r\nLocation: ", b"/a"),
    ],
)
def test_a_drip_ends_with_the_deadline(first: bytes, more: bytes) -> None:
    """However regularly something comes."""
    got = asked(forever(first, more, 0.03), deadline=0.3)
    assert got.outcome in {"error", "truncated"}
    assert "deadline of 0.3 s" in got.reason or "broken HTTP" in got.reason


def test_too_many_headers_are_an_error() -> None:
    """A limit of their number, beside that of their size; none of them is kept."""
    many = b"".join(b"X-%d: y\r\n" % n for n in range(MAX_HEADERS))
    got = asked(SIZED + many + b"\r\n" + PAGE)
    assert (got.outcome, got.headers) == ("error", ())
    assert "headers" in got.reason


# Content codings


def coded(body: bytes, coding: bytes) -> bytes:
    return OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n" % (coding, len(body)) + body


BLANKS = b" " * 5_000_000  # fifty times what a client here takes
BOMBS = {
    b"gzip": squeezed(BLANKS),
    b"deflate": zlib.compress(BLANKS),
    b"br": brotli.compress(BLANKS, quality=5),
    b"zstd": zstandard.ZstdCompressor().compress(BLANKS),
    b"gzip, br": brotli.compress(squeezed(BLANKS), quality=5),
    b"br, gzip": squeezed(brotli.compress(BLANKS, quality=5)),
    b"zstd, gzip": squeezed(zstandard.ZstdCompressor().compress(BLANKS)),
}


@pytest.mark.parametrize("coding", BOMBS)
def test_a_bomb_costs_no_more_than_the_limit(coding: bytes) -> None:
    """In any coding, and in codings inside each other."""
    got = asked(coded(BOMBS[coding], coding))
    assert got.outcome == "truncated"
    assert "more than" in got.reason
    assert len(got.body) <= 100_000


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (squeezed(PAGE)[:-9], b"gzip"),
        (squeezed(PAGE)[:-1] + b"\1", b"gzip"),  # the length at its end lies
        (squeezed(PAGE) + squeezed(PAGE)[:-4], b"gzip"),
        (zlib.compress(PAGE)[:-2], b"deflate"),
        (brotli.compress(PAGE)[:-2], b"br"),
        (zstandard.ZstdCompressor(write_checksum=True).compress(PAGE)[:-2], b"zstd"),
        (PAGE, b"gzip"),
        (PAGE, b"br"),
        (PAGE, b"zstd"),
        (PAGE, b"gzip, gzip"),
        (squeezed(PAGE), b"br"),
        (PAGE, b"compress"),
        (squeezed(squeezed(PAGE)), b"gzip, gzip, gzip"),
        (squeezed(PAGE), b"gzip, " * 9 + b"gzip"),
    ],
)
def test_a_coding_that_lies_or_ends_early_is_no_whole_page(body: bytes, coding: bytes) -> None:
    """An error where nothing came of it, a part where something did."""
    assert asked(coded(body, coding)).outcome in {"error", "truncated"}


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (squeezed(PAGE[:60]) + squeezed(PAGE[60:]), b"gzip"),
        (squeezed(PAGE) + bytes(512), b"gzip"),
        (squeezed(PAGE), b"GZip"),
        (squeezed(PAGE), b"identity, x-gzip,"),
        (brotli.compress(squeezed(PAGE)), b"gzip, br"),
        (zlib.compress(PAGE)[2:-4], b"deflate"),
    ],
)
def test_a_coding_that_is_only_odd_is_undone(body: bytes, coding: bytes) -> None:
    """Members in a row, padding, names in any case."""
    got = asked(coded(body, coding))
    assert (got.outcome, got.body) == ("ok", PAGE)


# Statuses


@pytest.mark.parametrize("status", [201, 203, 226, 299])
def test_a_success_with_a_page_is_a_page(status: int) -> None:
    """Any status of the class stands for its class (RFC 9110, 15)."""
    assert asked(SIZED.replace(b"200", b"%d" % status) + b"\r\n" + PAGE).outcome == "ok"


@pytest.mark.parametrize(
    "status", [204, 205, 206, 300, 304, 305, 306, 400, 401, 402, 407, 418, 451, 500, 599, 600, 999]
)
def test_what_is_no_page_is_an_error_with_its_status(status: int) -> None:
    """Not asked again, no password given, no proxy used, no 304 taken that was not asked for."""
    sent = b'WWW-Authenticate: Basic realm="x"\r\nProxy-Authenticate: Basic\r\nLocation: /b\r\n'
    got = asked(
        b"HTTP/1.1 %d Odd\r\nConnection: close\r\n" % status
        + sent
        + (b"\r\n" if status in {204, 304} else b"Content-Length: 4\r\n\r\nbody")
    )
    assert (got.outcome, got.status, got.requests, got.body) == ("error", status, 1, b"")
    assert f"HTTP {status}" in got.reason


# Redirects


@pytest.mark.parametrize(
    "location",
    [
        b"file:///etc/passwd",
        b"gopher://127.0.0.1:25/_x",
        b"ftp://a.example/",
        b"javascript:alert(1)",
        b"data:text/html,page",
        b"http://",
        b"http://user:secret@127.0.0.1/",
        b"http://a.example@10.0.0.1/",
        b"http://10.0.0.1/",
        b"http://[::1]/",
        b"http://0x7f.1/",
        b"http://2130706433/",
        b"http://169.254.169.254/latest/",
        b"http://127.0.0.1:1/",
        b"//10.0.0.1/",
        b"\\\\10.0.0.1\\a",
        b"http:\x0b//10.0.0.1/",
        b"http://[fe80::1%25eth0]/",
        b"http://a.example:99999/",
        b"http://\xff\xfe/",
        b"http://" + b"a" * 60_000 + b"/",
    ],
)
def test_a_redirect_astray_is_not_followed(location: bytes) -> None:
    """Other schemes, passwords, addresses of this machine and of its network, and no URLs."""
    got = asked(
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nConnection: close\r\nLocation: "
        + location
        + b"\r\n\r\n"
    )
    assert (got.outcome, got.requests, got.body) in {("refused", 1, b""), ("error", 1, b"")}


def test_a_long_location_is_a_long_head() -> None:
    """Above the limit of the head it is an error; below it a URL."""
    got = asked(b"HTTP/1.1 302 Found\r\nLocation: /" + b"a" * 100_000 + b"\r\n\r\n")
    assert "headers of more than" in got.reason


def test_redirects_over_hosts_end() -> None:
    """Round in a circle of names, or on and on."""

    def script(line: Line) -> None:
        while request := line.request():
            host = request.partition("Host: ")[2].split(".")[0]
            circle = "/circle" in request
            after = {"a": "b", "b": "c", "c": "a"}[host]
            where = "circle" if circle else f"{len(line.talk.asked)}"
            line.send(
                f"HTTP/1.1 307 Odd\r\nContent-Length: 0\r\n"
                f"Location: http://{after}.example:{line.talk.port}/{where}\r\n\r\n".encode()
            )

    with talking(script) as talk, talk.client(lambda _host, _port: ["127.0.0.1"]) as client:
        circle = client.get(f"http://a.example:{talk.port}/circle", now=NOW)
        chain = client.get(f"http://a.example:{talk.port}/0", now=NOW)
    assert (circle.outcome, circle.requests) == ("error", 3)
    assert "circle" in circle.reason
    assert (chain.outcome, chain.requests, len(chain.redirects)) == ("error", 11, 10)
    assert talk.connections == 3, "each name's own, kept"


# What is kept


def test_headers_are_told_as_they_came() -> None:
    """In their order, in their case, as often as they came; so is the way that led there."""

    def script(line: Line) -> None:
        while request := line.request():
            if request.startswith("GET /a "):
                line.send(b"HTTP/1.1 308 Odd\r\nLocation: b\r\nContent-Length: 0\r\n\r\n")
                continue
            line.send(
                SIZED + b"x-B: 1\r\nSET-Cookie: a=b\r\nX-a: 2\r\nset-cookie: c=d\r\n\r\n" + PAGE
            )

    with talking(script) as talk, talk.client() as client:
        got = client.get(talk.url("/a"), now=NOW)
    assert got.redirects == ((308, talk.url("/b")),)
    assert got.headers == (
        ("Content-Type", "text/html"),
        ("Content-Length", str(len(PAGE))),
        ("x-B", "1"),
        ("SET-Cookie", "a=b"),
        ("X-a", "2"),
        ("set-cookie", "c=d"),
    )
    assert "Cookie" not in talk.asked[1]
    assert got.started_at == NOW


# TLS


def leaf(name: str, *, ca: trustme.CA = CA, expired: bool = False) -> trustme.LeafCert:
    begun = datetime.now(UTC) - timedelta(days=30)
    ended = datetime.now(UTC) + timedelta(days=-1 if expired else 30)
    return ca.issue_cert(name, not_before=begun, not_after=ended)


@pytest.mark.parametrize(
    "cert",
    [
        leaf("other.example"),
        leaf("*.0.0.1"),
        leaf("127.0.0.1", expired=True),
        leaf("127.0.0.1", ca=trustme.CA()),
    ],
)
def test_a_certificate_that_does_not_hold_is_an_error(cert: trustme.LeafCert) -> None:
    """Another name, out of date, or signed by nobody that is trusted: nothing is asked."""
    with talking(lambda line: line.request(), tls(cert)) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.requests, talk.asked) == ("error", 0, [])
    assert got.reason.startswith("TLS fails")
    assert talk.connections == 1, "asking again would not mend it"


def test_the_certificate_is_checked_for_the_name_and_not_for_the_address() -> None:
    """That is what the URL asks for, whatever the name resolves to."""

    def script(line: Line) -> None:
        line.request()
        line.send(SIZED + b"\r\n" + PAGE)

    with (
        talking(script, tls(leaf("site.example"))) as talk,
        talk.client(lambda _host, _port: ["127.0.0.1"]) as client,
    ):
        good = client.get(f"https://site.example:{talk.port}/", now=NOW)
        bad = client.get(f"https://other.example:{talk.port}/", now=NOW)
    assert (good.outcome, bad.outcome) == ("ok", "error")


@pytest.mark.parametrize("noise", [b"\x16\x03\x03\xff\xff" + b"A" * 70_000, SIZED + b"\r\n" + PAGE])
def test_what_is_no_tls_is_an_error(noise: bytes) -> None:
    """Garbage, and HTTP on the port of HTTPS."""

    def script(line: Line) -> None:
        line.sock.recv(4096)
        line.send(noise)

    with talking(script) as talk, talk.client() as client:
        got = client.get(talk.url().replace("http:", "https:"), now=NOW)
    assert got.outcome == "error"
    assert got.reason.startswith("TLS fails")


def test_a_handshake_that_stalls_ends_in_time() -> None:
    """Within the time to connect, or the deadline where that is shorter."""
    with talking(lambda _: time.sleep(5)) as talk, talk.client(deadline=0.3) as client:
        got = client.get(talk.url().replace("http:", "https:"), now=NOW)
    assert got.outcome == "error"
    assert got.milliseconds < 3000
