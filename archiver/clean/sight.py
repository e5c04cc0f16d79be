"""A page as the rules see it: its blocks, which of them are main, and where prose stands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import groupby, takewhile

from archiver.clean.cut import strength
from archiver.clean.decide import is_heading, is_linked, is_paragraph
from archiver.clean.lines import AROUND, MAX_LABEL, Line
from archiver.clean.phrases import Found, Matcher, matcher
from archiver.clean.selectors import Naming
from archiver.model import Block, Mark, Page, Rule, Span
from archiver.text import dates, normal
from archiver.text.prose import (
    SENTENCES,
    ascii_digits,
    ends_sentence,
    is_running_text,
    slashed,
)

# Lines that make verse or a list, and how many of them close no sentence.
_LIST_LINES = 3
_LIST_LABELS = 2
_PARAGRAPH_ELEMENT = re.compile(r"/p(?:[\[#.][^/]*)?$")
_TITLE = re.compile(r"title|head", re.IGNORECASE)
# Elements for what is no text of the story, and words that sites name such elements with.
_FURNITURE = re.compile(
    r"^(?:nav|aside|footer)\b"
    r"|[#.](?:[a-z0-9]+[-_])*(?:share|sharing|social|related|recommended|promo|widget|sidebar"
    r"|breadcrumbs?|tags?|author|byline|newsletter|subscribe|footer|nav|navigation|menu|comments?"
    r"|meta|ads?|trending|popular)(?:[-_][a-z0-9]+)*(?=[.#\[]|$)"
)


def is_label(block: Block) -> bool:
    """Whether a block is short, and a link or no sentence."""
    return len(block.text) <= MAX_LABEL and (is_linked(block) or not ends_sentence(block.text))


@lru_cache(maxsize=64)
def _prepared(rules: tuple[Rule, ...]) -> tuple[Matcher, Naming, Mapping[str, int]]:
    """What all acting rules ask of a page: phrases of its lines, names of its elements.

    And how much each of them tells. Rules of one language are the same from site to site, and
    so is their matcher.
    """
    worded = tuple(rule for rule in rules if rule.phrases or rule.pattern)
    naming = Naming((rule.id, one) for rule in rules for one in rule.selectors)
    return matcher(worded), naming, {rule.id: strength(rule) for rule in rules}


class Sight:
    """A page as the rules see it: its blocks, which of them are main, and where prose stands."""

    def __init__(self, page: Page, main: frozenset[int], rules: Sequence[Rule] = ()) -> None:
        """Lay the page out for the rules; `main` are the numbers of its main blocks."""
        self.page = page
        self.main = main
        self.rules = tuple(rules)
        self._matcher, self._naming, self.strengths = _prepared(self.rules)
        self._dates: dict[int, tuple[str, str] | None] = {}
        texts = [block.text for block in page.blocks]
        self.lines = list(map(Line, texts, normal.keys(texts)))
        self.paragraphs = [at for at in sorted(main) if is_paragraph(page.blocks[at])]

    @cached_property
    def found(self) -> Found:
        """Where the phrases of all rules stand."""
        return self._matcher.find(self.lines)

    @cached_property
    def spoken_of(self) -> frozenset[str]:
        """The ids of the rules of whose phrases or elements the page has any."""
        return self.found.rules() | self.named.keys()

    @cached_property
    def named(self) -> dict[str, tuple[list[int], list[tuple[int, Span]]]]:
        """The blocks that stand in an element that a rule's selectors name, and parts of others."""
        blocks, naming = self.page.blocks, self._naming
        known: dict[str, frozenset[str]] = {}
        found: dict[str, tuple[list[int], list[tuple[int, Span]]]] = defaultdict(lambda: ([], []))
        paths = [block.path for block in blocks]
        telling = naming.telling(paths + [span.path for block in blocks for span in block.spans])
        if not telling:
            return found
        above, inside = "", False
        for at, path in enumerate(paths):
            around, _, part = path.rpartition("/")
            if around != above:  # siblings share all but the last
                above, inside = around, not telling.isdisjoint(around.split("/"))
            if inside or part in telling:
                for rule in naming.rules(path, known):
                    found[rule][0].append(at)
            for span in blocks[at].spans:
                if any(map(span.path.__contains__, telling)):
                    inner = naming.rules(f"{path}/{span.path}", known)
                    for rule in inner - naming.rules(path, known):
                        found[rule][1].append((at, span))
        return found

    @property
    def language(self) -> str:
        """The primary language subtag of the page."""
        return self.page.language.partition("-")[0]

    @cached_property
    def title_key(self) -> str:
        """The headline's match key without the punctuation around it; empty if there is none."""
        return normal.key(self.page.metadata.title or "").strip(AROUND)

    @cached_property
    def titles(self) -> list[int]:
        """The blocks that are the headline and nothing else.

        A page may be titled by its first sentence: where that sentence stands once, it is text.
        """
        if not self.title_key:
            return []
        found = [at for at, line in enumerate(self.lines) if line.body == self.title_key]
        return [] if len(found) == 1 and self._opens_text(found[0]) else found

    def _opens_text(self, at: int) -> bool:
        """Whether a block is a sentence in a paragraph element that is not named for a title."""
        block = self.page.blocks[at]
        own = block.path.rpartition("/")[2]
        if is_heading(block) or _TITLE.search(own):
            return False
        return is_running_text(block.text) or (
            _PARAGRAPH_ELEMENT.search(block.path) is not None and ends_sentence(block.text)
        )

    @cached_property
    def datelines(self) -> list[int]:
        """The lines that are ``place / outlet / headline`` with the page's own headline."""
        parted = [at for at, line in enumerate(self.lines) if "/" in line.text or "|" in line.text]
        parts = ((at, slashed(self.lines[at].text)) for at in parted)
        return [
            at
            for at, found in parts
            if found and normal.key(found[2]).strip(AROUND) == self.title_key
        ]

    @cached_property
    def body(self) -> list[int]:
        """The paragraphs, less the headline and the summary above them."""
        above = {*self.titles, self.summary}
        return [at for at in self.paragraphs if at not in above]

    @cached_property
    def summary(self) -> int | None:
        """An opening paragraph whose every sentence stands word for word in one that follows."""
        if not self.paragraphs:
            return None
        first, later = self.paragraphs[0], self.paragraphs[1:]
        stated = [normal.key(part) for part in SENTENCES.findall(self.lines[first].text)]
        keys = [key for key in stated if key]
        below = [self.lines[at].key for at in later]
        return first if any(all(key in text for key in keys) for text in below) else None

    def inside(self, at: int) -> bool:
        """Whether a block stands between the headline and the end of the last paragraph."""
        return at in self._reach

    @cached_property
    def last_text(self) -> int:
        """The last main block that is no label; -1 if there is none."""
        return max((at for at in self.main if not is_label(self.page.blocks[at])), default=-1)

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

        It is linked, stands in an element named for such things, or after the last paragraph, or
        above the first one among three or more short lines. Between paragraphs short lines may be
        verse or a list.
        """
        block = self.page.blocks[at]
        if at not in self.main or is_linked(block) or self.in_furniture(block):
            return True
        if not self.body or at > self.body[-1]:
            return True
        if at > self.body[0]:
            return False
        around = range(max(0, at - 2), min(len(self.page.blocks), at + 3))
        short = [is_label(self.page.blocks[near]) for near in around]
        return any(all(short[start : start + 3]) for start in range(len(short) - 2))

    def in_furniture(self, block: Block) -> bool:
        """Whether an element around a block, but not around the story, is named for chrome."""
        own = block.path.split("/")
        if self.body:
            story = self.page.blocks[self.body[0]].path.split("/")
            pairs = zip(own, story, strict=False)
            own = own[sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs)) :]
        return any(_FURNITURE.search(step.lower()) for step in own)

    def in_list(self, at: int) -> bool:
        """Whether a line stands in verse, a list or a table of the text.

        Among three or more short unlinked lines, two of them without a stop, between
        paragraphs; on a page without any, not the first of them nor the last, where buttons
        stand.
        """
        return at in self._lists

    @cached_property
    def _lists(self) -> frozenset[int]:
        found: set[int] = set()
        order = [at for at in sorted(self.main) if at not in self.titles]
        for short, run in groupby(order, key=self._is_short):
            lines = list(run)
            labels = sum(is_label(self.page.blocks[at]) for at in lines)
            if not short or len(lines) < _LIST_LINES or labels < _LIST_LABELS:
                continue
            if not self.paragraphs:
                found.update(lines[1:-1])
            elif self.paragraphs[0] < lines[0] < self.paragraphs[-1]:
                found.update(lines)
        return frozenset(found)

    def _is_short(self, at: int) -> bool:
        block = self.page.blocks[at]
        return len(block.text) <= MAX_LABEL and not is_paragraph(block) and not is_linked(block)

    def date(self, at: int) -> tuple[str, str] | None:
        """The date that a line holds and, as a key, what else it says."""
        if at not in self._dates:
            text = self.page.blocks[at].text
            stated = dates.with_rest(text, self.language) if may_be_date(text) else None
            self._dates[at] = stated
        return self._dates[at]

    @cached_property
    def chronicle(self) -> frozenset[int]:
        """The lines that are a date, where a different date follows some text: its subheadings."""
        found: set[int] = set()
        heading, day = -1, ""
        text = False  # whether something stands under that date
        for at in sorted(self.main.difference(self.titles)):
            stated, rest = self.date(at) or ("", "")
            if rest or not stated:
                text = True
                continue
            if heading >= 0 and text and stated[:10] != day:
                found |= {heading, at}
            heading, day, text = at, stated[:10], False
        return frozenset(found)

    @cached_property
    def dated(self) -> dict[int, list[str]]:
        """The lines that hold a date, and, as keys, what else they hold.

        Above the first paragraph or below the last; no subheadings of a chronicle.
        """
        found: dict[int, list[str]] = {}
        for at in self._reach:
            text = self.page.blocks[at].text
            if (self.body and self.body[0] < at < self.body[-1]) or not may_be_date(text):
                continue
            stated = dates.find(text, self.language)
            if stated and at not in self.chronicle:
                key = normal.key(ascii_digits(text))
                start, end = stated[1]
                parts = _PARTED.split(f"{key[:start]}|{key[end:]}")
                found[at] = [part for one in parts if (part := one.strip(AROUND + ",()/ "))]
        return found

    @cached_property
    def dated_buttons(self) -> set[int]:
        """The lines that hold a date, and beside it only phrases of some rules."""
        return {at for at, beside in self.dated.items() if beside and self._all_fill(beside)}

    def _all_fill(self, keys: Sequence[str]) -> bool:
        fills = self._matcher.find([Line(key) for key in keys]).fills
        return {at for places in fills.values() for at in places} == set(range(len(keys)))


_PARTED = re.compile(r"[|/•·]")


_YEAR = re.compile(r"\d{4}")


def may_be_date(text: str) -> bool:
    """Whether a line is short, and holds what may be a year; most are told by this alone."""
    return len(text) <= dates.MAX_LENGTH and _YEAR.search(text) is not None
