"""Erasing: pages out of every table, then out of the file itself; first what that would come to.

A page goes with all its versions. Bodies that lean on its bodies are packed anew before, some
pages go in each transaction, and at the end the index of words and the file are written anew, so
that nothing is left where it was. Killed anywhere the archive is whole, and the same command, run
again, does the rest: what is gone already is known by its digests.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from archiver.archive import bodies, erasures, queries, search, space
from archiver.archive import engine as archive
from archiver.archive.erasures import Shared
from archiver.archive.tombstones import named
from archiver.errors import BadInput, Damaged, TryLater
from archiver.fetch import urls
from archiver.text.terminal import safe
from archiver.work.adding import check_sites
from archiver.work.history import find
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

# Why something is erased: what a tombstone says, and every release that had it.
REASONS = ("privacy", "copyright", "court", "publisher", "mistake", "other")
AT_ONCE = 200  # pages that one transaction takes out; others wait for it meanwhile
# Stored feeds and lists that one does; of a site that is asked for years there are more than a
# statement has parameters (PostgreSQL 65,535, SQLite 32,766), and some name them twice.
TOLD_AT_ONCE = 10_000
REPACKED_AT_ONCE = 20  # bodies that one transaction packs anew
PARAGRAPH = 40  # code points of a headline or paragraph that says which page it is of
PATH = 12  # of an address without its host; shorter ones stand in many others
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_ELEMENT = re.compile(r"<[^<>]*>")
_TABLES = "text, document, body_store, page, snapshot, fetch, target, failure, search_words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be erased, by any name that it has."""

    urls: tuple[str, ...] = ()
    documents: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    all_copies: bool = False


@dataclass(slots=True)
class Plan:
    """What would go. `told` are snapshots of feeds and the like that tell of the pages."""

    pages: list[int] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)  # of the pages
    sites: tuple[str, ...] = ()  # that are not collected any more
    copies: int = 0  # pages among them that were not named
    told: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    shared: list[Shared] = field(default_factory=list)
    releases: set[str] = field(default_factory=set)
    leaning: int = 0  # bodies that are packed anew
    gone: int = 0  # names of what was erased before


def plan(engine: Engine, asked: Asked, tell: Tell = silent) -> Plan:
    """Find what is meant and what hangs on it; writes nothing.

    Raises BadInput for what is not in the archive and was not erased from it either.
    """
    if not (asked.urls or asked.documents or asked.sites or asked.digests):
        raise BadInput("what is to be erased? give --url, --document, --site or --digest")
    check_sites(engine, asked.sites)
    found = Plan(sites=asked.sites)
    with archive.read(engine) as c:
        pages = set(_meant(c, asked, found))
        copied: set[int] = set()
        if asked.all_copies:
            copied = {one for some in _some(sorted(pages)) for one in erasures.copies(c, some)}
            copied -= pages
        # Copies first: killed between, the pages that are named lead to the rest of them again.
        found.copies = len(copied)
        found.pages = [*sorted(copied), *sorted(pages)]
        pages |= copied
        carried: set[str] = set()
        for some in _some(found.pages):
            held = erasures.hold(c, some, pages)
            found.counts.update(
                snapshots=held.snapshots, documents=held.documents, texts=held.texts
            )
            found.shared += [one for one in held.shared if one.digest not in carried]
            carried |= {one.digest for one in held.shared}
            found.releases.update(held.releases)
            going = erasures.bodies_of(c, some)
            found.leaning += len(set(erasures.leaning(c, going)) - set(going)) if going else 0
            found.urls += [queries.target_url(c, one) for one in some]
        whole = erasures.told_by(c, asked.sites)
        found.told = sorted({*whole, *_tellers(c, found.pages, asked.sites, tell)})
    return found


def _some(pages: Sequence[int], size: int = AT_ONCE) -> Iterator[Sequence[int]]:
    for start in range(0, len(pages), size):
        yield pages[start : start + size]


def _meant(c: Connection, asked: Asked, found: Plan) -> Iterator[int]:
    """The pages that are meant; counts what was erased before. Raises BadInput."""
    for url in asked.urls:
        canonical = urls.canonical(url) if url.startswith(("http://", "https://")) else url
        if erasures.erased_at(c, digest=named(canonical)) is not None:
            found.gone += 1
            continue
        target = find(c, canonical)
        yield erasures.page(c, target)
    for number in asked.documents:
        page = erasures.page_of(c, number)
        if page is not None:
            yield page
        elif erasures.erased_at(c, document=number) is not None:
            found.gone += 1
        else:
            raise BadInput(f"there is no document {number}")
    for host in asked.sites:
        own = erasures.pages_of(c, host)
        yield from own
        found.gone += not own
    for digest in asked.digests:
        if not _DIGEST.fullmatch(digest):
            raise BadInput(f"{safe(digest)!r} is no digest: 64 hexadecimal digits, as history has")
        pages = erasures.pages_with(c, digest)
        yield from pages
        if not pages and erasures.erased_at(c, digest=digest) is None:
            raise BadInput(f"no page has a body or a text {digest}")
        found.gone += not pages


def _plain(text: str) -> str:
    """The words of a source as texts have them: without markup, blanks told apart by one."""
    bare = html.unescape(_ELEMENT.sub("", html.unescape(text)))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def _needles(c: Connection, pages: Sequence[int]) -> set[str]:
    """What tells of pages: their addresses, relative ones too, headlines and paragraphs."""
    needles: set[str] = set()
    for some in _some(pages):
        for url in erasures.urls(c, some):
            place = url.partition("://")[2]
            path = f"/{place.partition('/')[2]}"
            needles |= {place} | ({path} if len(path) >= PATH else set())
        for text in erasures.texts(c, some):
            paragraphs = (" ".join(one.split()) for one in text.split("\n\n"))
            needles.update(one for one in paragraphs if len(one) >= PARAGRAPH)
    return needles - {""}


