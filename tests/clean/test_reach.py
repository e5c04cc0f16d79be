"""What no changed rule can reach is the same under both sets of rules, whatever they are."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver import rules
from archiver.clean.document import clean
from archiver.clean.reach import Reach
from archiver.model import Block, Document, Metadata, Page, Rule, Snapshot
from archiver.work.cleaning import Cleaner
from archiver.work.sample_sites import samples_folder

DEV = Path(__file__).parents[3] / "shared" / "pages" / "dev"
FETCHED = datetime(2025, 11, 20, tzinfo=UTC)
# Before and after that: rules with these ends act, or do not.
MOMENTS = ("2025-11-19T00:00:00.000000+00:00", "2025-11-21T00:00:00.000000+00:00")
STORY = "A sentence about a bridge that was repaired in May, and about the men who did it. "


def lines(*texts: str) -> Page:
    """A page of one article with these lines."""
    return Page(
        url="https://news.example/a",
        media_type="text/plain",
        blocks=tuple(Block(f"/line[{at}]", text) for at, text in enumerate(texts, start=1)),
        fetched_at=FETCHED,
        metadata=Metadata(title="A bridge", site_name="News"),
        language="en",
        script="Latn",
    )


# Where rules bear on one another: a button beside a date, a credit behind a caption, invitations.
HARD = (
    lines("A bridge", "12 May 2025 | Share", STORY * 2, STORY),
    lines("A bridge", "১২ মে ২০২৫ | 5 comments", STORY * 2, STORY),
    lines("The bridge on 12 May 2025.Reuters", STORY * 2, STORY),
    lines(STORY * 2, STORY, "Photo: Reuters", "Follow us on Facebook and on Instagram."),
    lines(STORY * 2, "Join our WhatsApp channel", "Follow us on Facebook, X and on Telegram."),
)


@cache
def pages(every: int = 1) -> tuple[Page, ...]:
    """Of real ones where they are at hand every so-manieth, the samples, and the hard ones."""
    cleaner = Cleaner(None)
    found = [path.read_bytes() for path in sorted(samples_folder().glob("*/*/page.html"))]
    found += [gzip.decompress(path.read_bytes()) for path in sorted(DEV.glob("*.html.gz"))[::every]]
    laid_out = (
        cleaner.page(Snapshot(url="https://news.example/a", fetched_at=FETCHED, body=body))
        for body in found
    )
    return (*HARD, *laid_out)


@cache
def packs() -> tuple[rules.Pack, ...]:
    return Cleaner(None).packs


def shipped() -> tuple[Rule, ...]:
    return tuple(rule for pack in packs() for rule in pack.rules)


def acting(page: Page) -> list[Rule]:
    return list(rules.select(packs(), "x.example", page.language, page.systems))


def changed(known_rules: list[Rule], chance: random.Random, page: Page) -> list[Rule]:
    """Some rules out, some changed, some in: of other packs, or of the page's own words."""
    found = [rule for rule in known_rules if chance.random() > 0.02]
    for at in chance.sample(range(len(found)), 3):
        rule = found[at]
        phrases = tuple(one for one in rule.phrases if chance.random() > 0.2)
        if phrases or not rule.phrases:
            found[at] = replace(rule, phrases=phrases)
        if chance.random() < 0.2:
            found[at] = replace(found[at], needs_context=not rule.needs_context)
    if chance.random() < 0.5:
        since, until = chance.choice((("", MOMENTS[0]), (MOMENTS[1], ""), MOMENTS))
        at = chance.randrange(len(found))
        found[at] = replace(found[at], since=since, until=until)
    known = {rule.id for rule in found}
    others = [rule for rule in shipped() if rule.id not in known]
    found += chance.sample(others, chance.choice((0, 1, 3)))
    if chance.random() < 0.3:
        text = chance.choice(page.blocks).text
        kind = chance.choice(("line", "prefix", "suffix", "sentence", "run", "byline", "caption"))
        words = text.split()[:4] or ["x"]
        phrase = " ".join(words).replace("{", "").replace("}", "")
        if any(one.isalpha() for one in phrase):
            found.append(Rule(id="own.rule", kind=kind, label="own", why="", phrases=(phrase,)))
    chance.shuffle(found)
    return found


def is_touched(old: list[Rule], new: list[Rule], page: Page, before: Document) -> bool:
    reach = Reach(old, new)
    words = "".join(f"{block.text}\0" for block in page.blocks)
    paths = [block.path for block in page.blocks]
    paths += [span.path for block in page.blocks for span in block.spans]
    return reach.document({mark.rule for mark in before.marks}) or reach.page(words, paths)


@pytest.mark.parametrize(
    ("seed", "every"), [(1, 7), *(pytest.param(n, 1, marks=pytest.mark.large) for n in (2, 3))]
)
def test_an_untouched_document_is_the_same(seed: int, every: int) -> None:
    """Many random changes of rules over every so-manieth page; many are told without a cleaning."""
    chance = random.Random(seed)  # noqa: S311 - rules, not secrets
    told = differ = 0
    for page in pages(every):
        old = acting(page) if chance.random() < 0.5 else changed(acting(page), chance, page)
        before = clean(page, old, "")
        for _ in range(2):
            new = changed(acting(page), chance, page)
            touched = is_touched(old, new, page, before)
            after = clean(page, new, "")
            assert touched or after == before, (page.url, {*old} ^ {*new})
            told += not touched
            differ += after != before
    assert differ
    assert told


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(HARD),
    st.lists(st.sampled_from(["share", "5 comments", "Reuters", "Photo: {}", "follow us", "x"])),
    st.sampled_from("line prefix suffix sentence run byline caption promotion platform".split()),
    st.sampled_from([("in", "out"), ("out", "in"), ("over", "in"), ("in", "over")]),
    st.booleans(),
)
def test_rules_that_bear_on_one_another_are_told(
    page: Page, phrases: list[str], kind: str, stand: tuple[str, str], dated: bool
) -> None:
    """One rule in, out or over, of the kinds whose phrases other rules look at."""
    if not phrases:
        return
    rule = Rule(id="own.rule", kind=kind, label="own", why="", phrases=tuple(phrases))
    others = acting(page)
    page = page if dated else replace(page, fetched_at=None)
    by_stand = {"in": [rule], "out": [], "over": [replace(rule, until=MOMENTS[0])]}
    old, new = ([*others, *by_stand[one]] for one in stand)
    before = clean(page, old, "")
    assert is_touched(old, new, page, before) or clean(page, new, "") == before


def test_one_phrase_more_is_looked_for_alone() -> None:
    """Of a rule with many phrases that gets another, only the other one counts."""
    rule = Rule(id="r", kind="line", label="x", why="", phrases=("share", "print"))
    more = replace(rule, phrases=("print", "share", "never seen"), why="reworded")
    assert not Reach([rule], [more]).page("Share\0Print\0", [])
    assert Reach([rule], [more]).page("Never  seen\0", [])
    same = replace(rule, why="reworded", strips=("Print",))
    assert not Reach([rule], [same]).words
    assert not Reach([rule], []).words  # the document's own marks tell
    assert Reach([rule], []).document({"r"})
    assert not Reach([rule], []).document({"s"})
    assert Reach([], [Rule(id="t", kind="title", label="x", why="")]).page("a\0", ["/p"])
