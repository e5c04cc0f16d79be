"""Kill commands with SIGKILL at random moments, run them to the end, compare.

    python -m benchmarks.kill --kills 50

Every archive in which `scrape`, `reclean`, `compact` or `erase` was killed must end where an
undisturbed one ends: equal in target, body, snapshot, document, text and failure, ids and times
aside, every body read back from its encoding. A killed `export` or `release export` leaves nothing
under its name, and the next one is byte-equal; a killed `release create` leaves all or nothing.
Then one scrape of a farm of hosts is killed again and again: no page may be lost, no pause broken,
and no page asked for twice but those that were under way when the process died. Prints one line a
kill and a summary; exits with 1 if an archive differs or a host was wronged. Needs the package
installed, no network.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import IO, Protocol

from archiver.archive import bodies
from archiver.archive import engine as archive
from archiver.archive.packing import ENCODING
from archiver.work.sample_sites import SampleSite, samples_folder, serve
from benchmarks import farm

STARTING = 0.7  # seconds that the program takes to load; nothing can be lost in them

# What must be equal, without ids and times. Rows are told apart by URLs and digests.
QUERIES = {
    "target": """
        SELECT t.url, t.site, t.kind, t.etag, t.last_modified, t.failures, t.state, t.fetches,
               a.url, f.url, d.text, d.cleaner, s.body
        FROM target t
        LEFT JOIN target a ON a.id = t.alias_of
        LEFT JOIN target f ON f.id = t.found_in
        LEFT JOIN document d ON d.id = t.document
        LEFT JOIN snapshot s ON s.id = t.snapshot""",
    "snapshot": """
        SELECT t.url, s.body, s.url, s.content_type
        FROM snapshot s JOIN target t ON t.id = s.target""",
    "document": """
        SELECT t.url, s.body, d.cleaner, d.language, d.script, d.title, d.authors, d.published,
               d.published_source, d.section, d.kicker, d.description, d.dateline, d.agencies,
               d.modified, d.modified_source, d.tags, d.image, d.licence,
               d.captions, d.text, d.structure, d.marks, d.flags, d.kept_chars, d.removed_chars
        FROM document d JOIN snapshot s ON s.id = d.snapshot JOIN target t ON t.id = s.target""",
    "text": "SELECT digest, text FROM text",
    "failure": """
        SELECT t.url, s.body, f.cleaner, f.stage, f.reason, f.advice
        FROM failure f LEFT JOIN target t ON t.id = f.target
        LEFT JOIN snapshot s ON s.id = f.snapshot""",
    "rule_count": "SELECT cleaner, site, rule, documents, lines, chars FROM rule_count",
    "page": """
        SELECT s.body, p.extractor, p.site, p.language, p.systems
        FROM page p JOIN snapshot s ON s.id = p.snapshot""",
}


def state(database: Path) -> dict[str, list[str]]:
    """Everything that must be equal, as sorted lists of rows."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found = {
            name: sorted(map(repr, connection.execute(query))) for name, query in QUERIES.items()
        }
        digests = sorted(name for (name,) in connection.execute("SELECT digest FROM body"))
        waiting = connection.execute(
            "SELECT count(*) FROM body_store WHERE encoding = ?", [ENCODING]
        ).fetchone()
    # Which page became another's dictionary may differ; what is read may not.
    engine = archive.connect(f"sqlite:///{database}")
    with archive.read(engine) as c:
        found["body"] = [f"{name} {len(bodies.load(c, name))}" for name in digests]
    engine.dispose()
    found["not yet compacted"] = [str(waiting[0])]
    return found


class Started(AbstractContextManager["Started"], Protocol):
    """What `subprocess.Popen` gives, as far as it is used here."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; its exit code. Raises subprocess.TimeoutExpired."""

    @property
    def send_signal(self) -> Callable[[int], None]:
        """What sends it a signal."""


