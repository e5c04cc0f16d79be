"""Kinds of rule that go by where a line stands: a page and a rule in, marks out.

Elements and their names, headline, lines of dates and names, teasers, copies; few need words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile

from archiver.clean.decide import is_heading, is_linked, parent
from archiver.clean.lines import MAX_LABEL
from archiver.clean.sight import Sight, is_label
from archiver.model import Block, Mark, Rule
from archiver.text import normal, scripts
from archiver.text.prose import slashed, words

FULL_STOP = (".", "।", "۔")  # closes a sentence, and no headline
TEASERS_IN_A_ROW = 2  # links under each other that a story has not


def container(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Blocks, and inline parts of blocks, that stand in an element that a selector names.

    An element that holds more than half of the article's paragraphs, by length, is the page
    and no part of it: then the rule says nothing about main blocks. A dialog about cookies may
    be longer than the article; it is the page only where nothing else is.
    """
    if rule.id not in sight.named:
        return
    inside, parts = sight.named[rule.id]
    named, blocks = set(inside), sight.page.blocks
    held = sum(len(blocks[at].text) for at in sight.paragraphs if at in named)
    whole = sum(len(blocks[at].text) for at in sight.paragraphs)
    is_page = held == whole if rule.label == "cookie" else held * 2 > whole
    spared = sight.main if is_page else frozenset[int]()
    yield from (sight.whole(at, rule) for at in inside if at not in spared)
    for at, span in parts:
        yield Mark(at, span.start, span.end, rule.id, rule.label)


_HEADLINE = re.compile(r"/h[12](?:[\[#.][^/]*)?(?:/|$)")
_MAIN_HEADLINE = re.compile(r"/h1(?:[\[#.][^/]*)?(?:/|$)")
_STORY = 2  # paragraphs that make a story


