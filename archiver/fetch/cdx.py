"""Lists of captures as sources of URLs: CDX of the Wayback Machine, of Common Crawl, of one's own.

Lines come in, targets go out, each URL once in a row. Never asks the network. A plain list of
URLs, one a line, reads as well. Forms, told apart line by line:

- CDX, fields between spaces, as the Wayback CDX server and local indexes have it
  (https://archive.org/web/researcher/cdx_file_format.php), with or without a ``CDX N b a`` line;
- the same server's JSON, an array of rows of which the first names the columns, a row a line or
  all in one;
- CDXJ, ``surt timestamp {json}``, as pywb and Common Crawl's index files have it, and the bare
  objects of Common Crawl's index server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from archiver.errors import BadInput
from archiver.fetch import urls
from archiver.model import Found

# The letters of a "CDX" line that are read here, by the names that the Wayback CDX server gives.
_LEGEND = {"a": "original", "b": "timestamp", "m": "mimetype", "s": "statuscode"}
# Every published form without a head begins with these, whatever follows.
_COLUMNS = ("urlkey", "timestamp", "original", "mimetype", "statuscode")
# Common Crawl and pywb name two of them otherwise.
_SAME = {"url": "original", "mime": "mimetype", "status": "statuscode"}
_TIMESTAMP = re.compile(r"\d{4,14}")
_WHOLE_TIMESTAMP = re.compile(r"\d{14}")
_CDXJ = re.compile(r"\S+\s+(\d{4,17})\s+(\{.*)")
# What may be a page: markup, or a capture of which the list does not say what it is.
_PAGES = frozenset({"text/html", "application/xhtml+xml", "warc/revisit", "unk", "-", ""})
_ANSWERED = frozenset({"200", "-", ""})  # a revisit often has no status of its own
_HIGH = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is none of the forms, counted from 1, and why; of a line of many rows, some."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Capture:
    """One row: its fields by the Wayback CDX server's names, missing ones left out."""

    fields: Mapping[str, str]

    def found(self) -> Found | None:
        """The target, if the row is one of an http or https page that was there."""
        media = self.fields.get("mimetype", "").partition(";")[0].strip().lower()
        if media not in _PAGES or self.fields.get("statuscode", "") not in _ANSWERED:
            return None
        try:
            url = urls.canonical(self.fields.get("original", ""))
        except BadInput:
            return None  # dns:, urn:, data:, ...: captures, but nothing to ask for
        at = _iso(self.fields.get("timestamp", ""))
        return Found(url=url, date=f"captured {at}" if at else "")


def _iso(stamp: str) -> str:
    """A timestamp of 4 to 14 digits as ISO 8601, as exact as it is.

    >>> _iso("20240229081500"), _iso("2024")
    ('2024-02-29T08:15:00Z', '2024')
    """
    if not _TIMESTAMP.fullmatch(stamp):
        return ""
    pairs = [stamp[at : at + 2] for at in range(4, len(stamp) - 1, 2)]
    day = "-".join([stamp[:4], *pairs[:2]])
    time = ":".join(pairs[2:])
    return f"{day}T{time}Z" if time else day


def _text(line: bytes) -> str:
    """A line as text; bytes that are no UTF-8 are escaped, as a browser would send them."""
    try:
        return line.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return _HIGH.sub(lambda hit: b"%%%02X" % hit[0][0], line).decode("ascii").strip()


def _of_object(raw: str, stamp: str = "") -> _Capture:
    """A JSON object of an index; ValueError if it is none."""
    told = orjson.loads(raw)
    if not isinstance(told, dict):
        raise TypeError
    fields: dict[str, str] = {
        _SAME.get(str(key), str(key)): str(value)
        for key, value in told.items()
        if value is not None
    }
    return _Capture({"timestamp": stamp[:14], **fields})


