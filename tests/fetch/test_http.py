"""One URL over HTTP: every outcome, on real sockets."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from archiver import __version__
from archiver.errors import BadInput
from archiver.fetch import http
from archiver.settings import Settings

from .local import Local, reply, served

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAGE = b"<!doctype html><title>t</title><p>" + "ख़बर".encode()


def test_a_page_comes_with_its_whole_story() -> None:
    """Status, headers, bytes, counts and times are all there."""
    with served({"/a?b": reply(PAGE, "200 OK", "X-A: ख़", "Set-Cookie: a=b")}) as local:
        got = local.client().get(local.url("/a?b#c"), now=NOW)
    assert (got.outcome, got.reason, got.status, got.body) == ("ok", "", 200, PAGE)
    assert ("X-A", "ख़") in got.headers
    assert (got.requests, got.started_at, got.redirects) == (1, NOW, ())
    assert got.requested_url == got.final_url == local.url("/a?b#c")
    assert got.wire_bytes > len(PAGE)


def test_what_is_asked_is_a_plain_get_with_our_name() -> None:
    """The agent names itself; no cookie, no credentials, no range is sent."""
    with served({"/a": reply(PAGE, "200 OK", "Set-Cookie: a=b")}) as local:
        client = http.Client(
            Settings(agent="bot", contact="mail@a.example"), frozenset({local.endpoint})
        )
        for _ in range(2):
            client.get(local.url("/a"), now=NOW)
    head = local.asked[1].lower().split("\r\n")
    assert head[0] == "get /a http/1.1"
    assert f"host: {local.endpoint}" in head
    assert f"user-agent: bot/{__version__} (+mail@a.example)" in head
    assert "accept-encoding: gzip, deflate, br, zstd" in head
    assert not [line for line in head if line.startswith(("cookie", "authorization", "range"))]


@pytest.mark.parametrize("contact", ["a\r\nX: y", "ख़बर@a.example"])
def test_a_contact_that_cannot_stand_in_a_header_is_bad_input(contact: str) -> None:
    """It is the user's, so it is said at the start."""
    with pytest.raises(BadInput, match="contact"):
        http.Client(Settings(contact=contact))


def test_a_page_that_has_not_changed_is_not_sent_again() -> None:
    """ETag and Last-Modified go out as they came in; a 304 is `not_modified`."""
    with served({"/a": reply(b"", "304 Not Modified", 'ETag: "v"')}) as local:
        client = local.client()
        date = "Fri, 14 Nov 2025 10:00:00 GMT"
        got = client.get(local.url("/a"), etag='W/"v"', last_modified=date, now=NOW)
        unasked = client.get(local.url("/a"), now=NOW)
    assert (got.outcome, got.status, got.body) == ("not_modified", 304, b"")
    assert unasked.outcome == "error"
    assert 'If-None-Match: W/"v"' in local.asked[0]
    assert f"If-Modified-Since: {date}" in local.asked[0]
    assert "If-" not in local.asked[1]


def test_redirects_are_followed_and_told() -> None:
    """Relative, absolute and raw UTF-8 Locations; the trail names each hop."""
    answers: dict[str, bytes | list[bytes]] = {
        "/a/b": reply(b"", "301 Moved", "Location: ../c"),
        "/c": reply(b"", "307 Elsewhere", "Location: ?ख़"),
        "/c?%E0%A4%96%E0%A4%BC": reply(PAGE),
    }
    with served(answers) as local:
        got = local.client().get(local.url("/a/b"), now=NOW)
    assert (got.outcome, got.requests) == ("ok", 3)
    end = local.url("/c?%E0%A4%96%E0%A4%BC")
    assert got.redirects == ((301, local.url("/c")), (307, end))
    assert got.final_url == end


@pytest.mark.parametrize(
    ("location", "outcome", "reason"),
    [
        ("/a", "error", "circle"),
        ("file:///etc/passwd", "refused", "http or https"),
        ("http://u:p@127.0.0.1/", "refused", "password"),
        ("http://10.0.0.1/", "refused", "10.0.0.1:80 is no public address"),
        ("http://127.0.0.1:1/", "refused", "127.0.0.1:1 is no public address"),
        ("http://[::ffff:127.0.0.1]:1/", "refused", "no public address"),
        ("http://0177.1:1/", "refused", "127.0.0.1:1 is no public address"),
        ("http://[::1", "refused", "URL"),
    ],
)
def test_redirects_astray_end_there(location: str, outcome: str, reason: str) -> None:
    """Back to the start, to another scheme, into the private network: one request in all."""
    with served({"/a": reply(b"", "302 Found", f"Location: {location}")}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.requests, len(local.asked)) == (outcome, 1, 1)
    assert reason in got.reason
    assert got.body == b""


