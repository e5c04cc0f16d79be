"""A line of a page and the phrases of a rule in, where they meet out. Context is not asked here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from archiver.model import Rule
from archiver.text import normal
from archiver.text.prose import is_word_character

# What may stand around a phrase that is a whole line (chrome tables, `exact_line`); the visarga
# is typed for a colon in Bengali.
AROUND = " \t:-|•·»«›‹*>.…✦▶►ঃ"
# A label or a teaser's headline, in letters: longer lines are read as text.
MAX_LABEL = 120
# A wildcard of a phrase runs over at most this much (chrome tables, README).
_WILDCARD = ".{0,60}?"


@dataclass(frozen=True)
class Line:
    """A block's text with its match key and the way back from the key to the text."""

    text: str

    @cached_property
    def key(self) -> str:
        """The match key."""
        return normal.key(self.text)

    @cached_property
    def offsets(self) -> list[int]:
        """Where in the text each code point of the key comes from."""
        return normal.offsets(self.text)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that a stretch of the key stands for."""
        return self.offsets[start], self.offsets[end]

    def cuts_word(self, at: int) -> bool:
        """Whether the key's position `at` stands inside a word of the text."""
        if not 0 < at < len(self.key):
            return False
        before, after = self.key[at - 1], self.key[at]
        joined = "\u200c" in self.text[self.offsets[at - 1] : self.offsets[at]]
        return is_word_character(after) and (is_word_character(before) or joined)


def _regex(phrase: str, kind: str) -> str:
    """A phrase as an expression over match keys, without the punctuation around it.

    A prefix keeps its own: "और पढ़ें:" opens a teaser where "और पढ़ें, ..." opens a sentence.
    """
    whole = normal.key(normal.nfc(phrase)).lstrip(AROUND)
    bare = whole.rstrip(AROUND)
    expression = _WILDCARD.join(re.escape(part) for part in bare.split("{}"))
    colon = whole[len(bare) :].strip() if kind == "prefix" else ""
    return expression + (rf" ?{re.escape(colon)}" if colon else "")


@cache
def compiled(rule: Rule) -> re.Pattern[str]:
    """A rule's phrases, or its pattern, as one expression over match keys."""
    if rule.pattern:
        return re.compile(normal.nfc(rule.pattern))
    # Longest first: of two phrases that begin alike the longer one is meant.
    longest = sorted(rule.phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(f"(?:{_regex(phrase, rule.kind)})" for phrase in longest) or r"(?!)")


@cache
def _closing(rule: Rule) -> re.Pattern[str]:
    """The same expression where nothing but punctuation follows to the end of the line."""
    return re.compile(rf"(?:{compiled(rule).pattern})[{re.escape(AROUND)}]*\Z")


def is_line(line: Line, rule: Rule) -> bool:
    """Whether a phrase of the rule is the whole line, less punctuation around it."""
    if len(line.text) > 4 * MAX_LABEL:
        return False
    return compiled(rule).fullmatch(line.key.strip(AROUND)) is not None


def opens_line(line: Line, rule: Rule) -> int:
    """The end, in the key, of a phrase that opens the line and ends with a word; 0 if none."""
    start = len(line.key) - len(line.key.lstrip(AROUND))
    hit = compiled(rule).match(line.key, start)
    return hit.end() if hit and hit.end() > start and not line.cuts_word(hit.end()) else 0


def closing(shown: Line, rule: Rule) -> tuple[int, int] | None:
    """The span, in the text, of a phrase that closes the line and begins with a word."""
    at = max(0, len(shown.key) - 4 * MAX_LABEL)  # no phrase is longer; a line may be a whole page
    while hit := _closing(rule).search(shown.key, at):
        if not shown.cuts_word(hit.start()):
            return shown.span(hit.start(), len(shown.key))
        at = hit.start() + 1
    return None
