"""The kinds of rule: each a small pure function from a page and a rule to marks.

Every kind sees the original blocks, never another rule's marks, so the order of rules cannot
matter. To add a kind: one function here, one line in `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from archiver.clean import selectors
from archiver.clean.decide import is_heading, is_linked, is_paragraph
from archiver.model import Block, Mark, Page, Rule
from archiver.text import dates, normal
from archiver.text.prose import STOPS, ends_sentence, is_word_character, words

# What may stand around a phrase that is a whole line (chrome tables, `exact_line`); the visarga
# is typed for a colon in Bengali.
_AROUND = " \t:-|•·»«›‹*>.…✦▶►ঃ"
# A label or a teaser's headline, in letters: longer lines are read as text.
MAX_LABEL = 120
# A wildcard of a phrase runs over at most this much (chrome tables, README).
_WILDCARD = ".{0,60}?"
# A sentence with its stops, the quotes that close it and the blanks after it.
_SENTENCES = re.compile(rf"[^{re.escape(STOPS)}]*[{re.escape(STOPS)}]*[\"'”’»)\]]*\s*")


@dataclass(frozen=True)
class Line:
    """A block's text with its match key and the way back from the key to the text."""

    text: str

    @cached_property
    def _keyed(self) -> tuple[str, list[int]]:
        return normal.keyed(self.text)

    @property
    def key(self) -> str:
        """The match key."""
        return self._keyed[0]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that a stretch of the key stands for."""
        offsets = self._keyed[1]
        return offsets[start], offsets[end]

    def cuts_word(self, at: int) -> bool:
        """Whether the key's position `at` stands inside a word of the text."""
        if not 0 < at < len(self.key):
            return False
        before, after = self.key[at - 1], self.key[at]
        joined = "\u200c" in self.text[self._keyed[1][at - 1] : self._keyed[1][at]]
        return is_word_character(after) and (is_word_character(before) or joined)


class Sight:
    """A page as the rules see it: its blocks, which of them are main, and where prose stands."""

    def __init__(self, page: Page, main: frozenset[int]) -> None:
        """Lay the page out for the rules; `main` are the numbers of its main blocks."""
        self.page = page
        self.main = main
        self.lines = [Line(block.text) for block in page.blocks]
        self.paragraphs = [at for at in sorted(main) if is_paragraph(page.blocks[at])]

    @property
    def language(self) -> str:
        """The primary language subtag of the page."""
        return self.page.language.partition("-")[0]

    @cached_property
    def title_key(self) -> str:
        """The headline's match key without the punctuation around it; empty if there is none."""
        return normal.key(self.page.metadata.title or "").strip(_AROUND)

    @cached_property
    def titles(self) -> list[int]:
        """The blocks that are the headline and nothing else."""
        if not self.title_key:
            return []
        return [at for at, line in enumerate(self.lines) if line.key.strip(_AROUND) == self.title_key]

    @cached_property
    def summary(self) -> int | None:
        """An opening paragraph whose every sentence stands word for word in one that follows."""
        if len(self.paragraphs) < 2:
            return None
        first, later = self.paragraphs[0], self.paragraphs[1:]
        stated = [normal.key(part) for part in _SENTENCES.findall(self.lines[first].text)]
        keys = [key for key in stated if key]
        below = [self.lines[at].key for at in later]
        return first if any(all(key in text for key in keys) for text in below) else None

    def inside(self, at: int) -> bool:
        """Whether a block stands between the headline and the end of the last paragraph."""
        if not self.main:
            return False
        first = min(self.main)
        above = [title for title in self.titles if title <= first]
        return (max(above) if above else first) <= at <= max(self.main)

    def whole(self, at: int, rule: Rule) -> Mark:
        """A mark over all of block `at`."""
        return Mark(at, 0, len(self.page.blocks[at].text), rule.id, rule.label)

    def in_context(self, at: int) -> bool:
        """Whether something besides its words says that a line is chrome.

        It is linked, or stands after the last paragraph, or among three or more short lines.
        """
        block = self.page.blocks[at]
        if at not in self.main or is_linked(block):
            return True
        if not self.paragraphs or at > self.paragraphs[-1]:
            return True
        around = range(max(0, at - 2), min(len(self.page.blocks), at + 3))
        short = [_is_label(self.page.blocks[near]) for near in around]
        return any(all(short[start : start + 3]) for start in range(len(short) - 2))


def _is_label(block: Block) -> bool:
    return len(block.text) <= MAX_LABEL and (is_linked(block) or not ends_sentence(block.text))


def _regex(phrase: str) -> str:
    parts = normal.key(normal.nfc(phrase)).strip(_AROUND).split("{}")
    return _WILDCARD.join(re.escape(part) for part in parts)


@cache
def _compiled(rule: Rule) -> re.Pattern[str]:
    """A rule's phrases, or its pattern, as one expression over match keys."""
    if rule.pattern:
        return re.compile(normal.nfc(rule.pattern))
    # Longest first: of two phrases that begin alike the longer one is meant.
    longest = sorted(rule.phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(f"(?:{_regex(phrase)})" for phrase in longest) or r"(?!)")


