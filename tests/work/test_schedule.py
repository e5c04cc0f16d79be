"""The daemon: alone, ended in order, awake again after faults; and a short year of it."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from archiver.archive import engine as archive
from archiver.archive.alone import alone
from archiver.errors import BadRules, TryLater
from archiver.work import schedule, scrape
from archiver.work.cleaning import Cleaner
from archiver.work.schedule import keep_going
from archiver.work.telling import silent
from archiver.work.verify import verify
from benchmarks import year
from tests.command_line import Forked, archiver
from tests.work.serving import SETTINGS, STORY, Server, clock, exits, html, serving, texts

CONTACT = "a@example.org"
QUICK = {"ARCHIVER_PAUSE": "0", "ARCHIVER_CONTACT": CONTACT}
FEED = b'<rss version="2.0"><channel><item><link>/a</link></item></channel></rss>'


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        running.answers |= {"/feed": (200, {}, FEED), "/a": (200, {}, html(STORY))}
        yield running


@pytest.fixture
def either(archive_url: str) -> Iterator[Engine]:
    """An archive on SQLite, then on PostgreSQL."""
    opened = archive.connect(archive_url)
    yield opened
    opened.dispose()


def site(folder: Path, server: Server, *more: str) -> Path:
    """Write the file of the server; its folder."""
    (folder / "sites").mkdir(exist_ok=True)
    said = [f'home = "{server.url}/"', 'feeds = ["/feed"]', "pause = 0", *more]
    said.append(f'allow_private = ["{server.endpoint}"]')
    (folder / "sites" / "a.toml").write_text("\n".join(said), "utf-8")
    return folder / "sites"


class Naps:
    """Waits that only move a clock; the last one ends the schedule."""

    def __init__(self, *numbers: int) -> None:
        """Take what each wait answers."""
        self.numbers = list(numbers)
        self.waited: list[float] = []
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self, seconds: float) -> int:
        """Wait; one of no seconds only looks whether a signal has come."""
        if not seconds:
            return 0
        self.waited.append(seconds)
        self.now += timedelta(seconds=seconds)
        return self.numbers.pop(0) if self.numbers else signal.SIGTERM

    def clock(self) -> datetime:
        """Read the clock."""
        self.now += timedelta(milliseconds=1)
        return self.now


def keep(
    engine: Engine, folder: Path, naps: Naps, said: list[str] | None = None
) -> dict[str, int] | None:
    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        if said is not None and not passing:
            said.append(message)

    return keep_going(
        engine,
        SETTINGS,
        sites_folder=folder / "sites",
        rules_folder=folder / "rules",
        clock=naps.clock,
        wait=naps,
        tell=tell,
    )


def test_the_second_sees_the_first_and_does_nothing(either: Engine, tmp_path: Path) -> None:
    """And has the archive when the first has ended."""
    naps = Naps()
    with alone(either) as held:
        assert held is not None
        held()
        assert keep(either, tmp_path, naps) is None
        assert naps.waited == []
    assert keep(either, tmp_path, naps) == {}
    assert exits(either) == [("schedule", 0)]


def test_every_request_of_a_site_names_its_own_contact(
    either: Engine, server: Server, tmp_path: Path
) -> None:
    """Those for robots.txt and the files beside it too."""
    site(tmp_path, server, 'contact = "https://desk.example/bot"')
    keep(either, tmp_path, Naps())
    assert {"/robots.txt", "/ai.txt", "/feed", "/a"} <= set(server.asked)
    (agent,) = server.agents
    assert agent.endswith(" (+https://desk.example/bot)")


def test_what_is_due_is_fetched_when_it_is_due(
    either: Engine, server: Server, tmp_path: Path
) -> None:
    """The feed, its page, then both again by their times; a file that is added meanwhile is read."""
    (tmp_path / "sites").mkdir()

    class Later(Naps):
        def __call__(self, seconds: float) -> int:
            if len(self.waited) == 1:
                site(tmp_path, server)
            return super().__call__(seconds)

    naps = Later(0, signal.SIGHUP, *[0] * 43)
    keep(either, tmp_path, naps)
    asked = [path for path in server.asked if path in {"/feed", "/a"}]
    assert asked[:2] == ["/feed", "/a"]
    assert sorted(asked[2:]) == ["/a", "/feed"]  # after half an hour each
    assert max(naps.waited) <= schedule.NAP
    assert exits(either) == [("schedule", 0)]


def test_a_day_is_a_run_on_record(
    either: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "NAP", 900.0)
    quarters = 30 * 4  # of an hour, from noon
    keep(either, tmp_path, Naps(*[0] * quarters))
    assert exits(either) == [("schedule", 0)] * 2


def test_a_sites_own_schedule_is_kept(
    either: Engine, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twenty past each hour, whatever the feed brings."""
    monkeypatch.setattr(schedule, "NAP", 500.0)
    site(tmp_path, server, 'schedule = "20 * * * *"', 'timezone = "Asia/Kolkata"')
    at: list[int] = []

    class Noting(Naps):
        def clock(self) -> datetime:
            found = super().clock()
            if server.asked.count("/feed") > len(at):
                at.append(found.minute)
            return found

    keep(either, tmp_path, Noting(*[0] * 30))
    assert len(at) >= 4
    assert set(at[1:]) == {50}  # Kolkata is half an hour off


