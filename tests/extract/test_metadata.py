"""What a page says of itself, in the order in which it is trusted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import metadata
from archiver.model import Metadata
from tests.extract.laid import FETCHED
from tests.strategies import soup

URL = "https://news.example/a"


def read(head: str = "", body: str = "<p>x</p>", html: str = "<html>") -> Metadata:
    page = f"<!doctype html>{html}<head>{head}</head><body>{body}</body></html>"
    return metadata.read(LexborHTMLParser(page), page, URL, FETCHED)


def linked(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


ARTICLE = {
    "@type": "NewsArticle",
    "headline": "Bridge opens",
    "datePublished": "2025-11-12T08:30:00+05:30",
    "author": [{"@type": "Person", "name": "Ruth Pellow"}, {"name": "A &amp; B Desk"}],
    "articleSection": ["Local", "News"],
    "description": "It <b>opens</b>.",
}


@pytest.mark.parametrize(
    "value",
    [
        ARTICLE,
        [{"@type": "Organization"}, ARTICLE],
        {"@graph": [{"@type": "WebPage"}, ARTICLE]},
        {"@type": "WebPage", "mainEntity": ARTICLE},
        ARTICLE | {"@type": ["Thing", "NewsArticle"]},
    ],
)
def test_an_article_is_found_wherever_json_ld_keeps_it(value: object) -> None:
    told = read(linked(value))
    assert told.title == "Bridge opens"
    assert (told.published, told.published_source) == ("2025-11-12T08:30:00+05:30", "json-ld")
    assert told.section == "Local"
    assert told.description == "It opens ."


@pytest.mark.parametrize(
    "raw",
    ["", "{", "null", "[[[[", '"text"', '{"@type": "NewsArticle", "headline": ', "[" * 100_000, "{}" * 3, '{"@type": 5}'],
)  # fmt: skip
def test_broken_json_ld_is_passed_over(raw: str) -> None:
    told = read(f'<script type="application/ld+json">{raw}</script>' + linked(ARTICLE))
    assert told.title == "Bridge opens"


def test_json_ld_with_line_breaks_in_strings_a_comment_and_a_semicolon_reads() -> None:
    raw = '<!-- \n{"@type": "NewsArticle", "headline": "Bridge\nopens"} -->;'
    assert read(f'<script type="application/ld+json">{raw}</script>').title == "Bridge opens"


@pytest.mark.parametrize("odd", [None, 5, True, [], {}, {"name": None}, [[["x"]]], {"@value": "x"}])
def test_values_of_odd_types_are_no_statement(odd: object) -> None:
    told = read(linked({"@type": "Article"} | dict.fromkeys(ARTICLE.keys() - {"@type"}, odd)))
    assert told.published is None
    assert told.title is None


def test_meta_and_microdata_answer_where_json_ld_does_not() -> None:
    told = read(
        '<meta property="article:published_time" content="2025-11-12T08:30:00Z">'
        '<meta name=author content="By Ruth Pellow"><meta property="article:section" content="Local">'
        '<meta property="og:description" content="Open &amp; dry"><meta property="og:site_name" content="Courier">'
        '<link rel=canonical href="/a">',
        html="<html lang=en-GB>",
    )
    assert (told.published, told.published_source) == ("2025-11-12T08:30:00+00:00", "meta")
    assert told.authors == ("Ruth Pellow",)
    assert (told.section, told.description) == ("Local", "Open & dry")
    assert (told.site_name, told.canonical_url, told.declared_language) == (
        "Courier",
        "/a",
        "en-GB",
    )
    told = read(
        body='<span itemprop="datePublished" content="2025-11-12">x</span><a rel=author>R. P.</a>'
    )
    assert (told.published, told.published_source, told.authors) == (
        "2025-11-12",
        "time",
        ("R. P.",),
    )


HEADLINE = "Old footbridge opens again after two winters"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (f"<title>{HEADLINE} | The Courier</title>", f"<h1>{HEADLINE}</h1>"),
        (f'<title>{HEADLINE} - The Courier</title><meta property="og:site_name" content="The Courier">', "<p>x</p>"),
        (f'<title>x</title><meta property="og:title" content="{HEADLINE}">', "<h1>The Courier</h1>"),
        ('<title>The Courier</title><meta property="og:title" content="The Courier">', f"<h1>{HEADLINE}</h1>"),
        (f"<title>{HEADLINE} — live</title>", f"<h1>The Courier</h1><h1>{HEADLINE}</h1>"),
        ("", f"<h1>{HEADLINE}</h1>"),
        ('<meta property="og:title" content="Footbridge opens again after two winters: what we know">', f"<h1>{HEADLINE}</h1>"),
    ],
)  # fmt: skip
def test_the_title_is_the_headline_that_readers_see(head: str, body: str) -> None:
    assert read(head, body).title == HEADLINE


def test_a_page_without_a_headline_has_none() -> None:
    assert read().title is None
    assert read("<title> </title>", "<h1></h1>").title is None


@given(soup, st.dictionaries(st.sampled_from(sorted(ARTICLE)), st.text(max_size=20) | st.none() | st.integers()))  # fmt: skip
def test_no_page_raises(html: str, value: dict[str, object]) -> None:
    page = html + linked({"@type": "Article"} | value)
    metadata.read(LexborHTMLParser(page), page, "", FETCHED)


def test_the_heading_in_the_script_of_the_text_is_the_headline() -> None:
    """An English heading for search engines beside a Gujarati one is not what readers see."""
    page = (
        "<html><head><title>Bridge opens in the village</title></head><body>"
        "<h1>Bridge opens in the village</h1><h1>ગામમાં નવો પુલ ખુલ્લો મુકાયો</h1></body></html>"
    )
    tree = LexborHTMLParser(page)
    assert metadata.read(tree, page, "", FETCHED, "Gujr").title == "ગામમાં નવો પુલ ખુલ્લો મુકાયો"
    assert metadata.read(tree, page, "", FETCHED, "Latn").title == "Bridge opens in the village"


def test_what_a_page_states_besides() -> None:
    head = (
        linked(ARTICLE | {"keywords": "bridge, rain,Bridge", "image": {"url": "/a b.jpg"},
                          "license": {"@id": "https://creativecommons.org/licenses/by/4.0/"},
                          "dateModified": "2025-11-13T10:00:00+05:30",
                          "publisher": {"@type": "Organization", "name": "The Courier"}})
    )  # fmt: skip
    told = read(head)
    assert told.tags == ("bridge", "rain")
    assert told.image == "https://news.example/a%20b.jpg"
    assert told.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (told.modified, told.modified_source) == ("2025-11-13T10:00:00+05:30", "json-ld")
    assert told.site_name == "The Courier"


def test_metas_say_them_where_json_ld_does_not() -> None:
    told = read(
        '<meta property="article:tag" content="पुल"><meta property="article:tag" content="बारिश">'
        '<meta property="og:image" content="https://news.example/a.jpg"><link rel=license href=/by>'
        '<meta property="article:modified_time" content="2025-11-13T10:00:00Z">'
        '<meta name=parsely-section content="Local">'
    )
    assert told.tags == ("पुल", "बारिश")
    assert (told.image, told.licence) == ("https://news.example/a.jpg", "/by")
    assert (told.modified, told.modified_source) == ("2025-11-13T10:00:00+00:00", "meta")
    assert told.section == "Local"


@pytest.mark.parametrize(
    "address", ["data:image/png;base64,AAAA", "javascript:x", "", "x" * 3000, "http://[", "//"]
)
def test_what_is_no_address_is_no_picture(address: str) -> None:
    assert read(linked({"@type": "Article", "image": address})).image is None


def test_a_page_that_says_nothing_has_nothing() -> None:
    assert read() == Metadata()


def test_of_several_articles_the_one_that_the_title_names_counts() -> None:
    other = {"@type": "NewsArticle", "headline": "Another story", "datePublished": "2025-01-01"}
    told = read("<title>Bridge opens | Courier</title>" + linked([other, ARTICLE]))
    assert told.published == "2025-11-12T08:30:00+05:30"
    assert told.title == "Bridge opens"


@pytest.mark.parametrize(
    "html",
    [
        "<h1>" * 3000 + "x" * 3000,
        "<script type=application/ld+json>{" + " " * 300_000 + "}</script>",
        "<script type=application/ld+json>" + "[" * 90_000,
        "<title>" + "a - " * 300_000,
        "<meta name=author content='" + "(" * 20_000 + "'>",
        "<meta name=author content='" + "a@" * 20_000 + "'>",
        "<meta name=description content='" + "<" * 200_000 + "'>",
        "<h1>x</h1>" + "<time datetime=2025-11-12>1</time>" * 20_000,
        "<h1>x</h1>" + "<p class=date>1.1.1</p>" * 20_000,
        "<script" * 30_000,
        "<h1>Bridge</h1>" + "<div>" * 4000 + "12.11.2025",
    ],
    ids=range(11),
)
def test_a_hostile_page_is_read_in_the_end(html: str) -> None:
    """A loop over a page, or a pattern that goes back and back, would not end here."""
    page = f"<!doctype html><html><head>{html}"
    metadata.read(LexborHTMLParser(page), page, "https://news.example/a", FETCHED)
