"""Links that lead on: feeds by their link elements, articles by general facts of URL and text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.fetch import links
from tests.each import each

HOME = "https://news.example/"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/feed/">', ["https://news.example/feed/"]),
        ('<LINK REL="Alternate" TYPE="Application/Atom+XML; charset=utf-8" HREF="atom.xml">', ["https://news.example/atom.xml"]),
        ('<link rel="home alternate" type="application/feed+json" href="//cdn.example/f.json">', ["https://cdn.example/f.json"]),
        ('<link rel="alternate" type="application/rdf+xml" href="/index.rdf">', ["https://news.example/index.rdf"]),
        ('<base href="/hi/"><link rel="alternate" type="application/rss+xml" href="rss">', ["https://news.example/hi/rss"]),
        ('<link rel="alternate" type="application/rss+xml" href="/f"><link rel="alternate" type="application/rss+xml" href="/f">', ["https://news.example/f"]),
        ('<link rel="alternate" hreflang="hi" href="/hi/">', []),
        ('<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">', []),
        ('<link rel="alternate" type="application/rss+xml" href="javascript:feed()">', []),
        ('<link rel="alternate" type="application/rss+xml" href="http://user:word@news.example/f">', []),
        ('<link rel="stylesheet" type="text/css" href="/feed/">', []),
        ('<a href="/feed/">RSS</a>', []),
    ],
)  # fmt: skip
def test_feeds_are_those_that_link_elements_name(head: str, expected: list[str]) -> None:
    found = links.feeds(f"<html><head>{head}</head>", HOME)
    assert [one.url for one in found] == expected
    assert {one.kind for one in found} <= {"feed"}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<link rel="amphtml" href="https://amp.news.example/a?utm_source=x">', ["https://amp.news.example/a"]),
        ('<link rel="alternate" media="only screen and (max-width: 640px)" href="https://m.news.example/a">', ["https://m.news.example/a"]),
        ('<link rel="alternate" media="handheld" href="/m/a">', ["https://news.example/m/a"]),
        ('<link rel="alternate" media="print" href="/print/a">', []),
        ('<link rel="amphtml" href="/a#amp">', []),  # the page itself
        ('<link rel="alternate" hreflang="hi" href="https://hindi.news.example/a">', []),
    ],
)  # fmt: skip
def test_other_forms_are_those_that_the_page_names(head: str, expected: list[str]) -> None:
    assert links.other_forms(f"<head>{head}</head>", "https://news.example/a") == expected


ARTICLES = [
    "/2025/11/20/bridge/",
    "/2025/11/2338761/",
    "/2025/nov/20/bridge-is-open",
    "/news/2025-11-20-bridge.html",
    "/20251120/bridge",
    "/story/2025/8/24/bridge/4943309",
    "/city/pune/the-bridge-over-the-river-is-open",
    "/city/pune/bridge-is-open/articleshow/130278578.cms",
    "/news/articles/bridge-is-open-116001",
    "/%E0%A4%AA%E0%A5%81%E0%A4%B2-%E0%A4%97%E0%A5%81%E0%A4%B0%E0%A5%81%E0%A4%B5%E0%A4%BE%E0%A4%B0-%E0%A4%B8%E0%A5%87-%E0%A4%AB%E0%A4%BF%E0%A4%B0-%E0%A4%96%E0%A5%81%E0%A4%B2%E0%A4%BE",
]
PERHAPS = [
    "/news/1647149.html",
    "/storypage.php?autono=166607",
    "/?p=1234",
    "/news/articles/c5y3qv0d9k1o",
    "/sport/cricket-world-cup",
    "/topics/c5y3qv0d9k1o",
]
SILENT = ["/sport", "/uttar-pradesh/balrampur", "/%E0%A4%96%E0%A5%87%E0%A4%B2", "/news/2"]
OTHER = [
    "/",
    "/tag/bridges-of-the-old-town-2025",
    "/author/a-b-c-d-e-f",
    "/category/news/city/the-old-town-of-the-city",
    "/login?next=/2025/11/20/bridge/",
    "/wp-content/uploads/2025/11/bridge-over-the-river-is-open.jpg",
    "/2025/11/",
    "/2025/11/20/",
    "/2025/11/20/bridge/page/2",
    "/news/page/2/",
    "/the-bridge-is-open-again/3",
    "/?s=bridge+over+the+river",
    "/the-bridge-is-open-again/?share=facebook",
    "/share?u=https%3A%2F%2Fnews.example%2F2025%2F11%2F20%2Fbridge",
    "/2025/11/20/bridge.pdf",
    "/2025/11/20/bridge/feed/",
    "/2025/11/20/bridge/amp",
]


@each(
    ("path", "likely"),
    [
        *((path, 2) for path in ARTICLES),
        *((path, 1) for path in PERHAPS),
        *((path, 0) for path in SILENT),
        *((path, -1) for path in OTHER),
    ],
)
def test_a_url_tells_by_itself(path: str, likely: int) -> None:
    assert links.likeness(f"https://news.example{path}") == likely


def titles(page: str, url: str = HOME) -> dict[str, str]:
    return {one.url.removeprefix(HOME): one.title for one in links.articles(page, url)}


def test_of_a_section_page_the_articles_are_taken() -> None:
    page = """<html><head><base href="/city/"></head><body class="has-menu">
    <header><nav><a href="/">Home</a><a href="/sport/cricket-world-cup">Cricket World Cup 2025 live</a>
    <a href="/live">Live news of the day from all over</a></nav></header>
    <main class="post-navigation-wide">
    <article><a href="bridge-116001"><img alt="The old bridge over the river" src="x.jpg"></a>
      <header><h2><a href="bridge-116001#comments">A bridge is open again after two years</a></h2></header></article>
    <article><h2><a href="116002?utm_source=home">पुल गुरुवार से फिर खुल गया</a></h2></article>
    <article><h2><a href="116003">สะพานเปิดให้ใช้อีกครั้งในวันพฤหัสบดี</a></h2></article>
    <p><a href="/author/anita">Anita of the City Desk of Pune</a> <a href="/city/116004">Read more</a></p>
    <a href="mailto:desk@news.example">Write to the desk of the paper</a>
    <a href="/city/2">The next page of news</a><a href="/city/page/3">3</a>
    <div class="pagination"><a href="/city/116005">Older posts of the city desk</a></div>
    </main>
    <footer><a href="/about-us">About us</a><a href="/2025/11/20/flood">The flood in pictures from today</a>
    <a href="/rules-of-our-house-and-more">Rules</a></footer></body></html>"""
    assert titles(page, "https://news.example/city/") == {
        "city/bridge-116001": "A bridge is open again after two years",
        "city/116002": "पुल गुरुवार से फिर खुल गया",
        "city/116003": "สะพานเปิดให้ใช้อีกครั้งในวันพฤหัสบดี",
        "2025/11/20/flood": "The flood in pictures from today",
    }


def test_a_sure_url_needs_no_text_where_articles_stand() -> None:
    """Pictures are links as well; in a menu they need the words of a headline."""
    link = '<a href="/2025/11/20/bridge"><img src="x.jpg"></a>'
    assert titles(f"<main>{link}</main>") == {"2025/11/20/bridge": ""}
    assert titles(f"<nav>{link}</nav>") == {}


@pytest.mark.parametrize(
    "furniture",
    [
        "<nav>{}</nav>",
        "<footer><div>{}</div></footer>",
        '<div role="navigation">{}</div>',
        '<ul class="main-menu"><li>{}</li></ul>',
        '<div id="siteFooter">{}</div>',
        '<div class="breadcrumb">{}</div>',
    ],
)
def test_furniture_is_known_by_name_role_class_and_id(furniture: str) -> None:
    link = '<a href="/news/116001">The news of the day</a>'
    assert titles(furniture.format(link)) == {}
    assert titles(f'<div class="documenting navy">{link}</div>') == {"news/116001": "The news of the day"}  # fmt: skip


def test_a_page_is_no_article_of_itself() -> None:
    page = '<a href="/city/116001">The page that this link stands on</a>'
    assert titles(page, "https://news.example/city/116001") == {}


@given(st.text(max_size=200), st.text("/abc-0123456789%?=&.#", max_size=60))
def test_no_page_and_no_link_is_too_broken(markup: str, path: str) -> None:
    page = f'<a href="/{path}">{markup}</a>{markup}'
    for found in links.articles(page, HOME):
        assert links.likeness(found.url) >= 0
    links.feeds(markup, HOME)


def test_a_page_of_many_nested_links_is_read_in_bounds() -> None:
    page = "<div>" * 3000 + '<a href="/news/116001">The news of the whole day</a>' * 6000
    assert titles(page) == {"news/116001": "The news of the whole day"}


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 100_000,
        "".join(f"<b a={n}>" for n in range(2000)) + "<p>x" * 2000,
        "<a " + " ".join(f"a{n}" for n in range(20_000)) + ">",
        "<p>" * 600_000,
    ],
)
def test_a_page_that_is_built_to_take_long_names_nothing(page: str) -> None:
    page = f'<link rel="amphtml" href="/amp">{page}<a href="/news/116001">The news of the day</a>'
    assert links.articles(page, HOME) == links.feeds(page, HOME) == []
    assert links.other_forms(page, HOME) == []
