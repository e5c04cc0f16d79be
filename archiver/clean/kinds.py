"""The kinds of rule: each a small pure function from a page and a rule to marks.

Every kind sees the original blocks, never another rule's marks, so the order of rules cannot
matter. To add a kind: one function here, one line in `KINDS`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import takewhile

from archiver.clean.captions import caption, split_credit
from archiver.clean.decide import is_heading, is_linked, is_paragraph, parent
from archiver.clean.endings import (
    closing_code,
    code_span,
    is_stray,
    platform,
    promotion,
    stray,
)
from archiver.clean.lines import MAX_LABEL, Line
from archiver.clean.phrases import matcher
from archiver.clean.sight import Sight, is_label
from archiver.model import Block, Mark, Rule
from archiver.text import dates, normal, scripts
from archiver.text.prose import SENTENCES, ends_sentence, slashed, words


def line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase fills, but no line of verse or of a list in the text."""
    for at in sight.found.fills[rule.id]:
        if not sight.in_list(at) and (not rule.needs_context or sight.in_context(at)):
            yield sight.whole(at, rule)


# What a label of these introduces is a headline; a full stop closes a sentence.
_TEASERS = ("read_also", "related")
_FULL_STOP = (".", "।", "۔")


def _is_doubtful(rule: Rule, text: str) -> bool:
    """Whether a line that a phrase opens may be the story's: a sentence with the same words."""
    if rule.label in _TEASERS and text.endswith(_FULL_STOP) and not text.endswith(".."):
        return True
    return is_paragraph(Block("", text))


def prefix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase opens: the label and what it introduces go together.

    A line that reads as text needs its context, whatever the rule says: a sentence of the
    story may begin with the same words. A label of other stories takes the links under it too.
    """
    opened = {*sight.found.opens[rule.id], *_before_links(sight, rule)}
    others = set(sight.paragraphs).difference(opened) if opened else ()
    last = max(others, default=len(sight.lines))
    reached = -1  # a label among the links of another one takes no links of its own
    for at in sorted(opened):
        block = sight.page.blocks[at]
        if at in sight.main and _is_sentence(block) and not sight.in_furniture(block):
            continue
        doubtful = rule.needs_context or (not is_linked(block) and _is_doubtful(rule, block.text))
        if not doubtful or at > last or sight.in_context(at):
            yield sight.whole(at, rule)
            under = list(_links_under(sight, at)) if rule.label in _TEASERS and at > reached else []
            yield from (sight.whole(below, rule) for below in under)
            reached = max([reached, *under])


# A label with a name or two is no sentence, whatever it ends with.
_SENTENCE_WORDS = 5


def _is_sentence(block: Block) -> bool:
    """Whether a line tells something: unlinked, closed, and of more words than a label has."""
    closed = ends_sentence(block.text) and not block.linked
    return closed and len(words(block.text)) >= _SENTENCE_WORDS


def _before_links(sight: Sight, rule: Rule) -> Iterator[int]:
    """Lines that are a phrase and a link, with nothing between the two."""
    for at, end in sight.found.glued[rule.id].items():
        block, shown = sight.page.blocks[at], sight.lines[at]
        if block.linked == len(block.text) - shown.offsets[end]:
            yield at


def _links_under(sight: Sight, at: int) -> Iterator[int]:
    """The links that follow a line without anything between them."""
    blocks = sight.page.blocks
    for below in range(at + 1, len(blocks)):
        if (below in sight.main) != (at in sight.main) or not is_linked(blocks[below]):
            return
        yield below


def suffix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The end of a line that a phrase fills; what stands before it is kept."""
    for at, start in sight.found.closes[rule.id].items():
        if not rule.needs_context or sight.in_context(at):
            shown = sight.lines[at]
            yield Mark(at, *shown.span(start, len(shown.key)), rule.id, rule.label)


