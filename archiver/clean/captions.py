"""Picture captions that stand as lines in the text: the agencies' names in, marks out.

An agency's name after the last stop also signs the story off. A sentence is worth more than a
caption, so the name alone goes wherever nothing else says that the line is a picture's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from archiver.clean.decide import is_heading
from archiver.clean.lines import Line
from archiver.clean.phrases import matcher
from archiver.clean.sight import Sight
from archiver.model import Mark, Rule
from archiver.text import dates, normal
from archiver.text.prose import STOPS, ends_sentence, words

# Agencies write captions after one pattern: five words in common with a caption that is known
# (who, did what, on which day, where) are no accident.
_SHARED_WORDS = 5
# Agencies' captions have a sentence or two; what is longer is the story, told in one line.
_MAX_CAPTION = 500
# The elements of a figure, and the class names that content systems give captions, whole: a
# `no-caption` says the opposite. Asked of the line's own element and the two around it.
_FIGURE = re.compile(
    r"^fig(?:ure|caption)(?=[\[#.]|$)"
    r"|[.#](?:(?:wp|img|image|photo|picture|media|gallery|figure|single|feat)[-_])?caption"
    r"(?:[-_]text)?(?=[.#\[]|$)",
    re.IGNORECASE,
)
_NEAR = 3


@cache
def _names(rule: Rule) -> Rule:
    """The rule without its labels that any text may follow ("Photo: {}")."""
    return replace(rule, phrases=tuple(one for one in rule.phrases if " {}" not in one))


def split_credit(text: str, rule: Rule) -> tuple[str, str]:
    """A caption and the credit glued to its last stop; the credit is empty if there is none.

    >>> agency = Rule(id="", kind="caption", label="", why="", phrases=("Reuters", "Photo: {}"))
    >>> split_credit("The bridge.Reuters", agency)
    ('The bridge.', 'Reuters')
    >>> split_credit("He saw it. Photo: that was the word he used.", agency)[1]
    ''
    """
    line = Line(text)
    start = matcher((rule,)).find([line]).closes.get(rule.id, {}).get(0)
    return (text, "") if start is None else _split(line, start, rule)


def _split(line: Line, start: int, rule: Rule) -> tuple[str, str]:
    """The same, where the credit starts in the line's key."""
    text = line.text
    said = normal.trim(text[: line.offsets[start]])
    credit = normal.trim(text[len(said) :])
    if not said or said[-1] not in STOPS:
        return text, ""
    if ends_sentence(credit) and not matcher((_names(rule),)).find([Line(credit)]).fills:
        return text, ""  # a sentence that begins like a credit
    return said, credit


def _is_dated(text: str, language: str) -> bool:
    """Whether a line names a full date, at one of its ends if it is long."""
    ends = {text[: dates.MAX_LENGTH], text[-dates.MAX_LENGTH :]}
    return any(dates.find(end, language) for end in ends)


def _in_figure(path: str) -> bool:
    """Whether a block's own element, or one of the two around it, is a figure's."""
    return any(_FIGURE.search(step) for step in path.split("/")[-_NEAR:])


def _shingles(text: str) -> set[tuple[str, ...]]:
    """Runs of words with a number among them: what captions share is the day and the place."""
    found = words(normal.key(text))
    runs = (found[at : at + _SHARED_WORDS] for at in range(len(found) - _SHARED_WORDS + 1))
    return {tuple(run) for run in runs if any(word.isdecimal() for word in run)}


def _glued(sight: Sight, credited: Mapping[int, str], last: int) -> set[int]:
    """The lines that are captions for certain: dated, their credit glued to them, inside the text.

    Where most of the text is credited so, the credits sign off the parts of a round-up.
    """
    blocks = sight.page.blocks
    if len(credited) > len(set(sight.paragraphs).difference(credited)):
        return set()
    return {
        at
        for at, credit in credited.items()
        if at < last
        and len(blocks[at].text) <= _MAX_CAPTION
        and not blocks[at].text[: -len(credit)].endswith((" ", "\u00a0"))
        and _is_dated(blocks[at].text[: -len(credit)], sight.language)
    }


def _is_credit(sight: Sight, at: int, rule: Rule, captions: set[int]) -> bool:
    """Whether a line is an agency's name, or a label with a name, and no line of the story."""
    filling = sight.found.fills[rule.id].get(at)
    if not filling or sight.in_list(at):
        return False
    if any(" {}" not in phrase for phrase in filling):
        return True
    blocks = sight.page.blocks
    near = range(max(0, at - 1), min(len(blocks), at + 2))
    if any(beside in captions or _in_figure(blocks[beside].path) for beside in near):
        return True
    if is_heading(blocks[at]):
        return False
    return sight.page.media_type == "text/html" or sight.in_context(at)


def caption(sight: Sight, rule: Rule) -> Iterator[Mark]:
    """Picture captions told by their credit, credits on lines of their own, and sign-offs.

    `rule.phrases` are the agencies. Only above other paragraphs of the text can a line be a
    caption: if it bears a full date and an agency's name is glued to its last stop. Where the
    credit stands after a blank or on the next line it must be dated and worded like such a
    caption, or stand in a figure. Else the name goes alone.
    """
    blocks = sight.page.blocks
    order = sorted(sight.main)
    filling, closed = sight.found.fills[rule.id], sight.found.closes[rule.id]
    if not filling and not closed:
        return
    credited = {
        at: _split(sight.lines[at], start, rule)[1]
        for at, start in sorted(closed.items())
        if at in sight.main
    }
    credited = {at: credit for at, credit in credited.items() if credit}
    last = max((at for at in sight.paragraphs if at not in credited), default=-1)
    captions = _glued(sight, credited, last)
    known = {shingle for at in captions for shingle in _shingles(blocks[at].text)}

    def is_caption(at: int) -> bool:
        text = blocks[at].text
        if at >= last or len(text) > _MAX_CAPTION or is_heading(blocks[at]):
            return False
        if _in_figure(blocks[at].path):
            return True
        return not known.isdisjoint(_shingles(text)) and _is_dated(text, sight.language)

    captions |= {at for at in credited if is_caption(at)}
    for at, credit in credited.items():
        length = len(blocks[at].text)
        if at in captions:
            # An element says that the whole line is a caption; words say it only of the credit.
            yield Mark(
                at, 0, length, rule.id, "caption" if _in_figure(blocks[at].path) else "photo_credit"
            )
        else:
            yield Mark(at, length - len(credit), length, rule.id, "source_label")
    for before, at in zip([-1, *order], order, strict=False):
        if not _is_credit(sight, at, rule, captions):
            continue
        kind = "photo_credit" if at < last else "source_label"
        yield Mark(at, 0, len(blocks[at].text), rule.id, kind)
        if before >= 0 and before not in credited and is_caption(before):
            yield sight.whole(before, rule)
