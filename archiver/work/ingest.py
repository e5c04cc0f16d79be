"""Importing: files of .html and .txt, WARC files and corpora in, snapshots and documents out.

Of a file alone the name, its side file and the caller say what it is; a WARC and a corpus say it
themselves. A side file ``page.toml`` beside ``page.html`` may give `url` (or a path, where the site
is named), `fetched_at` and `content_type`.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from archiver.archive import captures, store
from archiver.archive import engine as archive
from archiver.errors import BadInput, BadRules
from archiver.export import parquet, reading
from archiver.fetch import signals, urls, warc
from archiver.model import Fetched
from archiver.settings import Settings
from archiver.work import reclean
from archiver.work.captures import WarcImport, target_for
from archiver.work.cleaning import Cleaner, media_type_of
from archiver.work.documents import FILES, RowImport
from archiver.work.runs import recorded
from archiver.work.telling import Tell, silent

SUFFIXES = (".html", ".htm", ".xhtml", ".txt")
_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class _Source:
    """A file with what is said of it."""

    path: Path
    url: str
    fetched_at: datetime
    content_type: str


def files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files named, and those below the folders named, in the order of their names."""
    for path in paths:
        if path.is_dir():
            yield from (
                inner
                for inner in sorted(path.rglob("*"))
                if (inner.suffix.lower() in SUFFIXES or _holds_many(inner)) and inner.is_file()
            )
        elif path.is_file():
            yield path
        else:
            raise BadInput(f"{path}: there is no such file or folder")


def _holds_many(path: Path) -> bool:
    """Whether a file holds many pages, and says itself what each of them is."""
    return warc.is_warc(path) or reading.is_rows(path)


def _named(path: Path, tops: Sequence[Path]) -> str:
    """A file's name on record: below the folder that was named, with that; no machine's path."""
    top = next((one for one in tops if one.is_dir() and path.is_relative_to(one)), path)
    return path.relative_to(top.parent).as_posix()


