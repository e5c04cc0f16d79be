"""The whole cleaner on whatever a page may hold: nothing invented, nothing lost, nothing raised."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archiver import rules
from archiver.clean.document import clean
from archiver.errors import Uncleanable
from archiver.text import normal
from tests.clean.cleaned import Cleaned, html, plain, shipped, snapshot
from tests.clean.test_cut import pieces
from tests.strategies import soup, text_of, texts

if TYPE_CHECKING:
    from archiver.model import Rule, Snapshot

PROSE = (
    "The bridge over the river was opened again on Wednesday morning, two winters after the flood."
)


def cleaned(taken: Snapshot) -> Cleaned | None:
    """The page cleaned; None where it is refused, which is the one error that may come."""
    try:
        page = shipped().page(taken)
    except Uncleanable:
        return None
    return Cleaned(page, shipped().document(page, "news.example"))


def holds(got: Cleaned) -> None:
    """Invariant 1, and that the text is what was kept."""
    blocks, marks = got.page.blocks, got.document.marks
    parts = pieces(list(blocks), marks)
    assert ["".join(text for text, _ in part) for part in parts] == [b.text for b in blocks]
    kept = ["".join(text for text, stays in part if stays) for part in parts]
    assert got.kept == [text for text in kept if text]
    assert list(marks) == sorted(marks)
    assert all(mark.start < mark.end for mark in marks)


@given(soup)
def test_tag_soup_is_cleaned_or_refused(page: str) -> None:
    """Every kept paragraph is text of the page, read by a parser that is not asked for blocks."""
    got = cleaned(snapshot(page, "text/html; charset=utf-8"))
    assume(got is not None)
    assert got is not None
    holds(got)
    everything = text_of(page)
    for part in pieces(list(got.page.blocks), got.document.marks):
        for stretch, stays in part:
            assert not stays or normal.skeleton(stretch) in everything


@given(texts)
def test_any_text_is_cleaned_or_refused(text: str) -> None:
    got = cleaned(snapshot(text, "text/plain; charset=utf-8"))
    if got is not None:
        holds(got)
        assert all("\n" not in paragraph or paragraph.strip() for paragraph in got.kept)


@given(soup)
def test_the_same_page_gives_the_same_document(page: str) -> None:
    taken = snapshot(page, "text/html; charset=utf-8")
    one, other = cleaned(taken), cleaned(taken)
    assert one == other


@given(
    st.permutations(list(rules.select(shipped().packs, "x.example", "hi", ("foxiz", "wordpress"))))
)
@settings(max_examples=20)
def test_the_order_of_rules_does_not_matter(order: list[Rule]) -> None:
    text = "\n".join(
        ["International", "पुल फिर खुल गया", "14 नवंबर 2025", f"{PROSE}", "यह भी पढ़ें: नया पुल", f"{PROSE}!", "Related Articles", "Leave a Reply", "Share", "x"]
    )  # fmt: skip
    page = shipped().page(snapshot(text, "text/plain; charset=utf-8"))
    acting = tuple(sorted(order, key=lambda rule: rule.id))
    one, other = clean(page, order, "x"), clean(page, acting, "x")
    assert (one.text, one.marks, one.metadata) == (other.text, other.marks, other.metadata)


def test_every_joiner_of_a_kept_paragraph_is_kept() -> None:
    text = (
        "निर्माण समिति के उपाध्\u200dयक्ष ने कहा कि \u200cकाम समय पर पूरा हुआ और सब लोग बहुत प्रसन्न हैं। " * 3
    )
    got = html(f"<article><p>{text}</p><p>{text[::-1]}।</p></article>", lang="hi")
    assert text.strip() in got.kept


def test_a_control_character_never_comes_out() -> None:
    got = plain(f"{PROSE}\x00\x01\x1b[31m\n{PROSE}&#0;")
    assert not any(ord(character) < 32 and character != "\n" for character in got.document.text)


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.1, 2), pytest.param(1.0, 8, marks=pytest.mark.large)]
)
@pytest.mark.parametrize(
    ("start", "part", "times"),
    [
        ("", "<p>Also Read</p>", 15_000),
        ("", "<p>Share</p><p>x y</p>", 10_000),
        (f"<p>{PROSE}", "<p><a href=x>Also Read: x y</a>", 15_000),
        (f"<p>{PROSE}", "<p>Follow us on Facebook", 10_000),
        ("", "<p>14 November 2025</p>", 10_000),
        ("", "<li><a href=x>Teaser line here</a>", 15_000),
        ("<p>", "Reuters AP. ", 30_000),
        ("<p>", "word ", 200_000),
        ("", "<div class=share-title><p>a", 2000),
        ("", "<table>", 2000),
        ("<p>", "&zwj;", 150_000),
        ("", f"<p>{PROSE}</p>", 10_000),
    ],
    ids=["labels", "runs", "teasers", "invitations", "dates", "links", "agencies", "long", "nested", "tables", "joiners", "prose"],
)  # fmt: skip
def test_a_page_of_one_thing_over_and_over_ends_quickly(
    start: str, part: str, times: int, share: float, seconds: int
) -> None:
    page = start + part * int(times * share) + "x"
    cleaned(snapshot(PROSE, "text/html; charset=utf-8"))  # what is made once is made
    started = time.process_time()
    got = cleaned(snapshot(page, "text/html; charset=utf-8"))
    assert time.process_time() - started < seconds
    if got is not None:
        holds(got)
