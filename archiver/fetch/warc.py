"""WARC files read: records in, pages out, one at a time, however large the file or a record.

In come the bytes of a file, plain, gzip or zstd, with a dictionary in its first frame or without
(https://iipc.github.io/warc-specifications/); out go values, each with its place in the file.
Finding records is FastWARC's part, but for those whose lines end in LF alone or whose field names
are written in other cases than the standard's, which it does not read; what they say is judged by
`records`. A record that is broken costs itself alone, for the next is looked for by the bytes that
every record begins with. Stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import zstandard
from fastwarc.stream_io import GzipReader, ZstdReader
from fastwarc.warc import ArchiveIterator

from archiver.fetch import payload
from archiver.fetch.records import (
    PIECE,
    Broken,
    Capture,
    Counted,
    NoRecord,
    Read,
    Record,
    fields_of,
    judge,
)

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
_MAX_HEAD = 32 * 1024  # bytes of a record's own fields, as FastWARC has it
_FOLD = re.compile(rb"\r?\n[ \t]+")
_Stream = BinaryIO | GzipReader | ZstdReader


def is_warc(path: Path) -> bool:
    """Whether a file's name says that it is a WARC.

    >>> is_warc(Path("CC-NEWS-20240229.WARC.gz")), is_warc(Path("page.html.gz"))
    (True, False)
    """
    return path.name.lower().endswith(SUFFIXES)


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
    """The fields of a head whose lines end as they like. Raises NoRecord for what is none."""
    version, *lines = _FOLD.sub(b" ", head).decode("utf-8", "replace").splitlines() or [""]
    if not version.startswith(_PLAIN.decode()):
        raise NoRecord("is no record")
    pairs = (line.partition(":") for line in lines)
    return fields_of({name: value for name, _, value in pairs})


def _next(file: BinaryIO, magic: bytes, start: int) -> int | None:
    """The place of the first `magic` at `start` or after it, if there is one.

    In a plain file it begins a line, for pages may hold the word as well.
    """
    sought = b"\n" + magic if magic == _PLAIN else magic
    at = start - (len(sought) - len(magic))
    file.seek(at)
    kept = b""
    while piece := file.read(PIECE):
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
            fields = fields_of(dict(record.headers.items()))
            block = Counted(record.reader.read, int(fields["content-length"]))
            read = self._judge(fields, block.read)
            if isinstance(read, Capture) and read.digest:
                if self.magic == _PLAIN:  # its body may hold what looks like a record
                    self.past += int(fields["content-length"])
            elif self.magic != _PLAIN:
                self._check_end(int(fields["content-length"]))
                block.drain()
            self.judged = True
            yield read

    def _judge(self, fields: dict[str, str], read: Read) -> Record:
        """The record that is being read. Raises NoRecord where its end cannot be had."""
        if self.magic == _PLAIN and int(fields["content-length"]) > self.size - self.at:
            raise NoRecord(
                f"states a length of {fields['content-length']} bytes, more than the file has left"
            )
        try:
            return judge(fields, read, self.at, self.agent, self.limit)
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
        """Raise NoRecord if a member begins with a record before this one's stated length is over.

        FastWARC would take the bytes of the next records for those of this one. Where all records
        are in one member, their places are not known, and this says nothing.
        """
        try:
            stream, place = self._open(self.at)
            begin, head = _head(stream, place)
            if not head.startswith(_PLAIN):
                return
            left, into_next = length, False
            while left and not into_next and (piece := stream.read(min(PIECE, left))):
                left -= len(piece)
                if (at := place()) != begin:  # in some files a record has several members
                    begin, resume = at, self.second.tell()
                    into_next = self._open(at)[0].read(len(_PLAIN)) == _PLAIN
                    self.second.seek(resume)
        except (OSError, ValueError):
            return
        if left or into_next:
            raise NoRecord(f"states a length of {length} bytes, and its member ends before")

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
            block = Counted(stream.read, length)
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
                if tries == 0 or isinstance(fault, NoRecord):
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
    if isinstance(fault, NoRecord):
        return str(fault)
    return f"does not read: {' '.join(str(fault).split())[:200] or type(fault).__name__}"


def read(path: Path, agent: str, limit: int) -> Iterator[Record]:
    """Yield every record of a WARC file in its order; one that is broken does not end it.

    `agent` is who noarchive may be said to, `limit` the bytes of a body without its codings.
    A `payload` digest that is stated is checked. Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file, path.open("rb") as second:
        yield from _File(file, second, agent, limit).records()
