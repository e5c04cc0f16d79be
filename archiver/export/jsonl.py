"""JSON Lines: one object a document, UTF-8, keys in the order of the columns; or of other corpora.

U+2028, U+2029 and U+0085 are escaped, because readers that split lines by Unicode's rules would
cut a record there. Nothing is lost: what UTF-8 cannot hold is escaped too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import orjson

from archiver.export.columns import Column, names
from archiver.export.shapes import SHAPES

LEVEL = 3  # of zstd: its default; higher ones cost more time than reading the archive
_LINE_ENDS = (
    (b"\xe2\x80\xa8", b"\\u2028"),
    (b"\xe2\x80\xa9", b"\\u2029"),
    (b"\xc2\x85", b"\\u0085"),
)


def line(row: Mapping[str, Any]) -> bytes:
    r"""One record with its line feed.

    >>> line({"text": "a\u2028b"})
    b'{"text":"a\\u2028b"}\n'
    """
    try:
        packed = orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
    except orjson.JSONEncodeError:  # a number of more than 64 bits, half a surrogate pair
        packed = _escaped(row)
    for raw, escaped in _LINE_ENDS:
        packed = packed.replace(raw, escaped)
    return packed


def _escaped(row: Mapping[str, Any]) -> bytes:
    def other(value: object) -> object:
        return orjson.loads(orjson.dumps(value, option=orjson.OPT_UTC_Z))  # a time

    return json.dumps(row, separators=(",", ":"), allow_nan=False, default=other).encode() + b"\n"


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],  # noqa: ARG001 - JSON can hold every text
    *,
    like: str = "",
) -> int:
    """Write to a stream, in the shape of `like` (a name of `SHAPES`) if given; how many rows."""
    shape = SHAPES[like].row(columns) if like else None
    ours = names(columns)
    count = 0
    for row in rows:
        out.write(line({name: row[name] for name in ours} if shape is None else shape(row)))
        count += 1
    return count


def write_zst(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
    *,
    like: str = "",
) -> int:
    """As `write`, compressed as one zstd frame with a checksum."""
    import zstandard  # noqa: PLC0415 - only here, and `line` serves commands that start in no time

    packer = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    with packer.stream_writer(out, closefd=False) as packed:
        return write(rows, packed, columns, changes, like=like)
