"""One WARC record judged: its fields and its block in, a value with its place in the file out.

No length, digest, coding or header is believed, and no body is held beyond the limit. Finds no
record and stores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain

from archiver.errors import BadInput
from archiver.fetch import payload, signals, urls
from archiver.model import Fetched, Headers

PIECE = 64 * 1024  # bytes that are read at once

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
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
Read = Callable[[int], bytes]


class NoRecord(Exception):
    """What stands here is no record, so that the place of the next is not known."""


def _time(raw: str) -> datetime:
    """A WARC-Date, in UTC; WARC 1.1 allows fractions of a second. ValueError for what is none."""
    found = datetime.fromisoformat(raw.strip())
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class Counted:
    """What reads a record's block, and knows how many bytes of it are left."""

    def __init__(self, read: Read, left: int) -> None:
        """With `left` bytes of the block to come."""
        self.source = read
        self.left = left

    def read(self, size: int) -> bytes:
        """Up to so many bytes."""
        piece = self.source(min(size, self.left))
        self.left -= len(piece)
        return piece

    def drain(self) -> None:
        """Read on to its end. Raises NoRecord where that does not come."""
        for _ in _block(self.read, self.left):
            pass


def _block(read: Read, length: int) -> Iterator[bytes]:
    """The bytes of a record in pieces, no more and no fewer than it states."""
    left = length
    while left:
        piece = read(min(PIECE, left))
        if not piece:
            raise NoRecord(f"breaks off {left} bytes before its end")
        left -= len(piece)
        yield piece


def fields_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The WARC headers, names in lower case. Raises NoRecord for what has not the needed ones."""
    fields = {name.strip().lower(): value.strip() for name, value in headers.items()}
    if "warc-type" not in fields or not _NUMBER.fullmatch(fields.get("content-length", "")):
        raise NoRecord("has no WARC-Type or no Content-Length")
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


def _answer(fields: dict[str, str], read: Read, url: str) -> tuple[Fetched, Iterator[bytes]]:
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


def judge(fields: dict[str, str], read: Read, offset: int, agent: str, limit: int) -> Record:
    """One record judged. Raises Unusable for what is broken in it, NoRecord for what is none."""
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
