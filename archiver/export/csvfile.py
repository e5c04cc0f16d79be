"""CSV as RFC 4180 has it, UTF-8, with a header; safe to open in a spreadsheet.

A spreadsheet runs a cell that begins with a sign of a formula (OWASP, CSV Injection). Such a field
gets an apostrophe in front, and so does one that begins with an apostrophe: taking one away from
every field that begins with it gives back the text. Every text stands in quotes, since a
spreadsheet that parts fields at another sign would see a cell's beginning in the middle of one.
An empty field without quotes is null, one in quotes an empty text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

from archiver.export.columns import Column, flat
from archiver.export.mending import unicode_only

BOM = b"\xef\xbb\xbf"  # spreadsheets take a file without it for one of an older code page
# The signs, wide ones too, behind whatever shows as nothing; and what some programs drop in front.
_FORMULA = re.compile(
    "[\t\r\n']|[\\s\x00-\x1f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+@\\-＝＋＠－]"
)
_SAID = "fields with an apostrophe in front, so that no spreadsheet takes them for formulas"


def guarded(text: str) -> str:
    """The field, harmless.

    >>> [guarded(field) for field in ("=1+1", "'s", "rain")]
    ["'=1+1", "''s", 'rain']
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(field: str) -> str:
    """The text of a field.

    >>> unguarded(guarded("'=1"))
    "'=1"
    """
    return field.removeprefix("'")


def write(
    rows: Iterable[Mapping[str, Any]],
    out: BinaryIO,
    columns: Sequence[Column],
    changes: Counter[str],
    *,
    bom: bool = False,
    raw: bool = False,
) -> int:
    """Write to a stream, with `raw` the texts as they are; how many rows."""
    out.write(BOM if bom else b"")
    out.write(",".join(column.name for column in columns).encode() + b"\r\n")
    count = 0
    for row in rows:
        fields = []
        for column in columns:
            value = flat(column, row[column.name])
            if not isinstance(value, str):
                fields.append("" if value is None else str(value))
                continue
            text = unicode_only(value, changes)
            if not raw and _FORMULA.match(text):
                text = guarded(text)
                changes[_SAID] += 1
            fields.append('"' + text.replace('"', '""') + '"')
        out.write((",".join(fields) + "\r\n").encode())
        count += 1
    return count