def test_files_that_break_are_told_once_and_change_nothing(
    either: Engine, server: Server, tmp_path: Path
) -> None:
    site(tmp_path, server)
    (tmp_path / "rules").mkdir()
    said: list[str] = []

    class Breaking(Naps):
        def __call__(self, seconds: float) -> int:
            if len(self.waited) == 3:
                (tmp_path / "rules" / "r.toml").write_text("[[rule]]\n", "utf-8")
                (tmp_path / "sites" / "a.toml").write_text("home = 3\n", "utf-8")
            return super().__call__(seconds)

    keep(either, tmp_path, Breaking(*[0] * 40), said)
    assert [line for line in said if "stay" in line] == [
        one for one in said if "a.toml" in one or "r.toml" in one
    ]
    assert len([line for line in said if "stay" in line]) == 2
    assert server.asked.count("/feed") == 2


def test_rules_that_do_not_read_at_the_start_are_wrong_use(either: Engine, tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "r.toml").write_text("[[rule]]\n", "utf-8")
    with pytest.raises(BadRules, match=r"r\.toml"):
        keep(either, tmp_path, Naps())


def test_a_passing_fault_is_waited_for(
    either: Engine, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as long each time; then it goes on."""
    site(tmp_path, server)
    late = iter([TryLater("the disk is full")] * 3)
    real = scrape.fetch_due

    def full(*args: object, **known: object) -> int:
        for fault in late:
            raise fault
        return real(*args, **known)  # type: ignore[arg-type]

    monkeypatch.setattr(schedule, "fetch_due", full)
    naps, said = Naps(*[0] * 5), list[str]()
    keep(either, tmp_path, naps, said)
    assert naps.waited[:3] == [60, 120, 240]
    assert len([line for line in said if "disk is full" in line]) == 3
    assert len(texts(either)) == 1
    assert [code for _, code in exits(either)] == [1, 1, 1, 0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_in_order(
    tmp_path: Path, sqlite_template: Path, server: Server, number: signal.Signals
) -> None:
    """While it sleeps: exit 0, its run on record, and what it fetched is there."""
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    site(tmp_path, server)
    words = ["schedule", "run"]
    engine = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    with (tmp_path / "said").open("w+b") as said, Path(os.devnull).open("r+b") as none:
        streams = [none.fileno(), none.fileno(), said.fileno()]
        with Forked(words, tmp_path, streams, environment=QUICK) as process:
            while not texts(engine):
                assert not process.ended()
                time.sleep(0.02)
            second = archiver(*words, folder=tmp_path, ARCHIVER_PAUSE="0", ARCHIVER_CONTACT=CONTACT)
            assert (second.returncode, b"another" in second.stderr) == (0, True)
            process.send_signal(signal.SIGHUP)
            time.sleep(0.2)
            assert not process.ended()
            process.send_signal(number)
        said.seek(0)
        heard = said.read()
    assert process.returncode == 0, heard
    assert b"Traceback" not in heard
    assert [verb for verb, _ in exits(engine)] == ["schedule"]
    engine.dispose()


@pytest.mark.parametrize("once", [True, False])
def test_a_signal_that_comes_before_a_round_is_heard(
    either: Engine, server: Server, tmp_path: Path, once: bool
) -> None:
    """While files are read and workers begun: nothing is asked, and the run ends as interrupted."""
    site(tmp_path, server)

    def go() -> object:
        return keep_going(
            either,
            SETTINGS,
            sites_folder=tmp_path / "sites",
            rules_folder=None,
            once=once,
            clock=clock,
            wait=lambda _: signal.SIGTERM,
            tell=silent,
        )

    if once:
        with pytest.raises(KeyboardInterrupt):
            go()
    else:
        assert go() == {}
    assert server.asked == []
    assert exits(either) == [("schedule", 130)]


def test_once_fetches_what_is_due_and_ends(
    tmp_path: Path, sqlite_template: Path, server: Server
) -> None:
    shutil.copy(sqlite_template, tmp_path / "archive.db")
    site(tmp_path, server)
    for documents in (b"1 documents", b"nothing was due"):
        done = archiver(
            "schedule",
            "run",
            "--once",
            folder=tmp_path,
            ARCHIVER_PAUSE="0",
            ARCHIVER_CONTACT=CONTACT,
        )
        assert done.returncode == 0, done.stderr
        assert documents in done.stderr


@pytest.mark.parametrize(
    ("days", "count", "published"),
    [(3, 1, 3), pytest.param(4, 2, 20, marks=pytest.mark.large)],
)
def test_a_short_year_misses_nothing(tmp_path: Path, days: int, count: int, published: int) -> None:
    """Edits, deletes and moves, of two sites a block; killed at random moments; no clock is real."""
    with year.hurried(least=1200.0):
        seen, used, engine = year.run(tmp_path, days=days, count=count, restarts=days)
    assert seen.published > published
    assert seen.missed == []
    assert seen.found == seen.edits > 0
    assert seen.late == []
    assert seen.over == 0
    assert verify(engine, Cleaner(None)).faults == []
    engine.dispose()
    assert {files for _, files in used[1:]} == {used[-1][1]}


def test_a_round_that_is_over_begins_nothing_and_loses_nothing(
    either: Engine, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site(tmp_path, server)
    monkeypatch.setattr(schedule, "ROUND", 0.0)
    keep(either, tmp_path, Naps(*[0] * 5))
    assert server.asked == []
    monkeypatch.undo()
    keep(either, tmp_path, Naps(*[0] * 5))
    assert len(texts(either)) == 1
