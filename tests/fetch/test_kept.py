"""Connections that are kept: when they serve again, and above all when they must not."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import httpcore
import pytest

from archiver.fetch.connection import Connection, Kept
from archiver.fetch.wire import Stream, Wire

from .secure import Line, talking, tls

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def whole(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    """Write an honest answer that leaves the connection open."""
    head = [f"HTTP/1.1 {status}", "Content-Type: text/html", f"Content-Length: {len(body)}"]
    return "\r\n".join([*head, *headers, "", ""]).encode() + body


def path(request: str) -> str:
    return request.split(" ")[1]


def echo(line: Line) -> None:
    """Answer every request with its own path."""
    while request := line.request():
        line.send(whole(f"this is {path(request)}".encode()))


@pytest.mark.parametrize("secured", [False, True])
def test_a_host_is_asked_over_one_connection(*, secured: bool) -> None:
    """Where the server leaves it open, and says what it was asked for each time."""
    context = tls(None, "http/1.1") if secured else None
    with talking(echo, context) as talk, talk.client() as client:
        got = [client.get(talk.url(f"/{n}"), now=NOW) for n in range(5)]
    assert [each.body for each in got] == [f"this is /{n}".encode() for n in range(5)]
    assert talk.connections == 1
    assert not [head for head in talk.asked if "connection:" in head.lower()]


def test_a_redirect_a_404_and_a_304_leave_the_connection_open() -> None:
    """Their short bodies are read to the end; in chunks as well."""
    answers = [
        whole(b"moved", "302 Found", "Location: /b"),
        whole(b"none", "404 Not Found"),
        b"HTTP/1.1 304 Not Modified\r\n\r\n",
        b"HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nno\r\n0\r\nX: y\r\n\r\n",
        whole(b"page"),
    ]

    def script(line: Line) -> None:
        for answer in answers:
            line.request()
            line.send(answer)

    with talking(script) as talk, talk.client() as client:
        moved = client.get(talk.url("/a"), now=NOW)
        same = client.get(talk.url("/a"), etag='"x"', now=NOW)
        gone = client.get(talk.url("/a"), now=NOW)
        page = client.get(talk.url("/a"), now=NOW)
    assert [each.status for each in (moved, same, gone, page)] == [404, 304, 410, 200]
    assert talk.connections == 1


SECRET = b"the answer to something else"
SECOND = whole(SECRET)


@pytest.mark.parametrize(
    "answer",
    [
        whole(b"first") + SECOND,
        whole(b"first") + b"\r\n" + SECOND,
        whole(b"first") + b"x",
        b"HTTP/1.1 304 Not Modified\r\n\r\n" + SECOND,
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nfirst",
        b"HTTP/1.1 204 No Content\r\n\r\n" + SECOND,
        b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n" + SECOND,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n0\r\n\r\n" + SECOND,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfirst",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
        whole(gzip.compress(b"first" * 99)[:-9], "200 OK", "Content-Encoding: gzip"),
        whole(b"first", "200 OK", "Content-Encoding: br"),
        whole(b"x" * 150_000),
        whole(b"busy", "503 Service Unavailable"),
        whole(b"first", "200 OK", *[f"X-{n}: y" for n in range(600)]),
    ],
)
@pytest.mark.parametrize("secured", [False, True])
def test_whatever_is_wrong_with_an_answer_ends_its_connection(
    answer: bytes, *, secured: bool
) -> None:
    """What stands after an answer is never taken for the next one."""

    def script(line: Line) -> None:
        line.request()
        line.send(answer if line.number == 1 else whole(b"its own"))
        while line.request():
            line.send(SECOND if line.number == 1 else whole(b"its own"))

    context = tls(None, "http/1.1") if secured else None
    with talking(script, context) as talk, talk.client(deadline=2.0) as client:
        client.get(talk.url("/first"), etag='"x"', now=NOW)
        got = client.get(talk.url("/next"), now=NOW)
    assert (got.outcome, got.body, talk.connections) == ("ok", b"its own", 2)


def test_what_comes_between_two_requests_is_no_answer() -> None:
    """Bytes, or a farewell, on an idle connection: the next request has a new one."""
    for unasked in (SECOND, b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", b"\r\n"):

        def script(line: Line, unasked: bytes = unasked) -> None:
            line.request()
            line.send(whole(b"its own"))
            if line.number == 1:
                time.sleep(0.1)
                line.send(unasked)
            line.request()

        with talking(script) as talk, talk.client() as client:
            client.get(talk.url("/a"), now=NOW)
            time.sleep(0.3)
            got = client.get(talk.url("/b"), now=NOW)
        assert (got.body, talk.connections) == (b"its own", 2)


@pytest.mark.parametrize("reset", [False, True])
def test_a_kept_connection_that_is_lost_costs_no_attempt(*, reset: bool) -> None:
    """The server reads the second request and hangs up: asked again on a new one, once."""

    def script(line: Line) -> None:
        line.request()
        line.send(whole(b"page"))
        if line.request() and reset:
            line.reset()

    with talking(script) as talk, talk.client() as client:
        for _ in range(3):
            got = client.get(talk.url(), now=NOW)
            assert (got.outcome, got.body, got.reason) == ("ok", b"page", "")
    assert talk.connections == 3


def test_a_new_connection_that_is_lost_is_the_fault_of_the_site() -> None:
    """So is a kept one that began to answer: neither is asked again beyond the attempts."""

    def script(line: Line) -> None:
        line.request()
        if line.number == 1:
            line.send(whole(b"page"))
            line.request()
            line.send(b"HTTP/1.1 2")

    with talking(script) as talk, talk.client() as client:
        assert client.get(talk.url(), now=NOW).outcome == "ok"
        begun = client.get(talk.url(), now=NOW)
        lost = client.get(talk.url(), now=NOW)
    assert [(each.outcome, each.requests) for each in (begun, lost)] == [("error", 1)] * 2
    assert talk.connections == 2


def test_the_body_of_a_redirect_is_not_waited_for() -> None:
    """One that is long, or does not come, costs its connection and no more."""
    for length, body in ((200_000, b"x" * 200_000), (99, b"x")):

        def script(line: Line, length: int = length, body: bytes = body) -> None:
            if path(line.request()) == "/b":
                line.send(whole(b"page"))
            else:
                head = f"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: {length}\r\n\r\n"
                line.send(head.encode() + body)
            line.request()

        with talking(script) as talk, talk.client(deadline=5.0) as client:
            got = client.get(talk.url("/a"), now=NOW)
        assert (got.outcome, got.body, talk.connections) == ("ok", b"page", 2)


def test_a_name_that_has_come_to_mean_a_forbidden_address_is_refused() -> None:
    """However good the connection is that is still open."""
    now_means = ["127.0.0.1"]

    with talking(echo) as talk:
        client = talk.client(lambda _host, _port: list(now_means))
        client.private = lambda _endpoint: now_means == ["127.0.0.1"]
        url = f"http://site.example:{talk.port}/"
        assert client.get(url, now=NOW).outcome == "ok"
        now_means[:] = ["127.0.0.1", "10.0.0.1"]
        refused = client.get(url, now=NOW)
        client.close()
    assert (refused.outcome, refused.requests, len(talk.asked)) == ("refused", 0, 1)


def test_a_name_that_has_moved_is_followed() -> None:
    """A connection serves only a URL whose host resolves to where it was made."""
    now_means = ["127.0.0.1"]
    with talking(echo) as talk, talk.client(lambda _host, _port: list(now_means)) as client:
        url = f"http://site.example:{talk.port}/"
        assert client.get(url, now=NOW).outcome == "ok"
        now_means[:] = ["127.0.0.9"]
        moved = client.get(url, now=NOW)
        now_means[:] = ["127.0.0.9", "127.0.0.1"]
        assert client.get(url, now=NOW).outcome == "ok"
    assert moved.outcome == "error"
    assert talk.connections == 2


def test_a_name_is_resolved_once_a_visit() -> None:
    """A redirect on the same host goes where the first request went; a visit asks anew."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    def script(line: Line) -> None:
        while request := line.request():
            moved = whole(b"", "302 Found", "Location: /b")
            line.send(moved if path(request) == "/a" else whole(b"page"))

    with talking(script) as talk, talk.client(resolve) as client:
        for count in (1, 2):
            assert client.get(f"http://site.example:{talk.port}/a", now=NOW).outcome == "ok"
            assert len(asked) == count


