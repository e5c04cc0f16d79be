"""Feeds of every format, from their specifications, and broken as publishers break them.

A case: what it shows, the bytes, and each entry as (URL, date, title); None where there is no feed.
"""

from __future__ import annotations

import json
from typing import NamedTuple

AT = "https://news.example/feeds/all.xml"
Entry = tuple[str, str, str]


class Case(NamedTuple):
    """One feed, fetched from AT."""

    what: str
    body: bytes
    entries: list[Entry] | None


def _case(what: str, body: str | bytes, *entries: Entry) -> Case:
    return Case(what, body.encode() if isinstance(body, str) else body, list(entries))


def _at(path: str, date: str = "", title: str = "") -> Entry:
    return (f"https://news.example{path}", date, title)


_XML = '<?xml version="1.0" encoding="utf-8"?>'
_DATE = "Mon, 01 Dec 2025 10:00:00 +0530"
_DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_ITEM = (
    f"<item><title>ख़बर</title><link>https://news.example/1</link><pubDate>{_DATE}</pubDate></item>"
)
_PICTURE = (
    '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="/x.jpg">'
    "<media:title>no</media:title></media:content>"
)
_ONE = _at("/1", _DATE, "ख़बर")


def _rss(inside: str, head: str = _XML, version: str = "2.0", more: str = "") -> str:
    return f'{head}<rss version="{version}" {more}><channel><title>N</title><link>https://news.example/</link>{inside}</channel></rss>'


def _item(inside: str) -> str:
    return _rss(f"<item>{inside}</item>")


_ATOM_1 = "http://www.w3.org/2005/Atom"
_ATOM_03 = "http://purl.org/atom/ns#"


def _atom(inside: str, namespace: str = _ATOM_1, more: str = "") -> str:
    return f'{_XML}<feed xmlns="{namespace}" {more}><title>N</title><link href="https://news.example/"/>{inside}</feed>'


def _entry(inside: str) -> str:
    return _atom(f"<entry>{inside}</entry>")


_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'


def _rdf(inside: str, namespace: str = "http://purl.org/rss/1.0/") -> str:
    return f'{_XML}<rdf:RDF {_RDF} {_DC} xmlns="{namespace}"><channel><title>N</title></channel>{inside}</rdf:RDF>'


def _json(*items: object, **feed: object) -> str:
    return json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "N", "items": items, **feed},
        ensure_ascii=False,
    )


