"""WARC files read: records in, pages out, one at a time, however large the file or a record.

In come the bytes of a file, plain, gzip or zstd, with a dictionary in its first frame or without
(https://iipc.github.io/warc-specifications/); out go values, each with its place in the file.
Finding records is FastWARC's part, but for those whose lines end in LF alone or whose field names
are written in other cases than the standard's, which it does not read. What they say is judged
here: no length, digest, coding or header is believed, no body is held beyond the limit, and a
record that is broken costs itself alone, for the next is looked for by the bytes that every record
begins with. Stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import zstandard
from fastwarc.stream_io import GzipReader, ZstdReader
from fastwarc.warc import ArchiveIterator

from archiver.errors import BadInput
from archiver.fetch import payload, signals, urls
from archiver.model import Fetched, Headers

SUFFIXES = (".warc", ".warc.gz", ".warc.zst")
# Beginnings tried in a row between two records, and broken records of a file, before it is given
# up. Three bytes look like those of a gzip member by chance once in 16 MiB; only malice makes so
# many.
MAX_TRIES = 1000
MAX_BROKEN = 10_000

_GZIP, _ZSTD, _PLAIN = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"WARC/"
# Zstandard Compression for WARC Files 1.0: the skippable frame that holds the dictionary.
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_MAX_DICTIONARY = 16 * 1024 * 1024  # bytes; they are some 100 KB
_EMPTY_FRAME = zstandard.compress(b"")
_PIECE = 64 * 1024
_MAX_HEAD = 32 * 1024  # bytes of a record's own fields, as FastWARC has it
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_HTML = re.compile(r"\s*(text/html|application/xhtml\+xml)\s*(;|$)", re.IGNORECASE)
# What opens an HTML page whose record does not say what it is: WHATWG MIME Sniffing, section 7.1.
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype html|html|head)[\s>]", re.IGNORECASE)
_OK = 200
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A page as a server sent it; `fetched` is ``ok``, ``truncated`` or, for noarchive, refused."""

    offset: int
    fetched: Fetched
    id: str  # of the record, as revisits name it
    digest: str  # of the payload as stated, with its algorithm; empty where none is


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisit:
    """A page that was as an earlier capture has it; `fetched` is ``not_modified``."""

    offset: int
    fetched: Fetched
    digest: str  # as in `Capture`
    of_id: str  # the earlier record, its URL and its time, as far as they are stated
    of_url: str
    of_time: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An answer that leads from `url` to another; both canonical."""

    offset: int
    url: str
    status: int
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A record that is no page; `why` is ``type``, ``url``, ``status`` or ``media_type``."""

    offset: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record, or what stands in the place of one, that cannot be had."""

    offset: int
    reason: str


Record = Capture | Revisit | Redirect | Skipped | Broken
# What gives so many bytes of a record's block, fewer at its end.
_Read = Callable[[int], bytes]
_Stream = BinaryIO | GzipReader | ZstdReader


class _NoRecord(Exception):
    """What stands here is no record, so that the place of the next is not known."""


def is_warc(path: Path) -> bool:
    """Whether a file's name says that it is a WARC.

    >>> is_warc(Path("CC-NEWS-20240229.WARC.gz")), is_warc(Path("page.html.gz"))
    (True, False)
    """
    return path.name.lower().endswith(SUFFIXES)


# One record


def _time(raw: str) -> datetime:
    """A WARC-Date, in UTC; WARC 1.1 allows fractions of a second. ValueError for what is none."""
    found = datetime.fromisoformat(raw.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class _Counted:
    """What reads a record's block, and knows how many bytes of it are left."""

    def __init__(self, read: _Read, left: int) -> None:
        self.source = read
        self.left = left

    def read(self, size: int) -> bytes:
        piece = self.source(min(size, self.left))
        self.left -= len(piece)
        return piece

    def drain(self) -> None:
        """Read on to its end. Raises _NoRecord where that does not come."""
        for _ in _block(self.read, self.left):
            pass


def _block(read: _Read, length: int) -> Iterator[bytes]:
    """The bytes of a record in pieces, no more and no fewer than it states."""
    left = length
    while left:
        piece = read(min(_PIECE, left))
        if not piece:
            raise _NoRecord(f"breaks off {left} bytes before its end")
        left -= len(piece)
        yield piece


def _fields(headers: Mapping[str, str]) -> dict[str, str]:
    """The WARC headers, names in lower case. Raises _NoRecord for what has not the needed ones."""
    fields = {name.strip().lower(): value.strip() for name, value in headers.items()}
    if "warc-type" not in fields or not _NUMBER.fullmatch(fields.get("content-length", "")):
        raise _NoRecord("has no WARC-Type or no Content-Length")
    return fields


