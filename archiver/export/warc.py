"""Captures in, a WARC 1.1 file out, and its index: what was fetched, for other archives' tools.

Bodies are stored decoded, so they are written so: headers that no longer hold (Content-Encoding,
Transfer-Encoding, the old Content-Length) keep their values under ``X-Archive-Orig-``, as pywb and
warcio name them. A body that an earlier record holds, and an answer that nothing has changed, are
`revisit` records. Of a redirect, status and address alone are kept, and written.
"""

from __future__ import annotations

import gzip
import io
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import zstandard
from fastwarc.warc import WarcRecord, WarcRecordType

from archiver.errors import BadInput, TryLater
from archiver.export.cdxj import Index
from archiver.export.whole import whole
from archiver.model import Headers

# How a record is compressed: each on its own, so that a reader can begin at any.
_COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    ".warc": bytes,
    ".warc.gz": lambda record: gzip.compress(record, 6, mtime=0),
    ".warc.zst": zstandard.ZstdCompressor(level=9).compress,
}
_UNDONE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_LINE_ENDS = re.compile("[\r\n\0]+")
# WARC 1.1, 6.7.2: the profile of a revisit whose payload is the earlier one's.
_SAME = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One answer. `body` is None where `earlier`, the URL and time of another, tells of it."""

    id: int  # in the archive
    url: str  # that sent the body
    at: datetime
    status: int
    headers: Headers
    media_type: str  # of the body; an answer that it is unchanged need not say
    redirects: tuple[tuple[int, str, str], ...]  # status, from, to
    digest: str  # sha256 of the body, hexadecimal
    body: bytes | None
    earlier: tuple[str, datetime] | None = None
    truncated: bool = False


def _date(at: datetime) -> str:
    """A WARC-Date: UTC, with as many digits of a second as there are."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _urn(*names: object) -> str:
    """A record's id: the same for the same record of the same archive, another for any other."""
    return f"<urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(map(str, names)))}>"


def _head(status: int, headers: Headers, length: int | None) -> bytes:
    """Status line and headers, for a body of `length` bytes that no coding is left of."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    lines = [f"HTTP/1.1 {status} {phrase}".rstrip()]
    for name, value in headers:
        lower = name.lower()
        old = lower in _UNDONE and not (lower == "content-length" and value == str(length))
        lines.append(_LINE_ENDS.sub(" ", f"{'X-Archive-Orig-' if old else ''}{name}: {value}"))
        length = None if lower == "content-length" and not old else length
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode()


def _packed(kind: WarcRecordType, fields: Mapping[str, str], block: bytes) -> bytes:
    """One record, not yet compressed, with its block's digest."""
    record = WarcRecord()
    record.init_headers(kind)
    for name, value in fields.items():
        record.headers[name] = _LINE_ENDS.sub(" ", value)
    record.headers["WARC-Block-Digest"] = f"sha256:{sha256(block).hexdigest()}"
    record.set_bytes_content(block)
    out = io.BytesIO()
    record.write(out)
    return out.getvalue()