def test_two_names_of_one_address_share_no_connection() -> None:
    """An origin is scheme, name and port."""
    with talking(echo) as talk, talk.client(lambda _host, _port: ["127.0.0.1"]) as client:
        for name in ("a.example", "b.example", "a.example"):
            client.get(f"http://{name}:{talk.port}/", now=NOW)
    assert talk.connections == 2


class Quiet(httpcore.MockStream):
    """A connection on which nothing happens, and that says whether it is closed."""

    def __init__(self) -> None:
        """Answer one request."""
        super().__init__([whole(b"page")])
        self.closed = False

    def close(self) -> None:
        """Note it."""
        self.closed = True

    def get_extra_info(self, info: str) -> None:
        """Tell of a plain socket with nothing to read."""


def idle(origin: tuple[bytes, bytes, int]) -> tuple[Connection, Quiet]:
    """Make a connection that has answered once."""
    quiet = Quiet()
    connection = Connection(
        httpcore.Origin(*origin), Stream(quiet, Wire(time.monotonic() + 9), "192.0.2.1")
    )
    connection.stream.wire.allow(9999)
    url = httpcore.URL(scheme=origin[0], host=origin[1], port=origin[2], target=b"/")
    response = connection.ask(httpcore.Request("GET", url, headers={"Host": "a"}))
    assert b"".join(connection.pieces(response)) == b"page"
    return connection, quiet


