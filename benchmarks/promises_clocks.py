"""Commands of one archive, each under another year's clock (faketime), in turn.

A folder and running sites come in, cases and their faults go out. For `benchmarks.promises`.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from archiver.work.sample_sites import SampleSite
from benchmarks import farm, kill

CLOCKS = ("-10y", "1970-01-02 00:00:00", "2038-01-19 03:14:08", "2100-01-01 00:00:00")
LONGEST = 60.0  # seconds, for commands that take some: what waits for a clock takes years


def trials(folder: Path, sites: list[SampleSite]) -> Iterator[tuple[str, str]]:
    """A scrape, an import, a re-clean, a history and a verify under each clock, then under ours."""
    folder.mkdir()
    folder = folder.resolve()  # as imported files are known
    database = folder / "archive.db"
    kill.prepare_scrape(database, sites)
    os.environ["ARCHIVER_FEED_INTERVAL"] = "1"  # so that each scrape has something due
    (folder / "rules").mkdir()
    # Without an address, so that `--again` does not ask for it: a host that fails rests by the
    # clock, which begins anew with each command, and the trial is of clocks.
    page = folder / "page.html"
    known = page.as_uri()
    for number, clock in enumerate([*CLOCKS, ""]):
        (folder / "rules" / "a.toml").write_text(
            '[[rule]]\nid = "bench.a"\nkind = "sentence"\nwhy = "for the trial"\n'
            f"pattern = 'और|ও|science {number}'\n",
            "utf-8",
        )
        page.write_text(
            "<html><body><article><h1>One</h1>"
            + f"<p>The bridge was repaired in May by the men of the village, {number}.</p>" * 3
            + "</article></body></html>",
            "utf-8",
        )
        kept = ("import", str(page))
        for words in (("scrape",), ("scrape", "--again"), kept, ("reclean", "--force")):
            yield _under(clock, database, *words)
        for words in (("history", known), ("verify",)):
            yield _under(clock, database, *words)
        yield f"{clock or 'ours'}: the newest stands", _newest(database, known, str(number))
    yield "nothing is put off for years", _put_off(database)
    del os.environ["ARCHIVER_FEED_INTERVAL"]


def _under(clock: str, database: Path, *words: str) -> tuple[str, str]:
    """Run a command under a clock; its case, and what went wrong."""
    prefix = ["faketime", "-f", clock if clock.startswith("-") else f"@{clock}"] if clock else []
    # The monotonic clock never jumps, and under one that does no lock can be waited for.
    environment = {**os.environ, "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}
    begun = time.monotonic()
    done = subprocess.run(  # noqa: S603
        [*prefix, *farm.command(database, *words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=environment,
    )
    case = f"{clock or 'ours'}: {words[0]}"
    if done.returncode != 0:
        return case, f"exit {done.returncode}: {done.stderr.strip()[-300:]}"
    seconds = time.monotonic() - begun
    return case, "" if seconds < LONGEST else f"took {seconds:.0f} s"


def _newest(database: Path, url: str, number: str) -> str:
    """The text that stands is that of the snapshot that came last."""
    with closing(sqlite3.connect(database)) as c:
        (text,) = c.execute("SELECT text FROM corpus WHERE url = ?", [url]).fetchone()
        ids = [row[0] for row in c.execute("SELECT id FROM snapshot ORDER BY id")]
    return "" if number in text or not text else f"an older one stands: {text[:80]} {ids[-1]}"


def _put_off(database: Path) -> str:
    with closing(sqlite3.connect(database)) as c:
        late = c.execute(
            "SELECT url, due_at FROM target WHERE due_at > datetime('now', '+31 days') "
            "UNION ALL SELECT origin, next_at FROM host WHERE next_at > datetime('now', '+33 days')"
        ).fetchall()
    return f"{len(late)} are, {late[0]}" if late else ""
