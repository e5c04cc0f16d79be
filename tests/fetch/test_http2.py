"""HTTP/2 under the same limits as HTTP/1.1, against a server that speaks it over TLS."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from datetime import UTC, datetime

import h2.config
import h2.connection
import h2.events
import httpcore
import pytest
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    GoAwayFrame,
    HeadersFrame,
    PingFrame,
    PushPromiseFrame,
    RstStreamFrame,
    SettingsFrame,
    WindowUpdateFrame,
)
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.fetch import connection
from archiver.fetch.http import MAX_HEAD
from archiver.fetch.wire import Flood, Late, Stream, Wire

from .secure import Line, Peer, talking, talking_h2, tls

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = b"<!doctype html><p>" + "ख़बर ".encode() * 20_000  # several windows' worth of frames
HTML = ("content-type", "text/html")


def test_pages_come_over_one_http2_connection() -> None:
    """One stream after the other: bodies, codings, headers, 304, 404 and redirects."""

    def script(peer: Peer) -> None:
        packed = gzip.compress(PAGE)
        peer.answer(peer.stream(), b"", ("location", "/page"), status="301")
        peer.answer(peer.stream(), packed, HTML, ("content-encoding", "gzip"), ("x-a", "ख़"))
        peer.answer(peer.stream(), b"none", status="404")
        peer.answer(peer.stream(), status="304")
        peer.answer(peer.stream(), PAGE, HTML)

    with talking_h2(script) as talk, talk.client(max_bytes=1_000_000) as client:
        got = client.get(talk.url("/moved?a=%20b"), now=NOW)
        gone = client.get(talk.url("/gone"), now=NOW)
        same = client.get(talk.url("/page"), etag='"v"', now=NOW)
        again = client.get(talk.url("/last"), now=NOW)
    assert (got.outcome, got.status, got.body, got.requests) == ("ok", 200, PAGE, 2)
    assert ("x-a", "ख़") in got.headers
    assert [each.outcome for each in (gone, same, again)] == ["error", "not_modified", "ok"]
    assert again.body == PAGE
    assert again.wire_bytes > len(PAGE)
    assert talk.asked == ["/moved?a=%20b", "/page", "/gone", "/page", "/last"]
    assert talk.connections == 1


def test_a_server_that_speaks_only_http1_is_spoken_to_so() -> None:
    """ALPN decides; without ALPN it is HTTP/1.1."""

    def script(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage")

    for protocols in (("http/1.1",), ()):
        with talking(script, tls(None, *protocols)) as talk, talk.client() as client:
            assert client.get(talk.url(), now=NOW).body == b"page"
        assert talk.asked[0].startswith("GET / HTTP/1.1\r\n")


def head(
    stream: int, *headers: tuple[str, str], ends: bool = False, status: str | None = "200"
) -> bytes:
    """Write a HEADERS frame as h2 would for a first answer; without a status for None."""
    state = h2.connection.H2Connection(
        h2.config.H2Configuration(client_side=False, validate_outbound_headers=False)
    )
    stated = [] if status is None else [(":status", status)]
    frame = HeadersFrame(stream, state.encoder.encode([*stated, *headers]))
    frame.flags |= {"END_HEADERS", "END_STREAM"} if ends else {"END_HEADERS"}
    return frame.serialize()


def settings(count: int) -> bytes:
    return SettingsFrame(0, settings={4: 65535 + count % 2}).serialize()


def padded() -> bytes:
    return DataFrame(1, b"", flags=["PADDED"], pad_length=255).serialize()


FLOODS: list[Callable[[int], bytes]] = [
    lambda _: PingFrame(0, b"12345678").serialize(),
    settings,
    lambda _: WindowUpdateFrame(0, window_increment=1).serialize(),
    lambda _: DataFrame(1, b"").serialize(),
    lambda _: padded(),
    lambda _: b"\0\0\x10\xee\0\0\0\0\0" + bytes(16),  # of a type that nobody knows
    lambda _: RstStreamFrame(1, error_code=8).serialize(),
    lambda n: RstStreamFrame(2 * n + 3, error_code=8).serialize(),
    lambda n: HeadersFrame(2 * n + 2, b"\x88", flags=["END_HEADERS"]).serialize(),
    lambda _: HeadersFrame(1, b"\x88", flags=["END_HEADERS"]).serialize(),
    lambda _: PushPromiseFrame(1, 2, b"\x88").serialize(),
    lambda _: ContinuationFrame(1, b"").serialize(),
]


@pytest.mark.parametrize("frame", FLOODS)
@pytest.mark.parametrize("begun", [False, True])
def test_a_flood_of_frames_ends_soon(frame: Callable[[int], bytes], *, begun: bool) -> None:
    """Before the head of an answer and after it: bounded in bytes, whatever the frames are."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        if begun:
            peer.send(head(stream))
        for block in range(10_000):
            peer.send(b"".join(frame(block * 100 + n) for n in range(100)))

    with talking_h2(script) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
        assert len(client.kept) == 0
    assert (got.outcome, got.body) == ("error", b"")
    assert got.wire_bytes <= MAX_HEAD + connection.MAX_FRAMING
    assert got.milliseconds < 5000
    assert talk.connections == 1