def test_there_is_an_end_to_redirects() -> None:
    """After `max_redirects` the next one is not followed."""
    answers: dict[str, bytes | list[bytes]] = {
        f"/{n}": reply(b"", "302 Found", f"Location: /{n + 1}") for n in range(9)
    }
    with served(answers) as local:
        got = local.client(max_redirects=3).get(local.url("/0"), now=NOW)
    assert (got.outcome, got.requests, len(got.redirects)) == ("error", 4, 3)
    assert got.reason == "more than 3 redirects"


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "410 Gone", "500 Oops"])
def test_an_error_status_is_asked_once_and_its_page_not_kept(status: str) -> None:
    """A status is an answer, not a fault of the connection."""
    with served({"/a": reply(PAGE, status)}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.body, len(local.asked)) == ("error", b"", 1)
    assert got.status == int(status[:3])
    assert got.reason == f"HTTP {status[:3]}"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("315360000", 315360000.0),
        ("soon", None),
        ("-5", None),
        ("9" * 400, None),
        ("Thu, 99 Jan 99999 00:00:00 GMT", None),
    ],
)
@pytest.mark.parametrize("status", ["429 Slow Down", "503 Busy"])
def test_retry_after_is_told_in_seconds(status: str, value: str, seconds: float | None) -> None:
    """Seconds or a date from `now` on; what cannot be read is None; nothing is waited for."""
    with served({"/a": reply(b"", status, f"Retry-After: {value}")}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.retry_after, got.requests) == ("error", seconds, 1)


def test_opt_out_signals_are_told_by_their_names() -> None:
    """Each header that reserves rights, in small letters, as often as it came."""
    sent = [
        "X-Robots-Tag: noarchive",
        "x-robots-tag: otherbot: noindex",
        "TDM-Reservation: 1",
        "Content-Signal: ai-train=no",
        "Content-Usage: train-ai=n",
        "X-Other: 1",
    ]
    with served({"/a": reply(PAGE, "200 OK", *sent)}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert got.signals == (
        ("x-robots-tag", "noarchive"),
        ("x-robots-tag", "otherbot: noindex"),
        ("tdm-reservation", "1"),
        ("content-signal", "ai-train=no"),
        ("content-usage", "train-ai=n"),
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (reply(b"x" * 200_000), "more than 100000 bytes"),
        (
            reply(gzip.compress(b"x" * 90_000_000, 1), "200 OK", "Content-Encoding: gzip"),
            "more than",
        ),
        (reply(PAGE).replace(b"Content-Length: ", b"Content-Length: 9"), "broken HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>xx\r\nzz\r\n",
            "broken HTTP",
        ),
        (reply(gzip.compress(PAGE * 99)[:-9], "200 OK", "Content-Encoding: gzip"), "gzip ends"),
    ],
)
def test_a_body_that_is_not_whole_is_kept_as_truncated(answer: bytes, reason: str) -> None:
    """Too long, inflated too long, or broken off: what came is there, and why it is not all."""
    with served({"/a": answer}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert got.outcome == "truncated"
    assert reason in got.reason
    assert f"{len(got.body)} bytes are kept" in got.reason
    assert 0 < len(got.body) <= 100_000
    assert got.wire_bytes < 400_000


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "disconnected"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "broken HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 200_000, "headers of more than 65536 bytes"),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 9_000, "headers of more than 65536 bytes"),
        (b"HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n", "broken HTTP"),
        (reply(b""), "empty body"),
        (reply(b"", "204 No Content").replace(b"Content-Length: 0\r\n", b""), "no content"),
        (reply(PAGE, "206 Partial Content"), "a part"),
        (reply(PAGE, "200 OK", "Content-Encoding: gzip"), "gzip cannot be undone"),
        (reply(PAGE, "200 OK", "Content-Encoding: compress"), "'compress' cannot be undone"),
        (reply(b"", "302 Found"), "without a Location"),
    ],
)
def test_what_is_no_answer_is_an_error_with_its_reason(answer: bytes, reason: str) -> None:
    """No protocol, too much of it, or nothing in it."""
    with served({"/a": answer}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.body) == ("error", b"")
    assert reason in got.reason
    assert "\n" not in got.reason


@pytest.mark.parametrize("named", ["UTF-8", "none", "aws-chunked", "binary", "rot13"])
def test_a_page_under_a_coding_that_is_none_is_read_as_it_is(named: str) -> None:
    """As browsers read it, and within the bounds of any other."""
    answers: dict[str, bytes | list[bytes]] = {
        "/a": reply(PAGE, "200 OK", f"Content-Encoding: {named}"),
        "/b": reply(b"\x89PNG\r\n\x1a\n" + bytes(99), "200 OK", f"Content-Encoding: {named}"),
        "/c": reply(PAGE * 99, "200 OK", f"Content-Encoding: {named}"),
    }
    with served(answers) as local:
        whole, picture = (local.client().get(local.url(at), now=NOW) for at in ("/a", "/b"))
        cut = local.client(max_bytes=1024).get(local.url("/c"), now=NOW)
    assert (whole.outcome, whole.body) == ("ok", PAGE)
    assert picture.outcome == "refused"
    assert (cut.outcome, len(cut.body)) == ("truncated", 1024)