RSS: list[Case] = [
    *[_case(f"RSS {version}", _rss(_ITEM, version=version), _ONE) for version in ("0.90", "0.91", "0.92", "0.93", "0.94", "1.0", "2.0", "2.0.1")],
    _case("without a version", _rss(_ITEM).replace(' version="2.0"', ""), _ONE),
    _case("the document type of RSS 0.91", _rss(_ITEM, '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">', "0.91"), _ONE),
    _case("its own namespace", _rss(_ITEM, more='xmlns="http://backend.userland.com/rss2"'), _ONE),
    _case("no items", _rss("")),
    _case("two items", _rss(_ITEM + _ITEM.replace("/1<", "/2<")), _ONE, _at("/2", _DATE, "ख़बर")),
    _case("an item twice", _rss(_ITEM * 2), _ONE, _ONE),
    _case("items outside the channel", _rss("").replace("</channel>", f"</channel>{_ITEM}"), _ONE),
    _case("items alone", _ITEM, _ONE),
    _case("a title alone is no page", _item("<title>T</title>")),
    _case("a relative link", _item("<link>x</link>"), _at("/feeds/x")),
    _case("a link from the root", _item("<link>/x</link>"), _at("/x")),
    _case("blanks around a link", _item("<link>\n  https://news.example/x\t</link>"), _at("/x")),
    _case("a link in CDATA", _item("<link><![CDATA[https://news.example/x?a=1&b=2]]></link>"), _at("/x?a=1&b=2")),
    _case("an escaped link", _item("<link>https://news.example/x?a=1&amp;b=2</link>"), _at("/x?a=1&b=2")),
    _case("a link with bare ampersands", _item("<link>https://news.example/x?a=1&b=2</link>"), _at("/x?a=1&b=2")),
    _case("a link in Hindi", _item("<link>https://news.example/ख</link>"), _at("/%E0%A4%96")),
    _case("a guid for a link", _item("<guid>https://news.example/x</guid>"), _at("/x")),
    _case("a guid that is a permalink", _item('<guid isPermaLink="true">https://news.example/x</guid>'), _at("/x")),
    _case("a guid that is none", _item('<guid isPermaLink="false">https://news.example/x</guid>')),
    _case("a guid that is no URL", _item("<guid>tag:news.example,2025:7</guid><link>/x</link>"), _at("/x")),
    _case("a link goes before a guid", _item("<guid>https://news.example/g</guid><link>/x</link>"), _at("/x")),
    _case("what FeedBurner counted", _item('<link>https://feeds.example/~r/1</link><feedburner:origLink xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">https://news.example/x</feedburner:origLink>'), _at("/x")),
    _case("a link of Atom in it", _item(f'<a:link xmlns:a="{_ATOM_1}" href="/x" rel="alternate"/>'), _at("/x")),
    _case("an enclosure is no page", _item('<link>/x</link><enclosure url="/x.mp3" length="1" type="audio/mpeg"/>'), _at("/x")),
    _case("nor is a picture", _item(f"<link>/x</link><title>T</title>{_PICTURE}"), _at("/x", "", "T")),
    _case("nor is a picture before", _item(f"{_PICTURE}<title>T</title><link>/x</link>"), _at("/x", "", "T")),
    _case("nor where it came from", _item('<link>/x</link><source url="https://o.example/rss">O</source>'), _at("/x")),
    _case("nor its comments", _item("<link>/x</link><comments>/x#c</comments>"), _at("/x")),
    _case("other schemes", _item("<link>javascript:alert(1)</link>")),
    _case("credentials", _item("<link>https://u:p@news.example/</link>")),
    _case("a date of Dublin Core", _item(f"<link>/x</link><dc:date {_DC}>2025-12-01</dc:date>"), _at("/x", "2025-12-01")),
    _case("a date as it stands", _item("<link>/x</link><pubDate> 01.12.2025,  10 Uhr </pubDate>"), _at("/x", "01.12.2025, 10 Uhr")),
    _case("a date in Hindi", _item("<link>/x</link><pubDate>सोमवार, १ दिसंबर २०२५</pubDate>"), _at("/x", "सोमवार, १ दिसंबर २०२५")),
    _case("a title in CDATA", _item("<link>/x</link><title><![CDATA[A & <b>B</b>]]></title>"), _at("/x", "", "A & B")),
    _case("a title escaped twice", _item("<link>/x</link><title>A &amp;amp; B &amp;quot;C&amp;quot;</title>"), _at("/x", "", 'A & B "C"')),
    _case("a title with escaped tags", _item("<link>/x</link><title>A &lt;i&gt;B&lt;/i&gt;</title>"), _at("/x", "", "A B")),
    _case("a title of two lines", _item("<link>/x</link><title>A\n   B</title>"), _at("/x", "", "A B")),
    _case("a title with a joiner", _item("<link>/x</link><title>क्\u200dष</title>"), _at("/x", "", "क्\u200dष")),
    _case("an empty title", _item("<link>/x</link><title/>"), _at("/x")),
    _case("elements of others", _rss(_ITEM.replace("</item>", "<y:z xmlns:y='urn:y'><y:link>/no</y:link></y:z></item>")), _ONE),
]  # fmt: skip

ATOM: list[Case] = [
    _case("Atom 1.0", _entry("<title>T</title><id>urn:1</id><link href='/x'/><updated>2025-12-01T10:00:00Z</updated>"), _at("/x", "2025-12-01T10:00:00Z", "T")),
    _case("published goes before updated", _entry("<link href='/x'/><updated>2026</updated><published>2025</published>"), _at("/x", "2025")),
    _case("Atom 0.3, issued", _atom("<entry><title>T</title><link rel='alternate' href='/x'/><issued>2025</issued><modified>2026</modified></entry>", _ATOM_03, 'version="0.3"'), _at("/x", "2025", "T")),
    _case("Atom 0.3, modified", _atom("<entry><link rel='alternate' href='/x'/><modified>2026</modified></entry>", _ATOM_03, 'version="0.3"'), _at("/x", "2026")),
    _case("Atom 0.3, created", _atom("<entry><link rel='alternate' href='/x'/><created>2024</created></entry>", _ATOM_03, 'version="0.3"'), _at("/x", "2024")),
    _case("without a namespace", _entry("<title>T</title><link href='/x'/>").replace(f' xmlns="{_ATOM_1}"', ""), _at("/x", "", "T")),
    _case("prefixed", f"<a:feed xmlns:a='{_ATOM_1}'><a:entry><a:title>T</a:title><a:link href='/x'/></a:entry></a:feed>", _at("/x", "", "T")),
    _case("an entry alone", f"<entry xmlns='{_ATOM_1}'><title>T</title><link href='/x'/></entry>", _at("/x", "", "T")),
    _case("only the alternate is the page", _entry("<link rel='self' href='/s'/><link rel='replies' href='/r'/><link rel='alternate' href='/x'/><link rel='enclosure' href='/e.mp3'/>"), _at("/x")),
    _case("HTML goes before other alternates", _entry("<link rel='alternate' type='application/json' href='/j'/><link rel='alternate' type='text/html' href='/x'/>"), _at("/x")),
    _case("an id for a link", _entry("<id>https://news.example/x</id><title>T</title>"), _at("/x", "", "T")),
    _case("an id that is no URL", _entry("<id>tag:x</id><title>T</title>")),
    _case("the base of the feed", _atom("<entry><link href='x'/></entry>", more="xml:base='https://other.example/r/'"), ("https://other.example/r/x", "", "")),
    _case("the base of the entry", _atom("<entry xml:base='sub/'><link href='x'/></entry>", more="xml:base='https://other.example/r/'"), ("https://other.example/r/sub/x", "", "")),
    _case("the base of the link", _entry("<link xml:base='/deep/' href='x'/>"), _at("/deep/x")),
    _case("a title of text", _entry("<link href='/x'/><title type='text'>A &lt; B</title>"), _at("/x", "", "A < B")),
    _case("a title of HTML", _entry("<link href='/x'/><title type='html'>A &lt;b&gt;B&lt;/b&gt; &amp;eacute;</title>"), _at("/x", "", "A B é")),
    _case("a title of XHTML", _entry("<link href='/x'/><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>A <b>B</b></div></title>"), _at("/x", "", "A B")),
    _case("what it was taken from", _entry("<link href='/x'/><title>T</title><source><title>S</title><link href='/no'/><updated>1999</updated></source>"), _at("/x", "", "T")),
    _case("a feed of no entries", _atom("")),
]  # fmt: skip

