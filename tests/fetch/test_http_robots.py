"""How robots.txt is fetched: under any media type, over few redirects, whole or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from archiver.fetch import http

from .local import reply, served

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
PAGE = b"<!doctype html><title>t</title><p>" + "ख़बर".encode()


def robots_of(answers: dict[str, bytes | list[bytes]]) -> tuple[int | None, bytes]:
    """Ask for the robots.txt of a page of a server with `answers`."""
    with served(answers) as local:
        got = http.fetch_robots(local.client(), local.url("/a/b?c"), NOW)
        return got.status, got.body


def test_robots_txt_is_taken_under_any_media_type() -> None:
    """Rules are rules; an empty file is one without any."""
    body = b"User-agent: *\nDisallow: /\n"
    for kind in ("text/plain", "application/pdf", "image/png"):
        answer = reply(body, "200 OK", f"Content-Type: {kind}")
        assert robots_of({"/robots.txt": answer}) == (200, body)
    assert robots_of({"/robots.txt": reply(b"")}) == (200, b"")
    for status in (b"204 No Content", b"205 Reset Content"):
        assert robots_of({"/robots.txt": b"HTTP/1.1 %s\r\n\r\n" % status})[1] == b""
        assert robots_of({"/robots.txt": b"HTTP/1.1 %s\r\n\r\n" % status})[0] == int(status[:3])
    assert robots_of({"/robots.txt": reply(b"x", "206 Partial Content")}) == (None, b"")
    assert robots_of({}) == (404, b"")


def test_robots_txt_may_be_five_redirects_away_and_no_further() -> None:
    """RFC 9309, 2.3.1.2; the sixth leaves the status of a redirect."""
    for hops, expected in ((5, (200, b"x")), (6, (302, b""))):
        answers: dict[str, bytes | list[bytes]] = {
            f"/{n}": reply(b"", "302 Found", f"Location: /{n + 1}") for n in range(1, hops)
        }
        answers["/robots.txt"] = reply(b"", "302 Found", "Location: /1")
        answers[f"/{hops}"] = reply(b"x")
        assert robots_of(answers) == expected


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        reply(b"", "302 Found", "Location: http://10.0.0.1/robots.txt"),
        reply(b"User-agent: *\n").replace(b"Content-Length: 14", b"Content-Length: 99"),
        reply(b"User-agent: *\n", "200 OK", "Content-Encoding: gzip"),
    ],
)
def test_robots_txt_that_cannot_be_had_whole_is_unreachable(answer: bytes) -> None:
    """Silence, a redirect into the private network, half a file, a coding that lies."""
    assert robots_of({"/robots.txt": answer}) == (None, b"")


def test_of_a_huge_robots_txt_only_the_beginning_is_read() -> None:
    """It counts all the same."""
    status, body = robots_of({"/robots.txt": reply(b"# x\n" * 300_000)})
    assert status == 200
    assert http.ROBOTS_BYTES <= len(body) <= http.ROBOTS_BYTES + 1