def begin(database: Path, words: Sequence[str], said: IO[bytes]) -> Started:
    """Start a command on an archive; what it says on standard error goes to a file."""
    return subprocess.Popen(  # noqa: S603
        farm.command(database, *words), stdout=subprocess.DEVNULL, stderr=said
    )


def run(database: Path, *words: str, ends: tuple[int, ...] = (0,)) -> None:
    """Run a command to its end, which must be one of these."""
    with tempfile.TemporaryFile() as said:
        with begin(database, words, said) as process:
            code = process.wait()
        if code not in ends:
            said.seek(0)
            sys.exit(f"{' '.join(words)}: exit {code}\n{said.read().decode()}")


def killed(database: Path, seconds: float, *words: str) -> bool:
    """Run a command and kill it after `seconds`; whether that, and not its work, ended it."""
    with tempfile.TemporaryFile() as said, begin(database, words, said) as process:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


def moment_in(lasted: float, chance: random.Random) -> float:
    """A moment of a run that lasts so many seconds, mostly past the program's own start."""
    return chance.uniform(min(STARTING, lasted / 2), lasted)


def prepare_scrape(database: Path, sites: list[SampleSite]) -> None:
    """An archive with every sample site added and nothing fetched."""
    run(database, "init")
    for site in sites:
        endpoint = site.url.removeprefix("http://")
        sources = ["--feed", site.source.feed, "--sitemap", site.source.sitemap]
        private = ["--pause", "0", "--allow-private", endpoint]
        run(database, "add", site.url + "/", "--as", "site", *sources, *private)


def prepare_reclean(database: Path, copies: int) -> None:
    """An archive of varied copies of the sample pages, and a rule that changes many of them."""
    run(database, "init")
    with tempfile.TemporaryDirectory() as folder:
        for number in range(copies):
            for page in sorted(samples_folder().glob("*/*/page.html")):
                name = f"{page.parent.parent.name}-{page.parent.name}-{number}"
                text = page.read_text("utf-8").replace("</p>", f" [{number}]</p>", 1)
                Path(folder, f"{name}.html").write_text(text, "utf-8")
                Path(folder, f"{name}.toml").write_text(
                    f'url = "https://{page.parent.parent.name}/{name}"\n'
                    "fetched_at = 2025-11-20T08:00:00Z\n",
                    "utf-8",
                )
        run(database, "import", folder)
    rules = database.parent / "rules"
    rules.mkdir()
    (rules / "cut.toml").write_text(
        '[[rule]]\nid = "bench.cut"\nkind = "sentence"\nwhy = "to change many pages"\n'
        "pattern = '[0-9]|है|ও|and'\n",
        "utf-8",
    )


def trial(
    name: str, prepared: Path, words: tuple[str, ...], kills: int, chance: random.Random
) -> int:
    """Kill one command `kills` times, each on a fresh copy; how many archives differ."""
    whole = prepared.parent / f"{name}-whole"
    shutil.copytree(prepared, whole)
    begun = time.monotonic()
    run(whole / "archive.db", *words)
    lasted = time.monotonic() - begun
    expected = state(whole / "archive.db")
    print(f"{name}: {json.dumps({table: len(rows) for table, rows in expected.items()})}")
    different = at_work = tries = 0
    while at_work < kills and tries < 4 * kills:
        copy = prepared.parent / f"{name}-{tries}"
        tries += 1
        shutil.copytree(prepared, copy)
        moment = moment_in(lasted, chance)
        if killed(copy / "archive.db", moment, *words):
            at_work += 1
        else:  # the machine is faster now than it was for the undisturbed run
            lasted = moment
        run(copy / "archive.db", *words)
        actual = state(copy / "archive.db")
        wrong = [table for table in expected if actual[table] != expected[table]]
        different += bool(wrong)
        print(f"{name}: killed after {moment:.2f} s: {wrong or 'equal'}", flush=True)
        shutil.rmtree(copy)
    print(f"{name}: {at_work} kills while at work, {different} archives differ")
    return different


