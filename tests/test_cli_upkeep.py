"""`doctor` says what is in force and what is wrong; full disks and read-only folders are told."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.settings import Settings
from archiver.work.doctor import Line, doctor
from tests.command_line import archiver, told
from tests.folders import folder_with

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STORY = "<p>A sentence about a bridge that was repaired in May, and the men who did it.</p>"
STRACE = shutil.which("strace")


def examined(chosen: Settings, now: datetime = NOW) -> dict[str, Line]:
    """The lines by name; of two with one name the one that is wrong."""
    found: dict[str, Line] = {}
    for line in doctor(chosen, {}, lambda: None, now):
        if line.name not in found or line.advice:
            found[line.name] = line
    return found


folder = folder_with()


@pytest.mark.usefixtures("safe_server")
def test_the_state_of_an_archive_is_shown(archive_url: str) -> None:
    lines = examined(Settings(database=archive_url))
    assert lines["schema"].value == f"{t.SCHEMA}, today's is {t.SCHEMA}"
    assert [line.name for line in lines.values() if line.advice] == []
    if archive_url.startswith("sqlite"):
        assert (lines["journal_mode"].value, lines["synchronous"].value) == ("wal", "FULL")
        assert lines["writable"].value == "yes"
    else:
        assert (lines["fsync"].value, lines["synchronous_commit"].value) == ("on", "on")


def test_a_password_is_never_shown() -> None:
    for url in (
        "postgresql://me:secret@127.0.0.1:1/x",
        "nonsense:secret@x",
        "mysql://a:secret@b/c",
    ):
        said = str(doctor(Settings(database=url), {}, lambda: None, NOW))
        assert "secret" not in said


@pytest.mark.parametrize(
    ("settings", "name", "advice"),
    [
        (Settings(database="sqlite:///none.db"), "opens", "archiver init"),
        (Settings(database="mysql://host/x"), "database", "not supported"),
        (Settings(chromium="/no/such"), "chromium", "cannot be run"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(
    settings: Settings, name: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert advice in examined(settings)[name].advice


def test_a_clock_that_cannot_be_right_is_told(archive_url: str) -> None:
    settings = Settings(database=archive_url)
    assert "behind" in examined(settings, datetime(1970, 1, 1, tzinfo=UTC))["now"].advice
    assert examined(settings, datetime(2038, 2, 1, tzinfo=UTC))["now"].advice == ""
    engine = archive.connect(archive_url)
    with archive.write(engine) as c:
        at = NOW + timedelta(days=400)
        c.execute(t.run.insert().values(verb="scrape", asked={}, at=at, version="1"))
    engine.dispose()
    lines = examined(settings)
    assert "future" in lines["newest row"].advice
    assert lines["scrape without an end"].value == "1"


def test_a_missing_contact_is_wrong_where_something_is_asked_for(archive_url: str) -> None:
    settings = Settings(database=archive_url)
    engine = archive.connect(archive_url)
    assert examined(settings)["contact"].advice == ""
    with archive.write(engine) as c:
        c.execute(t.site_config.insert().values(site="a", digest="d", at=NOW, config={}))
        c.execute(t.site.insert().values(host="a", config="d", added_at=NOW))
        feed = {"url": "https://a/feed", "site": "a", "kind": "feed", "state": "active"}
        rest = {"stated_date": "", "stated_title": "", "failures": 0, "fetches": 0}
        c.execute(t.target.insert().values(**feed, **rest, found_at=NOW))
    assert examined(settings)["contact"].advice
    engine.dispose()
    named = Settings(database=archive_url, contact="me@example.org")
    assert examined(named)["contact"].advice == ""


def test_an_older_schema_is_told(folder: Path) -> None:
    engine = archive.connect(f"sqlite:///{folder}/archive.db")
    with archive.write(engine) as c:
        c.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    done = archiver("doctor", folder=folder)
    told(done, 1)
    assert b"schema: 0001" in done.stdout
    assert b"archiver init" in done.stdout


def test_the_command_says_where_each_setting_comes_from(folder: Path) -> None:
    (folder / "archiver.toml").write_text('contact = "me@example.org"\npause = 7\n', "utf-8")
    done = archiver("doctor", "--json", folder=folder, ARCHIVER_PAUSE="9")
    told(done, 0)
    report = json.loads(done.stdout)
    settings = {one["name"]: one for one in report["found"] if one["topic"] == "setting"}
    assert (report["wrong"], settings["pause"]["value"]) == (0, "9.0")
    sources = {name: one["source"] for name, one in settings.items()}
    assert sources["contact"] == "archiver.toml"
    assert (sources["pause"], sources["database"]) == ("ARCHIVER_PAUSE", "default")
    done = archiver("--database", "none.db", "doctor", folder=folder)
    told(done, 1)
    assert b"(--database)" in done.stdout


# Full disks and folders that cannot be written


def import_folder(folder: Path, size: int = 600_000) -> Path:
    """Twelve pages that take so many bytes of space together."""
    inside = folder / "in"
    inside.mkdir()
    for number in range(12):
        own = os.urandom(size // 12).hex()
        (inside / f"{number}.html").write_text(
            f"<article>{STORY}<p>{number}</p></article><!-- {own} -->", "utf-8"
        )
    return inside


def in_one_line(done: subprocess.CompletedProcess[bytes]) -> None:
    """It ended with an error of one line, and no traceback."""
    assert done.returncode not in {0, -25}, done.stderr
    last = [line for line in done.stderr.splitlines() if line.startswith(b"archiver: ")]
    assert len(last) == 1, done.stderr
    assert b"Traceback" not in done.stderr


def whole(folder: Path) -> bytes:
    """What `verify` says of an archive in which nothing is broken."""
    done = archiver("verify", folder=folder)
    assert done.stdout.splitlines()[-1] == b"nothing is broken"
    return done.stdout


full = folder_with(
    lambda place: told(archiver("import", str(import_folder(place)), folder=place), 0)
)


@pytest.mark.parametrize(
    "words", [["import", "in"], ["reclean"], ["compact"], ["compact", "--vacuum"]], ids=" ".join
)
def test_a_file_that_may_not_grow_is_one_line_and_the_next_run_completes(
    full: Path, sqlite_template: Path, words: list[str]
) -> None:
    if words[0] == "import":
        shutil.copy(sqlite_template, full / "archive.db")
    if words[0] == "reclean":
        rule = '[[rule]]\nid = "a.b"\nkind = "line"\nwhy = "x"\nphrases = ["7"]\n'
        (full / "rules").mkdir()
        (full / "rules/a.toml").write_text(rule, "utf-8")
    most = 20_000 if words[0] != "import" else 400_000
    in_one_line(archiver(*words, folder=full, most=most))
    told(archiver(*words, folder=full), 0)
    (listed,) = re.findall(rb"(\d+) snapshots", whole(full))
    assert listed == b"12"


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A folder on a disk of two megabytes."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", name]
        if (
            shutil.which("mount") is None
            or subprocess.run(mount, check=False, capture_output=True).returncode
        ):
            pytest.skip("a disk of its own may not be mounted here")
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", "-l", name], check=True)  # noqa: S607


def test_a_full_disk_is_one_line_and_the_next_run_completes(
    small_disk: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    inside = str(import_folder(tmp_path, 1_000_000))
    shutil.copy(sqlite_template, small_disk / "archive.db")
    in_one_line(archiver("import", inside, folder=small_disk))
    whole(small_disk)
    in_one_line(archiver("compact", "--vacuum", folder=small_disk))
    whole(small_disk)
    subprocess.run(["mount", "-o", "remount,size=40m", small_disk], check=True)  # noqa: S607
    told(archiver("import", inside, folder=small_disk), 0)
    whole(small_disk)
    told(archiver("compact", folder=small_disk), 0)
    whole(small_disk)


# What was acknowledged was synced before

ACKNOWLEDGES = """
import os, sys
from archiver.archive import engine as archive, store
from datetime import UTC, datetime
engine = archive.connect(sys.argv[1])
for number in range(60):
    with archive.write(engine) as c:
        store.start_run(c, "test", {"number": number}, datetime.now(UTC))
    os.write(1, b"stored %d\\n" % number)