def _is_http(fields: dict[str, str]) -> bool:
    """Whether the block is an HTTP message, and not a file alone as in a `resource`."""
    kind = fields.get("content-type", "").lower()
    return fields["warc-type"].lower() != "resource" and (
        not kind or kind.startswith("application/http")
    )


def _is_html(headers: Headers, fields: dict[str, str], body: bytes | None) -> bool:
    """Whether a record is of HTML, by what is said of it, else by how it opens."""
    named = payload.header(headers, "content-type") or fields.get(
        "warc-identified-payload-type", ""
    )
    if named or body is None:
        return not named or _HTML.match(named) is not None
    return _MARKUP.match(body) is not None


def _moved(fetched: Fetched, offset: int) -> Redirect | None:
    """Where an answer with this status and these headers leads, if anywhere."""
    try:
        to = urls.join(fetched.final_url, payload.header(fetched.headers, "location"))
        return Redirect(
            offset=offset,
            url=urls.canonical(fetched.final_url),
            status=fetched.status or 0,
            to=urls.canonical(to),
        )
    except BadInput:
        return None


def _with_body(
    fetched: Fetched, fields: dict[str, str], pieces: Iterator[bytes], agent: str, limit: int
) -> Fetched | None:
    """The answer with its body and what comes of it; None if it is no HTML. Raises Unusable."""
    if int(fields["content-length"]) > limit + payload.MAX_HEAD:
        raise payload.Unusable(
            f"has {fields['content-length']} bytes, more than `max_bytes` ({limit})"
        )
    digest = payload.Digest("" if "warc-truncated" in fields else _stated(fields))
    body, cut = payload.body(pieces, fetched.headers, digest, limit)
    if not body:
        raise payload.Unusable(cut or "has an empty body")
    if not _is_html(fetched.headers, fields, body):
        return None
    if cut_short := fields.get("warc-truncated"):
        cut = cut or f"WARC-Truncated: {cut_short}"
    if refused := signals.noarchive(fetched.headers, body, agent):
        return replace(fetched, outcome="refused", reason=refused)
    return replace(
        fetched,
        outcome="truncated" if cut else "ok",
        reason=f"{cut}; {len(body)} bytes are kept" if cut else "",
        body=body,
        signals=signals.of_answer(fetched.headers, body, agent),
    )


def _stated(fields: dict[str, str]) -> str:
    return fields.get("warc-payload-digest", "")


def _revisit(fetched: Fetched, fields: dict[str, str], offset: int) -> Revisit:
    try:
        of_time = _time(fields["warc-refers-to-date"])
    except (KeyError, ValueError):
        of_time = None
    return Revisit(
        offset=offset,
        fetched=replace(fetched, outcome="not_modified", reason="WARC revisit"),
        digest=_stated(fields),
        of_id=fields.get("warc-refers-to", ""),
        of_url=fields.get("warc-refers-to-target-uri", "").strip("<>"),
        of_time=of_time,
    )


def _answer(fields: dict[str, str], read: _Read, url: str) -> tuple[Fetched, Iterator[bytes]]:
    """What the record says of an answer but its body, and the pieces of that. Raises Unusable."""
    try:
        at = _time(fields.get("warc-date", ""))
    except ValueError:
        raise payload.Unusable(f"has no time: WARC-Date is {fields.get('warc-date')!r}") from None
    length = int(fields["content-length"])
    status, headers, pieces = None, tuple[tuple[str, str], ...](), _block(read, length)
    if length and _is_http(fields):
        status, headers, first = payload.head(pieces)
        pieces = chain([first], pieces)
    elif length and (kind := fields.get("content-type")):
        headers = (("content-type", kind),)  # where there is no block, it is the type of nothing
    fetched = Fetched(
        requested_url=url,
        final_url=url,
        outcome="ok",
        reason="",
        started_at=at,
        status=status,
        headers=headers,
        robots="not asked: imported",
        wire_bytes=length,
    )
    return fetched, pieces


def _record(fields: dict[str, str], read: _Read, offset: int, agent: str, limit: int) -> Record:
    """One record judged. Raises Unusable for what is broken in it, _NoRecord for what is none."""
    kind = fields["warc-type"].lower()
    if kind not in {"response", "resource", "revisit"}:
        return Skipped(offset=offset, why="type")
    # Some tools wrote the URL in the brackets that WARC 1.0's grammar has by mistake.
    url = fields.get("warc-target-uri", "").strip("<>")
    try:
        urls.canonical(url)
    except BadInput:
        return Skipped(offset=offset, why="url")
    fetched, pieces = _answer(fields, read, url)
    if kind != "revisit" and fetched.status not in {_OK, None}:
        moved = _moved(fetched, offset) if fetched.status in _REDIRECTS else None
        return moved or Skipped(offset=offset, why="status")
    if _is_html(fetched.headers, fields, None):
        if kind == "revisit":
            return _revisit(fetched, fields, offset)
        if whole := _with_body(fetched, fields, pieces, agent, limit):
            name = fields.get("warc-record-id", "")
            return Capture(offset=offset, fetched=whole, id=name, digest=_stated(fields))
    return Skipped(offset=offset, why="media_type")