def test_headers_without_end_are_bounded() -> None:
    """CONTINUATION frames for ever, each with more."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        peer.send(HeadersFrame(stream, b"\x88").serialize())
        for n in range(100_000):
            peer.send(ContinuationFrame(stream, b"\x40\x03x-%c\x01y" % (97 + n % 26)).serialize())

    with talking_h2(script) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.body) == ("error", b"")
    assert got.wire_bytes <= MAX_HEAD


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ([("x-big", "a" * 70_000)], "broken HTTP|headers of more"),
        ([("x-bomb", "a" * 4000), *[("x-bomb", "a" * 4000)] * 3000], "broken HTTP"),  # by its index
        ([(f"x-{n}", "y") for n in range(600)], "more than 500 headers"),
        ([("x-a", "a\r\nset-cookie: b")], "inside a header"),
        ([("x-a", "a\0b")], "inside a header"),
    ],
)
def test_headers_that_are_too_many_or_would_split_are_an_error(
    headers: list[tuple[str, str]], reason: str
) -> None:
    """The limits hold for what the compression unfolds to; nothing of them is kept."""

    def script(peer: Peer) -> None:
        peer.answer(peer.stream(), b"page", *headers)

    with talking_h2(script) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.headers) == ("error", ())
    assert any(each in got.reason for each in reason.split("|"))


@pytest.mark.parametrize("status", ["abc", "", "-1", "1", "99", "1000", "२००"])
def test_a_status_that_is_none_is_broken(status: str) -> None:
    """HTTP/2 sends it as text."""

    def script(peer: Peer) -> None:
        peer.answer(peer.stream(), b"page", status=status)

    with talking_h2(script) as talk, talk.client(deadline=1.0) as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.status, got.body) == ("error", None, b"")


@pytest.mark.parametrize("headers", [[], [HTML], [("status", "200")]])
def test_an_answer_without_a_status_is_broken(headers: list[tuple[str, str]]) -> None:
    """RFC 9113, 8.3.2: it is malformed, and no 200."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        page = DataFrame(stream, b"page", flags=["END_STREAM"])
        peer.send(head(stream, *headers, status=None) + page.serialize())

    with talking_h2(script) as talk, talk.client(deadline=1.0) as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.status, got.body) == ("error", None, b"")
    assert "without a status" in got.reason


@pytest.mark.parametrize("begun", [False, True])
def test_a_stalled_stream_ends_with_the_deadline(*, begun: bool) -> None:
    """Before the head, and in a body that stops; pings do not stretch it."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        if begun:
            peer.send(head(stream) + DataFrame(stream, b"begun").serialize())
        for _ in range(100):
            time.sleep(0.1)
            peer.send(PingFrame(0, b"12345678").serialize())

    with talking_h2(script) as talk, talk.client(deadline=0.5) as client:
        got = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.body) == (("truncated", b"begun") if begun else ("error", b""))
    assert "deadline of 0.5 s" in got.reason
    assert got.milliseconds < 4000


def test_a_body_beyond_the_limit_is_cut() -> None:
    """However large a window the client gives."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        peer.send(head(stream))
        for _ in range(10_000):
            peer.send(DataFrame(stream, b"x" * 16384).serialize())

    with talking_h2(script) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
        assert len(client.kept) == 0
    assert (got.outcome, len(got.body)) == ("truncated", 100_000)
    assert got.wire_bytes < 300_000


