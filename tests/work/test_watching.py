"""Daily counts, judging, alarms, and who is told of them."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partialmethod
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from archiver.archive import alarms, store, watching
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.watching import Step
from archiver.errors import BadInput
from archiver.model import Found
from archiver.settings import Settings
from archiver.work import metrics, notices, watch
from archiver.work.status import status
from archiver.work.status_page import html
from archiver.work.telling import silent
from archiver.work.unusual import at_least, at_most
from benchmarks.watching import simulate
from tests.archive.values import EXTRACTOR, PAGE, document, fetched
from tests.conftest import archive_with, nothing
from tests.serving import POLL, in_thread

FIRST = date(2026, 1, 5)
one_engine = archive_with(nothing, "sqlite")  # for what is judged alike on any database
BREAKS = 50  # the day, of those that `usually` lays out
USUAL = {"new": 20, "page:ok": 60, "source:ok": 10, "kept": 40000, "removed": 9000}


def midnight(day: int) -> datetime:
    """The moment in which a day is over."""
    return datetime.combine(FIRST + timedelta(days=day + 1), datetime.min.time(), UTC)


def bring(engine: Engine, site: str, day: int, counts: Mapping[str, int], days: int = 1) -> None:
    """Put counts of some days, as counting does; what is named twice adds up."""
    dates = [(FIRST + timedelta(days=day + at)).isoformat() for at in range(days)]
    own = ("new", "empty", "repeated", "untitled", "undated", "kept", "removed")
    rows = {
        (site, at, "bn" if name.startswith((*own, "length", "rule")) else "", name): value
        for at in dates
        for name, value in counts.items()
    }
    with archive.write(engine) as c:
        if not c.execute(select(t.site).where(t.site.c.host == site)).first():
            store.put_site(c, site, {}, midnight(day))
        assert watching.put(c, Step(watching.marks(c), {"target": 0}, rows))


def usually(engine: Engine, *sites: str, days: int = BREAKS) -> None:
    for site in sites:
        bring(engine, site, 0, USUAL, days)


def opened(engine: Engine) -> list[alarms.Alarm]:
    with archive.read(engine) as c:
        return alarms.alarms(c, still=True)


def rows(engine: Engine) -> list[Any]:
    with archive.read(engine) as c:
        return sorted(tuple(row) for row in c.execute(select(t.daily)))


def add_page(engine: Engine, url: str, verb: str, text: str, at: datetime) -> None:
    """Fetch and clean a page, as a verb does."""
    with archive.write(engine) as c:
        if not c.execute(select(t.site)).first():
            store.put_site(c, "news.example", {}, at)
            store.put_cleaner(c, "cleaner-1", {}, at)
        store.add_targets(c, "news.example", [Found(url=url)], None, at)
        target = c.scalar(select(t.target.c.id).where(t.target.c.url == url))
        run = store.start_run(c, verb, {}, at)
        stored = store.store_fetch(
            c, run, target, fetched(text.encode() + b"!", at=at, url=url), at
        )
        assert stored.snapshot is not None
        store.store_page(c, stored.snapshot, "news.example", EXTRACTOR, PAGE)
        store.store_document(c, stored.snapshot, document(text), run, at)


# Counting


def test_counts_are_the_same_at_once_and_step_by_step(engine: Engine) -> None:
    for at, text in enumerate(("one", "two", "two", "")):
        url = f"https://news.example/{at}"
        add_page(engine, url, "scrape", text, midnight(at // 2))
        assert watch.count(engine)
    stepwise = rows(engine)
    assert watch.recount(engine)
    assert rows(engine) == stepwise
    found = {(day, name): value for _, day, _, name, value in stepwise}
    assert found["2026-01-06", "new"] == found["2026-01-07", "new"] == 2
    assert found["2026-01-07", "empty"] == found["2026-01-07", "repeated"] == 1
    assert found["2026-01-06", "page:ok"] == 2
    assert found["2026-01-06", "rule:bn.read-more"] == 2
    assert found["2026-01-06", "layout:/html/body"] == 2


def test_history_that_is_imported_and_pages_that_change_are_no_news(engine: Engine) -> None:
    add_page(engine, "https://news.example/a", "scrape", "one", midnight(0))
    add_page(engine, "https://news.example/a", "scrape", "one, changed", midnight(1))
    add_page(engine, "https://news.example/b", "import", "two", midnight(1))
    assert watch.count(engine)
    assert sum(value for *_, name, value in rows(engine) if name == "new") == 1


def test_a_step_that_another_process_took_is_not_taken_twice(engine: Engine) -> None:
    add_page(engine, "https://news.example/a", "scrape", "one", midnight(0))
    with archive.read(engine) as c:
        until, _ = watching.ends(c)
        step = watching.step(c, until)
    assert step is not None
    with archive.write(engine) as c:
        assert watching.put(c, step)
        assert not watching.put(c, step)
    assert watch.count(engine)
    once = rows(engine)
    assert watch.recount(engine)
    assert rows(engine) == once


# Judging


def test_an_alarm_opens_once_shows_why_and_closes_when_the_figure_returns(engine: Engine) -> None:
    usually(engine, "news.example")
    for day in range(BREAKS, BREAKS + 3):
        bring(engine, "news.example", day, {**USUAL, "empty": 19})
        watch.judge(engine, midnight(day))
        assert watch.judge(engine, midnight(day)) == 0
    (alarm,) = opened(engine)
    assert (alarm.site, alarm.cause) == ("news.example", "content")
    assert alarm.day == (FIRST + timedelta(days=BREAKS)).isoformat()
    assert alarm.detail["summary"] == "pages have no text (95 % of 20, usually 0 %)"
    bring(engine, "news.example", BREAKS + 3, USUAL)
    assert watch.judge(engine, midnight(BREAKS + 3)) == 1
    assert opened(engine) == []


@pytest.mark.parametrize("told", [True, False])
def test_a_robots_txt_that_an_alarm_tells_of_opens_no_second_one(
    engine: Engine, *, told: bool
) -> None:
    """Not even when that one has closed the same day."""
    usually(engine, "a.example")
    watch.judge(engine, midnight(BREAKS - 1))
    bring(engine, "a.example", BREAKS, {**USUAL, "page:ok": 20, "page:robots": 40})
    symptom = {"figure": "robots", "site": "a.example"}
    detail = {"summary": "", "sites": ["a.example"], "symptoms": [symptom]}
    day = (FIRST + timedelta(days=BREAKS)).isoformat()
    row: dict[str, Any] = {"site": "a.example", "cause": "fetching", "day": day}
    with archive.write(engine) as c:
        if told:
            alarms.put_alarm(c, **row, at=midnight(BREAKS), detail=detail)
            (one,) = alarms.alarms(c)
            ended = {"why": "", "summary": ""}
            alarms.put_alarm(c, **row, at=midnight(BREAKS), detail=ended, opened=one.id)
    watch.judge(engine, midnight(BREAKS))
    assert len(opened(engine)) == (0 if told else 1)


def test_what_stays_as_it_has_become_is_the_usual(one_engine: Engine) -> None:
    usually(one_engine, "news.example")
    bring(one_engine, "news.example", BREAKS, {**USUAL, "undated": 19}, days=70)
    for day in range(BREAKS, BREAKS + 70):
        watch.judge(one_engine, midnight(day))
    with archive.read(one_engine) as c:
        (alarm,) = alarms.alarms(c)
    assert alarm.closed_detail["why"].startswith("it has been so for 28 days")


def test_what_many_sites_lose_on_one_day_is_one_alarm(engine: Engine) -> None:
    sites = [f"news{at}.example" for at in range(5)]
    usually(engine, *sites)
    for site in sites[:4]:
        bring(engine, site, BREAKS, {"page:ok": 60, "source:ok": 10})
    bring(engine, sites[4], BREAKS, USUAL)
    assert watch.judge(engine, midnight(BREAKS)) == 1
    (alarm,) = opened(engine)
    assert (alarm.site, watch.sites_of(alarm)) == ("", sites[:4])


def test_pages_that_cannot_be_fetched_are_no_silence_besides(engine: Engine) -> None:
    usually(engine, "news.example")
    for day in range(BREAKS, BREAKS + 5):
        bring(engine, "news.example", day, {"page:blocked": 60, "source:ok": 10})
        watch.judge(engine, midnight(day))
    (alarm,) = opened(engine)
    assert (alarm.cause, alarm.detail["symptoms"][0]["figure"]) == ("fetching", "page:blocked")


def test_a_site_that_is_no_longer_asked_is_told_unless_it_is_disabled(engine: Engine) -> None:
    usually(engine, "news.example", "other.example")
    with archive.write(engine) as c:
        store.put_site(c, "other.example", {"enabled": False}, midnight(BREAKS))
    watch.judge(engine, midnight(BREAKS + 1))
    (alarm,) = opened(engine)
    assert (alarm.site, alarm.detail["symptoms"][0]["figure"]) == ("news.example", "requests")


def test_a_young_site_and_an_empty_archive_are_not_judged(engine: Engine) -> None:
    assert watch.tend(engine, midnight(0)) == 0
    usually(engine, "news.example", days=20)
    bring(engine, "news.example", 20, {"page:ok": 60})
    assert watch.tend(engine, midnight(20)) == 0


def test_alarms_only_grow(engine: Engine) -> None:
    test_an_alarm_opens_once_shows_why_and_closes_when_the_figure_returns(engine)
    with archive.read(engine) as c:
        first, last = c.execute(select(t.alarm).order_by(t.alarm.c.id)).mappings()
    assert (first["opened"], last["opened"]) == (None, first["id"])


@pytest.mark.parametrize(
    ("days", "quiet", "kinds"),
    [
        (38, 1, ("silent feed", "consent page")),
        pytest.param(
            48,
            2,
            ("silent feed", "consent page", "language switch", "blocked"),
            marks=pytest.mark.large,
        ),
    ],
)
def test_simulated_sites_break_and_are_seen_and_quiet_ones_are_left_alone(
    tmp_path: Path, days: int, quiet: int, kinds: tuple[str, ...]
) -> None:
    seen = simulate(4, days, quiet, kinds, tmp_path, sizes=("medium",), room=days // 6)
    assert seen.false == []
    assert {kind for kind, _ in seen.delays} == set(kinds)
    assert [kind for (kind, _), (delay,) in seen.delays.items() if delay is None] == []


# The tests


@given(mean=st.floats(0.1, 200), dispersion=st.floats(1, 20), count=st.integers(0, 100))
def test_the_chance_of_few_is_one_and_grows(mean: float, dispersion: float, count: int) -> None:
    less, more = at_most(count, mean, dispersion), at_most(count + 1, mean, dispersion)
    assert 0 <= less <= more <= 1


@given(
    of=st.integers(1, 60),
    share=st.floats(0.001, 0.999),
    rho=st.floats(0.02, 0.9),
    data=st.data(),
)
def test_the_chance_of_many_is_one_and_falls(
    of: int, share: float, rho: float, data: st.DataObject
) -> None:
    some = data.draw(st.integers(0, of))
    assert 0 <= at_least(of, of, share, rho) <= at_least(some, of, share, rho) <= 1
    assert at_least(0, of, share, rho) == pytest.approx(1)


# Telling


@contextmanager
def webhook(codes: list[int], heard: list[Any]) -> Iterator[str]:
    """A server that answers with these codes, one after the other, and hears what is posted."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            heard.append(json.loads(self.rfile.read(length)))
            self.send_response(codes.pop(0))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    with in_thread(server):
        yield f"http://127.0.0.1:{server.server_address[1]}/hook"


