"""What a format cannot hold, replaced and counted. Text in, text out.

The archive's own texts have neither U+0000 nor halves of surrogate pairs (`archive/packing`), but
a format must not fail, nor write what no reader takes, whatever comes.
"""

from __future__ import annotations

import re
from collections import Counter

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# The Char production of XML 1.0, turned round (https://www.w3.org/TR/xml/#charsets).
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NO_NUL = re.compile("[\x00\ud800-\udfff]")
_HALVES = re.compile("[\ud800-\udfff]")
_SAID = "characters that the format cannot hold, written as U+FFFD"


def unicode_only(text: str, changes: Counter[str]) -> str:
    r"""The text without halves of surrogate pairs, which UTF-8 cannot hold.

    >>> counted = Counter()
    >>> unicode_only("a\ud800", counted), counted.total()
    ('a�', 1)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return mended(text, _HALVES, changes)
    return text


def mended(text: str, barred: re.Pattern[str], changes: Counter[str]) -> str:
    """The text with U+FFFD for each character that is barred; `changes` counts them."""
    if barred.search(text) is None:
        return text
    found, count = barred.subn(REPLACEMENT, text)
    changes[_SAID] += count
    return found