OTHER: list[Case] = [
    _case("RSS 1.0", _rdf('<item rdf:about="/1"><title>T</title><link>/x</link><dc:date>2025-12-01</dc:date></item>'), _at("/x", "2025-12-01", "T")),
    _case("RSS 0.90", _rdf("<item><title>T</title><link>/x</link></item>", "http://my.netscape.com/rdf/simple/0.9/"), _at("/x", "", "T")),
    _case("RDF that only names what it is about", _rdf('<item rdf:about="https://news.example/x"><title>T</title></item>'), _at("/x", "", "T")),
    _case("CDF", '<CHANNEL HREF="https://news.example/"><ITEM HREF="/x" LASTMOD="1998.11.05T2:11"><TITLE>T</TITLE></ITEM></CHANNEL>', _at("/x", "1998.11.05T2:11", "T")),
    _case("JSON Feed", _json({"id": "1", "url": "/x", "title": "ख", "date_published": "2025-12-01T10:00:00Z"}), _at("/x", "2025-12-01T10:00:00Z", "ख")),
    _case("JSON Feed 1.0", _json({"id": "1", "url": "/x"}, version="https://jsonfeed.org/version/1"), _at("/x")),
    _case("of no version", '{"items": [{"url": "/x"}]}', _at("/x")),
    _case("of no items", _json()),
    _case("an item in JSON with a link elsewhere", _json({"id": "1", "external_url": "https://other.example/x"}), ("https://other.example/x", "", "")),
    _case("an item in JSON with both", _json({"url": "/x", "external_url": "https://other.example/x"}), _at("/x")),
    _case("an item in JSON with an id only", _json({"id": "https://news.example/x"}), _at("/x")),
    _case("an item in JSON whose id is a number", _json({"id": 7, "url": "/x"}), _at("/x")),
    _case("an item in JSON without a link", _json({"id": "7", "title": "T"})),
    _case("modified for published", _json({"url": "/x", "date_modified": "2025"}), _at("/x", "2025")),
    _case("a title in JSON with tags", _json({"url": "/x", "title": "A &amp; <b>B</b>"}), _at("/x", "", "A & B")),
    _case("values of wrong types", _json({"url": 7, "title": ["T"]}, "x", None, [1], {"url": "/x", "date_published": 7}), _at("/x")),
    _case("links that belong to the site", _json({"url": "/x"}, home_page_url="https://other.example/home"), ("https://other.example/x", "", "")),
    _case("a home page that is none", _json({"url": "/x"}, home_page_url=7), _at("/x")),
    _case("JSON with a mark", "\ufeff\n" + _json({"url": "/x"}), _at("/x")),
    _case("JSON with bytes that are no UTF-8", _json({"url": "/x", "title": "é"}).encode("latin-1"), _at("/x", "", "\ufffd")),
]  # fmt: skip