def is_line(line: Line, rule: Rule) -> bool:
    """Whether a phrase of the rule is the whole line, less punctuation around it."""
    if len(line.text) > 4 * MAX_LABEL:
        return False
    return _compiled(rule).fullmatch(line.key.strip(_AROUND)) is not None


def opens_line(line: Line, rule: Rule) -> int:
    """The end, in the key, of a phrase that opens the line and ends with a word; 0 if none."""
    start = len(line.key) - len(line.key.lstrip(_AROUND))
    hit = _compiled(rule).match(line.key, start)
    return hit.end() if hit and hit.end() > start and not line.cuts_word(hit.end()) else 0


def line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase fills."""
    for at, shown in enumerate(sight.lines):
        if is_line(shown, rule) and (not rule.needs_context or sight.in_context(at)):
            yield sight.whole(at, rule)


def prefix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase opens: the label and what it introduces go together."""
    for at, shown in enumerate(sight.lines):
        if opens_line(shown, rule) and (not rule.needs_context or sight.in_context(at)):
            yield sight.whole(at, rule)


def closing(shown: Line, rule: Rule) -> tuple[int, int] | None:
    """The span, in the text, of a phrase that closes the line and begins with a word."""
    for hit in _compiled(rule).finditer(shown.key):
        if not shown.key[hit.end() :].strip(_AROUND) and not shown.cuts_word(hit.start()):
            return shown.span(hit.start(), len(shown.key))
    return None


def suffix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The end of a line that a phrase fills; what stands before it is kept."""
    for at, shown in enumerate(sight.lines):
        span = closing(shown, rule)
        if span and (not rule.needs_context or sight.in_context(at)):
            yield Mark(at, *span, rule.id, rule.label)


def sentence(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The sentences that hold a phrase, not the paragraph around them."""
    expression = _compiled(rule)
    for at, shown in enumerate(sight.lines):
        if not expression.search(shown.key):
            continue
        for hit in _SENTENCES.finditer(shown.text):
            if hit.group() and expression.search(normal.key(hit.group())):
                yield Mark(at, hit.start(), hit.end(), rule.id, rule.label)


