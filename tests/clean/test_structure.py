"""What each paragraph of a text is, told by the elements that hold it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from selectolax.lexbor import LexborHTMLParser

from archiver.clean.structure import structure
from archiver.extract.blocks import blocks
from archiver.model import Block
from tests.strategies import soup

from . import cleaned

PARAGRAPH = "The bridge over the river was opened again on Thursday, after three months of rain."
STORY = f"<p>{PARAGRAPH}</p>" * 4


def codes(html: str) -> list[str]:
    """The codes of a whole body, a story around what is asked about left out."""
    found = structure(blocks(LexborHTMLParser(f"<body>{STORY}{html}{STORY}</body>")))
    assert found[:4] == found[-4:] == ("p",) * 4
    return list(found[4:-4])


def test_headings_have_their_level() -> None:
    assert codes("<h2>One</h2><p>x</p><h4 class=a><span>Two</span></h4>") == ["h2", "p", "h4"]


def test_a_standfirst_in_a_heading_element_is_a_paragraph() -> None:
    """A question, and a headline that closes with a stop, are headings."""
    assert codes(f"<h2>{PARAGRAPH} {PARAGRAPH}</h2>") == ["p"]
    assert codes(f"<h2>{PARAGRAPH}</h2>") == ["h2"]
    assert codes(f"<h3>{PARAGRAPH} When will it be closed again, and why?</h3>") == ["h3"]


def test_a_bold_line_over_a_paragraph_is_a_heading() -> None:
    assert codes("<p><b>What happened</b></p>") == ["h"]
    assert codes("<p><b>What</b> happened</p>") == ["p"]
    assert codes(f"<p><b>{PARAGRAPH}</b></p>") == ["p"]
    assert codes("<p><b>Ministry</b></p><p><b>of Rain</b></p>") == ["p", "p"]
    assert codes("<p><a href=/x><b>Another story</b></a></p>") == ["p"]


def test_a_bold_line_with_no_paragraph_above_or_below_is_none() -> None:
    lines = (Block("/p", "Place", bold=5), Block("/p[2]", PARAGRAPH), Block("/p[3]", "End", bold=3))
    assert structure(lines) == ("p", "p", "p")


def test_items_tell_their_list_and_depth() -> None:
    assert codes("<ul><li>a<li><p>b<p>c</ul>") == ["li", "li", "+"]
    assert codes("<ol><li>a<ul><li>b</ul><li>c</ol>") == ["ol", "li2", "ol"]
    assert codes("<ol><li>a</ol><ul><li>b</ul>") == ["ol", "li"]


def test_entries_of_a_live_blog_are_no_items() -> None:
    """What holds a heading is a part of the page, whatever its element."""
    assert codes("<ul><li><h3>10:30</h3><p>a</p><p>b</p></ul>") == ["h3", "p", "p"]


def test_quotes_and_preformatted_lines() -> None:
    assert codes("<blockquote><p>a</p><p>b</p></blockquote>") == ["quote", "quote"]
    assert codes("<blockquote><ul><li>a</ul></blockquote>") == ["li"]
    assert codes("<pre>a\nb</pre>") == ["pre", "pre"]


def test_cells_tell_row_and_column() -> None:
    table = "<table><tr><th>a<th>b<tr><td>c<td>d<br>e<tr><td><td>f<td>g<tr><th>h<td><td>i</table>"
    assert codes(table) == ["table", "td", "tr", "td", "+", "tr2", "td", "tr", "td3"]
    assert codes(table * 2) == codes(table) * 2
    assert codes("<table><tr><td>a<td><ul><li>b<li>c</ul></table>") == ["table", "td", "+"]


def test_tables_that_lay_out_a_page_are_none() -> None:
    assert codes("<table><tr><td>a<tr><td>b</table>") == ["p", "p"]
    assert codes(f"<table><tr><td>menu<td>{STORY}</table>") == ["p"] * 5
    assert codes("<table><tr><td>menu<td><h2>a</h2><p>b</table>") == ["p", "h2", "p"]
    inner = "<table><tr><td>a<td>b</table>"
    assert codes(f"<table><tr><td>menu<td><p>x</p>{inner}</table>") == ["p", "p", "table", "td"]


def test_an_element_around_the_story_is_a_frame() -> None:
    for frame in ("<table><tr><td>", "<ul><li>", "<blockquote>", "<h2>"):
        body = f"<body><p>a</p>{frame}<div>{STORY}<p>b</p></div>"
        assert set(structure(blocks(LexborHTMLParser(body)))) == {"p"}, frame


def test_names_are_no_elements() -> None:
    assert codes('<div id="li" class="h2 td"><p class="pre">a</p></div><td-x>b</td-x>') == ["p"] * 2


@given(soup)
def test_every_block_has_a_code_and_none_goes_on_with_nothing(html: str) -> None:
    laid = blocks(LexborHTMLParser(html))
    found = structure(laid)
    assert len(found) == len(laid)
    assert found[:1] != ("+",)
    for before, code in pairwise(found):
        if code == "+":
            assert before == "+" or before.rstrip("0123456789") in {"li", "ol", "table", "tr", "td"}
        if code.startswith(("td", "tr")):
            assert before == "+" or before.startswith("t")


@given(soup)
def test_a_document_has_a_code_for_each_of_its_paragraphs(html: str) -> None:
    made = cleaned.html(STORY + html, cleaned.rule("line", "Also Read"))
    assert len(made.document.structure) == len(made.kept)


def test_plain_text_is_paragraphs() -> None:
    made = cleaned.plain(f"A headline\n{PARAGRAPH}\n{PARAGRAPH}")
    assert set(made.document.structure) == {"p"}


def test_more_elements_than_a_page_has_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bound on memory: the text stays, every paragraph of it plain."""
    monkeypatch.setattr("archiver.clean.structure._MAX_ELEMENTS", 20_000)
    nest = "/ul/li" * 30
    many = [Block(f"/html/body/div[{at}]{nest}", "x") for at in range(400)]
    assert structure(many[:300]) == ("li30",) * 300
    assert structure(many) == ("p",) * 400
