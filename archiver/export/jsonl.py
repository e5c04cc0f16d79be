"""JSON Lines: one object a document, UTF-8, keys in the order of the view `corpus`.

U+2028, U+2029 and U+0085 are escaped, because readers that split lines by Unicode's rules would
cut a record there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from archiver.export.whole import whole

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
        packed = json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"
    for raw, escaped in _LINE_ENDS:
        packed = packed.replace(raw, escaped)
    return packed


def stream(rows: Iterable[Mapping[str, Any]], out: BinaryIO) -> int:
    """Write every row to `out`; how many there were."""
    count = 0
    for row in rows:
        out.write(line(row))
        count += 1
    return count


def write(rows: Iterable[Mapping[str, Any]], path: Path) -> int:
    """Write a file; how many documents it holds."""
    with whole(path) as part, part.open("wb") as out:
        return stream(rows, out)
