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


def read(head: str = "", body: str = "<p>x</p>", html: str = "<html>") -> Metadata:
    page = f"<!doctype html>{html}<head>{head}</head><body>{body}</body></html>"
    return metadata.read(LexborHTMLParser(page), page, "", FETCHED)


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


@pytest.mark.parametrize(
    "stated",
    [
        "1989-12-31", "2025-11-16", "2026-01-01T00:00:00Z", "0000-00-00", "2025-02-30", "yesterday",
        "", "14", "20251", "1970-01-01T00:00:00Z", "9999-99-99", "-1", "03/04/2025",
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_is_no_date(stated: str) -> None:
    """Nothing before 1990, nothing after the day that follows the fetch."""
    assert metadata.moment(stated, FETCHED) is None


@pytest.mark.parametrize(
    ("stated", "iso"),
    [
        ("1990-01-01", "1990-01-01"),
        ("2025-11-15", "2025-11-15"),
        ("2025-11-14T23:59:59+05:30", "2025-11-14T23:59:59+05:30"),
        ("2025-11-14 09:21", "2025-11-14T09:21:00"),
        ("Fri, 14 Nov 2025 09:21:00 GMT", "2025-11-14T09:21:00+00:00"),
        ("November 14, 2025", "2025-11-14"),
    ],
)
def test_a_date_keeps_its_zone_only_where_it_states_one(stated: str, iso: str) -> None:
    assert metadata.moment(stated, FETCHED) == iso


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


@pytest.mark.parametrize(
    "junk",
    ["admin", "Editor", "desk@news.example", "https://news.example/me", "www.news.example", "12", "-", "null", "x" * 81, "The Courier"],
)  # fmt: skip
def test_what_is_nobody_is_no_author(junk: str) -> None:
    head = (
        f'<meta property="og:site_name" content="the courier"><meta name=author content="{junk}">'
    )
    assert read(head).authors == ()


def test_authors_are_split_and_each_named_once() -> None:
    told = read('<meta name=author content="By Ruth Pellow, A. Khan and RUTH PELLOW; Desk">')
    assert told.authors == ("Ruth Pellow", "A. Khan", "Desk")


def test_hindi_authors_are_split_at_their_own_and() -> None:
    assert read('<meta name=author content="राम और श्याम">').authors == ("राम", "श्याम")


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


def test_an_author_named_by_reference_is_found() -> None:
    """Yoast and others name the author of an article by the id of another object."""
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "Bridge opens", "author": {"@id": "#p1"}},
            {"@type": "Person", "@id": "#p1", "name": "Ruth Pellow"},
        ]
    }
    assert read(linked(graph)).authors == ("Ruth Pellow",)


@pytest.mark.parametrize(
    "body",
    [
        '<span class="author vcard"><a class="url fn n" href="/author/7/">Ruth Pellow</a></span>',
        '<p class="byline">By Ruth Pellow</p>',
        '<p class="author">von Ruth Pellow</p>',
        '<article><a href="/author/ruth/">Ruth Pellow</a></article>',
    ],
)
def test_an_author_who_is_only_marked_up_is_found(body: str) -> None:
    assert read(body=body).authors == ("Ruth Pellow",)


def test_a_share_card_names_the_author() -> None:
    card = '<meta name="twitter:label1" content="Written by">'
    assert read(card + '<meta name="twitter:data1" content="Ruth Pellow">').authors == (
        "Ruth Pellow",
    )


@pytest.mark.parametrize(
    ("url", "text", "expected"),
    [
        ("https://news.example/2025/11/12/bridge/", "", "2025-11-12"),
        ("https://news.example/bridge/", "१४ नवंबर २०२५", None),
        ("https://news.example/bridge/", "14 नवंबर 2025", None),
    ],
)
def test_a_searched_date_is_no_guess(url: str, text: str, expected: str | None) -> None:
    """Htmldate's first of January for a month that it does not know is not believed."""
    page = f"<html><head></head><body><p>{text} A sentence.</p></body></html>"
    found = metadata.read(LexborHTMLParser(page), page, url, FETCHED)
    assert found.published == expected
    assert found.published_source == ("htmldate" if expected else "")
