"""Text for a terminal: nothing that a page, a header or an address holds can steer it. Pure."""

from __future__ import annotations

import re

# C0 with its escape, DEL, C1 (U+009B opens a command as ESC [ does), the two separators that end a
# line for some, and what no encoding can write. A line feed would let a page write lines of its
# own among ours.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


# What turns the direction of writing around, and so could show our own words in another order
# (Boucher and Anderson 2021). Marks of direction (U+200E, U+200F) turn nothing around.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def safe(text: str) -> str:
    r"""Replace what could steer a terminal or end a line by U+FFFD; joiners and marks stay.

    What turns the direction of writing is shown by its number.

    >>> safe("a\x1b[31mb\u009b2J\nक\u200dख")
    'a\ufffd[31mb\ufffd2J\ufffdक\u200dख'
    >>> safe("a\u202eb") == "a" + chr(92) + "u202eb"
    True
    """
    text = _TURNING.sub(lambda hit: f"\\u{ord(hit[0]):04x}", text)
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def safe_json(packed: str) -> str:
    r"""JSON text with DEL and the C1 signs escaped, which JSON itself lets stand.

    >>> safe_json('{"a":"\x9b"}')
    '{"a":"\\u009b"}'
    """
    return _STEERING.sub(lambda hit: f"\\u{ord(hit[0]):04x}", packed)
