"""One URL under all policies: scheme and address, robots.txt, contact, pause. Stores nothing.

A `Visitor` is shared by the threads of a run. What an origin said of itself (robots.txt and the
two files like it) goes in and comes out as values, so the caller can keep it between runs.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType

from archiver.errors import BadInput, TryLater
from archiver.fetch import http, render, robots, signals, urls
from archiver.fetch.pace import Pace
from archiver.model import Fetched, Headers, Outcome
from archiver.settings import Settings

# RFC 9309, section 2.4: a crawler should not use a cached robots.txt for more than 24 hours.
ROBOTS_AGE = timedelta(hours=24)
# Cache-Control may shorten that (the same section), but not below so many pauses: many servers
# say no-cache of everything, and a check must not take more than one request in a dozen.
ROBOTS_PAUSES = 12
# A robots.txt that could not be had forbids everything; it is asked for again this soon.
ROBOTS_RETRY = timedelta(minutes=10)
# Added to every pause, in seconds: a server holds its answer for ended when its own part of it is
# done, which may be a little after we have it.
SLACK = 0.05
# A Crawl-delay above this is read as this: some sites state days. Below the pause, the pause holds.
MAX_CRAWL_DELAY = 60.0
# A Retry-After up to this is waited for at once, in seconds; a longer one is the run's to plan.
SHORT_WAIT = 5.0
# No server keeps itself alone for longer than this by a Retry-After: a week.
MAX_WAIT = 7 * 86400.0
# A Retry-After above this, a year, is a fault and no wish.
MAX_BELIEVED = 365 * 86400.0
# An origin that must rest for longer, in seconds, is not waited for: it is left to a later run.
MAX_REST = 120.0
# The files beside robots.txt that state what texts may be used for are asked for once a day.
FILES_AGE = timedelta(days=1)
_FILE_BYTES = 256 * 1024  # of each; what is longer is no statement of a few lines
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|,)\s*no-(?:cache|store)\b", re.IGNORECASE)

Claim = Callable[[str, float], float]
"""Takes an origin and for how long, in seconds; says how long to wait instead, 0 for go on."""


class NotNow(TryLater):
    """An origin must be left alone for longer than anybody waits for: `seconds`."""

    def __init__(self, origin: str, seconds: float) -> None:
        """Keep both."""
        super().__init__(f"{origin} is to be left alone for {seconds:.0f} s")
        self.origin = origin
        self.seconds = seconds


class Stopped(Exception):
    """The run has been asked to stop, and nothing more is sent."""


def _bearable(origin: str, seconds: float) -> float:
    """Return a time to wait. Raises NotNow where nobody waits for so long."""
    if seconds > MAX_REST:
        raise NotNow(origin, seconds)
    return seconds


def _max_age(headers: Headers) -> timedelta:
    """How long an answer may be used, as its Cache-Control says: a day where it says nothing."""
    said = ",".join(value for name, value in headers if name.lower() == "cache-control")
    if _NO_CACHE.search(said):
        return timedelta()
    age = _MAX_AGE.search(said)
    return min(timedelta(seconds=int(age[1])), ROBOTS_AGE) if age else ROBOTS_AGE


@dataclass(frozen=True, slots=True)
class Robots:
    """What an origin answered for robots.txt, when, and until when that may be used."""

    status: int | None
    body: bytes
    at: datetime
    until: datetime

    @property
    def rules(self) -> bytes:
        """The robots.txt in force."""
        return robots.from_answer(self.status, self.body)

    @property
    def reached(self) -> bool:
        """Whether it could be had; if not, everything is forbidden for now."""
        return self.rules != robots.DISALLOW_ALL

    def holds(self, now: datetime) -> bool:
        """Whether the answer is still good; one from the future, after a jump of the clock, not."""
        return self.at - ROBOTS_RETRY <= now < self.until


@dataclass(frozen=True, slots=True)
class Files:
    """An origin's tdmrep.json and ai.txt, empty where it has none, and when they were asked for."""

    at: datetime
    tdmrep: bytes
    ai_txt: bytes


def asked(fetched: Fetched) -> list[str]:
    """The origins that were asked for an answer, in order; the last one gave it, or gave none."""
    hops = [fetched.requested_url, *(url for _, url in fetched.redirects)]
    if fetched.redirects and fetched.status in range(300, 400):
        hops.pop()  # named, but not followed
    return [] if fetched.robots == "not asked" else [urls.origin(url) for url in hops]