def next_story(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The stories that an endless page puts under the one that was asked for.

    The article and its headline stand in one element; a second element of the same kind under
    it, beside the first, with a headline and paragraphs of its own is another story. A headline
    is an ``h1``, in ``article`` elements an ``h2`` as well: elsewhere those part one text.
    """
    blocks = sight.page.blocks
    if not sight.body:
        return
    start = sight.body[0]
    headed = [at for at, block in enumerate(blocks) if _stands_in_headline(block)]
    above = [at for at in headed if at < start]
    if not above or not any(at in sight.main for at in headed if at > start):
        return
    first = blocks[start].path.split("/")
    below = [(at, blocks[at].path.split("/")) for at in sorted(sight.main) if at > start]
    shared = _shared(first, blocks[above[-1]].path.split("/"))
    for depth in range(3, shared + 1):  # below html and body
        kind = _NUMBER.sub("", first[depth - 1])
        beside: dict[str, list[int]] = {}
        for at, steps in below:
            if len(steps) > depth and steps[: depth - 1] == first[: depth - 1]:
                step = steps[depth - 1]
                if step != first[depth - 1] and _NUMBER.sub("", step) == kind:
                    beside.setdefault(step, []).append(at)
        for lines in beside.values():
            told = sum(at in sight.paragraphs for at in lines)
            headline = _HEADLINE if kind.startswith("article") else _MAIN_HEADLINE
            if told >= _STORY and any(headline.search(blocks[at].path) for at in lines):
                yield from (sight.whole(at, rule) for at in lines)


def _stands_in_headline(block: Block) -> bool:
    """Whether a block stands in an ``h1`` or ``h2``; most paths are told by their signs alone."""
    path = block.path
    return ("/h1" in path or "/h2" in path) and _HEADLINE.search(path) is not None


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many steps two paths have in common."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that repeat the page's headline."""
    return (sight.whole(at, rule) for at in sight.titles)


# What stands between the links of a breadcrumb or a menu.
_TRAIL = re.compile(r"[|/>»›•·]")


def above_title(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Short lines above the headline; with phrases, those that a phrase fills.

    Links in a row are the way to the page (``breadcrumb``), whatever the rule's label.
    """
    filling = sight.found.fills[rule.id]
    if not sight.paragraphs or (rule.phrases and not filling):
        return
    headline = min([*sight.titles, *sight.datelines], default=-1)
    for at in sorted(sight.main):
        if at >= headline:
            return
        block = sight.page.blocks[at]
        if is_label(block) and (not rule.phrases or at in filling):
            trail = block.linked and _TRAIL.search(block.text)
            kind = "breadcrumb" if trail else rule.label
            yield Mark(at, 0, len(block.text), rule.id, kind)


def standfirst(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The summary above the text, where the text says it all again."""
    if sight.summary is not None:
        yield sight.whole(sight.summary, rule)


def date_line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that are a date and nothing else, above the first paragraph or below the last.

    Between paragraphs, and where several different ones head some text, a date is a
    chronicle's subheading. Phrases are labels that may stand beside the date ("Updated").
    """
    if not sight.dated:
        return
    labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
    for at in sight.dated:
        stated = sight.date(at)
        button = rule.label == "published_label" and at in sight.dated_buttons
        if button or (stated and (not stated[1] or stated[1] in labels)):
            yield sight.whole(at, rule)


# A name, or a place, has no more words.
MAX_NAME_WORDS = 4
_NAME_AND_PLACE = 2


def byline(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Who wrote it, on a line of its own above the first paragraph or below the last.

    One of the authors that the page names, or the site; a phrase, alone or with a name behind
    it; ``name / place`` with a date.
    """
    told = sight.page.metadata
    names = {normal.key(normal.nfc(name)) for name in (*told.authors, told.site_name or "")}
    alone, opened = sight.found.fills[rule.id], sight.found.opens[rule.id]
    first, last = min(sight.body, default=-1), max(sight.body, default=-1)
    for at in sorted(sight.main):
        shown, block = sight.lines[at], sight.page.blocks[at]
        if first <= at <= last or not is_label(block) or sight.in_list(at):
            continue
        named = at in opened and len(words(shown.key[opened[at] :])) <= MAX_NAME_WORDS
        dated = at < first and _is_signature(sight.dated.get(at, []), names)
        signed = any(_is_signed(shown.body, name) for name in names if name)
        if at in alone or named or dated or signed:
            yield sight.whole(at, rule)


_BEFORE_NAME = 2  # words before a name: "By", "Written by"


def _is_signed(body: str, name: str) -> bool:
    """Whether a line is a name that is known, with no more than a label before it."""
    return body == name or (
        body.endswith(f" {name}") and len(words(body[: -len(name)])) <= _BEFORE_NAME
    )


def _is_signature(beside: Sequence[str], names: AbstractSet[str]) -> bool:
    """Whether an author, or a name and a place, is all that stands beside a date."""
    if len(beside) == _NAME_AND_PLACE:
        return all(len(words(part)) <= MAX_NAME_WORDS for part in beside)
    return len(beside) == 1 and beside[0] in names


# An item of a list that is a teaser: shorter ones are names and places, which a story links too.
_MIN_TEASER = 20


def teasers(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lists in the text whose every item is a link and nothing else, two or more of them.

    And lines of their own that are such a link, or a label, a colon and such a link.
    """
    lists: dict[str, list[int]] = {}
    first = min(sight.body, default=len(sight.lines))
    for at in sorted(sight.main):
        block = sight.page.blocks[at]
        if at > first and "/li" in block.path and (item := _ITEM.match(block.path)):
            lists.setdefault(item["list"], []).append(at)
        elif (
            at > first
            and not is_heading(block)
            and (_is_labelled_link(block) or _is_headline(block))
        ):
            yield sight.whole(at, rule)
    blocks = sight.page.blocks
    listed = {at for items in lists.values() for at in items}
    headings = {sight.lines[at].body for at in sight.main.difference(listed)}
    for items in lists.values():
        contents = any(sight.lines[at].body in headings for at in items)
        told = len(items) >= TEASERS_IN_A_ROW and all(_is_teaser(blocks[at]) for at in items)
        if told and not contents:
            yield from (sight.whole(at, rule) for at in items)


def _is_headline(block: Block) -> bool:
    """Whether a line that is no item of a list is a link of a headline's words and no sentence.

    A quotation's last line, which names who said it, links too.
    """
    if block.text.endswith(FULL_STOP) or "/blockquote" in block.path:
        return False
    told = len(words(block.text)) >= _MIN_WORDS and len(block.text) <= MAX_LABEL
    return told and _is_teaser(block)


_MIN_WORDS = 4
_ADDRESS = re.compile(r"\S+://|\S+\.\S+$")


def _is_teaser(block: Block) -> bool:
    """Whether a line is a headline that links, and no address."""
    if len(block.text) < _MIN_TEASER or block.linked * 10 < len(block.text) * 9:
        return False
    return _ADDRESS.match(block.text) is None


_MAX_LABEL_WORDS = 3
_LABELLED = re.compile(r"[^:：ঃ]{2,40}[:：ঃ|–-](?!//)\s?")


def _is_labelled_link(block: Block) -> bool:
    label = _LABELLED.match(block.text)
    if label is None or block.linked < _MIN_TEASER or len(words(label[0])) > _MAX_LABEL_WORDS:
        return False
    return block.linked >= len(block.text) - label.end()


_ITEM = re.compile(r"(?P<list>.*/[uo]l(?:[\[#.][^/]*)?)/li(?:[\[#.][^/]*)?(?:/|$)")


def _is_outlet(sight: Sight, name: str) -> bool:
    """Whether a name is the site's, or in another script than the page, as brands are."""
    site = normal.key(normal.nfc(sight.page.metadata.site_name or ""))
    foreign = scripts.main(name) not in {sight.page.script, scripts.UNKNOWN}
    return foreign or normal.key(name) == site


def dateline(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that are only a dateline: ``place / outlet / headline``.

    Above the first paragraph the last part may be another headline than the page's own, if
    the second part is an outlet for certain.
    """
    first = min(sight.paragraphs, default=-1)
    above = max(sight.titles, default=-1)
    for at in sight.main:
        if at in sight.datelines:
            yield sight.whole(at, rule)
            continue
        block = sight.page.blocks[at]
        if not above < at < first or not is_label(block) or is_linked(block):
            continue
        parts = slashed(block.text)
        if parts and _is_outlet(sight, parts[1]):
            yield sight.whole(at, rule)


_NUMBER = re.compile(r"\[\d+\]")


def _container(block: Block) -> str:
    """The element around a block, whichever of its like it is."""
    return _NUMBER.sub("", parent(block.path))


def repeated(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Paragraphs that stand a second time, as a copy to be read aloud does.

    One that comes again alone among its like is a refrain. A copy is hidden, or stands in
    another element, or repeats two or more paragraphs one after the other.
    """
    blocks = sight.page.blocks
    first: dict[str, int] = {}
    copies: dict[int, int] = {}  # by place among the paragraphs, of what
    for place, at in enumerate(sight.paragraphs):
        original = first.setdefault(sight.lines[at].key, place)
        if original != place:
            copies[place] = original
    for place, original in copies.items():
        at, of = sight.paragraphs[place], sight.paragraphs[original]
        before, after = copies.get(place - 1), copies.get(place + 1)
        in_row = before == original - 1 or after == original + 1
        if blocks[at].hidden or _container(blocks[at]) != _container(blocks[of]) or in_row:
            yield sight.whole(at, rule)