def export_trial(prepared: Path, kills: int, chance: random.Random) -> int:
    """Kill `export`; how many files looked whole and were not, or differed when run again."""
    database, output = prepared / "archive.db", prepared / "corpus.jsonl"
    words = ("export", "--output", str(output))
    begun = time.monotonic()
    run(database, *words)
    lasted = time.monotonic() - begun
    expected = output.read_bytes()
    wronged = at_work = tries = 0
    while at_work < kills and tries < 4 * kills:
        tries += 1
        output.unlink()
        moment = moment_in(lasted, chance)
        if killed(database, moment, *words):
            at_work += 1
        else:
            lasted = moment
        half = output.exists() and output.read_bytes() != expected
        run(database, *words)
        wrong = half or output.read_bytes() != expected
        wronged += wrong
        print(f"export: killed after {moment:.2f} s: {'differs' if wrong else 'equal'}", flush=True)
    print(f"export: {at_work} kills while at work, {wronged} files differ")
    return wronged


def pinned(database: Path, name: str) -> list[str]:
    """All that the archive has of a release, without its time."""
    with closing(sqlite3.connect(database)) as connection:
        heads = connection.execute(
            "SELECT query, counts, digest FROM release WHERE name = ?", [name]
        )
        items = connection.execute(
            "SELECT document, text, seal FROM release_item WHERE release = ? ORDER BY document",
            [name],
        )
        return list(map(repr, [*heads, *items]))


def release_trial(prepared: Path, kills: int, chance: random.Random) -> int:
    """Kill `release create`; how many releases were there in part, or differed when run again."""
    database = prepared / "archive.db"
    begun = time.monotonic()
    run(database, "release", "create", "whole")
    lasted = time.monotonic() - begun
    expected = pinned(database, "whole")
    wronged = at_work = tries = 0
    while at_work < kills and tries < 4 * kills:
        tries += 1
        words = ("release", "create", f"r{tries}")
        moment = moment_in(lasted, chance)
        if killed(database, moment, *words):
            at_work += 1
        else:
            lasted = moment
        left = pinned(database, words[-1])
        run(database, *words, ends=(2,) if left else (0,))
        wrong = left not in ([], expected) or pinned(database, words[-1]) != expected
        wronged += wrong
        print(
            f"release: killed after {moment:.2f} s: {'differs' if wrong else 'equal'}", flush=True
        )
    print(f"release: {at_work} kills while at work, {wronged} releases differ")
    return wronged


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def release_export_trial(prepared: Path, kills: int, chance: random.Random) -> int:
    """Kill `release export`; how many folders looked whole and were not, or differed afterwards."""
    database, output = prepared / "archive.db", prepared / "released"
    words = ("release", "export", "whole", "--output", str(output))
    begun = time.monotonic()
    run(database, *words)
    lasted = time.monotonic() - begun
    expected = tree(output)
    wronged = at_work = tries = 0
    while at_work < kills and tries < 4 * kills:
        tries += 1
        shutil.rmtree(output)
        moment = moment_in(lasted, chance)
        if killed(database, moment, *words):
            at_work += 1
        else:
            lasted = moment
        half = output.exists() and tree(output) != expected
        if not output.exists():
            run(database, *words)
        wrong = half or tree(output) != expected
        wronged += wrong
        print(f"release export: killed after {moment:.2f} s: {'differs' if wrong else 'equal'}")
    print(f"release export: {at_work} kills while at work, {wronged} folders differ", flush=True)
    return wronged


# A kill may find so many seconds of work that no transaction holds yet: requests under way, and
# answers that have come since the last commit.
UNDER_WAY = 0.5
FARM_PAUSE = 0.2
FARM_DEADLINE = 2  # seconds; what was under way at a kill is asked again after these and the pause


def under_way(request: farm.Request, kills: list[float]) -> bool:
    """Whether a request may not have been on record yet when the process was killed."""
    return any(request.begun <= moment <= request.ended + UNDER_WAY for moment in kills)


