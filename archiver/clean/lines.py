"""A block's text as a line: with its match key, and the way back from the key to the text."""

from __future__ import annotations

from archiver.text import normal
from archiver.text.prose import is_word_character

# What may stand around a phrase that is a whole line (chrome tables, `exact_line`); the visarga
# is typed for a colon in Bengali.
AROUND = " \t:-|•·»«›‹*>.…✦▶►ঃ"
# A label or a teaser's headline, in letters: longer lines are read as text.
MAX_LABEL = 120


class Line:
    """A block's text with its match key and the way back from the key to the text.

    `body` is the key less the punctuation around it.
    """

    __slots__ = ("_offsets", "body", "key", "text")

    def __init__(self, text: str, key: str | None = None) -> None:
        """Take in a text, NFC, and its match key where that is known."""
        self.text = text
        self.key = normal.key(text) if key is None else key
        self.body = self.key.strip(AROUND)
        self._offsets: list[int] = []

    @property
    def lead(self) -> int:
        """How many code points of the key stand before the body."""
        return len(self.key) - len(self.key.lstrip(AROUND))

    @property
    def offsets(self) -> list[int]:
        """Where in the text each code point of the key comes from."""
        if not self._offsets:
            self._offsets = normal.offsets(self.text)
        return self._offsets

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that a stretch of the key stands for."""
        return self.offsets[start], self.offsets[end]

    def cuts_word(self, at: int) -> bool:
        """Whether the key's position `at` stands inside a word of the text."""
        if not 0 < at < len(self.key) or not is_word_character(self.key[at]):
            return False
        if is_word_character(self.key[at - 1]):
            return True
        return (
            "\u200c" in self.text and "\u200c" in self.text[self.offsets[at - 1] : self.offsets[at]]
        )
