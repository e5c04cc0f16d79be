"""Verifying: the whole archive, or an even sample of it, held against its digests; faults out.

Each body gives its digest, each frame reads, kept text and marks are every block of the page
character for character, each reference leads somewhere. Writes nothing: what is damaged should
not be written to.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping
from sqlalchemy.exc import DBAPIError

from archiver.archive import bodies, checks
from archiver.archive import engine as archive
from archiver.archive import tables as t
from archiver.archive.checks import FETCH, REMAKE, RESTORE, Fault
from archiver.archive.packing import digest, page_texts, sound, unpack_marks
from archiver.clean import cut, identity
from archiver.errors import Damaged, Uncleanable
from archiver.model import Block, Mark, Snapshot
from archiver.work.cleaning import Cleaner
from archiver.work.telling import Tell, silent

CHUNK = 500  # texts and fetches that are read together
AT_ONCE = 20  # snapshots, with all that was made of them
_BY_CLEANER = f"{REMAKE}, by the cleaner that made it"
_FROM_MARKS = f"{REMAKE} by the cleaner that made it, or is what the marks leave of the page"
_FROM_TEXT = f"{REMAKE} by the cleaner that made it; the text is whole"

T = TypeVar("T")


@dataclass(slots=True)
class Report:
    """What was looked at, and what is wrong. `share` is the part of the snapshots looked at."""

    share: float = 1.0
    checked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    def found(self, what: str, url: str, fault: str, remedy: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(what=what, url=url, fault=fault, remedy=remedy))


def partition_fault(texts: Sequence[str], marks: Sequence[Mark], kept: str) -> str:
    """Why kept text and marks are not the blocks, character for character; empty if they are.

    >>> partition_fault(["Rain fell.", "Share"], [Mark(1, 0, 5, "r", "share")], "Rain fell.")
    ''
    >>> partition_fault(["Rain fell."], [Mark(0, 8, 20, "r", "share")], "Rain fell.")
    'mark 0, 8 to 20 is outside the blocks, or in another'
    """
    last = (0, 0)
    for mark in marks:
        inside = 0 <= mark.block < len(texts) and mark.start <= mark.end <= len(texts[mark.block])
        if not inside or (mark.block, mark.start) < last:
            place = f"{mark.block}, {mark.start} to {mark.end}"
            return f"mark {place} is outside the blocks, or in another"
        last = (mark.block, mark.end)
    rest = cut.kept([Block("", text) for text in texts], marks)
    if "\n\n".join(text for _, text in rest) != kept:
        return "kept text and marks together are not the page's blocks"
    return ""


def _ids(recipe: dict[str, Any]) -> tuple[str, str]:
    """The ids that a recipe may have: today's, and that of the programs of schemas 1 and 2.

    Those wrote the same JSON with a space after each comma and colon, and non-ASCII as it is.
    """
    text = json.dumps(recipe, ensure_ascii=False, sort_keys=True)
    return identity.cleaner_id(recipe), digest(text.encode())[:16]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A snapshot in hand: its page's URL, its row and its bytes where they read, its layouts."""

    url: str
    row: RowMapping | None
    body: bytes | None
    pages: dict[str, list[str] | None]  # texts of the blocks by extractor


