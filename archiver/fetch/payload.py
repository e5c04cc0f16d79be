"""An HTTP answer as a WARC record holds it: pieces of a block in, head and body out.

Bodies come with or without the codings that their headers name, since tools differ in what they
undo before they record. Nothing is held beyond the limit, no character is decoded.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from itertools import chain

from archiver.fetch import inflate
from archiver.model import Headers

MAX_HEAD = 64 * 1024  # bytes of status line and headers, as in `http`

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})\b")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_CHUNK = re.compile(rb"(?:\r?\n)?[ \t]*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]{0,1000})?\r?\n")
_MAX_CHUNK_HEAD = 4096  # more than one of these, with the end of the chunk before it
_GZIP = b"\x1f\x8b"
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18")  # a frame, or the first of the skippable ones
_MAGIC = 4
_HASHES = {"sha1": "sha1", "sha256": "sha256", "sha512": "sha512", "md5": "md5"}


class Unusable(Exception):
    """What a record holds is no answer that can be kept; the message says why."""


def _text(raw: bytes) -> str:
    """A header as text, as `http` reads it: UTF-8 where it is that, else ISO 8859-1."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def header(headers: Headers, name: str) -> str:
    """All values of the header `name` (lower case) as one."""
    return ", ".join(value for key, value in headers if key.lower() == name)


def head(pieces: Iterator[bytes]) -> tuple[int, Headers, bytes]:
    """Status, headers and the first bytes of the body of an HTTP answer. Raises Unusable."""
    kept = bytearray()
    end = None
    for piece in pieces:
        kept += piece
        end = _HEAD_END.search(kept, 0, MAX_HEAD)
        if end or len(kept) > MAX_HEAD:
            break
    lines = bytes(kept[: end.start()] if end else kept)
    status = _STATUS.match(lines)
    if status is None:
        raise Unusable("holds no HTTP answer")
    if end is None and len(kept) > MAX_HEAD:
        raise Unusable(f"holds HTTP headers of more than {MAX_HEAD} bytes")
    pairs = (line.partition(b":") for line in _FOLD.sub(b" ", lines).splitlines()[1:])
    headers = tuple(
        (_text(name.strip()), _text(value.strip())) for name, colon, value in pairs if colon
    )
    return int(status[1]), headers, bytes(kept[end.end() :]) if end else b""


class Digest:
    """What a record's payload may have been hashed over, against the digest that it states.

    Tools differ in what they hash: the body as it stands in the record, without the chunks of its
    transfer, or with every coding undone. A record is good if one of them fits, or if it states
    none that is known here.
    """

    def __init__(self, stated: str) -> None:
        """Take ``algorithm:value``, the value in base 32 or hexadecimal; or an empty string."""
        name, _, value = stated.partition(":")
        algorithm = _HASHES.get(name.strip().lower().replace("-", ""))
        self.value = value.strip().rstrip("=")
        # To find damage, not malice: whoever can change a record can change its digest.
        self.hashes = [hashlib.new(algorithm, usedforsecurity=False) for _ in range(3) if algorithm]

    def over(self, stage: int, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Hash what passes; stages are counted from 0."""
        for piece in pieces:
            if self.hashes:
                self.hashes[stage].update(piece)
            yield piece

    def fits(self) -> bool:
        """Whether one of the stages is what was stated."""
        made = [hashed.digest() for hashed in self.hashes]
        forms = {base64.b32encode(one).decode().rstrip("=") for one in made}
        hexes = {one.hex() for one in made}
        return not made or self.value.upper() in forms or self.value.lower() in hexes


def _unchunked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo chunks (RFC 9112, 7.1); a body that is in none is let through as it is.

    Many tools keep the header and drop the chunks. Where chunks break off, so does the body.
    """
    kept, at = b"", 0

    def fill(wanted: int) -> None:
        nonlocal kept, at
        while len(kept) - at < wanted and (piece := next(pieces, b"")):
            kept, at = kept[at:] + piece, 0

    fill(_MAX_CHUNK_HEAD)
    if not _CHUNK.match(kept):
        yield kept
        yield from pieces
        return
    while hit := _CHUNK.match(kept, at):
        at, left = hit.end(), int(hit[1], 16)
        if not left:
            break
        while left:
            fill(1)
            if at == len(kept):
                return
            piece = kept[at : at + left]
            at, left = at + len(piece), left - len(piece)
            yield piece
        fill(_MAX_CHUNK_HEAD)
    for _ in pieces:  # trailers
        pass


def _codings(headers: Headers, first: bytes) -> list[str]:
    """The codings to undo; none where the body shows that they were undone and their header kept.

    gzip and zstd begin with their magic numbers; with "<" no coding's data can begin (brotli's
    would set a bit that is reserved: RFC 7932, 9.2). Raises `inflate.Broken`.
    """
    named = inflate.codings(header(headers, "content-encoding"))
    last = named[-1] if named else ""
    undone = (
        first.startswith(b"<")
        or (last in {"gzip", "x-gzip"} and not first.startswith(_GZIP))
        or (last == "zstd" and not first.startswith(_ZSTD))
    )
    return [] if undone else named


def _peeked(pieces: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, and all of them."""
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= _MAGIC:
            break
    return first, chain([first], pieces)


def body(
    pieces: Iterator[bytes], headers: Headers, digest: Digest, limit: int
) -> tuple[bytes, str]:
    """The body, every coding undone, and why it is not the whole, if it is not.

    Reads `pieces` to their end. Raises Unusable for a body of more than `limit` bytes, and for a
    digest that is not that of the payload.
    """
    kept, cut = bytearray(), ""
    stored = digest.over(0, pieces)
    chunked = "chunked" in header(headers, "transfer-encoding").lower()
    first, sent = _peeked(digest.over(1, _unchunked(stored) if chunked else stored))
    try:
        for piece in digest.over(2, inflate.inflated(sent, _codings(headers, first), limit)):
            kept += piece
    except inflate.TooLong:
        raise Unusable(f"holds a body of more than {limit} bytes (`max_bytes`)") from None
    except inflate.Broken as fault:
        cut = str(fault)
    for _ in sent:  # what follows the compressed data belongs to the payload as well
        pass
    for _ in stored:
        pass
    if not digest.fits():
        raise Unusable("holds other bytes than its WARC-Payload-Digest says")
    return bytes(kept), cut
