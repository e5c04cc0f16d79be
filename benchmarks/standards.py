"""How many of the tests' cases of each standard we read as it says, beside the library alone.

    python -m benchmarks.standards

The cases are those of tests/: written from the specifications, so no figure here is a project's
own test suite. Prints one line a set: ours, the library's, of how many. Needs no network.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import feedparser  # type: ignore[import-untyped]
from ada_url import URL
from bs4.dammit import EncodingDetector
from charset_normalizer import from_bytes
from lxml import etree
from protego import Protego

from archiver.errors import BadInput
from archiver.extract import charsets, decode
from archiver.fetch import addresses, feeds, robots, sitemaps, urls
from tests.extract import cases_charset
from tests.fetch import cases_addresses, cases_feeds, cases_robots, cases_sitemaps, cases_urls

Check = Callable[[Any], bool]


def _holds(check: Check, case: object) -> bool:
    """Whether `check` holds of `case`; whatever a library raises is a miss."""
    try:
        return check(case)
    except Exception:  # noqa: BLE001 - of libraries, on hostile bytes
        return False


def _line(what: str, cases: Iterable[object], ours: Check, library: str, theirs: Check) -> None:
    known = list(cases)
    passed = [sum(_holds(check, case) for case in known) for check in (ours, theirs)]
    print(f"| {what} | {passed[0]} | {library} {passed[1]} | {len(known)} |", flush=True)


def _protego(case: cases_robots.Case) -> bool:
    rules = Protego.parse(case.body.decode("utf-8", "replace"))
    return bool(rules.can_fetch(f"https://n.example{case.path}", case.agent)) is case.allowed


def _robots(case: cases_robots.Case) -> bool:
    url = f"https://n.example{case.path}"
    return robots.allowed(case.body, case.agent, url) is case.allowed


def _ours_or_none(
    parse: Callable[[bytes, str], list[Any]], body: bytes, url: str
) -> list[Any] | None:
    try:
        return parse(body, url)
    except BadInput:
        return None


def _feed(case: cases_feeds.Case) -> bool:
    found = _ours_or_none(feeds.parse, case.body, cases_feeds.AT)
    return case.entries == (found and [(one.url, one.date, one.title) for one in found])


def _feedparser(case: cases_feeds.Case) -> bool:
    """Compare the links alone, the least that a library must give; absent where none is no feed."""
    read = feedparser.parse(
        io.BytesIO(case.body), response_headers={"content-location": cases_feeds.AT}
    )
    if case.entries is None:
        return not read.entries
    links = [entry.get("link") for entry in read.entries if entry.get("link")]
    return links == [url for url, _, _ in case.entries]


def _sitemap(case: cases_sitemaps.Case) -> bool:
    found = _ours_or_none(sitemaps.parse, case.body, cases_sitemaps.AT)
    told = found and [(one.kind, one.url, one.date, one.title) for one in found]
    return case.named == told


def _lxml(case: cases_sitemaps.Case) -> bool:
    """Compare the addresses alone, as the XML parser alone finds them."""
    try:
        locs = etree.fromstring(case.body).iterfind("{*}*/{*}loc")
    except (etree.XMLSyntaxError, ValueError):
        return case.named is None
    told = [urls.join(cases_sitemaps.AT, (loc.text or "").strip()) for loc in locs]
    return case.named is not None and told == [named[1] for named in case.named]


def _resolved(case: tuple[str, str, str | None]) -> bool:
    base, ref, meant = case
    try:
        return urls.join(base, ref) == meant
    except BadInput:
        return meant is None


def _ada(case: tuple[str, str, str | None]) -> bool:
    base, ref, meant = case
    try:
        url = URL(ref, base)
    except ValueError:
        return meant is None
    return (url.href if url.protocol in {"http:", "https:"} else None) == meant


def _keys(pair: tuple[str, str], key: Callable[[str], str], *, same: bool) -> bool:
    return (key(pair[0]) == key(pair[1])) is same


def _href(url: str) -> str:
    return str(URL(url).href)


def _address(case: tuple[str, bool]) -> bool:
    return addresses.allowed(case[0]) is case[1]


def _is_global(case: tuple[str, bool]) -> bool:
    return ip_address(case[0]).is_global is case[1]


def _host(case: tuple[str, bool]) -> bool:
    return addresses.allowed(urls.split(f"http://{case[0]}/").host) is case[1]


def _plain_host(case: tuple[str, bool]) -> bool:
    """Judge by the standard library alone: a host that is no written-out number is a name."""
    try:
        return ip_address(urlsplit(f"http://{case[0]}/").hostname or "").is_global is case[1]
    except ValueError:
        return case[1]


def _decoded(case: cases_charset.Case) -> bool:
    return decode.decode(case.body, case.header).text == case.text


def _normalised(case: cases_charset.Case) -> bool:
    return str(from_bytes(case.body).best()) == case.text


def _told(case: tuple[str, bytes], *, suspect: bool) -> bool:
    return bool(decode.decode(case[1]).suspect) is suspect


def _none(_case: object, *, suspect: bool) -> bool:
    """Say what a reader without such a check says: nothing is suspect."""
    return not suspect


def _prescan(case: tuple[bytes, str | None]) -> bool:
    return charsets.in_page(case[0]) == case[1]


def _dammit(case: tuple[bytes, str | None]) -> bool:
    found = EncodingDetector.find_declared_encoding(case[0], is_html=True)
    return charsets.codec(found if isinstance(found, str) else None) == case[1]


def main() -> None:
    """Print the table of docs/standards.md."""
    print("| cases | ours | the library alone | of |\n| --- | --- | --- | --- |")
    _line("robots.txt", cases_robots.CASES, _robots, "Protego", _protego)
    for what, entries in (
        ("RSS", cases_feeds.RSS),
        ("Atom", cases_feeds.ATOM),
        ("RDF, CDF, JSON Feed", cases_feeds.OTHER),
        ("broken", cases_feeds.BROKEN),
    ):
        _line(f"feeds: {what}", entries, _feed, "feedparser (links)", _feedparser)
    _line("sitemaps: layouts", cases_sitemaps.LAYOUTS, _sitemap, "lxml (addresses)", _lxml)
    _line("sitemaps: broken", cases_sitemaps.BROKEN, _sitemap, "lxml (addresses)", _lxml)
    _line("URLs: resolved", cases_urls.RESOLVE, _resolved, "ada", _ada)
    for what, pairs, same in (
        ("two spellings of one page", cases_urls.SAME, True),
        ("two pages", cases_urls.DIFFER, False),
    ):
        ours = partial(_keys, key=urls.canonical, same=same)
        _line(f"URLs: {what}", pairs, ours, "ada", partial(_keys, key=_href, same=same))
    _line("addresses", cases_addresses.ADDRESSES, _address, "ipaddress.is_global", _is_global)
    _line("hosts of URLs", cases_addresses.HOSTS, _host, "urllib, is_global", _plain_host)
    for what, texts in (
        ("declared", cases_charset.DECLARED),
        ("undeclared", cases_charset.UNDECLARED),
        ("wrongly declared", cases_charset.WRONG),
        ("UTF-16", cases_charset.UTF16),
    ):
        _line(f"charsets: {what}", texts, _decoded, "charset-normalizer", _normalised)
    _line("charsets: prescan", cases_charset.PRESCAN, _prescan, "bs4", _dammit)
    for what, pages, suspect in (
        ("suspect text found", cases_charset.SUSPECT, True),
        ("honest text left alone", cases_charset.HONEST, False),
    ):
        _line(what, pages, partial(_told, suspect=suspect), "none", partial(_none, suspect=suspect))


if __name__ == "__main__":
    main()