class _Writer:
    """A WARC on its way, record by record."""

    def __init__(
        self, out: io.BufferedWriter, compress: Callable[[bytes], bytes], index: Index | None
    ) -> None:
        self.out = out
        self.compress = compress
        self.index = index
        self.info = ""
        self.at = 0

    def put(self, kind: WarcRecordType, fields: Mapping[str, str], block: bytes) -> tuple[int, int]:
        """Write a record; its place and length in the file."""
        packed = self.compress(_packed(kind, fields, block))
        self.out.write(packed)
        place = self.at
        self.at += len(packed)
        return place, len(packed)

    def about(self, told: Mapping[str, str], filename: str, now: datetime) -> None:
        """Write who made the file."""
        self.info = _urn(filename, _date(now))
        lines = (f"{name}: {_LINE_ENDS.sub(' ', value)}\r\n" for name, value in told.items())
        fields = {
            "WARC-Record-ID": self.info,
            "WARC-Date": _date(now),
            "WARC-Filename": filename,
            "Content-Type": "application/warc-fields",
        }
        self.put(WarcRecordType.warcinfo, fields, "".join(lines).encode())

    def _fields(self, capture: Capture, kind: str, url: str, digest: str) -> dict[str, str]:
        return {
            "WARC-Record-ID": _urn(self.info, capture.id, kind, url),
            "WARC-Warcinfo-ID": self.info,
            "WARC-Date": _date(capture.at),
            "WARC-Target-URI": url,
            "WARC-Payload-Digest": f"sha256:{digest}",
            "Content-Type": "application/http; msgtype=response",
        }

    def _listed(
        self,
        capture: Capture,
        url: str,
        mime: str,
        status: int,
        digest: str,
        place: tuple[int, int],
    ) -> None:
        if self.index is not None:
            stamp = f"{capture.at.astimezone(UTC):%Y%m%d%H%M%S}"
            self.index.add(url, stamp, mime, status, f"sha256:{digest}", *place)

    def capture(self, capture: Capture) -> None:
        """Write a capture, the redirects that led to it first."""
        empty = sha256(b"").hexdigest()
        for step, (status, url, to) in enumerate(capture.redirects):
            fields = self._fields(capture, f"redirect {step}", url, empty)
            block = _head(status, (("Location", to),), 0)
            place = self.put(WarcRecordType.response, fields, block)
            self._listed(capture, url, "unk", status, empty, place)
        fields = self._fields(capture, "capture", capture.url, capture.digest)
        kind, mime = WarcRecordType.response, ""
        if capture.body is None:
            kind, mime = WarcRecordType.revisit, "warc/revisit"
            fields["WARC-Profile"] = _SAME
            if capture.earlier is not None:
                fields["WARC-Refers-To-Target-URI"] = capture.earlier[0]
                fields["WARC-Refers-To-Date"] = _date(capture.earlier[1])
        if capture.media_type:
            fields["WARC-Identified-Payload-Type"] = capture.media_type
        if capture.truncated:
            fields["WARC-Truncated"] = "unspecified"
        length = None if capture.body is None else len(capture.body)
        block = _head(capture.status, capture.headers, length) + (capture.body or b"")
        place = self.put(kind, fields, block)
        mime = mime or capture.media_type or "unk"
        self._listed(capture, capture.url, mime, capture.status, capture.digest, place)


def suffix_of(path: Path) -> str:
    """Which of ``.warc``, ``.warc.gz`` and ``.warc.zst`` a path has. Raises BadInput for none."""
    for suffix in _COMPRESS:
        if path.name.lower().endswith(suffix):
            return suffix
    raise BadInput(f"{path}: a WARC is called .warc.gz, .warc.zst or .warc; name it so")


def index_of(path: Path) -> Path:
    """Where the index of a WARC goes: beside it, as ``.cdxj``."""
    return path.with_name(path.name[: -len(suffix_of(path))] + ".cdxj")


@contextmanager
def _indexing(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a database that SQLite keeps in a file of its own, for as long as it is used."""
    try:
        with closing(sqlite3.connect("")) as database:
            yield database
    except sqlite3.Error as fault:
        raise TryLater(f"{path}: cannot be indexed: {fault}; free space and run again") from fault


def write(
    captures: Iterable[Capture],
    path: Path,
    about: Mapping[str, str],
    now: datetime,
    *,
    index: bool = False,
) -> int:
    """Write a file, compressed as its suffix says, and its index if asked; how many captures.

    `about` is what the `warcinfo` record says. Raises what `whole` does, BadInput for a suffix
    that is none of a WARC.
    """
    compress = _COMPRESS[suffix_of(path)]
    count = 0
    with _indexing(path) as database:
        lines = Index(database, path.name) if index else None
        with whole(path) as part, part.open("wb") as out:
            writer = _Writer(out, compress, lines)
            writer.about(about, path.name, now)
            for capture in captures:
                writer.capture(capture)
                count += 1
        if lines is not None:
            lines.write(index_of(path))
    return count
