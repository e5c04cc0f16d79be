"""Site files: what is wanted of a site, as TOML by its side; read, checked, written.

In come files of a folder, one a site or many as tables ``[[site]]``; out go `SiteFile` values, and
faults that name file and line. The archive is not touched here.
"""

from __future__ import annotations

import json
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archiver.errors import BadInput, BadRules
from archiver.fetch import urls
from archiver.model import Found, TargetKind
from archiver.work import adding, cadence

# A schedule is checked as of a moment; any does.
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_MAX_BYTES = 16 * 1024 * 1024  # a file of many thousand sites
_TABLE = re.compile(r"\s*\[\[\s*site\s*\]\]")
_NO_TABLES = re.compile(r"\s*(?:\[\s*site\s*\]|site\s*=)")
_ENDPOINT = re.compile(r"(?:\[[0-9a-f:.]+\]|[a-z0-9.-]+):([0-9]{1,5})")
_PORTS = range(1, 1 << 16)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
KINDS: dict[str, TargetKind] = {"feeds": "feed", "sitemaps": "sitemap", "sections": "section"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """What a file says of one site. `host` is told by `home`; URLs are canonical."""

    home: str
    name: str = ""
    language: str = ""  # BCP 47, what the site says it is in; a note, as the next two are
    country: str = ""  # ISO 3166-1
    kind: str = ""  # broadcaster, agency, daily, …
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    schedule: str = ""
    timezone: str = ""
    pause: float | None = None
    contact: str = ""  # in the place of the setting, for its requests
    hosts: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()
    render: bool = False
    enabled: bool = True
    file: str = ""  # its name, and the line where the site begins in it: no keys
    line: int = field(default=1, compare=False)

    @property
    def host(self) -> str:
        """What the site is known by."""
        return urls.site(self.home)

    @property
    def facts(self) -> adding.SiteFacts:
        """What decides how its sources are asked."""
        hosts = frozenset(self.hosts)
        return adding.SiteFacts(
            self.host, self.pause, hosts, self.allow_private, contact=self.contact
        )

    @property
    def sources(self) -> list[Found]:
        """What is followed."""
        return [
            Found(url=url, kind=kind) for key, kind in KINDS.items() for url in getattr(self, key)
        ]

    @property
    def config(self) -> dict[str, Any]:
        """What is kept in the archive: all that is said, and the file's name."""
        said = {name: getattr(self, name) for name in (*KEYS, "file")}
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in said.items()
            if value or name == "enabled" or (name == "pause" and value is not None)
        }


# The keys of a file, in the order in which they are written.
KEYS = tuple(one.name for one in fields(SiteFile) if one.name not in {"file", "line"})
LISTS = frozenset({"feeds", "sitemaps", "sections", "hosts", "allow_private"})
FLAGS = frozenset({"render", "enabled"})


def checked(raw: Mapping[str, object]) -> SiteFile:
    """Make a site of the keys of a table. Raises BadInput whose message begins with the key."""
    for key in raw:
        if key not in KEYS:
            raise BadInput(f"{key}: there is no such key; there are {', '.join(KEYS)}")
    values: dict[str, Any] = {key: _typed(key, value) for key, value in raw.items()}
    if not values.get("home"):
        raise BadInput("home is missing: the URL of the site's home page")
    home = _url("home", str(values["home"]), "")
    values["home"] = home
    for key in KINDS:
        values[key] = tuple(_url(key, one, home) for one in values.get(key, ()))
    for one in values.get("allow_private", ()):
        endpoint = _ENDPOINT.fullmatch(one)
        if not endpoint or int(endpoint[1]) not in _PORTS:
            raise BadInput(f"allow_private: {one!r} is no HOST:PORT, like 10.0.0.1:8080")
    if not str(values.get("contact", "")).isascii():
        raise BadInput(f"contact = {values['contact']!r}: it goes into a header; write it in ASCII")
    values["hosts"] = tuple(_host(one) for one in values.get("hosts", ()))
    for key in ("schedule", "timezone"):
        _timed(key, values)
    if values.get("enabled", True) and not any(values[key] for key in KINDS):
        raise BadInput(
            "home: no feed, sitemap or section is named, so there is nothing to ask for; name one,"
            f" write enabled = false, or have them found: archiver sites enable {urls.site(home)}"
        )
    return SiteFile(**values)


