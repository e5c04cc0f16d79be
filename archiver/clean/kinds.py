"""The kinds of rule: each a small pure function from a page and a rule to marks.

Every kind sees the original blocks, never another rule's marks, so the order of rules cannot
matter. To add a kind: one function here, one line in `KINDS`; if it has phrases of its own places,
these in `phrases.PLACES`. Kinds that go by place are in `standing`, of last lines in `endings`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from archiver.clean import standing
from archiver.clean.captions import caption, split_credit
from archiver.clean.decide import is_linked, is_paragraph
from archiver.clean.endings import (
    closing_code,
    code_span,
    is_stray,
    platform,
    promotion,
    stray,
)
from archiver.clean.lines import Line
from archiver.clean.phrases import Found, matcher
from archiver.clean.sight import Sight, is_label
from archiver.clean.standing import FULL_STOP, TEASERS_IN_A_ROW
from archiver.model import Block, Mark, Rule
from archiver.text import dates, normal
from archiver.text.prose import SENTENCES, ends_sentence, words


def line(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Lines that a phrase fills, but no line of verse or of a list in the text."""
    for at in sight.found.fills[rule.id]:
        if not sight.in_list(at) and (not rule.needs_context or sight.in_context(at)):
            yield sight.whole(at, rule)


# What a label of these introduces is a headline.
_TEASERS = ("read_also", "related")


def _is_doubtful(rule: Rule, text: str) -> bool:
    """Whether a line that a phrase opens may be the story's: a sentence with the same words."""
    if rule.label in _TEASERS and text.endswith(FULL_STOP) and not text.endswith(".."):
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
            following = sight.page.blocks[at + 1 : at + 1 + TEASERS_IN_A_ROW]
            if len(following) < TEASERS_IN_A_ROW or not all(map(is_linked, following)):
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


@dataclass(frozen=True, slots=True)
class _Tried:
    """A rule and one line without a context; `language` is that of the rule's pack."""

    rule: Rule
    shown: Line
    found: Found
    language: str

    @property
    def fills(self) -> bool:
        """Whether a phrase fills the line."""
        return 0 in self.found.fills[self.rule.id]

    @property
    def opens(self) -> int:
        """The end, in the key, of a phrase that opens it; 0 for none."""
        return self.found.opens[self.rule.id].get(0, 0)

    @property
    def stands(self) -> list[tuple[int, int]]:
        """The spans, in the key, of phrases that stand in it."""
        return self.found.stands[self.rule.id].get(0, [])


@dataclass(frozen=True, slots=True)
class Kind:
    """How rules of a kind work.

    `marks` is its function. `fires` tells by one line alone, without a context, whether a rule
    speaks of it; None where a line alone tells nothing. A kind that `needs_words` is nothing
    without phrases or a pattern; one that is `asked` says nothing where a page has none of the
    rule's phrases and elements.
    """

    marks: Callable[[Sight, Rule], Iterable[Mark]]
    fires: Callable[[_Tried], bool] | None = None
    needs_words: bool = False
    asked: bool = False


def _fills(one: _Tried) -> bool:
    return one.fills


def _opens(one: _Tried) -> bool:
    return one.opens > 0 and not _is_doubtful(one.rule, one.shown.text)


def _closes(one: _Tried) -> bool:
    return 0 in one.found.closes[one.rule.id]


def _stands(one: _Tried) -> bool:
    return bool(one.stands)


def _captions(one: _Tried) -> bool:
    return one.fills or split_credit(one.shown.text, one.rule)[1] != ""


def _dates(one: _Tried) -> bool:
    labels = frozenset(normal.key(phrase) for phrase in one.rule.phrases)
    return dates.only_a_date(one.shown.text, one.language, labels) is not None


def _names(one: _Tried) -> bool:
    named = 0 < len(words(one.shown.key[one.opens :])) <= standing.MAX_NAME_WORDS
    is_short = is_label(Block("", one.shown.text))
    return is_short and (one.fills or (one.opens > 0 and named))


def _codes(one: _Tried) -> bool:
    return code_span(one.shown.text, [one.shown.span(*span) for span in one.stands]) is not None


def _strays(one: _Tried) -> bool:
    return is_stray(one.shown.text)


KINDS: Mapping[str, Kind] = {
    "line": Kind(line, _fills, needs_words=True, asked=True),
    "prefix": Kind(prefix, _opens, needs_words=True, asked=True),
    "suffix": Kind(suffix, _closes, needs_words=True, asked=True),
    "sentence": Kind(sentence, _stands, needs_words=True, asked=True),
    "from_here": Kind(from_here, _fills, needs_words=True, asked=True),
    "run": Kind(run, _fills, needs_words=True, asked=True),
    "container": Kind(standing.container, asked=True),
    "title": Kind(standing.title),
    "next_story": Kind(standing.next_story),
    "above_title": Kind(standing.above_title, _fills),
    "standfirst": Kind(standing.standfirst),
    "date_line": Kind(standing.date_line, _dates),
    "dateline": Kind(standing.dateline),
    "caption": Kind(caption, _captions, needs_words=True, asked=True),
    "repeated": Kind(standing.repeated),
    "byline": Kind(standing.byline, _names),
    "teasers": Kind(standing.teasers),
    "promotion": Kind(promotion, _stands, needs_words=True, asked=True),
    "platform": Kind(platform, _stands, needs_words=True, asked=True),
    "closing_code": Kind(closing_code, _codes, needs_words=True),
    "stray": Kind(stray, _strays),
}

NEEDS_WORDS: Mapping[str, bool] = {name: kind.needs_words for name, kind in KINDS.items()}


def marks(sight: Sight, rules: Iterable[Rule]) -> Iterator[Mark]:
    """What all rules say about a page."""
    for rule in rules:
        kind = KINDS[rule.kind]
        if rule.id in sight.spoken_of or not kind.asked:
            yield from kind.marks(sight, rule)


def fires(rule: Rule, text: str, language: str = "en") -> bool:
    """Whether a rule of phrases speaks about a line of this text that has no context.

    `language` is that of the rule's pack, for the names of months. This is what the `strips`
    and `keeps` of a rule file are held against.
    """
    kind = KINDS[rule.kind]
    if kind.fires is None:
        return False
    shown = Line(normal.collapse(text))
    return kind.fires(_Tried(rule, shown, matcher((rule,)).find([shown]), language))
