"""A page as the rules see it: its blocks, which of them are main, and where prose stands."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import groupby

from archiver.clean.decide import is_heading, is_linked, is_paragraph
from archiver.clean.lines import AROUND, MAX_LABEL, Line
from archiver.model import Block, Mark, Page, Rule
from archiver.text import dates, normal
from archiver.text.prose import SENTENCES, ends_sentence, is_running_text

# Lines that make verse or a list, and how many of them close no sentence.
_LIST_LINES = 3
_LIST_LABELS = 2
_PARAGRAPH_ELEMENT = re.compile(r"/p(?:[\[#.][^/]*)?$")
_TITLE = re.compile(r"title|head", re.IGNORECASE)


def is_label(block: Block) -> bool:
    """Whether a block is short, and a link or no sentence."""
    return len(block.text) <= MAX_LABEL and (is_linked(block) or not ends_sentence(block.text))


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
        return normal.key(self.page.metadata.title or "").strip(AROUND)

    @cached_property
    def titles(self) -> list[int]:
        """The blocks that are the headline and nothing else.

        A page may be titled by its first sentence: where that sentence stands once, it is text.
        """
        if not self.title_key:
            return []
        keys = (line.key.strip(AROUND) for line in self.lines)
        found = [at for at, key in enumerate(keys) if key == self.title_key]
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

        It is linked, or stands after the last paragraph, or above the first one among three or
        more short lines. Between paragraphs short lines may be verse or a list.
        """
        block = self.page.blocks[at]
        if at not in self.main or is_linked(block):
            return True
        if not self.paragraphs or at > self.paragraphs[-1]:
            return True
        if at > self.paragraphs[0]:
            return False
        around = range(max(0, at - 2), min(len(self.page.blocks), at + 3))
        short = [is_label(self.page.blocks[near]) for near in around]
        return any(all(short[start : start + 3]) for start in range(len(short) - 2))

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

    @cached_property
    def chronicle(self) -> frozenset[int]:
        """The lines that are a date, where a different date follows some text: its subheadings."""
        found: set[int] = set()
        heading, day = -1, ""
        text = False  # whether something stands under that date
        for at in sorted(self.main.difference(self.titles)):
            shown = self.page.blocks[at].text
            stated = dates.only_a_date(shown, self.language) if _may_be_date(shown) else None
            if stated is None:
                text = True
                continue
            if heading >= 0 and text and stated[:10] != day:
                found |= {heading, at}
            heading, day, text = at, stated[:10], False
        return frozenset(found)


def _may_be_date(text: str) -> bool:
    return len(text) <= dates.MAX_LENGTH and any(map(str.isdigit, text))
