"""Values in, bytes out, and back: marks, pages, JSON columns; the one place that mends strings.

Pure. Comes in: frozen values of `archiver.model`, plain JSON values, bytes. Goes out: zstd frames,
JSON text, digests; equal values give equal bytes under one zstd version. Never touches a database.
"""

from __future__ import annotations

import re
from dataclasses import asdict, is_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
import zstandard

from archiver.errors import Damaged
from archiver.model import Block, Mark, Metadata, Page, Span

LEVEL = 3  # of zstd; higher ones cost the fetch loop more time than they save space
ENCODING = "zstd"  # the name of this encoding in `body_store`

# PostgreSQL stores no U+0000 in text, UTF-8 no lone surrogate; either would fail at the driver.
_UNSOUND = re.compile("[\x00\ud800-\udfff]")


def sound(text: str) -> str:
    r"""Replace U+0000 and lone surrogates by U+FFFD; the length, and so every offset, stays.

    >>> sound("a\x00b\ud800")
    'a�b�'
    """
    return _UNSOUND.sub("\N{REPLACEMENT CHARACTER}", text)


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


def squeeze(data: bytes) -> bytes:
    """One zstd frame with content size and checksum, so that a flipped bit is found."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(data)


def unsqueeze(frame: bytes, what: str) -> bytes:
    """Undo `squeeze`. Raises Damaged, which names `what`, where the frame is not whole."""
    try:
        checked = zstandard.get_frame_parameters(frame).has_checksum
        data = zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
    except (zstandard.ZstdError, MemoryError):
        checked, data = False, b""
    # A bit flipped in the header can switch the checksum off or declare the content empty.
    if not checked or (not data and frame != squeeze(b"")):
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


def pack_page(page: Page) -> bytes:
    """Pack a page, every field of it."""
    return squeeze(_dump(page))


def unpack_page(frame: bytes, what: str) -> Page | None:
    """Undo `pack_page`; `what` names the owner in Damaged.

    None for whole bytes that are no page of today's shape: those of another version of `model`.
    """
    packed = unsqueeze(frame, what)
    try:
        return _page(orjson.loads(packed))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _page(values: dict[str, Any]) -> Page:
    if values["fetched_at"] is not None:
        values["fetched_at"] = datetime.fromisoformat(values["fetched_at"])
    metadata = values["metadata"]
    metadata["authors"] = tuple(metadata["authors"])
    metadata["tags"] = tuple(metadata["tags"])
    for block in values["blocks"]:
        block["votes"] = tuple(block["votes"])
        block["spans"] = tuple(Span(**span) for span in block["spans"])
    values["blocks"] = tuple(Block(**block) for block in values["blocks"])
    values["metadata"] = Metadata(**metadata)
    values["asked"] = tuple(values["asked"])
    values["systems"] = tuple(values["systems"])
    values["flags"] = tuple(values["flags"])
    return Page(**values)