def from_here(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills, and all that follows it to the end of the page.

    Only where more of the article stands before the line than after it: the same words also
    stand under headlines, as links to what is below.
    """
    lengths = [len(block.text) if at in sight.main else 0 for at, block in enumerate(sight.page.blocks)]
    for at, shown in enumerate(sight.lines):
        if is_line(shown, rule) and sum(lengths[:at]) > sum(lengths[at + 1 :]):
            yield from (sight.whole(after, rule) for after in range(at, len(lengths)))
            return


def run(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills and the short or linked lines under it, until prose resumes.

    A line just before prose that is no link stays: it may be the subheading of what follows.
    """
    blocks = sight.page.blocks
    order = sorted(sight.main)
    for at, shown in enumerate(sight.lines):
        if not is_line(shown, rule) or (rule.needs_context and not sight.in_context(at)):
            continue
        yield sight.whole(at, rule)
        if at not in sight.main:
            continue
        under = order[order.index(at) + 1 :]
        length = next((n for n, below in enumerate(under) if not _is_label(blocks[below])), None)
        labels = under if length is None else under[:length]
        if length is not None and labels and not is_linked(blocks[labels[-1]]):
            labels = labels[:-1]
        yield from (sight.whole(below, rule) for below in labels)


def container(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Blocks, and inline parts of blocks, that stand in an element that a selector names."""
    for at, block in enumerate(sight.page.blocks):
        path = selectors.steps(block.path)
        if any(selectors.within(selector, path) for selector in rule.selectors):
            yield sight.whole(at, rule)
            continue
        for span in block.spans:
            inner = (*path, *selectors.steps("/" + span.path))
            if any(selectors.within(selector, inner) for selector in rule.selectors):
                yield Mark(at, span.start, span.end, rule.id, rule.label)


def title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that repeat the page's headline."""
    return (sight.whole(at, rule) for at in sight.titles)


def above_title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Short lines above the headline; with phrases, those that a phrase fills."""
    if not sight.paragraphs:
        return
    slashed = (at for at, shown in enumerate(sight.lines) if _slashed(sight, shown))
    headline = min([*sight.titles, *slashed], default=-1)
    for at in sorted(sight.main):
        if at >= headline:
            return
        shown = sight.lines[at]
        if _is_label(sight.page.blocks[at]) and (not rule.phrases or is_line(shown, rule)):
            yield sight.whole(at, rule)


def standfirst(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The summary above the text, where the text says it all again."""
    if sight.summary is not None:
        yield sight.whole(sight.summary, rule)


def date_line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that are a date and nothing else, above the first paragraph or below the last.

    Between paragraphs a date is a chronicle's subheading. Phrases are labels that may stand
    beside the date ("Updated").
    """
    labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
    body = [at for at in sight.paragraphs if at != sight.summary]
    for at in sight.main:
        inside = body and body[0] < at < body[-1]
        shown = sight.page.blocks[at].text
        if not inside and dates.only_a_date(shown, sight.language, labels):
            yield sight.whole(at, rule)


_SLASHED = re.compile(r"([^/|]{2,40}?)\s[/|]\s([^/|]{2,40}?)\s[/|]\s(.{10,})")


def _slashed(sight: Sight, shown: Line) -> re.Match[str] | None:
    """``place / outlet / headline`` where the last part is the page's headline."""
    found = _SLASHED.fullmatch(shown.text) if "/" in shown.text or "|" in shown.text else None
    if found and normal.key(found[3]).strip(_AROUND) == sight.title_key:
        return found
    return None


def dateline_parts(text: str) -> tuple[str, str]:
    """Place and outlet of a dateline that is a line of its own; empty where there is none.

    >>> dateline_parts("Pune / Outlet / A bridge is repaired")
    ('Pune', 'Outlet')
    """
    found = _SLASHED.fullmatch(text)
    return (normal.trim(found[1]), normal.trim(found[2])) if found else ("", "")


def dateline(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that are only a dateline: ``place / outlet / headline``."""
    for at in sight.main:
        if _slashed(sight, sight.lines[at]):
            yield sight.whole(at, rule)


def split_credit(text: str, rule: Rule) -> tuple[str, str]:
    """A caption and the credit glued to its last stop; the credit is empty if there is none.

    >>> split_credit("The bridge.Reuters", Rule(id="", kind="", label="", why="", phrases=("Reuters",)))
    ('The bridge.', 'Reuters')
    """
    span = closing(Line(text), rule)
    said = normal.trim(text[: span[0]]) if span else ""
    return (said, normal.trim(text[len(said) :])) if said and said[-1] in STOPS else (text, "")


def _is_dated(text: str, language: str) -> bool:
    """Whether a line names a full date, at one of its ends if it is long."""
    ends = {text[: dates.MAX_LENGTH], text[-dates.MAX_LENGTH :]}
    return any(dates.find(end, language) for end in ends)


# Agencies write captions after one pattern: five words in common with a caption that is known
# (who, did what, on which day, where) are no accident.
_SHARED_WORDS = 5


def _shingles(text: str) -> set[tuple[str, ...]]:
    found = words(normal.key(text))
    return {tuple(found[at : at + _SHARED_WORDS]) for at in range(len(found) - _SHARED_WORDS + 1)}


def caption(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Picture captions that stand as lines in the text, told by their credit.

    `rule.phrases` are the agencies. A line ends in an agency's name glued to its last stop: a
    caption, unless nothing of the article follows and it bears no date (then the name alone is
    a sign-off). A line is nothing but an agency's name: a credit; the line before it is its
    caption if it bears a full date or is worded like a caption already known.
    """
    blocks = sight.page.blocks
    order = sorted(sight.main)
    last = sight.paragraphs[-1] if sight.paragraphs else -1
    known: set[tuple[str, ...]] = set()
    for at in order:
        text, credit = split_credit(blocks[at].text, rule)
        if not credit:
            continue
        if at < last or _is_dated(text, sight.language):
            known |= _shingles(text)
            yield sight.whole(at, rule)
        else:
            start = len(blocks[at].text) - len(credit)
            yield Mark(at, start, len(blocks[at].text), rule.id, "source_label")
    for before, at in zip([-1, *order], order, strict=False):
        if not is_line(sight.lines[at], rule):
            continue
        yield Mark(at, 0, len(blocks[at].text), rule.id, "photo_credit")
        if before < 0 or is_heading(blocks[before]) or split_credit(blocks[before].text, rule)[1]:
            continue
        text = blocks[before].text
        if _is_dated(text, sight.language) or known & _shingles(text):
            yield sight.whole(before, rule)


def repeated(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Paragraphs that stand a second time, as a hidden copy to be read aloud does."""
    seen: set[str] = set()
    for at in sight.paragraphs:
        key = sight.lines[at].key
        if key in seen:
            yield sight.whole(at, rule)
        seen.add(key)


KINDS: Mapping[str, Callable[[Sight, Rule], Iterable[Mark]]] = {
    "line": line,
    "prefix": prefix,
    "suffix": suffix,
    "sentence": sentence,
    "from_here": from_here,
    "run": run,
    "container": container,
    "title": title,
    "above_title": above_title,
    "standfirst": standfirst,
    "date_line": date_line,
    "dateline": dateline,
    "caption": caption,
    "repeated": repeated,
}


def fires(rule: Rule, text: str) -> bool:
    """Whether a rule of phrases speaks about a line of this text, context aside.

    What the `strips` and `keeps` of a rule file are held against.
    """
    shown = Line(normal.collapse(text))
    match rule.kind:
        case "line" | "from_here" | "run" | "above_title":
            return is_line(shown, rule)
        case "prefix":
            return opens_line(shown, rule) > 0
        case "suffix":
            return closing(shown, rule) is not None
        case "sentence":
            return _compiled(rule).search(shown.key) is not None
        case "caption":
            return is_line(shown, rule) or split_credit(shown.text, rule)[1] != ""
        case "date_line":
            labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
            return dates.only_a_date(shown.text, "en", labels) is not None
        case _:
            return False
