"""When a page was published and changed, in the order in which its statements are trusted."""

from __future__ import annotations

import json

import pytest
from selectolax.lexbor import LexborHTMLParser

from archiver.extract import dates, metadata
from archiver.model import Metadata
from tests.extract.laid import FETCHED
from tests.extract.test_metadata import read

TITLE = "<title>Old footbridge opens again</title>"
H1 = "<h1>Old footbridge opens again</h1>"


def linked(**said: str) -> str:
    value = {"@type": "NewsArticle", "headline": "Old footbridge opens again", **said}
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def at(url: str, html: str) -> Metadata:
    return metadata.read(LexborHTMLParser(html), html, url, FETCHED)


@pytest.mark.parametrize(
    "stated",
    [
        "1989-12-31", "2025-11-16", "2026-01-01T00:00:00Z", "0000-00-00", "2025-02-30", "yesterday",
        "", "14", "20251", "1970-01-01T00:00:00Z", "9999-99-99", "-1", "03/04/2025", "1447-05-23",
    ],
)  # fmt: skip
def test_a_date_that_cannot_be_is_no_date(stated: str) -> None:
    """Nothing before 1990, nothing after the day that follows the fetch."""
    assert dates.moment(stated, FETCHED) is None


@pytest.mark.parametrize(
    ("stated", "language", "iso"),
    [
        ("1990-01-01", "en", "1990-01-01"),
        ("2025-11-15", "en", "2025-11-15"),
        ("2025-11-14T23:59:59+05:30", "hi", "2025-11-14T23:59:59+05:30"),
        ("2025-11-14 09:21", "en", "2025-11-14T09:21:00"),
        ("Fri, 14 Nov 2025 09:21:00 GMT", "en", "2025-11-14T09:21:00+00:00"),
        ("November 14, 2025", "en", "2025-11-14"),
        ("1404-08-23T10:00:00", "fa", "2025-11-14T10:00"),
        ("2568-11-14", "th", "2025-11-14"),
        ("2082-07-28", "ne", "2025-11-14"),
    ],
)
def test_a_date_keeps_its_zone_only_where_it_states_one(
    stated: str, language: str, iso: str
) -> None:
    assert dates.moment(stated, FETCHED, language) == iso


@pytest.mark.parametrize(
    "body",
    [
        H1 + "<p>14 Nov 2025</p>",
        "<p class=date>14 नवंबर 2025</p>" + H1,
        H1 + "<div><span>Reporter</span> | <span>Pune, 14-11-2025</span></div>",
        H1 + "<time datetime='2025-11-14'>yesterday</time>",
        "<h2>Old footbridge opens again</h2><p>14.11.2025</p>",
        "<div class=post-date>14/11/2025</div><p>The text.</p>",
    ],
)
def test_a_date_beside_the_headline_is_found(body: str) -> None:
    told = read(TITLE, body, html="<html lang=hi>")
    assert (told.published, told.published_source) == ("2025-11-14", "text")


@pytest.mark.parametrize(
    "body",
    [
        H1 + "<p>On 14 November 2025 the bridge that had been shut for two winters opened again.</p>",
        H1 + "<figure><figcaption>Pune, 14 Nov 2025</figcaption></figure>",
        H1 + "<p>Updated: 14 November 2025</p>",
        H1 + "<p>২৯ কার্তিক ১৪৩২</p>",
        H1 + "<p>03/04/2025</p>",
    ],
)  # fmt: skip
def test_what_is_no_date_line_is_no_date_of_publication(body: str) -> None:
    assert read(TITLE, body).published is None


def test_a_line_that_says_updated_tells_the_last_change() -> None:
    told = read(
        TITLE, H1 + "<p>12 Nov 2025</p><p>अंतिम अपडेट: 14 नवंबर 2025</p>", html="<html lang=hi>"
    )
    assert (told.published, told.modified, told.modified_source) == ("2025-11-12", "2025-11-14", "text")  # fmt: skip


def test_a_change_before_the_publication_is_none() -> None:
    told = read(linked(datePublished="2025-11-12", dateModified="2024-01-01"))
    assert (told.published, told.modified, told.modified_source) == ("2025-11-12", None, "")