@pytest.mark.parametrize(
    "ending",
    [
        RstStreamFrame(1, error_code=2).serialize(),
        GoAwayFrame(0, last_stream_id=0).serialize(),
        GoAwayFrame(0, last_stream_id=1, error_code=11).serialize(),
        DataFrame(3, b"of another stream").serialize(),
        HeadersFrame(3, b"\x88", flags=["END_HEADERS"]).serialize(),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"",
    ],
)
def test_a_broken_stream_is_truncated_and_not_used_again(ending: bytes) -> None:
    """Reset, sent away, crossed, or hung up on: what came is told as a part."""

    def script(peer: Peer) -> None:
        stream = peer.stream()
        if peer.number == 1:
            peer.send(head(stream) + DataFrame(stream, b"begun").serialize())
            time.sleep(0.1)
            peer.send(ending)
            return
        peer.answer(stream, b"page")

    with talking_h2(script) as talk, talk.client() as client:
        got = client.get(talk.url(), now=NOW)
        again = client.get(talk.url(), now=NOW)
    assert (got.outcome, got.body) == ("truncated", b"begun")
    assert "broken HTTP" in got.reason or "connection lost" in got.reason
    assert (again.outcome, again.body, talk.connections) == ("ok", b"page", 2)


def test_a_length_that_lies_is_told() -> None:
    """A body shorter than its content-length is no whole page."""

    def script(peer: Peer) -> None:
        peer.send(head(peer.stream(), ("content-length", "99")))
        frame = DataFrame(1, b"begun")
        frame.flags.add("END_STREAM")
        peer.send(frame.serialize())

    with talking_h2(script) as talk, talk.client() as client:
        assert client.get(talk.url(), now=NOW).outcome == "error"
        assert len(client.kept) == 0


def test_an_answer_before_its_request_is_none() -> None:
    """A second answer, sent ahead on the stream that would come next, is never taken."""

    def script(peer: Peer) -> None:
        peer.answer(peer.stream(), b"its own")
        if peer.number == 1:
            time.sleep(0.1)
            peer.send(head(3) + DataFrame(3, b"sent ahead", flags=["END_STREAM"]).serialize())
            peer.stream()

    with talking_h2(script) as talk, talk.client() as client:
        client.get(talk.url("/a"), now=NOW)
        time.sleep(0.3)
        got = client.get(talk.url("/b"), now=NOW)
    assert (got.body, talk.connections) == (b"its own", 2)


@pytest.mark.parametrize("farewell", [b"", GoAwayFrame(0, last_stream_id=1).serialize()])
def test_a_kept_connection_that_is_lost_costs_no_attempt(farewell: bytes) -> None:
    """The server sends the second request away, or hangs up on it."""

    def script(peer: Peer) -> None:
        peer.answer(peer.stream(), b"page")
        if peer.stream():
            peer.send(farewell)

    with talking_h2(script) as talk, talk.client() as client:
        for _ in range(3):
            got = client.get(talk.url(), now=NOW)
            assert (got.outcome, got.body) == ("ok", b"page")
    assert talk.connections == 3


def exchange(answer: bytes) -> bytes:
    """Give the body that a connection reads out of `answer`, without a network."""
    stream = Stream(
        httpcore.MockStream([answer], http2=True), Wire(time.monotonic() + 9), "192.0.2.1"
    )
    origin = httpcore.Origin(b"https", b"a", 443)
    stream.wire.allow(MAX_HEAD)
    one = connection.Connection(origin, stream)
    request = httpcore.Request("GET", "https://a/", headers={"Host": "a"})
    return b"".join(one.pieces(one.ask(request)))


GOOD = (
    SettingsFrame(0).serialize()
    + head(1, HTML)
    + DataFrame(1, b"page").serialize()
    + DataFrame(1, b"", flags=["END_STREAM"]).serialize()
)


def test_the_frames_that_noise_is_put_into_are_an_answer() -> None:
    """Else the next test would show nothing."""
    assert exchange(GOOD) == b"page"


@given(
    st.one_of(
        st.binary(max_size=300),
        st.tuples(st.integers(0, len(GOOD)), st.binary(max_size=40)).map(
            lambda cut: GOOD[: cut[0]] + cut[1] + GOOD[cut[0] :]
        ),
        st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)).map(
            lambda put: GOOD[: put[0]] + bytes([put[1]]) + GOOD[put[0] + 1 :]
        ),
    )
)
@example(b"")
def test_no_bytes_raise_anything_but_a_fault(noise: bytes) -> None:
    """Whatever is sent as frames is an answer or one of the faults that a visit knows."""
    try:
        exchange(noise)
    except (Flood, Late, *connection.FAULTS):
        return
