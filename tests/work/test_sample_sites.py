"""The sample sites answer as news sites do, and the samples say of themselves what is true."""

from __future__ import annotations

import re
import shutil
import socket
import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

import feedparser  # type: ignore[import-untyped]
import httpx
import pytest
from lxml import etree
from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from archiver.errors import BadInput, BadRules
from archiver.work.sample_sites import (
    SamplePage,
    SampleSite,
    SampleSource,
    read_sources,
    samples_folder,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = read_sources(samples_folder())
PAGES = [(source, page) for source in SOURCES for page in source.pages.values()]
page_by_page = pytest.mark.parametrize(
    ("source", "page"),
    PAGES,
    ids=[f"{source.host}/{page.folder.name}" for source, page in PAGES],
)
NEWS = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
}
KINDS = {
    "author_bio", "back_to_top", "breadcrumb", "caption", "category_label", "comments", "cookie",
    "dateline", "description", "newsletter", "photo_credit", "prev_next", "published_label",
    "reaction", "read_also", "related", "share", "show_more", "tags_label", "title",
}  # fmt: skip


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10) as opened:
        yield opened


def named(sites: list[SampleSite], host: str) -> SampleSite:
    return next(site for site in sites if site.host == host)


def visible(html: str) -> str:
    """Text of the body less scripts and styles; white space folded, NFC."""
    tree = LexborHTMLParser(html)
    for element in tree.css("script, style"):
        element.decompose()
    for line_break in tree.css("br"):
        line_break.replace_with(" ")
    assert tree.body is not None
    return unicodedata.normalize("NFC", " ".join(tree.body.text().split()))


def paragraphs(page: SamplePage) -> list[str]:
    return (page.folder / "text.txt").read_text("utf-8").removesuffix("\n").split("\n\n")


def marks(page: SamplePage) -> list[tuple[str, str]]:
    lines = (page.folder / "marks.tsv").read_text("utf-8").splitlines()
    return [(kind, text) for kind, text in (line.split("\t") for line in lines)]


# The server


def test_every_site_listens_on_loopback_on_a_port_of_its_own(sites: list[SampleSite]) -> None:
    assert [site.host for site in sites] == [source.host for source in SOURCES]
    assert all(re.fullmatch(r"http://127\.0\.0\.1:[0-9]+", site.url) for site in sites)
    assert len({site.url for site in sites}) == len(sites)


def test_pages_are_served_with_the_site_in_place_of_the_placeholder(
    sites: list[SampleSite], client: httpx.Client
) -> None:
    for site in sites:
        for page in site.source.pages.values():
            got = client.get(site.url + page.path)
            wanted = (page.folder / "page.html").read_text("utf-8")
            assert got.status_code == 200
            assert got.headers["content-type"] == page.content_type
            assert got.content.decode() == wanted.replace("http://{{site}}", site.url)
            assert b"{{" not in got.content


def test_the_home_page_links_every_page_and_the_feed(
    sites: list[SampleSite], client: httpx.Client
) -> None:
    for site in sites:
        home = LexborHTMLParser(client.get(site.url + "/").text)
        hrefs = [link.attributes["href"] for link in home.css("a")]
        assert hrefs == [page.path for page in site.source.pages.values()]
        (feed,) = home.css("link[rel=alternate]")
        assert feed.attributes["href"] == site.source.feed


def test_the_feed_lists_its_own_pages_with_dates(
    sites: list[SampleSite], client: httpx.Client
) -> None:
    for site in sites:
        got = client.get(site.url + site.source.feed)
        assert got.headers["content-type"].startswith("application/rss+xml")
        read = feedparser.parse(got.content)
        pages = [site.source.pages[slug] for slug in site.source.in_feed]
        assert not read.bozo
        assert [(item.link, item.title) for item in read.entries] == [
            (site.url + page.path, page.title) for page in pages
        ]
        assert all(item.published_parsed for item in read.entries)


def test_the_news_sitemap_lists_every_page(sites: list[SampleSite], client: httpx.Client) -> None:
    for site in sites:
        tree = etree.fromstring(client.get(site.url + site.source.sitemap).content)
        pages = list(site.source.pages.values())
        found = [
            tree.xpath(f"//s:url//{name}/text()", namespaces=NEWS)
            for name in ("s:loc", "n:title", "n:publication_date")
        ]
        assert found == [
            [site.url + page.path for page in pages],
            [page.title for page in pages],
            [page.published for page in pages],
        ]


