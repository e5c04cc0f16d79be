"""Values in, bytes out, and back: marks, pages, JSON columns; the one place that mends strings.

Pure. Comes in: frozen values of `archiver.model`, plain JSON values, bytes. Goes out: zstd frames,
JSON text, digests; equal values give equal bytes under one zstd version. Never touches a database.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import starmap
from typing import Any

import brotli  # type: ignore[import-untyped]
import orjson
import zstandard

from archiver.errors import Damaged
from archiver.model import Block, Mark, Metadata, Page, Span

LEVEL = 3  # of zstd; higher ones cost the fetch loop more time than they save space
# Names of encodings in `body_store`, zstd frames but for one.
ENCODING = "zstd"  # as a body comes: level 3, no dictionary
BASE = "zstd-base"  # one of the pages that others of its site have as dictionary
FIRST = "brotli-base"  # the first of them, which has none itself: see `press`
PACKED = "zstd-packed"  # any other that `archiver compact` has packed anew

# PostgreSQL stores no U+0000 in text, UTF-8 no lone surrogate; either would fail at the driver.
_UNSOUND = re.compile("[\x00\ud800-\udfff]")


def sound(text: str) -> str:
    r"""Replace U+0000 and lone surrogates by U+FFFD; the length, and so every offset, stays.

    >>> sound("a\x00b\ud800")
    'a�b�'
    """
    # Neither is printable, and most short texts are told by this, in a third of the time.
    return text if text.isprintable() else _UNSOUND.sub("\N{REPLACEMENT CHARACTER}", text)


def _sound_value(value: object) -> object:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, dict):
        return {_sound_value(key): _sound_value(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _sound_value(asdict(value))
    if isinstance(value, (list, tuple)):
        return [_sound_value(item) for item in value]
    return value


def _dump(value: object, option: int = 0) -> bytes:
    """Write JSON with sound strings; looks first whether any needs mending, since few ever do."""
    try:
        raw = orjson.dumps(value, option=option)
    except orjson.JSONEncodeError:  # a lone surrogate
        return orjson.dumps(_sound_value(value), option=option)
    if b"\\u0000" in raw:
        return orjson.dumps(_sound_value(value), option=option)
    return raw


def to_json(value: object) -> str:
    """Write compact JSON with sorted keys, sound strings, non-ASCII as it is, tuples as arrays.

    >>> to_json({"শহর": "ঢাকা", "b": (1, 2)})
    '{"b":[1,2],"শহর":"ঢাকা"}'
    """
    return _dump(value, orjson.OPT_SORT_KEYS).decode()


def digest(data: bytes) -> str:
    """SHA-256 of `data`, 64 hexadecimal digits."""
    return sha256(data).hexdigest()


def seal(values: Mapping[str, object]) -> str:
    """SHA-256 of a row's values by column, so that a change of any of them is found.

    Nulls do not count: a column that a later schema adds leaves the seals of earlier rows whole.

    >>> seal({"a": "x", "b": (1, 2)}) == seal({"b": [1, 2], "a": "x", "c": None})
    True
    """
    plain = {
        name: _sealed(value) if type(value) in _TYPED else value
        for name, value in values.items()
        if value is not None
    }
    return digest(to_json(plain).encode())


_TYPED = frozenset({datetime, bytes})


def _sealed(value: object) -> object:
    """A value as every database gives it back: times in UTC, bytes by their digest."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return digest(value) if isinstance(value, bytes) else value


def _raw(dictionary: bytes) -> zstandard.ZstdCompressionDict:
    return zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)


def squeeze(data: bytes, level: int = LEVEL, dictionary: bytes = b"") -> bytes:
    """One zstd frame with content size and checksum, so that a flipped bit is found.

    `dictionary` is raw content, as RFC 8878 (section 5) calls it: bytes that `data` resembles.
    """
    if not dictionary:
        return zstandard.ZstdCompressor(level=level, write_checksum=True).compress(data)
    chosen = zstandard.ZstdCompressionParameters.from_level(
        level, source_size=len(data), dict_size=len(dictionary), write_checksum=True
    )
    made = zstandard.ZstdCompressor(compression_params=chosen, dict_data=_raw(dictionary))
    return made.compress(data)


