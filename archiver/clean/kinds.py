"""The kinds of rule: each a small pure function from a page and a rule to marks.

Every kind sees the original blocks, never another rule's marks, so the order of rules cannot
matter. To add a kind: one function here, one line in `KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from archiver.clean import selectors
from archiver.clean.captions import caption, split_credit
from archiver.clean.decide import is_linked, is_paragraph, parent
from archiver.clean.lines import AROUND, Line, closing, compiled, is_line, opens_line
from archiver.clean.sight import Sight, is_label
from archiver.model import Block, Mark, Rule
from archiver.text import dates, normal, scripts
from archiver.text.prose import SENTENCES, slashed


def line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase fills, but no line of verse or of a list in the text."""
    for at, shown in enumerate(sight.lines):
        if not is_line(shown, rule) or sight.in_list(at):
            continue
        if not rule.needs_context or sight.in_context(at):
            yield sight.whole(at, rule)


def prefix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase opens: the label and what it introduces go together.

    A line that reads as a paragraph needs its context, whatever the rule says: a sentence of
    the story may begin with the same words.
    """
    opened = [at for at, shown in enumerate(sight.lines) if opens_line(shown, rule)]
    others = set(sight.paragraphs).difference(opened)
    last = max(others, default=len(sight.lines))
    for at in opened:
        doubtful = rule.needs_context or is_paragraph(sight.page.blocks[at])
        if not doubtful or at > last or sight.in_context(at):
            yield sight.whole(at, rule)


def suffix(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The end of a line that a phrase fills; what stands before it is kept."""
    for at, shown in enumerate(sight.lines):
        span = closing(shown, rule)
        if span and (not rule.needs_context or sight.in_context(at)):
            yield Mark(at, *span, rule.id, rule.label)


def sentence(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """The sentences that hold a phrase, not the paragraph around them."""
    expression = compiled(rule)
    for at, shown in enumerate(sight.lines):
        if not expression.search(shown.key):
            continue
        for hit in SENTENCES.finditer(shown.text):
            if hit.group() and expression.search(normal.key(hit.group())):
                yield Mark(at, hit.start(), hit.end(), rule.id, rule.label)


@cache
def _form(rule: Rule) -> tuple[Rule, Rule]:
    """A form's headings, and its own notes: the phrases with a wildcard."""
    notes = tuple(phrase for phrase in rule.phrases if "{}" in phrase)
    headings = tuple(phrase for phrase in rule.phrases if "{}" not in phrase)
    return replace(rule, phrases=headings), replace(rule, phrases=notes, pattern="")


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
    headings, notes = _form(rule)
    total = sum(len(blocks[at].text) for at in sight.main)
    story = _last_story(sight)
    before = 0
    for at, shown in enumerate(sight.lines):
        length = len(shown.text) if at in sight.main else 0
        if before * 2 > total - length and is_line(shown, headings):
            under = sight.lines[at + 1 : at + 1 + _NOTES_WITHIN]
            if at > story or any(is_line(near, notes) for near in under):
                yield from (sight.whole(after, rule) for after in range(at, len(blocks)))
                return
            if not sight.in_list(at):
                yield sight.whole(at, rule)
        before += length


def run(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """A line that a phrase fills and the lines under it that belong to it.

    Where the text goes on below, or stands nowhere, only links are sure to be no text of it,
    and a line of verse or of a list is no heading. After the end of the text short lines
    belong too.
    """
    taken: set[int] = set()  # a phrase under a phrase opens no run of its own
    for at, shown in enumerate(sight.lines):
        if at in taken or not is_line(shown, rule):
            continue
        if rule.needs_context and not sight.in_context(at):
            continue
        under = _under(sight, at)
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
    and no part of it: then the rule says nothing about main blocks.
    """
    chosen = rule.selectors
    blocks = sight.page.blocks
    named = {at for at, block in enumerate(blocks) if selectors.within(chosen, block.path)}
    held = sum(len(blocks[at].text) for at in sight.paragraphs if at in named)
    whole = sum(len(blocks[at].text) for at in sight.paragraphs)
    spared = sight.main if held * 2 > whole else frozenset[int]()
    for at, block in enumerate(blocks):
        if at in named:
            if at not in spared:
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
    datelines = (at for at, shown in enumerate(sight.lines) if _heads(sight, shown))
    headline = min([*sight.titles, *datelines], default=-1)
    for at in sorted(sight.main):
        if at >= headline:
            return
        shown = sight.lines[at]
        block = sight.page.blocks[at]
        if is_label(block) and (not rule.phrases or is_line(shown, rule)):
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
    labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
    body = [at for at in sight.paragraphs if at != sight.summary]
    for at, block in enumerate(sight.page.blocks):
        if not sight.inside(at) or (body and body[0] < at < body[-1]):
            continue
        if at in sight.chronicle:
            continue
        if dates.only_a_date(block.text, sight.language, labels):
            yield sight.whole(at, rule)


def _heads(sight: Sight, shown: Line) -> bool:
    """Whether a line is ``place / outlet / headline`` with the page's own headline."""
    found = slashed(shown.text)
    return found is not None and normal.key(found[2]).strip(AROUND) == sight.title_key


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
        if _heads(sight, sight.lines[at]):
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
    "above_title": above_title,
    "standfirst": standfirst,
    "date_line": date_line,
    "dateline": dateline,
    "caption": caption,
    "repeated": repeated,
}


def fires(rule: Rule, text: str, language: str = "en") -> bool:  # noqa: PLR0911 - one a kind
    """Whether a rule of phrases speaks about a line of this text that has no context.

    `language` is that of the rule's pack, for the names of months. This is what the `strips`
    and `keeps` of a rule file are held against.
    """
    shown = Line(normal.collapse(text))
    match rule.kind:
        case "line" | "from_here" | "run" | "above_title":
            return is_line(shown, rule)
        case "prefix":
            return opens_line(shown, rule) > 0 and not is_paragraph(Block("", shown.text))
        case "suffix":
            return closing(shown, rule) is not None
        case "sentence":
            return compiled(rule).search(shown.key) is not None
        case "caption":
            return is_line(shown, rule) or split_credit(shown.text, rule)[1] != ""
        case "date_line":
            labels = frozenset(normal.key(phrase) for phrase in rule.phrases)
            return dates.only_a_date(shown.text, language, labels) is not None
        case _:
            return False