def _side(path: Path) -> dict[str, object]:
    side = path.with_suffix(".toml")
    if not side.is_file():
        return {}
    try:
        return tomllib.loads(side.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadRules(str(side), "", f"cannot be read: {fault}") from fault


def moment(raw: object, where: str) -> datetime:
    """A stated time as UTC; one without a zone is taken as UTC. Raises BadInput."""
    try:
        found = raw if isinstance(raw, datetime) else datetime.fromisoformat(str(raw))
    except ValueError as fault:
        raise BadInput(f"{where}: {raw!r} is no ISO 8601 time") from fault
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _source(path: Path, url: str, site: str, fetched_at: datetime | None) -> _Source:
    side = _side(path)
    stated = url or str(side.get("url") or "")
    if stated.startswith("/") and site:
        stated = f"https://{site}{stated}"
    if stated and not stated.startswith(("http://", "https://")):
        raise BadInput(f"{path}: {stated!r} is no http or https URL")
    when = fetched_at
    if when is None and "fetched_at" in side:
        when = moment(side["fetched_at"], str(path.with_suffix(".toml")))
    if when is None:
        when = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    return _Source(
        path,
        urls.canonical(stated) if stated else path.resolve().as_uri(),
        when,
        str(side.get("content_type") or media_type_of(path) or ""),
    )


def ingest(
    engine: Engine,
    cleaner: Cleaner,
    paths: Sequence[Path],
    *,
    url: str = "",
    site: str = "",
    fetched_at: datetime | None = None,
    settings: Settings = _DEFAULTS,
    clock: Callable[[], datetime],
    tell: Tell = silent,
) -> dict[str, int]:
    """Import files, and folders of them; a second import of the same file changes nothing.

    `url` is for a single file; `site` and `fetched_at` are for all. Without a URL a file is known
    by its ``file:`` URI, without a time by that of its last change. Of a WARC only captures of
    `site` are taken, if it is given, and of a corpus its rows; `settings` say whom noarchive is
    said to, and how large a body may be. Counts of files, snapshots, documents and failures come
    back; what a killed run left uncleaned is cleaned and counted as well. Raises BadInput before
    anything is stored.
    """
    found = list(files(paths))
    if url and len(found) != 1:
        raise BadInput(f"--url names one page, but there are {len(found)} files")
    if not found:
        named = ", ".join(map(str, paths))
        raise BadInput(
            f"{named}: no .html, .txt, .warc, .jsonl or .parquet file below; name a folder that"
            " holds some"
        )
    many = [path for path in found if _holds_many(path)]
    if many and (url or fetched_at):
        raise BadInput(f"{many[0]}: it says itself what was fetched when; leave out --url, --time")
    site = _host(site) if site else ""
    sources = [_source(path, url, site, fetched_at) for path in found if not _holds_many(path)]
    asked = {"paths": [str(path) for path in paths]}
    if any(reading.is_parquet(path) for path in many):
        parquet.arrow()  # if it is missing, that is told before anything is stored
    with recorded(engine, "import", asked, clock) as (run, counts):
        counts["files"] = len(found)
        # What an import left that was killed between storing and cleaning would count as known.
        reclean.catch_up(engine, cleaner, run, counts, clock, tell)
        for source in sources:
            try:
                body = source.path.read_bytes()
            except OSError as fault:
                _unread(source.path, fault, counts, tell)
                continue
            _one(engine, cleaner, source, body, site, run, settings.agent, clock, counts, tell)
        captured = WarcImport(engine, cleaner, settings, run, counts, clock, tell, site=site)
        rows = RowImport(engine, cleaner, run, counts, clock, tell, site=site)
        for path in many:
            try:
                if warc.is_warc(path):
                    captured.file(path)
                else:
                    rows.file(path, _named(path, paths))
            except OSError as fault:
                _unread(path, fault, counts, tell)
    return dict(counts)


def _unread(path: Path, fault: OSError, counts: Counter[str], tell: Tell) -> None:
    counts["failed"] += 1
    tell(f"{path}: cannot be read: {fault.strerror}")


def _host(site: str) -> str:
    """A site's name as its URLs have it. Raises BadInput for what is none."""
    try:
        if not set(site) & set("/?#@\\ "):
            return urls.site(f"http://{site}/")
    except BadInput:
        pass
    raise BadInput(f"--site {site!r} is no host; name one like news.example")


def _one(
    engine: Engine,
    cleaner: Cleaner,
    source: _Source,
    body: bytes,
    site: str,
    run: int,
    agent: str,
    clock: Callable[[], datetime],
    counts: Counter[str],
    tell: Tell,
) -> None:
    """Store and clean one file."""
    local = source.url.startswith("file:")
    host = site or (FILES if local else urls.site(source.url))
    headers = (("content-type", source.content_type),) if source.content_type else ()
    read = Fetched(
        requested_url=source.url,
        final_url=source.url,
        outcome="ok",
        reason="",
        started_at=source.fetched_at,
        headers=headers,
        body=body,
        # What a page reserves stands in a file of it as well.
        signals=signals.of_answer(headers, body, agent),
        robots="not asked: imported",
    )
    with archive.write(engine) as c:
        target = target_for(c, source.url, host, source.fetched_at, clock())
        if target is None:
            counts["erased"] += 1
            return
        if captures.is_stored(c, target, read):
            return
        stored = store.store_fetch(c, run, target, read, source.fetched_at)
    if not stored.new or stored.snapshot is None:
        return
    counts["snapshots"] += 1
    with archive.read(engine) as c:
        made = reclean.make(c, cleaner, stored.snapshot)
    with archive.write(engine) as c:
        reclean.keep(c, cleaner, made, run, clock())
    if made.failure is None:
        counts["documents"] += 1
    else:
        counts["failed"] += 1
        tell(f"{source.path}: {made.failure}")
