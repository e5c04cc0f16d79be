"""The layout: every run of visible text once, in page order, with its evidence."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import blocks as layout
from archiver.extract import bounds
from archiver.text import normal
from tests.extract.laid import blocks, page, shown
from tests.strategies import soup, text_of


def test_a_line_break_ends_a_run() -> None:
    assert shown("<p>एक<br>दो<br><br/>तीन</p>") == ["एक", "दो", "तीन"]


def test_inline_elements_stand_inside_a_line() -> None:
    assert shown("<p>The <b>old</b> <i>bri</i>dge <a href=x>is</a> <span>open</span>.</p>") == [
        "The old bridge is open."
    ]


def test_block_elements_break_a_line_unknown_ones_too() -> None:
    assert shown("a<div>b</div>c<p>d</p><x-card>e</x-card>f") == ["a", "b", "c", "d", "e", "f"]


def test_white_space_collapses_but_no_break_spaces_stay() -> None:
    assert shown("<p>  a \n\t b\u00a0\u00a0c  </p><p> \u00a0 </p>") == ["a b\u00a0\u00a0c"]


def test_preformatted_lines_are_runs() -> None:
    assert shown("<pre>one\n  two\n\n<b>three</b> four</pre><p>five\nsix</p>") == [
        "one", "two", "three four", "five six",
    ]  # fmt: skip


def test_joiners_and_entities_are_text() -> None:
    assert shown("<p>उपाध्&zwj;यक्ष کتب&#x200c;خانہ &amp; &lt;b&gt;</p>") == [
        "उपाध्\u200dयक्ष کتب\u200cخانہ & <b>"
    ]


def test_a_letter_and_its_mark_in_two_elements_are_one_letter() -> None:
    (block,) = blocks("<p>e<b class=x>\u0301</b>t</p>")
    assert block.text == "\u00e9t"
    assert all(0 <= span.start <= span.end <= len(block.text) for span in block.spans)


@pytest.mark.parametrize(
    "element",
    ["script", "style", "template", "textarea", "svg", "iframe", "noframes", "select", "object", "audio", "canvas"],
)  # fmt: skip
def test_what_no_reader_reads_is_no_block(element: str) -> None:
    assert shown(f"<p>a</p><{element}>no</{element}><p>b</p>") == ["a", "b"]


@pytest.mark.parametrize(
    "opening",
    ["<div hidden>", '<div style="color:red; DISPLAY : none">', "<noscript>", "<dialog>", '<p style="visibility:hidden">'],
)  # fmt: skip
def test_what_is_not_shown_is_a_hidden_block(opening: str) -> None:
    seen = {block.text: block.hidden for block in blocks(f"<p>a</p>{opening}no</div>")}
    assert seen["a"] is False
    assert seen["no"] is True


def test_hidden_and_shown_are_never_one_line() -> None:
    assert [(block.text, block.hidden) for block in blocks("a<span hidden>b</span>c")] == [
        ("a", False), ("b", True), ("c", False),
    ]  # fmt: skip


def test_links_and_bold_are_counted_in_letters() -> None:
    (block,) = blocks("<p>see <a href=x>this one</a> or <a name=y>that</a> <b>now</b></p>")
    assert block.linked == len("this one")
    assert block.bold == len("now")


def test_spans_name_the_inline_elements_with_classes() -> None:
    (block,) = blocks('<p>The bridge. <span class="credit"><em>Reuters</em></span></p>')
    (span,) = block.spans
    assert block.text[span.start : span.end] == "Reuters"
    assert span.path == "span.credit"


def test_a_path_names_ids_classes_and_telling_attributes() -> None:
    (block,) = blocks(
        '<div></div><div id=page class="site क b-c"><main role=main><p>x</p></main></div>'
    )
    assert block.path == "/html/body/div[2]#page.site.b-c/main[role=main]/p"


def test_a_name_that_a_path_cannot_hold_is_left_out() -> None:
    (block,) = blocks('<div id="a/b" class="x/y [z]"><p>t</p></div>')
    assert block.path == "/html/body/div/p"


def test_a_hundred_thousand_nested_elements_end_quickly_and_are_flagged() -> None:
    started = time.process_time()
    got = page("<div>" * 100_000 + "<p>deep &amp; down</p><script>no</script>")
    assert time.process_time() - started < 10
    assert "flattened" in got.flags
    assert [block.text for block in got.blocks] == ["deep & down"]


def test_depth_below_the_limit_keeps_paths_short() -> None:
    (block,) = blocks("<div>" * 3000 + "x")
    assert block.path.count("/") <= layout.MAX_PATH_DEPTH


def test_an_attribute_of_a_megabyte_is_no_text() -> None:
    got = page(f'<p class="{"a" * 1_000_000}" title="{"b " * 100_000}">Short.</p>')
    assert [block.text for block in got.blocks] == ["Short."]


@pytest.mark.parametrize("of", [10, pytest.param(1, marks=pytest.mark.large)])
def test_a_hundred_thousand_lines_end_quickly(of: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a tenth of them, and of the bound on what is voted about."""
    monkeypatch.setattr(bounds, "MAX_VOTE_TAGS", bounds.MAX_VOTE_TAGS // of)
    started = time.process_time()
    got = page("<p>line<br>" * (100_001 // of))
    assert time.process_time() - started < 20 / of
    assert len(got.blocks) == 100_001 // of
    assert "no-vote" in got.flags


def test_formatting_that_is_never_closed_ends_quickly() -> None:
    """A parser reopens it in every paragraph: the tree grows with the square of the page."""
    started = time.process_time()
    got = page("".join(f"<font a={n}><p>x" for n in range(4000)))
    assert time.process_time() - started < 10
    assert "flattened" in got.flags
    assert len(got.blocks) == 4000


def test_a_page_that_forgets_to_close_its_bold_is_parsed() -> None:
    got = page("<p><b>Old page.</p>" * 3000)
    assert "flattened" not in got.flags


@given(soup)
def test_every_block_is_text_of_the_page_in_order(html: str) -> None:
    """Counted against the parser's own text, white space and format signs aside."""
    laid_out = layout.blocks(LexborHTMLParser(html))
    everything = text_of(html)
    at = 0
    for block in laid_out:
        key = normal.skeleton(block.text)
        found = everything.find(key, at)
        assert found >= 0, (block.text, html)
        at = found + len(key)


@given(soup)
def test_blocks_keep_their_facts_within_their_text(html: str) -> None:
    for block in layout.blocks(LexborHTMLParser(html)):
        assert block.text == normal.collapse(block.text)
        assert block.text
        assert 0 <= block.linked <= len(block.text)
        assert 0 <= block.bold <= len(block.text)
        assert block.path.startswith("/html/body")
        assert all(0 <= s.start < s.end <= len(block.text) for s in block.spans)
        assert list(block.spans) == sorted(block.spans, key=lambda s: s.start)
