"""Sitemaps, of every layout of sitemaps.org and Google's extensions, and broken as servers break them.

A case: what it shows, the bytes, and what is named as (kind, URL, date, title); None where the
bytes are no sitemap.
"""

from __future__ import annotations

import gzip
from typing import NamedTuple

AT = "https://news.example/sitemap.xml"
Named = tuple[str, str, str, str]


class Case(NamedTuple):
    """One sitemap, fetched from AT."""

    what: str
    body: bytes
    named: list[Named] | None


_XML = '<?xml version="1.0" encoding="UTF-8"?>'
_NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
_IMAGE = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
_VIDEO = 'xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"'
_XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
ENTRY = "<url><loc>https://news.example/1</loc><lastmod>2025-12-01</lastmod></url>"
ONE: Named = ("page", "https://news.example/1", "2025-12-01", "")


def _set(inside: str, head: str = _XML) -> str:
    return f"{head}<urlset {_NS}>{inside}</urlset>"


def _index(inside: str) -> str:
    return f"{_XML}<sitemapindex {_NS}>{inside}</sitemapindex>"


def _page(path: str, date: str = "", title: str = "") -> Named:
    return ("page", f"https://news.example{path}", date, title)


def _map(path: str, date: str = "") -> Named:
    return ("sitemap", f"https://news.example{path}", date, "")


def _case(what: str, body: str | bytes, *named: Named) -> Case:
    return Case(what, body.encode() if isinstance(body, str) else body, list(named))


_ARTICLE = (
    "<url><loc>/n</loc><news:news><news:publication><news:name>N</news:name>"
    "<news:language>hi</news:language></news:publication>"
    "<news:publication_date>2025-12-01T10:00+05:30</news:publication_date>"
    "<news:title>ख़बर &amp; राय</news:title></news:news></url>"
)
_LIST = "https://news.example/1\nhttps://news.example/2\n"
_BOTH = (_page("/1"), _page("/2"))