def test_of_too_many_connections_the_one_idle_for_longest_goes() -> None:
    """The others are there still; one that is taken is nobody else's."""
    kept = Kept(most=2)
    origins = [(b"http", name, 80) for name in (b"a", b"b", b"c")]
    made = [idle(origin) for origin in origins]
    for origin, (connection, _) in zip(origins, made, strict=True):
        kept.put(origin, connection)
    assert [quiet.closed for _, quiet in made] == [True, False, False]
    assert kept.take(origins[0], ["192.0.2.1"]) is None
    assert kept.take(origins[1], ["192.0.2.9", "192.0.2.1"]) is made[1][0]
    assert kept.take(origins[1], ["192.0.2.1"]) is None
    kept.close()
    assert [quiet.closed for _, quiet in made] == [True, False, True]


def test_an_origin_keeps_one_connection_and_none_for_too_long() -> None:
    """The newer takes the place of the older; one that has been idle for too long is closed."""
    origin = (b"http", b"a", 80)
    kept = Kept()
    (_, old), (new, _) = pair = (idle(origin), idle(origin))
    for connection, _ in pair:
        kept.put(origin, connection)
    assert (len(kept), old.closed) == (1, True)
    assert kept.take(origin, ["192.0.2.1"]) is new
    brief = Kept(idle=0.01)
    late, closed = idle(origin)
    brief.put(origin, late)
    time.sleep(0.02)
    assert brief.take(origin, ["192.0.2.1"]) is None
    assert closed.closed


@pytest.mark.parametrize("how", ["closed", "dropped"])
def test_a_client_leaves_no_connection_behind(how: str) -> None:
    """Whether it is closed or only forgotten: the server sees the end."""
    ended: list[str] = []

    def script(line: Line) -> None:
        line.request()
        line.send(whole(b"page"))
        ended.append(line.request())

    with talking(script) as talk:
        client = talk.client()
        assert client.get(talk.url(), now=NOW).outcome == "ok"
        assert len(client.kept) == 1
        if how == "closed":
            client.close()
        del client
        deadline = time.monotonic() + 5
        while not ended and time.monotonic() < deadline:
            time.sleep(0.01)
    assert ended == [""]
