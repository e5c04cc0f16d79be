"""Importing rows of a corpus: documents that others cleaned in; targets, snapshots, documents out.

A row becomes a snapshot whose body is the row itself, less its id, as canonical JSON: what stands
in it is on record, and the same row gives the same bytes from whatever file it comes. It is stored
and made a document in one transaction, so an import stops and resumes anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import captures, store
from archiver.archive import engine as archive
from archiver.archive.packing import digest, to_json
from archiver.errors import BadInput, Uncleanable
from archiver.export import reading
from archiver.fetch import urls
from archiver.model import RECORD, Fetched, Snapshot
from archiver.work import making
from archiver.work.captures import target_for
from archiver.work.cleaning import Cleaner
from archiver.work.making import Made
from archiver.work.telling import Tell

# Rows and bytes of them that one transaction stores.
BATCH = 200
BATCH_BYTES = 8 * 1024 * 1024
_ADVICE = "mend what it names, or leave it out, and import the file again"
_NO_CORPUS = 100  # wrong rows at its beginning, and no other: it is another file
_RECORDED = 1000  # faults of a file that are on record each; of others telling is enough
FILES = "files"  # the site of what no network has
_MAX_LEFT = 40  # characters of a value that a message quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row that is sound: where it stood, what is stored of it, and what is made of it."""

    url: str
    site: str
    fetched: Fetched
    made: Made


class RowImport:
    """The files of rows of one run."""

    def __init__(
        self,
        engine: Engine,
        cleaner: Cleaner,
        run: int,
        counts: Counter[str],
        clock: Callable[[], datetime],
        tell: Tell,
        *,
        site: str = "",
    ) -> None:
        """Take what all files share; with `site`, a host, only rows of that are taken."""
        self.engine = engine
        self.cleaner = cleaner
        self.run = run
        self.counts = counts
        self.clock = clock
        self.tell = tell
        self.site = site.removeprefix("www.")
        self.name = ""
        self.faults = 0  # of this file
        self.otherwise = datetime.fromtimestamp(0, UTC)

    def file(self, path: Path, name: str) -> None:
        """Import one file, called `name` on record; a wrong row is told, and the next one read.

        Raises OSError where the file cannot be read, BadInput without pyarrow for Parquet.
        """
        self.name, self.faults = name, 0
        self.otherwise = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        batch: list[_Row] = []
        wrong: list[str] = []
        held = count = sound = 0
        for count, read in enumerate(reading.read(path), 1):
            row = self._row(read, wrong)
            if row is not None:
                sound += 1
                if not self.site or row.site.removeprefix("www.") == self.site:
                    batch.append(row)
                    held += len(row.fetched.body)
                else:
                    self.counts["skipped_for_their_site"] += 1
            if len(batch) + len(wrong) >= BATCH or held >= BATCH_BYTES:
                self._keep(batch, wrong)
                batch, wrong, held = [], [], 0
                self.tell(f"{name}: {count} rows read", passing=True)
            if count == _NO_CORPUS and not sound:
                wrong.append(f"{name}: none of its first {count} rows is a document; not read on")
                break
        self._keep(batch, wrong)

    def _row(self, read: reading.Read, wrong: list[str]) -> _Row | None:
        """A row read, checked and cleaned; what is wrong is put into `wrong`."""
        place = f"{self.name}, {read.place}"
        if read.row is None:
            wrong.append(f"{place}: {read.fault}")
            return None
        try:
            return self._checked(read.row, place)
        except BadInput as fault:
            wrong.append(f"{place}: {fault}")
        except Uncleanable as fault:
            wrong.append(f"{place}: {fault.reason}")
        except (TypeError, RecursionError):  # what neither orjson nor Python's own writer takes
            wrong.append(f"{place}: it holds a value that JSON has no form for, or lists in lists")
        return None

    def _checked(self, row: dict[str, Any], place: str) -> _Row:
        """Raises BadInput and Uncleanable for what is no document, TypeError for no JSON."""
        url = _url(row.get("url"))
        site = _site(row.get("site"), url)
        stored = {name: value for name, value in row.items() if name != "id"}
        at = self.otherwise
        if "fetched_at" in row:
            at = _moment(row["fetched_at"])
            stored["fetched_at"] = at.isoformat(timespec="microseconds")
        body = to_json(stored).encode()
        snapshot = Snapshot(url=url, fetched_at=at, body=body, content_type=RECORD)
        page = self.cleaner.page(snapshot, site)
        made = making.clean(self.cleaner, 0, site, page, fresh=True)
        if made.failure is not None:
            raise BadInput(str(made.failure))
        fetched = Fetched(
            requested_url=url,
            final_url=url,
            outcome="ok",
            reason="",
            started_at=at,
            headers=(("content-type", RECORD),),
            body=body,
            robots=f"not asked: imported from {place}",
        )
        return _Row(url=url, site=site, fetched=fetched, made=made)

    def _keep(self, batch: list[_Row], wrong: list[str]) -> None:
        """Store a batch and what was wrong on the way."""
        counts: Counter[str] = Counter()
        if not batch and not wrong:
            return
        with archive.write(self.engine) as c:
            for row in batch:
                counts[self._store(c, row)] += 1
            self._fail(c, wrong)
        self.counts.update(counts)

    def _store(self, c: Connection, row: _Row) -> str:
        """Store a row that is not there yet; what came of it, as a name to count it by."""
        fetched = row.fetched
        target = target_for(c, row.url, row.site, fetched.started_at, self.clock())
        if target is None:
            return "erased"
        if captures.has_page(c, target, fetched.started_at, digest(fetched.body)):
            return "known"
        stored = store.store_fetch(c, self.run, target, fetched, fetched.started_at)
        if stored.snapshot is None:
            return "erased"
        made = replace(row.made, snapshot=stored.snapshot)
        making.keep(c, self.cleaner, made, self.run, self.clock())
        return "documents"

    def _fail(self, c: Connection, wrong: list[str]) -> None:
        """Tell what is wrong, and put it on record once however often the file is imported."""
        self.counts["failed"] += len(wrong)
        for reason in wrong:
            self.tell(reason)
        told = wrong[: max(0, _RECORDED - self.faults)]
        self.faults += len(wrong)
        before = captures.failed_before(c, "import", told)
        for reason in told:
            if reason not in before:
                store.store_failure(
                    c, stage="import", reason=reason, advice=_ADVICE, run=self.run, now=self.clock()
                )


def _url(stated: object) -> str:
    """A row's URL in canonical form; that of a file as it is. Raises BadInput."""
    if stated is None:
        raise BadInput("url is missing")
    if not isinstance(stated, str):
        raise BadInput("url is no text")
    return stated if stated.startswith("file:///") else urls.canonical(stated)


def _site(stated: object, url: str) -> str:
    """The site that a row names, as its own pages are known by one; else that of its URL.

    Other corpora have a word for a collection in its place.

    >>> _site("news.example", "https://e.news.example/1"), _site("cc-main", "https://a.example/")
    ('news.example', 'a.example')
    """
    own = FILES if url.startswith("file:") else urls.site(url)
    if not isinstance(stated, str) or "." not in stated or set(stated) & set("/?#@\\ "):
        return own
    try:
        return urls.site(f"http://{stated}/")
    except BadInput:
        return own


def _moment(stated: object) -> datetime:
    """A row's time as UTC; without a zone it is that. Raises BadInput."""
    try:
        found = stated if isinstance(stated, datetime) else datetime.fromisoformat(str(stated))
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        shown = str(stated)[:_MAX_LEFT]
        raise BadInput(f"fetched_at is no ISO 8601 time: {shown!r}") from fault
