"""What is in force and what is wrong with this installation and its archive, in plain rows.

Settings in, `Line` values out. Reads everything and changes nothing; a password is never shown.
"""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import zstandard
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from archiver import __version__, rules
from archiver.archive import engine as archive
from archiver.archive import space, upkeep
from archiver.archive.tables import SCHEMA
from archiver.clean import kinds, selectors
from archiver.errors import ArchiverError, BadInput
from archiver.fetch import render
from archiver.settings import Settings

# Packages whose version can change what is kept or how it is stored.
ENGINES = (
    *("trafilatura", "lxml", "selectolax", "resiliparse", "htmldate", "pycld2", "pyahocorasick"),
    *("charset-normalizer", "beautifulsoup4", "ada-url", "protego", "feedparser", "httpx"),
    *("fastwarc", "numpy", "orjson", "zstandard", "sqlalchemy", "alembic"),
)
EXTRAS = {"postgresql": "psycopg", "javascript": "playwright"}
# Settings whose user, password or path may be a key; scheme and host are shown.
SECRET = frozenset({"alarm_webhook", "alarm_smtp"})
LITTLE = 1024**3  # bytes free on the archive's disk that are too few
FIRST_YEAR = 2025  # this program is younger than no clock that is right
AHEAD = timedelta(minutes=5)  # what clocks of two machines may differ by


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was looked at; `advice` is what to do about it where it is wrong."""

    topic: str
    name: str
    value: str
    source: str = ""  # of a setting: default, the file, the variable, --database
    advice: str = ""


def shown(name: str, value: object) -> str:
    """A setting's value as it may be shown.

    >>> shown("database", "postgresql://me:secret@host/name")
    'postgresql://me:***@host/name'
    >>> shown("alarm_webhook", "https://hooks.example/key"), shown("alarm_webhook", "")
    ('https://hooks.example/***', '')
    """
    if name == "database":
        try:
            return make_url(str(value)).render_as_string(hide_password=True)
        except (ArgumentError, ValueError):
            return "does not read"  # whatever it is, it may hold a password
    if name in SECRET and value:
        try:
            place = urlsplit(str(value))
            port = f":{place.port}" if place.port else ""
        except ValueError:
            return "does not read"
        hidden = "/***" if place.path.strip("/") or place.query or place.username else ""
        return f"{place.scheme}://{place.hostname}{port}{hidden}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def settings(chosen: Settings, sources: Mapping[str, str]) -> Iterator[Line]:
    """The settings in force; `sources` says of each where it comes from."""
    for field in fields(Settings):
        source = sources.get(field.name, "default")
        value = shown(field.name, getattr(chosen, field.name))
        yield Line(topic="setting", name=field.name, value=value, source=source)


def programs() -> Iterator[Line]:
    """Versions of what this program is made of."""
    yield Line(topic="version", name="archiver", value=__version__)
    yield Line(topic="version", name="Python", value=platform.python_version())
    yield Line(topic="version", name="Unicode", value=unicodedata.unidata_version)
    yield Line(topic="version", name="SQLite", value=sqlite3.sqlite_version)
    yield Line(topic="version", name="zstd", value=".".join(map(str, zstandard.ZSTD_VERSION)))
    for name in ENGINES:
        found = _version(name)
        advice = "" if found else "install it again: pip install --force-reinstall archiver"
        yield Line(topic="version", name=name, value=found or "missing", advice=advice)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def extras(chosen: Settings) -> Iterator[Line]:
    """What is optional, and is there or not; wrong only where the settings ask for it."""
    for extra, module in EXTRAS.items():
        there = find_spec(module) is not None
        wanted = extra == "postgresql" and chosen.database.startswith("postgres")
        advice = f"run: pip install 'archiver[{extra}]'" if wanted and not there else ""
        value = _version(module) or "there" if there else "not installed"
        yield Line(topic="extra", name=extra, value=value, advice=advice)
    try:
        found, advice = render.executable(chosen.chromium), ""
    except BadInput as fault:
        found, advice = "not found", str(fault) if chosen.chromium else ""
    yield Line(topic="extra", name="chromium", value=found, advice=advice)


def packs(folder: Path | None) -> Iterator[Line]:
    """The rule packs in force, the user's among them."""
    there = folder is not None and folder.is_dir()
    yield Line(topic="rules", name="folder", value=f"{folder}" if there else "none")
    try:
        found = rules.load(folder, kinds.NEEDS_WORDS, selectors.parse)
    except (ArchiverError, OSError) as fault:
        yield Line(topic="rules", name="packs", value="do not read", advice=str(fault))
        return
    count = sum(len(pack.rules) for pack in found)
    yield Line(topic="rules", name="packs", value=f"{len(found)} with {count} rules")