# One file


def _head(stream: _Stream, place: Callable[[], int]) -> tuple[int, bytes]:
    """Where the next record begins, and its head with the blank line; nothing at the end.

    A byte at a time, for only so is it known which member of the file the first one is of.
    """
    at, head = 0, bytearray()
    while len(head) < _MAX_HEAD and (byte := stream.read(1)):
        if not head and byte in b"\r\n":
            continue
        if not head:
            at = place()
        head += byte
        if head.endswith((b"\n\r\n", b"\n\n")):
            break
    return at, bytes(head)


def _stated_in(head: bytes) -> dict[str, str]:
    """The fields of a head whose lines end as they like. Raises _NoRecord for what is none."""
    version, *lines = _FOLD.sub(b" ", head).decode("utf-8", "replace").splitlines() or [""]
    if not version.startswith(_PLAIN.decode()):
        raise _NoRecord("is no record")
    pairs = (line.partition(":") for line in lines)
    return _fields({name: value for name, _, value in pairs})


def _next(file: BinaryIO, magic: bytes, start: int) -> int | None:
    """The place of the first `magic` at `start` or after it, if there is one.

    In a plain file it begins a line, for pages may hold the word as well.
    """
    sought = b"\n" + magic if magic == _PLAIN else magic
    at = start - (len(sought) - len(magic))
    file.seek(at)
    kept = b""
    while piece := file.read(_PIECE):
        kept += piece
        if (found := kept.find(sought)) >= 0:
            return at + found + len(sought) - len(magic)
        at, kept = at + len(kept) - len(sought) + 1, kept[1 - len(sought) :]
    return None


def _dictionary(file: BinaryIO) -> bytes:
    """The zstd dictionary in the file's first frame, which may be compressed itself; or nothing.

    Raises ZstdError for one that cannot serve, before FastWARC meets it, which would panic.
    """
    file.seek(0)
    head = file.read(8)
    if not head.startswith(_DICTIONARY):
        return b""
    held = file.read(min(int.from_bytes(head[4:], "little"), _MAX_DICTIONARY))
    if held.startswith(_ZSTD):
        held = zstandard.ZstdDecompressor().stream_reader(held).read(_MAX_DICTIONARY)
    known = zstandard.ZstdCompressionDict(held, dict_type=zstandard.DICT_TYPE_FULLDICT)
    zstandard.ZstdDecompressor(dict_data=known).decompress(_EMPTY_FRAME)
    return held


