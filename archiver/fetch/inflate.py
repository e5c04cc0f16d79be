"""Content codings undone in small pieces, so that a bomb costs no more than the limit.

In come the raw chunks of a body and its codings; out come decompressed pieces of a few megabytes
at most. Never holds the whole; bytes that are not what their coding says are `Broken`, more than
the limit at any stage, or out of all proportion to what came, is `TooLong`, and what was yielded
before either of them holds.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import zstandard

CODINGS = "gzip, deflate, br, zstd"  # for Accept-Encoding
MAX_CODINGS = 3  # in a row; more is an attack
# A body may be so many times as long as its coded bytes; gzip shortens news pages 3 to 10 times.
MAX_RATIO = 200
FREE = 1024 * 1024  # bytes that may be out of proportion: a page of one repeated line does no harm
_PIECE = 64 * 1024
# zstandard has no bound on output, but a block of 128 KiB needs 4 bytes (RFC 8878, 3.1.1.2):
# so much at a time gives at most 2 MiB.
_ZSTD_SLICE = 64
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: the most that an answer may ask for
_GZIP = b"\x1f\x8b"
# RFC 1950, 2.2: method 8 and a window; the first two bytes make a multiple of 31.
_ZLIB_HEADS = frozenset(bytes([window << 4 | 8]) for window in range(8))


class Broken(Exception):
    """The bytes are not what their coding says, or end too early."""


class TooLong(Exception):
    """More bytes than the limit, or than the coded ones could honestly hold."""


def _gzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate gzip members in a row (RFC 1952, 2.2)."""
    member, begun = None, False
    for chunk in chunks:
        rest, more = chunk, False
        while rest or more:
            if member is None:
                # Padding and other junk after the last member is common, and harmless.
                if begun and not _GZIP.startswith(rest[:2]):
                    return
                member, begun = zlib.decompressobj(wbits=31), True
            piece = member.decompress(rest, _PIECE)
            yield piece
            rest, more = member.unconsumed_tail, len(piece) == _PIECE
            if member.eof:
                rest, more, member = member.unused_data, False, None
    if member is not None:
        raise Broken("gzip ends in the middle")


def _deflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Inflate a zlib stream, or the bare deflate that some servers send under that name."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > 1:
            break
    zlibbed = head[:1] in _ZLIB_HEADS and int.from_bytes(head[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if zlibbed else -15)
    rest: bytes | None = head
    while rest is not None and not stream.eof:
        piece = stream.decompress(rest, _PIECE)
        yield piece
        rest = stream.unconsumed_tail
        if not rest and len(piece) < _PIECE:
            rest = next(chunks, None)
    if not stream.eof:
        raise Broken("deflate ends in the middle")


def _brotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    for chunk in chunks:
        # `can_accept_more_data` is no guide: of a few bytes, taken already, megabytes may come.
        rest = chunk
        while piece := stream.process(rest, output_buffer_limit=_PIECE):
            yield piece
            rest = b""
        if stream.is_finished():
            return
    raise Broken("brotli ends in the middle")


def _zstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Undo zstd frames in a row (RFC 8878, 3)."""
    codec = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = None
    for chunk in chunks:
        for at in range(0, len(chunk), _ZSTD_SLICE):
            rest = chunk[at : at + _ZSTD_SLICE]
            while rest:
                frame = frame or codec.decompressobj()
                yield frame.decompress(rest)
                rest = frame.unused_data if frame.eof else b""
                frame = None if frame.eof else frame
    if frame is not None:
        raise Broken("zstd ends in the middle")


_STAGES: dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,  # RFC 9110, 8.4.1.3: the same
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}

# Registered with IANA too, and not undone here; no browser undoes them either.
_FOREIGN = frozenset("compress x-compress exi pack200-gzip aes128gcm dcb dcz".split())


def _limited(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    left = limit
    for piece in pieces:
        if piece:
            yield piece[:left]
        left -= len(piece)
        if left < 0:
            raise TooLong(f"more than {limit} bytes")


def codings(header: str) -> list[str]:
    """Return the codings that a ``Content-Encoding`` names, in the order they were applied.

    Names that are none (``UTF-8``, ``none``, ``binary``, ``aws-chunked``) change nothing, as in
    browsers. Raises Broken for a coding that is known and not undone, or for more than
    `MAX_CODINGS`.

    >>> codings("X-GZip, identity, UTF-8")
    ['x-gzip']
    """
    names = [name.partition(";")[0].strip().lower() for name in header.split(",")]
    named = [name for name in names if name in _STAGES]
    if len(named) > MAX_CODINGS or not _FOREIGN.isdisjoint(names):
        raise Broken(f"content coding {header[:80]!r} cannot be undone")
    return named


def inflated(chunks: Iterator[bytes], named: list[str], limit: int) -> Iterator[bytes]:
    """Yield the pieces of a body under the codings `named`, `limit` bytes at most.

    Every stage is held to `limit`, for an inner one may give nothing out of ever so much.
    Raises Broken and TooLong, and whatever `chunks` raises.
    """
    taken = given = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for chunk in chunks:
            taken += len(chunk)
            yield chunk

    pieces = _limited(counted(), limit)
    for name in reversed(named):
        pieces = _limited(_STAGES[name](pieces), limit)
    try:
        for piece in pieces:
            given += len(piece)
            if given > max(FREE, MAX_RATIO * taken):
                raise TooLong(f"more than {MAX_RATIO} times its coded size")
            yield piece
    except (zlib.error, brotli.error, zstandard.ZstdError) as fault:
        raise Broken(f"{' + '.join(named)} cannot be undone: {fault}") from fault