class _Verify:
    """One run; the parts share the report and what is known of the cleaners."""

    def __init__(self, engine: Engine, cleaner: Cleaner, report: Report, tell: Tell) -> None:
        self.engine = engine
        self.cleaner = cleaner
        self.report = report
        self.tell = tell
        self.extractors: dict[str, str] = {}

    def whole(self) -> None:
        """What is said of the archive as a whole, and what no snapshot leads to."""
        for look in (
            checks.structure,
            checks.schema,
            checks.references,
            checks.pointers,
            checks.configurations,
        ):
            self.tell(f"looking at its {look.__name__}")
            with self._reading() as c:
                self.report.faults.extend(look(c))
        with self._reading() as c:
            loose = checks.loose_bodies(c)
            for name, row in checks.many(c, checks.BODIES, t.body.c.digest, loose):
                self._body(c, row, f"body {name}", "")
        last = ""
        while names := self.keys(partial(checks.texts, after=last, limit=CHUNK)):
            last = names[-1]
            with self._reading() as c:
                for name, row in checks.many(c, checks.TEXTS, t.text.c.digest, names):
                    self._text(c, name, row)
        number = 0
        while ids := self.keys(partial(checks.fetches, after=number, limit=CHUNK)):
            number = ids[-1]
            with self._reading() as c:
                self._fetches(c, ids)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction in which a part of the file that does not read is a fault, not the end."""
        try:
            with archive.read(self.engine) as c:
                yield c
        except (Damaged, DBAPIError, UnicodeDecodeError) as fault:
            said = str(fault) if isinstance(fault, Damaged) else checks.words(fault)
            self.report.found("file", "", said.partition(";")[0], checks.REINDEX)

    def keys(self, ask: Callable[[Connection], list[T]]) -> list[T]:
        """What `ask` lists; nothing where the list does not read, which is a fault."""
        found: list[T] = []
        with self._reading() as c:
            found.extend(ask(c))
        return found

    def cleaners(self) -> None:
        """The recipes, by their ids."""
        with self._reading() as c:
            known = checks.cleaners(c)
            for name, row in checks.many(c, checks.CLEANERS, t.cleaner.c.id, known):
                recipe = None if isinstance(row, str) else row["recipe"]
                self.report.checked["cleaners"] += 1
                if isinstance(recipe, dict) and name in _ids(recipe):
                    self.extractors[name] = str(recipe.get("extractor", ""))
                else:
                    fault = row if isinstance(row, str) else "its recipe does not match its id"
                    self.report.found(f"cleaner {name}", "", fault, RESTORE)

    def snapshots(self, numbers: Sequence[int], *, fetches: bool) -> None:
        """Some snapshots and all that was made of them."""
        with self._reading() as c:
            taken: dict[int, _Taken] = {}
            for number, row in checks.many(c, checks.SNAPSHOTS, t.snapshot.c.id, numbers):
                taken[number] = self._snapshot(c, number, row)
            for number, extractor, data in checks.pages(c, numbers):
                texts = self._page(number, extractor, data, taken[number].url)
                taken[number].pages[extractor] = texts
            made = checks.ids_of(c, t.document, numbers)
            for number, row in checks.many(c, checks.DOCUMENTS, t.document.c.id, made):
                self.report.checked["documents"] += 1
                if isinstance(row, str):
                    url = checks.url_of_row(c, t.document, number)
                    self.report.found(f"document {number}", url, row, _BY_CLEANER)
                else:
                    self._document(number, row, taken)
            if fetches:
                self._fetches(c, checks.ids_of(c, t.fetch, numbers))

    def _snapshot(self, c: Connection, number: int, row: RowMapping | str) -> _Taken:
        self.report.checked["snapshots"] += 1
        if isinstance(row, str):
            url = checks.url_of_row(c, t.snapshot, number)
            self.report.found(f"snapshot {number}", url, row, FETCH)
            return _Taken("", None, None, {})
        url = row["page"] or row["url"]
        if fault := checks.unsealed(t.snapshot, row):
            self.report.found(f"snapshot {number}", url, fault, RESTORE)
        body = self._body(c, row, f"body {row['body']} of snapshot {number}", url)
        return _Taken(url, row, body, {})

    def _body(self, c: Connection, row: RowMapping | str, what: str, url: str) -> bytes | None:
        self.report.checked["bodies"] += 1
        if isinstance(row, str):
            self.report.found(what, url, row, FETCH)
            return None
        try:
            body = bodies.decoded(c, row, what)
        except (Damaged, DBAPIError) as fault:
            said = str(fault) if isinstance(fault, Damaged) else checks.words(fault)
            self.report.found(what, url, said.removeprefix(f"{what}: ").partition(";")[0], FETCH)
            return None
        self.report.checked["bytes"] += len(body)
        return body

    def _page(self, number: int, extractor: str, data: bytes | str, url: str) -> list[str] | None:
        """The texts of a cached page's blocks; None where it is damaged, or of another shape."""
        what = f"page of snapshot {number} under extractor {extractor}"
        self.report.checked["pages"] += 1
        try:
            if isinstance(data, str):
                raise Damaged(data)  # noqa: TRY301 - one way to tell of both
            return page_texts(data, what)
        except Damaged as fault:
            said = str(fault).removeprefix(f"{what}: ").partition(";")[0]
            self.report.found(what, url, said, f"{REMAKE}: archiver reclean does")
            return None

    def _laid_out(self, taken: _Taken, extractor: str) -> list[str] | None:
        """The texts of the blocks, laid out now; None where today's program is another."""
        site = self.cleaner.site_of(extractor)
        if taken.row is None or taken.body is None or site is None:
            return None
        snapshot = Snapshot(
            url=taken.row["url"],
            fetched_at=taken.row["fetched_at"],
            body=taken.body,
            content_type=taken.row["content_type"],
        )
        try:
            return [sound(block.text) for block in self.cleaner.page(snapshot, site).blocks]
        except Uncleanable:
            return None

    def _document(self, number: int, row: RowMapping, all_taken: dict[int, _Taken]) -> None:
        what = f"document {number}"
        taken = all_taken[row["snapshot"]]
        if fault := checks.unsealed(t.document, row):
            self.report.found(what, taken.url, fault, _BY_CLEANER)
        kept = row["words"]
        if kept is None or digest(kept.encode()) != row["text"]:
            fault = "is not there" if kept is None else "does not match its digest"
            self.report.found(f"text {row['text']} of {what}", taken.url, fault, _FROM_MARKS)
            return
        try:
            marks = unpack_marks(row["marks"], what)
        except (Damaged, ValueError, TypeError, IndexError):
            self.report.found(f"marks of {what}", taken.url, "do not read", _FROM_TEXT)
            return
        extractor = self.extractors.get(row["cleaner"], "")
        blocks = taken.pages.get(extractor) or self._laid_out(taken, extractor)
        if blocks is None:
            self.report.checked["documents_without_a_page"] += 1
        elif fault := partition_fault(blocks, marks, kept):
            self.report.found(f"marks of {what}", taken.url, fault, _FROM_TEXT)

    def _text(self, c: Connection, name: str, row: RowMapping | str) -> None:
        self.report.checked["texts"] += 1
        if isinstance(row, str) or digest(row["text"].encode()) != name:
            fault = row if isinstance(row, str) else "does not match its digest"
            self.report.found(f"text {name}", checks.url_of_text(c, name), fault, _FROM_MARKS)

    def _fetches(self, c: Connection, ids: Sequence[int]) -> None:
        for number, row in checks.many(c, checks.FETCHES, t.fetch.c.id, ids):
            self.report.checked["fetches"] += 1
            if fault := row if isinstance(row, str) else checks.unsealed(t.fetch, row):
                url = checks.url_of_row(c, t.fetch, number)  # its own may be what is hurt
                self.report.found(f"fetch {number}", url, fault, RESTORE)


def verify(
    engine: Engine,
    cleaner: Cleaner,
    *,
    sample: int | None = None,
    chance: random.Random | None = None,
    tell: Tell = silent,
) -> Report:
    """Look at everything, or at about `sample` snapshots and all that was made of them.

    A sample is every k-th snapshot from one that `chance` draws, so it is spread evenly over the
    archive's history; the report tells its share. What concerns no single snapshot (the file's
    own structure, references, texts without a document) is looked at only without a sample.
    Reading goes on after a fault; it raises only where the archive cannot be opened at all.
    """
    report = Report()
    work = _Verify(engine, cleaner, report, tell)
    total = sum(work.keys(checks.total))
    every = max(1, -(-total // sample)) if sample else 1
    rest = (chance or random.SystemRandom()).randrange(every)
    work.cleaners()
    if sample is None:
        work.whole()
    last = 0
    ask = partial(checks.snapshots, limit=AT_ONCE, every=every, rest=rest)
    while numbers := work.keys(partial(ask, after=last)):
        last = numbers[-1]
        work.snapshots(numbers, fetches=sample is not None)
        tell(f"{report.checked['snapshots']} of {total // every} snapshots", passing=True)
    report.share = report.checked["snapshots"] / total if total else 1.0
    return report
