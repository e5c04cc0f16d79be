"""Every case of the hostile server next door that one URL, one robots.txt or one feed can show.

The server and its cases lie beside the project, not in it; without them these tests are skipped.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import BadInput
from archiver.fetch import feeds, http, robots, sitemaps, urls
from archiver.model import Fetched, Found
from archiver.settings import Settings

FAULTS = Path(__file__).parents[2] / ".." / "shared" / "faults"
LIST = FAULTS / "hostile_paths.json"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEVELS = {"fetch", "robots", "feed", "sitemap"}

pytestmark = pytest.mark.skipif(
    not LIST.exists(), reason="the hostile server (../shared/faults) is not here"
)


def cases() -> list[dict[str, Any]]:
    """Return the cases of the levels that this room can show."""
    if not LIST.exists():
        return []
    listed: list[dict[str, Any]] = json.loads(LIST.read_text("utf-8"))["cases"]
    return [case for case in listed if case["level"] in LEVELS]


@dataclass(frozen=True)
class Ran:
    """What came of one case: the last answer, what a feed named, and how long it took."""

    outcome: str
    body: bytes
    seconds: float
    named: int = 0


def obeying(client: http.Client, url: str) -> tuple[str, bytes]:
    """Fetch as a caller does: robots.txt first, and again once after a short Retry-After."""
    answer = http.fetch_robots(client, url, NOW)
    verdict = robots.from_answer(answer.status, answer.body)
    if not robots.allowed(verdict, "archiver", url):
        return "refused", b""
    got = again(client, url)
    return got.outcome, got.body


def again(client: http.Client, url: str) -> Fetched:
    """Get `url`; a server that asks to come back in some seconds is asked once more."""
    got = client.get(url, now=NOW)
    if got.retry_after is not None and 0 < got.retry_after < 5:
        time.sleep(got.retry_after)
        got = client.get(url, now=NOW)
    return got


def named_by(level: str, body: bytes, url: str) -> list[Found]:
    """Read the feed or the sitemap that `url` gave."""
    return feeds.parse(body, url) if level == "feed" else sitemaps.parse(body, url)


def walk(client: http.Client, level: str, start: str) -> tuple[str, bytes, int]:
    """Fetch a feed or sitemap and, politely bounded, all that it names."""
    due, seen, pages = [start], 0, 0
    while due and seen < 100:
        url = due.pop()
        seen += 1
        got = client.get(url, now=NOW)
        if got.outcome != "ok":
            continue
        with suppress(BadInput):
            for found in named_by(level, got.body, url):
                pages += 1
                if found.kind == "sitemap":
                    due.append(found.url)
                else:
                    client.get(found.url, now=NOW)
    return "ok", b"", pages


def run(client: http.Client, case: dict[str, Any]) -> Ran:
    """Do what the level of `case` asks for."""
    begun = time.monotonic()
    url, level, named = case["url"], case["level"], 0
    if level == "robots":
        outcome, body = obeying(client, url)
    elif level == "fetch":
        got = again(client, url)
        outcome, body = got.outcome, got.body
    else:
        outcome, body, named = walk(client, level, url)
    return Ran(outcome, body, time.monotonic() - begun, named)


@dataclass(frozen=True)
class Server:
    """The running server: its cases with URLs, what they gave, and its log afterwards."""

    cases: dict[str, dict[str, Any]]
    ran: dict[str, Ran]
    log: dict[str, Any]
    canary: list[str]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start the server, run all its cases in threads, and stop it."""
    with subprocess.Popen(
        [sys.executable, "hostile_server.py", "--seconds", "240"],
        cwd=FAULTS,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            listed = {case["id"]: case for case in ready["cases"] if case["level"] in LEVELS}
            # Its own endpoints and no more: the canary's port is on none of them.
            own = frozenset(
                urls.split(case["url"]).endpoint
                for case in ready["cases"]
                if not case["url"].endswith(f":{ready['canary_port']}")
            )
            assert not any(endpoint.endswith(f":{ready['canary_port']}") for endpoint in own)
            # Whatever is slow there is so for ever.
            client = http.Client(Settings(deadline=4.0), own)
            with ThreadPoolExecutor(16) as threads:
                running: dict[str, Future[Ran]] = {
                    name: threads.submit(run, client, case) for name, case in listed.items()
                }
                ran = {name: future.result() for name, future in running.items()}
            with urllib.request.urlopen(f"{ready['base']}/__log", timeout=10) as answer:  # noqa: S310
                told = json.load(answer)
            yield Server(listed, ran, told["log"], told["canary"])
        finally:
            process.terminate()


@pytest.mark.parametrize("name", [case["id"] for case in cases()])
def test_a_hostile_answer_ends_as_it_should(server: Server, name: str) -> None:
    """Each case ends in an accepted outcome, in time, within its requests and its bytes."""
    expect, ran = server.cases[name]["expect"], server.ran[name]
    log = server.log.get(name, {"requests": 0, "sent": 0})
    assert ran.outcome in expect["outcome"]
    assert ran.seconds < expect["max_s"] + 3  # 16 at once on few cores
    assert log["requests"] <= expect.get("max_requests", 100)
    assert log["sent"] <= expect.get("max_sent_mb", 60) * 2**20
    if "contains" in expect and ran.outcome in {"ok", "truncated"}:
        assert expect["contains"].encode() in ran.body
    if "not_contains" in expect and expect["not_contains"] != "\0":  # cleaning takes NUL out
        assert expect["not_contains"].encode() not in ran.body
    if expect.get("no_page"):
        assert log["requests"] == 0


def test_nothing_that_was_not_allowed_is_touched(server: Server) -> None:
    """No redirect, feed or sitemap gets a request to the canary's port."""
    assert server.canary == []


def test_a_feed_of_traps_names_only_what_could_be_asked_for(server: Server) -> None:
    """file:, gopher: and javascript: links are dropped; the four http ones are named."""
    assert server.ran["/feed-ssrf.xml"].named == 4
