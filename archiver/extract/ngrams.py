"""Runs of letters as numbers of buckets: a text and its script in, an array out.

What the statistical table of languages counts. A word is a run of letters of the one script;
each of its runs of one to five letters, its two ends counted as letters, has a bucket by a
hash (the hashing trick: Weinberger et al. 2009), so the table has a size and no dictionary.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

from archiver.text import normal, scripts

BITS = 14  # the buckets: 2 ** BITS; with twice as many no group gained
LONGEST = 5  # letters of a run; function words are seldom longer
# Format characters and variation selectors: joiners and marks of direction are typed or left out
# at will, so they are no evidence. Sources: Unicode's categories Cf; VS1 to VS16.
_UNSEEN = re.compile(
    r"[\xad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]"
)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[^\s@]{1,64}@\S+|[@#]\S+|&\w{1,8};")
# Odd numbers with bits all over, from xxHash (Y. Collet, BSD); the mixing is MurmurHash3's idea.
_FACTORS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1], np.uint32)
_MIX = np.uint32(0x2C1B3C6D)


def plain(text: str) -> str:
    r"""The words alone, in NFC: no address, hashtag, joiner or mark of direction.

    >>> plain("क्\u200dष www.a.example/b")
    'क्ष  '
    """
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            text = normal.nfc(text)
        text = _UNSEEN.sub("", text)
    if any(sign in text for sign in ("/", "@", "#", "&", "www.")):
        text = _ADDRESS.sub(" ", text)
    return text


def words(text: str, script: str) -> NDArray[np.uint32]:
    """The letters of `script` in `plain` text, a zero before, between and after its words."""
    points = scripts.points(text.lower())
    letters = np.zeros(len(points) + 2, np.uint32)
    letters[1:-1] = points
    letters[1:-1][scripts.numbers(points) != scripts.NAMES.index(script)] = 0
    kept: NDArray[np.bool_] = letters != 0
    kept[1:] |= letters[:-1] != 0  # of the signs between two words one is enough
    kept[0] = True
    return np.asarray(letters[kept])


def buckets(letters: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.intp]]:
    """The bucket of each run of letters, and where in `letters` (of `words`) the run starts."""
    ends = letters == 0
    whole = ~ends  # no end of a word inside the run
    hashed = np.zeros(len(letters), np.uint32)
    found, places = [], []
    for length in range(1, min(LONGEST, len(letters)) + 1):
        count = len(letters) - length + 1
        hashed = hashed[:count] + (letters[length - 1 :] + np.uint32(1)) * _FACTORS[length - 1]
        if length > 2:  # noqa: PLR2004 - its first and last letter may be ends
            whole = whole[:count] & ~ends[length - 2 : length - 2 + count]
        elif length == 2:  # noqa: PLR2004 - the same
            whole = np.ones(count, bool)
        starts = np.flatnonzero(whole)
        found.append(hashed[starts])
        places.append(starts)
    mixed = np.concatenate(found)
    mixed = (mixed ^ (mixed >> np.uint32(15))) * _MIX
    return (mixed ^ (mixed >> np.uint32(13))) >> np.uint32(32 - BITS), np.concatenate(places)