def clock(now: datetime) -> Iterator[Line]:
    """The machine's clock, against what it cannot be."""
    wrong = now.year < FIRST_YEAR
    advice = "the clock is behind: set it, or pages are dated wrongly" if wrong else ""
    yield Line(topic="clock", name="now", value=f"{now:%Y-%m-%dT%H:%M:%SZ}", advice=advice)


def database(chosen: Settings, now: datetime) -> Iterator[Line]:
    """The archive: kind, place, size, durability, schema, and whether it can be written."""
    try:
        engine = archive.connect(chosen.database)
    except ArchiverError as fault:
        yield Line(topic="archive", name="database", value="cannot be opened", advice=str(fault))
        return
    try:
        yield Line(topic="archive", name="kind", value=engine.dialect.name)
        path = space.file_of(engine)
        if path is not None:
            yield from _file(engine, path)
        try:
            with archive.read(engine) as c:
                yield from _durability(c)
                yield from _schema(upkeep.revision(c))
            archive.check(engine)
        except ArchiverError as fault:
            yield Line(topic="archive", name="opens", value="no", advice=str(fault))
            return
        with archive.read(engine) as c:
            yield from _contents(c, now)
            if upkeep.collects(c) and not chosen.contact:
                advice = (
                    "set it to an e-mail address or a URL before the first fetch: sites must be "
                    "able to reach whoever asks them"
                )
                yield Line(topic="setting", name="contact", value="none", advice=advice)
    finally:
        engine.dispose()


def _file(engine: Engine, path: Path) -> Iterator[Line]:
    yield Line(topic="archive", name="path", value=str(path))
    if not path.exists():
        return
    yield Line(topic="archive", name="size", value=_bytes(space.size(engine)))
    free = shutil.disk_usage(path.parent).free
    advice = "free space on the disk: a full one ends every run" if free < LITTLE else ""
    yield Line(topic="archive", name="free disk", value=_bytes(free), advice=advice)
    effective = os.access in os.supports_effective_ids
    places = (path, path.parent)
    writable = all(os.access(place, os.W_OK, effective_ids=effective) for place in places)
    yield Line(
        topic="archive",
        name="writable",
        value="yes" if writable else "no",
        advice="" if writable else "it can be read; to write, make the file and folder writable",
    )


def _bytes(count: int) -> str:
    """A size for people.

    >>> _bytes(512), _bytes(3 * 1024 * 1024)
    ('512 bytes', '3.0 MiB')
    """
    size, units = float(count), ["bytes", "KiB", "MiB", "GiB", "TiB"]
    while size >= 1024 and len(units) > 1:  # noqa: PLR2004 - the step between two units
        size, units = size / 1024, units[1:]
    return f"{size:.1f} {units[0]}" if units[0] != "bytes" else f"{count} bytes"


def _durability(c: Connection) -> Iterator[Line]:
    """Settings of the connection that decide whether what was acknowledged outlives a power cut."""
    for name, value, right in upkeep.durability(c):
        advice = f"what is acknowledged may be lost in a power cut: it should be {right}"
        good = value in right.split(" or ")
        yield Line(topic="archive", name=name, value=value, advice="" if good else advice)


def _schema(found: str | None) -> Iterator[Line]:
    value = found or "none"
    yield Line(topic="archive", name="schema", value=f"{value}, today's is {SCHEMA}")


def _contents(c: Connection, now: datetime) -> Iterator[Line]:
    for name, count in upkeep.encodings(c).items():
        yield Line(topic="archive", name=f"bodies as {name}", value=str(count))
    newest = upkeep.newest(c)
    if newest is not None:
        ahead = newest > now + AHEAD
        yield Line(
            topic="clock",
            name="newest row",
            value=f"{newest.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            advice="it lies in the future: this clock is behind, or one was ahead" if ahead else "",
        )
    for verb, count in upkeep.unfinished(c).items():
        yield Line(topic="archive", name=f"{verb} without an end", value=str(count))


def doctor(
    chosen: Settings,
    sources: Mapping[str, str],
    folder: Callable[[], Path | None],
    now: datetime,
) -> list[Line]:
    """Everything, in the order in which it is shown. `folder` gives the user's rules."""
    lines = [*settings(chosen, sources), *programs(), *extras(chosen)]
    try:
        lines.extend(packs(folder()))
    except ArchiverError as fault:
        lines.append(Line(topic="rules", name="folder", value="wrong", advice=str(fault)))
    encoding = sys.getfilesystemencoding()
    lines.append(
        Line(
            topic="version",
            name="file names",
            value=encoding,
            advice="" if encoding == "utf-8" else "set PYTHONUTF8=1",
        )
    )
    return [*lines, *clock(now), *database(chosen, now)]