JUDGED = midnight(BREAKS)


def fill(engine: Engine, folder: Path) -> None:
    """One open alarm, of a site with a hostile name; it was judged at `JUDGED`."""
    usually(engine, "<b>.example")
    bring(engine, "<b>.example", BREAKS, {**USUAL, "empty": 19})
    watch.judge(engine, JUDGED)


broken = archive_with(fill)
# For what is only read from it, and then written as a database has no part in.
one_broken = archive_with(fill, "sqlite")


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server of the metrics look for its end as often as those of tests do."""
    often = partialmethod(ThreadingHTTPServer.serve_forever, POLL)
    monkeypatch.setattr(metrics._Server, "serve_forever", often)


def test_a_webhook_is_told_once_and_again_until_it_takes_it(broken: Engine) -> None:
    heard: list[Any] = []
    said: list[str] = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        said.append(message)

    with webhook([500, 302, 204], heard) as url:
        chosen = Settings(alarm_webhook=url)
        assert notices.send(broken, chosen, JUDGED, tell) == 1
        assert notices.send(broken, chosen, JUDGED, tell) == 1
        assert notices.send(broken, chosen, JUDGED, tell) == 0
        assert notices.send(broken, chosen, JUDGED, tell) == 0
    assert [one["event"] for one in heard] == ["opened"] * 3
    assert heard[-1]["site"] == "<b>.example"
    assert "HTTP 500" in said[0]
    assert not any(url in line for line in said)


def test_nobody_hears_of_old_alarms(broken: Engine) -> None:
    at = JUDGED + timedelta(days=8)
    heard: list[Any] = []
    with webhook([], heard) as url:
        assert notices.send(broken, Settings(alarm_webhook=url), at, silent) == 0
    assert heard == []


def test_a_webhook_that_is_no_address_ends_nothing(broken: Engine) -> None:
    for url in ("nonsense", "http://127.0.0.1:1/", "http://[", "ftp://x/"):
        assert notices.send(broken, Settings(alarm_webhook=url), JUDGED, silent) == 1
    chosen = Settings(alarm_mail="you@example.org", alarm_smtp="localhost")
    assert notices.send(broken, chosen, JUDGED, silent) == 1


def _smtp(server: socket.socket, heard: list[bytes]) -> None:
    connection, _ = server.accept()
    with connection, connection.makefile("rwb") as wire:

        def say(line: bytes) -> None:
            wire.write(line + b"\r\n")
            wire.flush()

        say(b"220 here")
        reading = False
        for line in wire:
            heard.append(line.rstrip())
            if reading and line == b".\r\n":
                reading = False
                say(b"250 taken")
            elif line.upper().startswith(b"DATA"):
                reading = True
                say(b"354 go on")
            elif line.upper().startswith(b"QUIT"):
                say(b"221 bye")
                return
            elif not reading:
                say(b"250 ok")


def test_a_mailbox_is_told(broken: Engine) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_smtp, args=(server, heard))
        thread.start()
        place = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        chosen = Settings(alarm_mail="you@example.org", alarm_smtp=place)
        assert notices.send(broken, chosen, JUDGED, silent) == 0
        thread.join()
    assert any(b"pages have no text" in line for line in heard)
    assert b"RCPT TO:<you@example.org>" in [line.upper()[:8] + line[8:] for line in heard]


def test_the_feed_is_well_formed_whatever_sites_say(one_broken: Engine) -> None:
    (alarm,) = opened(one_broken)
    alarm = replace(alarm, detail={**alarm.detail, "summary": "</title>\x00\ud800&"})
    feed = ET.fromstring(notices.atom([alarm], JUDGED))  # noqa: S314 - our own
    name = "{http://www.w3.org/2005/Atom}"
    titles = [one.text or "" for one in feed.iter(f"{name}title")]
    assert titles[1].startswith("archiver: opened: <b>.example: </title>")


@pytest.mark.usefixtures("_quick")
def test_metrics_are_answered_on_loopback_and_nothing_else_is(broken: Engine) -> None:
    with metrics.served(broken, "0", lambda: JUDGED) as port:
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            told = answer.read().decode()
        with pytest.raises(OSError, match="404"):
            urlopen(f"http://127.0.0.1:{port}/")
        with (
            pytest.raises(BadInput, match="metrics"),
            metrics.served(broken, str(port), lambda: JUDGED),
        ):
            pass
    assert "archiver_alarms 1\n" in told
    assert 'archiver_alarm{site="<b>.example",cause="content"} 1' in told
    with pytest.raises(BadInput, match="is no port"):
        metrics.place("localhost")


@pytest.mark.usefixtures("_quick")
def test_a_client_of_the_metrics_that_goes_away_is_no_news(
    one_broken: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    at = midnight(0)
    with metrics.served(one_broken, "[::1]:0", lambda: at) as port:
        for said in (b"", b"GET /metrics HTTP/1.0\r\n\r\n"):
            with socket.create_connection(("::1", port)) as client:
                client.sendall(said)
                # What is closed so is reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with urlopen(f"http://[::1]:{port}/metrics") as answer:
            assert b"archiver_pages" in answer.read()
        while any("process_request" in one.name for one in threading.enumerate()):
            time.sleep(0.01)
    assert capfd.readouterr().err == ""


def test_a_figure_is_told_once_where_two_alarms_are_of_one_cause(one_broken: Engine) -> None:
    found = status(one_broken, JUDGED)
    told = metrics.text(replace(found, alarms=found.alarms * 2))
    assert told.count("archiver_alarm{") == 1
    assert "archiver_alarms 2\n" in told


def test_the_page_of_a_status_shows_and_does_nothing(broken: Engine) -> None:
    page = "".join(html(status(broken, JUDGED)))
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "<b>.example" not in page
    assert "&lt;b&gt;.example" in page


@pytest.mark.usefixtures("_quick")
def test_a_daemon_looks_and_ends_without_waiting(engine: Engine) -> None:
    at = midnight(0)
    with metrics.watching(engine, Settings(metrics="0"), lambda: at, silent):
        names = {thread.name for thread in threading.enumerate()}
        assert {"watching", "metrics"} <= names
    assert "watching" not in {thread.name for thread in threading.enumerate()}


def test_a_look_counts_judges_and_tells(engine: Engine) -> None:
    add_page(engine, "https://news.example/a", "scrape", "one", midnight(0))
    metrics.look(engine, Settings(), midnight(3), silent)
    assert status(engine, midnight(3)).judged == (FIRST + timedelta(days=3)).isoformat()
    assert status(engine, midnight(3)).counted


def test_an_archive_whose_counts_are_gone_is_judged_as_before(broken: Engine) -> None:
    with archive.write(broken) as c:
        c.execute(delete(t.daily))
    assert watch.judge(broken, midnight(BREAKS + 1)) == 0


def test_a_clock_that_was_ahead_stops_no_judging(engine: Engine) -> None:
    usually(engine, "news.example")
    watch.judge(engine, midnight(BREAKS + 3000))
    bring(engine, "news.example", BREAKS, {**USUAL, "empty": 19})
    assert watch.judge(engine, midnight(BREAKS)) == 1
    assert watch.judge(engine, midnight(BREAKS)) == 0


def test_of_two_that_judge_a_day_one_writes(engine: Engine) -> None:
    with archive.write(engine) as c:
        assert watching.judged(c, 7, None)
    with archive.write(engine) as c:
        assert not watching.judged(c, 7, None)