"""


@pytest.mark.skipif(STRACE is None, reason="strace is not here")
def test_every_acknowledgement_follows_an_fsync(folder: Path) -> None:
    """Of the log that the commit was written to, after its last write."""
    trace = folder / "trace"
    calls = "trace=write,pwrite64,fsync,fdatasync,openat,close"
    done = subprocess.run(
        [
            *(str(STRACE), "-f", "-y", "-e", calls, "-s", "20", "-o", str(trace)),
            *(sys.executable, "-c", ACKNOWLEDGES, f"sqlite:///{folder}/archive.db"),
        ],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("processes may not be traced here")
    written = synced = acknowledged = 0
    with closing(trace.open()) as file:
        for line in file:
            if "pwrite64" in line and "archive.db-wal>" in line:
                written, synced = written + 1, 0
            elif "sync(" in line and "archive.db-wal>" in line:
                synced = 1
            elif "write(1" in line and '"stored ' in line:
                assert written
                assert synced, line
                acknowledged += 1
                written = 0
    assert acknowledged == 60


def test_the_full_mode_holds_on_every_connection(tmp_path: Path) -> None:
    """Where system calls cannot be traced, the mode that promises them is what is left to see."""
    archive.upgrade(f"sqlite:///{tmp_path}/archive.db")
    engine = archive.connect(f"sqlite:///{tmp_path}/archive.db")
    with archive.write(engine) as one, archive.read(engine) as other:
        for c in (one, other):
            assert c.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
            assert c.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        one.execute(update(t.run).values(verb="x"))
    engine.dispose()