def _timed(key: str, values: Mapping[str, Any]) -> None:
    """Try what says when. Raises BadInput."""
    if key == "timezone":
        cadence.zone(str(values.get(key, "")))
    elif values.get(key):
        cadence.wait(str(values[key]), "", _SOME_DAY)


def _typed(key: str, value: object) -> object:
    if key == "pause":
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= float(value) <= cadence.DAY:  # type: ignore[arg-type]
            raise BadInput(f"pause = {value!r}: it is seconds, from 0 to 86400")
        return float(value)  # type: ignore[arg-type]
    if key in FLAGS:
        if not isinstance(value, bool):
            raise BadInput(f"{key} = {value!r}: it is true or false")
        return value
    listed = value if key in LISTS else [value]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise BadInput(f"{key} = {value!r}: it is a {'list of texts' if key in LISTS else 'text'}")
    if any(_CONTROL.search(one) for one in listed):
        raise BadInput(f"{key} = {value!r}: it holds a line break or another control character")
    return tuple(one.strip() for one in listed) if key in LISTS else str(value).strip()


def _host(stated: str) -> str:
    try:
        return adding.other_host(stated)
    except BadInput as fault:
        raise BadInput(f"hosts: {fault}") from None


def _url(key: str, stated: str, home: str) -> str:
    try:
        return urls.canonical(urls.join(home, stated) if home else stated)
    except BadInput as fault:
        raise BadInput(f"{key}: {fault}") from None


# Reading


def files(folder: Path) -> list[Path]:
    """The site files of a folder, by name; none where there is no folder.

    Raises BadInput for a folder that may not be read: to take it for empty would be worse.
    """
    try:
        found = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as fault:
        raise BadInput(f"{folder}: cannot be read: {fault.strerror or fault}") from fault
    return [one for one in found if one.suffix == ".toml" and not one.name.startswith(".")]


def state(folder: Path, pattern: str = "*.toml") -> tuple[tuple[str, int, int], ...]:
    """What changes when a file of the folder does."""
    found = []
    for path in sorted(folder.glob(pattern)):
        try:
            told = path.stat()
        except OSError:
            continue  # gone meanwhile: that is a change too
        found.append((str(path), told.st_mtime_ns, told.st_size))
    return tuple(found)


def read(folder: Path) -> tuple[list[SiteFile], list[BadRules], frozenset[str]]:
    """Read all sites of a folder, by host; the faults, each of one site or file; whose files.

    Of two that are the same site the first stands, and the other is a fault.
    """
    found: dict[str, SiteFile] = {}
    faults: list[BadRules] = []
    unread = set()
    for path in files(folder):
        for one in read_file(path):
            if isinstance(one, BadRules):
                faults.append(one)
                unread.add(path.name)
            elif one.host in found:
                first = found[one.host]
                said = f"{one.host} is told in {first.file}, line {first.line}, already"
                faults.append(BadRules(f"{path}, line {one.line}", "", said))
            else:
                found[one.host] = one
    return [found[host] for host in sorted(found)], faults, frozenset(unread)


def read_file(path: Path) -> Iterator[SiteFile | BadRules]:
    """Read the sites of a file; for one that does not read its fault."""
    try:
        told = path.stat()
        if not stat.S_ISREG(told.st_mode):  # a pipe would be waited for without end
            yield BadRules(
                str(path), "", "is no file but a folder, a pipe or a device; move it away"
            )
            return
        if told.st_size > _MAX_BYTES:
            yield BadRules(str(path), "", f"is larger than {_MAX_BYTES} bytes; it is not read")
            return
        text = path.read_text("utf-8-sig")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as fault:
        yield BadRules(str(path), "", f"cannot be read: {fault}")
        return
    many = table.pop("site", None)
    if many is None:
        yield _one(path, text, table, 0)
    elif wrong := _no_tables(text.splitlines(), many, table):
        line, said = wrong
        yield BadRules(f"{path}, line {line + 1}", "", said)
    else:
        for number, raw in enumerate(many, 1):
            yield _one(path, text, raw, number)