def _of_row(cells: Sequence[str], columns: Sequence[str]) -> _Capture:
    """A row under its columns; ValueError if it names no URL, or no time and has no head."""
    fields = dict(zip(columns, cells, strict=False))
    headed = columns is not _COLUMNS
    timed = headed or _TIMESTAMP.fullmatch(fields.get("timestamp", "")[:14])
    if not timed or ":" not in fields.get("original", ""):
        # The server gives the columns that it was asked for (`fl=`), in that order, without a head.
        # A URL with a space in it has no time beside it, and is no such row.
        addressed = [cell for cell in cells if cell.startswith(("http://", "https://"))]
        stamped = [cell for cell in cells if _WHOLE_TIMESTAMP.fullmatch(cell)]
        if not addressed or not stamped:
            raise ValueError
        fields = {"original": addressed[0], "timestamp": stamped[0]}
    return _Capture(fields)


def _rows(text: str) -> list[list[str]]:
    """The rows in one line of a JSON array that may begin or end elsewhere; ValueError if none."""
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        inner = text.removesuffix(",")
        inner = inner[1:] if inner.startswith("[[") else inner
        told = orjson.loads(inner[:-1] if inner.endswith("]]") else inner)
    if not isinstance(told, list):
        raise TypeError
    rows = told if told and isinstance(told[0], list) else [told]
    return [["" if cell is None else str(cell) for cell in row] for row in rows]


class _Reader:
    """Reads line by line; what a head says of the columns holds until another head."""

    def __init__(self) -> None:
        self.columns: Sequence[str] = _COLUMNS
        self.after_blank = False

    def _array(self, text: str) -> Iterator[_Capture]:
        wrong = False
        for row in _rows(text):
            if "timestamp" in row or "original" in row or "urlkey" in row:
                self.columns = row
            elif len(row) > 1:  # the server ends a part of a long list with [] and a key to go on
                try:
                    yield _of_row(row, self.columns)
                except ValueError:  # the list may be one line: the rows after it are read
                    wrong = True
        if wrong:
            raise ValueError

    def captures(self, text: str) -> Iterator[_Capture]:
        """The captures in one line of a list. Raises ValueError or TypeError where it is none."""
        after_blank, self.after_blank = self.after_blank, not text
        if not text or text in {"[", "]"} or text[0] in "!#":
            return
        if text.startswith("["):
            yield from self._array(text)
        elif text.startswith("{"):
            yield _of_object(text)
        elif hit := _CDXJ.fullmatch(text):
            yield _of_object(hit[2], hit[1])
        elif text.startswith("CDX "):
            self.columns = [_LEGEND.get(letter, letter) for letter in text.split()[1:]]
        elif len(cells := text.split()) > 1:
            yield _of_row(cells, self.columns)
        elif after_blank and "://" not in text:
            return  # the key to go on with, which the Wayback CDX server sets after a blank line
        else:
            urls.canonical(text)  # a list of URLs must be one, where a CDX may name what it likes
            yield _Capture({"original": text})


def parse(lines: Iterable[bytes]) -> Iterator[Found | Wrong]:
    """Yield the pages of a CDX list, or of a list of URLs, in its order, as they are read.

    Of captures only those of HTML with status 200, or of which the list does not say; of several
    in a row of one URL the first. `date` says when that was. `url` is canonical. Blank lines and
    those that begin with ``#`` or ``!`` say nothing; for a line that is none of the forms comes a
    `Wrong`, and the next is read.

    >>> line = b"example,news)/a 20240229081500 http://news.example:80/a text/html 200"
    >>> found, wrong = parse([line, b"http://news.example/a b"])
    >>> found.url, found.date
    ('http://news.example/a', 'captured 2024-02-29T08:15:00Z')
    >>> wrong
    Wrong(line=2, reason="'http://news.example/a b' is no line of a CDX list and no URL")
    """
    reader, last = _Reader(), ""
    for number, line in enumerate(lines, 1):
        text = _text(line)
        try:
            for capture in reader.captures(text):
                found = capture.found()
                if found is not None and found.url != last:
                    last = found.url
                    yield found
        except BadInput as fault:
            yield Wrong(number, str(fault))
        except (ValueError, TypeError):
            yield Wrong(number, f"{text[:100]!r} is no line of a CDX list and no URL")
