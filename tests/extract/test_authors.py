"""Who wrote a page: people, and agencies where no person did."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.extract import bylines
from archiver.model import Metadata
from archiver.text import normal
from tests.each import each
from tests.extract.test_metadata import read


def by(author: str) -> tuple[str, ...]:
    """The authors of a page that names them in a meta."""
    return read(f'<meta name=author content="{author}">').authors


def linked(author: object) -> Metadata:
    value = {"@type": "NewsArticle", "headline": "Bridge opens", "author": author}
    return read(f'<script type="application/ld+json">{json.dumps(value)}</script>')


@each(
    "junk",
    [
        "admin", "Editor", "desk@news.example", "https://news.example/me", "www.news.example", "12", "-",
        "null", "x" * 81, "Desk", "Web Desk", "News desk", "TOI Webdesk", "Staff Reporter", "वेब डेस्क",
        "न्यूज़ डेस्क", "विशेष संवाददाता", "অনলাইন ডেস্ক", "নিজস্ব প্রতিবেদক", "ডেস্ক রিপোর্ট", "ویب ڈیسک", "نمائندہ خصوصی",
        "14 November 2025", "१४ नवंबर २०२५", "২৯ কার্তিক ১৪৩২", "By", "Von:", "news.example", "No Author", "wordpressadmin",
        "a sentence that says who the author of this is", "(photo)", "@handle",
    ],
)  # fmt: skip
def test_what_is_nobody_is_no_author(junk: str) -> None:
    assert by(junk) == ()


@pytest.mark.parametrize(
    "name", ["The Courier", "the courier", "News Example", "news", "The Courier News Agency"]
)
def test_the_site_is_no_author(name: str) -> None:
    head = '<meta property="og:site_name" content="the courier"><meta name=application-name content="News Example">'
    assert read(f'{head}<meta name=author content="{name}">').authors == ()


@each(
    ("said", "names"),
    [
        ("By Ruth Pellow, A. Khan and RUTH PELLOW; Desk", ("Ruth Pellow", "A. Khan")),
        ("राम और श्याम", ("राम", "श्याम")),
        ("राम कुमार एवं श्याम, नई दिल्ली (एजेंसी)", ("राम कुमार", "श्याम", "नई दिल्ली")),
        ("लेखक: राम कुमार", ("राम कुमार",)),
        ("Reported By: Ram Kumar", ("Ram Kumar",)),
        ("রহিম এবং করিম", ("রহিম", "করিম")),
        ("تحریر: احمد اور علی", ("احمد", "علی")),
        ("von Ruth Pellow und Ada Bell", ("Ruth Pellow", "Ada Bell")),
        ("Par Ruth Pellow et Ada Bell", ("Ruth Pellow", "Ada Bell")),
        ("José Ortega y Gasset", ("José Ortega y Gasset",)),
        ("Ada Bell y José Ruiz", ("Ada Bell", "José Ruiz")),
        ("Ruth Pellow <ruth@news.example>", ("Ruth Pellow",)),
        ("Ruth Pellow (ANI)", ("Ruth Pellow",)),
        ("Ruth Pellow, Reuters", ("Ruth Pellow",)),
        ("AFP", ("AFP",)),
        ("वाराणसी ब्यूरो", ("वाराणसी ब्यूरो",)),
        ("View all posts by Ruth Pellow", ("Ruth Pellow",)),
        ("उपाध्\u200dयक्ष", ("उपाध्\u200dयक्ष",)),
    ],
)
def test_names_are_parted_and_freed_of_what_stands_about_them(
    said: str, names: tuple[str, ...]
) -> None:
    assert by(said) == names


def test_an_agency_has_its_field_besides() -> None:
    assert linked([{"@type": "Person", "name": "Ruth Pellow"}, {"name": "AFP"}]).agencies == (
        "AFP",
    )
    assert linked({"@type": "Organization", "name": "AFP"}).authors == ("AFP",)


def test_a_person_who_is_marked_up_goes_before_an_organisation() -> None:
    value = {"@type": "NewsArticle", "headline": "x", "author": {"@type": "Organization", "name": "Bridge House"}}  # fmt: skip
    head = f'<script type="application/ld+json">{json.dumps(value)}</script>'
    assert read(head, "<h1>x</h1><a rel=author>Ruth Pellow</a>").authors == ("Ruth Pellow",)
    assert read(head).authors == ("Bridge House",)


def test_an_author_named_by_reference_is_found() -> None:
    """Yoast and others name the author of an article by the id of another object."""
    graph = {
        "@graph": [
            {"@type": "NewsArticle", "headline": "Bridge opens", "author": {"@id": "#p1"}},
            {"@type": "Person", "@id": "#p1", "name": "Ruth Pellow"},
        ]
    }
    told = read(f'<script type="application/ld+json">{json.dumps(graph)}</script>')
    assert told.authors == ("Ruth Pellow",)


@pytest.mark.parametrize(
    "body",
    [
        '<span class="author vcard"><a class="url fn n" href="/author/7/">Ruth Pellow</a></span>',
        '<p class="byline">By Ruth Pellow</p>',
        '<p class="author">von Ruth Pellow</p>',
        '<article><a href="/author/ruth/">Ruth Pellow</a></article>',
        "<h1>Bridge opens</h1><p>14.11.2025</p><p>By Ruth Pellow</p>",
        "<h1>Bridge opens</h1><div><a href='/autoren/ruth-pellow'>Ruth Pellow</a></div>",
        "<h1>Bridge opens</h1><div class='reporter-name'><b>Ruth Pellow</b></div>",
        "<span itemprop=author><span itemprop=name>Ruth Pellow</span> <b itemprop=address>Pune</b></span>",
    ],
)
def test_an_author_who_is_only_shown_is_found(body: str) -> None:
    assert read("<title>Bridge opens</title>", body=body).authors == ("Ruth Pellow",)


@pytest.mark.parametrize(
    "line", ["By noon the river had risen", "von Süden kommender Regen", "By", "par hasard et sans bruit"]
)  # fmt: skip
def test_a_line_that_only_opens_like_a_byline_names_nobody(line: str) -> None:
    assert read("<title>Bridge opens</title>", f"<h1>Bridge opens</h1><p>{line}</p>").authors == ()


def test_a_share_card_names_the_author() -> None:
    card = '<meta name="twitter:label1" content="Written by">'
    assert read(card + '<meta name="twitter:data1" content="Ruth Pellow">').authors == (
        "Ruth Pellow",
    )


@pytest.mark.parametrize("words", [bylines.NOBODY, frozenset(bylines.DESKS)])
def test_the_lists_are_match_keys(words: frozenset[str]) -> None:
    assert {normal.key(normal.nfc(one)) for one in words} == words


@given(st.text(max_size=100))
def test_no_statement_raises(said: str) -> None:
    linked(said)
    linked([said, {"name": said}])