@pytest.mark.parametrize(
    "answer",
    [
        reply(b"%PDF-1.7 ...", "200 OK", "Content-Type: application/pdf"),
        reply(b"xx", "200 OK", "Content-Type: image/svg+xml"),
        reply(b"xx", "200 OK", "Content-Type: video/mp4"),
        reply(b"\x89PNG\r\n\x1a\n" + bytes(99)),
        reply(b"\xff\xd8\xff\xe0 jpeg"),
        reply(b"PK\x03\x04 docx", "200 OK", "Content-Type: application/octet-stream"),
    ],
)
def test_what_is_no_text_is_refused(answer: bytes) -> None:
    """By its media type, or by its first bytes where that lies."""
    with served({"/a": answer}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.body, got.status) == ("refused", b"", 200)
    assert "no text" in got.reason


@pytest.mark.parametrize(
    "kind",
    [
        "text/html; charset=x",
        "application/rss+xml",
        "application/xhtml+xml",
        "application/feed+json",
        "application/x-gzip",
        "application/octet-stream",
        "nonsense",
        "; charset=utf-8",
        "",
    ],
)
def test_whatever_may_be_text_is_taken(kind: str) -> None:
    """Feeds and sitemaps come under many names."""
    with served({"/a": reply(PAGE, "200 OK", f"Content-Type: {kind}")}) as local:
        got = local.client().get(local.url("/a"), now=NOW)
    assert (got.outcome, got.body) == ("ok", PAGE)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200"])
def test_an_answer_that_broke_off_is_not_asked_for_again(sent: bytes) -> None:
    """Asking again is for after the pause, which is the caller's to keep."""
    with served({"/a": sent}) as local:
        assert local.client().get(local.url("/a"), now=NOW).outcome == "error"
    assert len(local.asked) == 1


def drip(listener: socket.socket, first: bytes, more: bytes) -> None:
    """Send `first` and then `more` again and again for as long as anyone listens."""
    connection, _ = listener.accept()
    try:
        connection.recv(65536)
        connection.sendall(first)
        for _ in range(100):
            time.sleep(0.03)
            connection.sendall(more)
    except OSError:
        pass
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("first", "outcome"),
    [
        (b"HTTP/1.1 200 OK\r\nX: ", "error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", "truncated"),
    ],
)
def test_a_server_that_drips_cannot_stretch_the_deadline(first: bytes, outcome: str) -> None:
    """The deadline is one for the URL, not one a read."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener, first, b"x"))
        thread.start()
        local = Local(listener.getsockname()[1])
        got = local.client(deadline=0.5).get(local.url(), now=NOW)
        thread.join()
    assert got.outcome == outcome
    assert "deadline of 0.5 s" in got.reason
    assert 450 <= got.milliseconds < 5000


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "a.example", "http://u:p@a.example/"])
def test_what_is_no_url_to_ask_is_refused_and_not_raised(url: str) -> None:
    """A feed may have named it."""
    got = http.Client(Settings()).get(url, now=NOW)
    assert (got.outcome, got.final_url, got.requests) == ("refused", url, 0)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would make its own connections, unchecked."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    monkeypatch.delenv("no_proxy", raising=False)
    with served({"/": reply(PAGE)}) as local:
        assert local.client().get(local.url(), now=NOW).outcome == "ok"


def test_a_closed_port_and_a_plain_port_under_tls_are_errors() -> None:
    """Neither raises; the reason says which it was."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = Local(free.getsockname()[1])
    got = closed.client().get(closed.url(), now=NOW)
    assert (got.outcome, got.status) == ("error", None)
    assert got.reason.startswith("cannot connect")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        local = Local(listener.getsockname()[1])
        thread = threading.Thread(target=drip, args=(listener, reply(PAGE), b""))
        thread.start()
        plain = local.client().get(f"https://{local.endpoint}/", now=NOW)
        thread.join()
    assert plain.outcome == "error"
    assert plain.reason.startswith("TLS fails")


def test_one_client_serves_many_threads() -> None:
    """Nothing of one visit is seen in another."""
    answers: dict[str, bytes | list[bytes]] = {f"/{n}": reply(b"%d" % n) for n in range(20)}
    with served(answers) as local, local.client() as client:
        got: dict[int, bytes] = {}

        def ask(number: int) -> None:
            got[number] = client.get(local.url(f"/{number}"), now=NOW + timedelta(number)).body

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == {number: b"%d" % number for number in range(20)}
