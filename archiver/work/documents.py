"""Importing rows of a corpus: documents that others cleaned in; targets, snapshots, documents out.

A row becomes a snapshot whose body is the row itself, less its id, as canonical JSON: what stands
in it is on record, and the same row gives the same bytes from whatever file it comes. It is stored
and made a document in one transaction, so an import stops and resumes anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from archiver.archive import batches, captures, records, store
from archiver.archive import engine as archive
from archiver.archive.packing import digest, pack_page, to_json
from archiver.errors import BadInput, Uncleanable
from archiver.export import reading
from archiver.fetch import urls
from archiver.model import RECORD, Document, Fetched, Page, Snapshot
from archiver.work.cleaning import Cleaner
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
    digest: str  # of its body
    page: Page
    document: Document


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
        return _Row(
            url=url,
            site=site,
            fetched=fetched,
            digest=digest(body),
            page=page,
            document=self.cleaner.document(page, site),
        )

    def _keep(self, batch: list[_Row], wrong: list[str]) -> None:
        """Store a batch and what was wrong on the way, in one transaction."""
        if not batch and not wrong:
            return
        counts: Counter[str] = Counter()
        with archive.write(self.engine) as c:
            self._store(c, batch, counts)
            self._fail(c, wrong)
        self.counts.update(counts)

    def _store(self, c: Connection, batch: list[_Row], counts: Counter[str]) -> None:
        """Store the rows that are not there yet, and make each the current document of its page."""
        now = self.clock()
        places = {row.url: records.Place(row.site, row.fetched.started_at) for row in batch}
        targets = records.targets(c, places, now)
        named = {
            records.Known(targets[row.url], row.fetched.started_at, row.digest): row
            for row in reversed(batch)  # of a row that stands there twice, the first
            if row.url in targets
        }
        known = records.known(c, list(named))
        new = [(one.target, row) for one, row in reversed(named.items()) if one not in known]
        stored = records.put(c, self.run, [(target, row.fetched) for target, row in new])
        kept = [
            (snapshot, target, row)
            for snapshot, (target, row) in zip(stored, new, strict=True)
            if snapshot is not None
        ]
        self._clean(c, kept, now)
        erased = sum(row.url not in targets for row in batch) + len(new) - len(kept)
        counts.update(documents=len(kept), erased=erased)
        counts["known"] += len(batch) - erased - len(kept)

    def _clean(self, c: Connection, kept: list[tuple[int, int, _Row]], now: datetime) -> None:
        """Store layouts and documents of snapshots."""
        cleaners = {row.document.cleaner: row for _, _, row in kept}
        for name, row in sorted(cleaners.items()):
            page = row.page
            store.put_cleaner(
                c, name, self.cleaner.recipe(row.site, page.language, page.systems), now
            )
        layouts = [
            batches.Layout(
                snapshot=snapshot,
                site=row.site,
                language=row.page.language,
                systems=row.page.systems,
                data=pack_page(row.page),
            )
            for snapshot, _, row in kept
        ]
        batches.put_layouts(c, layouts, self.cleaner.extractor_of)
        documents = [
            batches.New(
                site=row.site,
                target=target,
                values=store.document_values(snapshot, row.document),
                text=store.text_of(row.document)[1],
                counts={},
            )
            for snapshot, target, row in kept
        ]
        batches.put_documents(c, documents, [], self.run, now)

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
