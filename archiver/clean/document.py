"""A page and the rules that act on it in, the document out: mark, cut, collect the metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from archiver.clean import agencies, cut, decide, kinds
from archiver.clean.captions import split_credit
from archiver.clean.sight import Sight
from archiver.clean.structure import structure
from archiver.model import RECORD, Caption, Document, Mark, Metadata, Page, Rule
from archiver.text import dates, normal, scripts
from archiver.text.agencies import named
from archiver.text.prose import slashed, words

# "PLACE:" or "Place, agency।" at the head of the first paragraph. It stays in the text.
_HEAD = re.compile(r"(?P<place>[^.:।|—–\n]{2,40}?)\s?(?:[:।]|\s?[—–]|\s-)(?=\s|\S{3})")
_MAX_PLACE_WORDS = 4


def _captions(sight: Sight, marks: Sequence[Mark], rules: Sequence[Rule]) -> tuple[Caption, ...]:
    """Captions as text and credit: glued together, or the credit on the line below."""
    page = sight.page
    agencies = [rule for rule in rules if rule.kind == "caption"]
    found: list[Caption] = []
    ends: list[int] = []  # the block that each caption stands in
    for mark in marks:
        if mark.kind not in {"caption", "photo_credit"} or not sight.inside(mark.block):
            continue
        text = normal.trim(page.blocks[mark.block].text[mark.start : mark.end])
        credit = ""
        for rule in agencies:
            text, credit = split_credit(text, rule)
            if credit:
                break
        if mark.kind == "photo_credit" and not credit:  # a credit on a line of its own
            if found and mark.block - ends[-1] <= 1 and not found[-1].credit:
                found[-1] = replace(found[-1], credit=text)
            continue
        caption = Caption(text=text, credit=credit)
        if caption not in found:
            found.append(caption)
            ends.append(mark.block)
    return tuple(found)


def _dated(sight: Sight, marks: Sequence[Mark], kind: str) -> str | None:
    """The day that the article's own date lines agree on, with the time where one states it."""
    stated: set[str] = set()
    for mark in marks:
        if mark.kind == kind and sight.inside(mark.block):
            text = sight.page.blocks[mark.block].text[mark.start : mark.end]
            found = dates.find(text, sight.language)
            if found and dates.believable(found[0], sight.page.fetched_at):
                stated.add(found[0])
    agreed = len({one[:10] for one in stated}) == 1
    return max(stated, key=lambda one: (len(one), one)) if agreed else None


def _place(text: str) -> str | None:
    """A place, or a place and an agency, at the head of a paragraph.

    >>> _place("NEW DELHI: Rain fell."), _place("Rain fell in the city: a first.")
    ('NEW DELHI', None)
    """
    found = _HEAD.match(text)
    if found is None:
        return None
    place = normal.trim(found["place"])
    if len(words(place)) > _MAX_PLACE_WORDS or any(map(str.isdigit, place)):
        return None  # a date, or a number of something
    if scripts.main(place) == "Latn" and not place.split(",")[0].split("(")[0].isupper():
        return None  # in Latin script only capitals tell a dateline from a sentence's head
    return place


def _outlet(said: str) -> tuple[str, ...]:
    """The outlet of a line "place / outlet / headline": an agency's name, or as it stands."""
    return (named(said) or said,) if said else ()


def _metadata(sight: Sight, marks: Sequence[Mark], paragraphs: Sequence[str]) -> Metadata:
    """The page's own statements, completed by what the marks took out of the text."""
    page, found = sight.page, sight.page.metadata
    first: dict[str, str] = {}
    for mark in marks:
        if mark.kind != cut.NOT_MAIN:
            text = page.blocks[mark.block].text[mark.start : mark.end]
            first.setdefault(mark.kind, normal.trim(text))
    published, source = found.published, found.published_source
    line = _dated(sight, marks, "published_label")
    if line and (published is None or source == "htmldate"):
        published, source = line, "text"
    modified, modified_source = found.modified, found.modified_source
    line = _dated(sight, marks, "updated_label")
    if line and modified is None and line[:10] >= (published or "")[:10]:
        modified, modified_source = line, "text"
    place, outlet, _ = slashed(first.get("dateline", "")) or ("", "", "")
    sent = (*found.agencies, *_outlet(outlet), *agencies.credited(sight))
    return replace(
        found,
        published=published,
        published_source=source,
        modified=modified,
        modified_source=modified_source,
        section=found.section or first.get("category_label"),
        kicker=found.kicker or first.get("kicker"),
        description=first.get("description") or found.description,
        dateline=place or (_place(paragraphs[0]) if paragraphs else None),
        agencies=tuple(dict.fromkeys(sent)),
    )


def in_force(rules: Sequence[Rule], fetched_at: datetime | None) -> Sequence[Rule]:
    """The rules that act on a page of that moment: from `since` on, and before `until`.

    A page that no time is known of may be of any layout: rules that end with one leave it alone.
    """
    if not any(rule.since or rule.until for rule in rules):
        return rules
    if fetched_at is None:
        return tuple(rule for rule in rules if not (rule.since or rule.until))
    at = fetched_at.astimezone(UTC).isoformat(timespec="microseconds")
    return tuple(rule for rule in rules if rule.since <= at and (not rule.until or at < rule.until))


def _as_it_is(page: Page, cleaner: str) -> Document:
    """The document of a record: every paragraph, each with the code that its path begins with."""
    return Document(
        cleaner=cleaner,
        metadata=page.metadata,
        language=page.language,
        script=page.script,
        confidence=page.confidence or None,
        text="\n\n".join(block.text for block in page.blocks),
        structure=tuple(block.path[1 : block.path.index("[")] for block in page.blocks),
        flags=page.flags,
    )


def clean(page: Page, rules: Sequence[Rule], cleaner: str) -> Document:
    """Clean one page. `cleaner` is the name of `rules` by `identity.cleaner_id`.

    A record was cleaned by others before: nothing is taken out of it.
    """
    if page.media_type == RECORD:
        return _as_it_is(page, cleaner)
    rules = in_force(rules, page.fetched_at)
    main = decide.main_blocks(page)
    sight = Sight(page, main, rules)
    spoken = kinds.marks(sight, rules)
    marks = cut.resolve(page.blocks, main, spoken, sight.strengths)
    kept = cut.kept(page.blocks, marks)
    paragraphs = [text for _, text in kept]
    folded = sum(page.blocks[at].hidden for at, _ in kept)
    return Document(
        cleaner=cleaner,
        metadata=_metadata(sight, marks, paragraphs),
        language=page.language,
        script=page.script,
        confidence=page.confidence,
        text="\n\n".join(paragraphs),
        structure=structure([page.blocks[at] for at, _ in kept]),
        captions=_captions(sight, marks, rules),
        marks=marks,
        flags=(*page.flags, f"hidden:{folded}") if folded else page.flags,
    )