def farm_trial(folder: Path, hosts: int, pages: int, kills: int, chance: random.Random) -> int:
    """Kill scrapes of one farm, one after the other; how often a host or page was wronged."""
    os.environ |= {"ARCHIVER_PAUSE": str(FARM_PAUSE), "ARCHIVER_DEADLINE": str(FARM_DEADLINE)}
    wronged = at_work = farms = again = 0
    lasts = min(4.0, pages * FARM_PAUSE)  # at least; the first requests of a host take more
    while at_work < kills:
        farms += 1
        database = folder / f"farm-{farms}.db"
        moments: list[float] = []
        with farm.running(hosts, pages) as running:
            farm.prepare(database, running, FARM_PAUSE)
            while at_work < kills and killed(
                database, chance.uniform(STARTING + 0.1, lasts), "scrape"
            ):
                at_work += 1
                moments.append(time.monotonic())
            run(database, "scrape", ends=(0, 1))
            log, changed = running.log()
        at_once, inside = farm.too_soon(log, FARM_PAUSE)
        sent = {(one.host, one.path) for one in log}
        stored = documents(database)
        lost = sum(
            (f"http://{host}:{running.port}{path}" not in stored)
            for host in running.hosts
            for path in farm.paths(pages)
            if host not in changed or not path.startswith(farm.FORBIDDEN)
        )
        twice = farm.twice(log)
        first = {(one.host, one.path): one for one in sorted(log, key=lambda one: -one.begun)}
        unkilled = sum(not under_way(first[one.host, one.path], moments) for one in twice)
        again += len(twice)
        wronged += at_once + inside + lost + unkilled
        print(
            f"farm: {len(moments)} kills, {len(sent)} URLs, lost {lost}, two at once {at_once}, "
            f"inside the pause {inside}, asked twice {len(twice)}, "
            f"of them not under way at a kill {unkilled}",
            flush=True,
        )
    print(f"farm: {at_work} kills while at work, {again} pages asked twice, {wronged} wrongs")
    return wronged


def documents(database: Path) -> set[str]:
    """The URLs with a document."""
    with closing(sqlite3.connect(database)) as connection:
        return {url for (url,) in connection.execute("SELECT url FROM corpus")}


def first_page(database: Path) -> str:
    """The URL of the oldest page: the first that others are packed with."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT url FROM target WHERE snapshot IS NOT NULL ORDER BY id LIMIT 1"
        return str(connection.execute(query).fetchone()[0])


def main(words: Sequence[str] | None = None) -> None:
    """Read the options, run all trials."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=30, help="of each command")
    parser.add_argument("--sites", type=int, default=99, help="of the samples, for scrape")
    parser.add_argument("--copies", type=int, default=60, help="of each sample page, for reclean")
    parser.add_argument("--hosts", type=int, default=30, help="of the farm")
    parser.add_argument("--pages", type=int, default=60, help="of each of its hosts")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(words)
    os.environ["ARCHIVER_RECLEAN_MAX_LOST"] = "100"  # the trial's rule takes much, on purpose
    chance = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    with tempfile.TemporaryDirectory() as folder, serve(samples_folder()) as sites:
        fresh = Path(folder, "fresh")
        fresh.mkdir()
        prepare_scrape(fresh / "archive.db", sites[: options.sites])
        different = trial("scrape", fresh, ("scrape",), options.kills, chance)
        full = Path(folder, "full")
        full.mkdir()
        prepare_reclean(full / "archive.db", options.copies)
        different += trial("reclean", full, ("reclean", "--force"), options.kills, chance)
        different += trial("compact", full, ("compact",), options.kills, chance)
        different += export_trial(full, options.kills, chance)
        run(full / "archive.db", "compact")  # so that others lean on what is erased
        words = ("erase", "--url", first_page(full / "archive.db"), "--reason", "other", "--yes")
        different += trial("erase", full, words, options.kills, chance)
        different += release_trial(full, options.kills, chance)
        different += release_export_trial(full, options.kills, chance)
        different += farm_trial(Path(folder), options.hosts, options.pages, options.kills, chance)
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