class Visitor:
    """Asks for pages politely: one request at a time an origin, robots.txt first."""

    def __init__(
        self,
        settings: Settings,
        private: Iterable[str] = (),
        claim: Claim = lambda *_: 0.0,
        contacts: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Take settings, the ``host:port`` that may be private, and who must know of a request.

        `claim` is asked before every request, in the thread that makes it. `contacts` are those
        that differ from the settings', see `http.Client`. `robots` and `files` hold what origins
        answered; known answers may be put there.
        """
        self.settings = settings
        # The second attempt is made here, after the pause.
        self.client = http.Client(settings, frozenset(private), contacts=contacts)
        self.claim = claim
        self.stop = threading.Event()
        self.pace = Pace(settings.pause, sleep=self._sleep, slack=SLACK)
        self.robots: dict[str, Robots] = {}
        self.files: dict[str, Files] = {}
        self._pauses: dict[str, float] = {}

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    def pause(self, origin: str) -> float:
        """Seconds between two requests to `origin`: what is set for it, or its Crawl-delay."""
        set_pause = self._pauses.get(origin, self.settings.pause)
        answer = self.robots.get(origin)
        if answer is None:
            return set_pause
        delay = robots.crawl_delay(answer.rules, self.settings.agent) or 0.0
        return max(set_pause, min(delay, MAX_CRAWL_DELAY))

    def set_pause(self, origin: str, seconds: float) -> None:
        """Set the pause of one origin, as its site's configuration says."""
        self._pauses[origin] = seconds

    def _begin(self, origin: str) -> None:
        """Wait until `origin` may be asked; it is ours then. Raises NotNow and Stopped."""
        pause = self.pause(origin)
        _bearable(origin, self.pace.left(origin, pause))
        self.pace.wait(origin, pause)
        try:
            while (left := self.claim(origin, self.settings.deadline + pause)) > 0:
                self.pace.not_before(origin, _bearable(origin, left))
                self.pace.rest(origin, pause)
        except BaseException:
            self.pace.free(origin)
            raise

    @contextmanager
    def _turn(self, origin: str) -> Iterator[Callable[[str], None]]:
        """Hold `origin` for one request; the function given hands over to another origin."""
        held = origin

        def hand_over(to: str) -> None:
            nonlocal held
            if held:
                self.pace.done(held)
                held = ""
            if to:
                self._begin(to)
                held = to

        self._begin(origin)
        try:
            yield hand_over
        finally:
            if held:
                self.pace.done(held)

    def ask_robots(self, url: str, now: datetime) -> Robots:
        """Ask for the robots.txt that governs `url`, and keep the answer."""
        origin = urls.origin(url)
        with self._turn(origin) as hand_over:

            def may_follow(to: str) -> tuple[Outcome, str] | None:
                hand_over("")
                if barred := self.client.barred(to):
                    return barred
                try:
                    hand_over(urls.origin(to))
                except NotNow as rests:
                    return "refused", str(rests)
                return None

            got = http.fetch_robots(self.client, url, now, may_follow)
        answer = Robots(got.status, got.body, now, now + ROBOTS_RETRY)
        if answer.reached:
            least = timedelta(seconds=ROBOTS_PAUSES * self.pause(origin))
            answer = replace(answer, until=now + min(max(_max_age(got.headers), least), ROBOTS_AGE))
        elif got.retry_after is not None:
            self.pace.not_before(origin, min(got.retry_after, MAX_WAIT))
        self.robots[origin] = answer
        return answer

    def robots_for(self, url: str, now: datetime) -> Robots:
        """The robots.txt that governs `url`, from memory while it holds."""
        answer = self.robots.get(urls.origin(url))
        return answer if answer is not None and answer.holds(now) else self.ask_robots(url, now)

    def ask_files(self, origin: str, now: datetime) -> Files:
        """Ask an origin for tdmrep.json and ai.txt, and keep what it has."""
        bodies = []
        for path in (signals.TDMREP, signals.AI_TXT):
            got = self._get(f"{origin}{path}", now)
            whole = got.outcome == "ok" and len(got.body) <= _FILE_BYTES
            bodies.append(got.body if whole else b"")
        files = Files(now, *bodies)
        self.files[origin] = files
        return files

    def chore(self, url: str, now: datetime, *, page: bool) -> Callable[[], object] | None:
        """What must be asked of the origin of `url` before a page or source there, if anything."""
        origin = urls.origin(url)
        answer = self.robots.get(origin)
        if answer is None or not answer.holds(now):
            return lambda: self.ask_robots(url, now)
        files = self.files.get(origin)
        old = files is None or not timedelta() <= now - files.at < FILES_AGE
        if page and old and answer.reached and self._forbids(url, now) is None:
            return lambda: self.ask_files(origin, now)
        return None

    def _forbids(self, url: str, now: datetime) -> tuple[Outcome, str] | None:
        """Outcome and reason if robots.txt keeps us from `url`."""
        answer = self.robots_for(url, now)
        if not answer.reached:
            said = "no answer" if answer.status is None else f"HTTP {answer.status}"
            return "error", f"robots.txt cannot be had ({said}), so nothing is asked"
        if not robots.allowed(answer.rules, self.settings.agent, url):
            return "refused", "robots.txt disallows it"
        return None

    def _get(self, url: str, now: datetime, etag: str = "", last_modified: str = "") -> Fetched:
        """Ask once; every redirect is a request like any other: checked, and after the pause."""
        barred = self.client.barred(url) or self._forbids(url, now)
        if barred is not None:
            return _unasked(url, now, *barred)
        with self._turn(urls.origin(url)) as hand_over:

            def may_follow(to: str) -> tuple[Outcome, str] | None:
                hand_over("")
                try:
                    told = self.client.barred(to) or self._forbids(to, now)
                    if told is None:
                        hand_over(urls.origin(to))
                except NotNow as rests:
                    told = "error", str(rests)
                return told and (told[0], f"a redirect leads to {to}: {told[1]}")

            got = self.client.get(
                url, etag=etag, last_modified=last_modified, now=now, may_follow=may_follow
            )
        return replace(got, robots="allowed")

    def visit(
        self,
        url: str,
        now: datetime,
        *,
        etag: str = "",
        last_modified: str = "",
        rendered: bool = False,
    ) -> Fetched:
        """Ask for `url` if policy allows; the outcome says what came of it.

        `rendered` has a browser run the scripts of a page that came whole.

        A server that asks to come back within `SHORT_WAIT`, or that took the request and sent not
        one byte, is asked again after the pause, as often as the settings' `max_attempts` allow.
        Raises NotNow where its origin must rest for long, Stopped where the run stops; nothing
        else, whatever a server does.
        """
        requests = 0
        for attempt in count(1):
            got = self._get(url, now, etag, last_modified)
            requests += got.requests
            if got.retry_after is not None and got.retry_after <= MAX_BELIEVED:
                self.pace.not_before(urls.origin(got.final_url), min(got.retry_after, MAX_WAIT))
            if attempt >= self.settings.max_attempts or not self._worth_another(got):
                break
        got = replace(got, requests=requests)
        if rendered and got.outcome == "ok":
            got = self._rendered(got, now)
        agent = self.settings.agent
        if got.robots != "not asked":
            got = replace(got, signals=self._signals(got))
        if kept_out := signals.noarchive(got.headers, got.body, agent):
            return replace(got, outcome="refused", reason=kept_out, body=b"")
        return got

    def _rendered(self, got: Fetched, now: datetime) -> Fetched:
        """Have a browser run the scripts of a page, while its host is asked for nothing else."""

        def allowed(url: str) -> bool:
            answer = self.robots.get(urls.origin(url))
            return answer is None or robots.allowed(answer.rules, self.settings.agent, url)

        with self._turn(urls.origin(got.final_url)):
            try:
                return render.render(
                    self.client, got, chromium=self.settings.chromium, allowed=allowed, now=now
                )
            except BadInput as fault:
                return replace(got, outcome="error", reason=str(fault), body=b"")

    def _worth_another(self, got: Fetched) -> bool:
        """Whether a second attempt is likely to go better than this one."""
        if got.retry_after is not None:
            return got.retry_after <= SHORT_WAIT
        silent = got.outcome == "error" and got.status is None and not got.wire_bytes
        sent = got.requests > len(got.redirects)
        return silent and sent and got.milliseconds < 500 * self.settings.deadline

    def _signals(self, got: Fetched) -> tuple[tuple[str, str], ...]:
        """What the answer and its site say of the use of the page."""
        agent, url = self.settings.agent, got.final_url
        told = signals.of_answer(got.headers, got.body, agent)
        try:
            origin = urls.origin(url)
        except BadInput:
            return told
        answer, files = self.robots.get(origin), self.files.get(origin)
        rules = answer.rules if answer and answer.reached else b""
        beside = (files.tdmrep, files.ai_txt) if files else (b"", b"")
        return told + signals.of_site(rules, *beside, url, agent)


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
