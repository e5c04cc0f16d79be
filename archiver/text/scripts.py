"""The script that a text is written in, as ISO 15924 codes, from Unicode's blocks.

Blocks, not the Script property, because they decide for every letter of news text and need no
data beyond this table; characters outside it (digits, punctuation, emoji) are no evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

import numpy as np
from numpy.typing import NDArray

# (first, last, ISO 15924), sorted. Source: Unicode Blocks.txt; presentation forms and
# extensions are filed with their script. Marks that Unicode says to be of any script
# (Arabic's vowel signs, the Vedic accents) are filed with the block that they stand in.
_BLOCKS = (
    (0x0041, 0x005A, "Latn"),
    (0x0061, 0x007A, "Latn"),
    (0x00AA, 0x00AA, "Latn"),
    (0x00BA, 0x00BA, "Latn"),
    (0x00C0, 0x00D6, "Latn"),
    (0x00D8, 0x00F6, "Latn"),
    (0x00F8, 0x02AF, "Latn"),
    (0x02B0, 0x02B8, "Latn"),
    (0x02E0, 0x02E4, "Latn"),
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
    (0x0860, 0x086F, "Syrc"),
    (0x0870, 0x089F, "Arab"),
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
    (0x1900, 0x194F, "Limb"),
    (0x1C00, 0x1C4F, "Lepc"),
    (0x1C50, 0x1C7F, "Olck"),
    (0x1C80, 0x1C8F, "Cyrl"),
    (0x1C90, 0x1CBF, "Geor"),
    (0x1D00, 0x1D25, "Latn"),
    (0x1D26, 0x1D2A, "Grek"),
    (0x1D2B, 0x1D2B, "Cyrl"),
    (0x1D2C, 0x1D5C, "Latn"),
    (0x1D62, 0x1D65, "Latn"),
    (0x1D6B, 0x1D77, "Latn"),
    (0x1D79, 0x1DBE, "Latn"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"),
    (0x2071, 0x2071, "Latn"),
    (0x207F, 0x207F, "Latn"),
    (0x2090, 0x209C, "Latn"),
    (0x2126, 0x2126, "Grek"),
    (0x212A, 0x212B, "Latn"),
    (0x2C60, 0x2C7F, "Latn"),
    (0x2D00, 0x2D2F, "Geor"),
    (0x2D80, 0x2DDF, "Ethi"),
    (0x2DE0, 0x2DFF, "Cyrl"),
    (0x3005, 0x3005, "Hani"),
    (0x3041, 0x309F, "Jpan"),
    (0x30A0, 0x30FF, "Jpan"),
    (0x3130, 0x318F, "Hang"),
    (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"),
    (0xA640, 0xA69F, "Cyrl"),
    (0xA720, 0xA7FF, "Latn"),
    (0xA800, 0xA82F, "Sylo"),
    (0xA880, 0xA8DF, "Saur"),
    (0xA8E0, 0xA8FF, "Deva"),
    (0xA960, 0xA97F, "Hang"),
    (0xA9E0, 0xA9FF, "Mymr"),
    (0xAA60, 0xAA7F, "Mymr"),
    (0xAAE0, 0xAAFF, "Mtei"),
    (0xAB01, 0xAB2F, "Ethi"),
    (0xAB30, 0xAB64, "Latn"),
    (0xAB66, 0xAB69, "Latn"),
    (0xABC0, 0xABFF, "Mtei"),
    (0xAC00, 0xD7AF, "Hang"),
    (0xD7B0, 0xD7FF, "Hang"),
    (0xF900, 0xFAFF, "Hani"),
    (0xFB00, 0xFB06, "Latn"),
    (0xFB13, 0xFB17, "Armn"),
    (0xFB1D, 0xFB4F, "Hebr"),
    (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFE, "Arab"),
    (0xFF21, 0xFF3A, "Latn"),
    (0xFF41, 0xFF5A, "Latn"),
    (0xFF66, 0xFF9D, "Jpan"),
    (0x10D00, 0x10D3F, "Rohg"),
    (0x11000, 0x1107F, "Brah"),
    (0x11080, 0x110CF, "Kthi"),
    (0x110D0, 0x110FF, "Sora"),
    (0x11100, 0x1114F, "Cakm"),
    (0x11180, 0x111DF, "Shrd"),
    (0x11200, 0x1124F, "Khoj"),
    (0x11280, 0x112AF, "Mult"),
    (0x112B0, 0x112FF, "Sind"),
    (0x11300, 0x1137F, "Gran"),
    (0x11400, 0x1147F, "Newa"),
    (0x11480, 0x114DF, "Tirh"),
    (0x11600, 0x1165F, "Modi"),
    (0x11680, 0x116CF, "Takr"),
    (0x11800, 0x1184F, "Dogr"),
    (0x118A0, 0x118FF, "Wara"),
    (0x119A0, 0x119FF, "Nand"),
    (0x11B00, 0x11B5F, "Deva"),
    (0x11D00, 0x11D5F, "Gonm"),
    (0x11D60, 0x11DAF, "Gong"),
    (0x16A40, 0x16A6F, "Mroo"),
    (0x1E4D0, 0x1E4FF, "Nagm"),
    (0x1E900, 0x1E95F, "Adlm"),
    (0x1EE00, 0x1EEFF, "Arab"),
    (0x20000, 0x323AF, "Hani"),
)
UNKNOWN = "Zyyy"  # ISO 15924: no letter decides
# The scripts by their number in `TABLE`.
NAMES = (UNKNOWN, *sorted({script for _, _, script in _BLOCKS}))


def _table() -> NDArray[np.uint8]:
    """The number of each code point's script; the last entry is that of all beyond."""
    table = np.zeros(_BLOCKS[-1][1] + 2, np.uint8)
    for first, last, script in _BLOCKS:
        table[first : last + 1] = NAMES.index(script)
        if script not in {"Hani", "Hang"}:  # many, and no digit among them
            for point in range(first, last + 1):
                if unicodedata.category(chr(point))[0] == "N":
                    table[point] = 0
    return table


TABLE = _table()
_ASCII_LETTER = re.compile("[A-Za-z]")


def points(text: str) -> NDArray[np.uint32]:
    """The code points of `text`, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.dtype("<u4"))


def numbers(points: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The number in `NAMES` of each code point's script, 0 for what is no letter."""
    return TABLE.take(points, mode="clip")


def of(character: str) -> str:
    """The script of one character, or `UNKNOWN`.

    >>> of("क"), of("5"), of("५")
    ('Deva', 'Zyyy', 'Zyyy')
    """
    return NAMES[int(TABLE[min(ord(character), len(TABLE) - 1)])]


def counts(text: str) -> Counter[str]:
    """How many letters and marks of each script stand in `text`; others are not counted."""
    of_each = np.bincount(numbers(points(text)), minlength=1)
    found = Counter({NAMES[at]: count for at, count in enumerate(of_each.tolist()) if at and count})
    if "Jpan" in found and "Hani" in found:  # kana beside Han is Japanese
        found["Jpan"] += found.pop("Hani")
    return found


def main(text: str) -> str:
    """The script that most letters of `text` have; ties go by name; `UNKNOWN` without letters.

    >>> main("ಕನ್ನಡ news"), main("2025")
    ('Knda', 'Zyyy')
    """
    if text.isascii():  # much of what is asked about, and one script has all its letters
        return "Latn" if _ASCII_LETTER.search(text) else UNKNOWN
    found = counts(text)
    return min(found, key=lambda script: (-found[script], script)) if found else UNKNOWN