def test_robots_allow_the_pages_forbid_something_and_name_the_sitemap(
    sites: list[SampleSite], client: httpx.Client
) -> None:
    for site in sites:
        got = client.get(site.url + "/robots.txt")
        robots = Protego.parse(got.text)
        assert got.headers["content-type"].startswith("text/plain")
        assert list(robots.sitemaps) == [site.url + site.source.sitemap]
        assert all(
            robots.can_fetch(site.url + page.path, "archiver")
            for page in site.source.pages.values()
        )
        (forbidden, *_) = re.findall(r"^Disallow: (\S+)$", got.text, re.MULTILINE)
        assert not robots.can_fetch(site.url + forbidden, "archiver")


@pytest.mark.parametrize("path", ["/", "/feed/", "/news-sitemap.xml", "/robots.txt", "page"])
def test_an_unchanged_resource_is_answered_304_without_a_body(
    sites: list[SampleSite], client: httpx.Client, path: str
) -> None:
    site = sites[0]
    address = site.url + (next(iter(site.source.pages.values())).path if path == "page" else path)
    first = client.get(address)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for condition in (
        {"If-None-Match": etag},
        {"If-None-Match": f'"other", W/{etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-None-Match": etag, "If-Modified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"},
    ):
        again = client.get(address, headers=condition)
        assert (again.status_code, again.content) == (304, b""), condition
        assert again.headers["etag"] == etag


@pytest.mark.parametrize(
    "condition",
    [
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"},
        {"If-Modified-Since": "no date"},
        {"If-None-Match": '"other"', "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
)
def test_a_condition_that_does_not_hold_gets_the_whole_page(
    sites: list[SampleSite], client: httpx.Client, condition: dict[str, str]
) -> None:
    assert client.get(sites[0].url + "/", headers=condition).status_code == 200


def test_the_log_holds_every_answer_in_order(sites: list[SampleSite], client: httpx.Client) -> None:
    site, other = sites[0], sites[1]
    etag = client.get(site.url + "/feed/?page=1").headers["etag"]
    client.get(site.url + "/feed/", headers={"If-None-Match": etag})
    client.get(site.url + "/nowhere")
    client.post(site.url + "/feed/")
    assert site.log == [
        ("GET", "/feed/?page=1", 200),
        ("GET", "/feed/", 304),
        ("GET", "/nowhere", 404),
        ("POST", "/feed/", 501),
    ]
    assert other.log == []


def test_no_answer_is_lost_from_the_log_when_clients_ask_at_once(
    sites: list[SampleSite], client: httpx.Client
) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(client.get, f"{sites[0].url}/?{turn}") for turn in range(80)]
        assert {future.result().status_code for future in asked} == {200}
    assert sorted(sites[0].log) == sorted(("GET", f"/?{turn}", 200) for turn in range(80))


def test_one_connection_serves_many_requests(sites: list[SampleSite]) -> None:
    port = int(sites[0].url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        for path in ("/robots.txt", "/nowhere", "/robots.txt"):
            wire.sendall(f"GET {path} HTTP/1.1\r\nHost: sample\r\n\r\n".encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += wire.recv(65536)
            head, _, body = answer.partition(b"\r\n\r\n")
            length = int(re.findall(rb"Content-Length: (\d+)", head)[0])
            while len(body) < length:
                body += wire.recv(65536)
            assert head.startswith(b"HTTP/1.1 ")
            assert len(body) == length


def test_the_server_ends_with_its_block_though_clients_stay_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = set(threading.enumerate())
    with ExitStack() as stack:
        with serve(samples_folder()) as sites:
            ports = [int(site.url.rpartition(":")[2]) for site in sites]
            for port in ports:
                wire = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
                wire.sendall(b"GET / HTTP/1.1\r\nHost: sample\r\n\r\n")
                assert wire.recv(12) == b"HTTP/1.1 200"
            broken = stack.enter_context(socket.create_connection(("127.0.0.1", ports[0]), 10))
            broken.sendall(b"nonsense\r\n\r\n")
            assert broken.recv(65536)
        # Of servers that other tests share a thread may have ended meanwhile.
        assert set(threading.enumerate()) <= before
        for port in ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 10)
    assert capfd.readouterr() == ("", "")


def test_a_folder_without_sites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no sample sites here"), serve(tmp_path):
        pass


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("site.toml", 'language = "en"', "", "'language' is missing"),
        ("site.toml", 'language = "en"', "language =", "cannot be read"),
        ("science-fair/page.toml", "url =", "path =", "'url' is missing"),
        ("science-fair/page.toml", '"2025-11-13', '"13 November', "no ISO 8601 date"),
    ],
)
def test_a_file_that_does_not_read_is_named_with_its_fault(
    tmp_path: Path, file: str, old: str, new: str, fault: str
) -> None:
    shutil.copytree(samples_folder() / "english.example", tmp_path / "english.example")
    broken = tmp_path / "english.example" / file
    text = broken.read_text("utf-8")
    assert old in text
    broken.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(BadRules, match=fault) as caught, serve(tmp_path):
        pass
    assert str(broken) in str(caught.value)


def test_a_page_folder_without_its_page_is_named(tmp_path: Path) -> None:
    shutil.copytree(samples_folder() / "english.example", tmp_path / "english.example")
    (tmp_path / "english.example" / "science-fair" / "page.html").unlink()
    with pytest.raises(BadRules, match=r"science-fair.*no page\.html"):
        read_sources(tmp_path)


# The samples


def test_there_are_sites_in_five_languages_and_pages_that_only_a_sitemap_names() -> None:
    assert {source.language for source in SOURCES} >= {"bn", "en", "hi", "ta", "ur"}
    assert any(source.only_in_sitemap for source in SOURCES)


def test_every_page_folder_is_listed_once() -> None:
    for source in SOURCES:
        folders = sorted(file.parent.name for file in source_folder(source).glob("*/page.toml"))
        assert sorted((*source.in_feed, *source.only_in_sitemap)) == folders
        assert source.in_feed


def source_folder(source: SampleSource) -> Path:
    return next(iter(source.pages.values())).folder.parent


@page_by_page
def test_every_expected_paragraph_stands_in_the_page_in_order(
    source: SampleSource, page: SamplePage
) -> None:
    del source
    rest = visible((page.folder / "page.html").read_text("utf-8"))
    for paragraph in paragraphs(page):
        before, found, rest = rest.partition(paragraph)
        assert found, f"{paragraph!r} is not after {before[-60:]!r}"


@page_by_page
def test_every_marked_line_stands_in_the_page_in_order(
    source: SampleSource, page: SamplePage
) -> None:
    del source
    rest = visible((page.folder / "page.html").read_text("utf-8"))
    for kind, line in marks(page):
        before, found, rest = rest.partition(line)
        assert found, f"{kind} {line!r} is not after {before[-60:]!r}"


@page_by_page
def test_text_and_marks_are_nfc_folded_and_apart(source: SampleSource, page: SamplePage) -> None:
    del source
    text, lines = paragraphs(page), marks(page)
    assert 3 <= len(text) <= 12
    for line in (*text, *(line for _, line in lines)):
        assert line == " ".join(unicodedata.normalize("NFC", line).split())
    assert {kind for kind, _ in lines} <= KINDS
    assert not set(text) & {line for _, line in lines}
    assert ("title", page.title) in lines


@page_by_page
def test_the_page_names_its_own_address_and_no_other_host(
    source: SampleSource, page: SamplePage
) -> None:
    del source
    html = (page.folder / "page.html").read_text("utf-8")
    (canonical,) = LexborHTMLParser(html).css("link[rel=canonical]")
    assert canonical.attributes["href"] == "http://{{site}}" + page.path
    vocabularies = {"schema.org"}
    assert set(re.findall(r"https?://([^/\"'\s]+)", html)) - vocabularies == {"{{site}}"}


@page_by_page
def test_a_page_was_fetched_on_the_day_it_was_published(
    source: SampleSource, page: SamplePage
) -> None:
    del source
    published = datetime.fromisoformat(page.published)
    assert published.date() == page.fetched_at.date()
    if published.tzinfo:
        assert published < page.fetched_at


def test_the_chrome_of_the_demo_closes_the_text_of_one_page_in_bengali_and_one_in_hindi() -> None:
    closing = [
        source.language
        for source, page in PAGES
        if source.demo_chrome and paragraphs(page)[-1] == source.demo_chrome
    ]
    assert sorted(closing) == ["bn", "hi"]
    everywhere = [line for _, page in PAGES for line in paragraphs(page)]
    promised = [source.demo_chrome for source in SOURCES if source.demo_chrome]
    assert [everywhere.count(line) for line in promised] == [1, 1]


@pytest.mark.parametrize(
    ("host", "letters"),
    [
        ("jannah.example", "র\u200d্যালি"),
        ("foxiz.example", "उपाध्\u200dयक्ष"),
        ("varient.example", "उद्\u200cघाटन"),
        ("tagdiv.example", "லக்\u200cஷ்மி"),
        ("plain.example", "دل\u200cچسپ"),
    ],
)
def test_the_joiners_of_each_script_stand_in_the_expected_text(host: str, letters: str) -> None:
    pages = [page for source, page in PAGES if source.host == host]
    assert any(letters in paragraph for page in pages for paragraph in paragraphs(page))


@pytest.mark.parametrize(
    ("host", "slug"), [("jannah.example", "kajlakhal-setu"), ("varient.example", "vigyan-mela")]
)
def test_two_pages_spell_their_nukta_letters_composed(host: str, slug: str) -> None:
    """NFC takes these letters apart, so their text is found only after normalising the page."""
    html = (samples_folder() / host / slug / "page.html").read_text("utf-8")
    assert unicodedata.normalize("NFC", html) != html
