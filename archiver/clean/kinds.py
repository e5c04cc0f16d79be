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
        keys = (line.key.strip(_AROUND) for line in self.lines)
        return [at for at, key in enumerate(keys) if key == self.title_key]

    @cached_property
    def summary(self) -> int | None:
        """An opening paragraph whose every sentence stands word for word in one that follows."""
        if not self.paragraphs:
            return None
        first, later = self.paragraphs[0], self.paragraphs[1:]
        stated = [normal.key(part) for part in _SENTENCES.findall(self.lines[first].text)]
        keys = [key for key in stated if key]
        below = [self.lines[at].key for at in later]
        return first if any(all(key in text for key in keys) for text in below) else None

    def inside(self, at: int) -> bool:
        """Whether a block stands between the headline and the end of the last paragraph."""
        return at in self._reach

    @cached_property
    def last_text(self) -> int:
        """The last main block that is no label; -1 if there is none."""
        return max((at for at in self.main if not _is_label(self.page.blocks[at])), default=-1)

    @cached_property
    def _reach(self) -> range:
        if not self.main:
            return range(0)
        first = min(self.main)
        above = [title for title in self.titles if title <= first]
        return range(max(above, default=first), max(self.main) + 1)

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


def _regex(phrase: str, kind: str) -> str:
    """A phrase as an expression over match keys, without the punctuation around it.

    A prefix keeps its own: "और पढ़ें:" opens a teaser where "और पढ़ें, ..." opens a sentence.
    """
    whole = normal.key(normal.nfc(phrase)).lstrip(_AROUND)
    bare = whole.rstrip(_AROUND)
    expression = _WILDCARD.join(re.escape(part) for part in bare.split("{}"))
    colon = whole[len(bare) :].strip() if kind == "prefix" else ""
    return expression + (rf" ?{re.escape(colon)}" if colon else "")


@cache
def _compiled(rule: Rule) -> re.Pattern[str]:
    """A rule's phrases, or its pattern, as one expression over match keys."""
    if rule.pattern:
        return re.compile(normal.nfc(rule.pattern))
    # Longest first: of two phrases that begin alike the longer one is meant.
    longest = sorted(rule.phrases, key=lambda phrase: (-len(phrase), phrase))
    return re.compile("|".join(f"(?:{_regex(phrase, rule.kind)})" for phrase in longest) or r"(?!)")


@cache
def _closing(rule: Rule) -> re.Pattern[str]:
    """The same expression where nothing but punctuation follows to the end of the line."""
    return re.compile(rf"(?:{_compiled(rule).pattern})[{re.escape(_AROUND)}]*\Z")


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
    at = max(0, len(shown.key) - 4 * MAX_LABEL)  # no phrase is longer; a line may be a whole page
    while hit := _closing(rule).search(shown.key, at):
        if not shown.cuts_word(hit.start()):
            return shown.span(hit.start(), len(shown.key))
        at = hit.start() + 1
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
    blocks = sight.page.blocks
    total = sum(len(blocks[at].text) for at in sight.main)
    before = 0
    for at, shown in enumerate(sight.lines):
        length = len(shown.text) if at in sight.main else 0
        if before * 2 > total - length and is_line(shown, rule):
            yield from (sight.whole(after, rule) for after in range(at, len(blocks)))
            return
        before += length