def _tellers(c: Connection, pages: Sequence[int], but: Sequence[str], tell: Tell) -> list[int]:
    """The stored feeds, sitemaps and sections of the pages' sites, `but` some, that tell of them.

    They name its URL, or have a paragraph of it: feeds may hold whole texts.
    """
    hosts = [host for host in erasures.sites(c, pages) if host not in but]
    snapshots = erasures.told_by(c, hosts)
    if not snapshots:
        return []
    needles = _needles(c, pages)
    told = []
    for place, number in enumerate(snapshots, 1):
        try:
            body = queries.load_snapshot(c, number)[1].body
        except Damaged as fault:  # nobody can read it, so it goes
            tell(str(fault))
            told.append(number)
            continue
        raw = body.decode("utf-8", "replace")
        words = f"{html.unescape(raw)} {_plain(raw)}"
        if any(needle in words for needle in needles):
            told.append(number)
        tell(f"{place} of {len(snapshots)} stored feeds and lists looked through", passing=True)
    return told


def planned(found: Plan, engine: Engine) -> Iterator[str]:
    """A plan, told in lines."""
    for url in found.urls:
        yield f"page {safe(url)}"
    counts = found.counts
    yield (
        f"{len(found.pages)} pages ({found.copies} as copies), {counts['snapshots']} snapshots, "
        f"{counts['documents']} documents, {counts['texts']} texts"
    )
    if found.told:
        yield f"{len(found.told)} stored answers of feeds and lists that tell of them go too"
    for host in found.sites:
        yield f"{host} is not collected any more, until it is added again"
    if found.leaning:
        yield f"{found.leaning} bodies that are packed with theirs are packed anew first"
    for one in found.shared:
        yield f"stays: {one.what} {one.digest}, since {safe(one.url)} has it too (--all-copies)"
    for name in sorted(found.releases):
        yield f"release {name} loses documents, and will say so"
    if found.gone:
        yield f"{found.gone} of what is named was erased before; the file is cleaned once more"
    for path in beside(engine):
        yield f"not touched: {path}, a copy of the archive from an upgrade; remove it yourself"


def beside(engine: Engine) -> list[Path]:
    """The copies of an SQLite archive that upgrades left beside it."""
    path = space.file_of(engine)
    return sorted(path.parent.glob(f"{path.name}.before-*")) if path is not None else []


def erase(
    engine: Engine,
    found: Plan,
    reason: str,
    *,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Erase what a plan names, and clean the file; what went, by kind.

    Raises TryLater where the disk has no room to write the file anew, or where another process
    still reads what was: then run it again.
    """
    if reason not in REASONS:
        raise BadInput(f"no reason {safe(reason)!r}; there are {', '.join(REASONS)}")
    asked = {"pages": len(found.pages), "reason": reason}
    with recorded(engine, "erase", asked, clock) as (_, counts):
        if found.sites:
            with archive.write(engine) as c:
                erasures.retire(c, found.sites)
        # What tells of the pages goes before them: killed between, they are there to find the rest
        # by. The last of it goes with them, or a feed that is asked meanwhile would tell again.
        told = [*_some(found.told, TOLD_AT_ONCE)]
        while len(told) > bool(found.pages):
            counts.update(_erase(engine, [], told.pop(), reason, clock(), tell))
        for some in _some(found.pages):
            with_them = told.pop() if told else ()
            counts.update(_erase(engine, some, with_them, reason, clock(), tell))
            tell(f"{counts['pages']} of {len(found.pages)} pages are erased", passing=True)
        _clean(engine, tell)
    return dict(counts)


def _erase(
    engine: Engine,
    pages: Sequence[int],
    told: Sequence[int],
    reason: str,
    now: datetime,
    tell: Tell,
) -> Counter[str]:
    while True:
        with archive.read(engine) as c:
            going = erasures.bodies_of(c, pages, told)
            leaning = erasures.leaning(c, going) if going else []
        # In each transaction those first that nobody needs, so that all can be read in between.
        for start in range(0, len(leaning), REPACKED_AT_ONCE):
            with archive.write(engine) as c:
                erasures.stand_alone(c, leaning[start : start + REPACKED_AT_ONCE])
            tell(f"{start} of {len(leaning)} bodies packed anew", passing=True)
        with archive.write(engine) as c:
            erasures.lock(c)
            going = erasures.bodies_of(c, pages, told)
            if not (going and erasures.leaning(c, going)):  # else compact has packed meanwhile
                return erasures.erase(c, pages, told, reason, now)


def _clean(engine: Engine, tell: Tell) -> None:
    """Write anew what keeps what was deleted: the index of words, the file, its log."""
    tell("the index and the file are written anew")
    with archive.write(engine) as c:
        search.purge(c)
    bodies.forget()
    if space.file_of(engine) is None:
        return
    engine.dispose()  # a connection of our own that reads would keep the log
    space.vacuum(engine)
    if not space.log_is_empty(engine):
        raise TryLater(
            f"{space.file_of(engine)}-wal: another process reads the archive, so its log still "
            "holds what was erased; run the same command again when that has ended"
        )


def advice(engine: Engine) -> str:
    """What is left to whoever runs the server; empty for SQLite, where nothing is."""
    if engine.dialect.name == "sqlite":
        return ""
    return (
        f"PostgreSQL keeps deleted rows until they are vacuumed: run VACUUM FULL {_TABLES}; "
        "its write-ahead log, replicas and backups are the server's: let them run out or remove"
    )