def sentence(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The sentences that hold a phrase, not the paragraph around them.

    One that needs its context must stand in the last paragraph or after it.
    """
    last = max(sight.paragraphs, default=-1)
    for at, spans in sight.found.stands[rule.id].items():
        if rule.needs_context and at < last and not sight.in_context(at):
            continue
        shown = sight.lines[at]
        starts = sorted({shown.offsets[start] for start, _ in spans})
        for hit in SENTENCES.finditer(shown.text):
            inside = bisect_left(starts, hit.start())
            if inside < len(starts) and starts[inside] < hit.end():
                yield Mark(at, hit.start(), hit.end(), rule.id, rule.label)


# A form's notes stand directly under its heading, or under who is logged in, or a link.
_NOTES_WITHIN = 4
# Names that content systems give to comments and their form, whole: a commentary is a text.
_DISCUSSION = re.compile(
    r"[#.](?:(?:[a-z0-9]+[-_])*comments(?:[-_](?:area|list|section|box|wrap|wrapper))?"
    r"|comment(?:list|s)?(?:[-_](?:list|form|respond|section|box|wrap|wrapper|body|content|text))?"
    r"|respond|replies|disqus[a-z0-9_-]*)(?=[.#\[]|$)"
)


def _discussions(block: Block) -> set[str]:
    """The elements around a block that are named for comments."""
    return {step for step in block.path.split("/") if _DISCUSSION.search(step.lower())}


def _last_story(sight: Sight) -> int:
    """The last main block that reads as text and stands in no element for comments; -1 if none.

    An element that the first paragraph stands in too is the page, whatever it is named.
    """
    blocks = sight.page.blocks
    page = _discussions(blocks[sight.paragraphs[0]]) if sight.paragraphs else set()
    told = (at for at in sight.main if not is_label(blocks[at]) and not is_linked(blocks[at]))
    return max((at for at in told if _discussions(blocks[at]) <= page), default=-1)


def from_here(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills, and all that follows it to the end of the page.

    Only where more of the article stands before the line than after it: the same words also
    stand under headlines, as links to what is below. Where text of the article follows, the
    line goes alone, unless the form's own notes stand under it: they are the phrases with a
    wildcard, and open nothing themselves.
    """
    blocks = sight.page.blocks
    filling = sight.found.fills[rule.id]
    if not filling:
        return
    headings = {at for at, phrases in filling.items() if any("{}" not in one for one in phrases)}
    notes = {at for at, phrases in filling.items() if any("{}" in one for one in phrases)}
    total = sum(len(blocks[at].text) for at in sight.main)
    story = _last_story(sight)
    before = 0
    for at, block in enumerate(blocks):
        length = len(block.text) if at in sight.main else 0
        if at in headings and before * 2 > total - length:
            if at > story or not notes.isdisjoint(range(at + 1, at + 1 + _NOTES_WITHIN)):
                yield from (sight.whole(after, rule) for after in range(at, len(blocks)))
                return
            if not sight.in_list(at):
                yield sight.whole(at, rule)
        before += length


_TEASERS_IN_A_ROW = 2


def run(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills and the lines under it that belong to it.

    Where the text goes on below, or stands nowhere, only links are sure to be no text of it,
    and a line of verse or of a list is no heading. After the end of the text short lines
    belong too. Two links under a heading are context enough for it.
    """
    taken: set[int] = set()  # a phrase under a phrase opens no run of its own
    for at in sorted(sight.found.fills[rule.id]):
        if at in taken:
            continue
        under = _under(sight, at)
        if rule.needs_context and not sight.in_context(at):
            following = sight.page.blocks[at + 1 : at + 1 + _TEASERS_IN_A_ROW]
            if len(following) < _TEASERS_IN_A_ROW or not all(map(is_linked, following)):
                continue
        if under or not sight.in_list(at):
            taken |= {at, *under}
    yield from (sight.whole(at, rule) for at in sorted(taken))


def _under(sight: Sight, at: int) -> list[int]:
    """The lines that belong to the heading `at`."""
    blocks = sight.page.blocks
    main = at in sight.main
    ended = bool(sight.paragraphs) and sight.paragraphs[0] < at and at >= sight.last_text
    belongs = is_label if main and ended else is_linked
    found: list[int] = []
    for below in range(at + 1, len(blocks)):
        if main and below not in sight.main:
            continue  # what stands between parts of the article is gone already
        if (below in sight.main) != main or not belongs(blocks[below]):
            break
        found.append(below)
    return found


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
    headed = [at for at, block in enumerate(blocks) if _HEADLINE.search(block.path)]
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
_MAX_NAME_WORDS = 4
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
        named = at in opened and len(words(shown.key[opened[at] :])) <= _MAX_NAME_WORDS
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
        return all(len(words(part)) <= _MAX_NAME_WORDS for part in beside)
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
        told = len(items) >= _TEASERS_IN_A_ROW and all(_is_teaser(blocks[at]) for at in items)
        if told and not contents:
            yield from (sight.whole(at, rule) for at in items)


def _is_headline(block: Block) -> bool:
    """Whether a line that is no item of a list is a link of a headline's words and no sentence.

    A quotation's last line, which names who said it, links too.
    """
    if block.text.endswith(_FULL_STOP) or "/blockquote" in block.path:
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


KINDS: Mapping[str, Callable[[Sight, Rule], Iterable[Mark]]] = {
    "line": line,
    "prefix": prefix,
    "suffix": suffix,
    "sentence": sentence,
    "from_here": from_here,
    "run": run,
    "container": container,
    "title": title,
    "next_story": next_story,
    "above_title": above_title,
    "standfirst": standfirst,
    "date_line": date_line,
    "dateline": dateline,
    "caption": caption,
    "repeated": repeated,
    "byline": byline,
    "teasers": teasers,
    "promotion": promotion,
    "platform": platform,
    "closing_code": closing_code,
    "stray": stray,
}


# Kinds that say nothing where the page has none of the rule's phrases and elements.
ASKED = frozenset(
    {"line", "prefix", "suffix", "sentence", "from_here", "run", "container", "caption"}
    | {"promotion", "platform"}
)


def marks(sight: Sight, rules: Iterable[Rule]) -> Iterator[Mark]:
    """What all rules say about a page."""
    for rule in rules:
        if rule.id in sight.spoken_of or rule.kind not in ASKED:
            yield from KINDS[rule.kind](sight, rule)


def fires(rule: Rule, text: str, language: str = "en") -> bool:  # noqa: PLR0911 - one a kind
    """Whether a rule of phrases speaks about a line of this text that has no context.

    `language` is that of the rule's pack, for the names of months. This is what the `strips`
    and `keeps` of a rule file are held against.
    """
    shown = Line(normal.collapse(text))
    found = matcher((rule,)).find([shown])
    filled, opened = 0 in found.fills[rule.id], found.opens[rule.id].get(0, 0)
    standing = found.stands[rule.id].get(0, [])
    match rule.kind:
        case "line" | "from_here" | "run" | "above_title":
            return filled
        case "prefix":
            return opened > 0 and not _is_doubtful(rule, shown.text)
        case "suffix":
            return 0 in found.closes[rule.id]
        case "sentence" | "promotion" | "platform":
            return bool(standing)
        case "caption":
            return filled or split_credit(shown.text, rule)[1] != ""
        case "date_line":
            labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
            return dates.only_a_date(shown.text, language, labels) is not None
        case "byline":
            named = 0 < len(words(shown.key[opened:])) <= _MAX_NAME_WORDS
            return is_label(Block("", shown.text)) and (filled or (opened > 0 and named))
        case "closing_code":
            return code_span(shown.text, [shown.span(*span) for span in standing]) is not None
        case "stray":
            return is_stray(shown.text)
        case _:
            return False
