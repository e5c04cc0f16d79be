"""`health`, `status` and `runs`, as they are typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archiver.archive import engine as archive
from archiver.archive import store, watching
from archiver.archive.watching import Step
from tests.command_line import archiver
from tests.folders import folder_with

SITE = "news.example"


folder = folder_with()


def break_a_site(folder: Path) -> None:
    """Sixty days of a site, the last of them without a text, up to yesterday."""
    engine = archive.connect(f"sqlite:///{folder}/archive.db")
    now = datetime.now(UTC)
    rows = {}
    for ago in range(60, 0, -1):
        day = f"{now - timedelta(days=ago):%Y-%m-%d}"
        for name, value in (("new", 20), ("empty", 19 * (ago == 1)), ("kept", 9), ("page:ok", 9)):
            rows[SITE, day, "", name] = value
    with archive.write(engine) as c:
        store.put_site(c, SITE, {}, now)
        assert watching.put(c, Step({}, {"target": 0}, rows))
    engine.dispose()


def test_health_is_quiet_about_an_empty_archive(folder: Path) -> None:
    done = archiver("health", folder=folder)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"no alarm is open" in done.stderr


def test_health_ends_with_3_while_an_alarm_is_open(folder: Path) -> None:
    break_a_site(folder)
    for _ in range(2):
        done = archiver("health", "--atom", "a.xml", "--prometheus", "a.prom", folder=folder)
        assert done.returncode == 3
        assert done.stdout.decode().startswith(f"{SITE}: pages have no text (95 % of 20, usually 0")
    assert b"1 alarm is open" in done.stderr
    assert "pages have no text" in (folder / "a.xml").read_text("utf-8")
    assert "archiver_alarms 1\n" in (folder / "a.prom").read_text("utf-8")
    told = json.loads(archiver("health", "--json", folder=folder).stdout)
    assert (told["site"], told["cause"], told["closed"]) == (SITE, "content", None)
    shown = archiver("status", folder=folder).stdout.decode()
    assert f"ALARM {SITE}: pages have no text" in shown


def test_health_tells_of_a_file_that_cannot_be_written(folder: Path) -> None:
    done = archiver("health", "--prometheus", "no/such/x.prom", folder=folder)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_file_that_is_a_dash_is_standard_output(folder: Path) -> None:
    """And nothing else is on it."""
    break_a_site(folder)
    for words, begins in (
        (["health", "--prometheus", "-"], b"# HELP archiver_pages"),
        (["health", "--atom", "-", "--prometheus", "x.prom"], b"<?xml"),
        (["status", "--html", "-"], b"<!doctype html>"),
        (["reclean", "--dry-run", "--html", "-"], b"<!doctype html>"),
    ):
        done = archiver(*words, folder=folder)
        assert done.stdout.startswith(begins)
        assert b"\nnews.example: " not in done.stdout
    for words in (["health", "--prometheus", "-"], ["reclean", "--html", "-"]):
        assert archiver(*words, "--json", folder=folder).returncode == 2
    assert not (folder / "-").exists()


def test_a_webhook_out_of_reach_changes_no_exit_code(folder: Path) -> None:
    break_a_site(folder)
    where = "http://127.0.0.1:1/secret"
    done = archiver("health", folder=folder, ARCHIVER_ALARM_WEBHOOK=where)
    assert done.returncode == 3
    assert b"the next look tries again" in done.stderr
    assert (
        b"secret"
        not in done.stderr + archiver("doctor", folder=folder, ARCHIVER_ALARM_WEBHOOK=where).stdout
    )


def test_status_shows_an_archive_of_nothing_and_writes_a_page(folder: Path) -> None:
    assert archiver("status", folder=folder).stdout.startswith(b"0 pages, 0 of 0 sites")
    assert archiver("status", "--html", "s.html", folder=folder).returncode == 0
    assert "<svg" in (folder / "s.html").read_text("utf-8")
    assert json.loads(archiver("status", "--json", folder=folder).stdout)["pages"] == 0


def test_runs_are_listed_with_how_they_ended(folder: Path) -> None:
    engine = archive.connect(f"sqlite:///{folder}/archive.db")
    long_ago = datetime(2026, 3, 1, tzinfo=UTC)
    with archive.write(engine) as c:
        store.start_run(c, "scrape", {"sites": ["a"]}, long_ago)
        ended = store.start_run(c, "reclean", {}, long_ago)
        store.end_run(c, ended, 3, {"changed": 2}, long_ago)
        store.start_run(c, "schedule", {}, datetime.now(UTC))
    engine.dispose()
    lines = archiver("runs", folder=folder).stdout.decode().splitlines()
    assert [line.split("\t")[2:4] for line in lines] == [
        ["schedule", "going"],
        ["reclean", "exit 3"],
        ["scrape", "killed"],
    ]
    one = archiver("runs", "1", folder=folder).stdout.decode()
    assert 'asked {"sites": ["a"]}' in one
    told = archiver("runs", "--json", "--verb", "reclean", "--limit", "1", folder=folder).stdout
    assert json.loads(told)["counts"] == {"changed": 2}
    for words in (["1" + "0" * 20], ["--limit", "1" + "0" * 20]):
        assert archiver("runs", *words, folder=folder).returncode == 2
    done = archiver("runs", "99", folder=folder)
    assert (done.returncode, b"there is no run 99" in done.stderr) == (2, True)
