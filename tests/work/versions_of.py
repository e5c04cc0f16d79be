"""A page with two versions, cleaned by the shipped rules and then with one more: for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from archiver.archive import engine as archive
from archiver.archive import queries, store
from archiver.archive import tables as t
from archiver.work.cleaning import Cleaner
from archiver.work.ingest import ingest

URL = "https://news.example/2025/bridge/"
NOW = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
FIRST = "The footbridge over the river was opened again on Monday after two winters of repairs."
OPENED = "The footbridge over the river was opened again on Friday after two winters of repairs."
CLUB = (
    "Our readers meet on the first Sunday of each month at the office by the old mill, come along."
)
RULE = f"""
[[rule]]
id = "mine.club"
kind = "line"
label = "self_promotion"
why = "the paper invites its readers"
phrases = ["{CLUB}"]
"""
MIDDLE = [
    "Council workers had replaced the planks one by one, and painted the railings green.",
    "The mayor thanked the families who had walked the long way round for their patience.",
    "Buses will stop at the northern end from next week, the transport office announced.",
]


def body(first: str, *more: str, nav: str = "Weather") -> bytes:
    """A small page in the manner of a CMS."""
    paragraphs = "".join(f"<p>{line}</p>" for line in (first, *MIDDLE, *more, CLUB))
    return (
        '<html lang="en"><head><title>Footbridge opens</title></head><body>'
        f'<nav><a href="/">Home</a> <a href="/w">{nav}</a></nav>'
        f"<article><h1>Footbridge opens</h1>{paragraphs}</article>"
        '<footer><a href="/about">About us</a></footer></body></html>'
    ).encode()


def put(engine: Engine, folder: Path, cleaner: Cleaner, content: bytes, day: int = 0) -> None:
    """Import a version of the page, `day` days later."""
    file = folder / "page.html"
    file.write_bytes(content)
    when = NOW + timedelta(days=day)
    ingest(engine, cleaner, [file], url=URL, fetched_at=when, clock=lambda: when)


def with_rule(folder: Path) -> Cleaner:
    """The shipped rules and the one that takes `CLUB`."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    (rules / "mine.toml").write_text(RULE, "utf-8")
    return Cleaner(rules)


def fill(engine: Engine, folder: Path) -> Cleaner:
    """Two snapshots under two cleaners; the newer cleaner, which is in force."""
    old = Cleaner(None)
    put(engine, folder, old, body(FIRST))
    put(engine, folder, old, body(OPENED, "A second bridge is planned upstream."), day=1)
    new = with_rule(folder)
    clean_again(engine, new, 2)
    return new


def filled(engine: Engine, folder: Path) -> None:
    """The same, for tests that make the cleaner in force themselves: `with_rule`."""
    folder.mkdir()
    fill(engine, folder)


def clean_again(engine: Engine, cleaner: Cleaner, day: int) -> None:
    """Clean every snapshot with this cleaner, `day` days later."""
    when = NOW + timedelta(days=day)
    for number in ids(engine)[0]:
        with archive.write(engine) as c:
            site, snapshot = queries.load_snapshot(c, number)
            page = cleaner.page(snapshot)
            document = cleaner.document(page, site)
            recipe = cleaner.recipe(site, page.language, page.systems)
            store.store_page(c, number, site, cleaner.extractor, page)
            store.put_cleaner(c, document.cleaner, recipe, when)
            store.store_document(c, number, document, None, when)


def ids(engine: Engine) -> tuple[list[int], list[str]]:
    """Snapshots, and cleaners in the order of their first use."""
    with archive.read(engine) as c:
        snapshots = c.execute(select(t.snapshot.c.id).order_by(t.snapshot.c.id)).scalars().all()
        cleaners = c.execute(select(t.cleaner.c.id).order_by(t.cleaner.c.at)).scalars().all()
    return list(snapshots), list(cleaners)