class _File:
    """One file on its way: what its records begin with, and how far it has been read."""

    def __init__(self, file: BinaryIO, second: BinaryIO, agent: str, limit: int) -> None:
        self.file = file
        self.second = second  # the same once more, to look at what FastWARC has read
        self.size = second.seek(0, 2)
        self.agent = agent
        self.limit = limit
        first = file.read(8)
        known = (_GZIP, _ZSTD, _PLAIN)
        self.magic = next((magic for magic in known if first.lstrip().startswith(magic)), b"")
        if first.startswith(_DICTIONARY):
            self.magic = _ZSTD
        self.at = 0  # the record that is being read
        self.past = 0  # the first place where another may begin
        self.judged = False  # whether that one is read

    def _from(self, start: int) -> Iterator[Record]:
        """Records from a place on. Raises what FastWARC raises where one does not read."""
        self.at, self.past, self.judged = start, start + 1, False
        stream: BinaryIO | ZstdReader = self.file
        dictionary = _dictionary(self.file) if self.magic == _ZSTD else b""
        if start and dictionary:  # at the start of the file FastWARC reads it itself
            stream = ZstdReader(self.file, dictionary=dictionary)
        self.file.seek(start)
        for number, record in enumerate(ArchiveIterator(stream, parse_http=False)):
            # Never back: after a dictionary that is not the records' own, FastWARC miscounts.
            self.at = max(record.stream_pos, start) if number or not start else start
            self.past, self.judged = self.at + 1, False
            if not record.content_length and record.headers.get("Content-Length") != "0":
                yield from self._otherwise_written(self.at)
                return
            fields = _fields(dict(record.headers.items()))
            block = _Counted(record.reader.read, int(fields["content-length"]))
            read = self._judge(fields, block.read)
            if isinstance(read, Capture) and read.digest:
                if self.magic == _PLAIN:  # its body may hold what looks like a record
                    self.past += int(fields["content-length"])
            elif self.magic != _PLAIN:
                self._check_end(int(fields["content-length"]))
                block.drain()
            self.judged = True
            yield read

    def _judge(self, fields: dict[str, str], read: _Read) -> Record:
        """The record that is being read. Raises _NoRecord where its end cannot be had."""
        if self.magic == _PLAIN and int(fields["content-length"]) > self.size - self.at:
            raise _NoRecord(
                f"states a length of {fields['content-length']} bytes, more than the file has left"
            )
        try:
            return _record(fields, read, self.at, self.agent, self.limit)
        except payload.Unusable as fault:
            return Broken(offset=self.at, reason=f"the record {fault}")

    def _open(self, start: int) -> tuple[_Stream, Callable[[], int]]:
        """What stands from a place on, without its codings, and what tells where that is."""
        if self.magic == _PLAIN:
            self.second.seek(start)
            return self.second, lambda: self.second.tell() - 1
        dictionary = _dictionary(self.second) if self.magic == _ZSTD else b""
        self.second.seek(start)
        stream = (
            GzipReader(self.second)
            if self.magic == _GZIP
            else ZstdReader(self.second, dictionary=dictionary or None)
        )
        return stream, lambda: stream.frame_start_position() or start

    def _check_end(self, length: int) -> None:
        """Raise _NoRecord if a member begins with a record before this one's stated length is over.

        FastWARC would take the bytes of the next records for those of this one. Where all records
        are in one member, their places are not known, and this says nothing.
        """
        try:
            stream, place = self._open(self.at)
            begin, head = _head(stream, place)
            if not head.startswith(_PLAIN):
                return
            left, into_next = length, False
            while left and not into_next and (piece := stream.read(min(_PIECE, left))):
                left -= len(piece)
                if (at := place()) != begin:  # in some files a record has several members
                    begin, resume = at, self.second.tell()
                    into_next = self._open(at)[0].read(len(_PLAIN)) == _PLAIN
                    self.second.seek(resume)
        except (OSError, ValueError):
            return
        if left or into_next:
            raise _NoRecord(f"states a length of {length} bytes, and its member ends before")

    def _otherwise_written(self, start: int) -> Iterator[Record]:
        """Records from a place on whose heads FastWARC does not read."""
        stream, place = self._open(start)
        while True:
            at, head = _head(stream, place)
            if not head:
                return
            fields = _stated_in(head)
            self.at, self.past, self.judged = max(at, self.at), max(at, self.at) + 1, False
            length = int(fields["content-length"])
            block = _Counted(stream.read, length)
            one = self._judge(fields, block.read)
            block.drain()
            if self.magic == _PLAIN:
                self.past = self.at + len(head) + length
            self.judged = True
            yield one

    def records(self) -> Iterator[Record]:
        """All records; where some bytes are none, one `Broken` in their place."""
        if not self.magic:
            yield Broken(offset=0, reason="this is no WARC file: neither plain nor gzip nor zstd")
            return
        start: int | None = 0
        tries = broken = 0
        came = False  # anything, be it a fault
        while start is not None:
            try:
                for record in self._from(start):
                    tries, came = 0, True
                    yield record
            except Exception as fault:  # noqa: BLE001 - whatever the bytes do, others may read
                # Of a run of bytes that read as nothing the first is told, but every record is.
                if tries == 0 or isinstance(fault, _NoRecord):
                    where = "what follows the record here" if self.judged else "the record"
                    yield Broken(offset=self.at, reason=f"{where} {_said(fault)}")
                    broken, came = broken + 1, True
            else:
                if not came:
                    yield Broken(offset=0, reason="the file holds no record")
                return
            tries += 1
            if tries > MAX_TRIES or broken > MAX_BROKEN:
                yield Broken(offset=self.at, reason="too little of what follows reads: given up")
                return
            start = _next(self.file, self.magic, self.past)


def _said(fault: Exception) -> str:
    if isinstance(fault, _NoRecord):
        return str(fault)
    return f"does not read: {' '.join(str(fault).split())[:200] or type(fault).__name__}"


def read(path: Path, agent: str, limit: int) -> Iterator[Record]:
    """Yield every record of a WARC file in its order; one that is broken does not end it.

    `agent` is who noarchive may be said to, `limit` the bytes of a body without its codings.
    A `payload` digest that is stated is checked. Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file, path.open("rb") as second:
        yield from _File(file, second, agent, limit).records()
