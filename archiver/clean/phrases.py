"""Rules of phrases and a page's lines in, where each phrase stands out. Context is not asked here.

All phrases of all rules are found in one pass of an automaton (Aho and Corasick, 1975) over the
match keys of the page, so the cost of a page does not grow with the number of rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import ahocorasick

from archiver.clean.lines import AROUND, MAX_LABEL, Line
from archiver.model import Rule
from archiver.text import normal
from archiver.text.prose import SENTENCES

# A wildcard runs over at most this much (chrome tables, README); `{#}` is a number.
_WILDCARD = {"{}": ".{0,60}?", "{#}": r"\d[\d.,]{0,9} ?[km]?"}
_PARTS = re.compile(r"(\{#?\})")
# Where in a line the phrases of each kind of rule may stand: they fill it, open it, close it,
# stand in it as words, or begin a word in it (names and verbs take endings).
PLACES = {
    "line": "fills",
    "from_here": "fills",
    "run": "fills",
    "above_title": "fills",
    "byline": "fills opens",
    "prefix": "opens",
    "suffix": "closes",
    "sentence": "stands",
    "closing_code": "stands",
    "caption": "fills closes",
    "promotion": "begins",
    "platform": "begins",
}
# Line edges in what the automaton reads; no match key holds either.
_OPEN, _CLOSE = "\n", "\r"


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One phrase of one rule, at one place of a line."""

    rule: str
    text: str  # as the rule has it
    place: str
    literal: str  # what the automaton looks for: the longest part without a wildcard
    tail: str  # the punctuation that a prefix keeps at its end
    expression: str = ""  # with wildcards, or a rule's own pattern; most never meet their literal