def test_what_machines_are_told_goes_before_what_readers_see() -> None:
    told = read(TITLE + linked(datePublished="2025-11-12"), H1 + "<p>14 Nov 2025</p>")
    assert (told.published, told.published_source) == ("2025-11-12", "json-ld")


def test_a_day_takes_the_time_that_a_meta_has_for_it() -> None:
    meta = '<meta property="article:published_time" content="2025-11-12T08:30:00Z">'
    assert read(linked(datePublished="2025-11-12") + meta).published == "2025-11-12T08:30:00+00:00"
    assert read(linked(datePublished="2025-11-11") + meta).published == "2025-11-11"


def test_what_readers_see_goes_before_when_the_page_was_made() -> None:
    meta = '<meta name="dcterms.created" content="2025-11-01">'
    assert read(TITLE + meta, H1 + "<p>14 Nov 2025</p>").published == "2025-11-14"
    told = read(TITLE + meta, H1)
    assert (told.published, told.published_source) == ("2025-11-01", "meta")


@pytest.mark.parametrize(
    ("shown", "published", "source"),
    [
        ("3 November 2025, 11:37 pm", "2025-11-04T03:37:37+00:00", "json-ld"),
        ("3 November 2025", "2025-11-03", "text"),
        ("4 November 2025, 9:07 am", "2025-11-04T03:37:37+00:00", "json-ld"),
        ("9 October 2025", "2025-11-04T03:37:37+00:00", "json-ld"),
    ],
)
def test_a_moment_in_utc_is_of_the_day_that_the_site_prints(
    shown: str, published: str, source: str
) -> None:
    told = read(TITLE + linked(datePublished="2025-11-04T03:37:37Z"), f"{H1}<p>{shown}</p>")
    assert (told.published, told.published_source) == (published, source)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://news.example/2025/11/12/bridge/", "2025-11-12"),
        ("https://news.example/story-20251112.html", "2025-11-12"),
        ("https://news.example/story_2025-11-12", "2025-11-12"),
        ("https://news.example/23-10-2025-bridge", "2025-10-23"),
        ("https://archive.example/web/20251101000000/http://news.example/bridge", None),
        ("https://news.example/2025/11/bridge/", None),
        ("https://news.example/12345678/", None),
        ("https://news.example/20259999/", None),
        ("https://news.example/10-11-2025-bridge", None),
        ("https://2025-11-12.example/", None),
        ("https://news.example/?d=2025-11-12", None),
        ("https://news.example/2031/01/01/", None),
        ("", None),
    ],
)
def test_a_day_in_the_url(url: str, day: str | None) -> None:
    assert dates.in_url(url, FETCHED) == day


@pytest.mark.parametrize(
    ("url", "text", "expected", "source"),
    [
        ("https://news.example/2025/11/12/bridge/", "", "2025-11-12", "url"),
        ("https://news.example/bridge/", "१४ नवंबर २०२५", None, ""),
        ("https://news.example/bridge/", "14 नवंबर 2025", None, ""),
    ],
)
def test_a_searched_date_is_no_guess(
    url: str, text: str, expected: str | None, source: str
) -> None:
    """Htmldate's first of January for a month that it does not know is not believed."""
    found = at(url, f"<html><head></head><body><p>{text} A sentence.</p></body></html>")
    assert (found.published, found.published_source) == (expected, source)


def test_htmldate_searches_where_nothing_else_speaks() -> None:
    html = "<html><body><p>A sentence.</p><footer>Copyright © 12.11.2025 The Courier</footer></body></html>"
    found = at("https://news.example/a", html)
    assert (found.published, found.published_source) == ("2025-11-12", "htmldate")


def test_a_searched_date_of_the_day_of_the_visit_is_the_masthead_s() -> None:
    seen = FETCHED.strftime("%d.%m.%Y")
    html = f"<html><body><p>A sentence.</p><footer>Copyright © {seen} The Courier</footer></body></html>"
    assert at("https://news.example/a", html).published is None


def test_rdfa_states_dates_too() -> None:
    told = read(body='<span property="schema:datePublished" content="2025-11-12">x</span>')
    assert (told.published, told.published_source) == ("2025-11-12", "time")