# Making a context takes longer than reading a frame of some kilobytes with it. No two threads may
# use one at once.
_own = threading.local()


def _decompressor(dictionary: bytes) -> zstandard.ZstdDecompressor:
    if dictionary:
        return zstandard.ZstdDecompressor(_raw(dictionary))
    if not hasattr(_own, "plain"):
        _own.plain = zstandard.ZstdDecompressor()
    plain: zstandard.ZstdDecompressor = _own.plain
    return plain


def unsqueeze(frame: bytes, what: str, dictionary: bytes = b"") -> bytes:
    """Undo `squeeze`. Raises Damaged, which names `what`, where the frame is not whole."""
    try:
        checked = zstandard.get_frame_parameters(frame).has_checksum
        data = _decompressor(dictionary).decompress(frame, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError):
        checked, data = False, b""
    # A bit flipped in the header can switch the checksum off or declare the content empty.
    if not checked or (not data and frame != squeeze(b"")):
        message = f"{what}: its compressed bytes do not read; restore them from a copy"
        raise Damaged(message)
    return data


# Of brotli (RFC 7932): 2 to the power of it, less 16, is the window, which a reader holds.
_WINDOWS = range(10, 25)
_SUM = 4  # bytes of a pressed body that are the CRC32 of all behind them


def press(data: bytes) -> bytes:
    """One brotli stream of the highest quality behind its CRC32, so that a flipped bit is found.

    For what has no dictionary: measured on the first pages of 106 sites, a tenth less than zstd of
    level 19, for three times its time; it is read in twice the time, half a millisecond.
    """
    window = min(max(len(data).bit_length(), _WINDOWS[0]), _WINDOWS[-1])
    stream: bytes = brotli.compress(data, quality=11, lgwin=window)
    return zlib.crc32(stream).to_bytes(_SUM, "big") + stream


def unpress(pressed: bytes, most: int, what: str) -> bytes:
    """Undo `press` of `most` bytes or less; of more, no more is made. Raises Damaged."""
    stream = memoryview(pressed)[_SUM:]
    reader = brotli.Decompressor()
    data = b""
    if zlib.crc32(stream).to_bytes(_SUM, "big") == pressed[:_SUM]:
        with suppress(brotli.error, MemoryError):
            data = reader.process(stream, output_buffer_limit=most + 1)
    if not reader.is_finished() or len(data) > most:
        message = f"{what}: its compressed bytes do not read; restore them from a copy"
        raise Damaged(message)
    return data


def pack_marks(marks: tuple[Mark, ...]) -> bytes:
    """Pack marks in their order, each rule and kind written once.

    >>> unpack_marks(pack_marks((Mark(0, 0, 9, "bn.read-more", "read_also"),)), "document 1")
    (Mark(block=0, start=0, end=9, rule='bn.read-more', kind='read_also'),)
    """
    reasons = sorted({(mark.rule, mark.kind) for mark in marks})
    places = {reason: place for place, reason in enumerate(reasons)}
    rows = [(mark.block, mark.start, mark.end, places[mark.rule, mark.kind]) for mark in marks]
    return squeeze(_dump([reasons, rows]))


def unpack_marks(frame: bytes, what: str) -> tuple[Mark, ...]:
    """Undo `pack_marks`; `what` names the owner in Damaged."""
    reasons, rows = orjson.loads(unsqueeze(frame, what))
    return tuple(Mark(block, start, end, *reasons[place]) for block, start, end, place in rows)


# A page is two frames behind the length of the first: the words, and the rest as columns. Most of
# a re-clean asks for the words alone, and columns read in a third of the time of objects.
_HEAD = 4  # bytes of that length
_SINGLE = (0xFD2FB528).to_bytes(_HEAD, "little")  # how a zstd frame begins: one from before


