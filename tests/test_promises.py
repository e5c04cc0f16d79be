"""Full disks, read-only places, commands at once, and what is said when, as a user has them.

The long forms are in ``benchmarks/promises.py``; these are the same facts in some seconds.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archiver.archive import engine as archive
from archiver.cli import cli
from archiver.errors import ArchiverError
from archiver.model import Found
from archiver.work.cleaning import Cleaner
from archiver.work.compact import compact
from archiver.work.ingest import ingest
from archiver.work.reclean import reclean
from archiver.work.scrape import scrape
from tests.command_line import archiver, told
from tests.folders import folder_with
from tests.nobody import as_nobody
from tests.work.serving import SETTINGS, STORY, add, clock, html, ruled, serving, texts


def pages(folder: Path, *numbers: int) -> Path:
    folder.mkdir()
    for number in numbers:
        (folder / f"{number}.html").write_bytes(html(STORY, f"{STORY} Page {number}."))
        side = f'url = "https://news.example/{number}"\nfetched_at = 2025-11-20T08:00:00Z\n'
        (folder / f"{number}.toml").write_text(side, "utf-8")
    return folder


def some_pages(place: Path) -> None:
    told(archiver("import", str(pages(place / "in", *range(4))), folder=place), 0)


kept = folder_with(some_pages)


def one_reason(done: subprocess.CompletedProcess[bytes]) -> str:
    """The one line that says why a command failed."""
    said = done.stderr.decode()
    assert done.returncode > 0, said
    assert "Traceback" not in said
    (line,) = (line for line in said.splitlines() if line.startswith("archiver: "))
    return line


@pytest.mark.parametrize(
    ("words", "most"), [(("import", "more"), 40_000), (("export", "--output", "out.jsonl"), 500)]
)
def test_a_file_that_cannot_grow_is_told_and_the_next_run_completes(
    kept: Path, words: tuple[str, ...], most: int
) -> None:
    pages(kept / "more", *range(10, 30))
    one_reason(archiver(*words, folder=kept, most=most))
    assert not list(kept.glob("out.jsonl*"))
    told(archiver(*words, folder=kept), 0)
    told(archiver("verify", folder=kept), 0)


def test_a_scrape_whose_disk_fills_up_ends_and_the_next_one_completes(kept: Path) -> None:
    """Threads that wait for the archive's word are let go, or the run would never end."""
    names = [f"/{number}" for number in range(12)]
    with ExitStack() as stack:
        servers = [stack.enter_context(serving()) for _ in range(3)]
        engine = archive.connect(f"sqlite:///{kept}/archive.db")
        for server in servers:
            noise = os.urandom(40_000).hex()
            page = html(STORY, head=f"<!-- {noise} -->")
            server.answers = {name: (200, {}, page + name.encode()) for name in names}
            add(engine, server, *(Found(url=name) for name in names))
        engine.dispose()
        # What was under way rests for the deadline.
        done = archiver("scrape", folder=kept, most=60_000, ARCHIVER_DEADLINE="1")
        assert "archive.db" in one_reason(done)
        told(archiver("scrape", folder=kept, ARCHIVER_DEADLINE="1"), 0)
    engine = archive.connect(f"sqlite:///{kept}/archive.db")
    assert len(texts(engine)) == 4 + 36
    engine.dispose()


def test_every_command_that_reads_reads_a_read_only_archive(kept: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(kept / "archive.db", folder)
        pages(folder / "in", 1)
        (folder / "archive.db").chmod(0o444)
        folder.chmod(0o555)
        page = "https://news.example/1"
        reads = ["show", f"show {page}", f"history {page}", f"explain {page}", f"diff {page}"]
        reads += ["cleaner list", "verify", "verify --sample 1", "export --output -"]
        reads += ["reclean --dry-run --jobs 0"]
        writes = [f"import {folder}/in", "compact", "scrape", f"export --output {folder}/out.jsonl"]
        writes += ["reclean --jobs 0", "add https://other.example/page"]

        def done(words: str, archive: Path) -> Result:
            asked = ["--database", str(archive / "archive.db"), *words.split()]
            return CliRunner().invoke(cli, asked)

        def said(words: str, archive: Path) -> BaseException | None:
            return done(words, archive).exception

        for words in reads:  # what is imported late, nobody may not be able to read
            assert said(words, kept) is None, words
        with as_nobody():
            for words in reads:
                assert said(words, folder) is None, words
            assert "wrong: writable (no)" in done("doctor", folder).stdout
            for words in writes:
                fault = said(words, folder)
                assert isinstance(fault, ArchiverError), (words, fault)
                assert "\n" not in str(fault)
        assert {path.name for path in folder.iterdir()} == {"archive.db", "in"}
        folder.chmod(0o755)


def test_commands_at_once_do_not_fail_each_other(kept: Path) -> None:
    pages(kept / "more", *range(10, 30))
    ruled(kept / "rules", STORY)
    commands = [
        ("import", "more"),
        ("reclean", "--force", "--jobs", "0"),
        ("compact",),
        ("export", "--output", "out.jsonl"),
    ]
    with ThreadPoolExecutor(len(commands)) as threads:
        for done in threads.map(lambda words: archiver(*words, folder=kept), commands):
            assert "locked" not in told(done, 0)
    told(archiver("reclean", "--force", "--jobs", "0", folder=kept), 0)
    told(archiver("verify", folder=kept), 0)
    engine = archive.connect(f"sqlite:///{kept}/archive.db")
    found = texts(engine)
    engine.dispose()
    assert len(found) == 24
    assert not any(f"{STORY}\n" in text for text in found.values())


def test_nothing_is_told_of_a_transaction_that_may_still_fail(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "archive.db"
    shutil.copy(sqlite_template, path)
    engine = archive.connect(f"sqlite:///{path}")
    lines = []

    def tell(message: str, *, passing: bool = False, **about: str | int) -> None:
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # raises where a transaction is open
            other.execute("ROLLBACK")
        lines.append(message)

    empty = tmp_path / "empty.html"
    empty.touch()
    with serving() as server:
        server.answers["/a"] = (200, {}, html(STORY))
        server.answers["/empty"] = (200, {}, b"<html></html>")
        add(engine, server, *(Found(url=url) for url in ("/a", "/empty", "/none")))
        scrape(engine, SETTINGS, Cleaner(None), clock=clock, tell=tell)
    ingest(engine, Cleaner(None), [empty], clock=clock, tell=tell)
    reclean(engine, ruled(tmp_path / "rules", STORY), clock=clock, tell=tell)
    compact(engine, clock=clock, tell=tell)
    engine.dispose()
    assert any("/none" in line for line in lines)
    assert any("/empty" in line for line in lines)
    assert any("empty.html" in line for line in lines)
