"""Sitemaps of every kind, whole and broken."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.fetch import sitemaps
from archiver.model import Found
from tests.each import each
from tests.fetch.cases_sitemaps import BROKEN, LAYOUTS, Case

AT = "https://news.example/sitemap.xml"
NEWS = """<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://news.example/खबर </loc><lastmod>2025-11-15</lastmod>
<news:news><news:publication><news:name>N</news:name></news:publication>
<news:publication_date>2025-11-14T10:00:00+05:30</news:publication_date>
<news:title>ख़बर &amp; राय</news:title></news:news>
<image:image><image:loc>https://img.example/1.jpg</image:loc><image:title>no</image:title></image:image>
</url>
<url><loc><![CDATA[/b?x=1&y=2]]></loc></url>
</urlset>"""


@each("case", [*LAYOUTS, *BROKEN])
def test_sitemaps_of_every_kind_name_their_pages(case: Case) -> None:
    """Each layout of the protocol, and each fault that leaves something to read."""
    if case.named is None:
        with pytest.raises(BadInput, match=r"news\.example"):
            sitemaps.parse(case.body, AT)
    else:
        found = sitemaps.parse(case.body, AT)
        assert [(one.kind, one.url, one.date, one.title) for one in found] == case.named


def test_a_news_sitemap_gives_date_and_title_and_no_pictures() -> None:
    """The news date goes before lastmod; what belongs to an image is the image's."""
    assert sitemaps.parse(NEWS.encode(), AT) == [
        Found(
            url="https://news.example/%E0%A4%96%E0%A4%AC%E0%A4%B0",
            date="2025-11-14T10:00:00+05:30",
            title="ख़बर & राय",
        ),
        Found(url="https://news.example/b?x=1&y=2"),
    ]


def test_an_index_names_sitemaps() -> None:
    """Its entries are of another kind, for the caller to ask for and to count."""
    index = b"""<sitemapindex><sitemap><loc>/1.xml</loc><lastmod>2025</lastmod></sitemap>
    <sitemap><loc>https://news.example/2.xml.gz</loc></sitemap></sitemapindex>"""
    assert sitemaps.parse(index, AT) == [
        Found(url="https://news.example/1.xml", kind="sitemap", date="2025"),
        Found(url="https://news.example/2.xml.gz", kind="sitemap"),
    ]


def test_gzip_is_known_by_its_first_bytes() -> None:
    """Whatever the name and the media type say; one that breaks off gives what came."""
    packed = gzip.compress(NEWS.encode())
    assert sitemaps.parse(packed, AT) == sitemaps.parse(NEWS.encode(), AT)
    long = b"<urlset>%s</urlset>" % b"".join(
        b"<url><loc>/%d</loc></url>" % (n * n) for n in range(3000)
    )
    packed = gzip.compress(long)
    assert 100 < len(sitemaps.parse(packed[: len(packed) // 2], AT)) < 3000


def test_text_sitemaps_are_lines() -> None:
    """One URL a line; anything else in it is passed over."""
    body = b"\xef\xbb\xbfhttps://news.example/a\r\n# no\r\n\r\n  HTTP://news.example/b?c&d=1 \r\nftp://x/"
    assert [found.url for found in sitemaps.parse(body, AT)] == [
        "https://news.example/a",
        "http://news.example/b?c&d=1",
    ]


def test_a_feed_serves_as_a_sitemap() -> None:
    """sitemaps.org allows RSS and Atom."""
    rss = b"<rss version='2.0'><channel><item><link>/a</link></item></channel></rss>"
    assert sitemaps.parse(rss, AT) == [Found(url="https://news.example/a")]


@pytest.mark.parametrize(
    "body",
    [
        "\n\n" + NEWS,
        "Warning: something on line 3\n" + NEWS,
        NEWS.replace("UTF-8", "x-nonsense"),
        NEWS.replace(' xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"', ""),
        NEWS.replace('xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"', ""),
        NEWS.replace("&amp;", "&"),
        NEWS.replace("<url>", "&nbsp;\x01<url>"),
        NEWS.replace("</urlset>", ""),
        NEWS.replace("<urlset", "<URLSET").replace("</urlset", "</URLSET"),
    ],
)
def test_common_faults_lose_nothing(body: str) -> None:
    """Blank lines, warnings, wrong encodings, missing namespaces, bare ampersands, no end."""
    assert sitemaps.parse(body.encode(), AT) == sitemaps.parse(NEWS.encode(), AT)


def test_utf_16_is_read() -> None:
    """With its byte order mark, as the XML standard wants it."""
    body = NEWS.replace("UTF-8", "UTF-16").encode("utf-16")
    assert sitemaps.parse(body, AT) == sitemaps.parse(NEWS.encode(), AT)


def test_a_bare_ampersand_in_a_link_keeps_what_follows() -> None:
    """A parser that recovers would drop the name of the parameter."""
    body = b"<urlset><url><loc>https://news.example/?a=1&b=2&amp;c=3</loc></url></urlset>"
    assert [found.url for found in sitemaps.parse(body, AT)] == [
        "https://news.example/?a=1&b=2&c=3"
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><html><body>404</body></html>",
        b"Not found",
        b"\x1f\x8bbroken",
        b"<urlset " + b"a='' " * 2000 + b"/>",
        b"<!DOCTYPE u [<!ENTITY a 'x'>]><urlset><url><loc>/&a;</loc></url></urlset>",
        b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
    ],
)
def test_what_is_no_sitemap_is_bad_input(body: bytes) -> None:
    """Error pages and bombs; the message names the URL."""
    with pytest.raises(BadInput, match=r"news\.example"):
        sitemaps.parse(body, AT)


def test_an_empty_sitemap_names_nothing() -> None:
    """It is a sitemap all the same."""
    assert sitemaps.parse(b"<urlset/>", AT) == []


def test_no_more_urls_are_named_than_the_protocol_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a bomb of entries or of gzip ends."""
    assert sitemaps.MAX_URLS == 50_000
    monkeypatch.setattr(sitemaps, "MAX_URLS", 5000)
    entries = b"<url><loc>/x</loc></url>" * (sitemaps.MAX_URLS + 9)
    assert len(sitemaps.parse(b"<urlset>" + entries, AT)) == sitemaps.MAX_URLS
    lines = b"http://a.example/\n" * (sitemaps.MAX_URLS + 9)
    assert len(sitemaps.parse(lines, AT)) == sitemaps.MAX_URLS
    monkeypatch.setattr(sitemaps, "MAX_BYTES", sitemaps.MAX_BYTES // 10)
    spaces = gzip.compress(b"<urlset><url><loc>/x</loc></url>" + b" " * (8 << 20))
    assert len(sitemaps.parse(spaces, AT)) == 1


def test_no_file_is_opened_for_an_entity_or_a_doctype(tmp_path: object) -> None:
    """An external document type is not loaded."""
    body = f"<!DOCTYPE urlset SYSTEM 'file://{tmp_path}/none.dtd'><urlset><url><loc>/x</loc></url></urlset>"
    assert [found.url for found in sitemaps.parse(body.encode(), AT)] == ["https://news.example/x"]


@given(st.integers(0, len(NEWS.encode())), st.binary(max_size=12))
def test_a_damaged_sitemap_gives_entries_or_bad_input(at: int, noise: bytes) -> None:
    """Whatever stands in the middle, nothing else is raised and every URL can be asked for."""
    body = NEWS.encode()
    try:
        found = sitemaps.parse(body[:at] + noise + body[at + len(noise) :], AT)
    except BadInput:
        return
    assert all(each.url.startswith(("http://", "https://")) for each in found)