def pack_page(page: Page) -> bytes:
    """Pack a page, every field of it."""
    blocks = page.blocks
    words = squeeze("".join([f"{sound(block.text)}\0" for block in blocks]).encode())
    votes = sorted({block.votes for block in blocks})
    places = {vote: place for place, vote in enumerate(votes)}
    columns = {
        "path": [block.path for block in blocks],
        "linked": [block.linked for block in blocks],
        "bold": [block.bold for block in blocks],
        "hidden": [place for place, block in enumerate(blocks) if block.hidden],
        "votes": [places[block.votes] for block in blocks],
        "score": [block.score for block in blocks],
        "spans": [
            (place, span.start, span.end, span.path)
            for place, block in enumerate(blocks)
            for span in block.spans
        ],
    }
    rest = squeeze(_dump({"page": replace(page, blocks=()), "choices": votes, "blocks": columns}))
    return len(words).to_bytes(_HEAD, "big") + words + rest


def unpack_page(data: bytes, what: str) -> Page | None:
    """Undo `pack_page`; `what` names the owner in Damaged.

    None for whole bytes that are no page of today's shape: those of another version of `model`.
    """
    words, rest = page_words(data, what), _rest(data, what)
    try:
        return None if words is None else _page(words.split("\0")[:-1], orjson.loads(rest))
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return None


def page_words(data: bytes, what: str) -> str | None:
    """The texts of a packed page's blocks, each closed by U+0000; None and Damaged as above.

    Reads no more than that: damage to the rest of the page is not found.
    """
    if data[:_HEAD] == _SINGLE:
        unsqueeze(data, what)
        return None
    end = _HEAD + int.from_bytes(data[:_HEAD], "big")
    try:
        return unsqueeze(data[_HEAD:end], what).decode()
    except UnicodeDecodeError:
        return None


def _rest(data: bytes, what: str) -> bytes:
    if data[:_HEAD] == _SINGLE:
        return b""
    return unsqueeze(data[_HEAD + int.from_bytes(data[:_HEAD], "big") :], what)


def page_texts(data: bytes, what: str) -> list[str] | None:
    """The texts of a packed page's blocks; None and Damaged as `unpack_page`, in less time."""
    words, rest = page_words(data, what), _rest(data, what)
    return None if words is None or not rest else words.split("\0")[:-1]


def page_paths(data: bytes, what: str) -> list[str] | None:
    """The paths of a packed page's blocks and of the spans in them; None and Damaged as above."""
    try:
        columns = orjson.loads(_rest(data, what))["blocks"]
        return [*columns["path"], *(path for _, _, _, path in columns["spans"])]
    except (KeyError, TypeError, ValueError):
        return None


def _page(texts: list[str], values: dict[str, Any]) -> Page:
    page, columns = values["page"], values["blocks"]
    if page["fetched_at"] is not None:
        page["fetched_at"] = datetime.fromisoformat(page["fetched_at"])
    metadata = page["metadata"]
    for name in ("authors", "tags", "agencies"):
        metadata[name] = tuple(metadata[name])
    for name in ("asked", "systems", "flags"):
        page[name] = tuple(page[name])
    choices = [tuple(votes) for votes in values["choices"]]
    hidden = [False] * len(texts)
    for place in columns["hidden"]:
        hidden[place] = True
    spans: list[tuple[Span, ...]] = [()] * len(texts)
    for place, start, end, path in columns["spans"]:
        spans[place] += (Span(start, end, path),)
    each = zip(
        columns["path"],
        texts,
        columns["linked"],
        columns["bold"],
        hidden,
        [choices[place] for place in columns["votes"]],
        columns["score"],
        spans,
        strict=True,
    )
    page["blocks"] = tuple(starmap(Block, each))
    page["metadata"] = Metadata(**metadata)
    return Page(**page)
