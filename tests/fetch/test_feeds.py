"""Feeds, whole and broken, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import BadInput
from archiver.fetch import feeds
from archiver.model import Found
from tests.each import each
from tests.fetch.cases_feeds import CASES, Case

AT = "https://news.example/feeds/all.xml"
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>समाचार</title><link>https://news.example/</link>
<item><title>पहली  &amp;amp; ख़बर</title><link>https://news.example/a?x=1&amp;y=2</link>
<pubDate>Fri, 14 Nov 2025 10:00:00 +0530</pubDate></item>
<item><title><![CDATA[<b>दूसरी</b> ख़बर]]></title><guid>https://news.example/b</guid></item>
<item><title>third</title><link>../c</link><guid isPermaLink="false">77</guid></item>
</channel></rss>"""


@each("case", CASES)
def test_feeds_of_every_kind_name_their_pages(case: Case) -> None:
    """Each format by its specification, and each fault that leaves something to read."""
    if case.entries is None:
        with pytest.raises(BadInput, match=r"news\.example"):
            feeds.parse(case.body, AT)
    else:
        found = feeds.parse(case.body, AT)
        assert [(one.url, one.date, one.title) for one in found] == case.entries


@given(st.sampled_from(CASES), st.data())
def test_a_mutated_feed_gives_entries_or_bad_input(case: Case, data: st.DataObject) -> None:
    """Stretches doubled, dropped, swapped or flipped: nothing else is ever raised."""
    body = bytearray(case.body)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        stretch = body[at : at + data.draw(st.integers(0, 40))]
        put = data.draw(
            st.sampled_from([b"", bytes(stretch) * 2, b"\x00", b"\xff", b"<", b"&", b"]]>"])
        )
        body[at : at + len(stretch)] = put
    try:
        found = feeds.parse(bytes(body), AT)
    except BadInput:
        return
    assert all(each.url.startswith(("http://", "https://")) for each in found)


def test_rss_gives_link_date_and_title_in_its_order() -> None:
    """Links are made absolute, titles plain and NFC, dates left as stated."""
    assert feeds.parse(RSS.encode(), AT) == [
        Found(
            url="https://news.example/a?x=1&y=2",
            date="Fri, 14 Nov 2025 10:00:00 +0530",
            title="पहली & ख़बर",
        ),
        Found(url="https://news.example/b", title="दूसरी ख़बर"),
        Found(url="https://news.example/c", title="third"),
    ]


def test_atom_is_read_with_its_base() -> None:
    """xml:base, the alternate link and `updated` are understood."""
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/x/">
    <entry><title type="html">A &lt;i&gt;b&lt;/i&gt;</title><id>tag:1</id>
    <link rel="edit" href="edit"/><link href="y"/><updated>2025-11-14T10:00:00Z</updated></entry>
    <entry><id>tag:2</id><title>without a link</title></entry></feed>"""
    assert feeds.parse(atom, AT) == [
        Found(url="https://other.example/x/y", date="2025-11-14T10:00:00Z", title="A b")
    ]


def test_rdf_is_read() -> None:
    """RSS 1.0, as some archives still write it."""
    rdf = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <item><title>t</title><link>https://news.example/r</link><dc:date>2025-11-14</dc:date></item>
    </rdf:RDF>"""
    assert feeds.parse(rdf, AT) == [
        Found(url="https://news.example/r", date="2025-11-14", title="t")
    ]


def test_json_feed_is_read_and_what_is_wrong_in_it_left_out() -> None:
    """An item without a URL is none; external_url and an id that is a URL serve."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [
            {"id": "1", "url": "/a", "title": "क", "date_published": "2025-11-14T10:00:00Z"},
            {"id": "https://news.example/b", "title": 7, "date_modified": "2025-11-15"},
            {"id": "3", "external_url": "https://other.example/c"},
            {"id": "4"},
            "no item",
        ],
    }
    body = b"\xef\xbb\xbf \n" + json.dumps(feed).encode()
    assert feeds.parse(body, AT) == [
        Found(url="https://news.example/a", date="2025-11-14T10:00:00Z", title="क"),
        Found(url="https://news.example/b", date="2025-11-15"),
        Found(url="https://other.example/c"),
    ]


def test_a_feed_that_breaks_off_gives_what_came() -> None:
    """Half a download is half a feed."""
    assert len(feeds.parse(RSS.encode().partition(b"third")[0], AT)) >= 2


def test_links_that_cannot_be_asked_for_are_left_out() -> None:
    """Other schemes, credentials and nonsense are no pages."""
    links = ["javascript:alert(1)", "file:///etc/passwd", "http://u:p@a.example/", "http://", "/ok"]
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    assert [found.url for found in feeds.parse(body, AT)] == ["https://news.example/ok"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><title>t</title><p>no feed",
        b"plain text",
        b"/etc/passwd",
        b"{}",
        b'{"items": 3}',
        b"[1]",
        b'{"items": ' + b"[" * 100_000,
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    ],
)
def test_what_is_no_feed_is_bad_input(body: bytes) -> None:
    """The message names the URL; a file of that name is not opened."""
    with pytest.raises(BadInput, match=r"news\.example"):
        feeds.parse(body, AT)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE r [<!ENTITY a 'x'>]>" + RSS.encode(),
        "<!DOCTYPE r [<!entity a 'x'>]><rss/>".encode("utf-16"),
        b"<rss>" + b"<a>" * feeds.MAX_TAGS,
        b"<rss><channel " + b"".join(b"a%d='>' " % n for n in range(2000)) + b"/></rss>",
        b"<rss>" + b"&" * (feeds.MAX_AMPERSANDS + 1),
        b"<rss>" + b" " * feeds.MAX_BYTES,
    ],
)
def test_what_is_built_to_take_long_is_not_read(body: bytes) -> None:
    """Entities, and more tags or attributes than can be read in some seconds."""
    with pytest.raises(BadInput, match=r"news\.example"):
        feeds.parse(body, AT)


@given(st.integers(0, len(RSS.encode())), st.binary(max_size=12))
def test_a_damaged_feed_gives_entries_or_bad_input(at: int, noise: bytes) -> None:
    """Whatever stands in the middle, nothing else is raised and every URL can be asked for."""
    body = RSS.encode()
    try:
        found = feeds.parse(body[:at] + noise + body[at + len(noise) :], AT)
    except BadInput:
        return
    assert all(each.url.startswith(("http://", "https://")) for each in found)