LAYOUTS: list[Case] = [
    _case("a page", _set(ENTRY), ONE),
    _case("nothing", _set("")),
    _case("nothing, in one tag", f"<urlset {_NS}/>"),
    _case("all that the protocol has", _set("<url><loc>/a</loc><lastmod>2025</lastmod><changefreq>daily</changefreq><priority>0.8</priority></url>"), _page("/a", "2025")),
    _case("any order", _set("<url><priority>1</priority><lastmod>2025</lastmod><loc>/a</loc></url>"), _page("/a", "2025")),
    _case("dates as they stand", _set("<url><loc>/a</loc><lastmod>01.12.2025 um 10</lastmod></url>"), _page("/a", "01.12.2025 um 10")),
    _case("without a declaration", _set(ENTRY, ""), ONE),
    _case("without a namespace", f"<urlset>{ENTRY}</urlset>", ONE),
    _case("an older namespace", f"<urlset xmlns='http://www.google.com/schemas/sitemap/0.84'>{ENTRY}</urlset>", ONE),
    _case("prefixed", "<s:urlset xmlns:s='http://www.sitemaps.org/schemas/sitemap/0.9'><s:url><s:loc>/a</s:loc></s:url></s:urlset>", _page("/a")),
    _case("CDATA", _set("<url><loc><![CDATA[/a?b=1&c=2]]></loc></url>"), _page("/a?b=1&c=2")),
    _case("escaped", _set("<url><loc>/a?b=1&amp;c=2&#38;d</loc></url>"), _page("/a?b=1&c=2&d")),
    _case("blanks around", _set("<url>\n <loc>\n  /a\n </loc>\n</url>"), _page("/a")),
    _case("in Hindi", _set("<url><loc>https://news.example/ख</loc></url>"), _page("/%E0%A4%96")),
    _case("comments", _set(f"<!-- x -->{ENTRY}<!-- <url><loc>/x</loc></url> -->"), ONE),
    _case("a style sheet", f'<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?>{_set(ENTRY, "")}', ONE),
    _case("an index", _index("<sitemap><loc>/1.xml</loc><lastmod>2025</lastmod></sitemap><sitemap><loc>/2.xml.gz</loc></sitemap>"), _map("/1.xml", "2025"), _map("/2.xml.gz")),
    _case("an index that names itself", _index(f"<sitemap><loc>{AT}</loc></sitemap>"), _map("/sitemap.xml")),
    _case("news", _set(_ARTICLE, _XML).replace(_NS, f"{_NS} {_NEWS}"), _page("/n", "2025-12-01T10:00+05:30", "ख़बर & राय")),
    _case("pictures", f"<urlset {_NS} {_IMAGE}><url><image:image><image:loc>/i.jpg</image:loc><image:title>no</image:title></image:image><loc>/a</loc></url></urlset>", _page("/a")),
    _case("films", f"<urlset {_NS} {_VIDEO}><url><loc>/a</loc><video:video><video:thumbnail_loc>/t.jpg</video:thumbnail_loc><video:title>no</video:title><video:content_loc>/v.mp4</video:content_loc><video:publication_date>2020</video:publication_date></video:video></url></urlset>", _page("/a")),
    _case("other languages", f'<urlset {_NS} {_XHTML}><url><loc>/a</loc><xhtml:link rel="alternate" hreflang="hi" href="/hi/a"/></url></urlset>', _page("/a")),
    _case("gzip", gzip.compress(_set(ENTRY).encode()), ONE),
    _case("gzip, twice", gzip.compress(gzip.compress(_set(ENTRY).encode())), ONE),
    _case("gzip in parts", gzip.compress(_set(ENTRY).encode()[:50]) + gzip.compress(_set(ENTRY).encode()[50:]), ONE),
    _case("UTF-16 with its mark", _set(ENTRY, '<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16"), ONE),
    _case("UTF-16 without, small end first", _set(ENTRY, '<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16-le"), ONE),
    _case("UTF-16 without, big end first", _set(ENTRY, '<?xml version="1.0"?>').encode("utf-16-be"), ONE),
    _case("Latin-1", _set("<url><loc>/café</loc></url>", '<?xml version="1.0" encoding="ISO-8859-1"?>').encode("latin-1"), _page("/caf%C3%A9")),
    _case("text", _LIST, *_BOTH),
    _case("text with a mark and CRLF", "\ufeff" + _LIST.replace("\n", "\r\n"), *_BOTH),
    _case("text with CR", _LIST.replace("\n", "\r"), *_BOTH),
    _case("text, gzipped", gzip.compress(_LIST.encode()), *_BOTH),
    _case("text in UTF-16", _LIST.encode("utf-16"), *_BOTH),
    _case("RSS", "<rss version='2.0'><channel><item><title>T</title><link>/1</link><pubDate>Mon, 01 Dec 2025</pubDate></item></channel></rss>", _page("/1", "Mon, 01 Dec 2025", "T")),
    _case("Atom", "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>T</title><link href='/1'/><updated>2025</updated></entry></feed>", _page("/1", "2025", "T")),
]  # fmt: skip

BROKEN: list[Case] = [
    _case("blank lines before", f"\n\n \t{_set(ENTRY)}", ONE),
    _case("two byte order marks", f"\ufeff\ufeff{_set(ENTRY)}", ONE),
    _case("a warning before", f"<br />\n<b>Warning</b>: line 3\n{_set(ENTRY)}", ONE),
    _case("words before", f"Notice: undefined index\n{_set(ENTRY)}", ONE),
    _case("bytes behind", _set(ENTRY) + "\x00\x00<!-- cached -->", ONE),
    _case("a bare ampersand", _set("<url><loc>/a?b=1&c=2</loc></url>" + ENTRY), _page("/a?b=1&c=2"), ONE),
    _case("entities of HTML", _set("<url><loc>/caf&eacute;</loc></url>" + ENTRY), _page("/caf%C3%A9"), ONE),
    _case("a bare less-than", f"<urlset {_NS} {_NEWS}>{_ARTICLE.replace('&amp;', '<')}{ENTRY}</urlset>", _page("/n", "2025-12-01T10:00+05:30", "ख़बर < राय"), ONE),
    _case("control characters", _set("<url>\x01<loc>/a</loc></url>\x0b" + ENTRY), _page("/a"), ONE),
    _case("a prefix that nobody declared", _set(_ARTICLE + ENTRY), _page("/n", "2025-12-01T10:00+05:30", "ख़बर & राय"), ONE),
    _case("it breaks off between entries", _set(ENTRY * 2)[:-9], ONE, ONE),
    _case("it breaks off in an address", _set(ENTRY * 2).rpartition(".example")[0], ONE),
    _case("it breaks off in a tag", _set(ENTRY * 2).rpartition("mod>")[0], ONE, ONE),
    _case("an element that nobody closed", _set("<url><loc>/a</url>" + ENTRY), _page("/a"), ONE),
    _case("tags in capitals", _set(ENTRY).upper().replace("HTTPS://NEWS.EXAMPLE", "https://news.example"), ONE),
    _case("entries without their element", _set("<loc>/a</loc><loc>/b</loc>"), _page("/a"), _page("/b")),
    _case("sitemaps in a set of pages", _set("<sitemap><loc>/2.xml</loc></sitemap>" + ENTRY), _map("/2.xml"), ONE),
    _case("an entry without an address", _set("<url><lastmod>2025</lastmod></url>" + ENTRY), ONE),
    _case("an empty address", _set("<url><loc/></url><url><loc> </loc></url>" + ENTRY), ONE),
    _case("other schemes", _set("<url><loc>javascript:x</loc></url><url><loc>ftp://a.example/</loc></url>" + ENTRY), ONE),
    _case("credentials", _set("<url><loc>https://u:p@news.example/</loc></url>" + ENTRY), ONE),
    _case("it says UTF-16 and is not", _set(ENTRY, '<?xml version="1.0" encoding="UTF-16"?>'), ONE),
    _case("it says nonsense", _set(ENTRY, '<?xml version="1.0" encoding="x-none"?>'), ONE),
    _case("bytes that are no UTF-8", _set(ENTRY + "<url><lastmod>é</lastmod></url>" + ENTRY).encode("latin-1"), ONE, ONE),
    *[_case(f"a reference to no character {bad}", _set(f"<url x='{bad}'><loc>/a{bad}</loc><lastmod>2025</lastmod></url><!-- {bad} -->" + ENTRY), _page("/a%EF%BF%BD", "2025"), ONE) for bad in ("&#xD800;", "&#57343;", "&#xdc00;", "&#x110000;", "&#0;")],
    _case("a reference to no character in a title", _set(_ARTICLE.replace("राय", "&#xD800;"), _XML).replace(_NS, f"{_NS} {_NEWS}"), _page("/n", "2025-12-01T10:00+05:30", "ख़बर & \ufffd")),
    _case("a Latin-1 byte in an address", _set("<url><loc>/caf\xe9/b</loc></url>", "").encode("latin-1"), _page("/caf%C3%A9/b")),
    _case("a Latin-1 byte though it says UTF-8", _set("<url><loc>/caf\xe9</loc></url>" + ENTRY, '<?xml version="1.0" encoding="UTF-8"?>').encode("latin-1"), _page("/caf%C3%A9"), ONE),
    _case("a Latin-1 byte in text", b"https://news.example/caf\xe9\nhttps://news.example/\xe0\xa4\x96\n", _page("/caf%C3%A9"), _page("/%E0%A4%96")),
    _case("an entry that nobody closed", _set("<url><loc>/a</loc><url><loc>/b</loc></url>"), _page("/a"), _page("/b")),
    _case("no entry is closed", _set("".join(f"<url><loc>/{n}</loc><lastmod>{n}</lastmod>" for n in range(600))), *[_page(f"/{n}", f"{n}") for n in range(600)]),
    _case("no prefixed entry is closed", f"<s:urlset xmlns:s='x'>{'<s:url><s:loc>/a</s:loc>' * 2}</s:urlset>", _page("/a"), _page("/a")),
    _case("no sitemap of an index is closed", _index("<sitemap><loc>/1.xml</loc><sitemap><loc>/2.xml</loc>"), _map("/1.xml"), _map("/2.xml")),
    _case("tags of entries in comments and CDATA", _set("<url><loc>/a</loc><!-- <url> --></url><url/><url a='b' /><url><loc><![CDATA[/b?<url>]]></loc></url>"), _page("/a"), _page("/b?%3Curl%3E")),
    _case("in a page of HTML", f"<html><body>{_set(ENTRY, '')}</body></html>", ONE),
    _case("text with words", "Sitemap of N\nhttps://news.example/1 2025-12-01\n\nftp://x/\n", _page("/1")),
    _case("gzip that breaks off", gzip.compress((_set("".join(f"<url><loc>/{n}</loc></url>" for n in range(9)))).encode())[:-8], *[_page(f"/{n}") for n in range(9)]),
    Case("nothing at all", b"", None),
    Case("a page that says 404", b"<!doctype html><html><head><title>404</title></head><body><a href='/1'>x</a></body></html>", None),
    Case("a page that names addresses", b"<html><body>https://news.example/1\n</body></html>", None),
    Case("words", b"Not found", None),
    Case("JSON", b'{"error": "https://news.example/1"}', None),
    Case("an error of a store", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", None),
    Case("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(200)), None),
    Case("no gzip", b"\x1f\x8b\x08broken", None),
    Case("entities of its own", b"<!DOCTYPE u [<!ENTITY a 'x'>]><urlset><url><loc>/&a;</loc></url></urlset>", None),
    Case("entities of a file", b"<!DOCTYPE u [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>/&a;</loc></url></urlset>", None),
]  # fmt: skip