@dataclass(slots=True)
class Found:
    """Where the phrases of each rule stand, by rule id and number of the line."""

    # The phrases that fill a line less the punctuation around it.
    fills: dict[str, dict[int, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    # The end, in the key, of the longest phrase that opens a line and ends with a word.
    opens: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    # The same where the word goes on behind the phrase: another word, unless markup parts them.
    glued: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    # The start, in the key, of the longest phrase that closes a line and begins with a word.
    closes: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    # The spans, in the key, of phrases that stand in a line.
    stands: dict[str, dict[int, list[tuple[int, int]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def rules(self) -> frozenset[str]:
        """The ids of all rules of which a phrase stands anywhere."""
        return frozenset().union(self.fills, self.opens, self.glued, self.closes, self.stands)

    def _add(self, phrase: _Phrase, number: int, line: Line, start: int, end: int) -> None:
        match phrase.place:
            case "fills":
                self.fills[phrase.rule].setdefault(number, []).append(phrase.text)
            case "opens":
                ends = (self.glued if line.cuts_word(end) else self.opens)[phrase.rule]
                ends[number] = max(end, ends.get(number, 0))
            case "closes" if not line.cuts_word(start):
                starts = self.closes[phrase.rule]
                starts[number] = min(start, starts.get(number, start))
            case "stands" if not (line.cuts_word(start) or line.cuts_word(end)):
                self.stands[phrase.rule].setdefault(number, []).append((start, end))
            case "begins" if not line.cuts_word(start) and not _goes_on(line.key, end):
                self.stands[phrase.rule].setdefault(number, []).append((start, end))


def _goes_on(key: str, end: int) -> bool:
    """Whether an ASCII word goes on: a Latin name takes no endings, "app" begins "apple"."""
    pair = key[end - 1 : end + 1]
    return len(pair) > 1 and pair.isascii() and pair.isalpha()


def places(rule: Rule) -> tuple[str, ...]:
    """Where in a line the phrases of a rule may stand: fills, opens, closes, stands, begins."""
    return tuple(PLACES.get(rule.kind, "").split())


def longest_literal(phrase: str) -> str:
    """The longest part of a phrase without a wildcard, as a match key without what is around it.

    >>> longest_literal("By {} Staff:")
    ' staff'
    """
    parts = (part for part in _PARTS.split(bare(phrase)) if part not in _WILDCARD)
    return max(parts, key=len)


def _expression(phrase: str) -> str:
    return "".join(_WILDCARD.get(part) or re.escape(part) for part in _PARTS.split(phrase))


@lru_cache(maxsize=1 << 14)
def bare(phrase: str) -> str:
    """The match key of a phrase without the punctuation around it."""
    return normal.key(normal.nfc(phrase)).strip(AROUND)


@lru_cache(maxsize=1 << 14)  # most packs act with many others
def _phrase(rule: str, text: str, place: str) -> _Phrase:
    """A phrase, ready for the automaton.

    A prefix keeps the punctuation at its end: "और पढ़ें:" opens a teaser where "और पढ़ें, ..."
    opens a sentence.
    """
    whole = normal.key(normal.nfc(text)).lstrip(AROUND)
    key = whole.rstrip(AROUND)
    tail = whole[len(key) :].strip() if place == "opens" else ""
    edged = (_OPEN if place in {"fills", "opens"} else "") + key
    edged += _CLOSE if place in {"fills", "closes"} else ""
    parts = [part for part in _PARTS.split(edged) if part not in _WILDCARD]
    literal = max(parts, key=len)
    expression = ""
    if len(parts) > 1:
        expression = _expression(key) + (rf" ?{re.escape(tail)}" if tail else "")
    return _Phrase(rule, text, place, literal, tail, expression)


def _matches(phrase: _Phrase, line: Line) -> Iterator[tuple[int, int]]:
    """The spans, in the key, at which an expression stands at its phrase's place."""
    if not phrase.expression:
        return
    expression, key = _compiled(phrase.expression), line.key
    if phrase.place == "fills":
        if len(line.body) <= 4 * MAX_LABEL and expression.fullmatch(line.body):
            yield line.lead, line.lead + len(line.body)
    elif phrase.place == "opens":
        hit = expression.match(key, line.lead, line.lead + 4 * MAX_LABEL)
        if hit and hit.end() > line.lead:
            yield hit.span()
    elif phrase.place == "closes":
        closing = _compiled(rf"(?:{phrase.expression})[{re.escape(AROUND)}]*\Z")
        at = max(0, len(key) - 4 * MAX_LABEL)  # no phrase is longer; a line may be a whole page
        while hit := closing.search(key, at):
            if not line.cuts_word(hit.start()):
                yield hit.start(), len(key)
                return
            at = hit.start() + 1
    else:
        for part in SENTENCES.finditer(key):  # a sentence holds the words, not a paragraph
            end = min(part.end(), part.start() + 4 * MAX_LABEL)
            hits = expression.finditer(key, part.start(), end)
            yield from (hit.span() for hit in hits if hit.end() > hit.start())


_compiled = lru_cache(maxsize=1 << 12)(re.compile)


class Matcher:
    """The phrases of some rules, ready to be found."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Build the automaton of these rules' phrases."""
        self._by_literal: dict[str, list[_Phrase]] = defaultdict(list)
        self._patterns: list[_Phrase] = []
        self.rules = tuple(rules)
        for rule in self.rules:
            for place in places(rule):
                if rule.pattern:
                    own = normal.nfc(rule.pattern)
                    self._patterns.append(_Phrase(rule.id, rule.pattern, place, "", "", own))
                for text in filter(bare, rule.phrases):
                    phrase = _phrase(rule.id, text, place)
                    self._by_literal[phrase.literal].append(phrase)

    @cached_property
    def _automaton(self) -> ahocorasick.Automaton:
        automaton = ahocorasick.Automaton()
        for literal, phrases in self._by_literal.items():
            automaton.add_word(literal, (len(literal), tuple(phrases)))
        automaton.make_automaton()
        return automaton

    def find(self, lines: Sequence[Line]) -> Found:
        """Where the phrases stand in these lines."""
        found = Found()
        for phrase in self._patterns:
            for number, line in enumerate(lines):
                for start, end in _matches(phrase, line):
                    found._add(phrase, number, line, start, end)  # noqa: SLF001 - one module
        tried: set[tuple[int, int]] = set()
        for phrase, number, start, end in self._literals(lines):
            if not phrase.expression:
                _place(found, phrase, number, lines[number], start, end)
            elif (number, id(phrase)) not in tried:
                tried.add((number, id(phrase)))
                for span in _matches(phrase, lines[number]):
                    found._add(phrase, number, lines[number], *span)  # noqa: SLF001
        return found

    def _literals(self, lines: Sequence[Line]) -> Iterator[tuple[_Phrase, int, int, int]]:
        """What the automaton finds: a phrase, the number of a line, and a span of its key."""
        if not self._by_literal:
            return
        starts, at = [], 0
        for line in lines:
            starts.append(at)
            at += len(line.body) + 2
        read = "".join([f"{_OPEN}{line.body}{_CLOSE}" for line in lines])
        for last, (length, phrases) in self._automaton.iter(read):
            number = bisect_right(starts, last) - 1
            # The opening edge is no code point of the body.
            end = lines[number].lead + last - starts[number]
            for phrase in phrases:
                yield phrase, number, end - length, end


def _place(found: Found, phrase: _Phrase, number: int, line: Line, start: int, end: int) -> None:
    """Note a literal that the automaton found in the key, the edges that it asks for counted in."""
    if phrase.place == "fills":
        start, end = line.lead, line.lead + len(line.body)
    elif phrase.place == "closes":
        end = len(line.key)
    elif phrase.place == "opens":
        start = line.lead
    if phrase.tail:
        rest = line.key[end:].lstrip(" ")
        if not rest.startswith(phrase.tail):
            return
        end = len(line.key) - len(rest) + len(phrase.tail)
    found._add(phrase, number, line, start, end)  # noqa: SLF001 - one module


@lru_cache(maxsize=64)
def matcher(rules: tuple[Rule, ...]) -> Matcher:
    """The matcher of these rules; those of one language are the same from page to page."""
    return Matcher(rules)
