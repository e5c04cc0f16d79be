"""Words with where they stand in their text: words and gaps joined are the text. Pure.

A text in, pieces or spans (code points) out; nothing is folded or dropped.

The words are those of UAX #29, marks and joiners with the letters before them, but in two points.
What has no blanks between words and no dictionary here (Thai, Lao, Khmer, Burmese) is cut at every
letter with its marks, as Han is at every character: a phrase of such pieces finds any word. Points
and apostrophes always part: "3.14" is two words, and two words in a row find it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from archiver.text.normal import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

# Each character's part in a word: (l)etter or number; (m)ark or joiner, which belong to what stands
# before them; another sign that is not (s)een; a letter that is a word by itself (o); or none (-).
_LETTER, _MARK, _UNSEEN, _ALONE, _NONE = "lmso-"
_JOINERS = "\u200c\u200d"
_ZERO_WIDTH_SPACE = "\u200b"  # category Cf, but parts words: that is its use (UAX #14)
# The numerator four of Bengali currency looks like a danda, and much Bengali text has it for one.
_TYPED_DANDA = "\u09f7"

# Han and Hiragana, as UAX #29 has them; then the scripts of its section 4.1 that need a dictionary.
# Source of the ranges: Unicode Blocks.txt.
_WITHOUT_BLANKS = re.compile(
    "[々-〇〡-〩ぁ-ゖゝ-ゟ\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
    "\u0e01-\u0e5b\u0e80-\u0eff\u1000-\u109f\u1780-\u17ff\ua9e0-\ua9ff\uaa60-\uaa7f]"
)


def _part(character: str) -> str:
    category = unicodedata.category(character)
    if category[0] == "M" or character in _JOINERS:
        return _MARK
    if character == _TYPED_DANDA:
        return _NONE
    if category[0] == "N" or category == "Co":  # private use: letters of fonts without a code
        return _LETTER
    if category[0] == "L":
        return _ALONE if _WITHOUT_BLANKS.match(character) else _LETTER
    return _UNSEEN if category == "Cf" and character != _ZERO_WIDTH_SPACE else _NONE


_PARTS = Table(_part)
_WORD = re.compile("[lm](?:[lms]*[lm])?|o(?:[ms]*m)?")


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of `text` stand: start and end, in order.

    >>> word_spans("किताब, कुतुब-मीनार")
    [(0, 5), (7, 12), (13, 18)]
    >>> [("မြန်မာ"[a:b]) for a, b in word_spans("မြန်မာ")]
    ['မြ', 'န်', 'မာ']
    """
    return [found.span() for found in _WORD.finditer(text.translate(_PARTS))]


def words_and_gaps(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a word; joined they are the text.

    >>> list(words_and_gaps("और पढ़ें!"))
    [('और', True), (' ', False), ('पढ़ें', True), ('!', False)]
    """
    last = 0
    for start, end in word_spans(text):
        if last < start:
            yield text[last:start], False
        yield text[start:end], True
        last = end
    if last < len(text):
        yield text[last:], False
