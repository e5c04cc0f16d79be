"""The script that a text is written in, as ISO 15924 codes, from Unicode's blocks.

Blocks, not the Script property, because they decide for every letter of news text and need no
data beyond this table; characters outside it (digits, punctuation, emoji) are no evidence.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections import Counter
from functools import lru_cache

# (first, last, ISO 15924), sorted. Source: Unicode Blocks.txt; presentation forms and
# extensions are filed with their script.
_BLOCKS = (
    (0x0041, 0x005A, "Latn"),
    (0x0061, 0x007A, "Latn"),
    (0x00AA, 0x00AA, "Latn"),
    (0x00B5, 0x00B5, "Latn"),
    (0x00BA, 0x00BA, "Latn"),
    (0x00C0, 0x00D6, "Latn"),
    (0x00D8, 0x00F6, "Latn"),
    (0x00F8, 0x02AF, "Latn"),
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0531, 0x058F, "Armn"),
    (0x0591, 0x05FF, "Hebr"),
    (0x0610, 0x061A, "Arab"),
    (0x0620, 0x065F, "Arab"),
    (0x066E, 0x06D3, "Arab"),
    (0x06D5, 0x06EF, "Arab"),
    (0x06FA, 0x06FF, "Arab"),
    (0x0700, 0x074F, "Syrc"),
    (0x0750, 0x077F, "Arab"),
    (0x0780, 0x07BF, "Thaa"),
    (0x07C0, 0x07FF, "Nkoo"),
    (0x08A0, 0x08FF, "Arab"),
    (0x0900, 0x0963, "Deva"),
    (0x0966, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"),
    (0x0B00, 0x0B7F, "Orya"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"),
    (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"),
    (0x1200, 0x139F, "Ethi"),
    (0x1780, 0x17FF, "Khmr"),
    (0x1800, 0x18AF, "Mong"),
    (0x1C50, 0x1C7F, "Olck"),
    (0x1C80, 0x1C8F, "Cyrl"),
    (0x1C90, 0x1CBF, "Geor"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"),
    (0x2C60, 0x2C7F, "Latn"),
    (0x2DE0, 0x2DFF, "Cyrl"),
    (0x3041, 0x309F, "Jpan"),
    (0x30A0, 0x30FF, "Jpan"),
    (0x3130, 0x318F, "Hang"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xA640, 0xA69F, "Cyrl"),
    (0xA720, 0xA7FF, "Latn"),
    (0xA8E0, 0xA8FF, "Deva"),
    (0xAA60, 0xAA7F, "Mymr"),
    (0xABC0, 0xABFF, "Mtei"),
    (0xAC00, 0xD7AF, "Hang"),
    (0xF900, 0xFAFF, "Hani"),
    (0xFB1D, 0xFB4F, "Hebr"),
    (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFE, "Arab"),
    (0xFF21, 0xFF3A, "Latn"),
    (0xFF41, 0xFF5A, "Latn"),
    (0xFF66, 0xFF9D, "Jpan"),
    (0x11180, 0x111DF, "Shrd"),
    (0x11300, 0x1137F, "Gran"),
    (0x11480, 0x114DF, "Tirh"),
    (0x1E900, 0x1E95F, "Adlm"),
    (0x20000, 0x323AF, "Hani"),
)
_STARTS = [first for first, _, _ in _BLOCKS]
UNKNOWN = "Zyyy"  # ISO 15924: no letter decides


@lru_cache(maxsize=4096)  # more letters than a news page has, less than Unicode has
def of(character: str) -> str:
    """The script of one character, or `UNKNOWN`.

    >>> of("क"), of("5"), of("५")
    ('Deva', 'Zyyy', 'Zyyy')
    """
    at = bisect_right(_STARTS, ord(character)) - 1
    if at < 0 or ord(character) > _BLOCKS[at][1] or unicodedata.category(character)[0] == "N":
        return UNKNOWN
    return _BLOCKS[at][2]


def counts(text: str) -> Counter[str]:
    """How many letters and marks of each script stand in `text`; others are not counted."""
    found: Counter[str] = Counter()
    for character, times in Counter(text).items():
        script = of(character)
        if script != UNKNOWN:
            found[script] += times
    if "Jpan" in found and "Hani" in found:  # kana beside Han is Japanese
        found["Jpan"] += found.pop("Hani")
    return found


def main(text: str) -> str:
    """The script that most letters of `text` have; ties go by name; `UNKNOWN` without letters.

    >>> main("ಕನ್ನಡ news"), main("2025")
    ('Knda', 'Zyyy')
    """
    found = counts(text)
    return min(found, key=lambda script: (-found[script], script)) if found else UNKNOWN
