"""One URL under all policies: scheme and address, robots.txt, contact, pause. Stores nothing.

A `Visitor` is shared by the threads of a run; robots.txt answers go in and come out as values,
so the caller can keep them between runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from archiver.fetch import http, robots, urls
from archiver.fetch.pace import Pace
from archiver.model import Fetched, Outcome
from archiver.settings import Settings

# RFC 9309, section 2.4: a crawler should not use a cached robots.txt for more than 24 hours.
ROBOTS_AGE = timedelta(hours=24)
# A robots.txt that could not be had forbids everything; it is asked for again this soon.
ROBOTS_RETRY = timedelta(minutes=10)
# A Crawl-delay above this is read as this: some sites state days.
MAX_CRAWL_DELAY = 60.0
# A Retry-After up to this is waited for at once, in seconds; a longer one is the next run's.
SHORT_WAIT = 5.0
# No server keeps itself alone for longer than this by a Retry-After: a week.
MAX_WAIT = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Robots:
    """What an origin answered for robots.txt, and when."""

    status: int | None
    body: bytes
    at: datetime

    def holds(self, now: datetime) -> bool:
        """Whether the answer is still good."""
        reached = self.status is not None and self.status < 500  # noqa: PLR2004 - server errors
        return now - self.at < (ROBOTS_AGE if reached else ROBOTS_RETRY)


class Visitor:
    """Asks for pages politely: one request at a time an origin, robots.txt first."""

    def __init__(self, settings: Settings, private: Iterable[str] = ()) -> None:
        """Take settings, and the ``host:port`` that may be private.

        `robots` holds the answers for robots.txt by origin; known ones may be put into it.
        """
        self.settings = settings
        self.client = http.Client(settings, frozenset(private))
        self.pace = Pace(settings.pause)
        self.robots: dict[str, Robots] = {}
        self._pauses: dict[str, float] = {}

    def pause(self, origin: str) -> float:
        """Seconds between two requests to `origin`: what is set for it, or its Crawl-delay."""
        set_pause = self._pauses.get(origin, self.settings.pause)
        answer = self.robots.get(origin)
        if answer is None:
            return set_pause
        rules = robots.from_answer(answer.status, answer.body)
        delay = robots.crawl_delay(rules, self.settings.agent) or 0.0
        return max(set_pause, min(delay, MAX_CRAWL_DELAY))

    def set_pause(self, origin: str, seconds: float) -> None:
        """Set the pause of one origin, as its site's configuration says."""
        self._pauses[origin] = seconds

    def _robots(self, url: str, origin: str, now: datetime) -> Robots:
        """The origin's robots.txt, from memory while it holds."""
        answer = self.robots.get(origin)
        if answer is None or not answer.holds(now):
            self.pace.wait(origin, self.pause(origin))
            try:
                status, body = http.fetch_robots(self.client, url, now)
            finally:
                self.pace.done(origin)
            answer = Robots(status, body, now)
            self.robots[origin] = answer
        return answer

    def _forbids(self, url: str, now: datetime) -> tuple[Outcome, str] | None:
        """Outcome and reason if robots.txt keeps us from `url`."""
        answer = self._robots(url, urls.origin(url), now)
        rules = robots.from_answer(answer.status, answer.body)
        if rules == robots.DISALLOW_ALL:
            said = "no answer" if answer.status is None else f"HTTP {answer.status}"
            return "error", f"robots.txt cannot be had ({said}), so nothing is asked"
        if not robots.allowed(rules, self.settings.agent, url):
            return "refused", "robots.txt disallows it"
        return None

    def visit(self, url: str, now: datetime, *, etag: str = "", last_modified: str = "") -> Fetched:
        """Ask for `url` if policy allows; the outcome says what came of it. Never raises for it.

        A server that asks to come back within `SHORT_WAIT` is asked again, as often as the
        settings' `max_attempts` allow.
        """
        barred = self.client.barred(url) or self._forbids(url, now)
        if barred is not None:
            return _unasked(url, now, *barred)
        held = urls.origin(url)

        def may_follow(to: str) -> tuple[Outcome, str] | None:
            """A redirect is a request like any other: checked, and after the host's pause."""
            nonlocal held
            self.pace.done(held)
            held = ""
            told = self.client.barred(to) or self._forbids(to, now)
            if told is not None:
                return told[0], f"a redirect leads to {to}: {told[1]}"
            held = urls.origin(to)
            self.pace.wait(held, self.pause(held))
            return None

        requests = 0
        for _ in range(max(1, self.settings.max_attempts)):
            held = urls.origin(url)
            self.pace.wait(held, self.pause(held))
            try:
                got = self.client.get(
                    url, etag=etag, last_modified=last_modified, now=now, may_follow=may_follow
                )
            finally:
                if held:
                    self.pace.done(held)
            requests += got.requests
            if got.retry_after is None:
                break
            self.pace.not_before(urls.origin(got.final_url), min(got.retry_after, MAX_WAIT))
            if got.retry_after > SHORT_WAIT:
                break
        got = replace(got, robots="allowed", requests=requests)
        if kept_out := _noarchive(got, self.settings.agent):
            return replace(got, outcome="refused", reason=kept_out, body=b"")
        return got


# Only the head is read, and only its ASCII: a charset that hides these words hides all markup.
_HEAD = 64 * 1024
_META = re.compile(rb"<meta\s[^>]*>", re.IGNORECASE)
_NAME = re.compile(rb"\sname\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE)
_NOARCHIVE = re.compile(rb"\bnoarchive\b", re.IGNORECASE)
# "X-Robots-Tag: otherbot: noarchive" is said to another; a directive may have a colon as well.
_SAID_TO = re.compile(r"\s*(?!unavailable_after|max-)([\w-]+)\s*:", re.IGNORECASE)


def _noarchive(fetched: Fetched, agent: str) -> str:
    """Why an answer must not be stored, if its header or its page says so; else nothing."""
    ours = {"robots", agent.partition("/")[0].lower()}
    for name, value in fetched.signals:
        said_to = _SAID_TO.match(value)
        to_us = said_to is None or said_to[1].lower() in ours
        if name == "x-robots-tag" and to_us and _NOARCHIVE.search(value.encode()):
            return "X-Robots-Tag says noarchive: nothing is stored"
    for meta in _META.findall(fetched.body[:_HEAD]):
        named = _NAME.search(meta)
        if (
            named
            and named[1].decode("ascii", "replace").lower() in ours
            and _NOARCHIVE.search(meta)
        ):
            return "the page's robots meta says noarchive: nothing is stored"
    return ""


def _unasked(url: str, now: datetime, outcome: Outcome, reason: str) -> Fetched:
    """What is on record of a page that was never asked for."""
    return Fetched(
        requested_url=url,
        final_url=url,
        outcome=outcome,
        reason=reason,
        started_at=now,
        robots="not asked",
    )