BROKEN: list[Case] = [
    _case("blank lines before", "\n\n  " + _rss(_ITEM), _ONE),
    _case("two marks", "\ufeff\ufeff" + _rss(_ITEM), _ONE),
    _case("a mark, then lines", "\ufeff\r\n\r\n" + _rss(_ITEM), _ONE),
    _case("a warning before", "<br />\n<b>Warning</b>: x\n" + _rss(_ITEM), _ONE),
    *[_case(f"a reference to no character {bad}", _rss(f"<item><title>T{bad}</title><link>/x</link></item>" + _ITEM), ("https://news.example/x", "", "T\ufffd"), _ONE) for bad in ("&#xD800;", "&#57343;", "&#x110000;", "&amp;#xDFFF;")],
    _case("words before", "Notice: x in /var/www\n" + _rss(_ITEM), _ONE),
    _case("words behind", _rss(_ITEM) + "\n<!-- 0.2 s --> <script>x</script>", _ONE),
    _case("it breaks off in an item", _rss(_ITEM + _ITEM)[:-80], _ONE),
    _case("it breaks off between", _rss(_ITEM).partition("</channel>")[0], _ONE),
    _case("a bare ampersand", _rss(_ITEM.replace("ख़बर", "A & B")), _at("/1", _DATE, "A & B")),
    _case("entities of HTML", _rss(_ITEM.replace("ख़बर", "caf&eacute;&hellip;")), _at("/1", _DATE, "café…")),
    _case("a bare less-than", _rss(_ITEM.replace("ख़बर", "A < B")), _at("/1", _DATE, "A < B")),
    _case("tags in capitals", _rss(_ITEM).replace("item>", "ITEM>").replace("link>", "LINK>"), _ONE),
    _case("a prefix that nobody declared", _rss(_ITEM.replace("</item>", "<x:y>z</x:y></item>")), _ONE),
    _case("single quotes and none", _rss(_ITEM).replace('version="2.0"', "version=2.0"), _ONE),
    _case("no declaration", _rss(_ITEM, ""), _ONE),
    _case("XML 1.1", _rss(_ITEM, '<?xml version="1.1"?>'), _ONE),
    _case("a wrong end", _rss(_ITEM).replace("</channel>", "</chanel>"), _ONE),
    _case("it says Latin-1 and is UTF-8", _rss(_ITEM, '<?xml version="1.0" encoding="iso-8859-1"?>'), _ONE),
    _case("it says UTF-16 and is UTF-8", _rss(_ITEM, '<?xml version="1.0" encoding="utf-16"?>'), _ONE),
    _case("it says nonsense", _rss(_ITEM, '<?xml version="1.0" encoding="x-none"?>'), _ONE),
    _case("it says UTF-8 and is Latin-1", _rss(_ITEM.replace("ख़बर", "café")).encode("latin-1"), _at("/1", _DATE, "café")),
    _case("windows-1251", _rss(_ITEM.replace("ख़बर", "Погода"), '<?xml version="1.0" encoding="windows-1251"?>').encode("cp1251"), _at("/1", _DATE, "Погода")),
    _case("KOI8-R", _rss(_ITEM.replace("ख़बर", "Погода"), '<?xml version="1.0" encoding="koi8-r"?>').encode("koi8-r"), _at("/1", _DATE, "Погода")),
    _case("Shift_JIS", _rss(_ITEM.replace("ख़बर", "天気"), '<?xml version="1.0" encoding="Shift_JIS"?>').encode("cp932"), _at("/1", _DATE, "天気")),
    _case("GB2312", _rss(_ITEM.replace("ख़बर", "天气"), '<?xml version="1.0" encoding="gb2312"?>').encode("gb18030"), _at("/1", _DATE, "天气")),
    _case("UTF-16 with its mark", _rss(_ITEM, '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16"), _ONE),
    _case("UTF-16 without", _rss(_ITEM, '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16-le"), _ONE),
    _case("UTF-16, big end first", _rss(_ITEM, '<?xml version="1.0"?>').encode("utf-16-be"), _ONE),
    Case("nothing", b"", None),
    Case("words", b"Not found", None),
    Case("a page", b"<!doctype html><html><head><link rel=alternate type=application/rss+xml href=/f></head><body>x</body></html>", None),
    Case("a list of feeds", b"<opml version='1.0'><body><outline type='rss' xmlUrl='https://news.example/rss'/></body></opml>", None),
    Case("a sitemap", b"<urlset><url><loc>/x</loc></url></urlset>", None),
    Case("other JSON", b'{"posts": []}', None),
    Case("JSON that breaks off", b'{"items": [{"url": "/x"', None),
    Case("a list in JSON", b'[{"url": "/x"}]', None),
    Case("entities of its own", b"<!DOCTYPE r [<!ENTITY a 'x'>]>" + _rss(_ITEM, "").encode(), None),
    Case("entities of a file", b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + _rss(_ITEM, "").encode(), None),
    Case("entities in UTF-16", ("<!DOCTYPE r [<!ENTITY a 'x'>]>" + _rss(_ITEM, "")).encode("utf-16"), None),
]  # fmt: skip

CASES = [*RSS, *ATOM, *OTHER, *BROKEN]