def _no_tables(
    lines: Sequence[str], many: object, beside: Mapping[str, object]
) -> tuple[int, str] | None:
    """What keeps `site` from being many sites, and the line of that, from 0."""
    if not isinstance(many, list):
        said = "site: write the line [[site]], and below it the keys of the site, a line each"
        return _list(lines), said
    if beside:
        key = next(iter(beside))
        return (
            place(lines, 0, len(lines), key) or 0,
            f"{key}: it stands in no [[site]]; write it below the one that it is of",
        )
    return None


def _list(lines: Sequence[str]) -> int:
    """The line where `site` stands, as no ``[[site]]``."""
    return next((at for at, line in enumerate(lines) if _NO_TABLES.match(line)), 0)


def _one(path: Path, text: str, raw: object, number: int) -> SiteFile | BadRules:
    lines = text.splitlines()
    start, end = bounds(lines, number)
    # In a list `site = [{…}, …]` no site has lines of its own, so its number tells which it is.
    listed = number > 0 and (start, end) == (0, len(lines)) and not _TABLE.match(lines[0])
    which = f"site {number} of the list: " if listed else ""
    start = _list(lines) if listed else start
    try:
        if not isinstance(raw, dict):
            said = f"{which}a site is a table, [[site]]"
            return BadRules(f"{path}, line {start + 1}", "", said)
        known = checked(raw)
    except BadInput as fault:
        key = re.match(r"\w+", str(fault))
        at = None if listed else place(lines, start, end, key[0] if key else "")
        said = f"{which}{fault}"
        return BadRules(f"{path}, line {(start if at is None else at) + 1}", "", said)
    return replace(known, file=path.name, line=start + 1)


def bounds(lines: Sequence[str], number: int) -> tuple[int, int]:
    """The lines of the `number`-th ``[[site]]`` from 1, its head and its end; 0 is the whole."""
    heads = [at for at, line in enumerate(lines) if _TABLE.match(line)]
    if not number or number > len(heads):
        return 0, len(lines)
    return heads[number - 1], heads[number] if number < len(heads) else len(lines)


def place(lines: Sequence[str], start: int, end: int, key: str) -> int | None:
    """The line of a key among these."""
    wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=")
    return next((at for at in range(start, end) if wanted.match(lines[at])), None)


# Writing


def written(site: SiteFile) -> str:
    """A site as the text of a file of its own: what is said of it, a key a line.

    >>> print(written(SiteFile(home="https://news.example/", feeds=("https://news.example/f",))))
    home = "https://news.example/"
    feeds = ["https://news.example/f"]
    enabled = true
    <BLANKLINE>
    """
    said = site.config
    # A text of JSON is one of TOML, for there are no control characters in it.
    lines = (f"{key} = {json.dumps(said[key], ensure_ascii=False)}" for key in KEYS if key in said)
    return "".join(f"{line}\n" for line in lines)


def edited(path: Path, site: SiteFile, **said: object) -> str:
    """The text of a site's file with these keys said so, and nothing else of it changed.

    Raises BadInput where that takes a hand.
    """
    text = path.read_text("utf-8-sig")
    lines = text.splitlines(keepends=True)
    number = sum(_TABLE.match(line) is not None for line in lines[: site.line])
    for key, value in said.items():
        start, end = bounds(lines, number)
        at = place(lines, start, end, key)
        line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
        if at is None:
            lines.insert(start + 1 if number else 0, f"{line}\n")
        else:
            _, mark, comment = lines[at].partition(" #")
            lines[at] = f"{line}{mark}{comment.rstrip()}\n"
    text = "".join(lines)
    told = ", ".join(f"{key} = {json.dumps(value)}" for key, value in said.items())
    by_hand = f"{path}: write {told} into what it says of {site.host} yourself"
    try:
        table = tomllib.loads(text)
        known = checked(table["site"][number - 1] if number else table)
    except (tomllib.TOMLDecodeError, KeyError, IndexError) as fault:
        raise BadInput(f"{by_hand}: {fault}") from None
    except BadInput as fault:
        raise BadInput(f"{path}, line {site.line}: {fault}") from None
    if any(getattr(known, key) != getattr(site, key) for key in set(KEYS) - set(said)):
        raise BadInput(by_hand)
    return text