def run(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills and the short or linked lines under it, until prose resumes.

    A line just before prose that is no link stays: it may be the subheading of what follows.
    Where no prose stands on either side only links are sure to be no text.
    """
    taken: set[int] = set()  # a phrase under a phrase opens no run of its own
    for at, shown in enumerate(sight.lines):
        if at in taken or not is_line(shown, rule):
            continue
        if rule.needs_context and not sight.in_context(at):
            continue
        taken |= {at, *_under(sight, at)}
    yield from (sight.whole(at, rule) for at in sorted(taken))


def _under(sight: Sight, at: int) -> list[int]:
    """The lines that belong to the heading `at`."""
    blocks = sight.page.blocks
    main = at in sight.main
    resumes = at < sight.last_text
    prose = resumes or (bool(sight.paragraphs) and sight.paragraphs[0] < at)
    belongs = _is_label if main and prose else is_linked
    found: list[int] = []
    for below in range(at + 1, len(blocks)):
        if main and below not in sight.main:
            continue  # what stands between parts of the article is gone already
        if (below in sight.main) != main or not belongs(blocks[below]):
            break
        found.append(below)
    if main and resumes and found and not is_linked(blocks[found[-1]]):
        found.pop()
    return found


def container(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Blocks, and inline parts of blocks, that stand in an element that a selector names.

    An element that holds every paragraph of the article is the page and no part of it: then
    the rule says nothing about main blocks.
    """
    chosen = rule.selectors
    blocks = sight.page.blocks
    inside = {at for at, block in enumerate(blocks) if selectors.within(chosen, block.path)}
    if sight.paragraphs and inside.issuperset(sight.paragraphs):
        inside -= sight.main
    for at, block in enumerate(blocks):
        if at in inside:
            yield sight.whole(at, rule)
            continue
        for span in block.spans:
            if selectors.within(chosen, f"{block.path}/{span.path}"):
                yield Mark(at, span.start, span.end, rule.id, rule.label)


def title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that repeat the page's headline."""
    return (sight.whole(at, rule) for at in sight.titles)


# What stands between the links of a breadcrumb or a menu.
_TRAIL = re.compile(r"[|/>»›•·]")


def above_title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Short lines above the headline; with phrases, those that a phrase fills.

    Links in a row are the way to the page (``breadcrumb``), whatever the rule's label.
    """
    if not sight.paragraphs:
        return
    slashed = (at for at, shown in enumerate(sight.lines) if _slashed(sight, shown))
    headline = min([*sight.titles, *slashed], default=-1)
    for at in sorted(sight.main):
        if at >= headline:
            return
        shown = sight.lines[at]
        block = sight.page.blocks[at]
        if _is_label(block) and (not rule.phrases or is_line(shown, rule)):
            trail = block.linked and _TRAIL.search(block.text)
            kind = "breadcrumb" if trail else rule.label
            yield Mark(at, 0, len(block.text), rule.id, kind)


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
    for at, block in enumerate(sight.page.blocks):
        if not sight.inside(at) or (body and body[0] < at < body[-1]):
            continue
        if dates.only_a_date(block.text, sight.language, labels):
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
    """Lines that are only a dateline: ``place / outlet / headline``.

    Above the first paragraph the last part may be another headline than the page's own.
    """
    first = min(sight.paragraphs, default=-1)
    for at in sight.main:
        block = sight.page.blocks[at]
        opens = max(sight.titles, default=-1) < at < first and _is_label(block)
        stated = opens and not is_linked(block) and _SLASHED.fullmatch(block.text)
        if stated or _slashed(sight, sight.lines[at]):
            yield sight.whole(at, rule)


def split_credit(text: str, rule: Rule) -> tuple[str, str]:
    """A caption and the credit glued to its last stop; the credit is empty if there is none.

    >>> agency = Rule(id="", kind="", label="", why="", phrases=("Reuters",))
    >>> split_credit("The bridge.Reuters", agency)
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

    `rule.phrases` are the agencies. A line ends in an agency's name: a caption if it bears a
    full date, or if the name is glued to its last stop and more of the article follows; else
    the name alone is a sign-off. A line is nothing but an agency's name: a credit; the line
    before it is its caption if it bears a full date or is worded like a caption already known.
    """
    blocks = sight.page.blocks
    order = sorted(sight.main)
    last = sight.paragraphs[-1] if sight.paragraphs else -1
    known: set[tuple[str, ...]] = set()
    for at in order:
        text, credit = split_credit(blocks[at].text, rule)
        if not credit:
            continue
        glued = len(text) + len(credit) == len(blocks[at].text)
        dated = _is_dated(text, sight.language)
        if dated or (glued and at < last):
            known |= _shingles(text)
            yield Mark(at, 0, len(blocks[at].text), rule.id, "photo_credit")
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


def fires(rule: Rule, text: str, language: str = "en") -> bool:  # noqa: PLR0911 - one a kind
    """Whether a rule of phrases speaks about a line of this text, context aside.

    `language` is that of the rule's pack, for the names of months. This is what the `strips`
    and `keeps` of a rule file are held against.
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
            return dates.only_a_date(shown.text, language, labels) is not None
        case _:
            return False
