"""Policies over one URL, against real servers on loopback."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from threading import Thread

import pytest

from archiver.settings import Settings
from archiver.work.polite import Visitor
from tests.serving import in_thread

NOW = datetime(2025, 11, 20, tzinfo=UTC)
PAGE = b"<html><head>%s</head><body><p>A sentence of a page.</p></body></html>"
Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """A server that answers from a table, and when it was asked for what."""

    endpoint: str
    answers: dict[str, Answer]
    asked: list[tuple[float, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        """Give the URL of a path."""
        return f"http://{self.endpoint}{path}"


@contextmanager
def served(answers: dict[str, Answer]) -> Iterator[Site]:
    """Serve a table of answers; what is not in it is 404."""
    site = Site("", answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((time.monotonic(), self.path))
            status, headers, body = site.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in {"Content-Type": "text/html", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.endpoint = f"127.0.0.1:{server.server_address[1]}"
    with in_thread(server):
        yield site


def visitor(pause: float, *sites: Site, agent: str = "archiver") -> Visitor:
    settings = Settings(pause=pause, agent=agent)
    return Visitor(settings, [site.endpoint for site in sites])


def test_every_hop_of_a_redirect_waits_for_its_host() -> None:
    """A redirect is a request like any other: the pause passes before it, and the deadline waits."""
    hops: dict[str, Answer] = {f"/{n}": (302, {"Location": f"/{n + 1}"}, b"") for n in range(3)}
    with served({**hops, "/3": (200, {}, PAGE)}) as site:
        got = visitor(0.1, site).visit(site.url("/0"), NOW)
    assert got.outcome == "ok"
    times = [moment for moment, _ in site.asked]
    assert len(times) == 5  # robots.txt, three hops, the page
    assert min(b - a for a, b in pairwise(times)) >= 0.09


def test_a_redirect_to_another_host_asks_that_hosts_robots() -> None:
    """What the other host forbids is not fetched by a detour."""
    rules = b"User-agent: *\nDisallow: /private/\n"
    with (
        served({"/robots.txt": (200, {}, rules), "/private/x": (200, {}, PAGE)}) as other,
        served({}) as site,
    ):
        site.answers["/a"] = (301, {"Location": other.url("/private/x")}, b"")
        got = visitor(0, site, other).visit(site.url("/a"), NOW)
    assert got.outcome == "refused"
    assert "robots.txt disallows" in got.reason
    assert [path for _, path in other.asked] == ["/robots.txt"]


def test_a_redirect_to_a_host_without_robots_is_an_error_not_a_refusal() -> None:
    """What may be had later is tried again later."""
    with served({"/robots.txt": (503, {}, b"")}) as other, served({}) as site:
        site.answers["/a"] = (301, {"Location": other.url("/b")}, b"")
        got = visitor(0, site, other).visit(site.url("/a"), NOW)
    assert got.outcome == "error"
    assert "robots.txt cannot be had (HTTP 503)" in got.reason


@pytest.mark.parametrize(
    ("headers", "head", "outcome"),
    [
        ({"X-Robots-Tag": "noarchive"}, b"", "refused"),
        ({"X-Robots-Tag": "noindex, NoArchive"}, b"", "refused"),
        ({"X-Robots-Tag": "corpus: noarchive"}, b"", "refused"),
        ({"X-Robots-Tag": "otherbot: noarchive"}, b"", "ok"),
        ({"X-Robots-Tag": "unavailable_after: 25 Jun 2030 15:00:00 PST"}, b"", "ok"),
        ({}, b'<META content="x,NoArchive" name="robots">', "refused"),
        ({}, b"<meta name=corpus content=noarchive>", "refused"),
        ({}, b'<meta name="otherbot" content="noarchive">', "ok"),
        ({}, b'<meta name="robots" content="index, follow">noarchive', "ok"),
    ],
)
def test_noarchive_is_obeyed_where_it_is_said_to_us(
    headers: dict[str, str], head: bytes, outcome: str
) -> None:
    """A page that must not be stored is refused, and its body dropped."""
    with served({"/": (200, headers, PAGE % head)}) as site:
        got = visitor(0, site, agent="corpus").visit(site.url("/"), NOW)
    assert got.outcome == outcome
    assert bool(got.body) == (outcome == "ok")


def test_a_short_retry_after_is_waited_for() -> None:
    """503 with a Retry-After of a second is asked again once, and what then comes is taken."""
    with served({"/": (503, {"Retry-After": "1"}, b"")}) as site:
        one = visitor(0, site)

        def recover() -> None:
            time.sleep(0.5)
            site.answers["/"] = (200, {}, PAGE)

        waited = Thread(target=recover)
        waited.start()
        got = one.visit(site.url("/"), NOW)
        waited.join()
    assert got.outcome == "ok"
    assert got.requests == 2


def test_a_long_retry_after_is_left_to_the_next_run() -> None:
    """The visit ends at once and says how long the host wants to be left alone."""
    with served({"/": (429, {"Retry-After": "3600"}, b"")}) as site:
        one = visitor(0, site)
        got = one.visit(site.url("/"), NOW)
        left = one.pace.left(f"http://{site.endpoint}", 0)
    assert (got.outcome, got.status, got.retry_after) == ("error", 429, 3600)
    assert left > 3500
